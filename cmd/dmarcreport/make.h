/* SPDX-License-Identifier: ISC */
/* dmarcreport make: shared by its files. */
#ifndef DMARCREPORT_MAKE_H
#define DMARCREPORT_MAKE_H

#include "base/arena.h"
#include "dmarcreport/dmarcreport.h"
#include "report/make.h"

struct make {
	struct dmarcreport_common common;
	struct report_maker maker;
	struct report_store *store;
	struct arena arena;
	bool to_stdout;
};

/* Once a day: does the receiver's own record start a loop? */
void dmarcreport_make_warn(struct make *k);
/* --stdout: the one mail, which then counts as sent. */
enum fault_kind dmarcreport_make_print(struct make *k, struct fault *f);

#endif

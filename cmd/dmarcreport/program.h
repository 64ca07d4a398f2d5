/* SPDX-License-Identifier: ISC */
/* The programs that sign and send mail. */
#ifndef DMARCREPORT_PROGRAM_H
#define DMARCREPORT_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

#define DMARCREPORT_SENDMAIL "/usr/sbin/sendmail"

struct dmarcreport_program {
	const char *sendmail;	/* a path */
	const char *signer;	/* a path, or NULL */
	const char *bounce;	/* NULL: the report's own address */
	bool verp;
};

/*
 * Sign and send: `SENDMAIL -i -f BOUNCE -- ADDRESS`, no shell.  id is put in
 * with verp.  *status is that of the program that failed, or 0; a signer that
 * fails or writes nothing is 75, so that the mail is tried again and never
 * goes out unsigned.
 */
enum fault_kind dmarcreport_deliver(const struct dmarcreport_program *p,
    struct span from, struct span id, struct span address, struct span mail,
    int *status, struct fault *f);
/*
 * The mail as the signer writes it, appended to out.  *status is 0, or 75 for
 * a signer that fails or writes nothing: out is not to be used then.
 */
enum fault_kind dmarcreport_sign(const char *signer, struct span mail,
    struct buf *out, int *status, struct fault *f);
/* At most n mails start in one minute: wait if this one has to. */
struct dmarcreport_minute {
	bool begun;
	int64_t ms;		/* when it began */
	uint64_t count;
};
void dmarcreport_rate(struct dmarcreport_minute *m, uint64_t n);

/* Is it the path of a program?  FAULT_USAGE names the option. */
enum fault_kind dmarcreport_program_check(const char *option,
    const char *path, struct fault *f);

#endif

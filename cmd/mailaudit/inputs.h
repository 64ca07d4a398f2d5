/* SPDX-License-Identifier: ISC */
/* What an audit is given beside names: certificates, policies, mail. */
#ifndef MAILAUDIT_INPUTS_H
#define MAILAUDIT_INPUTS_H

#include "base/arena.h"
#include "base/fault.h"
#include "posture/posture.h"

/* Files of an option. */
#define INPUTS_FILES ((size_t)64)

struct mailaudit_inputs {
	struct arena arena;	/* holds all of it */
	size_t ncerts;		/* --cert */
	struct posture_cert certs[INPUTS_FILES];
	size_t nsts;		/* --sts-policy */
	struct posture_sts_given sts[INPUTS_FILES];
	bool fetches;		/* --fetch */
	struct posture_fetch fetch;
	char *env[8];		/* of the program */
};

void mailaudit_inputs_init(struct mailaudit_inputs *in);
void mailaudit_inputs_free(struct mailaudit_inputs *in);
/* --cert=[HOST=]FILE, read at once. */
enum fault_kind mailaudit_cert(struct mailaudit_inputs *in,
    const char *value, struct fault *f);

/* --sts-policy=[DOMAIN=]FILE, the same. */
enum fault_kind mailaudit_sts(struct mailaudit_inputs *in,
    const char *value, struct fault *f);
/* --fetch and what belongs to it, after all options. */
enum fault_kind mailaudit_fetching(struct mailaudit_inputs *in,
    struct fault *f);

#endif

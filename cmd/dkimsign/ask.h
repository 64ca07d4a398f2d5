/* SPDX-License-Identifier: ISC */
/* A question of dkimsign to jitgrant(8). */
#ifndef DKIMSIGN_ASK_H
#define DKIMSIGN_ASK_H

#include <jansson.h>

#include "base/fault.h"

#define DKIMSIGN_LIMIT_MAX 400	/* an address has 320 octets at most */

/* What jitgrant is asked, and said.  NULL and "" are left out. */
struct dkimsign_question {
	const char *verb, *id, *home, *op;	/* borrowed */
	char resource[600], recipients[40], bytes[40];
	char from[DKIMSIGN_LIMIT_MAX];
	int status;		/* its exit status; 69: it is not there */
	json_t *answer;		/* owned by the asker; NULL: none */
};

/* Ask; what was answered before is dropped. */
enum fault_kind dkimsign_ask(struct dkimsign_question *q, struct fault *f);

#endif

/* SPDX-License-Identifier: ISC */
/* Where a supervisor of `jitgrant run` asks: the home, or the socket. */
#ifndef JITGRANT_DESK_H
#define JITGRANT_DESK_H

#include "jitgrant/jitgrant.h"
#include "run/front.h"

struct desk {
	struct jitgrant *g;
	struct jit j;
	const char *socket;	/* NULL: the home itself is asked */
	bool open;		/* the home is open */
	char grant[GRANT_ID];
	int64_t not_after, boot_end;
	int64_t answered, next;	/* when it was asked last, is asked next */
	char number[4][24];
	struct run_desk calls;	/* of desk_init() */
};

void desk_init(struct desk *d, struct jitgrant *g);
/* Close the home, if it is open. */
void desk_close(struct desk *d);
/* One question; *a is to be freed.  An answer that is a fault is one. */
enum fault_kind desk_ask(struct desk *d, const char *verb, const char *sub,
    struct jit_answer *a, struct fault *f);

#endif

/* SPDX-License-Identifier: ISC */
/* What the files of the state share with each other alone. */
#ifndef POSTURE_STATE_IMPL_H
#define POSTURE_STATE_IMPL_H

#include "posture/state.h"

/* The line of one domain in the file that was read. */
struct state_line {
	struct span domain;	/* in the arena */
	struct span text;
	bool replaced;		/* there is a new one */
};

struct posture_state {
	struct posture_state_config config;
	int lock;		/* -1: not held */
	struct arena arena;
	struct buf old;		/* the file as it was */
	struct buf new;		/* lines of the new one, without the header */
	size_t count;
	struct state_line *lines;	/* by domain */
};

/* NULL: nothing is known of the domain. */
struct state_line *state_find(const struct posture_state *s,
    struct span domain);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * What jitgrant believes about time.
 *
 * A grant MUST be over as soon as the wall clock says so, and within the boot
 * in which it was activated as soon as the boot clock (CLOCK_BOOTTIME, which
 * runs through suspend and cannot be set) says so.
 *
 * The highest wall time ever seen on this host is the mark.  A wall clock more
 * than JIT_CLOCK_BEHIND seconds behind the mark MUST NOT be used to say yes.
 * A wall clock that within one boot ran more than JIT_CLOCK_AHEAD seconds
 * ahead of the boot clock ends grants at once, but MUST NOT raise the mark
 * until someone accepts it: a clock set forward by mistake would else lock
 * everyone out once it is set right again.
 */
#ifndef JIT_CLOCK_H
#define JIT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

#define JIT_CLOCK_BEHIND 5
#define JIT_CLOCK_AHEAD 3600
#define JIT_BOOT_ID 37	/* a UUID as text, with its NUL */

/* One sample of the host's clocks. */
struct jit_now {
	int64_t wall;	/* seconds since 1970 */
	int64_t boot;	/* seconds of CLOCK_BOOTTIME */
	char boot_id[JIT_BOOT_ID];
};

/* Where samples come from; tests bring their own. */
struct jit_clock {
	enum fault_kind (*sample)(const struct jit_clock *, struct jit_now *,
	    struct fault *);
	struct jit_now fixed;	/* what a fixed clock answers */
};

/* The host's clocks and /proc/sys/kernel/random/boot_id. */
struct jit_clock jit_clock_system(void);
/* A clock that stands still at `now`. */
struct jit_clock jit_clock_fixed(const struct jit_now *now);

/* What the store remembers of the clock. */
struct jit_mark {
	int64_t seen_max;	/* highest trusted wall time, 0: none yet */
	int64_t wall;		/* the last trusted pair ... */
	int64_t boot;
	char boot_id[JIT_BOOT_ID];	/* ... and the boot it was taken in */
};

/* The zero value trusts nothing. */
enum jit_trust {
	JIT_TRUST_BEHIND = 0,	/* wall is behind the mark: say no (7) */
	JIT_TRUST_AHEAD,	/* an unaccepted forward step: begin none */
	JIT_TRUST_OK
};

/* Judge a sample against the mark.  Pure. */
enum jit_trust jit_clock_judge(const struct jit_mark *m,
    const struct jit_now *now);

/* By how many seconds wall ran ahead of the boot clock since the stored pair
 * (negative: behind); 0 if the pair is of another boot. */
int64_t jit_clock_step(const struct jit_mark *m, const struct jit_now *now);

/* Raise the mark to a sample judged JIT_TRUST_OK; else leave it as it is. */
void jit_clock_raise(struct jit_mark *m, const struct jit_now *now);

/* Take the sample as the truth, whatever it is (`clock accept`). */
void jit_clock_accept(struct jit_mark *m, const struct jit_now *now);

/*
 * Is something over that ends at wall time not_after and, if boot_id is this
 * boot's, at boot time boot_end?  Pure.
 */
bool jit_clock_over(const struct jit_now *now, int64_t not_after,
    int64_t boot_end, const char *boot_id);

#endif

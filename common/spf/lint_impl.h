/* SPDX-License-Identifier: ISC */
/*
 * A walk through the tree of SPF records in progress: shared by lint.c (the
 * walk), lint_fetch.c (the next record) and lint_term.c (what is wrong with a
 * term) alone.
 */
#ifndef SPF_LINT_IMPL_H
#define SPF_LINT_IMPL_H

#include "base/bounds.h"
#include "spf/lint.h"
#include "spf/ranges.h"
#include "spf/record.h"

/* Nobody needs more: ten lookups are allowed. */
#define SPF_WALK_DEPTH 20
#define SPF_WALK_QUESTIONS 1000

/* The results a record can give, as indexes: see spf_slot(). */
#define SPF_SLOTS 4

struct spf_walk_frame {
	struct span domain;
	struct spf_record record;
	struct spf_terms terms;
	struct spf_lint_node *node;
	size_t count;		/* terms read */
	struct spf_term via;	/* what led here; text.len 0 at the root */
	struct spf_ranges before;	/* include: who came to it */
	struct spf_ranges by[SPF_SLOTS];	/* whom it gives what */
	bool own;		/* the operand's, or one it redirects to */
	bool pass;		/* who matches here may send */
	bool all;		/* an all was read */
	bool dynamic;		/* a term depends on the mail, or one below */
	bool behind_told;
	bool redirected;	/* the redirect was followed */
};

struct spf_walk {
	struct spf_lint *lint;
	struct dns *dns;
	struct arena *arena;
	struct fault *fault;
	struct spf_walk_frame frames[SPF_WALK_DEPTH];
	size_t depth;		/* frames in use */
	/* Whom no term has matched: who comes to the one at hand. */
	struct spf_ranges undecided;
	struct spf_ranges passed;	/* by what spf_flat_flush() emptied */
	/* An include or redirect of the operand's record is being read. */
	struct spf_term held;		/* text.len 0: none is */
	struct spf_ranges before_held[SPF_SLOTS];
	size_t lookups_held;
	bool dynamic_held;
	bool foreign_exp;	/* a redirect's record has its own exp */
	size_t rest;		/* the slot of those that `all` decides */
	size_t questions;
	bool large_told;
	struct span outside;	/* the term with the last SPF034 */
};

/* A finding about a term (or NULL) of the record of domain. */
bool spf_walk_add(struct spf_walk *w, enum spf_rule rule, struct span domain,
    const struct spf_term *term, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Ask; DNS errors become findings, the budget too.  False: a fault. */
bool spf_walk_ask(struct spf_walk *w, struct span name, enum dns_type type,
    const struct spf_term *term, struct dns_answer *answer);
/*
 * Does name, which is NXDOMAIN, belong to nobody?  *owner is what could be
 * registered, p NULL if somebody has it, or nobody knows: then only the owner
 * of the zone above can make it.  False: a fault.
 */
bool spf_walk_dangling(struct spf_walk *w, struct span name,
    struct span *owner);
/*
 * The name that a domain-spec (empty: the current domain) stands for, macros
 * of that domain expanded; p NULL with *depends: the mail decides, without:
 * it can be no name.  False: a fault.
 */
bool spf_walk_target(struct spf_walk *w, const struct spf_walk_frame *frame,
    struct span spec, struct span *name, bool *depends);
/* lint_flat.c: the slot of a verdict, and the qualifier of a slot. */
size_t spf_slot(enum verdict v);
/* Write the decided clients of the operand's record as terms, but those of
 * the slot `but` (SPF_SLOTS: all), and forget them. */
bool spf_flat_flush(struct spf_walk *w, struct spf_walk_frame *frame,
    size_t but);
/* Keep a term as it stands, after what was decided before it. */
bool spf_flat_keep(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term, size_t lookups);
/* Before and after an include or redirect of the operand's own record. */
void spf_flat_hold(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term);
bool spf_flat_settle(struct spf_walk *w, struct spf_walk_frame *frame);
/* The end of the operand's record: what is left, `all` and exp. */
bool spf_flat_end(struct spf_walk *w, struct spf_walk_frame *frame);
/* lint_fetch.c: the tree's next node; NULL: a fault.  via is the term that
 * led to it, NULL for the operand. */
struct spf_lint_node *spf_walk_node(struct spf_walk *w, struct span domain,
    const struct spf_term *via);
/* A record is there: put it on the stack, if it can be read. */
bool spf_walk_enter(struct spf_walk *w, struct spf_lint_node *node,
    struct span text, const struct spf_term *via);
/* Read the record of name, and enter it. */
bool spf_walk_fetch(struct spf_walk *w, struct span name,
    const struct spf_term *via);
/* Does anybody come to the term at hand? */
bool spf_walk_reached(const struct spf_walk *w);
/* lint_term.c: all about one term but what it includes. */
bool spf_walk_term(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term);

#endif

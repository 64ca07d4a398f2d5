/* SPDX-License-Identifier: ISC */
/*
 * Findings about published records, for people, CI and cron: what `--lint` of
 * spfcheck and dmarceval share.  A finding is a value with a code that never
 * changes its meaning; only new codes are added.
 */
#ifndef LINT_H
#define LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "dns/dns.h"
#include "dns/zone.h"

enum lint_severity {
	LINT_NOTE = 0,	/* worth knowing; never fails a run */
	LINT_WARNING,	/* works, and will bite */
	LINT_ERROR	/* mail is lost or forged because of it */
};

/* What a finding makes of the exit status: the contract's numbers. */
enum lint_effect {
	LINT_CLEAN = 0,
	LINT_FINDINGS = 1,
	LINT_BROKEN = 4,	/* the record itself cannot be used */
	LINT_ABSENT = 6,	/* there is no record */
	LINT_UNCHECKED = 75	/* the DNS did not say */
};

/* From which severity on a finding fails a run; the zero value is strict
 * enough for CI. */
enum lint_fail {
	LINT_FAIL_WARNING = 0,
	LINT_FAIL_ERROR,
	LINT_FAIL_NOTE,
	LINT_FAIL_NEVER		/* but what was not checked is never clean */
};

/* One row of a tool's table of codes; lives for ever. */
struct lint_rule {
	const char *code;	/* "SPF001" */
	enum lint_severity severity;
	enum lint_effect effect;	/* LINT_CLEAN with a note */
	const char *title;	/* "no SPF record" */
	const char *remedy;	/* what to do, one sentence */
};

struct lint_finding {
	const struct lint_rule *rule;
	enum lint_severity severity;	/* the rule's, unless demoted */
	enum lint_effect effect;
	struct span domain;	/* whose record it is about */
	struct span term;	/* the part of it, as written; may be empty */
	size_t column;		/* where that stands, from 1; 0: nowhere */
	struct span message;	/* one line, printable ASCII */
	struct dns_place place;	/* of `column`, in a zone; or of a list */
	bool known;		/* ignored, in the baseline or the state */
	int64_t since;		/* when it was first seen; 0: not known */
	struct lint_finding *next;
};

/* A finding of an earlier run that is not there any more. */
struct lint_gone {
	struct span code, domain, term;
	int64_t since;		/* 0: not known */
};

/* All that was found about one operand. */
struct lint {
	struct arena *arena;	/* holds everything below */
	struct span domain;	/* the operand */
	struct span record;	/* its record; p NULL if there is none */
	size_t count;
	struct lint_finding *first, **last, *newest;
	size_t ngone;		/* by a state; never a failure */
	const struct lint_gone *gone;
	enum lint_fail fail_on;
	bool only_new;		/* what is known is not printed */
	bool given;		/* the record is the caller's, and published
				   nowhere */
	struct span words;	/* more of the first line of text; may be
				   empty */
	json_t *more;		/* more keys of the JSON object, borrowed;
				   NULL: none */
};

/* Which findings a run does not fail on. */
struct lint_filter {
	struct arena arena;
	struct lint_known *known;	/* all of them, and by their hash */
	struct lint_known **buckets;
	size_t nbuckets, count;
	bool (*has)(struct span code);	/* is there such a code? */
	enum lint_fail fail_on;
	bool baseline;		/* one was read: print what is new alone */
	bool all;		/* print the rest too */
};

#define LINT_FILTER_BYTES ((size_t)64 * 1024 * 1024)

/* Nothing found yet about domain (copied into a). */
enum fault_kind lint_init(struct lint *l, struct span domain, struct arena *a,
    struct fault *f);

/*
 * Add a finding; spans and the printf-form message (cut at 400 bytes, all but
 * printable ASCII escaped) are copied.
 */
enum fault_kind lint_add(struct lint *l, const struct lint_rule *rule,
    struct span domain, struct span term, size_t column, struct fault *f,
    const char *fmt, ...) __attribute__((format(printf, 7, 8)));

/* The finding added last is but a note here: it never fails a run. */
void lint_demote(struct lint *l);

/*
 * Say where the records that findings are about stand in the zones of dns (of
 * dns_open()); findings about what came from elsewhere have no place.
 */
void lint_places(const struct lint *l, struct dns *dns);
/* Findings that still have no place get this one; its file is borrowed. */
void lint_place_rest(const struct lint *l, const struct dns_place *place);

/* A filter that lets everything through; lint_filter_free() releases it.  has
 * knows the tool's codes, NULL accepts any. */
void lint_filter_init(struct lint_filter *filter,
    bool (*has)(struct span code));
void lint_filter_free(struct lint_filter *filter);
/* "error", "warning", "note" or "never"; FAULT_USAGE for anything else. */
enum fault_kind lint_filter_fail_on(struct lint_filter *filter,
    struct span word, struct fault *f);
/* CODE or CODE:DOMAIN (the domain of the finding); FAULT_USAGE if neither, or
 * if there is no such code. */
enum fault_kind lint_filter_ignore(struct lint_filter *filter,
    struct span what, struct fault *f);
/* The same of a line (from 1) of a file of such, which is remembered. */
enum fault_kind lint_filter_ignore_line(struct lint_filter *filter,
    struct span what, size_t line, struct fault *f);
/* The next such line, after that of number `after`, that no finding matched;
 * 0: none. */
size_t lint_filter_unmatched(const struct lint_filter *filter, size_t after);
/*
 * An earlier run's `-o json` output, whole: its findings are known from now
 * on, but for what could not be checked: that is never known.  FAULT_DATA if
 * it is not that.
 */
enum fault_kind lint_filter_baseline(struct lint_filter *filter,
    struct span json, struct fault *f);
/* Mark what the filter knows; l is judged and printed by it from now on. */
void lint_filter_apply(const struct lint_filter *filter, struct lint *l);

/*
 * The exit status: of the findings not known, 75 before 4 before 6 before 1;
 * 0 if there are none.  Several operands: verdict_worse_exit().
 */
enum lint_effect lint_exit(const struct lint *l);

/* Are the terms of two findings the same: but for the case, and dots at their
 * end? */
bool lint_term_eq(struct span a, struct span b);

/* "clean", "findings" ...; "note", "warning", "error". */
const char *lint_effect_word(enum lint_effect e);
const char *lint_severity_word(enum lint_severity s);
/* What one finding makes of the exit status. */
enum lint_effect lint_effect_of(const struct lint *l,
    const struct lint_finding *g);

/* Is the finding printed, is any? */
bool lint_shown(const struct lint *l, const struct lint_finding *g);
bool lint_any_shown(const struct lint *l);

/* The findings as text (nothing at all if only new ones are wanted and there
 * are none), one line each and its remedy indented below. */
void lint_text(const struct lint *l, struct buf *b);
/*
 * One line of JSON.  facts (may be NULL; its reference is taken even on
 * failure) stands under the key "facts".
 */
enum fault_kind lint_json(const struct lint *l, const char *tool,
    int64_t time, json_t *facts, struct buf *b, struct fault *f);
/*
 * TAP: one point an operand, numbered n, the findings as its YAML block.  The
 * caller writes "TAP version 13" before and the plan "1..N" after.
 */
void lint_tap(const struct lint *l, size_t n, struct buf *b);
/*
 * JUnit: one <testcase> an operand.  The caller sets it between
 * lint_junit_open() and lint_junit_close().
 */
void lint_junit(const struct lint *l, const char *tool, struct buf *b);
struct lint_junit_counts {
	size_t tests, failures, errors;
};
/* Add what one operand's lint_junit() wrote. */
void lint_junit_count(struct span cases, struct lint_junit_counts *counts);
void lint_junit_open(const char *tool,
    const struct lint_junit_counts *counts, struct buf *b);
void lint_junit_close(struct buf *b);

/* GitHub's workflow commands: a line a finding, at its place in the zone. */
void lint_github(const struct lint *l, struct buf *b);

/*
 * SARIF 2.1.0: the results of one operand, each after a comma but the first of
 * all, and what stands around them.  A result needs a place: *left counts the
 * findings without one, which are left out.
 */
enum fault_kind lint_sarif(const struct lint *l, struct buf *b, size_t *left,
    struct fault *f);
void lint_sarif_open(const char *tool, struct buf *b);
void lint_sarif_close(struct buf *b);

#endif

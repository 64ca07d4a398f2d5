/* SPDX-License-Identifier: ISC */
/*
 * How an SPF verdict came about, step by step: for --trace.
 */
#ifndef SPF_TRACE_H
#define SPF_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "dns/dns.h"
#include "mail/verdict.h"
#include "spf/spf.h"

enum spf_step_kind {
	SPF_STEP_RECORD,	/* the record of a domain was read */
	SPF_STEP_QUERY,		/* the DNS was asked */
	SPF_STEP_INCLUDE,	/* an include begins; its TERM comes after */
	SPF_STEP_TERM,		/* a term was evaluated */
	SPF_STEP_RESULT		/* check_host() of a domain has its result */
};

struct spf_step {
	enum spf_step_kind kind;
	size_t depth;		/* includes above it */
	struct span domain;	/* whose record is evaluated */
	struct span text;	/* the record, the name asked, the term */
	struct span note;	/* RECORD, TERM: what came of it and why;
				   QUERY: the records, joined by ", " */
	enum dns_type type;	/* QUERY */
	const char *outcome;	/* QUERY: dns_outcome_word() */
	bool matched;		/* TERM */
	enum verdict verdict;	/* TERM that matched, RESULT */
	size_t lookups;		/* the counters after the step */
	size_t void_lookups;
	size_t queries;
	struct spf_step *next;
};

struct spf_trace {
	struct arena *arena;	/* holds the steps */
	struct spf_step *first, **last;
	size_t count;		/* at most BOUND_SPF_STEPS are kept */
	bool nomem;
};

/* Nothing yet. */
void spf_trace_init(struct spf_trace *t, struct arena *a);
/* Add a copy of the step and its spans; t may be NULL. */
void spf_trace_add(struct spf_trace *t, const struct spf_step *step);
/* The records of an answer for people: "10 mx.example, 192.0.2.1"; at most
 * some hundred bytes. */
void spf_trace_answer(const struct dns_answer *answer, enum dns_type type,
    struct buf *b);

/* The tree as text: whole lines, printable ASCII. */
void spf_trace_text(const struct spf_trace *t, struct buf *b);
/* The steps as a JSON array; NULL without memory. */
json_t *spf_trace_json(const struct spf_trace *t);

#endif

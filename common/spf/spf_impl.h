/* SPDX-License-Identifier: ISC */
/*
 * One evaluation in progress: shared by spf.c (check_host), spf_match.c (the
 * mechanisms) and spf_exp.c (explanations); nobody else includes it.
 */
#ifndef SPF_EVAL_H
#define SPF_EVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bounds.h"
#include "dns/dns.h"
#include "spf/macro.h"
#include "spf/record.h"
#include "spf/spf.h"

/* check_host() of one domain; include puts another one on top. */
struct spf_frame {
	struct span domain;
	struct spf_record record;
	struct spf_terms terms;
	struct spf_term term;	/* the one being evaluated */
};

/* The names of the client, asked once a check. */
enum spf_validity {
	SPF_NOT_ASKED = 0,
	SPF_VALID,
	SPF_INVALID
};

struct spf_ptr {
	bool asked;
	struct dns_answer answer;
	enum spf_validity valid[BOUND_SPF_PTR];
};

struct spf_eval {
	const struct spf_request *request;
	struct dns *dns;
	struct arena *arena;
	struct spf_result *result;
	struct fault *fault;
	struct ipaddr ip;	/* never a mapped one */
	enum dns_type address;	/* A or AAAA: the client's family */
	size_t max_queries;
	struct spf_macro_vars vars;	/* domain and validated: as needed */
	/* A term that looks up makes at most one frame. */
	struct spf_frame frames[BOUND_SPF_LOOKUPS + 1];
	size_t depth;		/* frames[depth] is evaluated */
	struct spf_ptr ptr;
	bool voided;		/* the term at hand has its void lookup */
	bool quiet;		/* errors stop, and change no verdict */
	bool stopped;		/* by an error, a limit or a fault */
	const char *note;	/* for the trace: why the term (not) matched */
};

/*
 * End the evaluation with an error: the verdict, its reason, and as detail
 * what follows (printf form) with the term and record at hand before it.
 * Returns false, so that `return spf_stop(...)` reads well.
 */
bool spf_stop(struct spf_eval *ev, enum verdict verdict, enum reason reason,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same for a failure of our own, which ev->fault already says. */
bool spf_fault(struct spf_eval *ev);

/*
 * Ask.  False: the evaluation is over (query cap, time, fault).  DNS errors
 * are the caller's: what they mean depends on the term.
 */
bool spf_ask(struct spf_eval *ev, struct span name, enum dns_type type,
    struct dns_answer *answer);
/* End with temperror, for an answer that is DNS_TEMPERROR. */
bool spf_stop_dns(struct spf_eval *ev, struct span name, enum dns_type type,
    const struct dns_answer *answer);
/* The answer was empty: count it, once a term.  False: over the limit. */
bool spf_void(struct spf_eval *ev, const struct dns_answer *answer);

/*
 * The target name of a domain-spec (empty: the current domain).  *name has p
 * NULL if it can be no name.  False: the evaluation is over.
 */
bool spf_target(struct spf_eval *ev, struct span spec, struct span *name);

/* Does the macro-string (empty: the current domain) need what an anonymous
 * request does not say? */
bool spf_needs_sender(const struct spf_eval *ev, struct span spec);

/* spf_match.c: does the term at hand match (not include)?  False: over. */
bool spf_match(struct spf_eval *ev, const struct spf_term *term,
    bool *matched);
/* Exchangers by preference; equal ones stay in the order of the answer. */
void spf_mx_sort(struct dns_answer *answer);
/* %{p}: the validated name of the client, or "unknown", into ev->vars. */
bool spf_validated(struct spf_eval *ev);

/* spf_exp.c: the explanation of frames[0]'s record, if all goes well. */
void spf_explain(struct spf_eval *ev);

/* spf_sender.c: who is checked, into vars and result; domain.p is NULL if it
 * is no valid domain.  False: a fault. */
bool spf_sender(struct spf_eval *ev);

#endif

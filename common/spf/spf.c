/* SPDX-License-Identifier: ISC */
/*
 * check_host(), RFC 7208 section 4.  No recursion: every include is a frame on
 * a stack as deep as the lookup limit allows, redirect replaces the frame.
 */
#include <stdarg.h>
#include <stdio.h>

#include "dns/domain.h"
#include "spf/spf_impl.h"
#include "spf/trace.h"

#define SPF_DETAIL 400	/* bytes of a detail, before escaping */

/* Where the evaluation stands, for people. */
static void
spf_where(const struct spf_eval *ev, struct buf *b)
{
	const struct spf_frame *frame = &ev->frames[ev->depth];

	if (frame->term.text.len > 0) {
		buf_adds(b, "term \"");
		buf_addprint(b, span_sub(frame->term.text, 0, 120));
		buf_addf(b, "\" (column %zu) of the SPF record of ",
		    frame->term.column);
	}
	if (frame->domain.len > 0)
		buf_addprint(b, frame->domain);
	else
		buf_adds(b, "no domain");
	buf_adds(b, ": ");
}

bool
spf_fault(struct spf_eval *ev)
{
	ev->stopped = true;
	return false;
}

bool
spf_stop(struct spf_eval *ev, enum verdict verdict, enum reason reason,
    const char *fmt, ...)
{
	char text[SPF_DETAIL];
	struct buf b;
	va_list ap;

	ev->stopped = true;
	if (ev->quiet)
		return false;
	ev->result->result = verdict;
	ev->result->reason = reason;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&b, 16 * sizeof(text));
	spf_where(ev, &b);
	buf_addprint(&b, span_of(text));
	if (buf_check(&b, ev->fault) == FAULT_NONE) {
		ev->result->detail = arena_span(ev->arena, buf_span(&b));
		if (ev->result->detail.p == NULL)
			(void)fault_nomem(ev->fault);
	}
	buf_free(&b);
	return false;
}

/* ---- questions ---- */

static void
spf_trace_query(struct spf_eval *ev, struct span name, enum dns_type type,
    const struct dns_answer *answer)
{
	struct buf b;

	if (ev->request->trace == NULL)
		return;
	buf_init(&b, SIZE_MAX / 2);
	spf_trace_answer(answer, type, &b);
	ev->request->trace->nomem = ev->request->trace->nomem || b.nomem;
	spf_trace_add(ev->request->trace, &(struct spf_step){
		.kind = SPF_STEP_QUERY, .depth = ev->depth,
		.domain = ev->frames[ev->depth].domain, .text = name,
		.note = buf_span(&b), .type = type,
		.outcome = dns_outcome_word(answer),
		.lookups = ev->result->lookups,
		.void_lookups = ev->result->void_lookups,
		.queries = ev->result->queries,
	});
	buf_free(&b);
}

bool
spf_ask(struct spf_eval *ev, struct span name, enum dns_type type,
    struct dns_answer *answer)
{
	*answer = (struct dns_answer){ .outcome = DNS_TEMPERROR };
	if (ev->result->queries >= ev->max_queries)
		return spf_stop(ev, VERDICT_PERMERROR, REASON_QUERY_LIMIT,
		    "more than %zu DNS queries would be needed; name fewer "
		    "hosts", ev->max_queries);
	ev->result->queries++;
	if (dns_query(ev->dns, name, type, ev->arena, answer, ev->fault) !=
	    FAULT_NONE)
		return spf_fault(ev);
	spf_trace_query(ev, name, type, answer);
	if (answer->outcome == DNS_TEMPERROR &&
	    answer->why == DNS_WHY_DEADLINE)
		return spf_stop(ev, VERDICT_TEMPERROR, REASON_TIME_LIMIT,
		    "the time for the whole check ran out; try again");
	return true;
}

bool
spf_stop_dns(struct spf_eval *ev, struct span name, enum dns_type type,
    const struct dns_answer *answer)
{
	char said[DNS_OUTCOME_TEXT];

	return spf_stop(ev, VERDICT_TEMPERROR, REASON_DNS,
	    "the DNS gave no answer for %s %.*s (%s); try again",
	    dns_type_word(type), (int)(name.len > 253 ? 253 : name.len),
	    name.p, dns_outcome_text(answer, said));
}

bool
spf_void(struct spf_eval *ev, const struct dns_answer *answer)
{
	if (answer->outcome != DNS_NODATA && answer->outcome != DNS_NXDOMAIN)
		return true;
	if (ev->voided || ev->quiet)
		return true;
	ev->voided = true;
	if (++ev->result->void_lookups > BOUND_SPF_VOIDS)
		return spf_stop(ev, VERDICT_PERMERROR, REASON_VOID_LIMIT,
		    "the third term whose lookup finds nothing; remove terms "
		    "that name hosts without an address");
	return true;
}

/* ---- records ---- */

static void
spf_trace_record(struct spf_eval *ev, struct span domain, struct span text,
    const char *note)
{
	spf_trace_add(ev->request->trace, &(struct spf_step){
		.kind = SPF_STEP_RECORD, .depth = ev->depth,
		.domain = domain, .text = text, .note = span_of(note),
		.lookups = ev->result->lookups,
		.void_lookups = ev->result->void_lookups,
		.queries = ev->result->queries,
	});
}

/* The one SPF record of a domain; text->p NULL if there is none. */
static bool
spf_fetch(struct spf_eval *ev, struct span domain, struct span *text)
{
	struct dns_answer answer;
	size_t found = 0;

	*text = (struct span){ NULL, 0 };
	if (!spf_ask(ev, domain, DNS_TXT, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return spf_stop_dns(ev, domain, DNS_TXT, &answer);
	for (size_t i = 0; i < answer.count; i++) {
		if (!spf_record_is(answer.records[i].text))
			continue;
		*text = answer.records[i].text;
		found++;
	}
	/* Only a term's lookup can be void: the first one decides "none". */
	if (answer.outcome != DNS_ANSWER && ev->result->lookups > 0)
		ev->result->void_lookups++;
	if (found > 1)
		return spf_stop(ev, VERDICT_PERMERROR,
		    REASON_MULTIPLE_RECORDS, "%.*s publishes %zu SPF records; "
		    "leave one", SPAN_ARG(domain), found);
	return true;
}

/* Make text the record of the frame at hand: its whole syntax counts. */
static bool
spf_enter(struct spf_eval *ev, struct span domain, struct span text)
{
	struct spf_frame *frame = &ev->frames[ev->depth];
	struct spf_term wrong;

	*frame = (struct spf_frame){ .domain = domain };
	spf_trace_record(ev, domain, text, "");
	if (ev->result->nused < SPF_USED)
		ev->result->used[ev->result->nused++] =
		    (struct spf_used){ domain, text };
	if (!spf_record_parse(text, &frame->record, &wrong)) {
		frame->term = wrong;
		return spf_stop(ev, VERDICT_PERMERROR, REASON_SYNTAX,
		    "syntax error at column %zu: %s", wrong.error_column,
		    wrong.error);
	}
	frame->terms = spf_terms_of(text);
	return true;
}

bool
spf_needs_sender(const struct spf_eval *ev, struct span spec)
{
	static const char letters[] = { 's', 'l', 'o', 'h' };
	bool nowhere = ev->frames[ev->depth].domain.len == 0;

	if (!ev->request->anonymous)
		return false;
	for (size_t i = 0; i < sizeof(letters); i++)
		if (spf_macro_uses(spec, letters[i]))
			return true;
	return nowhere && (spec.len == 0 || spf_macro_uses(spec, 'd'));
}

bool
spf_target(struct spf_eval *ev, struct span spec, struct span *name)
{
	struct buf b;
	bool valid;

	if (spf_needs_sender(ev, spec)) {
		(void)fault_set(ev->fault, FAULT_USAGE, "the term \"%.*s\" "
		    "needs --mail-from or --helo",
		    SPAN_ARG(span_sub(ev->frames[ev->depth].term.text, 0,
		    120)));
		return spf_fault(ev);
	}
	if (spec.len == 0) {
		*name = ev->frames[ev->depth].domain;
		return true;
	}
	if (!spf_macro_any(spec) && domain_fits(domain_undot(spec))) {
		*name = domain_undot(spec);
		return true;
	}
	ev->vars.domain = ev->frames[ev->depth].domain;
	if (spf_macro_uses(spec, 'p') && !spf_validated(ev))
		return false;
	buf_init(&b, SPF_MACRO_NAME_BYTES);
	*name = (struct span){ NULL, 0 };
	valid = spf_macro_expand(spec, SPF_MACRO_NAME, &ev->vars, 0, &b);
	if (valid)
		*name = arena_span(ev->arena, buf_span(&b));
	if (b.nomem || (valid && name->p == NULL)) {
		(void)fault_nomem(ev->fault);
		(void)spf_fault(ev);
	}
	buf_free(&b);
	return !ev->stopped;
}

/* Count a term that asks the DNS. */
static bool
spf_count(struct spf_eval *ev)
{
	ev->voided = false;
	if (++ev->result->lookups <= BOUND_SPF_LOOKUPS)
		return true;
	return spf_stop(ev, VERDICT_PERMERROR, REASON_LOOKUP_LIMIT,
	    "the eleventh term that asks the DNS; at most %d are allowed in "
	    "a record and all that it includes: list addresses instead of "
	    "names, or drop includes", BOUND_SPF_LOOKUPS);
}

/* The record that an include or redirect names, for a frame of its own. */
static bool
spf_follow(struct spf_eval *ev, const struct spf_term *term,
    struct span name, struct span *text)
{
	const char *word = term->kind == SPF_INCLUDE ? "included" :
	    "redirected to";

	*text = (struct span){ NULL, 0 };
	if (domain_labels(name) > 1 && !spf_fetch(ev, name, text))
		return false;
	if (text->p != NULL)
		return true;
	return spf_stop(ev, VERDICT_PERMERROR, REASON_INCLUDE_NONE,
	    "%.*s is %s and has no SPF record; publish one there or remove "
	    "the term", SPAN_ARG(name), word);
}

/* ---- evaluation ---- */

static void
spf_trace_step(struct spf_eval *ev, enum spf_step_kind kind,
    const struct spf_term *term, bool matched)
{
	struct spf_frame *frame = &ev->frames[ev->depth];

	spf_trace_add(ev->request->trace, &(struct spf_step){
		.kind = kind, .depth = ev->depth,
		.domain = frame->domain, .text = term->text,
		.note = span_of(ev->note), .matched = matched,
		.verdict = term->verdict,
		.lookups = ev->result->lookups,
		.void_lookups = ev->result->void_lookups,
		.queries = ev->result->queries,
	});
	ev->note = NULL;
}

static void
spf_trace_term(struct spf_eval *ev, const struct spf_term *term,
    bool matched)
{
	spf_trace_step(ev, SPF_STEP_TERM, term, matched);
}

static void
spf_trace_result(struct spf_eval *ev, enum verdict v)
{
	spf_trace_add(ev->request->trace, &(struct spf_step){
		.kind = SPF_STEP_RESULT, .depth = ev->depth,
		.domain = ev->frames[ev->depth].domain, .verdict = v,
		.note = ev->stopped ? ev->result->detail :
		    (struct span){ "", 0 },
		.lookups = ev->result->lookups,
		.void_lookups = ev->result->void_lookups,
		.queries = ev->result->queries,
	});
}

/* include: the frame of its target goes on top; nothing has matched yet. */
static bool
spf_include(struct spf_eval *ev, const struct spf_term *term)
{
	struct span name, text;

	if (!spf_target(ev, term->domain, &name))
		return false;
	if (name.p == NULL) {
		ev->note = "its target can be no domain name";
		spf_trace_term(ev, term, false);
		return true;
	}
	spf_trace_step(ev, SPF_STEP_INCLUDE, term, false);
	if (!spf_follow(ev, term, name, &text))
		return false;
	ev->depth++;
	return spf_enter(ev, name, text);
}

/* The end of a record without a match: redirect, or neutral. */
static bool
spf_end_of_record(struct spf_eval *ev, bool *done, enum verdict *v)
{
	struct spf_frame *frame = &ev->frames[ev->depth];
	struct span name, text;

	frame->term = (struct spf_term){ .column = 0 };
	*done = true;
	*v = VERDICT_NEUTRAL;
	if (frame->record.redirect.text.len == 0)
		return true;
	*done = false;
	frame->term = frame->record.redirect;
	if (!spf_count(ev) || !spf_target(ev, frame->term.domain, &name))
		return false;
	if (name.p == NULL)
		return spf_stop(ev, VERDICT_PERMERROR, REASON_DOMAIN_INVALID,
		    "its target can be no domain name");
	if (!spf_follow(ev, &frame->term, name, &text))
		return false;
	ev->note = "followed";
	spf_trace_term(ev, &frame->term, false);
	return spf_enter(ev, name, text);
}

/* One term of the frame on top.  *done: the frame has the result *v. */
static bool
spf_step(struct spf_eval *ev, bool *done, enum verdict *v)
{
	struct spf_frame *frame = &ev->frames[ev->depth];
	struct spf_term *term = &frame->term;
	bool matched = false;

	if (!spf_terms_next(&frame->terms, term))
		return spf_end_of_record(ev, done, v);
	if (term->kind == SPF_REDIRECT || term->kind == SPF_EXP ||
	    term->kind == SPF_UNKNOWN)
		return true;
	if (spf_term_asks(term) && !spf_count(ev))
		return false;
	if (term->kind == SPF_INCLUDE)
		return spf_include(ev, term);
	if (!spf_match(ev, term, &matched))
		return false;
	spf_trace_term(ev, term, matched);
	*done = matched;
	*v = term->verdict;
	return true;
}

/* The frame on top has its result: what does that make of the one below? */
static void
spf_return(struct spf_eval *ev, bool *done, enum verdict *v)
{
	const struct spf_term *term;

	spf_trace_result(ev, *v);
	ev->depth--;
	term = &ev->frames[ev->depth].term;
	*done = *v == VERDICT_PASS;
	*v = term->verdict;
	ev->note = *done ? "what it includes passes" :
	    "what it includes does not pass";
	spf_trace_term(ev, term, *done);
}

static void
spf_run(struct spf_eval *ev)
{
	bool done = false;
	enum verdict v = VERDICT_NEUTRAL;

	while (!done) {
		if (!spf_step(ev, &done, &v)) {
			spf_trace_result(ev, ev->result->result);
			return;
		}
		while (done && ev->depth > 0)
			spf_return(ev, &done, &v);
	}
	ev->result->result = v;
	ev->result->reason = REASON_NONE;
	ev->result->mechanism = ev->frames[0].term.text;
	if (ev->result->mechanism.len == 0)
		ev->result->mechanism.p = NULL;
	spf_trace_result(ev, v);
	if (v == VERDICT_FAIL)
		spf_explain(ev);
}

/* The record of the domain that is checked, RFC 7208 4.3 to 4.5. */
static void
spf_begin(struct spf_eval *ev)
{
	const struct spf_request *q = ev->request;
	struct span text = q->policy;
	struct spf_frame *frame = &ev->frames[0];

	frame->domain = q->anonymous ? SPAN("") : ev->result->domain;
	if (frame->domain.p == NULL) {
		frame->domain = ev->result->sender;
		(void)spf_stop(ev, VERDICT_NONE, REASON_DOMAIN_INVALID,
		    "there is no valid domain to check");
		return;
	}
	if (text.p == NULL && !spf_fetch(ev, frame->domain, &text))
		return;
	if (text.p == NULL || !spf_record_is(text)) {
		(void)spf_stop(ev, VERDICT_NONE, REASON_NONE,
		    "no SPF record");
		spf_trace_result(ev, VERDICT_NONE);
		return;
	}
	if (spf_enter(ev, frame->domain, text))
		spf_run(ev);
	else
		spf_trace_result(ev, ev->result->result);
}

enum fault_kind
spf_check(const struct spf_request *request, struct dns *dns,
    struct arena *a, struct spf_result *result, struct fault *f)
{
	struct spf_eval ev = {
		.request = request, .dns = dns, .arena = a,
		.result = result, .fault = f,
		.ip = ipaddr_unmap(request->ip),
		.max_queries = request->max_queries > 0 ?
		    request->max_queries : BOUND_SPF_QUERIES,
	};

	fault_clear(f);
	*result = (struct spf_result){ .identity = request->identity };
	ev.address = ev.ip.family == 6 ? DNS_AAAA : DNS_A;
	ev.vars.ip = ev.ip;
	ev.vars.receiver = request->receiver;
	ev.vars.now = request->now;
	if (request->anonymous || spf_sender(&ev))
		spf_begin(&ev);
	return f->kind;
}

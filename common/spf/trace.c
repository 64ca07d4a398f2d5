/* SPDX-License-Identifier: ISC */
#include "base/bounds.h"
#include "base/json.h"
#include "spf/trace.h"

/* What is shown of a record, and of one answer. */
#define SPF_TRACE_SHOWN 600

void
spf_trace_init(struct spf_trace *t, struct arena *a)
{
	*t = (struct spf_trace){ .arena = a };
	t->last = &t->first;
}

/* A copy, cut; the empty span stays without memory. */
static struct span
spf_trace_copy(struct spf_trace *t, struct span s)
{
	struct span copy = arena_span(t->arena,
	    span_sub(s, 0, SPF_TRACE_SHOWN));

	t->nomem = t->nomem || copy.p == NULL;
	return copy;
}

void
spf_trace_add(struct spf_trace *t, const struct spf_step *step)
{
	struct spf_step *new;

	if (t == NULL || t->count >= BOUND_SPF_STEPS)
		return;
	new = arena_alloc(t->arena, sizeof(*new));
	if (new == NULL) {
		t->nomem = true;
		return;
	}
	*new = *step;
	new->domain = spf_trace_copy(t, step->domain);
	new->text = spf_trace_copy(t, step->text);
	new->note = spf_trace_copy(t, step->note);
	new->next = NULL;
	*t->last = new;
	t->last = &new->next;
	t->count++;
}

void
spf_trace_answer(const struct dns_answer *answer, enum dns_type type,
    struct buf *b)
{
	for (size_t i = 0; i < answer->count && b->len < SPF_TRACE_SHOWN;
	    i++) {
		const struct dns_record *r = &answer->records[i];

		if (i > 0)
			buf_adds(b, ", ");
		switch (type) {
		case DNS_A:
		case DNS_AAAA:
			ipaddr_format(&r->addr, b);
			break;
		case DNS_MX:
			buf_addf(b, "%u ", r->preference);
			buf_addspan(b, r->text);
			break;
		case DNS_TXT:
			buf_addc(b, '"');
			buf_addspan(b, span_sub(r->text, 0,
			    SPF_TRACE_SHOWN));
			buf_addc(b, '"');
			break;
		case DNS_NS:
		case DNS_CNAME:
		case DNS_SOA:
		case DNS_PTR:
			buf_addspan(b, r->text);
			break;
		case DNS_DS:
		case DNS_TLSA:
			break;
		}
	}
}

static const char *
spf_step_word(enum spf_step_kind kind)
{
	switch (kind) {
	case SPF_STEP_RECORD:
		return "record";
	case SPF_STEP_QUERY:
		return "query";
	case SPF_STEP_INCLUDE:
		return "include";
	case SPF_STEP_TERM:
		return "term";
	case SPF_STEP_RESULT:
		return "result";
	}
	return "result";
}

static void
spf_trace_line(const struct spf_step *s, struct buf *b)
{
	for (size_t i = 0; i < s->depth; i++)
		buf_adds(b, "|  ");
	switch (s->kind) {
	case SPF_STEP_RECORD:
		buf_addprint(b, s->domain);
		buf_adds(b, ": ");
		buf_addprint(b, s->text);
		break;
	case SPF_STEP_QUERY:
		buf_addf(b, "|  ? %s ", dns_type_word(s->type));
		buf_addprint(b, s->text);
		buf_addf(b, " -> %s ", s->outcome);
		buf_addprint(b, s->note);
		break;
	case SPF_STEP_INCLUDE:
		buf_adds(b, "|- ");
		buf_addprint(b, s->text);
		buf_adds(b, " asks");
		break;
	case SPF_STEP_TERM:
		buf_adds(b, "|- ");
		buf_addprint(b, s->text);
		buf_adds(b, s->matched ? ": match" : ": no match");
		if (s->matched)
			buf_addf(b, ", %s", verdict_word(s->verdict));
		break;
	case SPF_STEP_RESULT:
		buf_addf(b, "`- %s", verdict_word(s->verdict));
		break;
	}
	if (s->kind != SPF_STEP_QUERY && s->note.len > 0) {
		buf_adds(b, " (");
		buf_addprint(b, s->note);
		buf_addc(b, ')');
	}
	while (b->len > 0 && b->p[b->len - 1] == ' ')
		b->len--;
	if (s->kind == SPF_STEP_TERM || s->kind == SPF_STEP_RESULT)
		buf_addf(b, " [lookups %zu, void %zu, queries %zu]",
		    s->lookups, s->void_lookups, s->queries);
	buf_addc(b, '\n');
}

void
spf_trace_text(const struct spf_trace *t, struct buf *b)
{
	for (const struct spf_step *s = t->first; s != NULL; s = s->next)
		spf_trace_line(s, b);
	if (t->count >= BOUND_SPF_STEPS)
		buf_adds(b, "(further steps are not shown)\n");
}

static json_t *
spf_step_json(const struct spf_step *s, bool *failed)
{
	json_t *o = json_object();
	bool query = s->kind == SPF_STEP_QUERY;
	bool verdict = s->kind == SPF_STEP_RESULT ||
	    (s->kind == SPF_STEP_TERM && s->matched);

	js_set(o, "step", js_str(spf_step_word(s->kind)), failed);
	js_set(o, "depth", js_int((int64_t)s->depth), failed);
	js_set(o, "domain", js_span(s->domain), failed);
	js_set(o, "text", js_span(s->text), failed);
	js_set(o, "type", query ? js_str(dns_type_word(s->type)) : js_null(),
	    failed);
	js_set(o, "outcome", query ? js_str(s->outcome) : js_null(), failed);
	js_set(o, "note", s->note.len > 0 ? js_span(s->note) : js_null(),
	    failed);
	js_set(o, "matched", s->kind == SPF_STEP_TERM ? js_bool(s->matched) :
	    js_null(), failed);
	js_set(o, "result", verdict ? js_str(verdict_word(s->verdict)) :
	    js_null(), failed);
	js_set(o, "lookups", js_int((int64_t)s->lookups), failed);
	js_set(o, "void_lookups", js_int((int64_t)s->void_lookups), failed);
	js_set(o, "queries", js_int((int64_t)s->queries), failed);
	return o;
}

json_t *
spf_trace_json(const struct spf_trace *t)
{
	json_t *list = json_array();
	bool failed = list == NULL;

	for (const struct spf_step *s = t->first; s != NULL; s = s->next)
		js_push(list, spf_step_json(s, &failed), &failed);
	if (failed) {
		json_decref(list);
		return NULL;
	}
	return list;
}

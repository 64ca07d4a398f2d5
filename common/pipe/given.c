/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dns/domain.h"
#include "dns/idna.h"
#include "pipe/given.h"

static struct span
property(const struct authres_result *r, const char *type, const char *name)
{
	for (size_t i = 0; i < r->nproperties; i++)
		if (strcmp(r->properties[i].type, type) == 0 &&
		    strcmp(r->properties[i].name, name) == 0)
			return r->properties[i].value;
	return (struct span){ NULL, 0 };
}

static enum reason
reason_of(struct span word)
{
	for (int i = REASON_NONE; i < REASON_COUNT; i++)
		if (span_eq(word, span_of(reason_word((enum reason)i))))
			return (enum reason)i;
	return REASON_NONE;
}

/* Does this result count, and as what? */
static bool
given_spf(const struct authres_result *r, struct stage_given *one)
{
	struct span sender = property(r, "smtp", "mailfrom");

	*one = (struct stage_given){ .result = r->result,
	    .reason = reason_of(r->reason), .identity = sender };
	return strcmp(r->method, "spf") == 0 && sender.p != NULL &&
	    one->reason != REASON_NO_ENVELOPE &&
	    one->reason != REASON_INNER_HOP;
}

static bool
given_dkim(const struct authres_result *r, struct stage_given *one)
{
	*one = (struct stage_given){ .result = r->result,
	    .reason = reason_of(r->reason),
	    .identity = property(r, "header", "d"),
	    .selector = property(r, "header", "s") };
	return strcmp(r->method, "dkim") == 0;
}

static enum fault_kind
given_all(const struct stage *s, struct arena *a,
    bool (*take)(const struct authres_result *, struct stage_given *),
    struct stage_given **given, size_t *n, struct fault *f)
{
	size_t max = 0;

	*n = 0;
	for (size_t i = 0; i < s->nbelieved; i++)
		max += s->believed[i].ar.count;
	*given = arena_array(a, max + 1, sizeof(**given));
	if (*given == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < s->nbelieved; i++)
		for (size_t k = 0; k < s->believed[i].ar.count; k++)
			*n += take(&s->believed[i].ar.results[k],
			    &(*given)[*n]);
	return FAULT_NONE;
}

enum fault_kind
stage_given_spf(const struct stage *s, struct arena *a,
    struct stage_given **given, size_t *n, struct fault *f)
{
	return given_all(s, a, given_spf, given, n, f);
}

enum fault_kind
stage_given_dkim(const struct stage *s, struct arena *a,
    struct stage_given **given, size_t *n, struct fault *f)
{
	return given_all(s, a, given_dkim, given, n, f);
}

/* The name in A-labels; p NULL if it is none. */
static enum fault_kind
given_domain(struct span text, struct arena *a, struct span *domain,
    struct fault *f)
{
	*domain = (struct span){ NULL, 0 };
	if (text.len == 0)
		return FAULT_NONE;
	if (idna_to_ascii(domain_undot(text), a, domain, f) != FAULT_NONE)
		return f->kind;
	if (!domain_is_ldhu(*domain))
		*domain = (struct span){ NULL, 0 };
	return FAULT_NONE;
}

enum fault_kind
stage_given_spf_result(const struct stage_given *given, struct arena *a,
    struct spf_result *result, struct fault *f)
{
	struct span id = given->identity;
	size_t at = span_rfind(id, '@');

	*result = (struct spf_result){ .identity = SPF_MAILFROM,
	    .result = given->result, .reason = given->reason,
	    .sender = id };
	/* MAIL FROM's domain stands after the last @. */
	return given_domain(at < id.len ? span_sub(id, at + 1, id.len) : id,
	    a, &result->domain, f);
}

/* The message's result: the first of these that any signature has. */
static const enum verdict dkim_order[] = { VERDICT_PASS, VERDICT_TEMPERROR,
	VERDICT_POLICY, VERDICT_FAIL, VERDICT_NEUTRAL, VERDICT_PERMERROR };

enum fault_kind
stage_given_dkim_report(const struct stage_given *given, size_t n,
    struct arena *a, struct dkim_report *report, struct fault *f)
{
	struct dkim_result *r = arena_array(a, n + 1, sizeof(*r));

	*report = (struct dkim_report){ .result = VERDICT_NONE,
	    .results = r };
	if (r == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < n; i++) {
		/* `dkim=none` is no signature. */
		if (given[i].result == VERDICT_NONE)
			continue;
		r = &report->results[report->count];
		*r = (struct dkim_result){ .index = ++report->count,
		    .result = given[i].result, .reason = given[i].reason,
		    .selector = given[i].selector, .signed_at = -1,
		    .expires_at = -1, .body_length = -1, .counted = true };
		if (given_domain(given[i].identity, a, &r->domain, f) !=
		    FAULT_NONE)
			return f->kind;
	}
	for (size_t o = sizeof(dkim_order) / sizeof(dkim_order[0]); o > 0;
	    o--)
		for (size_t i = 0; i < report->count; i++)
			if (report->results[i].result == dkim_order[o - 1])
				report->result = dkim_order[o - 1];
	return FAULT_NONE;
}

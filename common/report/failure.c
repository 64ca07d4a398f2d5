/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/ipaddr.h"
#include "base/sha256.h"
#include "dns/domain.h"
#include "report/event.h"
#include "report/failure.h"

const char *
report_not_due_text(enum report_not_due why)
{
	static const char *const texts[] = { "",
	    "no verdict of dmarceval with a DMARC record",
	    "the record asks for no failure reports",
	    "fo does not ask for a report about what happened",
	    "a report about this message might cause another one" };

	return (size_t)why < sizeof(texts) / sizeof(*texts) ? texts[why] :
	    "";
}

static struct span
text_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_string(v))
		return (struct span){ NULL, 0 };
	return (struct span){ json_string_value(v), json_string_length(v) };
}

static bool
is_result(const json_t *one, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (span_eq(text_of(one, "result"), span_of(words[i])))
			return true;
	return false;
}

/* Aligned, or it would be, had it passed. */
static bool
is_aligned(const json_t *one)
{
	struct span s = text_of(one, "aligned");

	return span_eq(s, SPAN("strict")) || span_eq(s, SPAN("relaxed"));
}

/* ---- loops (RFC 9991 and our section on them) ---- */

static struct span
field_of(const struct message *m, const char *name)
{
	const struct field *field = message_field(m, name);

	return field == NULL ? (struct span){ NULL, 0 } :
	    span_trim_fws(field->value);
}

static bool
is_loop(const struct report_failing *r, const struct message *m)
{
	struct span automatic = field_of(m, "Auto-Submitted");
	struct span precedence = field_of(m, "Precedence"), domain;

	if (r->mail_from.p != NULL && (r->mail_from.len == 0 ||
	    span_eq(r->mail_from, SPAN("<>"))))
		return true;
	if (text_of(r->verdict, "report").p != NULL)
		return true;
	if (automatic.p != NULL && !span_eq_nocase(span_sub(automatic, 0, 2),
	    SPAN("no")))
		return true;
	if (automatic.len > 2 && !ascii_is_fws(automatic.p[2]) &&
	    automatic.p[2] != ';' && automatic.p[2] != '(')
		return true;
	if (field_of(m, "List-Id").p != NULL &&
	    (span_eq_nocase(precedence, SPAN("bulk")) ||
	    span_eq_nocase(precedence, SPAN("list"))))
		return true;
	domain = span_sub(r->from, span_rfind(r->from, '@') + 1, r->from.len);
	if (span_eq_nocase(r->author_domain, domain) ||
	    span_eq_nocase(r->author_domain, r->receiver))
		return true;
	for (size_t i = 0; i < r->nown; i++)
		if (span_eq_nocase(r->mail_from, r->own[i]))
			return true;
	return false;
}

/* ---- fo ---- */

static bool
asks_about_this(const struct report_failing *r)
{
	static const char *const dkim[] = { "fail", "permerror", "policy",
	    NULL };
	static const char *const spf[] = { "fail", "softfail", "permerror",
	    NULL };
	const json_t *list;
	unsigned fo = r->record->fo == 0 ? (unsigned)DMARC_FO_0 :
	    r->record->fo;

	if ((fo & DMARC_FO_0) != 0 && !r->pass)
		return true;
	if ((fo & DMARC_FO_1) != 0 && (!r->spf_aligned || !r->dkim_aligned))
		return true;
	list = json_object_get(r->verdict, "dkim");
	for (size_t i = 0; (fo & DMARC_FO_D) != 0 && i < json_array_size(list);
	    i++)
		if (is_result(json_array_get(list, i), dkim))
			return true;
	list = json_object_get(r->verdict, "spf");
	for (size_t i = 0; (fo & DMARC_FO_S) != 0 && i < json_array_size(list);
	    i++)
		if (is_result(json_array_get(list, i), spf))
			return true;
	return false;
}

static void
find_failing(struct report_failing *r)
{
	static const char *const good[] = { "pass", "none", NULL };
	const json_t *list = json_object_get(r->verdict, "dkim"), *one;

	r->dkim = r->spf = NULL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		one = json_array_get(list, i);
		if (r->dkim == NULL && is_aligned(one) &&
		    !is_result(one, good) &&
		    text_of(one, "selector").p != NULL)
			r->dkim = one;
	}
	list = json_object_get(r->verdict, "spf");
	for (size_t i = 0; i < json_array_size(list); i++) {
		one = json_array_get(list, i);
		if (r->spf == NULL && is_aligned(one) &&
		    !is_result(one, good))
			r->spf = one;
	}
}

/* Policy domain, network of the client, d=, failing mechanisms. */
static enum fault_kind
name_incident(struct report_failing *r, struct fault *f)
{
	struct ipaddr ip;
	struct buf b;

	buf_init(&b, 4096);
	buf_addspan(&b, r->policy_domain);
	if (ipaddr_parse(r->ip, &ip)) {
		size_t keep = ip.family == 4 ? 3 : 6;

		memset(ip.bytes + keep, 0, sizeof(ip.bytes) - keep);
		buf_addc(&b, ' ');
		ipaddr_format(&ip, &b);
	}
	buf_addc(&b, ' ');
	if (r->dkim != NULL)
		buf_addspan(&b, text_of(r->dkim, "domain"));
	buf_addf(&b, " %d %d", r->dkim_aligned, r->spf_aligned);
	sha256_hex(buf_span(&b), r->incident);
	(void)buf_check(&b, f);
	buf_free(&b);
	return f->kind;
}

enum fault_kind
report_failure_due(struct report_failing *r, json_t *verdict,
    const struct message *m, struct arena *a, enum report_not_due *why,
    struct fault *f)
{
	const json_t *dmarc = json_object_get(verdict, "dmarc");
	const json_t *envelope = json_object_get(verdict, "envelope");
	struct span result = text_of(dmarc, "result");
	struct dmarc_record *record = NULL;

	*why = REPORT_NOT_VERDICT;
	r->verdict = verdict;
	r->pass = span_eq(result, SPAN("pass"));
	r->policy_domain = text_of(dmarc, "policy_domain");
	r->author_domain = text_of(dmarc, "author_domain");
	r->ip = text_of(envelope, "ip");
	r->mail_from = text_of(envelope, "mail_from");
	r->spf_aligned = json_is_true(json_object_get(dmarc, "spf_aligned"));
	r->dkim_aligned = json_is_true(json_object_get(dmarc,
	    "dkim_aligned"));
	if (text_of(dmarc, "record").p != NULL && dmarc_record_parse(
	    text_of(dmarc, "record"), a, &record, f) != FAULT_NONE)
		return f->kind;
	r->record = record;
	if (record == NULL || !domain_is_ldhu(r->policy_domain) ||
	    !domain_is_ldhu(r->author_domain) ||
	    (!r->pass && !span_eq(result, SPAN("fail"))))
		return FAULT_NONE;
	*why = REPORT_NOT_ASKED;
	if (record->nruf == 0 || record->psd == DMARC_PSD_Y)
		return FAULT_NONE;
	*why = REPORT_NOT_LOOP;
	if (is_loop(r, m))
		return FAULT_NONE;
	*why = asks_about_this(r) ? REPORT_DUE : REPORT_NOT_FAILED;
	find_failing(r);
	return name_incident(r, f);
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dmarc/record.h"
#include "dns/domain.h"
#include "dns/idna.h"
#include "report/event.h"

const char *
report_skip_word(enum report_skip s)
{
	static const char *const words[] = { "", "no-policy", "no-rua",
	    "no-author-domain", "no-client", "not-a-verdict" };

	return (size_t)s < sizeof(words) / sizeof(*words) ? words[s] : "";
}

enum fault_kind
report_site_act(struct report_site *s, const char *value, struct fault *f)
{
	static const char *const words[] = { "none", "quarantine", "policy" };

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(value, words[i]) != 0)
			continue;
		s->act = (enum report_act)i;
		return FAULT_NONE;
	}
	return fault_set(f, FAULT_USAGE,
	    "--act=%s: not none, quarantine or policy", value);
}

enum fault_kind
report_site_disposition(struct report_site *s, const char *value,
    struct fault *f)
{
	s->disposed = report_disposition_of(span_of(value), &s->disposition);
	if (s->disposed && s->disposition != REPORT_DONE_PASS)
		return FAULT_NONE;
	return fault_set(f, FAULT_USAGE,
	    "--disposition=%s: not none, quarantine or reject", value);
}

enum fault_kind
report_site_reason(struct report_site *s, const char *value, struct fault *f)
{
	struct report_reason *r = &s->reasons[s->nreasons];
	struct span type;

	if (s->nreasons == REPORT_SITE_REASONS)
		return fault_set(f, FAULT_USAGE, "--reason: given too often");
	if (!span_cut(span_of(value), ':', &type, &r->comment))
		r->comment = (struct span){ NULL, 0 };
	if (!report_reason_of(type, &r->type) ||
	    r->type == REPORT_REASON_FORWARDED ||
	    r->type == REPORT_REASON_SAMPLED_OUT || r->comment.len > 200 ||
	    !span_is_print(r->comment))
		return fault_set(f, FAULT_USAGE, "--reason=%s: not "
		    "TYPE[:COMMENT] with a type of RFC 9990", value);
	s->nreasons++;
	return FAULT_NONE;
}

enum fault_kind
report_site_address(struct report_site *s, const char *value,
    struct fault *f)
{
	if (s->naddresses == REPORT_SITE_ADDRESSES)
		return fault_set(f, FAULT_USAGE,
		    "--report-address: given too often");
	if (span_find(span_of(value), '@') == strlen(value))
		return fault_set(f, FAULT_USAGE,
		    "--report-address=%s: no address", value);
	s->addresses[s->naddresses++] = span_of(value);
	return FAULT_NONE;
}

/* ---- reading ---- */

/* A string of the object; p NULL for null, absent, or of another type. */
static struct span
text_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_string(v))
		return (struct span){ NULL, 0 };
	return (struct span){ json_string_value(v), json_string_length(v) };
}

/* A name as reports write it; p NULL if it is none. */
static enum fault_kind
name_of(struct span s, struct arena *a, struct span *out, struct fault *f)
{
	*out = (struct span){ NULL, 0 };
	s = domain_undot(s);
	if (s.len == 0)
		return FAULT_NONE;
	if (idna_to_ascii(s, a, out, f) != FAULT_NONE)
		return f->kind;
	if (out->p != NULL && !domain_is_ldhu(*out))
		*out = (struct span){ NULL, 0 };
	return FAULT_NONE;
}

enum fault_kind
report_address_domain(struct span address, struct arena *a,
    struct span *domain, struct fault *f)
{
	size_t at;

	if (address.len >= 2 && address.p[0] == '<' &&
	    address.p[address.len - 1] == '>')
		address = span_sub(address, 1, address.len - 2);
	at = span_rfind(address, '@');
	*domain = (struct span){ NULL, 0 };
	if (address.p == NULL || at == address.len)
		return FAULT_NONE;
	return name_of(span_sub(address, at + 1, address.len), a, domain, f);
}

struct reading {
	json_t *dmarc;
	const struct report_site *site;
	struct arena *arena;
	struct report_event *e;
	enum report_ask policy, applied;
};

static void
add_reason(struct report_row *row, enum report_reason_type type,
    struct span comment)
{
	if (row->nreasons < REPORT_REASONS_MAX)
		row->reasons[row->nreasons++] =
		    (struct report_reason){ type, comment };
}

static enum report_disposition
done_of(enum report_ask ask)
{
	switch (ask) {
	case REPORT_ASK_QUARANTINE:
		return REPORT_DONE_QUARANTINE;
	case REPORT_ASK_REJECT:
		return REPORT_DONE_REJECT;
	case REPORT_ASK_UNSET:
	case REPORT_ASK_NONE:
		break;
	}
	return REPORT_DONE_NONE;
}

/* --act applied to what the owner asks for. */
static enum report_disposition
act_on(enum report_act act, enum report_ask applied)
{
	switch (act) {
	case REPORT_ACT_NONE:
		return REPORT_DONE_NONE;
	case REPORT_ACT_QUARANTINE:
		return applied == REPORT_ASK_REJECT ?
		    REPORT_DONE_QUARANTINE : done_of(applied);
	case REPORT_ACT_POLICY:
		break;
	}
	return done_of(applied);
}

/* What was done, and each reason why that is not what was published. */
static void
read_disposition(struct reading *r, struct span result)
{
	struct report_row *row = &r->e->row;
	enum report_disposition asked = REPORT_DONE_NONE;

	row->disposition = REPORT_DONE_NONE;
	if (span_eq(result, SPAN("pass"))) {
		if (r->policy >= REPORT_ASK_QUARANTINE)
			row->disposition = REPORT_DONE_PASS;
		asked = row->disposition;
	} else if (span_eq(result, SPAN("fail"))) {
		if (r->applied != r->policy)
			add_reason(row, REPORT_REASON_POLICY_TEST_MODE,
			    (struct span){ NULL, 0 });
		asked = done_of(r->applied);
		row->disposition = act_on(r->site->act, r->applied);
	} else {
		add_reason(row, REPORT_REASON_OTHER, text_of(r->dmarc,
		    "reason"));
	}
	if (r->site->disposed && (asked != REPORT_DONE_PASS ||
	    r->site->disposition != REPORT_DONE_NONE))
		row->disposition = r->site->disposition;
	if (row->disposition != asked)
		add_reason(row, REPORT_REASON_LOCAL_POLICY,
		    (struct span){ NULL, 0 });
	for (size_t i = 0; i < r->site->nreasons; i++)
		add_reason(row, r->site->reasons[i].type,
		    r->site->reasons[i].comment);
}

/* strict pass, relaxed pass, other pass, all else. */
static unsigned
dkim_class(const json_t *one)
{
	struct span aligned = text_of(one, "aligned");

	if (!span_eq(text_of(one, "result"), SPAN("pass")))
		return 3;
	if (span_eq(aligned, SPAN("strict")))
		return 0;
	return span_eq(aligned, SPAN("relaxed")) ? 1 : 2;
}

static enum fault_kind
read_auth(const json_t *one, bool dkim, struct arena *a,
    struct report_auth *auth, bool *good, struct fault *f)
{
	struct span selector = text_of(one, "selector");

	*good = false;
	*auth = (struct report_auth){ .scope = { NULL, 0 } };
	if (name_of(text_of(one, "domain"), a, &auth->domain, f) !=
	    FAULT_NONE)
		return f->kind;
	if (dkim && name_of(selector, a, &auth->selector, f) != FAULT_NONE)
		return f->kind;
	if (!dkim)
		auth->scope = SPAN("mfrom");
	*good = auth->domain.p != NULL && (!dkim || auth->selector.p != NULL)
	    && report_result_of(text_of(one, "result"), &auth->result) &&
	    (!dkim || auth->result != REPORT_RESULT_SOFTFAIL);
	if (auth->result != REPORT_RESULT_PASS)
		auth->human = span_sub(text_of(one, "reason"), 0, 64);
	if (auth->human.len == 0)
		auth->human = (struct span){ NULL, 0 };
	return FAULT_NONE;
}

static enum fault_kind
read_dkim(struct reading *r, const json_t *list, struct fault *f)
{
	struct report_row *row = &r->e->row;
	struct report_auth auth;
	bool good;

	for (unsigned class = 0; class < 4; class++) {
		for (size_t i = 0; i < json_array_size(list); i++) {
			const json_t *one = json_array_get(list, i);

			if (dkim_class(one) != class)
				continue;
			if (read_auth(one, true, r->arena, &auth, &good, f) !=
			    FAULT_NONE)
				return f->kind;
			if (good && row->ndkim < REPORT_DKIM_MAX)
				row->auth_dkim[row->ndkim++] = auth;
			else
				r->e->cut++;
		}
	}
	return FAULT_NONE;
}

static enum fault_kind
read_spf(struct reading *r, const json_t *list, struct fault *f)
{
	struct report_row *row = &r->e->row;
	bool good;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (!span_eq(text_of(one, "identity"), SPAN("mailfrom")))
			continue;
		if (read_auth(one, false, r->arena, &row->auth_spf[0], &good,
		    f) != FAULT_NONE)
			return f->kind;
		row->nspf = good;
		return FAULT_NONE;
	}
	return FAULT_NONE;
}

static enum fault_kind
read_envelope(struct reading *r, const json_t *verdict, bool *client,
    struct fault *f)
{
	const json_t *envelope = json_object_get(verdict, "envelope");
	struct span from = text_of(envelope, "mail_from");
	struct span to = text_of(verdict, "recipient");
	struct report_event *e = r->e;

	*client = ipaddr_parse(text_of(envelope, "ip"), &e->row.ip);
	if (!*client)
		return FAULT_NONE;
	e->row.ip = ipaddr_unmap(e->row.ip);
	e->row.envelope_from = SPAN("");
	if (from.p == NULL || (from.len > 0 && !span_eq(from, SPAN("<>"))))
		if (report_address_domain(from, r->arena,
		    &e->row.envelope_from, f) != FAULT_NONE)
			return f->kind;
	if (r->site->envelope_to && report_address_domain(to, r->arena,
	    &e->row.envelope_to, f) != FAULT_NONE)
		return f->kind;
	e->optional = text_of(verdict, "report").p != NULL;
	for (size_t i = 0; i < r->site->naddresses && to.p != NULL; i++)
		if (span_eq_nocase(to, r->site->addresses[i]))
			e->optional = true;
	return FAULT_NONE;
}

/* Does the record ask for aggregate reports at an address? */
static enum fault_kind
read_record(struct reading *r, bool *usable, struct fault *f)
{
	struct dmarc_record *record = NULL;

	*usable = false;
	if (dmarc_record_parse(r->e->record, r->arena, &record, f) !=
	    FAULT_NONE)
		return f->kind;
	for (size_t i = 0; record != NULL && i < record->nrua; i++)
		if (record->rua[i].address.p != NULL)
			*usable = true;
	return FAULT_NONE;
}

/* What must be there before anything can be recorded. */
static enum fault_kind
read_base(struct reading *r, const json_t *verdict, enum report_skip *skip,
    struct fault *f)
{
	struct report_event *e = r->e;
	struct span result = text_of(r->dmarc, "result");
	struct span key = text_of(verdict, "key");
	const json_t *time = json_object_get(verdict, "time");
	bool usable;

	*skip = REPORT_SKIP_INVALID;
	if (key.p == NULL || !report_key_good(key) ||
	    !json_is_integer(time) || result.p == NULL ||
	    json_integer_value(time) < 0)
		return FAULT_NONE;
	memcpy(e->key, key.p, key.len);
	e->time = json_integer_value(time);
	e->record = text_of(r->dmarc, "record");
	*skip = REPORT_SKIP_NO_POLICY;
	if (e->record.p == NULL || span_eq(result, SPAN("none")))
		return FAULT_NONE;
	if (name_of(text_of(r->dmarc, "author_domain"), r->arena,
	    &e->row.header_from, f) != FAULT_NONE ||
	    name_of(text_of(r->dmarc, "policy_domain"), r->arena,
	    &e->policy_domain, f) != FAULT_NONE)
		return f->kind;
	*skip = REPORT_SKIP_NO_DOMAIN;
	if (e->row.header_from.p == NULL || e->policy_domain.p == NULL ||
	    span_eq(result, SPAN("permerror")))
		return FAULT_NONE;
	*skip = REPORT_SKIP_INVALID;
	if (!span_eq(result, SPAN("pass")) && !span_eq(result, SPAN("fail")) &&
	    !span_eq(result, SPAN("temperror")))
		return FAULT_NONE;
	if (read_record(r, &usable, f) != FAULT_NONE)
		return f->kind;
	*skip = usable ? REPORT_TAKEN : REPORT_SKIP_NO_RUA;
	return FAULT_NONE;
}

enum fault_kind
report_event_read(json_t *verdict, const struct report_site *site,
    struct arena *a, struct report_event *e, enum report_skip *skip,
    struct fault *f)
{
	struct reading r = { .dmarc = json_object_get(verdict, "dmarc"),
	    .site = site, .arena = a, .e = e };
	bool client;

	memset(e, 0, sizeof(*e));
	e->uid = -1;
	e->row.count = 1;
	if (read_base(&r, verdict, skip, f) != FAULT_NONE ||
	    *skip != REPORT_TAKEN)
		return f->kind;
	if (read_envelope(&r, verdict, &client, f) != FAULT_NONE)
		return f->kind;
	if (!client) {
		*skip = REPORT_SKIP_NO_CLIENT;
		return FAULT_NONE;
	}
	(void)report_ask_of(text_of(r.dmarc, "policy"), &r.policy);
	(void)report_ask_of(text_of(r.dmarc, "applied_policy"), &r.applied);
	e->row.dkim = json_is_true(json_object_get(r.dmarc, "dkim_aligned"));
	e->row.spf = json_is_true(json_object_get(r.dmarc, "spf_aligned"));
	read_disposition(&r, text_of(r.dmarc, "result"));
	if (read_dkim(&r, json_object_get(verdict, "dkim"), f) != FAULT_NONE)
		return f->kind;
	return read_spf(&r, json_object_get(verdict, "spf"), f);
}

/* SPDX-License-Identifier: ISC */
/* MTA-STS (RFC 8461 3.1) and TLS-RPT (RFC 8460 3): records by tags. */
#include "dns/domain.h"
#include "posture/posture_impl.h"

/* What MTA-STS and TLS-RPT have in common. */
struct tls_kind {
	const char *version;	/* with its semicolon */
	enum posture_rule several, syntax, place, beside, dns;
	/* One field after the version; false: wrong, *what says why. */
	bool (*field)(struct posture_record *rec, struct span name,
	    struct span value, bool *known, const char **what);
	/* After the last: what is missing, or NULL. */
	const char *(*whole)(const struct posture_record *rec);
};

/* A field's name: letters, digits, and after the first _ - and dots. */
static bool
tls_name(struct span name)
{
	if (name.len == 0 || name.len > 32 || !ascii_is_alnum(name.p[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!ascii_is_alnum(name.p[i]) && name.p[i] != '_' &&
		    name.p[i] != '-' && name.p[i] != '.')
			return false;
	return true;
}

/* An extension's value: printable, without space, = and semicolon. */
static bool
tls_value(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.p[i] <= ' ' || value.p[i] > '~' ||
		    value.p[i] == '=')
			return false;
	return value.len > 0;
}

/* Read the fields of text; what is wrong with it, or NULL. */
static const char *
tls_parse(const struct tls_kind *kind, struct span text,
    struct posture_record *rec, struct span *unknown)
{
	struct span one, name, value, rest = text;
	const char *what = NULL;
	bool known, more = span_cut(rest, ';', &one, &rest);

	*rec = (struct posture_record){ .text = text };
	while (more) {
		more = span_cut(rest, ';', &one, &rest);
		one = span_trim_wsp(one);
		if (one.len == 0 && !more)
			break;
		if (!span_cut(one, '=', &name, &value))
			return "a field without =";
		if (!tls_name(name))
			return "a field's name is no name";
		known = false;
		if (!kind->field(rec, name, value, &known, &what))
			return what;
		if (!known && !tls_value(value))
			return "a field's value is none";
		if (!known && unknown->len == 0)
			*unknown = name;
	}
	return kind->whole(rec);
}

/* All records of the kind at a name; *rec is the only one. */
static bool
tls_records(struct posture_run *r, const struct tls_kind *kind,
    const struct dns_answer *answer, struct posture_record *rec)
{
	struct span text = { NULL, 0 }, unknown = { "", 0 };
	size_t found = 0;
	const char *what;

	for (size_t i = 0; i < answer->count; i++)
		if (span_starts(answer->records[i].text,
		    span_of(kind->version))) {
			text = answer->records[i].text;
			found++;
		}
	if (found > 1)
		return posture_add(r, kind->several, SPAN(""), "%zu records",
		    found);
	if (found < answer->count && !posture_add(r, kind->beside, SPAN(""),
	    "%zu other TXT record%s", answer->count - found,
	    answer->count - found == 1 ? "" : "s"))
		return false;
	if (found == 0)
		return true;
	what = tls_parse(kind, text, rec, &unknown);
	if (what != NULL) {
		*rec = (struct posture_record){ .text = { NULL, 0 } };
		return posture_add(r, kind->syntax, SPAN(""), "%s", what);
	}
	return unknown.len == 0 || posture_add(r, kind->beside, unknown,
	    "an unknown field, %.*s", SPAN_ARG(unknown));
}

/* Does the kind's record stand at another name? */
static bool
tls_misplaced(struct posture_run *r, const struct tls_kind *kind,
    struct span name)
{
	struct dns_answer answer;

	if (name.p == NULL || !posture_ask(r, name, DNS_TXT, &answer))
		return false;
	for (size_t i = 0; i < answer.count; i++)
		if (span_starts(answer.records[i].text,
		    span_of(kind->version)))
			return posture_add(r, kind->place, name, "at %.*s",
			    SPAN_ARG(name));
	return true;
}

static bool
sts_field(struct posture_record *rec, struct span name, struct span value,
    bool *known, const char **what)
{
	*known = span_eq(name, SPAN("id"));
	if (!*known)
		return true;
	*what = "id stands twice";
	if (rec->id.p != NULL)
		return false;
	*what = "id is not 1 to 32 letters and digits";
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_alnum(value.p[i]))
			return false;
	rec->id = value;
	return value.len >= 1 && value.len <= 32;
}

static const char *
sts_whole(const struct posture_record *rec)
{
	return rec->id.p == NULL ? "no id" : NULL;
}

bool
posture_sts(struct posture_run *r)
{
	static const struct tls_kind kind = { "v=STSv1;",
	    POSTURE_STS_SEVERAL, POSTURE_STS_SYNTAX, POSTURE_STS_PLACE,
	    POSTURE_STS_BESIDE, POSTURE_STS_DNS, sts_field, sts_whole };
	struct span host = posture_below(r, SPAN("mta-sts"), r->domain);
	struct lint_finding **mark = r->p->lint.last;
	struct posture *p = r->p;
	struct dns_answer answer;

	if (host.p == NULL ||
	    !posture_ask_below(r, "_mta-sts", DNS_TXT, &answer) ||
	    !tls_misplaced(r, &kind, r->domain) ||
	    !tls_misplaced(r, &kind, host))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return posture_unanswered(r, kind.dns, SPAN("_mta-sts"),
		    DNS_TXT, &answer);
	if (dns_is_outside(&answer))
		return true;
	if (!tls_records(r, &kind, &answer, &p->sts))
		return false;
	if (p->sts.text.p != NULL)
		return posture_sts_policy(r, true);
	for (struct lint_finding *g = *mark; g != NULL; g = g->next)
		if (g->effect == LINT_BROKEN)
			return true;
	if (!posture_sts_policy(r, false))
		return false;
	if (*mark != NULL && p->policy_text.p != NULL)
		return true;
	p->checks[POSTURE_STS] = POSTURE_NONE;
	return !posture_receives(r) || posture_add(r, POSTURE_STS_NONE,
	    SPAN(""), "no record");
}

/* One URI of rua. */
static bool
rpt_uri(struct posture_record *rec, struct span uri, const char **what)
{
	*what = "a rua that is neither mailto nor https";
	if (!span_starts_nocase(uri, SPAN("mailto:")) &&
	    !span_starts_nocase(uri, SPAN("https://")))
		return false;
	*what = "a rua that is no URI";
	for (size_t i = 0; i < uri.len; i++)
		if (uri.p[i] <= ' ' || uri.p[i] > '~')
			return false;
	if (span_starts_nocase(uri, SPAN("mailto:")) &&
	    (span_rfind(uri, '@') <= 7 || span_rfind(uri, '@') + 1 >=
	    uri.len))
		return false;
	if (rec->nrua < sizeof(rec->rua) / sizeof(rec->rua[0]))
		rec->rua[rec->nrua] = uri;
	rec->nrua++;
	return uri.len > 8;
}

/* rua twice: both count. */
static bool
rpt_field(struct posture_record *rec, struct span name, struct span value,
    bool *known, const char **what)
{
	struct span one, rest = value;
	bool more = true;

	*known = span_eq(name, SPAN("rua"));
	while (*known && more) {
		more = span_cut(rest, ',', &one, &rest);
		if (!rpt_uri(rec, span_trim_wsp(one), what))
			return false;
	}
	return true;
}

static const char *
rpt_whole(const struct posture_record *rec)
{
	return rec->nrua == 0 ? "no rua" : NULL;
}

/* Can the host of a mailbox take mail? */
static bool
rpt_host(struct posture_run *r, struct span uri)
{
	struct dns_answer mx, four, six;
	struct span host, rest;

	if (!span_starts_nocase(uri, SPAN("mailto:")))
		return true;
	host = span_sub(uri, span_rfind(uri, '@') + 1, uri.len);
	(void)span_cut(host, '?', &host, &rest);
	if (!posture_ask(r, host, DNS_MX, &mx))
		return false;
	if (mx.outcome == DNS_TEMPERROR)
		return posture_unanswered(r, POSTURE_RPT_DNS, host, DNS_MX,
		    &mx);
	if (dns_is_outside(&mx))
		return true;
	for (size_t i = 0; i < mx.count; i++)
		if (!posture_is_root(mx.records[i].text))
			return true;
	if (mx.count > 0)
		return posture_add(r, POSTURE_RPT_HOST, host,
		    "%.*s: null MX", SPAN_ARG(host));
	if (!posture_ask(r, host, DNS_A, &four) ||
	    !posture_ask(r, host, DNS_AAAA, &six))
		return false;
	if (four.count + six.count > 0)
		return true;
	if (four.outcome == DNS_TEMPERROR || six.outcome == DNS_TEMPERROR)
		return posture_unanswered(r, POSTURE_RPT_DNS, host, DNS_A,
		    four.outcome == DNS_TEMPERROR ? &four : &six);
	return posture_add(r, POSTURE_RPT_HOST, host,
	    "%.*s: no MX and no address", SPAN_ARG(host));
}

bool
posture_tlsrpt(struct posture_run *r)
{
	static const struct tls_kind kind = { "v=TLSRPTv1;",
	    POSTURE_RPT_SEVERAL, POSTURE_RPT_SYNTAX, POSTURE_RPT_PLACE,
	    POSTURE_RPT_BESIDE, POSTURE_RPT_DNS, rpt_field, rpt_whole };
	struct lint_finding **mark = r->p->lint.last;
	struct posture *p = r->p;
	struct dns_answer answer;

	if (!posture_ask_below(r, "_smtp._tls", DNS_TXT, &answer) ||
	    !tls_misplaced(r, &kind, r->domain) ||
	    !tls_misplaced(r, &kind, posture_below(r, SPAN("_tls"),
	    r->domain)))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return posture_unanswered(r, kind.dns, SPAN("_smtp._tls"),
		    DNS_TXT, &answer);
	if (dns_is_outside(&answer))
		return true;
	if (!tls_records(r, &kind, &answer, &p->tlsrpt))
		return false;
	for (size_t i = 0; i < p->tlsrpt.nrua && i <
	    sizeof(p->tlsrpt.rua) / sizeof(p->tlsrpt.rua[0]); i++)
		if (!rpt_host(r, p->tlsrpt.rua[i]))
			return false;
	if (p->tlsrpt.text.p != NULL)
		return true;
	for (struct lint_finding *g = *mark; g != NULL; g = g->next)
		if (g->effect == LINT_BROKEN)
			return true;
	p->checks[POSTURE_TLSRPT] = POSTURE_NONE;
	if (!posture_receives(r))
		return true;
	if (!posture_add(r, POSTURE_RPT_NONE, SPAN(""), "%s",
	    p->sts.text.p != NULL ? "MTA-STS is there" : p->dane.with > 0 ?
	    "DANE is there" : "no record"))
		return false;
	/* Without reports nobody sees what these keep out. */
	if (p->sts.text.p != NULL || p->dane.with > 0) {
		p->lint.newest->severity = LINT_WARNING;
		p->lint.newest->effect = LINT_FINDINGS;
		p->checks[POSTURE_TLSRPT] = POSTURE_FINDINGS;
	}
	return true;
}

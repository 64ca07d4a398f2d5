/* SPDX-License-Identifier: ISC */
/* A verdict of dmarceval as an event: what is recorded, and as what. */
#include <string.h>

#include "report/event.h"
#include "tap.h"

static struct report_event e;
static enum report_skip skip;

static const char good[] = "{\"key\":\"0123456789abcdef0123456789abcdef\","
    "\"time\":1795168800,\"report\":null,\"recipient\":\"r@Here.example\","
    "\"envelope\":{\"ip\":\"::ffff:192.0.2.1\",\"mail_from\":\"A@B.Example\"},"
    "\"spf\":[{\"identity\":\"helo\",\"result\":\"pass\",\"domain\":\"h\"},"
    "{\"identity\":\"mailfrom\",\"result\":\"fail\",\"reason\":\"syntax\","
    "\"domain\":\"b.example\"}],"
    "\"dkim\":[{\"result\":\"fail\",\"reason\":\"body\",\"domain\":"
    "\"Example.COM\",\"selector\":\"f\"},{\"result\":\"pass\",\"domain\":"
    "\"o.example\",\"selector\":\"o\",\"aligned\":\"no\"},{\"result\":"
    "\"pass\",\"domain\":\"m.example.com\",\"selector\":\"r\",\"aligned\":"
    "\"relaxed\"},{\"result\":\"pass\",\"domain\":\"example.com\","
    "\"selector\":\"s\",\"aligned\":\"strict\"},{\"result\":\"pass\","
    "\"domain\":\"not a name\",\"selector\":\"x\"}],"
    "\"dmarc\":{\"result\":\"pass\",\"reason\":null,\"author_domain\":"
    "\"Example.com\",\"policy_domain\":\"example.com\",\"record\":"
    "\"v=DMARC1; p=reject; rua=mailto:r@example.com\",\"policy\":\"reject\","
    "\"applied_policy\":\"reject\",\"spf_aligned\":null,\"dkim_aligned\":"
    "true}}";

static void
read_one(const char *text, const struct report_site *site, struct arena *a)
{
	struct fault f = { .kind = FAULT_NONE };
	json_t *o = json_loads(text, 0, NULL);

	arena_reset(a);
	skip = REPORT_SKIP_INVALID;
	CHECK(o != NULL && report_event_read(o, site, a, &e, &skip, &f) ==
	    FAULT_NONE);
	/* Its spans are borrowed: kept until the next one. */
	static json_t *last;
	json_decref(last);
	last = o;
}

/* The good one with `from` replaced by `to`. */
static void
changed(const char *from, const char *to, const struct report_site *site,
    struct arena *a)
{
	static char text[8192];
	const char *at = strstr(good, from);

	CHECKF(at != NULL, "%s is there", from);
	if (at == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good,
	    to, at + strlen(from));
	read_one(text, site, a);
}

static void
test_good(struct arena *a)
{
	const struct report_site site = { .act = REPORT_ACT_NONE };
	struct report_row *row = &e.row;
	struct buf b;

	read_one(good, &site, a);
	CHECK(skip == REPORT_TAKEN && e.uid == -1 && !e.optional);
	CHECK(e.time == 1795168800 && row->count == 1);
	CHECK(span_eq(row->header_from, SPAN("example.com")));
	CHECK(span_eq(row->envelope_from, SPAN("b.example")));
	CHECK(row->envelope_to.p == NULL);
	CHECK(row->dkim && !row->spf);
	CHECK(row->disposition == REPORT_DONE_PASS && row->nreasons == 0);
	/* RFC 9990 3.1.1.10: strict, relaxed, other, failing; no bad name. */
	CHECK(row->ndkim == 4 && e.cut == 1);
	CHECK(span_eq(row->auth_dkim[0].selector, SPAN("s")));
	CHECK(span_eq(row->auth_dkim[1].selector, SPAN("r")));
	CHECK(span_eq(row->auth_dkim[2].selector, SPAN("o")));
	CHECK(span_eq(row->auth_dkim[3].human, SPAN("body")) &&
	    span_eq(row->auth_dkim[3].domain, SPAN("example.com")));
	CHECK(row->nspf == 1 && span_eq(row->auth_spf[0].scope,
	    SPAN("mfrom")) && row->auth_spf[0].result == REPORT_RESULT_FAIL);
	buf_init(&b, 64);
	ipaddr_format(&row->ip, &b);
	CHECK(strcmp(buf_str(&b), "192.0.2.1") == 0);
	buf_free(&b);
}

static void
test_skipped(struct arena *a)
{
	static const struct {
		const char *from, *to;
		enum report_skip skip;
	} cases[] = {
		{ "0123456789abcdef\"", "\"", REPORT_SKIP_INVALID },
		{ "0123456789abcdef\"", "0123456789ABCDEF\"",
		    REPORT_SKIP_INVALID },
		{ "1795168800", "-1", REPORT_SKIP_INVALID },
		{ "1795168800", "\"now\"", REPORT_SKIP_INVALID },
		{ "\"dmarc\":{\"result\":\"pass\"", "\"dmarc\":{\"result\":"
		    "\"none\"", REPORT_SKIP_NO_POLICY },
		{ "\"dmarc\":{\"result\":\"pass\"", "\"dmarc\":{\"result\":"
		    "\"permerror\"", REPORT_SKIP_NO_DOMAIN },
		{ "\"dmarc\":{\"result\":\"pass\"", "\"dmarc\":{\"result\":"
		    "\"great\"", REPORT_SKIP_INVALID },
		{ "\"dmarc\":{", "\"dmarc\":null,\"x\":{",
		    REPORT_SKIP_INVALID },
		{ "\"Example.com\"", "null", REPORT_SKIP_NO_DOMAIN },
		{ "; rua=mailto:r@example.com", "", REPORT_SKIP_NO_RUA },
		{ "mailto:r@example.com", "https://r.example/",
		    REPORT_SKIP_NO_RUA },
		{ "::ffff:192.0.2.1", "fe80::1%eth0", REPORT_SKIP_NO_CLIENT },
		{ "\"::ffff:192.0.2.1\"", "null", REPORT_SKIP_NO_CLIENT },
		{ "\"envelope\":{", "\"envelope\":[],\"x\":{",
		    REPORT_SKIP_NO_CLIENT },
	};
	const struct report_site site = { .act = REPORT_ACT_NONE };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		changed(cases[i].from, cases[i].to, &site, a);
		CHECKF(skip == cases[i].skip, "%s for %s: %s", cases[i].to,
		    cases[i].from, report_skip_word(skip));
	}
}

static void
test_site(struct arena *a)
{
	static const char pass[] = "\"dmarc\":{\"result\":\"pass\"",
	    fail[] = "\"dmarc\":{\"result\":\"fail\"",
	    later[] = "\"dmarc\":{\"result\":\"temperror\"";
	struct fault f = { .kind = FAULT_NONE };
	struct report_site site = { .envelope_to = true };

	CHECK(report_site_act(&site, "quarantine", &f) == FAULT_NONE);
	changed(pass, fail, &site, a);
	CHECK(e.row.disposition == REPORT_DONE_QUARANTINE &&
	    e.row.nreasons == 1 &&
	    e.row.reasons[0].type == REPORT_REASON_LOCAL_POLICY);
	CHECK(span_eq(e.row.envelope_to, SPAN("here.example")));
	CHECK(report_site_act(&site, "policy", &f) == FAULT_NONE);
	changed(pass, fail, &site, a);
	CHECK(e.row.disposition == REPORT_DONE_REJECT &&
	    e.row.nreasons == 0);
	changed(pass, later, &site, a);
	CHECK(e.row.disposition == REPORT_DONE_NONE && e.row.nreasons == 1 &&
	    e.row.reasons[0].type == REPORT_REASON_OTHER);
	CHECK(report_site_reason(&site, "mailing_list:a list", &f) ==
	    FAULT_NONE);
	CHECK(report_site_disposition(&site, "none", &f) == FAULT_NONE);
	changed(pass, fail, &site, a);
	CHECK(e.row.disposition == REPORT_DONE_NONE && e.row.nreasons == 2 &&
	    e.row.reasons[0].type == REPORT_REASON_LOCAL_POLICY &&
	    span_eq(e.row.reasons[1].comment, SPAN("a list")));
	/* A report, or mail to where ours are asked for, counts by the way. */
	CHECK(report_site_address(&site, "R@here.example", &f) == FAULT_NONE);
	read_one(good, &site, a);
	CHECK(e.optional);
	site.naddresses = 0;
	changed("\"report\":null", "\"report\":\"dsn\"", &site, a);
	CHECK(e.optional);
	/* A null sender is empty, an address without a domain is not there. */
	changed("A@B.Example", "", &site, a);
	CHECK(e.row.envelope_from.p != NULL && e.row.envelope_from.len == 0);
	changed("A@B.Example", "nobody", &site, a);
	CHECK(e.row.envelope_from.p == NULL);
}

static void
test_options(void)
{
	struct fault f = { .kind = FAULT_NONE };
	struct report_site s = { .act = REPORT_ACT_NONE };

	CHECK(report_site_act(&s, "reject", &f) == FAULT_USAGE);
	CHECK(report_site_disposition(&s, "pass", &f) == FAULT_USAGE);
	CHECK(report_site_reason(&s, "sampled_out", &f) == FAULT_USAGE);
	CHECK(report_site_reason(&s, "other:\xc3\xa9", &f) == FAULT_USAGE);
	CHECK(report_site_address(&s, "here", &f) == FAULT_USAGE);
	for (int i = 0; i < REPORT_SITE_REASONS; i++)
		CHECK(report_site_reason(&s, "other", &f) != FAULT_NONE ||
		    s.nreasons == (size_t)i + 1);
	CHECK(report_site_reason(&s, "other", &f) == FAULT_USAGE);
}

int
main(void)
{
	struct arena a;

	arena_init(&a, 1024 * 1024);
	test_good(&a);
	test_skipped(&a);
	test_site(&a);
	test_options();
	arena_free(&a);
	return tap_done();
}

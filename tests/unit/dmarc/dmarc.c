/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "dmarc/dmarc.h"
#include "dmarc/report.h"
#include "fakedns.h"
#include "tap.h"

#define R(name, tags) { "_dmarc." name, "v=DMARC1; " tags }
#define END { NULL, NULL }

static const struct fake_rr zone[] = {
	/* example.com: a plain domain with sub-domains that exist or not. */
	R("example.com", "p=reject; sp=quarantine; np=none"),
	{ "www.example.com", FAKE_NODATA },
	{ "gone.example.com", FAKE_SERVFAIL },
	R("own.example.com", "p=quarantine; sp=reject; np=reject"),
	/* Intermediate records never apply. */
	R("mid.example.com", "p=none"),
	{ "a.mid.example.com", FAKE_NODATA },
	/* sp missing, np missing. */
	R("psp.example", "p=reject"), { "a.psp.example", FAKE_NODATA },
	R("np.example", "p=none; np=reject"),
	{ "a.np.example", FAKE_NODATA },
	R("same.example", "p=reject; sp=none; np=none"),
	/* Test mode. */
	R("t.example", "p=reject; t=y"), R("tq.example", "p=quarantine; t=Y"),
	R("tn.example", "p=none; t=y"),
	/* Strict. */
	R("strict.example", "p=reject; adkim=s; aspf=s"),
	R("half.example", "p=reject; adkim=s"),
	/* Broken records. */
	R("nop.example", "sp=reject"),
	R("nopr.example", "rua=mailto:a@b.example"),
	R("badsp.example", "p=reject; sp=x"),
	R("badnp.example", "p=reject; np=x; rua=mailto:a@b.example"),
	R("badrua.example", "p=oops; rua=nobody"),
	/* Public suffixes. */
	R("bank", "p=reject; sp=quarantine; np=reject; psd=y"),
	{ "real.bank", FAKE_NODATA }, { "a.real.bank", FAKE_NODATA },
	R("own.bank", "p=none"), { "a.own.bank", FAKE_NODATA },
	R("uk", "p=none"), R("co.uk", "p=reject; psd=y"),
	/* Organizational Domain by psd=n. */
	R("dept.corp.example", "p=reject; psd=n"),
	R("corp.example", "p=none"),
	/* Two records. */
	R("two.example", "p=reject"), R("two.example", "p=none"),
	{ "a.two.example", FAKE_NODATA },
	R("low.up.example", "p=none"), R("low.up.example", "p=none"),
	R("up.example", "p=quarantine; sp=reject"),
	{ "low.up.example", FAKE_NODATA },
	/* Failing DNS. */
	{ "_dmarc.fail.example", FAKE_SERVFAIL },
	{ "_dmarc.late.example", FAKE_DEADLINE },
	R("below.fail.example", "p=reject"),
	{ "_dmarc.sick.example.com", FAKE_SERVFAIL },
	END
};

enum { S = DMARC_SPF, D = DMARC_DKIM };
#define PASS VERDICT_PASS
#define FAIL VERDICT_FAIL
#define NONE VERDICT_NONE
#define TEMP VERDICT_TEMPERROR
#define PERM VERDICT_PERMERROR

struct row {
	const char *author;
	struct {
		int method;
		enum verdict result;
		const char *domain;
	} id[3];
	enum verdict result;
	enum reason reason;
	const char *policy, *applied;	/* NULL: unknown */
	const char *at;		/* policy domain */
};

static const struct row rows[] = {
	/* Which identifiers count. */
	{ "example.com", {{ S, PASS, "example.com" }}, PASS, 0, "reject",
	    "reject", "example.com" },
	{ "example.com", {{ D, PASS, "example.com" }}, PASS, 0, "reject",
	    "reject", "example.com" },
	{ "example.com", {{ S, PASS, "EXAMPLE.com" }}, PASS, 0, "reject",
	    "reject", "example.com" },
	{ "Example.COM", {{ D, PASS, "example.com." }}, PASS, 0, "reject",
	    "reject", "example.com" },
	{ "example.com", {{ S, PASS, "bounce.example.com" }}, PASS, 0,
	    "reject", "reject", "example.com" },
	{ "www.example.com", {{ D, PASS, "example.com" }}, PASS, 0,
	    "quarantine", "quarantine", "example.com" },
	{ "www.example.com", {{ D, PASS, "x.y.example.com" }}, PASS, 0,
	    "quarantine", "quarantine", "example.com" },
	{ "example.com", {{ S, PASS, "other.example" }, { D, PASS,
	    "example.com" }}, PASS, 0, "reject", "reject", "example.com" },
	{ "example.com", {{ D, FAIL, "example.com" }, { D, PASS,
	    "example.com" }}, PASS, 0, "reject", "reject", "example.com" },
	{ "example.com", {{ S, PASS, "other.example" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, FAIL, "example.com" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, VERDICT_SOFTFAIL, "example.com" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, VERDICT_NEUTRAL, "example.com" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ D, VERDICT_POLICY, "example.com" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ D, PERM, "example.com" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, PASS, "com" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "example.com" },
	{ "example.com", {{ S, PASS, "notexample.com" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, PASS, "example.com.evil.example" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, PASS, "x(.example.com" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, PASS, "a..example.com" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, PASS, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "example.com" },
	{ "example.com", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "example.com" },
	/* Which policy. */
	{ "www.example.com", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "quarantine", "quarantine", "example.com" },
	{ "no.example.com", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "none", "none", "example.com" },
	{ "gone.example.com", {{ S, NONE, "" }}, TEMP, REASON_DNS, NULL,
	    NULL, "example.com" },
	{ "gone.example.com", {{ S, PASS, "example.com" }}, PASS, 0, NULL,
	    NULL, "example.com" },
	{ "own.example.com", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "quarantine", "quarantine", "own.example.com" },
	{ "a.mid.example.com", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "quarantine", "quarantine", "example.com" },
	{ "a.psp.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "psp.example" },
	{ "b.psp.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "psp.example" },
	{ "a.np.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "none", "none", "np.example" },
	{ "b.np.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "np.example" },
	/* Test mode. */
	{ "t.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "quarantine", "t.example" },
	{ "tq.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "quarantine", "none", "tq.example" },
	{ "tn.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "none", "none", "tn.example" },
	{ "t.example", {{ S, PASS, "t.example" }}, PASS, 0, "reject",
	    "quarantine", "t.example" },
	/* Strict. */
	{ "strict.example", {{ S, PASS, "strict.example" }}, PASS, 0,
	    "reject", "reject", "strict.example" },
	{ "strict.example", {{ S, PASS, "a.strict.example" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "strict.example" },
	{ "a.strict.example", {{ D, PASS, "strict.example" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "strict.example" },
	{ "a.strict.example", {{ D, PASS, "A.strict.example" }}, PASS, 0,
	    "reject", "reject", "strict.example" },
	{ "half.example", {{ S, PASS, "a.half.example" }}, PASS, 0,
	    "reject", "reject", "half.example" },
	{ "half.example", {{ D, PASS, "a.half.example" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "half.example" },
	/* Records that cannot be applied. */
	{ "nop.example", {{ S, PASS, "nop.example" }}, NONE,
	    REASON_RECORD_INVALID, NULL, NULL, "nop.example" },
	{ "nopr.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "none", "none", "nopr.example" },
	{ "nopr.example", {{ S, PASS, "nopr.example" }}, PASS, 0, "none",
	    "none", "nopr.example" },
	{ "badsp.example", {{ S, NONE, "" }}, NONE, REASON_RECORD_INVALID,
	    NULL, NULL, "badsp.example" },
	{ "badnp.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "none", "none", "badnp.example" },
	{ "badrua.example", {{ S, NONE, "" }}, NONE, REASON_RECORD_INVALID,
	    NULL, NULL, "badrua.example" },
	/* Public suffixes. */
	{ "real.bank", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "quarantine", "quarantine", "bank" },
	{ "fake.bank", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "bank" },
	{ "a.real.bank", {{ S, PASS, "real.bank" }}, PASS, 0, "quarantine",
	    "quarantine", "bank" },
	{ "a.real.bank", {{ S, PASS, "own.bank" }}, FAIL,
	    REASON_NOT_ALIGNED, "quarantine", "quarantine", "bank" },
	{ "a.own.bank", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED, "none",
	    "none", "own.bank" },
	{ "bank", {{ S, PASS, "real.bank" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "bank" },
	{ "a.x.co.uk", {{ S, PASS, "y.co.uk" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "co.uk" },
	{ "a.x.co.uk", {{ S, PASS, "x.co.uk" }}, PASS, 0, "reject",
	    "reject", "co.uk" },
	{ "x.co.uk", {{ S, PASS, "co.uk" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "co.uk" },
	/* psd=n. */
	{ "a.dept.corp.example", {{ S, PASS, "corp.example" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "dept.corp.example" },
	{ "a.dept.corp.example", {{ S, PASS, "dept.corp.example" }}, PASS,
	    0, "reject", "reject", "dept.corp.example" },
	{ "corp.example", {{ S, PASS, "dept.corp.example" }}, FAIL,
	    REASON_NOT_ALIGNED, "none", "none", "corp.example" },
	{ "x.corp.example", {{ S, PASS, "corp.example" }}, PASS, 0, "none",
	    "none", "corp.example" },
	/* Two records at one name. */
	{ "two.example", {{ S, PASS, "two.example" }}, NONE, 0, NULL, NULL,
	    NULL },
	{ "a.two.example", {{ S, PASS, "a.two.example" }}, NONE, 0, NULL,
	    NULL, NULL },
	{ "low.up.example", {{ S, NONE, "" }}, FAIL, REASON_NOT_ALIGNED,
	    "reject", "reject", "up.example" },
	/* No record at all. */
	{ "nothing.example", {{ S, PASS, "nothing.example" }}, NONE, 0,
	    NULL, NULL, NULL },
	/* The DNS fails. */
	{ "fail.example", {{ S, PASS, "fail.example" }}, TEMP, REASON_DNS,
	    NULL, NULL, NULL },
	{ "late.example", {{ S, PASS, "late.example" }}, TEMP,
	    REASON_TIME_LIMIT, NULL, NULL, NULL },
	{ "a.fail.example", {{ S, PASS, "a.fail.example" }}, TEMP,
	    REASON_DNS, NULL, NULL, NULL },
	{ "below.fail.example", {{ S, PASS, "below.fail.example" }}, PASS,
	    0, "reject", "reject", "below.fail.example" },
	{ "below.fail.example", {{ S, PASS, "x.below.fail.example" }}, TEMP,
	    REASON_DNS, "reject", NULL, "below.fail.example" },
	{ "below.fail.example", {{ S, PASS, "other.test" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "below.fail.example" },
	{ "below.fail.example", {{ S, PASS, "x.below.fail.example" }, { D,
	    PASS, "below.fail.example" }}, PASS, 0, "reject", "reject",
	    "below.fail.example" },
	{ "example.com", {{ S, PASS, "sick.example.com" }}, TEMP,
	    REASON_DNS, "reject", NULL, "example.com" },
	{ "example.com", {{ S, TEMP, "example.com" }}, TEMP, REASON_DNS,
	    "reject", NULL, "example.com" },
	{ "example.com", {{ D, TEMP, "a.example.com" }}, TEMP, REASON_DNS,
	    "reject", NULL, "example.com" },
	{ "example.com", {{ D, TEMP, "other.example" }}, FAIL,
	    REASON_NOT_ALIGNED, "reject", "reject", "example.com" },
	{ "example.com", {{ S, TEMP, "example.com" }, { D, PASS,
	    "example.com" }}, PASS, 0, "reject", "reject", "example.com" },
	{ "example.com", {{ S, TEMP, "" }}, TEMP, REASON_DNS, "reject",
	    NULL, "example.com" },
};

static bool
same_word(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
test_rows(void)
{
	struct dmarc_identifier ids[3];
	struct dmarc_request rq;
	struct dmarc_result r;
	struct arena arena;
	struct span author;
	struct fake fake;
	struct fault f = { 0 };
	struct buf screen;

	arena_init(&arena, BOUND_MESSAGE_ARENA);
	buf_init(&screen, 1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *t = &rows[i];
		size_t n = 0;

		fake_open(&fake, zone);
		author = span_of(t->author);
		for (; n < 3 && t->id[n].domain != NULL; n++)
			ids[n] = (struct dmarc_identifier){
			    .method = (enum dmarc_method)t->id[n].method,
			    .result = t->id[n].result,
			    .domain = span_of(t->id[n].domain) };
		rq = (struct dmarc_request){ .nauthors = 1,
		    .authors = &author, .nidentifiers = n,
		    .identifiers = ids };
		CHECKF(dmarc_evaluate(&rq, &fake.dns, &arena, &r, &f) ==
		    FAULT_NONE, "row %zu: no fault", i);
		CHECKF(r.result == t->result && r.reason == t->reason,
		    "row %zu, %s: %s %s", i, t->author,
		    verdict_word(r.result), reason_word(r.reason));
		CHECKF(same_word(dmarc_policy_word(r.policy), t->policy) &&
		    same_word(dmarc_policy_word(r.applied), t->applied),
		    "row %zu, %s: policy %s applied %s", i, t->author,
		    r.policy == 0 ? "-" : dmarc_policy_word(r.policy),
		    r.applied == 0 ? "-" : dmarc_policy_word(r.applied));
		CHECKF(span_eq(r.policy_domain, span_of(t->at)),
		    "row %zu, %s: record at %.*s", i, t->author,
		    SPAN_ARG(r.policy_domain));
		/* One screen, whatever it is. */
		buf_reset(&screen);
		dmarc_report_explain(&r, &screen);
		CHECKF(screen.len > 0 && screen.len < 80 * 24,
		    "row %zu: explained", i);
		fake_close(&fake);
		arena_reset(&arena);
	}
	buf_free(&screen);
	arena_free(&arena);
}

/* What is asked, and in which order. */
static void
test_questions(void)
{
	static const struct {
		const char *author, *spf, *asked;
		bool want_org;
	} q[] = {
		{ "example.com", "example.com", "_dmarc.example.com ",
		    false },
		{ "example.com", "other.test", "_dmarc.example.com ",
		    false },
		{ "example.com", "a.example.com", "_dmarc.example.com "
		    "_dmarc.com _dmarc.a.example.com ", false },
		{ "example.com", "example.com", "_dmarc.example.com "
		    "_dmarc.com ", true },
		{ "www.example.com", "x.test", "_dmarc.www.example.com "
		    "_dmarc.example.com _dmarc.com www.example.com ",
		    false },
		{ "a.psp.example", "x.test", "_dmarc.a.psp.example "
		    "_dmarc.psp.example _dmarc.example ", false },
		{ "a.same.example", "x.test", "_dmarc.a.same.example "
		    "_dmarc.same.example _dmarc.example ", false },
		{ "strict.example", "a.strict.example",
		    "_dmarc.strict.example ", false },
		{ "a.b.c.d.e.f.g.h.i.test", "x.test",
		    "_dmarc.a.b.c.d.e.f.g.h.i.test _dmarc.d.e.f.g.h.i.test "
		    "_dmarc.e.f.g.h.i.test _dmarc.f.g.h.i.test "
		    "_dmarc.g.h.i.test _dmarc.h.i.test _dmarc.i.test "
		    "_dmarc.test ", false },
	};
	struct dmarc_identifier id = { .method = DMARC_SPF,
	    .result = VERDICT_PASS };
	struct dmarc_request rq = { .nauthors = 1, .nidentifiers = 1,
	    .identifiers = &id };
	struct dmarc_result r;
	struct arena arena;
	struct span author;
	struct fake fake;
	struct fault f = { 0 };

	arena_init(&arena, BOUND_MESSAGE_ARENA);
	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		fake_open(&fake, zone);
		author = span_of(q[i].author);
		id.domain = span_of(q[i].spf);
		rq.authors = &author;
		rq.want_org = q[i].want_org;
		(void)dmarc_evaluate(&rq, &fake.dns, &arena, &r, &f);
		CHECKF(span_eq(buf_span(&fake.log), span_of(q[i].asked)),
		    "questions %zu: %s", i, buf_str(&fake.log));
		fake_close(&fake);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

static struct dmarc_result
judge(struct dmarc_request *rq, struct arena *a)
{
	struct dmarc_result r = { 0 };
	struct fault f = { 0 };
	struct fake fake;

	fake_open(&fake, zone);
	(void)dmarc_evaluate(rq, &fake.dns, a, &r, &f);
	fake_close(&fake);
	return r;
}

/* No author, several authors, no envelope, a domain nobody knows. */
static void
test_requests(void)
{
	struct dmarc_identifier id = { .method = DMARC_DKIM,
	    .result = VERDICT_PASS, .domain = SPAN("example.com") };
	struct span two[] = { SPAN("example.com"), SPAN("t.example"),
	    SPAN("nothing.example") }, many[11];
	struct dmarc_request rq = { .nidentifiers = 1, .identifiers = &id };
	struct dmarc_result r;
	struct arena a;

	arena_init(&a, BOUND_MESSAGE_ARENA);
	r = judge(&rq, &a);
	CHECK(r.result == PERM && r.reason == REASON_NO_AUTHOR_DOMAIN);
	rq.author_reason = REASON_MULTIPLE_FROM_FIELDS;
	r = judge(&rq, &a);
	CHECK(r.result == PERM && r.reason == REASON_MULTIPLE_FROM_FIELDS &&
	    r.author_domain.p == NULL && r.applied == DMARC_POLICY_UNSET);
	rq.authors = two;
	rq.nauthors = 2;
	r = judge(&rq, &a);
	CHECK(r.result == PERM &&
	    r.reason == REASON_MULTIPLE_AUTHOR_DOMAINS);
	rq.multi = DMARC_MULTI_STRICTEST;
	r = judge(&rq, &a);
	CHECK(r.result == FAIL && r.applied == DMARC_POLICY_QUARANTINE &&
	    span_eq(r.author_domain, SPAN("t.example")));
	id.domain = SPAN("none.test");
	r = judge(&rq, &a);
	CHECK(r.result == FAIL && r.applied == DMARC_POLICY_REJECT &&
	    span_eq(r.author_domain, SPAN("example.com")));
	/* A domain without a record does not lend its silence. */
	id.domain = SPAN("example.com");
	two[1] = two[2];
	r = judge(&rq, &a);
	CHECK(r.result == NONE);
	for (size_t i = 0; i < 11; i++)
		many[i] = SPAN("example.com");
	rq.authors = many;
	rq.nauthors = 10;
	CHECK(judge(&rq, &a).result == PASS);
	rq.nauthors = 11;
	r = judge(&rq, &a);
	CHECK(r.result == PERM &&
	    r.reason == REASON_MULTIPLE_AUTHOR_DOMAINS);
	/* Without an envelope. */
	rq.nauthors = 1;
	rq.no_envelope = true;
	CHECK(judge(&rq, &a).result == PASS);
	id.result = FAIL;
	r = judge(&rq, &a);
	CHECK(r.result == PERM && r.reason == REASON_NO_ENVELOPE &&
	    r.applied == DMARC_POLICY_UNSET);
	id.result = TEMP;
	CHECK(judge(&rq, &a).result == TEMP);
	many[0] = SPAN("nothing.example");
	CHECK(judge(&rq, &a).result == NONE);
	/* The deadline passes between two questions. */
	rq.no_envelope = false;
	CHECK(judge(&rq, &a).nwarnings == 0);
	arena_free(&a);
}

static void
test_warnings(void)
{
	struct span author = SPAN("two.example");
	struct dmarc_request rq = { .nauthors = 1, .authors = &author };
	struct dmarc_result r;
	struct arena a;

	arena_init(&a, BOUND_MESSAGE_ARENA);
	r = judge(&rq, &a);
	CHECK(r.nwarnings == 1 && span_starts(r.warnings[0],
	    SPAN("more than one DMARC record at _dmarc.two.example")));
	author = SPAN("t.example");
	r = judge(&rq, &a);
	CHECK(r.nwarnings == 1 && span_starts(r.warnings[0],
	    SPAN("policy_test_mode: ")) && r.test_mode);
	author = SPAN("nopr.example");
	r = judge(&rq, &a);
	CHECK(r.nwarnings == 1 && span_starts(r.warnings[0],
	    SPAN("no valid p tag")));
	arena_free(&a);
}

int
main(void)
{
	test_rows();
	test_questions();
	test_requests();
	test_warnings();
	return tap_done();
}

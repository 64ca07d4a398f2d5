/* SPDX-License-Identifier: ISC */
#include "base/bounds.h"
#include "dmarc/walk.h"
#include "fakedns.h"
#include "tap.h"

#define R(name, tags) { "_dmarc." name, "v=DMARC1; p=none" tags }

static const struct fake_rr plain[] = {
	R("example.com", ""), R("mail.example.com", ""), { NULL, NULL }
};
static const struct fake_rr psd[] = {
	R("co.uk", "; psd=y"), R("b.c.example.co.uk", ""),
	R("uk", ""), { NULL, NULL }
};
static const struct fake_rr org_n[] = {
	R("example.com", ""), R("dept.example.com", "; psd=n"),
	R("a.dept.example.com", ""), { NULL, NULL }
};
static const struct fake_rr several[] = {
	R("example.com", ""), R("example.com", "; psd=n"),
	R("com", ""), { "_dmarc.a.example.com", "v=spf1 -all" },
	R("a.example.com", ""), { NULL, NULL }
};
static const struct fake_rr fails[] = {
	R("a.example.com", ""), { "_dmarc.example.com", FAKE_SERVFAIL },
	R("com", ""), { NULL, NULL }
};
static const struct fake_rr self_y[] = {
	R("gov.example", "; psd=y"), R("example", ""), { NULL, NULL }
};
static const struct fake_rr self_n[] = {
	R("x.example", "; psd=n"), { NULL, NULL }
};
static const struct fake_rr tld[] = {
	R("test", ""), { NULL, NULL }
};
static const struct fake_rr deep_y[] = {
	R("c.d.e.f.g.h.i", "; psd=y"), { NULL, NULL }
};

static const struct {
	const char *what;
	const struct fake_rr *zone;
	const char *domain, *org, *asked;
	bool failed;
} rows[] = {
	{ "the highest record", plain, "a.mail.example.com", "example.com",
	    "_dmarc.a.mail.example.com _dmarc.mail.example.com "
	    "_dmarc.example.com _dmarc.com ", false },
	{ "no record: the name itself", plain, "a.b.test", "a.b.test",
	    "_dmarc.a.b.test _dmarc.b.test _dmarc.test ", false },
	{ "below a public suffix", psd, "a.b.c.example.co.uk",
	    "example.co.uk", "_dmarc.a.b.c.example.co.uk "
	    "_dmarc.b.c.example.co.uk _dmarc.c.example.co.uk "
	    "_dmarc.example.co.uk _dmarc.co.uk ", false },
	{ "a public suffix itself", psd, "co.uk", "co.uk", "_dmarc.co.uk ",
	    false },
	{ "psd=y ends the walk where it begins", self_y, "gov.example",
	    "gov.example", "_dmarc.gov.example ", false },
	{ "psd=n ends the walk", org_n, "x.a.dept.example.com",
	    "dept.example.com", "_dmarc.x.a.dept.example.com "
	    "_dmarc.a.dept.example.com _dmarc.dept.example.com ", false },
	{ "psd=n at the name", self_n, "x.example", "x.example",
	    "_dmarc.x.example ", false },
	{ "two records at a name void each other, the walk goes on",
	    several, "x.a.example.com", "com", "_dmarc.x.a.example.com "
	    "_dmarc.a.example.com _dmarc.example.com _dmarc.com ", false },
	{ "a failed question ends it", fails, "x.a.example.com", NULL,
	    "_dmarc.x.a.example.com _dmarc.a.example.com "
	    "_dmarc.example.com ", true },
	{ "a top-level domain may capture", tld, "a.b.test", "test",
	    "_dmarc.a.b.test _dmarc.b.test _dmarc.test ", false },
	{ "one label", tld, "test", "test", "_dmarc.test ", false },
	{ "seven labels: seven questions", plain, "t.u.v.w.x.y.z",
	    "t.u.v.w.x.y.z", "_dmarc.t.u.v.w.x.y.z _dmarc.u.v.w.x.y.z "
	    "_dmarc.v.w.x.y.z _dmarc.w.x.y.z _dmarc.x.y.z _dmarc.y.z "
	    "_dmarc.z ", false },
	{ "eight labels: eight questions", plain, "s.t.u.v.w.x.y.z",
	    "s.t.u.v.w.x.y.z", "_dmarc.s.t.u.v.w.x.y.z "
	    "_dmarc.t.u.v.w.x.y.z _dmarc.u.v.w.x.y.z _dmarc.v.w.x.y.z "
	    "_dmarc.w.x.y.z _dmarc.x.y.z _dmarc.y.z _dmarc.z ", false },
	{ "nine labels: one is skipped", plain, "r.s.t.u.v.w.x.y.z",
	    "r.s.t.u.v.w.x.y.z", "_dmarc.r.s.t.u.v.w.x.y.z "
	    "_dmarc.t.u.v.w.x.y.z _dmarc.u.v.w.x.y.z _dmarc.v.w.x.y.z "
	    "_dmarc.w.x.y.z _dmarc.x.y.z _dmarc.y.z _dmarc.z ", false },
	{ "one below a public suffix, though never asked", deep_y,
	    "0.a.b.c.d.e.f.g.h.i", "b.c.d.e.f.g.h.i",
	    "_dmarc.0.a.b.c.d.e.f.g.h.i _dmarc.c.d.e.f.g.h.i ", false },
};

static void
test_rows(void)
{
	struct dmarc_memo memo;
	struct dmarc_walk w;
	struct arena arena;
	struct fake fake;
	struct fault f = { 0 };

	arena_init(&arena, BOUND_MESSAGE_ARENA);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_open(&fake, rows[i].zone);
		dmarc_memo_init(&memo, &fake.dns, &arena);
		CHECKF(dmarc_walk(&memo, span_of(rows[i].domain), &w, &f) ==
		    FAULT_NONE, "%s: no fault", rows[i].what);
		CHECKF(w.failed == rows[i].failed, "%s: failed or not",
		    rows[i].what);
		CHECKF(span_eq(w.org, span_of(rows[i].org)), "%s: org %.*s",
		    rows[i].what, SPAN_ARG(w.org));
		CHECKF(span_eq(buf_span(&fake.log), span_of(rows[i].asked)),
		    "%s: asked %s", rows[i].what, buf_str(&fake.log));
		/* A second walk of the same message asks nothing. */
		buf_reset(&fake.log);
		CHECKF(dmarc_walk(&memo, span_of(rows[i].domain), &w, &f) ==
		    FAULT_NONE && fake.log.len == 0, "%s: remembered",
		    rows[i].what);
		fake_close(&fake);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

/* No name of any length makes more than eight questions. */
static void
test_bound(void)
{
	struct dmarc_memo memo;
	struct dmarc_walk w;
	struct arena arena;
	struct fake fake;
	struct fault f = { 0 };
	struct buf name;

	arena_init(&arena, BOUND_MESSAGE_ARENA);
	buf_init(&name, 1000);
	for (size_t n = 1; n <= 126; n++) {
		buf_adds(&name, n == 1 ? "z" : ".z");
		fake_open(&fake, tld);
		dmarc_memo_init(&memo, &fake.dns, &arena);
		(void)dmarc_walk(&memo, buf_span(&name), &w, &f);
		CHECKF(fake.dns.queries <= 8 && w.count <= 8 &&
		    w.count == (n < 8 ? n : 8), "%zu labels: %zu questions",
		    n, fake.dns.queries);
		fake_close(&fake);
		arena_reset(&arena);
	}
	buf_free(&name);
	arena_free(&arena);
}

int
main(void)
{
	test_rows();
	test_bound();
	return tap_done();
}

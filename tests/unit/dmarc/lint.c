/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "dmarc/lint.h"
#include "fakedns.h"
#include "tap.h"

#define R(name, tags) { "_dmarc." name, "v=DMARC1; " tags }
#define RUA "; rua=mailto:r@good.example"

static const struct fake_rr zone[] = {
	R("good.example", "p=reject" RUA),
	R("two.example", "p=reject"), R("two.example", "p=none"),
	{ "place.example", "v=DMARC1; p=reject" },
	{ "_dmarc.space.example", " v=DMARC1; p=reject" },
	R("nop.example", "sp=reject"),
	R("actnone.example", "p=x; rua=mailto:a@actnone.example"),
	R("tags.example", "p=reject; t=z; p=none; ?; foo=1; pct=5; rf=a; "
	    "fo=1; rua=mailto:a@tags.example!5m,b,https://c/"),
	R("away.example", "p=reject; rua=mailto:a@yes.test,mailto:a@no.test,"
	    "mailto:a@sub.away.example"),
	R("yes.test", "p=none"), R("no.test", "p=none"),
	{ "away.example._report._dmarc.yes.test", "v=DMARC1" },
	R("sick.example", "p=reject; rua=mailto:a@sick.test"),
	{ "_dmarc.sick.test", FAKE_SERVFAIL },
	{ "_dmarc.fail.example", FAKE_SERVFAIL },
	R("tld", "p=reject; rua=mailto:a@tld"),
	R("weak.example", "p=reject; sp=quarantine; np=none; t=y" RUA),
	R("low.good.example", "p=reject; sp=none" RUA),
	R("watch.example", "p=none; rua=mailto:a@watch.example"),
	R("psd.test", "p=reject; psd=y; rua=mailto:a@psd.test; "
	    "ruf=mailto:a@psd.test"),
	R("full.example", "p=reject; pct=100; rua=mailto:a@full.example"),
	R("part.example", "p=reject; pct=99; rua=mailto:a@part.example"),
	R("slashes.example", "p=reject; rua=mailto://a@slashes.example"),
	R("empty.example", "p=reject;; rua=mailto:a@empty.example;"),
	R("co.uk", "p=reject; psd=y; rua=mailto:a@co.uk"),
	{ "good.example._report._dmarc.good.example", "v=DMARC1" },
	{ "weak.example._report._dmarc.good.example", "v=DMARC1;" },
	{ NULL, NULL }
};

static const struct {
	const char *domain, *codes;
	int exit;
} rows[] = {
	{ "good.example", "", 0 },
	{ "none.example", "DMARC001 ", 6 },
	{ "www.good.example", "DMARC002 ", 0 },
	{ "two.example", "DMARC003 DMARC001 ", 4 },
	{ "place.example", "DMARC004 DMARC001 ", 6 },
	{ "space.example", "DMARC005 DMARC001 ", 6 },
	{ "nop.example", "DMARC006 DMARC015 ", 4 },
	{ "actnone.example", "DMARC008 DMARC007 ", 1 },
	{ "tags.example", "DMARC008 DMARC009 DMARC010 DMARC011 DMARC012 "
	    "DMARC013 DMARC014 DMARC016 DMARC017 DMARC026 ", 1 },
	{ "away.example", "DMARC018 ", 1 },
	{ "sick.example", "DMARC019 ", 75 },
	{ "fail.example", "DMARC019 ", 75 },
	{ "x.tld", "DMARC020 DMARC002 ", 1 },
	{ "weak.example", "DMARC022 DMARC023 DMARC021 ", 1 },
	{ "low.good.example", "DMARC024 ", 1 },
	{ "watch.example", "DMARC025 ", 0 },
	{ "psd.test", "DMARC028 DMARC027 ", 1 },
	{ "full.example", "DMARC012 ", 0 },
	{ "part.example", "DMARC012 ", 1 },
	{ "slashes.example", "DMARC029 ", 1 },
	{ "empty.example", "DMARC030 ", 0 },
	{ "co.uk", "", 0 },
};

int
main(void)
{
	struct dmarc_lookup lookup;
	struct arena arena;
	struct fault f = { 0 };
	struct fake fake;
	struct lint lint;
	struct buf b;
	json_t *o;

	arena_init(&arena, BOUND_MESSAGE_ARENA);
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_open(&fake, zone);
		CHECKF(dmarc_lint(span_of(rows[i].domain), &fake.dns, &arena,
		    &lint, &lookup, &f) == FAULT_NONE, "%s: no fault",
		    rows[i].domain);
		buf_reset(&b);
		for (struct lint_finding *l = lint.first; l != NULL;
		    l = l->next)
			/* The same code twice counts once here. */
			if (strstr(buf_str(&b), l->rule->code) == NULL)
				buf_addf(&b, "%s ", l->rule->code);
		CHECKF(span_eq(buf_span(&b), span_of(rows[i].codes)),
		    "%s: %s", rows[i].domain, buf_str(&b));
		CHECKF((int)lint_exit(&lint) == rows[i].exit, "%s: exit %d",
		    rows[i].domain, (int)lint_exit(&lint));
		buf_reset(&b);
		dmarc_lookup_text(&lookup, &b);
		CHECKF(b.len > 0 && buf_check(&b, &f) == FAULT_NONE,
		    "%s: text", rows[i].domain);
		o = dmarc_lookup_json(&lookup);
		CHECKF(o != NULL, "%s: json", rows[i].domain);
		json_decref(o);
		fake_close(&fake);
		arena_reset(&arena);
	}
	buf_free(&b);
	arena_free(&arena);
	return tap_done();
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "dmarc/record.h"
#include "tap.h"

static struct arena arena;
static struct fault fault;

static struct dmarc_record *
parse(const char *text)
{
	struct dmarc_record *r;

	arena_reset(&arena);
	if (dmarc_record_parse(span_of(text), &arena, &r, &fault) !=
	    FAULT_NONE)
		return NULL;
	return r;
}

static bool
noted(const struct dmarc_record *r, enum dmarc_note_kind kind,
    const char *text)
{
	for (size_t i = 0; r != NULL && i < r->nnotes; i++)
		if (r->notes[i].kind == kind &&
		    span_eq(r->notes[i].text, span_of(text)))
			return true;
	return false;
}

/* Which texts are DMARC records at all. */
static void
test_version(void)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
		{ "v=DMARC1; p=none", true },
		{ "v=DMARC1", true },
		{ "v=DMARC1;", true },
		{ "v=DMARC1 ", true },
		{ "v=DMARC1\t;p=none", true },
		{ "V=DMARC1; p=none", true },
		{ "v = DMARC1 ; p=none", true },
		{ "v\t=\tDMARC1;p=none", true },
		{ "v=DMARC1;p=none", true },
		{ "v=dmarc1; p=none", false },
		{ "v=DMARC2; p=none", false },
		{ "v=DMARC10; p=none", false },
		{ "v=DMARC1 p=none", false },
		{ "v=DMARC1, p=none", false },
		{ " v=DMARC1; p=none", false },
		{ "\tv=DMARC1; p=none", false },
		{ "p=none; v=DMARC1", false },
		{ ";v=DMARC1; p=none", false },
		{ "v=spf1 -all", false },
		{ "v=", false },
		{ "v", false },
		{ "", false },
		{ "v=DMARC1\n; p=none", false },
		{ "vv=DMARC1; p=none", false },
		{ "\"v=DMARC1; p=none\"", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECKF(dmarc_record_is(span_of(rows[i].text)) == rows[i].is,
		    "record or not: %s", rows[i].text);
		CHECKF((parse(rows[i].text) != NULL) == rows[i].is,
		    "parsed or not: %s", rows[i].text);
	}
}

static void
test_policies(void)
{
	static const struct {
		const char *text;
		enum dmarc_policy p, sp, np;
		bool broken;
	} rows[] = {
#define U DMARC_POLICY_UNSET
#define N DMARC_POLICY_NONE
#define Q DMARC_POLICY_QUARANTINE
#define R DMARC_POLICY_REJECT
		{ "v=DMARC1; p=reject", R, U, U, false },
		{ "v=DMARC1; p=REJECT; SP=Quarantine; nP=NONE", R, Q, N,
		    false },
		{ "v=DMARC1;p =\treject ;", R, U, U, false },
		{ "v=DMARC1; sp=reject", U, R, U, true },
		{ "v=DMARC1", U, U, U, true },
		{ "v=DMARC1; p=", U, U, U, true },
		{ "v=DMARC1; p=rejec", U, U, U, true },
		{ "v=DMARC1; p=rejects", U, U, U, true },
		{ "v=DMARC1; p=reject none", U, U, U, true },
		{ "v=DMARC1; p=reject; sp=foo", R, U, U, true },
		{ "v=DMARC1; p=reject; np=foo", R, U, U, true },
		{ "v=DMARC1; p=reject; sp", R, U, U, false },
		{ "v=DMARC1; p=none; p=reject", N, U, U, false },
		{ "v=DMARC1; p=foo; p=reject", U, U, U, true },
		{ "v=DMARC1; ; ;p=reject;;", R, U, U, false },
		{ "v=DMARC1; =x; p=reject", R, U, U, false },
		{ "v=DMARC1; p1=none; p=reject", R, U, U, false },
		{ "v=DMARC1; p=rej\x01""ect", U, U, U, true },
		{ "v=DMARC1; v=DMARC2; p=reject", R, U, U, false },
		{ "v=DMARC1; p=reject; sp=no\xc3\xa9; x=\xff", R, U, U,
		    true },
#undef U
#undef N
#undef Q
#undef R
	};
	const struct dmarc_record *r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = parse(rows[i].text);
		CHECKF(r != NULL && r->p == rows[i].p &&
		    r->sp == rows[i].sp && r->np == rows[i].np &&
		    dmarc_record_broken(r) == rows[i].broken,
		    "policies: row %zu", i);
	}
}

static void
test_tags(void)
{
	const struct dmarc_record *r;

	r = parse("v=DMARC1; p=none");
	CHECK(r->psd == DMARC_PSD_U && !r->testing && !r->strict_dkim &&
	    !r->strict_spf && r->fo == DMARC_FO_0 && r->nnotes == 0);
	r = parse("v=DMARC1; p=none; psd=Y; t=Y; adkim=S; aspf=s; fo=1:d:S;"
	    " ruf=mailto:a@b.example");
	CHECK(r->psd == DMARC_PSD_Y && r->testing && r->strict_dkim &&
	    r->strict_spf);
	CHECK(r->fo == (DMARC_FO_1 | DMARC_FO_D | DMARC_FO_S));
	CHECK(r->nruf == 1 && r->nnotes == 0);
	CHECK(parse("v=DMARC1; psd=n")->psd == DMARC_PSD_N);
	CHECK(parse("v=DMARC1; psd=u")->psd == DMARC_PSD_U);
	r = parse("v=DMARC1; psd=x; t=yes; adkim=strict; aspf=; fo=0:1");
	CHECK(r->psd == DMARC_PSD_U && !r->testing && !r->strict_dkim &&
	    !r->strict_spf && r->fo == DMARC_FO_0);
	CHECK(noted(r, DMARC_NOTE_VALUE, "psd"));
	CHECK(noted(r, DMARC_NOTE_VALUE, "t"));
	CHECK(noted(r, DMARC_NOTE_VALUE, "adkim"));
	CHECK(noted(r, DMARC_NOTE_VALUE, "aspf"));
	CHECK(noted(r, DMARC_NOTE_VALUE, "fo"));
	CHECK(noted(r, DMARC_NOTE_FO, "fo"));
	r = parse("v=DMARC1; p=none; adkim=s; adkim=r; PCT=50; rf=afrf; ri=1;"
	    " foo=bar; ???; t=y; T=n");
	CHECK(r->strict_dkim && r->testing);
	CHECK(noted(r, DMARC_NOTE_DUPLICATE, "adkim"));
	CHECK(noted(r, DMARC_NOTE_DUPLICATE, "T"));
	CHECK(noted(r, DMARC_NOTE_HISTORIC, "PCT"));
	CHECK(noted(r, DMARC_NOTE_HISTORIC, "rf"));
	CHECK(noted(r, DMARC_NOTE_HISTORIC, "ri"));
	CHECK(noted(r, DMARC_NOTE_UNKNOWN, "foo"));
	CHECK(noted(r, DMARC_NOTE_SYNTAX, "???"));
	CHECK(r->notes[0].column == 28);
	CHECK(parse("v=DMARC1; fo=d : s")->fo == (DMARC_FO_D | DMARC_FO_S));
	CHECK(parse("v=DMARC1; fo=1:")->fo == DMARC_FO_0);
}

static void
test_uris(void)
{
	static const struct {
		const char *rua;
		size_t valid;
		const char *host;	/* of the first; NULL: no mailbox */
	} rows[] = {
		{ "mailto:a@b.example", 1, "b.example" },
		{ "MAILTO:a@b.example", 1, "b.example" },
		{ "mailto:a@b.example!10m", 1, "b.example" },
		{ "mailto:a@b.example!10", 1, "b.example" },
		{ "mailto:a@b.example!m", 0, NULL },
		{ "mailto:a@b.example!10x", 0, NULL },
		{ "mailto:a@b.example!10mm", 0, NULL },
		{ "mailto:a%2Cb@b.example", 1, "b.example" },
		{ "mailto:a%2@b.example", 0, NULL },
		{ "mailto:a%21b@b.example?subject=x", 1, "b.example" },
		{ "mailto:a@b.example,mailto:c@d.example", 2, "b.example" },
		{ "mailto:a@b.example , mailto:c@d.example", 2,
		    "b.example" },
		{ "mailto:a@b.example,,mailto:c@d.example,", 2,
		    "b.example" },
		{ "foo,mailto:c@d.example", 1, "d.example" },
		{ "https://r.example/x", 1, NULL },
		{ "a@b.example", 0, NULL },
		{ "mailto:", 0, NULL },
		{ "mailto:a", 0, NULL },
		{ "mailto:@b.example", 0, NULL },
		{ "mailto:a@", 0, NULL },
		{ "mailto:a@b..example", 0, NULL },
		{ "mailto:a b@c.example", 0, NULL },
		{ "mailto:a%0a@c.example", 0, NULL },
		{ ":a@b.example", 0, NULL },
		{ "1x:a@b.example", 0, NULL },
		{ "", 0, NULL },
	};
	const struct dmarc_record *r;
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		buf_addf(&b, "v=DMARC1; p=none; rua=%s", rows[i].rua);
		r = parse(buf_str(&b));
		CHECKF(r != NULL && r->nrua == rows[i].valid &&
		    (r->nrua == 0 || span_eq(r->rua[0].host,
		    span_of(rows[i].host))), "rua: %s", rows[i].rua);
	}
	r = parse("v=DMARC1; rua=mailto:a@b.example!5G,x, ftp://y/");
	CHECK(noted(r, DMARC_NOTE_SIZE, "mailto:a@b.example!5G"));
	CHECK(noted(r, DMARC_NOTE_URI, "x"));
	CHECK(noted(r, DMARC_NOTE_SCHEME, "ftp://y/"));
	CHECK(r->rua[0].sized && span_eq(r->rua[0].text,
	    SPAN("mailto:a@b.example")));
	r = parse("v=DMARC1; rua=mailto:a%2Cb@b.example");
	CHECK(span_eq(r->rua[0].address, SPAN("a,b@b.example")));
	/* No more than DMARC_URIS of them. */
	buf_reset(&b);
	buf_adds(&b, "v=DMARC1; p=none; rua=mailto:a@b.example");
	for (size_t i = 0; i < 2 * DMARC_URIS; i++)
		buf_adds(&b, ",m:b");
	r = parse(buf_str(&b));
	CHECK(r != NULL && r->nrua == DMARC_URIS);
	buf_free(&b);
}

static void
test_bounds(void)
{
	const struct dmarc_record *r;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "v=DMARC1");
	for (size_t i = 0; i < 10000; i++)
		buf_adds(&b, ";p=x");
	buf_adds(&b, ";aspf=s");
	r = parse(buf_str(&b));
	CHECK(r != NULL && r->nnotes == DMARC_NOTES && r->strict_spf);
	buf_free(&b);
	CHECK(dmarc_policy_lower(DMARC_POLICY_REJECT) ==
	    DMARC_POLICY_QUARANTINE);
	CHECK(dmarc_policy_lower(DMARC_POLICY_QUARANTINE) ==
	    DMARC_POLICY_NONE);
	CHECK(dmarc_policy_lower(DMARC_POLICY_NONE) == DMARC_POLICY_NONE);
	CHECK(dmarc_policy_lower(DMARC_POLICY_UNSET) == DMARC_POLICY_UNSET);
	CHECK(dmarc_policy_word(DMARC_POLICY_UNSET) == NULL);
	for (int k = DMARC_NOTE_DUPLICATE; k <= DMARC_NOTE_FO; k++)
		CHECKF(*dmarc_note_text((enum dmarc_note_kind)k) != '\0',
		    "note %d has a text", k);
}

int
main(void)
{
	arena_init(&arena, BOUND_MESSAGE_ARENA);
	test_version();
	test_policies();
	test_tags();
	test_uris();
	test_bounds();
	arena_free(&arena);
	return tap_done();
}

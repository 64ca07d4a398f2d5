/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "mail/authres.h"
#include "tap.h"

static struct arena arena;

static struct authres_result
result(const char *method, enum verdict verdict, const char *reason)
{
	return (struct authres_result){ .method = method, .result = verdict,
	    .reason = span_of(reason) };
}

static void
property(struct authres_result *r, const char *type, const char *name,
    struct span value)
{
	r->properties[r->nproperties++] =
	    (struct authres_property){ type, name, value };
}

static struct span
value_of(const struct buf *b)
{
	struct span s = buf_span(b);

	s = span_sub(s, sizeof("Authentication-Results:") - 1, s.len);
	s.len -= s.len > 1 && s.p[s.len - 2] == '\r' ? 2 : 1;
	return s;
}

static bool
same(const struct authres *a, const struct authres *b)
{
	bool ok = span_eq(a->id, b->id) && a->count == b->count &&
	    span_eq(a->seal, b->seal);

	for (size_t i = 0; ok && i < a->count; i++) {
		const struct authres_result *x = &a->results[i];
		const struct authres_result *y = &b->results[i];

		ok = strcmp(x->method, y->method) == 0 &&
		    x->result == y->result && span_eq(x->reason, y->reason) &&
		    x->nproperties == y->nproperties;
		for (size_t j = 0; ok && j < x->nproperties; j++)
			ok = strcmp(x->properties[j].type,
			    y->properties[j].type) == 0 &&
			    strcmp(x->properties[j].name,
			    y->properties[j].name) == 0 &&
			    span_eq(x->properties[j].value,
			    y->properties[j].value);
	}
	return ok;
}

static void
test_words(void)
{
	struct authres_result r = result("dkim", VERDICT_FAIL, "body");
	struct buf b;

	buf_init(&b, 4096);
	property(&r, "header", "d", SPAN("example.com"));
	property(&r, "header", "b", SPAN("AbC/+=x\""));
	authres_format_result(&r, &b);
	CHECK(strcmp(buf_str(&b), "dkim=fail reason=\"body\" "
	    "header.d=example.com header.b=\"AbC/+=x\\\"\"") == 0);
	buf_free(&b);
}

static void
test_bare(void)
{
	static const struct {
		const char *value;
		const char *text;
	} table[] = {
		{ "a@example.com", "a@example.com" },
		{ "@example.com", "@example.com" },
		{ "a.b+c@example.com", "a.b+c@example.com" },
		{ "a..b@example.com", "\"a..b@example.com\"" },
		{ "a@b@example.com", "\"a@b@example.com\"" },
		{ "a@", "\"a@\"" },
		{ "", "\"\"" },
		{ "x y", "\"x y\"" },
		{ "x;y", "\"x;y\"" },
		{ "a\r\nBcc: x", "\"a\\\\x0d\\\\x0aBcc: x\"" },
		{ "\xff\x7f", "\"\\\\xff\\\\x7f\"" },
		{ "\\x41\\z", "\"\\\\x5cx41\\\\z\"" },
		{ "q\"\\", "\"q\\\"\\\\\"" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct authres_result r = result("spf", VERDICT_PASS, "");
		struct buf b;
		char want[64];

		buf_init(&b, 4096);
		property(&r, "p", "n", span_of(table[i].value));
		authres_format_result(&r, &b);
		(void)snprintf(want, sizeof(want), "spf=pass p.n=%s",
		    table[i].text);
		CHECKF(strcmp(buf_str(&b), want) == 0, "value %zu: %s", i,
		    table[i].text);
		buf_free(&b);
	}
}

static void
test_field(void)
{
	struct authres_result r[2] = { result("spf", VERDICT_PASS, ""),
	    result("dkim", VERDICT_PERMERROR, "key-none") };
	struct authres ar = { .id = SPAN("mx.example.com"), .count = 2,
	    .results = r }, back;
	struct buf b;

	property(&r[0], "smtp", "mailfrom", SPAN("a@example.com"));
	property(&r[1], "header", "d", SPAN("example.com"));
	property(&r[1], "header", "s", SPAN("selector"));
	property(&r[1], "header", "a", SPAN("rsa-sha256"));
	buf_init(&b, 4096);
	authres_format(&ar, EOL_CRLF, &b);
	CHECK(strcmp(buf_str(&b), "Authentication-Results: mx.example.com;\r\n"
	    "\tspf=pass smtp.mailfrom=a@example.com;\r\n"
	    "\tdkim=permerror reason=\"key-none\" header.d=example.com "
	    "header.s=selector\r\n\theader.a=rsa-sha256\r\n") == 0);
	CHECK(authres_parse(value_of(&b), &back, &arena) && same(&ar, &back));
	buf_reset(&b);
	ar.count = 0;
	authres_format(&ar, EOL_LF, &b);
	CHECK(strcmp(buf_str(&b),
	    "Authentication-Results: mx.example.com; none\n") == 0);
	CHECK(authres_parse(value_of(&b), &back, &arena) && same(&ar, &back));
	buf_free(&b);
}

/* Anything that differs from what we write is not ours. */
static void
test_foreign(void)
{
	static const char *const values[] = {
		" mx.example.com; spf=pass ",
		"mx.example.com; spf=pass",
		" mx.example.com;\n spf=pass",
		" mx.example.com;spf=pass",
		" mx.example.com (com,ment);\n\tspf=pass",
		" mx.example.com;\n\tspf=Pass",
		" mx.example.com;\n\tspf=pass;",
		" mx.example.com;\n\tspf=pass (x)",
		" mx.example.com 1;\n\tspf=pass",
		" mx.example.com;\n\tspf=pass a.b=\"plain\"",
		" mx.example.com;\n\tspf=pass a.b=\"\\\\x41 \"",
		" mx.example.com;\n\tspf=pass a.b=\"x",
		" mx.example.com;\n\tnone",
		" mx.example.com",
		"", ";", " ;", " \"", " (",
	};
	struct authres ar;

	CHECK(authres_parse(SPAN(" mx.example.com;\n\tspf=pass"), &ar,
	    &arena));
	CHECK(authres_parse(SPAN(" mx.example.com;\n\tspf=pass a.b=\"x \""),
	    &ar, &arena));
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		CHECKF(!authres_parse(span_of(values[i]), &ar, &arena),
		    "foreign form %zu", i);
}

static void
test_id(void)
{
	static const struct {
		const char *value;
		const char *id;	/* NULL: none */
	} table[] = {
		{ " mx.example.com; spf=pass", "mx.example.com" },
		{ "mx.example.com", "mx.example.com" },
		{ " mx.example.com 1; none", "mx.example.com" },
		{ "\r\n\t(a (nested) \\) comment)\r\n mx.example.com;",
		    "mx.example.com" },
		{ " \"mx.example.com\" ; x", "mx.example.com" },
		{ " \"mx.\\e\\xample.com\"; x", "mx.example.com" },
		{ " \"mx.exa\r\nmple.com\"; x", "mx.example.com" },
		{ " mx (of) . example . (x) com;", "mx.example.com" },
		{ " mx.\"example\".com;", "mx.example.com" },
		{ " mx.example.com(x);", "mx.example.com" },
		{ " ; spf=pass", NULL },
		{ "", NULL },
		{ " (", NULL },
		{ " \"mx", NULL },
		{ "mx (", NULL },
	};
	char room[256];
	struct span id;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		bool found = authres_id(span_of(table[i].value), &id, room);

		CHECKF(table[i].id == NULL ? !found :
		    found && span_eq(id, span_of(table[i].id)),
		    "id %zu: %s", i, table[i].id == NULL ? "none" :
		    table[i].id);
	}
}

/* parse(format(x)) is x, for values of every byte and length. */
static void
test_round(void)
{
	unsigned seed = 1, bad = 0, wide = 0;

	for (int round = 0; round < 3000; round++) {
		struct authres_result r[3] = { { 0 } };
		struct authres ar = { .id = SPAN("mx.example.com"),
		    .results = r }, back;
		char bytes[8][80];
		struct buf b;
		size_t n = 0;

		for (ar.count = 0; ar.count < 3; ar.count++) {
			r[ar.count] = result("dkim", VERDICT_FAIL, "");
			for (size_t p = 0; p < 2; p++, n++) {
				size_t len;

				seed = seed * 1103515245 + 12345;
				len = seed >> 16 & 63;
				for (size_t i = 0; i < len; i++) {
					seed = seed * 1103515245 + 12345;
					bytes[n][i] = (char)(seed >> 16);
					if (seed & 0x8000)
						bytes[n][i] = "ab.@;\"\\ "
						    [seed >> 16 & 7];
				}
				property(&r[ar.count], "smtp", "x",
				    (struct span){ bytes[n], len });
			}
		}
		buf_init(&b, 65536);
		authres_format(&ar, round & 1 ? EOL_LF : EOL_CRLF, &b);
		bad += !authres_parse(value_of(&b), &back, &arena) ||
		    !same(&ar, &back);
		for (size_t i = 0; i + 1 < b.len; i++)
			wide += b.p[i] == '\n' && b.p[i + 1] != '\t';
		buf_free(&b);
		arena_reset(&arena);
	}
	CHECK(bad == 0);
	CHECK(wide == 0);
}

/* A long value is cut where it can be seen, and lines stay legal. */
static void
test_long(void)
{
	static char text[5000];
	struct authres_result r = result("spf", VERDICT_FAIL, "");
	struct authres ar = { .id = SPAN("mx"), .count = 1, .results = &r };
	struct authres back;
	struct buf b;
	size_t longest = 0, line = 0;

	memset(text, '\xff', sizeof(text));
	property(&r, "smtp", "mailfrom", (struct span){ text, sizeof(text) });
	buf_init(&b, 65536);
	authres_format(&ar, EOL_LF, &b);
	for (size_t i = 0; i < b.len; i++) {
		line = b.p[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	CHECK(longest <= 998);
	CHECK(authres_parse(value_of(&b), &back, &arena) &&
	    span_ends_nocase(back.results[0].properties[0].value,
	    SPAN("...")));
	buf_free(&b);
}

int
main(void)
{
	arena_init(&arena, 1 << 24);
	test_words();
	test_bare();
	test_field();
	test_foreign();
	test_id();
	test_round();
	test_long();
	arena_free(&arena);
	return tap_done();
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "mail/mime.h"
#include "tap.h"

static char chunk[MESSAGE_CHUNK];
static struct arena arena;
static struct fault fault;

/* A constant expression, which SPAN is not. */
#define TEXT(lit) { (lit), sizeof(lit) - 1 }
#define PLAIN "Content-Type: text/plain; charset=utf-8\n"
#define WHAT "\xef\xbf\xbd"	/* U+FFFD */
#define MIXED "Content-Type: multipart/mixed; boundary=\"b b\"\n\n"

static const struct {
	const char *name;
	struct span in;
	enum mime_status status;
	const char *text;	/* with MIME_TEXT */
} rows[] = {
	{ "no header", TEXT("A: b\n\nhello\n"), MIME_TEXT, "hello\n" },
	{ "no last line end", TEXT("A: b\n\nhello"), MIME_TEXT, "hello\n" },
	{ "no body", TEXT("A: b\n"), MIME_TEXT, "" },
	{ "CRLF", TEXT("A: b\r\n\r\na\r\nb\r\n"), MIME_TEXT, "a\nb\n" },
	{ "8-bit without a charset", TEXT("A: b\n\nx\xc3\n"), MIME_TEXT,
	    "x" WHAT "\n" },
	{ "UTF-8", TEXT(PLAIN "\n\xc3\xa9\n"), MIME_TEXT, "\xc3\xa9\n" },
	{ "a byte-order mark", TEXT(PLAIN "\n\xef\xbb\xbfx\n"), MIME_TEXT,
	    "x\n" },
	{ "overlong UTF-8", TEXT(PLAIN "\n\xc0\xaf\n"), MIME_TEXT, WHAT WHAT
	    "\n" },
	{ "a surrogate", TEXT(PLAIN "\n\xed\xa0\x80\n"), MIME_TEXT,
	    WHAT WHAT WHAT "\n" },
	{ "cut UTF-8", TEXT(PLAIN "\n\xe2\x82"), MIME_TEXT, WHAT WHAT "\n" },
	{ "beyond U+10FFFF", TEXT(PLAIN "\n\xf4\x90\x80\x80"), MIME_TEXT,
	    WHAT WHAT WHAT WHAT "\n" },
	{ "latin1", TEXT("Content-Type: Text/Plain; Charset=\"ISO-8859-1\""
	    "\n\n\xe9\n"), MIME_TEXT, "\xc3\xa9\n" },
	{ "windows-1252", TEXT("Content-Type: text/plain; charset="
	    "Windows-1252\n\n\x80\xe9\n"), MIME_TEXT,
	    "\xe2\x82\xac\xc3\xa9\n" },
	{ "windows-1252, undefined", TEXT("Content-Type: text/plain; "
	    "charset=windows-1252\n\n\x81\n"), MIME_TEXT, WHAT "\n" },
	{ "an alias", TEXT("Content-Type: text/plain; charset=latin1\n\n"
	    "\xe9\n"), MIME_TEXT, "\xc3\xa9\n" },
	{ "Cyrillic", TEXT("Content-Type: text/plain; charset=KOI8-R\n\n"
	    "ok\n\xc1\n"), MIME_TEXT, "ok\n" WHAT "\n" },
	{ "Japanese, in escapes", TEXT("Content-Type: text/plain; charset="
	    "iso-2022-jp\n\nok\n\x1b$Bab\nc\x1b(B\nno\n"), MIME_TEXT,
	    "ok\n" WHAT WHAT WHAT WHAT WHAT "\n" WHAT WHAT WHAT WHAT "\n"
	    WHAT WHAT "\n" },
	{ "UTF-16", TEXT("Content-Type: text/plain; charset=utf-16\n\n"
	    "ok\n"), MIME_CHARSET, NULL },
	{ "a shift without a name", TEXT("Content-Type: text/plain; charset="
	    "iso-2022-kr\n\nok\n"), MIME_CHARSET, NULL },
	{ "an unknown charset", TEXT("Content-Type: text/plain; charset="
	    "utf-7\n\nx\n"), MIME_CHARSET, NULL },
	{ "quoted-printable", TEXT(PLAIN "Content-Transfer-Encoding: "
	    "Quoted-Printable\n\na=3Db=\n c=c3=A9  \nd=20=  \ne"), MIME_TEXT,
	    "a=b c\xc3\xa9\nd e\n" },
	{ "a bad =", TEXT("Content-Transfer-Encoding: quoted-printable\n\n"
	    "a=zz\n"), MIME_ENCODING, NULL },
	{ "a cut =", TEXT("Content-Transfer-Encoding: quoted-printable\n\n"
	    "a=4\n"), MIME_ENCODING, NULL },
	{ "base64", TEXT(PLAIN "Content-Transfer-Encoding: base64\n\n"
	    "aGVs\nbG8KCg==\n"), MIME_TEXT, "hello\n\n" },
	{ "base64 of CRLF", TEXT(PLAIN "Content-Transfer-Encoding: base64"
	    " (c)\n\nYQ0KYg==\n"), MIME_TEXT, "a\nb\n" },
	{ "bad base64", TEXT("Content-Transfer-Encoding: base64\n\n"
	    "aGVs*\n"), MIME_ENCODING, NULL },
	{ "NUL in base64", TEXT("Content-Transfer-Encoding: base64\n\n"
	    "YQBi\n"), MIME_UNREADABLE, NULL },
	{ "bare CR", TEXT("A: b\n\na\rb\n"), MIME_UNREADABLE, NULL },
	{ "an unknown encoding", TEXT("Content-Transfer-Encoding: x\n\nx\n"),
	    MIME_ENCODING, NULL },
	{ "flowed", TEXT("Content-Type: text/plain; format=flowed\n\n"
	    "app \nrove \nx\n\n >y\n> q \n> r\n>> s \nt\n-- \nu \n"),
	    MIME_TEXT, "app rove x\n\n>y\n>q r\n>>s \nt\n-- \nu \n" },
	{ "flowed with delsp", TEXT("Content-Type: text/plain; "
	    "format=flowed; delsp=yes\n\napp \nrove\n"), MIME_TEXT,
	    "approve\n" },
	{ "fixed", TEXT("Content-Type: text/plain\n\napp \nrove\n"),
	    MIME_TEXT, "app \nrove\n" },
	{ "HTML only", TEXT("Content-Type: text/html\n\n<p>x\n"),
	    MIME_HTML_ONLY, NULL },
	{ "an image", TEXT("Content-Type: image/png\n\nx\n"), MIME_NOTHING,
	    NULL },
	{ "an attached text", TEXT("Content-Type: text/plain\n"
	    "Content-Disposition: attachment; filename=x\n\nx\n"),
	    MIME_NOTHING, NULL },
	{ "an inline text", TEXT("Content-Type: text/plain\n"
	    "Content-Disposition: inline\n\nx\n"), MIME_TEXT, "x\n" },
	{ "two types", TEXT("Content-Type: text/plain\n"
	    "Content-Type: text/html\n\nx\n"), MIME_UNREADABLE, NULL },
	{ "two charsets", TEXT("Content-Type: text/plain; charset=utf-8; "
	    "charset=us-ascii\n\nx\n"), MIME_UNREADABLE, NULL },
	{ "a type without a slash", TEXT("Content-Type: text\n\nx\n"),
	    MIME_UNREADABLE, NULL },
	{ "an open quote", TEXT("Content-Type: text/plain; charset=\"utf-8\n"
	    "\nx\n"), MIME_UNREADABLE, NULL },
	{ "comments and a last semicolon", TEXT("Content-Type: (a) text (b)"
	    " / plain (c(d)) ; (e) charset (f) = (g) utf-8 ;\n\nx\n"),
	    MIME_TEXT, "x\n" },
	{ "a malformed header", TEXT("hello\nA: b\n\nx\n"), MIME_UNREADABLE,
	    NULL },
	{ "mixed", TEXT(MIXED "preamble\n--b b\n\nx\n--b b--\nepilogue\n"),
	    MIME_TEXT, "x\n" },
	{ "mixed, CRLF", TEXT("Content-Type: multipart/mixed; boundary=b\r\n"
	    "\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n\r\n--b--\r\n"),
	    MIME_TEXT, "x\n" },
	{ "not closed", TEXT(MIXED "--b b\n\nx\n"), MIME_TEXT, "x\n" },
	{ "a longer line is no delimiter", TEXT(MIXED "--b b\n\nx\n--b bc\n"
	    "--b b  \n"), MIME_TEXT, "x\n--b bc\n" },
	{ "HTML first", TEXT(MIXED "--b b\nContent-Type: text/html\n\n<p>\n"
	    "--b b\nContent-Type: text/plain\n\nx\n--b b--\n"), MIME_TEXT,
	    "x\n" },
	{ "an attachment first", TEXT(MIXED "--b b\nContent-Disposition: "
	    "attachment\n\nbad\n--b b\n\nx\n--b b--\n"), MIME_TEXT, "x\n" },
	{ "parts of HTML only", TEXT(MIXED "--b b\nContent-Type: text/html"
	    "\n\n<p>\n--b b--\n\n--b b\n\nnot this\n"), MIME_HTML_ONLY,
	    NULL },
	{ "a message inside", TEXT(MIXED "--b b\nContent-Type: "
	    "message/rfc822\n\nA: b\n\nbad\n--b b--\n"), MIME_NOTHING,
	    NULL },
	{ "digest", TEXT("Content-Type: multipart/digest; boundary=b\n\n"
	    "--b\n\nA: b\n\nbad\n--b--\n"), MIME_NOTHING, NULL },
	{ "nested", TEXT(MIXED "--b b\nContent-Type: multipart/alternative;"
	    " boundary=c\n\n--c\nContent-Type: text/plain;\n"
	    " charset=utf-8\nContent-Transfer-Encoding: base64\n\neA==\n\n"
	    "--c\nContent-Type: text/html\n\n<p>\n--c--\n--b b--\n"),
	    MIME_TEXT, "x\n" },
	{ "nested, not closed", TEXT(MIXED "--b b\nContent-Type: multipart/"
	    "related; boundary=c\n\n--c\nContent-Type: text/html\n\n<p>\n"
	    "--b b\n\nx\n--b b--\n"), MIME_TEXT, "x\n" },
	{ "no boundary", TEXT("Content-Type: multipart/mixed\n\nx\n"),
	    MIME_UNREADABLE, NULL },
	{ "an encoded multipart", TEXT("Content-Type: multipart/mixed; "
	    "boundary=b\nContent-Transfer-Encoding: base64\n\nx\n"),
	    MIME_UNREADABLE, NULL },
	{ "a part's header is malformed", TEXT(MIXED "--b b\nbad\n\nx\n"
	    "--b b--\n"), MIME_UNREADABLE, NULL },
	{ "no parts", TEXT(MIXED "x\n"), MIME_NOTHING, NULL },
	{ "empty parts", TEXT(MIXED "--b b\n--b b\n--b b--\n"), MIME_TEXT,
	    "" },
};

static struct mime_text
read_text(struct span in)
{
	struct mime_text text = { .status = MIME_UNREADABLE };
	struct input_bytes src;
	struct message m;
	struct span body, part;
	struct buf b;

	arena_reset(&arena);
	buf_init(&b, (size_t)4 << 20);
	input_bytes_open(&src, in, 0);
	CHECK(message_open(&m, &src.source, chunk, &arena, &fault) ==
	    FAULT_NONE);
	do {
		CHECK(message_body(&m, &part, &fault) == FAULT_NONE);
		buf_addspan(&b, part);
	} while (part.len > 0);
	body = arena_span(&arena, buf_span(&b));
	CHECK(mime_text_read(&m, body, &arena, &text, &fault) == FAULT_NONE);
	buf_free(&b);
	return text;
}

static void
test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mime_text text = read_text(rows[i].in);

		CHECKF(text.status == rows[i].status &&
		    (text.text.p != NULL) == (rows[i].text != NULL) &&
		    span_eq(text.text, span_of(rows[i].text)), "%s: %d",
		    rows[i].name, (int)text.status);
		if (text.status == MIME_TEXT &&
		    !span_eq(text.text, span_of(rows[i].text)))
			printf("# %.*s\n", SPAN_ARG(text.text));
		CHECK(!text.report);
	}
}

static void
test_bounds(void)
{
	struct mime_text text;
	struct buf b;

	buf_init(&b, (size_t)4 << 20);
	for (int depth = 9; depth <= 10; depth++) {
		buf_reset(&b);
		for (int i = 0; i <= depth; i++)
			buf_addf(&b, "Content-Type: multipart/mixed; "
			    "boundary=x%dx\n\n--x%dx\n", i, i);
		buf_adds(&b, "\nx");
		text = read_text(buf_span(&b));
		CHECK(text.status == (depth < BOUND_MIME_DEPTH ? MIME_TEXT :
		    MIME_TOO_DEEP));
	}
	for (int parts = 100; parts <= 101; parts++) {
		buf_reset(&b);
		buf_adds(&b, MIXED);
		for (int i = 1; i < parts; i++)
			buf_adds(&b, "--b b\nContent-Type: image/png\n\n");
		buf_adds(&b, "--b b\n\nx\n--b b--\n");
		text = read_text(buf_span(&b));
		CHECK(text.status == (parts <= BOUND_MIME_PARTS ? MIME_TEXT :
		    MIME_TOO_LARGE));
	}
	buf_reset(&b);
	buf_adds(&b, "A: b\n\n");
	for (size_t i = 0; i < BOUND_MIME_BYTES / 8; i++)
		buf_adds(&b, "1234567\n");
	text = read_text(buf_span(&b));
	CHECK(text.status == MIME_TEXT && text.text.len == BOUND_MIME_BYTES);
	buf_addc(&b, 'x');
	text = read_text(buf_span(&b));
	CHECK(text.status == MIME_TOO_LARGE);
	buf_reset(&b);
	buf_adds(&b, "Content-Type: text/plain");
	for (size_t i = 0; i < 100000; i++)
		buf_adds(&b, ";a=\"\"");
	buf_adds(&b, "\n\nx");
	CHECK(read_text(buf_span(&b)).status == MIME_UNREADABLE);
	text = read_text(SPAN("Content-Type: multipart/report; boundary=b\n\n"
	    "--b\n\nx\n"));
	CHECK(text.report && text.status == MIME_TEXT);
	for (int s = MIME_UNREADABLE; s <= MIME_TOO_DEEP; s++)
		CHECK(*mime_status_text((enum mime_status)s) != '\0');
	buf_free(&b);
}

/* All readings of all leaves, a bar behind each leaf. */
static void
show(void *arg, const struct mime_leaf *leaf)
{
	for (size_t i = 0; i < leaf->count; i++) {
		buf_addspan(arg, leaf->reading[i]);
		buf_addc(arg, '/');
	}
	buf_addc(arg, '|');
}

static void
test_each(void)
{
	static const struct {
		struct span in;
		const char *shown;
		bool whole;
	} each[] = {
		{ TEXT("A: b\n\nx\n"), "x\n/x\n/|", true },
		{ TEXT("Content-Transfer-Encoding: base64\n\neA==\n"),
		    "eA==\n/x/x\n/|", true },
		/* No text, but bytes. */
		{ TEXT("Content-Type: text/plain; charset=utf-7\n"
		    "Content-Transfer-Encoding: base64\n\n6Q==\n"),
		    "6Q==\n/\xe9/|", true },
		{ TEXT("Content-Transfer-Encoding: base64\n\n?\n"),
		    "?\n/|", true },
		{ TEXT(MIXED "pre\n--b b\n\na\n--b b\nContent-Type: image/png\n"
		    "Content-Transfer-Encoding: base64\n\nAGI=\n--b b--\nz\n"),
		    "a/a\n/|AGI=/\0b/|", true },
		/* Inside of a message that is attached. */
		{ TEXT(MIXED "--b b\nContent-Type: message/rfc822\n\n"
		    "Subject: s\nContent-Transfer-Encoding: quoted-printable"
		    "\n\n=61\n--b b--\n"), "=61/a\n/a\n/|", true },
		{ TEXT("Content-Type: message/rfc822\n\nA: b\n\nx\n"),
		    "x\n/x\n/|", true },
		{ TEXT("Content-Type: multipart/mixed\n\nx\n"), "", false },
		{ TEXT("Content-Type: a\n\nx\n"), "", false },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++) {
		struct input_bytes src;
		struct message m;
		struct buf b;
		bool whole = true;
		size_t n = strlen(each[i].shown);

		/* One reading above has a NUL. */
		if (i == 4)
			n += 1 + strlen(each[i].shown + n + 1);
		buf_init(&b, 4096);
		arena_reset(&arena);
		input_bytes_open(&src, each[i].in, 0);
		CHECK(message_open(&m, &src.source, chunk, &arena, &fault) ==
		    FAULT_NONE);
		CHECK(mime_each(&m, span_sub(each[i].in, m.header.len +
		    m.separator.len, each[i].in.len), &arena, show, &b,
		    &whole, &fault) == FAULT_NONE);
		CHECKF(whole == each[i].whole && b.len == n &&
		    memcmp(buf_str(&b), each[i].shown, n) == 0,
		    "leaves %zu: %s", i, buf_str(&b));
		buf_free(&b);
	}
}

/* Which line is the first, and by what; the line is looked at if it is named
 * in the answer. */
#define QP "Content-Transfer-Encoding: quoted-printable\n\n"
#define B64 "Content-Transfer-Encoding: base64\n\n"
#define FLOWED "Content-Type: text/plain; format=flowed\n"

static void
test_first(void)
{
	static const struct {
		struct span in;
		enum mime_first bare, typed;
		const char *line;
	} firsts[] = {
		{ TEXT("\n\n> q\nyes\nx\n"), MIME_FIRST_LINE,
		    MIME_FIRST_OF_TEXT, "yes" },
		{ TEXT("\nyes=3D\n"), MIME_FIRST_UNSURE, MIME_FIRST_UNSURE,
		    NULL },
		/* A last blank: where a program would break, and where not. */
		{ TEXT("\nyes \nand more\n"), MIME_FIRST_LINE,
		    MIME_FIRST_OF_TEXT, "yes " },
		{ TEXT("\nyes \n55555555555555555555555555555555555555555555"
		    "5555555555555\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_OF_TEXT, NULL },
		{ TEXT("\nyes \n5555555555555555555555555555555555555555555"
		    "5555555555555 6\n"), MIME_FIRST_LINE,
		    MIME_FIRST_OF_TEXT, "yes " },
		{ TEXT("\n > q \nyes\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_UNSURE, NULL },
		{ TEXT(QP "yes=20\n=C3=BC\n"), MIME_FIRST_LINE,
		    MIME_FIRST_LINE, "yes " },
		{ TEXT(QP "yes =\n\nx\n"), MIME_FIRST_LINE, MIME_FIRST_LINE,
		    "yes " },
		{ TEXT(QP "yes =\n \nx\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_UNSURE, NULL },
		{ TEXT(QP "yes =\nx\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_UNSURE, NULL },
		{ TEXT(QP "=\n\nyes\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_UNSURE, NULL },
		{ TEXT(QP "> q=\nyes\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_UNSURE, NULL },
		{ TEXT(FLOWED QP "yes=20\n55555555555555555555555555555555555"
		    "5555555555555555555555\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_UNSURE, NULL },
		{ TEXT(B64 "eWVzCg==\n"), MIME_FIRST_LINE,
		    MIME_FIRST_OF_TEXT, "yes" },
		{ TEXT(B64 "eWVz Cg==\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_UNSURE, NULL },
		{ TEXT("\nyes\n--x\nContent-Type: a/b\n"), MIME_FIRST_UNSURE,
		    MIME_FIRST_UNSURE, NULL },
		{ TEXT("\n\n \n"), MIME_FIRST_UNSURE, MIME_FIRST_UNSURE,
		    NULL },
	};

	for (size_t i = 0; i < 2 * sizeof(firsts) / sizeof(*firsts); i++) {
		struct span in = firsts[i / 2].in, body, line;
		bool typed = i % 2 == 1;
		enum mime_first first = MIME_FIRST_UNSURE;
		struct input_bytes src;
		struct mime_text text;
		struct message m;

		arena_reset(&arena);
		input_bytes_open(&src, in, 0);
		CHECK(message_open(&m, &src.source, chunk, &arena, &fault) ==
		    FAULT_NONE);
		body = span_sub(in, m.header.len + m.separator.len, in.len);
		CHECK(mime_text_read(&m, body, &arena, &text, &fault) ==
		    FAULT_NONE);
		CHECK(mime_first_line(&text, body, typed, &arena, &first,
		    &line, &fault) == FAULT_NONE);
		CHECKF(first == (typed ? firsts[i / 2].typed :
		    firsts[i / 2].bare), "first line %zu: %d", i, (int)first);
		CHECKF(first != MIME_FIRST_LINE ||
		    span_eq(line, span_of(firsts[i / 2].line)),
		    "first line %zu: %.*s", i, SPAN_ARG(line));
	}
}

/* A hundred messages, each in the other, end at the bound. */
static void
test_nested(void)
{
	struct input_bytes src;
	struct message m;
	struct buf in, out;
	bool whole = true;

	buf_init(&in, 1 << 20);
	buf_init(&out, 4096);
	for (int i = 0; i <= BOUND_MIME_PARTS + 1; i++)
		buf_adds(&in, "Content-Type: message/rfc822\n\n");
	arena_reset(&arena);
	input_bytes_open(&src, buf_span(&in), 0);
	CHECK(message_open(&m, &src.source, chunk, &arena, &fault) ==
	    FAULT_NONE && mime_each(&m, span_sub(buf_span(&in), m.header.len +
	    m.separator.len, in.len), &arena, show, &out, &whole, &fault) ==
	    FAULT_NONE && !whole && out.len == 0);
	buf_free(&in);
	buf_free(&out);
}

int
main(void)
{
	arena_init(&arena, BOUND_MESSAGE_ARENA);
	test_rows();
	test_bounds();
	test_each();
	test_first();
	test_nested();
	arena_free(&arena);
	return tap_done();
}

/* SPDX-License-Identifier: ISC */
/*
 * From a charset to UTF-8.  What decides is written in ASCII: of a charset
 * that holds ASCII as ASCII, the rest may stay unknown.
 */
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "mail/mime_impl.h"

enum set {
	SET_NONE = 0,
	SET_UTF_8,
	SET_LATIN_1,
	SET_WINDOWS_1252,
	SET_ASCII,	/* and more above 0x7f; a byte there is no line end,
			   no blank and no '>', and what follows it is none */
	SET_ESCAPES	/* ASCII up to the first escape sequence */
};

#define LATIN(n) { "iso-8859-" n, SET_ASCII }, { "iso8859-" n, SET_ASCII }, \
	{ "iso_8859-" n, SET_ASCII }
#define WINDOWS(n) { "windows-" n, SET_ASCII }, { "cp" n, SET_ASCII }

/* jitgrant-mail(7) lists them. */
static const struct {
	const char *name;
	enum set set;
} sets[] = {
	{ "utf-8", SET_UTF_8 }, { "utf8", SET_UTF_8 },
	{ "iso-8859-1", SET_LATIN_1 }, { "iso8859-1", SET_LATIN_1 },
	{ "iso_8859-1", SET_LATIN_1 }, { "latin1", SET_LATIN_1 },
	{ "windows-1252", SET_WINDOWS_1252 }, { "cp1252", SET_WINDOWS_1252 },
	{ "us-ascii", SET_ASCII }, { "ascii", SET_ASCII },
	{ "ansi_x3.4-1968", SET_ASCII }, { "iso646-us", SET_ASCII },
	{ "unknown-8bit", SET_ASCII },
	LATIN("2"), LATIN("3"), LATIN("4"), LATIN("5"), LATIN("6"),
	LATIN("7"), LATIN("8"), LATIN("9"), LATIN("10"), LATIN("11"),
	LATIN("13"), LATIN("14"), LATIN("15"), LATIN("16"),
	{ "iso-8859-6-i", SET_ASCII }, { "iso-8859-8-i", SET_ASCII },
	{ "latin2", SET_ASCII }, { "latin5", SET_ASCII },
	{ "latin9", SET_ASCII },
	WINDOWS("874"), WINDOWS("1250"), WINDOWS("1251"), WINDOWS("1253"),
	WINDOWS("1254"), WINDOWS("1255"), WINDOWS("1256"), WINDOWS("1257"),
	WINDOWS("1258"),
	{ "tis-620", SET_ASCII }, { "koi8-r", SET_ASCII },
	{ "koi8-u", SET_ASCII }, { "macintosh", SET_ASCII },
	{ "ibm437", SET_ASCII }, { "ibm850", SET_ASCII },
	{ "ibm866", SET_ASCII }, { "cp437", SET_ASCII },
	{ "cp850", SET_ASCII }, { "cp866", SET_ASCII },
	{ "gb2312", SET_ASCII }, { "gbk", SET_ASCII },
	{ "cp936", SET_ASCII }, { "gb18030", SET_ASCII },
	{ "big5", SET_ASCII }, { "big5-hkscs", SET_ASCII },
	{ "euc-kr", SET_ASCII }, { "ks_c_5601-1987", SET_ASCII },
	{ "cp949", SET_ASCII }, { "euc-jp", SET_ASCII },
	{ "shift_jis", SET_ASCII }, { "shift-jis", SET_ASCII },
	{ "x-sjis", SET_ASCII }, { "windows-31j", SET_ASCII },
	{ "cp932", SET_ASCII },
	{ "iso-2022-jp", SET_ESCAPES }, { "iso-2022-jp-1", SET_ESCAPES },
	{ "iso-2022-jp-2", SET_ESCAPES }, { "iso-2022-jp-3", SET_ESCAPES },
};

/* Bytes 0x80 to 0x9f of windows-1252; 0 is undefined. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};

static enum set
find_set(struct span charset)
{
	if (charset.len == 0)
		return SET_ASCII;
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		if (span_eq_nocase(charset, span_of(sets[i].name)))
			return sets[i].set;
	return SET_NONE;
}

/* A code point below 0x10000 as UTF-8; 0 is U+FFFD.  Up to three bytes. */
static char *
put_utf8(char *p, unsigned code)
{
	if (code == 0)
		code = 0xfffd;
	if (code < 0x80) {
		*p++ = (char)code;
		return p;
	}
	if (code < 0x800) {
		*p++ = (char)(0xc0 | code >> 6);
	} else {
		*p++ = (char)(0xe0 | code >> 12);
		*p++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*p++ = (char)(0x80 | (code & 0x3f));
	return p;
}

/* The code point of one byte; 0: not known. */
static unsigned
code_of(enum set set, unsigned char c)
{
	if (c < 0x80 || set == SET_LATIN_1)
		return c;
	if (set != SET_WINDOWS_1252)
		return 0;
	return c < 0xa0 ? windows_1252[c - 0x80] : c;
}

static char *
put_bytes(char *p, enum set set, struct span in)
{
	bool escaped = false;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.p[i];

		/* A NUL stays one, for others to refuse. */
		escaped = escaped || (set == SET_ESCAPES && c == '\033');
		if (c == '\0' || c == '\n' || c == '\r')
			*p++ = c;
		else
			p = put_utf8(p, escaped ? 0 :
			    code_of(set, (unsigned char)c));
	}
	return p;
}

static char *
put_sequences(char *p, struct span in)
{
	while (in.len > 0) {
		size_t n = utf8_length(in);

		if (n == 0) {
			p = put_utf8(p, 0);
			n = 1;
		} else {
			memcpy(p, in.p, n);
			p += n;
		}
		in = span_sub(in, n, in.len);
	}
	return p;
}

enum fault_kind
mime_charset(struct span charset, struct span in, struct arena *a,
    struct span *out, bool *good, struct fault *f)
{
	enum set set = find_set(charset);
	char *p, *end;

	*out = in;
	*good = set != SET_NONE;
	if (!*good)
		return FAULT_NONE;
	p = arena_alloc(a, 3 * in.len + 1);
	if (p == NULL)
		return fault_nomem(f);
	if (set == SET_UTF_8 && span_starts(in, SPAN("\xef\xbb\xbf")))
		in = span_sub(in, 3, in.len);
	end = set == SET_UTF_8 ? put_sequences(p, in) :
	    put_bytes(p, set, in);
	*out = (struct span){ p, (size_t)(end - p) };
	return FAULT_NONE;
}

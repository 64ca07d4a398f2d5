/* SPDX-License-Identifier: ISC */
/*
 * Borrowed bytes and a bounded cursor over them.
 *
 * A span is never NUL-terminated and never owns its bytes: it lives as long as
 * the memory it points into.  ASCII is classified by hand, because a locale
 * must not change a verdict.
 */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *p;
	size_t len;
};

/* A span over a string literal. */
#define SPAN(lit) ((struct span){ (lit), sizeof(lit) - 1 })
/* For printf: "%.*s". Only for bytes known to be short and printable. */
#define SPAN_ARG(s) (int)(s).len, (s).p

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
ascii_is_alnum(char c)
{
	return ascii_is_digit(c) || ascii_is_alpha(c);
}

/* SP or HTAB: WSP of RFC 5234. */
static inline bool
ascii_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* SP, HTAB, CR or LF: what folding white space is made of. */
static inline bool
ascii_is_fws(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* 0x20 to 0x7e. */
static inline bool
ascii_is_print(char c)
{
	return c >= 0x20 && c <= 0x7e;
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* 0 to 15, or -1 if c is no hexadecimal digit. */
static inline int
ascii_hex(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of a NUL-terminated string; NULL gives the empty span. */
struct span span_of(const char *s);

/* The bytes from index `from` (clamped to the end), at most len of them. */
struct span span_sub(struct span s, size_t from, size_t len);

bool span_eq(struct span a, struct span b);
/* The same, ASCII letters compared without case. */
bool span_eq_nocase(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
bool span_starts_nocase(struct span s, struct span prefix);
bool span_ends_nocase(struct span s, struct span suffix);

/* Index of the first (last) byte c, or s.len if there is none. */
size_t span_find(struct span s, char c);
size_t span_rfind(struct span s, char c);
/* Is any byte NUL, another control byte (HTAB too), DEL, or over 0x7e? */
bool span_is_print(struct span s);

/* Without SP and HTAB (without SP, HTAB, CR and LF) on both ends. */
struct span span_trim_wsp(struct span s);
struct span span_trim_fws(struct span s);

/*
 * Cut s at the first byte c: *head is what stands before, *tail what stands
 * after (empty if there is no c).  Returns whether there was one.
 */
bool span_cut(struct span s, char c, struct span *head, struct span *tail);

/*
 * A bounded cursor with a sticky error: many reads, one check at the end.
 * Reads at the end return '\0' or false and never move.
 */
struct cursor {
	const char *p;
	const char *end;
	bool bad;
};

static inline struct cursor
cursor_of(struct span s)
{
	return (struct cursor){ s.p, s.p + s.len, false };
}

static inline bool
cursor_done(const struct cursor *c)
{
	return c->p >= c->end;
}

/* The next byte without moving; '\0' at the end (look at cursor_done). */
static inline char
cursor_peek(const struct cursor *c)
{
	return c->p < c->end ? *c->p : '\0';
}

static inline size_t
cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

/* What is left, as a span. */
static inline struct span
cursor_rest(const struct cursor *c)
{
	return (struct span){ c->p, (size_t)(c->end - c->p) };
}

/* Move past the byte ch if it is next; says whether it was. */
bool cursor_take(struct cursor *c, char ch);
/* Move past the byte ch, or set bad. */
void cursor_need(struct cursor *c, char ch);
/* The next byte, moving; at the end bad is set and '\0' returned. */
char cursor_next(struct cursor *c);
/* Move past all bytes for which the predicate holds; returns them. */
struct span cursor_while(struct cursor *c, bool (*pred)(char));

#endif

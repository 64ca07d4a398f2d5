/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_free(struct buf *b)
{
	size_t max = b->max;

	free(b->p);
	buf_init(b, max);
}

void
buf_cleanse(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_free(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->nomem = false;
	b->full = false;
}

char *
buf_room(struct buf *b, size_t len)
{
	size_t cap;
	char *p;

	if (b->nomem || b->full)
		return NULL;
	if (len > b->max - b->len) {
		b->full = true;
		return NULL;
	}
	if (len < b->cap - b->len && b->p != NULL)
		return b->p + b->len;
	cap = b->cap < 64 ? 64 : b->cap;
	while (cap - b->len <= len) {
		if (cap > SIZE_MAX / 2) {
			b->nomem = true;
			return NULL;
		}
		cap *= 2;
	}
	p = realloc(b->p, cap);
	if (p == NULL) {
		b->nomem = true;
		return NULL;
	}
	b->p = p;
	b->cap = cap;
	return p + b->len;
}

void
buf_grew(struct buf *b, size_t len)
{
	b->len += len;
	b->p[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *p, size_t len)
{
	char *room = buf_room(b, len);

	if (room == NULL)
		return;
	if (len > 0)
		memcpy(room, p, len);
	buf_grew(b, len);
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addspan(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.len);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *room;
	int need;

	va_start(ap, fmt);
	need = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (need < 0) {
		b->nomem = true;
		return;
	}
	room = buf_room(b, (size_t)need);
	if (room == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(room, (size_t)need + 1, fmt, ap);
	va_end(ap);
	buf_grew(b, (size_t)need);
}

void
buf_addlower(struct buf *b, struct span s)
{
	char *room = buf_room(b, s.len);

	if (room == NULL)
		return;
	for (size_t i = 0; i < s.len; i++)
		room[i] = ascii_lower(s.p[i]);
	buf_grew(b, s.len);
}

void
buf_addprint(struct buf *b, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			buf_adds(b, "\\\\");
		else if (ascii_is_print(s.p[i]))
			buf_addc(b, s.p[i]);
		else
			buf_addf(b, "\\x%02x", (unsigned)(unsigned char)s.p[i]);
	}
}

void
buf_addhex(struct buf *b, const void *p, size_t len)
{
	const unsigned char *byte = p;
	char two[3];

	for (size_t i = 0; i < len; i++) {
		hex_encode(byte + i, 1, two);
		buf_add(b, two, 2);
	}
}

void
buf_addpart(struct buf *b, struct span s)
{
	const unsigned char len[4] = { (unsigned char)(s.len >> 24),
	    (unsigned char)(s.len >> 16), (unsigned char)(s.len >> 8),
	    (unsigned char)s.len };

	buf_add(b, len, sizeof(len));
	buf_addspan(b, s);
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->p == NULL ? "" : b->p, b->len };
}

const char *
buf_str(const struct buf *b)
{
	return b->p == NULL ? "" : b->p;
}

enum fault_kind
buf_check(const struct buf *b, struct fault *f)
{
	if (b->nomem)
		return fault_nomem(f);
	if (b->full)
		return fault_set(f, FAULT_DATA,
		    "more than %zu bytes where no more are allowed", b->max);
	return FAULT_NONE;
}

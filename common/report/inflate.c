/* SPDX-License-Identifier: ISC */
/* Inflate with our own counter; several gzip members are one stream. */
#include "report/container_impl.h"

/* More deflated bytes; false at their end. */
static bool
refill(struct inflate *i, struct fault *f)
{
	size_t n = 0;

	if (i->z.avail_in > 0)
		return true;
	if (i->inner->read(i->inner, (char *)i->in, sizeof(i->in), &n, f) !=
	    FAULT_NONE)
		return false;
	i->z.next_in = i->in;
	i->z.avail_in = (uInt)n;
	return n > 0;
}

/* A gzip stream is over: does another member follow?  CR LF and what else may
 * stand after it does not count. */
static void
next_member(struct inflate *i, struct fault *f)
{
	if (i->form != INFLATE_WRAPPED || !refill(i, f) ||
	    i->z.next_in[0] != 0x1f || inflateReset(&i->z) != Z_OK)
		i->over = true;
}

static void
end_check(struct inflate *i)
{
	if (i->why == REPORT_WHY_NONE && i->sized &&
	    (i->made != i->size || i->sum != i->crc))
		i->why = i->bad;
}

static void
account(struct inflate *i, const char *p, size_t n)
{
	i->made += n;
	if (i->sized)
		i->sum = (uint32_t)crc32(i->sum, (const Bytef *)p, (uInt)n);
	if (n > i->budget->left) {
		i->why = REPORT_WHY_INFLATED;
		i->over = true;
		i->budget->left = 0;
		return;
	}
	i->budget->left -= n;
}

static enum fault_kind
read_inflated(struct inflate *i, char *p, size_t cap, size_t *len,
    struct fault *f)
{
	int rc = Z_OK;

	i->z.next_out = (Bytef *)p;
	i->z.avail_out = (uInt)cap;
	while (!i->over && i->z.avail_out == cap) {
		if (!refill(i, f)) {
			i->over = true;
			i->why = REPORT_WHY_TRUNCATED;
			break;
		}
		rc = inflate(&i->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END) {
			next_member(i, f);
		} else if (rc == Z_MEM_ERROR) {
			return fault_nomem(f);
		} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
			i->over = true;
			/* Another member that is none is mere trailing. */
			if (i->made == 0 || i->z.total_out > 0)
				i->why = i->bad;
		}
	}
	*len = cap - i->z.avail_out;
	return f->kind;
}

static enum fault_kind
inflate_read(struct source *s, char *p, size_t cap, size_t *len,
    struct fault *f)
{
	struct inflate *i = s->state;

	*len = 0;
	if (cap > (1U << 30))
		cap = 1U << 30;
	if (i->over)
		return FAULT_NONE;
	if (i->form == INFLATE_STORED) {
		if (i->inner->read(i->inner, p, cap, len, f) != FAULT_NONE)
			return f->kind;
		i->over = *len == 0;
	} else if (read_inflated(i, p, cap, len, f) != FAULT_NONE) {
		return f->kind;
	}
	account(i, p, *len);
	if (i->why == REPORT_WHY_INFLATED)
		*len = 0;
	if (i->over)
		end_check(i);
	return FAULT_NONE;
}

enum fault_kind
inflate_open(struct inflate *i, struct source *inner, enum inflate_form form,
    struct report_budget *budget, struct fault *f)
{
	/* 15: the largest window; + 32: gzip or zlib, by its header. */
	int bits = form == INFLATE_RAW ? -15 : 15 + 32;

	i->source = (struct source){ inflate_read, i };
	i->inner = inner;
	i->budget = budget;
	i->form = form;
	i->z = (z_stream){ .zalloc = NULL };
	i->over = i->sized = i->open = false;
	i->why = REPORT_WHY_NONE;
	i->bad = form == INFLATE_WRAPPED ? REPORT_WHY_GZIP : REPORT_WHY_ZIP;
	i->made = i->size = 0;
	i->sum = i->crc = 0;
	if (form == INFLATE_STORED)
		return FAULT_NONE;
	if (inflateInit2(&i->z, bits) != Z_OK)
		return fault_nomem(f);
	i->open = true;
	return FAULT_NONE;
}

void
inflate_close(struct inflate *i)
{
	if (i->open)
		(void)inflateEnd(&i->z);
	i->open = false;
}

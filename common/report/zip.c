/* SPDX-License-Identifier: ISC */
/*
 * The directory of a zip, as far as reports need it: methods 0 and 8, no
 * encryption, no zip64, no names used.  Nothing it says of sizes is believed
 * before the bytes agree.
 */
#include <stdlib.h>

#include "report/container_impl.h"
#include "report/limits.h"

#define ZIP_END ((size_t)22)
#define ZIP_COMMENT ((size_t)65535)
#define ZIP_ENTRY ((size_t)46)
#define ZIP_LOCAL ((size_t)30)

static uint32_t
le(const unsigned char *p, size_t n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/* Exactly len bytes from `at`, or *whole false. */
static enum fault_kind
get(const struct spool *s, uint64_t at, unsigned char *p, size_t len,
    bool *whole, struct fault *f)
{
	size_t have = 0, n = 1;

	while (have < len && n > 0) {
		if (spool_read(s, at + have, (char *)p + have, len - have, &n,
		    f) != FAULT_NONE)
			return f->kind;
		have += n;
	}
	*whole = have == len;
	return FAULT_NONE;
}

/* The end of the directory: the last place where one can stand. */
static enum fault_kind
find_end(const struct spool *s, unsigned char end[ZIP_END], bool *found,
    struct fault *f)
{
	size_t n = s->len < ZIP_END + ZIP_COMMENT ? (size_t)s->len :
	    ZIP_END + ZIP_COMMENT, i;
	unsigned char *p;
	bool whole;

	*found = false;
	if (n < ZIP_END)
		return FAULT_NONE;
	p = malloc(n);
	if (p == NULL)
		return fault_nomem(f);
	if (get(s, s->len - n, p, n, &whole, f) == FAULT_NONE && whole) {
		for (i = n - ZIP_END + 1; i-- > 0 && !*found;) {
			if (le(p + i, 4) != 0x06054b50)
				continue;
			for (size_t k = 0; k < ZIP_END; k++)
				end[k] = p[i + k];
			*found = true;
		}
	}
	free(p);
	return f->kind;
}

/* One entry at *at; *at moves to the next. */
static enum fault_kind
read_entry(const struct spool *s, uint64_t *at, struct zip_member *m,
    bool *good, struct fault *f)
{
	unsigned char e[ZIP_ENTRY], l[ZIP_LOCAL];
	uint64_t local;
	unsigned method;

	*m = (struct zip_member){ .at = 0 };
	if (get(s, *at, e, sizeof(e), good, f) != FAULT_NONE || !*good)
		return f->kind;
	*good = le(e, 4) == 0x02014b50;
	if (!*good)
		return FAULT_NONE;
	*at += ZIP_ENTRY + le(e + 28, 2) + le(e + 30, 2) + le(e + 32, 2);
	method = le(e + 10, 2);
	m->crc = le(e + 16, 4);
	m->length = le(e + 20, 4);
	m->size = le(e + 24, 4);
	local = le(e + 42, 4);
	m->form = method == 0 ? INFLATE_STORED : INFLATE_RAW;
	m->usable = (le(e + 8, 2) & 1) == 0 && (method == 0 || method == 8) &&
	    m->length > 0;
	if (get(s, local, l, sizeof(l), good, f) != FAULT_NONE || !*good)
		return f->kind;
	m->at = local + ZIP_LOCAL + le(l + 26, 2) + le(l + 28, 2);
	*good = le(l, 4) == 0x04034b50 && m->at <= s->len &&
	    m->length <= s->len - m->at;
	return FAULT_NONE;
}

/* Members that share bytes are a way to inflate the same ones often. */
static bool
overlap(const struct zip_member *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (m[i].length > 0 && m[k].length > 0 &&
			    m[i].at < m[k].at + m[k].length &&
			    m[k].at < m[i].at + m[i].length)
				return true;
	return false;
}

enum fault_kind
zip_read(const struct spool *s, struct zip_member *members, size_t *n,
    uint64_t *total, enum report_why *why, struct fault *f)
{
	unsigned char end[ZIP_END] = { 0 };
	uint64_t at;
	bool good;

	*n = 0;
	*total = 0;
	*why = REPORT_WHY_NONE;
	if (find_end(s, end, &good, f) != FAULT_NONE)
		return f->kind;
	if (!good) {
		*why = REPORT_WHY_TRUNCATED;
		return FAULT_NONE;
	}
	*total = le(end + 10, 2);
	at = le(end + 16, 4);
	while (*n < *total && *n < REPORT_MEMBERS) {
		if (read_entry(s, &at, &members[*n], &good, f) != FAULT_NONE)
			return f->kind;
		if (!good) {
			*why = REPORT_WHY_ZIP;
			return FAULT_NONE;
		}
		(*n)++;
	}
	if (overlap(members, *n)) {
		*why = REPORT_WHY_ZIP;
		*n = 0;
	}
	return FAULT_NONE;
}

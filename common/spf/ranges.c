/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "spf/ranges.h"

static int
range_order(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, SPF_RANGE_KEY);
}

/* The key after or before; the family byte keeps both from wrapping. */
static void
range_next(const uint8_t *key, uint8_t *next)
{
	memcpy(next, key, SPF_RANGE_KEY);
	for (size_t i = SPF_RANGE_KEY; i-- > 0;)
		if (++next[i] != 0)
			return;
}

static void
range_before(const uint8_t *key, uint8_t *before)
{
	memcpy(before, key, SPF_RANGE_KEY);
	for (size_t i = SPF_RANGE_KEY; i-- > 0;)
		if (before[i]-- != 0)
			return;
}

struct spf_range
spf_range_of(const struct ipaddr *addr, unsigned prefix)
{
	struct spf_range r;
	size_t len = addr->family == 4 ? 4 : 16;

	memset(r.lo, 0, sizeof(r.lo));
	memset(r.hi, 0xff, sizeof(r.hi));
	r.lo[0] = r.hi[0] = (uint8_t)addr->family;
	for (size_t i = 0; i < len; i++) {
		unsigned bits = prefix > 8 * i ? prefix - 8 * (unsigned)i : 0;
		uint8_t host = (uint8_t)(bits < 8 ? 0xffU >> bits : 0U);

		r.lo[i + 1] = (uint8_t)(addr->bytes[i] & ~host);
		r.hi[i + 1] = (uint8_t)(addr->bytes[i] | host);
	}
	return r;
}

void
spf_ranges_init(struct spf_ranges *s)
{
	*s = (struct spf_ranges){ .ranges = NULL };
	buf_init(&s->bytes, (SPF_RANGES_MAX + 2) * sizeof(struct spf_range));
}

void
spf_ranges_free(struct spf_ranges *s)
{
	buf_free(&s->bytes);
	spf_ranges_init(s);
}

/* The first range that ends at key or after it. */
static size_t
ranges_find(const struct spf_ranges *s, const uint8_t *key)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (range_order(s->ranges[mid].hi, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Put n (at most 2) new ranges in the place of those from i up to j. */
static bool
ranges_splice(struct spf_ranges *s, size_t i, size_t j,
    const struct spf_range *new, size_t n)
{
	struct spf_range none[2] = { { .lo = { 0 } } };
	size_t rest = s->count - j;

	if (i + n + rest > SPF_RANGES_MAX) {
		s->full = true;
		return true;
	}
	if (n > j - i)
		buf_add(&s->bytes, none, (n - (j - i)) * sizeof(*none));
	if (s->bytes.nomem)
		return false;
	/* malloc() aligned the buffer for any type. */
	s->ranges = (void *)s->bytes.p;
	if (rest > 0)
		memmove(&s->ranges[i + n], &s->ranges[j],
		    rest * sizeof(*new));
	if (n > 0)
		memcpy(&s->ranges[i], new, n * sizeof(*new));
	s->count = i + n + rest;
	s->bytes.len = s->count * sizeof(*new);
	return true;
}

bool
spf_ranges_add(struct spf_ranges *s, const struct spf_range *r)
{
	struct spf_range new = *r;
	uint8_t before[SPF_RANGE_KEY], next[SPF_RANGE_KEY];
	size_t i, j;

	range_before(r->lo, before);
	range_next(r->hi, next);
	i = ranges_find(s, before);
	for (j = i; j < s->count &&
	    range_order(s->ranges[j].lo, next) <= 0; j++) {
		if (range_order(s->ranges[j].lo, new.lo) < 0)
			memcpy(new.lo, s->ranges[j].lo, sizeof(new.lo));
		if (range_order(s->ranges[j].hi, new.hi) > 0)
			memcpy(new.hi, s->ranges[j].hi, sizeof(new.hi));
	}
	return ranges_splice(s, i, j, &new, 1);
}

bool
spf_ranges_take(struct spf_ranges *s, const struct spf_range *r,
    struct spf_ranges *to)
{
	struct spf_range keep[2], cut;
	size_t i = ranges_find(s, r->lo), j, n = 0;

	for (j = i; j < s->count &&
	    range_order(s->ranges[j].lo, r->hi) <= 0; j++) {
		cut = s->ranges[j];
		if (range_order(cut.lo, r->lo) < 0) {
			memcpy(keep[n].lo, cut.lo, sizeof(cut.lo));
			range_before(r->lo, keep[n++].hi);
			memcpy(cut.lo, r->lo, sizeof(cut.lo));
		}
		if (range_order(cut.hi, r->hi) > 0) {
			range_next(r->hi, keep[n].lo);
			memcpy(keep[n++].hi, cut.hi, sizeof(cut.hi));
			memcpy(cut.hi, r->hi, sizeof(cut.hi));
		}
		if (to != NULL && !spf_ranges_add(to, &cut))
			return false;
	}
	return i == j || ranges_splice(s, i, j, keep, n);
}

bool
spf_ranges_remove(struct spf_ranges *s, const struct spf_range *r)
{
	return spf_ranges_take(s, r, NULL);
}

bool
spf_ranges_everything(struct spf_ranges *s)
{
	const struct ipaddr any4 = { .family = 4 }, any6 = { .family = 6 };
	struct spf_range r4 = spf_range_of(&any4, 0);
	struct spf_range r6 = spf_range_of(&any6, 0);

	return spf_ranges_add(s, &r4) && spf_ranges_add(s, &r6);
}

bool
spf_ranges_union(struct spf_ranges *s, const struct spf_ranges *other)
{
	s->full |= other->full;
	for (size_t i = 0; i < other->count; i++)
		if (!spf_ranges_add(s, &other->ranges[i]))
			return false;
	return true;
}

bool
spf_ranges_subtract(struct spf_ranges *s, const struct spf_ranges *other)
{
	s->full |= other->full;
	for (size_t i = 0; i < other->count; i++)
		if (!spf_ranges_remove(s, &other->ranges[i]))
			return false;
	return true;
}

bool
spf_ranges_any(const struct spf_ranges *s, unsigned family)
{
	/* Families sort apart: IPv4 comes first. */
	return s->count > 0 && (family == 4 ? s->ranges[0].lo[0] :
	    s->ranges[s->count - 1].lo[0]) == family;
}

bool
spf_ranges_whole(const struct spf_ranges *s, unsigned family)
{
	const struct ipaddr any = { .family = family };
	struct spf_range all = spf_range_of(&any, 0);
	size_t i = ranges_find(s, all.lo);

	return i < s->count &&
	    range_order(s->ranges[i].lo, all.lo) == 0 &&
	    range_order(s->ranges[i].hi, all.hi) == 0;
}

/* One range: the largest network that begins at lo and fits, and so on; at
 * most two for each bit of an address. */
static bool
range_nets(struct spf_range r, struct spf_nets *nets)
{
	struct ipaddr a = { .family = r.lo[0] };
	unsigned width = a.family == 4 ? 32 : 128;
	struct spf_range net;

	do {
		unsigned prefix = width;

		memcpy(a.bytes, r.lo + 1, width / 8);
		for (; prefix > 0; prefix--) {
			net = spf_range_of(&a, prefix - 1);
			if (range_order(net.lo, r.lo) != 0 ||
			    range_order(net.hi, r.hi) > 0)
				break;
		}
		if (!spf_nets_add(nets, &a, prefix))
			return false;
		net = spf_range_of(&a, prefix);
		range_next(net.hi, r.lo);
	} while (range_order(net.hi, r.hi) < 0);
	return true;
}

bool
spf_ranges_nets(const struct spf_ranges *s, struct spf_nets *nets)
{
	for (size_t i = 0; i < s->count; i++)
		if (!range_nets(s->ranges[i], nets))
			return false;
	return true;
}

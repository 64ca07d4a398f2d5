/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "spf/nets.h"

void
spf_nets_init(struct spf_nets *s)
{
	*s = (struct spf_nets){ .nets = NULL };
	buf_init(&s->bytes, SPF_NETS_MAX * sizeof(struct spf_net));
}

void
spf_nets_free(struct spf_nets *s)
{
	buf_free(&s->bytes);
	s->nets = NULL;
	s->count = 0;
}

static struct ipaddr
spf_net_mask(struct ipaddr a, unsigned prefix)
{
	size_t len = a.family == 4 ? 4 : 16;

	for (size_t i = 0; i < len; i++) {
		unsigned bits = prefix > 8 * i ? prefix - 8 * (unsigned)i : 0;

		if (bits < 8)
			a.bytes[i] &= (uint8_t)(0xff00U >> bits);
	}
	return a;
}

bool
spf_net_has_host_bits(const struct ipaddr *addr, unsigned prefix)
{
	struct ipaddr net = spf_net_mask(*addr, prefix);

	return !ipaddr_eq(&net, addr);
}

bool
spf_nets_add(struct spf_nets *s, const struct ipaddr *addr, unsigned prefix)
{
	struct spf_net n;

	memset(&n, 0, sizeof(n));
	n.addr = spf_net_mask(*addr, prefix);
	n.prefix = prefix;
	buf_add(&s->bytes, &n, sizeof(n));
	if (s->bytes.nomem || s->bytes.full)
		return false;
	/* malloc() aligned the buffer for any type. */
	s->nets = (void *)s->bytes.p;
	s->count++;
	return true;
}

static int
spf_net_order(const void *a, const void *b)
{
	const struct spf_net *x = a, *y = b;
	int order;

	if (x->addr.family != y->addr.family)
		return x->addr.family < y->addr.family ? -1 : 1;
	order = memcmp(x->addr.bytes, y->addr.bytes, sizeof(x->addr.bytes));
	if (order != 0)
		return order;
	return x->prefix < y->prefix ? -1 : x->prefix > y->prefix;
}

void
spf_nets_flatten(struct spf_nets *s)
{
	size_t kept = 0;

	if (s->count == 0)
		return;
	qsort(s->nets, s->count, sizeof(*s->nets), spf_net_order);
	/* A network sorts after the one it lies in. */
	for (size_t i = 0; i < s->count; i++)
		if (kept == 0 || !ipaddr_in(&s->nets[i].addr,
		    &s->nets[kept - 1].addr, s->nets[kept - 1].prefix))
			s->nets[kept++] = s->nets[i];
	s->count = kept;
	s->bytes.len = kept * sizeof(*s->nets);
}

void
spf_net_format(const struct spf_net *n, struct buf *b)
{
	ipaddr_format(&n->addr, b);
	buf_addf(b, "/%u", n->prefix);
}

/* Append the number in five 32-bit limbs, least first, in decimal. */
static void
spf_nets_decimal(uint32_t limbs[5], struct buf *b)
{
	char digits[64];
	size_t at = sizeof(digits);
	bool zero;

	do {
		uint64_t rest = 0;

		zero = true;
		for (size_t i = 5; i-- > 0;) {
			rest = rest << 32 | limbs[i];
			limbs[i] = (uint32_t)(rest / 10);
			rest %= 10;
			zero = zero && limbs[i] == 0;
		}
		digits[--at] = (char)('0' + rest);
	} while (!zero);
	buf_add(b, digits + at, sizeof(digits) - at);
}

void
spf_nets_total(const struct spf_nets *s, unsigned family, struct buf *b)
{
	uint32_t limbs[5] = { 0 };
	unsigned width = family == 4 ? 32 : 128;

	for (size_t i = 0; i < s->count; i++) {
		unsigned bit = width - s->nets[i].prefix;
		uint64_t carry = UINT64_C(1) << bit % 32;

		if (s->nets[i].addr.family != family)
			continue;
		for (size_t k = bit / 32; k < 5 && carry > 0; k++) {
			carry += limbs[k];
			limbs[k] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	spf_nets_decimal(limbs, b);
}

const struct spf_net *
spf_nets_largest(const struct spf_nets *s, unsigned family)
{
	const struct spf_net *best = NULL;

	for (size_t i = 0; i < s->count; i++)
		if (s->nets[i].addr.family == family &&
		    (best == NULL || s->nets[i].prefix < best->prefix))
			best = &s->nets[i];
	return best;
}

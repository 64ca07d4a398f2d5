/* SPDX-License-Identifier: ISC */
/* Which domains a set of zones says something about mail of, and which names
 * it has below one. */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/domain.h"
#include "dns/wire.h"
#include "dns/zone.h"
#include "dns/zone_impl.h"

/* What begins the first string of a TXT record. */
static bool
mail_is_spf(const struct dns_zone_rr *rr)
{
	static const char version[] = "v=spf1";
	const size_t n = sizeof(version) - 1;

	return rr->type == DNS_TXT && rr->len > n && rr->data[0] >= n &&
	    span_eq_nocase((struct span){ (const char *)rr->data + 1, n },
	    SPAN("v=spf1"));
}

/* The wire name of the domain that the owner speaks for; NULL: of none. */
static const unsigned char *
mail_domain(const struct zone_node *node)
{
	static const unsigned char dmarc[] = "\6_dmarc";
	const unsigned char *name = node->name;
	const struct dns_zone_rr *rr = node->first;

	for (; rr != NULL; rr = rr->next)
		if (rr->type == DNS_MX || mail_is_spf(rr))
			break;
	if (rr == NULL) {
		if (node->first == NULL ||
		    dns_name_len(name) <= sizeof(dmarc) ||
		    memcmp(name, dmarc, sizeof(dmarc) - 1) != 0)
			return NULL;
		name += sizeof(dmarc) - 1;
	}
	/* A wildcard is no domain that anybody writes from, nor the root. */
	return name[0] == 0 || (name[0] == 1 && name[1] == '*') ? NULL :
	    name;
}

static int
mail_compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->p, y->p, n);

	if (order != 0)
		return order;
	return x->len < y->len ? -1 : x->len > y->len;
}

enum fault_kind
dns_zone_mail(const struct dns_zone *zone, struct arena *a,
    struct span **names, size_t *count, struct fault *f)
{
	struct span *all = arena_array(a, zone->nodes + 1, sizeof(*all));
	size_t n = 0, kept = 0;

	if (all == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < zone->bucket_count; i++) {
		const struct zone_node *node = zone->buckets[i];

		for (; node != NULL; node = node->chain) {
			const unsigned char *name = mail_domain(node);

			if (name == NULL)
				continue;
			if (dns_name_decode(name, a, &all[n], f) !=
			    FAULT_NONE)
				return f->kind;
			n += all[n].p != NULL && domain_is_ldhu(all[n]);
		}
	}
	if (n > 0)
		qsort(all, n, sizeof(*all), mail_compare);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !span_eq(all[kept - 1], all[i]))
			all[kept++] = all[i];
	*names = all;
	*count = kept;
	return FAULT_NONE;
}

/* Is the second label of a wire name that, in lower case? */
static bool
mail_second(const unsigned char *name, struct span label)
{
	const unsigned char *p = name + 1U + *name;

	return *name != 0 && *p == label.len &&
	    memcmp(p + 1, label.p, label.len) == 0;
}

enum fault_kind
dns_zone_names(const struct dns_zone *zone, struct span second,
    struct arena *a, struct dns_zone_name **names, size_t *count,
    struct fault *f)
{
	struct dns_zone_name *all = arena_array(a, zone->nodes + 1,
	    sizeof(*all));
	size_t n = 0;

	if (all == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < zone->bucket_count; i++) {
		const struct zone_node *node = zone->buckets[i];

		for (; node != NULL; node = node->chain) {
			if (node->first == NULL || (second.len > 0 &&
			    !mail_second(node->name, second)))
				continue;
			if (dns_name_decode(node->name, a, &all[n].name, f) !=
			    FAULT_NONE)
				return f->kind;
			all[n].alias = node->cname;
			all[n].rr = node->first;
			n += all[n].name.p != NULL &&
			    domain_is_ldhu(all[n].name);
		}
	}
	/* The name is the first member. */
	if (n > 0)
		qsort(all, n, sizeof(*all), mail_compare);
	*names = all;
	*count = n;
	return FAULT_NONE;
}

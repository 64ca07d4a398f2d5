/* SPDX-License-Identifier: ISC */
/* Where the texts of a set of zones stand in their files. */
#include <string.h>

#include "dns/wire.h"
#include "dns/zone.h"

/* Does the text of a TXT record begin so, letter case aside? */
static bool
place_starts(const struct dns_zone_rr *rr, struct span start)
{
	struct span text = { (const char *)rr->data + 1, rr->data[0] };

	return rr->type == DNS_TXT && rr->len > 0 &&
	    span_starts_nocase(text, start);
}

struct dns_place
dns_zone_place(const struct dns_zone *zone, const unsigned char *name,
    struct span start, size_t offset)
{
	struct dns_place place = { .file = NULL };
	const struct dns_zone_piece *p;
	struct dns_zone_hit hit;
	size_t n = 0;

	dns_zone_find(zone, name, &hit);
	while (hit.rr != NULL && !place_starts(hit.rr, start))
		hit.rr = hit.rr->next;
	if (hit.rr == NULL)
		return place;
	/* RFC 3597's form: no string of it stands anywhere. */
	if (hit.rr->npieces == 0)
		return (struct dns_place){ hit.rr->file, hit.rr->line,
		    hit.rr->column };
	while (n + 1 < hit.rr->npieces && hit.rr->pieces[n + 1].at <= offset)
		n++;
	p = &hit.rr->pieces[n];
	place.file = hit.rr->file;
	place.line = p->line;
	place.column = p->column + (offset - p->at);
	return place;
}

struct dns_place
dns_zone_place_mx(const struct dns_zone *zone, const unsigned char *name,
    const unsigned char *exchange)
{
	struct dns_zone_hit hit;

	dns_zone_find(zone, name, &hit);
	for (const struct dns_zone_rr *rr = hit.rr; rr != NULL; rr = rr->next)
		/* A preference of two octets, and the name. */
		if (rr->type == DNS_MX && rr->len > 2 && (exchange == NULL ||
		    dns_name_equal(rr->data + 2, exchange)))
			return (struct dns_place){ rr->file, rr->line,
			    rr->column };
	return (struct dns_place){ .file = NULL };
}

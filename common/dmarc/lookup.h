/* SPDX-License-Identifier: ISC */
/*
 * What the DNS says about a domain's DMARC, without a message: `--lookup`.
 */
#ifndef DMARC_LOOKUP_H
#define DMARC_LOOKUP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "dmarc/consent.h"
#include "dmarc/dmarc.h"
#include "dns/dns.h"

struct dmarc_destination {
	const struct dmarc_uri *uri;
	bool failure;		/* of ruf, not rua */
	enum dmarc_consent consent;
	bool outside;		/* see dmarc_consented */
};

struct dmarc_lookup {
	struct span domain;
	struct dmarc_walk walk;
	/* As if a message of this author with nothing to show had come. */
	struct dmarc_result result;
	size_t ndestinations;	/* rua, then ruf; none for a record that
				   does not apply */
	struct dmarc_destination *destinations;
};

/* Look; domain is a valid name, A-labels.  All lives in the arena. */
enum fault_kind dmarc_lookup(struct span domain, struct dns *dns,
    struct arena *a, struct dmarc_lookup *lookup, struct fault *f);

/* 0: a record applies; 4: it cannot be used; 6: none; 75: nobody knows. */
int dmarc_lookup_exit(const struct dmarc_lookup *lookup);

/* A few lines of text; the JSON object (NULL without memory). */
void dmarc_lookup_text(const struct dmarc_lookup *lookup, struct buf *b);
json_t *dmarc_lookup_json(const struct dmarc_lookup *lookup);

#endif

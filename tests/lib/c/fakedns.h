/* SPDX-License-Identifier: ISC */
/*
 * A struct dns for unit tests: a table of answers and a log of questions.
 *
 *	static const struct fake_rr zone[] = {
 *		{ "_dmarc.example.com", "v=DMARC1; p=none" },
 *		{ "www.example.com", FAKE_NODATA }, { NULL, NULL }
 *	};
 *
 * A name that is not in the table is NXDOMAIN.  All rows are TXT.
 */
#ifndef FAKEDNS_H
#define FAKEDNS_H

#include <string.h>

#include "base/buf.h"
#include "dns/dns.h"

#define FAKE_NODATA	"\001nodata"
#define FAKE_SERVFAIL	"\001servfail"
#define FAKE_DEADLINE	"\001deadline"

struct fake_rr {
	const char *name;
	const char *text;
};

struct fake {
	struct dns dns;
	const struct fake_rr *zone;
	struct buf log;		/* the names asked, a space after each */
};

static inline enum fault_kind
fake_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct fake *fake = dns->state;
	const struct fake_rr *rr;

	buf_addspan(&fake->log, q->name);
	buf_addc(&fake->log, ' ');
	*answer = (struct dns_answer){ .outcome = DNS_NXDOMAIN,
	    .canonical = q->name };
	answer->records = arena_array(a, 16, sizeof(*answer->records));
	if (answer->records == NULL)
		return fault_nomem(f);
	for (rr = fake->zone; rr->name != NULL; rr++) {
		if (!span_eq(q->name, span_of(rr->name)))
			continue;
		if (rr->text[0] != '\001') {
			answer->outcome = DNS_ANSWER;
			answer->records[answer->count].text =
			    span_of(rr->text);
			answer->records[answer->count++].strings = 1;
		} else if (strcmp(rr->text, FAKE_NODATA) == 0) {
			answer->outcome = DNS_NODATA;
		} else {
			answer->outcome = DNS_TEMPERROR;
			answer->why = strcmp(rr->text, FAKE_DEADLINE) == 0 ?
			    DNS_WHY_DEADLINE : DNS_WHY_SERVFAIL;
		}
	}
	return FAULT_NONE;
}

static inline void
fake_open(struct fake *fake, const struct fake_rr *zone)
{
	*fake = (struct fake){ .dns = { .query = fake_query,
	    .state = fake }, .zone = zone };
	buf_init(&fake->log, 1 << 20);
}

static inline void
fake_close(struct fake *fake)
{
	buf_free(&fake->log);
}

#endif

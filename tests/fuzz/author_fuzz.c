/* SPDX-License-Identifier: ISC */
/*
 * The From field of a whole header.  Whoever is taken for the author stands
 * there as one name, and what has two From fields has none.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "dns/domain.h"
#include "mail/author.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

static void
author_ok(const struct author *author)
{
	need((author->reason == REASON_NONE) == (author->domain.p != NULL));
	need(author->reason != REASON_NONE || author->ndomains == 1);
	need(author->reason != REASON_MULTIPLE_AUTHOR_DOMAINS ||
	    author->ndomains > 1);
	need(author->ndomains <= BOUND_MAILBOXES);
	for (size_t i = 0; i < author->ndomains; i++) {
		struct span d = author->domains[i];

		/* A name that can be asked for: lower case, two labels. */
		need(domain_is_ldhu(d) && domain_labels(d) >= 2);
		for (size_t k = 0; k < d.len; k++)
			need(ascii_lower(d.p[k]) == d.p[k]);
		for (size_t k = 0; k < i; k++)
			need(!span_eq(d, author->domains[k]));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct message m = { 0 };
	struct author author;
	struct fault f = { 0 };
	struct arena a;

	if (size > 65536)
		return 0;
	arena_init(&a, BOUND_MESSAGE_ARENA);
	need(author_from_value(in, &a, &author, &f) == FAULT_NONE);
	author_ok(&author);
	need(message_index(&m, in, EOL_LF, &a, &f) == FAULT_NONE);
	need(author_read(&m, &a, &author, &f) == FAULT_NONE);
	author_ok(&author);
	if (m.defect != MESSAGE_OK)
		need(author.domain.p == NULL);
	else if (message_count(&m, "From") != 1)
		need(author.reason == REASON_MULTIPLE_FROM_FIELDS ||
		    author.reason == REASON_NO_AUTHOR_DOMAIN);
	arena_free(&a);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Who a message says it is from: the Author Domain of DMARC (RFC 9989 3.2.2,
 * 5.3.1).  The same reading serves DKIM, so that no two tools see two
 * different authors.
 */
#ifndef AUTHOR_H
#define AUTHOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "mail/address.h"
#include "mail/message.h"
#include "mail/verdict.h"

struct author {
	/*
	 * REASON_NONE: there is exactly one Author Domain.  Else one of
	 * MALFORMED, MULTIPLE_FROM_FIELDS, NO_AUTHOR_DOMAIN, MALFORMED_FROM,
	 * ENCODED_WORD_AS_MAILBOX, DOMAIN_INVALID, MULTIPLE_AUTHOR_DOMAINS:
	 * what cannot be taken is permerror, never none.
	 */
	enum reason reason;
	/*
	 * For DKIM: there is exactly one From field and it parses as an
	 * address list (an empty group too).  Says nothing of the domains.
	 */
	bool parsed;
	struct span domain;	/* A-labels, lower case; p NULL with a reason */
	/*
	 * All different domains, in order, A-labels, lower case: one with
	 * REASON_NONE, two or more with MULTIPLE_AUTHOR_DOMAINS (for
	 * --multi-author=strictest), else none.
	 */
	size_t ndomains;
	struct span *domains;
	struct address_list list;	/* the mailboxes, as far as parsed */
};

/* The author of a message; lives in the arena. */
enum fault_kind author_read(const struct message *m, struct arena *a,
    struct author *author, struct fault *f);

/* The same from the value of a single From field in a good header. */
enum fault_kind author_from_value(struct span value, struct arena *a,
    struct author *author, struct fault *f);

#endif

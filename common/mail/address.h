/* SPDX-License-Identifier: ISC */
/*
 * Address lists of RFC 5322 (obsolete syntax included), groups in From (RFC
 * 6854), UTF-8 (RFC 6532).  One pass, no recursion; what is left over is an
 * error.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

struct mailbox {
	struct span local;	/* unquoted, no comments, no white space */
	struct span domain;	/* no comments, no white space; a literal has
				   its brackets; bytes not checked further */
	struct span display;	/* unquoted, words with one space between;
				   encoded-words as they stand; may be empty */
	bool literal;		/* the domain is a [domain-literal] */
	bool in_group;
};

/* Why a list is none.  The zero value is not a good one. */
enum address_status {
	ADDRESS_SYNTAX = 0,
	ADDRESS_OK,
	ADDRESS_NOTHING,	/* neither a mailbox nor a group */
	ADDRESS_ENCODED_WORD,	/* one stands where an address belongs */
	ADDRESS_DOMAIN,		/* a byte that no domain has inside of one */
	ADDRESS_TOO_DEEP,	/* comments over BOUND_COMMENT_DEPTH */
	ADDRESS_TOO_MANY	/* over BOUND_MAILBOXES */
};

struct address_list {
	enum address_status status;
	size_t groups;		/* empty ones too */
	size_t count;		/* on an error: those before it */
	struct mailbox *mailboxes;
};

/*
 * Read the value of a From, To, Cc ... field (folded or not).  What is no
 * list is a status, not a fault; the list lives in the arena.
 */
enum fault_kind address_list_parse(struct span value, struct arena *a,
    struct address_list *list, struct fault *f);

#endif

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dns/domain.h"
#include "dns/idna.h"
#include "mail/author.h"

static enum reason
list_reason(enum address_status status)
{
	switch (status) {
	case ADDRESS_OK:
		return REASON_NONE;
	case ADDRESS_NOTHING:
		return REASON_NO_AUTHOR_DOMAIN;
	case ADDRESS_ENCODED_WORD:
		return REASON_ENCODED_WORD_AS_MAILBOX;
	case ADDRESS_DOMAIN:
		return REASON_DOMAIN_INVALID;
	case ADDRESS_SYNTAX:
	case ADDRESS_TOO_DEEP:
	case ADDRESS_TOO_MANY:
		return REASON_MALFORMED_FROM;
	}
	return REASON_MALFORMED_FROM;
}

/* Only digits: no top-level domain, but the end of an IPv4 address. */
static bool
is_number(struct span label)
{
	for (size_t i = 0; i < label.len; i++)
		if (!ascii_is_digit(label.p[i]))
			return false;
	return true;
}

/* The A-labels of a mailbox's domain; p NULL if it can have no author. */
static enum fault_kind
mailbox_domain(const struct mailbox *m, struct arena *a, struct span *out,
    struct fault *f)
{
	enum fault_kind kind;

	*out = (struct span){ NULL, 0 };
	if (m->literal)
		return FAULT_NONE;
	kind = idna_to_ascii(m->domain, a, out, f);
	if (kind != FAULT_NONE || out->p == NULL)
		return kind;
	if (!domain_is_host(*out) || domain_labels(*out) < 2 ||
	    is_number(domain_tail(*out, 1)))
		*out = (struct span){ NULL, 0 };
	return FAULT_NONE;
}

/* Put a domain to those found unless it is one of them. */
static void
add_domain(struct author *author, struct span domain)
{
	for (size_t i = 0; i < author->ndomains; i++)
		if (span_eq(author->domains[i], domain))
			return;
	author->domains[author->ndomains++] = domain;
}

static void
refuse(struct author *author, enum reason reason)
{
	author->reason = reason;
	author->ndomains = 0;
}

enum fault_kind
author_from_value(struct span value, struct arena *a, struct author *author,
    struct fault *f)
{
	const struct address_list *list = &author->list;
	enum fault_kind kind;
	struct span domain;

	*author = (struct author){ .reason = REASON_MALFORMED_FROM };
	kind = address_list_parse(value, a, &author->list, f);
	if (kind != FAULT_NONE)
		return kind;
	author->reason = list_reason(list->status);
	author->parsed = list->status == ADDRESS_OK;
	if (!author->parsed)
		return FAULT_NONE;
	author->domains = arena_array(a, list->count, sizeof(domain));
	if (author->domains == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < list->count; i++) {
		kind = mailbox_domain(&list->mailboxes[i], a, &domain, f);
		if (kind != FAULT_NONE)
			return kind;
		if (domain.p == NULL) {
			refuse(author, REASON_DOMAIN_INVALID);
			return FAULT_NONE;
		}
		add_domain(author, domain);
	}
	if (author->ndomains == 0)
		author->reason = REASON_NO_AUTHOR_DOMAIN;
	else if (author->ndomains > 1)
		author->reason = REASON_MULTIPLE_AUTHOR_DOMAINS;
	else
		author->domain = author->domains[0];
	return FAULT_NONE;
}

/* A name folded before its colon: more than the obsolete syntax allows. */
static bool
is_folded_name(const struct field *field)
{
	const char *p = field->name.p + field->name.len;

	return memchr(p, '\n', (size_t)(field->value.p - p)) != NULL;
}

enum fault_kind
author_read(const struct message *m, struct arena *a, struct author *author,
    struct fault *f)
{
	const struct field *from = message_field(m, "From");
	enum fault_kind kind;

	*author = (struct author){ .reason = REASON_NO_AUTHOR_DOMAIN };
	/* Counted before anything else. */
	if (message_count(m, "From") > 1) {
		author->reason = REASON_MULTIPLE_FROM_FIELDS;
		return FAULT_NONE;
	}
	if (m->defect != MESSAGE_OK && (from == NULL ||
	    m->defect != MESSAGE_NUL)) {
		author->reason = REASON_MALFORMED;
		return FAULT_NONE;
	}
	if (from == NULL || is_folded_name(from))
		return FAULT_NONE;
	kind = author_from_value(from->value, a, author, f);
	if (kind != FAULT_NONE || m->defect == MESSAGE_OK)
		return kind;
	/* A NUL in the header: in the domain it has a reason of its own. */
	author->parsed = false;
	refuse(author, author->reason == REASON_DOMAIN_INVALID ?
	    REASON_DOMAIN_INVALID : REASON_MALFORMED);
	author->domain = (struct span){ NULL, 0 };
	return FAULT_NONE;
}

/* SPDX-License-Identifier: ISC */
/* What came back of reports (RFC 3464, and whatever else MTAs write). */
#include "report/make.h"
#include "report/send.h"

#define DAY INT64_C(86400)
#define FIRST_DAYS 30
#define MOST_DAYS 365
#define ID_HEX 32
/* Ids looked up of one bounce: the report's stands in a few fields. */
#define IDS_TRIED 64
#define RECIPIENTS 64

/* The address of "Final-Recipient: rfc822; a@b" or "Original-...". */
static struct span
recipient_of(struct span line)
{
	struct span name, value, type, address;

	if (!span_cut(line, ':', &name, &value) ||
	    (!span_eq_nocase(name, SPAN("Final-Recipient")) &&
	    !span_eq_nocase(name, SPAN("Original-Recipient"))) ||
	    !span_cut(value, ';', &type, &address))
		return (struct span){ NULL, 0 };
	address = span_trim_fws(address);
	if (address.len >= 2 && address.p[0] == '<')
		address = span_sub(address, 1, address.len - 2);
	return report_address_good(address) ? address :
	    (struct span){ NULL, 0 };
}

static size_t
recipients(struct span message, struct span *list)
{
	struct span line, address;
	size_t n = 0;

	while (message.len > 0 && n < RECIPIENTS) {
		(void)span_cut(message, '\n', &line, &message);
		address = recipient_of(span_trim_fws(line));
		if (address.p != NULL)
			list[n++] = address;
	}
	return n;
}

static bool
is_hex(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* The next run of exactly 32 hexadecimal digits from *at on. */
static bool
next_id(struct span message, size_t *at, struct span *id)
{
	while (*at < message.len) {
		size_t start = *at;

		while (*at < message.len && is_hex(message.p[*at]))
			++*at;
		*id = span_sub(message, start, *at - start);
		if (id->len == ID_HEX)
			return true;
		if (*at == start)
			++*at;
	}
	return false;
}

/* Whose report is it that comes back? */
static enum fault_kind
find_address(struct report_store *s, struct span message, struct arena *a,
    struct span *address, struct fault *f)
{
	struct span list[RECIPIENTS], id;
	size_t n = recipients(message, list), at = 0;

	*address = (struct span){ NULL, 0 };
	for (int tried = 0; tried < IDS_TRIED && address->p == NULL &&
	    next_id(message, &at, &id); tried++) {
		if (n == 0 && report_store_was_sent(s, id, (struct span){
		    NULL, 0 }, a, address, f) != FAULT_NONE)
			return f->kind;
		for (size_t i = 0; i < n && address->p == NULL; i++)
			if (report_store_was_sent(s, id, list[i], a, address,
			    f) != FAULT_NONE)
				return f->kind;
	}
	return FAULT_NONE;
}

enum fault_kind
report_bounced(struct report_store *s, struct span message, int64_t now,
    struct arena *a, struct span *address, struct fault *f)
{
	struct span name;
	int64_t days;
	bool already;

	if (find_address(s, message, a, address, f) != FAULT_NONE ||
	    address->p == NULL)
		return f->kind;
	name = arena_lower(a, *address);
	if (name.p == NULL)
		return fault_nomem(f);
	*address = name;
	if (report_store_begin(s, true, f) != FAULT_NONE)
		return f->kind;
	/* A second bounce of the same batch of mails is no second time. */
	if (report_store_is_suppressed(s, name, now, &already, f) ==
	    FAULT_NONE && !already &&
	    report_store_suppressed_days(s, name, &days, f) == FAULT_NONE) {
		days = days == 0 ? FIRST_DAYS : days * 2 > MOST_DAYS ?
		    MOST_DAYS : days * 2;
		(void)report_store_suppress(s, name, now + days * DAY, days,
		    SPAN("bounced"), f);
	}
	if (f->kind == FAULT_NONE)
		(void)report_store_commit(s, f);
	report_store_rollback(s);
	return f->kind;
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "dns/domain.h"
#include "mail/authres.h"
#include "pipe/claim.h"

#define CLAIM_NAME SPAN("Authentication-Results")

/* Does some reader strip it from a name?  Line ends and folding it does not:
 * they part one line from the next. */
static bool
claim_is_stripped(char ch)
{
	unsigned char u = (unsigned char)ch;

	return (u < ' ' && ch != '\t' && ch != '\r' && ch != '\n') ||
	    u >= 0x7f;
}

size_t
claim_lead(struct span line)
{
	size_t n = 0;

	if (line.len == 0 || !claim_is_stripped(line.p[0]))
		return 0;
	while (n < line.len && (claim_is_stripped(line.p[n]) ||
	    ascii_is_wsp(line.p[n])))
		n++;
	return n;
}

/* The name without what readers strip from both its ends. */
static struct span
claim_name(struct span name)
{
	name = span_sub(name, claim_lead(name), name.len);
	while (name.len > 0 && ((unsigned char)name.p[name.len - 1] <= ' ' ||
	    claim_is_stripped(name.p[name.len - 1])))
		name.len--;
	return name;
}

/* Is it ours: equal, or beginning with ours and then no more of a name? */
static bool
claim_is_id(struct span id, struct span ours)
{
	char next;

	if (ours.len == 0 || !span_starts_nocase(id, domain_undot(ours)))
		return false;
	id = span_sub(id, domain_undot(ours).len, id.len);
	if (id.len == 0 || span_eq(id, SPAN(".")))
		return true;
	next = id.p[0];
	return !ascii_is_alnum(next) && next != '.' && next != '-' &&
	    next != '_' && (unsigned char)next < 0x80;
}

/* The i-th of our ids; p NULL after the last. */
static struct span
claim_id(const struct claim_ids *ids, size_t i)
{
	if (i == 0)
		return ids->id;
	return i <= ids->nstrip ? ids->strip[i - 1] :
	    (struct span){ NULL, 0 };
}

static bool
claim_is_any(const struct claim_ids *ids, struct span id)
{
	for (size_t i = 0; i <= ids->nstrip; i++)
		if (claim_is_id(id, claim_id(ids, i)))
			return true;
	return false;
}

/* May id, cut off by a bare CR or the end, be the start of one of our ids? */
static bool
claim_is_piece(const struct claim_ids *ids, struct span id)
{
	for (size_t i = 0; i <= ids->nstrip; i++)
		if (span_starts_nocase(claim_id(ids, i), id))
			return true;
	return false;
}

/* Does one of our ids stand anywhere in text? */
static bool
claim_is_within(const struct claim_ids *ids, struct span text)
{
	struct span ours;

	for (size_t i = 0; i <= ids->nstrip; i++) {
		ours = domain_undot(claim_id(ids, i));
		for (size_t at = 0; ours.len > 0 && at + ours.len <= text.len;
		    at++)
			if (span_starts_nocase(span_sub(text, at, text.len),
			    ours))
				return true;
	}
	return false;
}

/* Does a line end here that ends in a bare CR? */
static bool
claim_is_bare(struct span s)
{
	return (s.len > 0 && s.p[s.len - 1] == '\r') ||
	    (s.len > 2 && memcmp(s.p + s.len - 3, "\r\r\n", 3) == 0);
}

/*
 * The head of a value, up to the first `;` outside of quotes and comments,
 * without its comments: onto p.  False if a comment or quoted-string has no
 * end, if a byte is no printable ASCII or folding, or if an RFC 2047 word, a
 * backslash or an id of our own in a comment makes it mean more than it seems.
 */
static bool
claim_head(const struct claim_ids *ids, struct span value, char *p,
    struct span *head)
{
	size_t depth = 0, n = 0, begin = 0;
	bool quoted = false;

	for (size_t i = 0; i < value.len; i++) {
		char ch = value.p[i];

		if (claim_is_stripped(ch) || ch == '\\' || (ch == '=' &&
		    i + 1 < value.len && value.p[i + 1] == '?'))
			return false;
		if (ch == '"' && depth == 0)
			quoted = !quoted;
		if (!quoted && ch == '(' && depth++ == 0)
			begin = i;
		if (!quoted && depth == 0 && ch == ';')
			break;
		if (depth == 0)
			p[n++] = ascii_is_fws(ch) ? ' ' : ch;
		if (!quoted && depth > 0 && ch == ')' && --depth == 0) {
			if (claim_is_within(ids, span_sub(value, begin,
			    i + 1)))
				return false;
			p[n++] = ' ';
		}
	}
	*head = span_trim_fws((struct span){ p, n });
	return depth == 0 && !quoted;
}

static bool
claim_is_label(char ch)
{
	return ascii_is_alnum(ch) || ch == '-' || ch == '_';
}

/* Is the head an id in its plain form, and after it at most a version? */
static bool
claim_is_plain_id(struct span head)
{
	struct cursor c = cursor_of(head);
	bool quoted = cursor_take(&c, '"');

	do {
		if (cursor_while(&c, claim_is_label).len == 0)
			return false;
	} while (cursor_take(&c, '.') && claim_is_label(cursor_peek(&c)));
	if (quoted && !cursor_take(&c, '"'))
		return false;
	if (cursor_done(&c))
		return true;
	return cursor_while(&c, ascii_is_wsp).len > 0 &&
	    cursor_while(&c, ascii_is_digit).len > 0 && cursor_done(&c);
}

/* Is the head no id at all but the first result, as one large provider writes
 * it (`spf=pass (...) smtp.mailfrom=d; d; dkim=...`)? */
static bool
claim_is_result(struct span head)
{
	struct cursor c = cursor_of(head);

	return cursor_while(&c, claim_is_label).len > 0 &&
	    cursor_take(&c, '=') &&
	    cursor_while(&c, claim_is_label).len > 0 &&
	    (cursor_done(&c) || cursor_peek(&c) == ' ') &&
	    span_find(head, '"') == head.len;
}

/* Is it plain that the value begins with the id of somebody else, or with none
 * and holds none of our ids? */
static bool
claim_is_others(const struct claim_ids *ids, struct span value, char *room)
{
	struct span head;

	if (!claim_head(ids, value, room, &head))
		return false;
	return claim_is_plain_id(head) || (claim_is_result(head) &&
	    !claim_is_within(ids, value));
}

/* Must a value be judged as one with our id?  What cannot be decided, since
 * the rest is not here, counts as ours. */
static bool
claim_value_is_ours(const struct claim_ids *ids, struct span value,
    bool whole, char *room)
{
	bool bare_cr = claim_is_bare(value);
	struct span id;

	if (!authres_id(value, &id, room) || claim_is_any(ids, id) ||
	    (bare_cr && claim_is_piece(ids, id)))
		return true;
	return !claim_is_others(ids, value, room) ||
	    (!whole && span_find(value, ';') == value.len);
}

struct span
claim_value(struct span field)
{
	struct span value = span_sub(field, span_find(field, ':') + 1,
	    field.len);

	if (value.len > 0 && value.p[value.len - 1] == '\n')
		value.len--;
	if (value.len > 0 && value.p[value.len - 1] == '\r')
		value.len--;
	return value;
}

bool
claim_is_ours(const struct claim_ids *ids, struct span field, bool whole,
    char *room)
{
	struct span name, value;

	if (span_cut(field, ':', &name, &value))
		return span_eq_nocase(claim_name(name), CLAIM_NAME) &&
		    claim_value_is_ours(ids, value, whole, room);
	/* A name whose end is not here, or after a bare CR, is undecided. */
	name = claim_name(field);
	return (!whole || claim_is_bare(field)) &&
	    (name.len == 0 || span_eq_nocase(name, CLAIM_NAME));
}

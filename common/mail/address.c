/* SPDX-License-Identifier: ISC */
/*
 * One pass: words are collected until the byte after them says what they
 * were, a local part ('@'), a display name ('<') or a group's name (':').
 */
#include <string.h>

#include "base/bounds.h"
#include "mail/address.h"

/* Room for text taken out of the value, which is never longer than it. */
struct text {
	char *p;
	size_t len;
	size_t cap;
};

struct reader {
	struct cursor c;
	struct arena *arena;
	struct address_list *list;
	size_t room;		/* of list->mailboxes */
	bool in_group;
	bool nomem;
	struct text kept;	/* what the list's spans point at */
	struct text display;	/* the words being read: with spaces, */
	struct text local;	/* and without */
};

/* Words in a row, and what they could be. */
struct words {
	size_t count;		/* words and dots */
	bool dotted;		/* word *("." word): a local part */
	bool last_dot;
	bool first_dot;		/* no phrase: that starts with a word */
	const char *encoded;	/* the first atom that starts like an
				   encoded-word, or NULL */
	struct span display;	/* both live until the next words are read */
	struct span local;
};

static bool
fail(struct reader *r, enum address_status status)
{
	r->list->status = status;
	return false;
}

static void
put(struct text *t, char c)
{
	if (t->len < t->cap)
		t->p[t->len++] = c;
}

static void
put_span(struct text *t, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		put(t, s.p[i]);
}

/* What was put since it held `from` bytes. */
static struct span
text_from(const struct text *t, size_t from)
{
	return (struct span){ t->p + from, t->len - from };
}

static bool
is_atext(char c)
{
	if (ascii_is_alnum(c) || (unsigned char)c >= 0x80)
		return true;
	return c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL;
}

/* A byte that belongs to a domain's text, though no domain has it. */
static bool
is_domain_junk(char c)
{
	return c == '[' || c == ']' || c == '\\' || c == 0x7f ||
	    ((unsigned char)c < ' ' && !ascii_is_fws(c));
}

/* Past one comment; the depth is counted, so nothing can overflow. */
static bool
skip_comment(struct reader *r)
{
	size_t depth = 0;

	do {
		switch (cursor_next(&r->c)) {
		case '(':
			if (++depth > BOUND_COMMENT_DEPTH)
				return fail(r, ADDRESS_TOO_DEEP);
			break;
		case ')':
			depth--;
			break;
		case '\\':
			(void)cursor_next(&r->c);
			break;
		}
		if (r->c.bad)
			return fail(r, ADDRESS_SYNTAX);
	} while (depth > 0);
	return true;
}

/* Past a line end that is a fold: white space must follow. */
static bool
skip_fold(struct reader *r)
{
	struct cursor c = r->c;

	(void)cursor_take(&c, '\r');
	if (!cursor_take(&c, '\n') || !ascii_is_wsp(cursor_peek(&c)))
		return false;
	r->c = c;
	return true;
}

static bool
skip_cfws(struct reader *r)
{
	for (;;) {
		char c = cursor_peek(&r->c);

		if (ascii_is_wsp(c))
			r->c.p++;
		else if (c == '(') {
			if (!skip_comment(r))
				return false;
		} else if ((c != '\r' && c != '\n') || !skip_fold(r))
			return true;
	}
}

/* Are the bytes from p to end an encoded-word, whatever stands in it? */
static bool
is_encoded(const char *p, const char *end)
{
	const char *q;

	if (p == NULL || end - p < 8 || p[0] != '=' || p[1] != '?')
		return false;
	q = memchr(p + 2, '?', (size_t)(end - p - 2));
	if (q == NULL || q == p + 2 || end - q < 5 || q[2] != '?' ||
	    strchr("BbQq", q[1]) == NULL)
		return false;
	q += 3;
	return memmem(q, (size_t)(end - q), "?=", 2) != NULL;
}

/* Take in a quoted-string without its quotes; false if it has no end. */
static bool
read_quoted(struct reader *r)
{
	char c;

	(void)cursor_next(&r->c);
	for (;;) {
		c = cursor_next(&r->c);
		if (c == '"' && !r->c.bad)
			return true;
		if (c == '\\')
			c = cursor_next(&r->c);
		else if (c == '\r' || c == '\n')
			continue;	/* unfold */
		if (r->c.bad)
			return fail(r, ADDRESS_SYNTAX);
		put(&r->display, c);
		put(&r->local, c);
	}
}

/* One word into both texts. */
static bool
read_word(struct reader *r, struct words *w, bool space)
{
	struct span atom;

	if (w->count > 0 && !w->last_dot)
		w->dotted = false;
	if (w->count > 0 && (space || !w->last_dot))
		put(&r->display, ' ');
	w->last_dot = false;
	w->count++;
	if (cursor_peek(&r->c) == '"')
		return read_quoted(r);
	atom = cursor_while(&r->c, is_atext);
	if (w->encoded == NULL && span_starts(atom, SPAN("=?")))
		w->encoded = atom.p;
	put_span(&r->display, atom);
	put_span(&r->local, atom);
	return true;
}

static void
read_dot(struct reader *r, struct words *w, bool space)
{
	if (w->count == 0)
		w->first_dot = true;
	if (w->count == 0 || w->last_dot)
		w->dotted = false;
	if (w->count > 0 && space)
		put(&r->display, ' ');
	put(&r->display, '.');
	put(&r->local, '.');
	w->last_dot = true;
	w->count++;
	r->c.p++;
}

/* All words up to the byte that says what they are. */
static bool
read_words(struct reader *r, struct words *w)
{
	const char *before;
	bool space;
	char c;

	*w = (struct words){ .dotted = true };
	r->display.len = r->local.len = 0;
	for (;;) {
		before = r->c.p;
		if (!skip_cfws(r))
			return false;
		space = r->c.p != before;
		c = cursor_peek(&r->c);
		if (c == '.')
			read_dot(r, w, space);
		else if (c == '"' || is_atext(c)) {
			if (!read_word(r, w, space))
				return false;
		} else
			break;
	}
	w->display = text_from(&r->display, 0);
	w->local = text_from(&r->local, 0);
	return true;
}

/* A domain-literal, white space left out. */
static bool
read_literal(struct reader *r, struct span *domain)
{
	size_t start = r->kept.len;
	char c;

	do {
		c = cursor_next(&r->c);
		if (r->c.bad || (c == '[' && r->kept.len != start))
			return fail(r, ADDRESS_SYNTAX);
		if (ascii_is_fws(c))
			continue;
		if (!ascii_is_print(c) || c == '\\')
			return fail(r, ADDRESS_DOMAIN);
		put(&r->kept, c);
	} while (c != ']');
	*domain = text_from(&r->kept, start);
	return true;
}

/* Atoms between dots; comments and white space may stand around each. */
static bool
read_dotted(struct reader *r, struct span *domain)
{
	size_t start = r->kept.len;
	struct span atom;

	for (;;) {
		if (!skip_cfws(r))
			return false;
		atom = cursor_while(&r->c, is_atext);
		if (!cursor_done(&r->c) && is_domain_junk(cursor_peek(&r->c)))
			return fail(r, ADDRESS_DOMAIN);
		if (atom.len == 0)
			return fail(r, ADDRESS_SYNTAX);
		put_span(&r->kept, atom);
		if (!skip_cfws(r))
			return false;
		if (!cursor_take(&r->c, '.'))
			break;
		put(&r->kept, '.');
	}
	*domain = text_from(&r->kept, start);
	return true;
}

static bool
read_domain(struct reader *r, struct span *domain, bool *literal)
{
	if (!skip_cfws(r))
		return false;
	*literal = cursor_peek(&r->c) == '[';
	if (!*literal)
		return read_dotted(r, domain);
	if (!read_literal(r, domain) || !skip_cfws(r))
		return false;
	/* "[192.0.2.1].example", "[a][b]" */
	if (!cursor_done(&r->c) && (is_domain_junk(cursor_peek(&r->c)) ||
	    is_atext(cursor_peek(&r->c)) || cursor_peek(&r->c) == '.'))
		return fail(r, ADDRESS_DOMAIN);
	return true;
}

static bool
add_mailbox(struct reader *r, const struct mailbox *m)
{
	struct address_list *list = r->list;
	struct mailbox *more;
	size_t room;

	if (list->count == BOUND_MAILBOXES)
		return fail(r, ADDRESS_TOO_MANY);
	if (list->count == r->room) {
		room = r->room == 0 ? 4 : r->room * 4;
		more = arena_array(r->arena, room, sizeof(*more));
		if (more == NULL) {
			r->nomem = true;
			return fail(r, ADDRESS_SYNTAX);
		}
		if (list->count > 0)
			memcpy(more, list->mailboxes,
			    list->count * sizeof(*more));
		list->mailboxes = more;
		r->room = room;
	}
	list->mailboxes[list->count++] = *m;
	return true;
}

/* A copy that lives as long as the list. */
static struct span
keep(struct reader *r, struct span text)
{
	size_t start = r->kept.len;

	put_span(&r->kept, text);
	return text_from(&r->kept, start);
}

/* The words were a local part: '@' and the domain follow. */
static bool
read_addr_spec(struct reader *r, const struct words *w, struct mailbox *m)
{
	if (!w->dotted || w->last_dot || w->count == 0)
		return fail(r, ADDRESS_SYNTAX);
	r->c.p++;
	m->local = keep(r, w->local);
	m->in_group = r->in_group;
	if (!read_domain(r, &m->domain, &m->literal))
		return false;
	if (is_encoded(w->encoded, r->c.p))
		return fail(r, ADDRESS_ENCODED_WORD);
	return true;
}

/* "@a,@b:" of the obsolete syntax, dropped. */
static bool
skip_route(struct reader *r)
{
	struct span domain;
	bool literal, any = false;
	size_t start = r->kept.len;

	for (;;) {
		if (!skip_cfws(r))
			return false;
		if (cursor_take(&r->c, ','))
			continue;
		if (!cursor_take(&r->c, '@'))
			break;
		if (!read_domain(r, &domain, &literal))
			return false;
		r->kept.len = start;
		any = true;
	}
	if (!any || !cursor_take(&r->c, ':'))
		return fail(r, ADDRESS_SYNTAX);
	return true;
}

/* No address where one belongs: say whether an encoded-word stands there. */
static bool
no_address(struct reader *r, const struct words *w)
{
	return fail(r, is_encoded(w->encoded, r->c.p) ?
	    ADDRESS_ENCODED_WORD : ADDRESS_SYNTAX);
}

/* The words were a display name: "<" [route] addr-spec ">" follows. */
static bool
read_angle(struct reader *r, const struct words *name, struct mailbox *m)
{
	struct words w;
	char c;

	r->c.p++;
	m->display = keep(r, name->display);
	if (!skip_cfws(r))
		return false;
	c = cursor_peek(&r->c);
	if ((c == '@' || c == ',') && !skip_route(r))
		return false;
	if (!read_words(r, &w))
		return false;
	if (cursor_peek(&r->c) != '@')
		return no_address(r, &w);
	if (!read_addr_spec(r, &w, m))
		return false;
	if (!cursor_take(&r->c, '>'))
		return fail(r, ADDRESS_SYNTAX);
	return true;
}

/* One mailbox, or the start of a group (*group). */
static bool
read_element(struct reader *r, bool *group)
{
	struct mailbox m = { .literal = false };
	struct words w;

	*group = false;
	if (!read_words(r, &w))
		return false;
	switch (cursor_peek(&r->c)) {
	case '@':
		return read_addr_spec(r, &w, &m) && add_mailbox(r, &m);
	case '<':
		if (w.first_dot)
			break;
		return read_angle(r, &w, &m) && add_mailbox(r, &m);
	case ':':
		if (r->in_group || w.count == 0 || w.first_dot)
			break;
		r->c.p++;
		r->in_group = *group = true;
		r->list->groups++;
		return true;
	}
	return no_address(r, &w);
}

/* Elements between commas; empty ones are the obsolete syntax. */
static bool
read_list(struct reader *r)
{
	bool group, fresh = true;

	for (;;) {
		if (!skip_cfws(r))
			return false;
		if (cursor_done(&r->c))
			break;
		if (cursor_take(&r->c, ',')) {
			fresh = true;
		} else if (r->in_group && cursor_take(&r->c, ';')) {
			r->in_group = false;
			fresh = false;
		} else if (!fresh) {
			return fail(r, ADDRESS_SYNTAX);
		} else {
			if (!read_element(r, &group))
				return false;
			fresh = group;
		}
	}
	if (r->in_group)
		return fail(r, ADDRESS_SYNTAX);
	if (r->list->count == 0 && r->list->groups == 0)
		return fail(r, ADDRESS_NOTHING);
	r->list->status = ADDRESS_OK;
	return true;
}

static bool
make_text(struct arena *a, struct text *t, size_t cap)
{
	t->p = arena_alloc(a, cap);
	t->cap = cap;
	return t->p != NULL;
}

enum fault_kind
address_list_parse(struct span value, struct arena *a,
    struct address_list *list, struct fault *f)
{
	struct reader r = { .arena = a, .list = list };
	struct arena scratch;

	*list = (struct address_list){ .status = ADDRESS_SYNTAX };
	arena_init(&scratch, BOUND_MESSAGE_ARENA);
	r.c = cursor_of(value);
	if (make_text(a, &r.kept, value.len) &&
	    make_text(&scratch, &r.display, value.len) &&
	    make_text(&scratch, &r.local, value.len))
		(void)read_list(&r);
	else
		r.nomem = true;
	arena_free(&scratch);
	return r.nomem ? fault_nomem(f) : FAULT_NONE;
}

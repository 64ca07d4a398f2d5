/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/b64.h"
#include "base/bounds.h"
#include "dkim/body.h"
#include "dkim/dkim.h"
#include "dkim/judge.h"
#include "dkim/select.h"
#include "dkim/sign.h"
#include "dns/domain.h"
#include "mail/author.h"

/* One field: 1,000 names, z= of a large header. */
#define FIELD_MAX ((size_t)8 * 1024 * 1024)
#define FOLD_WIDTH 78

struct dkim_sign {
	const struct message *m;
	struct dkim_sign_options options;
	int64_t until;		/* x= is no later; 0: no such bound */
	struct arena *arena;
	struct select_index index;
	size_t nnames;
	struct span *names;	/* h=, in order */
	struct dkim_body body;
	struct body_hash *hash;
};

/*
 * RFC 6376 5.4.1, and what else a reader's program believes in.  A name that
 * ends in "-" means all that start so.
 */
static const char *const default_headers[] = { "from", "reply-to", "subject",
    "date", "to", "cc", "sender", "message-id", "in-reply-to", "references",
    "mime-version", "resent-date", "resent-from", "resent-to", "resent-cc",
    "content-", "list-" };
static const char *const default_oversign[] = { "from", "to", "cc",
    "subject", "date", "reply-to" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How often a name stands in a list. */
static size_t
times_in(struct span name, const struct span *list, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += span_eq_nocase(name, list[i]);
	return n;
}

/* How often a name is to be listed beyond the fields that are there. */
static size_t
oversigned(const struct dkim_sign_options *o, struct span name)
{
	if (o->oversign != NULL)
		return times_in(name, o->oversign, o->noversign);
	for (size_t i = 0; i < COUNT(default_oversign); i++)
		if (span_eq_nocase(name, span_of(default_oversign[i])))
			return 1;
	return 0;
}

static bool
name_ok(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' ||
		    name.p[i] == ':' || name.p[i] == ';')
			return false;
	return name.len > 0 && !span_eq_nocase(name, SPAN("DKIM-Signature"));
}

enum fault_kind
dkim_sign_check(const struct dkim_sign_options *o, struct fault *f)
{
	for (size_t i = 0; o->headers != NULL && i < o->nheaders; i++)
		if (!name_ok(o->headers[i]))
			return fault_set(f, FAULT_USAGE,
			    "\"%.*s\" is no field that can be signed",
			    SPAN_ARG(span_sub(o->headers[i], 0, 80)));
	for (size_t i = 0; o->oversign != NULL && i < o->noversign; i++)
		if (!name_ok(o->oversign[i]))
			return fault_set(f, FAULT_USAGE,
			    "\"%.*s\" is no field that can be signed",
			    SPAN_ARG(span_sub(o->oversign[i], 0, 80)));
	if (o->headers != NULL &&
	    times_in(SPAN("from"), o->headers, o->nheaders) == 0)
		return fault_set(f, FAULT_USAGE, "From must be signed");
	return FAULT_NONE;
}

/*
 * List a name as often as it stands, and as often more as it is oversigned;
 * at least as often as the user wrote it.
 */
static enum fault_kind
list_name(struct dkim_sign *s, struct span name, struct fault *f)
{
	const struct dkim_sign_options *o = &s->options;
	size_t first, count = select_find(&s->index, name, &first), written;

	if (times_in(name, s->names, s->nnames) > 0)
		return FAULT_NONE;
	count += oversigned(o, name);
	written = o->headers == NULL ? 0 :
	    times_in(name, o->headers, o->nheaders);
	if (count < written)
		count = written;
	if (count > BOUND_DKIM_HEADERS - s->nnames)
		return fault_set(f, FAULT_DATA,
		    "over %d fields would have to be signed",
		    BOUND_DKIM_HEADERS);
	if (count == 0)
		return FAULT_NONE;
	name = arena_lower(s->arena, name);
	if (name.p == NULL)
		return fault_nomem(f);
	while (count-- > 0)
		s->names[s->nnames++] = name;
	return FAULT_NONE;
}

/* List all names in the message that start so. */
static enum fault_kind
list_prefix(struct dkim_sign *s, struct span prefix, struct fault *f)
{
	for (size_t i = 0; i < s->index.count; i++) {
		struct span name = s->index.entries[i].name;

		/* The index has equal names side by side. */
		if (!span_starts_nocase(name, prefix) || !name_ok(name) ||
		    (i > 0 && span_eq_nocase(name,
		    s->index.entries[i - 1].name)))
			continue;
		if (list_name(s, name, f) != FAULT_NONE)
			return f->kind;
	}
	return FAULT_NONE;
}

static enum fault_kind
choose_names(struct dkim_sign *s, struct fault *f)
{
	const struct dkim_sign_options *o = &s->options;
	struct span name;

	s->names = arena_array(s->arena, BOUND_DKIM_HEADERS,
	    sizeof(*s->names));
	if (s->names == NULL)
		return fault_nomem(f);
	for (size_t i = 0; o->headers != NULL && i < o->nheaders; i++)
		if (list_name(s, o->headers[i], f) != FAULT_NONE)
			return f->kind;
	for (size_t i = 0; o->headers == NULL && i < COUNT(default_headers);
	    i++) {
		name = span_of(default_headers[i]);
		if (name.p[name.len - 1] == '-' ?
		    list_prefix(s, name, f) != FAULT_NONE :
		    list_name(s, name, f) != FAULT_NONE)
			return f->kind;
	}
	for (size_t i = 0; o->oversign != NULL && i < o->noversign; i++)
		if (list_name(s, o->oversign[i], f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

/* Is this a message that we may put a name to? */
static enum fault_kind
examine(const struct message *m, struct arena *a, struct fault *f)
{
	struct author author;

	if (m->empty)
		return fault_set(f, FAULT_DATA, "the input is empty");
	if (m->defect != MESSAGE_OK)
		return fault_set(f, FAULT_DATA, "not a message: %s",
		    message_defect_text(m->defect));
	if (m->nfields == 0)
		return fault_set(f, FAULT_DATA, "not a message: no header");
	if (author_read(m, a, &author, f) != FAULT_NONE)
		return f->kind;
	if (!author.parsed)
		return fault_set(f, FAULT_DATA, "%s",
		    author.reason == REASON_NO_AUTHOR_DOMAIN ?
		    "no From field: nothing to sign for" :
		    reason_text(author.reason));
	return FAULT_NONE;
}

enum fault_kind
dkim_sign_open(struct dkim_sign **out, const struct message *m,
    const struct dkim_sign_options *options, struct arena *a,
    struct fault *f)
{
	struct dkim_sign *s;

	if (examine(m, a, f) != FAULT_NONE)
		return f->kind;
	s = arena_alloc(a, sizeof(*s));
	if (s == NULL)
		return fault_nomem(f);
	s->m = m;
	s->options = *options;
	s->arena = a;
	dkim_body_init(&s->body, m->eol);
	if (select_index_make(&s->index, m, a, f) != FAULT_NONE ||
	    choose_names(s, f) != FAULT_NONE ||
	    dkim_body_want(&s->body, options->body_canon, HASH_SHA256, -1, a,
	    &s->hash, f) != FAULT_NONE)
		return f->kind;
	*out = s;
	return FAULT_NONE;
}

void
dkim_sign_until(struct dkim_sign *s, int64_t end)
{
	s->until = end;
}

void
dkim_sign_body(struct dkim_sign *s, struct span bytes)
{
	dkim_body_add(&s->body, bytes);
}

/* Writes a field, folding as it goes. */
struct folder {
	struct buf *b;
	const char *eol;
	size_t column;	/* HTAB counts 8, whatever a reader thinks */
};

static void
fold_line(struct folder *w)
{
	buf_adds(w->b, w->eol);
	buf_addc(w->b, '\t');
	w->column = 8;
}

/* A piece that is not to be torn: on this line, or on the next. */
static void
fold_piece(struct folder *w, struct span s, bool space)
{
	if (w->column > 8 && w->column + space + s.len > FOLD_WIDTH)
		fold_line(w);
	else if (space && w->column > 8) {
		buf_addc(w->b, ' ');
		w->column++;
	}
	buf_addspan(w->b, s);
	w->column += s.len;
}

/* Text that may be torn anywhere. */
static void
fold_text(struct folder *w, struct span s)
{
	while (s.len > 0) {
		size_t room = w->column < FOLD_WIDTH ?
		    FOLD_WIDTH - w->column : 0;

		if (room == 0) {
			fold_line(w);
			continue;
		}
		if (room > s.len)
			room = s.len;
		buf_add(w->b, s.p, room);
		w->column += room;
		s = span_sub(s, room, s.len);
	}
}

/* "name=value;" as one piece. */
static void
fold_tag(struct folder *w, const char *name, struct span value)
{
	struct buf piece;

	buf_init(&piece, 4096);
	buf_adds(&piece, name);
	buf_addc(&piece, '=');
	buf_addspan(&piece, value);
	buf_addc(&piece, ';');
	if (buf_check(&piece, &(struct fault){ .kind = FAULT_NONE }) !=
	    FAULT_NONE)
		w->b->nomem = true;
	else
		fold_piece(w, buf_span(&piece), true);
	buf_free(&piece);
}

/* The same with a value that was put together in v, which is released: what
 * v could not hold is a failure of the whole. */
static void
fold_made(struct folder *w, const char *name, struct buf *v)
{
	if (v->nomem || v->full)
		w->b->nomem = true;
	else
		fold_tag(w, name, buf_span(v));
	buf_free(v);
}

static void
fold_number(struct folder *w, const char *name, int64_t number)
{
	struct buf digits;

	buf_init(&digits, 32);
	buf_addf(&digits, "%lld", (long long)number);
	fold_made(w, name, &digits);
}

/* dkim-quoted-printable; "|" too, which parts the copies in z=. */
static void
quote_printable(struct buf *b, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c < 0x7f && c != ';' && c != '=' && c != '|')
			buf_addc(b, s.p[i]);
		else
			buf_addf(b, "=%02X", c);
	}
}

static void
fold_identity(struct folder *w, struct span identity)
{
	struct buf text;

	buf_init(&text, 4096);
	quote_printable(&text, identity);
	fold_made(w, "i", &text);
}

static void
fold_names(struct folder *w, const struct dkim_sign *s)
{
	for (size_t i = 0; i < s->nnames; i++) {
		struct span name = s->names[i];
		bool last = i + 1 == s->nnames;
		size_t extra = i == 0 ? sizeof(" h=") - 1 : 0;

		/* Between a name and its ":" folding is allowed too, but
		 * nobody wants to read it. */
		if (w->column > 8 &&
		    w->column + extra + name.len + 1 > FOLD_WIDTH)
			fold_line(w);
		if (i == 0)
			fold_piece(w, SPAN("h="), true);
		buf_addspan(w->b, name);
		buf_addc(w->b, last ? ';' : ':');
		w->column += name.len + 1;
	}
}

/* z=: the fields that are signed, from the bottom as h= takes them. */
static enum fault_kind
fold_copies(struct folder *w, struct dkim_sign *s, struct fault *f)
{
	const struct field **fields;
	struct buf text;

	fields = arena_array(s->arena, s->nnames + 1, sizeof(*fields));
	if (fields == NULL)
		return fault_nomem(f);
	select_fields(&s->index, NULL, s->names, s->nnames, fields);
	buf_init(&text, FIELD_MAX);
	for (size_t i = 0; i < s->nnames; i++) {
		if (fields[i] == NULL)
			continue;
		if (text.len > 0)
			buf_addc(&text, '|');
		quote_printable(&text, fields[i]->name);
		buf_addc(&text, ':');
		quote_printable(&text, span_trim_wsp(fields[i]->value));
	}
	buf_addc(&text, ';');
	fold_piece(w, SPAN("z="), true);
	fold_text(w, buf_span(&text));
	(void)buf_check(&text, f);
	buf_free(&text);
	return f->kind;
}

static enum fault_kind
write_times(struct folder *w, const struct dkim_sign *s, struct fault *f)
{
	const struct dkim_sign_options *o = &s->options;
	int64_t expire = o->expire;

	if (s->until != 0 && s->until <= o->now)
		return fault_set(f, FAULT_CONFIG,
		    "the signature would end before it begins");
	if (s->until != 0 && (expire == 0 || expire > s->until - o->now))
		expire = s->until - o->now;
	if (o->timestamp || expire > 0)
		fold_number(w, "t", o->now);
	if (expire > 0) {
		if (expire > INT64_C(999999999999) - o->now)
			return fault_set(f, FAULT_USAGE,
			    "x= would have over 12 digits");
		fold_number(w, "x", o->now + expire);
	}
	return FAULT_NONE;
}

/* All tags, b= the last and empty. */
static enum fault_kind
write_tags(struct folder *w, struct dkim_sign *s,
    const struct dkim_signer *signer, struct fault *f)
{
	const struct dkim_sign_options *o = &s->options;
	const struct body_lane *lane = &s->body.lanes[o->body_canon];
	struct buf value;

	buf_adds(w->b, "DKIM-Signature: v=1;");
	w->column = sizeof("DKIM-Signature: v=1;") - 1;
	fold_tag(w, "a", key_private_type(signer->key) == KEY_ED25519 ?
	    SPAN("ed25519-sha256") : SPAN("rsa-sha256"));
	buf_init(&value, 64);
	buf_addf(&value, "%s/%s", dkim_canon_word(o->header_canon),
	    dkim_canon_word(o->body_canon));
	fold_made(w, "c", &value);
	fold_tag(w, "d", signer->domain);
	fold_tag(w, "s", signer->selector);
	if (signer->identity.len > 0)
		fold_identity(w, signer->identity);
	if (write_times(w, s, f) != FAULT_NONE)
		return f->kind;
	if (o->body_length)
		fold_number(w, "l", (int64_t)lane->total);
	fold_names(w, s);
	b64_encode(&value, s->hash->digest, hash_len(HASH_SHA256));
	fold_made(w, "bh", &value);
	if (o->copy_headers && fold_copies(w, s, f) != FAULT_NONE)
		return f->kind;
	fold_piece(w, SPAN("b="), true);
	return buf_check(w->b, f);
}

/* Hash the chosen fields and the new one, and sign. */
static enum fault_kind
sign_field(struct dkim_sign *s, const struct dkim_signer *signer,
    struct span text, struct buf *signature, struct fault *f)
{
	static const struct dkim_options none = { .legacy = false };
	struct dkim_context c = { .m = s->m, .options = &none,
	    .index = &s->index, .arena = s->arena };
	struct field field = { .raw = text };
	struct dkim_sig sig = { .field = &field, .hash = HASH_SHA256,
	    .header_canon = s->options.header_canon,
	    .nheaders = s->nnames, .headers = s->names,
	    .cut = { text.p + text.len, 0 } };
	unsigned char digest[HASH_MAX];

	(void)span_cut(text, ':', &field.name, &field.value);
	if (dkim_header_hash(&c, &sig, 0, digest, f) != FAULT_NONE)
		return f->kind;
	return key_private_sign(signer->key, digest, signature, f);
}

static enum fault_kind
sign_one(struct dkim_sign *s, const struct dkim_signer *signer,
    struct buf *fields, struct fault *f)
{
	struct buf field, signature, text;
	struct folder w = { .b = &field,
	    .eol = s->m->eol == EOL_CRLF ? "\r\n" : "\n" };

	buf_init(&field, FIELD_MAX);
	buf_init(&signature, 4096);
	buf_init(&text, 8192);
	if (write_tags(&w, s, signer, f) == FAULT_NONE &&
	    sign_field(s, signer, buf_span(&field), &signature, f) ==
	    FAULT_NONE) {
		b64_encode(&text, signature.p, signature.len);
		fold_text(&w, buf_span(&text));
		buf_adds(&field, w.eol);
		if (buf_check(&text, f) == FAULT_NONE &&
		    buf_check(&field, f) == FAULT_NONE) {
			buf_addspan(fields, buf_span(&field));
			(void)buf_check(fields, f);
		}
	}
	buf_free(&field);
	buf_free(&signature);
	buf_free(&text);
	return f->kind;
}

enum fault_kind
dkim_sign_close(struct dkim_sign *s, const struct dkim_signer *signers,
    size_t count, struct buf *fields, struct fault *f)
{
	dkim_body_end(&s->body);
	for (size_t i = 0; i < count; i++)
		if (sign_one(s, &signers[i], fields, f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

bool
dkim_sign_identity_ok(struct span identity, struct span domain)
{
	size_t at = span_rfind(identity, '@');

	return at < identity.len && span_is_print(identity) &&
	    domain_within(span_sub(identity, at + 1, identity.len), domain);
}

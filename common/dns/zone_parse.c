/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "dns/wire.h"
#include "dns/zone_generate.h"
#include "dns/zone_include.h"
#include "dns/zone_parse_impl.h"
#include "dns/zone_word.h"

/* TTL where neither the record, nor $TTL, nor an SOA gives one. */
#define ZONE_TTL 3600

/* No type of this number exists: that of a record whose type has a word that
 * we do not know.  It is read, checked for its syntax, and left out. */
#define ZONE_TYPE_UNKNOWN (UINT16_MAX + 1U)
#define ZONE_TYPE_MAX 24
#define ZONE_TOO_DEEP "files include each other more than ten deep"

/* More than any one allocation asks for. */
#define ZONE_ROOM ((size_t)128 * 1024)

enum fault_kind
dns_zone_no_room(const struct arena *a, const char *file, size_t line,
    size_t column, struct fault *f)
{
	if (a->used <= a->max && a->max - a->used >= ZONE_ROOM)
		return fault_nomem(f);
	return fault_set(f, FAULT_CONFIG,
	    "%s:%zu:%zu: over %zu bytes of memory, too large for zones",
	    file, line, column, a->max);
}

static enum fault_kind
zone_line_end(struct zone_parser *p)
{
	if (!zone_lex_at_end(&p->lex) && zone_lex_next(&p->lex) != FAULT_NONE)
		return p->f->kind;
	return zone_lex_at_end(&p->lex) ? FAULT_NONE :
	    zone_bad(p, "nothing more belongs here");
}

/* Classes that are not IN, RFC 1035 3.2.4, RFC 3597 5. */
static bool
zone_class(struct span word)
{
	return span_eq_nocase(word, SPAN("CH")) ||
	    span_eq_nocase(word, SPAN("HS")) ||
	    span_eq_nocase(word, SPAN("CS")) ||
	    span_starts_nocase(word, SPAN("CLASS"));
}

/* Could the word be a type that we do not know: LUA, PX, X-TYPE_1? */
static bool
zone_type_like(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!ascii_is_alpha(word.p[i]) && (i == 0 ||
		    (!ascii_is_digit(word.p[i]) && word.p[i] != '-' &&
		    word.p[i] != '_')))
			return false;
	return word.len > 0 && word.len <= ZONE_TYPE_MAX;
}

/* One warning a type: the eye is on a type that we do not know. */
static void
zone_skip_type(struct zone_parser *p)
{
	const struct zone_token *t = &p->lex.token;
	struct fault text = { 0 };

	for (size_t i = 0; i < p->nskipped; i++)
		if (span_eq_nocase(p->skipped[i], t->raw))
			return;
	if (p->from->warn == NULL || p->nskipped == ZONE_SKIPPED)
		return;
	p->skipped[p->nskipped++] = t->raw;
	(void)fault_set(&text, FAULT_CONFIG, "%s:%zu:%zu: records of the type "
	    "%.*s are skipped", p->lex.file, t->line, t->column,
	    SPAN_ARG(t->raw));
	p->from->warn(p->from->warn_state, text.text);
}

/* TTL and class in either order, then the type: the eye ends on the type. */
static enum fault_kind
zone_fields(struct zone_parser *p, struct zone_record *r)
{
	bool class = false;

	for (;;) {
		struct span word = p->lex.token.raw;

		if (p->lex.token.kind == ZONE_STRING)
			return zone_bad(p, "not a type");
		if (!class && (span_eq_nocase(word, SPAN("IN")) ||
		    span_eq_nocase(word, SPAN("CLASS1")))) {
			class = true;
		} else if (!r->has_ttl && word.len > 0 &&
		    ascii_is_digit(word.p[0])) {
			if (!zone_time(word, &r->ttl))
				return zone_bad(p, "not a TTL");
			r->has_ttl = true;
		} else {
			break;
		}
		if (zone_lex_need(&p->lex, "the type") != FAULT_NONE)
			return p->f->kind;
	}
	if (zone_type(p->lex.token.raw, &r->type))
		return FAULT_NONE;
	if (zone_class(p->lex.token.raw) ||
	    !zone_type_like(p->lex.token.raw))
		return zone_bad(p, "not a type, nor the class IN");
	r->type = ZONE_TYPE_UNKNOWN;
	zone_skip_type(p);
	return FAULT_NONE;
}

static enum fault_kind
zone_keep(struct zone_parser *p, const struct zone_record *r)
{
	struct dns_zone_entry *e = arena_alloc(p->scratch, sizeof(*e));
	struct span data = buf_span(&p->data);
	struct dns_zone_rr *rr;
	struct dns_zone_piece *pieces;

	if (buf_check(&p->pieces, p->f) != FAULT_NONE)
		return p->f->kind;
	if (buf_check(&p->data, p->f) != FAULT_NONE)
		return p->data.nomem ? p->f->kind : zone_lex_bad_at(&p->lex,
		    r->line, r->column, "over 65535 bytes in one record");
	rr = arena_alloc(p->keep, sizeof(*rr) + data.len);
	pieces = arena_alloc(p->keep, p->pieces.len + 1);
	if (p->named != p->lex.file)
		p->kept = arena_str(p->keep, span_of(p->lex.file));
	p->named = p->lex.file;
	if (pieces == NULL || p->kept == NULL)
		rr = NULL;
	if (e == NULL || rr == NULL)
		return dns_zone_no_room(rr == NULL ? p->keep : p->scratch,
		    p->lex.file, r->line, r->column, p->f);
	rr->file = p->kept;
	rr->line = (uint32_t)r->line;
	rr->column = (uint32_t)r->column;
	if (p->pieces.len > 0)
		memcpy(pieces, p->pieces.p, p->pieces.len);
	rr->npieces = p->pieces.len / sizeof(*pieces);
	rr->pieces = pieces;
	rr->ttl = r->ttl;
	rr->type = (uint16_t)r->type;
	rr->len = (uint16_t)data.len;
	memcpy(rr->data, data.p, data.len);
	*e = (struct dns_zone_entry){ NULL, p->owner, rr, r->line, r->column };
	*p->tail = e;
	p->tail = &e->next;
	return FAULT_NONE;
}

/* A record, the eye on what follows its owner. */
static enum fault_kind
zone_record(struct zone_parser *p)
{
	struct zone_record r = { .ttl = p->ttl };

	if (p->owner == NULL)
		return zone_bad(p, "the first record names no owner");
	if (zone_fields(p, &r) != FAULT_NONE)
		return p->f->kind;
	r.line = p->lex.token.line;
	r.column = p->lex.token.column;
	if (r.has_ttl && p->ttl_from != TTL_GIVEN) {
		p->ttl = r.ttl;
		p->ttl_from = TTL_LAST;
	}
	if (r.type == DNS_SOA && !p->origin_given) {
		memcpy(p->origin, p->owner, dns_name_len(p->owner));
		p->origin_known = true;
	}
	buf_reset(&p->data);
	buf_reset(&p->pieces);
	if (zone_data(p, &r) != FAULT_NONE || zone_line_end(p) != FAULT_NONE)
		return p->f->kind;
	return r.type == ZONE_TYPE_UNKNOWN ? FAULT_NONE : zone_keep(p, &r);
}

/* Go on in other bytes, and come back to these. */
static void
zone_push(struct zone_parser *p, struct span bytes, const char *file)
{
	struct zone_outer *o = &p->outer[p->depth++];

	*o = (struct zone_outer){ .lex = p->lex, .path = p->path,
	    .origin_known = p->origin_known, .origin_given = p->origin_given,
	    .owner = p->owner };
	memcpy(o->origin, p->origin, sizeof(o->origin));
	zone_lex_init(&p->lex, bytes, file, p->f);
}

/* Go on in another file, whose name is the token; the eye is past it all. */
static enum fault_kind
zone_enter(struct zone_parser *p, const struct zone_token *name,
    const unsigned char *origin)
{
	struct fault why = { 0 };
	struct span bytes, folder;
	struct buf b;
	char *path;
	size_t len;

	if (p->path == NULL)
		return zone_lex_bad_at(&p->lex, name->line, name->column,
		    "no folder is known to include files from");
	if (p->depth == BOUND_ZONE_INCLUDES)
		return zone_lex_bad_at(&p->lex, name->line, name->column,
		    ZONE_TOO_DEEP);
	buf_init(&b, BOUND_ZONE_BYTES);
	(void)zone_include_read(p->path, name->raw, &b, &why);
	bytes = arena_span(p->scratch, buf_span(&b));
	buf_free(&b);
	if (why.kind != FAULT_NONE)
		return fault_set(p->f, why.kind, "%s:%zu:%zu: $INCLUDE "
		    "%.*s: %s", p->lex.file, name->line, name->column,
		    SPAN_ARG(span_sub(name->raw, 0, 80)), why.text);
	folder = span_of(p->path);
	folder.len = span_rfind(folder, '/') == folder.len ? 0 :
	    span_rfind(folder, '/') + 1;
	len = folder.len + name->raw.len + 1;
	path = arena_alloc(p->scratch, len);
	if (path == NULL || bytes.p == NULL)
		return dns_zone_no_room(p->scratch, p->lex.file, name->line,
		    name->column, p->f);
	(void)snprintf(path, len, "%.*s%.*s", SPAN_ARG(folder),
	    SPAN_ARG(name->raw));
	zone_push(p, bytes, path);
	if (origin != NULL) {
		memcpy(p->origin, origin, sizeof(p->origin));
		p->origin_known = p->origin_given = true;
	}
	p->path = path;
	return FAULT_NONE;
}

static void
zone_leave(struct zone_parser *p)
{
	const struct zone_outer *o = &p->outer[--p->depth];

	p->lex = o->lex;
	p->path = o->path;
	memcpy(p->origin, o->origin, sizeof(p->origin));
	p->origin_known = o->origin_known;
	p->origin_given = o->origin_given;
	p->owner = o->owner;
}

/* "$INCLUDE file [origin]", the eye on the first word. */
static enum fault_kind
zone_include(struct zone_parser *p)
{
	unsigned char origin[BOUND_DNS_NAME];
	struct zone_token name;
	bool given;

	if (zone_lex_need(&p->lex, "the file") != FAULT_NONE)
		return p->f->kind;
	name = p->lex.token;
	if (zone_lex_next(&p->lex) != FAULT_NONE)
		return p->f->kind;
	given = !zone_lex_at_end(&p->lex);
	if (given && zone_name(p, origin) != FAULT_NONE)
		return p->f->kind;
	if (zone_line_end(p) != FAULT_NONE)
		return p->f->kind;
	return zone_enter(p, &name, given ? origin : NULL);
}

/* "$GENERATE range owner ... data", the eye on the first word. */
static enum fault_kind
zone_generated(struct zone_parser *p)
{
	struct zone_token range;
	struct buf line, text, name;
	const char *why = NULL, *file;
	struct span bytes = { NULL, 0 };

	if (zone_lex_need(&p->lex, "the range") != FAULT_NONE)
		return p->f->kind;
	range = p->lex.token;
	if (p->depth == BOUND_ZONE_INCLUDES)
		return zone_bad(p, ZONE_TOO_DEEP);
	buf_init(&line, BOUND_ZONE_BYTES);
	buf_init(&text, BOUND_ZONE_BYTES);
	buf_init(&name, 8192);
	while (zone_lex_next(&p->lex) == FAULT_NONE &&
	    !zone_lex_at_end(&p->lex)) {
		bool quoted = p->lex.token.kind == ZONE_STRING;

		buf_adds(&line, line.len > 0 ? " " : "");
		buf_adds(&line, quoted ? "\"" : "");
		buf_addspan(&line, p->lex.token.raw);
		buf_adds(&line, quoted ? "\"" : "");
	}
	buf_addf(&name, "%s:%zu:$GENERATE", p->lex.file, range.line);
	file = arena_str(p->scratch, buf_span(&name));
	if (p->f->kind == FAULT_NONE && buf_check(&line, p->f) == FAULT_NONE)
		why = zone_generate(range.raw, buf_span(&line), &text);
	if (p->f->kind == FAULT_NONE && why == NULL &&
	    buf_check(&text, p->f) == FAULT_NONE)
		bytes = arena_span(p->scratch, buf_span(&text));
	buf_free(&line);
	buf_free(&text);
	buf_free(&name);
	if (p->f->kind != FAULT_NONE)
		return p->f->kind;
	if (why != NULL)
		return zone_lex_bad_at(&p->lex, range.line, range.column,
		    why);
	if (file == NULL || bytes.p == NULL)
		return dns_zone_no_room(p->scratch, p->lex.file, range.line,
		    range.column, p->f);
	zone_push(p, bytes, file);
	return FAULT_NONE;
}

/* "$ORIGIN name" and "$TTL time", the eye on the first word. */
static enum fault_kind
zone_directive(struct zone_parser *p)
{
	unsigned char name[BOUND_DNS_NAME];

	if (span_eq_nocase(p->lex.token.raw, SPAN("$ORIGIN"))) {
		if (zone_lex_need(&p->lex, "the origin") != FAULT_NONE ||
		    zone_name(p, name) != FAULT_NONE)
			return p->f->kind;
		memcpy(p->origin, name, sizeof(name));
		p->origin_known = p->origin_given = true;
	} else if (span_eq_nocase(p->lex.token.raw, SPAN("$TTL"))) {
		if (zone_lex_need(&p->lex, "the TTL") != FAULT_NONE)
			return p->f->kind;
		if (!zone_time(p->lex.token.raw, &p->ttl))
			return zone_bad(p, "not a TTL");
		p->ttl_from = TTL_GIVEN;
	} else if (span_eq_nocase(p->lex.token.raw, SPAN("$INCLUDE"))) {
		return zone_include(p);
	} else if (span_eq_nocase(p->lex.token.raw, SPAN("$GENERATE"))) {
		return zone_generated(p);
	} else {
		return zone_bad(p, "not a directive that we read");
	}
	return zone_line_end(p);
}

/* One entry: a record, a directive, or an empty line. */
static enum fault_kind
zone_entry(struct zone_parser *p)
{
	unsigned char name[BOUND_DNS_NAME];
	bool blank = ascii_is_wsp(cursor_peek(&p->lex.c));
	unsigned char *owner;

	if (zone_lex_next(&p->lex) != FAULT_NONE)
		return p->f->kind;
	if (zone_lex_at_end(&p->lex))
		return FAULT_NONE;
	if (blank)
		return zone_record(p);
	if (p->lex.token.kind == ZONE_WORD && p->lex.token.raw.p[0] == '$')
		return zone_directive(p);
	if (zone_name(p, name) != FAULT_NONE)
		return p->f->kind;
	owner = arena_alloc(p->keep, dns_name_len(name));
	if (owner == NULL)
		return dns_zone_no_room(p->keep, p->lex.file,
		    p->lex.token.line, p->lex.token.column, p->f);
	memcpy(owner, name, dns_name_len(name));
	p->owner = owner;
	if (zone_lex_need(&p->lex, "the type") != FAULT_NONE)
		return p->f->kind;
	return zone_record(p);
}

enum fault_kind
dns_zone_parse(const struct dns_zone_source *from, struct arena *keep,
    struct arena *scratch, struct dns_zone_entry **first, struct fault *f)
{
	struct zone_parser p = { .keep = keep, .scratch = scratch,
		.tail = first, .ttl = ZONE_TTL, .from = from, .f = f };
	enum fault_kind kind = FAULT_NONE;

	*first = NULL;
	if (span_starts(from->bytes, SPAN("\xef\xbb\xbf")) ||
	    span_starts(from->bytes, SPAN("\xff\xfe")) ||
	    span_starts(from->bytes, SPAN("\xfe\xff")))
		return fault_set(f, FAULT_CONFIG, "%s:1:1: a byte order mark "
		    "(BOM): save the file as plain text without it",
		    from->file);
	zone_lex_init(&p.lex, from->bytes, from->file, f);
	if (from->origin != NULL) {
		memcpy(p.origin, from->origin, dns_name_len(from->origin));
		dns_name_lower(p.origin);
		p.origin_known = p.origin_given = true;
	}
	p.path = from->path;
	p.outer = arena_array(scratch, BOUND_ZONE_INCLUDES,
	    sizeof(*p.outer));
	if (p.outer == NULL)
		return fault_nomem(f);
	buf_init(&p.data, UINT16_MAX);
	buf_init(&p.pieces, UINT16_MAX * sizeof(struct dns_zone_piece));
	while (kind == FAULT_NONE) {
		if (p.lex.token.kind != ZONE_END_OF_FILE)
			kind = zone_entry(&p);
		else if (p.depth > 0)
			zone_leave(&p);
		else
			break;
	}
	buf_free(&p.data);
	buf_free(&p.pieces);
	return kind;
}

/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include "base/bounds.h"
#include "dmarc/record.h"
#include "dns/domain.h"

struct dmarc_tag {
	struct span name;
	struct span value;
	size_t column;
};

enum tag_id {
	TAG_P,
	TAG_SP,
	TAG_NP,
	TAG_PSD,
	TAG_T,
	TAG_ADKIM,
	TAG_ASPF,
	TAG_FO,
	TAG_RUA,
	TAG_RUF,
	TAG_V,
	TAG_PCT,
	TAG_RF,
	TAG_RI,
	TAG_UNKNOWN
};

static const char *const tag_names[] = {
	[TAG_P] = "p", [TAG_SP] = "sp", [TAG_NP] = "np", [TAG_PSD] = "psd",
	[TAG_T] = "t", [TAG_ADKIM] = "adkim", [TAG_ASPF] = "aspf",
	[TAG_FO] = "fo", [TAG_RUA] = "rua", [TAG_RUF] = "ruf", [TAG_V] = "v",
	[TAG_PCT] = "pct", [TAG_RF] = "rf", [TAG_RI] = "ri",
};

/* A parse under way. */
struct parser {
	struct dmarc_record *record;
	struct arena *arena;
	bool seen[TAG_UNKNOWN];
	size_t fo_column;
	bool nomem;
};

static const char *const policy_words[] = {
	[DMARC_POLICY_UNSET] = NULL,
	[DMARC_POLICY_NONE] = "none",
	[DMARC_POLICY_QUARANTINE] = "quarantine",
	[DMARC_POLICY_REJECT] = "reject",
};

const char *
dmarc_policy_word(enum dmarc_policy policy)
{
	return (size_t)policy <= DMARC_POLICY_REJECT ?
	    policy_words[policy] : NULL;
}

enum dmarc_policy
dmarc_policy_lower(enum dmarc_policy policy)
{
	switch (policy) {
	case DMARC_POLICY_REJECT:
		return DMARC_POLICY_QUARANTINE;
	case DMARC_POLICY_QUARANTINE:
	case DMARC_POLICY_NONE:
		return DMARC_POLICY_NONE;
	case DMARC_POLICY_UNSET:
		break;
	}
	return DMARC_POLICY_UNSET;
}

const char *
dmarc_note_text(enum dmarc_note_kind kind)
{
	static const char *const texts[] = {
		[DMARC_NOTE_DUPLICATE] =
		    "tag stands more than once: the first one counts",
		[DMARC_NOTE_VALUE] = "tag has an invalid value: ignored",
		[DMARC_NOTE_SYNTAX] = "is no tag=value: ignored",
		[DMARC_NOTE_UNKNOWN] = "is an unknown tag: ignored",
		[DMARC_NOTE_HISTORIC] =
		    "tag is ignored since RFC 9989",
		[DMARC_NOTE_URI] = "is no valid URI: ignored",
		[DMARC_NOTE_SCHEME] =
		    "is no mailto URI: no reports go there",
		[DMARC_NOTE_SIZE] = "has the obsolete size limit: ignored",
		[DMARC_NOTE_FO] = "tag means nothing without a ruf tag",
		[DMARC_NOTE_SLASHES] =
		    "has slashes: reports go to a mailbox of that name",
		[DMARC_NOTE_EMPTY] = "is an empty tag: ignored",
	};

	return (size_t)kind <= DMARC_NOTE_EMPTY ? texts[kind] : "";
}

bool
dmarc_record_broken(const struct dmarc_record *record)
{
	return record->p == DMARC_POLICY_UNSET ||
	    (record->has_sp && record->sp == DMARC_POLICY_UNSET) ||
	    (record->has_np && record->np == DMARC_POLICY_UNSET);
}

/* dmarc-version up to its separator; the rest of the record after it. */
static bool
version_parse(struct span text, struct span *rest)
{
	struct cursor c = cursor_of(text);
	struct span version = SPAN("DMARC1");

	if (!cursor_take(&c, 'v') && !cursor_take(&c, 'V'))
		return false;
	(void)cursor_while(&c, ascii_is_wsp);
	if (!cursor_take(&c, '='))
		return false;
	(void)cursor_while(&c, ascii_is_wsp);
	if (!span_starts(cursor_rest(&c), version))
		return false;
	c.p += version.len;
	(void)cursor_while(&c, ascii_is_wsp);
	if (!cursor_done(&c) && !cursor_take(&c, ';'))
		return false;
	*rest = cursor_rest(&c);
	return true;
}

bool
dmarc_record_is(struct span text)
{
	struct span rest;

	return version_parse(text, &rest);
}

static void
note(struct parser *ps, enum dmarc_note_kind kind, struct span text,
    size_t column)
{
	struct dmarc_record *r = ps->record;

	if (r->nnotes < DMARC_NOTES)
		r->notes[r->nnotes++] = (struct dmarc_note){ .kind = kind,
		    .text = text, .column = column };
}

static bool
is_alpha(char c)
{
	return ascii_is_alpha(c);
}

/* 1*ALPHA equals *dmarc-value; the value without white space around it.  No
 * byte beyond dmarc-value can stand in a value that a known tag accepts. */
static bool
tag_parse(struct span piece, struct dmarc_tag *tag)
{
	struct cursor c = cursor_of(piece);

	tag->name = cursor_while(&c, is_alpha);
	(void)cursor_while(&c, ascii_is_wsp);
	if (tag->name.len == 0 || !cursor_take(&c, '='))
		return false;
	tag->value = span_trim_wsp(cursor_rest(&c));
	return true;
}

static enum tag_id
tag_lookup(struct span name)
{
	int id;

	for (id = 0; id < TAG_UNKNOWN; id++)
		if (span_eq_nocase(name, span_of(tag_names[id])))
			break;
	return (enum tag_id)id;
}

static enum dmarc_policy
policy_parse(struct span value)
{
	for (int i = DMARC_POLICY_NONE; i <= DMARC_POLICY_REJECT; i++)
		if (span_eq_nocase(value, span_of(policy_words[i])))
			return (enum dmarc_policy)i;
	return DMARC_POLICY_UNSET;
}

/* One letter of a closed set; its index, or -1. */
static int
letter_parse(struct span value, const char *letters)
{
	struct span set = span_of(letters);
	size_t i;

	if (value.len != 1)
		return -1;
	i = span_find(set, ascii_lower(value.p[0]));
	return i < set.len ? (int)i : -1;
}

/* 0 1 d s between colons, in any order; 0 and 1 exclude each other. */
static bool
fo_parse(struct span value, unsigned *fo)
{
	struct span item, rest = value;
	unsigned bits = 0;
	bool more = true;
	int i;

	while (more) {
		more = span_cut(rest, ':', &item, &rest);
		i = letter_parse(span_trim_wsp(item), "01ds");
		if (i < 0)
			return false;
		bits |= 1U << (unsigned)i;
	}
	if ((bits & DMARC_FO_0) != 0 && (bits & DMARC_FO_1) != 0)
		return false;
	*fo = bits;
	return true;
}

static bool
is_scheme(char c)
{
	return ascii_is_alnum(c) || c == '+' || c == '-' || c == '.';
}

/* RFC 3986 characters after the scheme; `,` and `!` must be encoded here,
 * and `;` ends the tag before it comes to this. */
static bool
uri_chars_ok(struct span s)
{
	struct span marks = SPAN("-._~:/?#[]@$&'()*+=");

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '%') {
			if (s.len - i < 3 || ascii_hex(s.p[i + 1]) < 0 ||
			    ascii_hex(s.p[i + 2]) < 0)
				return false;
			i += 2;
		} else if (!ascii_is_alnum(s.p[i]) &&
		    span_find(marks, s.p[i]) == marks.len) {
			return false;
		}
	}
	return s.len > 0;
}

/* `!` digits and one letter of k m g t, obsolete since RFC 9989: cut off. */
static bool
uri_cut_size(struct span *s)
{
	size_t at = span_find(*s, '!'), i = at + 1;

	if (at == s->len)
		return true;
	while (i < s->len && ascii_is_digit(s->p[i]))
		i++;
	if (i == at + 1)
		return false;
	if (i < s->len &&
	    letter_parse(span_sub(*s, i, s->len), "kmgt") < 0)
		return false;
	s->len = at;
	return true;
}

/* The mailbox of a mailto URI, decoded, and its host. */
static bool
mailto_parse(struct parser *ps, struct span path, struct dmarc_uri *uri)
{
	struct span to = span_sub(path, 0, span_find(path, '?'));
	char *out = arena_alloc(ps->arena, to.len + 1);
	size_t len = 0, at;

	if (out == NULL) {
		ps->nomem = true;
		return false;
	}
	for (size_t i = 0; i < to.len; i++) {
		if (to.p[i] == '%') {
			out[len++] = (char)(ascii_hex(to.p[i + 1]) * 16 +
			    ascii_hex(to.p[i + 2]));
			i += 2;
		} else {
			out[len++] = to.p[i];
		}
	}
	uri->address = (struct span){ out, len };
	at = span_rfind(uri->address, '@');
	if (at == 0 || at == len)
		return false;
	uri->host = span_sub(uri->address, at + 1, len);
	return span_is_print(uri->address) && domain_is_ldhu(uri->host);
}

static bool
uri_parse(struct parser *ps, struct span text, struct dmarc_uri *uri)
{
	struct cursor c;
	struct span scheme, whole = text;

	*uri = (struct dmarc_uri){ .text = text };
	if (!uri_cut_size(&text))
		return false;
	uri->text = text;
	uri->sized = text.len < whole.len;
	c = cursor_of(text);
	scheme = cursor_while(&c, is_scheme);
	if (scheme.len == 0 || !ascii_is_alpha(scheme.p[0]) ||
	    !cursor_take(&c, ':') || !uri_chars_ok(cursor_rest(&c)))
		return false;
	return !span_eq_nocase(scheme, SPAN("mailto")) ||
	    mailto_parse(ps, cursor_rest(&c), uri);
}

/* Comma-separated URIs; those that are none are dropped one by one. */
static struct dmarc_uri *
uris_parse(struct parser *ps, const struct dmarc_tag *tag, size_t *count)
{
	struct span piece, rest = tag->value;
	struct dmarc_uri *uris;
	size_t n = 1, column;
	bool more = true;

	for (size_t i = 0; i < tag->value.len; i++)
		n += tag->value.p[i] == ',';
	n = n < DMARC_URIS ? n : DMARC_URIS;
	uris = arena_array(ps->arena, n, sizeof(*uris));
	ps->nomem |= uris == NULL;
	while (more && !ps->nomem && *count < n) {
		more = span_cut(rest, ',', &piece, &rest);
		piece = span_trim_wsp(piece);
		column = tag->column + (size_t)(piece.p - tag->name.p);
		if (!uri_parse(ps, piece, &uris[*count])) {
			note(ps, DMARC_NOTE_URI, piece, column);
			continue;
		}
		if (uris[*count].host.p == NULL)
			note(ps, DMARC_NOTE_SCHEME, piece, column);
		else if (uris[*count].address.len > 2 &&
		    span_starts(uris[*count].address, SPAN("//")))
			note(ps, DMARC_NOTE_SLASHES, piece, column);
		if (uris[*count].sized)
			note(ps, DMARC_NOTE_SIZE, piece, column);
		(*count)++;
	}
	return uris;
}

/* Take a tag that stands for the first time; false: its value is invalid. */
static bool
tag_take(struct parser *ps, enum tag_id id, const struct dmarc_tag *tag)
{
	struct dmarc_record *r = ps->record;
	struct span value = tag->value;
	int i = 0;

	switch (id) {
	case TAG_P:
		r->has_p = true;
		return (r->p = policy_parse(value)) != DMARC_POLICY_UNSET;
	case TAG_SP:
		r->has_sp = true;
		return (r->sp = policy_parse(value)) != DMARC_POLICY_UNSET;
	case TAG_NP:
		r->has_np = true;
		return (r->np = policy_parse(value)) != DMARC_POLICY_UNSET;
	case TAG_PSD:
		i = letter_parse(value, "uyn");
		r->psd = i < 0 ? DMARC_PSD_U : (enum dmarc_psd)i;
		break;
	case TAG_T:
		i = letter_parse(value, "ny");
		r->testing = i == 1;
		break;
	case TAG_ADKIM:
		i = letter_parse(value, "rs");
		r->strict_dkim = i == 1;
		break;
	case TAG_ASPF:
		i = letter_parse(value, "rs");
		r->strict_spf = i == 1;
		break;
	case TAG_FO:
		return fo_parse(value, &r->fo);
	case TAG_RUA:
		r->rua = uris_parse(ps, tag, &r->nrua);
		break;
	case TAG_RUF:
		r->ruf = uris_parse(ps, tag, &r->nruf);
		break;
	case TAG_PCT:
	case TAG_RF:
	case TAG_RI:
		note(ps, DMARC_NOTE_HISTORIC, tag->name, tag->column);
		if (r->notes[r->nnotes - 1].text.p == tag->name.p)
			r->notes[r->nnotes - 1].value = tag->value;
		break;
	case TAG_V:
	case TAG_UNKNOWN:
		break;
	}
	return i >= 0;
}

static void
piece_parse(struct parser *ps, struct span piece, size_t column)
{
	struct dmarc_tag tag = { .column = column };
	enum tag_id id;

	if (!tag_parse(piece, &tag)) {
		note(ps, DMARC_NOTE_SYNTAX, piece, column);
		return;
	}
	id = tag_lookup(tag.name);
	if (id == TAG_UNKNOWN) {
		note(ps, DMARC_NOTE_UNKNOWN, tag.name, column);
		return;
	}
	if (ps->seen[id]) {
		note(ps, DMARC_NOTE_DUPLICATE, tag.name, column);
		return;
	}
	ps->seen[id] = true;
	if (id == TAG_FO)
		ps->fo_column = column;
	if (!tag_take(ps, id, &tag))
		note(ps, DMARC_NOTE_VALUE, tag.name, column);
}

enum fault_kind
dmarc_record_parse(struct span text, struct arena *a,
    struct dmarc_record **record, struct fault *f)
{
	struct parser ps = { .arena = a, .seen = { [TAG_V] = true } };
	struct span piece, rest;
	bool more = true;
	size_t column;

	*record = NULL;
	if (!version_parse(text, &rest))
		return FAULT_NONE;
	ps.record = arena_alloc(a, sizeof(*ps.record));
	if (ps.record == NULL)
		return fault_nomem(f);
	ps.record->text = text;
	ps.record->fo = DMARC_FO_0;
	while (more && rest.len > 0) {
		more = span_cut(rest, ';', &piece, &rest);
		piece = span_trim_wsp(piece);
		column = (size_t)(piece.p - text.p) + 1;
		/* One trailing separator is allowed; an empty tag between
		 * two of them harms nobody. */
		if (piece.len > 0)
			piece_parse(&ps, piece, column);
		else if (more)
			note(&ps, DMARC_NOTE_EMPTY, SPAN(";"), column);
	}
	if (ps.nomem)
		return fault_nomem(f);
	if (ps.seen[TAG_FO] && !ps.seen[TAG_RUF])
		note(&ps, DMARC_NOTE_FO, SPAN("fo"), ps.fo_column);
	*record = ps.record;
	return FAULT_NONE;
}

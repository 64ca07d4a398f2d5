/* SPDX-License-Identifier: ISC */
/* The parser: fed in pieces, bounded, stopped at what reports never have. */
#include <stdlib.h>
#include <string.h>

#include "report/xml_impl.h"

#define NAMESPACE "urn:ietf:params:xml:ns:dmarc-2.0"

void
xml_note(struct xml *x, enum report_code c)
{
	x->out->findings.count[c]++;
}

void
xml_row_note(struct xml *x, enum report_code c)
{
	x->row.codes |= UINT64_C(1) << c;
	xml_note(x, c);
}

void
xml_stop(struct xml *x, enum report_why why)
{
	if (x->why == REPORT_WHY_NONE)
		x->why = why;
	(void)XML_StopParser(x->parser, XML_FALSE);
}

/* A copy of s into to, cut to fit. */
static void
copy(char *to, size_t room, struct span s)
{
	size_t n = s.len < room - 1 ? s.len : room - 1;

	memcpy(to, s.p, n);
	to[n] = '\0';
}

/* The namespace bound to a prefix; one that nobody bound stands for itself. */
static const char *
namespace_of(const struct xml *x, struct span prefix, char own[XML_URI])
{
	for (size_t i = x->nbindings; i-- > 0;)
		if (span_eq(prefix, span_of(x->bindings[i].prefix)))
			return x->bindings[i].uri;
	copy(own, XML_URI, prefix);
	return own;
}

/* Attributes: namespaces are bound, all others are only counted. */
static bool
attributes(struct xml *x, const XML_Char **atts)
{
	struct span name, prefix, local;
	size_t n = 0;

	for (; atts[0] != NULL; atts += 2) {
		if (++n > REPORT_XML_ATTRIBUTES) {
			xml_stop(x, REPORT_WHY_ATTRIBUTES);
			return false;
		}
		name = span_of(atts[0]);
		x->names += span_eq(name, SPAN("lang")) ? 0 : name.len;
		if (!span_cut(name, ':', &prefix, &local)) {
			prefix = name;
			local = SPAN("");
		}
		if (!span_eq(prefix, SPAN("xmlns")))
			continue;
		if (x->nbindings == XML_BINDINGS) {
			xml_stop(x, REPORT_WHY_ATTRIBUTES);
			return false;
		}
		copy(x->bindings[x->nbindings].prefix, XML_PREFIX, local);
		copy(x->bindings[x->nbindings].uri, XML_URI,
		    span_of(atts[1]));
		x->bindings[x->nbindings++].depth = x->depth;
	}
	return true;
}

/* The first element decides whether it is a report at all. */
static void
start_root(struct xml *x, struct span local, const char *ns)
{
	if (!span_eq_nocase(local, SPAN("feedback"))) {
		x->out->report = false;
		xml_stop(x, REPORT_WHY_CONTENT);
		return;
	}
	x->out->report = true;
	x->stack[x->depth] = EL_FEEDBACK;
	copy(x->root_ns, sizeof(x->root_ns), span_of(ns));
	if (strcmp(ns, NAMESPACE) == 0)
		x->out->meta.dialect = REPORT_RFC9990;
	else
		xml_note(x, AGG001);
}

/* Elements that stand once: in the report, in a record, in an item. */
#define BIT(e) (UINT64_C(1) << (e))
#define ITEM_SET (BIT(EL_TYPE) | BIT(EL_COMMENT) | BIT(EL_A_DOMAIN) | \
    BIT(EL_SELECTOR) | BIT(EL_SCOPE) | BIT(EL_RESULT) | BIT(EL_HUMAN))
#define RECORD_SET (BIT(EL_ROW) | BIT(EL_IP) | BIT(EL_COUNT) | \
    BIT(EL_EVALUATED) | BIT(EL_DISPOSITION) | BIT(EL_E_DKIM) | \
    BIT(EL_E_SPF) | BIT(EL_IDENTIFIERS) | BIT(EL_H_FROM) | \
    BIT(EL_E_FROM) | BIT(EL_E_TO) | BIT(EL_AUTH) | ITEM_SET)
#define MANY_SET (BIT(EL_RECORD) | BIT(EL_REASON) | BIT(EL_DKIM) | \
    BIT(EL_SPF) | BIT(EL_ERROR) | BIT(EL_EXTENSION))

static void
start_known(struct xml *x, enum element e)
{
	x->stack[x->depth] = e;
	x->len = 0;
	x->cut = false;
	x->leaf = e == EL_REASON || !xml_has_children(e);
	x->limit = REPORT_TEXT;
	if (e == EL_RECORD) {
		x->seen &= ~RECORD_SET;
		xml_row_begin(x);
	} else if (e == EL_REASON || e == EL_DKIM || e == EL_SPF) {
		x->seen &= ~ITEM_SET;
		x->auth = (struct report_auth){ .result =
		    REPORT_RESULT_NONE };
		x->reason = (struct report_reason){ .type =
		    REPORT_REASON_OTHER };
		x->limit = REPORT_TEXT_COMMENT;
	} else if (e == EL_ERROR || e == EL_COMMENT || e == EL_HUMAN) {
		x->limit = REPORT_TEXT_COMMENT;
	} else if (e == EL_P_DOMAIN || e == EL_A_DOMAIN || e == EL_SELECTOR) {
		x->limit = REPORT_TEXT_NAME;
	}
}

static void
start_child(struct xml *x, struct span local, const char *ns)
{
	enum element e = EL_SKIP;

	if (strcmp(ns, x->root_ns) == 0) {
		e = xml_child(x->stack[x->depth - 1], local);
		if (e == EL_SKIP || e == EL_OLD ||
		    (x->seen & ~MANY_SET & BIT(e)) != 0)
			xml_note(x, AGG005);
		if ((x->seen & ~MANY_SET & BIT(e)) != 0)
			e = EL_SKIP;
	}
	if (e == EL_SKIP || e == EL_OLD || e == EL_EXTENSION) {
		if (e == EL_SKIP)
			x->names += local.len;
		x->skip = x->depth;
		return;
	}
	x->seen |= BIT(e);
	if (e == EL_IDENTIFIERS && local.len < 11)
		xml_row_note(x, AGG041);
	start_known(x, e);
}

static void XMLCALL
on_start(void *state, const XML_Char *name, const XML_Char **atts)
{
	struct xml *x = state;
	struct span prefix, local;
	char own[XML_URI];
	const char *ns;

	x->prolog = false;
	if (++x->depth > REPORT_XML_DEPTH) {
		xml_stop(x, REPORT_WHY_DEPTH);
		return;
	}
	if (atts[0] != NULL && !attributes(x, atts))
		return;
	if (x->skip > 0) {
		x->names += strlen(name);
	} else {
		if (!span_cut(span_of(name), ':', &prefix, &local)) {
			local = span_of(name);
			prefix = SPAN("");
		}
		ns = namespace_of(x, prefix, own);
		if (x->depth == 1)
			start_root(x, local, ns);
		else
			start_child(x, local, ns);
	}
	if (x->names > REPORT_XML_NAMES)
		xml_stop(x, REPORT_WHY_NAMES);
}

/* The text so far without a half character at its end. */
static void
cut_text(struct xml *x)
{
	size_t n = x->len;

	while (n > 0 && (x->text[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && (x->text[n - 1] & 0xc0) == 0xc0)
		x->len = n - 1;
	xml_note(x, AGG035);
}

static void XMLCALL
on_end(void *state, const XML_Char *name)
{
	struct xml *x = state;
	enum element e = x->depth <= REPORT_XML_DEPTH ?
	    x->stack[x->depth] : EL_SKIP;

	(void)name;
	if (x->skip > 0) {
		if (x->skip == x->depth)
			x->skip = 0;
	} else if (e == EL_RECORD) {
		xml_row_end(x);
	} else if (e == EL_REASON) {
		xml_reason_end(x);
	} else if (e == EL_DKIM) {
		xml_dkim_end(x);
	} else if (e == EL_SPF) {
		xml_spf_end(x);
	} else {
		if (x->cut)
			cut_text(x);
		xml_value(x, e);
	}
	x->leaf = false;
	while (x->nbindings > 0 &&
	    x->bindings[x->nbindings - 1].depth >= x->depth)
		x->nbindings--;
	x->depth--;
}

static void XMLCALL
on_text(void *state, const XML_Char *p, int len)
{
	struct xml *x = state;
	size_t n = (size_t)len, room;

	if (x->skip > 0 || !x->leaf)
		return;
	/* White space in front is no text. */
	while (x->len == 0 && n > 0 && ascii_is_fws(*p)) {
		p++;
		n--;
	}
	room = x->limit - x->len;
	if (n > room) {
		for (size_t i = room; i < n && !x->cut; i++)
			x->cut = !ascii_is_fws(p[i]);
		n = room;
	}
	memcpy(x->text + x->len, p, n);
	x->len += n;
}

static void XMLCALL
on_default(void *state, const XML_Char *p, int len)
{
	struct span s = { p, (size_t)len };

	if (span_starts(s, SPAN("<!DOCTYPE")))
		xml_stop(state, REPORT_WHY_DOCTYPE);
}

static void XMLCALL
on_declaration(void *state, const XML_Char *version, const XML_Char *encoding,
    int standalone)
{
	struct xml *x = state;

	(void)version;
	(void)standalone;
	x->declared = true;
	if (encoding != NULL &&
	    span_eq_nocase(span_of(encoding), SPAN("iso-8859-1")))
		x->one_byte = true;
}

/* Names that people give one-byte encodings: all are read as windows-1252. */
static int XMLCALL
on_encoding(void *state, const XML_Char *name, XML_Encoding *info)
{
	static const int high[32] = { 0x20ac, 0x81, 0x201a, 0x192, 0x201e,
		0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
		0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d,
		0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153,
		0x9d, 0x17e, 0x178 };
	static const char *const names[] = { "windows-125", "cp125",
		"iso-8859-", "iso8859", "latin", "ansi", "koi8-", "cp85",
		"macintosh" };
	struct xml *x = state;
	bool known = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		known = known || span_starts_nocase(span_of(name),
		    span_of(names[i]));
	if (!known)
		return XML_STATUS_ERROR;
	for (int i = 0; i < 256; i++)
		info->map[i] = i >= 0x80 && i < 0xa0 ? high[i - 0x80] : i;
	info->data = NULL;
	info->convert = NULL;
	info->release = NULL;
	x->one_byte = true;
	return XML_STATUS_OK;
}

/* What expat says is wrong. */
static enum report_why
why_of(struct xml *x, bool final, bool any)
{
	enum XML_Error e = XML_GetErrorCode(x->parser);

	if (x->why != REPORT_WHY_NONE)
		return x->why;
	if (e == XML_ERROR_NO_MEMORY)
		(void)fault_nomem(x->fault);
	if (e == XML_ERROR_UNKNOWN_ENCODING ||
	    e == XML_ERROR_INCORRECT_ENCODING)
		return REPORT_WHY_ENCODING;
	if (final && !any)
		return REPORT_WHY_EMPTY;
	if (final && (e == XML_ERROR_NO_ELEMENTS ||
	    e == XML_ERROR_UNCLOSED_TOKEN || e == XML_ERROR_PARTIAL_CHAR ||
	    e == XML_ERROR_UNCLOSED_CDATA_SECTION))
		return REPORT_WHY_TRUNCATED;
	/* The report is whole, and something stands after it. */
	if (e == XML_ERROR_JUNK_AFTER_DOC_ELEMENT && x->out->report) {
		xml_note(x, AGG002);
		return REPORT_WHY_NONE;
	}
	return REPORT_WHY_SYNTAX;
}

/* The mark and white space before the declaration are no part of XML. */
static struct span
skip_start(struct xml *x, struct span s)
{
	static const char bom[] = "\xef\xbb\xbf";
	bool odd = span_starts(s, SPAN(bom));

	if (odd)
		s = span_sub(s, 3, s.len);
	while (s.len > 0 && ascii_is_fws(s.p[0])) {
		odd = true;
		s = span_sub(s, 1, s.len);
	}
	if (odd)
		xml_note(x, AGG006);
	return s;
}

/* The rest of a large report is counted before it is parsed. */
static enum fault_kind
count_rest(struct xml *x, const struct report_leaf *leaf, struct fault *f)
{
	bool fits;

	if (leaf->fits(leaf, &fits, f) == FAULT_NONE && !fits)
		x->why = REPORT_WHY_INFLATED;
	return f->kind;
}

static enum fault_kind
feed(struct xml *x, const struct report_leaf *leaf, struct source *source,
    char *piece, struct fault *f)
{
	uint64_t fed = 0;
	struct span s;
	size_t n;
	bool first = true, counted = false;

	do {
		size_t have = 0;

		/* Whole pieces: a token is begun anew with each one. */
		do {
			if (source->read(source, piece + have,
			    REPORT_XML_PIECE - have, &n, f) != FAULT_NONE)
				return f->kind;
			have += n;
		} while (n > 0 && have < REPORT_XML_PIECE);
		s = (struct span){ piece, have };
		if (first)
			s = skip_start(x, s);
		first = first && s.len == 0;
		n = have;
		fed += s.len;
		if (XML_Parse(x->parser, s.p, (int)s.len, n == 0) !=
		    XML_STATUS_OK) {
			x->why = why_of(x, n == 0, fed > 0);
			return x->fault->kind;
		}
		if (n > 0 && fed > REPORT_XML_TOKEN &&
		    (int64_t)fed - XML_GetCurrentByteIndex(x->parser) >
		    (int64_t)REPORT_XML_TOKEN) {
			x->why = REPORT_WHY_TOKEN;
			return FAULT_NONE;
		}
		if (!counted && fed > REPORT_XML_LARGE) {
			counted = true;
			if (count_rest(x, leaf, f) != FAULT_NONE ||
			    x->why != REPORT_WHY_NONE)
				return f->kind;
		}
		if (clock_mono_ms(x->env->clock) > x->deadline) {
			x->why = REPORT_WHY_TIME;
			return FAULT_NONE;
		}
	} while (n > 0);
	return FAULT_NONE;
}

static void
pass_begin(struct xml *x)
{
	struct report first = x->out->meta;

	*x->out = (struct report_read){ .report = false };
	if (x->known)
		x->out->meta = first;
	x->out->meta.policy.pct = -1;
	x->why = REPORT_WHY_NONE;
	x->prolog = true;
	x->one_byte = x->declared = x->cut = x->leaf = false;
	x->have_begin = x->have_end = x->bad_time = x->milli = false;
	x->depth = x->skip = x->names = x->nbindings = x->len = 0;
	x->limit = REPORT_TEXT;
	x->seen = 0;
	x->records = 0;
	x->late = false;
	x->out->meta.nerrors = 0;
	hash_init(&x->hash, HASH_SHA256);
	memset(x->rows_seen, 0, XML_ROWS_SEEN * sizeof(x->rows_seen[0]));
}

static enum fault_kind
pass(struct xml *x, struct report_leaf *leaf, char *piece,
    struct repair *repair, struct fault *f)
{
	struct source *source;
	const enum report_why *why;

	pass_begin(x);
	if (!XML_ParserReset(x->parser, NULL))
		return fault_nomem(f);
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetDefaultHandler(x->parser, on_default);
	XML_SetXmlDeclHandler(x->parser, on_declaration);
	XML_SetUnknownEncodingHandler(x->parser, on_encoding, x);
	if (x->sink->begin(x->sink->state, f) != FAULT_NONE)
		return f->kind;
	if (leaf->open(leaf, &source, &why, f) == FAULT_NONE) {
		if (repair != NULL) {
			repair_open(repair, source);
			source = &repair->source;
			xml_note(x, AGG002);
		}
		(void)feed(x, leaf, source, piece, f);
	}
	leaf->close(leaf);
	/* A container that broke off explains what the XML lacks. */
	if (f->kind == FAULT_NONE && *why != REPORT_WHY_NONE &&
	    (x->why == REPORT_WHY_NONE || x->why == REPORT_WHY_TRUNCATED ||
	    x->why == REPORT_WHY_EMPTY))
		x->why = *why;
	return f->kind;
}

/* Strictly; repaired, once; and again if the rows came before the head. */
static enum fault_kind
passes(struct xml *x, struct report_leaf *leaf, struct fault *f)
{
	char *piece = malloc(REPORT_XML_PIECE);
	struct repair *repair = NULL;

	if (piece == NULL)
		return fault_nomem(f);
	if (pass(x, leaf, piece, NULL, f) == FAULT_NONE &&
	    x->why == REPORT_WHY_SYNTAX) {
		repair = malloc(sizeof(*repair));
		if (repair == NULL)
			(void)fault_nomem(f);
		else if (!x->one_byte)
			(void)pass(x, leaf, piece, repair, f);
	}
	if (f->kind == FAULT_NONE && x->why == REPORT_WHY_NONE && x->late) {
		x->known = true;
		(void)pass(x, leaf, piece, repair, f);
	}
	free(repair);
	free(piece);
	return f->kind;
}

enum fault_kind
report_xml_read(struct report_leaf *leaf, const struct report_xml_env *env,
    struct arena *a, const struct report_sink *sink, struct report_read *out,
    struct fault *f)
{
	struct xml *x = calloc(1, sizeof(*x));

	*out = (struct report_read){ .why = REPORT_WHY_SYNTAX };
	if (x == NULL)
		return fault_nomem(f);
	arena_init(&x->row_arena, (size_t)1 << 20);
	buf_init(&x->canon, (size_t)1 << 20);
	x->env = env;
	x->sink = sink;
	x->arena = a;
	x->fault = f;
	x->out = out;
	x->deadline = clock_mono_ms(env->clock) + REPORT_TIME_MS;
	x->rows_seen = calloc(XML_ROWS_SEEN, sizeof(x->rows_seen[0]));
	x->parser = XML_ParserCreate(NULL);
	if (x->parser == NULL || x->rows_seen == NULL)
		(void)fault_nomem(f);
	else if (passes(x, leaf, f) == FAULT_NONE &&
	    x->why == REPORT_WHY_NONE)
		xml_finish(x);
	out->why = x->why;
	if (x->parser != NULL)
		XML_ParserFree(x->parser);
	buf_free(&x->canon);
	arena_free(&x->row_arena);
	free(x->rows_seen);
	free(x);
	return f->kind;
}

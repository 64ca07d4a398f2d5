/* SPDX-License-Identifier: ISC */
/* Findings where they stand in a zone's file, for those who review it. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"
#include "dns/finding.h"
#include "dns/resolver.h"

/* Which record a finding is about, by its code. */
struct place_kind {
	struct span family;
	bool term;		/* the finding's term stands before `below` */
	struct span below, start;
};

static const struct place_kind place_kinds[] = {
	{ { "SPF", 3 }, false, { "", 0 }, { "v=spf1", 6 } },
	{ { "DMARC", 5 }, false, { "_dmarc.", 7 }, { "v=DMARC1", 8 } },
	{ { "DKIM", 4 }, true, { "._domainkey.", 12 }, { "", 0 } },
	{ { "STS", 3 }, false, { "_mta-sts.", 9 }, { "v=STSv1", 7 } },
	{ { "RPT", 3 }, false, { "_smtp._tls.", 11 }, { "v=TLSRPTv1", 10 } },
};

static struct dns_place
place_of(const struct lint *l, const struct lint_finding *g, struct dns *dns)
{
	struct dns_place place = { .file = NULL };
	const struct place_kind *k = place_kinds;
	size_t left = sizeof(place_kinds) / sizeof(place_kinds[0]);
	char name[512];
	int n;

	if (span_starts(span_of(g->rule->code), SPAN("MX")))
		return dns_mx_place(dns, g->domain, g->term);
	while (left > 0 && !span_starts(span_of(g->rule->code), k->family)) {
		left--;
		k++;
	}
	/* A record that was given stands in no zone. */
	if (left == 0 || (k->term && g->term.len == 0) || (l->given &&
	    span_eq_nocase(g->domain, l->domain)))
		return place;
	/* Nothing that is longer is a name; nothing is allocated, so that a
	 * place is never lost for want of memory. */
	n = snprintf(name, sizeof(name), "%.*s%.*s%.*s",
	    SPAN_ARG(k->term ? g->term : SPAN("")), SPAN_ARG(k->below),
	    SPAN_ARG(g->domain));
	if (n < 0 || (size_t)n >= sizeof(name))
		return place;
	return dns_text_place(dns, (struct span){ name, (size_t)n }, k->start,
	    g->column > 0 ? g->column - 1 : 0);
}

void
lint_places(const struct lint *l, struct dns *dns)
{
	for (struct lint_finding *g = l->first; g != NULL; g = g->next)
		if (g->place.file == NULL)
			g->place = place_of(l, g, dns);
}

void
lint_place_rest(const struct lint *l, const struct dns_place *place)
{
	for (struct lint_finding *g = l->first; g != NULL; g = g->next)
		if (g->place.file == NULL)
			g->place = *place;
}

/* Bytes of a workflow command that mean something there: in all of it, and
 * in its properties. */
static void
github_text(struct span s, bool property, struct buf *b)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '%' || c < 0x20 || (property && (c == ':' ||
		    c == ',')))
			buf_addf(b, "%%%02X", c);
		else
			buf_addc(b, s.p[i]);
	}
}

void
lint_github(const struct lint *l, struct buf *b)
{
	static const char *const words[] = { [LINT_NOTE] = "notice",
	    [LINT_WARNING] = "warning", [LINT_ERROR] = "error" };

	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		if (!lint_shown(l, g))
			continue;
		buf_addf(b, "::%s ", words[g->severity]);
		if (g->place.file != NULL) {
			buf_adds(b, "file=");
			github_text(span_of(g->place.file), true, b);
			buf_addf(b, ",line=%zu,col=%zu,", g->place.line,
			    g->place.column);
		}
		buf_addf(b, "title=%s::", g->rule->code);
		github_text(g->domain, false, b);
		buf_adds(b, ": ");
		github_text(span_of(g->rule->title), false, b);
		buf_adds(b, ": ");
		github_text(g->message, false, b);
		buf_adds(b, "; ");
		github_text(span_of(g->rule->remedy), false, b);
		buf_addc(b, '\n');
	}
}

/* A path as a relative reference of RFC 3986. */
static void
sarif_uri(const char *path, struct buf *b)
{
	for (; *path != '\0'; path++) {
		if (ascii_is_alnum(*path) || strchr("-._~/", *path) != NULL)
			buf_addc(b, *path);
		else
			buf_addf(b, "%%%02X", (unsigned char)*path);
	}
}

/* What makes it the same finding in the next run: a baseline's key. */
static void
sarif_key(const struct lint *l, const struct lint_finding *g, struct buf *b)
{
	char hex[SHA256_HEX];
	struct buf key;

	buf_init(&key, SIZE_MAX / 2);
	buf_addpart(&key, l->domain);
	buf_addpart(&key, span_of(g->rule->code));
	buf_addpart(&key, g->domain);
	buf_addpart(&key, g->term);
	sha256_hex(buf_span(&key), hex);
	b->nomem |= key.nomem;
	buf_free(&key);
	buf_adds(b, hex);
}

static void
sarif_text(const struct lint_finding *g, struct buf *b)
{
	buf_addprint(b, g->domain);
	buf_addf(b, ": %s: ", g->rule->title);
	buf_addspan(b, g->message);
	buf_addf(b, "; %s", g->rule->remedy);
}

static enum fault_kind
sarif_result(const struct lint *l, const struct lint_finding *g,
    struct buf *b, struct fault *f)
{
	static const char *const words[] = { [LINT_NOTE] = "note",
	    [LINT_WARNING] = "warning", [LINT_ERROR] = "error" };
	struct buf text, uri, key;
	enum fault_kind kind;
	json_t *o = NULL;

	buf_init(&text, SIZE_MAX / 2);
	buf_init(&uri, SIZE_MAX / 2);
	buf_init(&key, SHA256_HEX);
	sarif_text(g, &text);
	sarif_uri(g->place.file, &uri);
	sarif_key(l, g, &key);
	if (!text.nomem && !uri.nomem && !key.nomem)
		o = json_pack("{s:s, s:s, s:{s:s}, s:[{s:{s:{s:s},"
		    " s:{s:I, s:I}}}], s:{s:s}}", "ruleId", g->rule->code,
		    "level", words[g->severity], "message", "text",
		    buf_str(&text), "locations", "physicalLocation",
		    "artifactLocation", "uri", buf_str(&uri), "region",
		    "startLine", (json_int_t)g->place.line, "startColumn",
		    (json_int_t)g->place.column, "partialFingerprints",
		    "vouchsafe/1", buf_str(&key));
	buf_addc(b, ',');
	kind = js_line(o, b, f);
	json_decref(o);
	buf_free(&text);
	buf_free(&uri);
	buf_free(&key);
	return kind;
}

enum fault_kind
lint_sarif(const struct lint *l, struct buf *b, size_t *left,
    struct fault *f)
{
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		if (!lint_shown(l, g))
			continue;
		if (g->place.file == NULL)
			(*left)++;
		else if (sarif_result(l, g, b, f) != FAULT_NONE)
			return f->kind;
	}
	return FAULT_NONE;
}

void
lint_sarif_open(const char *tool, struct buf *b)
{
	buf_addf(b, "{\"$schema\":"
	    "\"https://json.schemastore.org/sarif-2.1.0.json\","
	    "\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":"
	    "{\"name\":\"%s\",\"version\":\"%s\"}},\"columnKind\":"
	    "\"unicodeCodePoints\",\"results\":[", tool,
	    VOUCHSAFE_VERSION);
}

void
lint_sarif_close(struct buf *b)
{
	buf_adds(b, "]}]}\n");
}

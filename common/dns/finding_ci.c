/* SPDX-License-Identifier: ISC */
/* Findings where they stand in a zone's file, for those who review it. */
#include <string.h>

#include "base/sha256.h"
#include "dns/finding.h"
#include "dns/resolver.h"

void
lint_places(const struct lint *l, struct dns *dns)
{
	static const struct {
		struct span family, below, start;
	} records[] = {
		{ { "SPF", 3 }, { "", 0 }, { "v=spf1", 6 } },
		{ { "DMARC", 5 }, { "_dmarc.", 7 }, { "v=DMARC1", 8 } },
	};
	struct buf name;

	buf_init(&name, 1024);
	for (struct lint_finding *g = l->first; g != NULL; g = g->next) {
		for (size_t i = 0; i < 2; i++) {
			if (!span_starts(span_of(g->rule->code),
			    records[i].family) || (l->given &&
			    span_eq_nocase(g->domain, l->domain)))
				continue;
			buf_reset(&name);
			buf_addspan(&name, records[i].below);
			buf_addspan(&name, g->domain);
			g->place = dns_text_place(dns, buf_span(&name),
			    records[i].start, g->column > 0 ?
			    g->column - 1 : 0);
		}
	}
	buf_free(&name);
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

/* A JSON string; what is no ASCII is no text of ours. */
static void
sarif_string(struct span s, struct buf *b)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_addc(b, '\\');
		if (c < 0x20 || c >= 0x7f)
			buf_addf(b, "\\u%04x", c);
		else
			buf_addc(b, s.p[i]);
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
sarif_result(const struct lint *l, const struct lint_finding *g,
    struct buf *b)
{
	static const char *const words[] = { [LINT_NOTE] = "note",
	    [LINT_WARNING] = "warning", [LINT_ERROR] = "error" };

	buf_addf(b, ",\n{\"ruleId\":\"%s\",\"level\":\"%s\","
	    "\"message\":{\"text\":\"", g->rule->code, words[g->severity]);
	sarif_string(g->domain, b);
	buf_adds(b, ": ");
	sarif_string(span_of(g->rule->title), b);
	buf_adds(b, ": ");
	sarif_string(g->message, b);
	buf_adds(b, "; ");
	sarif_string(span_of(g->rule->remedy), b);
	buf_adds(b, "\"},\"locations\":[{\"physicalLocation\":"
	    "{\"artifactLocation\":{\"uri\":\"");
	sarif_uri(g->place.file, b);
	buf_addf(b, "\"},\"region\":{\"startLine\":%zu", g->place.line);
	if (g->place.column > 0)
		buf_addf(b, ",\"startColumn\":%zu", g->place.column);
	buf_adds(b, "}}}],\"partialFingerprints\":{\"vouchsafe/1\":\"");
	sarif_key(l, g, b);
	buf_adds(b, "\"}}");
}

void
lint_sarif(const struct lint *l, struct buf *b, size_t *left)
{
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		if (!lint_shown(l, g))
			continue;
		if (g->place.file == NULL)
			(*left)++;
		else
			sarif_result(l, g, b);
	}
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

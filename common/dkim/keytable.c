/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "dkim/keytable.h"
#include "dns/domain.h"
#include "dns/idna.h"

#define TABLE_MAX ((size_t)16 * 1024 * 1024)

static bool
not_wsp(char c)
{
	return !ascii_is_wsp(c);
}

/* The key's path, relative to the folder of the table. */
static const char *
key_path(struct span word, const char *table, struct arena *a)
{
	struct span dir = span_of(table);
	size_t slash = span_rfind(dir, '/');
	char *p;

	if (word.p[0] == '/' || slash == dir.len)
		return arena_str(a, word);
	p = arena_alloc(a, slash + 1 + word.len + 1);
	if (p == NULL)
		return NULL;
	memcpy(p, dir.p, slash + 1);
	memcpy(p + slash + 1, word.p, word.len);
	return p;
}

/* "*", "*.domain" or a domain. */
static enum fault_kind
read_from(struct span word, struct arena *a, struct span *out,
    struct fault *f)
{
	struct span rest = word;
	char *p;

	if (span_eq(word, SPAN("*"))) {
		*out = word;
		return FAULT_NONE;
	}
	if (span_starts(word, SPAN("*.")))
		rest = span_sub(word, 2, word.len);
	if (idna_name(rest, a, &rest, "domain", f) != FAULT_NONE)
		return f->kind;
	*out = rest;
	if (word.p[0] != '*')
		return FAULT_NONE;
	p = arena_alloc(a, rest.len + 3);
	if (p == NULL)
		return fault_nomem(f);
	p[0] = '*';
	p[1] = '.';
	memcpy(p + 2, rest.p, rest.len);
	*out = (struct span){ p, rest.len + 2 };
	return FAULT_NONE;
}

static enum fault_kind
read_line(struct span line, const char *path, struct arena *a,
    struct keytable_line *out, struct fault *f)
{
	struct cursor c = cursor_of(line);
	struct span words[4], from;
	size_t at;

	for (size_t i = 0; i < 4; i++) {
		(void)cursor_while(&c, ascii_is_wsp);
		words[i] = cursor_while(&c, not_wsp);
		if (words[i].len == 0)
			return fault_set(f, FAULT_CONFIG, "needs four words: "
			    "FROM DOMAIN SELECTOR KEYFILE");
	}
	(void)cursor_while(&c, ascii_is_wsp);
	if (!cursor_done(&c))
		return fault_set(f, FAULT_CONFIG, "has more than four words");
	at = span_rfind(words[0], '@');
	from = at == words[0].len ? words[0] :
	    span_sub(words[0], at + 1, words[0].len);
	if (at < words[0].len)
		out->local = span_sub(words[0], 0, at);
	if (at < words[0].len && from.len > 0 && from.p[0] == '*')
		return fault_set(f, FAULT_CONFIG, "an address has a domain, "
		    "not a pattern");
	if (read_from(from, a, &out->from, f) != FAULT_NONE ||
	    idna_name(words[1], a, &out->domain, "domain", f) !=
	    FAULT_NONE ||
	    idna_name(words[2], a, &out->selector, "selector", f) !=
	    FAULT_NONE)
		return f->kind;
	if (memchr(words[3].p, '\0', words[3].len) != NULL)
		return fault_set(f, FAULT_CONFIG, "a NUL in a path");
	out->path = key_path(words[3], path, a);
	return out->path == NULL ? fault_nomem(f) : FAULT_NONE;
}

/* The path is for messages and for relative key files. */
static enum fault_kind
keytable_parse(struct span text, const char *path, struct arena *a,
    struct keytable *table, struct fault *f)
{
	size_t count = 1, number = 0;
	struct span line;

	for (size_t i = 0; i < text.len; i++)
		count += text.p[i] == '\n';
	if (count > KEYTABLE_LINES)
		return fault_set(f, FAULT_CONFIG, "%s: over %zu lines", path,
		    KEYTABLE_LINES);
	*table = (struct keytable){ .count = 0 };
	table->lines = arena_array(a, count, sizeof(*table->lines));
	if (table->lines == NULL)
		return fault_nomem(f);
	while (text.len > 0) {
		(void)span_cut(text, '\n', &line, &text);
		number++;
		line = span_trim_fws(line);
		if (line.len == 0 || line.p[0] == '#')
			continue;
		if (read_line(line, path, a, &table->lines[table->count++],
		    f) != FAULT_NONE) {
			if (f->kind == FAULT_USAGE)
				f->kind = FAULT_CONFIG;
			return fault_context(f, "%s:%zu", path, number);
		}
	}
	return FAULT_NONE;
}

enum fault_kind
keytable_read(const char *path, struct arena *a, struct keytable *table,
    struct fault *f)
{
	struct span text;
	struct buf b;

	buf_init(&b, TABLE_MAX);
	if (file_read(path, &b, f) == FAULT_NONE) {
		text = arena_span(a, buf_span(&b));
		if (text.p == NULL)
			(void)fault_nomem(f);
		else
			(void)keytable_parse(text, path, a, table, f);
	}
	buf_free(&b);
	return f->kind;
}

/* How exactly a line fits an address (local p NULL: a domain): 0 not at all. */
static size_t
fit(const struct keytable_line *line, struct span local, struct span domain)
{
	struct span from = line->from;

	if (line->local.p != NULL)
		return local.p != NULL && span_eq_nocase(from, domain) &&
		    span_eq_nocase(line->local, local) ? SIZE_MAX : 0;
	if (span_eq_nocase(from, domain))
		return SIZE_MAX - 1;
	if (from.len == 1 && from.p[0] == '*')
		return 1;
	if (!span_starts(from, SPAN("*.")))
		return 0;
	from = span_sub(from, 2, from.len);
	return from.len < domain.len && domain_within(domain, from) ?
	    from.len + 1 : 0;
}

enum fault_kind
keytable_find(const struct keytable *table, struct span who,
    struct arena *a, const struct keytable_line ***lines, size_t *count,
    struct fault *f)
{
	size_t best = 0, n = 0, at = span_rfind(who, '@');
	struct span local = { NULL, 0 }, domain = who;

	*count = 0;
	if (at < who.len) {
		local = span_sub(who, 0, at);
		who = span_sub(who, at + 1, who.len);
		if (idna_to_ascii(who, a, &domain, f) != FAULT_NONE)
			return f->kind;
		if (domain.p == NULL)
			return FAULT_NONE;
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t now = fit(&table->lines[i], local, domain);

		n = now > best ? 1 : n + (now == best);
		best = now > best ? now : best;
	}
	if (best == 0)
		return FAULT_NONE;
	*lines = arena_array(a, n, sizeof(**lines));
	if (*lines == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < table->count; i++)
		if (fit(&table->lines[i], local, domain) == best)
			(*lines)[(*count)++] = &table->lines[i];
	return FAULT_NONE;
}

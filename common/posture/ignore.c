/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/num.h"
#include "posture/ignore.h"

#define DAY_LEN ((size_t)10)

bool
posture_until(struct span text, int64_t *out)
{
	static const char end[] = "T23:59:59Z";
	char day[DAY_LEN + sizeof(end)];

	if (text.len != DAY_LEN)
		return text.len > DAY_LEN && num_time(text, out);
	memcpy(day, text.p, DAY_LEN);
	memcpy(day + DAY_LEN, end, sizeof(end));
	return num_time(span_of(day), out);
}

/* The next word of a line, before any comment; empty at its end. */
static struct span
ignore_word(struct span *line)
{
	struct span word;
	size_t n = 0;

	*line = span_trim_fws(*line);
	while (n < line->len && !ascii_is_fws(line->p[n]))
		n++;
	word = span_sub(*line, 0, n);
	*line = span_sub(*line, n, line->len);
	if (word.len > 0 && word.p[0] == '#')
		word.len = line->len = 0;
	return word;
}

/* One line; *past: its date is. */
static enum fault_kind
ignore_line(struct lint_filter *filter, struct span line, size_t number,
    int64_t now, bool *past, struct fault *f)
{
	struct span what = ignore_word(&line), word = ignore_word(&line);
	int64_t until = now;

	if (what.len == 0)
		return FAULT_NONE;
	if (span_eq(word, SPAN("until"))) {
		word = ignore_word(&line);
		if (!posture_until(word, &until))
			return fault_set(f, FAULT_CONFIG,
			    "\"%.*s\": no date", SPAN_ARG(span_sub(word, 0,
			    80)));
		word = ignore_word(&line);
	}
	if (word.len > 0)
		return fault_set(f, FAULT_CONFIG, "\"%.*s\": neither until "
		    "nor a comment", SPAN_ARG(span_sub(word, 0, 80)));
	*past = until < now;
	if (!*past && lint_filter_ignore_line(filter, what, number, f) !=
	    FAULT_NONE && f->kind == FAULT_USAGE)
		f->kind = FAULT_CONFIG;
	return f->kind;
}

enum fault_kind
posture_ignore(struct lint_filter *filter, struct span text, int64_t now,
    void (*note)(void *state, size_t line, const char *what), void *state,
    struct fault *f)
{
	struct span line;
	size_t number = 0;
	bool more = true;

	while (more) {
		bool past = false;

		more = span_cut(text, '\n', &line, &text);
		if (ignore_line(filter, line, ++number, now, &past, f) !=
		    FAULT_NONE)
			return fault_context(f, "line %zu", number);
		if (past)
			note(state, number, "its date is past: it counts no "
			    "more");
	}
	return FAULT_NONE;
}

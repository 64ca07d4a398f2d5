/* SPDX-License-Identifier: ISC */
/* The one line of a mail that means something. */
#include <string.h>

#include "approval/approval.h"
#include "base/num.h"

#define APPROVAL_WORDS 24

static bool
approval_copy(char *out, size_t size, struct span s)
{
	if (s.len == 0 || s.len >= size || !span_is_print(s))
		return false;
	memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}

/* Cut at blanks; a no-break space, which some programs type, is one. */
static size_t
approval_split(struct span line, struct span words[APPROVAL_WORDS])
{
	size_t n = 0, i = 0;

	while (i < line.len) {
		size_t from;

		if (ascii_is_fws(line.p[i])) {
			i++;
			continue;
		}
		if (span_starts(span_sub(line, i, 2), SPAN("\xc2\xa0"))) {
			i += 2;
			continue;
		}
		for (from = i; i < line.len && !ascii_is_fws(line.p[i]) &&
		    !span_starts(span_sub(line, i, 2), SPAN("\xc2\xa0")); i++)
			continue;
		if (n == APPROVAL_WORDS)
			return 0;
		words[n++] = span_sub(line, from, i - from);
	}
	return n;
}

/* approve REQ CODE [shorten DURATION] */
static bool
approval_vote_line(const struct span *w, size_t n,
    struct approval_command *c)
{
	int64_t seconds;

	if (n < 3 || !approval_copy(c->id, sizeof(c->id), w[1]) ||
	    !approval_code_read(w[2], c->code))
		return false;
	for (char *p = c->id; *p != '\0'; p++)
		*p = ascii_lower(*p);
	if (n == 3)
		return true;
	return n == 5 && c->verb == APPROVAL_APPROVE &&
	    span_eq_nocase(w[3], SPAN("shorten")) &&
	    num_duration(w[4], &seconds) && seconds > 0 &&
	    approval_copy(c->shorten, sizeof(c->shorten), w[4]);
}

/* request KIND RESOURCE DURATION [uses N] [limit K=V]... */
static bool
approval_request_line(const struct span *w, size_t n,
    struct approval_command *c)
{
	size_t i = 4;

	if (n < 4 || !approval_copy(c->kind, sizeof(c->kind), w[1]) ||
	    !approval_copy(c->resource, sizeof(c->resource), w[2]) ||
	    !approval_copy(c->duration, sizeof(c->duration), w[3]))
		return false;
	for (; i + 1 < n; i += 2) {
		bool uses = span_eq_nocase(w[i], SPAN("uses")) &&
		    c->uses[0] == '\0';

		if (uses && approval_copy(c->uses, sizeof(c->uses), w[i + 1]))
			continue;
		if (uses || !span_eq_nocase(w[i], SPAN("limit")) ||
		    c->limits == APPROVAL_LIMITS ||
		    span_find(w[i + 1], '=') == 0 ||
		    span_find(w[i + 1], '=') == w[i + 1].len ||
		    !approval_copy(c->limit[c->limits++], APPROVAL_LIMIT,
		    w[i + 1]))
			return false;
	}
	return i == n;
}

bool
approval_line(struct span line, bool request, struct approval_command *out)
{
	struct span words[APPROVAL_WORDS] = { { NULL, 0 } };
	size_t n = approval_split(line, words);
	bool ok = false;

	*out = (struct approval_command){ .verb = APPROVAL_NONE };
	if (n == 0)
		return false;
	if (request) {
		out->verb = APPROVAL_REQUEST;
		ok = span_eq_nocase(words[0], SPAN("request")) &&
		    approval_request_line(words, n, out);
	} else {
		out->verb = span_eq_nocase(words[0], SPAN("approve")) ?
		    APPROVAL_APPROVE : span_eq_nocase(words[0],
		    SPAN("deny")) ? APPROVAL_DENY : APPROVAL_NONE;
		ok = out->verb != APPROVAL_NONE &&
		    approval_vote_line(words, n, out);
	}
	if (!ok)
		*out = (struct approval_command){ .verb = APPROVAL_NONE };
	return ok;
}

/* The next line that is neither empty nor quoted; false at the end. */
static bool
approval_next(struct span *text, struct span *line)
{
	while (text->len > 0) {
		struct span words[APPROVAL_WORDS] = { { NULL, 0 } };
		struct span rest;

		(void)span_cut(*text, '\n', line, &rest);
		*text = rest;
		if (span_trim_fws(*line).len == 0 ||
		    span_trim_fws(*line).p[0] == '>')
			continue;
		/* All no-break spaces: as good as empty. */
		if (approval_split(*line, words) == 0 && line->len < 64)
			continue;
		return true;
	}
	return false;
}

bool
approval_command_read(struct span text, bool request,
    struct approval_command *out)
{
	struct span line = { NULL, 0 };

	*out = (struct approval_command){ .verb = APPROVAL_NONE };
	if (!approval_next(&text, &line) ||
	    !approval_line(line, request, out))
		return false;
	if (request && approval_next(&text, &line)) {
		line = span_trim_fws(line);
		if (span_starts_nocase(line, SPAN("reason:")))
			line = span_trim_fws(span_sub(line, 7, line.len));
		(void)approval_copy(out->reason, sizeof(out->reason), line);
	}
	return true;
}

size_t
approval_commands(struct span text, bool request,
    struct approval_command *last)
{
	struct approval_command one;
	size_t n = 0;

	*last = (struct approval_command){ .verb = APPROVAL_NONE };
	while (text.len > 0) {
		struct span line, rest;

		(void)span_cut(text, '\n', &line, &rest);
		text = rest;
		if (approval_line(line, request, &one)) {
			*last = one;
			n++;
		}
	}
	return n;
}

bool
approval_address(struct span address)
{
	size_t at = span_find(address, '@');

	if (at == 0 || at + 1 >= address.len ||
	    address.len >= APPROVAL_ADDRESS || address.p[0] == '-')
		return false;
	for (size_t i = 0; i < address.len; i++) {
		char c = address.p[i];

		if (c <= 0x20 || c > 0x7e ||
		    strchr("()<>[]:;,\\\"", c) != NULL ||
		    (c == '@' && i != at))
			return false;
	}
	return true;
}

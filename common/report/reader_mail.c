/* SPDX-License-Identifier: ISC */
/* A mail's parts: which may be a report, and which are never looked at. */
#include <stdlib.h>
#include <string.h>

#include "report/limits.h"
#include "report/reader_impl.h"

/* The walk over one mail. */
struct here {
	struct reading *g;
	char *chunk;
	size_t depth;
	bool feedback;		/* the machine's part of a failure report */
	bool too_big;		/* and is not taken for that */
	struct report_failure failure, text;
};

static enum fault_kind
head_of(const struct spool *s, char *p, size_t cap, struct span *head,
    struct fault *f)
{
	size_t have = 0, n = 1;

	while (have < cap && n > 0) {
		if (spool_read(s, have, p + have, cap - have, &n, f) !=
		    FAULT_NONE)
			return f->kind;
		have += n;
	}
	*head = (struct span){ p, have };
	return FAULT_NONE;
}

static bool
contains_nocase(struct span s, struct span word)
{
	for (size_t i = 0; i + word.len <= s.len; i++)
		if (span_starts_nocase(span_sub(s, i, s.len), word))
			return true;
	return false;
}

/* Would a person say that this part is a report, seen from the outside? */
static bool
looks(const struct report_mail *m, const struct part *p)
{
	static const char *const types[] = { "application/gzip",
		"application/x-gzip", "application/zip",
		"application/x-zip-compressed", "application/x-zip",
		"text/xml", "application/xml", "application/tlsrpt+gzip",
		"application/tlsrpt+json", "application/tlsrpt" };

	if (contains_nocase(m->subject, SPAN("report domain")) ||
	    strchr(p->name, '!') != NULL)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(p->type, types[i]) == 0)
			return true;
	return false;
}

/* A text of 64 KiB at most, in the arena. */
static enum fault_kind
whole_text(struct here *h, const struct spool *bytes, struct span *text,
    struct fault *f)
{
	char *p = arena_alloc(h->g->arena, REPORT_FAILURE_BYTES);

	if (p == NULL)
		return fault_nomem(f);
	return head_of(bytes, p, REPORT_FAILURE_BYTES, text, f);
}

static enum fault_kind
too_big(struct here *h, enum report_why why, struct fault *f)
{
	h->too_big = true;
	return reading_bad(h->g, REPORT_FAILURE, why, f);
}

static enum fault_kind
feedback(struct here *h, const struct part *part, const struct part *parent,
    const struct spool *bytes, struct fault *f)
{
	struct span text;

	if (bytes->len > REPORT_FAILURE_BYTES)
		return too_big(h, REPORT_WHY_FEEDBACK, f);
	if (whole_text(h, bytes, &text, f) != FAULT_NONE ||
	    report_arf_read(text, h->g->mail->date, h->g->arena, &h->failure,
	    f) != FAULT_NONE)
		return f->kind;
	h->feedback = h->failure.report;
	if (part->encoding != PART_IDENTITY)
		h->failure.findings.count[ARF001]++;
	if (parent == NULL || strcmp(parent->type, "multipart/report") != 0)
		h->failure.findings.count[ARF003]++;
	return FAULT_NONE;
}

/* Plain text counts only if it begins as a report does. */
static enum fault_kind
plain_text(struct here *h, const struct spool *bytes, struct fault *f)
{
	char head[REPORT_SNIFF];
	struct span s, text;
	bool found;

	if (head_of(bytes, head, sizeof(head), &s, f) != FAULT_NONE)
		return f->kind;
	s = span_trim_fws(s);
	if (span_starts(s, SPAN("\xef\xbb\xbf")))
		s = span_trim_fws(span_sub(s, 3, s.len));
	if (span_starts(s, SPAN("<?xml")) ||
	    span_starts(s, SPAN("<feedback")) || span_starts(s, SPAN("{")))
		return reading_bytes(h->g, bytes, &found, f);
	if (h->text.report || whole_text(h, bytes, &text, f) != FAULT_NONE)
		return f->kind;
	return report_arf_text(text, h->g->mail->date, h->g->arena, &h->text,
	    f);
}

/* A message inside of the message is one of its own. */
static enum fault_kind
attached(struct here *h, const struct spool *bytes, struct fault *f)
{
	struct reading *g = h->g;
	struct report_mail *outer = g->mail;
	struct report_range range;
	struct tee tee = { .have = 0 };
	char *chunk;

	if (h->depth == REPORT_MESSAGES)
		return reading_bad(g, REPORT_NONE, REPORT_WHY_MESSAGES, f);
	chunk = malloc(MESSAGE_CHUNK);
	if (chunk == NULL)
		return fault_nomem(f);
	report_range_open(&range, bytes, 0, bytes->len);
	tee.inner = &range.source;
	g->inner = true;
	(void)reading_mail(g, &tee, chunk, h->depth + 1, f);
	free(chunk);
	g->inner = h->depth > 0;
	g->mail = outer;
	return f->kind;
}

/* The message that a failure report is about, or its header? */
static bool
is_sample(const struct part *part)
{
	return strcmp(part->type, "text/rfc822-headers") == 0 ||
	    (strncmp(part->type, "message/", 8) == 0 &&
	    strcmp(part->type, "message/feedback-report") != 0);
}

static enum fault_kind
leaf(void *state, const struct part *part, const struct part *parent,
    const struct spool *bytes, struct fault *f)
{
	struct here *h = state;
	struct reading *g = h->g;
	bool in_failure = parent != NULL &&
	    strcmp(parent->report_type, "feedback-report") == 0, found;

	if (in_failure && is_sample(part)) {
		if (bytes->len > REPORT_SAMPLE_BYTES)
			return too_big(h, REPORT_WHY_SAMPLE, f);
		if (g->r->sample != NULL &&
		    g->r->sample(g->r->state, bytes, f) != FAULT_NONE)
			return f->kind;
	}
	memcpy(g->name, part->name, sizeof(g->name));
	if (strcmp(part->type, "text/html") == 0)
		return FAULT_NONE;
	if (strcmp(part->type, "message/feedback-report") == 0)
		return feedback(h, part, parent, bytes, f);
	if (strcmp(part->type, "message/rfc822") == 0 ||
	    strcmp(part->type, "message/global") == 0)
		return in_failure ? FAULT_NONE : attached(h, bytes, f);
	if (strcmp(part->type, "text/rfc822-headers") == 0)
		return FAULT_NONE;
	g->looks = looks(g->mail, part);
	g->tls_odd = strncmp(part->type, "application/tlsrpt+", 19) != 0;
	if (strcmp(part->type, "text/plain") == 0)
		return plain_text(h, bytes, f);
	return reading_bytes(g, bytes, &found, f);
}

/* The digest of a mail inside of a mail is the outer one's. */
static enum fault_kind
input_digest(struct reading *g, struct tee *tee, struct fault *f)
{
	unsigned char sum[HASH_MAX];
	struct buf b;

	hash_end(&tee->hash, sum);
	buf_init(&b, 2 * HASH_MAX);
	buf_addhex(&b, sum, hash_len(HASH_SHA256));
	if (buf_check(&b, f) == FAULT_NONE)
		memcpy(g->digest, buf_str(&b), b.len + 1);
	buf_free(&b);
	return f->kind;
}

enum fault_kind
reading_mail(struct reading *g, struct tee *tee, char *chunk, size_t depth,
    struct fault *f)
{
	struct report_mail *m = arena_alloc(g->arena, sizeof(*m));
	struct here *h = arena_alloc(g->arena, sizeof(*h));
	const struct report_parts parts = { .state = h, .leaf = leaf,
	    .tmp = g->r->tmp };
	struct source *src = depth == 0 ? &tee->source : tee->inner;
	enum report_why why;

	if (m == NULL || h == NULL)
		return fault_nomem(f);
	*h = (struct here){ .g = g, .chunk = chunk, .depth = depth };
	if (report_mail_open(m, src, chunk, g->arena, g->r->tmp, f) !=
	    FAULT_NONE || m->why != REPORT_WHY_NONE) {
		report_mail_close(m);
		if (f->kind == FAULT_NONE && report_why_limit(m->why))
			return reading_bad(g, REPORT_NONE, m->why, f);
		return f->kind;
	}
	g->mail = m;
	if ((depth > 0 || input_digest(g, tee, f) == FAULT_NONE) &&
	    report_mail_walk(m, &parts, &why, f) == FAULT_NONE) {
		if (h->feedback && !h->too_big)
			(void)reading_failure(g, &h->failure, f);
		else if (h->text.report && !h->too_big)
			(void)reading_failure(g, &h->text, f);
		if (f->kind == FAULT_NONE && why != REPORT_WHY_NONE)
			(void)reading_bad(g, REPORT_NONE, why, f);
	}
	report_mail_close(m);
	return f->kind;
}

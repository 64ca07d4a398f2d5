/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "ledger/audit.h"

/* Lines of an open file, one after the other, in constant memory. */
struct audit_reader {
	int fd;
	int64_t at;	/* bytes read from the file */
	size_t from, to;	/* what of bytes[] is not yet handed out */
	bool end;
	char *bytes;	/* two lines of the greatest length */
};

#define AUDIT_WINDOW ((size_t)2 * AUDIT_LINE_MAX)

static enum fault_kind
audit_fill(struct audit_reader *r, struct fault *f)
{
	ssize_t n;

	if (r->from > 0) {
		memmove(r->bytes, r->bytes + r->from, r->to - r->from);
		r->to -= r->from;
		r->from = 0;
	}
	while (!r->end && r->to < AUDIT_WINDOW) {
		n = pread(r->fd, r->bytes + r->to, AUDIT_WINDOW - r->to,
		    (off_t)r->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, FAULT_IO, errno, "audit log");
		if (n == 0)
			r->end = true;
		r->at += n;
		r->to += (size_t)n;
	}
	return FAULT_NONE;
}

/*
 * The next line with its newline; one without (a fragment, or one longer than
 * AUDIT_LINE_MAX) comes as it is; an empty span at the end.
 */
static enum fault_kind
audit_next(struct audit_reader *r, struct span *line, struct fault *f)
{
	struct span left = { r->bytes + r->from, r->to - r->from };
	size_t n = span_find(left, '\n');
	enum fault_kind kind;

	if (n == left.len && !r->end) {
		kind = audit_fill(r, f);
		if (kind != FAULT_NONE)
			return kind;
		left = (struct span){ r->bytes + r->from, r->to - r->from };
		n = span_find(left, '\n');
	}
	if (n >= AUDIT_LINE_MAX)
		n = AUDIT_LINE_MAX - 1;
	*line = span_sub(left, 0, n < left.len ? n + 1 : n);
	r->from += line->len;
	return FAULT_NONE;
}

/* What one line says of its place. */
struct audit_place {
	bool canonical;
	int64_t seq;
	char prev[SHA256_HEX];
	char hash[SHA256_HEX];
	int64_t end;		/* bytes of the log up to its newline */
};

json_t *
audit_object(struct span line)
{
	json_error_t error;
	json_t *o;
	char *dump;

	if (line.len < 2 || line.p[line.len - 1] != '\n')
		return NULL;
	o = json_loadb(line.p, line.len - 1,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	dump = json_is_object(o) ? json_dumps(o, JSON_COMPACT |
	    JSON_SORT_KEYS | JSON_ENSURE_ASCII) : NULL;
	if (dump == NULL || strlen(dump) != line.len - 1 ||
	    memcmp(dump, line.p, line.len - 1) != 0) {
		json_decref(o);
		o = NULL;
	}
	free(dump);
	return o;
}

static void
audit_place_of(struct span line, struct audit_place *p)
{
	json_t *o = audit_object(line);
	const char *prev = json_string_value(json_object_get(o, "prev"));
	const char *time = json_string_value(json_object_get(o, "time"));
	const char *event = json_string_value(json_object_get(o, "event"));
	int64_t when;

	p->canonical = prev != NULL && strlen(prev) == SHA256_HEX - 1 &&
	    event != NULL && time != NULL &&
	    num_time(span_of(time), &when) &&
	    json_is_integer(json_object_get(o, "seq"));
	p->seq = json_integer_value(json_object_get(o, "seq"));
	(void)snprintf(p->prev, sizeof(p->prev), "%s",
	    p->canonical ? prev : "");
	sha256_hex(line, p->hash);
	p->end += (int64_t)line.len;
	json_decref(o);
}

static void
audit_bad(struct audit_verdict *v, int64_t line, const char *why)
{
	v->ok = false;
	v->bad = line;
	(void)snprintf(v->why, sizeof(v->why), "%s", why);
}

/*
 * Line n does not name the line before it.  If the line after n (or the
 * store) confirms n as it is, then n-1 was changed; else n was.
 */
static enum fault_kind
audit_blame(struct audit_reader *r, const struct store_head *head, int64_t n,
    const struct audit_place *place, struct audit_verdict *v, struct fault *f)
{
	struct audit_place next = { 0 };
	struct span line;
	bool confirmed;
	enum fault_kind kind;

	kind = audit_next(r, &line, f);
	if (kind != FAULT_NONE)
		return kind;
	if (line.len > 0) {
		audit_place_of(line, &next);
		confirmed = next.canonical &&
		    strcmp(next.prev, place->hash) == 0;
	} else
		confirmed = head != NULL && head->seq == n &&
		    strcmp(head->hash, place->hash) == 0;
	if (confirmed && n > 1) {
		v->lines = n - 2;
		audit_bad(v, n - 1, "its hash is not the one that the next "
		    "line names");
	} else
		audit_bad(v, n, "it does not name the hash of the line "
		    "before it");
	return FAULT_NONE;
}

/*
 * Line n bears a smaller number.  If it is a copy, n is the bad one; if the
 * line after it confirms it, it was pushed down by lines that were put in.
 */
static enum fault_kind
audit_pushed(struct audit_reader *r, int64_t n,
    const struct audit_place *place, struct audit_verdict *v, struct fault *f)
{
	struct audit_place next = { 0 };
	struct span line;
	enum fault_kind kind;

	kind = audit_next(r, &line, f);
	if (kind != FAULT_NONE)
		return kind;
	if (line.len > 0)
		audit_place_of(line, &next);
	if (place->seq > 0 && strcmp(place->hash, v->hash) != 0 &&
	    next.canonical && strcmp(next.prev, place->hash) == 0) {
		v->lines = place->seq - 1;
		audit_bad(v, place->seq, "it, or a line before its number "
		    "comes again, was put in");
	} else
		audit_bad(v, n, "it stands there again, or was moved");
	return FAULT_NONE;
}

/* Why the line in its place is bad, or NULL; a wrong `prev` is for blame. */
static const char *
audit_line_why(const struct audit_place *p, struct span line, int64_t n)
{
	if (line.p[line.len - 1] != '\n')
		return line.len >= AUDIT_LINE_MAX ? "it is too long" :
		    "it has no newline: it was cut";
	if (!p->canonical)
		return "it is not a line of this log in canonical form";
	if (p->seq > n)
		return "it is missing, or lines were moved";
	return NULL;
}

/* Compare the end of the log with what the store knows. */
static void
audit_verify_end(const struct store_head *head, struct audit_verdict *v)
{
	v->end_checked = true;
	if (v->lines < head->seq)
		audit_bad(v, v->lines + 1, "it is missing: the store knows a "
		    "longer log");
	else if (v->lines == head->seq && strcmp(v->hash, head->hash) != 0)
		audit_bad(v, v->lines, "it is not the last line that the "
		    "store knows");
}

static enum fault_kind
audit_verify_lines(struct audit_reader *r, const struct store_head *head,
    int64_t mark_seq, const char *mark_hash, struct audit_verdict *v,
    struct fault *f)
{
	struct audit_place place = { 0 };
	enum fault_kind kind;

	for (;;) {
		struct span line;
		const char *why;

		kind = audit_next(r, &line, f);
		if (kind != FAULT_NONE || line.len == 0)
			return kind;
		audit_place_of(line, &place);
		why = audit_line_why(&place, line, v->lines + 1);
		if (why != NULL) {
			audit_bad(v, v->lines + 1, why);
			v->fragment = line.p[line.len - 1] != '\n' &&
			    line.len < AUDIT_LINE_MAX;
			return FAULT_NONE;
		}
		if (place.seq < v->lines + 1)
			return audit_pushed(r, v->lines + 1, &place, v, f);
		if (strcmp(place.prev, v->hash) != 0)
			return audit_blame(r, head, v->lines + 1, &place, v,
			    f);
		v->lines++;
		v->end = place.end;
		memcpy(v->hash, place.hash, sizeof(v->hash));
		if (v->lines == mark_seq) {
			v->mark_checked = true;
			if (strcmp(v->hash, mark_hash) != 0) {
				audit_bad(v, v->lines, "the chain up to it is "
				    "not the one of the checkpoint");
				return FAULT_NONE;
			}
		}
		if (head != NULL && v->lines == head->seq &&
		    strcmp(v->hash, head->hash) != 0) {
			audit_verify_end(head, v);
			return FAULT_NONE;
		}
	}
}

enum fault_kind
audit_verify(int fd, const struct store_head *head, int64_t mark_seq,
    const char *mark_hash, struct audit_verdict *v, struct fault *f)
{
	struct audit_reader r = { .fd = fd };
	enum fault_kind kind;

	*v = (struct audit_verdict){ .ok = true };
	memcpy(v->hash, AUDIT_ZERO, sizeof(v->hash));
	r.bytes = malloc(AUDIT_WINDOW);
	if (r.bytes == NULL)
		return fault_nomem(f);
	kind = audit_verify_lines(&r, head, mark_seq, mark_hash, v, f);
	free(r.bytes);
	if (kind != FAULT_NONE)
		return kind;
	if (v->ok && head != NULL)
		audit_verify_end(head, v);
	if (v->ok && mark_seq > v->lines)
		audit_bad(v, v->lines + 1, "it is missing: the checkpoint "
		    "tells of a longer log");
	return FAULT_NONE;
}

enum fault_kind
audit_each(int fd, enum fault_kind (*each)(struct span line, json_t *object,
    void *arg, struct fault *f), void *arg, struct fault *f)
{
	struct audit_reader r = { .fd = fd };
	enum fault_kind kind = FAULT_NONE;

	r.bytes = malloc(AUDIT_WINDOW);
	if (r.bytes == NULL)
		return fault_nomem(f);
	while (kind == FAULT_NONE) {
		struct span line;
		json_t *o;

		kind = audit_next(&r, &line, f);
		if (kind != FAULT_NONE || line.len == 0)
			break;
		o = audit_object(line);
		kind = each(line, o, arg, f);
		json_decref(o);
	}
	free(r.bytes);
	return kind;
}

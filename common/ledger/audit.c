/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/num.h"
#include "ledger/audit.h"

/* More lines ahead of the store than accidents in a row would explain. */
#define AUDIT_AHEAD_MAX 64
#define AUDIT_AHEAD_BYTES ((size_t)4 * 1024 * 1024)

enum fault_kind
audit_refresh(struct audit *a, struct fault *f)
{
	struct stat st;

	if (fstat(a->fd, &st) != 0)
		return fault_errno(f, FAULT_IO, errno, "audit log");
	a->size = (int64_t)st.st_size;
	return FAULT_NONE;
}

enum fault_kind
audit_open(struct audit *a, int dirfd, const char *name, bool create,
    uid_t owner, struct fault *f)
{
	struct stat st;
	int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

	*a = (struct audit){ .fd = -1 };
	buf_init(&a->pending, (size_t)16 * AUDIT_LINE_MAX);
	a->fd = openat(dirfd, name,
	    create ? flags | O_CREAT | O_EXCL : flags, 0640);
	if (a->fd < 0)
		return fault_errno(f, create ? FAULT_CANTCREAT :
		    errno == EACCES ? FAULT_NOPERM : FAULT_CONFIG, errno,
		    "audit log");
	if (fstat(a->fd, &st) != 0)
		return fault_errno(f, FAULT_IO, errno, "audit log");
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_uid != owner && st.st_uid != 0) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fault_set(f, FAULT_CONFIG, "the audit log is not a "
		    "plain file of one name that only its owner may write");
	a->size = (int64_t)st.st_size;
	return FAULT_NONE;
}

void
audit_close(struct audit *a)
{
	if (a->fd >= 0)
		(void)close(a->fd);
	a->fd = -1;
	buf_free(&a->pending);
}

/* len bytes at `at`, or a fault. */
static enum fault_kind
audit_pread(int fd, char *p, size_t len, int64_t at, struct fault *f)
{
	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, FAULT_IO, errno, "audit log");
		if (n == 0)
			return fault_set(f, FAULT_CONFIG,
			    "the audit log is shorter than it was");
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return FAULT_NONE;
}

enum fault_kind
audit_at(const struct audit *a, int64_t at, json_t **out, struct fault *f)
{
	int64_t from = at > 0 ? at - 1 : 0, len = a->size - from;
	struct span line, rest;
	enum fault_kind kind;
	char *p;

	*out = NULL;
	if (at < 0 || at >= a->size)
		return FAULT_NONE;
	if (len > AUDIT_LINE_MAX + 1)
		len = AUDIT_LINE_MAX + 1;
	p = malloc((size_t)len);
	if (p == NULL)
		return fault_nomem(f);
	kind = audit_pread(a->fd, p, (size_t)len, from, f);
	rest = (struct span){ p + (at - from), (size_t)(len - (at - from)) };
	if (kind == FAULT_NONE && (at == 0 || p[0] == '\n') &&
	    span_cut(rest, '\n', &line, &rest))
		*out = audit_object((struct span){ line.p, line.len + 1 });
	free(p);
	return kind;
}

/* Is the last line the store knows where it was, and unchanged? */
static enum fault_kind
audit_head_holds(const struct audit *a, const struct store_head *head,
    bool *holds, struct fault *f)
{
	char hash[SHA256_HEX], *p;
	enum fault_kind kind;

	*holds = false;
	if (head->seq == 0) {
		*holds = head->end == 0;
		return FAULT_NONE;
	}
	if (head->len <= 0 || head->len > AUDIT_LINE_MAX ||
	    head->end < head->len || a->size < head->end)
		return FAULT_NONE;
	p = malloc((size_t)head->len);
	if (p == NULL)
		return fault_nomem(f);
	kind = audit_pread(a->fd, p, (size_t)head->len, head->end - head->len,
	    f);
	if (kind == FAULT_NONE) {
		sha256_hex((struct span){ p, (size_t)head->len }, hash);
		*holds = p[head->len - 1] == '\n' &&
		    strcmp(hash, head->hash) == 0;
	}
	free(p);
	return kind;
}

/* What stands in the log after the store's head. */
struct audit_tail {
	char *p;
	size_t len;
	size_t fragment;	/* bytes after the last newline */
	int64_t lines;
	int64_t ordinary;	/* lines that do not report an accident */
	bool chained;		/* each line follows from the one before */
	bool told;		/* the last whole line reports an accident */
	struct store_head head;	/* after the last whole line */
};

/* Does this line follow after *head?  Moves *head after it. */
static bool
audit_follows(json_t *o, struct span line, struct store_head *head)
{
	const char *prev = json_string_value(json_object_get(o, "prev"));
	bool follows = prev != NULL &&
	    json_integer_value(json_object_get(o, "seq")) == head->seq + 1 &&
	    strcmp(prev, head->seq == 0 ? AUDIT_ZERO : head->hash) == 0;

	head->seq++;
	head->len = (int64_t)line.len;
	head->end += (int64_t)line.len;
	sha256_hex(line, head->hash);
	return follows;
}

static bool
audit_is_accident(json_t *o)
{
	const char *event = json_string_value(json_object_get(o, "event"));

	return event != NULL && (strcmp(event, "aborted") == 0 ||
	    strcmp(event, "recovered") == 0);
}

static void
audit_tail_line(struct audit_tail *t, struct span line)
{
	json_t *o = audit_object(line);

	t->lines++;
	if (o == NULL || !audit_follows(o, line, &t->head))
		t->chained = false;
	t->told = o != NULL && audit_is_accident(o);
	if (!t->told)
		t->ordinary++;
	json_decref(o);
}

/* Read and judge what stands after the head; free t->p. */
static enum fault_kind
audit_tail_read(const struct audit *a, const struct store_head *head,
    struct audit_tail *t, struct fault *f)
{
	struct span rest;
	enum fault_kind kind;

	*t = (struct audit_tail){ .chained = true, .head = *head };
	t->len = (size_t)(a->size - head->end);
	if (t->len == 0)
		return FAULT_NONE;
	if (t->len > AUDIT_AHEAD_BYTES) {
		t->chained = false;
		t->lines = t->ordinary = AUDIT_AHEAD_MAX + 1;
		return FAULT_NONE;
	}
	t->p = malloc(t->len);
	if (t->p == NULL)
		return fault_nomem(f);
	kind = audit_pread(a->fd, t->p, t->len, head->end, f);
	rest = (struct span){ t->p, t->len };
	while (kind == FAULT_NONE && rest.len > 0) {
		size_t n = span_find(rest, '\n');

		if (n == rest.len) {
			t->fragment = n;
			break;
		}
		audit_tail_line(t, span_sub(rest, 0, n + 1));
		rest = span_sub(rest, n + 1, rest.len);
	}
	return kind;
}

enum fault_kind
audit_judge(struct audit *a, const struct store_head *head,
    enum audit_state *state, const char **why, struct fault *f)
{
	struct audit_tail t = { 0 };
	enum fault_kind kind;
	bool holds;

	*state = AUDIT_UNTRUSTED;
	*why = "log-cut";
	kind = audit_head_holds(a, head, &holds, f);
	if (kind != FAULT_NONE || !holds)
		return kind;
	if (a->size == head->end) {
		*state = AUDIT_OK;
		*why = "";
		return FAULT_NONE;
	}
	kind = audit_tail_read(a, head, &t, f);
	if (kind == FAULT_NONE && t.chained && t.ordinary <= 1 &&
	    t.lines <= AUDIT_AHEAD_MAX) {
		*state = AUDIT_AHEAD;
		*why = "";
	} else
		*why = t.chained && t.lines > 0 ? "store-restored" :
		    "log-changed";
	free(t.p);
	return kind;
}

static json_t *
audit_event(const char *event)
{
	json_t *o = json_object();

	if (o != NULL && json_object_set_new(o, "event",
	    json_string(event)) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/*
 * The fragment is overwritten by the line that reports it, and only then cut:
 * a crash in between leaves a fragment again, never a cut that nobody reported.
 */
enum fault_kind
audit_recover(struct audit *a, struct store_head *head,
    const struct jit_now *now, struct fault *f)
{
	struct audit_tail t = { 0 };
	bool failed = false;
	json_t *o;
	enum fault_kind kind;

	kind = audit_tail_read(a, head, &t, f);
	free(t.p);
	if (kind != FAULT_NONE)
		return kind;
	if (!t.chained || t.ordinary > 1)
		return fault_set(f, FAULT_CONFIG, "the audit log does not "
		    "follow from the store");
	/*
	 * The accident is in the log already, and only the store has not taken
	 * it: a fault that lasts must not add a line each time.
	 */
	if (t.told && t.fragment == 0) {
		*head = t.head;
		return FAULT_NONE;
	}
	if (t.ordinary == 1 || (t.lines > 0 && t.fragment == 0)) {
		o = audit_event("aborted");
		js_set(o, "of", js_int(head->seq + 1), &failed);
	} else {
		o = audit_event("recovered");
		js_set(o, "cut", js_int((int64_t)t.fragment), &failed);
	}
	if (t.ordinary == 1 && t.fragment > 0)
		js_set(o, "cut", js_int((int64_t)t.fragment), &failed);
	if (failed) {
		json_decref(o);
		return fault_nomem(f);
	}
	*head = t.head;
	return audit_add(a, head, now, o, f);
}

enum fault_kind
audit_add(struct audit *a, struct store_head *head, const struct jit_now *now,
    json_t *fields, struct fault *f)
{
	char time[NUM_RFC3339_LEN], *dump;
	struct span line;
	bool failed = false;
	size_t from = a->pending.len;

	if (fields == NULL)
		return fault_nomem(f);
	num_rfc3339(now->wall, time);
	js_set(fields, "seq", js_int(head->seq + 1), &failed);
	js_set(fields, "prev", js_str(head->seq == 0 ? AUDIT_ZERO :
	    head->hash), &failed);
	js_set(fields, "time", js_str(time), &failed);
	dump = failed ? NULL : json_dumps(fields, JSON_COMPACT |
	    JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	json_decref(fields);
	if (dump == NULL)
		return fault_nomem(f);
	if (from == 0)
		a->at = head->end;
	buf_adds(&a->pending, dump);
	buf_addc(&a->pending, '\n');
	free(dump);
	if (buf_check(&a->pending, f) != FAULT_NONE)
		return f->kind;
	line = span_sub(buf_span(&a->pending), from, a->pending.len);
	if (line.len > AUDIT_LINE_MAX)
		return fault_set(f, FAULT_DATA, "audit line too long");
	head->seq++;
	head->len = (int64_t)line.len;
	head->end += (int64_t)line.len;
	sha256_hex(line, head->hash);
	return FAULT_NONE;
}

enum fault_kind
audit_flush(struct audit *a, struct fault *f)
{
	struct span s = buf_span(&a->pending);
	int64_t at = a->at, end = a->at + (int64_t)s.len;

	if (s.len == 0)
		return FAULT_NONE;
	while (s.len > 0) {
		ssize_t n = pwrite(a->fd, s.p, s.len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fault_errno(f, FAULT_IO, n == 0 ? ENOSPC :
			    errno, "audit log");
		at += n;
		s = span_sub(s, (size_t)n, s.len);
	}
	if (a->size > end && ftruncate(a->fd, (off_t)end) != 0)
		return fault_errno(f, FAULT_IO, errno, "audit log");
	if (fdatasync(a->fd) != 0)
		return fault_errno(f, FAULT_IO, errno, "audit log");
	a->synced = true;
	return FAULT_NONE;
}

void
audit_rollback(struct audit *a)
{
	struct stat st;

	/* A failure here is harmless: the next writer's recovery reports it. */
	if (a->pending.len > 0 && !a->synced && fstat(a->fd, &st) == 0 &&
	    st.st_size > (off_t)a->at && a->size <= a->at &&
	    ftruncate(a->fd, (off_t)a->at) == 0)
		(void)fdatasync(a->fd);
	a->synced = false;
	buf_reset(&a->pending);
}

void
audit_cut(struct audit *a)
{
	struct stat st;
	off_t end = (off_t)a->at + (off_t)a->pending.len;

	if (a->pending.len > 0 && fstat(a->fd, &st) == 0 &&
	    st.st_size == end && ftruncate(a->fd, (off_t)a->at) == 0)
		(void)fdatasync(a->fd);
}

void
audit_commit(struct audit *a)
{
	a->size = a->at + (int64_t)a->pending.len;
	a->synced = false;
	buf_reset(&a->pending);
}

enum fault_kind
audit_accept(struct audit *a, struct store_head *head,
    const struct jit_now *now, const char *by, struct fault *f)
{
	struct audit_verdict v;
	bool failed = false;
	json_t *o;
	enum fault_kind kind;

	kind = audit_verify(a->fd, NULL, 0, NULL, &v, f);
	if (kind != FAULT_NONE)
		return kind;
	if (!v.ok && !v.fragment)
		return fault_set(f, FAULT_CONFIG,
		    "the audit log is damaged: line %lld: %s",
		    (long long)v.bad, v.why);
	o = audit_event("restored");
	js_set(o, "by", js_str(by), &failed);
	js_set(o, "store_seq", js_int(head->seq), &failed);
	js_set(o, "store_hash", js_str(head->hash), &failed);
	js_set(o, "log_seq", js_int(v.lines), &failed);
	if (failed) {
		json_decref(o);
		return fault_nomem(f);
	}
	head->seq = v.lines;
	head->end = v.end;
	head->len = 0;
	memcpy(head->hash, v.hash, sizeof(head->hash));
	return audit_add(a, head, now, o, f);
}

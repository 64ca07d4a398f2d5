/* SPDX-License-Identifier: ISC */
/* The file of the state: lock, read, write. */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/out.h"
#include "base/sha256.h"
#include "posture/drift.h"
#include "posture/state_impl.h"

#define STATE_SCHEMA "vouchsafe-audit-state/1"
#define STATE_MAX ((size_t)1024 * 1024 * 1024)
#define STATE_POLL_MS 50

/* PATH with more after it; NULL without memory. */
static char *
state_beside(const struct posture_state *s, const char *more)
{
	struct buf b;
	char *path;

	buf_init(&b, 1 << 16);
	buf_adds(&b, s->config.path);
	buf_adds(&b, more);
	path = b.nomem || b.full ? NULL : strdup(buf_str(&b));
	buf_free(&b);
	return path;
}

static enum fault_kind
state_lock(struct posture_state *s, struct fault *f)
{
	int64_t end = clock_mono_ms(s->config.clock) + s->config.wait_ms;
	char *path = state_beside(s, ".lock");

	if (path == NULL)
		return fault_nomem(f);
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock < 0) {
		(void)fault_errno(f, FAULT_CANTCREAT, errno, "%s", path);
		free(path);
		return f->kind;
	}
	while (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) ||
		    clock_mono_ms(s->config.clock) >= end) {
			(void)fault_set(f, FAULT_TEMP,
			    "%s: another run holds it", path);
			break;
		}
		(void)poll(NULL, 0, STATE_POLL_MS);
	}
	free(path);
	return f->kind;
}

static int
line_order(const void *a, const void *b)
{
	const struct state_line *x = a, *y = b;
	size_t n = x->domain.len < y->domain.len ? x->domain.len :
	    y->domain.len;
	int c = memcmp(x->domain.p, y->domain.p, n);

	return c != 0 ? c : (x->domain.len > y->domain.len) -
	    (x->domain.len < y->domain.len);
}

struct state_line *
state_find(const struct posture_state *s, struct span domain)
{
	struct state_line key = { .domain = domain };

	return s->count == 0 ? NULL : bsearch(&key, s->lines, s->count,
	    sizeof(*s->lines), line_order);
}

/* Is it a header, made with the same options? */
static enum fault_kind
state_header(const struct posture_state *s, struct span line,
    struct fault *f)
{
	json_t *o = json_loadb(line.p, line.len, 0, NULL);
	struct span options = posture_json_span(o, "options");

	if (o == NULL || !span_eq(posture_json_span(o, "schema"),
	    SPAN(STATE_SCHEMA)))
		(void)fault_set(f, FAULT_DATA, "%s: not a state of mailaudit",
		    s->config.path);
	else if (!span_eq(options, s->config.options))
		(void)fault_set(f, FAULT_CONFIG, "%s: made with other options"
		    ": \"%.*s\", now \"%.*s\"", s->config.path,
		    SPAN_ARG(span_sub(options, 0, 100)),
		    SPAN_ARG(span_sub(s->config.options, 0, 100)));
	json_decref(o);
	return f->kind;
}

/* The domain of a line: it is the first key. */
static enum fault_kind
state_domain(struct posture_state *s, struct span line,
    struct state_line *out, struct fault *f)
{
	static const struct span start = { "{\"domain\":\"", 11 };
	struct span name = span_sub(line, start.len, line.len), rest;

	if (!span_starts(line, start) || line.p[line.len - 1] != '}' ||
	    !span_cut(name, '"', &name, &rest))
		return fault_set(f, FAULT_DATA, "%s: a line of it is broken",
		    s->config.path);
	*out = (struct state_line){ .domain = name, .text = line };
	return FAULT_NONE;
}

static enum fault_kind
state_lines(struct posture_state *s, struct fault *f)
{
	struct span rest = buf_span(&s->old), line;
	size_t n = 0;

	for (size_t i = 0; i < rest.len; i++)
		n += rest.p[i] == '\n';
	if (n == 0 || rest.p[rest.len - 1] != '\n')
		return fault_set(f, FAULT_DATA, "%s: it was cut off",
		    s->config.path);
	s->lines = calloc(n, sizeof(*s->lines));
	if (s->lines == NULL)
		return fault_nomem(f);
	(void)span_cut(rest, '\n', &line, &rest);
	if (state_header(s, line, f) != FAULT_NONE)
		return f->kind;
	while (rest.len > 0) {
		(void)span_cut(rest, '\n', &line, &rest);
		if (line.len == 0 || state_domain(s, line,
		    &s->lines[s->count], f) != FAULT_NONE)
			return f->kind != FAULT_NONE ? f->kind : fault_set(f,
			    FAULT_DATA, "%s: an empty line", s->config.path);
		s->count++;
	}
	qsort(s->lines, s->count, sizeof(*s->lines), line_order);
	return FAULT_NONE;
}

static enum fault_kind
state_read(struct posture_state *s, struct fault *f)
{
	struct stat st;
	bool there = lstat(s->config.path, &st) == 0;

	if (s->config.init)
		return there ? fault_set(f, FAULT_CANTCREAT, "%s: it is "
		    "there; --init begins a new one", s->config.path) :
		    FAULT_NONE;
	if (!there)
		return fault_errno(f, FAULT_NOINPUT, errno,
		    "%s (--init begins one)", s->config.path);
	if (file_read(s->config.path, &s->old, f) != FAULT_NONE)
		return f->kind;
	return state_lines(s, f);
}

enum fault_kind
posture_state_open(const struct posture_state_config *config,
    struct posture_state **out, struct fault *f)
{
	struct posture_state *s = calloc(1, sizeof(*s));

	*out = s;
	if (s == NULL)
		return fault_nomem(f);
	s->config = *config;
	s->lock = -1;
	arena_init(&s->arena, STATE_MAX);
	buf_init(&s->old, STATE_MAX);
	buf_init(&s->new, STATE_MAX);
	if (state_lock(s, f) != FAULT_NONE || state_read(s, f) != FAULT_NONE)
		return f->kind;
	return FAULT_NONE;
}

void
posture_state_close(struct posture_state *s)
{
	if (s == NULL)
		return;
	if (s->lock >= 0)
		(void)close(s->lock);
	free(s->lines);
	arena_free(&s->arena);
	buf_free(&s->old);
	buf_free(&s->new);
	free(s);
}

static enum fault_kind
state_write_header(const struct posture_state *s, struct out *out,
    struct fault *f)
{
	json_t *o = json_object();
	bool failed = o == NULL;
	char hex[SHA256_HEX];
	struct buf b;

	sha256_hex(buf_span(&s->old), hex);
	js_set(o, "schema", js_str(STATE_SCHEMA), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "time", js_int(s->config.now), &failed);
	js_set(o, "options", js_span(s->config.options), &failed);
	js_set(o, "previous", s->config.init ? js_null() : js_str(hex),
	    &failed);
	buf_init(&b, 1 << 20);
	if (failed)
		(void)fault_nomem(f);
	else if (js_line(o, &b, f) == FAULT_NONE)
		out_addspan(out, buf_span(&b));
	json_decref(o);
	buf_free(&b);
	return f->kind;
}

/* All of it into fd, which is closed; on the disk when this returns. */
static enum fault_kind
state_write(const struct posture_state *s, int fd, const char *path,
    struct fault *f)
{
	struct out *out = calloc(1, sizeof(*out));

	if (out == NULL) {
		(void)close(fd);
		return fault_nomem(f);
	}
	out_init(out, fd, path);
	(void)state_write_header(s, out, f);
	out_addspan(out, buf_span(&s->new));
	for (size_t i = 0; i < s->count; i++) {
		if (s->lines[i].replaced)
			continue;
		out_addspan(out, s->lines[i].text);
		out_adds(out, "\n");
	}
	if (f->kind == FAULT_NONE && out_flush(out, f) == FAULT_NONE &&
	    fsync(fd) != 0)
		(void)fault_errno(f, FAULT_IO, errno, "%s", path);
	if (f->kind != FAULT_NONE)
		(void)close(fd);
	else
		(void)out_close(out, f);
	free(out);
	return f->kind;
}

/* The folder: that the file has its new name is on the disk, too. */
static enum fault_kind
state_sync_folder(const char *path, struct fault *f)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") : strndup(path,
	    slash == path ? 1 : (size_t)(slash - path));
	int fd = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);

	/* Some file systems cannot sync a folder. */
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		(void)fault_errno(f, FAULT_IO, errno, "%s", path);
	if (fd >= 0)
		(void)close(fd);
	free(folder);
	return f->kind;
}

enum fault_kind
posture_state_save(struct posture_state *s, struct fault *f)
{
	char *path;
	int fd;

	if (buf_check(&s->new, f) != FAULT_NONE)
		return f->kind;
	path = state_beside(s, ".new");
	if (path == NULL)
		return fault_nomem(f);
	/* A run that was killed may have left one. */
	if (unlink(path) != 0 && errno != ENOENT)
		(void)fault_errno(f, FAULT_CANTCREAT, errno, "%s", path);
	fd = f->kind != FAULT_NONE ? -1 : open(path, O_WRONLY | O_CREAT |
	    O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && f->kind == FAULT_NONE)
		(void)fault_errno(f, FAULT_CANTCREAT, errno, "%s", path);
	if (fd >= 0 && state_write(s, fd, path, f) == FAULT_NONE) {
		if (rename(path, s->config.path) != 0)
			(void)fault_errno(f, FAULT_CANTCREAT, errno, "%s",
			    s->config.path);
		else
			(void)state_sync_folder(s->config.path, f);
	}
	if (fd >= 0 && f->kind != FAULT_NONE)
		(void)unlink(path);
	free(path);
	return f->kind;
}

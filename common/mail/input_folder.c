/* SPDX-License-Identifier: ISC */
/* Folders of mail: Maildir and mbox. */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mail/input.h"
#include "mail/input_impl.h"

static enum fault_kind
maildir_add(struct maildir *d, char folder, const char *name, struct fault *f)
{
	uint32_t *at;
	size_t room;

	if (d->count == d->room) {
		room = d->room == 0 ? 256 : d->room * 2;
		at = reallocarray(d->at, room, sizeof(*at));
		if (at == NULL)
			return fault_nomem(f);
		d->at = at;
		d->room = room;
	}
	d->at[d->count++] = (uint32_t)d->names.len;
	buf_addc(&d->names, folder);
	buf_add(&d->names, name, strlen(name) + 1);
	return buf_check(&d->names, f);
}

/*
 * Is the entry a message? A FIFO would be waited for without end. What
 * cannot be asked about is for the one that opens it to report.
 */
static bool
maildir_wants(int dirfd, const struct dirent *e)
{
	struct stat st;

	if (e->d_name[0] == '.')
		return false;
	if (e->d_type == DT_REG)
		return true;
	return fstatat(dirfd, e->d_name, &st, 0) != 0 || S_ISREG(st.st_mode);
}

static enum fault_kind
maildir_read(struct maildir *d, const char *path, const char *folder,
    struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;
	struct dirent *e;
	struct buf b;
	DIR *dir;

	buf_init(&b, 1 << 20);
	buf_addf(&b, "%s/%s", path, folder);
	kind = buf_check(&b, f);
	if (kind != FAULT_NONE)
		goto out;
	dir = opendir(buf_str(&b));
	if (dir == NULL) {
		kind = fault_errno(f, FAULT_NOINPUT, errno, "cannot open %s",
		    buf_str(&b));
		goto out;
	}
	while (kind == FAULT_NONE) {
		errno = 0;
		e = readdir(dir);
		if (e == NULL) {
			if (errno != 0)
				kind = fault_errno(f, FAULT_IO, errno,
				    "cannot read %s", buf_str(&b));
			break;
		}
		if (maildir_wants(dirfd(dir), e))
			kind = maildir_add(d, folder[0], e->d_name, f);
	}
	(void)closedir(dir);
out:
	buf_free(&b);
	return kind;
}

static int
maildir_order(const void *a, const void *b, void *names)
{
	const char *text = names;
	const char *x = text + *(const uint32_t *)a;
	const char *y = text + *(const uint32_t *)b;
	int order = strcmp(x + 1, y + 1);

	return order != 0 ? order : (x[0] > y[0]) - (x[0] < y[0]);
}

enum fault_kind
maildir_open(struct maildir *d, const char *path, struct fault *f)
{
	enum fault_kind kind;

	*d = (struct maildir){ .count = 0 };
	buf_init(&d->names, UINT32_MAX);
	kind = maildir_read(d, path, "cur", f);
	if (kind == FAULT_NONE)
		kind = maildir_read(d, path, "new", f);
	if (kind != FAULT_NONE) {
		maildir_close(d);
		return kind;
	}
	if (d->count > 0)
		qsort_r(d->at, d->count, sizeof(*d->at), maildir_order,
		    d->names.p);
	return FAULT_NONE;
}

bool
maildir_next(struct maildir *d, struct buf *b)
{
	const char *entry;

	if (d->next == d->count)
		return false;
	entry = d->names.p + d->at[d->next++];
	buf_adds(b, entry[0] == 'c' ? "cur/" : "new/");
	buf_adds(b, entry + 1);
	return true;
}

/* The name of a message without its flags (":2,S"). */
static struct span
maildir_base(const char *name)
{
	struct span s = span_of(name);

	return span_sub(s, 0, span_find(s, ':'));
}

/* In one folder, given by its descriptor, which is closed. */
static int
maildir_find(int dirfd, struct span base)
{
	DIR *dir = dirfd < 0 ? NULL : fdopendir(dirfd);
	struct dirent *e;
	int fd = -1;

	if (dir == NULL) {
		if (dirfd >= 0)
			(void)close(dirfd);
		return -1;
	}
	while (fd < 0 && (e = readdir(dir)) != NULL)
		if (span_eq(maildir_base(e->d_name), base) &&
		    maildir_wants(dirfd, e))
			fd = openat(dirfd, e->d_name,
			    O_RDONLY | O_CLOEXEC | O_NOCTTY);
	(void)closedir(dir);
	return fd;
}

int
maildir_moved(const char *path)
{
	static const char *const folders[] = { "cur", "new" };
	struct span all = span_of(path), above, folder;
	size_t slash = span_rfind(all, '/'), upper;
	char *parent;
	int top, fd = -1;

	above = span_sub(all, 0, slash);
	upper = span_rfind(above, '/');
	folder = upper == above.len ? above : span_sub(above, upper + 1,
	    above.len);
	if (slash == all.len || (!span_eq(folder, SPAN("cur")) &&
	    !span_eq(folder, SPAN("new")))) {
		errno = ENOENT;
		return -1;
	}
	parent = upper == above.len ? strdup(".") : strndup(path, upper + 1);
	top = parent == NULL ? -1 : open(parent, O_PATH | O_DIRECTORY |
	    O_CLOEXEC);
	free(parent);
	for (size_t i = 0; top >= 0 && fd < 0 && i < 2; i++)
		fd = maildir_find(openat(top, folders[i], O_RDONLY |
		    O_DIRECTORY | O_CLOEXEC), maildir_base(path + slash + 1));
	if (top >= 0)
		(void)close(top);
	if (fd < 0)
		errno = ENOENT;
	return fd;
}

void
maildir_close(struct maildir *d)
{
	buf_free(&d->names);
	free(d->at);
	*d = (struct maildir){ .count = 0 };
}

enum fault_kind
mbox_open(struct mbox *b, struct fault *f)
{
	char *window = b->window;

	if (window == NULL)
		window = malloc(INPUT_WINDOW);
	if (window == NULL)
		return fault_nomem(f);
	*b = (struct mbox){ .window = window };
	return FAULT_NONE;
}

void
mbox_close(struct mbox *b)
{
	free(b->window);
	*b = (struct mbox){ .window = NULL };
}

/* Move the window on, keeping its bytes from `keep`, and fill it. */
static enum fault_kind
mbox_fill(struct mbox *b, int fd, size_t keep, bool *end, struct fault *f)
{
	ssize_t n;

	memmove(b->window, b->window + keep, b->len - keep);
	b->base += keep;
	b->len -= keep;
	b->at -= keep;
	while (b->len < INPUT_WINDOW) {
		n = pread(fd, b->window + b->len, INPUT_WINDOW - b->len,
		    (off_t)(b->base + b->len));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, FAULT_IO, errno, "cannot read");
		*end = n == 0;
		if (n == 0)
			break;
		b->len += (size_t)n;
	}
	return FAULT_NONE;
}

/* A From line must be seen so far to know that it is not `From :`. */
#define FROM_AHEAD ((size_t)512)
/* The bytes before a From line that make up a blank line. */
#define FROM_BEHIND ((size_t)2)

/*
 * Does a From line begin after the line end at p[i]?  In mboxrd each one
 * begins a message, for those inside are quoted.  *blank is the length of the
 * blank line before it, if there is one: it is not the message's.
 */
static bool
mbox_separator(const char *p, size_t i, size_t len, size_t *blank)
{
	struct span line = { p + i + 1, len - i - 1 };

	line.len = span_find(line, '\n');
	if (i >= 1 && p[i - 1] == '\n')
		*blank = 1;
	else if (i >= 2 && p[i - 1] == '\r' && p[i - 2] == '\n')
		*blank = 2;
	else
		*blank = 0;
	return input_is_from_line(line);
}

enum fault_kind
mbox_next(struct mbox *b, int fd, uint64_t *offset, uint64_t *length,
    struct fault *f)
{
	size_t i, keep, blank;
	enum fault_kind kind;
	const char *hit;
	bool end = false;

	*offset = b->start;
	b->number++;
	for (;;) {
		hit = b->len == b->at ? NULL : memmem(b->window + b->at,
		    b->len - b->at, "\nFrom ", 6);
		i = hit == NULL ? b->len : (size_t)(hit - b->window);
		if (hit != NULL && (end || b->len - i >= FROM_AHEAD)) {
			b->at = i + 1;
			if (!mbox_separator(b->window, i, b->len, &blank))
				continue;
			*length = b->base + i + 1 - blank - b->start;
			b->start = b->base + i + 1;
			return FAULT_NONE;
		}
		if (end)
			break;
		/* "\nFrom" may stand at the end of the window. */
		keep = hit != NULL ? i : b->len < 5 ? 0 : b->len - 5;
		b->at = keep < b->at ? b->at : keep;
		keep = b->at < FROM_BEHIND ? 0 : b->at - FROM_BEHIND;
		kind = mbox_fill(b, fd, keep, &end, f);
		if (kind != FAULT_NONE)
			return kind;
	}
	b->done = true;
	*length = b->base + b->len - b->start;
	return FAULT_NONE;
}

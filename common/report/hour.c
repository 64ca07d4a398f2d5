/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "report/folder.h"
#include "report/hour.h"
#include "report/line.h"

/* A closed file's name, NUL included; names of one listing. */
#define NAME_BYTES ((size_t)64)
#define LIST_BYTES ((size_t)16 * 1024 * 1024)

enum fault_kind
report_spool_open(struct report_spool *s, const char *home, struct fault *f)
{
	*s = (struct report_spool){ .dir = -1, .fd = -1 };
	return report_folder_open(home, "spool", &s->dir, f);
}

void
report_spool_close(struct report_spool *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->dir >= 0)
		(void)close(s->dir);
	s->fd = s->dir = -1;
}

static void
hour_name(int64_t now, char out[REPORT_HOUR_LEN])
{
	char text[NUM_RFC3339_LEN];

	/* 2026-11-23T18:00:00Z */
	num_rfc3339(now, text);
	memcpy(out, text, 4);
	memcpy(out + 4, text + 5, 2);
	memcpy(out + 6, text + 8, 5);
	out[REPORT_HOUR_LEN - 1] = '\0';
}

/* When the hour of that name began; -1 if it is none. */
static int64_t
hour_begin(struct span name)
{
	uint64_t date, hour;
	int64_t begin;

	if (name.len != REPORT_HOUR_LEN - 1 || name.p[8] != 'T' ||
	    !num_u64(span_sub(name, 0, 8), 99991231, &date) ||
	    !num_u64(span_sub(name, 9, 2), 23, &hour) ||
	    !num_civil((int64_t)(date / 10000), (unsigned)(date / 100 % 100),
	    (unsigned)(date % 100), (unsigned)hour, 0, 0, &begin))
		return -1;
	return begin;
}

static enum fault_kind
lock(int fd, struct fault *f)
{
	struct clock c = clock_system();
	int64_t end = clock_mono_ms(&c) + REPORT_LOCK_MS;
	struct timespec pause = { 0, 200000 };

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fault_errno(f, FAULT_IO, errno,
			    "the spool cannot be locked");
		if (clock_mono_ms(&c) >= end)
			return fault_set(f, FAULT_TEMP,
			    "the spool is busy");
		(void)nanosleep(&pause, NULL);
		if (pause.tv_nsec < 5000000)
			pause.tv_nsec += pause.tv_nsec / 2;
	}
	return FAULT_NONE;
}

/* Open the hour's file; root leaves it to the folder's account. */
static enum fault_kind
open_hour(struct report_spool *s, struct fault *f)
{
	struct stat dir, file;

	s->fd = openat(s->dir, s->hour, O_RDWR | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd < 0)
		return fault_errno(f, errno == ENOSPC || errno == EDQUOT ?
		    FAULT_TEMP : FAULT_NOPERM, errno, "spool/%s", s->hour);
	if (geteuid() == 0 && fstat(s->dir, &dir) == 0 &&
	    fstat(s->fd, &file) == 0 && dir.st_uid != file.st_uid &&
	    fchown(s->fd, dir.st_uid, dir.st_gid) != 0)
		return fault_errno(f, FAULT_NOPERM, errno, "spool/%s",
		    s->hour);
	return FAULT_NONE;
}

/* Have the hour's file open and locked, and under its name; *size its end. */
static enum fault_kind
hold_hour(struct report_spool *s, int64_t now, off_t *size, struct fault *f)
{
	struct stat mine, named;
	char hour[REPORT_HOUR_LEN];

	hour_name(now, hour);
	if (s->fd >= 0 && strcmp(hour, s->hour) != 0) {
		(void)close(s->fd);
		s->fd = -1;
	}
	memcpy(s->hour, hour, sizeof(hour));
	/* Ends: each turn needs another hour's renaming in between. */
	for (int tries = 0; tries < 100; tries++) {
		if (s->fd < 0 && open_hour(s, f) != FAULT_NONE)
			return f->kind;
		if (lock(s->fd, f) != FAULT_NONE)
			return f->kind;
		if (fstat(s->fd, &mine) == 0 && fstatat(s->dir, s->hour,
		    &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		    mine.st_ino == named.st_ino &&
		    mine.st_dev == named.st_dev) {
			*size = mine.st_size;
			return FAULT_NONE;
		}
		(void)close(s->fd);	/* unlocks */
		s->fd = -1;
	}
	return fault_set(f, FAULT_TEMP, "spool/%s: always another file",
	    s->hour);
}

/* One write; what was torn before it is ended first. */
static enum fault_kind
write_line(struct report_spool *s, off_t size, struct span line,
    struct fault *f)
{
	char bytes[REPORT_LINE + 1], last = '\n';
	size_t n = 0;
	ssize_t put;
	int err;

	if (line.len > REPORT_LINE || line.len == 0 ||
	    line.p[line.len - 1] != '\n')
		return fault_set(f, FAULT_SOFTWARE, "no line for the spool");
	if (size > 0 && pread(s->fd, &last, 1, size - 1) != 1)
		return fault_errno(f, FAULT_IO, errno, "spool/%s", s->hour);
	if (last != '\n')
		bytes[n++] = '\n';
	memcpy(bytes + n, line.p, line.len);
	n += line.len;
	put = write(s->fd, bytes, n);
	err = errno;
	if (put == (ssize_t)n && (!s->sync || fdatasync(s->fd) == 0))
		return FAULT_NONE;
	if (put != (ssize_t)n && put >= 0)
		err = ENOSPC;
	else if (put == (ssize_t)n)
		err = errno;
	/* What stays is torn, and the next writer ends it. */
	if (ftruncate(s->fd, size) != 0)
		return fault_errno(f, FAULT_IO, errno, "spool/%s", s->hour);
	return fault_errno(f, err == ENOSPC || err == EDQUOT || err == EINTR ||
	    err == EFBIG ? FAULT_TEMP : FAULT_IO, err, "spool/%s", s->hour);
}

enum fault_kind
report_spool_add(struct report_spool *s, int64_t now, struct span line,
    struct fault *f)
{
	off_t size = 0;

	if (hold_hour(s, now, &size, f) != FAULT_NONE)
		return f->kind;
	(void)write_line(s, size, line, f);
	(void)flock(s->fd, LOCK_UN);
	return f->kind;
}

/* ---- what fold needs ---- */

static enum fault_kind
close_hour(struct report_spool *s, const char *hour, struct fault *f)
{
	unsigned char random[8];
	struct buf name;
	int fd = openat(s->dir, hour, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? FAULT_NONE :
		    fault_errno(f, FAULT_IO, errno, "spool/%s", hour);
	buf_init(&name, NAME_BYTES);
	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		(void)fault_errno(f, FAULT_SOFTWARE, errno, "getrandom");
	} else if (lock(fd, f) == FAULT_NONE) {
		buf_addf(&name, "%s.", hour);
		buf_addhex(&name, random, sizeof(random));
		buf_adds(&name, REPORT_CLOSED);
		if (buf_check(&name, f) == FAULT_NONE &&
		    renameat(s->dir, hour, s->dir, buf_str(&name)) != 0 &&
		    errno != ENOENT)
			(void)fault_errno(f, FAULT_IO, errno, "spool/%s",
			    hour);
	}
	buf_free(&name);
	(void)close(fd);
	return f->kind;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All names in the folder that pass, NAME_BYTES each, sorted. */
static enum fault_kind
list(struct report_spool *s, bool closed, struct buf *names, struct fault *f)
{
	char name[NAME_BYTES];
	struct dirent *e;
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool fits;

	if (d == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return fault_errno(f, FAULT_IO, errno, "spool");
	}
	while ((e = readdir(d)) != NULL) {
		struct span n = span_of(e->d_name);

		fits = closed ? n.len < NAME_BYTES &&
		    span_ends_nocase(n, SPAN(REPORT_CLOSED)) :
		    hour_begin(n) >= 0;
		if (!fits)
			continue;
		memset(name, 0, sizeof(name));
		memcpy(name, n.p, n.len);
		buf_add(names, name, sizeof(name));
	}
	(void)closedir(d);
	if (buf_check(names, f) == FAULT_NONE && names->len > 0)
		qsort(names->p, names->len / NAME_BYTES, NAME_BYTES, by_name);
	return f->kind;
}

enum fault_kind
report_spool_close_hours(struct report_spool *s, int64_t now, struct fault *f)
{
	struct buf names;

	buf_init(&names, LIST_BYTES);
	(void)list(s, false, &names, f);
	for (size_t i = 0; f->kind == FAULT_NONE && i < names.len;
	    i += NAME_BYTES)
		if (hour_begin(span_of(names.p + i)) + 3600 +
		    REPORT_HOUR_GRACE <= now)
			(void)close_hour(s, names.p + i, f);
	buf_free(&names);
	return f->kind;
}

enum fault_kind
report_spool_list(struct report_spool *s, struct buf *names,
    int64_t *waiting, struct fault *f)
{
	struct buf all;

	buf_init(&all, LIST_BYTES);
	if (waiting != NULL && list(s, false, &all, f) == FAULT_NONE)
		*waiting = all.len == 0 ? -1 : hour_begin(span_of(all.p));
	buf_reset(&all);
	if (f->kind == FAULT_NONE && list(s, true, &all, f) == FAULT_NONE)
		for (size_t i = 0; i < all.len; i += NAME_BYTES)
			buf_add(names, all.p + i, strlen(all.p + i) + 1);
	buf_free(&all);
	return f->kind == FAULT_NONE ? buf_check(names, f) : f->kind;
}

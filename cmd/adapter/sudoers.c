/* SPDX-License-Identifier: ISC */
/*
 * A rule of sudo(8) in a file of its own below /etc/sudoers.d.
 *
 * - The file's name holds no dot (sudo skips those that do) and is the
 *   grant's; its first line says so.  No other file is ever touched.
 * - sudo never sees a file that visudo has not read: it is written under a
 *   name with a dot, checked, and renamed.
 * - Each line carries NOTAFTER: sudo itself ends the right, should everything
 *   else fail.  sudo-rs does not know the word: there it is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "adapter/main.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/span.h"

#define SUDO "/usr/bin/sudo"
#define VISUDO "/usr/sbin/visudo"
#define SUDOERS_DIR "/etc/sudoers.d"
#define MARK "# jitgrant "
#define FILE_MAX 16384

/* The folder, and the two names in it. */
struct place {
	int dir;
	char folder[512];
	char name[64];		/* vouchsafe-GRANT */
	char draft[72];		/* the same with .tmp */
};

static int
place_open(struct adapter_task *t, const char *folder, struct place *p)
{
	struct stat st;

	if (folder[0] != '/' || strlen(folder) >= sizeof(p->folder) ||
	    strstr(folder, "..") != NULL || !adapter_word(folder, "/._-"))
		return adapter_no(t, ADAPTER_CONFIG, "dir is no plain path");
	(void)snprintf(p->folder, sizeof(p->folder), "%s", folder);
	(void)snprintf(p->name, sizeof(p->name), "vouchsafe-%.32s", t->grant);
	(void)snprintf(p->draft, sizeof(p->draft), "%s.tmp", p->name);
	p->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		return adapter_no(t, errno == EACCES ? ADAPTER_NOPERM :
		    ADAPTER_TEMP, "%.100s: %s", folder, strerror(errno));
	if (fstat(p->dir, &st) != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0
	    || (st.st_uid != 0 && st.st_uid != geteuid())) {
		(void)close(p->dir);
		return adapter_no(t, ADAPTER_CONFIG, "%.100s: others than "
		    "root could write there", folder);
	}
	return ADAPTER_OK;
}

/* All upper case is an alias of sudoers, or ALL. */
static bool
plain_name(const char *s)
{
	bool alias = true;

	if (!adapter_word(s, "._-") || strlen(s) > 64)
		return false;
	for (const char *p = s; *p != '\0'; p++)
		if (!ascii_is_digit(*p) && *p != '_' &&
		    !(*p >= 'A' && *p <= 'Z'))
			alias = false;
	return !alias;
}

/* An absolute path and words, of bytes that sudoers gives no meaning to. */
static bool
plain_command(struct span s)
{
	if (span_eq(s, SPAN("ALL")))
		return true;
	if (s.len < 2 || s.p[0] != '/')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alnum(s.p[i]) &&
		    (s.p[i] == '\0' || strchr("/._-+@ ", s.p[i]) == NULL))
			return false;
	return true;
}

static bool
sudo_rs(void)
{
	char path[] = SUDO, flag[] = "--version", head[64];
	char *const argv[] = { path, flag, NULL };

	(void)adapter_command(argv, NULL, head, sizeof(head));
	return strncmp(head, "sudo-rs", 7) == 0;
}

/* NOTAFTER= as sudoers(5) wants it, in UTC; what is not known yet counts from
 * now.  Empty where there is no such thing. */
static bool
not_after(const struct adapter_task *t, char out[40])
{
	struct timespec ts = { 0 };
	int64_t end = t->not_after;
	char text[NUM_RFC3339_LEN];

	out[0] = '\0';
	if (sudo_rs())
		return true;
	if (end <= 0) {
		if (t->duration <= 0 ||
		    clock_gettime(CLOCK_REALTIME, &ts) != 0 ||
		    t->duration > NUM_TIME_MAX - ts.tv_sec)
			return false;
		end = ts.tv_sec + t->duration;
	}
	if (end > NUM_TIME_MAX)
		return false;
	/* 2026-11-23T18:00:00Z without its marks. */
	num_rfc3339(end, text);
	(void)snprintf(out, 40, "NOTAFTER=%.4s%.2s%.2s%.2s%.2s%.2sZ ", text,
	    text + 5, text + 8, text + 11, text + 14, text + 17);
	return true;
}

/* One line for each command: no tag of one is handed on to the next. */
static int
compose(struct adapter_task *t, struct buf *b)
{
	const char *runas = adapter_config(t, "runas", "root");
	const char *nopasswd = adapter_config(t, "nopasswd", "no");
	struct span rest = span_of(adapter_config(t, "commands", "")), one;
	char until[40];

	if (!plain_name(t->user))
		return adapter_no(t, ADAPTER_DATA, "not a name that sudoers "
		    "takes for an account");
	if (!plain_name(runas) || (strcmp(nopasswd, "yes") != 0 &&
	    strcmp(nopasswd, "no") != 0))
		return adapter_no(t, ADAPTER_CONFIG,
		    "runas is an account, nopasswd yes or no");
	if (!not_after(t, until))
		return adapter_no(t, ADAPTER_DATA, "no end to write");
	buf_addf(b, MARK "%s\n# Removed at the end of that grant.\n",
	    t->grant);
	do {
		bool more = span_cut(rest, ',', &one, &rest);

		one = span_trim_wsp(one);
		if (!plain_command(one))
			return adapter_no(t, ADAPTER_CONFIG, "commands: "
			    "absolute paths with plain words, or ALL");
		buf_addf(b, "%s ALL=(%s) %s%s: ", t->user, runas, until,
		    strcmp(nopasswd, "yes") == 0 ? "NOPASSWD" : "PASSWD");
		buf_addspan(b, one);
		buf_addc(b, '\n');
		if (!more)
			break;
	} while (true);
	return b->nomem || b->full ? adapter_no(t, ADAPTER_DATA,
	    "too many commands") : ADAPTER_OK;
}

/* Is a file there (*there), and does its first line say that it is ours? */
static bool
file_ours(const struct adapter_task *t, const struct place *p,
    const char *name, bool *there)
{
	char head[128] = "", want[128];
	int fd = openat(p->dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int len = snprintf(want, sizeof(want), MARK "%.64s\n", t->grant);
	struct stat st;
	bool mine;

	*there = fd >= 0 || errno != ENOENT;
	if (fd < 0)
		return false;
	mine = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    read(fd, head, sizeof(head) - 1) >= len &&
	    strncmp(head, want, (size_t)len) == 0;
	(void)close(fd);
	return mine;
}

static bool
write_draft(const struct place *p, struct span text)
{
	int fd;
	bool ok;

	if (unlinkat(p->dir, p->draft, 0) != 0 && errno != ENOENT)
		return false;
	fd = openat(p->dir, p->draft,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0440);
	if (fd < 0)
		return false;
	ok = write(fd, text.p, text.len) == (ssize_t)text.len &&
	    fchmod(fd, 0440) == 0 &&
	    (geteuid() != 0 || fchown(fd, 0, 0) == 0) && fsync(fd) == 0;
	return close(fd) == 0 && ok;
}

static int
visudo(const struct place *p)
{
	char path[] = VISUDO, flag[] = "-cf", file[600];
	char *const argv[] = { path, flag, file, NULL };

	(void)snprintf(file, sizeof(file), "%s/%s", p->folder, p->draft);
	return adapter_command(argv, NULL, NULL, 0);
}

static int
publish(struct adapter_task *t, const struct place *p, struct span text)
{
	bool there, mine = file_ours(t, p, p->name, &there);
	int status;

	if (there && !mine)
		return adapter_no(t, ADAPTER_DATA, "%.64s is there already, "
		    "and is not ours", p->name);
	if (!write_draft(p, text))
		return adapter_no(t, ADAPTER_TEMP, "%.64s: %s", p->draft,
		    strerror(errno));
	status = visudo(p);
	if (status != 0) {
		(void)unlinkat(p->dir, p->draft, 0);
		return adapter_no(t, status == 126 ? ADAPTER_TEMP :
		    ADAPTER_DATA, "visudo does not take it (status %d)",
		    status);
	}
	if (renameat(p->dir, p->draft, p->dir, p->name) != 0 ||
	    fsync(p->dir) != 0)
		return adapter_no(t, ADAPTER_TEMP, "%.64s: %s", p->name,
		    strerror(errno));
	t->present = true;
	return ADAPTER_OK;
}

static int
do_plan(struct adapter_task *t)
{
	const char *folder = adapter_config(t, "dir", SUDOERS_DIR);
	struct place p;
	struct buf b;
	bool there;
	int status;

	buf_init(&b, FILE_MAX);
	status = compose(t, &b);
	buf_free(&b);
	if (status == ADAPTER_OK)
		status = place_open(t, folder, &p);
	if (status != ADAPTER_OK)
		return status;
	if (!file_ours(t, &p, p.name, &there) && there)
		status = adapter_no(t, ADAPTER_DATA, "%.64s is there already, "
		    "and is not ours", p.name);
	else
		t->plan = json_pack("{s:s,s:s}", "dir", folder, "file",
		    p.name);
	(void)close(p.dir);
	return status;
}

static int
do_grant(struct adapter_task *t)
{
	struct place p;
	struct buf b;
	int status;

	if (!json_is_object(t->undo))
		return adapter_no(t, ADAPTER_SOFTWARE, "grant before plan");
	buf_init(&b, FILE_MAX);
	status = compose(t, &b);
	if (status == ADAPTER_OK)
		status = place_open(t, adapter_undo(t, "dir", SUDOERS_DIR),
		    &p);
	if (status == ADAPTER_OK) {
		status = publish(t, &p, buf_span(&b));
		(void)close(p.dir);
	}
	buf_free(&b);
	return status;
}

/* Both names: a run that was killed may have left its draft. */
static int
do_revoke(struct adapter_task *t)
{
	struct place p;
	bool there, mine, gone;
	int status;

	if (!json_is_object(t->undo))
		return ADAPTER_OK;
	status = place_open(t, adapter_undo(t, "dir", SUDOERS_DIR), &p);
	if (status != ADAPTER_OK)
		return status;
	mine = file_ours(t, &p, p.name, &there);
	gone = !mine || unlinkat(p.dir, p.name, 0) == 0;
	if (unlinkat(p.dir, p.draft, 0) != 0 && errno != ENOENT)
		gone = false;
	if (!gone || fsync(p.dir) != 0)
		status = adapter_no(t, ADAPTER_TEMP, "%.64s: %s", p.name,
		    strerror(errno));
	else if (there && !mine)
		(void)adapter_no(t, 0, "%.64s is not ours: left alone",
		    p.name);
	(void)close(p.dir);
	return status;
}

static int
do_status(struct adapter_task *t)
{
	struct place p;
	bool there;
	int status = place_open(t, adapter_undo(t, "dir",
	    adapter_config(t, "dir", SUDOERS_DIR)), &p);

	if (status != ADAPTER_OK)
		return status;
	t->present = file_ours(t, &p, p.name, &there);
	(void)close(p.dir);
	return ADAPTER_OK;
}

const struct adapter_verbs adapter_verbs = { do_plan, do_grant, do_revoke,
	do_status };

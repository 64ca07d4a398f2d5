/* SPDX-License-Identifier: ISC */
/*
 * Records of a sender in a file that a zone includes, for zones kept in git.
 *
 * The file's first line is a serial hint: a number that grows with each
 * change, for whoever writes the zone's SOA.  Behind it, each grant has one
 * block between two comments of its own; all other lines stay as they are.  The
 * file is written anew beside itself and renamed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "adapter_dns.h"
#include "num.h"
#include "span.h"

#define FRAG_MAX ((size_t)4 * 1024 * 1024)
#define HINT "; serial-hint: "
#define WAIT 12

struct frag {
	int dir;
	char name[256], draft[272];
	mode_t mode;
	struct buf text;	/* as it is */
};

static int
frag_open(struct adapter_task *t, const char *path, struct frag *f)
{
	char folder[1024];
	const char *slash = strrchr(path, '/');
	struct stat st;

	*f = (struct frag){ .dir = -1, .mode = 0644 };
	buf_init(&f->text, FRAG_MAX);
	if (path[0] != '/' || strlen(path) >= sizeof(folder) ||
	    !adapter_word(path, "/._-") || strstr(path, "..") != NULL ||
	    slash[1] == '\0' || strlen(slash + 1) >= sizeof(f->name))
		return adapter_no(t, ADAPTER_CONFIG, "file is no plain path");
	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash == path ? 1 : (int)(slash - path), path);
	(void)snprintf(f->name, sizeof(f->name), "%s", slash + 1);
	(void)snprintf(f->draft, sizeof(f->draft), ".%s.vouchsafe", f->name);
	f->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return adapter_no(t, ADAPTER_TEMP, "%.100s: %s", folder,
		    strerror(errno));
	if (fstat(f->dir, &st) != 0 || (st.st_mode & S_IWOTH) != 0)
		return adapter_no(t, ADAPTER_CONFIG, "%.100s: others could "
		    "write there", folder);
	/* One writer at a time; the folder is what never goes away. */
	if (flock(f->dir, LOCK_EX) != 0)
		return adapter_no(t, ADAPTER_TEMP, "%.100s: %s", folder,
		    strerror(errno));
	return ADAPTER_OK;
}

static void
frag_close(struct frag *f)
{
	if (f->dir >= 0)
		(void)close(f->dir);
	buf_free(&f->text);
}

static int
frag_read(struct adapter_task *t, struct frag *f)
{
	int fd = openat(f->dir, f->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = 1;

	if (fd < 0)
		return errno == ENOENT ? ADAPTER_OK : adapter_no(t,
		    ADAPTER_TEMP, "%.100s: %s", f->name, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return adapter_no(t, ADAPTER_CONFIG, "%.100s is no file",
		    f->name);
	}
	f->mode = st.st_mode & 0777;
	while (n > 0) {
		char *room = buf_room(&f->text, 65536);

		n = room == NULL ? -1 : read(fd, room, 65536);
		if (n > 0)
			buf_grew(&f->text, (size_t)n);
	}
	(void)close(fd);
	return n == 0 ? ADAPTER_OK : adapter_no(t, ADAPTER_TEMP,
	    "%.100s cannot be read", f->name);
}

/* The hint is the time, or one more than it was. */
static uint64_t
next_serial(struct span first)
{
	struct timespec ts = { 0 };
	uint64_t was = 0, now;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	now = ts.tv_sec > 0 ? (uint64_t)ts.tv_sec : 1;
	if (!span_starts(first, SPAN(HINT)) || !num_canonical(span_trim_wsp(
	    span_sub(first, strlen(HINT), first.len)), UINT32_MAX - 1, &was))
		was = 0;
	return was >= now ? was + 1 : now;
}

static void
block(struct buf *b, const struct sender *s, const char *grant)
{
	buf_addf(b, "; jitgrant %s begins\n", grant);
	for (size_t i = 0; i < s->count; i++) {
		const struct sender_record *r = &s->records[i];

		buf_addf(b, "%s. %lld IN %s ", r->name, (long long)s->ttl,
		    r->txt ? "TXT" : "A");
		if (r->txt)
			sender_quote(b, r->data);
		else
			buf_adds(b, r->data);
		buf_addc(b, '\n');
	}
	buf_addf(b, "; jitgrant %s ends\n", grant);
}

/*
 * Everything but this grant's block, and that anew if s is not NULL.  *had:
 * there was one.
 */
static void
compose(const struct frag *f, const struct sender *s, const char *grant,
    struct buf *out, bool *had)
{
	char begins[96], ends[96];
	struct span rest = buf_span(&f->text), line, first = { "", 0 };
	bool inside = false;

	*had = false;
	(void)snprintf(begins, sizeof(begins), "; jitgrant %.64s begins",
	    grant);
	(void)snprintf(ends, sizeof(ends), "; jitgrant %.64s ends", grant);
	if (span_starts(rest, SPAN(HINT)))
		(void)span_cut(rest, '\n', &first, &rest);
	buf_addf(out, HINT "%llu\n", (unsigned long long)next_serial(first));
	while (rest.len > 0) {
		(void)span_cut(rest, '\n', &line, &rest);
		if (span_eq(line, span_of(begins)))
			inside = *had = true;
		if (!inside) {
			buf_addspan(out, line);
			buf_addc(out, '\n');
		}
		if (span_eq(line, span_of(ends)))
			inside = false;
	}
	if (s != NULL)
		block(out, s, grant);
}

static int
frag_write(struct adapter_task *t, const struct frag *f, struct span text)
{
	int fd;
	bool ok;

	(void)unlinkat(f->dir, f->draft, 0);
	fd = openat(f->dir, f->draft,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ok = fd >= 0 && write(fd, text.p, text.len) == (ssize_t)text.len &&
	    fchmod(fd, f->mode) == 0 && fsync(fd) == 0;
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	if (ok && renameat(f->dir, f->draft, f->dir, f->name) == 0 &&
	    fsync(f->dir) == 0)
		return ADAPTER_OK;
	return adapter_no(t, ADAPTER_TEMP, "%.100s: %s", f->draft,
	    strerror(errno));
}

/* Put the block there (s not NULL) or take it away. */
static int
change(struct adapter_task *t, const char *path, const struct sender *s)
{
	struct frag f;
	struct buf out;
	bool had = false;
	int status = frag_open(t, path, &f);

	buf_init(&out, FRAG_MAX + 65536);
	if (status == ADAPTER_OK)
		status = frag_read(t, &f);
	if (status == ADAPTER_OK) {
		compose(&f, s, t->grant, &out, &had);
		if (out.nomem || out.full)
			status = adapter_no(t, ADAPTER_TEMP,
			    "%.100s is too large", f.name);
		else if (s == NULL ? had : true)
			status = frag_write(t, &f, buf_span(&out));
	}
	buf_free(&out);
	frag_close(&f);
	return status;
}

static bool
has_block(struct adapter_task *t, const char *path)
{
	struct frag f;
	struct buf out;
	bool had = false;

	buf_init(&out, FRAG_MAX + 65536);
	if (frag_open(t, path, &f) == ADAPTER_OK && frag_read(t, &f) ==
	    ADAPTER_OK)
		compose(&f, NULL, t->grant, &out, &had);
	buf_free(&out);
	frag_close(&f);
	return had;
}

static int
do_plan(struct adapter_task *t)
{
	const char *path = adapter_config(t, "file", "");
	static struct sender s;
	struct frag f;
	int status = sender_read(t, &s);

	if (status == ADAPTER_OK) {
		status = frag_open(t, path, &f);
		frag_close(&f);
	}
	if (status != ADAPTER_OK)
		return status;
	t->plan = sender_plan(&s, path);
	(void)adapter_no(t, 0, "a sender that is not granted costs SPF one "
	    "void lookup");
	return ADAPTER_OK;
}

static int
do_grant(struct adapter_task *t)
{
	static struct sender s;
	const char *path = adapter_undo(t, "target", "");
	int status;

	if (!json_is_object(t->undo))
		return adapter_no(t, ADAPTER_SOFTWARE, "grant before plan");
	status = sender_undo(t, &s);
	/* Asked again: the serial does not grow for nothing. */
	if (status == ADAPTER_OK && !has_block(t, path))
		status = change(t, path, &s);
	if (status == ADAPTER_OK)
		status = sender_servers(t, &s, NULL);
	if (status == ADAPTER_OK)
		status = sender_seen(t, &s, SENDER_THERE, WAIT);
	t->present = status == ADAPTER_OK;
	return status;
}

static int
do_revoke(struct adapter_task *t)
{
	static struct sender s;
	int status;

	if (!json_is_object(t->undo))
		return ADAPTER_OK;
	status = sender_undo(t, &s);
	if (status == ADAPTER_OK)
		status = change(t, adapter_undo(t, "target", ""), NULL);
	if (status == ADAPTER_OK)
		status = sender_servers(t, &s, NULL);
	if (status == ADAPTER_OK)
		status = sender_seen(t, &s, SENDER_AWAY, WAIT);
	return status;
}

static int
do_status(struct adapter_task *t)
{
	t->present = json_is_object(t->undo) && has_block(t,
	    adapter_undo(t, "target", ""));
	t->text[0] = '\0';
	return ADAPTER_OK;
}

int
main(int argc, char **argv)
{
	static const struct adapter_verbs verbs = { do_plan, do_grant,
	    do_revoke, do_status };

	return adapter_main(argc, argv, &verbs);
}

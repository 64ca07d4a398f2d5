/* SPDX-License-Identifier: ISC */
/*
 * Records of a sender in a file that a zone includes, for zones kept in git.
 *
 * The file's first line is a serial hint: a number that grows with each
 * change, for whoever writes the zone's SOA.  After it, each grant has one
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

#include "adapter/dns.h"
#include "base/file.h"
#include "base/num.h"
#include "base/span.h"

#define FRAG_MAX ((size_t)4 * 1024 * 1024)
#define HINT "; serial-hint: "

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
	struct fault fault = { .kind = FAULT_NONE };
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? ADAPTER_OK : adapter_no(t,
		    ADAPTER_TEMP, "%.100s: %s", f->name, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return adapter_no(t, ADAPTER_CONFIG, "%.100s is no file",
		    f->name);
	}
	f->mode = st.st_mode & 0777;
	(void)file_read_fd(fd, &f->text, &fault);
	(void)close(fd);
	return fault.kind == FAULT_NONE ? ADAPTER_OK : adapter_no(t,
	    ADAPTER_TEMP, "%.100s cannot be read", f->name);
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

/* What a grant may have in the file: its lines, or those of a revoked key. */
enum block {
	BLOCK_NONE = 0,
	BLOCK_LIVE,
	BLOCK_GONE
};

static void
block(struct buf *b, const struct sender *s, const char *grant,
    enum block which)
{
	buf_init(b, FRAG_MAX);
	if (which == BLOCK_NONE)
		return;
	buf_addf(b, "; jitgrant %.64s begins\n", grant);
	for (size_t i = 0; i < s->count; i++) {
		const struct sender_record *r = &s->records[i];

		if (which == BLOCK_GONE && !r->txt)
			continue;
		buf_addf(b, "%s. %lld IN ", r->name, (long long)s->ttl);
		sender_rdata(b, s, r, which == BLOCK_GONE);
		buf_addc(b, '\n');
	}
	buf_addf(b, "; jitgrant %.64s ends\n", grant);
}

/* The file on its way: blocks of this grant out, one of them in again. */
struct change {
	struct buf live, gone;
	size_t there[3];	/* by enum block: how many of its records, or
				   for BLOCK_NONE lines of either, were there */
	bool taken;		/* another's key has the name */
};

static bool
has_line(const struct buf *text, struct span line)
{
	struct span rest = buf_span(text), one;

	while (rest.len > 0) {
		(void)span_cut(rest, '\n', &one, &rest);
		if (span_eq(one, line))
			return true;
	}
	return false;
}

/*
 * A line that is not ours: has it a text at our key's name?  A key that an
 * earlier grant had and that was revoked makes way for a new one (false).
 */
static bool
keep_line(const struct sender *s, struct span line, struct change *c)
{
	static const char mark[] = " IN TXT \"";
	char head[SENDER_NAME + 2];

	for (size_t i = 0; i < s->count; i++) {
		size_t at = 0, len = strlen(mark);

		(void)snprintf(head, sizeof(head), "%s. ",
		    s->records[i].name);
		if (!s->records[i].txt || !span_starts(line, span_of(head)))
			continue;
		while (at < line.len && !span_starts(span_sub(line, at,
		    line.len), span_of(mark)))
			at++;
		line = span_trim_wsp(span_sub(line, at + len, line.len));
		if (line.len > 0 && sender_is_gone(span_sub(line, 0,
		    line.len - 1)))
			return false;
		c->taken = true;
	}
	return true;
}

static void
compose(const struct frag *f, const struct sender *s, enum block want,
    struct change *c, struct buf *out)
{
	struct span rest = buf_span(&f->text), line, first = { "", 0 };

	if (span_starts(rest, SPAN(HINT)))
		(void)span_cut(rest, '\n', &first, &rest);
	buf_addf(out, HINT "%llu\n", (unsigned long long)next_serial(first));
	while (rest.len > 0) {
		bool live, gone;

		(void)span_cut(rest, '\n', &line, &rest);
		live = has_line(&c->live, line);
		gone = has_line(&c->gone, line);
		/* The comments around them are the same for both. */
		c->there[BLOCK_NONE] += live || gone;
		c->there[BLOCK_LIVE] += live && !gone;
		c->there[BLOCK_GONE] += gone && !live;
		if (live || gone || (want == BLOCK_LIVE &&
		    !keep_line(s, line, c)))
			continue;
		buf_addspan(out, line);
		buf_addc(out, '\n');
	}
	if (want != BLOCK_NONE)
		buf_addspan(out, buf_span(want == BLOCK_LIVE ? &c->live :
		    &c->gone));
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

/* Is it as it is wanted?  Then the serial does not grow for nothing. */
static bool
is_so(const struct change *c, const struct sender *s, enum block want)
{
	switch (want) {
	case BLOCK_NONE:
		return c->there[BLOCK_NONE] == 0;
	case BLOCK_LIVE:
		return c->there[BLOCK_LIVE] == s->count &&
		    c->there[BLOCK_GONE] == 0;
	case BLOCK_GONE:
		return c->there[BLOCK_GONE] != 0 &&
		    c->there[BLOCK_LIVE] == 0;
	}
	return false;
}

/* Have this block in the file, and no other of this grant.  *was: it was so,
 * or with look set only whether it is. */
static int
change(struct adapter_task *t, const struct sender *s, enum block want,
    bool look, bool *was)
{
	const char *path = adapter_undo(t, "target", "");
	struct frag f;
	struct change c = { 0 };
	struct buf out;
	int status = frag_open(t, path, &f);

	*was = false;
	buf_init(&out, FRAG_MAX + 65536);
	block(&c.live, s, t->grant, BLOCK_LIVE);
	block(&c.gone, s, t->grant, BLOCK_GONE);
	if (status == ADAPTER_OK)
		status = frag_read(t, &f);
	if (status == ADAPTER_OK) {
		compose(&f, s, want, &c, &out);
		*was = is_so(&c, s, want);
		if (out.nomem || out.full || c.live.nomem || c.gone.nomem)
			status = adapter_no(t, ADAPTER_TEMP,
			    "%.100s is too large", f.name);
		else if (c.taken && !look && !*was)
			status = adapter_no(t, ADAPTER_DATA, "%.100s has "
			    "another's text at the key's name", f.name);
		else if (!look && !*was)
			status = frag_write(t, &f, buf_span(&out));
	}
	buf_free(&out);
	buf_free(&c.live);
	buf_free(&c.gone);
	frag_close(&f);
	return status;
}

/* Change the file, and wait until the servers, if any are named, show it. */
static int
publish(struct adapter_task *t, struct sender *s, enum block want,
    enum sender_want seen)
{
	bool was;
	int status = change(t, s, want, false, &was);

	return status == ADAPTER_OK ? sender_seen(t, s, seen, SENDER_WAIT) :
	    status;
}

static int
withdraw(struct adapter_task *t, struct sender *s)
{
	return publish(t, s, BLOCK_GONE, SENDER_REVOKED);
}

static int
wipe(struct adapter_task *t, struct sender *s)
{
	return publish(t, s, BLOCK_NONE, SENDER_AWAY);
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
	return status == ADAPTER_OK ? sender_plan(t, &s, path) : status;
}

/* The plan, and the servers to ask. */
static int
begin(struct adapter_task *t, struct sender *s)
{
	int status = sender_undo(t, s);

	return status == ADAPTER_OK ? sender_servers(t, s, NULL) : status;
}

static int
do_grant(struct adapter_task *t)
{
	static struct sender s;
	int status = begin(t, &s);

	if (status == ADAPTER_OK)
		status = sender_alone(t, &s);
	if (status == ADAPTER_OK)
		status = publish(t, &s, BLOCK_LIVE, SENDER_THERE);
	t->present = status == ADAPTER_OK;
	return status;
}

static int
do_revoke(struct adapter_task *t)
{
	static const struct sender_end end = { withdraw, wipe };
	static struct sender s;
	bool away = false;
	int status;

	if (!json_is_object(t->undo))
		return ADAPTER_OK;
	status = begin(t, &s);
	if (status == ADAPTER_OK)
		status = change(t, &s, BLOCK_NONE, true, &away);
	/* Nothing there: it need not be published as revoked. */
	if (status == ADAPTER_OK && away)
		status = sender_seen(t, &s, SENDER_AWAY, SENDER_WAIT);
	else if (status == ADAPTER_OK)
		status = sender_revoke(t, &s, &end);
	return status;
}

static int
do_status(struct adapter_task *t)
{
	static struct sender s;
	int status = ADAPTER_OK;

	if (!json_is_object(t->undo))
		return ADAPTER_OK;
	status = begin(t, &s);
	if (status == ADAPTER_OK)
		status = change(t, &s, BLOCK_LIVE, true, &t->present);
	t->text[0] = '\0';
	return status;
}

const struct adapter_verbs adapter_verbs = { do_plan, do_grant, do_revoke,
	do_status };

/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/num.h"
#include "run/proc.h"

#define RUN_STATUS_MAX ((size_t)65536)
#define RUN_ENVIRON_MAX ((size_t)8 * 1024 * 1024)
#define RUN_PID_LIMIT 4194304	/* PID_MAX_LIMIT of the kernel */
#define RUN_OWN_MS 1000		/* that our own has to end by itself */
#define RUN_DEEP 1024		/* parents looked at */

bool
run_proc_slurp(const char *path, size_t max, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	buf_init(b, max);
	if (fd < 0)
		return false;
	do {
		char *room = buf_room(b, 4096);

		n = room == NULL ? -1 : read(fd, room, 4096);
		if (n > 0)
			buf_grew(b, (size_t)n);
	} while (n > 0);
	(void)close(fd);
	return n == 0;
}

static bool
run_proc_file(int64_t pid, const char *name, size_t max, struct buf *b)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid,
	    name);
	return run_proc_slurp(path, max, b);
}

/* What stands after "Key:\t" in a file of such lines. */
static struct span
run_proc_line(struct span text, struct span key)
{
	struct span line;

	while (text.len > 0) {
		(void)span_cut(text, '\n', &line, &text);
		if (span_starts(line, key))
			return span_sub(line, key.len, line.len);
	}
	return (struct span){ "", 0 };
}

/* The n-th word (from 0) of a line; numbers separated by SP or HTAB. */
static bool
run_proc_number(struct span s, char separator, size_t n, int64_t *out)
{
	struct span word = { "", 0 };
	uint64_t u;

	for (size_t i = 0; i <= n; i++) {
		if (s.len == 0)
			return false;
		(void)span_cut(s, separator, &word, &s);
	}
	if (!num_u64(word, INT64_MAX, &u))
		return false;
	*out = (int64_t)u;
	return true;
}

int64_t
run_proc_self(void)
{
	char text[32];
	ssize_t n = readlink("/proc/self", text, sizeof(text));
	uint64_t pid;

	return n > 0 && num_canonical((struct span){ text, (size_t)n },
	    INT32_MAX, &pid) ? (int64_t)pid : -1;
}

/* state, parent and start of /proc/PID/stat. */
static bool
run_proc_stat(int64_t pid, struct run_proc *p)
{
	struct buf b;
	struct span s;
	bool ok;

	ok = run_proc_file(pid, "stat", RUN_STATUS_MAX, &b);
	/* The name in parentheses may hold anything: begin after its end. */
	s = buf_span(&b);
	s = span_sub(s, span_rfind(s, ')') + 2, s.len);
	p->state = s.len > 0 ? s.p[0] : 'Z';
	ok = ok && run_proc_number(s, ' ', 1, &p->parent) &&
	    run_proc_number(s, ' ', 19, &p->start);
	buf_free(&b);
	return ok;
}

bool
run_proc_get(int64_t pid, struct run_proc *p)
{
	struct buf b;
	int64_t uid = 0;
	bool ok;

	*p = (struct run_proc){ .state = 'Z', .uid = UINT32_MAX };
	if (pid <= 0 || !run_proc_stat(pid, p))
		return false;
	ok = run_proc_file(pid, "status", RUN_STATUS_MAX, &b) &&
	    run_proc_number(run_proc_line(buf_span(&b), SPAN("Uid:\t")),
	    '\t', 0, &uid);
	buf_free(&b);
	p->uid = (uint32_t)uid;
	return ok;
}

/* How many PID namespaces deep we are, seen from that of /proc. */
static size_t
run_proc_depth(void)
{
	struct buf b;
	struct span s;
	size_t n = 0;

	if (run_proc_slurp("/proc/self/status", RUN_STATUS_MAX, &b))
		for (s = run_proc_line(buf_span(&b), SPAN("NSpid:\t"));
		    s.len > 0; n++) {
			struct span word;

			(void)span_cut(s, '\t', &word, &s);
		}
	buf_free(&b);
	return n;
}

/* A pidfd of the process that /proc calls pid; -1 if there is none. */
static int
run_proc_open(int64_t pid)
{
	char path[64];
	struct buf b;
	int64_t here = 0, there = 0;
	size_t depth = run_proc_depth();
	int fd = -1;

	if (depth > 0 && run_proc_file(pid, "status", RUN_STATUS_MAX, &b) &&
	    run_proc_number(run_proc_line(buf_span(&b), SPAN("NSpid:\t")),
	    '\t', depth - 1, &here) && here > 1)
		fd = (int)syscall(SYS_pidfd_open, (pid_t)here, 0);
	if (depth > 0)
		buf_free(&b);
	if (fd < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (!run_proc_slurp(path, RUN_STATUS_MAX, &b) ||
	    !run_proc_number(run_proc_line(buf_span(&b), SPAN("Pid:\t")),
	    '\t', 0, &there) || there != pid) {
		(void)close(fd);
		fd = -1;
	}
	buf_free(&b);
	return fd;
}

static void
run_proc_signal(int fd, int number)
{
	(void)syscall(SYS_pidfd_send_signal, fd, number, NULL, 0);
}

void
run_proc_kill(int64_t pid, int64_t start, uint32_t uid)
{
	struct run_proc p;
	int fd;

	if (pid <= 1)
		return;
	fd = run_proc_open(pid);
	if (fd < 0)
		return;
	if (run_proc_get(pid, &p) && p.start == start && p.uid == uid)
		run_proc_signal(fd, SIGKILL);
	(void)close(fd);
}

void
run_proc_end_own(int64_t pid, int64_t start)
{
	char path[64];
	struct stat ours, theirs;
	struct run_proc p;
	struct pollfd gone = { .events = POLLIN };
	int fd = pid > 1 ? run_proc_open(pid) : -1;

	if (fd < 0)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%lld/exe", (long long)pid);
	if (run_proc_get(pid, &p) && p.start == start &&
	    stat("/proc/self/exe", &ours) == 0 && stat(path, &theirs) == 0 &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino) {
		gone.fd = fd;
		run_proc_signal(fd, SIGTERM);
		if (poll(&gone, 1, RUN_OWN_MS) == 0)
			run_proc_signal(fd, SIGKILL);
	}
	(void)close(fd);
}

/* Call each() for every process there is. */
static void
run_proc_each(void (*each)(int64_t pid, void *arg), void *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	uint64_t pid;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (num_canonical(span_of(e->d_name), RUN_PID_LIMIT, &pid))
			each((int64_t)pid, arg);
	if (dir != NULL)
		(void)closedir(dir);
}

/* Who is known to be of our tree: a bit for each number. */
struct run_below {
	int64_t self;
	unsigned char *known;	/* NULL: no memory; children alone then */
};

static void
run_proc_kill_one(int64_t pid, void *arg)
{
	struct run_below *b = arg;
	struct run_proc p;
	int fd;

	if (!run_proc_stat(pid, &p) || p.parent > RUN_PID_LIMIT ||
	    (p.parent != b->self && (b->known == NULL ||
	    (b->known[p.parent / 8] & 1U << p.parent % 8) == 0)))
		return;
	fd = run_proc_open(pid);
	if (fd < 0)
		return;
	if (b->known != NULL)
		b->known[pid / 8] |= (unsigned char)(1U << pid % 8);
	run_proc_signal(fd, SIGKILL);
	(void)close(fd);
}

void
run_proc_kill_below(void)
{
	/* Parents mostly stand before their children: one look gets most of
	 * a tree.  Whose parent died is our child, found by the next one. */
	struct run_below b = { .self = run_proc_self(),
	    .known = calloc(RUN_PID_LIMIT / 8 + 1, 1) };

	if (b.self > 0)
		run_proc_each(run_proc_kill_one, &b);
	free(b.known);
}

bool
run_proc_below(int64_t pid)
{
	int64_t self = run_proc_self();
	struct run_proc p;

	for (int i = 0; i < RUN_DEEP && self > 0 && pid > 1; i++) {
		if (!run_proc_stat(pid, &p))
			return false;
		if (p.parent == self)
			return true;
		pid = p.parent;
	}
	return false;
}

/* Is the word among those of the variable, in an environment as execve(2)
 * laid it out? */
static bool
run_proc_marked(struct span vars, struct span word)
{
	struct span variable, one;

	while (vars.len > 0) {
		(void)span_cut(vars, '\0', &variable, &vars);
		if (!span_starts(variable, SPAN(RUN_MARK)))
			continue;
		variable = span_sub(variable, sizeof(RUN_MARK) - 1,
		    variable.len);
		while (variable.len > 0) {
			(void)span_cut(variable, ' ', &one, &variable);
			if (span_eq(one, word))
				return true;
		}
	}
	return false;
}

struct run_marked {
	struct span word;
	uint32_t uid;
	size_t n;
};

static void
run_proc_kill_if(int64_t pid, void *arg)
{
	struct run_marked *m = arg;
	struct run_proc p;
	struct buf b;
	int fd = -1;

	if (!run_proc_get(pid, &p) || p.uid != m->uid || p.state == 'Z')
		return;
	(void)run_proc_file(pid, "environ", RUN_ENVIRON_MAX, &b);
	if (run_proc_marked(buf_span(&b), m->word))
		fd = run_proc_open(pid);
	buf_free(&b);
	if (fd < 0)
		return;
	/* Again, now that nobody else can get its number. */
	if (run_proc_get(pid, &p) && p.uid == m->uid) {
		run_proc_signal(fd, SIGKILL);
		m->n++;
	}
	(void)close(fd);
}

size_t
run_proc_kill_marked(const char *word, uint32_t uid)
{
	struct run_marked m = { .word = span_of(word), .uid = uid };

	run_proc_each(run_proc_kill_if, &m);
	return m.n;
}

char **
run_proc_mark(char *const envp[], const char *word)
{
	const char *before = "";
	size_t n = 0, at = 1, size;
	char **out;

	for (; envp[n] != NULL; n++)
		if (span_starts(span_of(envp[n]), SPAN(RUN_MARK)))
			before = envp[n] + sizeof(RUN_MARK) - 1;
	size = sizeof(RUN_MARK) + strlen(before) + 1 + strlen(word);
	out = malloc((n + 2) * sizeof(*out) + size);
	if (out == NULL)
		return NULL;
	out[0] = (char *)(out + n + 2);
	(void)snprintf(out[0], size, RUN_MARK "%s%s%s", before,
	    before[0] == '\0' ? "" : " ", word);
	for (size_t i = 0; i < n; i++)
		if (!span_starts(span_of(envp[i]), SPAN(RUN_MARK)))
			out[at++] = envp[i];
	out[at] = NULL;
	return out;
}

struct run_rights
run_rights_take(uid_t uid)
{
	struct run_rights r = { .uid = geteuid() };

	r.changed = getuid() == 0 && r.uid != uid;
	r.able = r.uid == uid || (r.changed && (r.uid == 0 ||
	    seteuid(0) == 0) && (uid == 0 || seteuid(uid) == 0));
	return r;
}

void
run_rights_back(const struct run_rights *r)
{
	/* It was ours a moment ago: it cannot be refused but by a kernel that
	 * is out of memory, and then nothing more may be done as root. */
	if (r->changed && ((geteuid() != 0 && seteuid(0) != 0) ||
	    (r->uid != 0 && seteuid(r->uid) != 0)))
		_exit(125);
}

bool
run_rights_real(void)
{
	return getuid() != 0 || (seteuid(0) == 0 && setegid(getgid()) == 0);
}

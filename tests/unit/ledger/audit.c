/* SPDX-License-Identifier: ISC */
/* The log: every byte flipped, lines cut, swapped, doubled, put in. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/audit.h"
#include "tap.h"

#define LINES 50

static struct jit_now now = { .wall = 1700000000, .boot = 5,
    .boot_id = "00000000-0000-0000-0000-00000000000a" };
static char folder[] = "/tmp/vouchsafe-audit-XXXXXX";
static int dir;

static char *bytes;	/* of the good log */
static size_t size;
static size_t start[LINES + 2];	/* of line n, from 1 */
static struct store_head head;

static void
add(struct audit *a, struct store_head *h, const char *event)
{
	struct fault f = { .kind = FAULT_NONE };

	CHECKF(audit_add(a, h, &now, json_pack("{s:s,s:s}", "event", event,
	    "text", "a\nb\x1b"), &f) == FAULT_NONE &&
	    audit_flush(a, &f) == FAULT_NONE, "add %s: %.100s", event, f.text);
	audit_commit(a);
}

static int
scratch(const void *p, size_t len)
{
	int fd = openat(dir, "scratch", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd >= 0 && len > 0 && write(fd, p, len) != (ssize_t)len)
		abort();
	return fd;
}

/* The number of the first bad line, 0 if the log holds, -1 on a fault. */
static int64_t
bad_line(const void *p, size_t len)
{
	struct audit_verdict v;
	struct fault f = { .kind = FAULT_NONE };
	int fd = scratch(p, len);
	int64_t bad = audit_verify(fd, &head, 0, NULL, &v, &f) != FAULT_NONE ?
	    -1 : v.ok ? 0 : v.bad;

	(void)close(fd);
	return bad;
}

static void
make_log(void)
{
	struct audit a;
	struct fault f = { .kind = FAULT_NONE };
	struct stat st;
	size_t line = 2;

	CHECK(audit_open(&a, dir, "log", true, geteuid(), &f) == FAULT_NONE);
	for (int i = 0; i < LINES; i++)
		add(&a, &head, "test");
	CHECK(head.seq == LINES && fstat(a.fd, &st) == 0);
	size = (size_t)st.st_size;
	bytes = malloc(size);
	if (bytes == NULL || pread(a.fd, bytes, size, 0) != (ssize_t)size)
		abort();
	start[1] = 0;
	for (size_t i = 0; i < size; i++)
		if (bytes[i] == '\n')
			start[line++] = i + 1;
	audit_close(&a);
	CHECK(bad_line(bytes, size) == 0);
}

static void
test_flips(void)
{
	char *copy = malloc(size);
	size_t wrong = 0, line = 1;

	if (copy == NULL)
		abort();
	for (size_t i = 0; i < size; i++) {
		memcpy(copy, bytes, size);
		copy[i] ^= (char)(1 << (i % 7));
		wrong += bad_line(copy, size) != (int64_t)line;
		if (bytes[i] == '\n')
			line++;
	}
	CHECKF(wrong == 0, "each of %zu flipped bytes is named by line "
	    "(%zu were not)", size, wrong);
	free(copy);
}

/* The log made of the good one's lines in the order told, 0-ended. */
static int64_t
bad_order(const int *order)
{
	char *copy = malloc(size * 2);
	size_t len = 0;
	int64_t bad;

	if (copy == NULL)
		abort();
	for (; *order != 0; order++) {
		size_t n = start[*order + 1] - start[*order];

		memcpy(copy + len, bytes + start[*order], n);
		len += n;
	}
	bad = bad_line(copy, len);
	free(copy);
	return bad;
}

static void
test_orders(void)
{
	int order[LINES + 3], n;
	size_t cut = 0, swapped = 0, doubled = 0, moved = 0;

	for (int k = 1; k <= LINES; k++) {
		n = 0;
		for (int i = 1; i <= LINES; i++)
			if (i != k)
				order[n++] = i;
		order[n] = 0;
		cut += bad_order(order) != k;
		n = 0;
		for (int i = 1; i <= LINES; i++) {
			order[n++] = i;
			if (i == k)
				order[n++] = i;
		}
		order[n] = 0;
		doubled += bad_order(order) != k + 1 && k != LINES;
		if (k == LINES)
			continue;
		for (int i = 1; i <= LINES; i++)
			order[i - 1] = i == k ? k + 1 : i == k + 1 ? k : i;
		order[LINES] = 0;
		swapped += bad_order(order) != k;
		/* An old line comes again further down. */
		n = 0;
		for (int i = 1; i <= LINES; i++) {
			order[n++] = i;
			if (i == k && k > 1)
				order[n++] = 1;
		}
		order[n] = 0;
		moved += k > 1 && bad_order(order) != k + 1;
	}
	CHECK(cut == 0);
	CHECK(doubled == 0);
	CHECK(swapped == 0);
	CHECK(moved == 0);
	CHECK(bad_line("", 0) == 1);
	CHECK(bad_line(bytes, size - 1) == LINES);
}

/* A forged line with the right number and chain, put in front of the real. */
static void
test_insert(void)
{
	size_t wrong = 0;

	for (int k = 2; k <= LINES; k++) {
		char prev[SHA256_HEX], *copy = malloc(size + 1024);
		struct span before = { bytes + start[k - 1],
		    start[k] - start[k - 1] };
		size_t len = start[k];
		int n;

		if (copy == NULL)
			abort();
		sha256_hex(before, prev);
		memcpy(copy, bytes, len);
		n = snprintf(copy + len, 1024, "{\"event\":\"forged\","
		    "\"prev\":\"%s\",\"seq\":%d,"
		    "\"time\":\"2023-11-14T22:13:20Z\"}\n", prev, k);
		len += (size_t)n;
		memcpy(copy + len, bytes + start[k], size - start[k]);
		/* At the last line nothing after tells which is forged. */
		wrong += bad_line(copy, len + size - start[k]) != k;
		free(copy);
	}
	CHECK(wrong == 0);
}

static enum audit_state
judge(struct audit *a, const struct store_head *h)
{
	enum audit_state state = AUDIT_UNTRUSTED;
	struct fault f = { .kind = FAULT_NONE };
	const char *why;

	(void)audit_refresh(a, &f);
	(void)audit_judge(a, h, &state, &why, &f);
	return state;
}

static void
reopen(struct audit *a, const void *p, size_t len)
{
	struct fault f = { .kind = FAULT_NONE };
	int fd = openat(dir, "again", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, p, len) != (ssize_t)len)
		abort();
	(void)close(fd);
	CHECK(audit_open(a, dir, "again", false, geteuid(), &f) ==
	    FAULT_NONE);
}

/* Recover, and say what the event of the last line is. */
static void
recover(struct audit *a, struct store_head *h, const char *event,
    const char *name)
{
	struct fault f = { .kind = FAULT_NONE };
	char line[512] = "";
	bool ok;

	ok = audit_recover(a, h, &now, &f) == FAULT_NONE &&
	    audit_flush(a, &f) == FAULT_NONE;
	audit_commit(a);
	CHECKF(ok && judge(a, h) == AUDIT_OK, "%s: %.100s", name, f.text);
	ok = h->len < 500 && pread(a->fd, line, (size_t)h->len,
	    h->end - h->len) == h->len;
	CHECKF(ok && strstr(line, event) != NULL, "%s: %s is told", name,
	    event);
}

static void
test_recovery(void)
{
	struct audit a;
	struct store_head known = head, h;
	struct fault f = { .kind = FAULT_NONE };
	char tail[] = "{\"event\":\"half a li";

	/* One line that no row was committed for. */
	reopen(&a, bytes, size);
	h = known;
	CHECK(judge(&a, &h) == AUDIT_OK);
	add(&a, &h, "lost");
	CHECK(judge(&a, &known) == AUDIT_AHEAD);
	h = known;
	recover(&a, &h, "aborted", "one line ahead");
	/* The crash came again before that was committed. */
	CHECK(judge(&a, &known) == AUDIT_AHEAD);
	h = known;
	recover(&a, &h, "aborted", "aborted line ahead too");
	/* Two lines of real events: that is a restored store. */
	add(&a, &h, "real");
	add(&a, &h, "real");
	CHECK(judge(&a, &known) == AUDIT_UNTRUSTED);
	audit_close(&a);

	/* Half a line. */
	reopen(&a, bytes, size);
	CHECK(pwrite(a.fd, tail, sizeof(tail) - 1, (off_t)size) ==
	    (ssize_t)sizeof(tail) - 1);
	CHECK(judge(&a, &known) == AUDIT_AHEAD);
	h = known;
	recover(&a, &h, "recovered", "half a line");
	audit_close(&a);

	/* Half a very long line: it is longer than what tells of it. */
	reopen(&a, bytes, size);
	for (int i = 0; i < 100; i++)
		CHECKF(pwrite(a.fd, tail, sizeof(tail) - 1, (off_t)size +
		    (off_t)(i * (int)(sizeof(tail) - 1))) > 0, "fragment");
	h = known;
	CHECK(judge(&a, &h) == AUDIT_AHEAD);
	recover(&a, &h, "recovered", "half a long line");
	audit_close(&a);

	/* A cut log, and one with another end. */
	reopen(&a, bytes, start[LINES]);
	CHECK(judge(&a, &known) == AUDIT_UNTRUSTED);
	h = known;
	CHECK(audit_accept(&a, &h, &now, "uid:0", &f) == FAULT_NONE &&
	    audit_flush(&a, &f) == FAULT_NONE);
	audit_commit(&a);
	CHECK(judge(&a, &h) == AUDIT_OK && h.seq == LINES);
	audit_close(&a);
}

static void
test_open(void)
{
	struct audit a;
	struct fault f = { .kind = FAULT_NONE };

	CHECK(symlinkat("log", dir, "link") == 0);
	CHECK(audit_open(&a, dir, "link", false, geteuid(), &f) !=
	    FAULT_NONE);
	audit_close(&a);
	CHECK(linkat(dir, "log", dir, "hard", 0) == 0);
	CHECK(audit_open(&a, dir, "hard", false, geteuid(), &f) ==
	    FAULT_CONFIG);
	audit_close(&a);
	CHECK(unlinkat(dir, "hard", 0) == 0);
	CHECK(fchmodat(dir, "log", 0666, 0) == 0);
	CHECK(audit_open(&a, dir, "log", false, geteuid(), &f) ==
	    FAULT_CONFIG);
	audit_close(&a);
	CHECK(audit_open(&a, dir, "none", false, geteuid(), &f) ==
	    FAULT_CONFIG);
	audit_close(&a);
}

int
main(void)
{
	static const char *const names[] = { "log", "scratch", "again",
	    "link" };

	if (mkdtemp(folder) == NULL ||
	    (dir = open(folder, O_RDONLY | O_DIRECTORY)) < 0)
		return 99;
	make_log();
	test_flips();
	test_orders();
	test_insert();
	test_recovery();
	test_open();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		(void)unlinkat(dir, names[i], 0);
	(void)rmdir(folder);
	free(bytes);
	return tap_done();
}

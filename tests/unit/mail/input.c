/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mail/input.h"
#include "mail/message.h"
#include "tap.h"

static char folder[] = "/tmp/vouchsafe-input-XXXXXX";
static struct fault fault;

static void
put(const char *name, struct span bytes)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes.p, bytes.len) != (ssize_t)bytes.len)
		CHECKF(false, "cannot write %s", name);
	(void)close(fd);
}

/* All of one item, read with at most step bytes at a time. */
static void
slurp(const struct input_item *item, const struct input *in, size_t step,
    struct buf *b)
{
	struct input_message m;
	char bytes[4096];
	size_t n;

	if (input_message_open(&m, item, in, &fault) != FAULT_NONE) {
		buf_addf(b, "!%d", (int)fault.kind);
		return;
	}
	do {
		if (m.source.read(&m.source, bytes, step, &n, &fault) !=
		    FAULT_NONE)
			break;
		buf_add(b, bytes, n);
	} while (n > 0);
	input_message_close(&m);
}

/* "NAME=BYTES|NAME=BYTES|" of everything the operands name. */
static const char *
list(struct buf *b, const struct input_config *c, size_t step, bool share,
    bool look)
{
	struct input_item item, copy;
	struct buf bytes;
	struct input *in;
	bool more, several = false;
	size_t n = 0;

	buf_init(b, 1 << 20);
	buf_init(&bytes, 1 << 20);
	if (input_open(&in, c, &fault) != FAULT_NONE)
		return "cannot open";
	if (look && input_several(in, &several, &fault) != FAULT_NONE)
		return "cannot look";
	while (input_next(in, &item, &more, &fault) == FAULT_NONE && more) {
		buf_reset(&bytes);
		input_item_encode(&item, &bytes);
		if (!input_item_decode(buf_span(&bytes), &copy))
			return "cannot decode";
		n++;
		if (copy.serial != n)
			return "wrong number";
		buf_addspan(b, copy.name);
		buf_addc(b, '=');
		slurp(&copy, share ? in : NULL, step, b);
		buf_addc(b, '|');
	}
	if (look && several != (n > 1))
		return "looked wrongly ahead";
	input_close(in);
	buf_free(&bytes);
	return buf_str(b);
}

static void
check_list(const char *what, const struct input_config *c, const char *want)
{
	static const size_t steps[] = { 1, 3, 63, 64, 100, 4096 };
	bool ok = true;
	struct buf b;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		for (int how = 0; how < 4; how++) {
			const char *got = list(&b, c, steps[i], how & 1,
			    (how & 2) != 0);

			if (strcmp(got, want) != 0)
				printf("# got %s\n", got);
			ok = ok && strcmp(got, want) == 0;
			buf_free(&b);
		}
	}
	CHECKF(ok, "%s", what);
}

static void
check_operands(const char *what, const char *a, const char *b,
    const char *want)
{
	char *operands[] = { strdup(a), strdup(b == NULL ? "" : b) };
	struct input_config c = { .operands = operands,
	    .noperands = b == NULL ? 1 : 2 };

	check_list(what, &c, want);
	free(operands[0]);
	free(operands[1]);
}

static void
test_files(void)
{
	put("a", SPAN("A: b\n\nx"));
	put("b", SPAN(""));
	put("colon", SPAN("From : a@b\n\nx"));
	put("quoted", SPAN(">From x\nA: b\n\n>From y"));
	CHECK(mkdir("plain", 0700) == 0);
	check_operands("a file", "a", NULL, "a=A: b\n\nx|");
	check_operands("two files, one empty", "a", "b", "a=A: b\n\nx|b=|");
	check_operands("a missing file costs itself only", "gone", "a",
	    "gone=!66|a=A: b\n\nx|");
	check_operands("a directory that is no Maildir", "plain", "a",
	    "plain=!66|a=A: b\n\nx|");
	check_operands("From : starts no mbox", "colon", NULL,
	    "colon=From : a@b\n\nx|");
	check_operands(">From starts no mbox", "quoted", NULL,
	    "quoted=>From x\nA: b\n\n>From y|");
	check_operands("/dev/null is an empty message", "/dev/null", NULL,
	    "/dev/null=|");
	check_operands("a device without end by its size", "/dev/null", "a",
	    "/dev/null=|a=A: b\n\nx|");
}

static void
test_mbox(void)
{
	put("one", SPAN("From x\nA: b\n\nbody\n"));
	check_operands("an mbox of one", "one", NULL,
	    "one#1=From x\nA: b\n\nbody\n|");
	put("two", SPAN("From x\nA: b\n\nbody\n\nFrom y\nC: d\n\n"));
	check_operands("an mbox of two", "two", "a",
	    "two#1=From x\nA: b\n\nbody\n|two#2=From y\nC: d\n\n|"
	    "a=A: b\n\nx|");
	put("crlf", SPAN("From x\r\nA: b\r\n\r\nb\r\n\r\nFrom y\r\nC: d\r\n"));
	check_operands("an mbox with CRLF", "crlf", NULL,
	    "crlf#1=From x\r\nA: b\r\n\r\nb\r\n|crlf#2=From y\r\nC: d\r\n|");
	put("quote", SPAN("From x\nA: b\n\n>From a\n>>From b\n>Frodo\n"
	    ">\n>>\n> From c\nx>From d\n>Fro\n>From\n>>>Fr"));
	check_operands("one > comes off", "quote", NULL,
	    "quote#1=From x\nA: b\n\nFrom a\n>From b\n>Frodo\n"
	    ">\n>>\n> From c\nx>From d\n>Fro\n>From\n>>>Fr|");
	put("inner", SPAN("From x\nA: b\n\nthen\nFrom here\n\nFrom : x\n"));
	check_operands("From without a blank line before, or with a colon",
	    "inner", NULL,
	    "inner#1=From x\nA: b\n\nthen\n|"
	    "inner#2=From here\n\nFrom : x\n|");
	put("bare", SPAN("From x\n\nFrom y\n\n\nFrom z"));
	check_operands("From lines alone", "bare", NULL,
	    "bare#1=From x\n|bare#2=From y\n\n|bare#3=From z|");
}

/* Messages whose separators stand everywhere in the reading window. */
static void
test_mbox_large(void)
{
	struct input_item item;
	struct input *in;
	char *operand[] = { strdup("large") };
	struct input_config c = { .operands = operand, .noperands = 1 };
	uint64_t at = 0;
	struct buf b;
	size_t n = 0;
	bool more, ok = true;

	buf_init(&b, (size_t)8 << 20);
	for (size_t i = 0; i < 2000; i++) {
		buf_addf(&b, "%sFrom x%zu\nA: b\n\n", i == 0 ? "" : "\n", i);
		for (size_t j = 0; j < i % 613; j++)
			buf_adds(&b, "abc\n");
	}
	put("large", buf_span(&b));
	CHECK(input_open(&in, &c, &fault) == FAULT_NONE);
	while (input_next(in, &item, &more, &fault) == FAULT_NONE && more) {
		char start[32];

		(void)snprintf(start, sizeof(start), "From x%zu\n", n);
		ok = ok && item.offset == at && span_starts(span_sub(
		    buf_span(&b), (size_t)at, b.len), span_of(start));
		at += item.length + 1;
		n++;
	}
	CHECK(n == 2000 && ok && at == b.len + 1);
	input_close(in);
	buf_free(&b);
	free(operand[0]);
}

static void
test_maildir(void)
{
	CHECK(mkdir("m", 0700) == 0 && mkdir("m/cur", 0700) == 0 &&
	    mkdir("m/new", 0700) == 0 && mkdir("m/tmp", 0700) == 0);
	check_operands("an empty Maildir", "m", "a", "a=A: b\n\nx|");
	put("m/cur/1:2,S", SPAN("one"));
	put("m/cur/3:2,", SPAN("From three\n\nFrom four"));
	put("m/new/2", SPAN("two"));
	put("m/new/.4", SPAN("hidden"));
	put("m/tmp/5", SPAN("unfinished"));
	CHECK(mkdir("m/cur/sub", 0700) == 0);
	check_operands("a Maildir, by name over cur and new", "m", NULL,
	    "m/cur/1:2,S=one|m/new/2=two|"
	    "m/cur/3:2,=From three\n\nFrom four|");
	check_operands("a slash at the end", "m/", "a",
	    "m/cur/1:2,S=one|m/new/2=two|"
	    "m/cur/3:2,=From three\n\nFrom four|a=A: b\n\nx|");
}

static void
test_list(void)
{
	struct input_config c = { .files_from = "list" };
	char *operand[] = { strdup("a") };
	struct input *in;

	put("new\nline", SPAN("y"));
	put("list", SPAN("a\n\ngone\ntwo"));
	check_list("a list of operands", &c, "a=A: b\n\nx|gone=!66|"
	    "two#1=From x\nA: b\n\nbody\n|two#2=From y\nC: d\n\n|");
	put("list", SPAN("a\0new\nline\0\0b\0"));
	c.nul = true;
	check_list("a list with NUL", &c, "a=A: b\n\nx|new\nline=y|b=|");
	c.operands = operand;
	c.noperands = 1;
	check_list("operands first", &c,
	    "a=A: b\n\nx|a=A: b\n\nx|new\nline=y|b=|");
	put("list", SPAN(""));
	c.noperands = 0;
	check_list("an empty list", &c, "");
	c.files_from = "no such list";
	CHECK(input_open(&in, &c, &fault) == FAULT_NOINPUT);
	free(operand[0]);
}

static void
test_decode(void)
{
	struct input_item item = { .name = SPAN("x"), .path = "x" };
	struct buf b;
	bool ok = true;

	buf_init(&b, 4096);
	input_item_encode(&item, &b);
	for (size_t n = 0; n < b.len; n++)
		ok = ok && !input_item_decode(span_sub(buf_span(&b), 0, n),
		    &item);
	CHECKF(ok, "a cut item is none");
	buf_addc(&b, 'x');
	CHECK(!input_item_decode(buf_span(&b), &item));
	buf_free(&b);
}

int
main(void)
{
	if (mkdtemp(folder) == NULL || chdir(folder) < 0)
		return 1;
	test_files();
	test_mbox();
	test_mbox_large();
	test_maildir();
	test_list();
	test_decode();
	if (chdir("/") == 0) {
		char *rm[] = { strdup("rm"), strdup("-rf"), folder, NULL };

		(void)fflush(stdout);
		if (tap_failed == 0 && fork() == 0) {
			(void)execvp(rm[0], rm);
			_exit(1);
		}
		free(rm[0]);
		free(rm[1]);
	}
	return tap_done();
}

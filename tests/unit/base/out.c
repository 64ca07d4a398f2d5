/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/out.h"
#include "tap.h"

static void
test_pipe(void)
{
	static struct out o;
	struct fault f = { 0 };
	char got[32];
	int fd[2];

	CHECK(pipe(fd) == 0);
	out_init(&o, fd[1], "a pipe");
	out_adds(&o, "one ");
	out_addspan(&o, SPAN("two"));
	CHECK(out_close(&o, &f) == FAULT_NONE);
	CHECK(read(fd[0], got, sizeof(got)) == 7 &&
	    memcmp(got, "one two", 7) == 0);
	CHECK(read(fd[0], got, sizeof(got)) == 0);
	(void)close(fd[0]);
}

static void
test_full(void)
{
	static struct out o;
	static char big[100000];
	struct fault f = { 0 };
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		printf("# no /dev/full here\n");
		return;
	}
	out_init(&o, fd, "standard output");
	out_adds(&o, "x");
	CHECK(out_close(&o, &f) == FAULT_IO);
	CHECK(strncmp(f.text, "standard output: ", 17) == 0);
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	out_init(&o, fd, "standard output");
	out_add(&o, big, sizeof(big));
	out_adds(&o, "later writes do nothing");
	CHECK(out_flush(&o, &f) == FAULT_IO);
	CHECK(out_close(&o, &f) == FAULT_IO);
}

static void
test_fault(void)
{
	struct fault f = { 0 };
	char big[2000];

	CHECK(fault_context(&f, "ctx") == FAULT_NONE && f.text[0] == '\0');
	CHECK(fault_set(&f, FAULT_DATA, "a\nb\x1b%s", "\xff") == FAULT_DATA);
	CHECK(strcmp(f.text, "a\\x0ab\\x1b\\xff") == 0);
	CHECK(fault_context(&f, "FILE") == FAULT_DATA &&
	    strncmp(f.text, "FILE: a", 7) == 0);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)fault_set(&f, FAULT_DATA, "%s", big);
	CHECK(strlen(f.text) == FAULT_TEXT_MAX - 1);
	(void)fault_errno(&f, FAULT_IO, 28, "disk");
	CHECK(strcmp(f.text, "disk: No space left on device") == 0);
	CHECK(fault_nomem(&f) == FAULT_SOFTWARE);
}

static void
test_json(void)
{
	json_t *object = json_object(), *list = json_array();
	struct fault f = { 0 };
	bool failed = false;
	struct buf b;

	js_set(object, "bytes", js_span(SPAN("a\xff\0\n\xc3\xa9\xed\xa0\x80")),
	    &failed);
	js_set(object, "null", js_span((struct span){ NULL, 0 }), &failed);
	js_set(object, "n", js_int(-5), &failed);
	js_push(list, js_bool(true), &failed);
	js_push(list, js_str("x"), &failed);
	js_set(object, "list", list, &failed);
	CHECK(!failed);
	buf_init(&b, 1000);
	CHECK(js_line(object, &b, &f) == FAULT_NONE);
	CHECK(strcmp(buf_str(&b), "{\"bytes\":\"a\\uFFFD\\u0000\\n\\u00E9"
	    "\\uFFFD\\uFFFD\\uFFFD\",\"null\":null,\"n\":-5,"
	    "\"list\":[true,\"x\"]}\n") == 0);
	js_set(object, "bad", NULL, &failed);
	CHECK(failed);
	buf_free(&b);
	buf_init(&b, 3);
	CHECK(js_line(object, &b, &f) == FAULT_DATA);
	CHECK(js_line(NULL, &b, &f) != FAULT_NONE);
	json_decref(object);
	buf_free(&b);
}

int
main(void)
{
	test_pipe();
	test_full();
	test_fault();
	test_json();
	return tap_done();
}

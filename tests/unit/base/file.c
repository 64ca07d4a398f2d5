/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"

/* A pipe that holds len bytes and ends. */
static int
pipe_of(size_t len)
{
	int fd[2];

	CHECK(pipe(fd) == 0);
	for (size_t i = 0; i < len; i++)
		if (write(fd[1], "x", 1) != 1)
			CHECK(false);
	(void)close(fd[1]);
	return fd[0];
}

static void
test_bound(size_t len, size_t max, enum fault_kind want)
{
	struct fault f = { .kind = FAULT_NONE };
	int fd = pipe_of(len);
	struct buf b;

	buf_init(&b, max);
	CHECKF(file_read_fd(fd, &b, &f) == want, "%zu bytes, room for %zu",
	    len, max);
	CHECK(want != FAULT_NONE || b.len == len);
	(void)close(fd);
	buf_free(&b);
}

int
main(void)
{
	struct fault f = { .kind = FAULT_NONE };
	struct buf b;

	test_bound(0, 0, FAULT_NONE);
	test_bound(0, 10, FAULT_NONE);
	test_bound(9, 10, FAULT_NONE);
	test_bound(10, 10, FAULT_NONE);
	test_bound(11, 10, FAULT_DATA);
	test_bound(1, 0, FAULT_DATA);

	buf_init(&b, 10);
	CHECK(file_read("/", &b, &f) == FAULT_NOINPUT);
	CHECK(strcmp(f.text, "/: cannot read: Is a directory") == 0);
	fault_clear(&f);
	CHECK(file_read("/nowhere/at/all", &b, &f) == FAULT_NOINPUT);
	CHECK(strcmp(f.text, "/nowhere/at/all: No such file or directory")
	    == 0);
	fault_clear(&f);
	CHECK(file_read("/dev/null", &b, &f) == FAULT_NONE && b.len == 0);
	CHECK(file_read("/dev/zero", &b, &f) == FAULT_DATA);
	buf_free(&b);
	return tap_done();
}

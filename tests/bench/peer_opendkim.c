/* SPDX-License-Identifier: ISC */
/*
 * peer_opendkim [-c] FILE...: libopendkim verifying many messages in one
 * process, as a milter would: one library handle, one DKIM object a message.
 * With -c it keeps its own cache of DNS answers, if it was built with one.
 * Exits 0 if all of them passed.
 */
#include <sys/types.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <opendkim/dkim.h>

#define MESSAGE_MAX (64U << 20)

static unsigned char *bytes;

/* The file with CRLF line ends, in `bytes`; its length, or -1. */
static ssize_t
load(const char *path)
{
	static unsigned char *raw;
	size_t out = 0;
	ssize_t n, got = 0;
	int fd = open(path, O_RDONLY);

	if (raw == NULL && (raw = malloc(MESSAGE_MAX)) == NULL)
		return -1;
	if (fd < 0)
		return -1;
	while ((n = read(fd, raw + got, MESSAGE_MAX - (size_t)got)) > 0)
		got += n;
	(void)close(fd);
	for (ssize_t i = 0; i < got && out < MESSAGE_MAX - 2; i++) {
		if (raw[i] == '\n' && (i == 0 || raw[i - 1] != '\r'))
			bytes[out++] = '\r';
		bytes[out++] = raw[i];
	}
	return (ssize_t)out;
}

static bool
verify(DKIM_LIB *lib, const char *path)
{
	ssize_t n = load(path);
	DKIM_STAT st;
	DKIM *d;

	if (n < 0)
		return false;
	d = dkim_verify(lib, (const unsigned char *)path, NULL, &st);
	if (d == NULL)
		return false;
	st = dkim_chunk(d, bytes, (size_t)n);
	if (st == DKIM_STAT_OK)
		st = dkim_chunk(d, NULL, 0);
	if (st == DKIM_STAT_OK)
		st = dkim_eom(d, NULL);
	(void)dkim_free(d);
	return st == DKIM_STAT_OK;
}

int
main(int argc, char **argv)
{
	unsigned long bad = 0;
	int first = 1;
	DKIM_LIB *lib = dkim_init(NULL, NULL);

	bytes = malloc(MESSAGE_MAX);
	if (lib == NULL || bytes == NULL)
		return 70;
	if (argc > 1 && strcmp(argv[1], "-c") == 0) {
		unsigned flags = 0;

		(void)dkim_options(lib, DKIM_OP_GETOPT, DKIM_OPTS_FLAGS,
		    &flags, sizeof(flags));
		flags |= DKIM_LIBFLAGS_CACHE;
		(void)dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS,
		    &flags, sizeof(flags));
		first++;
	}
	for (int i = first; i < argc; i++)
		if (!verify(lib, argv[i]))
			bad++;
	dkim_close(lib);
	free(bytes);
	if (bad > 0)
		fprintf(stderr, "peer_opendkim: %lu did not pass\n", bad);
	return bad == 0 ? 0 : 1;
}

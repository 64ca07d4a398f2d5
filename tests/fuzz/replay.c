/* SPDX-License-Identifier: ISC */
/*
 * Runs a fuzz target over files without libFuzzer, so that every compiler
 * replays the corpus in `make check`.
 *
 *	replay DIR|FILE...
 *
 * Each file is run whole, cut short, and with single bytes changed: the same
 * mutations every time.  A file below tests/vectors counts as the message
 * after its first empty line.  One TAP point for the target.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1U << 20)	/* longer inputs are for the unit tests */
#define CHANGES 192		/* prefixes tried and bytes changed of a seed */
#define VECTOR_CHANGES 6	/* of a vector: there are many of these */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long runs, files;

/* A copy of exactly that size, so that ASan sees the first byte too many. */
static void
run_one(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	if (copy == NULL) {
		perror("replay");
		exit(2);
	}
	if (size > 0)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void
run_mutations(uint8_t *data, size_t size, size_t changes)
{
	static const uint8_t change[] = { 0x00, 0x0a, 0x20, 0x80, 0xff, ';' };
	size_t step = size / changes + 1;

	run_one(data, size);
	for (size_t n = 0; n < size; n += step)
		run_one(data, n);
	for (size_t i = 0; i < size; i += step) {
		uint8_t old = data[i];

		data[i] = change[i % sizeof(change)];
		run_one(data, size);
		data[i] = old;
	}
}

static size_t
behind_empty_line(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++)
		if (data[i] == '\n' && data[i + 1] == '\n')
			return i + 2;
	return 0;
}

static void
run_file(const char *path)
{
	static uint8_t data[FILE_MAX];
	bool vector = strstr(path, "tests/vectors/") != NULL;
	size_t from = 0, n;
	FILE *fp = fopen(path, "rb");

	if (fp == NULL) {
		perror(path);
		exit(2);
	}
	n = fread(data, 1, sizeof(data), fp);
	(void)fclose(fp);
	if (vector)
		from = behind_empty_line(data, n);
	run_mutations(data + from, n - from,
	    vector ? VECTOR_CHANGES : CHANGES);
	files++;
}

/* One level of folders below `path` is enough for a corpus. */
static void
run_path(const char *path, int depth)
{
	struct dirent **list;
	struct stat st;
	int n;

	if (stat(path, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	n = depth > 0 ? scandir(path, &list, NULL, alphasort) : 0;
	for (int i = 0; i < n; i++) {
		char sub[4096];
		int len = snprintf(sub, sizeof(sub), "%s/%s", path,
		    list[i]->d_name);

		if (list[i]->d_name[0] != '.' && len > 0 &&
		    (size_t)len < sizeof(sub))
			run_path(sub, depth - 1);
		free(list[i]);
	}
	if (n > 0)
		free(list);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run_path(argv[i], 2);
	printf("1..1\n%s 1 - %s: %lu files, %lu runs\n",
	    files > 0 ? "ok" : "not ok", TARGET, files, runs);
	return files > 0 ? 0 : 1;
}

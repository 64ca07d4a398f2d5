/* SPDX-License-Identifier: ISC */
/*
 * pair N INPUT A... -- B...: run two commands in turn, N times each, and
 * compare them pair by pair, so that what the machine does meanwhile hits both.
 *
 * INPUT is their standard input; standard output goes nowhere.  Prints
 *
 *	MEDIAN-A MEDIAN-B MEDIAN-OF-A/B RSS-A RSS-B
 *
 * in microseconds of wall time and KiB.  Exits 1 if a command does not exit 0;
 * PAIR_STATUS in the environment is what B shall exit with instead.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 5000

extern char **environ;

static const char *input;

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Wall time in microseconds, or -1; the peak of memory in *rss. */
static double
run(char **argv, int want, long *rss)
{
	posix_spawn_file_actions_t fa;
	struct rusage ru;
	double start;
	int status;
	pid_t pid;

	if (posix_spawn_file_actions_init(&fa) != 0 ||
	    posix_spawn_file_actions_addopen(&fa, 0, input, O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY,
	    0) != 0)
		return -1;
	start = now_us();
	if (posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ) != 0 ||
	    wait4(pid, &status, 0, &ru) != pid)
		return -1;
	start = now_us() - start;
	(void)posix_spawn_file_actions_destroy(&fa);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != want) {
		fprintf(stderr, "pair: %s: status %d\n", argv[0], status);
		return -1;
	}
	if (ru.ru_maxrss > *rss)
		*rss = ru.ru_maxrss;
	return start;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int
measure(size_t n, char **first, char **second)
{
	static double a[RUNS_MAX], b[RUNS_MAX], ratio[RUNS_MAX];
	const char *status = getenv("PAIR_STATUS");
	int want = status == NULL ? 0 : (int)strtol(status, NULL, 10);
	long rss_a = 0, rss_b = 0;

	/* One pair to warm the caches; then who goes first takes turns. */
	if (run(first, 0, &rss_a) < 0 || run(second, want, &rss_b) < 0)
		return 1;
	for (size_t i = 0; i < n; i++) {
		bool swap = i % 2 == 1;

		if (swap && (b[i] = run(second, want, &rss_b)) < 0)
			return 1;
		if ((a[i] = run(first, 0, &rss_a)) < 0)
			return 1;
		if (!swap && (b[i] = run(second, want, &rss_b)) < 0)
			return 1;
		ratio[i] = a[i] / b[i];
	}
	printf("%.0f %.0f %.4f %ld %ld\n", median(a, n), median(b, n),
	    median(ratio, n), rss_a, rss_b);
	return 0;
}

int
main(int argc, char **argv)
{
	int split = 3;
	long n;

	while (split < argc && strcmp(argv[split], "--") != 0)
		split++;
	if (split < 4 || split >= argc - 1) {
		fprintf(stderr, "usage: pair N INPUT A... -- B...\n");
		return 64;
	}
	n = strtol(argv[1], NULL, 10);
	if (n < 1 || n > RUNS_MAX)
		return 64;
	input = argv[2];
	argv[split] = NULL;
	return measure((size_t)n, argv + 3, argv + split + 1);
}

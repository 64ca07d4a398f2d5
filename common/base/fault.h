/* SPDX-License-Identifier: ISC */
/*
 * A fault is a failure of our own or of the machine: no memory, a full disk, a
 * file that cannot be read.  A verdict (pass, fail, temperror ...) is never a
 * fault.  Functions that can fail return an enum fault_kind and take a struct
 * fault last; only main prints it.
 */
#ifndef FAULT_H
#define FAULT_H

/* The kinds are the exit codes of sysexits(3), so main returns them as such. */
enum fault_kind {
	FAULT_NONE = 0,
	FAULT_USAGE = 64,	/* wrong usage, before any work */
	FAULT_DATA = 65,	/* empty, or not what it should be */
	FAULT_NOINPUT = 66,	/* cannot open an input */
	FAULT_UNAVAILABLE = 69,	/* something needed is not there */
	FAULT_SOFTWARE = 70,	/* our own fault, no memory included */
	FAULT_CANTCREAT = 73,	/* cannot create an output */
	FAULT_IO = 74,		/* I/O error, a full disk included */
	FAULT_TEMP = 75,	/* try again later */
	FAULT_NOPERM = 77,	/* not permitted */
	FAULT_CONFIG = 78	/* configuration */
};

#define FAULT_TEXT_MAX 512

struct fault {
	enum fault_kind kind;
	char text[FAULT_TEXT_MAX];	/* one line, printable ASCII */
};

/* Forget what f holds.  A zeroed struct fault is already clear. */
void fault_clear(struct fault *f);

/*
 * Set kind and text (printf form, cut to fit, every byte that is not printable
 * ASCII written as \xHH).  Returns kind, so `return fault_set(...)` reads well.
 */
enum fault_kind fault_set(struct fault *f, enum fault_kind kind,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same, with ": " and the text of errno value err after. */
enum fault_kind fault_errno(struct fault *f, enum fault_kind kind, int err,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* "out of memory", FAULT_SOFTWARE. */
enum fault_kind fault_nomem(struct fault *f);

/*
 * Put "context: " before the text, on the way up.  Returns f->kind; nothing
 * happens to a clear fault.
 */
enum fault_kind fault_context(struct fault *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif

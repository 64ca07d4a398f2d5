/* SPDX-License-Identifier: ISC */
/*
 * What the adapters share: jitgrant-adapter(7) in a few functions.
 *
 * An adapter is a table of four functions.  Each is given the question and
 * answers with an exit status; what it has to say goes into the answer.
 * Nothing of a question ever reaches a shell.
 */
#ifndef ADAPTER_MAIN_H
#define ADAPTER_MAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define ADAPTER_WORDS 64	/* most words of a command */

/* Exit statuses, as jitgrant reads them. */
enum adapter_exit {
	ADAPTER_OK = 0,
	ADAPTER_DATA = 65,	/* these values are not to be written there */
	ADAPTER_SOFTWARE = 70,
	ADAPTER_TEMP = 75,	/* try again */
	ADAPTER_NOPERM = 77,
	ADAPTER_CONFIG = 78
};

/* Texts are "" where the question has none; borrowed from it. */
struct adapter_task {
	json_t *question;
	const char *grant, *kind, *resource, *user;
	int64_t not_after, duration;	/* 0: not known yet */
	json_t *config, *undo, *limits;	/* objects, or NULL */
	bool last;		/* nobody will ask again */
	bool unanswered;	/* something was sent to another host, and
				   nobody said what became of it */
	/* The answer. */
	json_t *plan;		/* of plan, withdrawn: the undo record; taken */
	bool present;		/* of the others */
	int64_t again;		/* of revoke: not 0: withdrawn, the rest is
				   to be asked for after so many seconds */
	char text[200];		/* why not */
};

struct adapter_verbs {
	int (*plan)(struct adapter_task *);
	int (*grant)(struct adapter_task *);
	int (*revoke)(struct adapter_task *);
	int (*status)(struct adapter_task *);
};

/* What an adapter brings.  main(), which reads the question, does the verb of
 * argv[1] and prints the answer, is the same for all. */
extern const struct adapter_verbs adapter_verbs;

/* Say why not; returns status. */
int adapter_no(struct adapter_task *t, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A key of the configuration, or of the undo record; def if it is not
 * there. */
const char *adapter_config(const struct adapter_task *t, const char *key,
    const char *def);
const char *adapter_undo(const struct adapter_task *t, const char *key,
    const char *def);

/* Only letters, digits and the bytes of more; no hyphen first, not empty. */
bool adapter_word(const char *s, const char *more);

/* May nobody but root and we change this file, along its whole path?  It must
 * be absolute and a plain file. */
bool adapter_ours(const char *path);

/*
 * Run argv[0] (an absolute path) with the fixed environment, input on stdin
 * (NULL: nothing) and its output thrown away.  The first bytes it writes go
 * to head if that is not NULL.  Returns the exit status, 126 if it could not
 * be run or was killed.
 */
int adapter_command(char *const argv[], const char *input, char *head,
    size_t len);

#endif

/* SPDX-License-Identifier: ISC */
/* What the files of the front end share with each other alone. */
#ifndef CLI_IMPL_H
#define CLI_IMPL_H

#include <stdio.h>

#include "cli/cli.h"
#include "mail/input.h"

/* What one message needs and the next one uses again. */
struct cli_work {
	struct cli *cli;
	struct arena arena;
	struct stage stage;
	struct cli_verdict verdict;
	char *chunk;		/* MESSAGE_CHUNK bytes, from the first use */
};

/* Read all options into cli.  FAULT_USAGE. */
enum fault_kind cli_options(struct cli *cli, int argc, char **argv,
    struct fault *f);

void cli_work_init(struct cli_work *w, struct cli *cli);
void cli_work_free(struct cli_work *w);
/* Forget the last message, keep its memory. */
void cli_work_reset(struct cli_work *w);
/* Open the message that src gives, let the tool judge it. */
enum fault_kind cli_ask(struct cli_work *w, struct span name,
    struct source *src, struct message *m, struct fault *f);
/*
 * The way of each message, one or many: open it, let give() judge it and
 * print or keep what comes of it, close it, say what failed or note it in the
 * log.  FAULT_NONE: the verdict stays in w.
 */
enum fault_kind cli_work_run(struct cli_work *w,
    const struct input_item *item, const struct input *in,
    enum fault_kind (*give)(struct cli_work *w,
    const struct input_item *item, struct source *src, void *arg,
    struct fault *f), void *arg);
/*
 * Judge one message and append its lines to result; the note stays in
 * w->verdict.  Prints faults; the exit status of this message.
 */
int cli_judge(struct cli_work *w, const struct input_item *item,
    const struct input *in, struct buf *result);
/* The one message of this run: all formats. */
int cli_one(struct cli_work *w, const struct input_item *item,
    const struct input *in);
/* Any number of messages, in workers; how many there were. */
size_t cli_many(struct cli *cli, struct input *in);

/* A message that cannot be opened; an operand may be meant as a domain.  The
 * fault's kind. */
enum fault_kind cli_unopened(struct cli *cli, struct span name,
    const struct fault *f);
/* A fault that belongs to a file. */
void cli_complain(const struct cli *cli, struct span file,
    const struct fault *f);

/* The domains of a run. */
struct cli_names {
	size_t count;
	struct span *names;	/* as the DNS has them */
	size_t *lines;		/* of --files-from; 0: it is not from there */
	bool *bad;		/* it is no name */
};

/* Find them; they live as long as cli.  FAULT_USAGE for an operand that is no
 * name, FAULT_DATA where the zones have none. */
enum fault_kind cli_names(struct cli *cli, struct cli_names *l,
    struct fault *f);

/* -v: each question and answer on stderr. */
void cli_trace(void *state, struct span name, enum dns_type type,
    const struct dns_answer *answer);
/* --progress: so many of total (0: unknown) are done. */
void cli_progress(struct cli *cli, size_t done, bool last);
/* Count the messages for the bar, if that is possible beforehand. */
void cli_progress_start(struct cli *cli);

#endif

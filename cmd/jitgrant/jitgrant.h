/* SPDX-License-Identifier: ISC */
#ifndef JITGRANT_H
#define JITGRANT_H

#include "base/out.h"
#include "cli/dns_options.h"
#include "cli/plain.h"
#include "jit/jit.h"

/* A verb's table for plain_parse(), from its two generated headers. */
#define JITGRANT_TOOL(verb, ident) { .name = "jitgrant " verb, \
	.options = jitgrant_##ident##_options, \
	.shorts = jitgrant_##ident##_shorts, \
	.text = FRONT_TEXT(jitgrant_##ident), \
	.repeatable = jitgrant_repeatable, .option = jitgrant_option }

extern const char *const jitgrant_repeatable[];

/* What --mail and the options that go with it say. */
struct jitgrant_mail {
	bool on, mta;
	const char *mail_from;
	struct cli_dns_options asked;
};

/* What the command line says. */
struct jitgrant {
	const char *tool;	/* "jitgrant use" */
	struct jit_ask ask;
	const char *home;	/* --home, or from the environment; NULL */
	const char *policy;	/* --policy of serve; NULL */
	const char *socket;	/* --socket; NULL */
	const char *output;	/* --output */
	bool json, quiet;
	bool said_ignored;	/* jitgrant_ignored() has spoken */
	char *limits[JIT_LIMITS];	/* copies, cut at the equals sign */
	struct buf anchor;	/* contents of --anchor */
	struct jitgrant_mail mail;
	char adapters[4096];	/* their folder, if they were not installed */
	struct jit_env env;
	struct jit *opened;	/* while it is open: for what is reported */
	struct out out;
};

/* One option of any verb, for plain_parse(). */
enum fault_kind jitgrant_option(void *state, const char *name,
    const char *value, struct fault *f);

/* How many operands a verb takes, and what they are. */
enum jitgrant_operands {
	JITGRANT_NONE = 0,
	JITGRANT_ID,		/* [ID] */
	JITGRANT_SUB,		/* what to do: `policy check` */
	JITGRANT_SUB_FILE	/* the same, and [FILE] */
};

/* Parse the options, ask the engine or the socket, print the answer. */
int jitgrant_answer(const struct plain_tool *tool, const char *verb,
    enum jitgrant_operands operands, int argc, char **argv);

void jitgrant_init_state(struct jitgrant *g, const struct plain_tool *tool,
    const char *verb);
void jitgrant_free(struct jitgrant *g);

/* The world as the engine sees it from a command line: system clock, account
 * names, random numbers, who calls. */
void jitgrant_env(struct jitgrant *g);
/*
 * Open the home named, or the system's.  Root becomes the home's owner for
 * all that is done in it.  FAULT_NOPERM: the socket is to be asked.
 */
enum fault_kind jitgrant_open(struct jitgrant *g, struct jit *j,
    struct fault *f);
/* Root becomes the owner of the folder dir. */
enum fault_kind jitgrant_become(const char *dir, struct fault *f);
/* For doctor: does somebody keep the clock; can this account read it? */
bool jitgrant_clock_synced(void);
bool jitgrant_can_read(uint32_t uid, const char *path);
/* Where the home is; *own: it is not the system's. */
const char *jitgrant_home(const struct jitgrant *g, bool *own);
/* Warn root once, who works in the system's home while VOUCHSAFE_JIT_HOME
 * names another: he does not follow it. */
void jitgrant_ignored(struct jitgrant *g);

/* Ask `jitgrant serve` through the socket. */
enum fault_kind jitgrant_remote(struct jitgrant *g, const char *path,
    struct jit_answer *a, struct fault *f);

/* Most bytes of a question: a mail of 256 KiB in base64, and room. */
#define JITGRANT_QUESTION ((size_t)512 * 1024)
/* Read up to a newline, or for so many seconds. */
enum fault_kind jitgrant_line(int fd, struct buf *b, int seconds,
    struct fault *f);

/* Read away the rest of a line that is too long: who is still writing does
 * not read the answer. */
void jitgrant_drain(int fd);

/* Print an answer; the exit status. */
int jitgrant_print(struct jitgrant *g, const struct jit_answer *a);

/* Options of --mail; *taken says whether it is one. */
enum fault_kind jitgrant_mail_option(struct jitgrant *g, const char *name,
    const char *value, bool *taken, struct fault *f);
/* Do the options fit together? */
enum fault_kind jitgrant_mail_usage(const struct jitgrant *g,
    struct fault *f);
/*
 * Read the mail on standard input and answer it; where the home may not be
 * opened, `jitgrant serve` does.
 */
enum fault_kind jitgrant_mail_run(struct jitgrant *g, struct jit_answer *a,
    struct fault *f);
/* Answer the mail in the question. */
enum fault_kind jitgrant_mail_served(struct jitgrant *g,
    struct jit_answer *a, struct fault *f);
/*
 * The command line is wrong.  If it is that of a filter, whose exit status
 * would hide it, write it into the log, where the home can be opened.
 */
void jitgrant_mail_misused(struct jitgrant *g, int argc, char **argv,
    const struct fault *why);
/* The exit status, under --mta what a mail server wants. */
int jitgrant_mail_exit(const struct jitgrant *g, int status);
/* Run the sendmail program; jit_post and jit_env know these. */
bool jitgrant_send(void *arg, const char *program, const char *from,
    struct span mail);
void jitgrant_mail_again(void *arg);
void jitgrant_notify(void *arg, const struct grant *grant,
    const char *event);

#define JITGRANT_SOCKET "/run/vouchsafe/jitgrant.sock"

int jitgrant_init(int argc, char **argv);
int jitgrant_serve(int argc, char **argv);
int jitgrant_request(int argc, char **argv);
int jitgrant_approve(int argc, char **argv);
int jitgrant_deny(int argc, char **argv);
int jitgrant_use(int argc, char **argv);
int jitgrant_check(int argc, char **argv);
int jitgrant_run(int argc, char **argv);
int jitgrant_list(int argc, char **argv);
int jitgrant_show(int argc, char **argv);
int jitgrant_renew(int argc, char **argv);
int jitgrant_release(int argc, char **argv);
int jitgrant_revoke(int argc, char **argv);
int jitgrant_freeze(int argc, char **argv);
int jitgrant_unfreeze(int argc, char **argv);
int jitgrant_sweep(int argc, char **argv);
int jitgrant_policy(int argc, char **argv);
int jitgrant_log(int argc, char **argv);
int jitgrant_clock(int argc, char **argv);
int jitgrant_doctor(int argc, char **argv);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The front end that spfcheck, dkimverify and dmarceval share: options,
 * operands, DNS, the way through one message or many, output, exit status.
 * A tool says how to judge one message; all else is done here.
 *
 *	int
 *	main(int argc, char **argv)
 *	{
 *		struct mine mine = { 0 };
 *		struct cli cli;
 *
 *		if (!cli_parse(&cli, &tool, &mine, argc, argv))
 *			return cli_end(&cli);
 *		cli_run(&cli);
 *		return cli_end(&cli);
 *	}
 */
#ifndef CLI_H
#define CLI_H

#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/out.h"
#include "base/span.h"
#include "cli/dns_options.h"
#include "cli/front.h"
#include "cli/value.h"
#include "dns/dns.h"
#include "mail/authres.h"
#include "mail/message.h"
#include "mail/verdict.h"
#include "pipe/stage.h"

enum cli_format {
	CLI_TEXT = 0,
	CLI_JSON,
	CLI_HEADER,
	CLI_MESSAGE,
	CLI_TAP,	/* --lint and the like only */
	CLI_JUNIT,
	CLI_GITHUB,
	CLI_SARIF,
	/* Of a tool with formats of its own: it prints them itself. */
	CLI_MARKDOWN,
	CLI_CSV,
	CLI_HTML,
	CLI_PROMETHEUS,
	CLI_NAGIOS	/* by an option, not by -o */
};

/* One message, opened, its body not yet read. */
struct cli_mail {
	struct span name;	/* "-", a path, FILE#N; for people and JSON */
	struct message *message;
	struct arena *arena;	/* dies with the message */
	struct dns *dns;	/* the deadline of this message is set */
	int64_t now;
	/* What earlier stages of the pipe found and we believe, from the top;
	 * NULL unless there are any. */
	const struct stage *stage;
};

/*
 * What became of it.  The tool sets result; exit is verdict_exit(result)
 * unless it is set to another code here (-1 before).
 */
struct cli_verdict {
	enum verdict result;
	int exit;
	struct buf text;	/* whole lines, without the file's name */
	json_t *json;		/* NULL, or (CLI_JSON) an object to which the
				   tool adds its keys after the common ones */
	struct authres_result *results;	/* in the arena; header and message */
	size_t nresults;
	struct buf fields;	/* more header fields, whole, with the
				   message's line ends (Received-SPF) */
	struct buf note;	/* bytes for collect(), across the workers */
};

struct cli;

/* A tool.  Functions that are NULL are not called. */
struct cli_tool {
	const char *name;
	const char *method;	/* "spf", "dkim", "dmarc": for a message that
				   cost its worker */
	const struct option *options;	/* X_options of gen/X_options.h */
	const char *shorts;		/* X_shorts */
	struct front_text text;
	const char *const *repeatable;	/* own options that may be given more
					   than once; NULL-terminated */
	const char *looks;	/* what takes domains: options, or tools; or
				   NULL */
	bool lints;		/* has -o tap and -o junit */
	bool pages;		/* and -o markdown, csv, html, prometheus */
	bool final;		/* the last stage of a pipe by its nature */
	bool explains;		/* -v is for the tool too */
	unsigned time_limit;	/* default of --time-limit, s; 0: 20 */

	/* One of the tool's own options (by its long name), in the order
	 * given; value is NULL for a flag.  FAULT_USAGE if it is no good. */
	enum fault_kind (*option)(void *state, const char *name,
	    const char *value, struct fault *f);
	/* All options are read: do they go together? */
	enum fault_kind (*ready)(void *state, struct cli *cli,
	    struct fault *f);
	/* Judge one message.  The front end reads what is left of the body.
	 * A fault is a failure of our own, not a verdict. */
	enum fault_kind (*judge)(void *state, struct cli_mail *mail,
	    struct cli_verdict *verdict, struct fault *f);
	/* The tool's keys of the JSON object, for a message of which nothing
	 * is known but temperror and why: the report of a zeroed result. */
	enum fault_kind (*nothing)(json_t *o, enum reason reason,
	    struct fault *f);
	/* In the parent, in input order: a message's note. */
	enum fault_kind (*collect)(void *state, struct span note,
	    struct fault *f);
	/* After the last message: what to print after all (--summary). */
	enum fault_kind (*finish)(void *state, struct cli *cli, struct buf *b,
	    struct fault *f);
};

#define CLI_NAMES ((size_t)64 * 1024 * 1024)	/* bytes: operands of --lint */
#define CLI_LIST 256	/* --strip-id: more is a mistake */

/* The common options as they were given, and what the run needs. */
struct cli {
	const struct cli_tool *tool;
	void *state;
	int exit;		/* so far: the worst */

	enum cli_format format;
	bool quiet, verbose, progress, final, defer;
	bool list;		/* -l: names alone */
	unsigned only;		/* --only: a bit a verdict; 0: all */
	struct span authserv_id;	/* p NULL: not given */
	struct span strip[CLI_LIST];
	size_t nstrip;
	unsigned jobs;
	struct cli_dns_options asked;	/* whom to ask, and how long */
	int64_t time_limit_ms;
	struct clock clock;	/* fixed by --now=TIME */
	bool now_received;	/* --now=received: each mail's own time */
	const char *syslog;	/* facility; NULL: none */
	bool mbox;		/* what is no file is an mbox */
	const char *files_from;
	bool nul;		/* -0 */
	char **operands;
	size_t noperands;

	/* private to cli*.c */
	bool help, version;
	size_t total;		/* messages, for the bar; 0: unknown */
	int64_t drawn;		/* when the bar was drawn, in milliseconds */
	struct span secret;
	struct arena names;
	struct dns *dns;
	struct out out;
	bool out_open;
};

/*
 * Read the options.  False: the run is over (help, version, a usage error
 * that was printed); go to cli_end().
 */
bool cli_parse(struct cli *cli, const struct cli_tool *tool, void *state,
    int argc, char **argv);
/* Judge all operands. */
void cli_run(struct cli *cli);
/* Close the output and give main's return value. */
int cli_end(struct cli *cli);

/*
 * For what is no message (--lint, --lookup): the DNS of the common options,
 * opened once, its deadline set anew; standard output; faults and warnings.
 * cli_fail prints and remembers the exit status; it returns the kind.
 */
enum fault_kind cli_dns(struct cli *cli, struct dns **dns, struct fault *f);
void cli_print(struct cli *cli, struct span bytes);
enum fault_kind cli_fail(struct cli *cli, const struct fault *f);
void cli_warn(const struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The exit status becomes the worse of what it is and this one. */
void cli_exit(struct cli *cli, int status);

/*
 * A verdict that came without a message, in the forms of the many-message
 * path: `file: ` before each line of text; one JSON object, the common keys
 * and then the tool's; one line for the system's log (--syslog).
 */
void cli_prefix(struct span file, struct span text, struct buf *b);
enum fault_kind cli_json(struct cli *cli, struct span file,
    struct cli_verdict *v, struct buf *b, struct fault *f);
void cli_syslog(const struct cli *cli, struct span file,
    const struct cli_verdict *v);
/* A line of printable ASCII for the system's log. */
void cli_log(const struct cli *cli, const char *line);
/* --only: is this result shown? */
bool cli_wanted(const struct cli *cli, const struct cli_verdict *v);
/* Forget the last message, keep its memory. */
void cli_verdict_reset(struct cli_verdict *v);

/*
 * A domain name, in place, as the DNS has it; it lives as long as cli.  For
 * ready(): FAULT_USAGE says that it is no `what`.
 */
enum fault_kind cli_name(struct cli *cli, const char *what, struct span *name,
    struct fault *f);

#endif

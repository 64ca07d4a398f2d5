/* SPDX-License-Identifier: ISC */
/* Domains instead of messages: what --lint and the like share. */
#ifndef CLI_DOMAINS_H
#define CLI_DOMAINS_H

#include "cli/cli.h"
#include "dns/finding.h"

/* One operand. */
struct cli_domain {
	size_t number;		/* from 1 */
	struct span name;	/* as the DNS has it */
	struct dns_place listed;	/* in --files-from; file NULL: it is
					   not from there, or from a pipe */
	struct dns *dns;	/* the deadline is set */
	struct arena *arena;	/* dies with it */
	struct buf *out;	/* what is printed of it */
	bool asks;		/* only to ask the questions: see below */
};

/*
 * judge() is called over and over while answers come in: first to ask, with
 * `asks` set, and at last, in the order of the operands, with all of them
 * there.  Until then what it finds is to be thrown away, so that it prints,
 * counts and remembers nothing: true here says so, after the last question.
 */
bool cli_domain_asks(const struct cli_domain *one);

struct cli_domains {
	size_t window;		/* domains at work at once; 0: 64 */
	/* Look at one, in a worker; *status is its exit status. */
	enum fault_kind (*judge)(void *state, const struct cli_domain *one,
	    int *status, struct fault *f);
	const char *baseline;	/* NULL: none */
	struct lint_filter *filter;
	/* May be NULL.  After the last, if no fault ended the run: what to
	 * print after all. */
	enum fault_kind (*finish)(void *state, struct buf *b,
	    struct fault *f);
};

/* All operands, by --jobs, in their order; FAULT_USAGE for what is no name,
 * before anything is asked or printed. */
void cli_domains(struct cli *cli, const struct cli_domains *what);
/* The findings in the format; facts (CLI_JSON alone; the reference is taken)
 * stands under that key. */
enum fault_kind cli_findings(const struct cli *cli,
    const struct cli_domain *one, const struct lint *lint, json_t *facts,
    struct fault *f);

#endif

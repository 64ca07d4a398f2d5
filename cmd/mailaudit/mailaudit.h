/* SPDX-License-Identifier: ISC */
/* What the files of mailaudit share. */
#ifndef MAILAUDIT_H
#define MAILAUDIT_H

#include "cli/cli.h"
#include "cli/domains.h"
#include "dns/finding.h"
#include "mailaudit/inputs.h"
#include "posture/expect.h"
#include "posture/page.h"
#include "posture/posture.h"
#include "posture/state.h"

/* Operands of a run, from the command line and --files-from. */
#define MAILAUDIT_DOMAINS ((size_t)1000000)

/* One operand, and what its line of --files-from says of it alone. */
struct mailaudit_domain {
	enum posture_role role;	/* UNKNOWN: as the options say */
	bool subdomain;		/* by --subdomains: nobody named it */
	struct dns_place listed;	/* in --files-from; file NULL: not
					   there */
	size_t nselectors;	/* 0: as the options say */
	struct span selectors[8];
};

struct mailaudit {
	struct cli_tool tool;
	struct cli *cli;
	struct lint_filter filter;
	const char *baseline, *ignore_file, *state_file, *expect_file;
	bool init;		/* the state */
	bool whole;		/* the run came to its end */
	struct buf shape;	/* the tool's options that shape results */
	struct posture_state *state;
	struct expect *expect;
	bool nagios, subdomains;
	size_t window;		/* domains at work; 0: not given */
	struct posture_page page;	/* a format of one document */
	bool only[POSTURE_FAMILIES], any_only;
	bool skip[POSTURE_FAMILIES];
	enum posture_role role;
	size_t nselectors;
	struct span selectors[POSTURE_SELECTORS];
	/* The operands, those that stand twice folded. */
	size_t ndomains, capacity;
	char **names;
	struct mailaudit_domain *domains;
	void *tree;		/* tsearch(3), of names */
	struct buf list;	/* --files-from */
	struct mailaudit_inputs in;
};

/* A word that selects: "role=parked" or "selector=s1" without the name. */
enum fault_kind mailaudit_role(const char *value, enum posture_role *role,
    struct fault *f);
enum fault_kind mailaudit_selector(struct span value, struct span *out,
    struct fault *f);

/* The operands and the lines of --files-from, in cli->operands; a bad name
 * among the lines is a warning, and 65 in the end. */
enum fault_kind mailaudit_operands(struct mailaudit *m, struct fault *f);
/* Add an operand, unless it is there; FAULT_USAGE if it is none. */
enum fault_kind mailaudit_domain(struct mailaudit *m, struct span name,
    const struct mailaudit_domain *one, struct fault *f);
/* The order of m->tree. */
int mailaudit_order(const void *a, const void *b);
/* --subdomains: what the zones have below the operands. */
enum fault_kind mailaudit_below(struct mailaudit *m, struct fault *f);
void mailaudit_operands_free(struct mailaudit *m);

/* One domain, of struct cli_domains. */
enum fault_kind mailaudit_judge(void *state, const struct cli_domain *one,
    int *status, struct fault *f);
/* What is skipped, in either way of saying it. */
bool mailaudit_skips(const struct mailaudit *m, size_t family);
/* An option that shapes what is found: a state is of one set of them. */
void mailaudit_shape(struct mailaudit *m, const char *name,
    const char *value);
/* --expect and --state are read. */
enum fault_kind mailaudit_remember(struct mailaudit *m, struct fault *f);
/* What must hold, what is known of one domain, and what changed. */
enum fault_kind mailaudit_compare(struct mailaudit *m, struct posture *p,
    json_t *facts, struct fault *f);
/* After the output is out: the new state, if the run was whole.  The exit
 * status. */
int mailaudit_keep(struct mailaudit *m, int status);
void mailaudit_forget(struct mailaudit *m);

/* The findings about one domain, in the format that was asked for. */
enum fault_kind mailaudit_report(struct mailaudit *m,
    const struct cli_domain *one, struct posture *p, json_t *facts,
    struct fault *f);
/* After the last of them: a document, and what matched nothing. */
enum fault_kind mailaudit_finish(void *state, struct buf *b,
    struct fault *f);
/* --ignore-file. */
enum fault_kind mailaudit_ignore(struct mailaudit *m, struct fault *f);

#endif

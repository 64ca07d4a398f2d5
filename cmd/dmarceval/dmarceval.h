/* SPDX-License-Identifier: ISC */
/* What the files of dmarceval share. */
#ifndef DMARCEVAL_H
#define DMARCEVAL_H

#include "base/ipaddr.h"
#include "cli/cli.h"
#include "cli/envelope.h"
#include "dkim/dkim.h"
#include "dmarc/dmarc.h"
#include "dmarc/summary.h"
#include "dns/finding.h"
#include "pipe/given.h"
#include "report/event.h"
#include "report/key.h"
#include "spf/spf.h"

#define DMARCEVAL_HANDED 1000	/* --spf and --dkim: more is a mistake */

/* The results that --spf or --dkim hand over. */
struct handed {
	size_t n;
	struct stage_given at[DMARCEVAL_HANDED];
};

struct dmarceval {
	struct cli_tool tool;
	struct cli *cli;
	bool explain, summarise, miscounted, lint, lookup, filtered;
	enum dmarc_multi multi;
	struct cli_envelope asked;	/* --ip and the like */
	struct handed spf, dkim;
	struct key_cache *keys;		/* parsed; NULL: none */
	struct lint_filter filter;
	const char *baseline;
	struct dmarc_summary summary;
	/* --record, and what this site does with failing mail */
	bool record;
	const char *record_where;	/* NULL: the usual place */
	const char *recording;	/* an option that means nothing without;
				   NULL: none was given */
	struct report_site site;
};

/* What is known of one message so far. */
struct dmarceval_judged {
	const struct dmarceval *d;
	struct cli_mail *mail;
	struct arena *arena;
	size_t nspf;
	struct spf_result *spf;
	struct dkim_report dkim;
	/* Not from an earlier stage: they belong into our own field. */
	bool own_spf, own_dkim;
	bool no_envelope;
	enum reason reason;		/* then: no-envelope or inner-hop, */
	const char *why;		/* and for people */
	struct ipaddr ip;		/* the envelope; family 0: none */
	struct span mail_from, helo;
	const char *source;		/* NULL: none */
	struct dmarc_result dmarc;
	/* For counters and reports; asked for with JSON. */
	bool wanted;
	struct report_key hash;
	char key[REPORT_KEY_HEX];
	struct span recipient;	/* p NULL: not known */
};

/* One message: SPF, DKIM and DMARC on one reading of it. */
enum fault_kind dmarceval_judge(void *state, struct cli_mail *mail,
    struct cli_verdict *verdict, struct fault *f);

/* The keys of the JSON output after the common ones. */
enum fault_kind dmarceval_json(const struct dmarceval_judged *j, json_t *o,
    struct fault *f);

/* What was found, in the verdict's text, JSON, results and note. */
enum fault_kind dmarceval_report(const struct dmarceval_judged *j,
    struct cli_verdict *verdict, struct fault *f);

/* The keys of a message of which nothing is known: cli_tool's nothing(). */
enum fault_kind dmarceval_nothing(json_t *o, enum reason reason,
    struct fault *f);

/* The options of recording. */
enum fault_kind dmarceval_record_option(struct dmarceval *d,
    const char *name, const char *value, bool *taken, struct fault *f);
/* Into the spool of dmarcreport(1); what fails is said and changes nothing. */
void dmarceval_record(const struct dmarceval_judged *j);

/* --summary: count the note of a message; cli_tool's collect(). */
enum fault_kind dmarceval_collect(void *state, struct span note,
    struct fault *f);

/* --lint and --lookup over all operands. */
void dmarceval_domains(struct dmarceval *d);

#endif

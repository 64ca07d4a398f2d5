/* SPDX-License-Identifier: ISC */
/* What the files of spfcheck share. */
#ifndef SPFCHECK_H
#define SPFCHECK_H

#include "base/ipaddr.h"
#include "cli/cli.h"
#include "cli/envelope.h"
#include "dns/finding.h"
#include "spf/spf.h"

enum spfcheck_identity {
	SPFCHECK_MAILFROM = 0,
	SPFCHECK_HELO,
	SPFCHECK_BOTH
};

/* How --networks prints. */
enum spfcheck_format {
	SPFCHECK_LIST = 0,
	SPFCHECK_POSTFIX,
	SPFCHECK_NFT,
	SPFCHECK_RECORD
};

struct spfcheck {
	struct cli *cli;
	struct cli_envelope asked;
	enum spfcheck_identity identity;
	enum spfcheck_format format;
	struct span policy;
	const char *envelopes, *baseline;
	bool trace, received_spf, lint, networks, ignores;
	struct lint_filter filter;
};

/* One envelope and where it came from. */
struct spfcheck_envelope {
	struct ipaddr ip;	/* family 0: there is none */
	struct span mail_from, helo;
	bool no_mail_from;	/* nobody named the sender, null or not */
	const char *source;	/* "option", "message", "file"; or NULL */
	enum reason reason;	/* no envelope: no-envelope or inner-hop */
	const char *why;	/* no envelope, or no sender: for people */
	bool malformed;		/* because the header is broken */
	enum eol eol;
};

/* What a check needs beside the envelope. */
struct spfcheck_run {
	const struct spfcheck *spfcheck;
	struct dns *dns;
	struct arena *arena;
	int64_t now;
};

/* Judge the identities asked for; fills the verdict. */
enum fault_kind spfcheck_judge(const struct spfcheck_run *run,
    const struct spfcheck_envelope *e, struct cli_verdict *v,
    struct fault *f);

/* What judging one envelope after the other needs. */
struct spfcheck_one {
	struct spfcheck *spfcheck;
	struct arena arena;
	struct cli_verdict verdict;
};

void spfcheck_one_init(struct spfcheck_one *x, struct spfcheck *s);
void spfcheck_one_free(struct spfcheck_one *x);
/* Judge an envelope and append what is printed of it, after its name (empty:
 * none).  The exit status; a fault is not printed. */
int spfcheck_one(struct spfcheck_one *x, const struct spfcheck_envelope *e,
    struct span name, struct buf *out, struct fault *f);

/* Ways to run: one envelope and no message; a file of them; domains. */
void spfcheck_alone(struct spfcheck *s);
void spfcheck_envelopes(struct spfcheck *s);
void spfcheck_domains(struct spfcheck *s);

/* The keys of a message of which nothing is known: cli_tool's nothing(). */
enum fault_kind spfcheck_nothing(json_t *o, enum reason reason,
    struct fault *f);

#endif

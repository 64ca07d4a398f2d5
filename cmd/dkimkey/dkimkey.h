/* SPDX-License-Identifier: ISC */
#ifndef DKIMKEY_H
#define DKIMKEY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "cli/dns_options.h"
#include "cli/plain.h"
#include "dkim/key.h"
#include "dns/resolver.h"

/* The verbs: argv[0] is the verb; the exit status. */
int dkimkey_new(int argc, char **argv);
int dkimkey_record(int argc, char **argv);
int dkimkey_check(int argc, char **argv);
int dkimkey_rotate(int argc, char **argv);

/* What the verbs that ask the DNS, and those that print, have in common. */
struct dkimkey_common {
	struct span domain, selector;
	bool json, quiet, verbose;
	int64_t now;
	struct cli_dns_options asked;
};

/* Take one of the common options; *taken says whether it was one. */
enum fault_kind dkimkey_common_option(struct dkimkey_common *c,
    const char *name, const char *value, bool *taken, struct fault *f);
/* --domain and --selector as they go into the DNS (in place). */
enum fault_kind dkimkey_names(struct dkimkey_common *c, struct arena *a,
    struct fault *f);
enum fault_kind dkimkey_dns(const struct dkimkey_common *c, struct dns **dns,
    struct fault *f);
/* Key type and size as given by --type and --bits. */
enum fault_kind dkimkey_type(const char *type, const char *bits,
    enum key_type *out, unsigned *nbits, struct fault *f);

/* The line of a JSON object, whose reference is taken; NULL is no memory. */
enum fault_kind dkimkey_json(json_t *o, struct buf *b, struct fault *f);

/* What a verb works with. */
struct dkimkey_run {
	void *state;
	const char *operand;	/* NULL: none */
	struct arena *arena;
	struct buf *out;	/* goes to standard output if all went well */
	int status;		/* the exit status then */
};

/*
 * A verb from its command line to its exit status: the options, from `least`
 * to one operand (else a usage fault with that text), the work.  common may
 * be NULL.
 */
struct dkimkey_verb {
	const struct plain_tool *tool;
	struct dkimkey_common *common;
	void *state;
	int least;
	const char *operands;
	enum fault_kind (*work)(struct dkimkey_run *run, struct fault *f);
};
int dkimkey_verb(const struct dkimkey_verb *v, int argc, char **argv);

/* rotate --wait: look at every authoritative server until all have a good key
 * at the selector, or the time is over (status 75). */
enum fault_kind dkimkey_wait(const struct dkimkey_common *c,
    struct span selector, int64_t seconds, struct dkimkey_run *run,
    struct fault *f);

#endif

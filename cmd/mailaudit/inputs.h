/* SPDX-License-Identifier: ISC */
/* What an audit is given beside names: certificates, policies, mail. */
#ifndef MAILAUDIT_INPUTS_H
#define MAILAUDIT_INPUTS_H

#include "base/arena.h"
#include "base/fault.h"
#include "posture/posture.h"

/* Files of an option. */
#define INPUTS_FILES ((size_t)64)
/* Pairs of domain and selector from signatures; selectors that are tried. */
#define INPUTS_SIGNED ((size_t)10000)
#define INPUTS_GUESSES ((size_t)128)

struct mailaudit_inputs {
	struct arena arena;	/* holds all of it */
	size_t ncerts;		/* --cert */
	struct posture_cert certs[INPUTS_FILES];
	size_t nsts;		/* --sts-policy */
	struct posture_sts_given sts[INPUTS_FILES];
	size_t nsigned;		/* --mail */
	struct posture_signed signatures[INPUTS_SIGNED];
	size_t nguesses;	/* --probe-selectors */
	struct span guesses[INPUTS_GUESSES];
	struct providers providers;	/* built in, and --providers */
	struct posture_keyring *ring;
	bool keys_read;		/* of the zones, by domain */
	size_t nkeys;
	struct dns_zone_name *keys;
	bool fetches;		/* --fetch */
	struct posture_fetch fetch;
	char *env[8];		/* of the program */
};

void mailaudit_inputs_init(struct mailaudit_inputs *in);
void mailaudit_inputs_free(struct mailaudit_inputs *in);
/* One of the options that name such; files are read at once. */
enum fault_kind mailaudit_input(struct mailaudit_inputs *in,
    const char *name, const char *value, struct fault *f);
/* --mail=FILE|MAILDIR|MBOX, read at once. */
enum fault_kind mailaudit_mail(struct mailaudit_inputs *in,
    const char *value, struct fault *f);
/* --probe-selectors. */
void mailaudit_guess(struct mailaudit_inputs *in);
/*
 * Add what the zones have directly below `_domainkey` of the request's domain:
 * those by alias must lead to a key, the others are there or not.
 * selectors holds POSTURE_SELECTORS, guesses INPUTS_GUESSES.
 */
enum fault_kind mailaudit_zone_keys(struct mailaudit_inputs *in,
    struct posture_request *rq, struct span *selectors, struct span *guesses,
    struct fault *f);
/* After all options. */
enum fault_kind mailaudit_inputs_ready(struct mailaudit_inputs *in,
    struct fault *f);

#endif

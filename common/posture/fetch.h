/* SPDX-License-Identifier: ISC */
/*
 * A policy over https (RFC 8461 3.3), by a child process: curl(1), without a
 * shell, to addresses that the caller found, without following redirects.
 */
#ifndef POSTURE_FETCH_H
#define POSTURE_FETCH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "base/span.h"

/* What came of it.  The zero value is that nobody knows. */
enum posture_fetched_as {
	POSTURE_FETCH_FAILED = 0,	/* no connection, or none in time */
	POSTURE_FETCH_CERT,	/* the certificate is not valid */
	POSTURE_FETCH_LARGE,	/* over STS_POLICY_BYTES: ended there */
	POSTURE_FETCH_ANSWER	/* an answer, of whatever status */
};

struct posture_fetched {
	enum posture_fetched_as as;
	unsigned status;	/* of HTTP; 0: none */
	int code;		/* the program's exit status */
	struct span type;	/* media type, with its parameters */
	struct span body;	/* in the arena */
};

/* Something that fetches https://mta-sts.DOMAIN/.well-known/mta-sts.txt. */
struct posture_fetch {
	/*
	 * Of host, at one of n addresses.  Fault: the program cannot be
	 * started, or no memory.
	 */
	enum fault_kind (*get)(struct posture_fetch *, struct span host,
	    const struct ipaddr *addresses, size_t n, struct arena *a,
	    struct posture_fetched *out, struct fault *f);
	const char *program;	/* absolute path */
	char *const *envp;	/* of the program, NULL-terminated */
	bool allow_private;	/* addresses that are not public, too */
};

/* get() by a program that takes the arguments of curl. */
enum fault_kind posture_fetch_curl(struct posture_fetch *fetch,
    struct span host, const struct ipaddr *addresses, size_t n,
    struct arena *a, struct posture_fetched *out, struct fault *f);

#endif

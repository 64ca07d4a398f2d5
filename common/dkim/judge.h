/* SPDX-License-Identifier: ISC */
/*
 * One signature against its key: the part of verification that needs the
 * DNS, once the body is over.  Used by dkim_verify.c and by `dkimkey check`.
 */
#ifndef DKIM_JUDGE_H
#define DKIM_JUDGE_H

#include "base/arena.h"
#include "base/fault.h"
#include "dkim/dkim.h"
#include "dkim/key.h"
#include "dkim/select.h"
#include "dkim/sig.h"
#include "dns/dns.h"

/* What judging needs beside the signature; all borrowed. */
struct dkim_context {
	const struct message *m;
	const struct dkim_options *options;
	struct select_index *index;
	struct dns *dns;
	int64_t now;
	struct arena *arena;
	const char *broken;	/* the message cannot be judged: why */
	enum reason broken_reason;
};

/* One signature and its place in the report. */
struct dkim_case {
	struct dkim_sig sig;
	bool tried;		/* else: beyond the number we try */
	/* After the body: */
	bool hashed;		/* body_total and digest are known */
	uint64_t body_total;	/* octets of the canonical body */
	const unsigned char *digest;
};

/* Decide; result->index is set by the caller, all else here. */
enum fault_kind dkim_judge(const struct dkim_context *c,
    const struct dkim_case *one, struct dkim_result *result,
    struct fault *f);

/*
 * The hash over the selected header fields and the signature itself.  digest
 * has HASH_MAX bytes.  Leaves the selection in c->index.
 */
enum fault_kind dkim_header_hash(const struct dkim_context *c,
    const struct dkim_sig *sig, size_t index, unsigned char *digest,
    struct fault *f);

#endif

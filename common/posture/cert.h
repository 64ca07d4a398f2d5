/* SPDX-License-Identifier: ISC */
/* The chain of certificates that an exchange presents, or is going to. */
#ifndef POSTURE_CERT_H
#define POSTURE_CERT_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "dns/dns.h"

/* Certificates of a chain: more is a mistake. */
#define POSTURE_CHAIN ((size_t)10)

struct posture_cert {
	struct span host;	/* len 0: every exchange */
	size_t count;		/* the exchange's own first */
	struct {
		struct span whole, key;	/* DER: certificate, public key info */
	} chain[POSTURE_CHAIN];
};

/*
 * Read a chain from PEM text; all lives in the arena, host is not touched.
 * FAULT_DATA if there is no certificate in it, more than POSTURE_CHAIN, or
 * one that cannot be read.
 */
enum fault_kind posture_cert_parse(struct span pem, struct arena *a,
    struct posture_cert *cert, struct fault *f);

/*
 * Does the TLSA record match the chain (RFC 6698 2.1)?  Usage 3 is about the
 * first certificate, 2 about any of them; others never match.
 */
bool posture_cert_matches(const struct posture_cert *cert,
    const struct dns_record *tlsa);

#endif

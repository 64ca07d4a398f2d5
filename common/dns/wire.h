/* SPDX-License-Identifier: ISC */
/*
 * DNS messages as bytes (RFC 1035 4, RFC 6891): questions are encoded here,
 * answers are read with libresolv's parser.  No sockets, no clock.
 *
 * A "wire name" is the uncompressed form: length octets and labels up to the
 * empty one, at most BOUND_DNS_NAME octets in all.
 */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bounds.h"
#include "base/buf.h"
#include "base/fault.h"
#include "dns/dns.h"

/* Header, name, type and class, and an OPT record. */
#define DNS_WIRE_QUERY_MAX	(12 + BOUND_DNS_NAME + 4 + 11)
/* The UDP size we announce (RFC 9715: no fragments). */
#define DNS_WIRE_EDNS_SIZE	1232

/* Response codes, RFC 1035 4.1.1. */
enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5,
	DNS_RCODE_BADVERS = 16
};

/* One question as it is sent. */
struct dns_wire_question {
	unsigned char name[BOUND_DNS_NAME];	/* wire name, case kept */
	size_t name_len;
	uint16_t type;
	uint16_t id;
	bool edns;	/* with an OPT record */
	bool want_ad;	/* ask for the AD bit (RFC 6840 5.7) */
	bool unchecked;	/* the bits CD and, with an OPT record, DO */
};

/* Octets of the wire name at name, its empty label included. */
size_t dns_name_len(const unsigned char *name);
/* Same name, ASCII letters compared without case? */
bool dns_name_equal(const unsigned char *a, const unsigned char *b);
/* Is name the wire name top, or below it? */
bool dns_name_within(const unsigned char *name, const unsigned char *top);
/* ASCII letters of a wire name to lower case, in place. */
void dns_name_lower(unsigned char *name);
/*
 * The labels with dots between, no trailing dot, in the arena.  *out has p
 * NULL if a label holds a dot or NUL, so that such a name is never mistaken
 * for another.  Fault: no memory.
 */
enum fault_kind dns_name_decode(const unsigned char *name, struct arena *a,
    struct span *out, struct fault *f);
/* Append the name as a master file has it: \X and \DDD where needed, no
 * trailing dot (the root is "."). */
void dns_name_print(const unsigned char *name, struct buf *b);

/* Encode the question; out holds DNS_WIRE_QUERY_MAX bytes. Its length. */
size_t dns_wire_query(const struct dns_wire_question *q, unsigned char *out);

/* Whether a message that came in belongs to a question. */
enum dns_match {
	DNS_MATCH_NOT = 0,	/* another's: ignore it, keep waiting */
	DNS_MATCH_TRUNCATED,	/* ours, TC set: ask by TCP */
	DNS_MATCH_YES
};

/*
 * Compare id, QR, opcode and the question.  *rcode gets the response code.
 * A message without question is taken for an error code only (servers that do
 * not know EDNS send such).
 */
enum dns_match dns_wire_match(const struct dns_wire_question *q,
    const unsigned char *msg, size_t len, unsigned *rcode);

/* What a reading of an answer found. */
struct dns_reading {
	struct dns_answer answer;
	unsigned rcode;		/* with the extended bits of RFC 6891 */
	bool authentic;		/* AD was set */
	bool has_ede;		/* see struct dns_answer */
	uint16_t ede;
	/*
	 * The chain of CNAMEs ended at a name of which the message says
	 * nothing: ask again there.
	 */
	bool incomplete;
	unsigned char target[BOUND_DNS_NAME];	/* name at the chain's end */
	bool referral;		/* no answer: the server points elsewhere */
};

/*
 * Read a message that matched q.  Only records along the CNAME chain from the
 * name asked are believed; `used` aliases were followed before.  A message
 * that breaks the format is DNS_TEMPERROR/DNS_WHY_JUNK, a response code other
 * than NOERROR and NXDOMAIN is DNS_TEMPERROR with its why, a loop or more than
 * BOUND_DNS_CNAMES aliases is DNS_WHY_LOOP.  The answer lives in the arena.
 */
enum fault_kind dns_wire_read(const struct dns_wire_question *q, unsigned used,
    const unsigned char *msg, size_t len, struct arena *a,
    struct dns_reading *out, struct fault *f);

/* What became of one record's data. */
enum dns_rdata {
	DNS_RDATA_BAD = 0,	/* it breaks its format */
	DNS_RDATA_SKIP,		/* a name that struct dns_record leaves out */
	DNS_RDATA_OK
};

/*
 * Decode data..len, which lies in the message msg..eom (compressed names point
 * there), into *out.  Fault: no memory.
 */
enum fault_kind dns_wire_rdata(const unsigned char *msg,
    const unsigned char *eom, const unsigned char *data, size_t len,
    unsigned type, struct arena *a, struct dns_record *out,
    enum dns_rdata *state, struct fault *f);

#endif

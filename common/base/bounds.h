/* SPDX-License-Identifier: ISC */
/*
 * Every bound on what a stranger can make us do, each with its reason.
 *
 * Who fills it, and what comes of more (tests/mail/bounds.bats and the vectors
 * hold it): always a verdict with a reason or a refusal that says why, never
 * "no memory", and never "try again" each time the same mail comes.
 *
 *  HEADER_*              sender         permerror, malformed; dkimsign: 65
 *  MESSAGE_ARENA         sender         DKIM_*_ROOM come before it
 *  DKIM_TRIED, *_ROOM    sender         policy, too-many
 *  DKIM_HEADERS, TAGS    sender, owner  permerror, syntax
 *  COMMENT_DEPTH,        sender         permerror, malformed-from;
 *  MAILBOXES                            of Received: no envelope
 *  MIME_*                approver       the mail is refused: too large
 *  DMARC_AUTHORS         sender         permerror, multiple-author-domains
 *  SPF_SENDER            client         it is cut there
 *  AUTHRES_RESULTS       other stage    the rest is not believed
 *  DKIM_KEYS             owner of d=    the rest is not tried
 *  RSA_*                 owner of d=    permerror, key-invalid or weak
 *  SPF_LOOKUPS to _PTR,  owner          permerror, by its name:
 *  SPF_QUERIES                          lookup-limit, void-limit ...
 *  SPF_EXPLANATION       owner          it is cut there
 *  DMARC_WALK            sender         labels between are skipped (9989 4.10)
 *  DNS_CNAMES, _RECORDS, owner, server  temperror: no such answer
 *  DNS_MESSAGE
 *  DNS_CACHE, _GATHER    many owners    older answers are asked again
 *  ZONE_*                ourselves      exit 78, with file and line
 */
#ifndef BOUNDS_H
#define BOUNDS_H

/* One header block: mail systems refuse more than a fraction of this. */
#define BOUND_HEADER_BYTES	((size_t)2 * 1024 * 1024)
#define BOUND_HEADER_FIELDS	((size_t)10000)

/* All that one message may allocate: header, copies, records, results. */
#define BOUND_MESSAGE_ARENA	((size_t)16 * 1024 * 1024)

/*
 * DKIM: of the message's memory, what must be left before one more signature
 * is read, and before one more key is asked for.  --max-signatures may allow
 * hundreds; what memory does not allow is set aside like what the limit does
 * not (policy, too-many), never an error that comes again at each retry.
 */
#define BOUND_DKIM_READ_ROOM	((size_t)6 * 1024 * 1024)
#define BOUND_DKIM_JUDGE_ROOM	((size_t)2 * 1024 * 1024)
/* DKIM: signatures tried when the caller names no other number. */
#define BOUND_DKIM_TRIED	10
/* DKIM: names in one h=; real ones hold 10 to 60. */
#define BOUND_DKIM_HEADERS	1000
/* DKIM: TXT records at one selector that parse as keys and are tried. */
#define BOUND_DKIM_KEYS		3
/* DKIM: RSA modulus in bits; beyond it a verification is a weapon. */
#define BOUND_RSA_BITS		8192
/* DKIM: a shorter one counts as no signature, RFC 8301 3.2. */
#define BOUND_RSA_LEAST		1024
/* Seconds by which a signer's clock may be ahead of our own. */
#define BOUND_DKIM_FUTURE	600

/* Comments in an address may nest this deep. */
#define BOUND_COMMENT_DEPTH	100
/* Mailboxes read from one From field. */
#define BOUND_MAILBOXES		1000

/* MIME: the body of a mail that a person typed, its parts, their nesting. */
#define BOUND_MIME_BYTES	((size_t)1024 * 1024)
#define BOUND_MIME_PARTS	100
#define BOUND_MIME_DEPTH	10

/* Tags in one tag-list (DKIM signature, key, DMARC record). */
#define BOUND_TAGS		200

/* DNS: a name on the wire and as text, a label, a message, aliases followed. */
#define BOUND_DNS_NAME		255
#define BOUND_DNS_TEXT		253
#define BOUND_DNS_LABEL		63
#define BOUND_DNS_MESSAGE	65535
#define BOUND_DNS_CNAMES	8
/* DNS: records taken from one answer. */
#define BOUND_DNS_RECORDS	4096
/* DNS: bytes held by one worker's answer cache. */
#define BOUND_DNS_CACHE		((size_t)32 * 1024 * 1024)
/* DNS: bytes of the answers of a run that asks about many domains at once. */
#define BOUND_DNS_GATHER	((size_t)64 * 1024 * 1024)
/* DNS: the longest time, in seconds, an answer stays in the cache. */
#define BOUND_DNS_TTL		86400

/* SPF, RFC 7208 4.6.4 and 11.1; the query cap is ours. */
#define BOUND_SPF_LOOKUPS	10
#define BOUND_SPF_VOIDS		2
#define BOUND_SPF_MX		10
#define BOUND_SPF_PTR		10
#define BOUND_SPF_QUERIES	111
#define BOUND_SPF_EXPLANATION	512
/* SPF: bytes of a sender or HELO that is looked at; SMTP allows 256. */
#define BOUND_SPF_SENDER	1024
/* SPF: steps that --trace writes down; records hold far fewer. */
#define BOUND_SPF_STEPS		4096
/* SPF: records that --lint and --networks walk through. */
#define BOUND_SPF_LINT_RECORDS	200

/* DMARC, RFC 9989 4.10: queries of one tree walk. */
#define BOUND_DMARC_WALK	8
/* DMARC: Author Domains judged by --multi-author=strictest. */
#define BOUND_DMARC_AUTHORS	10

/* Authentication-Results: results in one field that we believe. */
#define BOUND_AUTHRES_RESULTS	100

/* Master files that include each other; a file that includes itself ends. */
#define BOUND_ZONE_INCLUDES 10
/* Numbers of one $GENERATE. */
#define BOUND_ZONE_GENERATE 65536
/* A master file given by --zone. */
#define BOUND_ZONE_BYTES	((size_t)64 * 1024 * 1024)

#endif

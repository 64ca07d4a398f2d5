/* SPDX-License-Identifier: ISC */
/*
 * The mail posture of one domain: SPF, DKIM, DMARC, MX, MTA-STS, TLS-RPT,
 * DANE, DNSSEC and BIMI, and what they make together.  It judges what is
 * published and nothing else; SPF and DMARC records are judged by their own
 * lints, keys by key_check().
 */
#ifndef POSTURE_H
#define POSTURE_H

#include <jansson.h>

#include "base/arena.h"
#include "base/fault.h"
#include "dkim/key_publish.h"
#include "dmarc/lookup.h"
#include "dns/dns.h"
#include "dns/finding.h"
#include "posture/cert.h"
#include "posture/fetch.h"
#include "posture/provider.h"
#include "posture/sts_policy.h"
#include "spf/lint.h"

enum posture_family {
	POSTURE_SPF = 0,
	POSTURE_DKIM,
	POSTURE_DMARC,
	POSTURE_MX,
	POSTURE_STS,
	POSTURE_TLSRPT,
	POSTURE_DANE,
	POSTURE_DNSSEC,
	POSTURE_BIMI,
	POSTURE_TAKEOVER,
	POSTURE_FAMILIES
};

/* What a domain is for.  The zero value says nothing about it. */
enum posture_role {
	POSTURE_ROLE_UNKNOWN = 0,
	POSTURE_ROLE_MAIL,	/* sends and receives */
	POSTURE_ROLE_SEND,
	POSTURE_ROLE_RECEIVE,
	POSTURE_ROLE_PARKED	/* neither */
};

/* What came of a family. */
enum posture_check {
	POSTURE_SKIPPED = 0,
	POSTURE_CLEAN,
	POSTURE_FINDINGS,
	POSTURE_BROKEN,
	POSTURE_NONE,		/* nothing is published */
	POSTURE_TEMPERROR	/* the DNS did not say */
};

/* Exchanges of a domain, addresses of an exchange: more are not checked. */
#define POSTURE_MX_MAX ((size_t)20)
/* Selectors of a domain: more is a mistake. */
#define POSTURE_SELECTORS ((size_t)64)

/* How the domain takes mail. */
enum posture_mx_state {
	POSTURE_MX_UNKNOWN = 0,
	POSTURE_MX_ABSENT,
	POSTURE_MX_NULL,	/* RFC 7505, and nothing else */
	POSTURE_MX_HOSTS
};

struct posture_exchange {
	struct span name;
	unsigned preference;
	size_t naddresses;	/* at most POSTURE_MX_MAX */
	struct ipaddr addresses[POSTURE_MX_MAX];
};

struct posture_mx {
	enum posture_mx_state state;
	size_t count;		/* at most POSTURE_MX_MAX */
	struct posture_exchange *exchanges;
	bool address_known, has_address;	/* of the domain itself */
};

/* A TXT record by tags at a name of its own: MTA-STS and TLS-RPT. */
struct posture_record {
	struct span text;	/* p NULL: none, or not one alone */
	struct span id;		/* MTA-STS */
	size_t nrua;		/* TLS-RPT */
	struct span rua[8];	/* the first of them */
};

/* RFC 4033 5, as the resolver that was asked has it. */
enum posture_secure {
	POSTURE_SECURE_UNKNOWN = 0,	/* nobody vouched */
	POSTURE_SECURE,
	POSTURE_INSECURE,
	POSTURE_BOGUS
};

struct posture_dnssec {
	enum posture_secure state;
	int64_t signed_until;	/* of the SOA's signature; 0: not known */
};

/* How many exchanges: looked at, with TLSA records, where all of it is
 * secure, not known. */
struct posture_dane {
	size_t hosts, with, secure, unknown;
};

struct posture_bimi {
	struct span text;	/* p NULL: none, or none that can be used */
	struct span name;	/* where it stands */
	struct span logo, evidence;	/* the tags l and a */
};

/* Third parties of a domain, names that lead to one. */
#define POSTURE_SENDERS ((size_t)32)
#define POSTURE_SENDER_TERMS ((size_t)8)

struct posture_sender {
	const struct provider *who;
	bool spf;		/* SPF includes it */
	size_t nterms;
	struct span terms[POSTURE_SENDER_TERMS];
	size_t nkeys;		/* of its selectors, found */
};

/* d= and s= of a signature. */
struct posture_signed {
	struct span domain, selector;
};

/* An MTA-STS policy that is not fetched. */
struct posture_sts_given {
	struct span domain;	/* len 0: every one */
	struct span text;
};

struct posture_request {
	struct span domain;	/* A-labels, no trailing dot */
	enum posture_role role;	/* POSTURE_ROLE_UNKNOWN: to be found */
	bool skip[POSTURE_FAMILIES];	/* its questions are not asked */
	bool nameservers;	/* ask for them */
	bool subdomain;		/* by --subdomains: nobody named it */
	size_t nselectors;
	const struct span *selectors;
	size_t nsigned;		/* seen in signatures: domain, selector */
	const struct posture_signed *signatures;
	size_t nguesses;	/* selectors that may be in use: what is not
				   there is no finding */
	const struct span *guesses;
	const struct providers *providers;	/* NULL: nobody is named */
	size_t ncerts;		/* --cert */
	const struct posture_cert *certs;
	size_t nsts;		/* --sts-policy */
	const struct posture_sts_given *sts;
	struct posture_fetch *fetch;	/* NULL: policies are not fetched */
	struct dns *dns;	/* its time limit is the domain's */
	struct arena *arena;	/* holds all that is found */
};

struct posture {
	struct lint lint;	/* all findings, errors first */
	enum posture_check checks[POSTURE_FAMILIES];
	bool exists_known, exists;
	enum posture_role role;
	const char *role_why;	/* a few words; never NULL */
	struct spf_lint spf;
	struct dmarc_lookup dmarc;
	struct posture_mx mx;
	size_t nkeys;		/* one a selector */
	struct key_check *keys;
	bool *live;		/* of each key: it can sign */
	size_t nsenders;
	struct posture_sender *senders;
	struct posture_record sts, tlsrpt;
	bool nameservers_known;	/* they were asked for, and the DNS said */
	size_t nnameservers;	/* of a zone that begins at the domain */
	struct span *nameservers;
	struct sts_policy policy;	/* mode UNKNOWN: none was seen */
	struct span policy_text;	/* p NULL: none was seen */
	struct posture_dane dane;
	struct posture_dnssec dnssec;
	struct posture_bimi bimi;
	size_t outside;		/* offline: names that no zone holds */
	size_t queries;		/* each question is asked once */
};

/*
 * Audit one domain.  All lives in the arena of the request, but for the
 * networks of SPF: posture_free() must be called, after a fault too.  What
 * the DNS does not answer is a finding, not a fault.
 */
enum fault_kind posture_audit(const struct posture_request *rq,
    struct posture *p, struct fault *f);
void posture_free(struct posture *p);

/*
 * The public keys of a run: DKIM013 for those of p that stand at another name
 * than one of an earlier audit, or twice in p.  NULL: no memory.
 */
struct posture_keyring;
struct posture_keyring *posture_keyring_new(void);
void posture_keyring_free(struct posture_keyring *ring);
enum fault_kind posture_keyring_add(struct posture_keyring *ring,
    struct posture *p, struct fault *f);

/* Errors first; within a severity as they were found. */
void posture_sort(struct lint *l);

/*
 * The words of the first line of text after the result: the role and one word
 * a family.
 */
void posture_words(const struct posture *p, struct buf *b);
/* The facts, by fixed names; the families' results; NULL without memory. */
json_t *posture_facts(const struct posture *p);
json_t *posture_checks(const struct posture *p);

/* "spf" ...; "mail" ...; "clean" ...; NULL-terminated lists for options. */
extern const char *const posture_family_words[POSTURE_FAMILIES + 1];
extern const char *const posture_role_words[POSTURE_ROLE_PARKED + 2];
extern const char *const posture_secure_words[POSTURE_BOGUS + 2];
extern const char *const posture_check_words[POSTURE_TEMPERROR + 1];

#endif

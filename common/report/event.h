/* SPDX-License-Identifier: ISC */
/*
 * One message on its way into an aggregate report: what dmarceval judged and
 * what this site did with it (RFC 9990 3.1).
 */
#ifndef REPORT_EVENT_H
#define REPORT_EVENT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/fault.h"
#include "report/key.h"
#include "report/report.h"

struct report_event {
	int64_t time;			/* when it was judged */
	char key[REPORT_KEY_HEX];	/* one SMTP transaction */
	int64_t uid;			/* who handed it in; -1: ourselves */
	bool optional;			/* a report, a DSN, or mail to our
					   report address */
	size_t cut;			/* signatures that were left out */
	struct span policy_domain;
	struct span record;		/* as published */
	struct report_row row;		/* count is 1 */
};

/* What this site does with failing mail: --act. */
enum report_act {
	REPORT_ACT_NONE = 0,		/* delivers it */
	REPORT_ACT_QUARANTINE,		/* puts it aside at most */
	REPORT_ACT_POLICY		/* as asked */
};

#define REPORT_SITE_REASONS 8
#define REPORT_SITE_ADDRESSES 32

struct report_site {
	enum report_act act;
	bool disposed;			/* --disposition was given */
	enum report_disposition disposition;
	size_t nreasons;		/* --reason */
	struct report_reason reasons[REPORT_SITE_REASONS];
	size_t naddresses;		/* --report-address: our own rua */
	struct span addresses[REPORT_SITE_ADDRESSES];
	bool envelope_to;		/* record the recipient's domain */
};

/* Why a verdict is not recorded. */
enum report_skip {
	REPORT_TAKEN = 0,
	REPORT_SKIP_NO_POLICY,	/* none, or no record that applies */
	REPORT_SKIP_NO_RUA,	/* nobody asked for reports */
	REPORT_SKIP_NO_DOMAIN,	/* permerror: no one Author Domain */
	REPORT_SKIP_NO_CLIENT,	/* source_ip is required */
	REPORT_SKIP_INVALID,	/* no verdict of dmarceval's */
	REPORT_SKIPS
};
/* "no-policy", "no-rua" ...; "" for REPORT_TAKEN. */
const char *report_skip_word(enum report_skip s);

/*
 * "none", "quarantine" or "policy"; a disposition; TYPE[:COMMENT]; an
 * address.  FAULT_USAGE names the option.  Values are borrowed.
 */
enum fault_kind report_site_act(struct report_site *s, const char *value,
    struct fault *f);
enum fault_kind report_site_disposition(struct report_site *s,
    const char *value, struct fault *f);
enum fault_kind report_site_reason(struct report_site *s, const char *value,
    struct fault *f);
enum fault_kind report_site_address(struct report_site *s, const char *value,
    struct fault *f);

/*
 * The event of one verdict of dmarceval (an object of its JSON output).  Its
 * spans are borrowed from the object, the site and the arena.  *skip says
 * whether it is to be recorded; a fault is ours alone.
 */
enum fault_kind report_event_read(json_t *verdict,
    const struct report_site *site, struct arena *a,
    struct report_event *event, enum report_skip *skip, struct fault *f);

/* The domain of an address, lower case, in the arena; p NULL if it has none
 * that is a valid name. */
enum fault_kind report_address_domain(struct span address, struct arena *a,
    struct span *domain, struct fault *f);

#endif

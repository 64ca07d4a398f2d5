/* SPDX-License-Identifier: ISC */
/*
 * resolv.conf(5), as far as a resolver that only asks for complete names has
 * use for it.  We read it by ourselves: glibc's res_ninit() aborts the program
 * where a search name or LOCALDOMAIN has 256 bytes or more, and lets the
 * caller's environment (RES_OPTIONS) choose how we ask.
 */
#ifndef DNS_NET_CONF_H
#define DNS_NET_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ipaddr.h"
#include "base/span.h"

#define DNS_CONF_SERVERS	3	/* as resolv.conf(5) has it */
#define DNS_CONF_TIMEOUT_MAX	30	/* the same */
#define DNS_CONF_ATTEMPTS_MAX	5

struct dns_conf {
	size_t count;
	struct ipaddr servers[DNS_CONF_SERVERS];
	struct span scopes[DNS_CONF_SERVERS];	/* after "%", borrowed */
	unsigned timeout;	/* seconds for one try, from 1 */
	unsigned attempts;	/* rounds over all servers, from 1 */
	bool rotate;		/* begin with any of them */
	bool use_vc;		/* TCP alone */
};

/* Read the text; lines and options that we do not know are passed over, and
 * numbers beyond their bounds become the bound.  Pure. */
void dns_conf_read(struct span text, struct dns_conf *out);

#endif

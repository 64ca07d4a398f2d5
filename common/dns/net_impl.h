/* SPDX-License-Identifier: ISC */
/* What the files of the network's resolver share with each other alone. */
#ifndef DNS_NET_IMPL_H
#define DNS_NET_IMPL_H

#include <sys/socket.h>

#include "base/buf.h"
#include "dns/dns.h"
#include "dns/net.h"

#define NET_PORT 53

/* "192.0.2.53", "::1 port 5353". */
void net_text_server(const struct sockaddr_storage *addr, struct buf *b);
/* What happened; error is that of a system call, for DNS_WHY_NETWORK. */
const char *net_text_why(enum dns_why why, int error);

struct net_server {
	struct sockaddr_storage addr;
	socklen_t len;
	bool trusted;	/* its AD bit is believed */
	bool no_edns;	/* it answered FORMERR to EDNS */
};

struct net {
	struct dns dns;
	struct net_server servers[DNS_NET_SERVERS];
	size_t count;		/* 0: resolv.conf was not read yet */
	unsigned attempts;
	bool trust_ad;	/* believe every server's AD bit */
	bool use_vc;	/* TCP only: "options use-vc" */
	int64_t timeout_ms;
	int64_t patience_ms;	/* most for one try; 0: no such limit */
	unsigned char *buf;	/* NET_BUFFER bytes, from the first question */
};

/* One more server to ask, if there is room. */
void net_add(struct net *n, const struct dns_server *server);
/* The system's resolver configuration; 127.0.0.1 where there is none. */
void net_system(struct net *n);

#endif

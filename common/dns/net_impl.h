/* SPDX-License-Identifier: ISC */
/* What the files of the network's resolver share with each other alone. */
#ifndef DNS_NET_IMPL_H
#define DNS_NET_IMPL_H

#include <sys/socket.h>

#include "base/buf.h"
#include "dns/dns.h"

#define NET_PORT 53

/* "192.0.2.53", "::1 port 5353". */
void net_text_server(const struct sockaddr_storage *addr, struct buf *b);
/* What happened; error is that of a system call, for DNS_WHY_NETWORK. */
const char *net_text_why(enum dns_why why, int error);

#endif

/* SPDX-License-Identifier: ISC */
/* Whom to ask: as the caller names them, or the system's configuration. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

#include "base/num.h"
#include "dns/net.h"
#include "dns/net_impl.h"

#define NET_ATTEMPTS_MAX 5

bool
dns_server_parse(struct span text, struct dns_server *out)
{
	struct span host = text, port = { NULL, 0 };
	struct dns_server s = { .port = NET_PORT };
	uint64_t number = NET_PORT;

	if (span_starts(text, SPAN("["))) {
		if (!span_cut(span_sub(text, 1, text.len), ']', &host, &port) ||
		    (port.len > 0 && port.p[0] != ':'))
			return false;
		if (port.len > 0)
			port = span_sub(port, 1, port.len);
		else
			port.p = NULL;
		if (!ipaddr_parse6(host, &s.addr))
			return false;
	} else if (span_find(text, ':') == span_rfind(text, ':')) {
		if (!span_cut(text, ':', &host, &port))
			port.p = NULL;
		if (!ipaddr_parse4(host, &s.addr))
			return false;
	} else if (!ipaddr_parse6(text, &s.addr)) {
		return false;
	}
	if (port.p != NULL && (!num_canonical(port, UINT16_MAX, &number) ||
	    number == 0))
		return false;
	s.port = (uint16_t)number;
	*out = s;
	return true;
}

/*
 * Is the resolver at this address our machine's?  127.0.0.11 is not: container
 * engines put a stub there that forwards to servers elsewhere, and passes on
 * the AD bit of whoever answers.
 */
static bool
net_own4(uint32_t addr)
{
	return addr >> 24 == 127 && addr != UINT32_C(0x7f00000b);
}

static void
net_add_at(struct net *n, const void *addr, socklen_t len, bool own)
{
	struct net_server *s = &n->servers[n->count];

	if (n->count == DNS_NET_SERVERS)
		return;
	memset(s, 0, sizeof(*s));
	memcpy(&s->addr, addr, len);
	s->len = len;
	s->trusted = n->trust_ad || own;
	n->count++;
}

static void
net_add4(struct net *n, const struct sockaddr_in *addr)
{
	net_add_at(n, addr, sizeof(*addr),
	    net_own4(ntohl(addr->sin_addr.s_addr)));
}

static void
net_add6(struct net *n, const struct sockaddr_in6 *addr)
{
	net_add_at(n, addr, sizeof(*addr),
	    IN6_IS_ADDR_LOOPBACK(&addr->sin6_addr));
}

void
net_add(struct net *n, const struct dns_server *server)
{
	struct ipaddr ip = ipaddr_unmap(server->addr);
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (ip.family == 4) {
		v4.sin_port = htons(server->port);
		memcpy(&v4.sin_addr, ip.bytes, 4);
		net_add4(n, &v4);
	} else if (ip.family == 6) {
		v6.sin6_port = htons(server->port);
		memcpy(&v6.sin6_addr, ip.bytes, 16);
		net_add6(n, &v6);
	}
}

void
net_system(struct net *n)
{
	static const struct dns_server local = { .addr = { .family = 4,
		.bytes = { 127, 0, 0, 1 } }, .port = NET_PORT };
	struct __res_state state;

	memset(&state, 0, sizeof(state));
	if (res_ninit(&state) == 0) {
		for (int i = 0; i < state.nscount && i < MAXNS; i++) {
			if (state.nsaddr_list[i].sin_family == AF_INET)
				net_add4(n, &state.nsaddr_list[i]);
			else if (state._u._ext.nsaddrs[i] != NULL)
				net_add6(n, state._u._ext.nsaddrs[i]);
		}
		n->use_vc = (state.options & RES_USEVC) != 0;
		if (state.retry > 0 && state.retry <= NET_ATTEMPTS_MAX)
			n->attempts = (unsigned)state.retry;
		if (n->timeout_ms == 0 && state.retrans > 0)
			n->patience_ms = (int64_t)state.retrans * 1000;
		res_nclose(&state);
	}
	if (n->count == 0)
		net_add(n, &local);
}

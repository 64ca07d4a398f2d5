/* SPDX-License-Identifier: ISC */
/* Whom to ask: as the caller names them, or the system's configuration. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <sys/random.h>

#include "base/file.h"
#include "base/num.h"
#include "dns/net.h"
#include "dns/net_conf.h"
#include "dns/net_impl.h"

/* More of resolv.conf than anybody writes. */
#define NET_CONF_MAX ((size_t)1024 * 1024)

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

/* A server of resolv.conf; the scope of a link-local address is a network
 * device. */
static void
net_add_conf(struct net *n, const struct ipaddr *ip, struct span scope)
{
	struct dns_server server = { .addr = *ip, .port = NET_PORT };
	char device[IF_NAMESIZE];
	size_t before = n->count;
	struct sockaddr_in6 v6;

	net_add(n, &server);
	if (n->count == before || scope.len == 0 ||
	    scope.len >= sizeof(device) ||
	    n->servers[before].len != sizeof(v6))
		return;
	memcpy(device, scope.p, scope.len);
	device[scope.len] = '\0';
	memcpy(&v6, &n->servers[before].addr, sizeof(v6));
	v6.sin6_scope_id = if_nametoindex(device);
	memcpy(&n->servers[before].addr, &v6, sizeof(v6));
}

/* "options rotate": begin with any of them, so that not all load is the
 * first one's. */
static void
net_rotate(struct net *n)
{
	unsigned char random = 0;
	struct net_server first;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return;
	for (size_t i = n->count == 0 ? 0 : random % n->count; i > 0; i--) {
		first = n->servers[0];
		memmove(n->servers, n->servers + 1,
		    (n->count - 1) * sizeof(n->servers[0]));
		n->servers[n->count - 1] = first;
	}
}

void
net_system(struct net *n)
{
	static const struct dns_server local = { .addr = { .family = 4,
		.bytes = { 127, 0, 0, 1 } }, .port = NET_PORT };
	struct fault f = { .kind = FAULT_NONE };
	struct dns_conf conf;
	struct buf text;

	buf_init(&text, NET_CONF_MAX);
	/* Without the file all is as if it were empty. */
	if (file_read(_PATH_RESCONF, &text, &f) != FAULT_NONE)
		buf_free(&text);
	dns_conf_read(buf_span(&text), &conf);
	for (size_t i = 0; i < conf.count; i++)
		net_add_conf(n, &conf.servers[i], conf.scopes[i]);
	buf_free(&text);
	n->use_vc = conf.use_vc;
	n->attempts = conf.attempts;
	if (n->timeout_ms == 0)
		n->patience_ms = (int64_t)conf.timeout * 1000;
	if (conf.rotate)
		net_rotate(n);
	if (n->count == 0)
		net_add(n, &local);
}

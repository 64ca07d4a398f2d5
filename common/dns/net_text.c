/* SPDX-License-Identifier: ISC */
/* What is said of a server that did not answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "dns/net_impl.h"

/* "192.0.2.53", "::1 port 5353". */
void
net_text_server(const struct sockaddr_storage *addr, struct buf *b)
{
	char host[INET6_ADDRSTRLEN] = "";
	unsigned port;

	if (addr->ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, addr, sizeof(v4));
		(void)inet_ntop(AF_INET, &v4.sin_addr, host, sizeof(host));
		port = ntohs(v4.sin_port);
	} else {
		struct sockaddr_in6 v6;

		memcpy(&v6, addr, sizeof(v6));
		(void)inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof(host));
		port = ntohs(v6.sin6_port);
	}
	buf_adds(b, host);
	if (port != NET_PORT)
		buf_addf(b, " port %u", port);
}

static const char *
net_error_text(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "connection refused";
	case ENETUNREACH:
	case EHOSTUNREACH:
		return "unreachable";
	case EACCES:
	case EPERM:
		return "forbidden by this machine";
	default:
		return "the network failed";
	}
}

const char *
net_text_why(enum dns_why why, int error)
{
	switch (why) {
	case DNS_WHY_TIMEOUT:
	case DNS_WHY_NONE:
	case DNS_WHY_DEADLINE:
		return "timed out";
	case DNS_WHY_SERVFAIL:
		return "server failure";
	case DNS_WHY_REFUSED:
		return "refused to answer";
	case DNS_WHY_NETWORK:
		return net_error_text(error);
	case DNS_WHY_JUNK:
		return "an answer that cannot be read";
	case DNS_WHY_RCODE:
		return "answered with an error";
	case DNS_WHY_LOOP:
		return "aliases in a loop";
	case DNS_WHY_OFFLINE:
	case DNS_WHY_BAD_NAME:
	case DNS_WHY_OUTSIDE:
		break;
	}
	return "no answer";
}

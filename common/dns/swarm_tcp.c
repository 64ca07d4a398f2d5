/* SPDX-License-Identifier: ISC */
/* An answer that UDP cut, by TCP, without waiting for it. */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/swarm_impl.h"

#define SWARM_TCP_MAX 16

int
swarm_socket(const struct dns_swarm *s, size_t server, int type)
{
	const struct net_server *v = &s->net->servers[server];
	int fd = socket(v->addr.ss_family,
	    type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&v->addr,
	    v->len) != 0 && errno != EINPROGRESS) {
		error = errno;
		(void)close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

void
swarm_hang_up(struct dns_swarm *s, struct swarm_ask *k)
{
	if (k->fd >= 0)
		(void)close(k->fd);
	if (k->fd >= 0 && k->phase >= SWARM_TCP_CONNECT)
		s->tcp--;
	k->fd = -1;
	free(k->tcp);
	k->tcp = NULL;
	k->tcp_used = k->tcp_len = 0;
}

/* It keeps its place at the server. */
bool
swarm_by_tcp(struct dns_swarm *s, struct swarm_ask *k)
{
	size_t server = swarm_server_of(s, k), len;
	int64_t now = clock_mono_ms(s->config.net.clock);

	swarm_hang_up(s, k);
	k->by_tcp = true;
	/* Until a connection is free. */
	if (s->tcp >= SWARM_TCP_MAX) {
		swarm_release(s, k, false);
		swarm_enqueue(s, k);
		return true;
	}
	k->tcp = malloc(2 + DNS_WIRE_QUERY_MAX);
	if (k->tcp == NULL)
		return fault_nomem(s->f) == FAULT_NONE;
	k->fd = swarm_socket(s, server, SOCK_STREAM);
	if (k->fd < 0) {
		k->error = errno;
		return swarm_failed(s, k, DNS_WHY_NETWORK, false);
	}
	s->tcp++;
	len = dns_wire_query(&k->q, k->tcp + 2);
	k->tcp[0] = (unsigned char)(len >> 8);
	k->tcp[1] = (unsigned char)len;
	k->tcp_len = len + 2;
	k->phase = SWARM_TCP_CONNECT;
	/* A server that is silent must leave time for the others. */
	k->at = k->turn + 1 < k->turns ? now + (k->end - now) / 2 : k->end;
	return true;
}

/* Write what is left; then wait for two bytes of length. */
static bool
swarm_tcp_write(struct dns_swarm *s, struct swarm_ask *k)
{
	ssize_t n = send(k->fd, k->tcp + k->tcp_used, k->tcp_len -
	    k->tcp_used, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		k->error = errno;
		return swarm_failed(s, k, DNS_WHY_NETWORK, false);
	}
	k->tcp_used += (size_t)n;
	if (k->tcp_used < k->tcp_len)
		return true;
	k->phase = SWARM_TCP_READ;
	k->tcp_used = 0;
	k->tcp_len = 2;
	return true;
}

static bool
swarm_tcp_read(struct dns_swarm *s, struct swarm_ask *k)
{
	ssize_t n = recv(k->fd, k->tcp + k->tcp_used, k->tcp_len -
	    k->tcp_used, 0);
	unsigned rcode;
	size_t len;
	void *p;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		k->error = n == 0 ? 0 : errno;
		return swarm_failed(s, k, DNS_WHY_NETWORK, false);
	}
	k->tcp_used += (size_t)n;
	if (k->tcp_used < k->tcp_len)
		return true;
	len = (size_t)k->tcp[0] << 8 | k->tcp[1];
	if (k->tcp_len == 2 && len > 0) {
		p = realloc(k->tcp, len + 2);
		if (p == NULL)
			return fault_nomem(s->f) == FAULT_NONE;
		k->tcp = p;
		k->tcp_len = len + 2;
		return true;
	}
	if (dns_wire_match(&k->q, k->tcp + 2, len, &rcode) != DNS_MATCH_YES)
		return swarm_failed(s, k, len == 0 ? DNS_WHY_NETWORK :
		    DNS_WHY_JUNK, true);
	return swarm_take(s, k, k->tcp + 2, len);
}

bool
swarm_tcp(struct dns_swarm *s, struct swarm_ask *k)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (k->phase == SWARM_TCP_CONNECT) {
		if (getsockopt(k->fd, SOL_SOCKET, SO_ERROR, &error, &size) !=
		    0 || error != 0) {
			k->error = error;
			return swarm_failed(s, k, DNS_WHY_NETWORK, false);
		}
		k->phase = SWARM_TCP_WRITE;
	}
	return k->phase == SWARM_TCP_WRITE ? swarm_tcp_write(s, k) :
	    swarm_tcp_read(s, k);
}

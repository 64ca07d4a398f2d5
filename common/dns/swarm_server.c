/* SPDX-License-Identifier: ISC */
/* How much a server is asked at once, and how fast. */
#include <netinet/in.h>
#include <string.h>

#include "dns/swarm_impl.h"

#define SWARM_SAMPLE 200	/* questions between two looks at failures */
#define SWARM_GROW_MS 1000

size_t
swarm_server_of(const struct dns_swarm *s, const struct swarm_ask *k)
{
	return k->turn % s->net->count;
}

static bool
swarm_is_own(const struct net_server *server)
{
	struct net own = { .count = 0 };
	struct dns_server d = { .port = NET_PORT };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (server->addr.ss_family == AF_INET) {
		memcpy(&v4, &server->addr, sizeof(v4));
		d.addr.family = 4;
		memcpy(d.addr.bytes, &v4.sin_addr, 4);
	} else {
		memcpy(&v6, &server->addr, sizeof(v6));
		d.addr.family = 6;
		memcpy(d.addr.bytes, &v6.sin6_addr, 16);
	}
	/* The rule that believes the AD bit. */
	net_add(&own, &d);
	return own.count == 1 && own.servers[0].trusted;
}

void
swarm_servers(struct dns_swarm *s)
{
	const struct dns_swarm_config *c = &s->config;
	int64_t now = clock_mono_ms(c->net.clock);

	if (s->net->count == 0)
		net_system(s->net);
	for (size_t i = 0; i < s->net->count; i++) {
		struct swarm_server *v = &s->servers[i];
		bool own = swarm_is_own(&s->net->servers[i]);

		v->most = v->limit = c->outstanding > 0 ? c->outstanding :
		    own ? DNS_SWARM_OUTSTANDING_OWN : DNS_SWARM_OUTSTANDING;
		v->rate = c->rated ? c->rate : own ? 0 : DNS_SWARM_RATE;
		v->grown_ms = v->credit_ms = now;
		v->credit = 1000;
	}
	s->ready = true;
}

bool
swarm_admit(struct dns_swarm *s, size_t server, int64_t now)
{
	struct swarm_server *v = &s->servers[server];
	int64_t most = 1000 * (1 + v->rate / 20);

	if (v->limit < v->most && now - v->grown_ms >= SWARM_GROW_MS) {
		v->limit++;
		v->grown_ms = now;
	}
	if (v->outstanding >= v->limit)
		return false;
	if (v->rate > 0) {
		v->credit += (now - v->credit_ms) * v->rate;
		if (v->credit > most)
			v->credit = most;
		v->credit_ms = now;
		if (v->credit < 1000)
			return false;
		v->credit -= 1000;
	}
	v->outstanding++;
	return true;
}

int64_t
swarm_admits_at(const struct dns_swarm *s, size_t server, int64_t now)
{
	const struct swarm_server *v = &s->servers[server];

	if (v->rate == 0 || v->outstanding >= v->limit || v->credit >= 1000)
		return INT64_MAX;
	return now + (1000 - v->credit) / v->rate + 1;
}

void
swarm_release(struct dns_swarm *s, struct swarm_ask *k, bool failed)
{
	struct swarm_server *v = &s->servers[swarm_server_of(s, k)];

	if (!k->counted)
		return;
	k->counted = false;
	v->outstanding--;
	v->seen++;
	v->failed += failed;
	if (v->seen < SWARM_SAMPLE)
		return;
	if (v->failed * 20 > v->seen && v->limit > 1) {
		v->limit /= 2;
		v->grown_ms = clock_mono_ms(s->config.net.clock);
	}
	v->seen = v->failed = 0;
}

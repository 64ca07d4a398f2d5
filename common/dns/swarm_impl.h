/* SPDX-License-Identifier: ISC */
/* What the files of the swarm share with each other alone. */
#ifndef DNS_SWARM_IMPL_H
#define DNS_SWARM_IMPL_H

#include "dns/net_impl.h"
#include "dns/swarm.h"
#include "dns/wire.h"

enum swarm_phase {
	SWARM_QUEUED = 0,	/* for room at its server */
	SWARM_DELAYED,		/* until `at` */
	SWARM_LATER,		/* for its second chance, from `at` on */
	SWARM_UDP,
	SWARM_TCP_CONNECT,
	SWARM_TCP_WRITE,
	SWARM_TCP_READ
};

/* One question on its way. */
struct swarm_ask {
	void *tag;
	enum swarm_phase phase;
	size_t index;		/* among all */
	struct dns_wire_question q;
	int fd;			/* -1: none */
	int64_t at;		/* when the phase is over */
	int64_t end;		/* of all tries */
	unsigned turn, turns;	/* tries; each server in turn */
	bool second;		/* its second chance */
	bool by_tcp;
	bool counted;		/* under way at its server */
	bool plain;		/* no EDNS any more */
	enum dns_why why;
	size_t who;
	int error, why_error;
	unsigned aliases;	/* of the chain so far */
	uint32_t ttl;
	bool authentic, vouched;	/* of the chain so far */
	bool has_ede;		/* a server's reason, with `why` */
	uint16_t ede;
	unsigned char *tcp;	/* two bytes of length and the message */
	size_t tcp_used, tcp_len;
	struct swarm_ask *next;	/* in the queue */
};

struct swarm_server {
	unsigned outstanding, most, limit;
	unsigned seen, failed;	/* of the last ones */
	int64_t grown_ms;
	int64_t rate;		/* 0: none */
	int64_t credit;		/* thousandths of a question */
	int64_t credit_ms;
};

struct dns_swarm {
	struct dns_swarm_config config;
	struct net *net;	/* its list of servers */
	struct dns *net_dns;
	struct swarm_server servers[DNS_NET_SERVERS];
	bool ready;
	size_t count, capacity;
	struct swarm_ask **asks;	/* all of them */
	struct swarm_ask *first, **last;	/* the queue */
	size_t later, seconds;	/* waiting for, having a second chance */
	size_t tcp;		/* connections */
	size_t delivered;	/* in this run */
	struct pollfd *fds;
	size_t fds_capacity;
	struct arena arena;	/* of one answer */
	unsigned char *buf;
	struct fault *f;
};

/* The server whose turn it is. */
size_t swarm_server_of(const struct dns_swarm *s, const struct swarm_ask *k);
/* May one more question go to the server now?  It is counted. */
bool swarm_admit(struct dns_swarm *s, size_t server, int64_t now);
/* The question of this server is over, one way or the other. */
void swarm_release(struct dns_swarm *s, struct swarm_ask *k, bool failed);
/* When the server admits again, if its rate keeps it; else INT64_MAX. */
int64_t swarm_admits_at(const struct dns_swarm *s, size_t server,
    int64_t now);
/* Servers, rates. */
void swarm_servers(struct dns_swarm *s);

/* This try is over without an answer; `answered`: the server said so. */
bool swarm_failed(struct dns_swarm *s, struct swarm_ask *k, enum dns_why why,
    bool answered);
/* Put it at the end of the queue. */
void swarm_enqueue(struct dns_swarm *s, struct swarm_ask *k);
/* A message that answers it. */
bool swarm_take(struct dns_swarm *s, struct swarm_ask *k,
    const unsigned char *msg, size_t len);
/* Its socket can be read or written; it is TCP's. */
bool swarm_tcp(struct dns_swarm *s, struct swarm_ask *k);
/* Ask again by TCP. */
bool swarm_by_tcp(struct dns_swarm *s, struct swarm_ask *k);
/* Close its socket, forget what TCP read. */
void swarm_hang_up(struct dns_swarm *s, struct swarm_ask *k);
int swarm_socket(const struct dns_swarm *s, size_t server, int type);

#endif

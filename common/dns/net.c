/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/num.h"
#include "dns/net.h"
#include "dns/net_impl.h"
#include "dns/wire.h"

#define NET_ATTEMPTS	2	/* rounds over all servers */
#define NET_TIMEOUT_MAX	INT64_C(3600000)
#define NET_BUFFER	(BOUND_DNS_MESSAGE + 2)

/* What one server was asked, while a question is open. */
struct net_try {
	int fd;		/* connected UDP socket, or -1 */
	bool done;	/* it will not answer this question */
	bool edns;	/* a question with EDNS is out under this id */
	struct dns_wire_question q;
};

/* One question on its way. */
struct net_ask {
	struct net *net;
	struct net_try tries[DNS_NET_SERVERS];
	int64_t end;		/* of all tries, mono ms */
	unsigned turn, turns;	/* a turn is one server in one round */
	enum dns_why why;	/* why servers failed so far */
	size_t who;		/* the server of which that is said */
	int error;		/* of a system call, for DNS_WHY_NETWORK */
	int why_error;		/* the same, of who */
	bool has_ede;		/* a server's reason, with `why` */
	uint16_t ede;
	unsigned aliases;	/* followed before */
	struct arena *arena;
	struct dns_reading *reading;
	bool answered;		/* reading holds what we wanted */
	struct fault *f;
};

static int64_t
net_now(const struct net_ask *k)
{
	return clock_mono_ms(k->net->dns.clock);
}

/* Remember why a server failed; what it said beats that it said nothing. */
static void
net_note(struct net_ask *k, size_t who, enum dns_why why)
{
	if (k->why == DNS_WHY_NONE || k->why == DNS_WHY_TIMEOUT ||
	    (k->why == DNS_WHY_NETWORK && why != DNS_WHY_TIMEOUT)) {
		k->why = why;
		k->who = who;
		k->why_error = k->error;
	}
}

/* Who was asked last or said most, and what happened. */
static enum fault_kind
net_say(struct net_ask *k)
{
	struct dns_answer *answer = &k->reading->answer;
	struct buf b;

	buf_init(&b, 256);
	net_text_server(&k->net->servers[k->who].addr, &b);
	buf_addf(&b, ": %s", net_text_why(k->why, k->why_error));
	if (k->net->count > 1)
		buf_addf(&b, " (and %zu more asked)", k->net->count - 1);
	if (buf_check(&b, k->f) == FAULT_NONE) {
		answer->said = arena_span(k->arena, buf_span(&b));
		if (answer->said.p == NULL)
			(void)fault_nomem(k->f);
	}
	buf_free(&b);
	return k->f->kind;
}

static void
net_close_try(struct net_try *t)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
}

/* This server will not answer the question. */
static void
net_give_up(struct net_ask *k, struct net_try *t, enum dns_why why)
{
	net_note(k, (size_t)(t - k->tries), why);
	net_close_try(t);
	t->done = true;
}

static int
net_socket(const struct net_server *s, int type)
{
	int fd = socket(s->addr.ss_family,
	    type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&s->addr, s->len) != 0 &&
	    errno != EINPROGRESS) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* A new random id for the server's next question. */
static enum fault_kind
net_prepare(struct net_ask *k, size_t i)
{
	struct dns_wire_question *q = &k->tries[i].q;

	q->edns = !k->net->servers[i].no_edns;
	k->tries[i].edns = q->edns;
	q->want_ad = k->net->servers[i].trusted;
	if (getrandom(&q->id, sizeof(q->id), 0) != (ssize_t)sizeof(q->id))
		return fault_errno(k->f, FAULT_SOFTWARE, errno, "getrandom");
	return FAULT_NONE;
}

static enum fault_kind net_by_tcp(struct net_ask *k, size_t i);

/*
 * Send the question to server i by UDP, for the first time through a socket
 * (and so a source port) of its own, later by the same.  A server that was
 * silent is asked without EDNS from then on: some networks drop what has it.
 * An answer to either counts.
 */
static enum fault_kind
net_send(struct net_ask *k, size_t i)
{
	struct net_try *t = &k->tries[i];
	unsigned char query[DNS_WIRE_QUERY_MAX];
	size_t len;

	if (k->net->use_vc)
		return net_by_tcp(k, i);
	t->q.edns = t->q.edns && t->fd < 0;
	if (t->fd < 0) {
		t->fd = net_socket(&k->net->servers[i], SOCK_DGRAM);
		if (t->fd < 0) {
			k->error = errno;
			net_give_up(k, t, DNS_WHY_NETWORK);
			return FAULT_NONE;
		}
		if (net_prepare(k, i) != FAULT_NONE)
			return k->f->kind;
	}
	len = dns_wire_query(&t->q, query);
	if (send(t->fd, query, len, MSG_NOSIGNAL) < 0 && errno != EAGAIN &&
	    errno != EINTR) {
		k->error = errno;
		net_give_up(k, t, DNS_WHY_NETWORK);
	}
	return FAULT_NONE;
}

/* Wait until fd is ready; false at the end of time or on an error. */
static bool
net_wait(struct net_ask *k, int fd, short events, int64_t end)
{
	for (;;) {
		struct pollfd p = { fd, events, 0 };
		int64_t left = end - net_now(k);
		int rc;

		if (left <= 0)
			return false;
		rc = poll(&p, 1, (int)left);
		if (rc > 0)
			return true;
		if (rc < 0 && errno != EINTR)
			return false;
	}
}

/* Move all of p..len in or out, however the system cuts it. */
static bool
net_move(struct net_ask *k, int fd, bool out, unsigned char *p, size_t len,
    int64_t end)
{
	while (len > 0) {
		ssize_t n = out ? send(fd, p, len, MSG_NOSIGNAL) :
		    recv(fd, p, len, 0);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
			if (len > 0 && net_now(k) >= end)
				return false;
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return false;
		if (!net_wait(k, fd, out ? POLLOUT : POLLIN, end))
			return false;
	}
	return true;
}

/* Ask server i by TCP; the length of the answer in net->buf, or 0. */
static size_t
net_tcp(struct net_ask *k, size_t i, int64_t end)
{
	struct net *n = k->net;
	unsigned char query[2 + DNS_WIRE_QUERY_MAX], prefix[2];
	size_t len = dns_wire_query(&k->tries[i].q, query + 2);
	int error = 0, fd = net_socket(&n->servers[i], SOCK_STREAM);
	socklen_t size = sizeof(error);
	bool ok;

	k->error = errno;
	if (fd < 0)
		return 0;
	query[0] = (unsigned char)(len >> 8);
	query[1] = (unsigned char)len;
	ok = net_wait(k, fd, POLLOUT, end) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
	    error == 0 && net_move(k, fd, true, query, len + 2, end) &&
	    net_move(k, fd, false, prefix, sizeof(prefix), end);
	k->error = error;
	len = ok ? (size_t)prefix[0] << 8 | prefix[1] : 0;
	if (!net_move(k, fd, false, n->buf, len, end))
		len = 0;
	(void)close(fd);
	return len;
}

/* May another server still be asked than i? */
static bool
net_others(const struct net_ask *k, size_t i)
{
	for (size_t j = 0; j < k->net->count; j++)
		if (j != i && !k->tries[j].done)
			return true;
	return false;
}

/*
 * A message of len bytes in net->buf answers what server i was asked: take it,
 * or note why not.
 */
static enum fault_kind
net_take(struct net_ask *k, size_t i, size_t len)
{
	struct net_try *t = &k->tries[i];
	struct dns_reading *r = k->reading;

	if (dns_wire_read(&t->q, k->aliases, k->net->buf, len, k->arena, r,
	    k->f) != FAULT_NONE)
		return k->f->kind;
	if (t->edns && r->answer.why == DNS_WHY_RCODE &&
	    (r->rcode == DNS_RCODE_FORMERR || r->rcode == DNS_RCODE_NOTIMP ||
	    r->rcode == DNS_RCODE_BADVERS)) {
		k->net->servers[i].no_edns = true;
		net_close_try(t);
		return net_send(k, i);
	}
	if (r->referral) {
		net_give_up(k, t, DNS_WHY_RCODE);
	} else if (r->answer.outcome == DNS_TEMPERROR &&
	    r->answer.why != DNS_WHY_LOOP) {
		k->has_ede = k->has_ede || r->has_ede;
		k->ede = r->has_ede ? r->ede : k->ede;
		net_give_up(k, t, r->answer.why);
	} else {
		r->answer.authentic = r->authentic &&
		    k->net->servers[i].trusted;
		r->answer.vouched = k->net->servers[i].trusted;
		k->answered = true;
	}
	return FAULT_NONE;
}

/* Ask server i by TCP: the answer was too long for UDP, or all shall go so. */
static enum fault_kind
net_by_tcp(struct net_ask *k, size_t i)
{
	struct net_try *t = &k->tries[i];
	int64_t now = net_now(k), end = k->end;
	unsigned rcode;
	size_t len;

	/* A server that is silent on TCP must leave time for the others. */
	if (net_others(k, i))
		end = now + (end - now) / 2;
	if (net_prepare(k, i) != FAULT_NONE)
		return k->f->kind;
	len = net_tcp(k, i, end);
	if (len == 0) {
		net_give_up(k, t, net_now(k) >= end ? DNS_WHY_TIMEOUT :
		    DNS_WHY_NETWORK);
		return FAULT_NONE;
	}
	if (dns_wire_match(&t->q, k->net->buf, len, &rcode) !=
	    DNS_MATCH_YES) {
		net_give_up(k, t, DNS_WHY_JUNK);
		return FAULT_NONE;
	}
	return net_take(k, i, len);
}

/* Something can be read from server i. */
static enum fault_kind
net_receive(struct net_ask *k, size_t i)
{
	struct net_try *t = &k->tries[i];
	ssize_t n = recv(t->fd, k->net->buf, NET_BUFFER, 0);
	unsigned rcode;

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR) {
			k->error = errno;
			net_give_up(k, t, DNS_WHY_NETWORK);
		}
		return FAULT_NONE;
	}
	switch (dns_wire_match(&t->q, k->net->buf, (size_t)n, &rcode)) {
	case DNS_MATCH_NOT:
		break;
	case DNS_MATCH_TRUNCATED:
		return net_by_tcp(k, i);
	case DNS_MATCH_YES:
		return net_take(k, i, (size_t)n);
	}
	return FAULT_NONE;
}

/* The server of a turn, and the weight of its round: each is twice as patient
 * as the one before. */
static unsigned
net_weight(const struct net_ask *k, unsigned turn, size_t *server)
{
	*server = turn % k->net->count;
	return 1U << (turn / k->net->count);
}

/*
 * Give the next server its turn: its share of the time that is left, in *end.
 * False if all turns are over.
 */
static bool
net_next(struct net_ask *k, int64_t now, size_t *server, int64_t *end)
{
	int64_t all = 0, mine, slice;
	size_t i;

	while (k->turn < k->turns &&
	    k->tries[k->turn % k->net->count].done)
		k->turn++;
	if (k->turn == k->turns)
		return false;
	for (unsigned turn = k->turn; turn < k->turns; turn++) {
		unsigned weight = net_weight(k, turn, &i);

		if (!k->tries[i].done)
			all += weight;
	}
	mine = net_weight(k, k->turn++, server);
	slice = (k->end - now) * mine / all;
	if (k->net->patience_ms > 0 && slice > k->net->patience_ms * mine)
		slice = k->net->patience_ms * mine;
	*end = now + (slice > 0 ? slice : 1);
	return true;
}

/* Wait for any server until `until`; take what came. */
static enum fault_kind
net_poll(struct net_ask *k, int64_t now, int64_t until)
{
	struct pollfd fds[DNS_NET_SERVERS];
	size_t count = k->net->count;

	for (size_t i = 0; i < count; i++)
		fds[i] = (struct pollfd){ k->tries[i].fd, POLLIN, 0 };
	if (poll(fds, count, (int)(until - now)) < 0) {
		if (errno == EINTR)
			return FAULT_NONE;
		return fault_errno(k->f, FAULT_SOFTWARE, errno, "poll");
	}
	for (size_t i = 0; i < count && !k->answered; i++)
		if (fds[i].revents != 0 && k->tries[i].fd == fds[i].fd &&
		    net_receive(k, i) != FAULT_NONE)
			return k->f->kind;
	return FAULT_NONE;
}

static bool
net_outstanding(const struct net_ask *k)
{
	for (size_t i = 0; i < k->net->count; i++)
		if (k->tries[i].fd >= 0)
			return true;
	return false;
}

/* Ask the servers in turn until one answers or the time is over. */
static enum fault_kind
net_run(struct net_ask *k)
{
	int64_t now = net_now(k), slice_end = now;
	size_t i;

	while (!k->answered && now < k->end) {
		if (now >= slice_end || !net_outstanding(k)) {
			if (!net_next(k, now, &i, &slice_end))
				break;
			if (net_send(k, i) != FAULT_NONE)
				return k->f->kind;
		}
		if (net_outstanding(k) && net_poll(k, now,
		    slice_end < k->end ? slice_end : k->end) != FAULT_NONE)
			return k->f->kind;
		now = net_now(k);
	}
	if (!k->answered) {
		if (k->why == DNS_WHY_NONE)
			k->why = DNS_WHY_TIMEOUT;
		*k->reading = (struct dns_reading){ .answer = {
		    .why = k->why, .has_ede = k->has_ede, .ede = k->ede } };
		return net_say(k);
	}
	return FAULT_NONE;
}

/* One wire name to the servers. */
static enum fault_kind
net_ask(struct net *n, const struct dns_question *ask, unsigned aliases,
    struct arena *a, struct dns_reading *reading, struct fault *f)
{
	struct net_ask k = { .net = n, .end = ask->deadline_ms,
		.aliases = aliases,
		.turns = n->attempts * (unsigned)n->count, .arena = a,
		.reading = reading, .f = f };
	enum fault_kind kind;

	for (size_t i = 0; i < n->count; i++) {
		struct dns_wire_question *q = &k.tries[i].q;

		k.tries[i].fd = -1;
		q->name_len = ask->wire_len;
		memcpy(q->name, ask->wire, q->name_len);
		q->type = (uint16_t)ask->type;
		q->unchecked = ask->unchecked;
	}
	kind = net_run(&k);
	for (size_t i = 0; i < n->count; i++)
		net_close_try(&k.tries[i]);
	return kind;
}

/* Ask, and ask again at the end of each chain that a server left open. */
static enum fault_kind
net_chain(struct net *n, struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct dns_reading reading;
	uint32_t ttl = INT32_MAX;
	bool authentic = true, vouched = true;
	unsigned aliases = 0;

	do {
		if (net_ask(n, q, aliases, a, &reading, f) != FAULT_NONE)
			return f->kind;
		*answer = reading.answer;
		aliases = answer->aliases;
		authentic = authentic && answer->authentic;
		vouched = vouched && answer->vouched;
		if (answer->ttl < ttl)
			ttl = answer->ttl;
		q->wire_len = dns_name_len(reading.target);
		memcpy(q->wire, reading.target, q->wire_len);
	} while (reading.incomplete);
	answer->authentic = authentic;
	answer->vouched = vouched;
	answer->ttl = ttl;
	return FAULT_NONE;
}

static enum fault_kind
net_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct net *n = dns->state;
	struct dns_question chain = *q;
	int64_t end = clock_mono_ms(dns->clock);
	bool cut;

	*answer = (struct dns_answer){ .outcome = DNS_TEMPERROR };
	if (n->buf == NULL && (n->buf = malloc(NET_BUFFER)) == NULL)
		return fault_nomem(f);
	if (n->count == 0)
		net_system(n);
	end += n->timeout_ms > 0 ? n->timeout_ms : DNS_NET_TIMEOUT_MS;
	cut = q->deadline_ms != 0 && q->deadline_ms < end;
	if (!cut)
		chain.deadline_ms = end;
	if (net_chain(n, &chain, a, answer, f) != FAULT_NONE)
		return f->kind;
	if (cut && answer->outcome == DNS_TEMPERROR &&
	    clock_mono_ms(dns->clock) >= q->deadline_ms)
		answer->why = DNS_WHY_DEADLINE;
	return FAULT_NONE;
}

enum fault_kind
dns_net_open(const struct dns_net_config *config, struct dns **out,
    struct fault *f)
{
	struct net *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return fault_nomem(f);
	n->dns.query = net_query;
	n->dns.state = n;
	n->dns.clock = config->clock;
	n->attempts = NET_ATTEMPTS;
	n->timeout_ms = config->timeout_ms < NET_TIMEOUT_MAX ?
	    config->timeout_ms : NET_TIMEOUT_MAX;
	n->trust_ad = config->trust_ad;
	for (size_t i = 0; i < config->server_count; i++)
		net_add(n, &config->servers[i]);
	*out = &n->dns;
	return FAULT_NONE;
}

void
dns_net_close(struct dns *dns)
{
	struct net *n = dns == NULL ? NULL : dns->state;

	if (n == NULL)
		return;
	free(n->buf);
	free(n);
}

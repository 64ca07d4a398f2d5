/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bounds.h"
#include "dns/swarm_impl.h"

#define SWARM_AGAIN_MS 1000	/* before the same server is asked again */
#define SWARM_LATER_MS 10000	/* before a second chance */
#define SWARM_SECONDS 4		/* second chances at a time */
#define SWARM_BUFFER (BOUND_DNS_MESSAGE + 2)

static int64_t
swarm_now(const struct dns_swarm *s)
{
	return clock_mono_ms(s->config.net.clock);
}

static int64_t
swarm_timeout(const struct dns_swarm *s)
{
	return s->net->timeout_ms > 0 ? s->net->timeout_ms :
	    DNS_NET_TIMEOUT_MS;
}

/* All tries anew: a first chance, or a second. */
static void
swarm_begin(struct dns_swarm *s, struct swarm_ask *k)
{
	k->turn = 0;
	k->turns = (k->second ? 1 : s->net->attempts) *
	    (unsigned)s->net->count;
	k->end = 0;	/* to wait in the queue costs no time */
	k->why = DNS_WHY_NONE;
	k->has_ede = false;
	k->ede = 0;
	k->by_tcp = s->net->use_vc;
	k->plain = false;
}

void
swarm_enqueue(struct dns_swarm *s, struct swarm_ask *k)
{
	k->phase = SWARM_QUEUED;
	k->next = NULL;
	*s->last = k;
	s->last = &k->next;
}

static void
swarm_drop(struct dns_swarm *s, struct swarm_ask *k)
{
	swarm_hang_up(s, k);
	if (k->second)
		s->seconds--;
	s->asks[k->index] = s->asks[--s->count];
	s->asks[k->index]->index = k->index;
	free(k);
}

/* It is done: say so, and forget it. */
static bool
swarm_deliver(struct dns_swarm *s, struct swarm_ask *k,
    const struct dns_answer *answer)
{
	void *tag = k->tag;

	swarm_drop(s, k);
	s->delivered++;
	return s->config.done(s->config.state, tag, answer, s->f) ==
	    FAULT_NONE;
}

/* No server answered, in any try. */
static bool
swarm_give_up(struct dns_swarm *s, struct swarm_ask *k)
{
	struct dns_answer answer = { .why = k->why == DNS_WHY_NONE ?
	    DNS_WHY_TIMEOUT : k->why, .has_ede = k->has_ede, .ede = k->ede };
	struct buf b;
	bool ok;

	swarm_hang_up(s, k);
	if (!k->second) {
		k->phase = SWARM_LATER;
		k->at = swarm_now(s) + SWARM_LATER_MS;
		s->later++;
		return true;
	}
	buf_init(&b, 256);
	net_text_server(&s->net->servers[k->who].addr, &b);
	buf_addf(&b, ": %s", net_text_why(answer.why, k->why_error));
	if (s->net->count > 1)
		buf_addf(&b, " (and %zu more asked)", s->net->count - 1);
	answer.said = buf_span(&b);
	ok = buf_check(&b, s->f) == FAULT_NONE &&
	    swarm_deliver(s, k, &answer);
	buf_free(&b);
	return ok;
}

bool
swarm_failed(struct dns_swarm *s, struct swarm_ask *k, enum dns_why why,
    bool answered)
{
	size_t before = swarm_server_of(s, k);
	int64_t now = swarm_now(s);

	/* What a server said beats that it said nothing. */
	if (k->why == DNS_WHY_NONE || k->why == DNS_WHY_TIMEOUT ||
	    (k->why == DNS_WHY_NETWORK && why != DNS_WHY_TIMEOUT)) {
		k->why = why;
		k->who = before;
		k->why_error = k->error;
	}
	swarm_release(s, k, true);
	swarm_hang_up(s, k);
	/* Some networks drop what has EDNS. */
	k->plain = k->plain || why == DNS_WHY_TIMEOUT;
	k->by_tcp = s->net->use_vc;
	if (++k->turn >= k->turns || now >= k->end)
		return swarm_give_up(s, k);
	if (swarm_server_of(s, k) != before || !answered) {
		swarm_enqueue(s, k);
		return true;
	}
	k->phase = SWARM_DELAYED;
	k->at = now + SWARM_AGAIN_MS;
	return true;
}

/* Of the time that is left, the share of this try: later rounds are more
 * patient. */
static int64_t
swarm_patience(const struct dns_swarm *s, const struct swarm_ask *k,
    int64_t now)
{
	int64_t all = 0, mine = 0, slice;

	for (unsigned turn = k->turn; turn < k->turns; turn++) {
		int64_t weight = INT64_C(1) << (turn / s->net->count);

		all += weight;
		if (turn == k->turn)
			mine = weight;
	}
	slice = all == 0 ? 0 : (k->end - now) * mine / all;
	if (k->turn + 1 < k->turns && slice > SWARM_AGAIN_MS)
		slice = SWARM_AGAIN_MS;
	return now + (slice > 0 ? slice : 1);
}

/* Send it to the server whose turn it is, which has admitted it. */
static bool
swarm_send(struct dns_swarm *s, struct swarm_ask *k, int64_t now)
{
	size_t server = swarm_server_of(s, k);
	unsigned char query[DNS_WIRE_QUERY_MAX];

	k->counted = true;
	if (k->end == 0)
		k->end = now + swarm_timeout(s);
	k->q.edns = !k->plain && !s->net->servers[server].no_edns;
	k->q.want_ad = s->net->servers[server].trusted;
	if (getrandom(&k->q.id, sizeof(k->q.id), 0) !=
	    (ssize_t)sizeof(k->q.id))
		return fault_errno(s->f, FAULT_SOFTWARE, errno,
		    "getrandom") == FAULT_NONE;
	if (k->by_tcp)
		return swarm_by_tcp(s, k);
	k->phase = SWARM_UDP;
	k->at = swarm_patience(s, k, now);
	k->fd = swarm_socket(s, server, SOCK_DGRAM);
	if (k->fd < 0 || (send(k->fd, query, dns_wire_query(&k->q, query),
	    MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != EINTR)) {
		k->error = errno;
		return swarm_failed(s, k, DNS_WHY_NETWORK, false);
	}
	return true;
}

/* What waits in the queue, as far as its servers admit it. */
static bool
swarm_pump(struct dns_swarm *s, int64_t now)
{
	struct swarm_ask *k = s->first;
	bool closed[DNS_NET_SERVERS] = { false };
	size_t open = s->net->count;

	s->first = NULL;
	s->last = &s->first;
	while (k != NULL && open > 0) {
		struct swarm_ask *next = k->next;
		size_t server = swarm_server_of(s, k);

		if (closed[server]) {
			swarm_enqueue(s, k);
		} else if (!swarm_admit(s, server, now)) {
			closed[server] = true;
			open--;
			swarm_enqueue(s, k);
		} else if (!swarm_send(s, k, now)) {
			/* The rest is lost with the run. */
			return false;
		}
		k = next;
	}
	if (k != NULL) {
		*s->last = k;
		while (k->next != NULL)
			k = k->next;
		s->last = &k->next;
	}
	return true;
}

bool
swarm_take(struct dns_swarm *s, struct swarm_ask *k,
    const unsigned char *msg, size_t len)
{
	size_t server = swarm_server_of(s, k);
	struct net_server *v = &s->net->servers[server];
	struct dns_reading r;

	arena_reset(&s->arena);
	if (dns_wire_read(&k->q, k->aliases, msg, len, &s->arena, &r, s->f) !=
	    FAULT_NONE)
		return false;
	if (k->q.edns && r.answer.why == DNS_WHY_RCODE &&
	    (r.rcode == DNS_RCODE_FORMERR || r.rcode == DNS_RCODE_NOTIMP ||
	    r.rcode == DNS_RCODE_BADVERS)) {
		v->no_edns = true;
		swarm_release(s, k, false);
		swarm_hang_up(s, k);
		swarm_enqueue(s, k);
		return true;
	}
	if (r.referral)
		return swarm_failed(s, k, DNS_WHY_RCODE, true);
	if (r.answer.outcome == DNS_TEMPERROR &&
	    r.answer.why != DNS_WHY_LOOP) {
		k->has_ede = k->has_ede || r.has_ede;
		k->ede = r.has_ede ? r.ede : k->ede;
		return swarm_failed(s, k, r.answer.why, true);
	}
	swarm_release(s, k, false);
	k->vouched = k->vouched && v->trusted;
	k->authentic = k->authentic && r.authentic && v->trusted;
	if (r.answer.ttl < k->ttl)
		k->ttl = r.answer.ttl;
	if (r.incomplete) {
		swarm_hang_up(s, k);
		k->aliases = r.answer.aliases;
		k->q.name_len = dns_name_len(r.target);
		memcpy(k->q.name, r.target, k->q.name_len);
		k->turn = 0;
		swarm_enqueue(s, k);
		return true;
	}
	r.answer.authentic = k->authentic;
	r.answer.vouched = k->vouched;
	r.answer.ttl = k->ttl;
	return swarm_deliver(s, k, &r.answer);
}

/* A datagram came, or an error did. */
static bool
swarm_udp(struct dns_swarm *s, struct swarm_ask *k)
{
	ssize_t n = recv(k->fd, s->buf, SWARM_BUFFER, 0);
	unsigned rcode;

	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return true;
		k->error = errno;
		return swarm_failed(s, k, DNS_WHY_NETWORK, false);
	}
	switch (dns_wire_match(&k->q, s->buf, (size_t)n, &rcode)) {
	case DNS_MATCH_NOT:
		break;
	case DNS_MATCH_TRUNCATED:
		return swarm_by_tcp(s, k);
	case DNS_MATCH_YES:
		return swarm_take(s, k, s->buf, (size_t)n);
	}
	return true;
}

/* Is nothing under way but what waits for a second chance? */
static bool
swarm_is_idle(const struct dns_swarm *s)
{
	return s->count == s->later + s->seconds;
}

/* Its time is over. */
static bool
swarm_expire(struct dns_swarm *s, struct swarm_ask *k)
{
	switch (k->phase) {
	case SWARM_QUEUED:
		break;
	case SWARM_DELAYED:
		swarm_enqueue(s, k);
		break;
	case SWARM_LATER:
		if (s->seconds == SWARM_SECONDS)
			break;
		s->later--;
		s->seconds++;
		k->second = true;
		swarm_begin(s, k);
		swarm_enqueue(s, k);
		break;
	case SWARM_UDP:
	case SWARM_TCP_CONNECT:
	case SWARM_TCP_WRITE:
	case SWARM_TCP_READ:
		k->error = 0;
		return swarm_failed(s, k, DNS_WHY_TIMEOUT, false);
	}
	return true;
}

/* What is over by now; backwards, since the last may take a place. */
static bool
swarm_timers(struct dns_swarm *s, int64_t now)
{
	for (size_t i = s->count; i-- > 0;) {
		struct swarm_ask *k;

		if (i >= s->count)
			continue;
		k = s->asks[i];
		if (k->phase == SWARM_QUEUED || (k->at > now &&
		    !(k->phase == SWARM_LATER && swarm_is_idle(s))))
			continue;
		if (!swarm_expire(s, k))
			return false;
	}
	return true;
}

/* The next time something is over, or may be sent. */
static int64_t
swarm_next(const struct dns_swarm *s, int64_t now, int64_t until)
{
	int64_t next = until > 0 ? until : INT64_MAX;

	for (size_t i = 0; i < s->count; i++) {
		const struct swarm_ask *k = s->asks[i];
		int64_t at = k->at;

		if (k->phase == SWARM_QUEUED)
			at = swarm_admits_at(s, swarm_server_of(s, k), now);
		else if (k->phase == SWARM_LATER &&
		    s->seconds == SWARM_SECONDS)
			continue;
		else if (k->phase == SWARM_LATER && swarm_is_idle(s))
			at = now;
		if (at < next)
			next = at;
	}
	return next;
}

/* Wait, and handle what came. */
static bool
swarm_poll(struct dns_swarm *s, int64_t now, int64_t until)
{
	int64_t next = swarm_next(s, now, until);
	int64_t wait = next <= now ? 0 : next - now < 60000 ? next - now :
	    60000;
	size_t n = 0, all = s->count;

	if (s->fds_capacity < all) {
		void *p = realloc(s->fds, s->capacity * sizeof(*s->fds));

		if (p == NULL)
			return fault_nomem(s->f) == FAULT_NONE;
		s->fds = p;
		s->fds_capacity = s->capacity;
	}
	for (; n < all; n++)
		s->fds[n] = (struct pollfd){ s->asks[n]->fd,
		    s->asks[n]->phase == SWARM_TCP_CONNECT ||
		    s->asks[n]->phase == SWARM_TCP_WRITE ? POLLOUT : POLLIN,
		    0 };
	if (poll(s->fds, n, (int)wait) < 0)
		return errno == EINTR || fault_errno(s->f, FAULT_SOFTWARE,
		    errno, "poll") == FAULT_NONE;
	/* Backwards: one that is done gives its place to the last, which was
	 * looked at before it; what is asked anew has none here yet. */
	for (size_t i = n; i-- > 0;) {
		struct swarm_ask *k;

		if (s->fds[i].revents == 0 || i >= s->count)
			continue;
		k = s->asks[i];
		if (k->fd < 0 || k->fd != s->fds[i].fd)
			continue;
		if (!(k->phase == SWARM_UDP ? swarm_udp(s, k) :
		    swarm_tcp(s, k)))
			return false;
	}
	return true;
}

enum fault_kind
dns_swarm_run(struct dns_swarm *s, int64_t until_ms, struct fault *f)
{
	int64_t now = swarm_now(s);
	bool ok = true;

	s->f = f;
	s->delivered = 0;
	while (ok && s->count > 0 && s->delivered == 0) {
		ok = swarm_timers(s, now) && swarm_pump(s, now) &&
		    (s->delivered > 0 || s->count == 0 ||
		    swarm_poll(s, now, until_ms));
		now = swarm_now(s);
		if (until_ms > 0 && now >= until_ms)
			break;
	}
	/* What may go out now need not wait for the next call. */
	if (ok)
		(void)swarm_pump(s, now);
	s->f = NULL;
	return f->kind;
}

enum fault_kind
dns_swarm_ask(struct dns_swarm *s, const struct dns_question *q, void *tag,
    struct fault *f)
{
	struct swarm_ask *k = calloc(1, sizeof(*k));

	if (s->buf == NULL)
		s->buf = malloc(SWARM_BUFFER);
	if (s->count == s->capacity) {
		size_t n = s->capacity == 0 ? 256 : 2 * s->capacity;
		void *p = realloc(s->asks, n * sizeof(*s->asks));

		if (p != NULL) {
			s->asks = p;
			s->capacity = n;
		}
	}
	if (k == NULL || s->buf == NULL || s->count == s->capacity) {
		free(k);
		return fault_nomem(f);
	}
	if (!s->ready)
		swarm_servers(s);
	k->tag = tag;
	k->fd = -1;
	k->ttl = INT32_MAX;
	k->authentic = k->vouched = true;
	k->q.unchecked = q->unchecked;
	k->q.type = (uint16_t)q->type;
	k->q.name_len = q->wire_len;
	memcpy(k->q.name, q->wire, q->wire_len);
	swarm_begin(s, k);
	k->index = s->count;
	s->asks[s->count++] = k;
	swarm_enqueue(s, k);
	return FAULT_NONE;
}

size_t
dns_swarm_open_questions(const struct dns_swarm *s)
{
	return s->count;
}

enum fault_kind
dns_swarm_open(const struct dns_swarm_config *config, struct dns_swarm **out,
    struct fault *f)
{
	struct dns_swarm *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return fault_nomem(f);
	s->config = *config;
	s->last = &s->first;
	arena_init(&s->arena, BOUND_MESSAGE_ARENA);
	if (dns_net_open(&config->net, &s->net_dns, f) != FAULT_NONE) {
		free(s);
		return f->kind;
	}
	s->net = s->net_dns->state;
	*out = s;
	return FAULT_NONE;
}

void
dns_swarm_close(struct dns_swarm *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++) {
		swarm_hang_up(s, s->asks[i]);
		free(s->asks[i]);
	}
	free(s->asks);
	free(s->fds);
	free(s->buf);
	arena_free(&s->arena);
	dns_net_close(s->net_dns);
	free(s);
}

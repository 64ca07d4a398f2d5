/* SPDX-License-Identifier: ISC */
/*
 * dnsd: the tests' DNS server, on a free port of loopback, UDP and TCP.
 *
 *	mkfifo p
 *	dnsd --zone=z --rule='x.example TXT servfail' --log=l >p 3>&- &
 *	read -r port <p
 *	...; kill $!; wait $!
 *
 * It prints its port once it listens, and ends by itself after --lifetime
 * seconds (60), with --stdin when standard input ends, with --parent=PID soon
 * after that process.  Without a rule it answers from the master files; what
 * no zone holds is NXDOMAIN.
 *
 *	--zone=FILE    repeatable      --rules=FILE   a rule a line, # comments
 *	--rule=RULE    repeatable      --log=FILE     "udp TXT name", as asked
 *	--ipv6         ::1             --address=IP   another loopback address
 *	--port=N       not a free one (for a network namespace)
 *
 * A rule is NAME TYPE ACTION [NUMBER]; NAME is a name, *.NAME for all below,
 * or *; TYPE is TXT, A ... or *.  All rules that match are obeyed together:
 *
 *	servfail refused notimp formerr nxdomain	that response code
 *	bare			the response code without a question section
 *	silent			no answer; drop N: none to the first N
 *	delay MS		the answer comes late
 *	truncate		TC on UDP, whole on TCP
 *	oversize		all on UDP, whatever the client announced
 *	tcp-silent tcp-close	TC on UDP, then no answer, or the end
 *	tcp-drip MS		one byte each MS milliseconds
 *	wrong-id wrong-question	only such an answer; junk: random bytes;
 *	broken			right header, the rest cut
 *	spoof			all of these first, then the right answer
 *	loop			a CNAME to the name itself
 *	incomplete		the first CNAME of a chain only
 *	lame			a referral to other servers
 *	formerr-edns		FORMERR if the query has EDNS
 *	silent-edns		no answer if the query has EDNS
 *	badvers			extended response code 16
 *	ad			the AD bit is set
 *	bogus			SERVFAIL with an EDE of NUMBER, unless CD asks
 *
 * A question with DO gets the RRSIG of the zone, which have to stand there as
 * "RRSIG \\# LENGTH HEX".
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "dns/wire.h"
#include "dns/zone.h"

#define ACTIONS(X) \
	X(SERVFAIL, "servfail") X(REFUSED, "refused") X(NOTIMP, "notimp") \
	X(FORMERR, "formerr") X(BARE, "bare") X(SILENT, "silent") \
	X(DROP, "drop") X(DELAY, "delay") X(TRUNCATE, "truncate") \
	X(OVERSIZE, "oversize") X(TCP_SILENT, "tcp-silent") \
	X(TCP_CLOSE, "tcp-close") X(TCP_DRIP, "tcp-drip") \
	X(WRONG_ID, "wrong-id") X(WRONG_QUESTION, "wrong-question") \
	X(JUNK, "junk") X(BROKEN, "broken") X(SPOOF, "spoof") \
	X(LOOP, "loop") X(INCOMPLETE, "incomplete") X(LAME, "lame") \
	X(FORMERR_EDNS, "formerr-edns") X(BADVERS, "badvers") X(AD, "ad") \
	X(SILENT_EDNS, "silent-edns") X(BOGUS, "bogus") \
	X(NXDOMAIN, "nxdomain")

enum action {
#define ACTION_ENUM(name, word) DO_##name,
	ACTIONS(ACTION_ENUM)
#undef ACTION_ENUM
	DO_COUNT
};

static const char *const action_words[] = {
#define ACTION_WORD(name, word) word,
	ACTIONS(ACTION_WORD)
#undef ACTION_WORD
};

#define BIT(action) (UINT32_C(1) << DO_##action)
#define RULES_MAX 4096
#define CONNS_MAX 64
#define LATE_MAX 256

struct rule {
	unsigned char name[BOUND_DNS_NAME];
	bool below, any;	/* *.NAME, * */
	unsigned type;		/* 0: any */
	enum action action;
	uint64_t number;
};

/* What the rules say about one query. */
struct effect {
	uint32_t bits;
	uint64_t delay, drip, ede;
};

struct query {
	const unsigned char *msg;
	size_t len;
	unsigned char name[BOUND_DNS_NAME];
	size_t question_len;
	unsigned type;
	bool edns, dnssec, unchecked;	/* OPT, DO, CD */
	size_t udp_size;
	bool tcp;
};

struct conn {
	int fd;
	unsigned char in[1024];
	size_t in_len;
	unsigned char *out;
	size_t out_len, out_done;
	uint64_t drip;
	int64_t due;
};

/* A UDP answer that waits. */
struct late {
	int64_t due;
	struct sockaddr_storage to;
	socklen_t to_len;
	unsigned char *msg;
	size_t len;
};

static struct dns_zone *zones;
static struct rule *rules;
static size_t rule_count;
static struct conn conns[CONNS_MAX];
static struct late lates[LATE_MAX];
static size_t late_count;
static int udp = -1, tcp = -1, log_fd = -1;
static struct clock now_clock;

static void __attribute__((noreturn))
die(const char *what)
{
	(void)fprintf(stderr, "dnsd: %s\n", what);
	exit(1);
}

static int64_t
now_ms(void)
{
	return clock_mono_ms(&now_clock);
}

static unsigned
type_of(struct span word)
{
	static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_CNAME,
		DNS_SOA, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA, DNS_DS,
		DNS_TLSA };
	uint64_t number;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_eq(word, span_of(dns_type_word(types[i]))))
			return types[i];
	if (num_u64(word, UINT16_MAX, &number))
		return (unsigned)number;
	if (!span_eq(word, SPAN("*")))
		die("a rule has an unknown type");
	return 0;
}

static void
add_rule(struct span line)
{
	struct span word[4] = { { "", 0 }, { "", 0 }, { "", 0 }, { "0", 1 } };
	struct rule *r = &rules[rule_count];
	size_t n = 0;

	line = span_trim_fws(line);
	if (line.len == 0 || line.p[0] == '#')
		return;
	for (bool more = true; more && n < 4;) {
		struct span head;

		more = span_cut(line, ' ', &head, &line);
		if (head.len > 0)
			word[n++] = head;
	}
	if (n < 3 || rule_count == RULES_MAX)
		die("a rule is NAME TYPE ACTION [NUMBER]");
	r->any = span_eq(word[0], SPAN("*"));
	r->below = span_starts(word[0], SPAN("*."));
	if (r->below)
		word[0] = span_sub(word[0], 2, word[0].len);
	if (!r->any && dns_name_encode(word[0], r->name) == 0)
		die("a rule has a bad name");
	r->type = type_of(word[1]);
	for (r->action = 0; r->action < DO_COUNT; r->action++)
		if (span_eq(word[2], span_of(action_words[r->action])))
			break;
	if (r->action == DO_COUNT ||
	    !num_u64(word[3], INT32_MAX, &r->number))
		die("a rule has an unknown action or a bad number");
	rule_count++;
}

static void
load_rules(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[1024];

	if (file == NULL)
		die("cannot read the rules");
	while (fgets(line, sizeof(line), file) != NULL)
		add_rule(span_of(line));
	(void)fclose(file);
}

static bool
rule_matches(const struct rule *r, const struct query *q)
{
	if (r->type != 0 && r->type != q->type)
		return false;
	if (r->below)
		return dns_name_within(q->name, r->name) &&
		    !dns_name_equal(q->name, r->name);
	return r->any || dns_name_equal(q->name, r->name);
}

static struct effect
effect_of(const struct query *q)
{
	struct effect e = { 0, 0, 0, 0 };

	for (size_t i = 0; i < rule_count; i++) {
		struct rule *r = &rules[i];

		if (!rule_matches(r, q))
			continue;
		if (r->action == DO_DROP) {
			if (r->number == 0)
				continue;
			r->number--;
			e.bits |= BIT(SILENT);
		}
		e.bits |= UINT32_C(1) << r->action;
		if (r->action == DO_DELAY)
			e.delay = r->number;
		if (r->action == DO_BOGUS)
			e.ede = r->number;
		if (r->action == DO_TCP_DRIP)
			e.drip = r->number;
	}
	return e;
}

static void
log_query(const struct query *q)
{
	struct buf b;

	if (log_fd < 0)
		return;
	buf_init(&b, 4096);
	buf_adds(&b, q->tcp ? "tcp " : "udp ");
	if (strcmp(dns_type_word((enum dns_type)q->type), "unknown") == 0)
		buf_addf(&b, "TYPE%u ", q->type);
	else
		buf_addf(&b, "%s ", dns_type_word((enum dns_type)q->type));
	dns_name_print(q->name, &b);
	buf_addc(&b, '\n');
	if (write(log_fd, buf_str(&b), b.len) < 0)
		die("cannot write the log");
	buf_free(&b);
}

/* False if it is no query with one question. */
static bool
parse_query(struct query *q, const unsigned char *bytes, size_t len)
{
	ns_msg msg;
	ns_rr rr;
	int used;

	if (len < 12 || ns_initparse(bytes, (int)len, &msg) != 0 ||
	    ns_msg_getflag(msg, ns_f_qr) ||
	    ns_msg_count(msg, ns_s_qd) != 1 ||
	    ns_parserr(&msg, ns_s_qd, 0, &rr) != 0)
		return false;
	used = ns_name_unpack(bytes, bytes + len, bytes + 12, q->name,
	    sizeof(q->name));
	if (used < 0)
		return false;
	q->msg = bytes;
	q->len = len;
	q->question_len = (size_t)used + 4;
	q->type = ns_rr_type(rr);
	q->edns = q->dnssec = false;
	q->unchecked = (bytes[3] & 0x10) != 0;
	q->udp_size = 512;
	for (int i = 0; i < ns_msg_count(msg, ns_s_ar); i++) {
		if (ns_parserr(&msg, ns_s_ar, i, &rr) != 0)
			return false;
		if (ns_rr_type(rr) != 41)
			continue;
		q->edns = true;
		q->dnssec = (ns_rr_ttl(rr) & 0x8000) != 0;
		if (ns_rr_class(rr) > 512)
			q->udp_size = ns_rr_class(rr);
	}
	return true;
}

static void
put16(struct buf *b, unsigned value)
{
	buf_addc(b, (char)(value >> 8));
	buf_addc(b, (char)value);
}

static void
bump16(struct buf *b, size_t at)
{
	unsigned char *p = (unsigned char *)b->p + at;

	if (b->nomem || b->full)
		return;
	if (++p[1] == 0)
		p[0]++;
}

static void
put_rr(struct buf *b, const unsigned char *owner, const struct query *q,
    unsigned type, uint32_t ttl, const unsigned char *data, size_t len)
{
	if (dns_name_equal(owner, q->name))
		put16(b, 0xc00c);
	else
		buf_add(b, owner, dns_name_len(owner));
	put16(b, type);
	put16(b, 1);
	put16(b, ttl >> 16);
	put16(b, ttl & 0xffff);
	put16(b, (unsigned)len);
	buf_add(b, data, len);
}

/* Answer and authority sections; returns the response code. */
static unsigned
put_sections(struct buf *b, const struct query *q, const struct effect *e)
{
	unsigned char name[BOUND_DNS_NAME];
	struct dns_zone_hit hit;
	size_t count = 0;

	memcpy(name, q->name, sizeof(name));
	for (unsigned hops = 0; hops < 20; hops++) {
		const struct dns_zone_rr *rr, *alias = NULL;

		dns_zone_find(zones, name, &hit);
		for (rr = hit.rr; rr != NULL; rr = rr->next) {
			if (rr->type == DNS_CNAME)
				alias = rr;
			if (rr->type != q->type && !(q->dnssec &&
			    rr->type == 46 && rr->len > 18 &&
			    (rr->data[0] << 8 | rr->data[1]) ==
			    (int)q->type))
				continue;
			put_rr(b, name, q, rr->type, rr->ttl, rr->data,
			    rr->len);
			bump16(b, 6);
			count += rr->type == q->type;
		}
		if (count > 0 || alias == NULL)
			break;
		put_rr(b, name, q, DNS_CNAME, alias->ttl, alias->data,
		    alias->len);
		bump16(b, 6);
		memcpy(name, alias->data, alias->len);
		if ((e->bits & BIT(INCOMPLETE)) != 0)
			return DNS_RCODE_NOERROR;
	}
	if (count == 0 && hit.soa != NULL) {
		put_rr(b, hit.apex, q, DNS_SOA, hit.soa->ttl, hit.soa->data,
		    hit.soa->len);
		bump16(b, 8);
	}
	return hit.found == DNS_ZONE_EXISTS ? DNS_RCODE_NOERROR :
	    DNS_RCODE_NXDOMAIN;
}

static unsigned
error_of(const struct query *q, const struct effect *e)
{
	if ((e->bits & BIT(FORMERR)) != 0 ||
	    ((e->bits & BIT(FORMERR_EDNS)) != 0 && q->edns))
		return DNS_RCODE_FORMERR;
	if ((e->bits & BIT(SERVFAIL)) != 0 ||
	    ((e->bits & BIT(BOGUS)) != 0 && !q->unchecked))
		return DNS_RCODE_SERVFAIL;
	if ((e->bits & BIT(NOTIMP)) != 0)
		return DNS_RCODE_NOTIMP;
	if ((e->bits & BIT(REFUSED)) != 0)
		return DNS_RCODE_REFUSED;
	return (e->bits & BIT(NXDOMAIN)) != 0 ? DNS_RCODE_NXDOMAIN : 0;
}

static void
put_opt(struct buf *b, bool badvers, const struct effect *e)
{
	static const unsigned char opt[11] = { 0, 0, 41, 4, 208 };
	const unsigned char ede[6] = { 0, 15, 0, 2, 0,
		(unsigned char)e->ede };

	buf_add(b, opt, sizeof(opt));
	bump16(b, 10);
	if ((e->bits & BIT(BOGUS)) != 0) {
		if (!b->nomem && !b->full)
			b->p[b->len - 1] = sizeof(ede);
		buf_add(b, ede, sizeof(ede));
		return;
	}
	if (badvers && !b->nomem && !b->full)
		b->p[b->len - 6] = 1;
}

/* The right answer, as far as the rules allow one. */
static void
build(struct buf *b, const struct query *q, const struct effect *e)
{
	unsigned rcode = error_of(q, e);
	bool bare = rcode != 0 && (e->bits & BIT(BARE)) != 0;
	bool cut = (e->bits & (BIT(TRUNCATE) | BIT(TCP_SILENT) |
	    BIT(TCP_CLOSE) | BIT(TCP_DRIP))) != 0;
	size_t question = 12 + (bare ? 0 : q->question_len);
	unsigned char *p;

	buf_add(b, q->msg, question);
	if (b->nomem || b->full)
		return;
	p = (unsigned char *)b->p;
	memset(p + 6, 0, 6);
	p[2] = (unsigned char)(0x84 | (p[2] & 1));
	p[5] = !bare;
	if (rcode == 0 && (e->bits & BIT(LOOP)) != 0) {
		put_rr(b, q->name, q, DNS_CNAME, 60, q->name,
		    dns_name_len(q->name));
		bump16(b, 6);
	} else if (rcode == 0 && (e->bits & BIT(LAME)) != 0) {
		put_rr(b, (const unsigned char *)"", q, DNS_NS, 60, q->name,
		    dns_name_len(q->name));
		bump16(b, 8);
	} else if (rcode == 0 && !(q->edns && (e->bits & BIT(BADVERS)) != 0)) {
		rcode = put_sections(b, q, e);
	}
	if (q->edns && rcode != DNS_RCODE_FORMERR)
		put_opt(b, (e->bits & BIT(BADVERS)) != 0, e);
	if (b->nomem || b->full)
		return;
	p = (unsigned char *)b->p;
	p[3] = (unsigned char)(0x80 | rcode |
	    ((e->bits & BIT(AD)) != 0 ? 0x20 : 0));
	if ((e->bits & BIT(LAME)) != 0) {
		p[2] &= 0x7b | 0x80;
		p[3] &= 0x7f;
	}
	if (q->tcp || (e->bits & BIT(OVERSIZE)) != 0 ||
	    (!cut && b->len <= q->udp_size))
		return;
	b->len = question;
	memset(p + 6, 0, 6);
	p[2] |= 0x02;
}

/* The wrong answers of a rule: which one, 0 to 3; false if there is none. */
static bool
spoil(struct buf *b, const struct query *q, uint32_t bits, unsigned which)
{
	static const uint32_t wrong[] = { BIT(WRONG_ID), BIT(WRONG_QUESTION),
		BIT(JUNK), BIT(BROKEN) };
	unsigned char *p = (unsigned char *)b->p;

	if ((bits & (wrong[which] | BIT(SPOOF))) == 0 || b->len < 14 ||
	    ((bits & BIT(SPOOF)) != 0 && which == 3))
		return false;
	switch (wrong[which]) {
	case BIT(WRONG_ID):
		p[1] ^= 0x55;
		break;
	case BIT(WRONG_QUESTION):
		p[13] ^= 0x01;
		break;
	case BIT(JUNK):
		for (size_t i = 0; i < b->len; i++)
			p[i] = (unsigned char)(p[i] * 167 + i * 31 + 7);
		break;
	default:
		p[7] = 9;
		b->len = 12 + q->question_len;
		break;
	}
	return true;
}

static void
send_udp(const struct sockaddr_storage *to, socklen_t to_len,
    const unsigned char *msg, size_t len, uint64_t delay)
{
	struct late *l = &lates[late_count];

	if (delay == 0 || late_count == LATE_MAX) {
		(void)sendto(udp, msg, len, 0, (const struct sockaddr *)to,
		    to_len);
		return;
	}
	l->msg = malloc(len);
	if (l->msg == NULL)
		die("no memory");
	memcpy(l->msg, msg, len);
	l->len = len;
	l->to = *to;
	l->to_len = to_len;
	l->due = now_ms() + (int64_t)delay;
	late_count++;
}

/* One wrong or right answer after the other, each handed to `give`. */
static void
answer(const struct query *q, const struct effect *e,
    void (*give)(void *, struct buf *, const struct effect *), void *to)
{
	uint32_t wrong = e->bits & (BIT(WRONG_ID) | BIT(WRONG_QUESTION) |
	    BIT(JUNK) | BIT(BROKEN));
	struct buf b;

	buf_init(&b, BOUND_DNS_MESSAGE);
	for (unsigned which = 0; which < 4; which++) {
		buf_reset(&b);
		build(&b, q, e);
		if (spoil(&b, q, e->bits, which))
			give(to, &b, e);
	}
	if (wrong == 0) {
		buf_reset(&b);
		build(&b, q, e);
		if (b.full || b.nomem)
			die("an answer over 65535 bytes");
		give(to, &b, e);
	}
	buf_free(&b);
}

struct udp_to {
	struct sockaddr_storage addr;
	socklen_t len;
};

static void
give_udp(void *state, struct buf *b, const struct effect *e)
{
	const struct udp_to *to = state;

	send_udp(&to->addr, to->len, (const unsigned char *)b->p, b->len,
	    e->delay);
}

static void
serve_udp(void)
{
	unsigned char in[1024];
	struct udp_to to = { .len = sizeof(to.addr) };
	struct query q = { .tcp = false };
	struct effect e;
	ssize_t n = recvfrom(udp, in, sizeof(in), 0,
	    (struct sockaddr *)&to.addr, &to.len);

	if (n < 0 || !parse_query(&q, in, (size_t)n))
		return;
	log_query(&q);
	e = effect_of(&q);
	if ((e.bits & BIT(SILENT)) == 0 &&
	    ((e.bits & BIT(SILENT_EDNS)) == 0 || !q.edns))
		answer(&q, &e, give_udp, &to);
}

static void
close_conn(struct conn *c)
{
	(void)close(c->fd);
	free(c->out);
	*c = (struct conn){ .fd = -1 };
}

static void
give_tcp(void *state, struct buf *b, const struct effect *e)
{
	struct conn *c = state;
	unsigned char *p = realloc(c->out, c->out_len + b->len + 2);

	if (p == NULL)
		die("no memory");
	p[c->out_len] = (unsigned char)(b->len >> 8);
	p[c->out_len + 1] = (unsigned char)b->len;
	memcpy(p + c->out_len + 2, b->p, b->len);
	c->out = p;
	c->out_len += b->len + 2;
	c->drip = e->drip;
	c->due = now_ms() + (int64_t)e->delay;
}

static void
read_conn(struct conn *c)
{
	struct query q = { .tcp = true };
	struct effect e;
	size_t len;
	ssize_t n = read(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len);

	if (n <= 0) {
		close_conn(c);
		return;
	}
	c->in_len += (size_t)n;
	if (c->in_len < 2)
		return;
	len = (size_t)c->in[0] << 8 | c->in[1];
	if (c->in_len < len + 2)
		return;
	if (!parse_query(&q, c->in + 2, len)) {
		close_conn(c);
		return;
	}
	log_query(&q);
	e = effect_of(&q);
	if ((e.bits & BIT(TCP_CLOSE)) != 0)
		close_conn(c);
	else if ((e.bits & (BIT(TCP_SILENT) | BIT(SILENT))) == 0)
		answer(&q, &e, give_tcp, c);
	if (c->fd >= 0)
		c->in_len = 0;
}

static void
write_conn(struct conn *c)
{
	size_t left = c->out_len - c->out_done;
	ssize_t n;

	if (now_ms() < c->due)
		return;
	if (c->drip > 0) {
		left = 1;
		c->due = now_ms() + (int64_t)c->drip;
	}
	n = send(c->fd, c->out + c->out_done, left, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN) {
		close_conn(c);
		return;
	}
	c->out_done += n > 0 ? (size_t)n : 0;
	if (c->out_done == c->out_len)
		c->out_len = c->out_done = 0;
}

static void
accept_conn(void)
{
	int fd = accept4(tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; i < CONNS_MAX; i++) {
		if (conns[i].fd >= 0)
			continue;
		conns[i] = (struct conn){ .fd = fd };
		return;
	}
	(void)close(fd);
}

/* Send what is due; the next moment when something will be, or `until`. */
static int64_t
run_late(int64_t until)
{
	int64_t now = now_ms();

	for (size_t i = 0; i < late_count;) {
		struct late *l = &lates[i];

		if (l->due > now) {
			until = l->due < until ? l->due : until;
			i++;
			continue;
		}
		send_udp(&l->to, l->to_len, l->msg, l->len, 0);
		free(l->msg);
		*l = lates[--late_count];
	}
	for (size_t i = 0; i < CONNS_MAX; i++)
		if (conns[i].fd >= 0 && conns[i].out_len > 0 &&
		    conns[i].due < until)
			until = conns[i].due;
	return until;
}

static void
serve(int64_t end, pid_t parent, bool with_stdin)
{
	struct pollfd fds[3 + CONNS_MAX];

	for (;;) {
		int64_t now = now_ms(), next = run_late(now + 1000);

		if (now >= end || (parent > 0 && kill(parent, 0) != 0 &&
		    errno == ESRCH))
			return;
		fds[0] = (struct pollfd){ udp, POLLIN, 0 };
		fds[1] = (struct pollfd){ tcp, POLLIN, 0 };
		fds[2] = (struct pollfd){ with_stdin ? 0 : -1, POLLIN, 0 };
		for (size_t i = 0; i < CONNS_MAX; i++)
			fds[3 + i] = (struct pollfd){ conns[i].fd,
				(short)(POLLIN | (conns[i].out_len > 0 &&
				conns[i].due <= now ? POLLOUT : 0)), 0 };
		if (poll(fds, 3 + CONNS_MAX, next > now ?
		    (int)(next - now) : 0) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents != 0)
			serve_udp();
		if (fds[1].revents != 0)
			accept_conn();
		if (fds[2].revents != 0) {
			char drain[256];

			if (read(0, drain, sizeof(drain)) <= 0)
				return;
		}
		for (size_t i = 0; i < CONNS_MAX; i++) {
			if ((fds[3 + i].revents & (POLLIN | POLLHUP)) != 0)
				read_conn(&conns[i]);
			if (conns[i].fd >= 0 && conns[i].out_len > 0)
				write_conn(&conns[i]);
		}
	}
}

static int
bound_socket(int type, struct sockaddr_storage *addr, socklen_t len)
{
	int one = 1;
	int fd = socket(addr->ss_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)addr, len) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* UDP and TCP on one free port, printed. */
static void
open_sockets(const char *address, uint16_t port)
{
	struct sockaddr_storage addr;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&addr;
	bool six = strchr(address, ':') != NULL;
	socklen_t len = six ? sizeof(*v6) : sizeof(*v4);

	for (int tries = 0; tcp < 0 && tries < 100; tries++) {
		memset(&addr, 0, sizeof(addr));
		addr.ss_family = six ? AF_INET6 : AF_INET;
		if (inet_pton(addr.ss_family, address, six ?
		    (void *)&v6->sin6_addr : (void *)&v4->sin_addr) != 1)
			die("--address is no address");
		*(six ? &v6->sin6_port : &v4->sin_port) = htons(port);
		if (udp >= 0)
			(void)close(udp);
		udp = bound_socket(SOCK_DGRAM, &addr, len);
		if (udp < 0 || getsockname(udp, (struct sockaddr *)&addr,
		    &len) != 0)
			die("cannot bind");
		tcp = bound_socket(SOCK_STREAM, &addr, len);
	}
	if (tcp < 0 || listen(tcp, 16) != 0)
		die("no free port");
	(void)printf("%u\n", ntohs(six ? v6->sin6_port : v4->sin_port));
	if (fclose(stdout) != 0)
		die("cannot print the port");
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "zone", 1, NULL, 'z' }, { "rules", 1, NULL, 'R' },
		{ "rule", 1, NULL, 'r' }, { "log", 1, NULL, 'l' },
		{ "ipv6", 0, NULL, '6' }, { "address", 1, NULL, 'a' },
		{ "lifetime", 1, NULL, 't' }, { "parent", 1, NULL, 'p' },
		{ "stdin", 0, NULL, 'i' }, { "port", 1, NULL, 'P' },
		{ NULL, 0, NULL, 0 }
	};
	const char *address = "127.0.0.1";
	uint64_t lifetime = 60, parent = 0, port = 0;
	bool with_stdin = false;
	struct fault f = { 0 };
	int c;

	now_clock = clock_system();
	zones = dns_zone_new();
	rules = calloc(RULES_MAX, sizeof(*rules));
	if (zones == NULL || rules == NULL)
		die("no memory");
	for (size_t i = 0; i < CONNS_MAX; i++)
		conns[i].fd = -1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'z' && dns_zone_load(zones, optarg, &f) != FAULT_NONE)
			die(f.text);
		if (c == 'R')
			load_rules(optarg);
		if (c == 'r')
			add_rule(span_of(optarg));
		if (c == 'l')
			log_fd = open(optarg, O_WRONLY | O_CREAT | O_APPEND |
			    O_CLOEXEC, 0666);
		if (c == '6')
			address = "::1";
		if (c == 'a')
			address = optarg;
		if ((c == 't' && !num_u64(span_of(optarg), 86400, &lifetime)) ||
		    (c == 'p' && !num_u64(span_of(optarg), INT32_MAX,
		    &parent)) || (c == 'P' && !num_u64(span_of(optarg),
		    UINT16_MAX, &port)) || (c == 'l' && log_fd < 0) || c == '?')
			die("see the head of dnsd.c for its options");
		if (c == 'i')
			with_stdin = true;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	open_sockets(address, (uint16_t)port);
	serve(now_ms() + (int64_t)lifetime * 1000, (pid_t)parent, with_stdin);
	free(rules);
	dns_zone_free(zones);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Records of a sender in a zone that takes updates (RFC 2136 with TSIG), by
 * nsupdate(1).
 *
 * - A grant is done only when every authoritative server answers with it.
 * - The end: the key is first published as revoked, the addresses go; once
 *   every server has said so for a TTL, that record goes too.
 * - An update that adds something is unanswered until the server has taken it
 *   or refused it: it may still be on its way when this program has ended.
 * - Every deletion names a whole record of our own, never a name or a set.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapter/dns.h"
#include "dns/wire.h"

#define NSUPDATE "/usr/bin/nsupdate"
#define SCRIPT_MAX 65536
#define SOA_MINIMUM 300

/* The answer to one SOA question; 0 octets if there is none. */
static size_t
exchange(const struct dns_server *server, const unsigned char *query,
    size_t len, unsigned char *answer, size_t cap)
{
	struct sockaddr_storage to = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
	bool six = server->addr.family == 6;
	struct pollfd p = { .events = POLLIN };
	ssize_t n = -1;

	if (six) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(server->port);
		memcpy(&v6->sin6_addr, server->addr.bytes, 16);
	} else {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(server->port);
		memcpy(&v4->sin_addr, server->addr.bytes, 4);
	}
	p.fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (p.fd < 0)
		return 0;
	if (connect(p.fd, (struct sockaddr *)&to, six ? sizeof(*v6) :
	    sizeof(*v4)) == 0 && send(p.fd, query, len, 0) == (ssize_t)len &&
	    poll(&p, 1, 3000) == 1)
		n = recv(p.fd, answer, cap, 0);
	(void)close(p.fd);
	return n > 0 ? (size_t)n : 0;
}

/* The minimum is the last number of an SOA, and the SOA the first answer. */
static int
soa_minimum(struct adapter_task *t, const struct sender *s,
    const struct dns_server *server, unsigned *minimum)
{
	struct dns_wire_question q = { .type = DNS_SOA, .id = 0x4a49 };
	unsigned char query[DNS_WIRE_QUERY_MAX], answer[4096];
	size_t at, len, n;
	unsigned rcode = 0, size;

	q.name_len = dns_name_encode(span_of(s->zone), q.name);
	n = dns_wire_query(&q, query);
	len = exchange(server, query, n, answer, sizeof(answer));
	/* Header, question, then a compressed or a whole name. */
	at = 12 + q.name_len + 4;
	if (len < at + 16 || dns_wire_match(&q, answer, len, &rcode) !=
	    DNS_MATCH_YES)
		return adapter_no(t, ADAPTER_TEMP,
		    "the server does not answer");
	if (rcode != 0 || answer[6] * 256 + answer[7] == 0)
		return adapter_no(t, ADAPTER_CONFIG,
		    "the server has no zone %.100s", s->zone);
	at += (answer[at] & 0xc0) == 0xc0 ? 2 : q.name_len;
	if (len < at + 10 || answer[at] != 0 || answer[at + 1] != DNS_SOA)
		return adapter_no(t, ADAPTER_TEMP, "no SOA in the answer");
	size = answer[at + 8] * 256u + answer[at + 9];
	if (size < 22 || len < at + 10 + size)
		return adapter_no(t, ADAPTER_TEMP, "no SOA in the answer");
	at += 10 + size - 4;
	*minimum = (unsigned)answer[at] << 24 | (unsigned)answer[at + 1] << 16
	    | (unsigned)answer[at + 2] << 8 | answer[at + 3];
	return ADAPTER_OK;
}

/* One line for each record: addresses, keys, or (gone) revoked keys. */
static void
lines(struct buf *b, const struct sender *s, const char *verb, bool txt,
    bool gone)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct sender_record *r = &s->records[i];

		if (r->txt != txt)
			continue;
		buf_addf(b, "update %s %s. ", verb, r->name);
		if (strcmp(verb, "add") == 0)
			buf_addf(b, "%lld ", (long long)s->ttl);
		buf_adds(b, "IN ");
		sender_rdata(b, s, r, gone);
		buf_addc(b, '\n');
	}
}

/* What earlier grants left at the key's name; a new key makes it needless. */
static void
stale_lines(struct buf *b, const struct sender *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; s->records[i].txt && k < s->nstale; k++) {
			buf_addf(b, "update delete %s. IN TXT ",
			    s->records[i].name);
			sender_quote(b, s->stale[k]);
			buf_addc(b, '\n');
		}
}

static int
primary(struct adapter_task *t, const char *text, struct dns_server *server)
{
	return sender_server(text, server) ? ADAPTER_OK :
	    adapter_no(t, ADAPTER_CONFIG, "server: an address, with its port "
	    "if that is not 53");
}

static void
script_head(struct buf *b, const struct sender *s,
    const struct dns_server *server)
{
	buf_init(b, SCRIPT_MAX);
	buf_adds(b, "server ");
	ipaddr_format(&server->addr, b);
	/* An underscore is no mistake in these names. */
	buf_addf(b, " %u\nzone %s.\ncheck-names off\n", server->port,
	    s->zone);
}

/*
 * Send it.  adds: it does more than delete, so that it must not come late.
 * nsupdate's TCP sends an update once, and a signed answer (status 0, or what
 * it says of a refusal before anything else) is the last word on it.
 */
static int
send_script(struct adapter_task *t, struct buf *b, bool adds)
{
	static const char refused[] = "update failed: ";
	char path[] = NSUPDATE, tcp[] = "-v", wait[] = "-t", ten[] = "10",
	    key[] = "-k", file[1024], head[160];
	char *argv[] = { path, tcp, wait, ten, key, file, NULL };
	const char *keyfile = adapter_config(t, "keyfile", "");
	struct stat st;
	int status;

	buf_adds(b, "send\n");
	if (b->nomem || b->full)
		return adapter_no(t, ADAPTER_DATA, "too many records");
	if (!adapter_ours(keyfile) || stat(keyfile, &st) != 0 ||
	    (st.st_mode & S_IRWXO) != 0)
		return adapter_no(t, ADAPTER_CONFIG, "keyfile: a file of "
		    "root's that others cannot read, by its absolute path");
	(void)snprintf(file, sizeof(file), "%s", keyfile);
	t->unanswered = adds;
	status = adapter_command(argv, buf_str(b), head, sizeof(head));
	if (status == 0 || (status == 2 && strncmp(head, refused,
	    sizeof(refused) - 1) == 0))
		t->unanswered = false;
	if (status == 0)
		return ADAPTER_OK;
	head[strcspn(head, "\n")] = '\0';
	return adapter_no(t, ADAPTER_TEMP, "nsupdate ended with status %d: "
	    "%s", status, head);
}

static int
do_plan(struct adapter_task *t)
{
	const char *target = adapter_config(t, "server", "127.0.0.1");
	static struct sender s;
	struct dns_server server;
	unsigned minimum = 0;
	int status = sender_read(t, &s);

	if (status == ADAPTER_OK)
		status = primary(t, target, &server);
	if (status == ADAPTER_OK)
		status = soa_minimum(t, &s, &server, &minimum);
	if (status == ADAPTER_OK && minimum > SOA_MINIMUM)
		return adapter_no(t, ADAPTER_DATA, "the SOA minimum of %.100s "
		    "is %u: resolvers would remember for over %d seconds "
		    "that the sender is not there", s.zone, minimum,
		    SOA_MINIMUM);
	if (status == ADAPTER_OK)
		status = sender_servers(t, &s, &server);
	if (status == ADAPTER_OK)
		status = sender_alone(t, &s);
	if (status != ADAPTER_OK)
		return status;
	return sender_plan(t, &s, target);
}

/* The plan, its server, and all servers of its zone. */
static int
begin(struct adapter_task *t, struct sender *s, struct dns_server *server)
{
	int status = sender_undo(t, s);

	if (status == ADAPTER_OK)
		status = primary(t, adapter_undo(t, "target", ""), server);
	if (status == ADAPTER_OK)
		status = sender_servers(t, s, server);
	return status;
}

static int
do_grant(struct adapter_task *t)
{
	static struct sender s;
	struct dns_server server;
	struct buf b;
	int status = begin(t, &s, &server);

	if (status == ADAPTER_OK)
		status = sender_alone(t, &s);
	if (status != ADAPTER_OK)
		return status;
	script_head(&b, &s, &server);
	lines(&b, &s, "delete", true, true);
	stale_lines(&b, &s);
	lines(&b, &s, "add", true, false);
	lines(&b, &s, "add", false, false);
	status = send_script(t, &b, true);
	buf_free(&b);
	if (status == ADAPTER_OK)
		status = sender_seen(t, &s, SENDER_THERE, SENDER_WAIT);
	t->present = status == ADAPTER_OK;
	return status;
}

/* The servers were asked for: the first is the one that takes updates. */
static int
withdraw(struct adapter_task *t, struct sender *s)
{
	struct buf b;
	int status;

	script_head(&b, s, &s->servers[0]);
	lines(&b, s, "delete", false, false);
	lines(&b, s, "delete", true, false);
	lines(&b, s, "add", true, true);
	status = send_script(t, &b, true);
	buf_free(&b);
	return status == ADAPTER_OK ?
	    sender_seen(t, s, SENDER_REVOKED, SENDER_WAIT) : status;
}

static int
wipe(struct adapter_task *t, struct sender *s)
{
	struct buf b;
	int status;

	script_head(&b, s, &s->servers[0]);
	lines(&b, s, "delete", false, false);
	lines(&b, s, "delete", true, false);
	lines(&b, s, "delete", true, true);
	status = send_script(t, &b, false);
	buf_free(&b);
	return status == ADAPTER_OK ?
	    sender_seen(t, s, SENDER_AWAY, SENDER_WAIT) : status;
}

static int
do_revoke(struct adapter_task *t)
{
	static const struct sender_end end = { withdraw, wipe };
	static struct sender s;
	struct dns_server server;
	int status;

	if (!json_is_object(t->undo))
		return ADAPTER_OK;
	status = begin(t, &s, &server);
	if (status != ADAPTER_OK)
		return status;
	/* Nothing there: it need not be published as revoked. */
	if (sender_seen(t, &s, SENDER_AWAY, 0) == ADAPTER_OK)
		return ADAPTER_OK;
	/* Withdrawn, and there again: an update came late. */
	if (s.until != 0 && sender_live(&s))
		return wipe(t, &s);
	return sender_revoke(t, &s, &end);
}

static int
do_status(struct adapter_task *t)
{
	static struct sender s;
	struct dns_server server;
	int status;

	if (!json_is_object(t->undo))
		return ADAPTER_OK;
	status = begin(t, &s, &server);
	if (status == ADAPTER_OK)
		t->present = sender_seen(t, &s, SENDER_THERE, 0) ==
		    ADAPTER_OK;
	t->text[0] = '\0';
	return status;
}

const struct adapter_verbs adapter_verbs = { do_plan, do_grant, do_revoke,
	do_status };

/* SPDX-License-Identifier: ISC */
/* The resolver against dnsd, which stands beside this program. */
#include <sys/wait.h>

#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "dns/net.h"
#include "dns/resolver.h"
#include "tap.h"

static const char zone_text[] =
    "$ORIGIN example.\n"
    "@ 60 SOA ns host 1 1h 1h 1h 30\n"
    "@ TXT \"v=spf1 \" \"-all\"\n"
    "a A 192.0.2.1\n"
    "a AAAA 2001:db8::1\n"
    "c0 CNAME c1\nc1 CNAME c2\nc2 CNAME c3\nc3 CNAME c4\nc4 CNAME c5\n"
    "c5 CNAME c6\nc6 CNAME c7\nc7 CNAME c8\nc8 A 192.0.2.8\n"
    "cc CNAME c0\n"
    "i0 CNAME i1\ni1 CNAME i2\ni2 A 192.0.2.2\n"
    "x0 CNAME gone\n"
    "ad A 192.0.2.3\n*.w TXT wild\nfe A 192.0.2.4\n"
    "spoof A 192.0.2.5\ntc A 192.0.2.6\nover A 192.0.2.7\n"
    "drop A 192.0.2.9\nne A 192.0.2.12\nlate A 192.0.2.10\nbv A 192.0.2.11\n";

static const char *const rules[] = {
	"sf.example * servfail", "rf.example * refused",
	"ni.example * notimp", "fo.example * formerr", "bare.example * bare",
	"bare.example * formerr", "silent.example * silent",
	"wi.example * wrong-id", "wq.example * wrong-question",
	"junk.example * junk", "broken.example * broken",
	"spoof.example * spoof", "loop.example * loop",
	"i0.example * incomplete", "i1.example * incomplete",
	"lame.example * lame", "fe.example * formerr-edns",
	"bv.example * badvers", "ad.example * ad", "tc.example * truncate",
	"ts.example * tcp-silent", "tx.example * tcp-close",
	"td.example * tcp-drip 20", "over.example * oversize",
	"drop.example * drop 1", "ne.example * silent-edns",
	"late.example * delay 120", NULL
};

static char dnsd[4096], zone_path[64], log_path[64];
static struct arena arena;

struct server {
	pid_t pid;
	int life;	/* its standard input: closing it ends it */
	struct dns_server at;
};

/* A dnsd with the zone and, if obeying, the rules. */
static struct server
start(bool obeying, bool six)
{
	const char *argv[80] = { dnsd, "--stdin", "--zone", zone_path,
		"--log", log_path };
	size_t n = 6;
	int in[2], out[2];
	char text[16] = "";
	struct server s = { .at.addr.family = six ? 6 : 4,
		.at.addr.bytes = { six ? 0 : 127, 0, 0, six ? 0 : 1,
		[15] = six } };
	uint64_t port = 0;
	ssize_t got;

	if (six)
		argv[n++] = "--ipv6";
	for (size_t i = 0; obeying && rules[i] != NULL; i++) {
		argv[n++] = "--rule";
		argv[n++] = rules[i];
	}
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		exit(2);
	s.pid = fork();
	if (s.pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)execv(dnsd, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	s.life = in[1];
	got = read(out[0], text, sizeof(text) - 1);
	(void)close(out[0]);
	if (got > 1)
		(void)num_u64((struct span){ text, (size_t)got - 1 }, 65535,
		    &port);
	s.at.port = (uint16_t)port;
	return s;
}

static void
stop(struct server *s)
{
	(void)close(s->life);
	(void)waitpid(s->pid, NULL, 0);
}

static struct dns_answer
ask(struct dns *dns, const char *name, enum dns_type type)
{
	struct dns_answer answer;
	struct fault f = { 0 };

	arena_reset(&arena);
	if (dns_query(dns, span_of(name), type, &arena, &answer, &f) !=
	    FAULT_NONE)
		CHECKF(false, "%.200s", f.text);
	return answer;
}

static struct dns *
open_net(const struct dns_server *servers, size_t count, int64_t timeout_ms)
{
	static struct clock clock;
	struct dns_net_config config = { .servers = servers,
		.server_count = count, .timeout_ms = timeout_ms,
		.clock = &clock };
	struct fault f = { 0 };
	struct dns *dns = NULL;

	clock = clock_system();
	CHECK(dns_net_open(&config, &dns, &f) == FAULT_NONE);
	return dns;
}

static void
test_parse(void)
{
	static const struct {
		const char *text;
		unsigned family, port;	/* family 0: refused */
	} table[] = {
		{ "127.0.0.1", 4, 53 }, { "127.0.0.1:5353", 4, 5353 },
		{ "::1", 6, 53 }, { "[::1]", 6, 53 },
		{ "[::1]:65535", 6, 65535 },
		{ "2001:db8::1:53", 6, 53 }, { "127.0.0.1:0", 0, 0 },
		{ "127.0.0.1:", 0, 0 }, { "127.0.0.1:65536", 0, 0 },
		{ "127.0.0.1:053", 0, 0 }, { "127.0.0.1:+5", 0, 0 },
		{ "[::1]:", 0, 0 }, { "[::1", 0, 0 }, { "[::1]5", 0, 0 },
		{ "[127.0.0.1]", 0, 0 }, { "localhost", 0, 0 }, { "", 0, 0 },
		{ "127.1", 0, 0 }, { "fe80::1%lo", 0, 0 },
		{ "127.0.0.1 ", 0, 0 }
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct dns_server s = { .port = 0 };
		bool ok = dns_server_parse(span_of(table[i].text), &s);

		CHECKF(ok == (table[i].family != 0) &&
		    s.addr.family == table[i].family &&
		    s.port == table[i].port, "server %s", table[i].text);
	}
}

static void
test_outcomes(const struct server *s)
{
	static const struct {
		const char *name;
		enum dns_type type;
		const char *outcome;
		uint32_t ttl;
		unsigned aliases;
	} table[] = {
		{ "example", DNS_TXT, "NOERROR", 60, 0 },
		{ "a.example", DNS_A, "NOERROR", 60, 0 },
		{ "A.EXAMPLE.", DNS_AAAA, "NOERROR", 60, 0 },
		{ "a.example", DNS_TXT, "NODATA", 30, 0 },
		{ "x.w.example", DNS_TXT, "NOERROR", 60, 0 },
		{ "gone.example", DNS_TXT, "NXDOMAIN", 30, 0 },
		{ "elsewhere", DNS_TXT, "NXDOMAIN", 0, 0 },
		{ "x0.example", DNS_A, "NXDOMAIN", 30, 1 },
		{ "c0.example", DNS_A, "NOERROR", 60, 8 },
		{ "cc.example", DNS_A, "LOOP", 0, 0 },
		{ "loop.example", DNS_A, "LOOP", 0, 0 },
		{ "i0.example", DNS_A, "NOERROR", 60, 2 },
		{ "sf.example", DNS_A, "SERVFAIL", 0, 0 },
		{ "rf.example", DNS_A, "REFUSED", 0, 0 },
		{ "ni.example", DNS_A, "RCODE", 0, 0 },
		{ "fo.example", DNS_A, "RCODE", 0, 0 },
		{ "bare.example", DNS_A, "RCODE", 0, 0 },
		{ "lame.example", DNS_A, "RCODE", 0, 0 },
		{ "broken.example", DNS_A, "JUNK", 0, 0 },
		{ "spoof.example", DNS_A, "NOERROR", 60, 0 },
		{ "fe.example", DNS_A, "NOERROR", 60, 0 },
		{ "ne.example", DNS_A, "NOERROR", 60, 0 },
		{ "bv.example", DNS_A, "NOERROR", 60, 0 },
		{ "tc.example", DNS_A, "NOERROR", 60, 0 },
		{ "tx.example", DNS_A, "NETWORK", 0, 0 },
		{ "over.example", DNS_A, "NOERROR", 60, 0 },
		{ "late.example", DNS_A, "NOERROR", 60, 0 },
		{ "\"b c\".(d).example", DNS_A, "NXDOMAIN", 30, 0 }
	};
	struct dns *dns = open_net(&s->at, 1, 2000);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct dns_answer a = ask(dns, table[i].name, table[i].type);

		CHECKF(strcmp(dns_outcome_word(&a), table[i].outcome) == 0 &&
		    a.ttl == table[i].ttl && a.aliases == table[i].aliases,
		    "%s %s: %s ttl %u aliases %u", table[i].name,
		    dns_type_word(table[i].type), dns_outcome_word(&a),
		    (unsigned)a.ttl, a.aliases);
	}
	CHECK(ask(dns, "ad.example", DNS_A).authentic);
	CHECK(!ask(dns, "a.example", DNS_A).authentic);
	dns_net_close(dns);
}

/* Nothing that never comes is waited for longer than the limits say. */
static void
test_limits(const struct server *s)
{
	static const char *const names[] = { "silent.example", "wi.example",
		"wq.example", "junk.example", "ts.example", "td.example" };
	struct dns *dns = open_net(&s->at, 1, 150);
	struct clock clock = clock_system();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int64_t start_ms = clock_mono_ms(&clock), took;
		struct dns_answer a = ask(dns, names[i], DNS_TXT);

		took = clock_mono_ms(&clock) - start_ms;
		CHECKF(a.why == DNS_WHY_TIMEOUT && took >= 149 && took < 2000,
		    "%s: %s", names[i], dns_outcome_word(&a));
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		dns->deadline_ms = clock_mono_ms(&clock) + 30;
		CHECKF(ask(dns, names[i], DNS_TXT).why == DNS_WHY_DEADLINE,
		    "deadline at %s", names[i]);
	}
	dns->deadline_ms = clock_mono_ms(&clock) - 1;
	CHECK(ask(dns, "a.example", DNS_A).why == DNS_WHY_DEADLINE);
	dns->deadline_ms = clock_mono_ms(&clock) + 5000;
	CHECK(ask(dns, "a.example", DNS_A).count == 1);
	dns_net_close(dns);
	/* The second try, after a third of the time, is answered. */
	dns = open_net(&s->at, 1, 600);
	CHECK(ask(dns, "drop.example", DNS_A).count == 1);
	dns_net_close(dns);
}

/* The second server answers for the first, whatever ails that. */
static void
test_servers(const struct server *bad, const struct server *good)
{
	static const char *const names[] = { "sf.example", "rf.example",
		"ni.example", "fo.example", "lame.example", "broken.example",
		"silent.example", "wi.example", "ts.example", "tx.example",
		"junk.example" };
	struct dns_server both[3] = { bad->at, good->at, good->at };
	struct dns *dns = open_net(both, 2, 600);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECKF(ask(dns, names[i], DNS_A).outcome == DNS_NXDOMAIN,
		    "%s by the second server", names[i]);
	dns_net_close(dns);
	both[0] = (struct dns_server){ .addr = { .family = 4,
		.bytes = { 127, 0, 0, 1 } }, .port = 1 };
	dns = open_net(both, 3, 600);
	CHECK(ask(dns, "a.example", DNS_A).count == 1);
	dns_net_close(dns);
	dns = open_net(both, 1, 600);
	CHECK(ask(dns, "a.example", DNS_A).why == DNS_WHY_NETWORK);
	dns_net_close(dns);
}

/* Zones before the network, one question for two equal ones, no socket where
 * none is needed. */
static void
test_open(const struct server *s)
{
	static const char *const zones[] = { zone_path };
	static const char *const none[] = { "/nonexistent" };
	struct dns_config config = { .servers = &s->at, .server_count = 1,
		.clock = clock_system() };
	struct fault f = { 0 };
	struct dns *dns = NULL;

	CHECK(dns_open(&config, &dns, &f) == FAULT_NONE);
	CHECK(!ask(dns, "a.example", DNS_A).cached);
	CHECK(ask(dns, "a.example", DNS_A).cached);
	CHECK(!ask(dns, "sf.example", DNS_A).cached);
	CHECK(!ask(dns, "sf.example", DNS_A).cached);
	CHECK(dns->queries == 4);
	dns_close(dns);
	config.offline = true;
	CHECK(dns_open(&config, &dns, &f) == FAULT_NONE);
	CHECK(ask(dns, "a.example", DNS_A).why == DNS_WHY_OFFLINE);
	dns_close(dns);
	config.zones = zones;
	config.zone_count = 1;
	CHECK(dns_open(&config, &dns, &f) == FAULT_NONE);
	CHECK(ask(dns, "sf.example", DNS_A).outcome == DNS_NXDOMAIN);
	CHECK(ask(dns, "elsewhere", DNS_A).outcome == DNS_NXDOMAIN);
	dns_close(dns);
	config.zones = none;
	CHECK(dns_open(&config, &dns, &f) == FAULT_NOINPUT);
}

static void
set_up(char *program)
{
	FILE *zone;

	(void)snprintf(dnsd, sizeof(dnsd), "%s/../../tests/dnsd",
	    dirname(program));
	(void)snprintf(zone_path, sizeof(zone_path), "/tmp/dns_net.%d.zone",
	    (int)getpid());
	(void)snprintf(log_path, sizeof(log_path), "/tmp/dns_net.%d.log",
	    (int)getpid());
	zone = fopen(zone_path, "w");
	if (zone == NULL || fputs(zone_text, zone) < 0 || fclose(zone) != 0)
		exit(2);
	arena_init(&arena, (size_t)1 << 20);
}

int
main(int argc, char **argv)
{
	struct server bad, good, six;

	(void)argc;
	set_up(argv[0]);
	bad = start(true, false);
	good = start(false, false);
	test_parse();
	test_outcomes(&bad);
	test_limits(&bad);
	test_servers(&bad, &good);
	test_open(&bad);
	six = start(false, true);
	if (six.at.port != 0) {
		struct dns *dns = open_net(&six.at, 1, 600);

		CHECK(ask(dns, "a.example", DNS_AAAA).count == 1);
		dns_net_close(dns);
	}
	stop(&bad);
	stop(&good);
	stop(&six);
	arena_free(&arena);
	(void)unlink(zone_path);
	(void)unlink(log_path);
	return tap_done();
}

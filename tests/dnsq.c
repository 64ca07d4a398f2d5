/* SPDX-License-Identifier: ISC */
/*
 * dnsq: ask the library's resolver, for the tests.
 *
 *	dnsq [--nameserver=IP[:PORT]]... [--zone=FILE]... [--offline]
 *	    [--timeout=MS] [--limit=MS] NAME TYPE [NAME TYPE]...
 *
 * Prints for each question one line "NAME TYPE OUTCOME canonical=... ttl=...
 * aliases=N [authentic] [cached]" and one line for each record.  --limit is
 * the deadline for all questions together.  Exit 0, or a fault's status.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "dns/resolver.h"

#define ZONES_MAX 16

static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA,
	DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA };

static enum dns_type
type_of(const char *word)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(word, dns_type_word(types[i])) == 0)
			return types[i];
	(void)fprintf(stderr, "dnsq: unknown type\n");
	exit(FAULT_USAGE);
}

static void
print_record(const struct dns_record *r, enum dns_type type, struct buf *b)
{
	buf_adds(b, "  ");
	if (type == DNS_MX)
		buf_addf(b, "%u ", r->preference);
	if (type == DNS_A || type == DNS_AAAA)
		ipaddr_format(&r->addr, b);
	else
		buf_addprint(b, r->text);
	if (type == DNS_TXT)
		buf_addf(b, " (%zu)", r->strings);
	buf_addc(b, '\n');
}

/* False without memory. */
static bool
print_answer(const char *name, enum dns_type type, const struct dns_answer *an)
{
	struct fault f = { 0 };
	struct buf b;

	buf_init(&b, (size_t)16 * 1024 * 1024);
	buf_addprint(&b, span_of(name));
	buf_addf(&b, " %s %s canonical=", dns_type_word(type),
	    dns_outcome_word(an));
	buf_addprint(&b, an->canonical);
	buf_addf(&b, " ttl=%u aliases=%u%s%s\n", (unsigned)an->ttl,
	    an->aliases, an->authentic ? " authentic" : "",
	    an->cached ? " cached" : "");
	for (size_t i = 0; i < an->count; i++)
		print_record(&an->records[i], type, &b);
	if (buf_check(&b, &f) == FAULT_NONE)
		(void)fputs(buf_str(&b), stdout);
	buf_free(&b);
	return f.kind == FAULT_NONE;
}

static int
ask(struct dns *dns, char **questions, int count)
{
	struct fault f = { 0 };

	for (int i = 0; i + 1 < count; i += 2) {
		enum dns_type type = type_of(questions[i + 1]);
		struct dns_answer answer;
		struct arena a;

		arena_init(&a, (size_t)64 * 1024 * 1024);
		if (dns_query(dns, span_of(questions[i]), type, &a, &answer,
		    &f) == FAULT_NONE &&
		    !print_answer(questions[i], type, &answer))
			(void)fault_nomem(&f);
		arena_free(&a);
		if (f.kind != FAULT_NONE) {
			(void)fprintf(stderr, "dnsq: %s\n", f.text);
			return (int)f.kind;
		}
	}
	return fflush(stdout) == 0 ? 0 : FAULT_IO;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "nameserver", 1, NULL, 'n' }, { "zone", 1, NULL, 'z' },
		{ "offline", 0, NULL, 'o' }, { "timeout", 1, NULL, 't' },
		{ "limit", 1, NULL, 'l' }, { NULL, 0, NULL, 0 }
	};
	struct dns_server servers[DNS_NET_SERVERS];
	const char *zones[ZONES_MAX];
	struct dns_config config = { .servers = servers, .zones = zones,
		.clock = clock_system() };
	uint64_t timeout = 0, limit = 0;
	struct fault f = { 0 };
	struct dns *dns;
	int c, rc;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?' || (c == 'n' &&
		    (config.server_count == DNS_NET_SERVERS ||
		    !dns_server_parse(span_of(optarg),
		    &servers[config.server_count++]))) ||
		    (c == 'z' && config.zone_count == ZONES_MAX) ||
		    (c == 't' && !num_u64(span_of(optarg), INT32_MAX,
		    &timeout)) ||
		    (c == 'l' && !num_u64(span_of(optarg), INT32_MAX,
		    &limit))) {
			(void)fprintf(stderr, "dnsq: see dnsq.c\n");
			return FAULT_USAGE;
		}
		if (c == 'z')
			zones[config.zone_count++] = optarg;
		if (c == 'o')
			config.offline = true;
	}
	config.timeout_ms = (int64_t)timeout;
	if (dns_open(&config, &dns, &f) != FAULT_NONE) {
		(void)fprintf(stderr, "dnsq: %s\n", f.text);
		return (int)f.kind;
	}
	if (limit > 0)
		dns->deadline_ms = clock_mono_ms(&config.clock) +
		    (int64_t)limit;
	rc = ask(dns, argv + optind, argc - optind);
	dns_close(dns);
	return rc;
}

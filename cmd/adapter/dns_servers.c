/* SPDX-License-Identifier: ISC */
/* Which servers a sender's records must be on: named, or the zone's own. */
#include <stdio.h>
#include <string.h>

#include "adapter/dns.h"
#include "base/arena.h"
#include "base/num.h"
#include "dns/domain.h"

#define QUERY_MS 2000

bool
sender_ask(const struct dns_server *server, const char *name,
    enum dns_type type, struct arena *a, struct dns_answer *answer)
{
	struct clock clock = clock_system();
	const struct dns_net_config config = { .servers = server,
	    .server_count = 1, .timeout_ms = QUERY_MS, .clock = &clock };
	struct fault f = { 0 };
	struct dns *dns;
	bool ok;

	if (dns_net_open(&config, &dns, &f) != FAULT_NONE)
		return false;
	ok = dns_query(dns, span_of(name), type, a, answer, &f) ==
	    FAULT_NONE && answer->outcome != DNS_TEMPERROR;
	dns_net_close(dns);
	return ok;
}

bool
sender_server(const char *text, struct dns_server *out)
{
	char copy[80];
	struct ipaddr bare;
	char *mark;

	if (ipaddr_parse(span_of(text), &bare)) {
		*out = (struct dns_server){ .addr = bare, .port = 53 };
		return true;
	}
	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy))
		return false;
	mark = strpbrk(copy, "@#");
	if (mark != NULL) {
		uint64_t port;

		*mark = '\0';
		out->port = num_canonical(span_of(mark + 1), UINT16_MAX,
		    &port) ? (uint16_t)port : 0;
		return out->port != 0 && ipaddr_parse(span_of(copy),
		    &out->addr);
	}
	return dns_server_parse(span_of(text), out);
}

static bool
add_server(struct sender *s, const struct dns_server *server)
{
	if (s->nservers == SENDER_SERVERS)
		return false;
	s->servers[s->nservers++] = *server;
	return true;
}

/* The addresses of one name server; those of the primary have its port. */
static bool
add_named(struct sender *s, const struct dns_server *primary,
    const char *name, struct arena *a)
{
	const enum dns_type types[] = { DNS_A, DNS_AAAA };
	size_t before = s->nservers;

	for (size_t k = 0; k < 2; k++) {
		struct dns_answer answer = { 0 };
		struct clock clock = clock_system();
		const struct dns_net_config config = { .clock = &clock,
		    .timeout_ms = QUERY_MS };
		struct fault f = { 0 };
		struct dns *dns = NULL;

		if ((!sender_ask(primary, name, types[k], a, &answer) ||
		    answer.outcome != DNS_ANSWER) &&
		    !domain_within(span_of(name), span_of(s->zone)) &&
		    dns_net_open(&config, &dns, &f) == FAULT_NONE)
			(void)dns_query(dns, span_of(name), types[k], a,
			    &answer, &f);
		for (size_t i = 0; answer.outcome == DNS_ANSWER &&
		    i < answer.count; i++) {
			struct dns_server one = { .port = 53,
			    .addr = answer.records[i].addr };

			if (ipaddr_eq(&one.addr, &primary->addr))
				one.port = primary->port;
			if (!add_server(s, &one))
				return false;
		}
		dns_net_close(dns);
	}
	return s->nservers > before;
}

static int
named_servers(struct adapter_task *t, struct sender *s,
    const struct dns_server *primary, struct arena *a)
{
	struct dns_answer answer = { 0 };

	if (!sender_ask(primary, s->zone, DNS_NS, a, &answer) ||
	    answer.outcome != DNS_ANSWER)
		return adapter_no(t, ADAPTER_TEMP,
		    "the server does not know of %.100s", s->zone);
	for (size_t i = 0; i < answer.count; i++) {
		char name[SENDER_NAME];

		if ((size_t)snprintf(name, sizeof(name), "%.*s",
		    SPAN_ARG(answer.records[i].text)) >= sizeof(name) ||
		    !add_named(s, primary, name, a))
			return adapter_no(t, ADAPTER_TEMP,
			    "no address of the name server %.100s", name);
	}
	return ADAPTER_OK;
}

int
sender_servers(struct adapter_task *t, struct sender *s,
    const struct dns_server *primary)
{
	struct span rest = span_of(adapter_config(t, "servers", "")), one;
	struct arena a;
	int status;

	if (primary != NULL)
		(void)add_server(s, primary);
	while (rest.len > 0) {
		struct dns_server server;
		char text[80];

		(void)span_cut(rest, ',', &one, &rest);
		one = span_trim_wsp(one);
		(void)snprintf(text, sizeof(text), "%.*s",
		    (int)(one.len < 79 ? one.len : 79), one.p);
		if (!sender_server(text, &server) || !add_server(s, &server))
			return adapter_no(t, ADAPTER_CONFIG,
			    "servers: addresses, with ports if not 53");
	}
	if (primary == NULL || adapter_config(t, "servers", "")[0] != '\0')
		return ADAPTER_OK;
	arena_init(&a, SENDER_ARENA);
	status = named_servers(t, s, primary, &a);
	arena_free(&a);
	return status;
}

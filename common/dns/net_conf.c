/* SPDX-License-Identifier: ISC */
#include "base/num.h"
#include "dns/net_conf.h"

static bool
not_wsp(char c)
{
	return !ascii_is_wsp(c) && c != '\r';
}

/* The next word of a line; empty at its end. */
static struct span
next_word(struct cursor *c)
{
	(void)cursor_while(c, ascii_is_wsp);
	return cursor_while(c, not_wsp);
}

static void
read_server(struct span word, struct dns_conf *out)
{
	struct span host, scope;
	struct ipaddr ip;

	if (out->count == DNS_CONF_SERVERS)
		return;
	(void)span_cut(word, '%', &host, &scope);
	if (!ipaddr_parse4(host, &ip) && !ipaddr_parse6(host, &ip))
		return;
	out->servers[out->count] = ip;
	out->scopes[out->count++] = scope;
}

/* "name:N", from 1 to max. */
static void
read_number(struct span word, struct span name, unsigned max, unsigned *out)
{
	uint64_t n = max;

	if (!span_starts(word, name))
		return;
	word = span_sub(word, name.len, word.len);
	if (word.len == 0 || !ascii_is_digit(word.p[0]))
		return;
	/* What is too long for a number is over any bound. */
	(void)num_u64(word, max, &n);
	*out = n == 0 ? 1 : (unsigned)n;
}

static void
read_option(struct span word, struct dns_conf *out)
{
	read_number(word, SPAN("timeout:"), DNS_CONF_TIMEOUT_MAX,
	    &out->timeout);
	read_number(word, SPAN("attempts:"), DNS_CONF_ATTEMPTS_MAX,
	    &out->attempts);
	if (span_eq(word, SPAN("rotate")))
		out->rotate = true;
	if (span_eq(word, SPAN("use-vc")))
		out->use_vc = true;
}

void
dns_conf_read(struct span text, struct dns_conf *out)
{
	struct span line, word;

	*out = (struct dns_conf){ .timeout = 5, .attempts = 2 };
	while (text.len > 0) {
		struct cursor c;

		(void)span_cut(text, '\n', &line, &text);
		c = cursor_of(line);
		word = next_word(&c);
		if (span_eq(word, SPAN("nameserver"))) {
			read_server(next_word(&c), out);
		} else if (span_eq(word, SPAN("options"))) {
			while ((word = next_word(&c)).len > 0)
				read_option(word, out);
		}
	}
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "spf/nets.h"
#include "tap.h"

static void
add(struct spf_nets *s, const char *text, unsigned prefix)
{
	struct ipaddr a;

	if (!ipaddr_parse(span_of(text), &a) || !spf_nets_add(s, &a, prefix))
		printf("# %s was not added\n", text);
}

/* "NET NET ..." as it stands in the set. */
static bool
holds(const struct spf_nets *s, const char *want)
{
	struct buf b;
	bool same;

	buf_init(&b, 4096);
	for (size_t i = 0; i < s->count; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		spf_net_format(&s->nets[i], &b);
	}
	same = strcmp(buf_str(&b), want) == 0;
	if (!same)
		printf("# %s\n", buf_str(&b));
	buf_free(&b);
	return same;
}

static bool
total(const struct spf_nets *s, unsigned family, const char *want)
{
	struct buf b;
	bool same;

	buf_init(&b, 64);
	spf_nets_total(s, family, &b);
	same = strcmp(buf_str(&b), want) == 0;
	if (!same)
		printf("# %s\n", buf_str(&b));
	buf_free(&b);
	return same;
}

static void
test_flatten(void)
{
	struct spf_nets s;

	spf_nets_init(&s);
	spf_nets_flatten(&s);
	CHECK(holds(&s, "") && total(&s, 4, "0") &&
	    spf_nets_largest(&s, 4) == NULL);
	add(&s, "2001:db8::1", 128);
	add(&s, "192.0.2.77", 24);
	add(&s, "10.1.2.3", 32);
	add(&s, "192.0.2.1", 32);
	add(&s, "10.0.0.0", 8);
	add(&s, "192.0.2.0", 24);
	add(&s, "192.0.3.0", 24);
	spf_nets_flatten(&s);
	CHECK(holds(&s, "10.0.0.0/8 192.0.2.0/24 192.0.3.0/24 "
	    "2001:db8::1/128"));
	CHECK(total(&s, 4, "16777728"));
	CHECK(total(&s, 6, "1"));
	CHECK(spf_nets_largest(&s, 4)->prefix == 8);
	add(&s, "0.0.0.0", 0);
	add(&s, "::", 0);
	spf_nets_flatten(&s);
	CHECK(holds(&s, "0.0.0.0/0 ::/0"));
	CHECK(total(&s, 4, "4294967296"));
	CHECK(total(&s, 6, "340282366920938463463374607431768211456"));
	spf_nets_free(&s);
}

static void
test_host_bits(void)
{
	struct ipaddr a;

	CHECK(ipaddr_parse(SPAN("192.0.2.1"), &a));
	CHECK(spf_net_has_host_bits(&a, 24));
	CHECK(!spf_net_has_host_bits(&a, 32));
	CHECK(ipaddr_parse(SPAN("2001:db8::"), &a));
	CHECK(!spf_net_has_host_bits(&a, 32));
	CHECK(spf_net_has_host_bits(&a, 20));
}

int
main(void)
{
	test_flatten();
	test_host_bits();
	return tap_done();
}

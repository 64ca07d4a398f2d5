/* SPDX-License-Identifier: ISC */
/* Are two domains of a report strangers?  Only where that is certain. */
#include <stdio.h>

#include "fakedns.h"
#include "report/orgs.h"
#include "tap.h"

static const struct fake_rr zone[] = {
	{ "_dmarc.example.com", "v=DMARC1; p=reject" },
	{ "_dmarc.own.example.com", "v=DMARC1; p=none; psd=n" },
	{ "_dmarc.a.co.test", "v=DMARC1; p=none" },
	{ "_dmarc.down.example.com", FAKE_SERVFAIL },
	{ NULL, NULL }
};

static bool
strangers(struct report_orgs *o, const char *from, const char *other)
{
	return report_orgs_strangers(o, span_of(from), span_of(other));
}

static void
test_walk(struct fake *fake, const struct clock *clock)
{
	struct report_orgs o;
	size_t asked;

	report_orgs_init(&o, &fake->dns, clock, 60000);
	CHECK(!strangers(&o, "example.com", "EXAMPLE.com."));
	CHECK(strangers(&o, "example.com", "example.net"));
	CHECK(fake->log.len == 0);
	CHECK(!strangers(&o, "example.com", "Mail.Example.com"));
	CHECK(strangers(&o, "example.com", "own.example.com"));
	CHECK(strangers(&o, "a.co.test", "b.co.test"));
	/* No record of the author: another DNS than the reporter's. */
	CHECK(!strangers(&o, "b.co.test", "a.co.test"));
	asked = fake->log.len;
	CHECK(strangers(&o, "a.co.test", "b.co.test") &&
	    fake->log.len == asked);
	CHECK(!strangers(&o, "example.com", "a b.example.com") &&
	    fake->log.len == asked);
	/* After a question without an answer nobody is asked. */
	CHECK(!strangers(&o, "example.com", "down.example.com"));
	asked = fake->log.len;
	CHECK(!strangers(&o, "example.com", "x.example.com") &&
	    fake->log.len == asked);
	CHECK(strangers(&o, "example.com", "own.example.com"));
	report_orgs_free(&o);
}

static void
test_bounds(struct fake *fake, const struct clock *clock)
{
	struct report_orgs o;
	char name[64];
	size_t asked;

	report_orgs_init(&o, &fake->dns, clock, 60000);
	for (int i = 0; i < 2 * REPORT_ORGS; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example.com", i);
		(void)strangers(&o, "example.com", name);
	}
	asked = fake->log.len;
	CHECK(o.n == REPORT_ORGS);
	CHECK(!strangers(&o, "example.com", "own.example.com") &&
	    fake->log.len == asked);
	CHECK(fake->dns.deadline_ms <= clock_mono_ms(clock) +
	    REPORT_ORGS_MS);
	report_orgs_free(&o);
	/* Memory that is used up is no fault: it is not certain. */
	report_orgs_init(&o, &fake->dns, clock, 60000);
	while (arena_alloc(&o.arena, 4096) != NULL)
		;
	while (arena_alloc(&o.arena, 1) != NULL)
		;
	CHECK(!strangers(&o, "example.com", "own.example.com"));
	report_orgs_free(&o);
	/* Nobody to ask. */
	report_orgs_init(&o, NULL, clock, 60000);
	CHECK(!strangers(&o, "example.com", "own.example.com"));
	CHECK(strangers(&o, "example.com", "example.net"));
	report_orgs_free(&o);
}

int
main(void)
{
	struct clock clock = clock_system();
	struct fake fake;

	fake_open(&fake, zone);
	test_walk(&fake, &clock);
	fake_close(&fake);
	fake_open(&fake, zone);
	test_bounds(&fake, &clock);
	fake_close(&fake);
	return tap_done();
}

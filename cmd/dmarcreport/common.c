/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/clock.h"
#include "cli/home.h"
#include "cli/value.h"
#include "dmarcreport/dmarcreport.h"

#define HOME_MAX ((size_t)4096)

enum fault_kind
dmarcreport_number(const char *name, const char *value, uint64_t min,
    uint64_t max, uint64_t *out, struct fault *f)
{
	return cli_number(name, value, min, max, out, f);
}

enum fault_kind
dmarcreport_option(struct dmarcreport_common *c, const char *name,
    const char *value, bool *taken, struct fault *f)
{
	*taken = true;
	if (strcmp(name, "home") == 0) {
		c->home = value;
	} else if (strcmp(name, "store") == 0) {
		c->store = value;
	} else if (strcmp(name, "quiet") == 0) {
		c->quiet = true;
	} else if (strcmp(name, "verbose") == 0) {
		c->verbose = true;
	} else if (strcmp(name, "now") == 0) {
		return cli_time(name, value, &c->now, f);
	} else {
		return cli_dns_option(&c->asked, name, value, taken, f);
	}
	return FAULT_NONE;
}

int64_t
dmarcreport_now(const struct dmarcreport_common *c)
{
	struct clock clock = clock_system();

	return c->now >= 0 ? c->now : clock_wall(&clock);
}

static void
zone_warn(void *state, const char *text)
{
	(void)state;
	front_say("dmarcreport", "%s", text);
}

enum fault_kind
dmarcreport_dns(const struct dmarcreport_common *c, struct dns **dns,
    struct fault *f)
{
	struct cli_dns_options asked = c->asked;

	if (!c->quiet)
		asked.warn = zone_warn;
	return cli_dns_open(&asked, clock_system(), dns, f);
}

enum fault_kind
dmarcreport_home(struct dmarcreport_common *c, const char **home,
    struct fault *f)
{
	/* Once: the text that an earlier call handed out stays. */
	if (c->home_path.len == 0) {
		buf_init(&c->home_path, HOME_MAX);
		if (c->home != NULL)
			buf_adds(&c->home_path, c->home);
		else
			cli_home("report", &c->home_path);
	}
	*home = buf_str(&c->home_path);
	if (c->home != NULL && c->home[0] == '\0')
		return fault_set(f, FAULT_USAGE, "--home: empty");
	return buf_check(&c->home_path, f);
}

enum fault_kind
dmarcreport_store(struct dmarcreport_common *c, bool create,
    struct report_store **store, struct fault *f)
{
	const char *home;

	if (dmarcreport_home(c, &home, f) != FAULT_NONE)
		return f->kind;
	return report_store_open(home, c->store, create, store, f);
}

void
dmarcreport_free(struct dmarcreport_common *c)
{
	buf_free(&c->home_path);
}

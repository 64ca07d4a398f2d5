/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/num.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dkim/key_publish.h"
#include "dkimkey/dkimkey.h"
#include "dkimkey/verb_rotate_cli.h"
#include "dkimkey/verb_rotate_options.h"
#include "dns/idna.h"

#define NAME "dkimkey rotate"

struct rotate {
	struct dkimkey_common common;
	struct key_rotation plan;
	const char *type, *bits;
	bool wait;
	int64_t seconds;	/* as long as that */
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct rotate *r = state;
	bool taken;

	if (dkimkey_common_option(&r->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "next") == 0)
		r->plan.next = span_of(value);
	else if (strcmp(name, "type") == 0)
		r->type = value;
	else if (strcmp(name, "bits") == 0)
		r->bits = value;
	else if (strcmp(name, "wait") == 0) {
		r->wait = true;
		if (value != NULL && (!num_duration(span_of(value),
		    &r->seconds) || r->seconds > INT32_MAX))
			return fault_set(f, FAULT_USAGE, "--wait=%s: not a "
			    "duration such as 90s, 10m, 2h, 3d", value);
	} else if (strcmp(name, "grace") != 0)
		return cli_untaken(name, f);
	else if (!num_duration(span_of(value), &r->plan.grace) ||
	    r->plan.grace > INT32_MAX)
		return fault_set(f, FAULT_USAGE,
		    "--grace=%s: not a duration such as 90s, 10m, 2h, 3d",
		    value);
	return FAULT_NONE;
}

static const char *const repeatable[] = { "zone", "nameserver", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dkimkey_rotate_options,
	.shorts = dkimkey_rotate_shorts,
	.text = FRONT_TEXT(dkimkey_rotate),
	.repeatable = repeatable,
	.option = take_option,
};

static enum fault_kind
make_plan(struct dkimkey_run *run, struct fault *f)
{
	struct rotate *r = run->state;
	struct key_rotation *p = &r->plan;
	struct dns *dns = NULL;

	if (dkimkey_names(&r->common, run->arena, f) != FAULT_NONE ||
	    dkimkey_type(r->type, r->bits, &p->type, &p->bits, f) !=
	    FAULT_NONE)
		return f->kind;
	if (p->next.p != NULL && idna_name(p->next, run->arena, &p->next,
	    "selector", f) != FAULT_NONE)
		return f->kind;
	if (r->wait && p->next.p == NULL)
		return fault_set(f, FAULT_USAGE,
		    "--wait goes with --next: the key that was published");
	if (r->wait && (r->common.asked.nzones > 0 || r->common.asked.offline))
		return fault_set(f, FAULT_USAGE,
		    "--wait asks servers: not with --zone or --offline");
	if (r->wait)
		return dkimkey_wait(&r->common, p->next, r->seconds, run, f);
	p->keep = r->type == NULL && r->bits == NULL;
	p->domain = r->common.domain;
	p->selector = r->common.selector;
	p->now = r->common.now;
	if (dkimkey_dns(&r->common, &dns, f) != FAULT_NONE)
		return f->kind;
	(void)key_rotate(p, dns, run->arena, f);
	dns_close(dns);
	if (f->kind == FAULT_NONE && r->common.json)
		return dkimkey_json(key_rotation_json(p), run->out, f);
	if (f->kind == FAULT_NONE)
		key_rotation_text(p, run->out);
	return f->kind;
}

int
dkimkey_rotate(int argc, char **argv)
{
	struct rotate r = { .plan = { .grace = 7 * 86400 }, .seconds = 600 };
	const struct dkimkey_verb verb = { .tool = &tool, .state = &r,
	    .common = &r.common, .work = make_plan };

	return dkimkey_verb(&verb, argc, argv);
}

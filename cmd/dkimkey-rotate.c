/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli_plain.h"
#include "dkim_keys.h"
#include "dkim_sign.h"
#include "dkimkey-rotate_cli.h"
#include "dkimkey-rotate_options.h"
#include "dkimkey.h"
#include "num.h"

#define NAME "dkimkey rotate"

struct rotate {
	struct dkimkey_common common;
	struct key_rotation plan;
	const char *type, *bits;
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
	.help = (const char *const *)dkimkey_rotate_args_help,
	.usage = &dkimkey_rotate_args_usage,
	.purpose = &dkimkey_rotate_args_purpose,
	.repeatable = repeatable,
	.option = take_option,
};

static enum fault_kind
make_plan(struct rotate *r, struct arena *a, struct fault *f)
{
	struct key_rotation *p = &r->plan;
	struct dns *dns = NULL;

	if (dkimkey_names(&r->common, a, f) != FAULT_NONE ||
	    dkimkey_type(r->type, r->bits, &p->type, &p->bits, f) !=
	    FAULT_NONE)
		return f->kind;
	if (p->next.p != NULL && dkim_sign_name(p->next, a, &p->next,
	    "selector", f) != FAULT_NONE)
		return f->kind;
	p->domain = r->common.domain;
	p->selector = r->common.selector;
	p->now = r->common.now;
	if (dkimkey_dns(&r->common, &dns, f) != FAULT_NONE)
		return f->kind;
	(void)key_rotate(p, dns, a, f);
	dns_close(dns);
	return f->kind;
}

int
dkimkey_rotate(int argc, char **argv)
{
	struct fault f = { .kind = FAULT_NONE };
	struct rotate r = { .plan = { .grace = 7 * 86400 } };
	struct arena a;
	struct buf out;
	bool done;
	int first;

	dkimkey_common_init(&r.common, NAME);
	if (plain_parse(&tool, &r, argc, argv, &first, &done, &f) !=
	    FAULT_NONE)
		return plain_fail(NAME, &f);
	if (done)
		return 0;
	arena_init(&a, (size_t)4 << 20);
	buf_init(&out, 65536);
	if (argc != first)
		(void)fault_set(&f, FAULT_USAGE, "no operands, please");
	else if (make_plan(&r, &a, &f) == FAULT_NONE) {
		if (r.common.json)
			(void)dkimkey_json(key_rotation_json(&r.plan), &out,
			    &f);
		else
			key_rotation_text(&r.plan, &out);
		if (f.kind == FAULT_NONE && buf_check(&out, &f) == FAULT_NONE)
			(void)dkimkey_print(buf_span(&out), &f);
	}
	buf_free(&out);
	arena_free(&a);
	return dkimkey_end(&r.common, &f, 0);
}

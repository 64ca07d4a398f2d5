/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cli_plain.h"
#include "dkim_keys.h"
#include "dkim_keys_mail.h"
#include "dkimkey-check_cli.h"
#include "dkimkey-check_options.h"
#include "dkimkey.h"
#include "input.h"

#define NAME "dkimkey check"

struct check {
	struct dkimkey_common common;
	const char *key;
	bool insecure;
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct check *c = state;
	bool taken;

	if (dkimkey_common_option(&c->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "key") == 0)
		c->key = value;
	else
		c->insecure = true;
	return FAULT_NONE;
}

static const char *const repeatable[] = { "zone", "nameserver", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dkimkey_check_options,
	.shorts = dkimkey_check_shorts,
	.help = (const char *const *)dkimkey_check_args_help,
	.usage = &dkimkey_check_args_usage,
	.purpose = &dkimkey_check_args_purpose,
	.repeatable = repeatable,
	.option = take_option,
};

/* The record, alone or against the private key. */
static enum fault_kind
check_record(struct check *c, struct dns *dns, struct arena *a,
    struct key_check *check, struct fault *f)
{
	struct key_private *key = NULL;

	if (c->key != NULL && key_private_read(c->key, c->insecure, &key,
	    f) != FAULT_NONE)
		return f->kind;
	(void)key_check(dns, c->common.domain, c->common.selector, key, a,
	    check, f);
	key_private_free(key);
	return f->kind;
}

/* The mail's signatures; with --domain and --selector only those. */
static enum fault_kind
check_mail(struct check *c, const char *path, struct dns *dns,
    struct arena *a, struct dkim_report *report, struct fault *f)
{
	const struct input_item item = { .name = span_of(path),
	    .path = strcmp(path, "-") == 0 ? NULL : path,
	    .length = INPUT_TO_END };
	struct input_message in;

	if (input_message_open(&in, &item, NULL, f) != FAULT_NONE)
		return f->kind;
	(void)key_mail_read(&in.source, dns, c->common.now, a, report, f);
	input_message_close(&in);
	return f->kind;
}

static enum fault_kind
run(struct check *c, const char *mail, struct arena *a, int *status,
    struct fault *f)
{
	struct key_mail_answer answer = { .domain = c->common.domain,
	    .selector = c->common.selector };
	struct key_check check;
	struct dkim_report report;
	struct dns *dns = NULL;
	struct buf out;

	if (dkimkey_dns(&c->common, &dns, f) != FAULT_NONE)
		return f->kind;
	buf_init(&out, (size_t)4 << 20);
	if (c->common.domain.p != NULL &&
	    check_record(c, dns, a, &check, f) == FAULT_NONE)
		answer.check = &check;
	if (f->kind == FAULT_NONE && mail != NULL &&
	    check_mail(c, mail, dns, a, &report, f) == FAULT_NONE)
		answer.report = &report;
	if (f->kind == FAULT_NONE) {
		*status = key_mail_exit(&answer);
		if (c->common.json)
			(void)dkimkey_json(key_mail_json(&answer), &out, f);
		else if (!c->common.quiet)
			key_mail_text(&answer, &out);
	}
	if (f->kind == FAULT_NONE && buf_check(&out, f) == FAULT_NONE)
		(void)dkimkey_print(buf_span(&out), f);
	buf_free(&out);
	dns_close(dns);
	return f->kind;
}

int
dkimkey_check(int argc, char **argv)
{
	struct fault f = { .kind = FAULT_NONE };
	struct check c = { .key = NULL };
	int first, status = 0;
	struct arena a;
	bool done;

	dkimkey_common_init(&c.common, NAME);
	if (plain_parse(&tool, &c, argc, argv, &first, &done, &f) !=
	    FAULT_NONE)
		return plain_fail(NAME, &f);
	if (done)
		return 0;
	arena_init(&a, 2 * BOUND_MESSAGE_ARENA);
	if (argc - first > 1)
		(void)fault_set(&f, FAULT_USAGE, "one mail at a time");
	else if ((c.common.domain.p != NULL || c.common.selector.p != NULL ||
	    c.key != NULL || argc == first) &&
	    dkimkey_names(&c.common, &a, &f) != FAULT_NONE)
		status = (int)f.kind;
	else
		(void)run(&c, first < argc ? argv[first] : NULL, &a, &status,
		    &f);
	arena_free(&a);
	return dkimkey_end(&c.common, &f, status);
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli/plain.h"
#include "cli/value.h"
#include "dkim/key_mail.h"
#include "dkim/key_publish.h"
#include "dkimkey/dkimkey.h"
#include "dkimkey/verb_check_cli.h"
#include "dkimkey/verb_check_options.h"
#include "mail/input.h"

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
	else if (strcmp(name, "insecure-key") == 0)
		c->insecure = true;
	else
		return cli_untaken(name, f);
	return FAULT_NONE;
}

static const char *const repeatable[] = { "zone", "nameserver", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dkimkey_check_options,
	.shorts = dkimkey_check_shorts,
	.text = FRONT_TEXT(dkimkey_check),
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

/* What there is to check, once the names are good. */
static enum fault_kind
check_all(struct check *c, struct dkimkey_run *run, struct dns *dns,
    struct fault *f)
{
	struct key_mail_answer answer = { .domain = c->common.domain,
	    .selector = c->common.selector };
	struct key_check check;
	struct dkim_report report;

	if (c->common.domain.p != NULL) {
		if (check_record(c, dns, run->arena, &check, f) !=
		    FAULT_NONE)
			return f->kind;
		answer.check = &check;
	}
	if (run->operand != NULL) {
		if (check_mail(c, run->operand, dns, run->arena, &report,
		    f) != FAULT_NONE)
			return f->kind;
		answer.report = &report;
	}
	run->status = key_mail_exit(&answer);
	if (c->common.json)
		return dkimkey_json(key_mail_json(&answer), run->out, f);
	if (!c->common.quiet)
		key_mail_text(&answer, run->out);
	return FAULT_NONE;
}

static enum fault_kind
check_work(struct dkimkey_run *run, struct fault *f)
{
	struct check *c = run->state;
	struct dns *dns = NULL;

	/* A mail alone names its keys itself. */
	if ((c->common.domain.p != NULL || c->common.selector.p != NULL ||
	    c->key != NULL || run->operand == NULL) &&
	    dkimkey_names(&c->common, run->arena, f) != FAULT_NONE)
		return f->kind;
	if (dkimkey_dns(&c->common, &dns, f) == FAULT_NONE)
		(void)check_all(c, run, dns, f);
	dns_close(dns);
	return f->kind;
}

int
dkimkey_check(int argc, char **argv)
{
	struct check c = { .key = NULL };
	const struct dkimkey_verb verb = { .tool = &tool, .state = &c,
	    .common = &c.common, .operands = "one mail at a time",
	    .work = check_work };

	return dkimkey_verb(&verb, argc, argv);
}

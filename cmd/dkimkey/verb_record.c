/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dkim/key_publish.h"
#include "dkimkey/dkimkey.h"
#include "dkimkey/verb_record_cli.h"
#include "dkimkey/verb_record_options.h"

#define NAME "dkimkey record"

struct record {
	struct dkimkey_common common;
	struct key_publish publish;
	bool one_line, insecure;
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct record *r = state;
	uint64_t ttl = 0;
	bool taken;

	if (dkimkey_common_option(&r->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "one-line") == 0) {
		r->one_line = true;
	} else if (strcmp(name, "insecure-key") == 0) {
		r->insecure = true;
	} else if (strcmp(name, "testing") == 0) {
		r->publish.testing = true;
	} else if (strcmp(name, "strict") == 0) {
		r->publish.strict = true;
	} else if (strcmp(name, "revoke") == 0) {
		r->publish.revoked = true;
	} else if (strcmp(name, "notes") == 0) {
		r->publish.notes = span_of(value);
		if (!span_is_print(r->publish.notes))
			return fault_set(f, FAULT_USAGE,
			    "--notes: not printable ASCII");
	} else if (strcmp(name, "ttl") == 0) {
		if (cli_number(name, value, 0, INT32_MAX, &ttl, f) ==
		    FAULT_NONE)
			r->publish.ttl = (uint32_t)ttl;
	} else {
		return cli_untaken(name, f);
	}
	return f->kind;
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dkimkey_record_options,
	.shorts = dkimkey_record_shorts,
	.text = FRONT_TEXT(dkimkey_record),
	.option = take_option,
};

/* The record is printed all the same: what is weak may have to be shown. */
static void
warn_short(const struct key_private *key)
{
	unsigned bits = key_private_bits(key);

	if (key_private_type(key) != KEY_RSA || bits >= KEY_GOOD_BITS)
		return;
	if (bits < BOUND_RSA_LEAST)
		front_say(NAME, "warning: an RSA key of %u bits: verifiers "
		    "refuse less than %d", bits, BOUND_RSA_LEAST);
	else
		front_say(NAME, "warning: an RSA key of %u bits: signers are "
		    "to use %d or more", bits, KEY_GOOD_BITS);
}

static enum fault_kind
print_record(struct dkimkey_run *run, struct fault *f)
{
	struct record *r = run->state;
	struct key_private *key = NULL;
	bool named = r->common.domain.p != NULL ||
	    r->common.selector.p != NULL;
	struct buf text;

	if ((named || !r->one_line) &&
	    dkimkey_names(&r->common, run->arena, f) != FAULT_NONE)
		return f->kind;
	buf_init(&text, 65536);
	if (key_private_read(run->operand, r->insecure, &key, f) ==
	    FAULT_NONE &&
	    key_publish_text(key, &r->publish, &text, f) == FAULT_NONE) {
		if (!r->publish.revoked)
			warn_short(key);
		if (!r->one_line)
			r->publish.name = key_name(r->common.selector,
			    r->common.domain, run->arena);
		if (r->common.json) {
			(void)dkimkey_json(key_publish_json(buf_span(&text),
			    &r->publish), run->out, f);
		} else if (r->one_line) {
			buf_addspan(run->out, buf_span(&text));
			buf_addc(run->out, '\n');
		} else {
			key_publish_zone(buf_span(&text), &r->publish,
			    run->out);
		}
	}
	key_private_free(key);
	buf_free(&text);
	return f->kind;
}

int
dkimkey_record(int argc, char **argv)
{
	struct record r = { .publish = { .ttl = 3600 } };
	const struct dkimkey_verb verb = { .tool = &tool, .state = &r,
	    .common = &r.common, .least = 1,
	    .operands = "give the FILE of one key", .work = print_record };

	return dkimkey_verb(&verb, argc, argv);
}

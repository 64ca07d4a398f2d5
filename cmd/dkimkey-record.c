/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli_plain.h"
#include "dkim_keys.h"
#include "dkimkey-record_cli.h"
#include "dkimkey-record_options.h"
#include "dkimkey.h"

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
	} else if (dkimkey_number(name, value, 0, INT32_MAX, &ttl, f) ==
	    FAULT_NONE) {
		r->publish.ttl = (uint32_t)ttl;
	}
	return f->kind;
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dkimkey_record_options,
	.shorts = dkimkey_record_shorts,
	.help = (const char *const *)dkimkey_record_args_help,
	.usage = &dkimkey_record_args_usage,
	.purpose = &dkimkey_record_args_purpose,
	.option = take_option,
};

static enum fault_kind
print_record(struct record *r, const char *path, struct arena *a,
    struct fault *f)
{
	struct key_private *key = NULL;
	struct buf text, out;

	buf_init(&text, 65536);
	buf_init(&out, 262144);
	if ((r->one_line || dkimkey_names(&r->common, a, f) == FAULT_NONE) &&
	    key_private_read(path, r->insecure, &key, f) == FAULT_NONE &&
	    key_publish_text(key, &r->publish, &text, f) == FAULT_NONE) {
		if (!r->one_line)
			r->publish.name = key_name(r->common.selector,
			    r->common.domain, a);
		if (r->common.json) {
			(void)dkimkey_json(key_publish_json(buf_span(&text),
			    &r->publish), &out, f);
		} else if (r->one_line) {
			buf_addspan(&out, buf_span(&text));
			buf_addc(&out, '\n');
		} else {
			key_publish_zone(buf_span(&text), &r->publish, &out);
		}
		if (f->kind == FAULT_NONE &&
		    buf_check(&out, f) == FAULT_NONE)
			(void)dkimkey_print(buf_span(&out), f);
	}
	key_private_free(key);
	buf_free(&text);
	buf_free(&out);
	return f->kind;
}

int
dkimkey_record(int argc, char **argv)
{
	struct fault f = { .kind = FAULT_NONE };
	struct record r = { .publish = { .ttl = 3600 } };
	struct arena a;
	bool done;
	int first;

	dkimkey_common_init(&r.common, NAME);
	if (plain_parse(&tool, &r, argc, argv, &first, &done, &f) !=
	    FAULT_NONE)
		return plain_fail(NAME, &f);
	if (done)
		return 0;
	arena_init(&a, 65536);
	if (argc - first != 1)
		(void)fault_set(&f, FAULT_USAGE, "give the FILE of one key");
	else
		(void)print_record(&r, argv[first], &a, &f);
	arena_free(&a);
	return dkimkey_end(&r.common, &f, 0);
}

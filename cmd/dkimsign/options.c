/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/num.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dkimsign/dkimsign.h"
#include "dkimsign/dkimsign_cli.h"
#include "dkimsign/dkimsign_options.h"

static const char *const repeatable[] = { "key", "selector", "domain",
    "headers", "oversign", NULL };

static enum fault_kind
add_names(struct span *list, size_t *count, const char *value,
    struct fault *f)
{
	struct span rest = span_of(value), name;

	while (rest.len > 0) {
		(void)span_cut(rest, ':', &name, &rest);
		if (*count == DKIMSIGN_NAMES)
			return fault_set(f, FAULT_USAGE, "over %d names",
			    DKIMSIGN_NAMES);
		list[(*count)++] = span_trim_wsp(name);
	}
	return FAULT_NONE;
}

static enum fault_kind
set_canon(struct dkim_sign_options *o, const char *value, struct fault *f)
{
	struct span s = span_of(value), header, body;
	const struct span simple = SPAN("simple"), relaxed = SPAN("relaxed");

	(void)span_cut(s, '/', &header, &body);
	if ((!span_eq(header, simple) && !span_eq(header, relaxed)) ||
	    (!span_eq(body, simple) && !span_eq(body, relaxed)))
		return fault_set(f, FAULT_USAGE, "--canon=%s: not one of "
		    "relaxed/relaxed relaxed/simple simple/relaxed "
		    "simple/simple", value);
	o->header_canon = span_eq(header, simple) ? DKIM_SIMPLE :
	    DKIM_RELAXED;
	o->body_canon = span_eq(body, simple) ? DKIM_SIMPLE : DKIM_RELAXED;
	return FAULT_NONE;
}

static enum fault_kind
set_time(struct dkim_sign_options *o, const char *name, const char *value,
    struct fault *f)
{
	if (strcmp(name, "expire") == 0) {
		if (num_duration(span_of(value), &o->expire) && o->expire > 0)
			return FAULT_NONE;
		return fault_set(f, FAULT_USAGE,
		    "--expire=%s: not a duration such as 90s, 10m, 2h, 3d",
		    value);
	}
	if (strcmp(name, "timestamp") == 0)
		o->timestamp = true;
	return value == NULL ? FAULT_NONE : cli_time(name, value, &o->now, f);
}

/* Options that are collected. */
static enum fault_kind
take_list(struct dkimsign *d, const char *name, const char *value,
    struct fault *f)
{
	struct dkim_sign_options *o = &d->config.sign;

	if (strcmp(name, "headers") == 0) {
		o->headers = d->headers;
		return add_names(d->headers, &o->nheaders, value, f);
	}
	if (strcmp(name, "oversign") == 0) {
		o->oversign = d->oversign;
		return add_names(d->oversign, &o->noversign, value, f);
	}
	if (strcmp(name, "key") != 0 && strcmp(name, "selector") != 0 &&
	    strcmp(name, "domain") != 0)
		return cli_untaken(name, f);
	if (d->npaths == SIGNING_KEYS || d->nselectors == SIGNING_KEYS ||
	    d->ndomains == SIGNING_KEYS)
		return fault_set(f, FAULT_USAGE, "over %d keys",
		    SIGNING_KEYS - 1);
	if (strcmp(name, "key") == 0)
		d->config.keys[d->npaths++].path = value;
	else if (strcmp(name, "selector") == 0)
		d->config.keys[d->nselectors++].selector = span_of(value);
	else
		d->domains[d->ndomains++] = span_of(value);
	return FAULT_NONE;
}

static bool
take_flag(struct dkimsign *d, const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "insecure-key", &d->config.insecure },
		{ "force", &d->config.force },
		{ "body-length", &d->config.sign.body_length },
		{ "copy-headers", &d->config.sign.copy_headers },
		{ "filter", &d->filter }, { "defer", &d->filter },
		{ "pass-through", &d->pass_through },
		{ "unless-signed", &d->config.unless_signed },
		{ "quiet", &d->quiet }, { "verbose", &d->verbose },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(name, flags[i].name) == 0) {
			*flags[i].flag = true;
			return true;
		}
	}
	return false;
}

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct dkimsign *d = state;

	if (take_flag(d, name))
		return FAULT_NONE;
	if (strcmp(name, "canon") == 0)
		return set_canon(&d->config.sign, value, f);
	if (strcmp(name, "expire") == 0 || strcmp(name, "timestamp") == 0 ||
	    strcmp(name, "now") == 0)
		return set_time(&d->config.sign, name, value, f);
	if (strcmp(name, "key-table") == 0) {
		d->config.key_table = value;
		return FAULT_NONE;
	}
	if (strcmp(name, "mail-from") == 0) {
		d->config.sender = value;
		return FAULT_NONE;
	}
	if (strcmp(name, "grant") == 0) {
		d->grant = value;
		d->config.leave = dkimsign_leave;
		d->config.leave_arg = d;
		return FAULT_NONE;
	}
	if (strcmp(name, "home") == 0) {
		d->home = value;
		return FAULT_NONE;
	}
	if (strcmp(name, "identity") == 0) {
		if (*value == '\0')
			return fault_set(f, FAULT_USAGE,
			    "--identity needs an address");
		for (size_t i = 0; i < SIGNING_KEYS; i++)
			d->config.keys[i].identity = span_of(value);
		return FAULT_NONE;
	}
	return take_list(d, name, value, f);
}

enum fault_kind
dkimsign_ready(struct dkimsign *d, struct fault *f)
{
	struct signing_config *c = &d->config;

	if (d->home != NULL && d->grant == NULL)
		return fault_set(f, FAULT_USAGE, "--home goes with --grant");
	if (d->grant != NULL && (d->grant[0] == '\0' || d->pass_through))
		return fault_set(f, FAULT_USAGE, "--grant wants an id or "
		    "auto, and no --pass-through");
	if (c->sender != NULL && c->key_table == NULL)
		return fault_set(f, FAULT_USAGE,
		    "--mail-from goes with --key-table");
	if (c->key_table != NULL) {
		if (d->npaths + d->nselectors + d->ndomains > 0 ||
		    c->keys[0].identity.len > 0)
			return fault_set(f, FAULT_USAGE, "--key-table stands "
			    "for --key, --selector, --domain and --identity");
		return FAULT_NONE;
	}
	if (d->npaths == 0)
		return fault_set(f, FAULT_USAGE,
		    "give --key, or --key-table");
	if (d->nselectors != d->npaths)
		return fault_set(f, FAULT_USAGE,
		    "each --key needs one --selector");
	if (d->ndomains != 1 && d->ndomains != d->npaths)
		return fault_set(f, FAULT_USAGE,
		    "give one --domain, or one for each --key");
	c->nkeys = d->npaths;
	for (size_t i = 0; i < c->nkeys; i++)
		c->keys[i].domain = d->domains[d->ndomains == 1 ? 0 : i];
	return FAULT_NONE;
}

const struct plain_tool dkimsign_tool = {
	.name = "dkimsign",
	.options = dkimsign_options,
	.shorts = dkimsign_shorts,
	.text = FRONT_TEXT(dkimsign),
	.repeatable = repeatable,
	.option = take_option,
};

/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"
#include "base/out.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dkimkey/dkimkey.h"
#include "dns/idna.h"

#define OUTPUT_MAX ((size_t)4 << 20)

enum fault_kind
dkimkey_common_option(struct dkimkey_common *c, const char *name,
    const char *value, bool *taken, struct fault *f)
{
	static const char *const outputs[] = { "text", "json", NULL };
	size_t word = 0;

	*taken = true;
	if (strcmp(name, "domain") == 0) {
		c->domain = span_of(value);
	} else if (strcmp(name, "selector") == 0) {
		c->selector = span_of(value);
	} else if (strcmp(name, "quiet") == 0) {
		c->quiet = true;
	} else if (strcmp(name, "verbose") == 0) {
		c->verbose = true;
	} else if (strcmp(name, "now") == 0) {
		return cli_time(name, value, &c->now, f);
	} else if (strcmp(name, "output") == 0) {
		if (cli_word(name, value, outputs, &word, f) != FAULT_NONE)
			return f->kind;
		c->json = word == 1;
	} else {
		return cli_dns_option(&c->asked, name, value, taken, f);
	}
	return FAULT_NONE;
}

enum fault_kind
dkimkey_names(struct dkimkey_common *c, struct arena *a, struct fault *f)
{
	if (c->domain.p == NULL || c->selector.p == NULL)
		return fault_set(f, FAULT_USAGE,
		    "give --domain and --selector");
	if (idna_name(c->domain, a, &c->domain, "domain", f) !=
	    FAULT_NONE ||
	    idna_name(c->selector, a, &c->selector, "selector", f) !=
	    FAULT_NONE)
		return f->kind;
	return FAULT_NONE;
}

static void
zone_warn(void *state, const char *text)
{
	(void)state;
	front_say("dkimkey", "%s", text);
}

enum fault_kind
dkimkey_dns(const struct dkimkey_common *c, struct dns **dns,
    struct fault *f)
{
	struct cli_dns_options asked = c->asked;

	if (!c->quiet)
		asked.warn = zone_warn;
	return cli_dns_open(&asked, clock_system(), dns, f);
}

enum fault_kind
dkimkey_type(const char *type, const char *bits, enum key_type *out,
    unsigned *nbits, struct fault *f)
{
	uint64_t n = 2048;

	*out = KEY_RSA;
	if (type != NULL && strcmp(type, "ed25519") == 0)
		*out = KEY_ED25519;
	else if (type != NULL && strcmp(type, "rsa") != 0)
		return fault_set(f, FAULT_USAGE,
		    "--type=%s: not one of rsa ed25519", type);
	if (bits != NULL && *out == KEY_ED25519)
		return fault_set(f, FAULT_USAGE, "--bits is for rsa alone");
	if (bits != NULL && (!num_u64(span_of(bits), 4096, &n) ||
	    (n != 2048 && n != 3072 && n != 4096)))
		return fault_set(f, FAULT_USAGE,
		    "--bits=%s: not one of 2048 3072 4096", bits);
	*nbits = *out == KEY_ED25519 ? 256 : (unsigned)n;
	return FAULT_NONE;
}

enum fault_kind
dkimkey_json(json_t *o, struct buf *b, struct fault *f)
{
	if (o == NULL)
		return fault_nomem(f);
	(void)js_line(o, b, f);
	json_decref(o);
	return f->kind;
}

static enum fault_kind
verb_work(const struct dkimkey_verb *v, struct dkimkey_run *run,
    struct fault *f)
{
	struct out o;

	if (v->work(run, f) != FAULT_NONE ||
	    buf_check(run->out, f) != FAULT_NONE)
		return f->kind;
	out_init(&o, STDOUT_FILENO, "standard output");
	out_addspan(&o, buf_span(run->out));
	return out_close(&o, f);
}

int
dkimkey_verb(const struct dkimkey_verb *v, int argc, char **argv)
{
	struct clock clock = clock_system();
	struct fault f = { .kind = FAULT_NONE };
	struct arena a;
	struct buf out;
	struct dkimkey_run run = { .state = v->state, .arena = &a,
	    .out = &out };
	int first = 0;
	bool done;

	if (v->common != NULL)
		v->common->now = clock_wall(&clock);
	if (plain_parse(v->tool, v->state, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && done)
		return 0;
	arena_init(&a, 2 * BOUND_MESSAGE_ARENA);
	buf_init(&out, OUTPUT_MAX);
	if (f.kind == FAULT_NONE && (argc - first < v->least ||
	    argc - first > (v->operands == NULL ? 0 : 1)))
		(void)fault_set(&f, FAULT_USAGE, "%s", v->operands == NULL ?
		    "no operands, please" : v->operands);
	run.operand = first < argc ? argv[first] : NULL;
	if (f.kind == FAULT_NONE)
		(void)verb_work(v, &run, &f);
	buf_free(&out);
	arena_free(&a);
	return f.kind == FAULT_NONE ? run.status :
	    plain_fail(v->tool->name, &f);
}

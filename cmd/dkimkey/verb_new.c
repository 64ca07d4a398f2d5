/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli/plain.h"
#include "cli/value.h"
#include "dkim/key_private.h"
#include "dkimkey/dkimkey.h"
#include "dkimkey/verb_new_cli.h"
#include "dkimkey/verb_new_options.h"

#define NAME "dkimkey new"

struct new {
	const char *type, *bits;
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct new *n = state;

	if (strcmp(name, "type") == 0)
		n->type = value;
	else if (strcmp(name, "bits") == 0)
		n->bits = value;
	else
		return cli_untaken(name, f);
	return FAULT_NONE;
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dkimkey_new_options,
	.shorts = dkimkey_new_shorts,
	.text = FRONT_TEXT(dkimkey_new),
	.option = take_option,
};

static enum fault_kind
make_key(struct dkimkey_run *run, struct fault *f)
{
	const struct new *n = run->state;
	struct key_private *key = NULL;
	enum key_type type;
	unsigned bits;

	if (dkimkey_type(n->type, n->bits, &type, &bits, f) == FAULT_NONE &&
	    key_private_new(type, bits, &key, f) == FAULT_NONE)
		(void)key_private_write(key, run->operand, f);
	key_private_free(key);
	return f->kind;
}

int
dkimkey_new(int argc, char **argv)
{
	struct new n = { NULL, NULL };
	const struct dkimkey_verb verb = { .tool = &tool, .state = &n,
	    .least = 1, .operands = "give one FILE for the key",
	    .work = make_key };

	return dkimkey_verb(&verb, argc, argv);
}

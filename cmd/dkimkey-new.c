/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli_plain.h"
#include "dkimkey-new_cli.h"
#include "dkimkey-new_options.h"
#include "dkimkey.h"
#include "key_private.h"

#define NAME "dkimkey new"

struct new {
	const char *type, *bits;
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct new *n = state;

	(void)f;
	if (strcmp(name, "type") == 0)
		n->type = value;
	else
		n->bits = value;
	return FAULT_NONE;
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dkimkey_new_options,
	.shorts = dkimkey_new_shorts,
	.help = (const char *const *)dkimkey_new_args_help,
	.usage = &dkimkey_new_args_usage,
	.purpose = &dkimkey_new_args_purpose,
	.option = take_option,
};

int
dkimkey_new(int argc, char **argv)
{
	struct fault f = { .kind = FAULT_NONE };
	struct key_private *key = NULL;
	struct new n = { NULL, NULL };
	enum key_type type;
	unsigned bits;
	bool done;
	int first;

	if (plain_parse(&tool, &n, argc, argv, &first, &done, &f) !=
	    FAULT_NONE)
		return plain_fail(NAME, &f);
	if (done)
		return 0;
	if (argc - first != 1)
		(void)fault_set(&f, FAULT_USAGE, "give one FILE for the key");
	else if (dkimkey_type(n.type, n.bits, &type, &bits, &f) ==
	    FAULT_NONE && key_private_new(type, bits, &key, &f) ==
	    FAULT_NONE)
		(void)key_private_write(key, argv[first], &f);
	key_private_free(key);
	return f.kind == FAULT_NONE ? 0 : plain_fail(NAME, &f);
}

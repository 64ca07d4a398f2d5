/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_unfreeze_cli.h"
#include "jitgrant/verb_unfreeze_options.h"

int
jitgrant_unfreeze(int argc, char **argv)
{
	static const struct plain_tool tool =
	    JITGRANT_TOOL("unfreeze", unfreeze);

	return jitgrant_answer(&tool, "unfreeze", JITGRANT_NONE, argc, argv);
}

/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_show_cli.h"
#include "jitgrant/verb_show_options.h"

int
jitgrant_show(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("show", show);

	return jitgrant_answer(&tool, "show", JITGRANT_ID, argc, argv);
}

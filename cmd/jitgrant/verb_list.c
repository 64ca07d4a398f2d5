/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_list_cli.h"
#include "jitgrant/verb_list_options.h"

int
jitgrant_list(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("list", list);

	return jitgrant_answer(&tool, "list", JITGRANT_NONE, argc, argv);
}

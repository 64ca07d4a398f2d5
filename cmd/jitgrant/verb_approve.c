/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_approve_cli.h"
#include "jitgrant/verb_approve_options.h"

int
jitgrant_approve(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("approve", approve);

	return jitgrant_answer(&tool, "approve", JITGRANT_ID, argc, argv);
}

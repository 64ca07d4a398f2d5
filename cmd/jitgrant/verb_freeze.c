/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_freeze_cli.h"
#include "jitgrant/verb_freeze_options.h"

int
jitgrant_freeze(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("freeze", freeze);

	return jitgrant_answer(&tool, "freeze", JITGRANT_NONE, argc, argv);
}

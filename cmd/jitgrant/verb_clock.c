/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_clock_cli.h"
#include "jitgrant/verb_clock_options.h"

int
jitgrant_clock(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("clock", clock);

	return jitgrant_answer(&tool, "clock", JITGRANT_SUB, argc, argv);
}

/* SPDX-License-Identifier: ISC */
#include "jitgrant-clock_cli.h"
#include "jitgrant-clock_options.h"
#include "jitgrant.h"

int
jitgrant_clock(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("clock", clock);

	return jitgrant_answer(&tool, "clock", JITGRANT_SUB, argc, argv);
}

/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_sweep_cli.h"
#include "jitgrant/verb_sweep_options.h"

int
jitgrant_sweep(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("sweep", sweep);

	return jitgrant_answer(&tool, "sweep", JITGRANT_NONE, argc, argv);
}

/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_use_cli.h"
#include "jitgrant/verb_use_options.h"

int
jitgrant_use(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("use", use);

	return jitgrant_answer(&tool, "use", JITGRANT_ID, argc, argv);
}

/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_log_cli.h"
#include "jitgrant/verb_log_options.h"

int
jitgrant_log(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("log", log);

	return jitgrant_answer(&tool, "log", JITGRANT_SUB, argc, argv);
}

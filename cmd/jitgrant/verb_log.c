/* SPDX-License-Identifier: ISC */
#include "jitgrant/verb_log_cli.h"
#include "jitgrant/verb_log_options.h"
#include "jitgrant/jitgrant.h"

int
jitgrant_log(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("log", log);

	return jitgrant_answer(&tool, "log", JITGRANT_SUB, argc, argv);
}

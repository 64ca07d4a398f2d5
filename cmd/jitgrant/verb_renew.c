/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_renew_cli.h"
#include "jitgrant/verb_renew_options.h"

int
jitgrant_renew(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("renew", renew);

	return jitgrant_answer(&tool, "renew", JITGRANT_ID, argc, argv);
}

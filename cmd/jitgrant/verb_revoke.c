/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_revoke_cli.h"
#include "jitgrant/verb_revoke_options.h"

int
jitgrant_revoke(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("revoke", revoke);

	return jitgrant_answer(&tool, "revoke", JITGRANT_ID, argc, argv);
}

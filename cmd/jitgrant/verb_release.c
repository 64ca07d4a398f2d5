/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_release_cli.h"
#include "jitgrant/verb_release_options.h"

int
jitgrant_release(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("release", release);

	return jitgrant_answer(&tool, "release", JITGRANT_ID, argc, argv);
}

/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_request_cli.h"
#include "jitgrant/verb_request_options.h"

int
jitgrant_request(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("request", request);

	return jitgrant_answer(&tool, "request", JITGRANT_NONE, argc, argv);
}

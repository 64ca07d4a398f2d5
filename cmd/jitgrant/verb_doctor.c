/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_doctor_cli.h"
#include "jitgrant/verb_doctor_options.h"

int
jitgrant_doctor(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("doctor", doctor);

	return jitgrant_answer(&tool, "doctor", JITGRANT_NONE, argc, argv);
}

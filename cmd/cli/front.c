/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/front.h"

void
front_vsay(const char *name, const char *fmt, va_list ap)
{
	struct fault line = { .kind = FAULT_NONE };
	char text[FAULT_TEXT_MAX];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	/* A fault's text is one line of printable ASCII. */
	(void)fault_set(&line, FAULT_SOFTWARE, "%.*s: %s",
	    (int)strcspn(name, " "), name, text);
	(void)dprintf(STDERR_FILENO, "%s\n", line.text);
}

void
front_say(const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	front_vsay(name, fmt, ap);
	va_end(ap);
}

void
front_help(struct out *o, const struct front_text *text)
{
	out_adds(o, *text->usage);
	out_adds(o, "\n");
	out_adds(o, *text->purpose);
	out_adds(o, "\n\n");
	for (size_t i = 0; text->help[i] != NULL; i++) {
		out_adds(o, text->help[i]);
		out_adds(o, "\n");
	}
}

void
front_version(struct out *o, const char *name)
{
	out_add(o, name, strcspn(name, " "));
	out_adds(o, " (vouchsafe) " VOUCHSAFE_VERSION "\n");
}

/* SPDX-License-Identifier: ISC */
/* The line that starts a message of an mbox; no header field is one. */
#include "mail/input.h"

bool
input_is_from_line(struct span line)
{
	size_t i;

	if (line.len > 0 && line.p[0] == '>')
		line = span_sub(line, 1, line.len);
	if (!span_starts(line, SPAN("From ")))
		return false;
	for (i = 5; i < line.len && ascii_is_wsp(line.p[i]); i++)
		;
	return i == line.len || line.p[i] != ':';
}

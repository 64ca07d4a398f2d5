/* SPDX-License-Identifier: ISC */
/* Every empty line, after every line, with and without a CRLF before it. */
#include "pipe/header_end.h"
#include "tap.h"

int
main(void)
{
	static const struct {
		enum line_end end, after;
		bool crlf;
		enum header_end want;
	} table[] = {
		/* A file of LF alone ends there; beside a CRLF, for some. */
		{ LINE_END_LF, LINE_END_LF, false, HEADER_OVER },
		{ LINE_END_LF, LINE_END_LF, true, HEADER_OVER_FOR_LF },
		{ LINE_END_LF, LINE_END_CRLF, true, HEADER_OVER_FOR_LF },
		/* The first line of all is an empty one. */
		{ LINE_END_LF, LINE_END_CRLF, false, HEADER_OVER },
		{ LINE_END_CRLF, LINE_END_CRLF, true, HEADER_OVER },
		/* What follows a bare LF is a line for the readers of LF. */
		{ LINE_END_CRLF, LINE_END_LF, true, HEADER_OVER_FOR_LF },
		/* After a bare CR, and ended by one: no reader's. */
		{ LINE_END_LF, LINE_END_NONE, false, HEADER_GOES_ON },
		{ LINE_END_LF, LINE_END_NONE, true, HEADER_GOES_ON },
		{ LINE_END_CRLF, LINE_END_NONE, true, HEADER_GOES_ON },
		{ LINE_END_NONE, LINE_END_CRLF, true, HEADER_GOES_ON },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		CHECKF(header_end(table[i].end, table[i].after,
		    table[i].crlf) == table[i].want, "row %zu", i);
	return tap_done();
}

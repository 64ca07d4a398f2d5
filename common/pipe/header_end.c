/* SPDX-License-Identifier: ISC */
#include "pipe/header_end.h"

enum header_end
header_end(enum line_end end, enum line_end after, bool crlf)
{
	/* [this line's end][the line before's][a CRLF was seen] */
	static const enum header_end table[3][3][2] = {
		[LINE_END_LF] = {
			[LINE_END_LF] = { HEADER_OVER, HEADER_OVER_FOR_LF },
			[LINE_END_CRLF] = { HEADER_OVER, HEADER_OVER_FOR_LF },
		},
		[LINE_END_CRLF] = {
			[LINE_END_LF] =
			    { HEADER_OVER_FOR_LF, HEADER_OVER_FOR_LF },
			[LINE_END_CRLF] = { HEADER_OVER, HEADER_OVER },
		},
	};

	return table[end][after][crlf];
}

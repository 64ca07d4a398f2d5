/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "pipe/ledger.h"

void
ledger_begin(struct ledger *l, uint64_t at)
{
	l->head = true;
	l->begin = at;
	ledger_floor(l, at, false);
}

void
ledger_out(struct ledger *l, struct span bytes, bool from)
{
	l->last[0] = bytes.len > 1 ? bytes.p[bytes.len - 2] : l->last[1];
	l->last[1] = bytes.p[bytes.len - 1];
	if (!from)
		l->head = false;
}

void
ledger_floor(struct ledger *l, uint64_t at, bool texted)
{
	l->floor = at;
	l->texted = texted;
	memcpy(l->floor_last, l->last, sizeof(l->last));
	l->after_lf = l->after_crlf = 0;
}

void
ledger_ended(struct ledger *l, uint64_t at, enum line_end end)
{
	if (l->last[1] != '\n')
		return;
	l->after_lf = at;
	if (end == LINE_END_CRLF)
		l->after_crlf = at;
}

enum line_end
ledger_after(const struct ledger *l)
{
	if (l->head)
		return LINE_END_CRLF;
	if (l->last[1] != '\n')
		return LINE_END_NONE;
	return l->last[0] == '\r' ? LINE_END_CRLF : LINE_END_LF;
}

bool
ledger_close(struct ledger *l, uint64_t at, enum line_end end, bool from,
    uint64_t *cut, bool *put)
{
	uint64_t after = end == LINE_END_CRLF ? l->after_crlf : l->after_lf;

	*put = false;
	if (end == LINE_END_NONE || after == at)
		return false;
	*cut = after > 0 ? after : l->floor;
	if (after > 0) {
		l->last[0] = l->after_crlf == after ? '\r' : '\0';
		l->last[1] = '\n';
		return true;
	}
	memcpy(l->last, l->floor_last, sizeof(l->last));
	l->after_lf = l->after_crlf = 0;
	l->head = !from && l->floor == l->begin;
	*put = l->texted;
	return true;
}

/* SPDX-License-Identifier: ISC */
#include "base/bounds.h"
#include "base/num.h"
#include "dns/zone_generate.h"

#define GENERATE_MAX UINT64_C(0x7fffffff)

/* "${OFFSET,WIDTH,BASE}" after the brace: the number so, and what follows. */
static bool
generate_braced(struct span *rest, uint64_t n, struct buf *out)
{
	struct span inside, offset, width, base;
	uint64_t shift, digits = 0;
	bool minus, cut;

	if (!span_cut(*rest, '}', &inside, rest))
		return false;
	cut = span_cut(inside, ',', &offset, &inside);
	minus = offset.len > 0 && offset.p[0] == '-';
	if (minus || (offset.len > 0 && offset.p[0] == '+'))
		offset = span_sub(offset, 1, offset.len);
	if (!num_u64(offset, GENERATE_MAX, &shift) || (minus && shift > n))
		return false;
	n = minus ? n - shift : n + shift;
	base = SPAN("d");
	if (cut) {
		cut = span_cut(inside, ',', &width, &inside);
		if (!num_u64(width, 63, &digits))
			return false;
		if (cut)
			base = inside;
	}
	if (span_eq(base, SPAN("d")))
		buf_addf(out, "%0*llu", (int)digits, (unsigned long long)n);
	else if (span_eq(base, SPAN("o")))
		buf_addf(out, "%0*llo", (int)digits, (unsigned long long)n);
	else if (span_eq(base, SPAN("x")))
		buf_addf(out, "%0*llx", (int)digits, (unsigned long long)n);
	else if (span_eq(base, SPAN("X")))
		buf_addf(out, "%0*llX", (int)digits, (unsigned long long)n);
	else
		return false;
	return true;
}

static bool
generate_line(struct span line, uint64_t n, struct buf *out)
{
	while (line.len > 0) {
		char c = line.p[0], next = line.len > 1 ? line.p[1] : '\0';

		line = span_sub(line, 1, line.len);
		if (c != '$' && !(c == '\\' && next == '$')) {
			buf_addc(out, c);
			continue;
		}
		if (c == '$' && next != '$' && next != '{') {
			buf_addf(out, "%llu", (unsigned long long)n);
			continue;
		}
		line = span_sub(line, 1, line.len);
		if (next == '$')
			buf_addc(out, '$');
		else if (!generate_braced(&line, n, out))
			return false;
	}
	buf_addc(out, '\n');
	return true;
}

const char *
zone_generate(struct span range, struct span line, struct buf *out)
{
	struct span from, to, by;
	uint64_t start, stop, step = 1;

	/* No directive comes of it, least of all another $GENERATE. */
	if (span_starts(line, SPAN("\\")) || span_starts(line, SPAN("$$")))
		return "the owner begins with an escape";
	if (!span_cut(range, '-', &from, &to))
		return "the range is START-STOP or START-STOP/STEP";
	if (span_cut(to, '/', &to, &by) &&
	    (!num_u64(by, GENERATE_MAX, &step) || step == 0))
		return "the step of the range is no number above 0";
	if (!num_u64(from, GENERATE_MAX, &start) ||
	    !num_u64(to, GENERATE_MAX, &stop) || stop < start)
		return "the range is START-STOP, two numbers";
	if ((stop - start) / step >= BOUND_ZONE_GENERATE)
		return "more numbers than we generate records for";
	for (uint64_t n = start; n <= stop && !out->full; n += step)
		if (!generate_line(line, n, out))
			return "not ${OFFSET,WIDTH,BASE}";
	return out->full ? "more text than a zone may have" : NULL;
}

/* SPDX-License-Identifier: ISC */
/* A local part between any bytes, in any field: it does not come out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/redact.h"

#define SECRET "<SeCrEt@x.example>"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "Subject", "Received", "From",
	    "To", "DKIM-Signature", "Return-Path", "ARC-Seal",
	    "ARC-Authentication-Results" };
	const struct report_redact r = { .key = {
	    "0123456789abcdef0123456789abcdef", REPORT_REDACT_KEY } };
	struct fault f = { .kind = FAULT_NONE };
	struct span s = { (const char *)data, size };
	struct buf in, out;
	size_t cut;

	if (size < 2 || size > 4096 ||
	    memmem(data, size, "SeCr", 4) != NULL)
		return 0;
	cut = 2 + data[1] % (size - 1);
	buf_init(&in, 8192);
	buf_init(&out, 1024 * 1024);
	buf_addspan(&in, span_sub(s, 2, cut - 2));
	buf_adds(&in, SECRET);
	buf_addspan(&in, span_sub(s, cut, size));
	(void)report_redact_field(&r, span_of(names[data[0] % 8]),
	    buf_span(&in), &out, &f);
	if (memmem(buf_str(&out), out.len, "SeCrEt", 6) != NULL)
		abort();
	/* What comes out is one line of text. */
	for (size_t i = 0; i < out.len; i++)
		if (out.p[i] == '\n' || out.p[i] == '\r' || out.p[i] == '\0')
			abort();
	buf_reset(&out);
	report_redact_address(&r, s, &out);
	buf_free(&in);
	buf_free(&out);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "posture/suffix.h"
#include "tap.h"

int
main(void)
{
	static const char *const rows[][2] = {
		{ "a.b.example.com", "example.com" },
		{ "example.com", "example.com" },
		{ "a.b.example.co.uk", "example.co.uk" },
		{ "a.EXAMPLE.Co.Uk", "EXAMPLE.Co.Uk" },
		{ "co.uk", "co.uk" }, { "com", "com" }, { "", "" },
		{ "y.x.no-such-tld", "x.no-such-tld" },
#ifdef HAVE_PSL
		{ "a.b.github.io", "b.github.io" },
#endif
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECKF(span_eq(posture_registered(span_of(rows[i][0])),
		    span_of(rows[i][1])), "%s", rows[i][0]);
	CHECK(posture_suffix(SPAN("com")) && posture_suffix(SPAN("co.uk")));
	CHECK(!posture_suffix(SPAN("example.com")));
	CHECK(posture_suffix_by()[0] == 'b');
	return tap_done();
}

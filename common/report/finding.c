/* SPDX-License-Identifier: ISC */
#include "report/finding.h"

#define N REPORT_NOTE
#define W REPORT_WARNING
#define E REPORT_ERROR

static const struct code {
	const char *word;
	enum report_severity severity, strict;
	const char *section, *text;
} codes[REPORT_CODES] = {
	[AGG001] = { "AGG001", N, E, "RFC 9990 3.1.1",
	    "no namespace" },
	[AGG002] = { "AGG002", W, E, "XML 1.0 2.1",
	    "not well-formed, repaired" },
	[AGG003] = { "AGG003", N, W, "RFC 9990 3.1",
	    "a one-byte encoding" },
	[AGG004] = { "AGG004", N, E, "RFC 9990 3.1.1",
	    "no version, or not 1.0" },
	[AGG005] = { "AGG005", N, E, "RFC 9990 3.1.1",
	    "pct, rf, ri, an element twice or an unknown one" },
	[AGG006] = { "AGG006", N, N, "XML 1.0 2.8",
	    "a byte order mark, space before the declaration, or none" },
	[AGG010] = { "AGG010", W, E, "RFC 9990 3.1.1.1",
	    "org_name empty or missing" },
	[AGG011] = { "AGG011", N, W, "RFC 9990 3.1.1.1",
	    "report_id is no dot-atom" },
	[AGG012] = { "AGG012", W, E, "RFC 9990 3.1.1.1",
	    "report_id missing" },
	[AGG020] = { "AGG020", N, N, "RFC 9990 3.1.1.2",
	    "the period does not begin at 00:00 UTC" },
	[AGG021] = { "AGG021", W, W, "RFC 9990 3.1.1.2",
	    "the period is longer than a day" },
	[AGG022] = { "AGG022", W, E, "RFC 9990 3.1.1.2",
	    "begin and end are equal, swapped, fractions or milliseconds" },
	[AGG030] = { "AGG030", N, W, "RFC 9990 3.1.1.3",
	    "a policy that is empty or no policy" },
	[AGG031] = { "AGG031", W, E, "RFC 9990 3.1.1.10",
	    "a result that is none of the words" },
	[AGG032] = { "AGG032", W, E, "RFC 9990 3.1.1.7",
	    "an aligned result that is neither pass nor fail" },
	[AGG033] = { "AGG033", W, E, "RFC 9990 3.1.1.7",
	    "a disposition that is none" },
	[AGG034] = { "AGG034", W, E, "RFC 9990 3.1.1.8",
	    "a reason without a type, or with one that is none" },
	[AGG035] = { "AGG035", W, W, "RFC 9990 7",
	    "text cut to its limit" },
	[AGG036] = { "AGG036", W, E, "RFC 9990 3.1.1.10",
	    "a dkim element without domain and result" },
	[AGG037] = { "AGG037", N, E, "RFC 9990 3.1.1.10",
	    "a dkim element without selector" },
	[AGG038] = { "AGG038", N, E, "RFC 9990 3.1.1.10",
	    "spf not once, not after dkim, or not of scope mfrom" },
	[AGG039] = { "AGG039", N, N, "RFC 9990 3.1.1.9",
	    "no envelope_from, or an address in it" },
	[AGG040] = { "AGG040", W, W, "RFC 9990 3.1.1.2",
	    "the period overlaps another report of this reporter" },
	[AGG041] = { "AGG041", N, E, "RFC 9990 3.1.1.9",
	    "identities for identifiers" },
	[AGG042] = { "AGG042", W, E, "RFC 9990 3.1.1.5",
	    "no record" },
	[AGG043] = { "AGG043", W, E, "RFC 9990 3.1.1.6",
	    "a row without a good source_ip or count, dropped" },
	[AGG044] = { "AGG044", E, E, "RFC 9990 3.1.1.7",
	    "the aligned result contradicts auth_results" },
	[AGG045] = { "AGG045", W, W, "RFC 9990 3.1.1.9",
	    "header_from is not below the policy domain" },
	[AGG046] = { "AGG046", N, W, "RFC 9990 3.1.1.6",
	    "equal rows that were not summed" },
	[AGG047] = { "AGG047", W, W, "RFC 9990 3.3",
	    "subject, file name and content disagree" },
	[ARF001] = { "ARF001", W, E, "RFC 5965 2",
	    "the feedback part is in base64 or quoted-printable" },
	[ARF002] = { "ARF002", W, E, "RFC 5965 2",
	    "no feedback part, but a plain text of a known form" },
	[ARF003] = { "ARF003", N, E, "RFC 5965 2",
	    "multipart/mixed instead of multipart/report" },
	[ARF004] = { "ARF004", N, W, "RFC 5965 3.2",
	    "Received-Date for Arrival-Date" },
	[ARF005] = { "ARF005", N, E, "RFC 5965 3.1",
	    "no Version" },
	[ARF006] = { "ARF006", N, W, "RFC 5965 3.2",
	    "no Arrival-Date" },
	[ARF007] = { "ARF007", N, N, "RFC 5965 3",
	    "values in upper case" },
	[ARF008] = { "ARF008", N, W, "RFC 6591 3.1",
	    "no Identity-Alignment or Auth-Failure" },
	[TLR001] = { "TLR001", N, W, "RFC 8460 4.4",
	    "contact-info is null or missing" },
	[TLR002] = { "TLR002", N, W, "RFC 8460 4.4",
	    "no sending-mta-ip" },
	[TLR003] = { "TLR003", N, N, "RFC 8460 4.4",
	    "no receiving-mx-hostname" },
	[TLR004] = { "TLR004", N, W, "RFC 8460 4.4",
	    "no policy-domain" },
	[TLR005] = { "TLR005", N, N, "RFC 8460 4.4",
	    "failures without failure-details" },
	[TLR006] = { "TLR006", N, N, "RFC 8460 4.4",
	    "mx-host is an array" },
	[TLR007] = { "TLR007", N, W, "RFC 8460 5.3",
	    "another media type or container than the two for it" },
};

const char *
report_code_word(enum report_code c)
{
	return codes[c].word;
}

const char *
report_code_text(enum report_code c)
{
	return codes[c].text;
}

const char *
report_code_section(enum report_code c)
{
	return codes[c].section;
}

enum report_severity
report_code_severity(enum report_code c)
{
	return codes[c].severity;
}

enum report_severity
report_code_strict(enum report_code c)
{
	return codes[c].strict;
}

const char *
report_severity_word(enum report_severity s)
{
	static const char *const words[] = { [REPORT_NOTE] = "note",
		[REPORT_WARNING] = "warning", [REPORT_ERROR] = "error" };

	return words[s];
}

bool
report_code_of(struct span word, enum report_code *out)
{
	for (int c = 0; c < REPORT_CODES; c++) {
		if (span_eq(word, span_of(codes[c].word))) {
			*out = (enum report_code)c;
			return true;
		}
	}
	return false;
}

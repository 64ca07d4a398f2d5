/* SPDX-License-Identifier: ISC */
/* What was odd in a report and how it was taken: one table of codes. */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum report_severity {
	REPORT_NOTE = 0,
	REPORT_WARNING,
	REPORT_ERROR
};

enum report_code {
	AGG001, AGG002, AGG003, AGG004, AGG005, AGG006,
	AGG010, AGG011, AGG012,
	AGG020, AGG021, AGG022,
	AGG030, AGG031, AGG032, AGG033, AGG034, AGG035, AGG036, AGG037,
	AGG038, AGG039, AGG040, AGG041, AGG042, AGG043, AGG044, AGG045,
	AGG046, AGG047,
	ARF001, ARF002, ARF003, ARF004, ARF005, ARF006, ARF007, ARF008,
	TLR001, TLR002, TLR003, TLR004, TLR005, TLR006, TLR007,
	REPORT_CODES
};

struct report_findings {
	uint64_t count[REPORT_CODES];
};

/* "AGG001"; what is odd, in a few words; which section of which standard
 * says so ("RFC 9990 3.1.1"). */
const char *report_code_word(enum report_code c);
const char *report_code_text(enum report_code c);
const char *report_code_section(enum report_code c);
enum report_severity report_code_severity(enum report_code c);
/* For a generator that claims RFC 9990 some deviations are errors. */
enum report_severity report_code_strict(enum report_code c);
/* "note", "warning", "error". */
const char *report_severity_word(enum report_severity s);
/* The code that the word names (exactly). */
bool report_code_of(struct span word, enum report_code *out);

#endif

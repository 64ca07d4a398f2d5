/* SPDX-License-Identifier: ISC */
/* What became of an input or a report in it, and why. */
#ifndef REPORT_OUTCOME_H
#define REPORT_OUTCOME_H

/* The zero value is nothing good. */
enum report_outcome {
	REPORT_BROKEN = 0,
	REPORT_STORED,
	REPORT_DUPLICATE,
	REPORT_CONFLICT,
	REPORT_SUPERSEDED,
	REPORT_NOT_A_REPORT,
	REPORT_TOO_BIG,
	REPORT_REFUSED,
	REPORT_RETRY,
	REPORT_READ		/* read well, nothing is stored (--no-store) */
};

/* Why it is broken, too big, refused or to be tried again. */
enum report_why {
	REPORT_WHY_NONE = 0,
	/* broken */
	REPORT_WHY_SYNTAX, REPORT_WHY_DOCTYPE, REPORT_WHY_ENCODING,
	REPORT_WHY_TRUNCATED, REPORT_WHY_NO_RECORDS, REPORT_WHY_NO_PERIOD,
	REPORT_WHY_NO_DOMAIN, REPORT_WHY_GZIP, REPORT_WHY_ZIP,
	REPORT_WHY_CONTENT, REPORT_WHY_EMPTY, REPORT_WHY_JSON,
	REPORT_WHY_NO_POLICIES, REPORT_WHY_NO_FIELDS,
	/* too big */
	REPORT_WHY_MAIL, REPORT_WHY_PART, REPORT_WHY_MIME_DEPTH,
	REPORT_WHY_PARTS, REPORT_WHY_MESSAGES, REPORT_WHY_CONTAINERS,
	REPORT_WHY_MEMBERS, REPORT_WHY_INFLATED, REPORT_WHY_TOKEN,
	REPORT_WHY_DEPTH, REPORT_WHY_ATTRIBUTES, REPORT_WHY_NAMES,
	REPORT_WHY_ROWS, REPORT_WHY_TIME, REPORT_WHY_HEADER,
	REPORT_WHY_JSON_SIZE, REPORT_WHY_JSON_DEPTH, REPORT_WHY_POLICIES,
	REPORT_WHY_DETAILS, REPORT_WHY_FEEDBACK, REPORT_WHY_SAMPLE,
	/* refused, retry */
	REPORT_WHY_TRUST, REPORT_WHY_DNS, REPORT_WHY_STORE
};

/* "stored", "not-a-report" ...; "no-records", "inflated" ... ("" for NONE). */
const char *report_outcome_word(enum report_outcome o);
const char *report_why_word(enum report_why w);
/* Is the reason the name of a limit? */
int report_why_limit(enum report_why w);

#endif

/* SPDX-License-Identifier: ISC */
#include "report/outcome.h"

const char *
report_outcome_word(enum report_outcome o)
{
	static const char *const words[] = {
		[REPORT_BROKEN] = "broken", [REPORT_STORED] = "stored",
		[REPORT_DUPLICATE] = "duplicate",
		[REPORT_CONFLICT] = "conflict",
		[REPORT_SUPERSEDED] = "superseded",
		[REPORT_NOT_A_REPORT] = "not-a-report",
		[REPORT_TOO_BIG] = "too-big", [REPORT_REFUSED] = "refused",
		[REPORT_RETRY] = "retry", [REPORT_READ] = "read",
	};

	return words[o];
}

const char *
report_why_word(enum report_why w)
{
	static const char *const words[] = {
		[REPORT_WHY_NONE] = "", [REPORT_WHY_SYNTAX] = "syntax",
		[REPORT_WHY_DOCTYPE] = "doctype",
		[REPORT_WHY_ENCODING] = "encoding",
		[REPORT_WHY_TRUNCATED] = "truncated",
		[REPORT_WHY_NO_RECORDS] = "no-records",
		[REPORT_WHY_NO_PERIOD] = "no-period",
		[REPORT_WHY_NO_DOMAIN] = "no-domain",
		[REPORT_WHY_GZIP] = "gzip", [REPORT_WHY_ZIP] = "zip",
		[REPORT_WHY_CONTENT] = "content",
		[REPORT_WHY_EMPTY] = "empty", [REPORT_WHY_JSON] = "json",
		[REPORT_WHY_NO_POLICIES] = "no-policies",
		[REPORT_WHY_NO_FIELDS] = "no-fields",
		[REPORT_WHY_MAIL] = "mail", [REPORT_WHY_PART] = "part",
		[REPORT_WHY_MIME_DEPTH] = "mime-depth",
		[REPORT_WHY_PARTS] = "parts",
		[REPORT_WHY_MESSAGES] = "messages",
		[REPORT_WHY_CONTAINERS] = "containers",
		[REPORT_WHY_MEMBERS] = "members",
		[REPORT_WHY_INFLATED] = "inflated",
		[REPORT_WHY_TOKEN] = "token", [REPORT_WHY_DEPTH] = "depth",
		[REPORT_WHY_ATTRIBUTES] = "attributes",
		[REPORT_WHY_NAMES] = "names", [REPORT_WHY_ROWS] = "rows",
		[REPORT_WHY_TIME] = "time", [REPORT_WHY_HEADER] = "header",
		[REPORT_WHY_JSON_SIZE] = "json-size",
		[REPORT_WHY_JSON_DEPTH] = "json-depth",
		[REPORT_WHY_POLICIES] = "policies",
		[REPORT_WHY_DETAILS] = "details",
		[REPORT_WHY_FEEDBACK] = "feedback",
		[REPORT_WHY_SAMPLE] = "sample",
		[REPORT_WHY_TRUST] = "trust", [REPORT_WHY_DNS] = "dns",
		[REPORT_WHY_STORE] = "store",
	};

	return words[w];
}

int
report_why_limit(enum report_why w)
{
	return w >= REPORT_WHY_MAIL && w <= REPORT_WHY_SAMPLE;
}

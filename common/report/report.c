/* SPDX-License-Identifier: ISC */
#include "report/report.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const kinds[] = {
	[REPORT_NONE] = "none", [REPORT_AGGREGATE] = "aggregate",
	[REPORT_FAILURE] = "failure", [REPORT_TLS] = "tls",
};
static const char *const dialects[] = {
	[REPORT_RFC7489] = "rfc7489", [REPORT_RFC9990] = "rfc9990",
};
static const char *const asks[] = {
	[REPORT_ASK_UNSET] = "", [REPORT_ASK_NONE] = "none",
	[REPORT_ASK_QUARANTINE] = "quarantine",
	[REPORT_ASK_REJECT] = "reject",
};
static const char *const dispositions[] = {
	[REPORT_DONE_NONE] = "none", [REPORT_DONE_PASS] = "pass",
	[REPORT_DONE_QUARANTINE] = "quarantine",
	[REPORT_DONE_REJECT] = "reject",
};
static const char *const results[] = {
	[REPORT_RESULT_NONE] = "none", [REPORT_RESULT_PASS] = "pass",
	[REPORT_RESULT_FAIL] = "fail", [REPORT_RESULT_POLICY] = "policy",
	[REPORT_RESULT_NEUTRAL] = "neutral",
	[REPORT_RESULT_TEMPERROR] = "temperror",
	[REPORT_RESULT_PERMERROR] = "permerror",
	[REPORT_RESULT_SOFTFAIL] = "softfail",
	[REPORT_RESULT_OTHER] = "other",
};
static const char *const reasons[] = {
	[REPORT_REASON_OTHER] = "other",
	[REPORT_REASON_LOCAL_POLICY] = "local_policy",
	[REPORT_REASON_MAILING_LIST] = "mailing_list",
	[REPORT_REASON_POLICY_TEST_MODE] = "policy_test_mode",
	[REPORT_REASON_TRUSTED_FORWARDER] = "trusted_forwarder",
	[REPORT_REASON_FORWARDED] = "forwarded",
	[REPORT_REASON_SAMPLED_OUT] = "sampled_out",
};

const char *
report_kind_word(enum report_kind k)
{
	return kinds[k];
}

const char *
report_dialect_word(enum report_dialect d)
{
	return dialects[d];
}

const char *
report_ask_word(enum report_ask a)
{
	return asks[a];
}

const char *
report_disposition_word(enum report_disposition d)
{
	return dispositions[d];
}

const char *
report_result_word(enum report_result r)
{
	return results[r];
}

const char *
report_reason_word(enum report_reason_type t)
{
	return reasons[t];
}

/* The index of word among those from `first` on, or count. */
static size_t
find(const char *const *words, size_t first, size_t count, struct span word)
{
	size_t i = first;

	while (i < count && !span_eq(word, span_of(words[i])))
		i++;
	return i;
}

bool
report_ask_of(struct span word, enum report_ask *out)
{
	size_t i = find(asks, REPORT_ASK_NONE, COUNT(asks), word);

	if (i < COUNT(asks))
		*out = (enum report_ask)i;
	return i < COUNT(asks);
}

bool
report_disposition_of(struct span word, enum report_disposition *out)
{
	size_t i = find(dispositions, 0, COUNT(dispositions), word);

	if (i < COUNT(dispositions))
		*out = (enum report_disposition)i;
	return i < COUNT(dispositions);
}

bool
report_result_of(struct span word, enum report_result *out)
{
	size_t i = find(results, 0, REPORT_RESULT_OTHER, word);

	if (i < REPORT_RESULT_OTHER)
		*out = (enum report_result)i;
	return i < REPORT_RESULT_OTHER;
}

bool
report_reason_of(struct span word, enum report_reason_type *out)
{
	size_t i = find(reasons, 0, COUNT(reasons), word);

	if (i < COUNT(reasons))
		*out = (enum report_reason_type)i;
	return i < COUNT(reasons);
}

/* SPDX-License-Identifier: ISC */
/* Which element may stand in which: RFC 9990 3.1.1 and what older ones had. */
#include "report/xml_impl.h"

struct child {
	const char *name;
	enum element element;
};

static const struct child in_feedback[] = {
	{ "record", EL_RECORD }, { "version", EL_VERSION },
	{ "report_metadata", EL_METADATA }, { "policy_published", EL_POLICY },
	{ "extension", EL_EXTENSION }, { NULL, EL_SKIP } };
static const struct child in_metadata[] = {
	{ "org_name", EL_ORG }, { "email", EL_EMAIL },
	{ "extra_contact_info", EL_CONTACT }, { "report_id", EL_ID },
	{ "date_range", EL_RANGE }, { "error", EL_ERROR },
	{ "generator", EL_GENERATOR }, { NULL, EL_SKIP } };
static const struct child in_range[] = {
	{ "begin", EL_BEGIN }, { "end", EL_END }, { NULL, EL_SKIP } };
static const struct child in_policy[] = {
	{ "domain", EL_P_DOMAIN }, { "p", EL_P }, { "sp", EL_SP },
	{ "np", EL_NP }, { "adkim", EL_ADKIM }, { "aspf", EL_ASPF },
	{ "fo", EL_FO }, { "testing", EL_TESTING },
	{ "discovery_method", EL_DISCOVERY }, { "pct", EL_PCT },
	{ NULL, EL_SKIP } };
static const struct child in_record[] = {
	{ "row", EL_ROW }, { "identifiers", EL_IDENTIFIERS },
	{ "auth_results", EL_AUTH }, { "identities", EL_IDENTIFIERS },
	{ NULL, EL_SKIP } };
static const struct child in_row[] = {
	{ "source_ip", EL_IP }, { "count", EL_COUNT },
	{ "policy_evaluated", EL_EVALUATED }, { NULL, EL_SKIP } };
static const struct child in_evaluated[] = {
	{ "disposition", EL_DISPOSITION }, { "dkim", EL_E_DKIM },
	{ "spf", EL_E_SPF }, { "reason", EL_REASON }, { NULL, EL_SKIP } };
static const struct child in_reason[] = {
	{ "type", EL_TYPE }, { "comment", EL_COMMENT }, { NULL, EL_SKIP } };
static const struct child in_identifiers[] = {
	{ "header_from", EL_H_FROM }, { "envelope_from", EL_E_FROM },
	{ "envelope_to", EL_E_TO }, { NULL, EL_SKIP } };
static const struct child in_auth[] = {
	{ "dkim", EL_DKIM }, { "spf", EL_SPF }, { NULL, EL_SKIP } };
static const struct child in_dkim[] = {
	{ "domain", EL_A_DOMAIN }, { "selector", EL_SELECTOR },
	{ "result", EL_RESULT }, { "human_result", EL_HUMAN },
	{ NULL, EL_SKIP } };
static const struct child in_spf[] = {
	{ "domain", EL_A_DOMAIN }, { "scope", EL_SCOPE },
	{ "result", EL_RESULT }, { "human_result", EL_HUMAN },
	{ NULL, EL_SKIP } };

static const struct child *const children[EL_OLD + 1] = {
	[EL_FEEDBACK] = in_feedback, [EL_METADATA] = in_metadata,
	[EL_RANGE] = in_range, [EL_POLICY] = in_policy,
	[EL_RECORD] = in_record, [EL_ROW] = in_row,
	[EL_EVALUATED] = in_evaluated, [EL_REASON] = in_reason,
	[EL_IDENTIFIERS] = in_identifiers, [EL_AUTH] = in_auth,
	[EL_DKIM] = in_dkim, [EL_SPF] = in_spf,
};

enum element
xml_child(enum element parent, struct span name)
{
	const struct child *c = children[parent];

	if (c == NULL)
		return EL_SKIP;
	while (c->name != NULL && !span_eq_nocase(name, span_of(c->name)))
		c++;
	return c->element;
}

bool
xml_has_children(enum element e)
{
	return children[e] != NULL;
}

bool
xml_known(struct span name)
{
	if (span_eq_nocase(name, SPAN("feedback")))
		return true;
	for (size_t i = 0; i <= EL_OLD; i++) {
		const struct child *c = children[i];

		for (; c != NULL && c->name != NULL; c++)
			if (span_eq_nocase(name, span_of(c->name)))
				return true;
	}
	return false;
}

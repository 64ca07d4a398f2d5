/* SPDX-License-Identifier: ISC */
#include "report/cause.h"
#include "report/trust.h"

static const struct report_auth *
foreign(const struct report_auth *a, size_t n, struct span ours)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].result == REPORT_RESULT_PASS && a[i].domain.len > 0 &&
		    !report_below(a[i].domain, ours))
			return &a[i];
	return NULL;
}

/* Was one of our own there, and did it (not) pass? */
static bool
ours_with(const struct report_auth *a, size_t n, struct span ours, bool pass)
{
	for (size_t i = 0; i < n; i++)
		if (report_below(a[i].domain, ours) &&
		    a[i].result != REPORT_RESULT_NONE &&
		    (a[i].result == REPORT_RESULT_PASS) == pass)
			return true;
	return false;
}

struct span
report_identity(const struct report_row *r, struct span ours)
{
	const struct report_auth *a = foreign(r->auth_dkim, r->ndkim, ours);

	if (a == NULL)
		a = foreign(r->auth_spf, r->nspf, ours);
	if (a != NULL)
		return a->domain;
	if (r->dkim || r->spf || ours_with(r->auth_dkim, r->ndkim, ours,
	    true) || ours_with(r->auth_spf, r->nspf, ours, true))
		return SPAN("ours");
	return SPAN("");
}

enum report_cause
report_cause(const struct report_row *r, struct span ours)
{
	bool broken_key, foreign_spf;

	if (r->dkim || r->spf)
		return REPORT_PASSES;
	for (size_t i = 0; i < r->nreasons; i++)
		if (r->reasons[i].type == REPORT_REASON_MAILING_LIST ||
		    r->reasons[i].type == REPORT_REASON_FORWARDED ||
		    r->reasons[i].type == REPORT_REASON_TRUSTED_FORWARDER)
			return REPORT_FORWARDED;
	broken_key = ours_with(r->auth_dkim, r->ndkim, ours, false);
	foreign_spf = foreign(r->auth_spf, r->nspf, ours) != NULL;
	if (broken_key && foreign_spf)
		return REPORT_FORWARDED;
	if (broken_key || ours_with(r->auth_spf, r->nspf, ours, false))
		return REPORT_OURS_BROKEN;
	if (foreign_spf || foreign(r->auth_dkim, r->ndkim, ours) != NULL)
		return REPORT_THIRD_PARTY;
	return REPORT_UNAUTHENTICATED;
}

const char *
report_cause_word(enum report_cause c)
{
	static const char *const words[] = {
		[REPORT_PASSES] = "passes",
		[REPORT_OURS_BROKEN] = "ours-broken",
		[REPORT_THIRD_PARTY] = "third-party",
		[REPORT_FORWARDED] = "forwarded",
		[REPORT_UNAUTHENTICATED] = "unauthenticated",
	};

	return words[c];
}

const char *
report_cause_remedy(enum report_cause c)
{
	static const char *const texts[] = {
		[REPORT_PASSES] = "nothing to do",
		[REPORT_OURS_BROKEN] = "check the key in the DNS, the "
		    "canonicalization and the includes of SPF",
		[REPORT_THIRD_PARTY] = "let this sender sign with your "
		    "domain, or give it a subdomain",
		[REPORT_FORWARDED] = "sign all mail with DKIM, so that it "
		    "survives forwarding",
		[REPORT_UNAUTHENTICATED] = "most likely forged: p=reject "
		    "is the remedy",
	};

	return texts[c];
}

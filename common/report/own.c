/* SPDX-License-Identifier: ISC */
#include "dmarc/lookup.h"
#include "report/own.h"

enum fault_kind
report_own_record(struct span receiver, struct dns *dns, struct arena *a,
    const char **wrong, struct fault *f)
{
	struct dmarc_request rq = { .nauthors = 1, .authors = &receiver };
	struct dmarc_result r;

	*wrong = NULL;
	if (dmarc_evaluate(&rq, dns, a, &r, f) != FAULT_NONE ||
	    r.result == VERDICT_TEMPERROR)
		return f->kind;
	if (r.record == NULL || r.result == VERDICT_NONE)
		*wrong = "no DMARC record: anybody can report in its name";
	else if (r.record->nrua > 0)
		*wrong = "its DMARC record asks for aggregate reports: send "
		    "from a domain whose record has no rua, or reports about "
		    "reports may go on for ever";
	else if (r.policy != DMARC_POLICY_QUARANTINE &&
	    r.policy != DMARC_POLICY_REJECT)
		*wrong = "its DMARC policy is none: anybody can report in its "
		    "name";
	return FAULT_NONE;
}

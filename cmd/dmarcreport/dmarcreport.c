/* SPDX-License-Identifier: ISC */
#include "cli/plain.h"
#include "dmarcreport/dmarcreport.h"

static const struct plain_verb verbs[] = {
	{ "record", dmarcreport_record, "verdicts into the spool" },
	{ "make", dmarcreport_make, "the reports of days that are over" },
	{ "send", dmarcreport_send, "send them; take bounces" },
	{ "queue", dmarcreport_queue, "what waits to be sent" },
	{ "suppress", dmarcreport_suppress, "who gets no reports" },
	{ "failure", dmarcreport_failure, "one failure report" },
	{ "init", dmarcreport_init, "make the folder and the store" },
	{ "read", dmarcreport_read, "read reports of others into the store" },
	{ "show", dmarcreport_show, "show what they say" },
	{ "alert", dmarcreport_alert, "report what is new or worse" },
	{ "lint", dmarcreport_lint, "check report files against the RFCs" },
	{ "prune", dmarcreport_prune, "delete old reports, keep their sums" },
	{ "doctor", dmarcreport_doctor, "look for what would break" },
};

int
main(int argc, char **argv)
{
	const struct plain_verbs all = { .name = "dmarcreport", .purpose =
	    "Make and send DMARC reports; read, show and watch others'.",
	    .verbs = verbs, .count = sizeof(verbs) / sizeof(verbs[0]) };

	return plain_verb(&all, argc, argv);
}

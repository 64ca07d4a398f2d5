/* SPDX-License-Identifier: ISC */
/* dmarcreport doctor: the signer's domain must be the sender's. */
#include <stdlib.h>

#include "base/spool.h"
#include "cli/plain.h"
#include "dmarcreport/doctor.h"
#include "dmarcreport/program.h"
#include "report/container.h"
#include "report/limits.h"
#include "report/mail.h"
#include "report/post.h"

#define MAIL_BYTES ((size_t)64 * 1024)
#define ARENA ((size_t)12 << 20)

/* A mail as a report's is, but for the report. */
static enum fault_kind
write_mail(const struct doctor *d, struct buf *b, struct fault *f)
{
	struct span from = span_of(d->from);
	struct span domain = span_sub(from, span_rfind(from, '@') + 1,
	    from.len);

	return report_post_format(&(struct report_post){ .org = domain,
	    .from = from, .to = from, .receiver = domain,
	    .policy_domain = domain, .report_id = SPAN("doctor"),
	    .file = SPAN("doctor"), .date = dmarcreport_now(&d->common) },
	    SPAN("no report"), b, f);
}

static void
say_verdict(struct doctor *d, const struct report_mail *m)
{
	switch (m->dmarc) {
	case VERDICT_PASS:
		return;
	case VERDICT_TEMPERROR:
		doctor_say(d, "cannot be judged now: the DNS gave no answer",
		    d->signer);
		return;
	case VERDICT_NONE:
	case VERDICT_NEUTRAL:
	case VERDICT_FAIL:
	case VERDICT_SOFTFAIL:
	case VERDICT_PERMERROR:
	case VERDICT_POLICY:
		break;
	}
	doctor_say(d, message_field(&m->message, "DKIM-Signature") == NULL ?
	    "does not sign" : "what it signs does not pass DMARC: its domain "
	    "does not align with --from, or its key is not in the DNS",
	    d->signer);
}

static enum fault_kind
judge(struct doctor *d, struct span mail, struct fault *f)
{
	struct dns *dns = NULL;
	struct report_mail m;
	struct report_range range;
	struct spool bytes;
	struct arena a;
	char *chunk = malloc(MESSAGE_CHUNK);

	if (chunk == NULL)
		return fault_nomem(f);
	arena_init(&a, ARENA);
	spool_init(&bytes, REPORT_SPOOL_MEMORY, "/tmp");
	if (spool_add(&bytes, mail, f) == FAULT_NONE &&
	    dmarcreport_dns(&d->common, &dns, f) == FAULT_NONE) {
		report_range_open(&range, &bytes, 0, bytes.len);
		if (report_mail_open(&m, &range.source, chunk, &a, "/tmp",
		    f) == FAULT_NONE && m.why != REPORT_WHY_NONE)
			doctor_say(d, "does not write a mail", d->signer);
		else if (f->kind == FAULT_NONE &&
		    report_mail_verify(&m, NULL, dns,
		    dmarcreport_now(&d->common), &a, f) == FAULT_NONE)
			say_verdict(d, &m);
		report_mail_close(&m);
	}
	dns_close(dns);
	spool_free(&bytes);
	arena_free(&a);
	free(chunk);
	return f->kind;
}

enum fault_kind
doctor_signer(struct doctor *d, struct fault *f)
{
	struct buf mail, out;
	int status = 0;

	buf_init(&mail, MAIL_BYTES);
	buf_init(&out, 2 * MAIL_BYTES);
	if (write_mail(d, &mail, f) == FAULT_NONE &&
	    dmarcreport_sign(d->signer, buf_span(&mail), &out, &status, f) ==
	    FAULT_NONE) {
		if (status != 0)
			doctor_say(d, "fails, so that nothing would be sent",
			    d->signer);
		else
			(void)judge(d, buf_span(&out), f);
	}
	buf_free(&mail);
	buf_free(&out);
	return f->kind;
}

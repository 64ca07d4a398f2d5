/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "dkim/key_mail.h"

static enum fault_kind
verify(struct message *m, struct dns *dns, int64_t now, struct arena *a,
    struct dkim_report *report, struct fault *f)
{
	const struct dkim_options options = { .legacy = false };
	struct dkim_verify *v;
	struct span bytes;

	if (m->empty)
		return fault_set(f, FAULT_DATA, "the mail is empty");
	if (dkim_verify_open(&v, m, &options, a, f) != FAULT_NONE)
		return f->kind;
	do {
		if (message_body(m, &bytes, f) != FAULT_NONE)
			return f->kind;
		dkim_verify_body(v, bytes);
	} while (bytes.len > 0);
	return dkim_verify_close(v, dns, now, report, f);
}

enum fault_kind
key_mail_read(struct source *source, struct dns *dns, int64_t now,
    struct arena *a, struct dkim_report *report, struct fault *f)
{
	char *chunk = malloc(MESSAGE_CHUNK);
	struct message m;

	if (chunk == NULL)
		return fault_nomem(f);
	if (message_open(&m, source, chunk, a, f) == FAULT_NONE)
		(void)verify(&m, dns, now, a, report, f);
	free(chunk);
	return f->kind;
}

static bool
is_asked(const struct key_mail_answer *answer, const struct dkim_result *r)
{
	return answer->domain.p == NULL ||
	    (r->domain.p != NULL && r->selector.p != NULL &&
	    span_eq_nocase(r->domain, answer->domain) &&
	    span_eq_nocase(r->selector, answer->selector));
}

int
key_mail_exit(const struct key_mail_answer *answer)
{
	int status = 0;
	size_t found = 0;

	if (answer->check != NULL)
		status = key_agreement_exit(answer->check->result);
	if (answer->report == NULL)
		return status;
	for (size_t i = 0; i < answer->report->count; i++) {
		const struct dkim_result *r = &answer->report->results[i];

		if (!is_asked(answer, r))
			continue;
		found++;
		status = verdict_worse_exit(status,
		    key_agreement_exit(key_agreement_of(r)));
	}
	return found > 0 ? status : verdict_worse_exit(status, 6);
}

static void
result_text(const struct dkim_result *r, struct buf *b)
{
	buf_addf(b, "signature %zu: %s", r->index,
	    key_agreement_word(key_agreement_of(r)));
	buf_addf(b, " dkim=%s", verdict_word(r->result));
	if (r->reason != REASON_NONE)
		buf_addf(b, " reason=%s", reason_word(r->reason));
	if (r->domain.p != NULL && r->selector.p != NULL) {
		buf_adds(b, " key=");
		buf_addprint(b, r->selector);
		buf_adds(b, "._domainkey.");
		buf_addprint(b, r->domain);
	}
	if (r->detail.len > 0) {
		buf_adds(b, " (");
		buf_addprint(b, r->detail);
		buf_addc(b, ')');
	}
	buf_addc(b, '\n');
}

void
key_mail_text(const struct key_mail_answer *answer, struct buf *b)
{
	size_t found = 0;

	if (answer->check != NULL)
		key_check_text(answer->check, b);
	if (answer->report == NULL)
		return;
	for (size_t i = 0; i < answer->report->count; i++) {
		if (!is_asked(answer, &answer->report->results[i]))
			continue;
		result_text(&answer->report->results[i], b);
		found++;
	}
	if (found == 0)
		buf_adds(b, answer->domain.p == NULL ?
		    "no signature in the mail\n" :
		    "no signature with this key in the mail\n");
}

static json_t *
result_json(const struct dkim_result *r)
{
	json_t *o = json_object();
	bool failed = false;

	js_set(o, "index", js_int((int64_t)r->index), &failed);
	js_set(o, "agreement", js_str(key_agreement_word(
	    key_agreement_of(r))), &failed);
	js_set(o, "result", js_str(verdict_word(r->result)), &failed);
	js_set(o, "reason", r->reason == REASON_NONE ? js_null() :
	    js_str(reason_word(r->reason)), &failed);
	js_set(o, "domain", js_span(r->domain), &failed);
	js_set(o, "selector", js_span(r->selector), &failed);
	js_set(o, "key_bits", r->key_bits > 0 ? js_int(r->key_bits) :
	    js_null(), &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static const char *
exit_word(int status)
{
	switch (status) {
	case 0:
		return "agree";
	case 1:
		return "differ";
	case 4:
		return "broken";
	case 6:
		return "no-record";
	}
	return "temperror";
}

json_t *
key_mail_json(const struct key_mail_answer *answer)
{
	json_t *o = json_object(), *mail = json_array();
	bool failed = false;

	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dkimkey"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "result", js_str(exit_word(key_mail_exit(answer))),
	    &failed);
	js_set(o, "record", answer->check == NULL ? js_null() :
	    key_check_json(answer->check), &failed);
	for (size_t i = 0; answer->report != NULL &&
	    i < answer->report->count; i++)
		if (is_asked(answer, &answer->report->results[i]))
			js_push(mail, result_json(
			    &answer->report->results[i]), &failed);
	js_set(o, "signatures", mail, &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

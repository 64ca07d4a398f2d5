/* SPDX-License-Identifier: ISC */
/* dmarcreport failure: the message, who gets the report, and how. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/file.h"
#include "base/out.h"
#include "cli/plain.h"
#include "dmarc/consent.h"
#include "dmarcreport/failure.h"
#include "report/make.h"
#include "report/store_failure.h"
#include "report/store_send.h"

#define NAME "dmarcreport failure"

/* ---- input ---- */

static enum fault_kind
read_message(struct failing *k, struct span bytes, struct fault *f)
{
	struct input_bytes in;
	struct span part;
	char *chunk = malloc(MESSAGE_CHUNK);
	char *copy = arena_alloc(&k->arena, bytes.len + 1);
	size_t n = 0;

	if (chunk == NULL || copy == NULL)
		(void)fault_nomem(f);
	input_bytes_open(&in, bytes, 0);
	if (f->kind == FAULT_NONE && copy != NULL && message_open(&k->message,
	    &in.source, chunk, &k->arena, f) == FAULT_NONE) {
		do {
			if (message_body(&k->message, &part, f) != FAULT_NONE)
				break;
			memcpy(copy + n, part.p, part.len);
			n += part.len;
		} while (part.len > 0);
		k->body = (struct span){ copy, n };
	}
	free(chunk);
	if (f->kind == FAULT_NONE && k->message.nfields == 0)
		return fault_set(f, FAULT_DATA, "not a message");
	return f->kind;
}

enum fault_kind
dmarcreport_failure_read(struct failing *k, json_t **verdict, struct fault *f)
{
	struct span bytes, json;
	json_error_t error;

	if (file_read_fd(STDIN_FILENO, &k->input, f) != FAULT_NONE)
		return f->kind;
	bytes = buf_span(&k->input);
	json = span_of(k->verdict);
	if (strcmp(k->verdict, "-") == 0) {
		(void)span_cut(bytes, '\n', &json, &bytes);
	} else if (k->verdict[0] != '{') {
		if (file_read(k->verdict, &k->json, f) != FAULT_NONE)
			return f->kind;
		json = buf_span(&k->json);
	}
	*verdict = json_loadb(json.p, json.len, JSON_REJECT_DUPLICATES,
	    &error);
	if (*verdict == NULL)
		return fault_set(f, FAULT_DATA, "--verdict: not JSON");
	return read_message(k, bytes, f);
}

/* ---- who gets it ---- */

static enum fault_kind
is_suppressed(struct failing *k, struct span address, bool *yes,
    struct fault *f)
{
	struct span name = arena_lower(&k->arena, address);

	if (name.p == NULL)
		return fault_nomem(f);
	if (report_store_is_suppressed(k->store, name, k->now, yes, f) !=
	    FAULT_NONE || *yes)
		return f->kind;
	name = span_sub(name, span_rfind(name, '@'), name.len);
	if (report_store_is_suppressed(k->store, name, k->now, yes, f) !=
	    FAULT_NONE || *yes)
		return f->kind;
	return report_store_is_suppressed(k->store, k->r.policy_domain,
	    k->now, yes, f);
}

/* Consent, suppression and rate of one URI. */
static enum fault_kind
weigh_uri(struct failing *k, struct dmarc_memo *memo, struct span org,
    const struct dmarc_uri *uri, struct fault *f)
{
	struct dmarc_consented said;
	enum report_rate rate = REPORT_RATE_STEP;
	uint64_t alike = 1;
	bool suppressed = false;

	if (dmarc_consent_ask(memo, k->r.policy_domain, org,
	    &(struct dmarc_asked){ uri, true }, &said, f) != FAULT_NONE)
		return f->kind;
	if (said.consent == DMARC_CONSENT_UNKNOWN)
		k->status = FAULT_TEMP;
	if (said.address.p == NULL || !report_address_good(said.address) ||
	    span_eq_nocase(said.address, k->r.from))
		return FAULT_NONE;
	if (is_suppressed(k, said.address, &suppressed, f) != FAULT_NONE ||
	    suppressed)
		return f->kind;
	if (report_store_incident(k->store, said.address,
	    span_of(k->r.incident), k->now, &rate, &alike, f) != FAULT_NONE)
		return f->kind;
	if (rate == REPORT_RATE_SEND)
		k->addresses[k->n++] = said.address;
	if (alike > k->r.incidents)
		k->r.incidents = alike;
	if (rate == REPORT_RATE_CAPPED) {
		k->status = FAULT_TEMP;
		if (!k->common.quiet)
			front_say(NAME, "%.*s: too many reports: dropped",
			    SPAN_ARG(said.address));
	}
	return FAULT_NONE;
}

enum fault_kind
dmarcreport_failure_weigh(struct failing *k, struct fault *f)
{
	struct dmarc_memo memo;
	struct dmarc_walk w;

	if (dmarcreport_dns(&k->common, &k->dns, f) != FAULT_NONE)
		return f->kind;
	dmarc_memo_init(&memo, k->dns, &k->arena);
	if (dmarc_walk(&memo, k->r.policy_domain, &w, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < k->r.record->nruf; i++)
		if (weigh_uri(k, &memo, w.failed ? (struct span){ NULL, 0 } :
		    w.org, &k->r.record->ruf[i], f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

/* ---- out ---- */

static enum fault_kind
hand_over(struct failing *k, struct span mail, const char *id,
    struct fault *f)
{
	struct out o;
	int status = 0;

	if (k->program.sendmail == NULL) {
		out_init(&o, STDOUT_FILENO, "standard output");
		out_addspan(&o, mail);
		return out_close(&o, f);
	}
	for (size_t i = 0; i < k->n; i++) {
		if (dmarcreport_deliver(&k->program, k->r.from, span_of(id),
		    k->addresses[i], mail, &status, f) != FAULT_NONE)
			return f->kind;
		if (status == 0)
			continue;
		k->status = FAULT_TEMP;
		front_say(NAME, "%.*s: exit status %d",
		    SPAN_ARG(k->addresses[i]), status);
	}
	return FAULT_NONE;
}

enum fault_kind
dmarcreport_failure_write(struct failing *k, struct fault *f)
{
	struct report_failure_to to = { .n = k->n,
	    .addresses = k->addresses, .now = k->now };
	unsigned char random[16];
	struct buf mail, id;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return fault_set(f, FAULT_SOFTWARE, "getrandom");
	buf_init(&id, 64);
	buf_init(&mail, MAIL_BYTES);
	buf_addhex(&id, random, sizeof(random));
	memcpy(to.id, buf_str(&id), sizeof(to.id));
	if (buf_check(&id, f) == FAULT_NONE &&
	    report_failure_format(&k->r, &to, &k->message, k->body, &mail,
	    f) == FAULT_NONE)
		(void)hand_over(k, buf_span(&mail), to.id, f);
	buf_free(&id);
	buf_free(&mail);
	return f->kind;
}

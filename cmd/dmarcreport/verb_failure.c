/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli/plain.h"
#include "dmarcreport/dmarcreport.h"
#include "dmarcreport/failure.h"
#include "dmarcreport/program.h"
#include "dmarcreport/verb_failure_cli.h"
#include "dmarcreport/verb_failure_options.h"
#include "dns/idna.h"
#include "report/failure.h"
#include "report/make.h"

#define NAME "dmarcreport failure"
static enum fault_kind
take_word(const char *name, const char *value, const char *const *words,
    const char **out, struct fault *f)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(value, words[i]) != 0)
			continue;
		*out = words[i];
		return FAULT_NONE;
	}
	return fault_set(f, FAULT_USAGE, "--%s=%s: no such word", name,
	    value);
}

static enum fault_kind
take_how(struct failing *k, const char *name, const char *value,
    struct fault *f)
{
	static const char *const deliveries[] = { "delivered", "spam",
	    "policy", "reject", "other", NULL };
	static const char *const subjects[] = { "keep", "drop", NULL };
	static const char *const redacts[] = { "none", NULL };
	const char *word = NULL;

	if (strcmp(name, "delivery") == 0)
		return take_word(name, value, deliveries, &k->r.delivery, f);
	if (strcmp(name, "subject") == 0) {
		(void)take_word(name, value, subjects, &word, f);
		k->r.drop_subject = word == subjects[1];
	} else if (strcmp(name, "redact") == 0) {
		(void)take_word(name, value, redacts, &word, f);
		k->r.redact.none = word != NULL;
	} else if (strcmp(name, "envelope-id") == 0) {
		k->r.envelope_id = span_of(value);
		if (!span_is_print(k->r.envelope_id))
			return fault_set(f, FAULT_USAGE,
			    "--envelope-id: not printable ASCII");
	} else if (strcmp(name, "report-address") == 0) {
		if (k->r.nown == OWN_MAX)
			return fault_set(f, FAULT_USAGE,
			    "--report-address: given too often");
		k->own[k->r.nown++] = span_of(value);
	}
	return f->kind;
}

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct failing *k = state;
	bool taken;

	if (dmarcreport_option(&k->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "verdict") == 0)
		k->verdict = value;
	else if (strcmp(name, "from") == 0)
		k->r.from = span_of(value);
	else if (strcmp(name, "receiver") == 0)
		k->r.receiver = span_of(value);
	else if (strcmp(name, "key") == 0)
		k->key = value;
	else if (strcmp(name, "sendmail") == 0)
		k->program.sendmail = value;
	else if (strcmp(name, "signer") == 0)
		k->program.signer = value;
	else if (strcmp(name, "bounce") == 0)
		k->program.bounce = value;
	else if (strcmp(name, "body") == 0)
		k->r.body = true;
	else
		return take_how(k, name, value, f);
	return FAULT_NONE;
}

static const char *const repeatable[] = { "report-address", "zone",
	"nameserver", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_failure_options,
	.shorts = dmarcreport_failure_shorts,
	.text = FRONT_TEXT(dmarcreport_failure),
	.repeatable = repeatable,
	.option = take_option,
};

static enum fault_kind
check_options(struct failing *k, struct fault *f)
{
	if (k->verdict == NULL)
		return fault_set(f, FAULT_USAGE, "--verdict is needed");
	if (k->r.from.p == NULL || !report_address_good(k->r.from))
		return fault_set(f, FAULT_USAGE, "--from is needed, and an "
		    "address");
	if (k->r.receiver.p == NULL)
		k->r.receiver = span_sub(k->r.from, span_rfind(k->r.from,
		    '@') + 1, k->r.from.len);
	if (idna_name(k->r.receiver, &k->arena, &k->r.receiver, "receiver",
	    f) != FAULT_NONE)
		return f->kind;
	if (k->program.bounce != NULL &&
	    !report_address_good(span_of(k->program.bounce)))
		return fault_set(f, FAULT_USAGE, "--bounce=%s: no address",
		    k->program.bounce);
	if (k->program.sendmail != NULL && dmarcreport_program_check(
	    "sendmail", k->program.sendmail, f) != FAULT_NONE)
		return f->kind;
	if (k->program.signer != NULL && k->program.sendmail == NULL)
		return fault_set(f, FAULT_USAGE,
		    "--signer needs --sendmail");
	return k->program.signer == NULL ? FAULT_NONE :
	    dmarcreport_program_check("signer", k->program.signer, f);
}

static enum fault_kind
open_state(struct failing *k, struct fault *f)
{
	const char *home;
	struct buf path;

	if (dmarcreport_home(&k->common, &home, f) != FAULT_NONE ||
	    dmarcreport_store(&k->common, true, &k->store, f) != FAULT_NONE)
		return f->kind;
	if (k->r.redact.none)
		return FAULT_NONE;
	buf_init(&path, 4096);
	buf_addf(&path, "%s/redact.key", home);
	if (buf_check(&path, f) == FAULT_NONE)
		(void)dmarcreport_key(k->key != NULL ? k->key :
		    buf_str(&path), k->key == NULL, &k->secret, f);
	k->r.redact.key = buf_span(&k->secret);
	buf_free(&path);
	return f->kind;
}

static enum fault_kind
failure_run(struct failing *k, struct fault *f)
{
	enum report_not_due why = REPORT_NOT_VERDICT;
	json_t *verdict = NULL;

	k->now = dmarcreport_now(&k->common);
	k->r.own = k->own;
	if (check_options(k, f) == FAULT_NONE &&
	    dmarcreport_failure_read(k, &verdict, f) == FAULT_NONE)
		(void)report_failure_due(&k->r, verdict, &k->message,
		    &k->arena, &why, f);
	if (f->kind == FAULT_NONE && why == REPORT_DUE &&
	    open_state(k, f) == FAULT_NONE &&
	    dmarcreport_failure_weigh(k, f) == FAULT_NONE && k->n > 0)
		(void)dmarcreport_failure_write(k, f);
	if (f->kind == FAULT_NONE && why != REPORT_DUE && k->common.verbose)
		front_say(NAME, "%s", report_not_due_text(why));
	if (f->kind == FAULT_NONE && why == REPORT_NOT_ASKED)
		k->status = 6;
	if (f->kind == FAULT_NONE && why == REPORT_NOT_VERDICT &&
	    json_object_get(verdict, "dmarc") == NULL)
		(void)fault_set(f, FAULT_DATA,
		    "--verdict: not of dmarceval");
	else if (why == REPORT_NOT_VERDICT)
		k->status = k->status == 0 ? 6 : k->status;
	json_decref(verdict);
	return f->kind;
}

int
dmarcreport_failure(int argc, char **argv)
{
	struct failing k = { .common = { .name = NAME, .now = -1 } };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0;
	bool done;

	arena_init(&k.arena, 2 * INPUT_BYTES);
	buf_init(&k.input, INPUT_BYTES);
	buf_init(&k.json, VERDICT_BYTES);
	buf_init(&k.secret, 4096);
	if (plain_parse(&tool, &k, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done) {
		if (first < argc)
			(void)fault_set(&f, FAULT_USAGE,
			    "no operands, please: the message is the input");
		else
			(void)failure_run(&k, &f);
	}
	dns_close(k.dns);
	report_store_close(k.store);
	buf_cleanse(&k.secret);
	buf_free(&k.json);
	buf_free(&k.input);
	arena_free(&k.arena);
	dmarcreport_free(&k.common);
	return f.kind == FAULT_NONE ? k.status : plain_fail(NAME, &f);
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "dkim/key_publish.h"

static void
check_warn(struct key_check *check, const char *text)
{
	if (check->nwarnings < KEY_WARNINGS)
		check->warnings[check->nwarnings++] = text;
}

static bool
same_key(const struct key_public *a, const struct key_public *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == KEY_ED25519)
		return memcmp(a->point, b->point, sizeof(a->point)) == 0;
	return span_eq(a->n, b->n) && span_eq(a->e, b->e);
}

/* What is wrong with a record that can be read, or NULL. */
static const char *
record_fault(const struct key_record *key)
{
	if (key->state != KEY_GOOD)
		return key->what;
	if (!key->email)
		return "s= does not allow e-mail";
	if (!key->sha256)
		return "h= does not allow sha256";
	if (key->pub.type == KEY_RSA && key->pub.bits < BOUND_RSA_LEAST)
		return "the RSA key is too short for any verifier";
	return NULL;
}

/* One record: does it say more than what we have? */
static void
check_record(struct key_check *check, const struct key_record *key,
    const struct key_public *mine, struct span text, size_t before)
{
	const char *bad = record_fault(key);
	enum key_agreement result = KEY_AGREE;

	if (bad != NULL)
		result = KEY_BROKEN;
	else if (mine != NULL && !same_key(mine, &key->pub))
		result = KEY_DIFFER;
	/* Agreement beats all; else the first record is the one reported. */
	if (before > 0 && (check->result == KEY_AGREE ||
	    result != KEY_AGREE))
		return;
	check->result = result;
	check->record = text;
	check->type = key->pub.type;
	check->bits = key->pub.bits;
	check->testing = key->testing;
	check->strict = key->strict;
	check->detail = result == KEY_BROKEN ? span_of(bad) :
	    result == KEY_DIFFER ?
	    SPAN("the record holds another key") : SPAN("");
}

/* A record that is no key; what is wrong with it. */
static void
check_seen(struct key_check *check, struct span text, const char *what)
{
	check->seen = text;
	check->seen_what = what;
}

static enum fault_kind
check_records(struct key_check *check, const struct dns_answer *answer,
    const struct key_public *mine, struct fault *f)
{
	struct key_record key;
	size_t found = 0;

	check->result = KEY_NO_RECORD;
	check->detail = SPAN("TXT records, but none is a DKIM key");
	for (size_t i = 0; i < answer->count; i++) {
		struct span text = answer->records[i].text;

		if (key_record_parse(text, &key, f) == FAULT_NONE) {
			if (key.state != KEY_FOREIGN)
				check_record(check, &key, mine, text, found++);
			else if (check->seen.p == NULL)
				check_seen(check, text, key.what);
		}
		key_record_free(&key);
		if (f->kind != FAULT_NONE)
			return f->kind;
	}
	check->records = found;
	if (check->result == KEY_BROKEN)
		check_seen(check, check->record, NULL);
	else if (found > 0)
		check->seen.p = NULL;
	if (found > 1)
		check_warn(check, "more than one key record");
	if (found > 0 && found < answer->count)
		check_warn(check, "TXT records that are no keys stand beside");
	return FAULT_NONE;
}

static void
check_strength(struct key_check *check)
{
	if (check->record.p == NULL)
		return;
	if (check->type == KEY_RSA && check->bits >= BOUND_RSA_LEAST &&
	    check->bits < KEY_GOOD_BITS)
		check_warn(check, "an RSA key of less than 2048 bits");
	if (check->testing)
		check_warn(check, "t=y: others may take it as not signed");
	if (check->result != KEY_NO_RECORD && !check->authentic &&
	    !check->local)
		check_warn(check, "no DNSSEC that the resolver vouches for");
}

/* Ask, and compare with our own public half (or NULL). */
static enum fault_kind
check_dns(struct dns *dns, const struct key_public *mine, struct arena *a,
    struct key_check *check, struct fault *f)
{
	struct dns_answer answer;

	if (dns_query(dns, check->name, DNS_TXT, a, &answer, f) !=
	    FAULT_NONE)
		return f->kind;
	check->authentic = answer.authentic;
	check->local = dns->offline || (answer.count > 0 &&
	    answer.records[0].place.file != NULL);
	check->ttl = answer.ttl;
	switch (answer.outcome) {
	case DNS_TEMPERROR:
		check->result = KEY_TRY_AGAIN;
		check->detail = span_of(dns_outcome_word(&answer));
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		check->result = KEY_NO_RECORD;
		check->detail = span_of(dns_outcome_word(&answer));
		break;
	case DNS_ANSWER:
		if (check_records(check, &answer, mine, f) != FAULT_NONE)
			return f->kind;
		break;
	}
	check_strength(check);
	return FAULT_NONE;
}

enum fault_kind
key_check(struct dns *dns, struct span domain, struct span selector,
    const struct key_private *key, struct arena *a, struct key_check *check,
    struct fault *f)
{
	struct key_public mine;
	struct buf der;
	const char *what;

	*check = (struct key_check){ .detail = SPAN("") };
	check->name = key_name(selector, domain, a);
	if (check->name.p == NULL)
		return fault_nomem(f);
	if (key == NULL)
		return check_dns(dns, NULL, a, check, f);
	buf_init(&der, 4096);
	if (key_private_public(key, &der, f) == FAULT_NONE) {
		if (!key_public_parse(key_private_type(key), buf_span(&der),
		    &mine, &what))
			(void)fault_set(f, FAULT_CONFIG,
			    "the private key: %s", what);
		else
			(void)check_dns(dns, &mine, a, check, f);
	}
	buf_free(&der);
	return f->kind;
}

const char *
key_agreement_word(enum key_agreement result)
{
	switch (result) {
	case KEY_TRY_AGAIN:
		break;
	case KEY_AGREE:
		return "agree";
	case KEY_DIFFER:
		return "differ";
	case KEY_BROKEN:
		return "broken";
	case KEY_NO_RECORD:
		return "no-record";
	}
	return "temperror";
}

int
key_agreement_exit(enum key_agreement result)
{
	switch (result) {
	case KEY_TRY_AGAIN:
		break;
	case KEY_AGREE:
		return 0;
	case KEY_DIFFER:
		return 1;
	case KEY_BROKEN:
		return 4;
	case KEY_NO_RECORD:
		return 6;
	}
	return 75;
}

enum key_agreement
key_agreement_of(const struct dkim_result *r)
{
	if (r->result == VERDICT_TEMPERROR)
		return KEY_TRY_AGAIN;
	if (r->reason == REASON_KEY_NONE)
		return KEY_NO_RECORD;
	if (r->result == VERDICT_PERMERROR || r->reason == REASON_WEAK)
		return KEY_BROKEN;
	/* Time and policy say nothing of the key. */
	return r->header_ok == DKIM_YES && r->body_ok == DKIM_YES ?
	    KEY_AGREE : KEY_DIFFER;
}

void
key_check_text(const struct key_check *check, struct buf *b)
{
	buf_addprint(b, check->name);
	buf_addf(b, ": %s", key_agreement_word(check->result));
	if (check->detail.len > 0) {
		buf_adds(b, " (");
		buf_addprint(b, check->detail);
		buf_addc(b, ')');
	}
	if (check->record.p != NULL)
		buf_addf(b, " key=%s bits=%u testing=%s strict=%s%s ttl=%lu",
		    key_type_word(check->type), check->bits,
		    check->testing ? "yes" : "no",
		    check->strict ? "yes" : "no", check->local ? "" :
		    check->authentic ? " dnssec=yes" : " dnssec=no",
		    (unsigned long)check->ttl);
	buf_addc(b, '\n');
	if (check->seen.p != NULL) {
		buf_addprint(b, check->name);
		buf_adds(b, ": seen: \"");
		buf_addprint(b, check->seen);
		buf_adds(b, check->seen_what == NULL ? "\"" : "\": ");
		buf_adds(b, check->seen_what == NULL ? "" : check->seen_what);
		buf_addc(b, '\n');
	}
	for (size_t i = 0; i < check->nwarnings; i++) {
		buf_addprint(b, check->name);
		buf_addf(b, ": warning: %s\n", check->warnings[i]);
	}
}

json_t *
key_check_json(const struct key_check *check)
{
	json_t *o = json_object(), *warnings = json_array();
	bool failed = false, any = check->record.p != NULL;

	js_set(o, "result", js_str(key_agreement_word(check->result)),
	    &failed);
	js_set(o, "name", js_span(check->name), &failed);
	js_set(o, "detail", check->detail.len > 0 ? js_span(check->detail) :
	    js_null(), &failed);
	js_set(o, "record", js_span(check->record), &failed);
	js_set(o, "seen", js_span(check->seen), &failed);
	js_set(o, "key_type", any ? js_str(key_type_word(check->type)) :
	    js_null(), &failed);
	js_set(o, "key_bits", any ? js_int(check->bits) : js_null(), &failed);
	js_set(o, "ttl", any ? js_int(check->ttl) : js_null(), &failed);
	js_set(o, "testing", any ? js_bool(check->testing) : js_null(),
	    &failed);
	js_set(o, "strict", any ? js_bool(check->strict) : js_null(),
	    &failed);
	js_set(o, "dnssec", check->local ? js_null() :
	    js_bool(check->authentic), &failed);
	for (size_t i = 0; i < check->nwarnings; i++)
		js_push(warnings, js_str(check->warnings[i]), &failed);
	js_set(o, "warnings", warnings, &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

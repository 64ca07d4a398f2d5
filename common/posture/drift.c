/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dmarc/record.h"
#include "mail/taglist.h"
#include "posture/drift.h"
#include "posture/rule.h"
#include "spf/record.h"

/* One comparison under way. */
struct drift {
	struct posture *p;
	const json_t *old, *now;
	struct fault *f;
};

struct span
posture_json_span(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return (struct span){ NULL, 0 };
	return (struct span){ json_string_value(value),
	    json_string_length(value) };
}

bool
posture_json_seen(const json_t *checks, const char *family)
{
	struct span word = posture_json_span(checks, family);

	return word.p != NULL && !span_eq(word, SPAN("skipped")) &&
	    !span_eq(word, SPAN("temperror"));
}

static bool
drift_add(struct drift *d, enum posture_rule rule, struct span term,
    const char *what)
{
	return lint_add(&d->p->lint, posture_rule(rule), d->p->lint.domain,
	    term, 0, d->f, "%s", what) == FAULT_NONE;
}

/* "WORD: BEFORE -> AFTER", each cut to fit. */
static bool
drift_change(struct drift *d, enum posture_rule rule, const char *word,
    struct span before, struct span after)
{
	struct buf b;
	bool ok;

	buf_init(&b, 4096);
	buf_addf(&b, "%s: ", word);
	buf_addspan(&b, before.p == NULL ? SPAN("none") :
	    span_sub(before, 0, 150));
	buf_adds(&b, " -> ");
	buf_addspan(&b, after.p == NULL ? SPAN("none") :
	    span_sub(after, 0, 150));
	ok = buf_check(&b, d->f) == FAULT_NONE &&
	    drift_add(d, rule, span_of(word), buf_str(&b));
	buf_free(&b);
	return ok;
}

/* How far `all` keeps forgers off; -1 where a redirect decides. */
static int
drift_all(const json_t *spf)
{
	static const char *const words[] = { "+all", "?all", "~all", "-all" };
	struct span record = posture_json_span(spf, "record"), all;
	struct spf_record parsed;
	struct spf_term wrong;

	all = posture_json_span(spf, "all");
	if (record.p == NULL)
		return 0;
	for (int i = 0; i < 4; i++)
		if (span_eq_nocase(all, span_of(words[i])))
			return i;
	return spf_record_parse(record, &parsed, &wrong) &&
	    parsed.redirect.text.len > 0 ? -1 : 1;
}

/* Does the record hold a term like this one? */
static bool
drift_has_term(struct span record, const struct spf_term *term)
{
	struct spf_terms terms = spf_terms_of(record);
	struct spf_term other;

	while (spf_terms_next(&terms, &other))
		if (span_eq_nocase(other.text, term->text))
			return true;
	return false;
}

/* Terms of the new record that let more senders through. */
static bool
drift_senders(struct drift *d, struct span before, struct span after,
    bool *any)
{
	struct spf_terms terms = spf_terms_of(after);
	struct spf_term term;

	if (before.p == NULL || after.p == NULL)
		return true;
	while (spf_terms_next(&terms, &term)) {
		if (term.error != NULL || term.verdict != VERDICT_PASS ||
		    term.kind == SPF_ALL || term.kind == SPF_EXP ||
		    term.kind == SPF_UNKNOWN || drift_has_term(before, &term))
			continue;
		*any = true;
		if (lint_add(&d->p->lint, posture_rule(POSTURE_DIF_SENDERS),
		    d->p->lint.domain, term.text, 0, d->f, "%.*s",
		    SPAN_ARG(span_sub(term.text, 0, 300))) != FAULT_NONE)
			return false;
	}
	return true;
}

/* Addresses that a record lists itself, in units of IPv4's /32 or IPv6's
 * /64. */
static double
drift_addresses(struct span record)
{
	struct spf_terms terms = spf_terms_of(record);
	struct spf_term term;
	double sum = 0;

	while (spf_terms_next(&terms, &term)) {
		unsigned bits = 0;

		if (term.error != NULL || (term.kind != SPF_IP4 &&
		    term.kind != SPF_IP6))
			continue;
		if (term.kind == SPF_IP4)
			bits = 32 - term.prefix4;
		else if (term.prefix6 < 64)
			bits = 64 - term.prefix6;
		sum += (double)(UINT64_C(1) << (bits < 63 ? bits : 63));
	}
	return sum;
}

/* The record of an included domain; p NULL if it was not there. */
static struct span
drift_included(const json_t *spf, struct span domain)
{
	const json_t *tree = json_object_get(spf, "tree"), *node;
	size_t i;

	json_array_foreach(tree, i, node)
		if (i > 0 && span_eq_nocase(posture_json_span(node, "domain"),
		    domain))
			return posture_json_span(node, "record");
	return (struct span){ NULL, 0 };
}

static bool
drift_includes(struct drift *d, const json_t *before, const json_t *after)
{
	const json_t *tree = json_object_get(after, "tree"), *node;
	size_t i;

	json_array_foreach(tree, i, node) {
		struct span domain = posture_json_span(node, "domain");
		struct span is = posture_json_span(node, "record");
		struct span was = drift_included(before, domain);
		bool grew;

		/* The same record further up has been said. */
		if (i == 0 || is.p == NULL || was.p == NULL ||
		    span_eq(is, was) || drift_included(after, domain).p !=
		    is.p)
			continue;
		grew = drift_addresses(is) > 10 * drift_addresses(was) &&
		    drift_addresses(was) > 0;
		if (lint_add(&d->p->lint, posture_rule(POSTURE_DIF_INCLUDED),
		    d->p->lint.domain, domain, 0, d->f, "%.*s: %s",
		    SPAN_ARG(span_sub(domain, 0, 253)), grew ?
		    "its addresses grew over tenfold" : "another record") !=
		    FAULT_NONE)
			return false;
		if (grew) {
			d->p->lint.newest->severity = LINT_ERROR;
			d->p->lint.newest->effect = LINT_FINDINGS;
		}
	}
	return true;
}

static bool
drift_spf(struct drift *d)
{
	const json_t *old = json_object_get(d->old, "spf");
	const json_t *now = json_object_get(d->now, "spf");
	struct span before = posture_json_span(old, "record");
	struct span after = posture_json_span(now, "record");
	int was = drift_all(old), is = drift_all(now);
	bool said = false;

	if (!drift_includes(d, old, now))
		return false;
	if (before.p == after.p || (before.p != NULL && after.p != NULL &&
	    span_eq(before, after)))
		return true;
	if (was >= 0 && is >= 0 && was != is) {
		said = true;
		if (!drift_change(d, is < was ? POSTURE_DIF_WEAKER :
		    POSTURE_DIF_STRONGER, "spf", before, after))
			return false;
	}
	return drift_senders(d, before, after, &said) && (said ||
	    drift_change(d, POSTURE_DIF_RECORD, "spf", before, after));
}

/* p, sp or np as a number, lowered by t=y; 0: no record. */
static int
drift_policy(const json_t *dmarc, const char *key)
{
	static const char *const words[] = { "none", "quarantine", "reject" };
	struct span word = posture_json_span(dmarc, key);
	bool testing = json_is_true(json_object_get(dmarc, "testing"));

	for (int i = 0; i < 3; i++)
		if (span_eq(word, span_of(words[i])))
			return testing && i > 0 ? i : i + 1;
	return 0;
}

static bool
drift_dmarc(struct drift *d)
{
	static const char *const keys[] = { "policy", "subdomain_policy",
	    "nonexistent_policy" };
	const json_t *old = json_object_get(d->old, "dmarc");
	const json_t *now = json_object_get(d->now, "dmarc");
	struct span before = posture_json_span(old, "record");
	struct span after = posture_json_span(now, "record");
	bool weaker = false, stronger = false;

	for (size_t i = 0; i < 3; i++) {
		int was = drift_policy(old, keys[i]);
		int is = drift_policy(now, keys[i]);

		weaker = weaker || is < was;
		stronger = stronger || is > was;
	}
	if (weaker)
		return drift_change(d, POSTURE_DIF_WEAKER, "dmarc", before,
		    after);
	if (stronger)
		return drift_change(d, POSTURE_DIF_STRONGER, "dmarc", before,
		    after);
	return before.p == after.p || (before.p != NULL && after.p != NULL &&
	    span_eq(before, after)) ||
	    drift_change(d, POSTURE_DIF_RECORD, "dmarc", before, after);
}

/* none, testing, enforce; -1 if the policy was not seen. */
static int
drift_mode(const json_t *sts)
{
	static const char *const words[] = { "none", "testing", "enforce" };
	struct span word = posture_json_span(sts, "mode");

	for (int i = 0; i < 3; i++)
		if (span_eq(word, span_of(words[i])))
			return i;
	return -1;
}

/* A family that is one record: MTA-STS, TLS-RPT, BIMI. */
static bool
drift_record(struct drift *d, const char *family)
{
	const json_t *old = json_object_get(d->old, family);
	const json_t *now = json_object_get(d->now, family);
	struct span before = posture_json_span(old, "record");
	struct span after = posture_json_span(now, "record");
	int was = drift_mode(old), is = drift_mode(now);

	if (was >= 0 && is >= 0 && was != is)
		return drift_change(d, is < was ? POSTURE_DIF_WEAKER :
		    POSTURE_DIF_STRONGER, family, posture_json_span(old,
		    "mode"), posture_json_span(now, "mode"));
	return before.p == after.p || (before.p != NULL && after.p != NULL &&
	    span_eq(before, after)) ||
	    drift_change(d, POSTURE_DIF_RECORD, family, before, after);
}

/* Senders keep a policy until the id in the record is another (RFC 8461
 * 3.1). */
static bool
drift_policy_id(struct drift *d)
{
	const json_t *old = json_object_get(d->old, "sts");
	const json_t *now = json_object_get(d->now, "sts");
	struct span was = posture_json_span(old, "policy");
	struct span is = posture_json_span(now, "policy");
	struct span before = posture_json_span(old, "id");
	struct span after = posture_json_span(now, "id");

	return was.p == NULL || is.p == NULL || span_eq(was, is) ||
	    before.p == NULL || after.p == NULL || !span_eq(before, after) ||
	    drift_add(d, POSTURE_STS_SAME_ID, after, "the policy is another, "
	    "the id is not");
}

static bool
drift_has(const json_t *list, const json_t *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_is_string(one) && strcasecmp(json_string_value(one),
		    json_string_value(value)) == 0)
			return true;
	return false;
}

/* What stands in `now` and not in `old`, each after the sign. */
static void
drift_less(const json_t *now, const json_t *old, char sign, struct buf *b)
{
	const json_t *one;
	size_t i;

	json_array_foreach(now, i, one) {
		if (!json_is_string(one) || drift_has(old, one))
			continue;
		buf_addf(b, "%s%c%s", b->len > 0 ? " " : "", sign,
		    json_string_value(one));
	}
}

static bool
drift_set(struct drift *d, enum posture_rule rule, const json_t *old,
    const json_t *now)
{
	struct buf b;
	bool ok = true;

	if (!json_is_array(old) || !json_is_array(now))
		return true;
	buf_init(&b, 1 << 20);
	drift_less(now, old, '+', &b);
	drift_less(old, now, '-', &b);
	if (b.len > 0)
		ok = buf_check(&b, d->f) == FAULT_NONE &&
		    drift_add(d, rule, SPAN(""), buf_str(&b));
	buf_free(&b);
	return ok;
}

struct span
posture_json_key(const json_t *key)
{
	struct span rest = posture_json_span(key, "record");
	struct tag tag;
	enum taglist_step step;

	if (rest.p == NULL)
		return rest;
	while ((step = taglist_next(&rest, &tag)) != TAGLIST_END)
		if (step == TAGLIST_TAG && span_eq(tag.name, SPAN("p")))
			return tag.value;
	return (struct span){ "", 0 };
}

static const json_t *
drift_key(const json_t *keys, struct span name)
{
	const json_t *one;
	size_t i;

	json_array_foreach(keys, i, one)
		if (span_eq_nocase(posture_json_span(one, "name"), name))
			return one;
	return NULL;
}

static bool
drift_keys(struct drift *d)
{
	const json_t *old = json_object_get(d->old, "dkim"), *one, *other;
	const json_t *now = json_object_get(d->now, "dkim");
	size_t i;

	json_array_foreach(old, i, one) {
		struct span name = posture_json_span(one, "name");
		struct span was = posture_json_key(one), is;

		other = drift_key(now, name);
		if (was.len == 0 || other == NULL)
			continue;
		is = posture_json_key(other);
		/* To revoke a key is how one ends. */
		if (span_eq(was, is) || (is.p != NULL && is.len == 0))
			continue;
		if (lint_add(&d->p->lint, posture_rule(POSTURE_DIF_KEY),
		    d->p->lint.domain, name, 0, d->f, "%.*s: %s",
		    SPAN_ARG(span_sub(name, 0, 253)), is.p == NULL ?
		    "vanished" : "another key") != FAULT_NONE)
			return false;
	}
	return true;
}

static bool
drift_dnssec(struct drift *d)
{
	const json_t *old = json_object_get(d->old, "dnssec");
	const json_t *now = json_object_get(d->now, "dnssec");
	struct span was = posture_json_span(old, "state");
	struct span is = posture_json_span(now, "state");

	/* That nobody vouched this time says nothing. */
	return !span_eq(was, SPAN("secure")) || is.p == NULL ||
	    span_eq(is, SPAN("secure")) || span_eq(is, SPAN("unknown")) ||
	    drift_change(d, POSTURE_DIF_INSECURE, "dnssec", was, is);
}

/* Senders look at the policy again when the id changes, not before. */
static bool
drift_same_id(struct drift *d)
{
	const json_t *old = json_object_get(d->old, "sts");
	const json_t *now = json_object_get(d->now, "sts");
	struct span was = posture_json_span(old, "policy");
	struct span is = posture_json_span(now, "policy");
	struct span id = posture_json_span(now, "id");

	if (was.p == NULL || is.p == NULL || id.p == NULL ||
	    span_eq(was, is) || !span_eq(id, posture_json_span(old, "id")))
		return true;
	return lint_add(&d->p->lint, posture_rule(POSTURE_STS_SAME_ID),
	    d->p->lint.domain, SPAN(""), 0, d->f, "id is still %.*s",
	    SPAN_ARG(id)) == FAULT_NONE;
}

enum fault_kind
posture_drift(struct posture *p, const json_t *old, const json_t *old_checks,
    const json_t *now, const json_t *checks, struct fault *f)
{
	static const char *const singles[] = { "sts", "tlsrpt", "bimi" };
	struct drift d = { .p = p, .old = old, .now = now, .f = f };
	const struct {
		const char *family;
		bool (*compare)(struct drift *);
	} t[] = { { "spf", drift_spf }, { "dmarc", drift_dmarc },
	    { "dkim", drift_keys }, { "dnssec", drift_dnssec },
	    { "sts", drift_same_id } };
	bool ok = true;

	for (size_t i = 0; ok && i < sizeof(t) / sizeof(t[0]); i++)
		if (posture_json_seen(old_checks, t[i].family) &&
		    posture_json_seen(checks, t[i].family))
			ok = t[i].compare(&d);
	for (size_t i = 0; ok && i < 3; i++)
		if (posture_json_seen(old_checks, singles[i]) &&
		    posture_json_seen(checks, singles[i]))
			ok = drift_record(&d, singles[i]);
	if (ok && posture_json_seen(old_checks, "sts") &&
	    posture_json_seen(checks, "sts"))
		ok = drift_policy_id(&d);
	if (ok && posture_json_seen(old_checks, "mx") &&
	    posture_json_seen(checks, "mx"))
		ok = drift_set(&d, POSTURE_DIF_MX, json_object_get(
		    json_object_get(old, "mx"), "hosts"), json_object_get(
		    json_object_get(now, "mx"), "hosts"));
	if (ok)
		(void)drift_set(&d, POSTURE_DIF_NS, json_object_get(old,
		    "ns"), json_object_get(now, "ns"));
	return f->kind;
}

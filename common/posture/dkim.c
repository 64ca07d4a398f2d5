/* SPDX-License-Identifier: ISC */
/* DKIM keys at the selectors that are known, judged by key_check(). */
#include "dkim/key.h"
#include "dns/domain.h"
#include "posture/posture_impl.h"

/* A label that nobody publishes by name: what answers it is a wildcard. */
#define NOBODY "vouchsafe-audit-nobody-publishes-this"

/* What is wrong with a key that can be read. */
static bool
dkim_good(struct posture_run *r, struct span selector,
    const struct key_check *check, const struct key_record *key)
{
	if (!key->email || !key->sha256)
		return posture_add(r, POSTURE_DKIM_SCOPE, selector, "%.*s: "
		    "%.*s", SPAN_ARG(check->name), SPAN_ARG(check->detail));
	if (check->result == KEY_BROKEN)
		return posture_add(r, POSTURE_DKIM_SHORT, selector,
		    "%.*s: %u bits", SPAN_ARG(check->name), check->bits);
	if (check->type == KEY_RSA && check->bits < KEY_GOOD_BITS &&
	    !posture_add(r, POSTURE_DKIM_WEAK, selector, "%.*s: %u bits",
	    SPAN_ARG(check->name), check->bits))
		return false;
	return !key->testing || posture_add(r, POSTURE_DKIM_TESTING, selector,
	    "%.*s", SPAN_ARG(check->name));
}

static bool
dkim_record(struct posture_run *r, struct span selector,
    const struct key_check *check, bool *live)
{
	struct key_record key;
	bool good = false;

	if (key_record_parse(check->record, &key, r->f) == FAULT_NONE) {
		switch (key.state) {
		case KEY_GOOD:
			*live = check->result != KEY_BROKEN;
			good = dkim_good(r, selector, check, &key);
			break;
		case KEY_REVOKED:
			good = posture_add(r, POSTURE_DKIM_REVOKED, selector,
			    "%.*s", SPAN_ARG(check->name));
			break;
		case KEY_FOREIGN:
		case KEY_INVALID:
		case KEY_TYPE_UNKNOWN:
			good = posture_add(r, POSTURE_DKIM_INVALID, selector,
			    "%.*s: %.*s", SPAN_ARG(check->name),
			    SPAN_ARG(check->detail));
			break;
		}
	}
	key_record_free(&key);
	if (good && check->records > 1)
		good = posture_add(r, POSTURE_DKIM_SEVERAL, selector,
		    "%.*s: %zu records", SPAN_ARG(check->name),
		    check->records);
	return good;
}

/* One selector. */
static bool
dkim_selector(struct posture_run *r, struct span domain, struct span selector,
    struct key_check *check, bool *live)
{
	struct dns_answer answer;

	if (key_check(&r->dns, domain, selector, NULL, r->rq->arena,
	    check, r->f) != FAULT_NONE ||
	    !posture_ask(r, check->name, DNS_TXT, &answer))
		return false;
	switch (check->result) {
	case KEY_TRY_AGAIN:
		return posture_unanswered(r, POSTURE_DKIM_DNS, check->name,
		    DNS_TXT, &answer);
	case KEY_NO_RECORD:
		if (dns_is_outside(&answer))
			r->p->outside++;
		return dns_is_outside(&answer) || posture_add(r,
		    POSTURE_DKIM_MISSING, selector, "%.*s: %.*s",
		    SPAN_ARG(check->name), SPAN_ARG(check->detail));
	case KEY_AGREE:
	case KEY_DIFFER:
	case KEY_BROKEN:
		break;
	}
	if (r->no_domainkey && !posture_add(r, POSTURE_DKIM_SERVER, selector,
	    "%.*s", SPAN_ARG(check->name)))
		return false;
	return dkim_record(r, selector, check, live);
}

/* A selector that is in use, by what somebody said or signed. */
static bool
dkim_used(struct posture_run *r, struct span domain, struct span selector,
    bool *any)
{
	struct posture *p = r->p;
	struct span name = posture_below(r, selector, posture_below(r,
	    SPAN("_domainkey"), domain));

	if (name.p == NULL)
		return false;
	for (size_t i = 0; i < p->nkeys; i++)
		if (span_eq_nocase(p->keys[i].name, name))
			return true;
	if (!dkim_selector(r, domain, selector, &p->keys[p->nkeys],
	    &p->live[p->nkeys]))
		return false;
	*any = *any || p->keys[p->nkeys].record.p != NULL;
	p->nkeys++;
	return true;
}

/* A selector that may be in use: what is not there is none. */
static bool
dkim_guess(struct posture_run *r, struct span selector)
{
	struct posture *p = r->p;
	struct key_check *check = &p->keys[p->nkeys];
	struct dns_answer answer;
	struct span name;

	name = posture_below(r, selector, posture_below(r,
	    SPAN("_domainkey"), r->domain));
	if (name.p == NULL)
		return false;
	for (size_t i = 0; i < p->nkeys; i++)
		if (span_eq_nocase(p->keys[i].name, name))
			return true;
	if (!posture_ask(r, name, DNS_TXT, &answer))
		return false;
	if (answer.outcome != DNS_ANSWER)
		return true;
	if (!dkim_selector(r, r->domain, selector, check,
	    &p->live[p->nkeys]))
		return false;
	/* Not a key, after all. */
	p->nkeys += check->record.p != NULL;
	return true;
}

/* The guesses that were given, and what the domain's providers use. */
static bool
dkim_guesses(struct posture_run *r)
{
	struct posture *p = r->p;

	for (size_t i = 0; i < r->rq->nguesses; i++)
		if (!dkim_guess(r, r->rq->guesses[i]))
			return false;
	for (size_t i = 0; i < p->nsenders; i++) {
		const struct provider *who = p->senders[i].who;

		for (size_t k = 0; k < who->selector.count; k++)
			if (!dkim_guess(r, who->selector.words[k]))
				return false;
		for (size_t k = 0; k < 2; k++)
			if (who->pair[k].len > 0 &&
			    !dkim_guess(r, who->pair[k]))
				return false;
	}
	return true;
}

/* What answers any name: the key that parked domains revoke so is no fault. */
static bool
dkim_wildcard(struct posture_run *r, bool *there, bool *live)
{
	struct key_check check;
	struct dns_answer answer;

	if (!posture_ask_below(r, NOBODY "._domainkey", DNS_TXT, &answer))
		return false;
	*there = answer.outcome == DNS_ANSWER;
	if (!*there)
		return true;
	if (key_check(&r->dns, r->domain, SPAN(NOBODY), NULL, r->rq->arena,
	    &check, r->f) != FAULT_NONE)
		return false;
	*live = check.result == KEY_AGREE;
	return check.result == KEY_BROKEN || posture_add(r,
	    POSTURE_DKIM_WILDCARD, SPAN("*"), "*._domainkey.%.*s",
	    SPAN_ARG(r->domain));
}

/* Nothing was said of selectors: can there be any? */
static bool
dkim_unknown(struct posture_run *r, const struct dns_answer *answer)
{
	if (answer->outcome == DNS_TEMPERROR || dns_is_outside(answer))
		return true;
	if (r->no_domainkey)
		return !posture_sends(r) || posture_add(r,
		    POSTURE_DKIM_NO_KEYS, SPAN(""), "_domainkey.%.*s: "
		    "NXDOMAIN", SPAN_ARG(r->domain));
	return posture_add(r, POSTURE_DKIM_UNKNOWN, SPAN(""),
	    "_domainkey.%.*s exists", SPAN_ARG(r->domain));
}

/* Room for all keys that may be found. */
static bool
dkim_room(struct posture_run *r)
{
	size_t most = r->rq->nselectors + r->rq->nsigned + r->rq->nguesses +
	    r->p->nsenders * (PROVIDER_WORDS + 2) + 1;

	r->p->keys = arena_array(r->rq->arena, most, sizeof(*r->p->keys));
	r->p->live = arena_array(r->rq->arena, most, sizeof(*r->p->live));
	return (r->p->keys != NULL && r->p->live != NULL) ||
	    fault_nomem(r->f) == FAULT_NONE;
}

/* All keys were looked at. */
static bool
dkim_keys(struct posture_run *r, size_t wild)
{
	const struct posture *p = r->p;
	size_t live = 0, rsa = 0;

	for (size_t i = 0; i < p->nkeys; i++) {
		live += p->live[i];
		rsa += p->live[i] && p->keys[i].type == KEY_RSA;
		if (!posture_sender_key(r, &p->keys[i]))
			return false;
	}
	if (live > 0 && rsa == 0 && !posture_add(r, POSTURE_DKIM_ED25519,
	    SPAN(""), "%zu key%s", live, live == 1 ? "" : "s"))
		return false;
	if (p->role == POSTURE_ROLE_PARKED && live + wild > 0 &&
	    !posture_add(r, POSTURE_AUD_PARKED_KEY, SPAN(""), "%zu key%s",
	    live + wild, live + wild == 1 ? "" : "s"))
		return false;
	return posture_sender_judge(r);
}

bool
posture_dkim(struct posture_run *r)
{
	const struct posture_request *rq = r->rq;
	struct posture *p = r->p;
	struct dns_answer answer;
	bool any = false, wildcard = false, wild = false;

	if (!dkim_room(r) ||
	    !posture_ask_below(r, "_domainkey", DNS_TXT, &answer))
		return false;
	r->no_domainkey = answer.outcome == DNS_NXDOMAIN &&
	    !dns_is_outside(&answer);
	if (answer.outcome == DNS_TEMPERROR && !posture_unanswered(r,
	    POSTURE_DKIM_DNS, SPAN("_domainkey"), DNS_TXT, &answer))
		return false;
	for (size_t i = 0; i < rq->nselectors; i++)
		if (!dkim_used(r, r->domain, rq->selectors[i], &any))
			return false;
	for (size_t i = 0; i < rq->nsigned; i++)
		if (domain_within(rq->signatures[i].domain, r->domain) &&
		    !dkim_used(r, rq->signatures[i].domain,
		    rq->signatures[i].selector, &any))
			return false;
	if (r->no_domainkey && !any) {
		p->checks[POSTURE_DKIM] = p->nkeys == 0 ?
		    POSTURE_NONE : POSTURE_SKIPPED;
	} else if (answer.outcome != DNS_TEMPERROR &&
	    !dns_is_outside(&answer)) {
		/* Before any guess counts. */
		if (!dkim_wildcard(r, &wildcard, &wild) ||
		    (!wildcard && !dkim_guesses(r)))
			return false;
	}
	if (!dkim_keys(r, wild))
		return false;
	return p->nkeys > 0 || dkim_unknown(r, &answer);
}

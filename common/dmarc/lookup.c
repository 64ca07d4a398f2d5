/* SPDX-License-Identifier: ISC */
#include "base/bounds.h"
#include "base/json.h"
#include "dmarc/lookup.h"
#include "dns/domain.h"

/* NULL: unknown. */
static const char *
dmarc_consent_word(enum dmarc_consent consent)
{
	static const char *const words[] = {
		[DMARC_CONSENT_UNKNOWN] = NULL,
		[DMARC_CONSENT_OWN] = "own",
		[DMARC_CONSENT_GIVEN] = "given",
		[DMARC_CONSENT_MISSING] = "missing",
		[DMARC_CONSENT_SCHEME] = "unsupported",
	};

	return (size_t)consent <= DMARC_CONSENT_SCHEME ? words[consent] :
	    NULL;
}

static enum fault_kind
check_destinations(struct dmarc_lookup *l, struct dmarc_memo *memo,
    struct fault *f)
{
	const struct dmarc_record *r = l->result.record;
	struct dmarc_walk w;

	l->destinations = arena_array(memo->arena, r->nrua + r->nruf + 1,
	    sizeof(*l->destinations));
	if (l->destinations == NULL)
		return fault_nomem(f);
	if (dmarc_walk(memo, l->result.policy_domain, &w, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < r->nrua + r->nruf; i++) {
		struct dmarc_destination *d = &l->destinations[i];
		struct dmarc_consented said;

		d->failure = i >= r->nrua;
		d->uri = d->failure ? &r->ruf[i - r->nrua] : &r->rua[i];
		if (dmarc_consent_ask(memo, l->result.policy_domain, w.failed ?
		    (struct span){ NULL, 0 } : w.org, &(struct dmarc_asked){
		    d->uri, d->failure }, &said, f) != FAULT_NONE)
			return f->kind;
		d->consent = said.consent;
		d->outside = said.outside;
		l->ndestinations++;
	}
	return FAULT_NONE;
}

enum fault_kind
dmarc_lookup(struct span domain, struct dns *dns, struct arena *a,
    struct dmarc_lookup *l, struct fault *f)
{
	struct dmarc_request rq = { .nauthors = 1, .authors = &l->domain };
	struct dmarc_memo memo;

	*l = (struct dmarc_lookup){ .domain = arena_lower(a, domain) };
	if (l->domain.p == NULL)
		return fault_nomem(f);
	dmarc_memo_init(&memo, dns, a);
	if (dmarc_walk(&memo, l->domain, &l->walk, f) != FAULT_NONE)
		return f->kind;
	if (dmarc_evaluate(&rq, dns, a, &l->result, f) != FAULT_NONE)
		return f->kind;
	if (l->result.record == NULL || l->result.result == VERDICT_NONE)
		return FAULT_NONE;
	return check_destinations(l, &memo, f);
}

int
dmarc_lookup_exit(const struct dmarc_lookup *l)
{
	if (l->result.result == VERDICT_TEMPERROR || l->walk.failed)
		return verdict_exit(VERDICT_TEMPERROR);
	if (l->result.record == NULL)
		return verdict_exit(VERDICT_NONE);
	return l->result.result == VERDICT_NONE ?
	    verdict_exit(VERDICT_PERMERROR) : verdict_exit(VERDICT_PASS);
}

/* What stands at a step of the walk, for people. */
static void
step_text(const struct dmarc_found *e, struct buf *b)
{
	struct dns_answer answer = { .outcome = e->outcome, .why = e->why };

	buf_adds(b, "  _dmarc.");
	buf_addprint(b, e->name);
	buf_adds(b, "  ");
	if (e->record != NULL)
		buf_addprint(b, e->record->text);
	else if (e->nrecords > 1)
		buf_addf(b, "%zu records: none of them counts", e->nrecords);
	else if (e->ntexts > 0)
		buf_addf(b, "no DMARC record among %zu TXT record%s",
		    e->ntexts, e->ntexts == 1 ? "" : "s");
	else
		buf_adds(b, dns_outcome_word(&answer));
	buf_addc(b, '\n');
}

static void
policy_text(const struct dmarc_result *r, struct buf *b)
{
	const char *policy = dmarc_policy_word(r->policy);
	const char *applied = dmarc_policy_word(r->applied);

	if (r->record == NULL) {
		buf_addf(b, "  policy: %s\n", r->result == VERDICT_NONE ?
		    "none: no record applies" : "unknown");
		return;
	}
	if (r->result == VERDICT_NONE) {
		buf_adds(b, "  policy: none: the record cannot be used\n");
		return;
	}
	buf_addf(b, "  policy: %s", policy != NULL ? policy : "unknown");
	if (*r->tag != '\0')
		buf_addf(b, " (%s of ", r->tag);
	else
		buf_adds(b, " (for want of a valid one at ");
	buf_addprint(b, r->policy_domain);
	buf_addc(b, ')');
	if (r->nonexistent)
		buf_adds(b, ", for the name does not exist");
	if (r->test_mode && applied != NULL)
		buf_addf(b, ", in test mode: %s", applied);
	buf_addc(b, '\n');
}

void
dmarc_lookup_text(const struct dmarc_lookup *l, struct buf *b)
{
	buf_addprint(b, l->domain);
	buf_addc(b, '\n');
	for (size_t i = 0; i < l->walk.count; i++)
		step_text(l->walk.steps[i], b);
	buf_adds(b, "  organizational domain: ");
	if (l->walk.failed) {
		buf_adds(b, "unknown\n");
	} else {
		buf_addprint(b, l->walk.org);
		buf_addf(b, " (%s)\n", l->walk.rule);
	}
	policy_text(&l->result, b);
	for (size_t i = 0; i < l->ndestinations; i++) {
		const struct dmarc_destination *d = &l->destinations[i];

		buf_adds(b, d->failure ? "  failure reports: " :
		    "  aggregate reports: ");
		buf_addprint(b, d->uri->text);
		switch (d->consent) {
		case DMARC_CONSENT_UNKNOWN:
			buf_adds(b, " (consent unknown: no DNS answer)");
			break;
		case DMARC_CONSENT_GIVEN:
			buf_adds(b, " (another organization, consents)");
			break;
		case DMARC_CONSENT_MISSING:
			buf_adds(b, " (another organization that does not "
			    "consent: none are sent)");
			break;
		case DMARC_CONSENT_SCHEME:
			buf_adds(b, " (not mailto: none are sent)");
			break;
		case DMARC_CONSENT_OWN:
			break;
		}
		buf_addc(b, '\n');
	}
	for (size_t i = 0; i < l->result.nwarnings; i++) {
		buf_adds(b, "  warning: ");
		buf_addspan(b, l->result.warnings[i]);
		buf_addc(b, '\n');
	}
}

static json_t *
step_json(const struct dmarc_found *e)
{
	struct dns_answer answer = { .outcome = e->outcome, .why = e->why };
	json_t *o = json_object(), *texts = json_array();
	bool failed = o == NULL;

	js_set(o, "name", js_span(e->name), &failed);
	js_set(o, "answer", js_str(dns_outcome_word(&answer)), &failed);
	js_set(o, "records", js_int((int64_t)e->nrecords), &failed);
	for (size_t i = 0; i < e->nrecords && i < DMARC_KEPT; i++)
		js_push(texts, js_span(e->records[i]->text), &failed);
	js_set(o, "texts", texts, &failed);
	js_set(o, "used", js_bool(e->record != NULL), &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
destination_json(const struct dmarc_destination *d)
{
	const char *word = dmarc_consent_word(d->consent);
	json_t *o = json_object();
	bool failed = o == NULL;

	js_set(o, "tag", js_str(d->failure ? "ruf" : "rua"), &failed);
	js_set(o, "uri", js_span(d->uri->text), &failed);
	js_set(o, "consent", word != NULL ? js_str(word) : js_null(),
	    &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *
dmarc_lookup_json(const struct dmarc_lookup *l)
{
	const struct dmarc_result *r = &l->result;
	const char *policy = dmarc_policy_word(r->policy);
	const char *applied = dmarc_policy_word(r->applied);
	struct span none = { NULL, 0 };
	json_t *o = json_object(), *walk = json_array();
	json_t *reports = json_array(), *warnings = json_array();
	bool failed = o == NULL;

	js_set(o, "domain", js_span(l->domain), &failed);
	for (size_t i = 0; i < l->walk.count; i++)
		js_push(walk, step_json(l->walk.steps[i]), &failed);
	js_set(o, "walk", walk, &failed);
	js_set(o, "organizational_domain", js_span(l->walk.failed ? none :
	    l->walk.org), &failed);
	js_set(o, "policy_domain", js_span(r->policy_domain), &failed);
	js_set(o, "record", js_span(r->record != NULL ? r->record->text :
	    none), &failed);
	js_set(o, "policy", policy != NULL ? js_str(policy) : js_null(),
	    &failed);
	js_set(o, "applied_policy", applied != NULL ? js_str(applied) :
	    js_null(), &failed);
	for (size_t i = 0; i < l->ndestinations; i++)
		js_push(reports, destination_json(&l->destinations[i]),
		    &failed);
	js_set(o, "reports", reports, &failed);
	for (size_t i = 0; i < r->nwarnings; i++)
		js_push(warnings, js_span(r->warnings[i]), &failed);
	js_set(o, "warnings", warnings, &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* SPDX-License-Identifier: ISC */
/* Facts of MTA-STS, DANE, DNSSEC and BIMI. */
#include "base/json.h"
#include "posture/posture_impl.h"

json_t *
posture_facts_sts(const struct posture *p, bool *failed)
{
	const struct posture_record *rec = &p->sts;
	const struct sts_policy *policy = &p->policy;
	const char *mode = sts_mode_word(policy->mode);
	json_t *o, *mx = json_array();

	if (rec->text.p == NULL && p->policy_text.p == NULL) {
		json_decref(mx);
		return js_null();
	}
	o = json_object();
	js_set(o, "record", rec->text.p == NULL ? js_null() :
	    js_span(rec->text), failed);
	js_set(o, "id", rec->text.p == NULL ? js_null() : js_span(rec->id),
	    failed);
	js_set(o, "mode", mode == NULL ? js_null() : js_str(mode), failed);
	js_set(o, "max_age", mode == NULL ? js_null() :
	    js_int(policy->max_age), failed);
	for (size_t i = 0; i < policy->nmx; i++)
		js_push(mx, js_span(policy->mx[i]), failed);
	js_set(o, "mx", mx, failed);
	js_set(o, "policy", p->policy_text.p == NULL ? js_null() :
	    js_span(p->policy_text), failed);
	return o;
}

static json_t *
dane_json(const struct posture *p, bool *failed)
{
	const struct posture_dane *d = &p->dane;
	json_t *o;

	if (p->checks[POSTURE_DANE] == POSTURE_SKIPPED)
		return js_null();
	o = json_object();
	js_set(o, "exchanges", js_int((json_int_t)d->hosts), failed);
	js_set(o, "tlsa", js_int((json_int_t)d->with), failed);
	js_set(o, "secure", js_int((json_int_t)d->secure), failed);
	js_set(o, "unknown", js_int((json_int_t)d->unknown), failed);
	return o;
}

static json_t *
bimi_json(const struct posture *p, bool *failed)
{
	const struct posture_bimi *b = &p->bimi;
	json_t *o;

	if (b->text.p == NULL)
		return js_null();
	o = json_object();
	js_set(o, "record", js_span(b->text), failed);
	js_set(o, "name", js_span(b->name), failed);
	js_set(o, "logo", js_span(b->logo), failed);
	js_set(o, "evidence", js_span(b->evidence), failed);
	return o;
}

void
posture_facts_dns(const struct posture *p, json_t *o, bool *failed)
{
	const struct posture_dnssec *d = &p->dnssec;
	json_t *s = json_object();

	js_set(s, "state", js_str(posture_secure_words[d->state]), failed);
	js_set(s, "signed_until", d->signed_until == 0 ? js_null() :
	    js_int((json_int_t)d->signed_until), failed);
	js_set(o, "dane", dane_json(p, failed), failed);
	js_set(o, "dnssec", s, failed);
	js_set(o, "senders", posture_facts_senders(p, failed), failed);
	js_set(o, "bimi", bimi_json(p, failed), failed);
}

/* SPDX-License-Identifier: ISC */
/* Facts as expectations and drift want them: the parts of records. */
#include "base/json.h"
#include "posture/posture_impl.h"
#include "spf/record.h"

/* "-all", NULL if the record has no such term (it may have a redirect). */
static json_t *
facts_all(struct span record)
{
	struct spf_terms terms = spf_terms_of(record);
	struct spf_term term;

	while (spf_terms_next(&terms, &term)) {
		if (term.kind != SPF_ALL || term.error != NULL)
			continue;
		if (term.text.len == 3)
			return js_str("+all");
		return js_span(term.text);
	}
	return js_null();
}

static void
facts_spf(const struct posture *p, json_t *o, bool *failed)
{
	struct span record = p->spf.lint.record;

	if (!json_is_object(o))
		return;
	js_set(o, "record", js_span(record), failed);
	js_set(o, "all", record.p == NULL ? js_null() : facts_all(record),
	    failed);
}

static json_t *
facts_uris(size_t n, const struct dmarc_uri *uris, bool *failed)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		js_push(list, js_span(uris[i].text), failed);
	return list;
}

static json_t *
facts_policy(enum dmarc_policy policy)
{
	const char *word = dmarc_policy_word(policy);

	return word == NULL ? js_null() : js_str(word);
}

static void
facts_dmarc(const struct posture *p, json_t *o, bool *failed)
{
	const struct dmarc_record *rec = p->dmarc.result.record;
	enum dmarc_policy sp, np;

	if (!json_is_object(o))
		return;
	sp = rec == NULL ? DMARC_POLICY_UNSET :
	    rec->sp != DMARC_POLICY_UNSET ? rec->sp : rec->p;
	np = rec == NULL ? DMARC_POLICY_UNSET :
	    rec->np != DMARC_POLICY_UNSET ? rec->np : sp;
	js_set(o, "subdomain_policy", facts_policy(sp), failed);
	js_set(o, "nonexistent_policy", facts_policy(np), failed);
	js_set(o, "testing", rec == NULL ? js_null() :
	    js_bool(rec->testing), failed);
	js_set(o, "rua", rec == NULL ? json_array() :
	    facts_uris(rec->nrua, rec->rua, failed), failed);
	js_set(o, "ruf", rec == NULL ? json_array() :
	    facts_uris(rec->nruf, rec->ruf, failed), failed);
}

static void
facts_mx(const struct posture *p, json_t *o, bool *failed)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->mx.count; i++)
		js_push(list, js_span(p->mx.exchanges[i].name), failed);
	if (json_is_object(o))
		js_set(o, "hosts", list, failed);
	else
		json_decref(list);
}

void
posture_facts_more(const struct posture *p, json_t *facts, bool *failed)
{
	json_t *ns = js_null();

	facts_spf(p, json_object_get(facts, "spf"), failed);
	facts_dmarc(p, json_object_get(facts, "dmarc"), failed);
	facts_mx(p, json_object_get(facts, "mx"), failed);
	if (p->nameservers_known) {
		json_decref(ns);
		ns = json_array();
		for (size_t i = 0; i < p->nnameservers; i++)
			js_push(ns, js_span(p->nameservers[i]), failed);
	}
	js_set(facts, "ns", ns, failed);
}

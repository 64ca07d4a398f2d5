/* SPDX-License-Identifier: ISC */
/* What an audit knows, for people and for programs. */
#include "base/json.h"
#include "posture/posture_impl.h"

const char *const posture_family_words[] = { "spf", "dkim", "dmarc", "mx",
	"sts", "tlsrpt", "dane", "dnssec", "bimi", "takeover",
	NULL };
const char *const posture_secure_words[] = { "unknown", "secure",
	"insecure", "bogus", NULL };
const char *const posture_role_words[] = { "auto", "mail", "send", "receive",
	"parked", NULL };
const char *const posture_check_words[] = { [POSTURE_SKIPPED] = "skipped",
	[POSTURE_CLEAN] = "clean", [POSTURE_FINDINGS] = "findings",
	[POSTURE_BROKEN] = "broken", [POSTURE_NONE] = "none",
	[POSTURE_TEMPERROR] = "temperror" };

void
posture_words(const struct posture *p, struct buf *b)
{
	buf_addf(b, "role=%s", p->role == POSTURE_ROLE_UNKNOWN ? "unknown" :
	    posture_role_words[p->role]);
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		buf_addf(b, " %s=%s", posture_family_words[i],
		    p->checks[i] == POSTURE_SKIPPED ? "-" :
		    posture_check_words[p->checks[i]]);
}

json_t *
posture_checks(const struct posture *p)
{
	json_t *o = json_object();
	bool failed = o == NULL;

	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		js_set(o, posture_family_words[i],
		    js_str(posture_check_words[p->checks[i]]), &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
exchange_json(const struct posture_exchange *e, bool *failed)
{
	json_t *o = json_object(), *list = json_array();
	struct buf b;

	buf_init(&b, 64);
	for (size_t i = 0; i < e->naddresses; i++) {
		buf_reset(&b);
		ipaddr_format(&e->addresses[i], &b);
		*failed = *failed || b.nomem;
		js_push(list, js_span(buf_span(&b)), failed);
	}
	buf_free(&b);
	js_set(o, "name", js_span(e->name), failed);
	js_set(o, "preference", js_int(e->preference), failed);
	js_set(o, "addresses", list, failed);
	return o;
}

static json_t *
mx_json(const struct posture *p, bool *failed)
{
	static const char *const words[] = { NULL, "absent", "null",
	    "hosts" };
	const struct posture_mx *mx = &p->mx;
	json_t *o, *list;

	if (mx->state == POSTURE_MX_UNKNOWN)
		return js_null();
	o = json_object();
	list = json_array();
	js_set(o, "state", js_str(words[mx->state]), failed);
	for (size_t i = 0; i < mx->count; i++)
		js_push(list, exchange_json(&mx->exchanges[i], failed),
		    failed);
	js_set(o, "exchanges", list, failed);
	return o;
}

static json_t *
dkim_json(const struct posture *p, bool *failed)
{
	json_t *list;

	if (p->checks[POSTURE_DKIM] == POSTURE_SKIPPED)
		return js_null();
	list = json_array();
	for (size_t i = 0; i < p->nkeys; i++)
		js_push(list, key_check_json(&p->keys[i]), failed);
	return list;
}

static json_t *
tlsrpt_json(const struct posture_record *rec, bool *failed)
{
	json_t *o, *list;

	if (rec->text.p == NULL)
		return js_null();
	o = json_object();
	js_set(o, "record", js_span(rec->text), failed);
	list = json_array();
	for (size_t i = 0; i < rec->nrua && i < sizeof(rec->rua) /
	    sizeof(rec->rua[0]); i++)
		js_push(list, js_span(rec->rua[i]), failed);
	js_set(o, "rua", list, failed);
	return o;
}

json_t *
posture_facts(const struct posture *p)
{
	json_t *o = json_object();
	bool failed = o == NULL;

	js_set(o, "role", p->role == POSTURE_ROLE_UNKNOWN ? js_null() :
	    js_str(posture_role_words[p->role]), &failed);
	js_set(o, "role_why", js_str(p->role_why), &failed);
	js_set(o, "exists", p->exists_known ? js_bool(p->exists) : js_null(),
	    &failed);
	js_set(o, "mx", mx_json(p, &failed), &failed);
	js_set(o, "spf", p->checks[POSTURE_SPF] == POSTURE_SKIPPED ?
	    js_null() : spf_lint_facts(&p->spf), &failed);
	js_set(o, "dkim", dkim_json(p, &failed), &failed);
	js_set(o, "dmarc", p->checks[POSTURE_DMARC] == POSTURE_SKIPPED ?
	    js_null() : dmarc_lookup_json(&p->dmarc), &failed);
	js_set(o, "sts", posture_facts_sts(p, &failed), &failed);
	js_set(o, "tlsrpt", tlsrpt_json(&p->tlsrpt, &failed), &failed);
	posture_facts_more(p, o, &failed);
	posture_facts_dns(p, o, &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

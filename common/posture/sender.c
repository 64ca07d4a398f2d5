/* SPDX-License-Identifier: ISC */
/* The third parties that a domain sends through, by the table of providers. */
#include "base/json.h"
#include "dns/domain.h"
#include "posture/posture_impl.h"

static struct posture_sender *
sender_of(struct posture_run *r, const struct provider *who)
{
	struct posture *p = r->p;

	for (size_t i = 0; i < p->nsenders; i++)
		if (p->senders[i].who == who)
			return &p->senders[i];
	if (p->nsenders == POSTURE_SENDERS)
		return NULL;
	p->senders[p->nsenders] = (struct posture_sender){ .who = who };
	return &p->senders[p->nsenders++];
}

/* A name leads to the provider. */
static void
sender_term(struct posture_run *r, const struct provider *who,
    struct span term, bool spf)
{
	struct posture_sender *s = sender_of(r, who);

	if (s == NULL)
		return;
	s->spf = s->spf || spf;
	for (size_t i = 0; i < s->nterms; i++)
		if (span_eq_nocase(s->terms[i], term))
			return;
	if (s->nterms < POSTURE_SENDER_TERMS)
		s->terms[s->nterms++] = term;
}

bool
posture_senders(struct posture_run *r)
{
	const struct providers *all = r->rq->providers;
	struct posture *p = r->p;

	if (all == NULL)
		return true;
	p->senders = arena_array(r->rq->arena, POSTURE_SENDERS,
	    sizeof(*p->senders));
	if (p->senders == NULL)
		return fault_nomem(r->f) == FAULT_NONE;
	for (size_t i = 0; i < all->count; i++) {
		const struct provider *who = &all->list[i];

		for (const struct spf_lint_node *n = p->spf.first; n != NULL;
		    n = n->next)
			if (n->depth == 1 && provider_has(&who->include,
			    n->domain))
				sender_term(r, who, n->via.len > 0 ? n->via :
				    n->domain, true);
		for (size_t k = 0; k < p->mx.count; k++)
			if (provider_has(&who->mx, domain_undot(
			    p->mx.exchanges[k].name)))
				sender_term(r, who, p->mx.exchanges[k].name,
				    false);
	}
	return true;
}

bool
posture_sender_key(struct posture_run *r, const struct key_check *check)
{
	const struct providers *all = r->rq->providers;
	struct dns_answer answer;

	if (!posture_ask(r, check->name, DNS_TXT, &answer))
		return false;
	if (all == NULL || answer.aliases == 0 || answer.canonical.p == NULL)
		return true;
	for (size_t i = 0; i < all->count; i++)
		if (provider_has(&all->list[i].dkim, answer.canonical)) {
			struct posture_sender *s = sender_of(r,
			    &all->list[i]);

			sender_term(r, &all->list[i], check->name, false);
			if (s != NULL)
				s->nkeys += check->record.p != NULL;
		}
	return true;
}

/* Is the key at the selector there? */
static bool
sender_has(const struct posture *p, struct span selector)
{
	for (size_t i = 0; i < p->nkeys; i++)
		if (p->keys[i].record.p != NULL &&
		    span_starts_nocase(p->keys[i].name, selector) &&
		    p->keys[i].name.len > selector.len &&
		    p->keys[i].name.p[selector.len] == '.')
			return true;
	return false;
}

bool
posture_sender_judge(struct posture_run *r)
{
	struct posture *p = r->p;

	for (size_t i = 0; i < p->nsenders; i++) {
		struct posture_sender *s = &p->senders[i];
		const struct provider *who = s->who;
		bool one, two;

		for (size_t k = 0; k < who->selector.count; k++)
			s->nkeys += sender_has(p, who->selector.words[k]);
		one = who->pair[0].len > 0 && sender_has(p, who->pair[0]);
		two = who->pair[1].len > 0 && sender_has(p, who->pair[1]);
		s->nkeys += (size_t)one + two;
		if (one != two && !posture_add(r, POSTURE_DKIM_PAIR,
		    who->pair[one ? 1 : 0], "%.*s: %.*s has no key",
		    SPAN_ARG(who->name), SPAN_ARG(who->pair[one ? 1 : 0])))
			return false;
		if (s->spf && who->never && !posture_add(r,
		    POSTURE_AUD_ENVELOPE, s->terms[0], "%.*s: %.*s",
		    SPAN_ARG(who->name), SPAN_ARG(s->terms[0])))
			return false;
	}
	return true;
}

json_t *
posture_facts_senders(const struct posture *p, bool *failed)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->nsenders; i++) {
		const struct posture_sender *s = &p->senders[i];
		json_t *o = json_object(), *terms = json_array();

		for (size_t k = 0; k < s->nterms; k++)
			js_push(terms, js_span(s->terms[k]), failed);
		js_set(o, "name", js_span(s->who->name), failed);
		js_set(o, "terms", terms, failed);
		js_set(o, "keys", js_int((json_int_t)s->nkeys), failed);
		js_set(o, "spf_can_align", js_bool(s->spf && !s->who->never),
		    failed);
		js_set(o, "dkim_can_align", js_bool(s->nkeys > 0), failed);
		js_push(list, o, failed);
	}
	return list;
}

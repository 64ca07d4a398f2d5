/* SPDX-License-Identifier: ISC */
/* One audit: what is asked, in which order, and what is kept. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dmarc/lint.h"
#include "posture/posture_impl.h"

#define POSTURE_RULE_ROW(name, code, severity, effect, title, remedy) \
	[POSTURE_##name] = { code, severity, effect, title, remedy },
static const struct lint_rule posture_rules[] = {
	POSTURE_RULES(POSTURE_RULE_ROW)
};

const struct lint_rule *
posture_rule(enum posture_rule rule)
{
	return &posture_rules[rule];
}

bool
posture_code(struct span code)
{
	for (size_t i = 0; i < POSTURE_RULE_COUNT; i++)
		if (span_eq_nocase(code, span_of(posture_rules[i].code)))
			return true;
	return spf_lint_code(code) || dmarc_lint_code(code);
}

/* What was asked before is not asked again: all checks see one DNS. */
static enum fault_kind
posture_query(struct dns *dns, const struct dns_question *q,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	struct posture_run *r = dns->state;
	struct posture_seen *s;

	/* The caller's arena may die sooner than the audit. */
	a = r->rq->arena;
	for (s = r->seen; s != NULL; s = s->next)
		if (s->type == q->type && s->unchecked == q->unchecked &&
		    span_eq_nocase(s->name, q->name)) {
			*answer = s->answer;
			return FAULT_NONE;
		}
	s = arena_alloc(a, sizeof(*s));
	if (s == NULL)
		return fault_nomem(f);
	s->name = arena_span(a, q->name);
	s->type = q->type;
	s->unchecked = q->unchecked;
	if (s->name.p == NULL)
		return fault_nomem(f);
	if (q->unchecked ? dns_query_unchecked(r->rq->dns, q->name, q->type,
	    a, &s->answer, f) != FAULT_NONE : dns_query(r->rq->dns, q->name,
	    q->type, a, &s->answer, f) != FAULT_NONE)
		return f->kind;
	r->p->queries++;
	s->next = r->seen;
	r->seen = s;
	*answer = s->answer;
	return FAULT_NONE;
}

bool
posture_ask(struct posture_run *r, struct span name, enum dns_type type,
    struct dns_answer *answer)
{
	size_t before = r->p->queries;

	if (dns_query(&r->dns, name, type, r->rq->arena, answer, r->f) !=
	    FAULT_NONE)
		return false;
	if (r->p->queries > before && dns_is_outside(answer))
		r->p->outside++;
	return true;
}

bool
posture_ask_unchecked(struct posture_run *r, struct span name,
    enum dns_type type, struct dns_answer *answer)
{
	return dns_query_unchecked(&r->dns, name, type, r->rq->arena, answer,
	    r->f) == FAULT_NONE;
}

struct span
posture_below(struct posture_run *r, struct span labels, struct span domain)
{
	char *p = arena_alloc(r->rq->arena, labels.len + domain.len + 2);

	if (p == NULL) {
		(void)fault_nomem(r->f);
		return (struct span){ NULL, 0 };
	}
	memcpy(p, labels.p, labels.len);
	p[labels.len] = '.';
	memcpy(p + labels.len + 1, domain.p, domain.len);
	return (struct span){ p, labels.len + 1 + domain.len };
}

bool
posture_ask_below(struct posture_run *r, const char *labels,
    enum dns_type type, struct dns_answer *answer)
{
	struct span name = posture_below(r, span_of(labels), r->domain);

	return name.p != NULL && posture_ask(r, name, type, answer);
}

bool
posture_add(struct posture_run *r, enum posture_rule rule, struct span term,
    const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return lint_add(&r->p->lint, &posture_rules[rule], r->domain, term, 0,
	    r->f, "%s", text) == FAULT_NONE;
}

bool
posture_unanswered(struct posture_run *r, enum posture_rule rule,
    struct span name, enum dns_type type, const struct dns_answer *answer)
{
	char text[DNS_OUTCOME_TEXT];

	return posture_add(r, rule, name, "%.*s %s: %s", SPAN_ARG(name),
	    dns_type_word(type), dns_outcome_text(answer, text));
}

void
posture_take(struct posture_run *r, struct lint *from)
{
	struct lint *l = &r->p->lint;

	if (from->first == NULL)
		return;
	*l->last = from->first;
	l->last = from->last;
	l->newest = from->newest;
	l->count += from->count;
	from->first = from->newest = NULL;
	from->last = &from->first;
	from->count = 0;
}

bool
posture_sends(const struct posture_run *r)
{
	return r->p->role == POSTURE_ROLE_MAIL ||
	    r->p->role == POSTURE_ROLE_SEND;
}

bool
posture_receives(const struct posture_run *r)
{
	return r->p->role == POSTURE_ROLE_MAIL ||
	    r->p->role == POSTURE_ROLE_RECEIVE;
}

bool
posture_spf_refuses(const struct posture *p)
{
	return p->spf.lint.record.p != NULL &&
	    span_eq(p->spf.lint.record, SPAN("v=spf1 -all"));
}

bool
posture_spf_authorises(const struct posture *p)
{
	return p->checks[POSTURE_SPF] != POSTURE_SKIPPED &&
	    p->checks[POSTURE_SPF] != POSTURE_NONE &&
	    p->checks[POSTURE_SPF] != POSTURE_TEMPERROR &&
	    !posture_spf_refuses(p);
}

/* The worst of the findings from the mark on. */
static enum posture_check
posture_worst(const struct lint_finding *g)
{
	enum posture_check worst = POSTURE_CLEAN;

	for (; g != NULL; g = g->next) {
		enum posture_check c = POSTURE_CLEAN;

		switch (g->effect) {
		case LINT_CLEAN:
			break;
		case LINT_FINDINGS:
			c = POSTURE_FINDINGS;
			break;
		case LINT_BROKEN:
			c = POSTURE_BROKEN;
			break;
		case LINT_ABSENT:
			c = POSTURE_NONE;
			break;
		case LINT_UNCHECKED:
			c = POSTURE_TEMPERROR;
			break;
		}
		/* 75 before 4 before 6 before 1, as lint_exit() has it. */
		if (c == POSTURE_TEMPERROR || worst == POSTURE_CLEAN ||
		    (c == POSTURE_BROKEN && worst != POSTURE_TEMPERROR) ||
		    (c == POSTURE_NONE && worst == POSTURE_FINDINGS))
			worst = c;
	}
	return worst;
}

static bool
posture_spf(struct posture_run *r)
{
	struct posture *p = r->p;
	struct span none = { NULL, 0 };
	struct lint_finding **mark = p->lint.last;
	bool absent;

	if (spf_lint(&p->spf, r->domain, none, &r->dns, r->rq->arena, r->f) !=
	    FAULT_NONE)
		return false;
	/* Not every host sends: AUD013 says where that matters. */
	if (r->rq->subdomain && p->spf.lint.count == 1 &&
	    p->spf.lint.first->effect == LINT_ABSENT)
		lint_demote(&p->spf.lint);
	absent = r->rq->subdomain && p->spf.lint.record.p == NULL &&
	    p->spf.lint.count == 1;
	p->lint.record = (struct span){ NULL, 0 };
	posture_take(r, &p->spf.lint);
	if (!posture_spf_more(r))
		return false;
	p->checks[POSTURE_SPF] = absent ? POSTURE_NONE :
	    posture_worst(*mark);
	return true;
}

static bool
posture_dmarc(struct posture_run *r)
{
	struct posture *p = r->p;
	struct lint lint;

	if (dmarc_lint(r->domain, &r->dns, r->rq->arena, &lint, &p->dmarc,
	    r->f) != FAULT_NONE)
		return false;
	p->checks[POSTURE_DMARC] = posture_worst(lint.first);
	posture_take(r, &lint);
	return true;
}

/* Does the domain exist?  Any question about it says so. */
static bool
posture_exists(struct posture_run *r)
{
	struct dns_answer answer;

	if (!posture_ask(r, r->domain, DNS_TXT, &answer))
		return false;
	r->p->exists_known = answer.outcome != DNS_TEMPERROR &&
	    !dns_is_outside(&answer);
	r->p->exists = answer.outcome == DNS_ANSWER ||
	    answer.outcome == DNS_NODATA;
	return !r->p->exists_known || r->p->exists ||
	    posture_add(r, POSTURE_AUD_NXDOMAIN, SPAN(""), "NXDOMAIN");
}

static bool
posture_nameservers(struct posture_run *r)
{
	struct posture *p = r->p;
	struct dns_answer answer;

	if (!r->rq->nameservers)
		return true;
	if (!posture_ask(r, r->domain, DNS_NS, &answer))
		return false;
	p->nameservers_known = answer.outcome != DNS_TEMPERROR &&
	    !dns_is_outside(&answer);
	/* What an alias leads to is another's. */
	if (answer.outcome != DNS_ANSWER || answer.aliases > 0)
		return true;
	p->nameservers = arena_array(r->rq->arena, answer.count,
	    sizeof(*p->nameservers));
	if (p->nameservers == NULL)
		return fault_nomem(r->f) == FAULT_NONE;
	for (size_t i = 0; i < answer.count; i++)
		p->nameservers[p->nnameservers++] = answer.records[i].text;
	return true;
}

/* The table of what MX and SPF make of a domain; SPF NULL: none at all. */
static void
posture_find_role(struct posture_run *r)
{
	struct posture *p = r->p;
	bool sends = posture_spf_authorises(p);
	bool refuses = posture_spf_refuses(p);

	p->role_why = "SPF or MX is not known";
	if (r->rq->role != POSTURE_ROLE_UNKNOWN) {
		p->role = r->rq->role;
		p->role_why = "it was said";
		return;
	}
	if (p->checks[POSTURE_SPF] == POSTURE_SKIPPED ||
	    p->checks[POSTURE_SPF] == POSTURE_TEMPERROR)
		return;
	switch (p->mx.state) {
	case POSTURE_MX_UNKNOWN:
		return;
	case POSTURE_MX_HOSTS:
		p->role = refuses ? POSTURE_ROLE_RECEIVE : POSTURE_ROLE_MAIL;
		p->role_why = refuses ? "exchanges, and nobody may send" :
		    "exchanges, and SPF does not refuse all";
		return;
	case POSTURE_MX_NULL:
		p->role = sends ? POSTURE_ROLE_SEND : POSTURE_ROLE_PARKED;
		p->role_why = sends ? "null MX, and SPF authorises somebody" :
		    "null MX, and SPF authorises nobody";
		return;
	case POSTURE_MX_ABSENT:
		break;
	}
	if (sends) {
		p->role = POSTURE_ROLE_SEND;
		p->role_why = "no MX, and SPF authorises somebody";
	} else if (refuses) {
		p->role = POSTURE_ROLE_PARKED;
		p->role_why = "no MX, and SPF authorises nobody";
	} else if (p->mx.address_known) {
		p->role = p->mx.has_address ? POSTURE_ROLE_MAIL :
		    POSTURE_ROLE_PARKED;
		p->role_why = p->mx.has_address ?
		    "no MX and no SPF, but an address" :
		    "no MX, no SPF, no address";
	}
}

void
posture_sort(struct lint *l)
{
	struct lint_finding *heads[3] = { NULL, NULL, NULL }, *g = l->first;
	struct lint_finding **tails[3] = { &heads[0], &heads[1], &heads[2] };
	struct lint_finding *next;

	for (; g != NULL; g = next) {
		next = g->next;
		g->next = NULL;
		*tails[g->severity] = g;
		tails[g->severity] = &g->next;
	}
	l->last = &l->first;
	for (size_t i = 3; i-- > 0;) {
		*l->last = heads[i];
		if (heads[i] != NULL)
			l->last = tails[i];
	}
	*l->last = NULL;
}

/* One family: its findings are those added since the mark. */
static bool
posture_family(struct posture_run *r, enum posture_family family,
    bool (*check)(struct posture_run *))
{
	struct lint *l = &r->p->lint;
	struct lint_finding **mark = l->last;

	if (r->rq->skip[family])
		return true;
	r->unjudged = false;
	if (!check(r))
		return false;
	if (*mark != NULL)
		r->unjudged = r->unjudged &&
		    posture_worst(*mark) == POSTURE_CLEAN;
	if (r->p->checks[family] == POSTURE_SKIPPED && !r->unjudged)
		r->p->checks[family] = posture_worst(*mark);
	return true;
}

static bool
posture_families(struct posture_run *r)
{
	const bool *skip = r->rq->skip;

	if (!posture_exists(r))
		return false;
	if (r->p->exists_known && !r->p->exists)
		return true;
	if (!posture_nameservers(r) ||
	    (!skip[POSTURE_SPF] && !posture_spf(r)) ||
	    ((!skip[POSTURE_MX] || !skip[POSTURE_DANE] ||
	    (!skip[POSTURE_STS] && (r->rq->nsts > 0 ||
	    r->rq->fetch != NULL))) &&
	    !posture_mx_gather(r)))
		return false;
	posture_find_role(r);
	if (!posture_senders(r))
		return false;
	return posture_family(r, POSTURE_DKIM, posture_dkim) &&
	    (skip[POSTURE_DMARC] || posture_dmarc(r)) &&
	    posture_family(r, POSTURE_MX, posture_mx_judge) &&
	    posture_family(r, POSTURE_STS, posture_sts) &&
	    posture_family(r, POSTURE_DANE, posture_dane) &&
	    posture_family(r, POSTURE_TLSRPT, posture_tlsrpt) &&
	    posture_family(r, POSTURE_DNSSEC, posture_dnssec) &&
	    posture_family(r, POSTURE_BIMI, posture_bimi) &&
	    posture_family(r, POSTURE_TAKEOVER, posture_takeover) &&
	    posture_whole(r);
}

enum fault_kind
posture_audit(const struct posture_request *rq, struct posture *p,
    struct fault *f)
{
	struct posture_run r = { .rq = rq, .p = p, .f = f };

	fault_clear(f);
	*p = (struct posture){ .role = POSTURE_ROLE_UNKNOWN,
	    .role_why = "nothing is known" };
	spf_nets_init(&p->spf.nets);
	buf_init(&p->spf.flat, SPF_FLAT_BYTES);
	r.dns = (struct dns){ .query = posture_query, .state = &r,
	    .clock = rq->dns->clock, .deadline_ms = rq->dns->deadline_ms,
	    .offline = rq->dns->offline };
	r.domain = arena_lower(rq->arena, rq->domain);
	if (r.domain.p == NULL)
		return fault_nomem(f);
	if (lint_init(&p->lint, r.domain, rq->arena, f) != FAULT_NONE ||
	    !posture_families(&r))
		return f->kind;
	if (p->outside > 0 && !posture_add(&r, POSTURE_AUD_OUTSIDE, SPAN(""),
	    "%zu name%s", p->outside, p->outside == 1 ? "" : "s"))
		return f->kind;
	posture_sort(&p->lint);
	/* One that a check did not hand on is one all the same. */
	return f->kind;
}

void
posture_free(struct posture *p)
{
	spf_lint_free(&p->spf);
}

/* SPDX-License-Identifier: ISC */
/* What the SPF lint does not say: the record among others, and networks that
 * several of its terms authorise. */
#include <stdlib.h>
#include <string.h>

#include "posture/posture_impl.h"
#include "spf/record.h"

/* Networks that are compared, and findings about them. */
#define SPF_COMPARED ((size_t)4096)
#define SPF_TWICE_SHOWN ((size_t)10)
/* What resolvers announce for UDP (RFC 9715 3.2). */
#define SPF_UDP ((size_t)1232)

/* A network, and the term of the domain's own record that leads to it. */
struct spf_twice {
	struct ipaddr net;
	unsigned prefix;
	struct span top;
};

static int
twice_order(const void *a, const void *b)
{
	const struct spf_twice *x = a, *y = b;
	int order = (x->net.family > y->net.family) -
	    (x->net.family < y->net.family);

	if (order == 0)
		order = memcmp(x->net.bytes, y->net.bytes,
		    x->net.family == 4 ? 4 : 16);
	if (order == 0)
		order = (x->prefix > y->prefix) - (x->prefix < y->prefix);
	return order;
}

/* The networks that one record of the tree lists itself. */
static void
twice_take(const struct spf_lint_node *n, struct spf_twice *list,
    size_t *count)
{
	struct spf_terms terms = spf_terms_of(n->record);
	const struct spf_lint_node *top = n;
	struct spf_term term;

	while (top->depth > 1 && top->parent != NULL)
		top = top->parent;
	while (spf_terms_next(&terms, &term) && *count < SPF_COMPARED) {
		if (term.error != NULL || term.verdict != VERDICT_PASS ||
		    (term.kind != SPF_IP4 && term.kind != SPF_IP6))
			continue;
		list[(*count)++] = (struct spf_twice){ term.net,
		    term.kind == SPF_IP4 ? term.prefix4 : term.prefix6,
		    n->depth == 0 ? term.text : top->via };
	}
}

static bool
spf_twice(struct posture_run *r)
{
	struct spf_twice *list = arena_array(r->rq->arena, SPF_COMPARED,
	    sizeof(*list));
	size_t count = 0, shown = 0;

	if (list == NULL)
		return fault_nomem(r->f) == FAULT_NONE;
	for (const struct spf_lint_node *n = r->p->spf.first; n != NULL;
	    n = n->next)
		if (n->record.p != NULL)
			twice_take(n, list, &count);
	if (count > 0)
		qsort(list, count, sizeof(*list), twice_order);
	for (size_t i = 1; i < count && shown < SPF_TWICE_SHOWN; i++) {
		struct buf b;
		bool added;

		/* One term that stands twice is SPF013. */
		if (twice_order(&list[i - 1], &list[i]) != 0 ||
		    span_eq_nocase(list[i - 1].top, list[i].top))
			continue;
		buf_init(&b, 64);
		ipaddr_format(&list[i].net, &b);
		buf_addf(&b, "/%u", list[i].prefix);
		added = posture_add(r, POSTURE_SPF_TWICE, buf_span(&b),
		    "%.*s: by %.*s and %.*s", SPAN_ARG(buf_span(&b)),
		    SPAN_ARG(span_sub(list[i - 1].top, 0, 100)),
		    SPAN_ARG(span_sub(list[i].top, 0, 100)));
		buf_free(&b);
		if (!added)
			return false;
		shown++;
	}
	return true;
}

/* The whole answer, as a server puts it together: header, question, records
 * with the owner compressed, OPT. */
static bool
spf_size(struct posture_run *r)
{
	struct dns_answer answer;
	size_t size = 12 + r->domain.len + 2 + 4 + 11;

	if (!posture_ask(r, r->domain, DNS_TXT, &answer))
		return false;
	for (size_t i = 0; i < answer.count; i++)
		size += 12 + answer.records[i].text.len +
		    answer.records[i].strings;
	return answer.count == 0 || size <= SPF_UDP || posture_add(r,
	    POSTURE_SPF_TCP, SPAN(""), "%zu TXT records, %zu bytes",
	    answer.count, size);
}

bool
posture_spf_more(struct posture_run *r)
{
	return r->p->spf.lint.record.p == NULL || (spf_twice(r) &&
	    spf_size(r));
}

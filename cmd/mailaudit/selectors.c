/* SPDX-License-Identifier: ISC */
/* Which DKIM selectors a domain uses: by signatures, zones and guesses. */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/domain.h"
#include "dns/resolver.h"
#include "mail/input.h"
#include "mail/message.h"
#include "mail/taglist.h"
#include "mailaudit/mailaudit.h"

/* Names that are tried with --probe-selectors: what software and providers
 * use where nobody chose another. */
static const char *const well_known[] = { "default", "dkim", "mail", "email",
	"smtp", "mx", "mta", "key1", "key2", "dkim1", "dkim2", "dk", "s1",
	"s2", "k1", "k2", "k3", "m1", "m2", "selector", "selector1",
	"selector2", "google", "20230601", "20221208", "mandrill", "mxvault",
	"pm", "protonmail", "protonmail2", "protonmail3", "zoho", "zmail",
	"fm1", "fm2", "fm3", "mesmtp", "sig1", "pic", "krs", "mailo",
	"everlytickey1", "everlytickey2", "eversrv", "zendesk1", "zendesk2",
	"sm", "brevo1", "brevo2", "hs1", "hs2", "cm", "ctct1", "ctct2",
	"mailjet", "sendgrid", "postfix", "x", "a1", "titan1", "s1024",
	"s2048", "litesrv" };

_Static_assert(sizeof(well_known) / sizeof(well_known[0]) <= INPUTS_GUESSES,
    "the guesses must fit");

void
mailaudit_guess(struct mailaudit_inputs *in)
{
	while (in->nguesses < sizeof(well_known) / sizeof(well_known[0])) {
		in->guesses[in->nguesses] =
		    span_of(well_known[in->nguesses]);
		in->nguesses++;
	}
}

/* One pair of domain and selector, once. */
static enum fault_kind
selectors_seen(struct mailaudit_inputs *in, struct span domain,
    struct span selector, struct fault *f)
{
	struct posture_signed *s = &in->signatures[in->nsigned];

	if (!domain_is_ldhu(domain) || !domain_is_ldhu(selector) ||
	    in->nsigned == INPUTS_SIGNED)
		return FAULT_NONE;
	for (size_t i = 0; i < in->nsigned; i++)
		if (span_eq_nocase(in->signatures[i].domain, domain) &&
		    span_eq_nocase(in->signatures[i].selector, selector))
			return FAULT_NONE;
	s->domain = arena_lower(&in->arena, domain);
	s->selector = arena_lower(&in->arena, selector);
	if (s->domain.p == NULL || s->selector.p == NULL)
		return fault_nomem(f);
	in->nsigned++;
	return FAULT_NONE;
}

/* The signatures of one message, as far as they can be read. */
static enum fault_kind
selectors_fields(struct mailaudit_inputs *in, const struct message *m,
    struct fault *f)
{
	struct taglist list;

	for (size_t i = 0; i < m->nfields; i++) {
		const struct tag *d, *s;

		if (!span_eq_nocase(m->fields[i].name,
		    SPAN("DKIM-Signature")) ||
		    !taglist_parse(m->fields[i].value, &list, NULL))
			continue;
		d = taglist_find(&list, "d");
		s = taglist_find(&list, "s");
		if (d != NULL && s != NULL && selectors_seen(in, d->value,
		    s->value, f) != FAULT_NONE)
			return f->kind;
	}
	return FAULT_NONE;
}

static enum fault_kind
selectors_message(struct mailaudit_inputs *in, const struct input_item *item,
    char *chunk, struct fault *f)
{
	struct input_message open;
	struct message m;
	struct arena a;

	if (item->fault.kind != FAULT_NONE) {
		*f = item->fault;
		return f->kind;
	}
	if (input_message_open(&open, item, NULL, f) != FAULT_NONE)
		return f->kind;
	arena_init(&a, BOUND_MESSAGE_ARENA);
	if (message_open(&m, &open.source, chunk, &a, f) == FAULT_NONE)
		(void)selectors_fields(in, &m, f);
	arena_free(&a);
	input_message_close(&open);
	return f->kind;
}

enum fault_kind
mailaudit_mail(struct mailaudit_inputs *in, const char *value,
    struct fault *f)
{
	char *operand = arena_str(&in->arena, span_of(value));
	struct input_config config = { .operands = &operand,
	    .noperands = 1 };
	char *chunk = malloc(MESSAGE_CHUNK);
	struct input *input = NULL;
	struct input_item item;
	bool more;

	if (operand == NULL || chunk == NULL)
		(void)fault_nomem(f);
	else if (input_open(&input, &config, f) == FAULT_NONE)
		while (input_next(input, &item, &more, f) == FAULT_NONE &&
		    more && selectors_message(in, &item, chunk, f) ==
		    FAULT_NONE)
			continue;
	input_close(input);
	free(chunk);
	return f->kind;
}

/* By domain: what stands after "SELECTOR._domainkey." */
static struct span
keys_domain(const struct dns_zone_name *n)
{
	size_t at = span_find(n->name, '.') + sizeof("._domainkey.") - 1;

	return span_sub(n->name, at, n->name.len);
}

static int
keys_order(const void *a, const void *b)
{
	struct span x = keys_domain(a), y = keys_domain(b);
	size_t n = x.len < y.len ? x.len : y.len;
	int order = memcmp(x.p, y.p, n);

	return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

/* All that the zones have, once a run. */
static enum fault_kind
keys_read(struct mailaudit_inputs *in, struct dns *dns, struct fault *f)
{
	if (in->keys_read)
		return FAULT_NONE;
	if (dns_zone_owners(dns, SPAN("_domainkey"), &in->arena, &in->keys,
	    &in->nkeys, f) != FAULT_NONE)
		return f->kind;
	in->keys_read = true;
	if (in->nkeys > 0)
		qsort(in->keys, in->nkeys, sizeof(*in->keys), keys_order);
	return FAULT_NONE;
}

/* The first key that is not before the domain. */
static size_t
keys_from(const struct mailaudit_inputs *in, struct span domain)
{
	size_t low = 0, high = in->nkeys;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct span x = keys_domain(&in->keys[mid]);
		size_t n = x.len < domain.len ? x.len : domain.len;
		int order = memcmp(x.p, domain.p, n);

		if (order < 0 || (order == 0 && x.len < domain.len))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

enum fault_kind
mailaudit_zone_keys(struct mailaudit_inputs *in, struct posture_request *rq,
    struct span *selectors, struct span *guesses, struct fault *f)
{
	if (keys_read(in, rq->dns, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = keys_from(in, rq->domain); i < in->nkeys &&
	    span_eq(keys_domain(&in->keys[i]), rq->domain); i++) {
		const struct dns_zone_name *n = &in->keys[i];
		struct span s = span_sub(n->name, 0, span_find(n->name, '.'));

		if (n->alias && rq->nselectors < POSTURE_SELECTORS)
			selectors[rq->nselectors++] = s;
		else if (!n->alias && rq->nguesses < INPUTS_GUESSES)
			guesses[rq->nguesses++] = s;
	}
	return FAULT_NONE;
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dmarc/walk.h"
#include "dns/domain.h"

void
dmarc_memo_init(struct dmarc_memo *memo, struct dns *dns, struct arena *a)
{
	*memo = (struct dmarc_memo){ .dns = dns, .arena = a };
}

/* Keep what DMARC needs of one TXT record. */
static enum fault_kind
found_add(struct dmarc_found *found, struct span text, struct arena *a,
    struct fault *f)
{
	struct dmarc_record *record;

	found->ntexts++;
	if (found->ntexts > DMARC_KEPT && (!dmarc_record_is(text) ||
	    found->nrecords >= DMARC_KEPT)) {
		found->nrecords += dmarc_record_is(text);
		return FAULT_NONE;
	}
	text = arena_span(a, text);
	if (text.p == NULL)
		return fault_nomem(f);
	if (found->ntexts <= DMARC_KEPT)
		found->texts[found->ntexts - 1] = text;
	if (dmarc_record_parse(text, a, &record, f) != FAULT_NONE)
		return f->kind;
	if (record != NULL)
		found->records[found->nrecords++] = record;
	return FAULT_NONE;
}

/*
 * Ask.  The whole answer may be 64 KiB of a stranger's; it is dropped at once
 * and only a few records of it live as long as the message.
 */
static enum fault_kind
found_ask(struct dmarc_found *found, struct dmarc_memo *memo, struct fault *f)
{
	struct dns_answer answer = { .outcome = DNS_TEMPERROR };
	struct arena scratch;
	struct buf name;
	enum fault_kind k;

	arena_init(&scratch, BOUND_MESSAGE_ARENA);
	/* A name that is too long for the DNS is dns_query's to refuse. */
	buf_init(&name, 4 * BOUND_DNS_NAME);
	buf_adds(&name, "_dmarc.");
	buf_addspan(&name, found->name);
	k = buf_check(&name, f);
	if (k == FAULT_NONE)
		k = dns_query(memo->dns, buf_span(&name), DNS_TXT, &scratch,
		    &answer, f);
	found->outcome = answer.outcome;
	found->why = answer.why;
	/* The answer's arena goes. */
	if (k == FAULT_NONE && answer.said.p != NULL &&
	    (found->said = arena_span(memo->arena, answer.said)).p == NULL)
		k = fault_nomem(f);
	if (answer.outcome != DNS_ANSWER)
		answer.count = 0;
	for (size_t i = 0; k == FAULT_NONE && i < answer.count; i++)
		k = found_add(found, answer.records[i].text, memo->arena, f);
	if (k == FAULT_NONE && found->nrecords == 1)
		found->record = found->records[0];
	buf_free(&name);
	arena_free(&scratch);
	return k;
}

enum fault_kind
dmarc_find(struct dmarc_memo *memo, struct span name,
    struct dmarc_found **found, struct fault *f)
{
	struct dmarc_found *e;

	for (e = memo->first; e != NULL; e = e->next) {
		if (span_eq(e->name, name)) {
			*found = e;
			return FAULT_NONE;
		}
	}
	e = arena_alloc(memo->arena, sizeof(*e));
	if (e == NULL)
		return fault_nomem(f);
	e->name = name;
	if (found_ask(e, memo, f) != FAULT_NONE)
		return f->kind;
	e->next = memo->first;
	memo->first = e;
	*found = e;
	return FAULT_NONE;
}

/* RFC 9989 4.10.2, over what the walk found from longest to shortest. */
static void
walk_choose_org(struct dmarc_walk *w)
{
	struct dmarc_found *shortest = NULL, *e;

	for (size_t i = 0; i < w->count; i++) {
		e = w->steps[i];
		if (e->record == NULL)
			continue;
		shortest = e;
		if (e->record->psd == DMARC_PSD_N) {
			w->org = e->name;
			w->rule = "its record says psd=n";
			w->org_found = e;
			return;
		}
		if (e->record->psd == DMARC_PSD_Y && i > 0) {
			w->psd_found = e;
			w->org = domain_tail(w->domain,
			    domain_labels(e->name) + 1);
			w->rule = "the name below it is a public suffix "
			    "(psd=y)";
		}
	}
	if (w->psd_found != NULL) {
		for (size_t i = 0; i < w->count; i++)
			if (span_eq(w->steps[i]->name, w->org) &&
			    w->steps[i]->record != NULL)
				w->org_found = w->steps[i];
		return;
	}
	w->org = shortest != NULL ? shortest->name : w->domain;
	w->org_found = shortest;
	w->rule = shortest != NULL ? "its record is the highest found" :
	    "no record stands on the way up";
}

enum fault_kind
dmarc_walk(struct dmarc_memo *memo, struct span domain,
    struct dmarc_walk *walk, struct fault *f)
{
	size_t labels = domain_labels(domain);
	struct span name = domain;
	struct dmarc_found *e = NULL;

	*walk = (struct dmarc_walk){ .domain = domain };
	/* Step 4: a long name is cut so that no walk takes over 8 queries. */
	labels = labels >= BOUND_DMARC_WALK ? BOUND_DMARC_WALK : labels;
	for (; labels > 0; labels--) {
		if (walk->count > 0)
			name = domain_tail(domain, labels);
		if (dmarc_find(memo, name, &e, f) != FAULT_NONE || e == NULL)
			return f->kind;
		walk->steps[walk->count++] = e;
		if (e->outcome == DNS_TEMPERROR) {
			walk->failed = true;
			return FAULT_NONE;
		}
		if (e->record != NULL && e->record->psd != DMARC_PSD_U)
			break;
	}
	walk_choose_org(walk);
	return FAULT_NONE;
}

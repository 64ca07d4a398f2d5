/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dmarc/consent.h"
#include "report/make.h"
#include "report/post.h"
#include "report/send.h"

#define ARENA ((size_t)32 * 1024 * 1024)
#define FILE_BYTES ((size_t)32 * 1024 * 1024)
#define MAIL_BYTES ((size_t)64 * 1024 * 1024)
#define IDS_BYTES ((size_t)64 * 1024 * 1024)
/* sysexits: a program that says "later". */
#define EX_UNAVAILABLE 69
#define EX_TEMPFAIL 75

struct sending {
	struct report_store *store;
	const struct report_sender *s;
	struct report_send_sum *sum;
	struct arena arena;	/* of the report at hand */
	struct dmarc_memo memo;
	struct report_made made;
	size_t n;
	struct report_delivery *list;
	/* The record as it is now; NULL: it asks for nothing any more. */
	const struct dmarc_record *record;
	struct span org;	/* of the policy domain; p NULL: unknown */
	struct buf gzip, mail;
};

/* Hours until the next try. */
static int64_t
delay(int64_t tries)
{
	static const int64_t hours[] = { 1, 2, 4, 8, 12 };

	return 3600 * hours[tries < 1 ? 0 : tries > 5 ? 4 : tries - 1];
}

static enum fault_kind
settle(struct sending *k, struct report_delivery *d,
    enum report_delivery_state state, const char *why, struct fault *f)
{
	d->state = state;
	d->last_reply = span_of(why);
	switch (state) {
	case REPORT_SENT:
		k->sum->sent++;
		break;
	case REPORT_DROPPED:
		k->sum->dropped++;
		break;
	case REPORT_WITHDRAWN:
		k->sum->withdrawn++;
		break;
	case REPORT_GAVE_UP:
		k->sum->given_up++;
		break;
	case REPORT_WAIT:
	case REPORT_SENDING:
		k->sum->waiting++;
		break;
	}
	if (k->s->said != NULL)
		k->s->said(k->s->arg, &k->made, d, why);
	return k->s->dry_run ? FAULT_NONE :
	    report_store_delivery(k->store, d, f);
}

/* Later, or not at all if it is 48 hours after the period. */
static enum fault_kind
postpone(struct sending *k, struct report_delivery *d, const char *why,
    struct fault *f)
{
	int64_t last = k->made.end + 1 + REPORT_SEND_FOR;

	if (k->s->now >= last)
		return settle(k, d, REPORT_GAVE_UP, why, f);
	d->next_try = k->s->now + delay(d->tries);
	if (d->next_try > last)
		d->next_try = last;
	return settle(k, d, REPORT_WAIT, why, f);
}

/* ---- may it be sent? ---- */

static enum fault_kind
is_suppressed(struct sending *k, const struct report_delivery *d, bool *yes,
    struct fault *f)
{
	struct span address = arena_lower(&k->arena, d->address), host;

	*yes = false;
	if (address.p == NULL)
		return fault_nomem(f);
	host = span_sub(address, span_rfind(address, '@'), address.len);
	if (report_store_is_suppressed(k->store, address, k->s->now, yes, f)
	    != FAULT_NONE || *yes ||
	    report_store_is_suppressed(k->store, host, k->s->now, yes, f) !=
	    FAULT_NONE || *yes)
		return f->kind;
	return report_store_is_suppressed(k->store, k->made.policy_domain,
	    k->s->now, yes, f);
}

static const struct dmarc_uri *
find_uri(const struct dmarc_record *r, struct span uri)
{
	for (size_t i = 0; r != NULL && i < r->nrua; i++)
		if (span_eq(r->rua[i].text, uri))
			return &r->rua[i];
	return NULL;
}

/* The record as it is now, or the stored one if the DNS does not answer. */
static enum fault_kind
look_up(struct sending *k, struct fault *f)
{
	struct dmarc_record *stored = NULL;
	struct dmarc_found *found;
	struct dmarc_walk w;

	dmarc_memo_init(&k->memo, k->s->dns, &k->arena);
	k->org = (struct span){ NULL, 0 };
	if (dmarc_find(&k->memo, k->made.policy_domain, &found, f) !=
	    FAULT_NONE)
		return f->kind;
	k->record = found->record;
	if (found->outcome == DNS_TEMPERROR) {
		if (dmarc_record_parse(k->made.record, &k->arena, &stored,
		    f) != FAULT_NONE)
			return f->kind;
		k->record = stored;
	}
	if (dmarc_walk(&k->memo, k->made.policy_domain, &w, f) != FAULT_NONE)
		return f->kind;
	if (!w.failed)
		k->org = w.org;
	return FAULT_NONE;
}

/* Addresses that the record names now and did not when the report was made. */
static enum fault_kind
add_new(struct sending *k, struct fault *f)
{
	for (size_t i = 0; k->record != NULL && i < k->record->nrua; i++) {
		const struct dmarc_uri *u = &k->record->rua[i];
		bool there = !report_address_good(u->address);

		for (size_t j = 0; j < k->n; j++)
			there = there || span_eq(k->list[j].uri, u->text);
		if (there || k->s->dry_run)
			continue;
		if (report_store_begin(k->store, true, f) != FAULT_NONE)
			return f->kind;
		if (report_store_destination(k->store, k->made.id, u->text,
		    u->address, u->host, f) == FAULT_NONE)
			(void)report_store_commit(k->store, f);
		report_store_rollback(k->store);
		if (f->kind != FAULT_NONE)
			return f->kind;
	}
	return report_store_deliveries(k->store, k->made.id, &k->arena,
	    &k->list, &k->n, f);
}

/* *go: nothing speaks against it, and the address is the one to use. */
static enum fault_kind
may_send(struct sending *k, struct report_delivery *d, bool *go,
    struct fault *f)
{
	const struct dmarc_uri *uri = find_uri(k->record, d->uri);
	struct dmarc_consented said;
	bool suppressed;

	*go = false;
	if (k->record == NULL || k->record->nrua == 0)
		return settle(k, d, REPORT_WITHDRAWN,
		    "the record is gone, or asks for no reports", f);
	if (uri == NULL)
		return settle(k, d, REPORT_WITHDRAWN,
		    "the record does not name this address any more", f);
	if (is_suppressed(k, d, &suppressed, f) != FAULT_NONE)
		return f->kind;
	if (suppressed)
		return settle(k, d, REPORT_DROPPED, "suppressed", f);
	if (span_eq_nocase(d->address, k->made.sender))
		return settle(k, d, REPORT_DROPPED, "our own address", f);
	if (dmarc_consent_ask(&k->memo, k->made.policy_domain, k->org,
	    &(struct dmarc_asked){ uri, false }, &said, f) != FAULT_NONE)
		return f->kind;
	switch (said.consent) {
	case DMARC_CONSENT_UNKNOWN:
		d->consent = SPAN("unknown");
		d->tries++;
		return postpone(k, d, "the DNS did not say whether the host "
		    "consents", f);
	case DMARC_CONSENT_MISSING:
	case DMARC_CONSENT_SCHEME:
		d->consent = SPAN("missing");
		return settle(k, d, REPORT_DROPPED,
		    "the host does not consent", f);
	case DMARC_CONSENT_OWN:
		d->consent = SPAN("own");
		break;
	case DMARC_CONSENT_GIVEN:
		d->consent = SPAN("given");
		break;
	}
	if (!report_address_good(said.address))
		return settle(k, d, REPORT_DROPPED, "no address", f);
	d->address = said.address;
	/* What the host put in its place may be suppressed too. */
	if (is_suppressed(k, d, &suppressed, f) != FAULT_NONE)
		return f->kind;
	if (suppressed)
		return settle(k, d, REPORT_DROPPED, "suppressed", f);
	*go = true;
	return FAULT_NONE;
}

/* ---- sending ---- */

static enum fault_kind
format_mail(struct sending *k, const struct report_delivery *d,
    struct fault *f)
{
	const struct report_made *m = &k->made;

	buf_reset(&k->mail);
	if (k->gzip.len == 0 && report_file_read(k->s->home, m->file,
	    &k->gzip, f) != FAULT_NONE)
		return f->kind;
	return report_post_format(&(struct report_post){ .org = m->org,
	    .from = m->sender, .to = d->address, .receiver = m->receiver,
	    .policy_domain = m->policy_domain, .report_id = m->report_id,
	    .file = m->file, .begin = m->begin, .end = m->end,
	    .date = m->made_at }, buf_span(&k->gzip), &k->mail, f);
}

static enum fault_kind
send_one(struct sending *k, struct report_delivery *d, struct fault *f)
{
	struct fault own = { .kind = FAULT_NONE };
	char why[FAULT_TEXT_MAX];
	int status = 0;
	bool go;

	if (may_send(k, d, &go, f) != FAULT_NONE || !go)
		return f->kind;
	if (format_mail(k, d, f) != FAULT_NONE)
		return f->kind;
	if (k->mail.len > k->s->max_mail)
		return settle(k, d, REPORT_DROPPED,
		    "larger than --max-mail", f);
	if (k->s->dry_run)
		return settle(k, d, REPORT_SENT, "would be sent", f);
	d->state = REPORT_SENDING;
	d->tries++;
	if (report_store_delivery(k->store, d, f) != FAULT_NONE)
		return f->kind;
	(void)k->s->deliver(k->s->arg, &k->made, d->address,
	    buf_span(&k->mail), &status, &own);
	if (own.kind == FAULT_NONE && status == 0)
		return settle(k, d, REPORT_SENT, "sent", f);
	if (own.kind == FAULT_NONE)
		(void)fault_set(&own, FAULT_TEMP, "exit status %d", status);
	else
		status = EX_TEMPFAIL;	/* it was not even started */
	memcpy(why, own.text, sizeof(why));
	if (status == EX_TEMPFAIL || status == EX_UNAVAILABLE)
		return postpone(k, d, why, f);
	return settle(k, d, REPORT_GAVE_UP, why, f);
}

static enum fault_kind
send_report(struct sending *k, int64_t id, struct fault *f)
{
	arena_reset(&k->arena);
	buf_reset(&k->gzip);
	if (report_store_report(k->store, id, &k->arena, &k->made, f) !=
	    FAULT_NONE || report_store_deliveries(k->store, id, &k->arena,
	    &k->list, &k->n, f) != FAULT_NONE || look_up(k, f) !=
	    FAULT_NONE || add_new(k, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < k->n && f->kind == FAULT_NONE; i++) {
		struct report_delivery *d = &k->list[i];

		if (d->state != REPORT_WAIT && d->state != REPORT_SENDING)
			continue;
		if (d->next_try > k->s->now)
			k->sum->waiting++;
		else
			(void)send_one(k, d, f);
	}
	return f->kind;
}

enum fault_kind
report_send(struct report_store *s, const struct report_sender *sender,
    struct report_send_sum *sum, struct fault *f)
{
	struct sending k = { .store = s, .s = sender, .sum = sum };
	struct buf ids;
	int64_t id;

	memset(sum, 0, sizeof(*sum));
	arena_init(&k.arena, ARENA);
	buf_init(&k.gzip, FILE_BYTES);
	buf_init(&k.mail, MAIL_BYTES);
	buf_init(&ids, IDS_BYTES);
	(void)report_store_to_send(s, sender->now, &ids, f);
	for (size_t i = 0; f->kind == FAULT_NONE && i < ids.len;
	    i += sizeof(id)) {
		memcpy(&id, ids.p + i, sizeof(id));
		(void)send_report(&k, id, f);
	}
	buf_free(&ids);
	buf_free(&k.gzip);
	buf_free(&k.mail);
	arena_free(&k.arena);
	return f->kind;
}

/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "dkim/summary.h"

/* The message's RESULT and REASON, then RESULT, REASON, DOMAIN and SELECTOR of
 * each signature that counted; a NUL after each. */
void
dkim_summary_note(const struct dkim_report *r, struct buf *b)
{
	size_t counted = 0;

	for (size_t i = 0; i < r->count; i++)
		counted += r->results[i].counted;
	buf_adds(b, verdict_word(r->result));
	buf_addc(b, '\0');
	/* A signature's reason is said with it. */
	buf_adds(b, reason_word(counted > 0 ? REASON_NONE : r->reason));
	buf_addc(b, '\0');
	for (size_t i = 0; i < r->count; i++) {
		const struct dkim_result *one = &r->results[i];

		if (!one->counted)
			continue;
		buf_adds(b, verdict_word(one->result));
		buf_addc(b, '\0');
		buf_adds(b, reason_word(one->reason));
		buf_addc(b, '\0');
		buf_addprint(b, one->domain);
		buf_addc(b, '\0');
		buf_addprint(b, one->selector);
		buf_addc(b, '\0');
	}
}

/* What will not pass next time either. */
static enum verdict
lasting(enum verdict v)
{
	return v == VERDICT_PERMERROR || v == VERDICT_POLICY ? VERDICT_FAIL :
	    v;
}

static enum fault_kind
add_signature(struct dkim_summary *s, enum verdict result,
    struct span domain, struct span selector, struct fault *f)
{
	struct buf key;

	s->signatures++;
	if (tally_add(&s->domains, domain, lasting(result), f) != FAULT_NONE ||
	    domain.len == 0 || selector.len == 0)
		return f->kind;
	buf_init(&key, 65536);
	buf_addspan(&key, selector);
	buf_adds(&key, "._domainkey.");
	buf_addspan(&key, domain);
	if (buf_check(&key, f) == FAULT_NONE)
		(void)tally_add(&s->keys, buf_span(&key), lasting(result), f);
	buf_free(&key);
	return f->kind;
}

static bool
cut_verdict(struct span *note, enum verdict *v, enum reason *why)
{
	struct span result, reason;

	return span_cut(*note, '\0', &result, note) &&
	    span_cut(*note, '\0', &reason, note) &&
	    verdict_parse(result, v) && tally_reason(reason, why);
}

enum fault_kind
dkim_summary_add(struct dkim_summary *s, struct span note, struct fault *f)
{
	struct span domain, selector;
	enum verdict v;
	enum reason why;

	if (!cut_verdict(&note, &v, &why))
		return fault_set(f, FAULT_SOFTWARE, "a broken summary note");
	s->messages++;
	s->results[v]++;
	s->reasons[why]++;
	while (note.len > 0) {
		if (!cut_verdict(&note, &v, &why) ||
		    !span_cut(note, '\0', &domain, &note) ||
		    !span_cut(note, '\0', &selector, &note))
			return fault_set(f, FAULT_SOFTWARE,
			    "a broken summary note");
		s->reasons[why]++;
		if (add_signature(s, v, domain, selector, f) != FAULT_NONE)
			return f->kind;
	}
	return FAULT_NONE;
}

enum fault_kind
dkim_summary_text(const struct dkim_summary *s, struct buf *b,
    struct fault *f)
{
	static const struct tally_view domains = { "signing domains",
	    "signatures", false };
	static const struct tally_view keys = { "keys that fail",
	    "signatures", true };
	uint64_t all = s->messages + s->signatures;

	buf_addf(b, "%-44s %12llu\n", "messages",
	    (unsigned long long)s->messages);
	for (int i = 0; i < DKIM_SUMMARY_RESULTS; i++)
		if (s->results[i] > 0)
			tally_share(b, verdict_word((enum verdict)i),
			    s->results[i], s->messages);
	buf_addf(b, "\n%-44s %12llu\n", "signatures",
	    (unsigned long long)s->signatures);
	if (s->reasons[REASON_NONE] < all)
		buf_adds(b, "\nreasons\n");
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (s->reasons[i] > 0)
			buf_addf(b, "  %-42.42s %12llu\n",
			    reason_word((enum reason)i),
			    (unsigned long long)s->reasons[i]);
	if (tally_text(&s->domains, &domains, b, f) != FAULT_NONE)
		return f->kind;
	return tally_text(&s->keys, &keys, b, f);
}

json_t *
dkim_summary_json(const struct dkim_summary *s)
{
	static const struct tally_view domain = { "domain", "signatures",
	    false };
	static const struct tally_view key = { "key", "signatures", true };
	json_t *o = json_object(), *results = json_object();
	json_t *reasons = json_object();
	bool failed = o == NULL;

	js_set(o, "messages", js_int((int64_t)s->messages), &failed);
	for (int i = 0; i < DKIM_SUMMARY_RESULTS; i++)
		if (s->results[i] > 0)
			js_set(results, verdict_word((enum verdict)i),
			    js_int((int64_t)s->results[i]), &failed);
	js_set(o, "results", results, &failed);
	js_set(o, "signatures", js_int((int64_t)s->signatures), &failed);
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (s->reasons[i] > 0)
			js_set(reasons, reason_word((enum reason)i),
			    js_int((int64_t)s->reasons[i]), &failed);
	js_set(o, "reasons", reasons, &failed);
	js_set(o, "signing_domains", js_int((int64_t)s->domains.n), &failed);
	js_set(o, "signers", tally_json(&s->domains, &domain), &failed);
	js_set(o, "failing_keys", tally_json(&s->keys, &key), &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

void
dkim_summary_free(struct dkim_summary *s)
{
	tally_free(&s->domains);
	tally_free(&s->keys);
	*s = (struct dkim_summary){ 0 };
}

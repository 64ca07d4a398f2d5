/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "dmarc/summary.h"

/* RESULT NUL REASON NUL DOMAIN NUL SOURCE */
void
dmarc_summary_note(const struct dmarc_result *r, const struct ipaddr *source,
    struct buf *b)
{
	buf_adds(b, verdict_word(r->result));
	buf_addc(b, '\0');
	buf_adds(b, reason_word(r->reason));
	buf_addc(b, '\0');
	buf_addprint(b, r->author_domain);
	buf_addc(b, '\0');
	if (source != NULL && source->family != 0)
		ipaddr_format(source, b);
}

static const struct tally_view domains_view = { "author domains",
    "messages", false };
static const struct tally_view sources_view = { "sources that fail",
    "messages", true };

enum fault_kind
dmarc_summary_add(struct dmarc_summary *s, struct span note, struct fault *f)
{
	struct span result, reason, domain, source;
	enum verdict verdict;
	enum reason why;

	if (!span_cut(note, '\0', &result, &note) ||
	    !span_cut(note, '\0', &reason, &note) ||
	    !span_cut(note, '\0', &domain, &source) ||
	    !verdict_parse(result, &verdict) || !tally_reason(reason, &why))
		return fault_set(f, FAULT_SOFTWARE, "a broken summary note");
	s->messages++;
	s->results[verdict]++;
	s->reasons[why]++;
	if (tally_add(&s->domains, domain, verdict, f) != FAULT_NONE)
		return f->kind;
	return tally_add(&s->sources, source, verdict, f);
}

enum fault_kind
dmarc_summary_text(const struct dmarc_summary *s, struct buf *b,
    struct fault *f)
{
	buf_addf(b, "%-44s %12llu\n", "messages",
	    (unsigned long long)s->messages);
	for (int i = 0; i < DMARC_SUMMARY_RESULTS; i++)
		if (s->results[i] > 0)
			tally_share(b, verdict_word((enum verdict)i),
			    s->results[i], s->messages);
	if (s->reasons[REASON_NONE] < s->messages)
		buf_adds(b, "\nreasons\n");
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (s->reasons[i] > 0)
			tally_share(b, reason_word((enum reason)i),
			    s->reasons[i], s->messages);
	if (tally_text(&s->domains, &domains_view, b, f) != FAULT_NONE)
		return f->kind;
	return tally_text(&s->sources, &sources_view, b, f);
}

json_t *
dmarc_summary_json(const struct dmarc_summary *s)
{
	static const struct tally_view domain = { "domain", "messages",
	    false };
	static const struct tally_view ip = { "ip", "messages", true };
	json_t *o = json_object(), *results = json_object();
	json_t *reasons = json_object();
	bool failed = o == NULL;

	js_set(o, "messages", js_int((int64_t)s->messages), &failed);
	for (int i = 0; i < DMARC_SUMMARY_RESULTS; i++)
		if (s->results[i] > 0)
			js_set(results, verdict_word((enum verdict)i),
			    js_int((int64_t)s->results[i]), &failed);
	js_set(o, "results", results, &failed);
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (s->reasons[i] > 0)
			js_set(reasons, reason_word((enum reason)i),
			    js_int((int64_t)s->reasons[i]), &failed);
	js_set(o, "reasons", reasons, &failed);
	js_set(o, "author_domains", js_int((int64_t)s->domains.n), &failed);
	js_set(o, "authors", tally_json(&s->domains, &domain), &failed);
	js_set(o, "failing_sources", tally_json(&s->sources, &ip), &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

void
dmarc_summary_free(struct dmarc_summary *s)
{
	tally_free(&s->domains);
	tally_free(&s->sources);
	*s = (struct dmarc_summary){ 0 };
}

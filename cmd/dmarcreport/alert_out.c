/* SPDX-License-Identifier: ISC */
/* dmarcreport alert: what is printed, and what is acknowledged. */
#include "base/num.h"
#include "dmarcreport/alert.h"
#include "report/text.h"

/* CODE:OBJECT[:DAYS]; an object may hold colons, DAYS is digits. */
enum fault_kind
alerting_ack(struct report_store *store, const char *text, int64_t now,
    struct fault *f)
{
	struct span code, object, s = span_of(text);
	uint64_t days = 3650;
	size_t last;

	if (!span_cut(s, ':', &code, &object) || code.len != 6 ||
	    !span_starts(code, SPAN("ALR")) || object.len == 0)
		return fault_set(f, FAULT_USAGE,
		    "--ack=%s: not CODE:OBJECT[:DAYS]", text);
	last = span_rfind(object, ':');
	/* An IPv6 address keeps its last group: it has more colons. */
	if (last < object.len && span_find(object, ':') == last &&
	    num_u64(span_sub(object, last + 1, object.len), 36500, &days))
		object = span_sub(object, 0, last);
	return report_alert_ack(store, code, object, now + (int64_t)days *
	    86400, f);
}

void
alerting_print(const struct alerting *s, const struct alert *x, struct buf *b)
{
	if (!s->json) {
		buf_addf(b, "%s %.*s: %.*s\n", x->code, SPAN_ARG(x->object),
		    SPAN_ARG(x->text));
		return;
	}
	buf_addf(b, "{\"schema\":\"vouchsafe/1\",\"tool\":\"dmarcreport\","
	    "\"version\":\"%s\",\"time\":%lld,\"code\":\"%s\","
	    "\"severity\":\"%s\",\"object\":", VOUCHSAFE_VERSION,
	    (long long)s->config.now, x->code, x->critical ? "critical" :
	    "warning");
	text_json(b, x->object);
	buf_adds(b, ",\"text\":");
	text_json(b, x->text);
	buf_adds(b, "}\n");
}

/* Monitoring plugins: OK, WARNING, CRITICAL; what holds now, not news. */
int
alerting_nagios(const struct alerting *s, struct buf *b)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };
	const struct alerts *all = &s->alerts;
	const struct alert *first = NULL;
	size_t n = 0;
	int status = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct alert *x = &all->list[i];

		if (x->acked)
			continue;
		n++;
		if (first == NULL || (x->critical && !first->critical))
			first = x;
		if (status < (x->critical ? 2 : 1))
			status = x->critical ? 2 : 1;
	}
	if (!all->data)
		status = 3;
	buf_addf(b, "DMARC %s: ", words[status]);
	if (!all->data)
		buf_adds(b, "no report stored");
	else if (first == NULL)
		buf_adds(b, "nothing to report");
	else
		buf_addf(b, "%s %.*s: %.*s%s", first->code,
		    SPAN_ARG(first->object), SPAN_ARG(first->text),
		    n > 1 ? ", and more" : "");
	buf_addf(b, " | alerts=%zu;0;;0 messages=%lld;;;0 pass=%lld;;;0\n", n,
	    (long long)all->messages, (long long)all->pass);
	return status;
}

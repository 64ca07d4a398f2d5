/* SPDX-License-Identifier: ISC */
#include "base/num.h"
#include "mail/date.h"
#include "report/arf.h"
#include "report/limits.h"
#include "report/part.h"

static void
note(struct report_failure *r, enum report_code c)
{
	r->findings.count[c]++;
}

static bool
has_upper(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return true;
	return false;
}

/* A field's value in lower case, in the arena; p NULL: not there. */
static struct span
lower(struct span header, const char *name, struct arena *a, bool *failed)
{
	struct span s = part_field(header, name);

	if (s.p == NULL)
		return s;
	s = arena_lower(a, span_sub(s, 0, REPORT_TEXT));
	*failed = *failed || s.p == NULL;
	return s;
}

/* The domain of an address, with or without angle brackets. */
static struct span
domain_of(struct span s)
{
	size_t at;

	if (s.p == NULL)
		return s;
	if (s.len > 0 && s.p[s.len - 1] == '>')
		s.len--;
	at = span_rfind(s, '@');
	return at < s.len ? span_sub(s, at + 1, s.len) :
	    span_sub(s, s.len, 0);
}

static void
arrival(struct report_failure *r, struct span h, int64_t date)
{
	struct span s = part_field(h, "Arrival-Date");

	r->arrival = -1;
	if (s.p == NULL) {
		s = part_field(h, "Received-Date");
		if (s.p != NULL)
			note(r, ARF004);
	}
	if (s.p == NULL || !date_parse(s, &r->arrival)) {
		if (s.p == NULL)
			note(r, ARF006);
		r->arrival = date;
	}
}

/* Source-IP: an address, in brackets with some. */
static void
address(struct report_failure *r, struct span s)
{
	if (s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']')
		s = span_sub(s, 1, s.len - 2);
	if (!ipaddr_parse(s, &r->ip))
		r->ip.family = 0;
	r->ip = ipaddr_unmap(r->ip);
}

enum fault_kind
report_arf_read(struct span h, int64_t date, struct arena *a,
    struct report_failure *r, struct fault *f)
{
	struct span type = part_field(h, "Feedback-Type");
	bool failed = false;

	*r = (struct report_failure){ .incidents = 1, .arrival = -1 };
	r->report = span_eq_nocase(type, SPAN("auth-failure")) ||
	    part_field(h, "Auth-Failure").p != NULL;
	if (!r->report)
		return FAULT_NONE;
	if (has_upper(type) || has_upper(part_field(h, "Auth-Failure")))
		note(r, ARF007);
	if (part_field(h, "Version").p == NULL)
		note(r, ARF005);
	r->domain = lower(h, "Reported-Domain", a, &failed);
	r->auth_failure = lower(h, "Auth-Failure", a, &failed);
	r->alignment = lower(h, "Identity-Alignment", a, &failed);
	if (r->alignment.p == NULL || r->auth_failure.p == NULL)
		note(r, ARF008);
	r->dkim_domain = lower(h, "DKIM-Domain", a, &failed);
	r->dkim_selector = lower(h, "DKIM-Selector", a, &failed);
	r->mail_from_domain = domain_of(lower(h, "Original-Mail-From", a,
	    &failed));
	r->delivery = lower(h, "Delivery-Result", a, &failed);
	address(r, part_field(h, "Source-IP"));
	arrival(r, h, date);
	if (!num_u64(part_field(h, "Incidents"), REPORT_COUNT,
	    &r->incidents) || r->incidents == 0)
		r->incidents = 1;
	return failed ? fault_nomem(f) : FAULT_NONE;
}

/* The word after `from IP `, for the second text. */
static struct span
after(struct span text, struct span words)
{
	for (size_t i = 0; i + words.len <= text.len; i++) {
		struct span s = span_sub(text, i, text.len);
		size_t n = 0;

		if (!span_starts_nocase(s, words))
			continue;
		s = span_sub(s, words.len, s.len);
		while (n < s.len && !ascii_is_fws(s.p[n]) && s.p[n] != ',')
			n++;
		return span_sub(s, 0, n);
	}
	return (struct span){ NULL, 0 };
}

/* The value in a line `Name: value`, indented or not; p NULL: none. */
static struct span
line_value(struct span text, const char *name)
{
	struct span line, head, value;

	while (text.len > 0) {
		(void)span_cut(text, '\n', &line, &text);
		if (span_cut(line, ':', &head, &value) &&
		    span_eq_nocase(span_trim_fws(head), span_of(name)))
			return span_trim_fws(value);
	}
	return (struct span){ NULL, 0 };
}

/* Lower case, in the arena. */
static struct span
line_lower(struct span text, const char *name, struct arena *a, bool *failed)
{
	struct span s = line_value(text, name);

	if (s.p == NULL)
		return s;
	s = arena_lower(a, span_sub(s, 0, REPORT_TEXT));
	*failed = *failed || s.p == NULL;
	return s;
}

static enum fault_kind
text_fields(struct span h, int64_t date, struct arena *a,
    struct report_failure *r, struct fault *f)
{
	struct span s;
	bool failed = false;

	r->domain = line_lower(h, "Sender Domain", a, &failed);
	address(r, line_value(h, "Sender IP Address"));
	s = line_value(h, "Received Date");
	if (s.p == NULL || !date_parse(s, &r->arrival))
		r->arrival = date;
	r->delivery = line_lower(h, "DMARC Results", a, &failed);
	r->alignment = span_eq_nocase(line_value(h, "DKIM Alignment"),
	    SPAN("no")) ? span_eq_nocase(line_value(h, "SPF Alignment"),
	    SPAN("no")) ? SPAN("dkim, spf") : SPAN("dkim") :
	    span_eq_nocase(line_value(h, "SPF Alignment"), SPAN("no")) ?
	    SPAN("spf") : SPAN("none");
	return failed ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
report_arf_text(struct span text, int64_t date, struct arena *a,
    struct report_failure *r, struct fault *f)
{
	struct span s = span_trim_fws(text);

	*r = (struct report_failure){ .incidents = 1, .arrival = -1 };
	if (span_starts_nocase(s, SPAN("A message claiming to be from you "
	    "has failed"))) {
		r->report = true;
		note(r, ARF002);
		r->auth_failure = SPAN("dmarc");
		return text_fields(s, date, a, r, f);
	}
	s = span_sub(s, 0, 1024);
	if (span_starts_nocase(s, SPAN("This is a")) &&
	    after(s, SPAN("authentication failure report for an email "
	    "message received from IP ")).p != NULL) {
		r->report = true;
		note(r, ARF002);
		r->auth_failure = SPAN("dmarc");
		address(r, after(s, SPAN("received from IP ")));
		r->domain = arena_lower(a, after(s, SPAN("domain ")));
		r->arrival = date;
	}
	return FAULT_NONE;
}

/* SPDX-License-Identifier: ISC */
/* BIMI (draft-brand-indicators): the record, and whether DMARC carries it. */
#include "posture/posture_impl.h"

/* Read the tags l and a; what is wrong with them, or NULL. */
static const char *
bimi_parse(struct span text, struct posture_bimi *b)
{
	struct span one, name, value, rest = text;
	bool more = span_cut(rest, ';', &one, &rest);

	if (!more)
		return "no l=";
	while (more) {
		more = span_cut(rest, ';', &one, &rest);
		one = span_trim_wsp(one);
		if (one.len == 0 && !more)
			break;
		if (!span_cut(one, '=', &name, &value))
			return "a tag without =";
		name = span_trim_wsp(name);
		value = span_trim_wsp(value);
		if (span_eq(name, SPAN("l"))) {
			if (b->logo.p != NULL)
				return "l stands twice";
			b->logo = value;
		} else if (span_eq(name, SPAN("a"))) {
			if (b->evidence.p != NULL)
				return "a stands twice";
			b->evidence = value;
		}
	}
	return b->logo.p == NULL ? "no l=" : NULL;
}

/* Does the record that applies hold back all that does not pass? */
static bool
bimi_enforced(const struct posture *p)
{
	const struct dmarc_record *rec = p->dmarc.result.record;
	enum dmarc_policy policy = p->dmarc.result.applied;

	return rec != NULL && !rec->testing &&
	    rec->sp != DMARC_POLICY_NONE &&
	    (policy == DMARC_POLICY_QUARANTINE ||
	    policy == DMARC_POLICY_REJECT);
}

static bool
bimi_judge(struct posture_run *r, struct span term)
{
	struct posture *p = r->p;
	const struct posture_bimi *b = &p->bimi;
	const struct { const char *tag; struct span url; } urls[] = {
		{ "l", b->logo }, { "a", b->evidence },
	};

	if (b->logo.len == 0 && b->evidence.len == 0)
		return posture_add(r, POSTURE_BIMI_DECLINED, term, "%.*s",
		    SPAN_ARG(term));
	for (size_t i = 0; i < 2; i++)
		if (urls[i].url.len > 0 && !span_starts_nocase(urls[i].url,
		    SPAN("https://")) && !posture_add(r, POSTURE_BIMI_URL,
		    span_of(urls[i].tag), "%s=%.*s", urls[i].tag,
		    SPAN_ARG(span_sub(urls[i].url, 0, 200))))
			return false;
	if (b->evidence.len == 0 && !posture_add(r, POSTURE_BIMI_EVIDENCE,
	    term, "no a="))
		return false;
	if (p->checks[POSTURE_DMARC] == POSTURE_SKIPPED ||
	    p->checks[POSTURE_DMARC] == POSTURE_TEMPERROR ||
	    bimi_enforced(p))
		return true;
	return posture_add(r, POSTURE_BIMI_POLICY, term, "%s",
	    p->dmarc.result.record == NULL ? "no DMARC record applies" :
	    "p or sp is none, or t=y");
}

/* The records at one name; *found says if there is any. */
static bool
bimi_at(struct posture_run *r, struct span domain, bool *found)
{
	struct span name = posture_below(r, SPAN("default._bimi"), domain);
	struct span text = { NULL, 0 };
	struct posture_bimi *b = &r->p->bimi;
	struct dns_answer answer;
	const char *what;
	size_t n = 0;

	*found = true;
	if (name.p == NULL || !posture_ask(r, name, DNS_TXT, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return posture_unanswered(r, POSTURE_BIMI_DNS, name, DNS_TXT,
		    &answer);
	for (size_t i = 0; i < answer.count; i++)
		if (span_starts(answer.records[i].text, SPAN("v=BIMI1"))) {
			text = answer.records[i].text;
			n++;
		}
	*found = n > 0;
	if (n == 0)
		return true;
	if (n > 1)
		return posture_add(r, POSTURE_BIMI_SYNTAX, name,
		    "%zu records", n);
	what = bimi_parse(text, b);
	if (what != NULL) {
		*b = (struct posture_bimi){ .text = { NULL, 0 } };
		return posture_add(r, POSTURE_BIMI_SYNTAX, name, "%s", what);
	}
	b->text = text;
	b->name = name;
	return bimi_judge(r, name);
}

bool
posture_bimi(struct posture_run *r)
{
	const struct dmarc_walk *walk = &r->p->dmarc.walk;
	bool found;

	if (!bimi_at(r, r->domain, &found))
		return false;
	/* A sub-domain inherits, as it does its DMARC. */
	if (!found && !r->rq->skip[POSTURE_DMARC] && walk->org.p != NULL &&
	    !span_eq_nocase(walk->org, r->domain) &&
	    !bimi_at(r, walk->org, &found))
		return false;
	if (!found)
		r->p->checks[POSTURE_BIMI] = POSTURE_NONE;
	return true;
}

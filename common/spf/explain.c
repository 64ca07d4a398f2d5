/* SPDX-License-Identifier: ISC */
/* Explanations, RFC 7208 6.2: whatever goes wrong only drops them. */
#include "spf/spf_impl.h"

/*
 * What will stand in an SMTP reply holds no control byte: those that a sender
 * put into his address are written \xHH.  UTF-8 stays.
 */
static struct span
spf_exp_clean(struct spf_eval *ev, struct span s)
{
	struct buf b;
	struct span clean = { NULL, 0 };

	buf_init(&b, BOUND_SPF_EXPLANATION);
	for (size_t i = 0; i < s.len && !b.full; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != 0x7f)
			buf_addc(&b, s.p[i]);
		else if (b.len + 4 <= BOUND_SPF_EXPLANATION)
			buf_addf(&b, "\\x%02X", c);
		else
			break;
	}
	/* A cut must not leave half a character. */
	if (s.len >= BOUND_SPF_EXPLANATION || b.full) {
		while (b.len > 0 && (b.p[b.len - 1] & 0xc0) == 0x80)
			b.len--;
		if (b.len > 0 && (b.p[b.len - 1] & 0x80) != 0)
			b.len--;
	}
	if (b.nomem)
		(void)fault_nomem(ev->fault);
	else
		clean = arena_span(ev->arena, (struct span){ b.p, b.len });
	buf_free(&b);
	return clean;
}

/* The explain-string that the record names; p NULL if there is none. */
static struct span
spf_exp_text(struct spf_eval *ev)
{
	const struct span none = { NULL, 0 };
	struct spf_frame *frame = &ev->frames[0];
	struct dns_answer answer;
	struct span name;
	const char *why;
	size_t at;

	if (spf_needs_sender(ev, frame->record.exp.domain) ||
	    !spf_target(ev, frame->record.exp.domain, &name) ||
	    name.p == NULL || !spf_ask(ev, name, DNS_TXT, &answer))
		return none;
	if (answer.outcome != DNS_ANSWER || answer.count != 1 ||
	    answer.records[0].text.len == 0 ||
	    !span_is_print(answer.records[0].text) ||
	    !spf_macro_check(answer.records[0].text, SPF_MACRO_EXPLANATION,
	    &at, &why))
		return none;
	return answer.records[0].text;
}

void
spf_explain(struct spf_eval *ev)
{
	struct span text;
	struct buf b;

	if (ev->frames[0].record.exp.text.len == 0)
		return;
	ev->quiet = true;
	ev->frames[0].term = ev->frames[0].record.exp;
	text = spf_exp_text(ev);
	if (text.p == NULL || spf_needs_sender(ev, text))
		return;
	ev->vars.domain = ev->frames[0].domain;
	if (spf_macro_uses(text, 'p') && !spf_validated(ev))
		return;
	buf_init(&b, SPF_MACRO_NAME_BYTES);
	(void)spf_macro_expand(text, SPF_MACRO_EXPLANATION, &ev->vars,
	    BOUND_SPF_EXPLANATION, &b);
	if (b.nomem)
		(void)fault_nomem(ev->fault);
	else
		ev->result->explanation = spf_exp_clean(ev, buf_span(&b));
	buf_free(&b);
}

/* SPDX-License-Identifier: ISC */
/* Who is checked: RFC 7208 2.3, 2.4 and 4.3, with RFC 8616. */
#include "dns/domain.h"
#include "dns/idna.h"
#include "spf/spf_impl.h"

/* Without <>, and without the source route of RFC 5321 4.1.1.3. */
static struct span
spf_sender_path(struct span s)
{
	if (s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = span_sub(s, 1, s.len - 2);
	if (s.len > 0 && s.p[0] == '@') {
		size_t colon = span_find(s, ':');

		if (colon < s.len)
			s = span_sub(s, colon + 1, s.len);
	}
	return s;
}

/*
 * The A-labels of a domain that can be checked: at least two labels, letters,
 * digits, hyphens and underscores, no address.  p NULL for all others.
 */
static enum fault_kind
spf_sender_domain(struct spf_eval *ev, struct span written, struct span *out)
{
	struct span ascii;
	struct ipaddr ip;

	*out = (struct span){ NULL, 0 };
	if (idna_to_ascii(domain_undot(written), ev->arena, &ascii,
	    ev->fault) != FAULT_NONE)
		return ev->fault->kind;
	if (ascii.p != NULL && domain_is_ldhu(ascii) &&
	    domain_labels(ascii) > 1 && !ipaddr_parse4(ascii, &ip))
		*out = ascii;
	return FAULT_NONE;
}

bool
spf_sender(struct spf_eval *ev)
{
	const struct spf_request *q = ev->request;
	struct span path = spf_sender_path(q->mail_from);
	struct span written = path, shown;
	struct buf b;
	size_t at = span_rfind(path, '@');

	ev->vars.helo = domain_undot(span_sub(q->helo, 0, BOUND_SPF_SENDER));
	ev->vars.local = SPAN("postmaster");
	if (q->identity == SPF_HELO || path.len == 0) {
		written = q->helo;
	} else if (at < path.len) {
		written = span_sub(path, at + 1, path.len);
		if (at > 0)
			ev->vars.local = span_sub(path, 0, at);
	}
	if (path.len > BOUND_SPF_SENDER || q->helo.len > BOUND_SPF_SENDER) {
		ev->vars.local = span_sub(ev->vars.local, 0, 64);
		written = span_sub(written, 0, 64);
		ev->result->domain = (struct span){ NULL, 0 };
	} else if (spf_sender_domain(ev, written, &ev->result->domain) !=
	    FAULT_NONE) {
		return spf_fault(ev);
	}
	shown = ev->result->domain.p != NULL ? ev->result->domain : written;
	ev->vars.sender_domain = shown;
	buf_init(&b, 4 * BOUND_SPF_SENDER);
	buf_addspan(&b, ev->vars.local);
	buf_addc(&b, '@');
	buf_addspan(&b, shown);
	if (buf_check(&b, ev->fault) == FAULT_NONE)
		ev->result->sender = arena_span(ev->arena, buf_span(&b));
	buf_free(&b);
	if (ev->result->sender.p == NULL) {
		(void)fault_nomem(ev->fault);
		return spf_fault(ev);
	}
	return true;
}

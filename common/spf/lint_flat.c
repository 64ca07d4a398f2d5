/* SPDX-License-Identifier: ISC */
/*
 * The operand's record with networks in the place of names: what its terms
 * decide is collected as sets, and written where a term that depends on the
 * mail, or the end, makes the order matter.
 */
#include <string.h>

#include "dns/domain.h"
#include "spf/lint_impl.h"

static const char spf_qualifiers[SPF_SLOTS] = { '+', '-', '~', '?' };

size_t
spf_slot(enum verdict v)
{
	if (v == VERDICT_PASS)
		return 0;
	if (v == VERDICT_FAIL)
		return 1;
	return v == VERDICT_SOFTFAIL ? 2 : 3;
}

/* One line: "-ip4:192.0.2.0/24". */
static void
flat_net(size_t slot, const struct spf_net *n, struct buf *b)
{
	if (slot > 0)
		/* cppcheck-suppress arrayIndexOutOfBoundsCond */
		buf_addc(b, spf_qualifiers[slot]);
	buf_addf(b, "ip%u:", n->addr.family);
	ipaddr_format(&n->addr, b);
	if (n->prefix < (n->addr.family == 4 ? 32U : 128U))
		buf_addf(b, "/%u", n->prefix);
	buf_addc(b, '\n');
}

bool
spf_flat_flush(struct spf_walk *w, struct spf_walk_frame *frame, size_t but)
{
	struct spf_nets nets;
	bool good = true;

	for (size_t i = 0; good && i < SPF_SLOTS; i++) {
		spf_nets_init(&nets);
		if (i == 0)
			good = spf_ranges_union(&w->passed, &frame->by[i]);
		/* `but` may be SPF_SLOTS, i is not. */
		/* cppcheck-suppress arrayIndexOutOfBoundsCond */
		w->lint->full |= frame->by[i].full;
		if (good && i != but &&
		    !spf_ranges_nets(&frame->by[i], &nets)) {
			w->lint->full = true;
			good = !nets.bytes.nomem;
		}
		for (size_t k = 0; k < nets.count; k++)
			flat_net(i, &nets.nets[k], &w->lint->flat);
		spf_nets_free(&nets);
		spf_ranges_free(&frame->by[i]);
	}
	good = good && !w->lint->flat.nomem;
	if (!good)
		(void)fault_nomem(w->fault);
	return good;
}

bool
spf_flat_keep(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term, size_t lookups)
{
	if (!spf_flat_flush(w, frame, SPF_SLOTS))
		return false;
	buf_addspan(&w->lint->flat, term->text);
	buf_addc(&w->lint->flat, '\n');
	w->lint->flat_lookups += lookups;
	if (w->lint->flat.nomem)
		(void)fault_nomem(w->fault);
	return !w->lint->flat.nomem;
}

void
spf_flat_hold(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	w->held = *term;
	w->lookups_held = frame->node->lookups;
	w->dynamic_held = w->lint->dynamic;
	w->lint->dynamic = false;
	for (size_t i = 0; i < SPF_SLOTS; i++) {
		w->before_held[i] = frame->by[i];
		spf_ranges_init(&frame->by[i]);
	}
}

bool
spf_flat_settle(struct spf_walk *w, struct spf_walk_frame *frame)
{
	struct spf_ranges within[SPF_SLOTS];
	const struct spf_term held = w->held;
	bool kept, good = true;

	if (held.text.len == 0)
		return true;
	w->held.text.len = 0;
	kept = w->lint->dynamic ||
	    (held.kind == SPF_REDIRECT && w->foreign_exp);
	w->lint->dynamic |= w->dynamic_held;
	for (size_t i = 0; i < SPF_SLOTS; i++) {
		within[i] = frame->by[i];
		frame->by[i] = w->before_held[i];
		spf_ranges_init(&w->before_held[i]);
	}
	/* The kept term decides for those within again. */
	if (kept)
		good = spf_ranges_union(&w->passed, &within[0]) &&
		    spf_flat_keep(w, frame, &held,
		    frame->node->lookups - w->lookups_held);
	for (size_t i = 0; i < SPF_SLOTS; i++) {
		if (good && !kept)
			good = spf_ranges_union(&frame->by[i], &within[i]);
		spf_ranges_free(&within[i]);
	}
	w->lint->flat_redirect |= kept && held.kind == SPF_REDIRECT;
	if (!good && w->fault->kind == FAULT_NONE)
		(void)fault_nomem(w->fault);
	return good;
}

bool
spf_flat_end(struct spf_walk *w, struct spf_walk_frame *frame)
{
	struct buf *b = &w->lint->flat;

	if (!spf_flat_settle(w, frame) || !spf_flat_flush(w, frame,
	    w->lint->flat_redirect ? SPF_SLOTS : w->rest))
		return false;
	if (!w->lint->flat_redirect)
		buf_addf(b, "%call\n", spf_qualifiers[w->rest]);
	if (frame->record.exp.text.len > 0 && !w->lint->flat_redirect) {
		buf_addspan(b, frame->record.exp.text);
		buf_addc(b, '\n');
	}
	return !b->nomem;
}

/* ---- the record as a zone has it ---- */

/* One TXT record; its text is cut into strings of at most 255 bytes. */
static void
flat_record(struct span name, struct span text, struct buf *b)
{
	buf_addspan(b, name);
	buf_adds(b, ". IN TXT");
	for (size_t i = 0; i < text.len; i += 255) {
		struct span part = span_sub(text, i, 255);

		buf_adds(b, " \"");
		for (size_t k = 0; k < part.len; k++) {
			if (part.p[k] == '"' || part.p[k] == '\\')
				buf_addc(b, '\\');
			buf_addc(b, part.p[k]);
		}
		buf_addc(b, '"');
	}
	buf_addc(b, '\n');
}

struct flat {
	const struct spf_lint *lint;
	struct buf top;		/* the operand's record */
	struct buf part;	/* a sub-record that is being filled */
	struct buf subs;	/* lines of those that are full */
	char qualifier;		/* of all in part */
	size_t count;		/* sub-records */
};

/* Close the sub-record: a term of the operand's record includes it. */
static void
flat_close(struct flat *x)
{
	struct buf name;

	if (x->part.len == 0)
		return;
	buf_init(&name, 512);
	buf_addf(&name, "_spf%zu.%.*s", ++x->count,
	    SPAN_ARG(x->lint->lint.domain));
	buf_addc(&x->top, ' ');
	if (x->qualifier != '+')
		buf_addc(&x->top, x->qualifier);
	buf_addf(&x->top, "include:%s", buf_str(&name));
	buf_adds(&x->part, " -all");
	flat_record(buf_span(&name), buf_span(&x->part), &x->subs);
	buf_reset(&x->part);
	buf_free(&name);
}

/* A fixed network goes into a sub-record, all else into the record. */
static void
flat_term(struct flat *x, struct span term)
{
	char q = strchr("-~?", term.p[0]) != NULL ? term.p[0] : '+';
	struct span bare = span_sub(term, q != '+', term.len);

	if (!span_starts(bare, SPAN("ip4:")) &&
	    !span_starts(bare, SPAN("ip6:"))) {
		flat_close(x);
		buf_addc(&x->top, ' ');
		buf_addspan(&x->top, term);
		return;
	}
	if (x->part.len > 0 && (q != x->qualifier || x->part.len + 1 +
	    bare.len + 5 > SPF_FLAT_RECORD))
		flat_close(x);
	if (x->part.len == 0)
		buf_adds(&x->part, "v=spf1");
	x->qualifier = q;
	buf_addc(&x->part, ' ');
	buf_addspan(&x->part, bare);
}

/* All in one record, if it fits. */
static bool
flat_whole(const struct spf_lint *s, struct buf *b)
{
	struct buf text;
	bool fits;

	buf_init(&text, SPF_FLAT_BYTES + 16);
	buf_adds(&text, "v=spf1 ");
	buf_add(&text, s->flat.p, s->flat.len - 1);
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '\n')
			text.p[i] = ' ';
	fits = text.len <= SPF_FLAT_RECORD;
	if (fits)
		flat_record(s->lint.domain, buf_span(&text), b);
	if (text.nomem)
		b->nomem = true;
	buf_free(&text);
	return fits;
}

static void
flat_split(struct flat *x)
{
	struct span line, rest = buf_span(&x->lint->flat);
	bool more = true;

	buf_init(&x->top, SPF_FLAT_BYTES);
	buf_init(&x->part, SPF_FLAT_BYTES);
	buf_init(&x->subs, 2 * SPF_FLAT_BYTES);
	buf_adds(&x->top, "v=spf1");
	while (more) {
		more = span_cut(rest, '\n', &line, &rest);
		if (line.len > 0)
			flat_term(x, line);
	}
	flat_close(x);
}

enum fault_kind
spf_lint_flat(const struct spf_lint *s, struct buf *b, struct fault *f)
{
	struct flat x = { .lint = s };

	for (const struct lint_finding *g = s->lint.first; g != NULL;
	    g = g->next)
		if (spf_lint_hole(g))
			return fault_set(f, FAULT_DATA, "%s: %.*s",
			    g->rule->title, SPAN_ARG(g->message));
	if (s->full || s->flat.full || s->flat.len == 0)
		return fault_set(f, FAULT_DATA, "too many networks");
	if (flat_whole(s, b) && s->flat_lookups <= BOUND_SPF_LOOKUPS)
		return buf_check(b, f);
	flat_split(&x);
	if (s->flat_lookups + x.count > BOUND_SPF_LOOKUPS)
		(void)fault_set(f, FAULT_DATA, "%zu lookups would be left "
		    "(%zu that depend on the mail, %zu sub-records): %d are "
		    "allowed", s->flat_lookups + x.count, s->flat_lookups,
		    x.count, BOUND_SPF_LOOKUPS);
	else if (x.top.len > 512)
		(void)fault_set(f, FAULT_DATA, "the record would have %zu "
		    "bytes: at most 512 fit", x.top.len);
	else if (buf_check(&x.top, f) == FAULT_NONE &&
	    buf_check(&x.subs, f) == FAULT_NONE &&
	    buf_check(&x.part, f) == FAULT_NONE) {
		flat_record(s->lint.domain, buf_span(&x.top), b);
		buf_addspan(b, buf_span(&x.subs));
		(void)buf_check(b, f);
	}
	buf_free(&x.top);
	buf_free(&x.part);
	buf_free(&x.subs);
	return f->kind;
}

/* ---- tables for firewalls ---- */

void
spf_lint_postfix(const struct spf_lint *s, struct buf *b)
{
	buf_addf(b, "# who may send for %.*s\n", SPAN_ARG(s->lint.domain));
	for (size_t i = 0; i < s->nets.count; i++) {
		spf_net_format(&s->nets.nets[i], b);
		buf_adds(b, "\tpermit\n");
	}
}

/* Letters, digits and '_': an identifier of nft. */
static void
nft_name(struct span domain, unsigned family, struct buf *b)
{
	buf_adds(b, "spf_");
	for (size_t i = 0; i < domain.len; i++)
		buf_addc(b, ascii_is_alpha(domain.p[i]) ||
		    ascii_is_digit(domain.p[i]) ? domain.p[i] : '_');
	buf_addf(b, "_%u", family);
}

void
spf_lint_nft(const struct spf_lint *s, struct buf *b)
{
	for (unsigned family = 4; family <= 6; family += 2) {
		bool any = false;

		buf_adds(b, family == 4 ? "table inet spf {\n\tset " :
		    "\tset ");
		nft_name(s->lint.domain, family, b);
		buf_addf(b, " {\n\t\ttype ipv%u_addr\n"
		    "\t\tflags interval\n", family);
		for (size_t i = 0; i < s->nets.count; i++) {
			if (s->nets.nets[i].addr.family != family)
				continue;
			buf_adds(b, any ? ",\n\t\t    " :
			    "\t\telements = { ");
			spf_net_format(&s->nets.nets[i], b);
			any = true;
		}
		buf_adds(b, any ? " }\n\t}\n" : "\t}\n");
	}
	buf_adds(b, "}\n");
}

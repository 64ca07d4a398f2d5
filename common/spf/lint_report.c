/* SPDX-License-Identifier: ISC */
#include "base/bounds.h"
#include "base/json.h"
#include "spf/lint.h"

const struct lint_rule *
spf_lint_rule(enum spf_rule rule)
{
	static const struct lint_rule rules[] = {
#define SPF_RULE_ROW(name, code, severity, effect, title, remedy) \
		[SPF_RULE_##name] = { (code), (severity), (effect), (title), \
		    (remedy) },
		SPF_RULES(SPF_RULE_ROW)
#undef SPF_RULE_ROW
	};

	return &rules[rule];
}

bool
spf_lint_code(struct span code)
{
	for (size_t i = 0; i < SPF_RULE_COUNT; i++)
		if (span_eq_nocase(code, span_of(
		    spf_lint_rule((enum spf_rule)i)->code)))
			return true;
	return false;
}

static void
spf_lint_family(const struct spf_lint *s, unsigned family, struct buf *b)
{
	const struct spf_net *largest = spf_nets_largest(&s->nets, family);

	buf_addf(b, "  IPv%u addresses ", family);
	spf_nets_total(&s->nets, family, b);
	if (largest != NULL) {
		buf_adds(b, ", largest block ");
		spf_net_format(largest, b);
	}
	buf_addc(b, '\n');
}

void
spf_lint_text(const struct spf_lint *s, struct buf *b)
{
	if (s->lint.record.p == NULL)
		return;
	for (const struct spf_lint_node *n = s->first; n != NULL;
	    n = n->next) {
		buf_adds(b, "  ");
		for (size_t i = 0; i < n->depth; i++)
			buf_adds(b, "  ");
		buf_addprint(b, n->via.len > 0 ? n->via : n->domain);
		buf_addf(b, " [%zu]", n->lookups);
		if (n->record.p != NULL) {
			buf_addc(b, ' ');
			buf_addprint(b, span_sub(n->record, 0, 600));
		}
		buf_addc(b, '\n');
	}
	buf_addf(b, "  lookups %zu of %d, void %zu (IPv4 clients) and %zu "
	    "(IPv6 clients) of %d\n", s->lookups, BOUND_SPF_LOOKUPS,
	    s->voids4, s->voids6, BOUND_SPF_VOIDS);
	if (s->unknown > 0)
		buf_addf(b, "  not known %zu: names in no zone\n",
		    s->unknown);
	spf_lint_family(s, 4, b);
	spf_lint_family(s, 6, b);
}

static json_t *
spf_lint_net(const struct spf_nets *nets, unsigned family)
{
	const struct spf_net *n = spf_nets_largest(nets, family);
	struct buf b;
	json_t *value;

	if (n == NULL)
		return js_null();
	buf_init(&b, 64);
	spf_net_format(n, &b);
	value = b.nomem ? NULL : js_span(buf_span(&b));
	buf_free(&b);
	return value;
}

/* In decimal and as a string: 2^128 fits into no JSON number. */
static json_t *
spf_lint_total(const struct spf_nets *nets, unsigned family)
{
	struct buf b;
	json_t *value;

	buf_init(&b, 64);
	spf_nets_total(nets, family, &b);
	value = b.nomem ? NULL : js_span(buf_span(&b));
	buf_free(&b);
	return value;
}

static json_t *
spf_lint_tree(const struct spf_lint *s, bool *failed)
{
	json_t *list = json_array();

	for (const struct spf_lint_node *n = s->first; n != NULL;
	    n = n->next) {
		json_t *o = json_object();

		js_set(o, "depth", js_int((int64_t)n->depth), failed);
		js_set(o, "domain", js_span(n->domain), failed);
		js_set(o, "term", n->via.len > 0 ? js_span(n->via) :
		    js_null(), failed);
		js_set(o, "record", js_span(n->record), failed);
		js_set(o, "lookups", js_int((int64_t)n->lookups), failed);
		js_push(list, o, failed);
	}
	return list;
}

json_t *
spf_lint_facts(const struct spf_lint *s)
{
	json_t *o = json_object();
	bool failed = o == NULL;

	js_set(o, "lookups", js_int((int64_t)s->lookups), &failed);
	js_set(o, "lookup_limit", js_int(BOUND_SPF_LOOKUPS), &failed);
	js_set(o, "lookups_unknown", js_int((int64_t)s->unknown), &failed);
	js_set(o, "void_lookups_ipv4", js_int((int64_t)s->voids4), &failed);
	js_set(o, "void_lookups_ipv6", js_int((int64_t)s->voids6), &failed);
	js_set(o, "record_bytes", s->lint.record.p == NULL ? js_null() :
	    js_int((int64_t)s->lint.record.len), &failed);
	js_set(o, "ipv4_addresses", spf_lint_total(&s->nets, 4), &failed);
	js_set(o, "ipv6_addresses", spf_lint_total(&s->nets, 6), &failed);
	js_set(o, "largest_ipv4", spf_lint_net(&s->nets, 4), &failed);
	js_set(o, "largest_ipv6", spf_lint_net(&s->nets, 6), &failed);
	js_set(o, "dynamic", js_bool(s->dynamic), &failed);
	js_set(o, "tree", spf_lint_tree(s, &failed), &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

void
spf_lint_networks(const struct spf_lint *s, struct buf *b)
{
	for (size_t i = 0; i < s->nets.count; i++) {
		spf_net_format(&s->nets.nets[i], b);
		buf_addc(b, '\n');
	}
}

bool
spf_lint_hole(const struct lint_finding *g)
{
	static const enum spf_rule holes[] = { SPF_RULE_DANGLING,
	    SPF_RULE_TARGET_NONE, SPF_RULE_TARGET_BROKEN, SPF_RULE_LOOP,
	    SPF_RULE_TOO_LARGE, SPF_RULE_UNCHECKED };

	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
		if (g->rule == spf_lint_rule(holes[i]))
			return true;
	return g->effect > LINT_FINDINGS;
}

static json_t *
spf_lint_list(const struct spf_lint *s, bool *failed)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->nets.count; i++) {
		struct buf b;

		buf_init(&b, 64);
		spf_net_format(&s->nets.nets[i], &b);
		js_push(list, b.nomem ? NULL : js_span(buf_span(&b)), failed);
		buf_free(&b);
	}
	return list;
}

enum fault_kind
spf_lint_networks_json(const struct spf_lint *s, int64_t time, struct buf *b,
    struct fault *f)
{
	json_t *o = json_object();
	bool failed = o == NULL, complete = !s->dynamic && !s->full;
	enum fault_kind kind;

	for (const struct lint_finding *g = s->lint.first; g != NULL;
	    g = g->next)
		complete = complete && !spf_lint_hole(g);
	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("spfcheck"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "time", js_int(time), &failed);
	js_set(o, "domain", js_span(s->lint.domain), &failed);
	js_set(o, "record", js_span(s->lint.record), &failed);
	js_set(o, "networks", spf_lint_list(s, &failed), &failed);
	js_set(o, "complete", js_bool(complete), &failed);
	kind = failed ? fault_nomem(f) : js_line(o, b, f);
	json_decref(o);
	return kind;
}

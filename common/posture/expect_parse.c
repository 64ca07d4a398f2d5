/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "dns/domain.h"
#include "posture/expect_impl.h"
#include "posture/ignore.h"

#define EXPECT_BYTES ((size_t)64 * 1024 * 1024)

const char *const expect_op_words[] = { "==", "!=", "<", "<=", ">", ">=",
	"in", "has", "lacks", "subset", "exists", "absent", NULL };

static const struct expect_fact facts[] = {
	{ "role", EXPECT_TEXT, "", "role" },
	{ "exists", EXPECT_BOOL, "", "exists" },
	{ "ns", EXPECT_LIST, "", "ns" },
	{ "spf.record", EXPECT_TEXT, "spf", "record" },
	{ "spf.all", EXPECT_TEXT, "spf", "all" },
	{ "spf.lookups", EXPECT_NUMBER, "spf", "lookups" },
	{ "spf.record_bytes", EXPECT_NUMBER, "spf", "record_bytes" },
	{ "spf.dynamic", EXPECT_BOOL, "spf", "dynamic" },
	{ "mx.state", EXPECT_TEXT, "mx", "state" },
	{ "mx.hosts", EXPECT_LIST, "mx", "hosts" },
	{ "dkim.bits", EXPECT_NUMBER, "dkim", "key_bits" },
	{ "dkim.type", EXPECT_TEXT, "dkim", "key_type" },
	{ "dkim.result", EXPECT_TEXT, "dkim", "result" },
	{ "dkim.record", EXPECT_TEXT, "dkim", "record" },
	{ "dkim.testing", EXPECT_BOOL, "dkim", "testing" },
	{ "dmarc.record", EXPECT_TEXT, "dmarc", "record" },
	{ "dmarc.policy", EXPECT_POLICY, "dmarc", "policy" },
	{ "dmarc.applied_policy", EXPECT_POLICY, "dmarc", "applied_policy" },
	{ "dmarc.subdomain_policy", EXPECT_POLICY, "dmarc",
	    "subdomain_policy" },
	{ "dmarc.nonexistent_policy", EXPECT_POLICY, "dmarc",
	    "nonexistent_policy" },
	{ "dmarc.testing", EXPECT_BOOL, "dmarc", "testing" },
	{ "dmarc.rua", EXPECT_LIST, "dmarc", "rua" },
	{ "dmarc.ruf", EXPECT_LIST, "dmarc", "ruf" },
	{ "dmarc.policy_domain", EXPECT_TEXT, "dmarc", "policy_domain" },
	{ "sts.record", EXPECT_TEXT, "sts", "record" },
	{ "sts.id", EXPECT_TEXT, "sts", "id" },
	{ "sts.mode", EXPECT_MODE, "sts", "mode" },
	{ "sts.mx", EXPECT_LIST, "sts", "mx" },
	{ "sts.max_age", EXPECT_NUMBER, "sts", "max_age" },
	{ "tlsrpt.record", EXPECT_TEXT, "tlsrpt", "record" },
	{ "tlsrpt.rua", EXPECT_LIST, "tlsrpt", "rua" },
	{ "dnssec.state", EXPECT_TEXT, "dnssec", "state" },
	{ "bimi.record", EXPECT_TEXT, "bimi", "record" },
};

const struct expect_fact *
expect_fact(struct span name, struct span *selector)
{
	struct span dkim = { "dkim.", 5 }, rest, last = { "", 0 };
	size_t dot;

	*selector = (struct span){ NULL, 0 };
	if (span_starts(name, dkim)) {
		rest = span_sub(name, dkim.len, name.len);
		dot = span_rfind(rest, '.');
		if (dot == rest.len || dot == 0)
			return NULL;
		*selector = span_sub(rest, 0, dot);
		last = span_sub(rest, dot + 1, rest.len);
	}
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct span row = span_of(facts[i].name);

		if (selector->p == NULL ? span_eq(row, name) :
		    span_starts(row, dkim) && span_eq(span_sub(row, dkim.len,
		    row.len), last))
			return &facts[i];
	}
	return NULL;
}

int
expect_rank(enum expect_type type, struct span word)
{
	static const char *const policies[] = { "none", "quarantine",
	    "reject" };
	static const char *const modes[] = { "none", "testing", "enforce" };
	const char *const *words = type == EXPECT_POLICY ? policies : modes;

	for (int i = 0; i < 3; i++)
		if (span_eq(word, span_of(words[i])))
			return i;
	return -1;
}

/* A file being read. */
struct parse {
	struct expect *e;
	const bool *skip;
	struct span all;	/* the line */
	size_t line;
	struct span rest;	/* of it */
	struct fault *f;
};

static bool
parse_fail(struct parse *p, struct span at, const char *what)
{
	(void)fault_set(p->f, FAULT_CONFIG, "%s:%zu:%zu: \"%.*s\": %s",
	    p->e->path, p->line, at.p == NULL ? p->all.len + 1 :
	    (size_t)(at.p - p->all.p) + 1, SPAN_ARG(span_sub(at, 0, 80)),
	    what);
	return false;
}

/* The next word; at the end of the line its p is there and len 0. */
static struct span
parse_word(struct parse *p)
{
	struct span word;
	size_t n = 0;

	while (n < p->rest.len && ascii_is_fws(p->rest.p[n]))
		n++;
	p->rest = span_sub(p->rest, n, p->rest.len);
	n = 0;
	while (n < p->rest.len && !ascii_is_fws(p->rest.p[n]))
		n++;
	word = span_sub(p->rest, 0, n);
	p->rest = span_sub(p->rest, n, p->rest.len);
	return word;
}

/* Without the comment: a # at the beginning or after a blank. */
static struct span
parse_uncomment(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.p[i] == '#' && (i == 0 ||
		    ascii_is_fws(line.p[i - 1])))
			return span_trim_fws(span_sub(line, 0, i));
	return span_trim_fws(line);
}

static bool
parse_pattern(struct parse *p, struct expect_section *s, struct span word)
{
	struct expect_pattern *new = arena_alloc(&p->e->arena, sizeof(*new));
	struct span role = { "role:", 5 };

	if (new == NULL)
		return fault_nomem(p->f) == FAULT_NONE;
	new->excludes = word.len > 0 && word.p[0] == '!';
	new->glob = span_sub(word, new->excludes, word.len);
	new->role = span_starts(new->glob, role);
	if (new->role) {
		bool found = false;

		new->glob = span_sub(new->glob, role.len, new->glob.len);
		for (size_t i = 1; posture_role_words[i] != NULL; i++)
			found = found || span_eq(new->glob,
			    span_of(posture_role_words[i]));
		if (!found)
			return parse_fail(p, word, "no such role");
	}
	if (new->glob.len == 0)
		return parse_fail(p, word, "an empty pattern");
	new->next = s->patterns;
	s->patterns = new;
	return true;
}

/* [PATTERN...] [PATTERN...] */
static bool
parse_section(struct parse *p)
{
	struct expect_section *s = arena_alloc(&p->e->arena, sizeof(*s));
	struct span inside, word;

	if (s == NULL)
		return fault_nomem(p->f) == FAULT_NONE;
	s->line = p->line;
	s->last = &s->first;
	while (p->rest.len > 0) {
		struct span rest = p->rest;
		bool some = false;

		if (rest.p[0] != '[' || !span_cut(span_sub(rest, 1,
		    rest.len), ']', &inside, &rest))
			return parse_fail(p, p->rest, "no [section]");
		p->rest = inside;
		while ((word = parse_word(p)).len > 0) {
			some = true;
			if (!parse_pattern(p, s, word))
				return false;
		}
		if (!some)
			return parse_fail(p, inside, "no pattern in it");
		p->rest = span_trim_fws(rest);
	}
	*p->e->last = s;
	p->e->last = &s->next;
	return true;
}

static struct expect_section *
parse_current(const struct parse *p)
{
	struct expect_section *s = p->e->first;

	while (s != NULL && s->next != NULL)
		s = s->next;
	return s;
}

/* Does the type have the operator? */
static bool
parse_op_fits(enum expect_type type, enum expect_op op)
{
	bool list = type == EXPECT_LIST;

	switch (op) {
	case EXPECT_EQ:
	case EXPECT_NE:
	case EXPECT_EXISTS:
	case EXPECT_ABSENT:
		return true;
	case EXPECT_LT:
	case EXPECT_LE:
	case EXPECT_GT:
	case EXPECT_GE:
		return type == EXPECT_NUMBER || type == EXPECT_POLICY ||
		    type == EXPECT_MODE;
	case EXPECT_IN:
		return !list && type != EXPECT_BOOL;
	case EXPECT_HAS:
	case EXPECT_LACKS:
	case EXPECT_SUBSET:
		return list;
	case EXPECT_OPS:
		break;
	}
	return false;
}

static bool
parse_value_fits(enum expect_type type, struct span value)
{
	uint64_t n;

	switch (type) {
	case EXPECT_NUMBER:
		return num_canonical(value, INT64_MAX, &n);
	case EXPECT_BOOL:
		return span_eq(value, SPAN("true")) ||
		    span_eq(value, SPAN("false"));
	case EXPECT_POLICY:
	case EXPECT_MODE:
		return expect_rank(type, value) >= 0;
	case EXPECT_TEXT:
	case EXPECT_LIST:
		break;
	}
	return true;
}

/* The values of a text with == or != are one, blanks and all. */
static bool
parse_values(struct parse *p, struct expect_rule *r)
{
	bool one = r->op <= EXPECT_GE && r->fact->type != EXPECT_LIST;
	bool none = r->op == EXPECT_EXISTS || r->op == EXPECT_ABSENT;
	struct span word, start = span_trim_fws(p->rest);

	for (;;) {
		word = parse_word(p);
		if (word.len == 0)
			break;
		if (span_eq(word, SPAN("until"))) {
			word = parse_word(p);
			if (!posture_until(word, &r->until))
				return parse_fail(p, word, "no date");
			word = parse_word(p);
			if (word.len > 0)
				return parse_fail(p, word, "after the date");
			break;
		}
		r->text.len = (size_t)(word.p + word.len - r->text.p);
		if (none)
			return parse_fail(p, word, "the operator takes no "
			    "value");
		if (!parse_value_fits(r->fact->type, word))
			return parse_fail(p, word, "no value of this fact");
		if (one && r->nvalues == 1 && r->fact->type == EXPECT_TEXT) {
			r->values[0].len = (size_t)(word.p + word.len -
			    r->values[0].p);
			continue;
		}
		if (r->nvalues == EXPECT_VALUES || (one && r->nvalues == 1))
			return parse_fail(p, word, "one value too many");
		r->values[r->nvalues++] = word;
	}
	if (!none && r->nvalues == 0)
		return parse_fail(p, start, "a value is missing");
	return true;
}

static bool
parse_family(const struct parse *p, const struct expect_fact *fact)
{
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		if (strcmp(posture_family_words[i], fact->family) == 0)
			return !p->skip[i];
	return fact->family[0] == '\0';
}

static bool
parse_add(struct parse *p, struct expect_rule *r)
{
	struct expect_section *s = parse_current(p);
	struct expect_rule *new = arena_alloc(&p->e->arena, sizeof(*new));

	if (new == NULL)
		return fault_nomem(p->f) == FAULT_NONE;
	*new = *r;
	*s->last = new;
	s->last = &new->next;
	return true;
}

/* What a parked domain publishes, in three expectations. */
static bool
parse_parked(struct parse *p, struct expect_rule *r)
{
	static const struct {
		const char *fact, *value;
		enum expect_op op;
	} t[] = { { "spf.record", "v=spf1 -all", EXPECT_EQ },
	    { "mx.state", "hosts", EXPECT_NE },
	    { "dmarc.applied_policy", "reject", EXPECT_EQ } };

	for (size_t i = 0; i < 3; i++) {
		r->fact = expect_fact(span_of(t[i].fact), &r->selector);
		r->op = t[i].op;
		r->nvalues = 1;
		r->values[0] = span_of(t[i].value);
		if (!parse_family(p, r->fact))
			return parse_fail(p, r->text, "its families are "
			    "skipped, or not known here");
		if (!parse_add(p, r))
			return false;
	}
	return true;
}

static bool
parse_rule(struct parse *p)
{
	struct expect_rule r = { .line = p->line, .severity = LINT_ERROR };
	struct span word = parse_word(p);
	bool found = false;

	if (parse_current(p) == NULL)
		return parse_fail(p, word, "no [section] before it");
	if (span_eq(word, SPAN("warn")) || span_eq(word, SPAN("note"))) {
		r.severity = word.p[0] == 'w' ? LINT_WARNING : LINT_NOTE;
		word = parse_word(p);
	}
	r.text = word;
	if (span_eq(word, SPAN("parked")) && p->rest.len == 0)
		return parse_parked(p, &r);
	r.fact = expect_fact(word, &r.selector);
	if (r.fact == NULL || (r.selector.p != NULL &&
	    !domain_is_ldhu(r.selector)))
		return parse_fail(p, word, "no such fact");
	if (!parse_family(p, r.fact))
		return parse_fail(p, word, "its family is skipped, or not "
		    "known here");
	word = parse_word(p);
	for (size_t i = 0; i < EXPECT_OPS && !found; i++) {
		found = span_eq(word, span_of(expect_op_words[i]));
		r.op = (enum expect_op)i;
	}
	if (!found)
		return parse_fail(p, word, "no such operator");
	if (!parse_op_fits(r.fact->type, r.op))
		return parse_fail(p, word, "not an operator of this fact");
	r.text.len = (size_t)(word.p + word.len - r.text.p);
	return parse_values(p, &r) && parse_add(p, &r);
}

enum fault_kind
expect_parse(struct span text, const char *path,
    const bool skip[POSTURE_FAMILIES], struct expect **out, struct fault *f)
{
	struct expect *e = calloc(1, sizeof(*e));
	struct parse p = { .e = e, .skip = skip, .f = f };
	bool more = true, ok = true;

	*out = e;
	if (e == NULL)
		return fault_nomem(f);
	arena_init(&e->arena, EXPECT_BYTES);
	e->path = path;
	e->last = &e->first;
	text = arena_span(&e->arena, text);
	if (text.p == NULL)
		return fault_nomem(f);
	while (more && ok) {
		more = span_cut(text, '\n', &p.all, &text);
		p.line++;
		p.rest = parse_uncomment(p.all);
		if (p.rest.len > 0)
			ok = p.rest.p[0] == '[' ? parse_section(&p) :
			    parse_rule(&p);
	}
	return f->kind;
}

void
expect_free(struct expect *e)
{
	if (e != NULL)
		arena_free(&e->arena);
	free(e);
}

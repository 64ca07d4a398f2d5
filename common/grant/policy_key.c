/* SPDX-License-Identifier: ISC */
/* The keys of the policy: which section may have them, what they set. */
#include <string.h>

#include "grant/policy_impl.h"

static bool
set_max_duration(struct policy_parser *pp, struct span v)
{
	return policy_duration(pp, v, &pp->p->max_duration);
}

static bool
set_pending_ttl(struct policy_parser *pp, struct span v)
{
	return policy_duration(pp, v, &pp->p->pending_ttl);
}

static bool
set_activate_within(struct policy_parser *pp, struct span v)
{
	return policy_duration(pp, v, &pp->p->activate_within);
}

static bool
set_default_total(struct policy_parser *pp, struct span v)
{
	pp->p->total_at = policy_at(pp, v.p);
	return policy_duration(pp, v, &pp->p->total);
}

static bool
set_freeze(struct policy_parser *pp, struct span v)
{
	return policy_who_list(pp, v, POLICY_LIST_WHO,
	    &pp->p->freeze);
}

static bool
set_mail_from(struct policy_parser *pp, struct span v)
{
	return policy_address(pp, v, &pp->p->mail_from);
}

static bool
set_sendmail(struct policy_parser *pp, struct span v)
{
	return policy_path(pp, v, &pp->p->sendmail);
}

static bool
set_require_policy(struct policy_parser *pp, struct span v)
{
	static const char *const words[] =
	    { "none", "quarantine", "reject", NULL };

	return policy_word(pp, v, words, &pp->p->require_policy);
}

static bool
set_alignment(struct policy_parser *pp, struct span v)
{
	static const char *const words[] = { "strict", "relaxed", NULL };

	return policy_word(pp, v, words, &pp->p->alignment);
}

static bool
set_require_headers(struct policy_parser *pp, struct span v)
{
	return policy_fields(pp, v, &pp->p->require_headers);
}

static bool
set_members(struct policy_parser *pp, struct span v)
{
	return policy_who_list(pp, v, POLICY_LIST_MEMBERS,
	    &pp->section->who);
}

static bool
set_adapter(struct policy_parser *pp, struct span v)
{
	if (!policy_adapter_known(v))
		return policy_fail(pp, v.p, "no adapter of that name");
	return policy_keep(pp, v, &pp->section->effect.adapter);
}

static bool
set_key(struct policy_parser *pp, struct span v)
{
	pp->section->effect.key_at = policy_at(pp, v.p);
	return policy_path(pp, v, &pp->section->effect.key);
}

static bool
set_timeout(struct policy_parser *pp, struct span v)
{
	return policy_duration(pp, v, &pp->section->effect.timeout);
}

static bool
set_kind(struct policy_parser *pp, struct span v)
{
	return policy_name(pp, v, &pp->section->kind);
}

static bool
set_resource(struct policy_parser *pp, struct span v)
{
	return policy_pattern(pp, v, &pp->section->resource);
}

static bool
set_who(struct policy_parser *pp, struct span v)
{
	return policy_who_list(pp, v, POLICY_LIST_WHO,
	    &pp->section->who);
}

static bool
set_approve(struct policy_parser *pp, struct span v)
{
	return policy_need(pp, v, &pp->section->terms.need);
}

static bool
set_proof(struct policy_parser *pp, struct span v)
{
	static const char *const words[] = { "mail", NULL };

	return policy_word(pp, v, words, &pp->section->effect.proof);
}

static bool
set_min(struct policy_parser *pp, struct span v)
{
	pp->section->terms.min_at = policy_at(pp, v.p);
	return policy_duration(pp, v, &pp->section->terms.min);
}

static bool
set_max(struct policy_parser *pp, struct span v)
{
	pp->section->terms.max_at = policy_at(pp, v.p);
	return policy_duration(pp, v, &pp->section->terms.max);
}

static bool
set_total(struct policy_parser *pp, struct span v)
{
	pp->section->terms.total_at = policy_at(pp, v.p);
	return policy_duration(pp, v, &pp->section->terms.total);
}

static bool
set_uses(struct policy_parser *pp, struct span v)
{
	pp->section->terms.uses_at = policy_at(pp, v.p);
	return policy_uses(pp, v, &pp->section->terms.uses);
}

static bool
set_reason_regex(struct policy_parser *pp, struct span v)
{
	struct policy_section *s = pp->section;

	s->terms.reason_at = policy_at(pp, v.p);
	s->terms.reason_text = policy_text(pp, v, false);
	s->terms.reason = policy_regex(pp, v);
	return s->terms.reason != NULL;
}

static bool
set_notify(struct policy_parser *pp, struct span v)
{
	return policy_who_list(pp, v, POLICY_LIST_NOTIFY,
	    &pp->section->terms.notify);
}

static bool
set_review_within(struct policy_parser *pp, struct span v)
{
	return policy_duration(pp, v, &pp->section->terms.review_within);
}

static const struct policy_known {
	enum policy_section_kind section;
	const char *key;
	bool (*set)(struct policy_parser *pp, struct span value);
	bool needed;
} policy_keys[] = {
	{ POLICY_DEFAULTS, "max_duration", set_max_duration, false },
	{ POLICY_DEFAULTS, "pending_ttl", set_pending_ttl, false },
	{ POLICY_DEFAULTS, "activate_within", set_activate_within, false },
	{ POLICY_DEFAULTS, "total", set_default_total, false },
	{ POLICY_DEFAULTS, "freeze", set_freeze, false },
	{ POLICY_DEFAULTS, "mail_from", set_mail_from, false },
	{ POLICY_DEFAULTS, "sendmail", set_sendmail, false },
	{ POLICY_DEFAULTS, "require_policy", set_require_policy, false },
	{ POLICY_DEFAULTS, "alignment", set_alignment, false },
	{ POLICY_DEFAULTS, "require_headers", set_require_headers, false },
	{ POLICY_PERSON, "uid", policy_uids, false },
	{ POLICY_PERSON, "mail", policy_mails, false },
	{ POLICY_ROLE, "members", set_members, true },
	{ POLICY_KIND, "adapter", set_adapter, false },
	{ POLICY_KIND, "key", set_key, false },
	{ POLICY_KIND, "timeout", set_timeout, false },
	{ POLICY_RULE, "kind", set_kind, true },
	{ POLICY_RULE, "resource", set_resource, true },
	{ POLICY_RULE, "request", set_who, true },
	{ POLICY_RULE, "approve", set_approve, true },
	{ POLICY_RULE, "proof", set_proof, false },
	{ POLICY_RULE, "min", set_min, false },
	{ POLICY_RULE, "max", set_max, false },
	{ POLICY_RULE, "total", set_total, false },
	{ POLICY_RULE, "uses", set_uses, false },
	{ POLICY_RULE, "reason_regex", set_reason_regex, false },
	{ POLICY_RULE, "notify", set_notify, false },
	{ POLICY_BREAK_GLASS, "who", set_who, true },
	{ POLICY_BREAK_GLASS, "kind", set_kind, true },
	{ POLICY_BREAK_GLASS, "resource", set_resource, false },
	{ POLICY_BREAK_GLASS, "max", set_max, true },
	{ POLICY_BREAK_GLASS, "uses", set_uses, false },
	{ POLICY_BREAK_GLASS, "reason_regex", set_reason_regex, false },
	{ POLICY_BREAK_GLASS, "notify", set_notify, false },
	{ POLICY_BREAK_GLASS, "review_within", set_review_within, false },
	{ POLICY_DENY, "who", set_who, true },
	{ POLICY_DENY, "kind", set_kind, false },
	{ POLICY_DENY, "resource", set_resource, false },
};
#define POLICY_KEY_COUNT (sizeof(policy_keys) / sizeof(*policy_keys))
_Static_assert(POLICY_KEY_COUNT <= 64, "struct policy_section.seen is full");

/* limit.K of a rule, or a key of a kind's adapter, judged at its end. */
static bool
policy_free_key(struct policy_parser *pp, struct span key, struct span value)
{
	struct policy_section *s = pp->section;
	bool limit = s->section != POLICY_KIND;
	struct policy_pair *pair, **tail = &s->pairs;
	size_t n = 0;

	if (limit)
		key = span_sub(key, 6, key.len);
	if (!policy_label_ok(key) || key.len > 32)
		return policy_fail(pp, key.p, "not a name");
	for (; *tail != NULL; tail = &(*tail)->next, n++)
		if (span_eq(key, span_of((*tail)->key)))
			return policy_fail(pp, key.p, "given twice, first in "
			    "line %u", (*tail)->line);
	if (n >= POLICY_KEYS)
		return policy_fail(pp, key.p, "too many keys");
	pair = arena_alloc(&pp->p->arena, sizeof(*pair));
	if (pair == NULL)
		return policy_fail(pp, key.p, "too large");
	pair->line = pp->line;
	pair->column = policy_at(pp, value.p).column;
	pair->key = policy_text(pp, key, false);
	pair->value = policy_text(pp, value, false);
	if (pair->key == NULL || pair->value == NULL)
		return false;
	*tail = pair;
	if (!limit)
		return true;
	pair->regex = policy_regex(pp, value);
	return pair->regex != NULL;
}

bool
policy_key(struct policy_parser *pp, struct span key, struct span value)
{
	struct policy_section *s = pp->section;

	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		const struct policy_known *k = &policy_keys[i];

		if (k->section != s->section ||
		    !span_eq(key, span_of(k->key)))
			continue;
		if ((s->seen >> i & 1) != 0)
			return policy_fail(pp, key.p, "given twice");
		s->seen |= (uint64_t)1 << i;
		return k->set(pp, value);
	}
	if (s->section == POLICY_KIND || ((s->section == POLICY_RULE ||
	    s->section == POLICY_BREAK_GLASS) &&
	    span_starts(key, SPAN("limit."))))
		return policy_free_key(pp, key, value);
	return policy_fail(pp, key.p, "unknown key");
}

/* No bound makes another one meaningless. */
static bool
policy_bounds_fit(struct policy_parser *pp, const struct policy_section *s)
{
	int64_t max = s->terms.max != 0 ? s->terms.max : pp->p->max_duration;

	if (s->section == POLICY_DEFAULTS && pp->p->total != 0 &&
	    pp->p->total < pp->p->max_duration)
		return policy_fail_at(pp, pp->p->total_at.line,
		    pp->p->total_at.column, "total is less than max_duration");
	if (s->terms.min > max)
		return policy_fail_at(pp, s->terms.min_at.line,
		    s->terms.min_at.column, "min exceeds max");
	return s->terms.total == 0 || s->terms.total >= max ||
	    policy_fail_at(pp, s->terms.total_at.line,
	    s->terms.total_at.column, "total is less than max");
}

bool
policy_complete(struct policy_parser *pp, const struct policy_section *s)
{
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++)
		if (policy_keys[i].section == s->section &&
		    policy_keys[i].needed && (s->seen >> i & 1) == 0)
			return policy_fail_at(pp, s->line, 1,
			    "the section lacks the key %s",
			    policy_keys[i].key);
	if (s->section == POLICY_PERSON && s->ids.uid_count == 0 &&
	    s->ids.mail_count == 0)
		return policy_fail_at(pp, s->line, 1,
		    "the section lacks uid or mail");
	return policy_bounds_fit(pp, s) && (s->section != POLICY_KIND ||
	    policy_kind_complete(pp, s));
}

/* SPDX-License-Identifier: ISC */
/* The keys of the policy: which section may have them, what they hold. */
#include <stddef.h>
#include <string.h>

#include "base/num.h"
#include "dns/domain.h"
#include "grant/policy_impl.h"

enum policy_type {
	POLICY_T_DURATION = 0,
	POLICY_T_WHO,		/* uid: person: role: mail:, a list */
	POLICY_T_NOTIFY,	/* the same, and plain addresses */
	POLICY_T_MEMBERS,	/* names of persons */
	POLICY_T_NEED,
	POLICY_T_NAME,
	POLICY_T_PATTERN,
	POLICY_T_USES,
	POLICY_T_REASON,
	POLICY_T_UIDS,
	POLICY_T_MAILS,
	POLICY_T_TEXT,		/* one of the words in `words`, if given */
	POLICY_T_PATH,
	POLICY_T_ADDRESS,
	POLICY_T_FIELDS,	/* names of header fields */
	POLICY_T_ADAPTER
};

struct policy_known {
	enum policy_section_kind section;
	const char *key;
	enum policy_type type;
	size_t offset;		/* of the member */
	bool needed;
	const char *words;	/* " word word " */
};

#define DEF(m) offsetof(struct policy, m)
#define SEC(m) offsetof(struct policy_section, m)

static const struct policy_known policy_keys[] = {
	{ POLICY_DEFAULTS, "max_duration", POLICY_T_DURATION,
	    DEF(max_duration), false, NULL },
	{ POLICY_DEFAULTS, "pending_ttl", POLICY_T_DURATION,
	    DEF(pending_ttl), false, NULL },
	{ POLICY_DEFAULTS, "activate_within", POLICY_T_DURATION,
	    DEF(activate_within), false, NULL },
	{ POLICY_DEFAULTS, "total", POLICY_T_DURATION, DEF(total), false,
	    NULL },
	{ POLICY_DEFAULTS, "freeze", POLICY_T_WHO, DEF(freeze), false, NULL },
	{ POLICY_DEFAULTS, "mail_from", POLICY_T_ADDRESS, DEF(mail_from),
	    false, NULL },
	{ POLICY_DEFAULTS, "sendmail", POLICY_T_PATH, DEF(sendmail), false,
	    NULL },
	{ POLICY_DEFAULTS, "require_policy", POLICY_T_TEXT,
	    DEF(require_policy), false, " none quarantine reject " },
	{ POLICY_DEFAULTS, "alignment", POLICY_T_TEXT, DEF(alignment), false,
	    " strict relaxed " },
	{ POLICY_DEFAULTS, "require_headers", POLICY_T_FIELDS,
	    DEF(require_headers), false, NULL },
	{ POLICY_PERSON, "uid", POLICY_T_UIDS, 0, false, NULL },
	{ POLICY_PERSON, "mail", POLICY_T_MAILS, 0, false, NULL },
	{ POLICY_ROLE, "members", POLICY_T_MEMBERS, SEC(who), true, NULL },
	{ POLICY_KIND, "adapter", POLICY_T_ADAPTER, SEC(adapter), false,
	    NULL },
	{ POLICY_KIND, "key", POLICY_T_PATH, SEC(key), false, NULL },
	{ POLICY_KIND, "timeout", POLICY_T_DURATION, SEC(timeout), false,
	    NULL },
	{ POLICY_RULE, "kind", POLICY_T_NAME, SEC(kind), true, NULL },
	{ POLICY_RULE, "resource", POLICY_T_PATTERN, SEC(resource), true,
	    NULL },
	{ POLICY_RULE, "request", POLICY_T_WHO, SEC(who), true, NULL },
	{ POLICY_RULE, "approve", POLICY_T_NEED, SEC(need), true, NULL },
	{ POLICY_RULE, "proof", POLICY_T_TEXT, SEC(proof), false, " mail " },
	{ POLICY_RULE, "min", POLICY_T_DURATION, SEC(min), false, NULL },
	{ POLICY_RULE, "max", POLICY_T_DURATION, SEC(max), false, NULL },
	{ POLICY_RULE, "total", POLICY_T_DURATION, SEC(total), false, NULL },
	{ POLICY_RULE, "uses", POLICY_T_USES, SEC(uses), false, NULL },
	{ POLICY_RULE, "reason_regex", POLICY_T_REASON, 0, false, NULL },
	{ POLICY_RULE, "notify", POLICY_T_NOTIFY, SEC(notify), false, NULL },
	{ POLICY_BREAK_GLASS, "who", POLICY_T_WHO, SEC(who), true, NULL },
	{ POLICY_BREAK_GLASS, "kind", POLICY_T_NAME, SEC(kind), true, NULL },
	{ POLICY_BREAK_GLASS, "resource", POLICY_T_PATTERN, SEC(resource),
	    false, NULL },
	{ POLICY_BREAK_GLASS, "max", POLICY_T_DURATION, SEC(max), true,
	    NULL },
	{ POLICY_BREAK_GLASS, "uses", POLICY_T_USES, SEC(uses), false, NULL },
	{ POLICY_BREAK_GLASS, "reason_regex", POLICY_T_REASON, 0, false,
	    NULL },
	{ POLICY_BREAK_GLASS, "notify", POLICY_T_NOTIFY, SEC(notify), false,
	    NULL },
	{ POLICY_BREAK_GLASS, "review_within", POLICY_T_DURATION,
	    SEC(review_within), false, NULL },
	{ POLICY_DENY, "who", POLICY_T_WHO, SEC(who), true, NULL },
	{ POLICY_DENY, "kind", POLICY_T_NAME, SEC(kind), false, NULL },
	{ POLICY_DENY, "resource", POLICY_T_PATTERN, SEC(resource), false,
	    NULL },
};
#define POLICY_KEY_COUNT (sizeof(policy_keys) / sizeof(*policy_keys))
_Static_assert(POLICY_KEY_COUNT <= 64, "struct policy_section.seen is full");

bool
policy_label_ok(struct span s)
{
	if (s.len == 0 || s.len > 64)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alnum(s.p[i]) && s.p[i] != '.' &&
		    s.p[i] != '_' && s.p[i] != '-')
			return false;
	return true;
}

/* An address: one @, no space, no list syntax, no pattern; bounded. */
static bool
policy_address_ok(struct span s, bool domain_only)
{
	size_t at = span_rfind(s, '@');

	if (s.len > 320 || at == s.len || (at == 0) != domain_only ||
	    !span_is_print(s) || s.p[0] == '-' ||
	    !domain_is_ldhu(span_sub(s, at + 1, s.len)))
		return false;
	for (size_t i = 0; i < at; i++)
		if (strchr(" ,<>()[]\"\\;:*?@", s.p[i]) != NULL)
			return false;
	return true;
}

static bool
policy_uid(struct policy_parser *pp, struct span s, uint32_t *uid)
{
	char name[65];
	uint64_t n;

	/* 4294967295 is "nobody asked" to the kernel. */
	if (num_canonical(s, UINT32_MAX - 1, &n)) {
		*uid = (uint32_t)n;
		return true;
	}
	if (s.len == 0 || (!ascii_is_alpha(s.p[0]) && s.p[0] != '_') ||
	    !policy_label_ok(s))
		return policy_fail(pp, s.p, "not a user id");
	memcpy(name, s.p, s.len);
	name[s.len] = '\0';
	if (pp->names == NULL || pp->names->uid == NULL ||
	    !pp->names->uid(name, uid))
		return policy_fail(pp, s.p, "no account of that name");
	return true;
}

static struct policy_place
policy_at(const struct policy_parser *pp, const char *at)
{
	return (struct policy_place){ pp->line,
	    (unsigned)(at - pp->start) + 1 };
}

static char *
policy_text(struct policy_parser *pp, struct span s, bool lower)
{
	char *p = lower ? arena_str(&pp->p->arena, arena_lower(
	    &pp->p->arena, s)) : arena_str(&pp->p->arena, s);

	if (p == NULL)
		(void)fault_set(pp->f, FAULT_CONFIG, "the policy is too "
		    "large");
	return p;
}

/* One item of a list of who. */
static bool
policy_who_item(struct policy_parser *pp, struct span s,
    enum policy_type type, struct policy_who *w)
{
	static const struct {
		const char *prefix;
		enum policy_who_kind kind;
	} kinds[] = { { "uid:", POLICY_WHO_UID },
	    { "person:", POLICY_WHO_PERSON }, { "role:", POLICY_WHO_ROLE },
	    { "mail:", POLICY_WHO_MAIL } };
	struct span rest = s;

	w->line = pp->line;
	w->column = (unsigned)(s.p - pp->start) + 1;
	if (type == POLICY_T_MEMBERS)
		w->kind = POLICY_WHO_PERSON;
	for (size_t i = 0; type != POLICY_T_MEMBERS && i < 4; i++)
		if (span_starts(s, span_of(kinds[i].prefix))) {
			w->kind = kinds[i].kind;
			rest = span_sub(s, strlen(kinds[i].prefix), s.len);
		}
	if (w->kind == POLICY_WHO_NONE && type == POLICY_T_NOTIFY)
		w->kind = POLICY_WHO_MAIL;
	switch (w->kind) {
	case POLICY_WHO_NONE:
		return policy_fail(pp, s.p, "expected uid:, person:, role: "
		    "or mail:");
	case POLICY_WHO_UID:
		return policy_uid(pp, rest, &w->uid);
	case POLICY_WHO_PERSON:
	case POLICY_WHO_ROLE:
		if (!policy_label_ok(rest))
			return policy_fail(pp, rest.p, "not a name");
		break;
	case POLICY_WHO_MAIL:
		if (!policy_address_ok(rest, false) &&
		    !policy_address_ok(rest, true))
			return policy_fail(pp, rest.p, "not an address or "
			    "@domain, which are no patterns");
		break;
	}
	w->name = policy_text(pp, rest, w->kind == POLICY_WHO_MAIL);
	return w->name != NULL;
}

/* The next item of a list: true with *item, false at its end. */
static bool
policy_item(struct span *list, struct span *item, bool *more)
{
	struct span rest;

	if (!*more)
		return false;
	*more = span_cut(*list, ',', item, &rest);
	*item = span_trim_wsp(*item);
	*list = rest;
	return true;
}

static bool
policy_who_list(struct policy_parser *pp, struct span list,
    enum policy_type type, struct policy_who **out)
{
	struct policy_who **tail = out;
	struct span item;
	bool more = true;
	size_t n = 0;

	while (policy_item(&list, &item, &more)) {
		struct policy_who *w;

		if (item.len == 0)
			return policy_fail(pp, item.p, "an item is empty");
		if (++n > POLICY_LIST)
			return policy_fail(pp, item.p, "more than %d items",
			    POLICY_LIST);
		w = arena_alloc(&pp->p->arena, sizeof(*w));
		if (w == NULL)
			return policy_fail(pp, item.p, "too large");
		*tail = w;
		tail = &w->next;
		if (!policy_who_item(pp, item, type, w))
			return false;
	}
	return true;
}

static bool
policy_need(struct policy_parser *pp, struct span s, struct policy_need *need)
{
	struct span k, rest;
	uint64_t n;

	if (span_eq(s, SPAN("none")))
		return true;
	if (!span_cut(s, ' ', &k, &rest) || !num_canonical(k, 100, &n) ||
	    n == 0)
		return policy_fail(pp, s.p, "expected none, or a count and "
		    "`of`");
	rest = span_trim_wsp(rest);
	if (!span_starts(rest, SPAN("of ")))
		return policy_fail(pp, rest.p, "expected `of`");
	rest = span_trim_wsp(span_sub(rest, 3, rest.len));
	need->k = (unsigned)n;
	need->at = policy_at(pp, s.p);
	need->text = policy_text(pp, rest, false);
	return need->text != NULL &&
	    policy_who_list(pp, rest, POLICY_T_WHO, &need->who);
}

static regex_t *
policy_regex(struct policy_parser *pp, struct span s)
{
	char *text = policy_text(pp, s, false), why[128];
	regex_t *re = arena_alloc(&pp->p->arena, sizeof(*re));
	int rc;

	if (text == NULL || re == NULL)
		return NULL;
	if (pp->p->regexes == sizeof(pp->p->regex) / sizeof(*pp->p->regex)) {
		(void)policy_fail(pp, s.p, "too many regular expressions");
		return NULL;
	}
	rc = regcomp(re, text, REG_EXTENDED | REG_NOSUB);
	if (rc != 0) {
		(void)regerror(rc, re, why, sizeof(why));
		(void)policy_fail(pp, s.p, "%s", why);
		return NULL;
	}
	pp->p->regex[pp->p->regexes++] = re;
	return re;
}

static bool
policy_uids(struct policy_parser *pp, struct span list)
{
	struct policy_section *s = pp->section;
	struct span item;
	bool more = true;

	s->uids = arena_array(&pp->p->arena, POLICY_LIST, sizeof(*s->uids));
	s->uid_at = arena_array(&pp->p->arena, POLICY_LIST,
	    sizeof(*s->uid_at));
	if (s->uids == NULL || s->uid_at == NULL)
		return policy_fail(pp, list.p, "too large");
	while (policy_item(&list, &item, &more)) {
		if (s->uid_count == POLICY_LIST)
			return policy_fail(pp, item.p, "too many");
		if (!policy_uid(pp, item, &s->uids[s->uid_count]))
			return false;
		s->uid_at[s->uid_count] = policy_at(pp, item.p);
		s->uid_count++;
	}
	return true;
}

static bool
policy_mails(struct policy_parser *pp, struct span list)
{
	struct policy_section *s = pp->section;
	struct span item;
	bool more = true;

	s->mails = arena_array(&pp->p->arena, POLICY_LIST, sizeof(*s->mails));
	s->mail_at = arena_array(&pp->p->arena, POLICY_LIST,
	    sizeof(*s->mail_at));
	if (s->mails == NULL || s->mail_at == NULL)
		return policy_fail(pp, list.p, "too large");
	while (policy_item(&list, &item, &more)) {
		if (s->mail_count == POLICY_LIST)
			return policy_fail(pp, item.p, "too many");
		if (!policy_address_ok(item, false))
			return policy_fail(pp, item.p, "not an address");
		s->mails[s->mail_count] = policy_text(pp, item, true);
		if (s->mails[s->mail_count] == NULL)
			return false;
		s->mail_at[s->mail_count] = policy_at(pp, item.p);
		s->mail_count++;
	}
	return true;
}

/* Names between commas, colons or blanks. */
static bool
policy_fields(struct policy_parser *pp, struct span s, const char **out)
{
	size_t i = 0;

	for (;;) {
		size_t n = 0;

		while (i < s.len && (s.p[i] == ' ' || s.p[i] == '\t'))
			i++;
		while (i + n < s.len && (ascii_is_alnum(s.p[i + n]) ||
		    s.p[i + n] == '-' || s.p[i + n] == '_'))
			n++;
		if (n == 0)
			return policy_fail(pp, s.p + i,
			    "expected the name of a header field");
		i += n;
		while (i < s.len && (s.p[i] == ' ' || s.p[i] == '\t'))
			i++;
		if (i == s.len)
			break;
		if (s.p[i] == ',' || s.p[i] == ':')
			i++;
	}
	*out = policy_text(pp, s, false);
	return *out != NULL;
}

static bool
policy_words(struct policy_parser *pp, const struct policy_known *k,
    struct span value, const char **out)
{
	char word[40];

	if (k->words != NULL) {
		if (value.len > 32)
			return policy_fail(pp, value.p, "expected one of:%s",
			    k->words);
		word[0] = ' ';
		memcpy(word + 1, value.p, value.len);
		word[value.len + 1] = ' ';
		word[value.len + 2] = '\0';
		if (span_find(value, ' ') != value.len ||
		    strstr(k->words, word) == NULL)
			return policy_fail(pp, value.p, "expected one of:%s",
			    k->words);
	}
	if (k->type == POLICY_T_PATH && value.p[0] != '/')
		return policy_fail(pp, value.p, "expected an absolute path");
	*out = policy_text(pp, value, false);
	return *out != NULL;
}

static bool
policy_value(struct policy_parser *pp, const struct policy_known *k,
    struct span value)
{
	char *base = k->section == POLICY_DEFAULTS ? (char *)pp->p :
	    (char *)pp->section;
	void *member = base + k->offset;
	int64_t seconds;
	uint64_t n;

	switch (k->type) {
	case POLICY_T_DURATION:
		if (!num_duration(value, &seconds) || seconds < 1)
			return policy_fail(pp, value.p, "expected a duration "
			    "such as 90s, 10m, 2h, 3d");
		*(int64_t *)member = seconds;
		return true;
	case POLICY_T_USES:
		if (!num_canonical(value, 1000000000, &n) || n == 0)
			return policy_fail(pp, value.p, "expected a number "
			    "from 1 to 1000000000");
		*(int64_t *)member = (int64_t)n;
		return true;
	case POLICY_T_WHO:
	case POLICY_T_NOTIFY:
	case POLICY_T_MEMBERS:
		return policy_who_list(pp, value, k->type, member);
	case POLICY_T_NEED:
		return policy_need(pp, value, member);
	case POLICY_T_NAME:
		if (!policy_label_ok(value) || value.len > 32)
			return policy_fail(pp, value.p, "not a name");
		*(const char **)member = policy_text(pp, value, false);
		return *(const char **)member != NULL;
	case POLICY_T_ADAPTER:
		if (!policy_adapter_known(value))
			return policy_fail(pp, value.p,
			    "no adapter of that name");
		*(const char **)member = policy_text(pp, value, false);
		return *(const char **)member != NULL;
	case POLICY_T_ADDRESS:
		if (!policy_address_ok(value, false))
			return policy_fail(pp, value.p, "not an address");
		*(const char **)member = policy_text(pp, value, false);
		return *(const char **)member != NULL;
	case POLICY_T_FIELDS:
		return policy_fields(pp, value, member);
	case POLICY_T_PATTERN:
		if (value.len > 255 || span_find(value, ' ') != value.len)
			return policy_fail(pp, value.p, "not a pattern");
		*(const char **)member = policy_text(pp, value, false);
		return *(const char **)member != NULL;
	case POLICY_T_REASON:
		pp->section->reason_text = policy_text(pp, value, false);
		pp->section->reason = policy_regex(pp, value);
		return pp->section->reason != NULL;
	case POLICY_T_UIDS:
		return policy_uids(pp, value);
	case POLICY_T_MAILS:
		return policy_mails(pp, value);
	case POLICY_T_TEXT:
	case POLICY_T_PATH:
		return policy_words(pp, k, value, member);
	}
	return false;
}

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

/* Remember where a value stands: for those it turns away, and for
 * policy_complete(). */
static void
policy_mark(struct policy_parser *pp, const struct policy_known *k,
    struct span value)
{
	struct policy_section *s = pp->section;
	const struct {
		const char *key;
		struct policy_place *place;
	} places[] = { { "min", &s->min_at }, { "max", &s->max_at },
	    { "total", s->section == POLICY_DEFAULTS ? &pp->p->total_at :
	    &s->total_at }, { "uses", &s->uses_at },
	    { "reason_regex", &s->reason_at }, { "key", &s->key_at } };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strcmp(k->key, places[i].key) == 0)
			*places[i].place = policy_at(pp, value.p);
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
		policy_mark(pp, k, value);
		return policy_value(pp, k, value);
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
	int64_t max = s->max != 0 ? s->max : pp->p->max_duration;

	if (s->section == POLICY_DEFAULTS && pp->p->total != 0 &&
	    pp->p->total < pp->p->max_duration)
		return policy_fail_at(pp, pp->p->total_at.line,
		    pp->p->total_at.column, "total is less than max_duration");
	if (s->min > max)
		return policy_fail_at(pp, s->min_at.line, s->min_at.column,
		    "min exceeds max");
	return s->total == 0 || s->total >= max || policy_fail_at(pp,
	    s->total_at.line, s->total_at.column, "total is less than max");
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
	if (s->section == POLICY_PERSON && s->uid_count == 0 &&
	    s->mail_count == 0)
		return policy_fail_at(pp, s->line, 1,
		    "the section lacks uid or mail");
	return policy_bounds_fit(pp, s) && (s->section != POLICY_KIND ||
	    policy_kind_complete(pp, s));
}

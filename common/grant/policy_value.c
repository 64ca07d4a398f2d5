/* SPDX-License-Identifier: ISC */
/* The values of the policy, each kind read by one function. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "dns/domain.h"
#include "grant/policy_impl.h"

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

struct policy_place
policy_at(const struct policy_parser *pp, const char *at)
{
	return (struct policy_place){ pp->line,
	    (unsigned)(at - pp->start) + 1 };
}

char *
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
    enum policy_list list, struct policy_who *w)
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
	if (list == POLICY_LIST_MEMBERS)
		w->kind = POLICY_WHO_PERSON;
	for (size_t i = 0; list != POLICY_LIST_MEMBERS && i < 4; i++)
		if (span_starts(s, span_of(kinds[i].prefix))) {
			w->kind = kinds[i].kind;
			rest = span_sub(s, strlen(kinds[i].prefix), s.len);
		}
	if (w->kind == POLICY_WHO_NONE && list == POLICY_LIST_NOTIFY)
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

bool
policy_who_list(struct policy_parser *pp, struct span items,
    enum policy_list list, struct policy_who **out)
{
	struct policy_who **tail = out;
	struct span item;
	bool more = true;
	size_t n = 0;

	while (policy_item(&items, &item, &more)) {
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
		if (!policy_who_item(pp, item, list, w))
			return false;
	}
	return true;
}

bool
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
	    policy_who_list(pp, rest, POLICY_LIST_WHO, &need->who);
}

regex_t *
policy_regex(struct policy_parser *pp, struct span s)
{
	char *text = policy_text(pp, s, false), why[128];
	regex_t *re = arena_alloc(&pp->p->arena, sizeof(*re));
	int rc;

	if (text == NULL || re == NULL)
		return NULL;
	if (pp->p->regexes == POLICY_REGEXES) {
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

bool
policy_uids(struct policy_parser *pp, struct span list)
{
	struct policy_section *s = pp->section;
	struct span item;
	bool more = true;

	s->ids.uids = arena_array(&pp->p->arena, POLICY_LIST,
	    sizeof(*s->ids.uids));
	s->ids.uid_at = arena_array(&pp->p->arena, POLICY_LIST,
	    sizeof(*s->ids.uid_at));
	if (s->ids.uids == NULL || s->ids.uid_at == NULL)
		return policy_fail(pp, list.p, "too large");
	while (policy_item(&list, &item, &more)) {
		if (s->ids.uid_count == POLICY_LIST)
			return policy_fail(pp, item.p, "too many");
		if (!policy_uid(pp, item, &s->ids.uids[s->ids.uid_count]))
			return false;
		s->ids.uid_at[s->ids.uid_count] = policy_at(pp, item.p);
		s->ids.uid_count++;
	}
	return true;
}

bool
policy_mails(struct policy_parser *pp, struct span list)
{
	struct policy_section *s = pp->section;
	struct span item;
	bool more = true;

	s->ids.mails = arena_array(&pp->p->arena, POLICY_LIST,
	    sizeof(*s->ids.mails));
	s->ids.mail_at = arena_array(&pp->p->arena, POLICY_LIST,
	    sizeof(*s->ids.mail_at));
	if (s->ids.mails == NULL || s->ids.mail_at == NULL)
		return policy_fail(pp, list.p, "too large");
	while (policy_item(&list, &item, &more)) {
		if (s->ids.mail_count == POLICY_LIST)
			return policy_fail(pp, item.p, "too many");
		if (!policy_address_ok(item, false))
			return policy_fail(pp, item.p, "not an address");
		s->ids.mails[s->ids.mail_count] = policy_text(pp, item, true);
		if (s->ids.mails[s->ids.mail_count] == NULL)
			return false;
		s->ids.mail_at[s->ids.mail_count] = policy_at(pp, item.p);
		s->ids.mail_count++;
	}
	return true;
}

/* Names between commas, colons or blanks. */
bool
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

/* A number of seconds: 90s, 10m, 2h, 3d. */
bool
policy_duration(struct policy_parser *pp, struct span value, int64_t *seconds)
{
	if (!num_duration(value, seconds) || *seconds < 1)
		return policy_fail(pp, value.p, "expected a duration "
		    "such as 90s, 10m, 2h, 3d");
	return true;
}

bool
policy_uses(struct policy_parser *pp, struct span value, int64_t *uses)
{
	uint64_t n;

	if (!num_canonical(value, 1000000000, &n) || n == 0)
		return policy_fail(pp, value.p, "expected a number "
		    "from 1 to 1000000000");
	*uses = (int64_t)n;
	return true;
}

bool
policy_keep(struct policy_parser *pp, struct span value, const char **out)
{
	*out = policy_text(pp, value, false);
	return *out != NULL;
}

bool
policy_name(struct policy_parser *pp, struct span value, const char **out)
{
	if (!policy_label_ok(value) || value.len > 32)
		return policy_fail(pp, value.p, "not a name");
	return policy_keep(pp, value, out);
}

bool
policy_pattern(struct policy_parser *pp, struct span value, const char **out)
{
	if (value.len > 255 || span_find(value, ' ') != value.len)
		return policy_fail(pp, value.p, "not a pattern");
	return policy_keep(pp, value, out);
}

bool
policy_address(struct policy_parser *pp, struct span value, const char **out)
{
	if (!policy_address_ok(value, false))
		return policy_fail(pp, value.p, "not an address");
	return policy_keep(pp, value, out);
}

bool
policy_path(struct policy_parser *pp, struct span value, const char **out)
{
	if (value.p[0] != '/')
		return policy_fail(pp, value.p, "expected an absolute path");
	return policy_keep(pp, value, out);
}

bool
policy_word(struct policy_parser *pp, struct span value,
    const char *const *words, const char **out)
{
	char all[64] = "";
	size_t len = 0;

	for (size_t i = 0; words[i] != NULL; i++) {
		if (span_eq(value, span_of(words[i])))
			return policy_keep(pp, value, out);
		len += (size_t)snprintf(all + len, sizeof(all) - len, " %s",
		    words[i]);
	}
	return policy_fail(pp, value.p, "expected one of:%s", all);
}

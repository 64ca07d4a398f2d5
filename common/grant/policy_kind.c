/* SPDX-License-Identifier: ISC */
/* The keys of a [kind] section: which adapter has them, what they hold. */
#include <string.h>

#include "base/num.h"
#include "dns/domain.h"
#include "dns/net.h"
#include "grant/policy_impl.h"

#define POLICY_WORDS 64		/* of a command; adapter exec runs no more */
#define POLICY_TTL_MAX 300	/* seconds; adapters publish none longer */

struct policy_option {
	const char *adapter, *key;
	bool needed;
	/* Where the first byte is that does not fit; s.len if all do. */
	size_t (*check)(struct span s);
	const char *expected;
};

static size_t
policy_is(bool ok, struct span s)
{
	return ok ? s.len : 0;
}

static size_t
policy_path_ok(struct span s)
{
	return policy_is(s.len > 1 && s.p[0] == '/', s);
}

/* A word in braces stands for a value. */
static bool
policy_word_ok(struct span word)
{
	static const char *const values[] = { "{resource}", "{user}", "{uid}",
	    "{grant}", "{kind}", "{duration}", "{not_after}" };

	if (word.p[0] != '{')
		return true;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (span_eq(word, span_of(values[i])))
			return true;
	return span_starts(word, SPAN("{limit.")) &&
	    word.p[word.len - 1] == '}' &&
	    policy_label_ok(span_sub(word, 7, word.len - 8));
}

static size_t
policy_command_ok(struct span s)
{
	size_t words = 0;

	for (size_t i = 0; i < s.len;) {
		size_t n = 0;

		while (i < s.len && (s.p[i] == ' ' || s.p[i] == '\t'))
			i++;
		while (i + n < s.len && s.p[i + n] != ' ' &&
		    s.p[i + n] != '\t')
			n++;
		if (n > 0 && ((words == 0 && s.p[i] != '/') ||
		    words == POLICY_WORDS ||
		    !policy_word_ok(span_sub(s, i, n))))
			return i;
		words++;
		i += n;
	}
	return s.len;
}

/* Each item of a list. */
static size_t
policy_list_ok(struct span s, size_t (*check)(struct span))
{
	struct span item, rest = s;
	bool more = true;

	while (more) {
		more = span_cut(rest, ',', &item, &rest);
		item = span_trim_wsp(item);
		if (item.len == 0 || check(item) != item.len)
			return (size_t)(item.p - s.p);
	}
	return s.len;
}

static size_t
policy_paths_ok(struct span s)
{
	return policy_list_ok(s, policy_path_ok);
}

/* Nothing that sudoers gives a meaning to. */
static size_t
policy_sudo_ok(struct span s)
{
	if (span_eq(s, SPAN("ALL")))
		return s.len;
	if (s.len < 2 || s.p[0] != '/')
		return 0;
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alnum(s.p[i]) &&
		    strchr("/._-+@ ", s.p[i]) == NULL)
			return i;
	return s.len;
}

static size_t
policy_sudos_ok(struct span s)
{
	return policy_list_ok(s, policy_sudo_ok);
}

static size_t
policy_group_ok(struct span s)
{
	return policy_is(policy_label_ok(s) && s.len <= 32 && s.p[0] != '-',
	    s);
}

/* All upper case is an alias of sudoers. */
static size_t
policy_runas_ok(struct span s)
{
	bool alias = true;

	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_digit(s.p[i]) && s.p[i] != '_' &&
		    !(s.p[i] >= 'A' && s.p[i] <= 'Z'))
			alias = false;
	return policy_is(policy_label_ok(s) && s.p[0] != '-' && !alias, s);
}

static size_t
policy_yes_ok(struct span s)
{
	return policy_is(span_eq(s, SPAN("yes")) || span_eq(s, SPAN("no")),
	    s);
}

static size_t
policy_zone_ok(struct span s)
{
	return policy_is(domain_is_ldhu(domain_undot(s)), s);
}

/* ADDRESS, or with a port after a colon, an @ or a #. */
static size_t
policy_server_ok(struct span s)
{
	struct dns_server server;
	struct ipaddr address;
	size_t mark = span_find(s, '@');
	uint64_t port;

	mark = mark < s.len ? mark : span_find(s, '#');
	if (mark == s.len)
		return policy_is(ipaddr_parse(s, &address) ||
		    dns_server_parse(s, &server), s);
	return policy_is(ipaddr_parse(span_sub(s, 0, mark), &address) &&
	    num_canonical(span_sub(s, mark + 1, s.len), UINT16_MAX, &port) &&
	    port > 0, s);
}

static size_t
policy_servers_ok(struct span s)
{
	return policy_list_ok(s, policy_server_ok);
}

static size_t
policy_ttl_ok(struct span s)
{
	uint64_t n = 0;
	int64_t seconds = 0;

	if (num_canonical(s, POLICY_TTL_MAX, &n))
		seconds = (int64_t)n;
	else if (!num_duration(s, &seconds))
		seconds = 0;
	return policy_is(seconds >= 1 && seconds <= POLICY_TTL_MAX, s);
}

#define POLICY_COMMAND policy_command_ok, "an absolute path and words; one " \
	"in braces is {resource}, {user}, {uid}, {grant}, {kind}, " \
	"{duration}, {not_after} or {limit.NAME}"
#define POLICY_PATH policy_path_ok, "an absolute path"
#define POLICY_ZONE policy_zone_ok, "a domain"
#define POLICY_SERVER "an address, with its port if that is not 53"
#define POLICY_TTL policy_ttl_ok, "1 to 300 seconds"

static const struct policy_option policy_options[] = {
	{ "exec", "grant_command", true, POLICY_COMMAND },
	{ "exec", "revoke_command", true, POLICY_COMMAND },
	{ "exec", "status_command", false, POLICY_COMMAND },
	{ "unixgroup", "group", false, policy_group_ok, "a group" },
	{ "sudoers", "commands", true, policy_sudos_ok,
	    "absolute paths with plain words, or ALL" },
	{ "sudoers", "runas", false, policy_runas_ok, "an account" },
	{ "sudoers", "nopasswd", false, policy_yes_ok, "yes or no" },
	{ "sudoers", "dir", false, POLICY_PATH },
	{ "nsupdate", "server", false, policy_server_ok, POLICY_SERVER },
	{ "nsupdate", "servers", false, policy_servers_ok, POLICY_SERVER },
	{ "nsupdate", "zone", true, POLICY_ZONE },
	{ "nsupdate", "keyfile", true, POLICY_PATH },
	{ "nsupdate", "ttl", false, POLICY_TTL },
	{ "zonefrag", "file", true, POLICY_PATH },
	{ "zonefrag", "servers", false, policy_servers_ok, POLICY_SERVER },
	{ "zonefrag", "zone", true, POLICY_ZONE },
	{ "zonefrag", "ttl", false, POLICY_TTL },
};
#define POLICY_OPTIONS (sizeof(policy_options) / sizeof(*policy_options))

bool
policy_adapter_known(struct span adapter)
{
	for (size_t i = 0; i < POLICY_OPTIONS; i++)
		if (span_eq(adapter, span_of(policy_options[i].adapter)))
			return true;
	return false;
}

static bool
policy_option_ok(struct policy_parser *pp, const struct policy_section *s,
    const struct policy_pair *pair)
{
	struct span value = span_of(pair->value);

	for (size_t i = 0; s->effect.adapter != NULL && i < POLICY_OPTIONS;
	    i++) {
		const struct policy_option *o = &policy_options[i];
		size_t at;

		if (strcmp(o->adapter, s->effect.adapter) != 0 ||
		    strcmp(o->key, pair->key) != 0)
			continue;
		at = o->check(value);
		return at == value.len || policy_fail_at(pp, pair->line,
		    pair->column + (unsigned)at, "expected %s", o->expected);
	}
	return s->effect.adapter == NULL ?
	    policy_fail_at(pp, pair->line, 1, "unknown key") :
	    policy_fail_at(pp, pair->line, 1, "unknown key for adapter %s",
	    s->effect.adapter);
}

bool
policy_kind_complete(struct policy_parser *pp, const struct policy_section *s)
{
	struct span paths = span_of(s->effect.key);
	size_t at = s->effect.key == NULL ? paths.len : policy_paths_ok(paths);

	if (s->effect.adapter == NULL && s->effect.key == NULL)
		return policy_fail_at(pp, s->line, 1,
		    "the section lacks adapter or key");
	if (at != paths.len)
		return policy_fail_at(pp, s->effect.key_at.line,
		    s->effect.key_at.column + (unsigned)at,
		    "expected an absolute path");
	for (const struct policy_pair *pair = s->pairs; pair != NULL;
	    pair = pair->next)
		if (!policy_option_ok(pp, s, pair))
			return false;
	for (size_t i = 0; s->effect.adapter != NULL && i < POLICY_OPTIONS; i++)
		if (policy_options[i].needed &&
		    strcmp(policy_options[i].adapter, s->effect.adapter) == 0 &&
		    policy_pair(s, policy_options[i].key) == NULL)
			return policy_fail_at(pp, s->line, 1,
			    "the section lacks the key %s of adapter %s",
			    policy_options[i].key, s->effect.adapter);
	return true;
}

/* SPDX-License-Identifier: ISC */
/*
 * The policy of jitgrant: who may ask for what, who approves, for how long.
 *
 * A strict INI file: sections `[name]` or `[name label]`, one `key=value` a
 * line, comments on lines of their own (`#` or `;`).  An unknown section or
 * key, a key or section given twice, and a name nobody defined are errors with
 * line and column.  What no rule allows is denied; a deny section wins over
 * every rule; if several rules match, the bounds of all of them hold and of
 * their approvals the highest count does.
 */
#ifndef POLICY_H
#define POLICY_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/sha256.h"
#include "base/span.h"

#define POLICY_BYTES ((size_t)1024 * 1024)
#define POLICY_LINE 4096	/* bytes of one line */
#define POLICY_LIST 256		/* members of one list */
#define POLICY_SECTIONS 4096
#define POLICY_KEYS 64		/* limit.* and kind keys of one section */
#define POLICY_REGEXES 512
#define POLICY_NEEDS 16		/* different approvals of one request */

/* Account names to numbers and back; NULL members: no names, only numbers. */
struct policy_names {
	bool (*uid)(const char *name, uint32_t *uid);
	bool (*name)(uint32_t uid, char *out, size_t len);
};

enum policy_who_kind {
	POLICY_WHO_NONE = 0,
	POLICY_WHO_UID,		/* uid:1001 or uid:newsletter */
	POLICY_WHO_PERSON,	/* person:alice */
	POLICY_WHO_ROLE,	/* role:mailops */
	POLICY_WHO_MAIL		/* mail:@example.org or mail:a@example.org */
};

struct policy_who {
	enum policy_who_kind kind;
	const char *name;	/* person, role or address; NULL for a uid */
	uint32_t uid;
	unsigned line, column;	/* where it stands */
	struct policy_who *next;
};

/* Where something stands in the file, from 1; line 0: nowhere. */
struct policy_place {
	unsigned line, column;
};

/* `K of WHO, WHO...` */
struct policy_need {
	unsigned k;
	struct policy_place at;
	struct policy_who *who;
	const char *text;	/* the list as it was written */
};

struct policy_pair {
	const char *key;
	const char *value;
	unsigned line, column;	/* of the value */
	regex_t *regex;		/* compiled value of limit.* keys */
	struct policy_pair *next;
};

enum policy_section_kind {
	POLICY_DEFAULTS = 0,
	POLICY_PERSON,
	POLICY_ROLE,
	POLICY_KIND,
	POLICY_RULE,
	POLICY_BREAK_GLASS,
	POLICY_DENY
};

/* Who a [person] is. */
struct policy_ids {
	uint32_t *uids;
	struct policy_place *uid_at;
	size_t uid_count;
	const char **mails;	/* in lower case */
	struct policy_place *mail_at;
	size_t mail_count;
};

/* What a grant of a [kind] does. */
struct policy_effect {
	const char *adapter;	/* NULL: none */
	const char *key;	/* paths of keys, commas between */
	struct policy_place key_at;
	const char *proof;
	int64_t timeout;	/* of an adapter run, seconds; 0: not given */
};

/*
 * On what terms a [rule] or [break-glass] gives; what is 0 was not given.  Of
 * the values that may decide against a request, or be wrong beside others, it
 * is known where they stand.
 */
struct policy_terms {
	struct policy_need need;	/* approve= ; k 0 with who NULL: none */
	struct policy_who *notify;
	int64_t min, max, total, review_within;	/* seconds */
	int64_t uses;
	regex_t *reason;
	const char *reason_text;
	struct policy_place min_at, max_at, total_at, uses_at, reason_at;
};

/* What a section is not, it has none of: that part of it is all zero, which
 * gives nothing. */
struct policy_section {
	enum policy_section_kind section;
	const char *label;	/* "" for [defaults] */
	unsigned line;
	uint64_t seen;		/* which keys were given: bits of a table */
	struct policy_who *who;	/* request= or who= or members= or notify= */
	const char *kind;	/* kind= ; NULL in a deny section: any */
	const char *resource;	/* resource= ; a pattern with * and ? */
	struct policy_pair *pairs;	/* limit.K, and the keys of a kind */
	struct policy_ids ids;
	struct policy_effect effect;
	struct policy_terms terms;
	struct policy_section *next;
};

struct policy {
	struct arena arena;
	struct policy_section *sections;	/* in the order of the file */
	char hash[SHA256_HEX];	/* of the file's bytes */
	/* [defaults] */
	int64_t max_duration, pending_ttl, activate_within, total;
	struct policy_place total_at;
	struct policy_who *freeze;
	const char *mail_from, *sendmail, *require_policy, *alignment;
	const char *require_headers;
	size_t regexes;		/* compiled so far, for policy_free() */
	regex_t *regex[POLICY_REGEXES];
};

/*
 * Parse the bytes of a policy.  On an error FAULT_CONFIG with "LINE:COLUMN:
 * text"; name comes before it if it is not NULL.  p is to be freed in any case.
 */
enum fault_kind policy_parse(struct policy *p, struct span text,
    const char *name, const struct policy_names *names, struct fault *f);
void policy_free(struct policy *p);

/*
 * Open, check and parse a policy file: a regular file of `owner` or root that
 * nobody else may write, judged on the open descriptor; not a symbolic link.
 */
enum fault_kind policy_load(struct policy *p, const char *path, uid_t owner,
    const struct policy_names *names, struct fault *f);

/* Who asks.  by_mail: mail is the address (lower case), uid UINT32_MAX. */
struct policy_asker {
	uint32_t uid;
	const char *mail;	/* NULL for a local caller */
};

/* The person with that uid or address ("" domain parts in lower case); NULL
 * if the policy knows none.  A mail asker has no uid, a local one no mail. */
const char *policy_person(const struct policy *p,
    const struct policy_asker *who);
/* Is a person a member of that role? */
bool policy_in_role(const struct policy *p, const char *role,
    const char *person);
/* Is who in the list, just as he comes?  For what is allowed; what is refused
 * asks person_refused(). */
bool policy_among(const struct policy *p, const struct policy_who *list,
    const struct policy_asker *who);
/* Is the person in the list, by name, role, or one of his uids or mails? */
bool policy_person_among(const struct policy *p,
    const struct policy_who *list, const char *person);

/* What is asked. */
struct policy_ask {
	struct policy_asker who;
	const char *kind;
	const char *resource;
	const char *reason;
	const char *break_glass;	/* label of the section, or NULL */
	int64_t duration;	/* 0: as long as the policy allows */
	int64_t uses;		/* 0: as many as the policy allows */
	size_t limit_count;
	const char *const *limit_key;
	const char *const *limit_value;
};

/* Why not; the zero value allows nothing. */
enum policy_no {
	POLICY_NO_RULE = 0,	/* nothing matches */
	POLICY_NO_DENY,		/* a deny section matches */
	POLICY_NO_DURATION,	/* shorter than min or longer than max */
	POLICY_NO_USES,
	POLICY_NO_REASON,	/* reason_regex does not match */
	POLICY_NO_LIMIT,	/* a limit is missing or not allowed */
	POLICY_YES
};

struct policy_verdict {
	enum policy_no why;
	unsigned line;		/* of the section or key that decided; 0 none */
	char text[256];		/* the same in words */
	char rules[256];	/* labels of the matching sections */
	int64_t duration, uses;	/* what would be granted; uses -1: uncounted */
	int64_t total;		/* most seconds with renewals */
	int64_t review_within;
	size_t needs;		/* approvals, all of which are needed */
	struct policy_need need[POLICY_NEEDS];
	struct policy_who *notify;
	const struct policy_section *kind;	/* [kind ...], or NULL */
	bool break_glass;
};

/* Judge a request.  Pure; v borrows from p. */
void policy_judge(const struct policy *p, const struct policy_ask *ask,
    struct policy_verdict *v);
/* One word for each answer: "rule", "deny", "duration" ... */
const char *policy_no_word(enum policy_no why);

/* `*` is any run of bytes, `?` any one byte; all else is itself. */
bool policy_glob(struct span pattern, struct span text);

/* The [kind NAME] section, or NULL; the value of one of its keys, or NULL. */
const struct policy_section *policy_kind(const struct policy *p,
    const char *kind);
const char *policy_pair(const struct policy_section *s, const char *key);

/* Does the policy name this kind, resource or requester anywhere?  Those that
 * are NULL are not asked for. */
bool policy_knows(const struct policy *p, const char *kind,
    const char *resource, const struct policy_asker *who);

#endif

/* SPDX-License-Identifier: ISC */
/* What the files of the policy's parser share; nobody else includes this. */
#ifndef POLICY_IMPL_H
#define POLICY_IMPL_H

#include "grant/policy.h"

struct policy_parser {
	struct policy *p;
	const struct policy_names *names;
	const char *name;	/* of the file, or NULL */
	const char *start;	/* of the current line */
	unsigned line;
	struct policy_section *section;
	struct policy_section **tail;
	struct fault *f;
};

/* An error at byte `at` of the current line; returns false. */
bool policy_fail(struct policy_parser *pp, const char *at, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* The same at a place remembered. */
bool policy_fail_at(struct policy_parser *pp, unsigned line, unsigned column,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Store a value under a key of the current section; false after an error. */
bool policy_key(struct policy_parser *pp, struct span key,
    struct span value);
/* Is this a section's key that must be there, and is it? */
bool policy_complete(struct policy_parser *pp,
    const struct policy_section *s);

/* Is a [kind] section whole, and what its adapter can do something with? */
bool policy_kind_complete(struct policy_parser *pp,
    const struct policy_section *s);
/* Is there such an adapter? */
bool policy_adapter_known(struct span adapter);
/* What no section shows by itself: names, approvers, persons. */
bool policy_whole(struct policy_parser *pp);

/* The section of that kind and label, or NULL. */
const struct policy_section *policy_find(const struct policy *p,
    enum policy_section_kind kind, const char *label);

/*
 * Values (policy_value.c).  Each reads all of `value` into *out; false after
 * an error at the place in it.  Texts live in the policy's arena.
 */
enum policy_list {
	POLICY_LIST_WHO = 0,	/* uid: person: role: mail: */
	POLICY_LIST_NOTIFY,	/* the same, and plain addresses */
	POLICY_LIST_MEMBERS	/* names of persons */
};
bool policy_who_list(struct policy_parser *pp, struct span items,
    enum policy_list list, struct policy_who **out);
bool policy_need(struct policy_parser *pp, struct span value,
    struct policy_need *out);
bool policy_duration(struct policy_parser *pp, struct span value,
    int64_t *seconds);
bool policy_uses(struct policy_parser *pp, struct span value, int64_t *out);
bool policy_name(struct policy_parser *pp, struct span value,
    const char **out);
bool policy_pattern(struct policy_parser *pp, struct span value,
    const char **out);
bool policy_address(struct policy_parser *pp, struct span value,
    const char **out);
bool policy_path(struct policy_parser *pp, struct span value,
    const char **out);
/* Names of header fields. */
bool policy_fields(struct policy_parser *pp, struct span value,
    const char **out);
/* One of the words, which end with NULL. */
bool policy_word(struct policy_parser *pp, struct span value,
    const char *const *words, const char **out);
/* Any text. */
bool policy_keep(struct policy_parser *pp, struct span value,
    const char **out);
/* Those of a [person], into its section. */
bool policy_uids(struct policy_parser *pp, struct span value);
bool policy_mails(struct policy_parser *pp, struct span value);
/* A copy, in lower case if asked; compiled; NULL after an error. */
char *policy_text(struct policy_parser *pp, struct span s, bool lower);
regex_t *policy_regex(struct policy_parser *pp, struct span value);
/* The place of byte `at` of the current line. */
struct policy_place policy_at(const struct policy_parser *pp,
    const char *at);

/* Letters, digits, dot, underscore, hyphen; 1 to 64. */
bool policy_label_ok(struct span s);

#endif

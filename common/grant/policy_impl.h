/* SPDX-License-Identifier: ISC */
/* What the files of the policy's parser share; nobody else includes this. */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

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

/* Letters, digits, dot, underscore, hyphen; 1 to 64. */
bool policy_label_ok(struct span s);

#endif

/* SPDX-License-Identifier: ISC */
/* What the files of the expectations share with each other alone. */
#ifndef POSTURE_EXPECT_IMPL_H
#define POSTURE_EXPECT_IMPL_H

#include "posture/expect.h"

#define EXPECT_VALUES ((size_t)64)

enum expect_type {
	EXPECT_NUMBER = 0,
	EXPECT_TEXT,
	EXPECT_BOOL,
	EXPECT_LIST,
	EXPECT_POLICY,	/* none < quarantine < reject */
	EXPECT_MODE	/* none < testing < enforce */
};

enum expect_op {
	EXPECT_EQ = 0,
	EXPECT_NE,
	EXPECT_LT,
	EXPECT_LE,
	EXPECT_GT,
	EXPECT_GE,
	EXPECT_IN,
	EXPECT_HAS,
	EXPECT_LACKS,
	EXPECT_SUBSET,
	EXPECT_EXISTS,
	EXPECT_ABSENT,
	EXPECT_OPS
};

/* A fact by its name: where it stands in the JSON. */
struct expect_fact {
	const char *name;
	enum expect_type type;
	const char *family;	/* "spf"; "" for the domain's own */
	const char *key;	/* in the family's object; or the fact */
};

/* One line. */
struct expect_rule {
	size_t line;
	const struct expect_fact *fact;
	struct span selector;	/* dkim.SELECTOR.*: p NULL for others */
	enum expect_op op;
	enum lint_severity severity;
	size_t nvalues;
	struct span values[EXPECT_VALUES];
	int64_t until;		/* 0: for ever */
	struct span text;	/* without severity and date */
	struct expect_rule *next;
};

struct expect_pattern {
	struct span glob;
	bool excludes, role;
	struct expect_pattern *next;
};

/* [PATTERN...], and its rules. */
struct expect_section {
	size_t line;
	bool matched;
	struct expect_pattern *patterns;
	struct expect_rule *first, **last;
	struct expect_section *next;
};

struct expect {
	struct arena arena;
	const char *path;
	struct expect_section *first, **last;
};

/* The row of a fact; NULL: there is none.  *selector of dkim.SELECTOR.X. */
const struct expect_fact *expect_fact(struct span name,
    struct span *selector);
/* none, quarantine ... as numbers; -1: no such word. */
int expect_rank(enum expect_type type, struct span word);
/* What is compared, as it is printed: "<=". */
extern const char *const expect_op_words[EXPECT_OPS + 1];

#endif

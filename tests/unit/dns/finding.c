/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dns/finding.h"
#include "tap.h"

static const struct lint_rule rules[] = {
	{ "TST001", LINT_ERROR, LINT_ABSENT, "no record", "Publish one." },
	{ "TST002", LINT_ERROR, LINT_BROKEN, "broken", "Fix it." },
	{ "TST003", LINT_WARNING, LINT_FINDINGS, "odd", "Even it." },
	{ "TST004", LINT_ERROR, LINT_UNCHECKED, "unknown", "Try again." },
	{ "TST005", LINT_NOTE, LINT_CLEAN, "a note", "Nothing." },
};

static struct arena arena;

/* A report with the rules of the indexes in `which`. */
static void
report(struct lint *l, const char *which)
{
	struct fault f = { .kind = FAULT_NONE };

	arena_reset(&arena);
	CHECK(lint_init(l, SPAN("example.com"), &arena, &f) == FAULT_NONE);
	for (; *which != '\0'; which++)
		if (lint_add(l, &rules[*which - '1'], SPAN("sub.example.com"),
		    SPAN("a:<b>"), 7, &f, "\x1b\"&%s", "x") != FAULT_NONE)
			printf("# %s\n", f.text);
}

static void
test_exit(void)
{
	static const struct {
		const char *which;
		enum lint_effect want;
	} t[] = {
		{ "", LINT_CLEAN }, { "5", LINT_CLEAN },
		{ "3", LINT_FINDINGS }, { "53", LINT_FINDINGS },
		{ "31", LINT_ABSENT }, { "132", LINT_BROKEN },
		{ "1324", LINT_UNCHECKED },
	};
	struct lint l;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		report(&l, t[i].which);
		CHECKF(lint_exit(&l) == t[i].want, "exit of \"%s\"",
		    t[i].which);
	}
}

static void
test_ignore(void)
{
	struct lint_filter filter;
	struct lint l;
	struct fault f;

	lint_filter_init(&filter, NULL);
	CHECK(lint_filter_ignore(&filter, SPAN("x"), &f) == FAULT_USAGE);
	CHECK(lint_filter_ignore(&filter, SPAN("TST"), &f) == FAULT_USAGE);
	CHECK(lint_filter_ignore(&filter, SPAN("TST003:"), &f) ==
	    FAULT_USAGE);
	CHECK(lint_filter_ignore(&filter, SPAN("TST003:other.example"), &f)
	    == FAULT_NONE);
	report(&l, "3");
	lint_filter_apply(&filter, &l);
	CHECK(lint_exit(&l) == LINT_FINDINGS);
	CHECK(lint_filter_ignore(&filter, SPAN("tst003:SUB.example.com"), &f)
	    == FAULT_NONE);
	lint_filter_apply(&filter, &l);
	CHECK(lint_exit(&l) == LINT_CLEAN && l.first->known);
	lint_filter_free(&filter);
}

/* What is written can be read as a baseline. */
static void
test_baseline(void)
{
	struct lint_filter filter;
	struct lint l;
	struct buf b;
	struct fault f = { .kind = FAULT_NONE };

	buf_init(&b, 1 << 20);
	lint_filter_init(&filter, NULL);
	report(&l, "32");
	CHECK(lint_json(&l, "test", 1795446437, NULL, &b, &f) == FAULT_NONE);
	CHECK(strncmp(buf_str(&b), "{\"schema\":\"vouchsafe/1\",\"tool\":"
	    "\"test\",", 38) == 0);
	CHECK(lint_filter_baseline(&filter, buf_span(&b), &f) == FAULT_NONE);
	report(&l, "32");
	lint_filter_apply(&filter, &l);
	CHECK(lint_exit(&l) == LINT_CLEAN);
	report(&l, "321");
	lint_filter_apply(&filter, &l);
	CHECK(lint_exit(&l) == LINT_ABSENT);
	CHECK(lint_filter_baseline(&filter, SPAN("[1]\n"), &f) == FAULT_DATA);
	CHECK(lint_filter_baseline(&filter, SPAN("{}"), &f) == FAULT_DATA);
	CHECK(lint_filter_baseline(&filter, SPAN("{"), &f) == FAULT_DATA);
	CHECK(lint_filter_baseline(&filter, SPAN("\n\n"), &f) == FAULT_NONE);
	lint_filter_free(&filter);
	buf_free(&b);
}

static void
test_output(void)
{
	struct lint l;
	struct buf b;

	buf_init(&b, 1 << 20);
	report(&l, "3");
	lint_text(&l, &b);
	CHECK(strcmp(buf_str(&b), "example.com: findings\n"
	    "  TST003 warning: sub.example.com: column 7: odd: \\x1b\"&x\n"
	    "      Even it.\n") == 0);
	buf_reset(&b);
	lint_tap(&l, 3, &b);
	CHECK(strncmp(buf_str(&b), "not ok 3 - example.com: findings\n"
	    "  ---\n", 39) == 0);
	CHECK(strstr(buf_str(&b), "message: \"\\\\x1b\\\"&x\"\n") != NULL);
	buf_reset(&b);
	lint_junit(&l, "test", &b);
	CHECK(strstr(buf_str(&b), "\\x1b&quot;&amp;x; Even it.") != NULL);
	CHECK(strchr(buf_str(&b), '\x1b') == NULL);
	buf_reset(&b);
	report(&l, "5");
	lint_tap(&l, 1, &b);
	CHECK(strncmp(buf_str(&b), "ok 1 - example.com: clean\n", 26) == 0);
	buf_free(&b);
}

int
main(void)
{
	arena_init(&arena, 1 << 20);
	test_exit();
	test_ignore();
	test_baseline();
	test_output();
	arena_free(&arena);
	return tap_done();
}

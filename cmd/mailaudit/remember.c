/* SPDX-License-Identifier: ISC */
/* --state and --expect: what is known, and what must hold. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "mailaudit/mailaudit.h"

#define EXPECT_MAX ((size_t)16 * 1024 * 1024)

void
mailaudit_shape(struct mailaudit *m, const char *name, const char *value)
{
	/* They choose what is printed, and what fails a run. */
	static const char *const others[] = { "fail-on", "ignore",
	    "ignore-file", "baseline", "all-findings", "state", "init",
	    "nagios", "expect", "outstanding", "rate", "window" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i]) == 0)
			return;
	buf_addf(&m->shape, "%s%s", m->shape.len > 0 ? " " : "", name);
	if (value != NULL) {
		buf_addc(&m->shape, '=');
		buf_addprint(&m->shape, span_of(value));
	}
}

static enum fault_kind
remember_expect(struct mailaudit *m, struct fault *f)
{
	bool skip[POSTURE_FAMILIES];
	struct buf b;

	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		skip[i] = mailaudit_skips(m, i);
	buf_init(&b, EXPECT_MAX);
	if (file_read(m->expect_file, &b, f) == FAULT_NONE)
		(void)expect_parse(buf_span(&b), m->expect_file, skip,
		    &m->expect, f);
	buf_free(&b);
	return f->kind;
}

static int
word_order(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = memcmp(x->p, y->p, n);

	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

/* In whatever order they were given; m->shape holds the result. */
static enum fault_kind
remember_sort(struct mailaudit *m, struct fault *f)
{
	struct span rest = buf_span(&m->shape), *words;
	size_t n = 0;
	struct buf b;

	words = calloc(rest.len / 2 + 1, sizeof(*words));
	if (words == NULL)
		return fault_nomem(f);
	while (rest.len > 0)
		(void)span_cut(rest, ' ', &words[n++], &rest);
	qsort(words, n, sizeof(*words), word_order);
	buf_init(&b, m->shape.max);
	for (size_t i = 0; i < n; i++) {
		buf_adds(&b, i > 0 ? " " : "");
		buf_addspan(&b, words[i]);
	}
	free(words);
	buf_free(&m->shape);
	m->shape = b;
	return buf_check(&b, f);
}

enum fault_kind
mailaudit_remember(struct mailaudit *m, struct fault *f)
{
	const struct cli *cli = m->cli;
	struct posture_state_config config = { .path = m->state_file,
	    .init = m->init, .now = clock_wall(&cli->clock),
	    .wait_ms = cli->asked.timeout_ms > 0 ? cli->asked.timeout_ms :
	    DNS_NET_TIMEOUT_MS, .clock = &cli->clock };

	if (m->expect_file != NULL && remember_expect(m, f) != FAULT_NONE)
		return f->kind;
	if (m->state_file == NULL)
		return FAULT_NONE;
	if (cli->asked.offline)
		mailaudit_shape(m, "offline", NULL);
	if (remember_sort(m, f) != FAULT_NONE)
		return f->kind;
	config.options = buf_span(&m->shape);
	/* What is new is printed, and nothing else. */
	m->filter.baseline = true;
	return posture_state_open(&config, &m->state, f);
}

enum fault_kind
mailaudit_compare(struct mailaudit *m, struct posture *p, json_t *facts,
    struct fault *f)
{
	if (m->expect != NULL && expect_judge(m->expect, p, facts,
	    clock_wall(&m->cli->clock), f) != FAULT_NONE)
		return f->kind;
	posture_sort(&p->lint);
	lint_filter_apply(&m->filter, &p->lint);
	if (m->state == NULL)
		return FAULT_NONE;
	if (posture_state_compare(m->state, p, facts, f) == FAULT_NONE)
		lint_filter_apply(&m->filter, &p->lint);
	return f->kind;
}

int
mailaudit_keep(struct mailaudit *m, int status)
{
	struct fault f = { 0 };

	/* What was not printed is not known. */
	if (m->state == NULL || !m->whole || status == FAULT_IO ||
	    status == FAULT_CANTCREAT)
		return status;
	if (posture_state_save(m->state, &f) != FAULT_NONE) {
		(void)cli_fail(m->cli, &f);
		status = verdict_worse_exit(status, (int)f.kind);
	}
	return status;
}

void
mailaudit_forget(struct mailaudit *m)
{
	posture_state_close(m->state);
	expect_free(m->expect);
	buf_free(&m->shape);
}

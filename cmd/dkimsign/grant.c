/* SPDX-License-Identifier: ISC */
/* Leave to sign, from jitgrant(8): burn first, then the key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsign/ask.h"
#include "dkimsign/dkimsign.h"

enum fault_kind
dkimsign_recipients(struct dkimsign *d, int argc, char **argv, int *first,
    int rest, struct fault *f)
{
	int files = *first, after = argc - rest;

	d->recipients = calloc((size_t)(argc - *first) + 1,
	    sizeof(*d->recipients));
	if (d->recipients == NULL)
		return fault_nomem(f);
	/* getopt_long() has moved all operands to the end, in their order. */
	for (int i = *first; i < argc; i++)
		if (i >= argc - after || (strchr(argv[i], '@') != NULL &&
		    strchr(argv[i], '/') == NULL))
			d->recipients[d->nrecipients++] = span_of(argv[i]);
		else
			argv[files++] = argv[i];
	return FAULT_NONE;
}

static const char *
word(const struct dkimsign_question *q, const char *key)
{
	const char *s = json_string_value(json_object_get(q->answer, key));

	return s == NULL ? "" : s;
}

/* What its exit status means for us. */
static enum fault_kind
judge(struct dkimsign *d, const struct dkimsign_question *q, struct fault *f)
{
	const char *text = word(q, "text");

	if (q->status == 0 && strcmp(word(q, "decision"), "yes") == 0)
		return FAULT_NONE;
	if (q->status == 69 && q->answer == NULL)
		return fault_set(f, FAULT_UNAVAILABLE,
		    "jitgrant is not beside dkimsign");
	if (q->status >= 1 && q->status <= 8)
		d->decision = q->status;
	return fault_set(f, d->decision != 0 ? FAULT_NOPERM :
	    q->status >= 64 && q->status <= 78 ?
	    (enum fault_kind)q->status : FAULT_SOFTWARE,
	    "no leave to sign as %s: %s%s%s", q->resource,
	    word(q, "reason"), text[0] == '\0' ? "" : ", ", text);
}

/* What every question about this key shows: the limits, as they are kept. */
static void
show(const struct dkimsign *d, const struct signing_use *use, size_t key,
    struct dkimsign_question *q)
{
	*q = (struct dkimsign_question){ .verb = "check", .home = d->home,
	    .id = strcmp(d->grant, "auto") == 0 ? NULL : d->grant };
	(void)snprintf(q->resource, sizeof(q->resource), "%.*s/%.*s",
	    SPAN_ARG(use->keys[key].domain), SPAN_ARG(use->keys[key].selector));
	(void)snprintf(q->bytes, sizeof(q->bytes), "bytes=%llu",
	    (unsigned long long)use->bytes);
	if (d->nrecipients > 0)
		(void)snprintf(q->recipients, sizeof(q->recipients),
		    "recipients=%zu", d->nrecipients);
	if (use->from.len > 0 && use->from.len < DKIMSIGN_LIMIT_MAX - 8)
		(void)snprintf(q->from, sizeof(q->from), "from=%.*s",
		    SPAN_ARG(use->from));
}

/* Charge this grant.  *until is its end, if that is sooner. */
static enum fault_kind
charge(struct dkimsign *d, const struct signing_use *use,
    struct dkimsign_question *q, const char *id, int64_t *until,
    struct fault *f)
{
	char op[2 * HASH_MAX + 1];
	int64_t end;

	q->verb = "use";
	q->id = id;
	signing_use_key(use, span_of(id), d->recipients, d->nrecipients, op);
	q->op = op;
	if (dkimsign_ask(q, f) != FAULT_NONE || judge(d, q, f) != FAULT_NONE)
		return f->kind;
	end = json_integer_value(json_object_get(q->answer, "not_after"));
	if (end <= 0)
		return fault_set(f, FAULT_SOFTWARE, "jitgrant named no end");
	if (*until == 0 || end < *until)
		*until = end;
	return FAULT_NONE;
}

/* A retry of what a grant was charged for that has no use left now?  Such a
 * grant cannot be charged again, so it is safe to ask. */
static bool
retry(struct dkimsign *d, const struct signing_use *use, size_t key,
    const json_t *spent, int64_t *until)
{
	struct dkimsign_question q;
	json_t *id;
	size_t i;

	json_array_foreach(spent, i, id) {
		struct fault f = { .kind = FAULT_NONE };
		bool yes;

		show(d, use, key, &q);
		yes = charge(d, use, &q, json_string_value(id), until, &f) ==
		    FAULT_NONE;
		json_decref(q.answer);
		d->decision = 0;
		if (yes)
			return true;
	}
	return false;
}

/* One use for one key; without burn it is only looked at. */
static enum fault_kind
take(struct dkimsign *d, const struct signing_use *use, size_t key,
    bool burn, int64_t *until, struct fault *f)
{
	struct dkimsign_question q;
	char id[64];

	show(d, use, key, &q);
	if (burn && q.id != NULL) {
		(void)charge(d, use, &q, q.id, until, f);
		goto out;
	}
	if (dkimsign_ask(&q, f) != FAULT_NONE)
		goto out;
	if (q.id == NULL && retry(d, use, key, json_object_get(q.answer,
	    "spent"), until))
		goto out;
	/* If it is to be burnt, that is what decides. */
	(void)snprintf(id, sizeof(id), "%s", word(&q, "grant"));
	if ((!burn || id[0] == '\0') && judge(d, &q, f) != FAULT_NONE)
		goto out;
	if (burn)
		(void)charge(d, use, &q, id, until, f);
out:
	json_decref(q.answer);
	return f->kind;
}

enum fault_kind
dkimsign_leave(void *arg, const struct signing_use *use, int64_t *until,
    struct fault *f)
{
	struct dkimsign *d = arg;

	/* With several keys, nothing is burnt if one of them is refused. */
	for (size_t i = 0; use->nkeys > 1 && i < use->nkeys; i++)
		if (take(d, use, i, false, until, f) != FAULT_NONE)
			return f->kind;
	for (size_t i = 0; i < use->nkeys; i++)
		if (take(d, use, i, true, until, f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

/* SPDX-License-Identifier: ISC */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "mail/tally.h"

static int
count_cmp(const void *a, const void *b)
{
	const struct tally_count *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
count_one(struct tally_count *c, enum verdict result)
{
	c->all++;
	c->pass += result == VERDICT_PASS;
	c->fail += result == VERDICT_FAIL;
}

static void
count_free(void *p)
{
	struct tally_count *c = p;

	free(c->name);
	free(c);
}

static struct tally_count *
count_new(struct span name)
{
	struct tally_count *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->name = malloc(name.len + 1);
	if (c->name == NULL) {
		free(c);
		return NULL;
	}
	memcpy(c->name, name.p, name.len);
	c->name[name.len] = '\0';
	return c;
}

/* The tree is balanced. */
enum fault_kind
tally_add(struct tally *t, struct span name, enum verdict result,
    struct fault *f)
{
	struct tally_count *c;
	void **node;

	if (name.len == 0)
		return FAULT_NONE;
	c = count_new(name);
	if (c == NULL)
		return fault_nomem(f);
	node = t->n < TALLY_NAMES ? tsearch(c, &t->tree, count_cmp) :
	    tfind(c, &t->tree, count_cmp);
	if (node == NULL) {
		count_free(c);
		if (t->n < TALLY_NAMES)
			return fault_nomem(f);
		count_one(&t->other, result);
		return FAULT_NONE;
	}
	count_one(*node, result);
	if (*node == c)
		t->n++;
	else
		count_free(c);
	return FAULT_NONE;
}

bool
tally_reason(struct span word, enum reason *reason)
{
	int i;

	for (i = 0; i < REASON_COUNT; i++)
		if (span_eq(word, span_of(reason_word((enum reason)i))))
			break;
	*reason = (enum reason)i;
	return i < REASON_COUNT;
}

/* A tree as an array, in the order of cmp. */
struct list {
	const struct tally_count **at;
	size_t n;
};

static void
list_add(const void *node, VISIT visit, void *closure)
{
	struct list *l = closure;

	if (visit == postorder || visit == leaf)
		l->at[l->n++] = *(struct tally_count *const *)node;
}

/* Most counted first, then by name. */
static int
by_all(const void *a, const void *b)
{
	const struct tally_count *x = *(struct tally_count *const *)a;
	const struct tally_count *y = *(struct tally_count *const *)b;

	if (x->all != y->all)
		return x->all < y->all ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Most failures first, then as above. */
static int
by_failures(const void *a, const void *b)
{
	const struct tally_count *x = *(struct tally_count *const *)a;
	const struct tally_count *y = *(struct tally_count *const *)b;

	if (x->fail != y->fail)
		return x->fail < y->fail ? 1 : -1;
	return by_all(a, b);
}

/* Only the names with a failure if `failing`.  False without memory. */
static bool
list_of(const struct tally *t, bool failing, struct list *l)
{
	size_t kept = 0;

	*l = (struct list){ .at = calloc(t->n + 1,
	    sizeof(struct tally_count *)) };
	if (l->at == NULL)
		return false;
	twalk_r(t->tree, list_add, l);
	for (size_t i = 0; i < l->n; i++)
		if (!failing || l->at[i]->fail > 0)
			l->at[kept++] = l->at[i];
	l->n = kept;
	if (l->n > 0)
		qsort(l->at, l->n, sizeof(struct tally_count *),
		    failing ? by_failures : by_all);
	return true;
}

/* Parts of a thousand, so that no floating point is needed. */
void
tally_share(struct buf *b, const char *name, uint64_t n, uint64_t all)
{
	uint64_t m = all == 0 ? 0 : n / all * 1000 + n % all * 1000 / all;

	buf_addf(b, "  %-42.42s %12llu %5llu.%llu%%\n", name,
	    (unsigned long long)n, (unsigned long long)(m / 10),
	    (unsigned long long)(m % 10));
}

static void
row(struct buf *b, const struct tally_count *c, const char *name)
{
	bool cut = strlen(name) > 38;

	/* The end of a long name is what says whose it is. */
	buf_addf(b, "  %s%-*.*s %9llu %9llu %9llu %6llu\n", cut ? "..." : "",
	    cut ? 35 : 38, cut ? 35 : 38,
	    cut ? name + strlen(name) - 35 : name,
	    (unsigned long long)c->all, (unsigned long long)c->pass,
	    (unsigned long long)c->fail,
	    (unsigned long long)(c->all - c->pass - c->fail));
}

enum fault_kind
tally_text(const struct tally *t, const struct tally_view *view,
    struct buf *b, struct fault *f)
{
	struct tally_count rest = t->other;
	struct list l;

	if (!list_of(t, view->failing, &l))
		return fault_nomem(f);
	if (view->failing && rest.fail == 0)
		rest = (struct tally_count){ NULL, 0, 0, 0 };
	if (l.n > 0 || rest.all > 0)
		buf_addf(b, "\n%-40s %9.10s %9s %9s %6s\n", view->title,
		    view->unit, "pass", "fail", "other");
	for (size_t i = 0; i < l.n; i++) {
		if (i < TALLY_ROWS) {
			row(b, l.at[i], l.at[i]->name);
			continue;
		}
		rest.all += l.at[i]->all;
		rest.pass += l.at[i]->pass;
		rest.fail += l.at[i]->fail;
	}
	if (rest.all > 0)
		row(b, &rest, "(all others)");
	free(l.at);
	return buf_check(b, f);
}

json_t *
tally_json(const struct tally *t, const struct tally_view *view)
{
	json_t *array = json_array(), *o;
	bool failed = array == NULL;
	struct list l = { NULL, 0 };

	failed = failed || !list_of(t, view->failing, &l);
	for (size_t i = 0; i < l.n && i < TALLY_JSON; i++) {
		const struct tally_count *c = l.at[i];

		o = json_object();
		js_set(o, view->title, js_str(c->name), &failed);
		js_set(o, view->unit, js_int((int64_t)c->all), &failed);
		js_set(o, "pass", js_int((int64_t)c->pass), &failed);
		js_set(o, "fail", js_int((int64_t)c->fail), &failed);
		js_push(array, o, &failed);
	}
	free(l.at);
	if (failed) {
		json_decref(array);
		return NULL;
	}
	return array;
}

void
tally_free(struct tally *t)
{
	tdestroy(t->tree, count_free);
	*t = (struct tally){ NULL, 0, { NULL, 0, 0, 0 } };
}

/* SPDX-License-Identifier: ISC */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "base/num.h"
#include "dmarc/summary.h"

/* RESULT NUL REASON NUL DOMAIN NUL SOURCE */
void
dmarc_summary_note(const struct dmarc_result *r, const struct ipaddr *source,
    struct buf *b)
{
	buf_adds(b, verdict_word(r->result));
	buf_addc(b, '\0');
	buf_adds(b, reason_word(r->reason));
	buf_addc(b, '\0');
	buf_addprint(b, r->author_domain);
	buf_addc(b, '\0');
	if (source != NULL && source->family != 0)
		ipaddr_format(source, b);
}

static int
count_cmp(const void *a, const void *b)
{
	const struct dmarc_count *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
count_one(struct dmarc_count *c, enum verdict result)
{
	c->messages++;
	c->pass += result == VERDICT_PASS;
	c->fail += result == VERDICT_FAIL;
}

static void
count_free(void *p)
{
	struct dmarc_count *c = p;

	free(c->name);
	free(c);
}

static struct dmarc_count *
count_new(struct span name)
{
	struct dmarc_count *c = calloc(1, sizeof(*c));

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

/*
 * Count under name in the tree, which is balanced: names that a stranger
 * chose cannot make it slow.
 */
static enum fault_kind
tree_count(void **tree, size_t *n, struct dmarc_count *other,
    struct span name, enum verdict result, struct fault *f)
{
	struct dmarc_count *c;
	void **node;

	if (name.len == 0)
		return FAULT_NONE;
	c = count_new(name);
	if (c == NULL)
		return fault_nomem(f);
	node = *n < DMARC_SUMMARY_NAMES ? tsearch(c, tree, count_cmp) :
	    tfind(c, tree, count_cmp);
	if (node == NULL) {
		count_free(c);
		if (*n < DMARC_SUMMARY_NAMES)
			return fault_nomem(f);
		count_one(other, result);
		return FAULT_NONE;
	}
	count_one(*node, result);
	if (*node == c)
		(*n)++;
	else
		count_free(c);
	return FAULT_NONE;
}

static bool
reason_find(struct span word, enum reason *reason)
{
	int i;

	for (i = 0; i < REASON_COUNT; i++)
		if (span_eq(word, span_of(reason_word((enum reason)i))))
			break;
	*reason = (enum reason)i;
	return i < REASON_COUNT;
}

enum fault_kind
dmarc_summary_add(struct dmarc_summary *s, struct span note, struct fault *f)
{
	struct span result, reason, domain, source;
	enum verdict verdict;
	enum reason why;

	if (!span_cut(note, '\0', &result, &note) ||
	    !span_cut(note, '\0', &reason, &note) ||
	    !span_cut(note, '\0', &domain, &source) ||
	    !verdict_parse(result, &verdict) || !reason_find(reason, &why))
		return fault_set(f, FAULT_SOFTWARE, "a broken summary note");
	s->messages++;
	s->results[verdict]++;
	s->reasons[why]++;
	if (tree_count(&s->domains, &s->ndomains, &s->other_domains, domain,
	    verdict, f) != FAULT_NONE)
		return f->kind;
	return tree_count(&s->sources, &s->nsources, &s->other_sources,
	    source, verdict, f);
}

/* A tree as an array, in the order of cmp. */
struct list {
	const struct dmarc_count **at;
	size_t n;
};

static void
list_add(const void *node, VISIT visit, void *closure)
{
	struct list *l = closure;

	if (visit == postorder || visit == leaf)
		l->at[l->n++] = *(struct dmarc_count *const *)node;
}

/* Most messages first, then by name. */
static int
by_messages(const void *a, const void *b)
{
	const struct dmarc_count *x = *(struct dmarc_count *const *)a;
	const struct dmarc_count *y = *(struct dmarc_count *const *)b;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Most failures first, then as above. */
static int
by_failures(const void *a, const void *b)
{
	const struct dmarc_count *x = *(struct dmarc_count *const *)a;
	const struct dmarc_count *y = *(struct dmarc_count *const *)b;

	if (x->fail != y->fail)
		return x->fail < y->fail ? 1 : -1;
	return by_messages(a, b);
}

/* Only the names with a failure if `failing`.  False without memory. */
static bool
list_of(void *tree, size_t n, bool failing, struct list *l)
{
	size_t kept = 0;

	*l = (struct list){ .at = calloc(n + 1, sizeof(struct dmarc_count *)) };
	if (l->at == NULL)
		return false;
	twalk_r(tree, list_add, l);
	for (size_t i = 0; i < l->n; i++)
		if (!failing || l->at[i]->fail > 0)
			l->at[kept++] = l->at[i];
	l->n = kept;
	if (l->n > 0)
		qsort(l->at, l->n, sizeof(struct dmarc_count *),
		    failing ? by_failures : by_messages);
	return true;
}

/* Parts of a thousand, so that no floating point is needed. */
static void
share(struct buf *b, const char *name, uint64_t n, uint64_t all)
{
	uint64_t m = all == 0 ? 0 : n / all * 1000 + n % all * 1000 / all;

	buf_addf(b, "  %-42.42s %12llu %5llu.%llu%%\n", name,
	    (unsigned long long)n, (unsigned long long)(m / 10),
	    (unsigned long long)(m % 10));
}

static void
row(struct buf *b, const struct dmarc_count *c, const char *name)
{
	bool cut = strlen(name) > 38;

	/* The end of a long name is what says whose it is. */
	buf_addf(b, "  %s%-*.*s %9llu %9llu %9llu %6llu\n", cut ? "..." : "",
	    cut ? 35 : 38, cut ? 35 : 38,
	    cut ? name + strlen(name) - 35 : name,
	    (unsigned long long)c->messages, (unsigned long long)c->pass,
	    (unsigned long long)c->fail,
	    (unsigned long long)(c->messages - c->pass - c->fail));
}

static void
table(struct buf *b, const char *title, const struct list *l,
    const struct dmarc_count *other)
{
	struct dmarc_count rest = *other;

	if (l->n == 0 && other->messages == 0)
		return;
	buf_addf(b, "\n%-40s %9s %9s %9s %6s\n", title, "messages", "pass",
	    "fail", "other");
	for (size_t i = 0; i < l->n; i++) {
		if (i < DMARC_SUMMARY_ROWS) {
			row(b, l->at[i], l->at[i]->name);
			continue;
		}
		rest.messages += l->at[i]->messages;
		rest.pass += l->at[i]->pass;
		rest.fail += l->at[i]->fail;
	}
	if (rest.messages > 0)
		row(b, &rest, "(all others)");
}

enum fault_kind
dmarc_summary_text(const struct dmarc_summary *s, struct buf *b,
    struct fault *f)
{
	struct list domains = { NULL, 0 }, sources = { NULL, 0 };
	struct dmarc_count none = { NULL, 0, 0, 0 };
	bool ok = list_of(s->domains, s->ndomains, false, &domains) &&
	    list_of(s->sources, s->nsources, true, &sources);

	if (ok) {
		buf_addf(b, "%-44s %12llu\n", "messages",
		    (unsigned long long)s->messages);
		for (int i = 0; i < DMARC_SUMMARY_RESULTS; i++)
			if (s->results[i] > 0)
				share(b, verdict_word((enum verdict)i),
				    s->results[i], s->messages);
		if (s->reasons[REASON_NONE] < s->messages)
			buf_adds(b, "\nreasons\n");
		for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
			if (s->reasons[i] > 0)
				share(b, reason_word((enum reason)i),
				    s->reasons[i], s->messages);
		table(b, "author domains", &domains, &s->other_domains);
		table(b, "sources that fail", &sources,
		    s->other_sources.fail > 0 ? &s->other_sources : &none);
	}
	free(domains.at);
	free(sources.at);
	return ok ? buf_check(b, f) : fault_nomem(f);
}

static json_t *
counts_json(const struct list *l, const char *key)
{
	json_t *array = json_array(), *o;
	bool failed = array == NULL;

	for (size_t i = 0; i < l->n && i < DMARC_SUMMARY_JSON; i++) {
		const struct dmarc_count *c = l->at[i];

		o = json_object();
		js_set(o, key, js_str(c->name), &failed);
		js_set(o, "messages", js_int((int64_t)c->messages), &failed);
		js_set(o, "pass", js_int((int64_t)c->pass), &failed);
		js_set(o, "fail", js_int((int64_t)c->fail), &failed);
		js_push(array, o, &failed);
	}
	if (failed) {
		json_decref(array);
		return NULL;
	}
	return array;
}

json_t *
dmarc_summary_json(const struct dmarc_summary *s)
{
	struct list domains = { NULL, 0 }, sources = { NULL, 0 };
	json_t *o = json_object(), *results = json_object();
	json_t *reasons = json_object();
	bool failed = o == NULL ||
	    !list_of(s->domains, s->ndomains, false, &domains) ||
	    !list_of(s->sources, s->nsources, true, &sources);

	js_set(o, "messages", js_int((int64_t)s->messages), &failed);
	for (int i = 0; i < DMARC_SUMMARY_RESULTS; i++)
		if (s->results[i] > 0)
			js_set(results, verdict_word((enum verdict)i),
			    js_int((int64_t)s->results[i]), &failed);
	js_set(o, "results", results, &failed);
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (s->reasons[i] > 0)
			js_set(reasons, reason_word((enum reason)i),
			    js_int((int64_t)s->reasons[i]), &failed);
	js_set(o, "reasons", reasons, &failed);
	js_set(o, "author_domains", js_int((int64_t)s->ndomains), &failed);
	js_set(o, "authors", counts_json(&domains, "domain"), &failed);
	js_set(o, "failing_sources", counts_json(&sources, "ip"), &failed);
	free(domains.at);
	free(sources.at);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

void
dmarc_summary_free(struct dmarc_summary *s)
{
	tdestroy(s->domains, count_free);
	tdestroy(s->sources, count_free);
	*s = (struct dmarc_summary){ 0 };
}

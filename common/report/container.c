/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "report/container_impl.h"
#include "report/limits.h"

enum report_content
report_sniff(struct span head)
{
	static const char bom8[] = "\xef\xbb\xbf";
	const unsigned char *p = (const unsigned char *)head.p;

	if (head.len >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return REPORT_CONTENT_GZIP;
	if (head.len >= 2 && p[0] == 0x78 && (p[1] == 0x01 || p[1] == 0x5e ||
	    p[1] == 0x9c || p[1] == 0xda))
		return REPORT_CONTENT_ZLIB;
	if (head.len >= 4 && p[0] == 'P' && p[1] == 'K' &&
	    ((p[2] == 3 && p[3] == 4) || (p[2] == 5 && p[3] == 6)))
		return REPORT_CONTENT_ZIP;
	/* UTF-16 has its mark, or a `<` of two bytes. */
	if (head.len >= 4 && ((p[0] == 0xff && p[1] == 0xfe) ||
	    (p[0] == 0xfe && p[1] == 0xff) || (p[0] == '<' && p[1] == 0) ||
	    (p[0] == 0 && p[1] == '<')))
		return REPORT_CONTENT_XML;
	if (span_starts(head, SPAN(bom8)))
		head = span_sub(head, 3, head.len);
	head = span_trim_fws(head);
	if (head.len > 0 && head.p[0] == '<')
		return REPORT_CONTENT_XML;
	if (head.len > 0 && head.p[0] == '{')
		return REPORT_CONTENT_JSON;
	return REPORT_CONTENT_MAIL;
}

static enum fault_kind
range_read(struct source *s, char *p, size_t cap, size_t *len,
    struct fault *f)
{
	struct report_range *r = s->state;

	*len = 0;
	if (r->left == 0)
		return FAULT_NONE;
	if (cap > r->left)
		cap = (size_t)r->left;
	if (spool_read(r->spool, r->at, p, cap, len, f) != FAULT_NONE)
		return f->kind;
	r->at += *len;
	r->left -= *len;
	return FAULT_NONE;
}

void
report_range_open(struct report_range *r, const struct spool *s, uint64_t at,
    uint64_t len)
{
	*r = (struct report_range){ .source = { range_read, r }, .spool = s,
	    .at = at, .left = len };
}

/* The bytes at hand and how to come to what is in them. */
struct layers {
	const struct spool *spool;
	struct zip_member member;	/* length 0: the whole spool */
	bool zipped;
	size_t wraps;			/* gzips around the content */
	struct report_budget *budget;
	uint64_t before;		/* the budget before the first pass */
	struct report_range range;
	size_t nopen;
	struct inflate *steps;		/* REPORT_CONTAINERS + 1 */
	enum report_why why;
};

static void
layers_close(struct layers *l)
{
	for (size_t i = 0; i < l->nopen; i++)
		inflate_close(&l->steps[i]);
	l->nopen = 0;
}

/* Open all layers; *source gives the innermost bytes. */
static enum fault_kind
layers_open(struct layers *l, struct source **source, struct fault *f)
{
	struct inflate *i;

	layers_close(l);
	l->why = REPORT_WHY_NONE;
	l->budget->left = l->before;
	report_range_open(&l->range, l->spool, l->zipped ? l->member.at : 0,
	    l->zipped ? l->member.length : l->spool->len);
	*source = &l->range.source;
	if (l->zipped) {
		i = &l->steps[l->nopen];
		if (inflate_open(i, *source, l->member.form, l->budget, f) !=
		    FAULT_NONE)
			return f->kind;
		i->sized = true;
		i->size = l->member.size;
		i->crc = l->member.crc;
		l->nopen++;
		*source = &i->source;
	}
	for (size_t k = 0; k < l->wraps; k++) {
		i = &l->steps[l->nopen];
		if (inflate_open(i, *source, INFLATE_WRAPPED, l->budget, f) !=
		    FAULT_NONE)
			return f->kind;
		l->nopen++;
		*source = &i->source;
	}
	return FAULT_NONE;
}

/* What the first bytes are of what the layers give. */
static enum fault_kind
layers_peek(struct layers *l, enum report_content *content, bool *any,
    struct fault *f)
{
	char head[REPORT_SNIFF];
	struct source *source;
	size_t have = 0, n = 1;

	if (layers_open(l, &source, f) != FAULT_NONE)
		return f->kind;
	while (have < sizeof(head) && n > 0) {
		if (source->read(source, head + have, sizeof(head) - have, &n,
		    f) != FAULT_NONE)
			return f->kind;
		have += n;
	}
	*any = have > 0;
	*content = report_sniff((struct span){ head, have });
	return FAULT_NONE;
}

/* The innermost thing that is wrong. */
static enum report_why
layers_why(const struct layers *l)
{
	for (size_t i = 0; i < l->nopen; i++)
		if (l->steps[i].why != REPORT_WHY_NONE)
			return l->steps[i].why;
	return REPORT_WHY_NONE;
}

/* Read all that is left, to see whether it ends within the limits. */
static enum fault_kind
layers_drain(struct layers *l, struct spool *to, struct fault *f)
{
	static const size_t piece = 64 << 10;
	char *p = malloc(piece);
	struct source *source;
	size_t n = 1;

	if (p == NULL)
		return fault_nomem(f);
	if (layers_open(l, &source, f) == FAULT_NONE) {
		while (n > 0 && source->read(source, p, piece, &n, f) ==
		    FAULT_NONE)
			if (to != NULL && n > 0 && spool_add(to,
			    (struct span){ p, n }, f) != FAULT_NONE)
				break;
	}
	free(p);
	return f->kind;
}

/* report_leaf's functions. */
static enum fault_kind
leaf_open(struct report_leaf *leaf, struct source **source,
    const enum report_why **why, struct fault *f)
{
	struct layers *l = leaf->state;

	*why = &l->why;
	return layers_open(l, source, f);
}

static void
leaf_close(struct report_leaf *leaf)
{
	struct layers *l = leaf->state;

	l->why = layers_why(l);
	layers_close(l);
}

/* By layers and a budget of its own: those of the reader stay as they are. */
static enum fault_kind
leaf_fits(const struct report_leaf *leaf, bool *fits, struct fault *f)
{
	const struct layers *l = leaf->state;
	struct report_budget budget = *l->budget;
	struct layers count = { .spool = l->spool, .member = l->member,
	    .zipped = l->zipped, .wraps = l->wraps, .budget = &budget,
	    .before = l->before };

	*fits = true;
	if (l->nopen == 0)
		return FAULT_NONE;
	count.steps = calloc(REPORT_CONTAINERS + 1, sizeof(*count.steps));
	if (count.steps == NULL)
		return fault_nomem(f);
	if (layers_drain(&count, NULL, f) == FAULT_NONE)
		*fits = layers_why(&count) != REPORT_WHY_INFLATED;
	layers_close(&count);
	free(count.steps);
	return f->kind;
}

static enum fault_kind walk_zip(const struct spool *s,
    struct report_budget *budget, const struct report_walk *walk,
    size_t depth, struct fault *f);

/* A zip inside of a gzip: into a spool of its own. */
static enum fault_kind
walk_inner_zip(struct layers *l, const struct report_walk *walk,
    size_t depth, struct fault *f)
{
	struct spool inner;
	enum report_why why;

	spool_init(&inner, REPORT_SPOOL_MEMORY, walk->tmp);
	if (layers_drain(l, &inner, f) == FAULT_NONE) {
		why = layers_why(l);
		layers_close(l);
		if (why != REPORT_WHY_NONE)
			(void)walk->bad(walk->state, why, f);
		else
			(void)walk_zip(&inner, l->budget, walk, depth, f);
	}
	spool_free(&inner);
	return f->kind;
}

/* What the layers give is a leaf, another layer, or nothing of use. */
static enum fault_kind
walk_layers(struct layers *l, const struct report_walk *walk, size_t depth,
    struct fault *f)
{
	struct report_leaf leaf = { .state = l, .open = leaf_open,
	    .close = leaf_close, .fits = leaf_fits };
	enum report_content content;
	enum report_why why;
	bool any;

	l->before = l->budget->left;
	for (;;) {
		if (layers_peek(l, &content, &any, f) != FAULT_NONE)
			return f->kind;
		if (content != REPORT_CONTENT_GZIP &&
		    content != REPORT_CONTENT_ZLIB)
			break;
		if (depth == REPORT_CONTAINERS)
			return walk->bad(walk->state, REPORT_WHY_CONTAINERS,
			    f);
		depth++;
		l->wraps++;
	}
	if (content == REPORT_CONTENT_ZIP) {
		if (depth >= REPORT_CONTAINERS)
			return walk->bad(walk->state, REPORT_WHY_CONTAINERS,
			    f);
		return walk_inner_zip(l, walk, depth, f);
	}
	if (content == REPORT_CONTENT_MAIL) {
		/* Nothing that we know; but is it within the limits? */
		if (layers_drain(l, NULL, f) != FAULT_NONE)
			return f->kind;
		why = layers_why(l);
		return walk->bad(walk->state, why != REPORT_WHY_NONE ? why :
		    REPORT_WHY_CONTENT, f);
	}
	leaf.content = content;
	leaf.containers = depth;
	leaf.zipped = l->zipped;
	return walk->leaf(walk->state, &leaf, f);
}

/* One member that is no report does not make the zip a broken one. */
struct members {
	const struct report_walk *walk;
	size_t good;		/* leaves and what is worth a word */
};

static enum fault_kind
member_leaf(void *state, struct report_leaf *leaf, struct fault *f)
{
	struct members *m = state;

	m->good++;
	return m->walk->leaf(m->walk->state, leaf, f);
}

static enum fault_kind
member_bad(void *state, enum report_why why, struct fault *f)
{
	struct members *m = state;

	if (why == REPORT_WHY_CONTENT)
		return FAULT_NONE;
	m->good++;
	return m->walk->bad(m->walk->state, why, f);
}

static enum fault_kind
walk_member(const struct zip_member *member, struct layers *l,
    const struct report_walk *walk, size_t depth, struct fault *f)
{
	l->member = *member;
	l->zipped = true;
	l->wraps = 0;
	(void)walk_layers(l, walk, depth + 1, f);
	layers_close(l);
	return f->kind;
}

static enum fault_kind
walk_zip(const struct spool *s, struct report_budget *budget,
    const struct report_walk *walk, size_t depth, struct fault *f)
{
	struct zip_member member[REPORT_MEMBERS];
	struct members m = { .walk = walk };
	struct layers l = { .spool = s, .budget = budget };
	const struct report_walk inner = { .state = &m, .leaf = member_leaf,
	    .bad = member_bad, .tmp = walk->tmp };
	enum report_why why;
	uint64_t total;
	size_t n;

	if (zip_read(s, member, &n, &total, &why, f) != FAULT_NONE)
		return f->kind;
	if (why != REPORT_WHY_NONE)
		return walk->bad(walk->state, why, f);
	l.steps = calloc(REPORT_CONTAINERS + 1, sizeof(*l.steps));
	if (l.steps == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < n && f->kind == FAULT_NONE; i++)
		if (member[i].usable)
			(void)walk_member(&member[i], &l, &inner, depth, f);
	free(l.steps);
	if (f->kind == FAULT_NONE && total > REPORT_MEMBERS)
		return walk->bad(walk->state, REPORT_WHY_MEMBERS, f);
	if (f->kind == FAULT_NONE && m.good == 0)
		return walk->bad(walk->state, n == 0 ? REPORT_WHY_EMPTY :
		    REPORT_WHY_CONTENT, f);
	return f->kind;
}

enum fault_kind
report_container_walk(const struct spool *s, struct report_budget *budget,
    const struct report_walk *walk, bool *found, struct fault *f)
{
	struct layers l = { .spool = s, .budget = budget };
	char head[REPORT_SNIFF];
	size_t n;
	enum report_content content;

	*found = false;
	if (spool_read(s, 0, head, sizeof(head), &n, f) != FAULT_NONE)
		return f->kind;
	content = report_sniff((struct span){ head, n });
	if (content == REPORT_CONTENT_MAIL)
		return FAULT_NONE;
	*found = true;
	if (content == REPORT_CONTENT_ZIP)
		return walk_zip(s, budget, walk, 0, f);
	l.steps = calloc(REPORT_CONTAINERS + 1, sizeof(*l.steps));
	if (l.steps == NULL)
		return fault_nomem(f);
	(void)walk_layers(&l, walk, 0, f);
	layers_close(&l);
	free(l.steps);
	return f->kind;
}

/* SPDX-License-Identifier: ISC */
#include "dkim/body.h"

void
dkim_body_init(struct dkim_body *b, enum eol eol)
{
	*b = (struct dkim_body){ .eol = eol };
	b->lanes[DKIM_SIMPLE].kind = DKIM_SIMPLE;
	b->lanes[DKIM_RELAXED].kind = DKIM_RELAXED;
}

/* Bytes of a canonical body: each hash takes what its l= lets it have. */
static void
lane_write(void *state, const char *p, size_t len)
{
	struct body_lane *lane = state;
	struct body_hash *h;

	if (lane->tap != NULL)
		lane->tap(lane->tap_state, lane->kind,
		    (struct span){ p, len }, lane->total);
	for (h = lane->hashes; h != NULL; h = h->next) {
		size_t take = len;

		if (h->limit >= 0) {
			if (lane->total >= (uint64_t)h->limit)
				continue;
			if (take > (uint64_t)h->limit - lane->total)
				take = (size_t)((uint64_t)h->limit -
				    lane->total);
		}
		hash_add(&h->hash, p, take);
	}
	lane->total += len;
}

enum fault_kind
dkim_body_want(struct dkim_body *b, enum dkim_canon canon,
    enum hash_kind kind, int64_t limit, struct arena *a,
    struct body_hash **out, struct fault *f)
{
	struct body_lane *lane = &b->lanes[canon];
	struct body_hash *h;

	for (h = lane->hashes; h != NULL; h = h->next) {
		if (h->kind == kind && h->limit == limit) {
			*out = h;
			return FAULT_NONE;
		}
	}
	if (lane->canon == NULL) {
		lane->canon = arena_alloc(a, sizeof(*lane->canon));
		if (lane->canon == NULL)
			return fault_nomem(f);
		canon_body_init(lane->canon, canon, b->eol,
		    (struct canon_sink){ lane_write, lane });
	}
	h = arena_alloc(a, sizeof(*h));
	if (h == NULL)
		return fault_nomem(f);
	h->kind = kind;
	h->limit = limit;
	hash_init(&h->hash, kind);
	h->next = lane->hashes;
	lane->hashes = h;
	*out = h;
	return FAULT_NONE;
}

void
dkim_body_add(struct dkim_body *b, struct span bytes)
{
	b->bytes += bytes.len;
	for (size_t i = 0; i < 2; i++)
		if (b->lanes[i].canon != NULL)
			canon_body_add(b->lanes[i].canon, bytes);
}

void
dkim_body_end(struct dkim_body *b)
{
	for (size_t i = 0; i < 2; i++) {
		if (b->lanes[i].canon == NULL)
			continue;
		canon_body_end(b->lanes[i].canon);
		for (struct body_hash *h = b->lanes[i].hashes; h != NULL;
		    h = h->next)
			hash_end(&h->hash, h->digest);
	}
}

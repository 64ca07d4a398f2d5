/* SPDX-License-Identifier: ISC */
/* Which public key stands at several names of a run. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "dkim/key.h"
#include "posture/posture.h"
#include "posture/rule.h"

/* A key and the name that had it first; both in one allocation. */
struct ring_key {
	unsigned char hash[SHA256_BYTES];
	char name[BOUND_DNS_NAME + 1];
};

struct posture_keyring {
	void *tree;		/* tsearch(3), of struct ring_key */
};

static int
ring_order(const void *a, const void *b)
{
	const struct ring_key *x = a, *y = b;

	return memcmp(x->hash, y->hash, sizeof(x->hash));
}

struct posture_keyring *
posture_keyring_new(void)
{
	return calloc(1, sizeof(struct posture_keyring));
}

void
posture_keyring_free(struct posture_keyring *ring)
{
	if (ring != NULL)
		tdestroy(ring->tree, free);
	free(ring);
}

/* The p= of a record, without white space, as a hash. */
static bool
ring_hash(struct span record, unsigned char hash[SHA256_BYTES])
{
	struct span tag, name, value, rest = record;
	bool more = true, found = false;

	while (more && !found) {
		more = span_cut(rest, ';', &tag, &rest);
		found = span_cut(tag, '=', &name, &value) &&
		    span_eq(span_trim_fws(name), SPAN("p"));
	}
	value = span_trim_fws(value);
	if (!found || value.len == 0)
		return false;
	sha256(value, hash);
	return true;
}

static enum fault_kind
ring_add(struct posture_keyring *ring, struct posture *p,
    const struct key_check *check, struct fault *f)
{
	struct ring_key *key = calloc(1, sizeof(*key));
	void **node;
	const struct ring_key *first;

	if (key == NULL)
		return fault_nomem(f);
	if (check->name.len > BOUND_DNS_NAME ||
	    !ring_hash(check->record, key->hash)) {
		free(key);
		return FAULT_NONE;
	}
	memcpy(key->name, check->name.p, check->name.len);
	node = tsearch(key, &ring->tree, ring_order);
	if (node == NULL) {
		free(key);
		return fault_nomem(f);
	}
	first = *node;
	if (first == key)
		return FAULT_NONE;
	free(key);
	if (span_eq_nocase(span_of(first->name), check->name))
		return FAULT_NONE;
	return lint_add(&p->lint, posture_rule(POSTURE_DKIM_SHARED),
	    p->lint.domain, check->name, 0, f, "%.*s has the key of %s",
	    SPAN_ARG(check->name), first->name);
}

enum fault_kind
posture_keyring_add(struct posture_keyring *ring, struct posture *p,
    struct fault *f)
{
	for (size_t i = 0; i < p->nkeys; i++)
		if (p->keys[i].record.p != NULL &&
		    ring_add(ring, p, &p->keys[i], f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

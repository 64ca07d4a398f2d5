/* SPDX-License-Identifier: ISC */
/* Key records (RFC 6376 3.6.1) and the cache of those already read. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/bounds.h"
#include "dkim/key.h"
#include "mail/taglist.h"

/*
 * Is this record addressed to us?  v= must stand first and be exactly DKIM1,
 * else the record is ignored; without v= there must at least be a p=.
 */
static bool
is_ours(const struct taglist *list)
{
	const struct tag *v = taglist_find(list, "v");

	if (v == NULL)
		return taglist_find(list, "p") != NULL;
	return v == &list->tags[0] && span_eq(v->value, SPAN("DKIM1"));
}

/* A record that is no tag-list may still say that it is one of our own. */
static bool
claims_dkim(struct span text)
{
	struct tag tag;

	return taglist_next(&text, &tag) == TAGLIST_TAG &&
	    span_eq(tag.name, SPAN("v")) &&
	    span_eq(tag.value, SPAN("DKIM1"));
}

static void
read_lists(const struct taglist *list, struct key_record *key)
{
	const struct tag *h = taglist_find(list, "h");
	const struct tag *s = taglist_find(list, "s");
	const struct tag *t = taglist_find(list, "t");
	const struct tag *g = taglist_find(list, "g");
	const struct tag *n = taglist_find(list, "n");

	key->sha1 = h == NULL || taglist_has(h->value, ':', "sha1");
	key->sha256 = h == NULL || taglist_has(h->value, ':', "sha256");
	key->email = s == NULL || taglist_has(s->value, ':', "email") ||
	    taglist_has(s->value, ':', "*");
	key->testing = t != NULL && taglist_has(t->value, ':', "y");
	key->strict = t != NULL && taglist_has(t->value, ':', "s");
	key->has_granularity = g != NULL;
	if (g != NULL)
		key->granularity = g->value;
	if (n != NULL)
		key->notes = n->value;
}

static enum fault_kind
read_key(struct span p, enum key_type type, struct key_record *key,
    struct fault *f)
{
	size_t len;

	key->state = KEY_INVALID;
	key->der = malloc(B64_DECODED_MAX(p.len));
	if (key->der == NULL)
		return fault_nomem(f);
	if (!b64_decode(p, key->der, &len))
		key->what = "p= is no base64";
	else if (key_public_parse(type, (struct span){ (char *)key->der, len },
	    &key->pub, &key->what))
		key->state = KEY_GOOD;
	return FAULT_NONE;
}

static enum fault_kind
read_tags(const struct taglist *list, struct key_record *key,
    struct fault *f)
{
	const struct tag *k = taglist_find(list, "k");
	const struct tag *p = taglist_find(list, "p");
	enum key_type type = KEY_UNKNOWN;

	read_lists(list, key);
	if (k == NULL || span_eq(k->value, SPAN("rsa")))
		type = KEY_RSA;
	else if (span_eq(k->value, SPAN("ed25519")))
		type = KEY_ED25519;
	key->pub.type = type;
	if (p == NULL) {
		key->state = KEY_INVALID;
		key->what = "p= is missing";
	} else if (p->value.len == 0) {
		key->state = KEY_REVOKED;
		key->what = "the key is revoked";
	} else if (type == KEY_UNKNOWN) {
		key->state = KEY_TYPE_UNKNOWN;
		key->what = "k= is not known";
	} else {
		return read_key(p->value, type, key, f);
	}
	return FAULT_NONE;
}

enum fault_kind
key_record_parse(struct span text, struct key_record *key, struct fault *f)
{
	struct taglist list;

	*key = (struct key_record){ .what = "no DKIM key record" };
	if (!taglist_parse(text, &list, &key->what)) {
		if (claims_dkim(text))
			key->state = KEY_INVALID;
		return FAULT_NONE;
	}
	if (!is_ours(&list))
		return FAULT_NONE;
	key->what = "";
	return read_tags(&list, key, f);
}

void
key_record_free(struct key_record *key)
{
	key_public_free(&key->pub);
	free(key->der);
	key->der = NULL;
}

/*
 * One slot for each value of a hash: finding, and giving way to another
 * record, takes one look, and what a stranger can fill is bounded.
 */
#define CACHE_SLOTS 512
#define CACHE_TEXT_MAX ((size_t)4096)

struct cache_slot {
	char *text;	/* a copy: the record's spans borrow from it */
	size_t len;
	struct key_record key;
};

struct key_cache {
	void *library;		/* of libcrypto, for the Ed25519 keys */
	struct cache_slot slots[CACHE_SLOTS];
};

struct key_cache *
key_cache_new(void)
{
	return calloc(1, sizeof(struct key_cache));
}

static void
slot_free(struct cache_slot *slot)
{
	if (slot->text != NULL)
		key_record_free(&slot->key);
	free(slot->text);
	*slot = (struct cache_slot){ .text = NULL };
}

void
key_cache_free(struct key_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		slot_free(&cache->slots[i]);
	OSSL_LIB_CTX_free(cache->library);
	free(cache);
}

static size_t
slot_of(struct span text)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < text.len; i++)
		h = (h ^ (unsigned char)text.p[i]) * 16777619U;
	return h % CACHE_SLOTS;
}

enum fault_kind
key_cache_get(struct key_cache *cache, struct span text,
    struct key_record *own, struct key_record **key, struct fault *f)
{
	struct cache_slot *slot;

	*own = (struct key_record){ .what = "" };
	*key = own;
	if (cache == NULL || text.len == 0 || text.len > CACHE_TEXT_MAX)
		return key_record_parse(text, own, f);
	slot = &cache->slots[slot_of(text)];
	*key = &slot->key;
	if (slot->text != NULL &&
	    span_eq((struct span){ slot->text, slot->len }, text))
		return FAULT_NONE;
	slot_free(slot);
	slot->text = malloc(text.len);
	if (slot->text == NULL)
		return fault_nomem(f);
	slot->len = text.len;
	memcpy(slot->text, text.p, text.len);
	if (key_record_parse((struct span){ slot->text, text.len },
	    &slot->key, f) != FAULT_NONE) {
		slot_free(slot);
		return f->kind;
	}
	slot->key.pub.shared = &cache->library;
	return FAULT_NONE;
}

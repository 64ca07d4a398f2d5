/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dkim/key.h"
#include "dkim/key_private.h"
#include "dkim/key_publish.h"
#include "tap.h"

static enum key_state
state_of(const char *text)
{
	struct fault f = { .kind = FAULT_NONE };
	enum key_state state = KEY_FOREIGN;
	struct key_record key;

	if (key_record_parse(span_of(text), &key, &f) == FAULT_NONE)
		state = key.state;
	key_record_free(&key);
	return state;
}

static void
test_states(void)
{
	CHECK(state_of("") == KEY_FOREIGN);
	CHECK(state_of("v=spf1 -all") == KEY_FOREIGN);
	CHECK(state_of("v=DKIM1") == KEY_INVALID);
	CHECK(state_of("v=DKIM1; p=") == KEY_REVOKED);
	CHECK(state_of("p=") == KEY_REVOKED);
	CHECK(state_of("v=DKIM1; k=dsa; p=AAAA") == KEY_TYPE_UNKNOWN);
	CHECK(state_of("v=DKIM1; p=AAAA") == KEY_INVALID);
	CHECK(state_of("v=DKIM1; p=AAAA; p=AAAA") == KEY_INVALID);
	CHECK(state_of("p=AAAA; v=DKIM1") == KEY_FOREIGN);
	CHECK(state_of("v=DKIM2; p=AAAA") == KEY_FOREIGN);
	/* RFC 8463, A.2. */
	CHECK(state_of("v=DKIM1; k=ed25519; "
	    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=") == KEY_GOOD);
	CHECK(state_of("v=DKIM1; k=rsa; "
	    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=") ==
	    KEY_INVALID);
}

/* A key made, published, read again, and used. */
static void
round_trip(enum key_type type, unsigned bits)
{
	unsigned char digest[32] = { 1, 2, 3 };
	const struct key_publish publish = { .testing = true };
	struct fault f = { .kind = FAULT_NONE };
	struct key_record own, *again, *key;
	struct key_cache *cache = key_cache_new();
	struct key_private *private = NULL;
	struct buf text, signature;
	bool good = false;

	buf_init(&text, 10000);
	buf_init(&signature, 10000);
	CHECK(key_private_new(type, bits, &private, &f) == FAULT_NONE);
	CHECK(key_publish_text(private, &publish, &text, &f) == FAULT_NONE);
	CHECK(key_private_sign(private, digest, &signature, &f) ==
	    FAULT_NONE);
	CHECK(key_cache_get(cache, buf_span(&text), &own, &key, &f) ==
	    FAULT_NONE && key->state == KEY_GOOD && key->testing);
	CHECK(key_verify(&key->pub, HASH_SHA256, digest,
	    buf_span(&signature), &good, &f) == FAULT_NONE && good);
	digest[31] ^= 1;
	CHECK(key_verify(&key->pub, HASH_SHA256, digest,
	    buf_span(&signature), &good, &f) == FAULT_NONE && !good);
	digest[31] ^= 1;
	signature.p[5] ^= 1;
	CHECK(key_verify(&key->pub, HASH_SHA256, digest,
	    buf_span(&signature), &good, &f) == FAULT_NONE && !good);
	CHECK(key_verify(&key->pub, HASH_SHA256, digest,
	    span_sub(buf_span(&signature), 1, 10000), &good, &f) ==
	    FAULT_NONE && !good);
	CHECK(key_cache_get(cache, buf_span(&text), &own, &again, &f) ==
	    FAULT_NONE && again == key);
	key_record_free(&own);
	key_cache_free(cache);
	key_private_free(private);
	buf_free(&text);
	buf_free(&signature);
}

static void
test_next_selector(void)
{
	static const char *const pairs[][2] = { { "s1", "s2" },
	    { "s9", "s10" }, { "mail", "mail2" }, { "2026-12", "2027-01" },
	    { "202609", "202610" }, { "k099", "k100" },
	    { "20260930", "20261001" }, { "20281231", "20290101" },
	    { "s2028-02-28", "s2028-02-29" }, { "20270228", "20270301" },
	    { "20201212", "20201213" }, { "12026-09", "12026-10" },
	    { "1202612", "1202613" }, { "2026-13", "2026-14" } };
	struct arena a;

	arena_init(&a, 10000);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		CHECKF(span_eq(key_next_selector(span_of(pairs[i][0]), &a),
		    span_of(pairs[i][1])), "%s is followed by %s",
		    pairs[i][0], pairs[i][1]);
	arena_free(&a);
}

int
main(void)
{
	test_states();
	round_trip(KEY_RSA, 2048);
	round_trip(KEY_ED25519, 0);
	test_next_selector();
	return tap_done();
}

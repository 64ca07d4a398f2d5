/* SPDX-License-Identifier: ISC */
/* Freezes. */
#include <string.h>

#include "ledger/store_impl.h"

enum fault_kind
store_freeze_put(struct store *s, const struct store_freeze *z,
    struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "INSERT INTO freezes VALUES(NULL, :scope, :value,"
	    " :by, :reason, :since) ON CONFLICT DO NOTHING");
	store_bind_int(&q, ":scope", z->scope);
	store_bind_text(&q, ":value", z->value);
	store_bind_text(&q, ":by", z->by);
	store_bind_text(&q, ":reason", z->reason);
	store_bind_int(&q, ":since", z->since);
	(void)store_step(&q);
	return store_end(&q, f);
}

enum fault_kind
store_freeze_drop(struct store *s, enum freeze_scope scope, const char *value,
    int64_t *n, struct fault *f)
{
	struct store_sql q;
	enum fault_kind kind;

	store_prepare(&q, s,
	    "DELETE FROM freezes WHERE scope = :scope AND value = :value");
	store_bind_int(&q, ":scope", scope);
	store_bind_text(&q, ":value", value);
	(void)store_step(&q);
	kind = store_end(&q, f);
	*n = kind == FAULT_NONE ? sqlite3_changes(s->db) : 0;
	return kind;
}

enum fault_kind
store_freeze_each(struct store *s,
    enum fault_kind (*each)(const struct store_freeze *, void *,
    struct fault *), void *arg, struct fault *f)
{
	struct store_sql q;
	enum fault_kind given = FAULT_NONE, kept;

	store_prepare(&q, s, "SELECT id, scope, value, by, reason, since"
	    " FROM freezes ORDER BY id");
	while (given == FAULT_NONE && store_step(&q)) {
		struct store_freeze z = { 0 };

		z.id = store_int(&q, 0);
		z.scope = (enum freeze_scope)store_int(&q, 1);
		store_text(&q, 2, z.value, sizeof(z.value));
		store_text(&q, 3, z.by, sizeof(z.by));
		store_text(&q, 4, z.reason, sizeof(z.reason));
		z.since = store_int(&q, 5);
		given = each(&z, arg, f);
	}
	if (given != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = store_end(&q, f);
	return given != FAULT_NONE ? given : kept;
}

static const char *const freeze_words[] =
    { "all", "user", "kind", "resource", "host" };

const char *
freeze_scope_word(enum freeze_scope s)
{
	return freeze_words[s];
}

bool
freeze_scope_parse(struct span word, enum freeze_scope *out)
{
	for (size_t i = 0; i < sizeof(freeze_words) / sizeof(*freeze_words);
	    i++)
		if (span_eq(word, span_of(freeze_words[i]))) {
			*out = (enum freeze_scope)i;
			return true;
		}
	return false;
}

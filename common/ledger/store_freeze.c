/* SPDX-License-Identifier: ISC */
/* Freezes. */
#include <string.h>

#include "ledger/store_impl.h"

enum fault_kind
store_freeze_put(struct store *s, const struct store_freeze *z,
    struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "INSERT INTO freezes VALUES(NULL, :scope, :value,"
	    " :by, :reason, :since) ON CONFLICT DO NOTHING");
	sql_int_as(&q, ":scope", z->scope);
	sql_text_as(&q, ":value", z->value);
	sql_text_as(&q, ":by", z->by);
	sql_text_as(&q, ":reason", z->reason);
	sql_int_as(&q, ":since", z->since);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
store_freeze_drop(struct store *s, enum freeze_scope scope, const char *value,
    int64_t *n, struct fault *f)
{
	struct sql q;
	enum fault_kind kind;

	sql_made(&q, &s->db,
	    "DELETE FROM freezes WHERE scope = :scope AND value = :value");
	sql_int_as(&q, ":scope", scope);
	sql_text_as(&q, ":value", value);
	(void)sql_step(&q);
	kind = sql_end(&q, f);
	*n = kind == FAULT_NONE ? sql_changes(&s->db) : 0;
	return kind;
}

enum fault_kind
store_freeze_each(struct store *s,
    enum fault_kind (*each)(const struct store_freeze *, void *,
    struct fault *), void *arg, struct fault *f)
{
	struct sql q;
	enum fault_kind given = FAULT_NONE, kept;

	sql_made(&q, &s->db, "SELECT id, scope, value, by, reason, since"
	    " FROM freezes ORDER BY id");
	while (given == FAULT_NONE && sql_step(&q)) {
		struct store_freeze z = { 0 };

		z.id = sql_column(&q, 0);
		z.scope = (enum freeze_scope)sql_column(&q, 1);
		sql_copy(&q, 2, z.value, sizeof(z.value));
		sql_copy(&q, 3, z.by, sizeof(z.by));
		sql_copy(&q, 4, z.reason, sizeof(z.reason));
		z.since = sql_column(&q, 5);
		given = each(&z, arg, f);
	}
	if (given != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = sql_end(&q, f);
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

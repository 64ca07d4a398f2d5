/* SPDX-License-Identifier: ISC */
/* Votes, wrong codes and operation keys. */
#include <string.h>

#include "ledger/store_impl.h"

enum fault_kind
store_vote_put(struct store *s, const struct store_vote *v, bool *fresh,
    struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "INSERT INTO votes VALUES(:grant, :person, :yes,"
	    " :time, :via, :evidence) ON CONFLICT DO NOTHING RETURNING 1");
	store_bind_text(&q, ":grant", v->grant);
	store_bind_text(&q, ":person", v->person);
	store_bind_int(&q, ":yes", v->yes);
	store_bind_int(&q, ":time", v->time);
	store_bind_text(&q, ":via", v->via);
	store_bind_text(&q, ":evidence", v->evidence);
	*fresh = store_step(&q);
	while (store_step(&q))
		continue;
	return store_end(&q, f);
}

enum fault_kind
store_vote_find(struct store *s, const char *grant, const char *person,
    bool *found, struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "SELECT 1 FROM votes WHERE grant = :grant"
	    " AND person = :person");
	store_bind_text(&q, ":grant", grant);
	store_bind_text(&q, ":person", person);
	*found = store_step(&q);
	return store_end(&q, f);
}

enum fault_kind
store_vote_each(struct store *s, const char *grant,
    enum fault_kind (*each)(const struct store_vote *, void *, struct fault *),
    void *arg, struct fault *f)
{
	struct store_sql q;
	enum fault_kind given = FAULT_NONE, kept;

	store_prepare(&q, s, "SELECT grant, person, yes, time, via, evidence"
	    " FROM votes WHERE grant = :grant ORDER BY time, person");
	store_bind_text(&q, ":grant", grant);
	while (given == FAULT_NONE && store_step(&q)) {
		struct store_vote v = { 0 };

		store_text(&q, 0, v.grant, sizeof(v.grant));
		store_text(&q, 1, v.person, sizeof(v.person));
		v.yes = store_int(&q, 2) != 0;
		v.time = store_int(&q, 3);
		store_text(&q, 4, v.via, sizeof(v.via));
		v.evidence = (const char *)sqlite3_column_text(q.stmt, 5);
		given = each(&v, arg, f);
	}
	if (given != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = store_end(&q, f);
	return given != FAULT_NONE ? given : kept;
}

enum fault_kind
store_tries(struct store *s, const char *grant, const char *person,
    int64_t add, int64_t *sum, struct fault *f)
{
	struct store_sql q;

	if (add == 0)
		store_prepare(&q, s, "SELECT n FROM tries WHERE grant = :grant"
		    " AND person = :person");
	else
		store_prepare(&q, s, "INSERT INTO tries VALUES(:grant,"
		    " :person, :add) ON CONFLICT DO UPDATE SET n = n + :add"
		    " RETURNING n");
	store_bind_text(&q, ":grant", grant);
	store_bind_text(&q, ":person", person);
	if (add != 0)
		store_bind_int(&q, ":add", add);
	*sum = store_step(&q) ? store_int(&q, 0) : 0;
	while (store_step(&q))
		continue;
	return store_end(&q, f);
}

enum fault_kind
store_tries_forget(struct store *s, const char *grant, const char *person,
    struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "DELETE FROM tries WHERE grant = :grant"
	    " AND person = :person");
	store_bind_text(&q, ":grant", grant);
	store_bind_text(&q, ":person", person);
	(void)store_step(&q);
	return store_end(&q, f);
}

enum fault_kind
store_tries_drop(struct store *s, const char *from, const char *to,
    struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "DELETE FROM tries WHERE grant >= :from"
	    " AND grant < :to");
	store_bind_text(&q, ":from", from);
	store_bind_text(&q, ":to", to);
	(void)store_step(&q);
	return store_end(&q, f);
}

enum fault_kind
store_op_get(struct store *s, const char *grant, const char *key,
    struct store_op *op, bool *found, struct fault *f)
{
	struct store_sql q;

	*op = (struct store_op){ 0 };
	store_prepare(&q, s, "SELECT limits, uid, count, time FROM ops"
	    " WHERE grant = :grant AND key = :key");
	store_bind_text(&q, ":grant", grant);
	store_bind_text(&q, ":key", key);
	*found = store_step(&q);
	if (*found) {
		store_text(&q, 0, op->limits, sizeof(op->limits));
		op->uid = (uint32_t)store_int(&q, 1);
		op->count = store_int(&q, 2);
		op->time = store_int(&q, 3);
	}
	return store_end(&q, f);
}

enum fault_kind
store_op_put(struct store *s, const struct store_op *op, struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "INSERT INTO ops VALUES(:grant, :key, :limits,"
	    " :uid, :count, :time)");
	store_bind_text(&q, ":grant", op->grant);
	store_bind_text(&q, ":key", op->key);
	store_bind_text(&q, ":limits", op->limits);
	store_bind_int(&q, ":uid", op->uid);
	store_bind_int(&q, ":count", op->count);
	store_bind_int(&q, ":time", op->time);
	(void)store_step(&q);
	return store_end(&q, f);
}

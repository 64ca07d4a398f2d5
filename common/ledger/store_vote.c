/* SPDX-License-Identifier: ISC */
/* Votes, wrong codes and operation keys. */
#include <string.h>

#include "ledger/store_impl.h"

enum fault_kind
store_vote_put(struct store *s, const struct store_vote *v, bool *fresh,
    struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "INSERT INTO votes VALUES(:grant, :person, :yes,"
	    " :time, :via, :evidence) ON CONFLICT DO NOTHING RETURNING 1");
	sql_text_as(&q, ":grant", v->grant);
	sql_text_as(&q, ":person", v->person);
	sql_int_as(&q, ":yes", v->yes);
	sql_int_as(&q, ":time", v->time);
	sql_text_as(&q, ":via", v->via);
	sql_text_as(&q, ":evidence", v->evidence);
	*fresh = sql_step(&q);
	while (sql_step(&q))
		continue;
	return sql_end(&q, f);
}

enum fault_kind
store_vote_find(struct store *s, const char *grant, const char *person,
    bool *found, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "SELECT 1 FROM votes WHERE grant = :grant"
	    " AND person = :person");
	sql_text_as(&q, ":grant", grant);
	sql_text_as(&q, ":person", person);
	*found = sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
store_vote_each(struct store *s, const char *grant,
    enum fault_kind (*each)(const struct store_vote *, void *, struct fault *),
    void *arg, struct fault *f)
{
	struct sql q;
	enum fault_kind given = FAULT_NONE, kept;

	sql_made(&q, &s->db, "SELECT grant, person, yes, time, via, evidence"
	    " FROM votes WHERE grant = :grant ORDER BY time, person");
	sql_text_as(&q, ":grant", grant);
	while (given == FAULT_NONE && sql_step(&q)) {
		struct store_vote v = { 0 };

		sql_copy(&q, 0, v.grant, sizeof(v.grant));
		sql_copy(&q, 1, v.person, sizeof(v.person));
		v.yes = sql_column(&q, 2) != 0;
		v.time = sql_column(&q, 3);
		sql_copy(&q, 4, v.via, sizeof(v.via));
		v.evidence = (const char *)sqlite3_column_text(q.stmt, 5);
		given = each(&v, arg, f);
	}
	if (given != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = sql_end(&q, f);
	return given != FAULT_NONE ? given : kept;
}

enum fault_kind
store_tries(struct store *s, const char *grant, const char *person,
    int64_t add, int64_t *sum, struct fault *f)
{
	struct sql q;

	if (add == 0)
		sql_made(&q, &s->db, "SELECT n FROM tries WHERE grant = :grant"
		    " AND person = :person");
	else
		sql_made(&q, &s->db, "INSERT INTO tries VALUES(:grant,"
		    " :person, :add) ON CONFLICT DO UPDATE SET n = n + :add"
		    " RETURNING n");
	sql_text_as(&q, ":grant", grant);
	sql_text_as(&q, ":person", person);
	if (add != 0)
		sql_int_as(&q, ":add", add);
	*sum = sql_step(&q) ? sql_column(&q, 0) : 0;
	while (sql_step(&q))
		continue;
	return sql_end(&q, f);
}

enum fault_kind
store_tries_forget(struct store *s, const char *grant, const char *person,
    struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "DELETE FROM tries WHERE grant = :grant"
	    " AND person = :person");
	sql_text_as(&q, ":grant", grant);
	sql_text_as(&q, ":person", person);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
store_tries_drop(struct store *s, const char *from, const char *to,
    struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "DELETE FROM tries WHERE grant >= :from"
	    " AND grant < :to");
	sql_text_as(&q, ":from", from);
	sql_text_as(&q, ":to", to);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
store_op_get(struct store *s, const char *grant, const char *key,
    struct store_op *op, bool *found, struct fault *f)
{
	struct sql q;

	*op = (struct store_op){ 0 };
	sql_made(&q, &s->db, "SELECT limits, uid, count, time FROM ops"
	    " WHERE grant = :grant AND key = :key");
	sql_text_as(&q, ":grant", grant);
	sql_text_as(&q, ":key", key);
	*found = sql_step(&q);
	if (*found) {
		sql_copy(&q, 0, op->limits, sizeof(op->limits));
		op->uid = (uint32_t)sql_column(&q, 1);
		op->count = sql_column(&q, 2);
		op->time = sql_column(&q, 3);
	}
	return sql_end(&q, f);
}

enum fault_kind
store_op_put(struct store *s, const struct store_op *op, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "INSERT INTO ops VALUES(:grant, :key, :limits,"
	    " :uid, :count, :time)");
	sql_text_as(&q, ":grant", op->grant);
	sql_text_as(&q, ":key", op->key);
	sql_text_as(&q, ":limits", op->limits);
	sql_int_as(&q, ":uid", op->uid);
	sql_int_as(&q, ":count", op->count);
	sql_int_as(&q, ":time", op->time);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

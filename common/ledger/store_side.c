/* SPDX-License-Identifier: ISC */
/* Votes, tries, operation keys, freezes and runs. */
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
store_vote_each(struct store *s, const char *grant,
    enum fault_kind (*each)(const struct store_vote *, void *, struct fault *),
    void *arg, struct fault *f)
{
	struct store_sql q;
	enum fault_kind told = FAULT_NONE, kept;

	store_prepare(&q, s, "SELECT grant, person, yes, time, via, evidence"
	    " FROM votes WHERE grant = :grant ORDER BY time, person");
	store_bind_text(&q, ":grant", grant);
	while (told == FAULT_NONE && store_step(&q)) {
		struct store_vote v = { 0 };

		store_text(&q, 0, v.grant, sizeof(v.grant));
		store_text(&q, 1, v.person, sizeof(v.person));
		v.yes = store_int(&q, 2) != 0;
		v.time = store_int(&q, 3);
		store_text(&q, 4, v.via, sizeof(v.via));
		v.evidence = (const char *)sqlite3_column_text(q.stmt, 5);
		told = each(&v, arg, f);
	}
	if (told != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = store_end(&q, f);
	return told != FAULT_NONE ? told : kept;
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
	enum fault_kind told = FAULT_NONE, kept;

	store_prepare(&q, s, "SELECT id, scope, value, by, reason, since"
	    " FROM freezes ORDER BY id");
	while (told == FAULT_NONE && store_step(&q)) {
		struct store_freeze z = { 0 };

		z.id = store_int(&q, 0);
		z.scope = (enum freeze_scope)store_int(&q, 1);
		store_text(&q, 2, z.value, sizeof(z.value));
		store_text(&q, 3, z.by, sizeof(z.by));
		store_text(&q, 4, z.reason, sizeof(z.reason));
		z.since = store_int(&q, 5);
		told = each(&z, arg, f);
	}
	if (told != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = store_end(&q, f);
	return told != FAULT_NONE ? told : kept;
}

enum fault_kind
store_frozen(struct store *s, const char *requester, const char *kind,
    const char *resource, bool *frozen, struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "SELECT 1 FROM freezes WHERE scope = 0"
	    " OR scope = 4 OR (scope = 1 AND value = :requester)"
	    " OR (scope = 2 AND value = :kind)"
	    " OR (scope = 3 AND value = :resource) LIMIT 1");
	store_bind_text(&q, ":requester", requester);
	store_bind_text(&q, ":kind", kind);
	store_bind_text(&q, ":resource", resource);
	*frozen = store_step(&q);
	return store_end(&q, f);
}

enum fault_kind
store_run_put(struct store *s, struct store_run *r, struct fault *f)
{
	struct store_sql q;
	enum fault_kind kind;

	store_prepare(&q, s, "INSERT INTO runs VALUES("
	    "CASE :id WHEN 0 THEN NULL ELSE :id END, :grant, :cgroup,"
	    " :pid, :pid_start, :child, :child_start, :boot_id)"
	    " ON CONFLICT(id) DO UPDATE SET cgroup = :cgroup, pid = :pid,"
	    " pid_start = :pid_start, child = :child,"
	    " child_start = :child_start");
	store_bind_int(&q, ":id", r->id);
	store_bind_text(&q, ":grant", r->grant);
	store_bind_text(&q, ":cgroup", r->cgroup);
	store_bind_int(&q, ":pid", r->pid);
	store_bind_int(&q, ":pid_start", r->pid_start);
	store_bind_int(&q, ":child", r->child);
	store_bind_int(&q, ":child_start", r->child_start);
	store_bind_text(&q, ":boot_id", r->boot_id);
	(void)store_step(&q);
	kind = store_end(&q, f);
	if (kind == FAULT_NONE && r->id == 0)
		r->id = sqlite3_last_insert_rowid(s->db);
	return kind;
}

enum fault_kind
store_run_drop(struct store *s, int64_t id, struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "DELETE FROM runs WHERE id = :id");
	store_bind_int(&q, ":id", id);
	(void)store_step(&q);
	return store_end(&q, f);
}

enum fault_kind
store_run_each(struct store *s, const char *grant,
    enum fault_kind (*each)(const struct store_run *, void *, struct fault *),
    void *arg, struct fault *f)
{
	struct store_sql q;
	enum fault_kind told = FAULT_NONE, kept;

	store_prepare(&q, s, grant != NULL ?
	    "SELECT id, grant, cgroup, pid, pid_start, child, child_start,"
	    " boot_id FROM runs WHERE grant = :grant ORDER BY id" :
	    "SELECT id, grant, cgroup, pid, pid_start, child, child_start,"
	    " boot_id FROM runs ORDER BY id");
	if (grant != NULL)
		store_bind_text(&q, ":grant", grant);
	while (told == FAULT_NONE && store_step(&q)) {
		struct store_run r = { 0 };

		r.id = store_int(&q, 0);
		store_text(&q, 1, r.grant, sizeof(r.grant));
		store_text(&q, 2, r.cgroup, sizeof(r.cgroup));
		r.pid = store_int(&q, 3);
		r.pid_start = store_int(&q, 4);
		r.child = store_int(&q, 5);
		r.child_start = store_int(&q, 6);
		store_text(&q, 7, r.boot_id, sizeof(r.boot_id));
		told = each(&r, arg, f);
	}
	if (told != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = store_end(&q, f);
	return told != FAULT_NONE ? told : kept;
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

/* SPDX-License-Identifier: ISC */
/* Commands that run under a grant. */
#include <string.h>

#include "ledger/store_impl.h"

enum fault_kind
store_run_put(struct store *s, struct store_run *r, struct fault *f)
{
	struct sql q;
	enum fault_kind kind;

	sql_made(&q, &s->db, "INSERT INTO runs VALUES("
	    "CASE :id WHEN 0 THEN NULL ELSE :id END, :grant, :cgroup,"
	    " :pid, :pid_start, :child, :child_start, :boot_id, :adapter)"
	    " ON CONFLICT(id) DO UPDATE SET cgroup = :cgroup, pid = :pid,"
	    " pid_start = :pid_start, child = :child,"
	    " child_start = :child_start");
	sql_int_as(&q, ":id", r->id);
	sql_text_as(&q, ":grant", r->grant);
	sql_text_as(&q, ":cgroup", r->cgroup);
	sql_int_as(&q, ":pid", r->pid);
	sql_int_as(&q, ":pid_start", r->pid_start);
	sql_int_as(&q, ":child", r->child);
	sql_int_as(&q, ":child_start", r->child_start);
	sql_text_as(&q, ":boot_id", r->boot_id);
	sql_int_as(&q, ":adapter", r->adapter);
	(void)sql_step(&q);
	kind = sql_end(&q, f);
	if (kind == FAULT_NONE && r->id == 0)
		r->id = sql_id(&s->db);
	return kind;
}

enum fault_kind
store_run_drop(struct store *s, int64_t id, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "DELETE FROM runs WHERE id = :id");
	sql_int_as(&q, ":id", id);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
store_run_each(struct store *s, const char *grant,
    enum fault_kind (*each)(const struct store_run *, void *, struct fault *),
    void *arg, struct fault *f)
{
	struct sql q;
	enum fault_kind given = FAULT_NONE, kept;

	sql_made(&q, &s->db, grant != NULL ?
	    "SELECT id, grant, cgroup, pid, pid_start, child, child_start,"
	    " boot_id, adapter FROM runs WHERE grant = :grant ORDER BY id" :
	    "SELECT id, grant, cgroup, pid, pid_start, child, child_start,"
	    " boot_id, adapter FROM runs ORDER BY id");
	if (grant != NULL)
		sql_text_as(&q, ":grant", grant);
	while (given == FAULT_NONE && sql_step(&q)) {
		struct store_run r = { 0 };

		r.id = sql_column(&q, 0);
		sql_copy(&q, 1, r.grant, sizeof(r.grant));
		sql_copy(&q, 2, r.cgroup, sizeof(r.cgroup));
		r.pid = sql_column(&q, 3);
		r.pid_start = sql_column(&q, 4);
		r.child = sql_column(&q, 5);
		r.child_start = sql_column(&q, 6);
		sql_copy(&q, 7, r.boot_id, sizeof(r.boot_id));
		r.adapter = sql_column(&q, 8) != 0;
		given = each(&r, arg, f);
	}
	if (given != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = sql_end(&q, f);
	return given != FAULT_NONE ? given : kept;
}

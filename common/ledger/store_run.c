/* SPDX-License-Identifier: ISC */
/* Commands that run under a grant. */
#include <string.h>

#include "ledger/store_impl.h"

enum fault_kind
store_run_put(struct store *s, struct store_run *r, struct fault *f)
{
	struct store_sql q;
	enum fault_kind kind;

	store_prepare(&q, s, "INSERT INTO runs VALUES("
	    "CASE :id WHEN 0 THEN NULL ELSE :id END, :grant, :cgroup,"
	    " :pid, :pid_start, :child, :child_start, :boot_id, :adapter)"
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
	store_bind_int(&q, ":adapter", r->adapter);
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
	enum fault_kind given = FAULT_NONE, kept;

	store_prepare(&q, s, grant != NULL ?
	    "SELECT id, grant, cgroup, pid, pid_start, child, child_start,"
	    " boot_id, adapter FROM runs WHERE grant = :grant ORDER BY id" :
	    "SELECT id, grant, cgroup, pid, pid_start, child, child_start,"
	    " boot_id, adapter FROM runs ORDER BY id");
	if (grant != NULL)
		store_bind_text(&q, ":grant", grant);
	while (given == FAULT_NONE && store_step(&q)) {
		struct store_run r = { 0 };

		r.id = store_int(&q, 0);
		store_text(&q, 1, r.grant, sizeof(r.grant));
		store_text(&q, 2, r.cgroup, sizeof(r.cgroup));
		r.pid = store_int(&q, 3);
		r.pid_start = store_int(&q, 4);
		r.child = store_int(&q, 5);
		r.child_start = store_int(&q, 6);
		store_text(&q, 7, r.boot_id, sizeof(r.boot_id));
		r.adapter = store_int(&q, 8) != 0;
		given = each(&r, arg, f);
	}
	if (given != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = store_end(&q, f);
	return given != FAULT_NONE ? given : kept;
}

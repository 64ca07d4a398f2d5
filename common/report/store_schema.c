/* SPDX-License-Identifier: ISC */
/* The versions of both sides' tables, in one file. */
#include "report/store_impl.h"

/* "vdr1": so that no other SQLite file is taken for a store. */
#define STORE_APPLICATION "1986294321"

static enum fault_kind
pragma(struct report_store *s, const char *sql, int64_t *n, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, sql);
	*n = sql_step(&q) ? sql_column(&q, 0) : -1;
	return sql_end(&q, f);
}

static enum fault_kind
version_get(struct report_store *s, const char *side, int64_t *version,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT version FROM side WHERE name = ?");
	sql_text(&q, span_of(side));
	*version = sql_step(&q) ? sql_column(&q, 0) : 0;
	return sql_end(&q, f);
}

static enum fault_kind
version_put(struct report_store *s, const char *side, int64_t version,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO side(name, version)"
	    " VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET"
	    " version = excluded.version");
	sql_text(&q, span_of(side));
	sql_int(&q, version);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

/* FAULT_NONE and *due false: nothing to do. */
static enum fault_kind
side_check(struct report_store *s, const struct report_schema *side,
    bool *due, struct fault *f)
{
	int64_t version;

	if (version_get(s, side->side, &version, f) != FAULT_NONE)
		return f->kind;
	if (version > (int64_t)side->count)
		return fault_set(f, FAULT_CONFIG, "the store is of a newer "
		    "version: update this program");
	*due = *due || version < (int64_t)side->count;
	return FAULT_NONE;
}

static enum fault_kind
side_raise(struct report_store *s, const struct report_schema *side,
    struct fault *f)
{
	int64_t version;

	if (version_get(s, side->side, &version, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = (size_t)version; i < side->count; i++)
		if (sql_exec(&s->db, side->steps[i], f) != FAULT_NONE)
			return f->kind;
	return version_put(s, side->side, (int64_t)side->count, f);
}

/* An empty file becomes a store; another program's stays what it is. */
static enum fault_kind
own(struct report_store *s, bool create, struct fault *f)
{
	int64_t id, objects;

	if (pragma(s, "PRAGMA application_id", &id, f) != FAULT_NONE ||
	    pragma(s, "SELECT count(*) FROM sqlite_master", &objects, f) !=
	    FAULT_NONE)
		return f->kind;
	if (id == 0 && objects == 0 && create)
		return sql_exec(&s->db,
		    "PRAGMA application_id=" STORE_APPLICATION ";"
		    "CREATE TABLE side(name TEXT PRIMARY KEY,"
		    " version BIGINT NOT NULL)", f);
	if (id == 0 && objects == 0)
		return fault_set(f, FAULT_NOINPUT, "the store is empty");
	if (id != INT64_C(1986294321))
		return fault_set(f, FAULT_CONFIG,
		    "the file is no store of dmarcreport");
	return FAULT_NONE;
}

enum fault_kind
report_store_migrate(struct report_store *s, bool create, struct fault *f)
{
	bool due = false;
	int64_t id;

	/* Most runs find all in order, and then need no write lock. */
	if (pragma(s, "PRAGMA application_id", &id, f) != FAULT_NONE)
		return f->kind;
	if (id == INT64_C(1986294321)) {
		if (side_check(s, &report_schema_read, &due, f) !=
		    FAULT_NONE ||
		    side_check(s, &report_schema_make, &due, f) !=
		    FAULT_NONE || !due)
			return f->kind;
	}
	if (report_store_begin(s, true, f) != FAULT_NONE)
		return f->kind;
	if (own(s, create, f) == FAULT_NONE &&
	    side_check(s, &report_schema_read, &due, f) == FAULT_NONE &&
	    side_check(s, &report_schema_make, &due, f) == FAULT_NONE &&
	    side_raise(s, &report_schema_read, f) == FAULT_NONE &&
	    side_raise(s, &report_schema_make, f) == FAULT_NONE)
		(void)report_store_commit(s, f);
	if (f->kind != FAULT_NONE)
		report_store_rollback(s);
	return f->kind;
}

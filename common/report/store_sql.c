/* SPDX-License-Identifier: ISC */
/* Statements: prepared once, a sticky result. */
#include "report/store_impl.h"

void
report_sql_made(struct report_sql *q, struct report_store *s,
    const char *sql)
{
	*q = (struct report_sql){ .s = s };
	q->rc = sqlite3_prepare_v2(s->db, sql, -1, &q->stmt, NULL);
}

void
report_sql_prepare(struct report_sql *q, struct report_store *s,
    const char *sql)
{
	struct report_statement *st;

	*q = (struct report_sql){ .s = s, .kept = true };
	for (size_t i = 0; i < s->nstatements; i++) {
		if (s->statements[i].sql == sql) {
			q->stmt = s->statements[i].stmt;
			return;
		}
	}
	if (s->nstatements == REPORT_STATEMENTS) {
		report_sql_made(q, s, sql);	/* kept is false again */
		return;
	}
	st = &s->statements[s->nstatements];
	q->rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &st->stmt, NULL);
	if (q->rc != SQLITE_OK)
		return;
	st->sql = sql;
	q->stmt = st->stmt;
	s->nstatements++;
}

void
report_sql_int(struct report_sql *q, int64_t n)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->stmt, ++q->at, n);
}

void
report_sql_null(struct report_sql *q)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_null(q->stmt, ++q->at);
}

void
report_sql_text(struct report_sql *q, struct span s)
{
	if (s.p == NULL)
		report_sql_null(q);
	else if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_text64(q->stmt, ++q->at, s.p, s.len,
		    SQLITE_STATIC, SQLITE_UTF8);
}

void
report_sql_blob(struct report_sql *q, struct span s)
{
	if (s.p == NULL)
		report_sql_null(q);
	else if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_blob64(q->stmt, ++q->at, s.p, s.len,
		    SQLITE_STATIC);
}

bool
report_sql_step(struct report_sql *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		return false;
	q->rc = sqlite3_step(q->stmt);
	return q->rc == SQLITE_ROW;
}

void
report_sql_again(struct report_sql *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW && q->rc != SQLITE_DONE)
		return;
	q->rc = sqlite3_reset(q->stmt);
	q->at = 0;
}

int64_t
report_sql_column(const struct report_sql *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

bool
report_sql_is_blob(const struct report_sql *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_BLOB;
}

struct span
report_sql_span(const struct report_sql *q, int column)
{
	const void *p = sqlite3_column_type(q->stmt, column) == SQLITE_BLOB ?
	    sqlite3_column_blob(q->stmt, column) :
	    sqlite3_column_text(q->stmt, column);
	size_t len = (size_t)sqlite3_column_bytes(q->stmt, column);

	if (p == NULL && sqlite3_column_type(q->stmt, column) != SQLITE_NULL)
		return SPAN("");
	return (struct span){ p, len };
}

enum fault_kind
report_sql_end(struct report_sql *q, struct fault *f)
{
	enum fault_kind kind = report_store_fault(q->s, q->rc, f);

	if (!q->kept) {
		(void)sqlite3_finalize(q->stmt);
	} else if (q->stmt != NULL) {
		(void)sqlite3_reset(q->stmt);
		(void)sqlite3_clear_bindings(q->stmt);
	}
	q->stmt = NULL;
	return kind;
}

int64_t
report_sql_changes(const struct report_store *s)
{
	return sqlite3_changes64(s->db);
}

int64_t
report_sql_id(const struct report_store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

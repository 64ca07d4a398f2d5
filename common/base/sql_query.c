/* SPDX-License-Identifier: ISC */
/* Statements: prepared once, a sticky result. */
#include <string.h>

#include "base/sql.h"

void
sql_made(struct sql *q, struct sql_db *d, const char *text)
{
	*q = (struct sql){ .d = d };
	q->rc = sqlite3_prepare_v2(d->db, text, -1, &q->stmt, NULL);
}

void
sql_prepare(struct sql *q, struct sql_db *d, const char *text)
{
	*q = (struct sql){ .d = d, .kept = true };
	for (size_t i = 0; i < d->nkept; i++) {
		if (d->kept[i].sql == text) {
			q->stmt = d->kept[i].stmt;
			return;
		}
	}
	if (d->nkept == SQL_KEPT) {
		sql_made(q, d, text);	/* kept is false again */
		return;
	}
	q->rc = sqlite3_prepare_v3(d->db, text, -1, SQLITE_PREPARE_PERSISTENT,
	    &q->stmt, NULL);
	if (q->rc != SQLITE_OK)
		return;
	d->kept[d->nkept].sql = text;
	d->kept[d->nkept++].stmt = q->stmt;
}

void
sql_int(struct sql *q, int64_t n)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->stmt, ++q->at, n);
}

void
sql_null(struct sql *q)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_null(q->stmt, ++q->at);
}

void
sql_text(struct sql *q, struct span s)
{
	if (s.p == NULL)
		sql_null(q);
	else if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_text64(q->stmt, ++q->at, s.p, s.len,
		    SQLITE_STATIC, SQLITE_UTF8);
}

void
sql_blob(struct sql *q, struct span s)
{
	if (s.p == NULL)
		sql_null(q);
	else if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_blob64(q->stmt, ++q->at, s.p, s.len,
		    SQLITE_STATIC);
}

void
sql_int_as(struct sql *q, const char *name, int64_t n)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->stmt,
		    sqlite3_bind_parameter_index(q->stmt, name), n);
}

void
sql_text_as(struct sql *q, const char *name, const char *p)
{
	int at;

	if (q->rc != SQLITE_OK)
		return;
	at = sqlite3_bind_parameter_index(q->stmt, name);
	q->rc = p == NULL ? sqlite3_bind_null(q->stmt, at) :
	    sqlite3_bind_text(q->stmt, at, p, -1, SQLITE_STATIC);
}

bool
sql_step(struct sql *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		return false;
	q->rc = sqlite3_step(q->stmt);
	return q->rc == SQLITE_ROW;
}

void
sql_again(struct sql *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW && q->rc != SQLITE_DONE)
		return;
	q->rc = sqlite3_reset(q->stmt);
	q->at = 0;
}

int64_t
sql_column(const struct sql *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

bool
sql_is_blob(const struct sql *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_BLOB;
}

struct span
sql_span(const struct sql *q, int column)
{
	const void *p = sqlite3_column_type(q->stmt, column) == SQLITE_BLOB ?
	    sqlite3_column_blob(q->stmt, column) :
	    sqlite3_column_text(q->stmt, column);
	size_t len = (size_t)sqlite3_column_bytes(q->stmt, column);

	if (p == NULL && sqlite3_column_type(q->stmt, column) != SQLITE_NULL)
		return SPAN("");
	return (struct span){ p, len };
}

void
sql_copy(const struct sql *q, int column, char *out, size_t len)
{
	const unsigned char *p = sqlite3_column_text(q->stmt, column);
	size_t n = p == NULL ? 0 :
	    (size_t)sqlite3_column_bytes(q->stmt, column);

	if (n > len - 1)
		n = len - 1;
	if (n > 0)
		memcpy(out, p, n);
	out[n] = '\0';
}

enum fault_kind
sql_end(struct sql *q, struct fault *f)
{
	enum fault_kind kind = sql_fault(q->d, q->rc, f);

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
sql_changes(const struct sql_db *d)
{
	return sqlite3_changes64(d->db);
}

int64_t
sql_id(const struct sql_db *d)
{
	return sqlite3_last_insert_rowid(d->db);
}

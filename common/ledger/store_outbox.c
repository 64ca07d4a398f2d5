/* SPDX-License-Identifier: ISC */
/* Mails that wait to be handed to sendmail. */
#include "ledger/store_impl.h"

enum fault_kind
store_mail_put(struct store *s, const struct store_mail *m, const char *text,
    int64_t *id, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "INSERT INTO mails(sender, text, since, tries,"
	    " next) VALUES(:sender, :text, :since, 0, :next) RETURNING id");
	sql_text_as(&q, ":sender", m->sender);
	sql_text_as(&q, ":text", text);
	sql_int_as(&q, ":since", m->since);
	sql_int_as(&q, ":next", m->next);
	*id = sql_step(&q) ? sql_column(&q, 0) : 0;
	while (sql_step(&q))
		continue;
	return sql_end(&q, f);
}

enum fault_kind
store_mail_drop(struct store *s, int64_t id, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "DELETE FROM mails WHERE id = :id");
	sql_int_as(&q, ":id", id);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
store_mail_later(struct store *s, int64_t id, int64_t next, bool failed,
    struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "UPDATE mails SET tries = tries + :failed,"
	    " next = :next WHERE id = :id");
	sql_int_as(&q, ":failed", failed);
	sql_int_as(&q, ":next", next);
	sql_int_as(&q, ":id", id);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
store_mail_due(struct store *s, int64_t now, int64_t longest,
    struct store_mail *m, struct buf *text, bool *found, struct fault *f)
{
	struct sql q;

	*m = (struct store_mail){ 0 };
	sql_made(&q, &s->db, "SELECT id, sender, since, tries, next, text"
	    " FROM mails WHERE next <= :now OR next > :now + :longest"
	    " ORDER BY next, id LIMIT 1");
	sql_int_as(&q, ":now", now);
	sql_int_as(&q, ":longest", longest);
	*found = sql_step(&q);
	if (*found) {
		const unsigned char *p = sqlite3_column_text(q.stmt, 5);

		m->id = sql_column(&q, 0);
		sql_copy(&q, 1, m->sender, sizeof(m->sender));
		m->since = sql_column(&q, 2);
		m->tries = sql_column(&q, 3);
		m->next = sql_column(&q, 4);
		buf_adds(text, p == NULL ? "" : (const char *)p);
	}
	return sql_end(&q, f);
}

enum fault_kind
store_mail_waiting(struct store *s, int64_t *all, int64_t *failed,
    int64_t *since, struct fault *f)
{
	struct sql q;

	*all = *failed = *since = 0;
	sql_made(&q, &s->db, "SELECT count(*), ifnull(sum(tries > 0), 0),"
	    " ifnull(min(since), 0) FROM mails");
	if (sql_step(&q)) {
		*all = sql_column(&q, 0);
		*failed = sql_column(&q, 1);
		*since = sql_column(&q, 2);
	}
	return sql_end(&q, f);
}

/* SPDX-License-Identifier: ISC */
/* Mails that wait to be handed to sendmail. */
#include "ledger/store_impl.h"

enum fault_kind
store_mail_put(struct store *s, const struct store_mail *m, const char *text,
    int64_t *id, struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "INSERT INTO mails(sender, text, since, tries,"
	    " next) VALUES(:sender, :text, :since, 0, :next) RETURNING id");
	store_bind_text(&q, ":sender", m->sender);
	store_bind_text(&q, ":text", text);
	store_bind_int(&q, ":since", m->since);
	store_bind_int(&q, ":next", m->next);
	*id = store_step(&q) ? store_int(&q, 0) : 0;
	while (store_step(&q))
		continue;
	return store_end(&q, f);
}

enum fault_kind
store_mail_drop(struct store *s, int64_t id, struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "DELETE FROM mails WHERE id = :id");
	store_bind_int(&q, ":id", id);
	(void)store_step(&q);
	return store_end(&q, f);
}

enum fault_kind
store_mail_later(struct store *s, int64_t id, int64_t next, bool failed,
    struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "UPDATE mails SET tries = tries + :failed,"
	    " next = :next WHERE id = :id");
	store_bind_int(&q, ":failed", failed);
	store_bind_int(&q, ":next", next);
	store_bind_int(&q, ":id", id);
	(void)store_step(&q);
	return store_end(&q, f);
}

enum fault_kind
store_mail_due(struct store *s, int64_t now, int64_t longest,
    struct store_mail *m, struct buf *text, bool *found, struct fault *f)
{
	struct store_sql q;

	*m = (struct store_mail){ 0 };
	store_prepare(&q, s, "SELECT id, sender, since, tries, next, text"
	    " FROM mails WHERE next <= :now OR next > :now + :longest"
	    " ORDER BY next, id LIMIT 1");
	store_bind_int(&q, ":now", now);
	store_bind_int(&q, ":longest", longest);
	*found = store_step(&q);
	if (*found) {
		const unsigned char *p = sqlite3_column_text(q.stmt, 5);

		m->id = store_int(&q, 0);
		store_text(&q, 1, m->sender, sizeof(m->sender));
		m->since = store_int(&q, 2);
		m->tries = store_int(&q, 3);
		m->next = store_int(&q, 4);
		buf_adds(text, p == NULL ? "" : (const char *)p);
	}
	return store_end(&q, f);
}

enum fault_kind
store_mail_waiting(struct store *s, int64_t *all, int64_t *failed,
    int64_t *since, struct fault *f)
{
	struct store_sql q;

	*all = *failed = *since = 0;
	store_prepare(&q, s, "SELECT count(*), ifnull(sum(tries > 0), 0),"
	    " ifnull(min(since), 0) FROM mails");
	if (store_step(&q)) {
		*all = store_int(&q, 0);
		*failed = store_int(&q, 1);
		*since = store_int(&q, 2);
	}
	return store_end(&q, f);
}

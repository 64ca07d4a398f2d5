/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "ledger/store_impl.h"

/*
 * The columns of a grant, in one place: TEXT for arrays of char, INT for all
 * else.
 */
#define STORE_COLUMNS(TEXT, INT) \
	TEXT(id) INT(state) INT(end) TEXT(kind) TEXT(resource) TEXT(rule) \
	TEXT(renews) TEXT(requester) TEXT(person) INT(uid) TEXT(reason) \
	TEXT(limits) INT(break_glass) INT(created) INT(start) INT(duration) \
	INT(pending_until) INT(activate_by) INT(activated) INT(not_after) \
	INT(boot_end) TEXT(boot_id) INT(max_total) INT(review_by) INT(uses) \
	INT(uses_left) TEXT(policy) TEXT(digest) TEXT(plan) INT(tries) \
	INT(next_try) TEXT(error) INT(seq) TEXT(hash) TEXT(effect) INT(asked) \
	INT(next_boot) TEXT(next_boot_id) INT(apply_again) INT(unanswered) \
	TEXT(unanswered_id) INT(undone)

#define STORE_NAME(c) #c ","
#define STORE_PARAM(c) ":" #c ","
/* A comma stands after each: one constant more ends the list. */
#define STORE_SELECT "SELECT " STORE_COLUMNS(STORE_NAME, STORE_NAME) \
	"0 FROM grants "

static void
store_grant_row(const struct sql *q, struct grant *g)
{
	int column = 0;

	*g = (struct grant){ 0 };
#define STORE_GET_TEXT(c) sql_copy(q, column++, g->c, sizeof(g->c));
#define STORE_GET_INT(c) g->c = (__typeof__(g->c))sql_column(q, column++);
	STORE_COLUMNS(STORE_GET_TEXT, STORE_GET_INT)
#undef STORE_GET_TEXT
#undef STORE_GET_INT
}

enum fault_kind
store_grant_get(struct store *s, const char *id, struct grant *g, bool *found,
    struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, STORE_SELECT "WHERE id = :id");
	sql_text_as(&q, ":id", id);
	*found = sql_step(&q);
	if (*found)
		store_grant_row(&q, g);
	return sql_end(&q, f);
}

enum fault_kind
store_grant_put(struct store *s, const struct grant *g, struct fault *f)
{
	struct sql q;

	/* Not REPLACE: that deletes the row and gives it a new number. */
#define STORE_SET(c) #c "=excluded." #c ","
	sql_made(&q, &s->db, "INSERT INTO grants("
	    STORE_COLUMNS(STORE_NAME, STORE_NAME) "rowid) VALUES("
	    STORE_COLUMNS(STORE_PARAM, STORE_PARAM) "NULL)"
	    " ON CONFLICT(id) DO UPDATE SET "
	    STORE_COLUMNS(STORE_SET, STORE_SET) "rowid=grants.rowid");
#undef STORE_SET
#define STORE_PUT_TEXT(c) sql_text_as(&q, ":" #c, g->c);
#define STORE_PUT_INT(c) sql_int_as(&q, ":" #c, (int64_t)g->c);
	STORE_COLUMNS(STORE_PUT_TEXT, STORE_PUT_INT)
#undef STORE_PUT_TEXT
#undef STORE_PUT_INT
	(void)sql_step(&q);
	return sql_end(&q, f);
}

/* With `where` written out the index of live grants is found. */
static const char *
store_which_sql(enum store_which which, bool requester)
{
	switch (which) {
	case STORE_LIVE:
		return requester ? STORE_SELECT "WHERE state BETWEEN 1 AND 5"
		    " AND requester = :requester"
		    " AND (:kind IS NULL OR kind = :kind)"
		    " AND (:resource IS NULL OR resource = :resource)"
		    " ORDER BY rowid" :
		    STORE_SELECT "WHERE state BETWEEN 1 AND 5"
		    " AND (:requester IS NULL OR requester = :requester)"
		    " AND (:kind IS NULL OR kind = :kind)"
		    " AND (:resource IS NULL OR resource = :resource)"
		    " ORDER BY rowid";
	case STORE_DUE:
		return STORE_SELECT "WHERE state BETWEEN 1 AND 5"
		    " AND (:requester IS NULL OR requester = :requester)"
		    " AND (:kind IS NULL OR kind = :kind)"
		    " AND (:resource IS NULL OR resource = :resource)"
		    " ORDER BY rowid";
	case STORE_SPENT:
		return STORE_SELECT "WHERE state = 6 AND end = 2"
		    " AND requester = :requester AND kind = :kind"
		    " AND resource = :resource"
		    " ORDER BY not_after DESC LIMIT 8";
	case STORE_ALL:
		break;
	}
	return STORE_SELECT
	    "WHERE (:requester IS NULL OR requester = :requester)"
	    " AND (:kind IS NULL OR kind = :kind)"
	    " AND (:resource IS NULL OR resource = :resource)"
	    " ORDER BY rowid";
}

enum fault_kind
store_grant_each(struct store *s, enum store_which which,
    const char *requester, const char *kind, const char *resource,
    enum fault_kind (*each)(const struct grant *, void *, struct fault *),
    void *arg, struct fault *f)
{
	struct grant g;
	struct sql q;
	enum fault_kind given = FAULT_NONE, kept;

	sql_made(&q, &s->db, store_which_sql(which, requester != NULL));
	sql_text_as(&q, ":requester", requester);
	sql_text_as(&q, ":kind", kind);
	sql_text_as(&q, ":resource", resource);
	while (given == FAULT_NONE && sql_step(&q)) {
		store_grant_row(&q, &g);
		given = each(&g, arg, f);
	}
	if (given != FAULT_NONE)
		q.rc = SQLITE_OK;
	kept = sql_end(&q, f);
	return given != FAULT_NONE ? given : kept;
}

enum fault_kind
store_grant_sharing(struct store *s, const char *effect, const char *id,
    const struct jit_now *now, struct grant *g, bool *found, struct fault *f)
{
	struct sql q;

	*found = false;
	if (effect[0] == '\0')
		return FAULT_NONE;
	/* The index is found by its WHERE. */
	sql_made(&q, &s->db, STORE_SELECT "WHERE effect = :effect"
	    " AND effect > '' AND state BETWEEN 1 AND 5"
	    " AND id <> :id AND (state = 3 OR (state BETWEEN 4 AND :last"
	    "  AND not_after > :wall"
	    "  AND NOT (boot_id = :boot_id AND boot_end <= :boot)))"
	    " ORDER BY rowid LIMIT 1");
	sql_text_as(&q, ":effect", effect);
	sql_text_as(&q, ":id", id);
	sql_int_as(&q, ":last", now == NULL ? GRANT_REVOKING :
	    GRANT_ACTIVE);
	sql_int_as(&q, ":wall", now == NULL ? -1 : now->wall);
	sql_text_as(&q, ":boot_id", now == NULL ? "none" : now->boot_id);
	sql_int_as(&q, ":boot", now == NULL ? -1 : now->boot);
	*found = sql_step(&q);
	if (*found)
		store_grant_row(&q, g);
	return sql_end(&q, f);
}

enum fault_kind
store_grant_burn(struct store *s, const char *id, int64_t n,
    const struct jit_now *now, const struct store_head *head, bool *taken,
    int64_t *left, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "UPDATE grants SET"
	    " uses_left = CASE WHEN uses_left < 0 THEN uses_left"
	    "  ELSE uses_left - :n END, seq = :seq, hash = :hash"
	    " WHERE id = :id AND state = 4 AND not_after > :wall"
	    " AND NOT (boot_id = :boot_id AND boot_end <= :boot)"
	    " AND (uses_left < 0 OR uses_left >= :n)"
	    " RETURNING uses_left");
	sql_int_as(&q, ":n", n);
	sql_int_as(&q, ":seq", head->seq);
	sql_text_as(&q, ":hash", head->hash);
	sql_text_as(&q, ":id", id);
	sql_int_as(&q, ":wall", now->wall);
	sql_text_as(&q, ":boot_id", now->boot_id);
	sql_int_as(&q, ":boot", now->boot);
	*taken = sql_step(&q);
	*left = *taken ? sql_column(&q, 0) : 0;
	/* The UPDATE is done only when it was stepped to its end. */
	while (sql_step(&q))
		continue;
	return sql_end(&q, f);
}

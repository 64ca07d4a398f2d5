/* SPDX-License-Identifier: ISC */
/*
 * The queue of mails that go out.  A mail is in the store before sendmail is
 * asked to take it, and until it has: who is killed in between, or has no
 * sendmail just now, loses none.  The sweep tries again.
 */
#include <stdio.h>

#include "base/json.h"
#include "jit/mail_impl.h"

/* Another process that is at it has this long before a sweep takes over. */
#define POST_LEASE 60
#define POST_BACKOFF_MAX 3600	/* pauses double to this or a little over */
#define POST_TRIES 12		/* before a mail is too old, by any clock */
#define POST_A_SWEEP 20		/* mails tried by one sweep */

/* A line in the log about mails; the caller commits. */
static enum fault_kind
post_note(struct jit *j, const char *event, const struct store_mail *m,
    struct span text, struct fault *f)
{
	json_t *o = json_object();
	struct span to = span_sub(text, span_find(text, '\n') + 1, text.len);
	bool bad = false;

	/* Our own mails: To is after From, or after In-Reply-To as well. */
	while (to.len > 0 && !span_starts(to, SPAN("To: ")))
		to = span_sub(to, span_find(to, '\n') + 1, to.len);
	to = span_sub(to, 4, span_find(to, '\n') - 4);
	js_set(o, "to", js_span(to), &bad);
	js_set(o, "try", js_int(m->tries + 1), &bad);
	if (!bad)
		return jit_note(j, event, o, f);
	json_decref(o);
	return fault_nomem(f);
}

/* Into the queue, leased to us; 0: there is no room. */
static int64_t
post_put(struct jit *j, const char *from, const char *text)
{
	struct store_mail m = { .id = 0 };
	struct fault f = { .kind = FAULT_NONE };
	int64_t all = 0, failed, since, id = 0;
	enum fault_kind kind = jit_begin(j, true, &f);

	(void)snprintf(m.sender, sizeof(m.sender), "%s", from);
	m.since = j->now.wall;
	m.next = j->now.wall + POST_LEASE;
	if (kind == FAULT_NONE)
		kind = store_mail_waiting(j->store, &all, &failed, &since,
		    &f);
	if (kind == FAULT_NONE && all < JIT_MAIL_QUEUE)
		kind = store_mail_put(j->store, &m, text, &id, &f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, &f);
	jit_abort(j);
	return kind == FAULT_NONE ? id : 0;
}

/* Sent, or too old: forgotten.  Else later, each time longer. */
static void
post_done(struct jit *j, const struct store_mail *m, struct span text,
    bool sent)
{
	int64_t wait = POST_LEASE;
	struct fault f = { .kind = FAULT_NONE };
	enum fault_kind kind = jit_begin(j, true, &f);
	bool old = j->now.wall - m->since > JIT_MAIL_KEEP &&
	    m->tries >= POST_TRIES;

	for (int64_t i = 0; i < m->tries && wait < POST_BACKOFF_MAX; i++)
		wait *= 2;
	if (kind == FAULT_NONE && (sent || old))
		kind = store_mail_drop(j->store, m->id, &f);
	else if (kind == FAULT_NONE)
		kind = store_mail_later(j->store, m->id, j->now.wall + wait,
		    true, &f);
	/* The first failure and the last one are reported. */
	if (kind == FAULT_NONE && !sent && (old || m->tries == 0))
		kind = post_note(j, old ? "mail-lost" : "mail-failed", m,
		    text, &f);
	if (kind == FAULT_NONE)
		(void)jit_commit(j, &f);
	jit_abort(j);
}

void
jit_mail_post(struct jit *j, const struct jit_post *post, const char *from,
    struct buf *mail)
{
	struct store_mail m = { .since = 0 };
	bool sent;

	if (mail->nomem || mail->full)
		return;
	m.id = post_put(j, from, buf_str(mail));
	m.since = j->now.wall;
	/* Where one failed, the next ones wait for the sweep. */
	if (j->mail_down && m.id != 0)
		return;
	sent = post->send(post->arg, jit_mail_program(j), from,
	    buf_span(mail));
	j->mail_down = j->mail_down || !sent;
	if (m.id != 0)
		post_done(j, &m, buf_span(mail), sent);
}

/* The next one that is due, leased to us. */
static bool
post_next(struct jit *j, struct store_mail *m, struct buf *text)
{
	bool found = false;
	struct fault f = { .kind = FAULT_NONE };
	enum fault_kind kind = jit_begin(j, true, &f);

	if (kind == FAULT_NONE)
		kind = store_mail_due(j->store, j->now.wall,
		    2 * POST_BACKOFF_MAX, m, text, &found, &f);
	if (kind == FAULT_NONE && found)
		kind = store_mail_later(j->store, m->id, j->now.wall +
		    POST_LEASE, false, &f);
	if (kind == FAULT_NONE && found)
		kind = jit_commit(j, &f);
	jit_abort(j);
	return kind == FAULT_NONE && found;
}

void
jit_mail_again(struct jit *j, const struct jit_post *post)
{
	struct store_mail m;
	struct buf text;

	if (post->send == NULL || !jit_need_policy(j, NULL))
		return;
	for (int i = 0; i < POST_A_SWEEP && !j->mail_down; i++) {
		bool sent;

		buf_init(&text, JIT_MAIL_BYTES + 1);
		if (!post_next(j, &m, &text)) {
			buf_free(&text);
			return;
		}
		sent = post->send(post->arg, jit_mail_program(j), m.sender,
		    buf_span(&text));
		j->mail_down = !sent;
		post_done(j, &m, buf_span(&text), sent);
		buf_cleanse(&text);
	}
}

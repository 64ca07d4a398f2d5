/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "jit/jit_impl.h"
#include "ledger/note.h"

static enum fault_kind
jit_emit(struct jit *j, struct span line, struct fault *f)
{
	return j->env->emit(j->env->emit_arg, line, f);
}

static void
jit_log_checkpoint(struct jit *j, struct jit_answer *a)
{
	struct checkpoint c = { 0 };
	struct note_key key = { 0 };
	struct fault f = { 0 };
	struct buf text, note;
	bool bad = false;
	enum fault_kind kind = jit_begin(j, false, &f);

	jit_abort(j);
	buf_init(&text, NOTE_MAX);
	buf_init(&note, NOTE_MAX);
	j->host = j->was;
	if (kind == FAULT_NONE)
		kind = jit_log_key(j, &key, c.origin, &f);
	if (kind == FAULT_NONE) {
		c.size = j->host.head.seq;
		memcpy(c.hash, j->host.head.hash, sizeof(c.hash));
		checkpoint_text(&c, &text);
		kind = note_sign(&key, buf_span(&text), &note, &f);
	}
	if (kind == FAULT_NONE) {
		struct buf vkey;

		buf_init(&vkey, 1024);
		note_key_text(&key, &vkey);
		a->more = json_object();
		js_set(a->more, "note", js_span(buf_span(&note)), &bad);
		js_set(a->more, "key", js_str(buf_str(&vkey)), &bad);
		js_set(a->more, "size", js_int(c.size), &bad);
		buf_free(&vkey);
		kind = jit_emit(j, buf_span(&note), &f);
	}
	note_key_cleanse(&key);
	buf_free(&text);
	buf_free(&note);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else
		jit_say(a, DECISION_YES, "checkpoint", NULL);
}

/* More lines than the store knows: an accident, or put there? */
static enum fault_kind
jit_log_beyond(struct jit *j, struct audit_verdict *v, struct fault *f)
{
	enum fault_kind kind = store_begin(j->store, true, f);
	enum audit_state state = AUDIT_UNTRUSTED;
	struct store_host h;
	const char *why;

	if (kind == FAULT_NONE)
		kind = store_host_get(j->store, &h, f);
	if (kind == FAULT_NONE)
		kind = audit_refresh(&j->log, f);
	if (kind == FAULT_NONE)
		kind = audit_judge(&j->log, &h.head, &state, &why, f);
	store_rollback(j->store);
	if (kind == FAULT_NONE && state == AUDIT_UNTRUSTED) {
		v->ok = false;
		v->bad = h.head.seq + 1;
		(void)snprintf(v->why, sizeof(v->why), "it and what follows "
		    "is not known to the store (%s)", why);
	}
	return kind;
}

static void
jit_log_tell(const struct audit_verdict *v, bool anchored,
    struct jit_answer *a)
{
	bool bad = false;

	a->more = json_object();
	js_set(a->more, "lines", js_int(v->lines), &bad);
	js_set(a->more, "bad", v->bad == 0 ? js_null() : js_int(v->bad),
	    &bad);
	js_set(a->more, "head", js_str(v->hash), &bad);
	js_set(a->more, "end", js_str(anchored ? "anchored" :
	    v->end_checked ? "store" : "unchecked"), &bad);
	if (!v->ok)
		jit_say(a, DECISION_NO, "log-changed", "line %lld: %s",
		    (long long)v->bad, v->why);
	else if (anchored)
		jit_say(a, DECISION_YES, "anchored", "%lld lines hold; the "
		    "chain up to the anchor is the one it tells of, the rest "
		    "ends where the store says", (long long)v->lines);
	else
		jit_say(a, DECISION_YES, "end-not-checked", "%lld lines hold "
		    "and end where the store says; end not checked: without "
		    "--anchor a log and store rolled back together would "
		    "look the same", (long long)v->lines);
}

static void
jit_log_verify(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a)
{
	struct checkpoint c = { 0 };
	struct audit_verdict v = { 0 };
	struct fault f = { 0 };
	enum fault_kind kind = store_begin(j->store, false, &f);

	if (kind == FAULT_NONE)
		kind = store_host_get(j->store, &j->host, &f);
	store_rollback(j->store);
	if (kind == FAULT_NONE && ask->anchor != NULL)
		kind = jit_anchor(j, ask->anchor, &c, &f);
	if (kind == FAULT_NONE)
		kind = audit_verify(j->log.fd, &j->host.head, c.size, c.hash,
		    &v, &f);
	if (kind == FAULT_NONE && v.ok && v.lines > j->host.head.seq)
		kind = jit_log_beyond(j, &v, &f);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else
		jit_log_tell(&v, ask->anchor != NULL, a);
}

static enum fault_kind
jit_log_line(struct span line, json_t *o, void *arg, struct fault *f)
{
	(void)o;
	return jit_emit(arg, line, f);
}

static void
jit_put(struct buf *b, json_t *o, const char *key, const char *label)
{
	json_t *value = json_object_get(o, key);

	if (json_is_string(value)) {
		buf_addf(b, " %s", label);
		buf_addprint(b, (struct span){ json_string_value(value),
		    json_string_length(value) });
	} else if (json_is_integer(value))
		buf_addf(b, " %s%lld", label,
		    (long long)json_integer_value(value));
}

/* One line for people. */
static enum fault_kind
jit_log_pretty(struct span line, json_t *o, void *arg, struct fault *f)
{
	static const struct {
		const char *key, *label;
	} parts[] = { { "grant", "" }, { "from", "from=" }, { "to", "to=" },
	    { "end", "end=" }, { "actor", "by=" }, { "kind", "kind=" },
	    { "resource", "resource=" }, { "person", "person=" },
	    { "uses", "uses=" }, { "left", "left=" },
	    { "scope", "scope=" }, { "value", "value=" },
	    { "of", "of=" }, { "text", "text=" }, { "reason", "reason=" } };
	struct buf b;
	enum fault_kind kind;

	buf_init(&b, (size_t)4 * AUDIT_LINE_MAX);
	if (o == NULL) {
		buf_adds(&b, "? ");
		buf_addprint(&b, line);
	} else {
		buf_addf(&b, "%lld", (long long)json_integer_value(
		    json_object_get(o, "seq")));
		jit_put(&b, o, "time", "");
		jit_put(&b, o, "event", "");
		for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			jit_put(&b, o, parts[i].key, parts[i].label);
	}
	buf_addc(&b, '\n');
	kind = buf_check(&b, f);
	if (kind == FAULT_NONE)
		kind = jit_emit(arg, buf_span(&b), f);
	buf_free(&b);
	return kind;
}

void
jit_log(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct fault f = { 0 };
	bool show = ask->sub != NULL && strcmp(ask->sub, "show") == 0;
	enum fault_kind kind;

	if (!jit_admin(j) || j->env->emit == NULL) {
		jit_say(a, DECISION_NO, "not-permitted",
		    "only root and the owner of the home read its log");
		return;
	}
	if (ask->sub != NULL && strcmp(ask->sub, "verify") == 0)
		jit_log_verify(j, ask, a);
	else if (ask->sub != NULL && strcmp(ask->sub, "checkpoint") == 0)
		jit_log_checkpoint(j, a);
	else if (show || (ask->sub != NULL &&
	    strcmp(ask->sub, "export") == 0)) {
		kind = audit_each(j->log.fd, show ? jit_log_pretty :
		    jit_log_line, j, &f);
		if (kind != FAULT_NONE)
			jit_fail(j, a, kind, &f);
		else
			jit_say(a, DECISION_YES, "shown", NULL);
	} else
		jit_usage(a, "log verify, show, checkpoint or export");
}

/* SPDX-License-Identifier: ISC */
/* Answers for people and for programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "jitgrant/jitgrant.h"

static void
put(struct buf *b, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_addf(b, " %s=", key);
	buf_addprint(b, span_of(value));
}

static void
put_time(struct buf *b, const char *key, int64_t t)
{
	char text[NUM_RFC3339_LEN];

	if (t == 0)
		return;
	num_rfc3339(t, text);
	put(b, key, text);
}

static const char *
str(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* One grant of `list`. */
static void
put_grant(struct buf *b, const json_t *o)
{
	buf_adds(b, str(o, "grant") != NULL ? str(o, "grant") : "?");
	put(b, "state", str(o, "state"));
	put(b, "reason", str(o, "reason"));
	put(b, "kind", str(o, "kind"));
	put(b, "resource", str(o, "resource"));
	put(b, "requester", str(o, "requester"));
	if (json_is_integer(json_object_get(o, "uses_left")))
		buf_addf(b, " uses_left=%lld", (long long)json_integer_value(
		    json_object_get(o, "uses_left")));
	put_time(b, "not_after", json_integer_value(json_object_get(o,
	    "not_after")));
	buf_addc(b, '\n');
}

static void
put_list(struct buf *b, const json_t *more)
{
	const json_t *grants = json_object_get(more, "grants");
	const json_t *freezes = json_object_get(more, "freezes"), *o;
	size_t i;

	json_array_foreach(grants, i, o)
		put_grant(b, o);
	json_array_foreach(freezes, i, o) {
		buf_adds(b, "frozen");
		put(b, "scope", str(o, "scope"));
		put(b, "value", str(o, "value"));
		put(b, "by", str(o, "by"));
		put(b, "reason", str(o, "reason"));
		buf_addc(b, '\n');
	}
}

/* Every member of an object, one a line. */
static void
put_members(struct buf *b, json_t *more)
{
	const char *key;
	json_t *value;

	json_object_foreach(more, key, value) {
		char *text;

		if (json_is_null(value))
			continue;
		buf_addf(b, "%s: ", key);
		if (json_is_string(value))
			buf_addprint(b, span_of(json_string_value(value)));
		else if ((text = json_dumps(value, JSON_COMPACT |
		    JSON_ENSURE_ASCII | JSON_ENCODE_ANY)) != NULL) {
			buf_addprint(b, span_of(text));
			free(text);
		}
		buf_addc(b, '\n');
	}
}

/* What a sweep would do, one grant or command a line. */
static void
put_would(struct buf *b, const json_t *would)
{
	const json_t *o;
	size_t i;

	json_array_foreach(would, i, o) {
		buf_adds(b, str(o, "grant") != NULL ? str(o, "grant") : "?");
		put(b, "from", str(o, "from"));
		put(b, "to", str(o, "to"));
		put(b, "adapter", str(o, "adapter"));
		if (json_object_get(o, "run") != NULL)
			buf_adds(b, " ends a command");
		buf_addc(b, '\n');
	}
}

static void
put_findings(struct buf *b, const json_t *more)
{
	const json_t *o;
	size_t i;

	json_array_foreach(json_object_get(more, "findings"), i, o) {
		buf_adds(b, str(o, "what") != NULL ? str(o, "what") : "?");
		buf_adds(b, ": ");
		buf_addprint(b, span_of(str(o, "text") != NULL ?
		    str(o, "text") : ""));
		buf_addc(b, '\n');
	}
}

static void
put_line(struct buf *b, const struct jit_answer *a)
{
	buf_adds(b, decision_word(a->decision));
	put(b, "grant", a->grant);
	put(b, "state", a->state);
	put(b, "reason", a->reason);
	if (a->uses_left >= 0)
		buf_addf(b, " uses_left=%lld", (long long)a->uses_left);
	put_time(b, "not_after", a->not_after);
	buf_addc(b, '\n');
}

static void
put_text(struct jitgrant *g, struct buf *b, const struct jit_answer *a)
{
	bool yes = a->fault == FAULT_NONE && a->decision == DECISION_YES;

	put_would(b, json_object_get(a->more, "would"));
	if (yes && json_object_get(a->more, "grants") != NULL)
		put_list(b, a->more);
	else if (a->more != NULL && (strcmp(a->verb, "clock") == 0 ||
	    (yes && strcmp(a->verb, "show") == 0)))
		put_members(b, a->more);
	else if (json_object_get(a->more, "findings") != NULL)
		put_findings(b, a->more);
	else if (yes && strcmp(a->verb, "log") == 0 &&
	    g->ask.sub != NULL && strcmp(g->ask.sub, "verify") != 0)
		return;
	else if (yes && a->text[0] != '\0') {
		buf_addprint(b, span_of(a->text));
		buf_addc(b, '\n');
	} else if (a->fault == FAULT_NONE)
		put_line(b, a);
}

int
jitgrant_print(struct jitgrant *g, const struct jit_answer *a)
{
	struct fault f = { .kind = FAULT_NONE };
	struct buf b;
	int status = jit_exit(a);
	bool lines = strcmp(a->verb, "log") == 0 && g->ask.sub != NULL &&
	    (strcmp(g->ask.sub, "show") == 0 ||
	    strcmp(g->ask.sub, "export") == 0) && status == 0;

	buf_init(&b, (size_t)1 << 30);
	if (g->json && !lines)
		(void)jit_answer_json(a, &b, &f);
	else if (!g->json && !g->quiet)
		put_text(g, &b, a);
	if (buf_check(&b, &f) == FAULT_NONE && f.kind == FAULT_NONE)
		out_addspan(&g->out, buf_span(&b));
	buf_free(&b);
	if (f.kind == FAULT_NONE)
		(void)out_close(&g->out, &f);
	if (f.kind != FAULT_NONE)
		return plain_fail(g->tool, &f);
	if (json_object_get(a->more, "warning") != NULL && !g->quiet)
		front_say(g->tool, "%s", json_string_value(json_object_get(
		    a->more, "warning")));
	/* An --mta turns wrong usage into 0: somebody must hear of it. */
	if (status != 0 && a->text[0] != '\0' && (!g->quiet ||
	    (g->mail.mta && status == FAULT_USAGE)))
		front_say(g->tool, "%s", a->text);
	return status;
}

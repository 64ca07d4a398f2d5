/* SPDX-License-Identifier: ISC */
/* Questions and answers as lines of JSON. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "jit/jit_impl.h"

enum fault_kind
jit_answer_json(const struct jit_answer *a, struct buf *out, struct fault *f)
{
	json_t *o = json_object(), *value;
	const char *key;
	bool bad = false;
	enum fault_kind kind;

	js_set(o, "schema", js_str(JIT_SCHEMA), &bad);
	js_set(o, "verb", js_str(a->verb), &bad);
	js_set(o, "decision", js_str(a->fault != FAULT_NONE ? "error" :
	    decision_word(a->decision)), &bad);
	js_set(o, "grant", a->grant[0] == '\0' ? js_null() :
	    js_str(a->grant), &bad);
	js_set(o, "state", a->state[0] == '\0' ? js_null() :
	    js_str(a->state), &bad);
	js_set(o, "reason", a->reason[0] == '\0' ? js_null() :
	    js_str(a->reason), &bad);
	js_set(o, "uses_left", a->uses_left < 0 ? js_null() :
	    js_int(a->uses_left), &bad);
	js_set(o, "not_after", a->not_after == 0 ? js_null() :
	    js_int(a->not_after), &bad);
	js_set(o, "exit", js_int(jit_exit(a)), &bad);
	js_set(o, "text", a->text[0] == '\0' ? js_null() : js_str(a->text),
	    &bad);
	json_object_foreach(a->more, key, value)
		if (json_object_get(o, key) == NULL)
			js_set(o, key, json_incref(value), &bad);
	kind = bad ? fault_nomem(f) : js_line(o, out, f);
	json_decref(o);
	return kind;
}

/* A text member copied into an array; false if it is there and no text. */
static bool
jit_take(json_t *o, const char *key, char *out, size_t len)
{
	json_t *value = json_object_get(o, key);
	const char *text = json_string_value(value);

	out[0] = '\0';
	if (json_is_null(value))
		return true;
	if (text == NULL || strlen(text) >= len)
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

/* The decision and the fault that an exit status stands for. */
static bool
jit_take_exit(int64_t code, struct jit_answer *a)
{
	if (code >= 64 && code <= 78) {
		a->fault = (enum fault_kind)code;
		return true;
	}
	for (int d = DECISION_NO; d <= DECISION_REPLAY; d++)
		if (decision_exit((enum decision)d) == code) {
			a->decision = (enum decision)d;
			return true;
		}
	return false;
}

enum fault_kind
jit_answer_read(struct span line, struct jit_answer *a, struct fault *f)
{
	static const char *const own[] = { "schema", "verb", "decision",
	    "exit", "text" };
	json_t *o = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES,
	    NULL);
	const char *verb = a->verb;
	bool ok;

	jit_answer_init(a, verb);
	ok = json_is_object(o) &&
	    jit_take(o, "grant", a->grant, sizeof(a->grant)) &&
	    jit_take(o, "state", a->state, sizeof(a->state)) &&
	    jit_take(o, "reason", a->reason, sizeof(a->reason)) &&
	    jit_take(o, "text", a->text, sizeof(a->text)) &&
	    json_is_integer(json_object_get(o, "exit")) &&
	    jit_take_exit(json_integer_value(json_object_get(o, "exit")), a);
	if (!ok) {
		json_decref(o);
		jit_answer_init(a, verb);
		return fault_set(f, FAULT_UNAVAILABLE,
		    "the answer is not what jitgrant serve writes");
	}
	a->uses_left = json_is_integer(json_object_get(o, "uses_left")) ?
	    json_integer_value(json_object_get(o, "uses_left")) : -1;
	a->not_after = json_integer_value(json_object_get(o, "not_after"));
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		(void)json_object_del(o, own[i]);
	a->more = o;
	return FAULT_NONE;
}

enum fault_kind
jit_ask_json(const struct jit_ask *ask, struct buf *out, struct fault *f)
{
	json_t *o = json_object(), *limits = json_object();
	bool bad = false;
	enum fault_kind kind;

	js_set(o, "schema", js_str(JIT_SCHEMA), &bad);
	js_set(o, "verb", js_str(ask->verb), &bad);
#define JIT_PUT(member, option) \
	if (ask->member != NULL) \
		js_set(o, option, js_str(ask->member), &bad);
	JIT_FIELDS(JIT_PUT)
#undef JIT_PUT
	for (size_t i = 0; i < ask->limits; i++)
		js_set(limits, ask->limit_key[i],
		    js_str(ask->limit_value[i]), &bad);
	js_set(o, "limits", limits, &bad);
	kind = bad ? fault_nomem(f) : js_line(o, out, f);
	json_decref(o);
	return kind;
}

/* Put one member of a question in its place; false if there is none. */
static bool
jit_ask_member(struct jit_ask *ask, const char *key, json_t *value)
{
	const char *text = json_string_value(value), *k;
	json_t *limit;

	if (strcmp(key, "limits") == 0 && json_is_object(value)) {
		json_object_foreach(value, k, limit) {
			if (ask->limits == JIT_LIMITS ||
			    !json_is_string(limit))
				return false;
			ask->limit_key[ask->limits] = k;
			ask->limit_value[ask->limits++] =
			    json_string_value(limit);
		}
		return true;
	}
	/* A NUL inside would make two readers read two things. */
	if (text == NULL || strlen(text) != json_string_length(value))
		return false;
	if (strcmp(key, "schema") == 0)
		return strcmp(text, JIT_SCHEMA) == 0;
	if (strcmp(key, "verb") == 0) {
		ask->verb = text;
		return true;
	}
#define JIT_GET(member, option) \
	if (strcmp(key, option) == 0) { \
		ask->member = text; \
		return true; \
	}
	JIT_FIELDS(JIT_GET)
#undef JIT_GET
	return false;
}

enum fault_kind
jit_ask_read(struct span line, struct jit_ask *ask, json_t **holder,
    struct fault *f)
{
	json_t *o = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES,
	    NULL), *value;
	const char *key;
	bool ok = json_is_object(o);

	*ask = (struct jit_ask){ 0 };
	*holder = o;
	json_object_foreach(o, key, value)
		ok = ok && jit_ask_member(ask, key, value);
	if (ok && ask->verb != NULL)
		return FAULT_NONE;
	json_decref(o);
	*holder = NULL;
	return fault_set(f, FAULT_USAGE, "not a question for jitgrant");
}

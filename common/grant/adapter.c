/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "grant/adapter.h"

const char *
adapter_verb_word(enum adapter_verb v)
{
	switch (v) {
	case ADAPTER_PLAN:
		return "plan";
	case ADAPTER_GRANT:
		return "grant";
	case ADAPTER_REVOKE:
		return "revoke";
	case ADAPTER_STATUS:
		break;
	}
	return "status";
}

/* Only letters, digits and the bytes of more; not empty, no hyphen first. */
static bool
adapter_plain(const char *p, const char *more)
{
	if (p[0] == '\0' || p[0] == '-')
		return false;
	for (; *p != '\0'; p++)
		if (!ascii_is_alnum(*p) && strchr(more, *p) == NULL)
			return false;
	return true;
}

/*
 * The adapters: what each target can take without reading it as syntax, and
 * how long what it sends to other hosts can be on its way.  A signed update is
 * taken for 300 s after its signature (the fudge of TSIG, RFC 8945 10) and is
 * sent for 10 s at most.  The commands of exec do what they do while they run.
 */
static const struct adapter_kind {
	const char *name;
	const char *resource;	/* bytes besides letters and digits */
	const char *limits;
	bool account;		/* it needs a local account */
	int64_t flight;		/* seconds; 0: nothing leaves this host */
} adapter_kinds[] = {
	{ "exec", "._-@:/+", "._-@:/+ ", false, 0 },
	{ "unixgroup", "._-", "._-", true, 0 },
	{ "sudoers", "._-", "._-", true, 0 },
	/* A DKIM key is base64; the equals sign means nothing in a TXT. */
	{ "nsupdate", "._-", "._-:/+=", false, 300 + 10 },
	{ "zonefrag", "._-", "._-:/+=", false, 0 },
};

/* NULL: there is no such adapter. */
static const struct adapter_kind *
adapter_known(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(adapter_kinds) /
	    sizeof(*adapter_kinds); i++)
		if (strcmp(adapter_kinds[i].name, name) == 0)
			return &adapter_kinds[i];
	return NULL;
}

int64_t
adapter_flight(const char *adapter)
{
	const struct adapter_kind *k = adapter_known(adapter);

	return k != NULL ? k->flight : ADAPTER_FLIGHT_MAX;
}

enum fault_kind
adapter_values(const char *adapter, const struct grant *g, const char *user,
    struct fault *f)
{
	const struct adapter_kind *s = adapter_known(adapter);
	json_t *limits, *value;
	const char *key;
	bool ok = true;

	if (s == NULL)
		return fault_set(f, FAULT_CONFIG, "no adapter %s", adapter);
	if (!adapter_plain(g->resource, s->resource))
		return fault_set(f, FAULT_DATA, "the resource has a byte "
		    "that adapter %s would take for syntax", adapter);
	if (s->account && !adapter_plain(user, "._-"))
		return fault_set(f, FAULT_DATA, "adapter %s needs a plain "
		    "local account", adapter);
	limits = json_loads(g->limits, 0, NULL);
	if (limits == NULL)
		return fault_set(f, FAULT_DATA, "the limits are no JSON");
	json_object_foreach(limits, key, value)
		ok = ok && adapter_plain(json_string_value(value) == NULL ?
		    "" : json_string_value(value), s->limits);
	json_decref(limits);
	return ok ? FAULT_NONE : fault_set(f, FAULT_DATA, "a limit has a byte "
	    "that adapter %s would take for syntax", adapter);
}

json_t *
adapter_plan(const struct policy_section *s, const char *user,
    const json_t *undo)
{
	json_t *o = json_object(), *config = json_object();
	bool failed = false;

	for (const struct policy_pair *p = s->pairs; p != NULL; p = p->next)
		js_set(config, p->key, js_str(p->value), &failed);
	js_set(o, "adapter", js_str(s->effect.adapter), &failed);
	js_set(o, "user", js_str(user), &failed);
	js_set(o, "timeout", js_int(s->effect.timeout != 0 ? s->effect.timeout :
	    ADAPTER_TIMEOUT), &failed);
	js_set(o, "config", config, &failed);
	js_set(o, "undo", undo == NULL ? js_null() : json_deep_copy(undo),
	    &failed);
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
}

enum fault_kind
adapter_plan_text(struct grant *g, const json_t *plan, struct fault *f)
{
	size_t n = plan == NULL ? 0 : json_dumpb(plan, g->plan,
	    sizeof(g->plan) - 1, JSON_COMPACT | JSON_SORT_KEYS |
	    JSON_ENSURE_ASCII);

	if (n == 0)
		return fault_nomem(f);
	if (n > sizeof(g->plan) - 1) {
		g->plan[0] = '\0';
		return fault_set(f, FAULT_DATA,
		    "the adapter's undo record is too long");
	}
	g->plan[n] = '\0';
	return FAULT_NONE;
}

/* The question an adapter reads on stdin. */
static enum fault_kind
adapter_question(const struct grant *g, const json_t *plan,
    enum adapter_verb verb, bool last, struct buf *in, struct fault *f)
{
	json_t *o = json_object();
	bool failed = false;
	enum fault_kind kind;

	js_set(o, "schema", js_str("vouchsafe-adapter/1"), &failed);
	js_set(o, "verb", js_str(adapter_verb_word(verb)), &failed);
	js_set(o, "grant", js_str(g->id), &failed);
	js_set(o, "kind", js_str(g->kind), &failed);
	js_set(o, "resource", js_str(g->resource), &failed);
	js_set(o, "requester", js_str(g->requester), &failed);
	js_set(o, "uid", g->uid == UINT32_MAX ? js_null() : js_int(g->uid),
	    &failed);
	js_set(o, "user", json_incref(json_object_get(plan, "user")),
	    &failed);
	js_set(o, "limits", json_loads(g->limits, 0, NULL), &failed);
	js_set(o, "duration", js_int(g->duration), &failed);
	/* Before activation: what it would be if it began now. */
	js_set(o, "not_after", g->not_after != 0 ? js_int(g->not_after) :
	    js_null(), &failed);
	js_set(o, "config", json_incref(json_object_get(plan, "config")),
	    &failed);
	js_set(o, "undo", json_incref(json_object_get(plan, "undo")),
	    &failed);
	if (last)
		js_set(o, "last", js_bool(true), &failed);
	kind = failed ? fault_nomem(f) : js_line(o, in, f);
	json_decref(o);
	return kind;
}

static void
adapter_say(struct adapter_reply *r, const char *text)
{
	struct buf b;

	buf_init(&b, 1024);
	buf_addprint(&b, span_sub(span_of(text), 0, 120));
	(void)snprintf(r->text, sizeof(r->text), "%s", buf_str(&b));
	buf_free(&b);
}

/* An end in two steps: what is left is due so many seconds from now. */
static void
adapter_read_withdrawn(const json_t *o, struct adapter_reply *r)
{
	int64_t again = json_integer_value(json_object_get(o, "again"));
	json_t *undo = json_object_get(o, "undo");

	if (again < 1 || again > ADAPTER_AGAIN_MAX || !json_is_object(undo))
		return;
	r->again = again;
	r->undo = json_incref(undo);
	r->result = ADAPTER_WITHDRAWN;
}

/* Exit status and answer of the executable; anything odd is a failure. */
static void
adapter_read(struct span out, int status, enum adapter_verb verb,
    struct adapter_reply *r)
{
	json_t *o = json_loadb(out.p == NULL ? "" : out.p, out.len,
	    JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(o, "text"));
	const char *state = json_string_value(json_object_get(o, "state"));
	bool ok = json_is_true(json_object_get(o, "ok"));
	json_t *undo = json_object_get(o, "undo");

	adapter_say(r, text != NULL ? text : status == 0 && !ok ?
	    "its answer is not what the protocol wants" : "it failed");
	r->settled = json_is_true(json_object_get(o, "settled"));
	r->present = state != NULL && strcmp(state, "present") == 0;
	if (status == 75)
		r->result = ADAPTER_RETRY;
	else if (status == 65)
		r->result = ADAPTER_REFUSED;
	else if (status == 0 && ok)
		switch (verb) {
		case ADAPTER_PLAN:
			if (json_is_object(undo)) {
				r->undo = json_incref(undo);
				r->result = ADAPTER_DONE;
			}
			break;
		case ADAPTER_GRANT:
			if (r->present)
				r->result = ADAPTER_DONE;
			break;
		case ADAPTER_REVOKE:
			if (state != NULL && strcmp(state, "absent") == 0)
				r->result = ADAPTER_DONE;
			else if (state != NULL &&
			    strcmp(state, "withdrawn") == 0)
				adapter_read_withdrawn(o, r);
			break;
		case ADAPTER_STATUS:
			if (state != NULL)
				r->result = ADAPTER_DONE;
			break;
		}
	json_decref(o);
}

enum fault_kind
adapter_ask(const struct adapter_runner *r, const struct grant *g,
    const json_t *plan, enum adapter_verb verb, struct adapter_reply *reply,
    struct fault *f)
{
	struct buf in, out;
	const char *name = json_string_value(json_object_get(plan,
	    "adapter"));
	int64_t timeout = json_integer_value(json_object_get(plan,
	    "timeout"));
	int status = 70;
	enum fault_kind kind;

	*reply = (struct adapter_reply){ 0 };
	buf_init(&in, (size_t)4 * ADAPTER_ANSWER_MAX);
	buf_init(&out, ADAPTER_ANSWER_MAX);
	if (name == NULL)
		kind = fault_set(f, FAULT_SOFTWARE, "the plan is no plan");
	else
		kind = adapter_question(g, plan, verb, r->last, &in, f);
	if (kind == FAULT_NONE)
		kind = r->run(r, name, verb, buf_span(&in), timeout > 0 ?
		    timeout : ADAPTER_TIMEOUT, &out, &status, f);
	if (kind == FAULT_NONE)
		adapter_read(buf_span(&out), status, verb, reply);
	buf_free(&in);
	buf_free(&out);
	return kind;
}

bool
adapter_planned(const struct grant *g)
{
	json_t *plan = json_loads(g->plan, 0, NULL);
	bool planned = json_is_object(json_object_get(plan, "undo"));

	json_decref(plan);
	return planned;
}

void
adapter_reply_free(struct adapter_reply *reply)
{
	json_decref(reply->undo);
	reply->undo = NULL;
}

/* SPDX-License-Identifier: ISC */
/*
 * What an adapter gets to know, and on whose word.
 *
 * Whoever may write the store (the account of jitgrant's home) MUST NOT thereby
 * choose what root runs.  So the adapter, its configuration and its timeout
 * come from the policy by the grant's kind, at the moment of use.  An undo
 * needs what held when the effect was made: that stands in an order, one file
 * a grant in a folder that only its owner can write, written and synced before
 * the adapter makes anything.  From the store come values alone, checked anew
 * as if a stranger had written them; once there is an order, not even those.
 *
 * Which decides where both are there: the order undoes, the policy does all
 * else.  Without an order (the effect was made by an earlier release) the
 * policy undoes; a kind that neither knows cannot be undone, and sweep says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "jit/jit_impl.h"
#include "run/proc.h"

#define ORDER_DIR "orders"
#define ORDER_BYTES ((size_t)4 * ADAPTER_ANSWER_MAX)

static uid_t
order_owner(const struct jit *j)
{
	return j->home.own ? j->home.owner : 0;
}

/* An id is a file's name here: it must be one that we make. */
static bool
order_id_ok(const char *id)
{
	size_t n = strlen(id);

	for (size_t i = 0; i < n; i++)
		if (!ascii_is_digit(id[i]) && (id[i] < 'a' || id[i] > 'z'))
			return false;
	return n > 0 && n < GRANT_ID;
}

/* The folder of the orders: in a personal home, or beside the policy. */
static enum fault_kind
order_dir(const struct jit *j, int *fd, struct fault *f)
{
	char path[HOME_PATH + sizeof(ORDER_DIR) + 1];
	size_t slash = span_rfind(span_of(j->home.policy), '/');
	struct stat st;

	if (j->home.own)
		(void)snprintf(path, sizeof(path), "%s/" ORDER_DIR,
		    j->home.path);
	else
		(void)snprintf(path, sizeof(path), "%.*s/" ORDER_DIR,
		    (int)slash, j->home.policy);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return fault_errno(f, FAULT_IO, errno, "%s", path);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return fault_errno(f, FAULT_IO, errno, "%s", path);
	if (fstat(*fd, &st) == 0 && st.st_uid == order_owner(j) &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return FAULT_NONE;
	(void)close(*fd);
	*fd = -1;
	return fault_set(f, FAULT_CONFIG, "%s: others than its owner can "
	    "write it", path);
}

/* A temporary file, synced, then its name, synced: a crash leaves the old order
 * or the new one. */
static enum fault_kind
order_write(int dir, const char *id, struct span text, struct fault *f)
{
	char name[GRANT_ID + 8];
	int fd;
	enum fault_kind kind = FAULT_NONE;

	(void)snprintf(name, sizeof(name), "%s.new", id);
	(void)unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_errno(f, FAULT_IO, errno, ORDER_DIR "/%s", name);
	while (text.len > 0 && kind == FAULT_NONE) {
		ssize_t n = write(fd, text.p, text.len);

		if (n > 0)
			text = span_sub(text, (size_t)n, text.len);
		else if (n == 0 || errno != EINTR)
			kind = fault_errno(f, FAULT_IO, n == 0 ? ENOSPC :
			    errno, ORDER_DIR "/%s", name);
	}
	if (kind == FAULT_NONE && (fsync(fd) != 0 ||
	    renameat(dir, name, dir, id) != 0 || fsync(dir) != 0))
		kind = fault_errno(f, FAULT_IO, errno, ORDER_DIR "/%s", id);
	if (kind != FAULT_NONE)
		(void)unlinkat(dir, name, 0);
	(void)close(fd);
	return kind;
}

/* The values that the adapter gets beside its plan. */
static json_t *
order_json(const struct grant *g, json_t *plan)
{
	json_t *o = json_object();
	bool bad = false;

	js_set(o, "kind", js_str(g->kind), &bad);
	js_set(o, "resource", js_str(g->resource), &bad);
	js_set(o, "requester", js_str(g->requester), &bad);
	js_set(o, "uid", js_int((int64_t)g->uid), &bad);
	js_set(o, "limits", js_str(g->limits), &bad);
	js_set(o, "plan", json_incref(plan), &bad);
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

enum fault_kind
jit_order_put(struct jit *j, const struct grant *g, json_t *plan,
    struct fault *f)
{
	struct run_rights rights = run_rights_take(order_owner(j));
	json_t *o = order_json(g, plan);
	struct buf b;
	int dir = -1;
	enum fault_kind kind;

	buf_init(&b, ORDER_BYTES);
	if (!order_id_ok(g->id))
		kind = fault_set(f, FAULT_DATA, "the grant's id is none");
	else
		kind = o == NULL ? fault_nomem(f) : js_line(o, &b, f);
	if (kind == FAULT_NONE)
		kind = order_dir(j, &dir, f);
	if (kind == FAULT_NONE)
		kind = order_write(dir, g->id, buf_span(&b), f);
	if (dir >= 0)
		(void)close(dir);
	run_rights_back(&rights);
	buf_free(&b);
	json_decref(o);
	return kind;
}

/* A text of the order into a member; false if it is not there or too long. */
static bool
order_text(const json_t *o, const char *key, char *out, size_t len)
{
	const char *text = json_string_value(json_object_get(o, key));
	int n = text == NULL ? -1 : snprintf(out, len, "%s", text);

	return n >= 0 && (size_t)n < len;
}

/* The file's text as an order for this grant. */
static enum fault_kind
order_parse(struct span text, struct grant *as, json_t **plan,
    struct fault *f)
{
	json_t *o = json_loadb(text.p == NULL ? "" : text.p, text.len,
	    JSON_REJECT_DUPLICATES, NULL);

	/* Whatever the row has become: this is what was made. */
	if (o != NULL && order_text(o, "kind", as->kind, sizeof(as->kind)) &&
	    order_text(o, "resource", as->resource, sizeof(as->resource)) &&
	    order_text(o, "requester", as->requester,
	    sizeof(as->requester)) &&
	    order_text(o, "limits", as->limits, sizeof(as->limits)) &&
	    json_is_object(json_object_get(o, "plan"))) {
		as->uid = (uint32_t)json_integer_value(json_object_get(o,
		    "uid"));
		*plan = json_incref(json_object_get(o, "plan"));
		json_decref(o);
		return FAULT_NONE;
	}
	json_decref(o);
	return fault_set(f, FAULT_CONFIG, ORDER_DIR "/%s is no order",
	    as->id);
}

/* The order of the grant; *plan is NULL if there is none.  as gets its
 * values. */
static enum fault_kind
order_get(struct jit *j, struct grant *as, json_t **plan, struct fault *f)
{
	struct run_rights rights = run_rights_take(order_owner(j));
	struct buf b;
	int dir = -1, fd = -1;
	enum fault_kind kind;

	*plan = NULL;
	buf_init(&b, ORDER_BYTES);
	kind = order_id_ok(as->id) ? order_dir(j, &dir, f) :
	    fault_set(f, FAULT_DATA, "the grant's id is none");
	if (kind == FAULT_NONE) {
		fd = openat(dir, as->id, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
		    O_NONBLOCK);
		if (fd < 0 && errno != ENOENT)
			kind = fault_errno(f, FAULT_IO, errno, ORDER_DIR
			    "/%s", as->id);
	}
	if (fd >= 0) {
		kind = file_read_fd(fd, &b, f);
		(void)close(fd);
		if (kind == FAULT_NONE)
			kind = order_parse(buf_span(&b), as, plan, f);
	}
	if (dir >= 0)
		(void)close(dir);
	run_rights_back(&rights);
	buf_free(&b);
	return kind;
}

void
jit_order_drop(struct jit *j, const char *id)
{
	struct run_rights rights = run_rights_take(order_owner(j));
	struct fault f = { 0 };
	int dir = -1;

	if (order_id_ok(id) && order_dir(j, &dir, &f) == FAULT_NONE) {
		(void)unlinkat(dir, id, 0);
		(void)close(dir);
	}
	run_rights_back(&rights);
}

/* By today's policy: the adapter of the kind, its keys, the requester's
 * account.  undo is borrowed; NULL for none. */
static enum fault_kind
order_by_policy(struct jit *j, const struct grant *g, const json_t *undo,
    json_t **plan, struct fault *f)
{
	const struct policy_section *s;
	char user[65] = "";
	enum fault_kind kind;

	if (!jit_need_policy(j, NULL)) {
		*f = j->policy_fault;
		return f->kind;
	}
	s = policy_kind(&j->policy, g->kind);
	if (s == NULL || s->effect.adapter == NULL)
		return fault_set(f, FAULT_CONFIG, "the policy has no kind %s "
		    "with an adapter any more", g->kind);
	if (g->uid != UINT32_MAX && (j->env->names.name == NULL ||
	    !j->env->names.name(g->uid, user, sizeof(user))))
		user[0] = '\0';
	kind = adapter_values(s->effect.adapter, g, user, f);
	if (kind != FAULT_NONE)
		return kind;
	*plan = adapter_plan(s, user, undo);
	return *plan == NULL ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
jit_order_undo(struct jit *j, const struct grant *g, json_t **undo,
    struct fault *f)
{
	struct grant as = *g;
	json_t *plan = NULL, *stored = NULL;
	enum fault_kind kind = order_get(j, &as, &plan, f);

	*undo = NULL;
	if (kind == FAULT_NONE && strcmp(as.kind, g->kind) != 0)
		kind = fault_set(f, FAULT_CONFIG, "the grant's order is of "
		    "kind %s, not %s", as.kind, g->kind);
	if (kind == FAULT_NONE && plan == NULL)
		stored = json_loads(g->plan, 0, NULL);
	if (kind == FAULT_NONE && json_is_object(json_object_get(plan != NULL ?
	    plan : stored, "undo")))
		*undo = json_incref(json_object_get(plan != NULL ? plan :
		    stored, "undo"));
	json_decref(plan);
	json_decref(stored);
	return kind;
}

enum fault_kind
jit_order_for(struct jit *j, enum adapter_verb verb, struct grant *as,
    json_t **plan, struct fault *f)
{
	json_t *undo = NULL;
	enum fault_kind kind = FAULT_NONE;

	*plan = NULL;
	if (verb == ADAPTER_REVOKE || verb == ADAPTER_STATUS) {
		kind = order_get(j, as, plan, f);
		if (kind != FAULT_NONE || *plan != NULL)
			return kind;
	}
	if (verb != ADAPTER_PLAN)
		kind = jit_order_undo(j, as, &undo, f);
	if (kind == FAULT_NONE)
		kind = order_by_policy(j, as, undo, plan, f);
	/* Before anything is made. */
	if (kind == FAULT_NONE && verb == ADAPTER_GRANT)
		kind = jit_order_put(j, as, *plan, f);
	json_decref(undo);
	return kind;
}

enum fault_kind
jit_order_keep(struct jit *j, const struct grant *g, const json_t *undo,
    struct fault *f)
{
	struct grant as = *g;
	json_t *plan = NULL;
	enum fault_kind kind = order_get(j, &as, &plan, f);

	/* One of an earlier plan, of which nothing was made. */
	if (kind == FAULT_NONE && plan != NULL && g->state == GRANT_APPROVED) {
		json_decref(plan);
		plan = NULL;
		as = *g;
	}
	if (kind == FAULT_NONE && plan != NULL &&
	    json_object_set_new(plan, "undo", json_deep_copy(undo)) != 0)
		kind = fault_nomem(f);
	if (kind == FAULT_NONE && plan == NULL)
		kind = order_by_policy(j, &as, undo, &plan, f);
	if (kind == FAULT_NONE)
		kind = jit_order_put(j, &as, plan, f);
	json_decref(plan);
	return kind;
}

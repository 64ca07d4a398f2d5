/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "jitgrant/desk.h"

/* How often the grant is looked at, in milliseconds: in a home, and through
 * the socket, where each look is a process. */
#define LOOK_HOME 200
#define LOOK_SOCKET 500
/* How long the socket may give no answer while the grant lasts. */
#define LOOK_PATIENCE 5000
/* How exactly its end is met. */
#define LOOK_END 50

static int64_t
mono_ms(void)
{
	struct clock c = clock_system();

	return clock_mono_ms(&c);
}

enum fault_kind
desk_ask(struct desk *d, const char *verb, const char *sub,
    struct jit_answer *a, struct fault *f)
{
	jit_answer_init(a, verb);
	d->g->ask.verb = verb;
	d->g->ask.sub = sub;
	if (d->socket != NULL)
		(void)jitgrant_remote(d->g, d->socket, a, f);
	else
		jit_do(&d->j, &d->g->ask, a);
	if (f->kind == FAULT_NONE && a->fault != FAULT_NONE)
		(void)fault_set(f, a->fault, "%s", a->text);
	if (f->kind == FAULT_NONE && a->decision == DECISION_YES &&
	    sub != NULL && strcmp(sub, "done") != 0) {
		d->not_after = a->not_after;
		d->boot_end = json_integer_value(json_object_get(a->more,
		    "boot_end"));
		d->answered = mono_ms();
	}
	return f->kind;
}

static enum fault_kind
desk_open(void *arg, struct fault *f)
{
	struct desk *d = arg;

	if (d->socket != NULL)
		return FAULT_NONE;
	d->open = jitgrant_open(d->g, &d->j, f) == FAULT_NONE;
	return f->kind;
}

void
desk_close(struct desk *d)
{
	if (d->open)
		jit_close(&d->j);
	d->open = false;
}

/* Ask about a tree; anything but yes is a fault. */
static enum fault_kind
desk_tree(struct desk *d, const char *sub, const struct run_tree *t,
    struct fault *f)
{
	const int64_t n[] = { t->holder, t->holder_start, t->child,
	    t->child_start };
	struct jit_answer a;

	for (size_t i = 0; i < 4; i++)
		(void)snprintf(d->number[i], sizeof(d->number[i]), "%lld",
		    (long long)n[i]);
	d->g->ask.pid = d->number[0];
	d->g->ask.pid_start = d->number[1];
	d->g->ask.child = d->number[2];
	d->g->ask.child_start = d->number[3];
	d->g->ask.cgroup = t->cgroup;
	d->g->ask.way = run_way_word(t->way);
	if (desk_ask(d, "run", sub, &a, f) == FAULT_NONE &&
	    a.decision != DECISION_YES)
		(void)fault_set(f, FAULT_UNAVAILABLE, "%s%s%s", a.reason,
		    a.text[0] != '\0' ? ": " : "", a.text);
	jit_answer_free(&a);
	return f->kind;
}

static enum fault_kind
desk_begin(void *arg, const struct run_tree *t, struct fault *f)
{
	return desk_tree(arg, "begin", t, f);
}

static enum fault_kind
desk_done(void *arg, const struct run_tree *t, struct fault *f)
{
	return desk_tree(arg, "done", t, f);
}

/* Seconds until the grant is over, by our own clocks. */
static int64_t
desk_left(const struct desk *d)
{
	struct fault f = { .kind = FAULT_NONE };
	const struct jit_clock *c = &d->g->env.clock;
	struct jit_now now;
	int64_t wall, boot;

	if (c->sample(c, &now, &f) != FAULT_NONE)
		return 0;
	wall = d->not_after - now.wall;
	boot = d->boot_end - now.boot;
	return wall < boot ? wall : boot;
}

static int64_t
desk_look(void *arg, bool sure)
{
	struct desk *d = arg;
	struct fault f = { .kind = FAULT_NONE };
	struct jit_answer a;
	int64_t now = mono_ms(), left = d->not_after == 0 ? 0 : desk_left(d);
	bool yes;

	if (sure || now >= d->next || left <= 0) {
		yes = desk_ask(d, "run", "alive", &a, &f) == FAULT_NONE &&
		    a.decision == DECISION_YES;
		jit_answer_free(&a);
		/* No answer is a no, at the end at once. */
		if (!yes && (f.kind == FAULT_NONE || d->socket == NULL ||
		    left <= 0 || now - d->answered > LOOK_PATIENCE))
			return -1;
		d->next = now + (d->socket != NULL ? LOOK_SOCKET : LOOK_HOME);
		left = desk_left(d);
	}
	now = d->next - now;
	return left <= 1 && now > LOOK_END ? LOOK_END : now;
}

static void
desk_say(void *arg, const struct fault *f)
{
	(void)plain_fail(((struct desk *)arg)->g->tool, f);
}

void
desk_init(struct desk *d, struct jitgrant *g)
{
	*d = (struct desk){ .g = g, .calls = { d, desk_open, desk_begin,
	    desk_done, desk_look, desk_say } };
}

/* SPDX-License-Identifier: ISC */
/* dkimkey rotate --wait: until every authoritative server has the record. */
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/plain.h"
#include "dkim/key_publish.h"
#include "dkim/key_servers.h"
#include "dkimkey/dkimkey.h"
#include "dns/net.h"

#define NAME "dkimkey rotate"
#define WAIT_TICK 1000		/* ms between two looks */
#define WAIT_QUERY 3000		/* ms for one server */
#define WAIT_ARENA ((size_t)1024 * 1024)

struct waiting {
	const struct dkimkey_common *common;
	struct span selector;
	struct key_server servers[KEY_SERVERS];
	size_t count, missing;
	bool has[KEY_SERVERS];
	char why[KEY_SERVERS][80];
};

/* One server, asked itself. */
static enum fault_kind
look(struct waiting *w, size_t i, struct fault *f)
{
	struct dns_server one = { .addr = w->servers[i].addr, .port = 53 };
	struct clock clock = clock_system();
	const struct dns_net_config config = { .servers = &one,
	    .server_count = 1, .timeout_ms = WAIT_QUERY, .clock = &clock };
	struct key_check check;
	struct dns *dns = NULL;
	struct arena a;

	/* A server that was named with its port is meant with that. */
	for (size_t k = 0; k < w->common->asked.nservers; k++)
		if (ipaddr_eq(&w->common->asked.servers[k].addr, &one.addr))
			one.port = w->common->asked.servers[k].port;
	arena_init(&a, WAIT_ARENA);
	if (dns_net_open(&config, &dns, f) == FAULT_NONE &&
	    key_check(dns, w->common->domain, w->selector, NULL, &a, &check,
	    f) == FAULT_NONE) {
		w->has[i] = check.result == KEY_AGREE;
		(void)snprintf(w->why[i], sizeof(w->why[i]), "%s",
		    check.result == KEY_TRY_AGAIN ? "no answer" :
		    check.result == KEY_NO_RECORD ? "no record" :
		    "no good key");
	}
	dns_net_close(dns);
	arena_free(&a);
	return f->kind;
}

static enum fault_kind
look_at_all(struct waiting *w, struct fault *f)
{
	w->missing = 0;
	for (size_t i = 0; i < w->count; i++) {
		if (!w->has[i] && look(w, i, f) != FAULT_NONE)
			return f->kind;
		w->missing += !w->has[i];
	}
	return FAULT_NONE;
}

static void
wait_text(const struct waiting *w, struct buf *out)
{
	for (size_t i = 0; i < w->count; i++) {
		buf_addf(out, "%.*s ", SPAN_ARG(w->servers[i].name));
		ipaddr_format(&w->servers[i].addr, out);
		buf_addf(out, ": %s\n", w->has[i] ? "published" : w->why[i]);
	}
}

static json_t *
wait_json(const struct waiting *w)
{
	json_t *o = json_object(), *list = json_array();
	bool failed = false;
	struct buf b;

	buf_init(&b, 64);
	for (size_t i = 0; i < w->count; i++) {
		json_t *one = json_object();

		buf_reset(&b);
		ipaddr_format(&w->servers[i].addr, &b);
		js_set(one, "server", js_span(w->servers[i].name), &failed);
		js_set(one, "address", js_str(buf_str(&b)), &failed);
		js_set(one, "published", json_boolean(w->has[i]), &failed);
		js_set(one, "text", w->has[i] ? js_null() :
		    js_str(w->why[i]), &failed);
		js_push(list, one, &failed);
	}
	buf_free(&b);
	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dkimkey"), &failed);
	js_set(o, "domain", js_span(w->common->domain), &failed);
	js_set(o, "selector", js_span(w->selector), &failed);
	js_set(o, "published", json_boolean(w->missing == 0), &failed);
	js_set(o, "servers", list, &failed);
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
}

enum fault_kind
dkimkey_wait(const struct dkimkey_common *c, struct span selector,
    int64_t seconds, struct dkimkey_run *run, struct fault *f)
{
	struct waiting w = { .common = c, .selector = selector };
	struct clock clock = clock_system();
	int64_t end = clock_mono_ms(&clock) + seconds * 1000;
	struct span name = key_name(selector, c->domain, run->arena);
	struct dns *dns = NULL;

	if (name.p == NULL)
		return fault_nomem(f);
	if (dkimkey_dns(c, &dns, f) == FAULT_NONE)
		(void)key_servers(dns, name, run->arena, w.servers, &w.count,
		    f);
	dns_close(dns);
	while (f->kind == FAULT_NONE && look_at_all(&w, f) == FAULT_NONE &&
	    w.missing > 0 && clock_mono_ms(&clock) < end) {
		if (c->verbose)
			front_say(NAME, "%zu of %zu servers do not have it",
			    w.missing, w.count);
		(void)poll(NULL, 0, WAIT_TICK);
	}
	if (f->kind != FAULT_NONE)
		return f->kind;
	run->status = w.missing == 0 ? 0 : FAULT_TEMP;
	if (c->json)
		return dkimkey_json(wait_json(&w), run->out, f);
	wait_text(&w, run->out);
	return FAULT_NONE;
}

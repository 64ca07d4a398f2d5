/* SPDX-License-Identifier: ISC */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_UNBOUND
#include <unbound.h>
#endif

#include "base/buf.h"
#include "dns/validate.h"
#include "dns/wire.h"

#ifndef HAVE_UNBOUND
enum fault_kind
dns_validate_open(const struct dns_validate_config *config, struct dns **out,
    struct fault *f)
{
	(void)config;
	*out = NULL;
	return fault_set(f, FAULT_CONFIG,
	    "--validate: built without libunbound");
}

void
dns_validate_close(struct dns *dns)
{
	(void)dns;
}
#else

#define VALIDATE_LIBRARY "libunbound.so.8"

/* The functions of the library that are used: X(NAME). */
#define VALIDATE_FUNCTIONS(X) X(ub_ctx_create) X(ub_ctx_delete) \
	X(ub_ctx_set_option) X(ub_ctx_set_fwd) X(ub_ctx_resolvconf) \
	X(ub_ctx_add_ta) X(ub_ctx_add_ta_file) X(ub_ctx_zone_remove) \
	X(ub_ctx_async) X(ub_resolve_async) X(ub_cancel) X(ub_fd) \
	X(ub_process) X(ub_resolve_free) X(ub_strerror)

struct validate {
	struct dns dns;
	struct dns *plain;
	int64_t timeout_ms;
	void *library;
	struct ub_ctx *ctx;
#define VALIDATE_MEMBER(name) __typeof__(name) *(name);
	VALIDATE_FUNCTIONS(VALIDATE_MEMBER)
#undef VALIDATE_MEMBER
};

/* The root's keys, https://data.iana.org/root-anchors/root-anchors.xml. */
static const char *const validate_root[] = {
	". IN DS 20326 8 2 "
	    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
	". IN DS 38696 8 2 "
	    "683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
};

/* Zones that the library answers by itself: an audit asks who has them. */
static const char *const validate_local[] = { "test.", "invalid.", "onion.",
	"localhost.", "home.arpa.", "resolver.arpa.", "service.arpa." };

struct validate_wait {
	bool done;
	int error;
	struct ub_result *result;
};

static void
validate_done(void *data, int error, struct ub_result *result)
{
	struct validate_wait *w = data;

	w->done = true;
	w->error = error;
	w->result = result;
}

static bool
validate_load(struct validate *v)
{
	void *p;

	v->library = dlopen(VALIDATE_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (v->library == NULL)
		return false;
#define VALIDATE_BIND(name) \
	p = dlsym(v->library, #name); \
	if (p == NULL) \
		return false; \
	memcpy(&v->name, &p, sizeof(p));
	VALIDATE_FUNCTIONS(VALIDATE_BIND)
#undef VALIDATE_BIND
	return true;
}

/* "192.0.2.53@5353" */
static int
validate_forward(const struct validate *v, const struct dns_server *s)
{
	struct buf b;
	int rc = UB_NOMEM;

	buf_init(&b, 128);
	ipaddr_format(&s->addr, &b);
	buf_addf(&b, "@%u", (unsigned)s->port);
	if (!b.nomem && !b.full)
		rc = v->ub_ctx_set_fwd(v->ctx, buf_str(&b));
	buf_free(&b);
	return rc;
}

static int
validate_anchors(const struct validate *v, const char *file)
{
	int rc = 0;

	if (file != NULL)
		return v->ub_ctx_add_ta_file(v->ctx, file);
	for (size_t i = 0; rc == 0 && i < sizeof(validate_root) /
	    sizeof(validate_root[0]); i++)
		rc = v->ub_ctx_add_ta(v->ctx, validate_root[i]);
	return rc;
}

static int
validate_set_up(const struct validate *v,
    const struct dns_validate_config *config)
{
	int rc = v->ub_ctx_set_option(v->ctx, "do-not-query-localhost:",
	    "no");

	if (rc == 0)
		rc = v->ub_ctx_set_option(v->ctx, "unblock-lan-zones:",
		    "yes");
	for (size_t i = 0; rc == 0 && i < config->server_count; i++)
		rc = validate_forward(v, &config->servers[i]);
	if (rc == 0 && config->server_count == 0)
		rc = v->ub_ctx_resolvconf(v->ctx, NULL);
	if (rc == 0)
		rc = validate_anchors(v, config->anchor);
	/* A process of its own, so that a question can be given up. */
	if (rc == 0)
		rc = v->ub_ctx_async(v->ctx, 0);
	for (size_t i = 0; rc == 0 && i < sizeof(validate_local) /
	    sizeof(validate_local[0]); i++)
		(void)v->ub_ctx_zone_remove(v->ctx, validate_local[i]);
	return rc;
}

/* Ask, and wait for as long as the question may take. */
static bool
validate_ask(struct validate *v, const struct dns_question *q,
    const char *name, struct validate_wait *w)
{
	int64_t end = clock_mono_ms(v->dns.clock) + v->timeout_ms, left;
	int id = 0;

	if (q->deadline_ms != 0 && q->deadline_ms < end)
		end = q->deadline_ms;
	if (v->ub_resolve_async(v->ctx, name, (int)q->type, 1, w,
	    validate_done, &id) != 0)
		return false;
	while (!w->done) {
		struct pollfd p = { v->ub_fd(v->ctx), POLLIN, 0 };

		left = end - clock_mono_ms(v->dns.clock);
		if (left <= 0 || p.fd < 0)
			break;
		(void)poll(&p, 1, (int)left);
		if (v->ub_process(v->ctx) != 0)
			break;
	}
	if (!w->done)
		(void)v->ub_cancel(v->ctx, id);
	return w->done;
}

static enum fault_kind
validate_answer(const struct ub_result *r, const struct dns_question *q,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	struct dns_wire_question asked = { .name_len = q->wire_len,
	    .type = (uint16_t)q->type };
	struct dns_reading reading;

	*answer = (struct dns_answer){ .why = DNS_WHY_SERVFAIL };
	if (r->bogus) {
		answer->said = arena_span(a, span_of(r->why_bogus != NULL ?
		    r->why_bogus : "DNSSEC bogus"));
		return answer->said.p == NULL ? fault_nomem(f) : FAULT_NONE;
	}
	if (r->answer_packet == NULL || r->answer_len <= 0)
		return FAULT_NONE;
	memcpy(asked.name, q->wire, q->wire_len);
	if (dns_wire_read(&asked, 0, r->answer_packet,
	    (size_t)r->answer_len, a, &reading, f) != FAULT_NONE)
		return f->kind;
	*answer = reading.answer;
	answer->authentic = r->secure != 0;
	answer->vouched = answer->outcome != DNS_TEMPERROR;
	return FAULT_NONE;
}

static enum fault_kind
validate_query(struct dns *dns, const struct dns_question *q,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	struct validate *v = dns->state;
	struct validate_wait w = { .done = false };
	struct buf name;

	if (q->unchecked)
		return v->plain->query(v->plain, q, a, answer, f);
	*answer = (struct dns_answer){ .why = DNS_WHY_TIMEOUT };
	buf_init(&name, 4 * BOUND_DNS_NAME + 2);
	dns_name_print(q->wire, &name);
	buf_addc(&name, '.');
	if (buf_check(&name, f) == FAULT_NONE &&
	    validate_ask(v, q, buf_str(&name), &w) && w.result != NULL &&
	    w.error == 0)
		(void)validate_answer(w.result, q, a, answer, f);
	if (w.result != NULL)
		v->ub_resolve_free(w.result);
	buf_free(&name);
	return f->kind;
}

enum fault_kind
dns_validate_open(const struct dns_validate_config *config, struct dns **out,
    struct fault *f)
{
	struct validate *v = calloc(1, sizeof(*v));
	int rc;

	*out = NULL;
	if (v == NULL)
		return fault_nomem(f);
	/* The library reads it with the first question. */
	if (config->anchor != NULL && access(config->anchor, R_OK) != 0) {
		free(v);
		return fault_errno(f, FAULT_NOINPUT, errno, "--anchor=%s",
		    config->anchor);
	}
	v->dns.query = validate_query;
	v->dns.state = v;
	v->dns.clock = config->clock;
	v->plain = config->plain;
	v->timeout_ms = config->timeout_ms > 0 ? config->timeout_ms :
	    DNS_NET_TIMEOUT_MS;
	if (!validate_load(v)) {
		(void)fault_set(f, FAULT_CONFIG, "--validate: %s cannot be "
		    "loaded", VALIDATE_LIBRARY);
	} else if ((v->ctx = v->ub_ctx_create()) == NULL) {
		(void)fault_nomem(f);
	} else if ((rc = validate_set_up(v, config)) != 0) {
		(void)fault_set(f, FAULT_CONFIG, "--validate: %s%s%s",
		    v->ub_strerror(rc), config->anchor != NULL ? ": " : "",
		    config->anchor != NULL ? config->anchor : "");
	} else {
		*out = &v->dns;
		return FAULT_NONE;
	}
	dns_validate_close(&v->dns);
	return f->kind;
}

void
dns_validate_close(struct dns *dns)
{
	struct validate *v = dns == NULL ? NULL : dns->state;

	if (v == NULL)
		return;
	if (v->ctx != NULL)
		v->ub_ctx_delete(v->ctx);
	if (v->library != NULL)
		(void)dlclose(v->library);
	free(v);
}
#endif

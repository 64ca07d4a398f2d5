/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/b64.h"
#include "base/json.h"
#include "jit/jit_impl.h"

/* What a new home may do at once; jitgrant-policy(5) has the rest. */
static const char jit_sample[] =
    "# The policy of this home: see jitgrant-policy(5).\n"
    "# `jitgrant policy check` reads it, `jitgrant policy explain` says\n"
    "# which line decides about a request.\n"
    "[defaults]\n"
    "max_duration=1h\n"
    "pending_ttl=24h\n"
    "activate_within=1h\n"
    "\n"
    "[rule demo]\n"
    "kind=demo\n"
    "resource=*\n"
    "request=uid:%u\n"
    "approve=none\n"
    "max=1h\n";

/* A key of random bytes, in base64, after a first line if there is one. */
static enum fault_kind
jit_init_key(const struct home *h, const struct jit_env *env,
    const char *name, const char *first, struct fault *f)
{
	unsigned char raw[32];
	struct buf b;
	enum fault_kind kind = env->random(raw, sizeof(raw), f);

	if (kind != FAULT_NONE)
		return kind;
	buf_init(&b, 1024);
	if (first != NULL)
		buf_addf(&b, "%s\n", first);
	b64_encode(&b, raw, sizeof(raw));
	buf_addc(&b, '\n');
	kind = buf_check(&b, f);
	if (kind == FAULT_NONE)
		kind = home_write(h, name, buf_span(&b), f);
	OPENSSL_cleanse(raw, sizeof(raw));
	buf_cleanse(&b);
	return kind;
}

/* The log's name: this host and a random part, so that no two logs share it. */
static enum fault_kind
jit_init_origin(struct jit *j, char *out, size_t len, struct fault *f)
{
	char host[65] = "localhost", id[GRANT_ID];
	enum fault_kind kind = jit_new_id(j, id, f);

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		(void)snprintf(host, sizeof(host), "localhost");
	for (char *p = host; *p != '\0'; p++)
		if (!ascii_is_alnum(*p) && *p != '.' && *p != '-')
			*p = '-';
	(void)snprintf(out, len, "%s/jitgrant/%s", host, id + 1);
	return kind;
}

/* The first line of the log. */
static enum fault_kind
jit_init_first(struct jit *j, const char *origin, struct fault *f)
{
	bool bad = false;
	json_t *o = json_object();
	enum fault_kind kind;

	kind = jit_begin(j, true, f);
	js_set(o, "origin", js_str(origin), &bad);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &bad);
	if (kind == FAULT_NONE && bad)
		kind = fault_nomem(f);
	if (kind == FAULT_NONE)
		kind = jit_note(j, "init", json_incref(o), f);
	json_decref(o);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

static enum fault_kind
jit_init_files(struct jit *j, struct fault *f)
{
	char path[HOME_PATH + 32], origin[200], policy[1024];
	const struct jit_env *env = j->env;
	enum fault_kind kind;
	struct stat st;

	kind = home_local(j->home.fd, f);
	if (kind == FAULT_NONE)
		kind = jit_init_origin(j, origin, sizeof(origin), f);
	if (kind == FAULT_NONE)
		kind = jit_init_key(&j->home, env, HOME_LOG_KEY, origin, f);
	if (kind == FAULT_NONE)
		kind = jit_init_key(&j->home, env, HOME_CODE_KEY, NULL, f);
	(void)snprintf(policy, sizeof(policy), jit_sample,
	    (unsigned)env->caller);
	/* The system's policy stands elsewhere, and is root's to write. */
	if (kind == FAULT_NONE && j->home.own &&
	    fstatat(j->home.fd, HOME_POLICY, &st, AT_SYMLINK_NOFOLLOW) != 0)
		kind = home_write(&j->home, HOME_POLICY, span_of(policy), f);
	if (kind == FAULT_NONE)
		kind = home_ballast(&j->home, f);
	if (kind == FAULT_NONE)
		kind = audit_open(&j->log, j->home.fd, HOME_LOG, true,
		    j->home.owner, f);
	(void)snprintf(path, sizeof(path), "%s/" HOME_STORE, j->home.path);
	if (kind == FAULT_NONE)
		kind = store_open(path, true, &j->store, f);
	return kind == FAULT_NONE ? jit_init_first(j, origin, f) : kind;
}

enum fault_kind
jit_init(const char *dir, bool own, const struct jit_env *env,
    struct fault *f)
{
	struct jit j = { .env = env, .log = { .fd = -1 },
	    .home = { .fd = -1 } };
	enum fault_kind kind = home_make(dir, f);

	if (kind == FAULT_NONE)
		kind = home_open(&j.home, dir, own, NULL, f);
	if (kind == FAULT_NONE)
		kind = jit_init_files(&j, f);
	jit_close(&j);
	return kind;
}

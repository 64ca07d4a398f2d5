/* SPDX-License-Identifier: ISC */
/* Files that an audit is given: read at once, before any question. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "dns/domain.h"
#include "mailaudit/inputs.h"

#define INPUTS_MAX ((size_t)1024 * 1024)
#define INPUTS_BYTES ((size_t)256 * 1024 * 1024)

void
mailaudit_inputs_init(struct mailaudit_inputs *in)
{
	arena_init(&in->arena, INPUTS_BYTES);
}

void
mailaudit_inputs_free(struct mailaudit_inputs *in)
{
	posture_keyring_free(in->ring);
	arena_free(&in->arena);
}

/* "NAME=FILE", if what stands before "=" is a domain, else "FILE". */
static const char *
inputs_split(const char *value, struct span *name)
{
	struct span path;

	if (span_cut(span_of(value), '=', name, &path) &&
	    domain_is_ldhu(domain_undot(*name)) && path.len > 0) {
		*name = domain_undot(*name);
		return path.p;
	}
	*name = (struct span){ "", 0 };
	return value;
}

/* All of a file, of at most INPUTS_MAX bytes, in the arena. */
static enum fault_kind
inputs_read(struct mailaudit_inputs *in, const char *path, struct span *text,
    struct fault *f)
{
	struct buf b;

	buf_init(&b, INPUTS_MAX);
	if (file_read(path, &b, f) == FAULT_NONE) {
		*text = arena_span(&in->arena, buf_span(&b));
		if (text->p == NULL)
			(void)fault_nomem(f);
	}
	buf_free(&b);
	return f->kind;
}

static enum fault_kind
inputs_cert(struct mailaudit_inputs *in, const char *value,
    struct fault *f)
{
	struct posture_cert *c = &in->certs[in->ncerts];
	struct span text = { NULL, 0 };
	const char *path;

	if (in->ncerts == INPUTS_FILES)
		return fault_set(f, FAULT_USAGE, "--cert: given too often");
	path = inputs_split(value, &c->host);
	if (inputs_read(in, path, &text, f) != FAULT_NONE)
		return f->kind;
	if (posture_cert_parse(text, &in->arena, c, f) != FAULT_NONE)
		return fault_context(f, "%s", path);
	in->ncerts++;
	return FAULT_NONE;
}

static enum fault_kind
inputs_providers(struct mailaudit_inputs *in, const char *value,
    struct fault *f)
{
	struct span text = { NULL, 0 };

	if (inputs_read(in, value, &text, f) != FAULT_NONE)
		return f->kind;
	return providers_add(&in->providers, text, value, &in->arena, f);
}

static enum fault_kind
inputs_sts(struct mailaudit_inputs *in, const char *value,
    struct fault *f)
{
	struct posture_sts_given *g = &in->sts[in->nsts];

	if (in->nsts == INPUTS_FILES)
		return fault_set(f, FAULT_USAGE,
		    "--sts-policy: given too often");
	if (inputs_read(in, inputs_split(value, &g->domain), &g->text, f) !=
	    FAULT_NONE)
		return f->kind;
	in->nsts++;
	return FAULT_NONE;
}

/* What a program that fetches may see of our environment. */
static enum fault_kind
inputs_env(struct mailaudit_inputs *in, struct fault *f)
{
	static const char *const names[] = { "PATH", "LANG", "SSL_CERT_FILE",
	    "SSL_CERT_DIR", "CURL_CA_BUNDLE" };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		size_t len = strlen(names[i]);
		char *one;

		if (value == NULL)
			continue;
		one = arena_alloc(&in->arena, len + strlen(value) + 2);
		if (one == NULL)
			return fault_nomem(f);
		memcpy(one, names[i], len);
		one[len] = '=';
		memcpy(one + len + 1, value, strlen(value) + 1);
		in->env[n++] = one;
	}
	in->env[n] = NULL;
	return FAULT_NONE;
}

enum fault_kind
mailaudit_inputs_ready(struct mailaudit_inputs *in, struct fault *f)
{
	struct posture_fetch *fetch = &in->fetch;

	in->ring = posture_keyring_new();
	if (in->ring == NULL)
		return fault_nomem(f);
	if (providers_add(&in->providers, (struct span){ NULL, 0 },
	    "built in", &in->arena, f) != FAULT_NONE)
		return f->kind;
	if (!in->fetches)
		return fetch->program != NULL || fetch->allow_private ?
		    fault_set(f, FAULT_USAGE, "%s needs --fetch",
		    fetch->program != NULL ? "--fetch-program" :
		    "--allow-private") : FAULT_NONE;
	if (fetch->program == NULL)
		fetch->program = "/usr/bin/curl";
	if (fetch->program[0] != '/')
		return fault_set(f, FAULT_USAGE,
		    "--fetch-program: not an absolute path");
	if (access(fetch->program, X_OK) != 0)
		return fault_set(f, FAULT_CONFIG, "%s: cannot be run; "
		    "--fetch needs it", fetch->program);
	fetch->get = posture_fetch_curl;
	fetch->envp = in->env;
	return inputs_env(in, f);
}

enum fault_kind
mailaudit_input(struct mailaudit_inputs *in, const char *name,
    const char *value, struct fault *f)
{
	if (strcmp(name, "cert") == 0)
		return inputs_cert(in, value, f);
	else if (strcmp(name, "mail") == 0)
		return mailaudit_mail(in, value, f);
	else if (strcmp(name, "providers") == 0)
		return inputs_providers(in, value, f);
	else if (strcmp(name, "sts-policy") == 0)
		return inputs_sts(in, value, f);
	else if (strcmp(name, "probe-selectors") == 0)
		mailaudit_guess(in);
	else if (strcmp(name, "fetch") == 0)
		in->fetches = true;
	else if (strcmp(name, "fetch-program") == 0)
		in->fetch.program = value;
	else if (strcmp(name, "allow-private") == 0)
		in->fetch.allow_private = true;
	else
		return cli_untaken(name, f);
	return FAULT_NONE;
}

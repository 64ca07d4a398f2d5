/* SPDX-License-Identifier: ISC */
/*
 * A vote is for what was asked.  The row of a request can be edited by whoever
 * can write the store; its line in the log cannot without breaking the chain.
 */
#include <stdio.h>
#include <string.h>

#include "jit/jit_impl.h"

static bool
jit_line_text(json_t *line, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(line, key));

	return value != NULL && strcmp(value, text) == 0;
}

/* What the digest does not cover: whom the requester is taken for. */
static bool
jit_same_asker(json_t *line, const struct grant *g)
{
	char who[GRANT_WHO];

	(void)snprintf(who, sizeof(who), "uid:%u", (unsigned)g->uid);
	return jit_line_text(line, "person", g->person) &&
	    jit_line_text(line, "requester", g->requester) &&
	    (strcmp(who, g->requester) == 0 ||
	    (g->uid == UINT32_MAX && strncmp(g->requester, "mail:", 5) == 0));
}

enum fault_kind
jit_unchanged(struct jit *j, const struct grant *g, bool *same,
    int64_t *duration, struct fault *f)
{
	struct grant asked = *g;
	char digest[SHA256_HEX];
	json_t *line = NULL;
	enum fault_kind kind = audit_at(&j->log, g->asked, &line, f);

	*same = false;
	*duration = 0;
	if (kind != FAULT_NONE || line == NULL)
		return kind;
	asked.duration = json_integer_value(json_object_get(line,
	    "duration"));
	*duration = asked.duration;
	kind = grant_digest(&asked, digest, f);
	*same = kind == FAULT_NONE && jit_line_text(line, "grant", g->id) &&
	    json_is_null(json_object_get(line, "from")) &&
	    jit_line_text(line, "digest", digest) &&
	    strcmp(digest, g->digest) == 0 && jit_same_asker(line, g) &&
	    g->duration <= asked.duration;
	json_decref(line);
	return kind;
}

/* SPDX-License-Identifier: ISC */
/*
 * Whatever two commands of the administrator's do: grant_command and
 * revoke_command, and status_command if there is one.  That says 0 for
 * present and 3 for absent: absent is never a mere failure (1).
 *
 * A command is an absolute path and words, split at blanks: no quotes, no
 * shell.  A word that is {resource}, {user}, {uid}, {grant}, {kind},
 * {not_after}, {duration} or {limit.NAME} as a whole becomes that value.  The
 * command finds the whole question on its standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/main.h"
#include "base/buf.h"
#include "base/sha256.h"

#define COMMAND_MAX 4096
#define STATUS_ABSENT 3

/* A command, cut into words: those of text, and values in their place. */
struct command {
	char text[COMMAND_MAX];
	char values[COMMAND_MAX];
	size_t used;
	char *argv[ADAPTER_WORDS + 1];
};

/* The value that a word stands for, in JSON; NULL if for none. */
static const json_t *
stands_for(const struct adapter_task *t, char *word)
{
	static const char *const names[] = { "resource", "user", "uid",
	    "grant", "kind", "not_after", "duration" };
	size_t len = strlen(word);
	const json_t *found = NULL;

	if (len < 3 || word[0] != '{' || word[len - 1] != '}')
		return NULL;
	word[len - 1] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(word + 1, names[i]) == 0)
			found = json_object_get(t->question, names[i]);
	if (strncmp(word + 1, "limit.", 6) == 0)
		found = json_object_get(t->limits, word + 7);
	word[len - 1] = '}';
	return found;
}

/* The word itself, or the value in its place; NULL if there is no room. */
static char *
fill(const struct adapter_task *t, struct command *c, char *word)
{
	const json_t *v = stands_for(t, word);
	char *at = c->values + c->used;
	size_t room = sizeof(c->values) - c->used;
	int n;

	/* A word in braces that stands for nothing is a slip: not passed on. */
	if (v == NULL)
		return word[0] == '{' ? NULL : word;
	if (json_is_string(v))
		n = snprintf(at, room, "%s", json_string_value(v));
	else if (json_is_integer(v))
		n = snprintf(at, room, "%lld",
		    (long long)json_integer_value(v));
	else if (strcmp(word, "{not_after}") == 0)
		n = snprintf(at, room, "0");
	else
		return NULL;	/* nobody's uid is not root's */
	if (n <= 0 || (size_t)n >= room || at[0] == '-')
		return NULL;
	c->used += (size_t)n + 1;
	return at;
}

static bool
cut(const struct adapter_task *t, const char *text, struct command *c)
{
	size_t n = 0;
	char *p = c->text;

	c->used = 0;
	if ((size_t)snprintf(c->text, sizeof(c->text), "%s", text) >=
	    sizeof(c->text))
		return false;
	for (;;) {
		char *word;

		p += strspn(p, " \t");
		if (*p == '\0')
			break;
		if (n == ADAPTER_WORDS)
			return false;
		word = p;
		p += strcspn(p, " \t");
		if (*p != '\0')
			*p++ = '\0';
		c->argv[n] = fill(t, c, word);
		if (c->argv[n++] == NULL)
			return false;
	}
	c->argv[n] = NULL;
	return n > 0 && c->argv[0][0] == '/';
}

/* Run the command under that key; its exit status, or ours above 255. */
static int
command(struct adapter_task *t, const char *key, int *status)
{
	static struct command c;
	char *input;

	if (!cut(t, adapter_config(t, key, ""), &c))
		return adapter_no(t, ADAPTER_CONFIG, "%s: an absolute path "
		    "and plain words, please", key);
	if (!adapter_ours(c.argv[0]))
		return adapter_no(t, ADAPTER_CONFIG, "%s: not there, or others "
		    "than root could change it", key);
	input = json_dumps(t->question, JSON_COMPACT | JSON_ENSURE_ASCII);
	*status = adapter_command(c.argv, input, NULL, 0);
	free(input);
	return ADAPTER_OK;
}

/* Is it there?  Without status_command nobody knows. */
static int
known(struct adapter_task *t, bool *present)
{
	int status = 0, rc = command(t, "status_command", &status);

	if (rc != ADAPTER_OK)
		return rc;
	*present = status == 0;
	return status == 0 || status == STATUS_ABSENT ? ADAPTER_OK :
	    adapter_no(t, ADAPTER_TEMP,
	    "status_command ended with status %d", status);
}

static bool
has_status(const struct adapter_task *t)
{
	return adapter_config(t, "status_command", "")[0] != '\0';
}

/* Both commands as they would be run.  Where the two are the same for two
 * grants, so is what they make, and the last one undoes it. */
static int
compose(struct adapter_task *t, struct buf *effect)
{
	static struct command c;
	static const char *const needed[] = { "grant_command",
	    "revoke_command" };

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		if (!cut(t, adapter_config(t, needed[i], ""), &c))
			return adapter_no(t, ADAPTER_CONFIG, "%s: an absolute "
			    "path and plain words, please", needed[i]);
		if (!adapter_ours(c.argv[0]))
			return adapter_no(t, ADAPTER_CONFIG, "%s: not there, "
			    "or others than root could change it", needed[i]);
		for (char **word = c.argv; *word != NULL; word++) {
			buf_adds(effect, *word);
			buf_addc(effect, '\n');
		}
		buf_addc(effect, '\n');
	}
	return effect->nomem || effect->full ? adapter_no(t, ADAPTER_SOFTWARE,
	    "out of memory") : ADAPTER_OK;
}

static int
do_plan(struct adapter_task *t)
{
	char hash[SHA256_HEX];
	struct buf effect;
	bool was = false;
	int rc;

	buf_init(&effect, (size_t)4 * COMMAND_MAX);
	rc = compose(t, &effect);
	sha256_hex(buf_span(&effect), hash);
	buf_free(&effect);
	if (rc == ADAPTER_OK && has_status(t))
		rc = known(t, &was);
	if (rc == ADAPTER_OK)
		t->plan = json_pack("{s:b,s:s}", "was_present", was, "effect",
		    hash);
	return rc;
}

static bool
was_present(const struct adapter_task *t)
{
	return json_is_true(json_object_get(t->undo, "was_present"));
}

static int
do_grant(struct adapter_task *t)
{
	int status = 0, rc;
	bool present = false;

	/* What was there before is not ours to make, or to take away. */
	if (was_present(t)) {
		rc = known(t, &present);
		t->present = present;
		if (rc == ADAPTER_OK && !present)
			rc = adapter_no(t, ADAPTER_TEMP,
			    "it was there before this grant, and is no "
			    "longer");
		return rc;
	}
	rc = command(t, "grant_command", &status);
	if (rc != ADAPTER_OK)
		return rc;
	if (status != 0)
		return adapter_no(t, status == ADAPTER_DATA ||
		    status == ADAPTER_TEMP ? status : ADAPTER_SOFTWARE,
		    "grant_command ended with status %d", status);
	t->present = true;
	return ADAPTER_OK;
}

static int
do_revoke(struct adapter_task *t)
{
	int status = 0, rc;
	bool present = false;

	if (!json_is_object(t->undo) || was_present(t))
		return ADAPTER_OK;
	rc = command(t, "revoke_command", &status);
	if (rc != ADAPTER_OK)
		return rc;
	if (status == 0)
		return ADAPTER_OK;
	/* What is not there need not be taken away. */
	if (has_status(t) && known(t, &present) == ADAPTER_OK && !present)
		return ADAPTER_OK;
	return adapter_no(t, ADAPTER_TEMP,
	    "revoke_command ended with status %d", status);
}

static int
do_status(struct adapter_task *t)
{
	bool present = false;
	int rc = known(t, &present);

	t->present = present;
	return rc;
}

const struct adapter_verbs adapter_verbs = { do_plan, do_grant, do_revoke,
	do_status };

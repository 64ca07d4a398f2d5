/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapter/main.h"
#include "base/spawn.h"

#define QUESTION_MAX 262144
#define MARK "VOUCHSAFE_RUN"
#define SAID_MAX 8192	/* of what a command says, the rest is dropped */

int
adapter_no(struct adapter_task *t, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->text, sizeof(t->text), fmt, ap);
	va_end(ap);
	return status;
}

static const char *
member(const json_t *o, const char *key, const char *def)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : def;
}

const char *
adapter_config(const struct adapter_task *t, const char *key, const char *def)
{
	return member(t->config, key, def);
}

const char *
adapter_undo(const struct adapter_task *t, const char *key, const char *def)
{
	return member(t->undo, key, def);
}

bool
adapter_word(const char *s, const char *more)
{
	if (*s == '\0' || *s == '-')
		return false;
	for (; *s != '\0'; s++)
		if (!ascii_is_alnum(*s) && strchr(more, *s) == NULL)
			return false;
	return true;
}

/* One name of a path.  In a folder with the sticky bit only owners rename. */
static bool
ours(const char *path, bool last)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return false;
	/* Links on the way (/bin) are root's; where they lead is asked too. */
	if (S_ISLNK(st.st_mode) && (st.st_uid != 0 || stat(path, &st) != 0))
		return false;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return false;
	if (last && !S_ISREG(st.st_mode))
		return false;
	return (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    (!last && (st.st_mode & S_ISVTX) != 0);
}

bool
adapter_ours(const char *path)
{
	char copy[1024];
	int n = snprintf(copy, sizeof(copy), "%s", path);

	if (path[0] != '/' || n < 0 || (size_t)n >= sizeof(copy) ||
	    !ours("/", false))
		return false;
	for (char *p = strchr(copy + 1, '/'); p != NULL;
	    p = strchr(p + 1, '/')) {
		*p = '\0';
		if (!ours(copy, false))
			return false;
		*p = '/';
	}
	return ours(copy, true);
}

int
adapter_command(char *const argv[], const char *input, char *head, size_t len)
{
	/* It must not end us by what it says, nor answer in our place.  Our
	 * own time is what limits its. */
	const char *word = getenv(MARK);
	char mark[128], path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	    lang[] = "LC_ALL=C";
	/* jitgrant's mark goes on: by it is found what is left of us. */
	char *envp[] = { path, lang, word != NULL ? mark : NULL, NULL };
	struct spawn s = { .argv = argv, .envp = envp, .err = SPAWN_AS_OUTPUT,
	    .tied = true };
	struct fault f = { .kind = FAULT_NONE };
	struct buf out;
	int status;

	(void)snprintf(mark, sizeof(mark), MARK "=%s",
	    word != NULL ? word : "");
	buf_init(&out, SAID_MAX);
	(void)spawn_run(&s, span_of(input != NULL ? input : ""), &out,
	    &status, &f);
	if (head != NULL && len > 0)
		(void)snprintf(head, len, "%s", buf_str(&out));
	buf_free(&out);
	return status < 0 || status == SPAWN_NOT_THERE ? SPAWN_NOT_STARTED :
	    status;
}

/* The whole of standard input; NULL if it is not one of our objects. */
static json_t *
question(const char *verb)
{
	char *p = malloc(QUESTION_MAX);
	size_t used = 0;
	ssize_t n = 1;
	json_t *o = NULL;

	while (p != NULL && n != 0 && used < QUESTION_MAX) {
		n = read(STDIN_FILENO, p + used, QUESTION_MAX - used);
		if (n > 0)
			used += (size_t)n;
		else if (n < 0 && errno != EINTR)
			break;
	}
	if (p != NULL && n == 0)
		o = json_loadb(p, used, JSON_REJECT_DUPLICATES, NULL);
	free(p);
	if (strcmp(member(o, "schema", ""), "vouchsafe-adapter/1") == 0 &&
	    strcmp(member(o, "verb", ""), verb) == 0 &&
	    adapter_word(member(o, "grant", ""), ""))
		return o;
	json_decref(o);
	return NULL;
}

static int
answer(const struct adapter_task *t, const char *verb, int status)
{
	json_t *o = json_object();
	bool ok = o != NULL;
	int rc;

	ok = ok && json_object_set_new(o, "ok", json_boolean(status == 0)) == 0;
	if (status != 0 || t->text[0] != '\0')
		ok = ok && json_object_set_new(o, "text",
		    json_string(t->text)) == 0;
	/* Whatever became of it, nothing of it is on its way. */
	ok = ok && (t->unanswered || json_object_set_new(o, "settled",
	    json_true()) == 0);
	if (status == 0 && t->plan != NULL)
		ok = ok && json_object_set(o, "undo", t->plan) == 0;
	if (status == 0 && t->again > 0)
		ok = ok && json_object_set_new(o, "again",
		    json_integer(t->again)) == 0;
	if (status == 0 && strcmp(verb, "plan") != 0)
		ok = ok && json_object_set_new(o, "state", json_string(
		    t->again > 0 ? "withdrawn" : t->present ? "present" :
		    "absent")) == 0;
	rc = ok ? json_dumpf(o, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) : -1;
	json_decref(o);
	if (rc != 0 || putchar('\n') == EOF || fflush(stdout) != 0)
		return ADAPTER_SOFTWARE;
	return status;
}

static int
run(const char *verb, struct adapter_task *t)
{
	const struct adapter_verbs *verbs = &adapter_verbs;

	if (strcmp(verb, "plan") == 0)
		return verbs->plan(t);
	if (strcmp(verb, "grant") == 0)
		return verbs->grant(t);
	if (strcmp(verb, "revoke") == 0)
		return verbs->revoke(t);
	return verbs->status(t);
}

int
main(int argc, char **argv)
{
	const char *verb = argc == 2 ? argv[1] : "";
	struct adapter_task t = { 0 };
	int status;

	if (strcmp(verb, "plan") != 0 && strcmp(verb, "grant") != 0 &&
	    strcmp(verb, "revoke") != 0 && strcmp(verb, "status") != 0) {
		(void)fprintf(stderr, "an adapter of jitgrant: plan, grant, "
		    "revoke or status, with a question on standard input; "
		    "see jitgrant-adapter(7)\n");
		return 64;
	}
	t.question = question(verb);
	if (t.question == NULL)
		return answer(&t, verb, adapter_no(&t, ADAPTER_DATA,
		    "the question is not what the protocol wants"));
	t.grant = member(t.question, "grant", "");
	t.kind = member(t.question, "kind", "");
	t.resource = member(t.question, "resource", "");
	t.user = member(t.question, "user", "");
	t.not_after = json_integer_value(json_object_get(t.question,
	    "not_after"));
	t.duration = json_integer_value(json_object_get(t.question,
	    "duration"));
	t.config = json_object_get(t.question, "config");
	t.undo = json_object_get(t.question, "undo");
	t.limits = json_object_get(t.question, "limits");
	t.last = json_is_true(json_object_get(t.question, "last"));
	status = run(verb, &t);
	if (status == 0 && (strcmp(verb, "plan") == 0 || t.again > 0) &&
	    t.plan == NULL)
		status = adapter_no(&t, ADAPTER_SOFTWARE, "out of memory");
	status = answer(&t, verb, status);
	json_decref(t.plan);
	json_decref(t.question);
	return status;
}

/* SPDX-License-Identifier: ISC */
/* The world around the engine, and the home it works in. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/places.h"
#include "jitgrant/jitgrant.h"

static bool
name_to_uid(const char *name, uint32_t *uid)
{
	struct passwd pw, *found = NULL;
	char room[16384];

	if (getpwnam_r(name, &pw, room, sizeof(room), &found) != 0 ||
	    found == NULL)
		return false;
	*uid = (uint32_t)pw.pw_uid;
	return true;
}

static bool
uid_to_name(uint32_t uid, char *out, size_t len)
{
	struct passwd pw, *found = NULL;
	char room[16384];

	if (getpwuid_r((uid_t)uid, &pw, room, sizeof(room), &found) != 0 ||
	    found == NULL || strlen(pw.pw_name) >= len)
		return false;
	(void)snprintf(out, len, "%s", pw.pw_name);
	return true;
}

static enum fault_kind
random_bytes(void *p, size_t len, struct fault *f)
{
	if (getrandom(p, len, 0) != (ssize_t)len)
		return fault_errno(f, FAULT_SOFTWARE, errno, "getrandom");
	return FAULT_NONE;
}

static enum fault_kind
emit(void *arg, struct span line, struct fault *f)
{
	struct jitgrant *g = arg;

	/* In JSON, a checkpoint is a member of the one object. */
	if (!g->json || g->ask.sub == NULL ||
	    strcmp(g->ask.sub, "checkpoint") != 0)
		out_addspan(&g->out, line);
	if (g->out.fault.kind != FAULT_NONE)
		return fault_set(f, g->out.fault.kind, "%s",
		    g->out.fault.text);
	return FAULT_NONE;
}

/*
 * Where the adapters were installed; in a tree that was only built, where make
 * left them.  Both must be safe from others (adapter_run.c).
 */
static const char *
adapters(struct jitgrant *g)
{
	ssize_t n = readlink("/proc/self/exe", g->adapters,
	    sizeof(g->adapters) - 32);
	char *bin;

	if (n <= 0 || access(LIBEXECDIR "/adapters", F_OK) == 0)
		return LIBEXECDIR "/adapters";
	g->adapters[n] = '\0';
	bin = strstr(g->adapters, "/bin/jitgrant");
	if (bin == NULL || strcmp(bin, "/bin/jitgrant") != 0)
		return LIBEXECDIR "/adapters";
	(void)snprintf(bin, 32, "/libexec/%s", "adapters");
	return access(g->adapters, F_OK) == 0 ? g->adapters :
	    LIBEXECDIR "/adapters";
}

void
jitgrant_env(struct jitgrant *g)
{
	g->env = (struct jit_env){ .clock = jit_clock_system(),
	    .names = { name_to_uid, uid_to_name }, .random = random_bytes,
	    .caller = getuid(), .adapters = adapters(g),
	    .clock_synced = jitgrant_clock_synced,
	    .can_read = jitgrant_can_read, .apply = true,
	    .emit = emit, .emit_arg = g,
	    .mail_again = jitgrant_mail_again,
	    .notify = jitgrant_notify, .notify_arg = g };
}

const char *
jitgrant_home(const struct jitgrant *g, bool *own)
{
	const char *dir = g->home;

	/* Root does not follow a variable that someone may have left. */
	if (dir == NULL && getuid() != 0)
		dir = secure_getenv("VOUCHSAFE_JIT_HOME");
	if (dir != NULL && dir[0] == '\0')
		dir = NULL;
	*own = dir != NULL && g->policy == NULL;
	return dir != NULL ? dir : STATEDIR;
}

void
jitgrant_ignored(struct jitgrant *g)
{
	const char *dir = getenv("VOUCHSAFE_JIT_HOME");

	if (g->quiet || g->home != NULL || g->policy != NULL ||
	    g->said_ignored || getuid() != 0 || dir == NULL || dir[0] == '\0')
		return;
	front_say(g->tool, "warning: root does not follow "
	    "VOUCHSAFE_JIT_HOME; this is the system's home, " STATEDIR
	    " (--home=DIR names another)");
	g->said_ignored = true;
}

enum fault_kind
jitgrant_become(const char *dir, struct fault *f)
{
	struct stat st;

	if (geteuid() == 0 && stat(dir, &st) == 0 && st.st_uid != 0 &&
	    (setegid(st.st_gid) != 0 || seteuid(st.st_uid) != 0))
		return fault_errno(f, FAULT_SOFTWARE, errno, "seteuid");
	return FAULT_NONE;
}

enum fault_kind
jitgrant_open(struct jitgrant *g, struct jit *j, struct fault *f)
{
	bool own;
	const char *dir = jitgrant_home(g, &own);
	enum fault_kind kind = jitgrant_become(dir, f);

	if (kind != FAULT_NONE)
		return kind;
	/* What the system's adapters change is root's to change. */
	if (!own && getuid() != 0)
		g->env.apply = false;
	kind = jit_open(j, dir, own, own ? NULL : g->policy != NULL ?
	    g->policy : SYSCONFDIR "/policy", &g->env, f);
	g->opened = kind == FAULT_NONE ? j : NULL;
	if (kind != FAULT_NOINPUT) {
		jitgrant_ignored(g);
		return kind;
	}
	if (own)
		return fault_context(f, "no home there (jitgrant init makes "
		    "one)");
	if (getuid() != 0)
		return fault_context(f, "the system has no home, and neither "
		    "--home nor VOUCHSAFE_JIT_HOME names one");
	return fault_context(f, "the system has no home; root must give "
	    "--home, since it does not follow VOUCHSAFE_JIT_HOME");
}

/* SPDX-License-Identifier: ISC */
/*
 * Membership in a local group, by gpasswd(1).
 *
 * Whoever was a member before the grant is one after it: `grant` MUST NOT add
 * whom `revoke` will not remove.  Processes that run keep a group they have:
 * only what is started later is without it.
 */
#include <grp.h>
#include <gshadow.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "adapter/main.h"

#define GPASSWD "/usr/bin/gpasswd"

static const char *
group_of(const struct adapter_task *t)
{
	const char *group = adapter_config(t, "group", "");

	return group[0] != '\0' ? group : t->resource;
}

static bool
listed(char *const *list, const char *user)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, user) == 0)
			return true;
	return false;
}

/* What /etc/group and /etc/gshadow say, the files that gpasswd writes. */
struct membership {
	bool exists;	/* the group is there */
	bool listed;	/* in one of the files */
	bool primary;	/* it is the account's own group */
};

static bool
look(const char *group, const char *user, struct membership *m)
{
	FILE *fp = fopen("/etc/group", "re");
	struct group *gr;
	struct sgrp *sg;
	struct passwd *pw = getpwnam(user);

	*m = (struct membership){ false };
	if (fp == NULL)
		return false;
	while ((gr = fgetgrent(fp)) != NULL)
		if (strcmp(gr->gr_name, group) == 0) {
			m->exists = true;
			m->primary = pw != NULL && pw->pw_gid == gr->gr_gid;
			m->listed |= listed(gr->gr_mem, user);
		}
	(void)fclose(fp);
	fp = fopen("/etc/gshadow", "re");
	while (fp != NULL && (sg = fgetsgent(fp)) != NULL)
		if (strcmp(sg->sg_namp, group) == 0)
			m->listed |= listed(sg->sg_mem, user);
	if (fp != NULL)
		(void)fclose(fp);
	return true;
}

/* The values, before anything is done with them. */
static int
judge(struct adapter_task *t, struct membership *m)
{
	const char *group = group_of(t);

	if (!adapter_word(group, "._-") || strlen(group) > 32)
		return adapter_no(t, ADAPTER_DATA, "not a group's name");
	if (!adapter_word(t->user, "._-"))
		return adapter_no(t, ADAPTER_DATA, "not an account's name");
	if (!look(group, t->user, m))
		return adapter_no(t, ADAPTER_TEMP, "cannot read /etc/group");
	return ADAPTER_OK;
}

static int
gpasswd(const char *how, const char *user, const char *group)
{
	char path[] = GPASSWD, flag[3], name[256], where[64];
	char *const argv[] = { path, flag, name, where, NULL };

	(void)snprintf(flag, sizeof(flag), "%s", how);
	if ((size_t)snprintf(name, sizeof(name), "%s", user) >= sizeof(name) ||
	    (size_t)snprintf(where, sizeof(where), "%s", group) >=
	    sizeof(where))
		return 126;
	return adapter_command(argv, NULL, NULL, 0);
}

static int
do_plan(struct adapter_task *t)
{
	struct membership m;
	char effect[512];
	int status = judge(t, &m);

	if (status != ADAPTER_OK)
		return status;
	if (!m.exists)
		return adapter_no(t, ADAPTER_DATA, "no local group %.32s",
		    group_of(t));
	if (getpwnam(t->user) == NULL)
		return adapter_no(t, ADAPTER_DATA, "no account %.32s",
		    t->user);
	(void)snprintf(effect, sizeof(effect), "%s in %s", t->user,
	    group_of(t));
	t->plan = json_pack("{s:s,s:s,s:b,s:s}", "group", group_of(t),
	    "user", t->user, "was_member", m.listed || m.primary,
	    "effect", effect);
	(void)adapter_no(t, 0, "processes that run at the end keep the group");
	return ADAPTER_OK;
}

static bool
was_member(const struct adapter_task *t)
{
	return json_is_true(json_object_get(t->undo, "was_member"));
}

static int
do_grant(struct adapter_task *t)
{
	struct membership m;
	int status = judge(t, &m);

	if (status != ADAPTER_OK)
		return status;
	t->present = m.listed || m.primary;
	if (t->present)
		return ADAPTER_OK;
	if (!json_is_object(t->undo))
		return adapter_no(t, ADAPTER_SOFTWARE, "grant before plan");
	if (was_member(t))
		return adapter_no(t, ADAPTER_TEMP, "%.32s was a member of "
		    "%.32s before this grant, and is no longer", t->user,
		    group_of(t));
	status = gpasswd("-a", t->user, group_of(t));
	if (!look(group_of(t), t->user, &m) || !m.listed)
		return adapter_no(t, ADAPTER_TEMP,
		    "gpasswd -a ended with status %d", status);
	t->present = true;
	return ADAPTER_OK;
}

static int
do_revoke(struct adapter_task *t)
{
	struct membership m;
	const char *group = adapter_undo(t, "group", group_of(t));
	const char *user = adapter_undo(t, "user", t->user);
	int status;

	/* Without a plan nothing was granted. */
	if (!json_is_object(t->undo) || was_member(t))
		return ADAPTER_OK;
	if (!adapter_word(group, "._-") || !adapter_word(user, "._-"))
		return adapter_no(t, ADAPTER_DATA, "not a plain undo record");
	if (!look(group, user, &m))
		return adapter_no(t, ADAPTER_TEMP, "cannot read /etc/group");
	if (!m.listed)
		return ADAPTER_OK;
	status = gpasswd("-d", user, group);
	if (!look(group, user, &m) || m.listed)
		return adapter_no(t, ADAPTER_TEMP,
		    "gpasswd -d ended with status %d", status);
	return ADAPTER_OK;
}

static int
do_status(struct adapter_task *t)
{
	struct membership m;
	int status = judge(t, &m);

	t->present = status == ADAPTER_OK && (m.listed || m.primary);
	return status;
}

const struct adapter_verbs adapter_verbs = { do_plan, do_grant, do_revoke,
	do_status };

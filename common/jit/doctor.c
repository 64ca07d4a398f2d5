/* SPDX-License-Identifier: ISC */
/*
 * doctor: what on this host would break a promise.  A finding is a word and a
 * text; the words are listed in jitgrant(8).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "jit/mail_impl.h"

/* A sweep each minute: three that did not come are no chance. */
#define JIT_SWEEP_LATE 180
/* Most accounts asked about one key. */
#define JIT_READERS 1024

struct jit_doctor {
	struct jit *j;
	json_t *list;
	bool bad;		/* no memory */
	bool adapters;		/* a live grant needs one */
};

static void jit_finding(struct jit_doctor *d, const char *what,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void
jit_finding(struct jit_doctor *d, const char *what, const char *fmt, ...)
{
	char text[HOME_PATH + 256];
	json_t *o = json_object();
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	js_set(o, "what", js_str(what), &d->bad);
	js_set(o, "text", js_str(text), &d->bad);
	js_push(d->list, o, &d->bad);
}

/* Is a key of the home there, its owner's own, and nobody else's to read? */
static void
jit_doctor_key(struct jit_doctor *d, const char *name)
{
	struct stat st;

	if (fstatat(d->j->home.fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		jit_finding(d, "key-missing", "%s: %s", name,
		    strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_mode & 077) != 0 ||
	    (st.st_uid != d->j->home.owner && st.st_uid != 0))
		jit_finding(d, "key-open", "%s: others than its owner can "
		    "read or change it", name);
}

/* Every folder above: whoever may write one may put another in its place. */
static void
jit_doctor_path(struct jit_doctor *d, const char *name)
{
	char path[HOME_PATH];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s", name);
	for (char *slash = strrchr(path, '/'); slash != NULL;
	    slash = strrchr(path, '/')) {
		*slash = '\0';
		if (stat(path[0] == '\0' ? "/" : path, &st) == 0 &&
		    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
		    (st.st_mode & S_ISVTX) == 0)
			jit_finding(d, "path-writable", "%s may be written "
			    "by others", path[0] == '\0' ? "/" : path);
	}
}

/* The accounts named anywhere in the policy, each once. */
static size_t
jit_doctor_uids(const struct policy *p, uint32_t uids[JIT_READERS])
{
	size_t n = 0;

	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next) {
		for (size_t i = 0; i < s->ids.uid_count && n < JIT_READERS; i++)
			uids[n++] = s->ids.uids[i];
		for (const struct policy_who *w = s->who; w != NULL &&
		    n < JIT_READERS; w = w->next)
			if (w->kind == POLICY_WHO_UID)
				uids[n++] = w->uid;
	}
	return n;
}

/* May this account get a grant of that kind? */
static bool
jit_doctor_asks(const struct policy *p, const char *kind, uint32_t uid)
{
	struct policy_asker who = { uid, NULL };

	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		if ((s->section == POLICY_RULE ||
		    s->section == POLICY_BREAK_GLASS) &&
		    strcmp(s->kind, kind) == 0 &&
		    policy_among(p, s->who, &who))
			return true;
	return false;
}

/* A key that is lent: who may ask for it must not have it. */
static void
jit_doctor_lent(struct jit_doctor *d, const char *kind, const char *path)
{
	const struct policy *p = &d->j->policy;
	uint32_t uids[JIT_READERS];
	size_t n = jit_doctor_uids(p, uids);
	struct stat st = { 0 };

	/* What the home's owner may not look at is out of most people's
	 * reach; whether of all of theirs, is asked below. */
	if (stat(path, &st) != 0 && errno != EACCES) {
		jit_finding(d, "lent-key-missing", "%s: %s", path,
		    strerror(errno));
		return;
	}
	jit_doctor_path(d, path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH | S_IROTH)) != 0)
		jit_finding(d, "lent-key-open", "%s: everybody can read it, "
		    "or others can change it", path);
	for (size_t i = 0; i < n && d->j->env->can_read != NULL; i++)
		/* Root reads all; no grant holds root. */
		if (uids[i] != 0 && jit_doctor_asks(p, kind, uids[i]) &&
		    d->j->env->can_read(uids[i], path)) {
			jit_finding(d, "lent-key-readable", "%s: uid %u may "
			    "ask for grants of %s and reads the key without",
			    path, uids[i], kind);
			return;
		}
}

/* What the policy's kinds need: adapters, and keys out of reach. */
static void
jit_doctor_kind(struct jit_doctor *d, const struct policy_section *s)
{
	struct adapter_runner r = jit_runner(d->j);
	struct fault f = { 0 };
	struct span rest = span_of(s->effect.key), one;
	char path[HOME_PATH];
	bool more = s->effect.key != NULL;

	if (s->effect.adapter != NULL &&
	    adapter_check(&r, s->effect.adapter, &f) != FAULT_NONE)
		jit_finding(d, "adapter", "[kind %s]: %s", s->label, f.text);
	while (more) {
		more = span_cut(rest, ',', &one, &rest);
		one = span_trim_wsp(one);
		if (one.len == 0 || one.len >= sizeof(path))
			continue;
		memcpy(path, one.p, one.len);
		path[one.len] = '\0';
		jit_doctor_lent(d, s->label, path);
	}
}

static void
jit_doctor_policy(struct jit_doctor *d)
{
	if (!jit_need_policy(d->j, NULL)) {
		jit_finding(d, "policy", "%s", d->j->policy_fault.text);
		return;
	}
	if (!d->j->home.own)
		jit_doctor_path(d, d->j->home.policy);
	for (const struct policy_section *s = d->j->policy.sections;
	    s != NULL; s = s->next)
		if (s->section == POLICY_KIND)
			jit_doctor_kind(d, s);
}

/* An effect that an adapter could not make or undo. */
static enum fault_kind
jit_doctor_grant(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_doctor *d = arg;

	(void)f;
	d->adapters = d->adapters || g->plan[0] != '\0';
	if (g->tries > 0)
		jit_finding(d, "adapter-failing", "%s (%s) failed %lld times: "
		    "%s", g->id, grant_state_word(g->state),
		    (long long)g->tries, g->error);
	return FAULT_NONE;
}

static void
jit_doctor_clock(struct jit_doctor *d)
{
	const struct jit *j = d->j;

	if (j->env->clock_synced != NULL && !j->env->clock_synced())
		jit_finding(d, "clock-unsynchronised",
		    "the kernel says that its clock is not synchronised");
	if (j->trust == JIT_TRUST_BEHIND)
		jit_finding(d, "clock", "the clock is behind the latest time "
		    "seen");
	else if (j->trust == JIT_TRUST_AHEAD)
		jit_finding(d, "clock", "the clock was set forward: jitgrant "
		    "clock accept");
	/* In a personal home without adapters a grant ends by being judged. */
	if (j->home.own && !d->adapters)
		return;
	if (j->was.swept == 0)
		jit_finding(d, "no-sweep", "nobody has ever run jitgrant "
		    "sweep: enable jitgrant-sweep.timer, or a cron job");
	else if (j->now.wall > j->was.swept + JIT_SWEEP_LATE)
		jit_finding(d, "no-sweep", "the last jitgrant sweep was %lld "
		    "seconds ago", (long long)(j->now.wall - j->was.swept));
}

static void
jit_doctor_ballast(struct jit_doctor *d)
{
	struct stat st;

	if (fstatat(d->j->home.fd, HOME_BALLAST, &st, 0) != 0 ||
	    st.st_size < HOME_BALLAST_BYTES)
		jit_finding(d, "no-ballast", "the ballast file is gone: free "
		    "some disk, then run jitgrant sweep");
}

/* Mails that do not go out: nobody hears of a request then. */
static void
jit_doctor_mail(struct jit_doctor *d)
{
	const struct policy *p = &d->j->policy;
	int64_t all = 0, failed = 0, since = 0;
	struct fault f = { 0 };
	enum fault_kind kind;

	if (d->j->has_policy && p->mail_from != NULL &&
	    access(jit_mail_program(d->j), X_OK) != 0)
		jit_finding(d, "no-sendmail", "%s: %s",
		    jit_mail_program(d->j), strerror(errno));
	kind = jit_begin(d->j, false, &f);
	if (kind == FAULT_NONE)
		kind = store_mail_waiting(d->j->store, &all, &failed, &since,
		    &f);
	jit_abort(d->j);
	if (kind == FAULT_NONE && failed > 0)
		jit_finding(d, "mail-failing", "%lld mails could not be sent, "
		    "of %lld that wait; the oldest for %lld seconds",
		    (long long)failed, (long long)all,
		    (long long)(d->j->now.wall - since));
}

static enum fault_kind
jit_accept_restore(struct jit *j, struct fault *f)
{
	char who[GRANT_WHO];
	enum fault_kind kind;

	jit_caller(j, who);
	kind = store_begin(j->store, true, f);
	if (kind == FAULT_NONE)
		kind = j->env->clock.sample(&j->env->clock, &j->now, f);
	if (kind == FAULT_NONE)
		kind = store_host_get(j->store, &j->host, f);
	if (kind == FAULT_NONE)
		kind = audit_refresh(&j->log, f);
	if (kind == FAULT_NONE)
		kind = audit_accept(&j->log, &j->host.head, &j->now, who, f);
	/* A restored store remembers an older key: begin a new epoch. */
	j->host.epoch++;
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

/* Findings, or none; *a may say already that the store is not trusted. */
static void
jit_doctor_told(struct jit_doctor *d, struct jit_answer *a)
{
	size_t n = json_array_size(d->list);

	if (a->fault == FAULT_NONE && a->decision == DECISION_NO) {
		if (n > 0)
			jit_say(a, DECISION_NO, "findings", "%zu finding%s",
			    n, n == 1 ? "" : "s");
		else
			jit_say(a, DECISION_YES, "healthy", NULL);
	}
	a->more = json_object();
	js_set(a->more, "findings", d->list, &d->bad);
	if (d->bad)
		a->fault = FAULT_SOFTWARE;
}

static void
jit_doctor_look(struct jit *j, struct jit_answer *a)
{
	struct jit_doctor d = { .j = j, .list = json_array() };
	struct fault f = { 0 };
	enum fault_kind kind = jit_begin(j, false, &f);

	if (kind == FAULT_NONE)
		kind = store_grant_each(j->store, STORE_LIVE, NULL, NULL,
		    NULL, jit_doctor_grant, &d, &f);
	jit_abort(j);
	if (kind != FAULT_NONE) {
		jit_finding(&d, "store", "%s", f.text);
		jit_fail(j, a, kind, &f);
	}
	jit_doctor_key(&d, HOME_LOG_KEY);
	jit_doctor_key(&d, HOME_CODE_KEY);
	jit_doctor_path(&d, j->home.path);
	jit_doctor_policy(&d);
	jit_doctor_ballast(&d);
	if (kind == FAULT_NONE)
		jit_doctor_mail(&d);
	if (kind == FAULT_NONE)
		jit_doctor_clock(&d);
	jit_doctor_told(&d, a);
}

void
jit_doctor_closed(const struct fault *f, struct jit_answer *a)
{
	struct jit_doctor d = { .list = json_array() };

	jit_finding(&d, "home", "%s", f->text);
	jit_doctor_told(&d, a);
}

void
jit_doctor(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct fault f = { 0 };
	enum fault_kind kind;

	if (!jit_admin(j)) {
		jit_say(a, DECISION_NO, "not-permitted",
		    "only root and the owner of the home may");
		return;
	}
	if (ask->accept_restore == NULL) {
		jit_doctor_look(j, a);
		return;
	}
	kind = jit_accept_restore(j, &f);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else
		jit_say(a, DECISION_YES, "accepted", NULL);
}

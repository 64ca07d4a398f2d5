/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/value.h"
#include "dmarc/walk.h"
#include "dmarcreport/doctor.h"
#include "dmarcreport/failure.h"
#include "dmarcreport/program.h"
#include "dmarcreport/verb_doctor_cli.h"
#include "dmarcreport/verb_doctor_options.h"
#include "report/alert.h"
#include "report/make.h"

#define NAME "dmarcreport doctor"
#define SPOOL_LATE 7200		/* seconds after which it should be folded */
/* Before this program was written no clock can be. */
#define CLOCK_LEAST INT64_C(1767225600)

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct doctor *d = state;
	bool taken;

	if (dmarcreport_option(&d->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "from") == 0) {
		d->from = value;
		return FAULT_NONE;
	}
	if (strcmp(name, "signer") != 0)
		return cli_untaken(name, f);
	d->signer = value;
	return dmarcreport_program_check(name, value, f);
}

static const char *const repeatable[] = { "zone", "nameserver", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_doctor_options,
	.shorts = dmarcreport_doctor_shorts,
	.text = FRONT_TEXT(dmarcreport_doctor),
	.repeatable = repeatable,
	.option = take_option,
};

void
doctor_say(struct doctor *d, const char *text, const char *what)
{
	d->bad++;
	if (!d->common.quiet)
		front_say(NAME, "%s: %s", what, text);
}

static void
check_place(struct doctor *d)
{
	struct fault f = { .kind = FAULT_NONE };
	struct stat st;
	bool local = true;

	if (stat(d->home, &st) != 0) {
		doctor_say(d, "no such folder: run dmarcreport init", d->home);
		return;
	}
	if ((st.st_mode & 077) != 0)
		doctor_say(d, "others may look into it: chmod 700", d->home);
	if (st.st_uid != geteuid())
		doctor_say(d, "belongs to another account than this one",
		    d->home);
	if (file_is_local(d->home, &local, &f) == FAULT_NONE && !local)
		doctor_say(d, "lies on a network or FUSE file system", d->home);
}

/* Hours of the spool that nobody folded. */
static void
check_spool(struct doctor *d, int64_t now)
{
	char path[4096];
	struct dirent *e;
	struct stat st;
	DIR *dir;

	if (snprintf(path, sizeof(path), "%s/spool", d->home) >=
	    (int)sizeof(path))
		return;
	dir = opendir(path);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' || fstatat(dirfd(dir), e->d_name,
		    &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    now - st.st_mtim.tv_sec < SPOOL_LATE)
			continue;
		doctor_say(d, "not folded for two hours: does make run?", path);
		break;
	}
	if (dir != NULL)
		(void)closedir(dir);
}

static enum fault_kind
check_store(struct doctor *d, int64_t now, struct fault *f)
{
	struct report_store *store = NULL;
	struct fault why = { .kind = FAULT_NONE };
	int64_t newest = -1;

	if (dmarcreport_store(&d->common, false, &store, &why) != FAULT_NONE)
		doctor_say(d, why.text, "store");
	else if (report_newest(store, &newest, f) == FAULT_NONE &&
	    newest > now + 86400)
		doctor_say(d, "holds reports of tomorrow: the clock went back",
		    "store");
	report_store_close(store);
	return f->kind;
}

/* Who makes failure reports has a key; nobody else may read it. */
static void
check_key(struct doctor *d)
{
	struct fault f = { .kind = FAULT_NONE };
	char path[4096];
	struct buf key;

	if (snprintf(path, sizeof(path), "%s/redact.key", d->home) >=
	    (int)sizeof(path) || access(path, F_OK) != 0)
		return;
	buf_init(&key, sizeof(path));
	if (dmarcreport_key(path, false, &key, &f) != FAULT_NONE)
		doctor_say(d, f.text, "key");
	buf_cleanse(&key);
}

/* Section 7: our own reports must not ask for reports. */
static enum fault_kind
check_loop(struct doctor *d, struct fault *f)
{
	struct span s = span_of(d->from);
	size_t cut = span_rfind(s, '@');
	struct dmarc_memo memo;
	struct dmarc_walk walk;
	const struct dmarc_found *at;
	struct dns *dns = NULL;
	struct arena a;

	arena_init(&a, (size_t)4 << 20);
	s = arena_lower(&a, cut < s.len ? span_sub(s, cut + 1, s.len) : s);
	if (s.p != NULL && dmarcreport_dns(&d->common, &dns, f) ==
	    FAULT_NONE) {
		dmarc_memo_init(&memo, dns, &a);
		if (dmarc_walk(&memo, s, &walk, f) == FAULT_NONE &&
		    !walk.failed) {
			at = walk.count > 0 && walk.steps[0]->record != NULL ?
			    walk.steps[0] : walk.org_found;
			if (at == NULL || at->record == NULL)
				doctor_say(d, "has no DMARC record: readers "
				    "will not believe our reports", d->from);
			else if (at->record->p < DMARC_POLICY_QUARANTINE)
				doctor_say(d, "has no enforcing policy",
				    d->from);
			if (at != NULL && at->record != NULL &&
			    at->record->nrua > 0)
				doctor_say(d, "asks for reports about our "
				    "reports: use a domain without rua",
				    d->from);
		}
	}
	dns_close(dns);
	arena_free(&a);
	return f->kind;
}

static enum fault_kind
run(struct doctor *d, struct fault *f)
{
	int64_t now = dmarcreport_now(&d->common);

	if (dmarcreport_home(&d->common, &d->home, f) != FAULT_NONE)
		return f->kind;
	if (now < CLOCK_LEAST)
		doctor_say(d, "the clock is wrong", "time");
	check_place(d);
	check_key(d);
	check_spool(d, now);
	if (check_store(d, now, f) != FAULT_NONE || d->from == NULL ||
	    check_loop(d, f) != FAULT_NONE || d->signer == NULL)
		return f->kind;
	return doctor_signer(d, f);
}

int
dmarcreport_doctor(int argc, char **argv)
{
	struct doctor d = { .common = { .name = NAME, .now = -1 } };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0;
	bool done = false;

	if (plain_parse(&tool, &d, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done && first < argc)
		(void)fault_set(&f, FAULT_USAGE, "no operands, please");
	if (f.kind == FAULT_NONE && d.signer != NULL && (d.from == NULL ||
	    !report_address_good(span_of(d.from))))
		(void)fault_set(&f, FAULT_USAGE, "--signer needs --from, an "
		    "address");
	if (f.kind == FAULT_NONE && !done)
		(void)run(&d, &f);
	dmarcreport_free(&d.common);
	if (f.kind != FAULT_NONE)
		return plain_fail(NAME, &f);
	return d.bad > 0 ? 1 : 0;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/out.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dmarcreport/dmarcreport.h"
#include "dmarcreport/program.h"
#include "dmarcreport/verb_send_cli.h"
#include "dmarcreport/verb_send_options.h"
#include "report/make.h"
#include "report/send.h"

#define NAME "dmarcreport send"
#define BOUNCE_BYTES ((size_t)16 * 1024 * 1024)

struct sending {
	struct dmarcreport_common common;
	struct dmarcreport_program program;
	struct report_sender sender;
	struct report_store *store;
	uint64_t rate;
	bool bounced;
	int lock;
	struct dmarcreport_minute minute;
	struct out out;		/* --dry-run */
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct sending *k = state;
	bool taken;

	if (dmarcreport_option(&k->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "sendmail") == 0)
		k->program.sendmail = value;
	else if (strcmp(name, "signer") == 0)
		k->program.signer = value;
	else if (strcmp(name, "rate") == 0)
		return dmarcreport_number(name, value, 1, 1000000, &k->rate,
		    f);
	else if (strcmp(name, "max-mail") == 0)
		return dmarcreport_number(name, value, 1, UINT32_MAX,
		    &k->sender.max_mail, f);
	else if (strcmp(name, "bounce") == 0) {
		k->program.bounce = value;
		if (!report_address_good(span_of(value)))
			return fault_set(f, FAULT_USAGE, "--bounce=%s: no "
			    "address; without one dead addresses would never "
			    "be known", value);
	} else if (strcmp(name, "verp") == 0)
		k->program.verp = true;
	else if (strcmp(name, "dry-run") == 0)
		k->sender.dry_run = true;
	else if (strcmp(name, "bounced") == 0)
		k->bounced = true;
	else
		return cli_untaken(name, f);
	return FAULT_NONE;
}

static const char *const repeatable[] = { "zone", "nameserver", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_send_options,
	.shorts = dmarcreport_send_shorts,
	.text = FRONT_TEXT(dmarcreport_send),
	.repeatable = repeatable,
	.option = take_option,
};

static enum fault_kind
deliver(void *arg, const struct report_made *made, struct span address,
    struct span mail, int *status, struct fault *f)
{
	struct sending *k = arg;

	dmarcreport_rate(&k->minute, k->rate);
	return dmarcreport_deliver(&k->program, made->sender,
	    made->report_id, address, mail, status, f);
}

static void
said(void *arg, const struct report_made *made,
    const struct report_delivery *d, const char *why)
{
	struct sending *k = arg;
	struct buf b;

	buf_init(&b, 8192);
	buf_addprint(&b, made->policy_domain);
	buf_addf(&b, " %.*s ", SPAN_ARG(made->report_id));
	buf_addprint(&b, d->address);
	buf_addf(&b, " %s: ", report_delivery_word(d->state));
	buf_addprint(&b, span_of(why));
	if (k->sender.dry_run) {
		buf_addc(&b, '\n');
		out_addspan(&k->out, buf_span(&b));
	} else if (k->common.verbose || (!k->common.quiet &&
	    (d->state == REPORT_GAVE_UP || d->state == REPORT_DROPPED))) {
		front_say(NAME, "%s", buf_str(&b));
	}
	buf_free(&b);
}

/* Two at a time would send twice. */
static enum fault_kind
lock_home(struct sending *k, struct fault *f)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/send.lock", k->sender.home);

	if (n < 0 || (size_t)n >= sizeof(path))
		return fault_set(f, FAULT_USAGE, "--home: too long");
	k->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (k->lock < 0)
		return fault_errno(f, FAULT_CANTCREAT, errno, "%s", path);
	if (flock(k->lock, LOCK_EX | LOCK_NB) != 0)
		return fault_set(f, FAULT_TEMP, "another send is running");
	return FAULT_NONE;
}

static enum fault_kind
take_bounce(struct sending *k, int *status, struct fault *f)
{
	struct span address;
	struct arena a;
	struct buf b;

	arena_init(&a, 1024 * 1024);
	buf_init(&b, BOUNCE_BYTES);
	if (file_read_fd(STDIN_FILENO, &b, f) == FAULT_NONE && b.len == 0)
		(void)fault_set(f, FAULT_DATA, "empty: not a message");
	if (f->kind == FAULT_NONE && report_bounced(k->store, buf_span(&b),
	    k->sender.now, &a, &address, f) == FAULT_NONE) {
		*status = address.p == NULL ? 1 : 0;
		if (k->common.verbose)
			front_say(NAME, address.p == NULL ?
			    "nothing that was sent from here came back%.*s" :
			    "suppressed: %.*s", SPAN_ARG(address));
	}
	buf_free(&b);
	arena_free(&a);
	return f->kind;
}

static enum fault_kind
send_all(struct sending *k, int *status, struct fault *f)
{
	struct report_send_sum sum;

	if (dmarcreport_dns(&k->common, &k->sender.dns, f) != FAULT_NONE ||
	    lock_home(k, f) != FAULT_NONE)
		return f->kind;
	out_init(&k->out, STDOUT_FILENO, "standard output");
	(void)report_send(k->store, &k->sender, &sum, f);
	if (k->sender.dry_run && f->kind == FAULT_NONE)
		(void)out_close(&k->out, f);
	*status = sum.given_up > 0 ? 1 : sum.waiting > 0 ? FAULT_TEMP : 0;
	if (sum.given_up > 0 && sum.waiting > 0)
		*status = FAULT_TEMP;
	return f->kind;
}

static enum fault_kind
send_run(struct sending *k, int *status, struct fault *f)
{
	k->sender.now = dmarcreport_now(&k->common);
	k->sender.arg = k;
	if ((!k->sender.dry_run && !k->bounced &&
	    dmarcreport_program_check("sendmail", k->program.sendmail, f) !=
	    FAULT_NONE) || (k->program.signer != NULL &&
	    dmarcreport_program_check("signer", k->program.signer, f) !=
	    FAULT_NONE) ||
	    dmarcreport_home(&k->common, &k->sender.home, f) != FAULT_NONE ||
	    dmarcreport_store(&k->common, false, &k->store, f) != FAULT_NONE)
		return f->kind;
	return k->bounced ? take_bounce(k, status, f) :
	    send_all(k, status, f);
}

int
dmarcreport_send(int argc, char **argv)
{
	struct sending k = { .common = { .name = NAME, .now = -1 },
	    .program = { .sendmail = DMARCREPORT_SENDMAIL }, .rate = 60,
	    .sender = { .max_mail = 10485760, .deliver = deliver,
	    .said = said }, .lock = -1 };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0, status = 0;
	bool done;

	if (plain_parse(&tool, &k, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done) {
		if (first < argc)
			(void)fault_set(&f, FAULT_USAGE,
			    "no operands, please");
		else
			(void)send_run(&k, &status, &f);
	}
	if (k.lock >= 0)
		(void)close(k.lock);
	dns_close(k.sender.dns);
	report_store_close(k.store);
	dmarcreport_free(&k.common);
	return f.kind == FAULT_NONE ? status : plain_fail(NAME, &f);
}

/* SPDX-License-Identifier: ISC */
/* dmarcreport make: the warning about loops, and --stdout. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"
#include "cli/plain.h"
#include "dmarcreport/make.h"
#include "report/own.h"
#include "report/post.h"
#include "report/store_send.h"

#define NAME "dmarcreport make"
#define DAY INT64_C(86400)
#define MAIL_BYTES ((size_t)64 * 1024 * 1024)

/* Once a day: a file remembers which day that was. */
static bool
is_first_today(const struct make *k)
{
	char path[4096], day[24], old[24] = "";
	int fd, n;
	bool first;

	n = snprintf(path, sizeof(path), "%s/warned", k->maker.home);
	if (n < 0 || (size_t)n >= sizeof(path))
		return true;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return true;
	n = snprintf(day, sizeof(day), "%lld\n",
	    (long long)(k->maker.now / DAY));
	first = read(fd, old, sizeof(old) - 1) <= 0 || strcmp(old, day) != 0;
	if (first && (ftruncate(fd, 0) != 0 ||
	    pwrite(fd, day, (size_t)n, 0) != n))
		first = true;
	(void)close(fd);
	return first;
}

/* Section 7: a loop must not begin here. */
void
dmarcreport_make_warn(struct make *k)
{
	struct fault f = { .kind = FAULT_NONE };
	const char *wrong = NULL;
	struct dns *dns = NULL;

	if (k->common.quiet || (k->common.asked.offline &&
	    k->common.asked.nzones == 0) ||
	    !is_first_today(k))
		return;
	if (dmarcreport_dns(&k->common, &dns, &f) == FAULT_NONE)
		(void)report_own_record(k->maker.receiver, dns, &k->arena,
		    &wrong, &f);
	dns_close(dns);
	if (wrong != NULL)
		front_say(NAME, "%.*s: %s", SPAN_ARG(k->maker.receiver),
		    wrong);
}

/* --stdout: the one mail, which then counts as sent. */
enum fault_kind
dmarcreport_make_print(struct make *k, struct fault *f)
{
	struct report_made made;
	struct report_delivery *list;
	size_t count = 0;
	int64_t id = -1, n = 0;
	struct buf gzip, mail;
	struct out o;

	if (report_store_report_of(k->store, k->maker.domain,
	    k->maker.day * DAY, &id, &n, f) != FAULT_NONE)
		return f->kind;
	if (n != 1)
		return fault_set(f, n == 0 ? FAULT_NOINPUT : FAULT_DATA,
		    "%lld reports of that domain and day, not one",
		    (long long)n);
	if (report_store_report(k->store, id, &k->arena, &made, f) !=
	    FAULT_NONE || report_store_deliveries(k->store, id, &k->arena,
	    &list, &count, f) != FAULT_NONE)
		return f->kind;
	if (count == 0)
		return fault_set(f, FAULT_NOINPUT, "it goes nowhere");
	buf_init(&gzip, MAIL_BYTES);
	buf_init(&mail, 2 * MAIL_BYTES);
	if (report_file_read(k->maker.home, made.file, &gzip, f) ==
	    FAULT_NONE &&
	    report_post_format(&(struct report_post){ .org = made.org,
	    .from = made.sender, .to = list[0].address,
	    .receiver = made.receiver, .policy_domain = made.policy_domain,
	    .report_id = made.report_id, .file = made.file,
	    .begin = made.begin, .end = made.end, .date = made.made_at },
	    buf_span(&gzip), &mail, f) == FAULT_NONE) {
		out_init(&o, STDOUT_FILENO, "standard output");
		out_addspan(&o, buf_span(&mail));
		if (out_close(&o, f) == FAULT_NONE) {
			list[0].state = REPORT_SENT;
			list[0].tries++;
			list[0].last_reply = SPAN("standard output");
			(void)report_store_delivery(k->store, &list[0], f);
		}
	}
	buf_free(&gzip);
	buf_free(&mail);
	return f->kind;
}

/* SPDX-License-Identifier: ISC */
#ifndef DMARCREPORT_H
#define DMARCREPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "cli/dns_options.h"
#include "cli/plain.h"
#include "dns/resolver.h"
#include "report/store.h"

/* The verbs: argv[0] is the verb; the exit status. */
int dmarcreport_init(int argc, char **argv);
int dmarcreport_read(int argc, char **argv);
int dmarcreport_show(int argc, char **argv);
int dmarcreport_alert(int argc, char **argv);
int dmarcreport_lint(int argc, char **argv);
int dmarcreport_prune(int argc, char **argv);
int dmarcreport_doctor(int argc, char **argv);
int dmarcreport_record(int argc, char **argv);
int dmarcreport_make(int argc, char **argv);
int dmarcreport_send(int argc, char **argv);
int dmarcreport_queue(int argc, char **argv);
int dmarcreport_failure(int argc, char **argv);
int dmarcreport_suppress(int argc, char **argv);

/* What all verbs have in common: place, time, DNS, how much is said. */
struct dmarcreport_common {
	const char *name;	/* "dmarcreport read": for messages */
	const char *home;	/* --home; NULL: the usual place */
	const char *store;	/* --store; NULL: sqlite in the home */
	bool quiet, verbose;
	int64_t now;		/* -1: --now was not given */
	struct cli_dns_options asked;
	/* filled by dmarcreport_home() */
	struct buf home_path;
};

/* Take one of the common options; *taken says whether it was one. */
enum fault_kind dmarcreport_option(struct dmarcreport_common *c,
    const char *name, const char *value, bool *taken, struct fault *f);
enum fault_kind dmarcreport_number(const char *name, const char *value,
    uint64_t min, uint64_t max, uint64_t *out, struct fault *f);
/* The time to judge by: --now, or the clock. */
int64_t dmarcreport_now(const struct dmarcreport_common *c);
enum fault_kind dmarcreport_dns(const struct dmarcreport_common *c,
    struct dns **dns, struct fault *f);
/*
 * The folder of the state: --home, else /var/lib/vouchsafe/report for the
 * system's accounts that may write there, else below the caller's personal
 * home.  The text lives as long as c.
 */
enum fault_kind dmarcreport_home(struct dmarcreport_common *c,
    const char **home, struct fault *f);
/* Open the store of --store, or the home's; create makes what is missing. */
enum fault_kind dmarcreport_store(struct dmarcreport_common *c, bool create,
    struct report_store **store, struct fault *f);
void dmarcreport_free(struct dmarcreport_common *c);

#endif

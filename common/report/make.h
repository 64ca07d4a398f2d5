/* SPDX-License-Identifier: ISC */
/*
 * Aggregate reports of days that are over, as files in HOME/out.
 *
 * A file is written under another name, synced and renamed before the store
 * knows of it, and the same state gives the same bytes: after a crash the next
 * run writes the same file again.
 */
#ifndef REPORT_MAKE_H
#define REPORT_MAKE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "report/report.h"
#include "report/store.h"
#include "report/store_make.h"

/* A day is made this long after its end. */
#define REPORT_DAY_GRACE 600
/* Readers refuse more than 10 or 20 MB. */
#define REPORT_PART_XML ((size_t)8 * 1024 * 1024)
#define REPORT_PART_ROWS 50000

struct report_maker {
	struct span org, email, contact;	/* contact: p NULL if none */
	struct span from;	/* address that the mails come from */
	struct span receiver;	/* its domain */
	enum report_dialect dialect;
	int64_t now;
	struct span domain;	/* only this one's; p NULL: all */
	int64_t day;		/* only this one's; -1: all that are due */
	uint64_t unknown_per_day;
	const char *home;
	/* Told of each configuration that could not be made; NULL: nobody. */
	void (*failed)(void *arg, const struct report_due *due,
	    const struct fault *f);
	void *arg;
};

struct report_make_sum {
	uint64_t reports, optional, limited, nobody, failed;
};

/*
 * Check what was given: addresses, names, UTF-8; receiver and email get their
 * defaults.  FAULT_USAGE.
 */
enum fault_kind report_maker_check(struct report_maker *m, struct arena *a,
    struct fault *f);

/* An address as it can stand in a mail and on a command line: a dot-atom's
 * bytes, `@`, a domain of ASCII. */
bool report_address_good(struct span s);

/* Make all that is due. */
enum fault_kind report_make(struct report_store *s,
    const struct report_maker *m, struct report_make_sum *sum,
    struct fault *f);

/* The file of a report in HOME/out, whole. */
enum fault_kind report_file_read(const char *home, struct span file,
    struct buf *b, struct fault *f);

#endif

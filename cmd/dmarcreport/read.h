/* SPDX-License-Identifier: ISC */
/* dmarcreport read: shared by its files. */
#ifndef DMARCREPORT_READ_H
#define DMARCREPORT_READ_H

#include "base/out.h"
#include "base/spool.h"
#include "dmarcreport/dmarcreport.h"
#include "mail/input.h"
#include "report/reader.h"

#define READ_PAIRS 256
#define READ_BATCH 100		/* inputs of one transaction */

enum read_format {
	READ_SILENT = 0,
	READ_TEXT,
	READ_JSON,
	READ_CSV
};

struct read {
	struct dmarcreport_common common;
	const char *files_from, *move_to, *keep, *samples;
	bool nul, rows, no_store, no_verify, filter, del, replace;
	enum read_format format;
	enum report_trust require;
	size_t npairs;
	const char *pairs[READ_PAIRS];
	uint64_t limit_s, jobs;
	struct report_client client;
	/* the run */
	struct report_reader reader;
	struct clock clock;
	struct dns *dns;
	struct report_store *store;
	struct spool flat;	/* rows of the report at hand, printed */
	struct spool sample;	/* of the failure report at hand */
	struct out out;
	const char *home;
	int exit;
	bool any;		/* a report was in some input */
	size_t npending;	/* since the last commit */
	struct {
		char *path;
		bool done;	/* it may be moved or deleted */
	} pending[READ_BATCH];
};

/* The reader's callbacks: print, count, say. */
enum fault_kind read_begin(void *state, struct fault *f);
enum fault_kind read_row(void *state, const struct report_row *row,
    struct fault *f);
enum fault_kind read_sample(void *state, const struct spool *bytes,
    struct fault *f);
enum fault_kind read_item(void *state, const struct report_item *item,
    struct fault *f);

/* The resolver and the store: once, in each process that reads. */
enum fault_kind read_open(struct read *r, struct fault *f);
/* Go through all inputs. */
enum fault_kind read_run(struct read *r, char *const *operands, size_t n,
    struct fault *f);
/* The same with r->jobs workers. */
enum fault_kind read_jobs(struct read *r, struct input *in, struct fault *f);
/* One input, in the open transaction; and the end of that. */
enum fault_kind read_input(struct read *r, const struct input_item *item,
    const struct input *in, struct fault *f);
enum fault_kind read_commit(struct read *r, struct fault *f);
/* What was not committed did not happen, and is not moved. */
void read_forget(struct read *r);
/* After a commit: mails go where --move-to or --delete says. */
enum fault_kind read_settle(struct read *r, struct fault *f);
/* A copy of the bytes in folder dir, at most 1,000 and 256 MiB there. */
enum fault_kind read_keep(const char *dir, const struct spool *bytes,
    struct fault *f);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * What reports come wrapped in: gzip, zlib, zip, known by content alone; with
 * a counter over all that is inflated.
 */
#ifndef REPORT_CONTAINER_H
#define REPORT_CONTAINER_H

#include <stdint.h>

#include "base/fault.h"
#include "base/spool.h"
#include "mail/input.h"
#include "report/outcome.h"

enum report_content {
	REPORT_CONTENT_MAIL = 0,	/* or anything else */
	REPORT_CONTENT_GZIP,
	REPORT_CONTENT_ZLIB,
	REPORT_CONTENT_ZIP,
	REPORT_CONTENT_XML,
	REPORT_CONTENT_JSON
};

/* Bytes at the start that show which: white space before `<` counts. */
#define REPORT_SNIFF 512
enum report_content report_sniff(struct span head);

/* Bytes of a spool from `at`, as a source. */
struct report_range {
	struct source source;
	const struct spool *spool;
	uint64_t at, left;
};
void report_range_open(struct report_range *r, const struct spool *s,
    uint64_t at, uint64_t len);

/* What is left of the inflated bytes of a mail; over it: too-big. */
struct report_budget {
	uint64_t left;
};

/*
 * What was found in a container: its bytes may be read by open() as often as
 * needed, from the start each time.
 */
struct report_leaf {
	enum report_content content;	/* XML or JSON */
	void *state;			/* private */
	/* *why says after the end whether all could be read. */
	enum fault_kind (*open)(struct report_leaf *leaf,
	    struct source **source, const enum report_why **why,
	    struct fault *f);
	void (*close)(struct report_leaf *leaf);
	/* While it is open: is all of it within the budget?  Counts what is
	 * inflated, far faster than a reader gets there. */
	enum fault_kind (*fits)(const struct report_leaf *leaf, bool *fits,
	    struct fault *f);
	size_t containers;		/* around it */
	bool zipped;			/* a zip is among them */
};

struct report_walk {
	void *state;
	/* A leaf that may be a report. */
	enum fault_kind (*leaf)(void *state, struct report_leaf *leaf,
	    struct fault *f);
	/* A container that cannot be read, or holds nothing of use. */
	enum fault_kind (*bad)(void *state, enum report_why why,
	    struct fault *f);
	const char *tmp;		/* folder of temporary files */
};

/*
 * Show all leaves of the bytes in s, as far as the limits go.  *found is
 * false, and nothing is shown, where the bytes are neither XML nor JSON nor a
 * container.
 */
enum fault_kind report_container_walk(const struct spool *s,
    struct report_budget *budget, const struct report_walk *walk,
    bool *found, struct fault *f);

#endif

/* SPDX-License-Identifier: ISC */
/* Shared by the files of the reader alone. */
#ifndef REPORT_READER_IMPL_H
#define REPORT_READER_IMPL_H

#include "base/num.h"
#include "report/reader.h"

/* Header, index, signatures and results of one mail and one inside of it. */
#define REPORT_ARENA ((size_t)12 << 20)

/* The input's bytes: the first are looked at, all are hashed. */
struct tee {
	struct source source, *inner;
	size_t have, at;
	struct hash hash;
	char head[REPORT_SNIFF];
};

struct reading {
	const struct report_reader *r;
	struct span file;
	enum report_outcome *worst;
	bool any;		/* an item was given out */
	bool found;		/* and it was a report, or meant to be one */
	struct arena *arena;
	struct report_mail *mail;	/* the innermost, or NULL */
	bool inner;		/* it lies in another mail: whose client
				   handed that one in says nothing of it */
	bool looks;		/* like a report, from the outside */
	bool tls_odd;		/* a media type that is not TLS-RPT's */
	char name[PART_NAME];	/* of the file at hand; "" */
	char digest[2 * HASH_MAX + 1];
	struct report_budget budget;
	/* the aggregate report at hand */
	struct report_read xml;
	bool open;
	int64_t id;
};

/* Give an item out; one that is broken or too big. */
enum fault_kind reading_item(struct reading *g, struct report_item *item,
    struct fault *f);
enum fault_kind reading_bad(struct reading *g, enum report_kind kind,
    enum report_why why, struct fault *f);
enum fault_kind reading_trust(struct reading *g, struct span email,
    enum report_trust *trust, bool *retry, struct fault *f);
enum fault_kind reading_xml(struct reading *g, struct report_leaf *leaf,
    struct fault *f);
enum fault_kind reading_json(struct reading *g, struct report_leaf *leaf,
    struct fault *f);
enum fault_kind reading_failure(struct reading *g,
    struct report_failure *failure, struct fault *f);
/* Bytes that may be a report or a container of some. */
enum fault_kind reading_bytes(struct reading *g, const struct spool *bytes,
    bool *found, struct fault *f);
/* A mail, `depth` messages deep. */
enum fault_kind reading_mail(struct reading *g, struct tee *tee, char *chunk,
    size_t depth, struct fault *f);

#endif

/* SPDX-License-Identifier: ISC */
/* dmarcreport show and alert: what they share. */
#ifndef DMARCREPORT_SHOW_H
#define DMARCREPORT_SHOW_H

#include "dmarcreport/dmarcreport.h"
#include "report/table.h"

enum show_format {
	SHOW_TEXT = 0,
	SHOW_JSON,
	SHOW_CSV,
	SHOW_HTML,
	SHOW_PROMETHEUS
};

struct show {
	struct dmarcreport_common common;
	enum show_format format;
	struct report_filter filter;
	bool has_trust;
	const char *since, *until, *sort, *names;
	uint64_t min, limit;
};

/* A day, a time, or how long ago, as a day since 1970. */
enum fault_kind show_day(const char *name, const char *value, int64_t now,
    int64_t *day, struct fault *f);
/* --source: a network as the range of its addresses. */
enum fault_kind show_net(const char *name, const char *value,
    struct report_filter *filter, struct fault *f);
/* --trust. */
enum fault_kind show_trust(const char *value, enum report_trust *out,
    struct fault *f);
/* --names: into the store. */
enum fault_kind show_names(const char *path, struct report_store *s,
    struct fault *f);
/* One view, or all metrics; *any: there was data. */
enum fault_kind show_view(struct show *s, struct report_store *store,
    const char *what, const char *id, struct buf *b, bool *any,
    struct fault *f);
enum fault_kind show_prometheus(struct show *s, struct report_store *store,
    struct buf *b, bool *any, struct fault *f);

#endif

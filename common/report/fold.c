/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sha256.h"
#include "dmarc/record.h"
#include "report/fold.h"
#include "report/hour.h"
#include "report/line.h"
#include "report/store_fold.h"

#define DAY INT64_C(86400)
/* Rows and configurations whose counts wait in memory. */
#define FOLD_ROWS ((size_t)8192)
#define FOLD_CONFIGS ((size_t)2048)
#define HASH_HEX 32
#define OPEN_TRIES 8	/* days looked at for one that was not made */
#define NAMES_BYTES ((size_t)16 * 1024 * 1024)

/* A row of the store and what it gained since it was written. */
struct fold_row {
	int64_t config;		/* 0: a free place */
	char hash[HASH_HEX];
	uint64_t count;
};

/* A configuration by its key, and what it gained. */
struct fold_config {
	char key[SHA256_HEX];	/* of domain, day and hash; "" is free */
	struct report_config config;
	struct report_gain gain;
	char *record;		/* the last seen; gain.record points there */
	bool known;		/* an aligned message was noted */
};

struct fold {
	struct report_store *store;
	struct report_spool spool;
	struct arena arena;
	int64_t now, made;	/* the last day that was made */
	struct report_segment segment;
	struct report_event event;
	struct fold_row *rows;
	struct fold_config *configs;
	struct buf text;
};

/* ---- keys ---- */

static void
hash_row(struct fold *o, const struct report_row *row, char out[HASH_HEX])
{
	char hex[SHA256_HEX];
	struct buf *b = &o->text;

	buf_reset(b);
	ipaddr_format(&row->ip, b);
	buf_addf(b, " %d %d %d ", (int)row->disposition, row->dkim, row->spf);
	report_line_reasons(row, b);
	buf_addf(b, "%zu ", row->header_from.len);
	buf_addspan(b, row->header_from);
	buf_addc(b, row->envelope_from.p == NULL ? '-' : '+');
	buf_addf(b, "%zu ", row->envelope_from.len);
	buf_addspan(b, row->envelope_from);
	buf_addc(b, row->envelope_to.p == NULL ? '-' : '+');
	buf_addspan(b, row->envelope_to);
	report_line_auth(row, b);
	sha256_hex(buf_span(b), hex);
	memcpy(out, hex, HASH_HEX);
}

/* What makes a configuration: p sp np adkim aspf fo t. */
static enum fault_kind
hash_config(struct fold *o, char out[SHA256_HEX], struct fault *f)
{
	struct dmarc_record *r = NULL;
	struct buf *b = &o->text;

	if (dmarc_record_parse(o->event.record, &o->arena, &r, f) !=
	    FAULT_NONE)
		return f->kind;
	buf_reset(b);
	if (r != NULL)
		buf_addf(b, "%d %d%d %d%d %d %d %u %d", (int)r->p, r->has_sp,
		    (int)r->sp, r->has_np, (int)r->np, r->strict_dkim,
		    r->strict_spf, r->fo, r->testing);
	sha256_hex(buf_span(b), out);
	return buf_check(b, f);
}

static size_t
place(const char *hex, size_t size)
{
	size_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n * 16 + (size_t)ascii_hex(hex[i]);
	return n % size;
}

/* ---- what waits in memory goes to the store ---- */

static enum fault_kind
put_row(struct fold *o, struct fold_row *r, struct fault *f)
{
	bool found = true;

	if (r->config != 0 && r->count > 0 &&
	    report_store_count(o->store, r->config,
	    (struct span){ r->hash, HASH_HEX }, r->count, &found, f) !=
	    FAULT_NONE)
		return f->kind;
	if (!found)
		return fault_set(f, FAULT_SOFTWARE, "a row has gone");
	r->config = 0;
	r->count = 0;
	return FAULT_NONE;
}

static enum fault_kind
put_config(struct fold *o, struct fold_config *c, struct fault *f)
{
	if (c->key[0] != '\0' && c->gain.messages > 0)
		(void)report_store_gain(o->store, &c->gain, f);
	free(c->record);
	memset(c, 0, sizeof(*c));
	return f->kind;
}

static enum fault_kind
put_all(struct fold *o, struct fault *f)
{
	for (size_t i = 0; i < FOLD_ROWS; i++)
		if (put_row(o, &o->rows[i], f) != FAULT_NONE)
			return f->kind;
	for (size_t i = 0; i < FOLD_CONFIGS; i++)
		if (put_config(o, &o->configs[i], f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

/* After a rollback nothing of it may count. */
static void
forget_all(struct fold *o)
{
	memset(o->rows, 0, FOLD_ROWS * sizeof(*o->rows));
	for (size_t i = 0; i < FOLD_CONFIGS; i++)
		free(o->configs[i].record);
	memset(o->configs, 0, FOLD_CONFIGS * sizeof(*o->configs));
}

/* ---- one event ---- */

/* The configuration of the event's day, or of the open day if that day was
 * made already. */
static enum fault_kind
find_config(struct fold *o, struct fold_config **out, struct fault *f)
{
	char hash[SHA256_HEX], key[SHA256_HEX];
	int64_t day = o->event.time / DAY, today = o->now / DAY;
	struct fold_config *c;
	int tries = 0;

	*out = NULL;
	/* A clock that was set back must not bring a made day back. */
	if (today <= o->made)
		today = o->made + 1;

	if (hash_config(o, hash, f) != FAULT_NONE)
		return f->kind;
	if (day <= o->made || day > today)
		day = today;
	buf_reset(&o->text);
	buf_addf(&o->text, "%lld %s ", (long long)day, hash);
	buf_addspan(&o->text, o->event.policy_domain);
	sha256_hex(buf_span(&o->text), key);
	c = &o->configs[place(key, FOLD_CONFIGS)];
	*out = c;
	if (memcmp(c->key, key, sizeof(key)) == 0)
		return FAULT_NONE;
	if (put_config(o, c, f) != FAULT_NONE)
		return f->kind;
	do {
		if (report_store_config(o->store, &o->event, day,
		    (struct span){ hash, HASH_HEX }, &c->config, f) !=
		    FAULT_NONE)
			return f->kind;
		day = day < today ? today : day + 1;
	} while (!c->config.open && ++tries < OPEN_TRIES);
	if (!c->config.open)
		return fault_set(f, FAULT_SOFTWARE, "no day is open");
	memcpy(c->key, key, sizeof(key));
	c->gain.config = c->config.id;
	return FAULT_NONE;
}

/* The last record seen is where the report goes. */
static enum fault_kind
note_record(struct fold *o, struct fold_config *c, struct fault *f)
{
	struct span record = o->event.record;

	if (c->record != NULL && (c->gain.last_seen > o->event.time ||
	    span_eq(c->gain.record, record))) {
		if (c->gain.last_seen < o->event.time)
			c->gain.last_seen = o->event.time;
		return FAULT_NONE;
	}
	free(c->record);
	c->record = malloc(record.len + 1);
	if (c->record == NULL)
		return fault_nomem(f);
	memcpy(c->record, record.p, record.len);
	c->gain.record = (struct span){ c->record, record.len };
	c->gain.last_seen = o->event.time;
	return FAULT_NONE;
}

/* Add one to the row if there is one of that hash. */
static enum fault_kind
count_row(struct fold *o, int64_t config, const char *hash, bool *found,
    struct fault *f)
{
	struct fold_row *r = &o->rows[(place(hash, FOLD_ROWS) +
	    (size_t)config) % FOLD_ROWS];

	*found = r->config == config && memcmp(r->hash, hash, HASH_HEX) == 0;
	if (*found) {
		r->count++;
		return FAULT_NONE;
	}
	if (put_row(o, r, f) != FAULT_NONE ||
	    report_store_count(o->store, config,
	    (struct span){ hash, HASH_HEX }, 1, found, f) != FAULT_NONE)
		return f->kind;
	if (*found) {
		r->config = config;
		memcpy(r->hash, hash, HASH_HEX);
	}
	return FAULT_NONE;
}

/* Leave out what a sender can make up without end. */
static void
merge(struct report_row *row, bool more)
{
	size_t n = 0;

	for (size_t i = 0; i < row->ndkim && !more; i++)
		if (row->auth_dkim[i].result == REPORT_RESULT_PASS)
			row->auth_dkim[n++] = row->auth_dkim[i];
	row->ndkim = n;
	if (!more)
		return;
	row->nspf = 0;
	row->envelope_from = (struct span){ NULL, 0 };
}

static enum fault_kind
add_row(struct fold *o, struct fold_config *c, struct fault *f)
{
	static const uint64_t bounds[] = { REPORT_ROWS_MERGE,
	    REPORT_ROWS_MERGE_MORE };
	struct report_row *row = &o->event.row;
	uint64_t rows = (uint64_t)c->config.rows + c->gain.rows;
	char hash[HASH_HEX];
	bool found;

	hash_row(o, row, hash);
	if (count_row(o, c->config.id, hash, &found, f) != FAULT_NONE)
		return f->kind;
	for (int i = 0; i < 2 && !found && rows >= bounds[i]; i++) {
		merge(row, i == 1);
		c->gain.merged += i == 0;
		hash_row(o, row, hash);
		if (count_row(o, c->config.id, hash, &found, f) !=
		    FAULT_NONE)
			return f->kind;
	}
	if (found)
		return FAULT_NONE;
	c->gain.rows++;
	return report_store_row(o->store, c->config.id, (struct span){ hash,
	    HASH_HEX }, row, f);
}

static enum fault_kind
fold_event(struct fold *o, struct fault *f)
{
	struct report_event *e = &o->event;
	struct fold_config *c = NULL;
	bool first;

	if (report_store_seen(o->store, e->key, e->time / DAY, &first, f) !=
	    FAULT_NONE)
		return f->kind;
	if (!first) {
		o->segment.duplicates++;
		return FAULT_NONE;
	}
	o->segment.cut += e->cut;
	if (find_config(o, &c, f) != FAULT_NONE ||
	    note_record(o, c, f) != FAULT_NONE)
		return f->kind;
	c->gain.messages++;
	c->gain.optional += e->optional;
	if ((e->row.dkim || e->row.spf) && !c->known) {
		c->known = true;
		if (report_store_know(o->store, e->policy_domain, e->time,
		    f) != FAULT_NONE)
			return f->kind;
	}
	return add_row(o, c, f);
}

/* ---- one file ---- */

static enum fault_kind
fold_line(struct fold *o, struct span line, struct fault *f)
{
	if (line.len == 0)
		return FAULT_NONE;
	arena_reset(&o->arena);
	if (line.len >= REPORT_LINE ||
	    !report_line_parse(line, &o->arena, &o->event)) {
		o->segment.torn++;
		return FAULT_NONE;
	}
	o->segment.lines++;
	return fold_event(o, f);
}

static enum fault_kind
fold_bytes(struct fold *o, int fd, struct fault *f)
{
	struct buf b;
	ssize_t n = 1;

	buf_init(&b, 512 * 1024);
	while (n > 0 && f->kind == FAULT_NONE) {
		struct span rest = buf_span(&b), line;
		char *room;

		while (f->kind == FAULT_NONE &&
		    span_find(rest, '\n') < rest.len) {
			(void)span_cut(rest, '\n', &line, &rest);
			(void)fold_line(o, line, f);
		}
		/* More than a line without its end is no line at all. */
		if (rest.len > 2 * REPORT_LINE)
			rest = span_sub(rest, rest.len - REPORT_LINE,
			    REPORT_LINE);
		if (rest.len > 0)
			memmove(b.p, rest.p, rest.len);
		b.len = rest.len;
		room = buf_room(&b, 256 * 1024);
		if (room == NULL) {
			(void)fault_nomem(f);
			break;
		}
		n = read(fd, room, 256 * 1024);
		if (n < 0)
			(void)fault_errno(f, FAULT_IO, errno, "spool");
		else
			buf_grew(&b, (size_t)n);
	}
	o->segment.torn += b.len > 0;
	buf_free(&b);
	return f->kind;
}

/* The file's lines and its name, in one transaction. */
static enum fault_kind
fold_file(struct fold *o, const char *name, struct report_folded *sum,
    struct fault *f)
{
	bool known = false;
	int fd = openat(o->spool.dir, name, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC);

	if (fd < 0)	/* another fold was faster */
		return errno == ENOENT ? FAULT_NONE :
		    fault_errno(f, FAULT_IO, errno, "spool/%s", name);
	o->segment = (struct report_segment){ .name = span_of(name),
	    .folded_at = o->now };
	if (report_store_begin(o->store, true, f) == FAULT_NONE &&
	    report_store_day_made(o->store, &o->made, f) == FAULT_NONE &&
	    report_store_segment(o->store, &o->segment, &known, f) ==
	    FAULT_NONE && !known && fold_bytes(o, fd, f) == FAULT_NONE &&
	    put_all(o, f) == FAULT_NONE)
		(void)report_store_segment_done(o->store, &o->segment, f);
	if (f->kind == FAULT_NONE)
		(void)report_store_commit(o->store, f);
	(void)close(fd);
	if (f->kind != FAULT_NONE) {
		report_store_rollback(o->store);
		forget_all(o);
		return fault_context(f, "spool/%s", name);
	}
	if (unlinkat(o->spool.dir, name, 0) != 0 && errno != ENOENT)
		return fault_errno(f, FAULT_IO, errno, "spool/%s", name);
	sum->files++;
	sum->lines += o->segment.lines;
	sum->torn += o->segment.torn;
	sum->duplicates += o->segment.duplicates;
	return FAULT_NONE;
}

static enum fault_kind
fold_all(struct fold *o, struct report_folded *sum, struct fault *f)
{
	struct buf names;

	buf_init(&names, NAMES_BYTES);
	if (report_spool_close_hours(&o->spool, o->now, f) == FAULT_NONE &&
	    report_spool_list(&o->spool, &names, NULL, f) == FAULT_NONE) {
		for (size_t i = 0; f->kind == FAULT_NONE && i < names.len;
		    i += strlen(names.p + i) + 1)
			(void)fold_file(o, names.p + i, sum, f);
	}
	buf_free(&names);
	return f->kind;
}

enum fault_kind
report_fold(struct report_store *s, const char *home, int64_t now,
    struct report_folded *sum, struct fault *f)
{
	struct fold *o = calloc(1, sizeof(*o));

	memset(sum, 0, sizeof(*sum));
	if (o == NULL)
		return fault_nomem(f);
	o->store = s;
	o->now = now;
	arena_init(&o->arena, 1024 * 1024);
	buf_init(&o->text, 1024 * 1024);
	o->rows = calloc(FOLD_ROWS, sizeof(*o->rows));
	o->configs = calloc(FOLD_CONFIGS, sizeof(*o->configs));
	if (o->rows == NULL || o->configs == NULL)
		(void)fault_nomem(f);
	else if (report_spool_open(&o->spool, home, f) == FAULT_NONE) {
		(void)fold_all(o, sum, f);
		report_spool_close(&o->spool);
		forget_all(o);
	}
	free(o->rows);
	free(o->configs);
	buf_free(&o->text);
	arena_free(&o->arena);
	free(o);
	return f->kind;
}

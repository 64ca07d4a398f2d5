/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/markup.h"
#include "base/sha256.h"
#include "dmarc/record.h"
#include "dns/domain.h"
#include "dns/idna.h"
#include "report/event.h"
#include "report/fold.h"
#include "report/folder.h"
#include "report/gzip.h"
#include "report/make.h"
#include "report/write.h"

#define DAY INT64_C(86400)
#define ID_HEX 32
#define BATCH 64	/* configurations of one transaction */
#define PATH_BYTES ((size_t)2048)
#define FILE_BYTES ((size_t)32 * 1024 * 1024)
#define PARTS_MAX 1000

/* A part that was written, until its transaction. */
struct part {
	char id[SHA256_HEX];
	int64_t number, bytes;
	struct part *next;
};

struct done {
	struct report_due due;
	enum report_config_state state;
	struct part *parts;
};

struct making {
	struct report_store *store;
	const struct report_maker *m;
	struct report_make_sum *sum;
	int dir;		/* HOME/out */
	struct arena arena;	/* of the batch */
	struct done batch[BATCH];
	size_t n;
	int64_t unknown_day, unknown;	/* made of unknown domains that day */
	/* the configuration at hand */
	struct done *done;
	struct report report;
	char fo[8], error[128];
	struct part *part;	/* open; NULL: none */
	uint64_t rows;
	struct buf xml, gzip, name;
};

/* ---- what was given ---- */

static size_t
marks(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == '?';
	return n;
}

/* What XML or UTF-8 does not have would become a question mark. */
static bool
is_utf8_line(struct span s)
{
	struct buf b;
	bool same;

	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	buf_init(&b, 16 * s.len + 64);
	markup_xml(s, &b);
	same = marks(s) == marks(buf_span(&b));
	buf_free(&b);
	return same && s.len > 0;
}

bool
report_address_good(struct span s)
{
	size_t at = span_rfind(s, '@');

	if (at == 0 || at + 1 >= s.len || s.len > 254 || !span_is_print(s))
		return false;
	for (size_t i = 0; i < at; i++)
		if (!ascii_is_alnum(s.p[i]) &&
		    strchr("!#$%&'*+-/=?^_`{|}~.", s.p[i]) == NULL)
			return false;
	return domain_is_ldhu(span_sub(s, at + 1, s.len));
}

enum fault_kind
report_maker_check(struct report_maker *m, struct arena *a, struct fault *f)
{
	if (m->from.p == NULL)
		return fault_set(f, FAULT_USAGE, "--from is needed: the "
		    "address that the reports come from");
	if (!report_address_good(m->from))
		return fault_set(f, FAULT_USAGE, "--from=%.*s: no address",
		    SPAN_ARG(m->from));
	if (m->receiver.p == NULL)
		m->receiver = span_sub(m->from, span_rfind(m->from, '@') + 1,
		    m->from.len);
	if (idna_name(m->receiver, a, &m->receiver, "receiver", f) !=
	    FAULT_NONE)
		return f->kind;
	if (m->email.p == NULL)
		m->email = m->from;
	if (!report_address_good(m->email))
		return fault_set(f, FAULT_USAGE, "--email=%.*s: no address",
		    SPAN_ARG(m->email));
	if (m->org.p == NULL)
		m->org = m->receiver;
	if (!is_utf8_line(m->org) || m->org.len > 253)
		return fault_set(f, FAULT_USAGE,
		    "--org: not a line of UTF-8 of up to 253 bytes");
	if (m->contact.p != NULL && !is_utf8_line(m->contact))
		return fault_set(f, FAULT_USAGE,
		    "--contact: not a line of UTF-8");
	return FAULT_NONE;
}

/* ---- the head of a report ---- */

static enum report_ask
ask_of(enum dmarc_policy p)
{
	switch (p) {
	case DMARC_POLICY_QUARANTINE:
		return REPORT_ASK_QUARANTINE;
	case DMARC_POLICY_REJECT:
		return REPORT_ASK_REJECT;
	case DMARC_POLICY_UNSET:
	case DMARC_POLICY_NONE:
		break;
	}
	return REPORT_ASK_NONE;
}

static void
set_fo(struct making *k, unsigned fo)
{
	static const char letters[] = "01ds";
	size_t n = 0;

	for (unsigned i = 0; i < 4; i++) {
		if ((fo & 1U << i) == 0)
			continue;
		if (n > 0)
			k->fo[n++] = ':';
		k->fo[n++] = letters[i];
	}
	if (n == 0)
		k->fo[n++] = '0';
	k->report.policy.fo = (struct span){ k->fo, n };
}

static enum fault_kind
set_report(struct making *k, struct dmarc_record *r, struct fault *f)
{
	const struct report_due *due = &k->done->due;
	const struct report_maker *m = k->m;
	struct report_policy *p = &k->report.policy;
	struct fault line = { .kind = FAULT_NONE };

	k->report = (struct report){ .dialect = m->dialect,
	    .org_name = m->org, .email = m->email,
	    .extra_contact_info = m->contact,
	    .generator = SPAN("Vouchsafe dmarcreport " VOUCHSAFE_VERSION),
	    .begin = due->day * DAY, .end = due->day * DAY + DAY - 1 };
	p->domain = due->policy_domain;
	p->p = ask_of(r->p);
	p->sp = r->has_sp ? ask_of(r->sp) : p->p;
	p->np = r->has_np ? ask_of(r->np) : p->sp;
	p->adkim = r->strict_dkim ? 's' : 'r';
	p->aspf = r->strict_spf ? 's' : 'r';
	p->testing = r->testing ? 'y' : 'n';
	p->discovery = SPAN("treewalk");
	set_fo(k, r->fo);
	if (due->merged == 0)
		return FAULT_NONE;
	(void)fault_set(&line, FAULT_DATA, "more than %d different rows: "
	    "%lld messages were merged into fewer", REPORT_ROWS_MERGE,
	    (long long)due->merged);
	memcpy(k->error, line.text, sizeof(k->error) - 1);
	k->report.errors[k->report.nerrors++] = span_of(k->error);
	return f->kind;
}

/* ---- parts ---- */

/* 32 digits that only this receiver's report of this domain, day,
 * configuration and part has. */
static enum fault_kind
set_id(struct making *k, struct part *part, struct fault *f)
{
	struct buf *b = &k->name;

	buf_reset(b);
	buf_addspan(b, k->m->receiver);
	buf_addc(b, '\n');
	buf_addspan(b, k->done->due.policy_domain);
	buf_addf(b, "\n%lld\n%lld\n", (long long)k->report.begin,
	    (long long)k->report.end);
	buf_addspan(b, k->done->due.hash);
	buf_addf(b, "\n%lld", (long long)part->number);
	sha256_hex(buf_span(b), part->id);
	part->id[ID_HEX] = '\0';
	return buf_check(b, f);
}

static void
file_name(struct making *k, const struct done *d, const char *id)
{
	struct buf *b = &k->name;

	buf_reset(b);
	buf_addspan(b, k->m->receiver);
	buf_addc(b, '!');
	buf_addspan(b, d->due.policy_domain);
	buf_addf(b, "!%lld!%lld!%s.xml.gz", (long long)d->due.day * DAY,
	    (long long)d->due.day * DAY + DAY - 1, id);
}

/* On disk a name has at most 255 bytes; two long domains leave its end,
 * ID.xml.gz, which is enough. */
static struct span
disk_name(struct span file)
{
	size_t at = span_rfind(file, '!') + 1;

	return file.len <= 255 || at > file.len ? file :
	    span_sub(file, at, file.len);
}

/* The part's bytes under its name; synced, but for the folder. */
static enum fault_kind
write_file(struct making *k, struct part *part, struct fault *f)
{
	struct span s;
	char temp[ID_HEX + 8] = ".tmp";
	int fd;

	buf_reset(&k->gzip);
	if (report_gzip(buf_span(&k->xml), &k->gzip, f) != FAULT_NONE)
		return f->kind;
	file_name(k, k->done, part->id);
	memcpy(temp + 4, part->id, ID_HEX + 1);
	fd = openat(k->dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_errno(f, FAULT_CANTCREAT, errno, "out/%s", temp);
	part->bytes = (int64_t)k->gzip.len;
	for (s = buf_span(&k->gzip); s.len > 0 && f->kind == FAULT_NONE;) {
		ssize_t n = write(fd, s.p, s.len);

		if (n > 0)
			s = span_sub(s, (size_t)n, s.len);
		else if (errno != EINTR)
			(void)fault_errno(f, FAULT_IO, errno, "out/%s",
			    temp);
	}
	if (f->kind == FAULT_NONE && fsync(fd) != 0)
		(void)fault_errno(f, FAULT_IO, errno, "out/%s", temp);
	if (close(fd) != 0 && f->kind == FAULT_NONE)
		(void)fault_errno(f, FAULT_IO, errno, "out/%s", temp);
	s = disk_name(buf_span(&k->name));
	if (f->kind == FAULT_NONE && renameat(k->dir, temp, k->dir, s.p) !=
	    0)
		(void)fault_errno(f, FAULT_IO, errno, "out/%s", s.p);
	if (f->kind != FAULT_NONE)
		(void)unlinkat(k->dir, temp, 0);
	return f->kind;
}

static enum fault_kind
end_part(struct making *k, struct fault *f)
{
	struct part *part = k->part;

	if (part == NULL)
		return FAULT_NONE;
	k->part = NULL;
	report_write_end(&k->xml);
	return buf_check(&k->xml, f) != FAULT_NONE ? f->kind :
	    write_file(k, part, f);
}

static enum fault_kind
begin_part(struct making *k, struct fault *f)
{
	struct part *part = arena_alloc(&k->arena, sizeof(*part));
	struct part **end = &k->done->parts;

	if (part == NULL)
		return fault_nomem(f);
	while (*end != NULL)
		end = &(*end)->next;
	part->number = 1;
	for (struct part *p = k->done->parts; p != NULL; p = p->next)
		part->number = p->number + 1;
	if (part->number > PARTS_MAX)
		return fault_set(f, FAULT_DATA, "too many parts");
	*end = part;
	k->part = part;
	k->rows = 0;
	buf_reset(&k->xml);
	if (set_id(k, part, f) != FAULT_NONE)
		return f->kind;
	k->report.report_id = span_of(part->id);
	report_write_begin(&k->report, &k->xml);
	return FAULT_NONE;
}

static enum fault_kind
add_row(void *arg, const struct report_row *row, struct fault *f)
{
	struct making *k = arg;

	if (k->part != NULL && (k->rows >= REPORT_PART_ROWS ||
	    k->xml.len >= REPORT_PART_XML) && end_part(k, f) != FAULT_NONE)
		return f->kind;
	if (k->part == NULL && begin_part(k, f) != FAULT_NONE)
		return f->kind;
	k->rows++;
	report_write_row(&k->report, row, &k->xml);
	return buf_check(&k->xml, f);
}

/* ---- one configuration ---- */

/* Reports for strangers who never sent an aligned mail are limited. */
static enum fault_kind
is_limited(struct making *k, bool *limited, struct fault *f)
{
	const struct report_due *due = &k->done->due;

	*limited = false;
	if (due->known)
		return FAULT_NONE;
	if (k->unknown_day != due->day) {
		k->unknown_day = due->day;
		if (report_store_unknown_made(k->store, due->day, &k->unknown,
		    f) != FAULT_NONE)
			return f->kind;
	}
	*limited = (uint64_t)k->unknown >= k->m->unknown_per_day;
	k->unknown += !*limited;
	return FAULT_NONE;
}

static bool
has_address(const struct dmarc_record *r)
{
	for (size_t i = 0; r != NULL && i < r->nrua; i++)
		if (report_address_good(r->rua[i].address))
			return true;
	return false;
}

static enum fault_kind
make_one(struct making *k, struct fault *f)
{
	struct report_due *due = &k->done->due;
	struct dmarc_record *r = NULL;
	bool limited;

	k->part = NULL;
	if (dmarc_record_parse(due->record, &k->arena, &r, f) != FAULT_NONE ||
	    is_limited(k, &limited, f) != FAULT_NONE)
		return f->kind;
	if (due->optional >= due->messages)
		k->done->state = REPORT_CONFIG_OPTIONAL;
	else if (!has_address(r))
		k->done->state = REPORT_CONFIG_NOBODY;
	else if (limited)
		k->done->state = REPORT_CONFIG_LIMITED;
	else
		k->done->state = REPORT_CONFIG_MADE;
	if (k->done->state != REPORT_CONFIG_MADE)
		return FAULT_NONE;
	if (set_report(k, r, f) != FAULT_NONE ||
	    report_store_rows(k->store, due->id, add_row, k, f) != FAULT_NONE)
		return f->kind;
	return end_part(k, f);
}

/* ---- the store learns of a batch ---- */

static enum fault_kind
store_part(struct making *k, const struct done *d, const struct part *part,
    struct fault *f)
{
	struct dmarc_record *r = NULL;
	struct report_made made = { .part = part->number,
	    .begin = d->due.day * DAY, .end = d->due.day * DAY + DAY - 1,
	    .bytes = part->bytes, .made_at = k->m->now,
	    .report_id = span_of(part->id),
	    .policy_domain = d->due.policy_domain, .record = d->due.record,
	    .org = k->m->org, .sender = k->m->from,
	    .receiver = k->m->receiver };

	file_name(k, d, part->id);
	made.file = buf_span(&k->name);
	if (report_store_made(k->store, d->due.id, &made, f) != FAULT_NONE ||
	    dmarc_record_parse(d->due.record, &k->arena, &r, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; r != NULL && i < r->nrua; i++)
		if (report_address_good(r->rua[i].address) &&
		    report_store_destination(k->store, made.id,
		    r->rua[i].text, r->rua[i].address, r->rua[i].host, f) !=
		    FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

static enum fault_kind
store_done(struct making *k, const struct done *d, struct fault *f)
{
	for (struct part *p = d->parts; p != NULL; p = p->next)
		if (store_part(k, d, p, f) != FAULT_NONE)
			return f->kind;
	return report_store_config_end(k->store, d->due.id, d->state, f);
}

static enum fault_kind
end_batch(struct making *k, struct fault *f)
{
	if (k->n > 0 && fsync(k->dir) != 0)
		return fault_errno(f, FAULT_IO, errno, "out");
	if (k->n > 0 && report_store_begin(k->store, true, f) == FAULT_NONE) {
		for (size_t i = 0; i < k->n; i++)
			if (store_done(k, &k->batch[i], f) != FAULT_NONE)
				break;
		if (f->kind == FAULT_NONE)
			(void)report_store_commit(k->store, f);
		if (f->kind != FAULT_NONE)
			report_store_rollback(k->store);
	}
	for (size_t i = 0; i < k->n && f->kind == FAULT_NONE; i++) {
		struct done *d = &k->batch[i];

		for (struct part *p = d->parts; p != NULL; p = p->next)
			k->sum->reports++;
		k->sum->optional += d->state == REPORT_CONFIG_OPTIONAL;
		k->sum->limited += d->state == REPORT_CONFIG_LIMITED;
		k->sum->nobody += d->state == REPORT_CONFIG_NOBODY;
	}
	k->n = 0;
	arena_reset(&k->arena);
	return f->kind;
}

/* One that cannot be made does not stop the others. */
static enum fault_kind
add_one(struct making *k, int64_t id, struct fault *f)
{
	struct fault own = { .kind = FAULT_NONE };

	if (k->n == BATCH && end_batch(k, f) != FAULT_NONE)
		return f->kind;
	k->done = &k->batch[k->n];
	*k->done = (struct done){ .state = REPORT_CONFIG_OPEN };
	if (report_store_due_get(k->store, id, &k->arena, &k->done->due, f) !=
	    FAULT_NONE)
		return f->kind;
	if (make_one(k, &own) == FAULT_NONE) {
		k->n++;
		return FAULT_NONE;
	}
	k->sum->failed++;
	if (k->m->failed != NULL)
		k->m->failed(k->m->arg, &k->done->due, &own);
	if (own.kind == FAULT_SOFTWARE)
		*f = own;
	return f->kind;
}

static enum fault_kind
make_all(struct making *k, struct fault *f)
{
	int64_t last = (k->m->now - REPORT_DAY_GRACE) / DAY - 1, id;
	bool all = k->m->domain.p == NULL && k->m->day < 0;
	struct buf ids;

	buf_init(&ids, 64 * 1024 * 1024);
	(void)report_store_due(k->store, last, k->m->domain, k->m->day, &ids,
	    f);
	for (size_t i = 0; f->kind == FAULT_NONE && i < ids.len;
	    i += sizeof(id)) {
		memcpy(&id, ids.p + i, sizeof(id));
		(void)add_one(k, id, f);
	}
	buf_free(&ids);
	if (f->kind == FAULT_NONE)
		(void)end_batch(k, f);
	/* What comes later for these days goes into the open one. */
	if (f->kind == FAULT_NONE && all &&
	    report_store_begin(k->store, true, f) == FAULT_NONE) {
		if (report_store_day_end(k->store, last, f) == FAULT_NONE)
			(void)report_store_commit(k->store, f);
		report_store_rollback(k->store);
	}
	return f->kind;
}

enum fault_kind
report_make(struct report_store *s, const struct report_maker *m,
    struct report_make_sum *sum, struct fault *f)
{
	struct making k = { .store = s, .m = m, .sum = sum, .dir = -1,
	    .unknown_day = -1 };

	memset(sum, 0, sizeof(*sum));
	if (report_folder_open(m->home, "out", &k.dir, f) != FAULT_NONE)
		return f->kind;
	arena_init(&k.arena, 64 * 1024 * 1024);
	buf_init(&k.xml, REPORT_PART_XML + 1024 * 1024);
	buf_init(&k.gzip, FILE_BYTES);
	buf_init(&k.name, PATH_BYTES);
	(void)make_all(&k, f);
	(void)close(k.dir);
	buf_free(&k.xml);
	buf_free(&k.gzip);
	buf_free(&k.name);
	arena_free(&k.arena);
	return f->kind;
}

enum fault_kind
report_file_read(const char *home, struct span file, struct buf *b,
    struct fault *f)
{
	struct buf path;

	buf_init(&path, 2 * PATH_BYTES);
	buf_addf(&path, "%s/out/", home);
	buf_addspan(&path, disk_name(file));
	if (buf_check(&path, f) == FAULT_NONE)
		(void)file_read(buf_str(&path), b, f);
	buf_free(&path);
	return f->kind;
}

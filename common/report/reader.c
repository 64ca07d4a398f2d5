/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "report/limits.h"
#include "report/reader_impl.h"

static enum fault_kind
tee_read(struct source *src, char *p, size_t cap, size_t *len,
    struct fault *f)
{
	struct tee *t = src->state;
	size_t n = t->have - t->at;

	if (n > 0) {
		*len = n < cap ? n : cap;
		memcpy(p, t->head + t->at, *len);
		t->at += *len;
		return FAULT_NONE;
	}
	if (t->inner->read(t->inner, p, cap, len, f) != FAULT_NONE)
		return f->kind;
	hash_add(&t->hash, p, *len);
	return FAULT_NONE;
}

/* The first bytes are looked at and given again. */
static enum fault_kind
tee_open(struct tee *t, struct source *inner, struct fault *f)
{
	size_t n = 1;

	*t = (struct tee){ .source = { tee_read, t }, .inner = inner };
	hash_init(&t->hash, HASH_SHA256);
	while (t->have < sizeof(t->head) && n > 0) {
		if (inner->read(inner, t->head + t->have,
		    sizeof(t->head) - t->have, &n, f) != FAULT_NONE)
			return f->kind;
		t->have += n;
	}
	hash_add(&t->hash, t->head, t->have);
	return FAULT_NONE;
}

/* The bytes that nobody wanted belong to the digest too. */
static enum fault_kind
tee_digest(struct tee *t, char *hex, struct fault *f)
{
	unsigned char sum[HASH_MAX];
	struct hash h = t->hash;
	struct buf b;

	hash_end(&h, sum);
	buf_init(&b, 2 * HASH_MAX);
	buf_addhex(&b, sum, hash_len(HASH_SHA256));
	if (buf_check(&b, f) == FAULT_NONE)
		memcpy(hex, buf_str(&b), b.len + 1);
	buf_free(&b);
	return f->kind;
}

/* Of two outcomes of one input, the one that decides. */
static void
worse(struct reading *g, enum report_outcome o)
{
	static const int rank[] = { [REPORT_NOT_A_REPORT] = 0,
		[REPORT_READ] = 1, [REPORT_DUPLICATE] = 2,
		[REPORT_STORED] = 3, [REPORT_SUPERSEDED] = 3,
		[REPORT_CONFLICT] = 4, [REPORT_REFUSED] = 5,
		[REPORT_BROKEN] = 6, [REPORT_TOO_BIG] = 7,
		[REPORT_RETRY] = 8 };

	if (!g->any || rank[o] > rank[*g->worst])
		*g->worst = o;
	g->any = true;
}

enum fault_kind
reading_item(struct reading *g, struct report_item *item, struct fault *f)
{
	item->file = g->file;
	if (g->mail != NULL) {
		item->mailed = true;
		item->author_domain = g->mail->author_domain;
		item->message_id = g->mail->message_id;
		item->date = g->mail->date;
		if (g->mail->verified)
			item->dmarc = verdict_word(g->mail->dmarc);
	}
	worse(g, item->outcome);
	return g->r->item(g->r->state, item, f);
}

/* Trust, once the report says who made it. */
static bool
same_reporter(const struct reading *g, struct span reporter)
{
	const struct report_mail *m = g->mail;

	if (m->org.len > 0 && report_below(reporter, m->org))
		return true;
	for (size_t i = 0; i < g->r->npairs; i++) {
		struct span author, named;

		(void)span_cut(span_of(g->r->pairs[i]), '=', &author, &named);
		if (report_below(m->author_domain, author) &&
		    report_below(reporter, named))
			return true;
	}
	return false;
}

/* What stands after the last @, or all of it; no space, no bracket. */
static struct span
domain_of(struct span s)
{
	size_t at = span_rfind(s, '@');

	s = span_trim_fws(at < s.len ? span_sub(s, at + 1, s.len) : s);
	if (s.len > 0 && s.p[s.len - 1] == '>')
		s.len--;
	return s;
}

enum fault_kind
reading_trust(struct reading *g, struct span email,
    enum report_trust *trust, bool *retry, struct fault *f)
{
	struct span receiver, rest;

	*retry = false;
	*trust = REPORT_LOCAL;
	if (g->mail == NULL)
		return FAULT_NONE;
	*trust = REPORT_UNCHECKED;
	if (g->r->dns == NULL)
		return FAULT_NONE;
	g->r->dns->deadline_ms = clock_mono_ms(g->r->clock) + g->r->dns_ms;
	if (report_mail_verify(g->mail, g->inner ? NULL : g->r->client,
	    g->r->dns, g->r->now, g->arena, f) != FAULT_NONE)
		return f->kind;
	*retry = g->mail->dmarc == VERDICT_TEMPERROR;
	*trust = REPORT_UNVERIFIED;
	if (g->mail->dmarc != VERDICT_PASS)
		return FAULT_NONE;
	*trust = REPORT_AUTHENTIC;
	if (!span_cut(span_of(g->name), '!', &receiver, &rest))
		receiver = SPAN("");
	if (same_reporter(g, domain_of(email)) || same_reporter(g, receiver))
		*trust = REPORT_VERIFIED;
	return FAULT_NONE;
}

/* The file's name and the mail's subject against the content. */
static void
compare_names(struct reading *g, struct report_read *read)
{
	const struct report *m = &read->meta;
	struct span rest = span_of(g->name), part[4], s, id;
	uint64_t begin, end;
	bool differ = false, good = true;

	for (size_t i = 0; i < 4; i++)
		good = span_cut(rest, '!', &part[i], &rest) || (good &&
		    i == 3);
	if (good) {
		(void)span_cut(part[3], '.', &part[3], &s);
		differ = !span_eq_nocase(part[1], m->policy.domain) ||
		    !num_u64(part[2], UINT64_MAX, &begin) ||
		    !num_u64(part[3], UINT64_MAX, &end) ||
		    begin != (uint64_t)m->begin || end != (uint64_t)m->end;
	}
	s = g->mail == NULL ? SPAN("") : g->mail->subject;
	if (span_starts_nocase(s, SPAN("Report Domain:"))) {
		s = span_trim_fws(span_sub(s, 14, s.len));
		for (rest = s; rest.len > 0 && !ascii_is_fws(*rest.p);)
			rest = span_sub(rest, 1, rest.len);
		s = span_sub(s, 0, s.len - rest.len);
		differ = differ || !span_eq_nocase(s, m->policy.domain);
		if (span_cut(rest, '<', &s, &id) &&
		    span_cut(id, '>', &id, &s))
			differ = differ || (id.len > 0 &&
			    !span_eq(id, m->report_id) &&
			    !span_eq(span_sub(m->report_id, 1,
			    m->report_id.len), id) && !(m->report_id.len >
			    2 && span_eq(span_sub(m->report_id, 1,
			    m->report_id.len - 2), id)));
	}
	if (differ)
		read->findings.count[AGG047]++;
}

static void
origin(const struct reading *g, enum report_trust trust,
    struct report_origin *o)
{
	*o = (struct report_origin){ .file = g->file,
	    .digest = span_of(g->digest), .received = g->r->now,
	    .trust = trust, .replace = g->r->replace };
	if (g->mail != NULL) {
		o->message_id = g->mail->message_id;
		o->from_domain = g->mail->author_domain;
	}
}

enum fault_kind
reading_bad(struct reading *g, enum report_kind kind, enum report_why why,
    struct fault *f)
{
	struct report_item item = { .outcome = report_why_limit(why) ?
	    REPORT_TOO_BIG : REPORT_BROKEN, .why = why, .kind = kind,
	    .date = -1, .trust = g->mail == NULL ? REPORT_LOCAL :
	    REPORT_UNCHECKED };

	struct report_origin o;
	int64_t id;

	g->found = true;
	/* How many there were is an alert's business. */
	if (g->r->store != NULL && g->digest[0] != '\0') {
		origin(g, item.trust, &o);
		if (report_put_input(g->r->store, &o, item.outcome, why, &id,
		    f) != FAULT_NONE)
			return f->kind;
	}
	return reading_item(g, &item, f);
}

/* The rows, to the store and to who prints them. */
static enum fault_kind
sink_begin(void *state, struct fault *f)
{
	struct reading *g = state;

	if (g->r->begin != NULL && g->r->begin(g->r->state, f) != FAULT_NONE)
		return f->kind;
	if (g->r->store == NULL)
		return FAULT_NONE;
	if (g->open && report_put_drop(g->r->store, f) != FAULT_NONE)
		return f->kind;
	g->open = true;
	return report_put_begin(g->r->store, &g->id, f);
}

static enum fault_kind
sink_row(void *state, const struct report_row *row, struct fault *f)
{
	struct reading *g = state;

	if (g->r->row != NULL && g->r->row(g->r->state, row, f) != FAULT_NONE)
		return f->kind;
	return g->r->store == NULL ? FAULT_NONE :
	    report_put_row(g->r->store, g->id, g->xml.meta.policy.domain, row,
	    f);
}

/* A well-read report: believed how far, stored or not. */
static enum fault_kind
settle(struct reading *g, struct report_item *item, bool retry,
    struct fault *f)
{
	struct report_origin o;

	item->outcome = REPORT_READ;
	if (retry) {
		item->outcome = REPORT_RETRY;
		item->why = REPORT_WHY_DNS;
		return FAULT_NONE;
	}
	if (item->trust < g->r->require) {
		item->outcome = REPORT_REFUSED;
		item->why = REPORT_WHY_TRUST;
		return FAULT_NONE;
	}
	if (g->r->store == NULL)
		return FAULT_NONE;
	origin(g, item->trust, &o);
	if (item->kind == REPORT_AGGREGATE) {
		g->open = false;
		return report_put_end(g->r->store, g->id, &o, &g->xml,
		    &item->outcome, f);
	}
	if (item->kind == REPORT_TLS)
		return report_put_tls(g->r->store, &o, item->tls,
		    &item->outcome, f);
	return report_put_failure(g->r->store, &o, item->failure,
	    &item->outcome, f);
}

enum fault_kind
reading_xml(struct reading *g, struct report_leaf *leaf, struct fault *f)
{
	const struct report_sink sink = { g, sink_begin, sink_row };
	struct report_orgs orgs;
	const struct report_xml_env env = { .now = g->r->now,
	    .clock = g->r->clock, .orgs = &orgs,
	    .author_domain = g->mail == NULL ? (struct span){ NULL, 0 } :
	    g->mail->author_domain };
	struct report_item item = { .kind = REPORT_AGGREGATE, .date = -1,
	    .read = &g->xml };
	bool retry = false;

	g->open = false;
	report_orgs_init(&orgs, g->r->dns, g->r->clock, g->r->dns_ms);
	(void)report_xml_read(leaf, &env, g->arena, &sink, &g->xml, f);
	report_orgs_free(&orgs);
	if (f->kind != FAULT_NONE)
		return f->kind;
	if (g->xml.why == REPORT_WHY_NONE) {
		compare_names(g, &g->xml);
		if (reading_trust(g, g->xml.meta.email, &item.trust, &retry,
		    f) != FAULT_NONE || settle(g, &item, retry, f) !=
		    FAULT_NONE)
			return f->kind;
	}
	if (g->open && report_put_drop(g->r->store, f) != FAULT_NONE)
		return f->kind;
	g->open = false;
	if (g->xml.why != REPORT_WHY_NONE) {
		/* Other XML is no report, where it may be anything. */
		if (!g->xml.report && g->mail != NULL && !g->looks)
			return FAULT_NONE;
		return reading_bad(g, g->xml.report ? REPORT_AGGREGATE :
		    REPORT_NONE, g->xml.why, f);
	}
	g->found = true;
	return reading_item(g, &item, f);
}

enum fault_kind
reading_json(struct reading *g, struct report_leaf *leaf, struct fault *f)
{
	struct report_tls tls;
	struct report_item item = { .kind = REPORT_TLS, .date = -1,
	    .tls = &tls };
	bool retry = false;

	if (report_tls_read(leaf, g->r->now, g->arena, &tls, f) != FAULT_NONE)
		return f->kind;
	if (g->tls_odd || leaf->zipped)
		tls.findings.count[TLR007]++;
	if (!tls.report || tls.why != REPORT_WHY_NONE) {
		if (!tls.report && g->mail != NULL && !g->looks)
			return FAULT_NONE;
		return reading_bad(g, tls.report ? REPORT_TLS : REPORT_NONE,
		    tls.why != REPORT_WHY_NONE ? tls.why :
		    REPORT_WHY_CONTENT, f);
	}
	if (reading_trust(g, tls.contact, &item.trust, &retry, f) !=
	    FAULT_NONE)
		return f->kind;
	/* RFC 8460 3: a signature of the reporter, over the whole body. */
	if (item.trust >= REPORT_AUTHENTIC && !g->mail->dkim_whole)
		item.trust = REPORT_UNVERIFIED;
	if (settle(g, &item, retry, f) != FAULT_NONE)
		return f->kind;
	g->found = true;
	return reading_item(g, &item, f);
}

enum fault_kind
reading_failure(struct reading *g, struct report_failure *failure,
    struct fault *f)
{
	struct report_item item = { .kind = REPORT_FAILURE, .date = -1,
	    .failure = failure };
	bool retry = false;

	if (reading_trust(g, g->mail->author_domain, &item.trust, &retry,
	    f) != FAULT_NONE || settle(g, &item, retry, f) != FAULT_NONE)
		return f->kind;
	g->found = true;
	return reading_item(g, &item, f);
}

static enum fault_kind
walk_leaf(void *state, struct report_leaf *leaf, struct fault *f)
{
	return leaf->content == REPORT_CONTENT_XML ?
	    reading_xml(state, leaf, f) : reading_json(state, leaf, f);
}

static enum fault_kind
walk_bad(void *state, enum report_why why, struct fault *f)
{
	struct reading *g = state;

	/* An archive in a mail may hold anything. */
	if (g->mail != NULL && !g->looks && !report_why_limit(why))
		return FAULT_NONE;
	return reading_bad(g, REPORT_NONE, why, f);
}

enum fault_kind
reading_bytes(struct reading *g, const struct spool *bytes, bool *found,
    struct fault *f)
{
	const struct report_walk walk = { .state = g, .leaf = walk_leaf,
	    .bad = walk_bad, .tmp = g->r->tmp };

	return report_container_walk(bytes, &g->budget, &walk, found, f);
}

/* A bare report: all of it into a spool. */
static enum fault_kind
read_bare(struct reading *g, struct tee *tee, char *chunk, struct fault *f)
{
	struct spool bytes;
	size_t n = 1;
	bool found = true;

	spool_init(&bytes, REPORT_SPOOL_MEMORY, g->r->tmp);
	while (n > 0) {
		if (tee->source.read(&tee->source, chunk, MESSAGE_CHUNK, &n,
		    f) != FAULT_NONE)
			break;
		if (bytes.len + n > REPORT_INFLATED) {
			(void)reading_bad(g, REPORT_NONE, REPORT_WHY_INFLATED,
			    f);
			spool_free(&bytes);
			return f->kind;
		}
		if (spool_add(&bytes, (struct span){ chunk, n }, f) !=
		    FAULT_NONE)
			break;
	}
	if (f->kind == FAULT_NONE && tee_digest(tee, g->digest, f) ==
	    FAULT_NONE)
		(void)reading_bytes(g, &bytes, &found, f);
	spool_free(&bytes);
	return f->kind;
}

static enum fault_kind
read_any(struct reading *g, struct source *src, char *chunk, struct fault *f)
{
	struct tee tee;

	if (tee_open(&tee, src, f) != FAULT_NONE)
		return f->kind;
	if (report_sniff((struct span){ tee.head, tee.have }) !=
	    REPORT_CONTENT_MAIL)
		return read_bare(g, &tee, chunk, f);
	return reading_mail(g, &tee, chunk, 0, f);
}

enum fault_kind
report_read_input(const struct report_reader *r, struct span file,
    struct source *src, enum report_outcome *worst, struct fault *f)
{
	struct reading *g = calloc(1, sizeof(*g));
	struct report_item none = { .outcome = REPORT_NOT_A_REPORT,
	    .date = -1 };
	struct arena arena;
	char *chunk = malloc(MESSAGE_CHUNK);
	size_t slash = span_rfind(file, '/');

	*worst = REPORT_NOT_A_REPORT;
	arena_init(&arena, REPORT_ARENA);
	if (g == NULL || chunk == NULL) {
		(void)fault_nomem(f);
		goto out;
	}
	g->r = r;
	g->file = file;
	g->worst = worst;
	g->arena = &arena;
	g->budget.left = REPORT_INFLATED;
	if (slash < file.len)
		file = span_sub(file, slash + 1, file.len);
	file = span_sub(file, 0, sizeof(g->name) - 1);
	memcpy(g->name, file.p, file.len);
	if (read_any(g, src, chunk, f) == FAULT_NONE && !g->found)
		(void)reading_item(g, &none, f);
out:
	arena_free(&arena);
	free(chunk);
	free(g);
	return f->kind;
}

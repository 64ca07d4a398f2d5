/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <zlib.h>

#include "base/num.h"
#include "dmarc/record.h"
#include "dns/domain.h"
#include "report/line.h"

#define KEPT_DKIM 20	/* signatures that a line holds if it is long */
#define RECORD_LONG ((size_t)1200)

/* ---- writing ---- */

/* UTF-8 stays; quotes, backslashes and control bytes are escaped. */
static void
put_string(struct buf *b, struct span s)
{
	if (s.p == NULL) {
		buf_adds(b, "null");
		return;
	}
	buf_addc(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_addf(b, "\\u%04x", c);
		else
			buf_addc(b, (char)c);
	}
	buf_addc(b, '"');
}

static void
put_word(struct buf *b, const char *word)
{
	put_string(b, span_of(word));
}

void
report_line_reasons(const struct report_row *row, struct buf *b)
{
	buf_addc(b, '[');
	for (size_t i = 0; i < row->nreasons; i++) {
		buf_adds(b, i == 0 ? "[" : ",[");
		put_word(b, report_reason_word(row->reasons[i].type));
		buf_addc(b, ',');
		put_string(b, row->reasons[i].comment);
		buf_addc(b, ']');
	}
	buf_addc(b, ']');
}

static void
put_auth(struct buf *b, const struct report_auth *a, struct span second)
{
	buf_addc(b, '[');
	put_string(b, a->domain);
	buf_addc(b, ',');
	put_string(b, second);
	buf_addc(b, ',');
	put_word(b, report_result_word(a->result));
	buf_addc(b, ',');
	put_string(b, a->human);
	buf_addc(b, ']');
}

void
report_line_auth(const struct report_row *row, struct buf *b)
{
	buf_adds(b, "[[");
	for (size_t i = 0; i < row->ndkim; i++) {
		if (i > 0)
			buf_addc(b, ',');
		put_auth(b, &row->auth_dkim[i], row->auth_dkim[i].selector);
	}
	buf_adds(b, "],[");
	for (size_t i = 0; i < row->nspf; i++) {
		if (i > 0)
			buf_addc(b, ',');
		put_auth(b, &row->auth_spf[i], row->auth_spf[i].scope);
	}
	buf_adds(b, "]]");
}

static void
put_line(const struct report_event *e, struct buf *b)
{
	const struct report_row *row = &e->row;
	size_t start = b->len;
	uLong crc;

	buf_addf(b, "{\"v\":1,\"time\":%lld,\"key\":\"%s\",\"uid\":%lld,"
	    "\"optional\":%s,\"cut\":%zu,\"ip\":\"", (long long)e->time,
	    e->key, (long long)e->uid, e->optional ? "true" : "false",
	    e->cut);
	ipaddr_format(&row->ip, b);
	buf_addf(b, "\",\"disposition\":\"%s\",\"dkim\":%s,\"spf\":%s,"
	    "\"reasons\":", report_disposition_word(row->disposition),
	    row->dkim ? "true" : "false", row->spf ? "true" : "false");
	report_line_reasons(row, b);
	buf_adds(b, ",\"header_from\":");
	put_string(b, row->header_from);
	buf_adds(b, ",\"envelope_from\":");
	put_string(b, row->envelope_from);
	buf_adds(b, ",\"envelope_to\":");
	put_string(b, row->envelope_to);
	buf_adds(b, ",\"auth\":");
	report_line_auth(row, b);
	buf_adds(b, ",\"domain\":");
	put_string(b, e->policy_domain);
	buf_adds(b, ",\"record\":");
	put_string(b, e->record);
	crc = crc32(0, (const unsigned char *)buf_str(b) + start,
	    (unsigned)(b->len - start));
	buf_addf(b, ",\"crc\":\"%08lx\"}\n", crc);
}

static bool
fits(const struct report_event *e, struct buf *b, size_t start)
{
	b->len = start;
	put_line(e, b);
	return b->len - start <= REPORT_LINE || b->nomem || b->full;
}

static void
cut_failing(struct report_event *e)
{
	struct report_row *row = &e->row;
	size_t n = 0;

	for (size_t i = 0; i < row->ndkim; i++)
		if (row->auth_dkim[i].result == REPORT_RESULT_PASS)
			row->auth_dkim[n++] = row->auth_dkim[i];
	e->cut += row->ndkim - n;
	row->ndkim = n;
}

static void
cut_to(struct report_event *e, size_t n)
{
	if (e->row.ndkim <= n)
		return;
	e->cut += e->row.ndkim - n;
	e->row.ndkim = n;
}

static void
put_tag(struct buf *b, const char *tag, enum dmarc_policy policy)
{
	if (dmarc_policy_word(policy) != NULL)
		buf_addf(b, "; %s=%s", tag, dmarc_policy_word(policy));
}

/* It is in the report, and makes a configuration. */
static void
put_fo(struct buf *b, unsigned fo)
{
	static const char letters[] = "01ds";

	for (unsigned i = 0, n = 0; i < 4; i++)
		if ((fo & 1U << i) != 0)
			buf_addf(b, "%s%c", n++ == 0 ? "; fo=" : ":",
			    letters[i]);
}

/* The record with no more than reports need of it. */
static bool
short_record(const struct report_event *e, struct arena *a, struct buf *b)
{
	struct fault f = { .kind = FAULT_NONE };
	struct dmarc_record *r = NULL;
	size_t n = 0;

	if (dmarc_record_parse(e->record, a, &r, &f) != FAULT_NONE ||
	    r == NULL)
		return false;
	buf_adds(b, "v=DMARC1");
	put_tag(b, "p", r->p);
	put_tag(b, "sp", r->sp);
	put_tag(b, "np", r->np);
	put_fo(b, r->fo);
	buf_addf(b, "%s%s%s", r->strict_dkim ? "; adkim=s" : "",
	    r->strict_spf ? "; aspf=s" : "", r->testing ? "; t=y" : "");
	for (size_t i = 0; i < r->nrua; i++) {
		if (r->rua[i].text.len + b->len > RECORD_LONG)
			continue;
		buf_adds(b, n++ == 0 ? "; rua=" : ",");
		buf_addspan(b, r->rua[i].text);
	}
	return n > 0;
}

/* The last resort: no words for people, a short record. */
static bool
fits_short(struct report_event *e, struct buf *b, size_t start)
{
	struct report_row *row = &e->row;
	struct span whole = e->record;
	struct arena a;
	struct buf text;
	bool done = false;

	for (size_t i = 0; i < row->ndkim; i++)
		row->auth_dkim[i].human = (struct span){ NULL, 0 };
	for (size_t i = 0; i < row->nreasons; i++)
		row->reasons[i].comment = (struct span){ NULL, 0 };
	arena_init(&a, 1024 * 1024);
	buf_init(&text, RECORD_LONG * 2);
	if (e->record.len <= RECORD_LONG || short_record(e, &a, &text)) {
		if (text.len > 0)
			e->record = buf_span(&text);
		done = fits(e, b, start);
		for (size_t n = row->ndkim; !done && n > 0; n--) {
			cut_to(e, n - 1);
			done = fits(e, b, start);
		}
	}
	e->record = whole;
	buf_free(&text);
	arena_free(&a);
	return done;
}

enum fault_kind
report_line_format(struct report_event *e, struct buf *b, struct fault *f)
{
	size_t start = b->len;

	if (!fits(e, b, start)) {
		cut_failing(e);
		if (!fits(e, b, start)) {
			cut_to(e, KEPT_DKIM);
			if (!fits(e, b, start) && !fits_short(e, b, start)) {
				b->len = start;
				return fault_set(f, FAULT_DATA,
				    "the event does not fit on a line");
			}
		}
	}
	return buf_check(b, f);
}

/* ---- reading ---- */

/* The literal text comes next. */
static void
need(struct cursor *c, const char *text)
{
	struct span want = span_of(text);

	if (span_starts(cursor_rest(c), want))
		c->p += want.len;
	else
		c->bad = true;
}

static bool
take(struct cursor *c, const char *text)
{
	struct span want = span_of(text);

	if (!span_starts(cursor_rest(c), want))
		return false;
	c->p += want.len;
	return true;
}

static struct span
unescape(struct cursor *c, struct span s, struct arena *a)
{
	char *p = arena_alloc(a, s.len + 1);
	size_t n = 0;
	int high, low;

	for (size_t i = 0; p != NULL && i < s.len; i++) {
		if (s.p[i] != '\\' || i + 1 == s.len) {
			p[n++] = s.p[i];
		} else if (s.p[i + 1] != 'u') {
			p[n++] = s.p[++i];
		} else {
			high = i + 5 < s.len ? ascii_hex(s.p[i + 4]) : -1;
			low = i + 5 < s.len ? ascii_hex(s.p[i + 5]) : -1;
			if (high < 0 || low < 0)
				c->bad = true;
			else
				p[n++] = (char)(high * 16 + low);
			i += 5;
		}
	}
	if (p == NULL)
		c->bad = true;
	return (struct span){ p, n };
}

/* A string or null. */
static struct span
get_string(struct cursor *c, struct arena *a)
{
	struct span s = { NULL, 0 };
	bool escaped = false;

	if (take(c, "null"))
		return s;
	cursor_need(c, '"');
	s.p = c->p;
	while (!cursor_done(c) && *c->p != '"') {
		if (*c->p == '\\' && c->p + 1 < c->end) {
			escaped = true;
			c->p++;
		}
		c->p++;
	}
	s.len = (size_t)(c->p - s.p);
	cursor_need(c, '"');
	return escaped && !c->bad ? unescape(c, s, a) : s;
}

static int64_t
get_int(struct cursor *c)
{
	bool negative = cursor_take(c, '-');
	uint64_t n = 0;

	if (!num_u64(cursor_while(c, ascii_is_digit), INT64_MAX, &n))
		c->bad = true;
	return negative ? -(int64_t)n : (int64_t)n;
}

static bool
get_bool(struct cursor *c)
{
	if (take(c, "true"))
		return true;
	need(c, "false");
	return false;
}

static void
get_reasons(struct cursor *c, struct arena *a, struct report_row *row)
{
	struct report_reason *r;

	cursor_need(c, '[');
	row->nreasons = 0;
	while (!c->bad && cursor_take(c, '[')) {
		if (row->nreasons == REPORT_REASONS_MAX) {
			c->bad = true;
			return;
		}
		r = &row->reasons[row->nreasons++];
		if (!report_reason_of(get_string(c, a), &r->type))
			c->bad = true;
		cursor_need(c, ',');
		r->comment = get_string(c, a);
		cursor_need(c, ']');
		(void)cursor_take(c, ',');
	}
	cursor_need(c, ']');
}

static size_t
get_auths(struct cursor *c, struct arena *a, struct report_auth *list,
    size_t max)
{
	bool dkim = max == REPORT_DKIM_MAX;
	struct span second;
	size_t n = 0;

	cursor_need(c, '[');
	while (!c->bad && cursor_take(c, '[')) {
		struct report_auth *one = &list[n];

		if (n++ == max) {
			c->bad = true;
			return 0;
		}
		*one = (struct report_auth){ .domain = get_string(c, a) };
		cursor_need(c, ',');
		second = get_string(c, a);
		*(dkim ? &one->selector : &one->scope) = second;
		cursor_need(c, ',');
		if (!report_result_of(get_string(c, a), &one->result))
			c->bad = true;
		cursor_need(c, ',');
		one->human = get_string(c, a);
		cursor_need(c, ']');
		(void)cursor_take(c, ',');
	}
	cursor_need(c, ']');
	return n;
}

static void
get_auth(struct cursor *c, struct arena *a, struct report_row *row)
{
	cursor_need(c, '[');
	row->ndkim = get_auths(c, a, row->auth_dkim, REPORT_DKIM_MAX);
	cursor_need(c, ',');
	row->nspf = get_auths(c, a, row->auth_spf, REPORT_SPF_MAX);
	cursor_need(c, ']');
}

bool
report_line_read_reasons(struct span text, struct arena *a,
    struct report_row *row)
{
	struct cursor c = cursor_of(text);

	get_reasons(&c, a, row);
	return !c.bad && cursor_done(&c);
}

bool
report_line_read_auth(struct span text, struct arena *a,
    struct report_row *row)
{
	struct cursor c = cursor_of(text);

	get_auth(&c, a, row);
	return !c.bad && cursor_done(&c);
}

/* The last 18 bytes: ,"crc":"xxxxxxxx"} */
static bool
sum_is_right(struct span line)
{
	struct span sum, body;
	struct buf b;
	bool same;

	if (line.len < 18)
		return false;
	body = span_sub(line, 0, line.len - 18);
	sum = span_sub(line, line.len - 18, 18);
	buf_init(&b, 64);
	buf_addf(&b, ",\"crc\":\"%08lx\"}", crc32(0,
	    (const unsigned char *)body.p, (unsigned)body.len));
	same = span_eq(buf_span(&b), sum);
	buf_free(&b);
	return same;
}

static void
get_event(struct cursor *c, struct arena *a, struct report_event *e)
{
	struct report_row *row = &e->row;
	struct span key;

	need(c, "{\"v\":1,\"time\":");
	e->time = get_int(c);
	need(c, ",\"key\":");
	key = get_string(c, a);
	if (key.p != NULL && report_key_good(key))
		memcpy(e->key, key.p, key.len);
	else
		c->bad = true;
	need(c, ",\"uid\":");
	e->uid = get_int(c);
	need(c, ",\"optional\":");
	e->optional = get_bool(c);
	need(c, ",\"cut\":");
	e->cut = (size_t)get_int(c);
	need(c, ",\"ip\":");
	if (!ipaddr_parse(get_string(c, a), &row->ip))
		c->bad = true;
	need(c, ",\"disposition\":");
	if (!report_disposition_of(get_string(c, a), &row->disposition))
		c->bad = true;
	need(c, ",\"dkim\":");
	row->dkim = get_bool(c);
	need(c, ",\"spf\":");
	row->spf = get_bool(c);
	need(c, ",\"reasons\":");
	get_reasons(c, a, row);
	need(c, ",\"header_from\":");
	row->header_from = get_string(c, a);
	need(c, ",\"envelope_from\":");
	row->envelope_from = get_string(c, a);
	need(c, ",\"envelope_to\":");
	row->envelope_to = get_string(c, a);
	need(c, ",\"auth\":");
	get_auth(c, a, row);
	need(c, ",\"domain\":");
	e->policy_domain = get_string(c, a);
	need(c, ",\"record\":");
	e->record = get_string(c, a);
	need(c, ",\"crc\":");
	(void)get_string(c, a);
	need(c, "}");
}

/* They go into file names and the heads of mails, and an account beside ours
 * may have written the line: names or nothing. */
static bool
has_names(const struct report_event *e)
{
	const struct report_row *row = &e->row;
	bool good = domain_is_ldhu(e->policy_domain) &&
	    domain_is_ldhu(row->header_from) &&
	    (row->envelope_from.len == 0 ||
	    domain_is_ldhu(row->envelope_from)) &&
	    (row->envelope_to.len == 0 || domain_is_ldhu(row->envelope_to));

	for (size_t i = 0; i < row->ndkim; i++)
		good = good && domain_is_ldhu(row->auth_dkim[i].domain) &&
		    domain_is_ldhu(row->auth_dkim[i].selector);
	for (size_t i = 0; i < row->nspf; i++)
		good = good && domain_is_ldhu(row->auth_spf[i].domain) &&
		    span_eq(row->auth_spf[i].scope, SPAN("mfrom"));
	return good;
}

bool
report_line_parse(struct span line, struct arena *a, struct report_event *e)
{
	struct cursor c = cursor_of(line);

	if (!sum_is_right(line))
		return false;
	e->key[REPORT_KEY_HEX - 1] = '\0';
	e->row.count = 1;
	e->row.envelope_to = (struct span){ NULL, 0 };
	get_event(&c, a, e);
	return !c.bad && cursor_done(&c) && e->record.p != NULL &&
	    has_names(e);
}

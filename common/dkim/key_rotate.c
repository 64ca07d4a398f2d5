/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/num.h"
#include "dkim/key_publish.h"
#include "dns/domain.h"

/* Selectors tried before we give up. */
#define ROTATE_TRIES 20
/* Where the DNS says nothing: common values, on the careful side. */
#define ROTATE_TTL 86400
/* A revoked record stays this long, so that late readers see why. */
#define ROTATE_REVOKED (30 * (int64_t)86400)

/* The number at p (digits of its own length) plus one; false if it would
 * need another digit. */
static bool
increment(char *p, size_t len)
{
	while (len > 0) {
		if (p[len - 1] != '9') {
			p[len - 1]++;
			return true;
		}
		p[--len] = '0';
	}
	return false;
}

/* The number of len digits at p, or -1 if they are not all digits. */
static int
digits_at(const char *p, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(p[i]))
			return -1;
		n = n * 10 + (p[i] - '0');
	}
	return n;
}

/* A date at the end of a selector: where its parts stand. */
struct ending {
	char *year, *month, *day;	/* day NULL: a month alone */
	int y, m, d;
};

/*
 * Does it end in a year of this century, a month and, with day, a day
 * ("2026-09-30", "202609"), which is no part of a longer number?
 */
static bool
read_ending(char *p, size_t len, bool day, bool dash, struct ending *e)
{
	size_t gap = dash ? 1 : 0, need = 6 + gap + (day ? 2 + gap : 0);

	if (len < need || (len > need && ascii_is_digit(p[len - need - 1])))
		return false;
	e->year = p + len - need;
	e->month = e->year + 4 + gap;
	e->day = day ? e->month + 2 + gap : NULL;
	if (dash && (e->month[-1] != '-' || (day && e->day[-1] != '-')))
		return false;
	e->y = digits_at(e->year, 4);
	e->m = digits_at(e->month, 2);
	e->d = day ? digits_at(e->day, 2) : 1;
	return e->y >= 2000 && e->y < 2099 && e->m >= 1 && e->m <= 12 &&
	    e->d >= 1 && e->d <= 31;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && year % 4 == 0);
}

static void
write_two(char *p, int n)
{
	p[0] = (char)('0' + n / 10 % 10);
	p[1] = (char)('0' + n % 10);
}

/* A selector that ends in a date?  The next day, or month, that there is. */
static bool
next_date(char *p, size_t len)
{
	struct ending e;

	if (!read_ending(p, len, true, true, &e) &&
	    !read_ending(p, len, true, false, &e) &&
	    !read_ending(p, len, false, true, &e) &&
	    !read_ending(p, len, false, false, &e))
		return false;
	if (e.day != NULL && e.d < month_days(e.y, e.m)) {
		e.d++;
	} else {
		e.d = 1;
		e.m++;
	}
	if (e.m > 12) {
		e.m = 1;
		write_two(e.year + 2, e.y + 1);
	}
	write_two(e.month, e.m);
	if (e.day != NULL)
		write_two(e.day, e.d);
	return true;
}

struct span
key_next_selector(struct span selector, struct arena *a)
{
	size_t len = selector.len, digits = 0;
	char *p = arena_alloc(a, len + 2);

	if (p == NULL)
		return (struct span){ NULL, 0 };
	memcpy(p, selector.p, len);
	if (next_date(p, len))
		return (struct span){ p, len };
	while (digits < len && ascii_is_digit(p[len - digits - 1]))
		digits++;
	if (digits == 0) {
		p[len] = '2';
	} else if (!increment(p + len - digits, digits)) {
		memmove(p + len - digits + 1, p + len - digits, digits);
		p[len - digits] = '1';
	} else {
		return (struct span){ p, len };
	}
	return (struct span){ p, len + 1 };
}

static enum fault_kind
ask(struct key_rotation *r, struct span selector, struct dns *dns,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	struct span name = key_name(selector, r->domain, a);

	if (name.p == NULL)
		return fault_nomem(f);
	if (dns_query(dns, name, DNS_TXT, a, answer, f) != FAULT_NONE)
		return f->kind;
	if (answer->outcome == DNS_TEMPERROR)
		return fault_set(f, FAULT_TEMP, "%.*s: %s", SPAN_ARG(name),
		    dns_outcome_word(answer));
	return FAULT_NONE;
}

/* A selector that nobody uses yet. */
static enum fault_kind
find_next(struct key_rotation *r, struct dns *dns, struct arena *a,
    struct fault *f)
{
	struct dns_answer answer = { .outcome = DNS_TEMPERROR };
	bool given = r->next.len > 0;

	if (!given)
		r->next = r->selector;
	for (int i = 0; i < ROTATE_TRIES; i++) {
		if (!given)
			r->next = key_next_selector(r->next, a);
		if (r->next.p == NULL)
			return fault_nomem(f);
		if (!domain_is_ldhu(r->next))
			break;
		if (ask(r, r->next, dns, a, &answer, f) != FAULT_NONE)
			return f->kind;
		if (answer.outcome != DNS_ANSWER) {
			r->negative_ttl = answer.ttl;
			return FAULT_NONE;
		}
		if (given)
			return fault_set(f, FAULT_DATA,
			    "%.*s is in use already", SPAN_ARG(r->next));
	}
	return fault_set(f, FAULT_DATA, "no free selector after %.*s: name "
	    "one (--next)", SPAN_ARG(r->selector));
}

/* The new key is of the kind of the present one, if that is any good. */
static enum fault_kind
keep_kind(struct key_rotation *r, const struct dns_answer *answer,
    struct fault *f)
{
	struct key_record key;
	bool good;

	for (size_t i = 0; i < answer->count; i++) {
		if (key_record_parse(answer->records[i].text, &key, f) !=
		    FAULT_NONE)
			return f->kind;
		good = key.state == KEY_GOOD;
		if (good) {
			r->type = key.pub.type;
			r->bits = key.pub.type == KEY_ED25519 ? 256 :
			    key.pub.bits > 3072 ? 4096 :
			    key.pub.bits > 2048 ? 3072 : 2048;
		}
		key_record_free(&key);
		if (good)
			break;
	}
	return FAULT_NONE;
}

enum fault_kind
key_rotate(struct key_rotation *r, struct dns *dns, struct arena *a,
    struct fault *f)
{
	struct dns_answer answer = { .outcome = DNS_TEMPERROR };
	int64_t wait;

	if (ask(r, r->selector, dns, a, &answer, f) != FAULT_NONE ||
	    find_next(r, dns, a, f) != FAULT_NONE)
		return f->kind;
	if (r->keep && keep_kind(r, &answer, f) != FAULT_NONE)
		return f->kind;
	r->ttl_known = answer.outcome == DNS_ANSWER;
	r->ttl = r->ttl_known ? answer.ttl : ROTATE_TTL;
	/* Who asked for the new name too early remembers that it was not
	 * there; nobody holds a record longer than its TTL. */
	wait = r->negative_ttl > r->ttl ? r->negative_ttl : r->ttl;
	r->switch_at = r->now + wait;
	r->revoke_at = r->switch_at + r->grace;
	r->remove_at = r->revoke_at + ROTATE_REVOKED;
	return FAULT_NONE;
}

static void
add_time(struct buf *b, int64_t time)
{
	char text[NUM_RFC3339_LEN];

	num_rfc3339(time, text);
	buf_adds(b, text);
}

static void
add_name(struct buf *b, const struct key_rotation *r, struct span selector)
{
	buf_addspan(b, selector);
	buf_adds(b, "._domainkey.");
	buf_addspan(b, r->domain);
}

void
key_rotation_text(const struct key_rotation *r, struct buf *b)
{
	const char *type = key_type_word(r->type);

	buf_addf(b, "selector %.*s of %.*s is followed by %.*s\n",
	    SPAN_ARG(r->selector), SPAN_ARG(r->domain), SPAN_ARG(r->next));
	buf_addf(b, "1. now: dkimkey new --type=%s", type);
	if (r->type == KEY_RSA)
		buf_addf(b, " --bits=%u", r->bits);
	buf_addf(b, " %.*s.pem\n", SPAN_ARG(r->next));
	buf_addf(b, "2. now: publish what this prints: dkimkey record "
	    "--domain=%.*s --selector=%.*s %.*s.pem\n", SPAN_ARG(r->domain),
	    SPAN_ARG(r->next), SPAN_ARG(r->next));
	buf_addf(b, "3. when it is in the DNS: dkimkey check --domain=%.*s "
	    "--selector=%.*s --key=%.*s.pem\n", SPAN_ARG(r->domain),
	    SPAN_ARG(r->next), SPAN_ARG(r->next));
	buf_adds(b, "4. ");
	add_time(b, r->switch_at);
	buf_addf(b, " or later: sign with %.*s (time-to-live of %lu s%s over"
	    ")\n", SPAN_ARG(r->next),
	    (unsigned long)(r->switch_at - r->now),
	    r->ttl_known ? "" : ", assumed,");
	buf_adds(b, "5. ");
	add_time(b, r->revoke_at);
	buf_adds(b, ": revoke: publish \"v=DKIM1; p=\" at ");
	add_name(b, r, r->selector);
	buf_adds(b, ", and destroy its private key\n6. ");
	add_time(b, r->remove_at);
	buf_adds(b, ": remove the record at ");
	add_name(b, r, r->selector);
	buf_addc(b, '\n');
}

static void
set_time(json_t *o, const char *key, int64_t time, bool *failed)
{
	js_set(o, key, js_int(time), failed);
}

json_t *
key_rotation_json(const struct key_rotation *r)
{
	json_t *o = json_object();
	bool failed = false;

	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dkimkey"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	set_time(o, "time", r->now, &failed);
	js_set(o, "domain", js_span(r->domain), &failed);
	js_set(o, "selector", js_span(r->selector), &failed);
	js_set(o, "next_selector", js_span(r->next), &failed);
	js_set(o, "key_type", js_str(key_type_word(r->type)), &failed);
	js_set(o, "key_bits", js_int(r->bits), &failed);
	js_set(o, "ttl", r->ttl_known ? js_int(r->ttl) : js_null(), &failed);
	js_set(o, "negative_ttl", js_int(r->negative_ttl), &failed);
	set_time(o, "publish_at", r->now, &failed);
	set_time(o, "switch_at", r->switch_at, &failed);
	set_time(o, "revoke_at", r->revoke_at, &failed);
	set_time(o, "remove_at", r->remove_at, &failed);
	js_set(o, "revoked_record", js_str("v=DKIM1; p="), &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

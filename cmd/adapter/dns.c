/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "adapter/dns.h"
#include "base/arena.h"
#include "base/b64.h"
#include "base/num.h"
#include "base/sha256.h"
#include "dkim/key.h"
#include "dns/domain.h"

#define POLL_MS 200
/* Around the grant's id. */
#define GONE_HEAD "v=DKIM1; n=jitgrant-"
#define GONE_TAIL "; p="

static struct sender_record *
new_record(struct adapter_task *t, struct sender *s, bool txt)
{
	if (s->count == SENDER_RECORDS) {
		(void)adapter_no(t, 0, "over %d records", SENDER_RECORDS);
		return NULL;
	}
	s->records[s->count].txt = txt;
	return &s->records[s->count++];
}

/* The name that exists:%{ir}.%{v}._jit.%{d} asks for. */
static void
ip_name(struct buf *b, const struct ipaddr *a, const char *domain)
{
	if (a->family == 4)
		buf_addf(b, "%u.%u.%u.%u.in-addr", a->bytes[3], a->bytes[2],
		    a->bytes[1], a->bytes[0]);
	for (int i = 15; a->family == 6 && i >= 0; i--)
		buf_addf(b, "%x.%x.", a->bytes[i] & 15u, a->bytes[i] >> 4);
	buf_addf(b, "%s._jit.%s", a->family == 6 ? "ip6" : "", domain);
}

static int
add_address(struct adapter_task *t, struct sender *s, struct span text,
    const char *domain)
{
	unsigned char digest[SHA256_BYTES];
	struct sender_record *r;
	struct ipaddr a;
	struct buf b;
	bool ok;

	if (!ipaddr_parse(text, &a))
		return adapter_no(t, ADAPTER_DATA, "%.60s is no address",
		    text.p);
	a = ipaddr_unmap(a);
	r = new_record(t, s, false);
	if (r == NULL)
		return ADAPTER_DATA;
	buf_init(&b, SENDER_NAME);
	ip_name(&b, &a, domain);
	ok = domain_is_ldhu(buf_span(&b));
	(void)snprintf(r->name, sizeof(r->name), "%s", buf_str(&b));
	buf_free(&b);
	sha256(span_of(t->grant), digest);
	/* Any address will do for exists; this one is the grant's. */
	(void)snprintf(r->data, sizeof(r->data), "127.%u.%u.%u", digest[0],
	    digest[1], 2u + digest[2] % 250u);
	return ok ? ADAPTER_OK : adapter_no(t, ADAPTER_DATA,
	    "the name would be too long");
}

/* The key must be one that DKIM takes. */
static int
add_key(struct adapter_task *t, struct sender *s, const char *selector,
    const char *key, const char *domain)
{
	unsigned char der[B64_DECODED_MAX(1024)];
	struct sender_record *r = new_record(t, s, true);
	struct key_record record = { 0 };
	struct fault f = { 0 };
	size_t len = 0, n;
	bool ok;

	if (r == NULL)
		return ADAPTER_DATA;
	if (!domain_is_ldhu(span_of(selector)) || strlen(selector) > 63)
		return adapter_no(t, ADAPTER_DATA, "not a selector");
	if (strlen(key) > 1024 || !b64_decode(span_of(key), der, &len))
		return adapter_no(t, ADAPTER_DATA, "not a key in base64");
	n = (size_t)snprintf(r->name, sizeof(r->name), "%s._domainkey.%s",
	    selector, domain);
	if (n >= sizeof(r->name))
		return adapter_no(t, ADAPTER_DATA,
		    "the name would be too long");
	(void)snprintf(r->data, sizeof(r->data),
	    "v=DKIM1; k=%s; n=jitgrant-%s; p=%s",
	    len == KEY_ED25519_LEN ? "ed25519" : "rsa", t->grant, key);
	(void)snprintf(s->gone, sizeof(s->gone), GONE_HEAD "%s" GONE_TAIL,
	    t->grant);
	ok = key_record_parse(span_of(r->data), &record, &f) == FAULT_NONE &&
	    record.state == KEY_GOOD && (record.pub.type != KEY_RSA ||
	    record.pub.bits >= 2048);
	key_record_free(&record);
	return ok ? ADAPTER_OK : adapter_no(t, ADAPTER_DATA,
	    "not a public key of RSA (2048 bits or more) or Ed25519");
}

static int
add_limits(struct adapter_task *t, struct sender *s, const char *selector,
    const char *domain)
{
	const char *name, *key = NULL;
	json_t *value;
	int status = ADAPTER_OK;

	json_object_foreach(t->limits, name, value) {
		const char *text = json_string_value(value);
		struct span rest = span_of(text == NULL ? "" : text), one;
		bool more = true;

		if (strcmp(name, "selector") == 0)
			selector = text;
		else if (strcmp(name, "key") == 0)
			key = text;
		else if (strncmp(name, "ip", 2) != 0)
			return adapter_no(t, ADAPTER_DATA,
			    "limits are ip, selector and key");
		while (strncmp(name, "ip", 2) == 0 && more &&
		    status == ADAPTER_OK) {
			more = span_cut(rest, '+', &one, &rest);
			status = add_address(t, s, one, domain);
		}
		if (status != ADAPTER_OK)
			return status;
	}
	if ((selector == NULL) != (key == NULL))
		return adapter_no(t, ADAPTER_DATA,
		    "selector and key go together");
	if (key != NULL)
		return add_key(t, s, selector, key, domain);
	return s->count > 0 ? ADAPTER_OK : adapter_no(t, ADAPTER_DATA,
	    "neither an address (limit ip) nor a key to publish");
}

int
sender_read(struct adapter_task *t, struct sender *s)
{
	struct span zone = domain_undot(span_of(adapter_config(t, "zone",
	    "")));
	static const char mark[] = "._domainkey.";
	char name[SENDER_NAME], *at, *domain = name;
	int64_t ttl;

	*s = (struct sender){ .ttl = SENDER_TTL };
	(void)snprintf(s->zone, sizeof(s->zone), "%.*s", SPAN_ARG(zone));
	if (!domain_is_ldhu(zone))
		return adapter_no(t, ADAPTER_CONFIG, "zone is no domain");
	if (!domain_is_ldhu(span_of(t->resource)) ||
	    !domain_within(span_of(t->resource), zone))
		return adapter_no(t, ADAPTER_DATA,
		    "the resource is no domain in %.100s", s->zone);
	(void)snprintf(name, sizeof(name), "%s", t->resource);
	for (char *p = name; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	at = strstr(name, mark);
	if (at != NULL) {
		*at = '\0';
		domain = at + strlen(mark);
	}
	if (adapter_config(t, "ttl", NULL) != NULL) {
		struct span text = span_of(adapter_config(t, "ttl", ""));
		uint64_t n = 0;

		if (num_canonical(text, SENDER_TTL, &n))
			s->ttl = (int64_t)n;
		else if (!num_duration(text, &s->ttl))
			s->ttl = 0;
		if (s->ttl < 1 || s->ttl > SENDER_TTL)
			return adapter_no(t, ADAPTER_CONFIG,
			    "ttl: 1 to %d seconds", SENDER_TTL);
	}
	/* What a resolver may keep must be small against the grant. */
	ttl = t->duration / 4 < 1 ? 1 : t->duration / 4;
	if (s->ttl > ttl)
		s->ttl = ttl;
	return add_limits(t, s, at == NULL ? NULL : name, domain);
}

static json_t *
undo_record(const struct sender *s, const char *target)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->count; i++)
		(void)json_array_append_new(list, json_pack("{s:s,s:s,s:s}",
		    "name", s->records[i].name, "type",
		    s->records[i].txt ? "TXT" : "A", "data",
		    s->records[i].data));
	return json_pack("{s:s,s:s,s:I,s:I,s:I,s:s,s:o}", "zone", s->zone,
	    "target", target, "ttl", (json_int_t)s->ttl, "lead",
	    (json_int_t)s->ttl, "until", (json_int_t)s->until, "gone",
	    s->gone, "records", list);
}

int
sender_plan(struct adapter_task *t, const struct sender *s,
    const char *target)
{
	t->plan = undo_record(s, target);
	return adapter_no(t, ADAPTER_OK, "a sender that is not granted costs "
	    "SPF one void lookup");
}

int
sender_undo(struct adapter_task *t, struct sender *s)
{
	json_t *list = json_object_get(t->undo, "records"), *o;
	size_t i;

	if (!json_is_object(t->undo))
		return adapter_no(t, ADAPTER_SOFTWARE, "nothing was planned");
	*s = (struct sender){ .ttl = json_integer_value(json_object_get(
	    t->undo, "ttl")), .until = json_integer_value(json_object_get(
	    t->undo, "until")) };
	(void)snprintf(s->zone, sizeof(s->zone), "%s", adapter_undo(t, "zone",
	    ""));
	(void)snprintf(s->gone, sizeof(s->gone), "%s", adapter_undo(t, "gone",
	    ""));
	json_array_foreach(list, i, o) {
		const char *name = json_string_value(json_object_get(o,
		    "name"));
		const char *type = json_string_value(json_object_get(o,
		    "type"));
		const char *data = json_string_value(json_object_get(o,
		    "data"));
		struct sender_record *r;

		if (i == SENDER_RECORDS || name == NULL || type == NULL ||
		    data == NULL || strpbrk(data, "\"\\\n") != NULL ||
		    !domain_is_ldhu(span_of(name)))
			return adapter_no(t, ADAPTER_DATA,
			    "not a plain undo record");
		r = &s->records[s->count++];
		r->txt = strcmp(type, "TXT") == 0;
		(void)snprintf(r->name, sizeof(r->name), "%s", name);
		(void)snprintf(r->data, sizeof(r->data), "%s", data);
	}
	if (s->ttl < 1 || !domain_is_ldhu(span_of(s->zone)))
		return adapter_no(t, ADAPTER_DATA, "not a plain undo record");
	return ADAPTER_OK;
}

bool
sender_is_gone(struct span text)
{
	size_t head = strlen(GONE_HEAD), tail = strlen(GONE_TAIL);
	struct span id;

	if (text.len <= head + tail || text.len >= 128 ||
	    !span_starts(text, SPAN(GONE_HEAD)) || !span_eq(span_sub(text,
	    text.len - tail, tail), SPAN(GONE_TAIL)))
		return false;
	id = span_sub(text, head, text.len - head - tail);
	for (size_t i = 0; i < id.len; i++)
		if (!ascii_is_alnum(id.p[i]))
			return false;
	return true;
}

/* What is at a name. */
struct found {
	size_t ours, gone;	/* the record, and that of the revoked key */
	size_t others;
	struct sender *stale;	/* not NULL: revoked keys of other grants go
				   there, and are no others */
};

static void
count_one(const struct sender *s, const struct sender_record *r,
    const struct dns_record *seen, struct found *n)
{
	struct ipaddr want = { 0 };

	(void)ipaddr_parse4(span_of(r->data), &want);
	if (r->txt ? span_eq(seen->text, span_of(r->data)) :
	    ipaddr_eq(&seen->addr, &want))
		n->ours++;
	else if (r->txt && span_eq(seen->text, span_of(s->gone)))
		n->gone++;
	else if (r->txt && n->stale != NULL && n->stale->nstale <
	    SENDER_STALE && sender_is_gone(seen->text))
		(void)snprintf(n->stale->stale[n->stale->nstale++],
		    sizeof(n->stale->stale[0]), "%.*s", SPAN_ARG(seen->text));
	else
		n->others++;
}

static bool
count_at(const struct dns_server *server, const struct sender *s,
    const struct sender_record *r, struct found *n)
{
	struct arena a;
	struct dns_answer answer = { 0 };
	bool ok;

	arena_init(&a, SENDER_ARENA);
	ok = sender_ask(server, r->name, r->txt ? DNS_TXT : DNS_A, &a, &answer);
	for (size_t i = 0; ok && answer.outcome == DNS_ANSWER &&
	    i < answer.count; i++)
		count_one(s, r, &answer.records[i], n);
	arena_free(&a);
	return ok;
}

static bool
server_shows(const struct sender *s, const struct dns_server *server,
    enum sender_want want)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct sender_record *r = &s->records[i];
		struct found n = { 0 };
		bool ok = count_at(server, s, r, &n);

		switch (want) {
		case SENDER_THERE:
			ok = ok && n.ours == 1 && n.gone == 0;
			break;
		case SENDER_REVOKED:
			ok = ok && n.ours == 0 && n.gone == (size_t)r->txt;
			break;
		case SENDER_AWAY:
			ok = ok && n.ours == 0 && n.gone == 0;
			break;
		}
		if (!ok)
			return false;
	}
	return true;
}

int
sender_seen(struct adapter_task *t, const struct sender *s,
    enum sender_want want, int seconds)
{
	struct clock clock = clock_system();
	int64_t end = clock_mono_ms(&clock) + seconds * 1000;
	const struct timespec nap = { 0, POLL_MS * 1000000 };

	for (size_t i = 0; i < s->nservers;) {
		struct buf b;

		if (server_shows(s, &s->servers[i], want)) {
			i++;
			continue;
		}
		if (clock_mono_ms(&clock) < end) {
			(void)nanosleep(&nap, NULL);
			continue;
		}
		buf_init(&b, 64);
		ipaddr_format(&s->servers[i].addr, &b);
		(void)adapter_no(t, 0, "the server %s does not answer so yet",
		    buf_str(&b));
		buf_free(&b);
		return ADAPTER_TEMP;
	}
	return ADAPTER_OK;
}

bool
sender_live(const struct sender *s)
{
	for (size_t i = 0; i < s->nservers * s->count; i++) {
		struct found n = { 0 };

		if (count_at(&s->servers[i / s->count], s,
		    &s->records[i % s->count], &n) && n.ours > 0)
			return true;
	}
	return false;
}

int
sender_alone(struct adapter_task *t, struct sender *s)
{
	s->nstale = 0;
	for (size_t i = 0; i < s->count && s->nservers > 0; i++) {
		struct found n = { .stale = s };

		if (!s->records[i].txt)
			continue;
		if (!count_at(&s->servers[0], s, &s->records[i], &n))
			return adapter_no(t, ADAPTER_TEMP,
			    "the server does not answer");
		if (n.others > 0)
			return adapter_no(t, ADAPTER_DATA, "%.100s has "
			    "another's text already", s->records[i].name);
	}
	return ADAPTER_OK;
}

static bool
has_key(const struct sender *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->records[i].txt)
			return true;
	return false;
}

int
sender_revoke(struct adapter_task *t, struct sender *s,
    const struct sender_end *end)
{
	struct timespec ts = { 0 };
	int status = ADAPTER_OK;
	int64_t now;

	if (!has_key(s))
		return end->wipe(t, s);
	if (s->until == 0) {
		status = end->withdraw(t, s);
		if (status != ADAPTER_OK)
			return status;
	}
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	now = ts.tv_sec;
	/* A clock that was set back makes it wait a TTL anew, not a day. */
	if (s->until == 0 || s->until > now + s->ttl)
		s->until = now + s->ttl;
	if (t->last || now >= s->until)
		return end->wipe(t, s);
	t->again = s->until - now;
	t->plan = undo_record(s, adapter_undo(t, "target", ""));
	return ADAPTER_OK;
}

void
sender_rdata(struct buf *b, const struct sender *s,
    const struct sender_record *r, bool gone)
{
	buf_adds(b, r->txt ? "TXT " : "A ");
	if (r->txt)
		sender_quote(b, gone ? s->gone : r->data);
	else
		buf_adds(b, r->data);
}

void
sender_quote(struct buf *b, const char *text)
{
	struct span rest = span_of(text);

	do {
		struct span one = span_sub(rest, 0, 255);

		buf_addf(b, "\"%.*s\" ", SPAN_ARG(one));
		rest = span_sub(rest, one.len, rest.len);
	} while (rest.len > 0);
}

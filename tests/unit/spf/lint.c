/* SPDX-License-Identifier: ISC */
/*
 * The lint and the check are readers of one record: over random zones they
 * count the same lookups and voids, an error is found if and only if some
 * client gets permerror, and the networks hold exactly the clients that pass.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/dns.h"
#include "spf/lint.h"
#include "spf/spf.h"
#include "tap.h"

#define ROUNDS 4000
#define RECORDS 7
#define HOSTS 6

struct world {
	struct dns dns;
	uint64_t seed;
	char txt[RECORDS][512];
	const char *flat;	/* NULL, or lines of a zone that come first */
	bool open;		/* an included record may match everybody */
	unsigned kind[HOSTS];	/* bit 0: has A, bit 1: AAAA, bit 2: MX */
};

static unsigned
roll(struct world *w, unsigned n)
{
	w->seed = w->seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (unsigned)(w->seed >> 33) % n;
}

__attribute__((format(printf, 2, 3))) static void
put(char *line, const char *fmt, ...)
{
	size_t at = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line + at, 512 - at, fmt, ap);
	va_end(ap);
}

/* Networks lie in 10/8 and 2001:db8:1::/48: nobody else is matched by one. */
static void
term(struct world *w, char *line, bool open)
{
	static const char *const qualifiers[] = { "", "", "", "", "-", "~",
	    "?", "+" };

	put(line, " %s", qualifiers[roll(w, 8)]);
	switch (roll(w, 10)) {
	case 0:
	case 1:
		put(line, "ip4:10.0.0.%u/%u", roll(w, 16), 24 + roll(w, 9));
		break;
	case 2:
		put(line, "ip6:2001:db8:1::%x/%u", roll(w, 16),
		    120 + roll(w, 9));
		break;
	case 3:
	case 4:
		put(line, "a:h%u.test/%u//%u", roll(w, HOSTS + 1),
		    24 + roll(w, 9), 120 + roll(w, 9));
		break;
	case 5:
		put(line, "mx:h%u.test/%u", roll(w, HOSTS), 26 + roll(w, 7));
		break;
	case 6:
		if (roll(w, 3) == 0) {
			put(line, "exists:%%{ir}.h%u.test", roll(w, HOSTS));
			break;
		}
		put(line, "exists:h%u.%%{d1}",
		    open ? roll(w, HOSTS + 1) : HOSTS);
		break;
	case 7:
		put(line, open && roll(w, 8) == 0 ? "all" : "a:%%{d}");
		break;
	default:
		put(line, "include:r%u.test", roll(w, RECORDS + 1));
		break;
	}
}

static void
make(struct world *w)
{
	w->open = roll(w, 3) == 0;
	for (size_t i = 0; i < HOSTS; i++)
		w->kind[i] = roll(w, 5) == 0 ? roll(w, 8) : 7;
	for (size_t i = 0; i < RECORDS; i++) {
		char *line = w->txt[i];

		(void)snprintf(line, 512, "v=spf1");
		for (unsigned n = roll(w, 5); n > 0; n--)
			term(w, line, i == 0 || w->open);
		if (roll(w, 6) == 0)
			put(line, " redirect=r%u.%%{d1}", roll(w, RECORDS));
		else if (roll(w, 4) != 0)
			put(line, " -all");
	}
}

/* The text of a name in the flattened zone, its strings joined. */
static bool
flat_text(const struct world *w, struct span name, struct arena *a,
    struct span *text)
{
	struct span line, rest, owner, data;
	bool more = w->flat != NULL;
	char *out = NULL;
	size_t n = 0;

	rest = more ? span_of(w->flat) : (struct span){ NULL, 0 };
	while (more) {
		more = span_cut(rest, '\n', &line, &rest);
		if (!span_cut(line, ' ', &owner, &data) ||
		    owner.len != name.len + 1 ||
		    !span_eq(span_sub(owner, 0, name.len), name))
			continue;
		out = arena_alloc(a, data.len + 1);
		for (size_t i = 0, in = 0; out != NULL && i < data.len; i++)
			if (data.p[i] == '"')
				in = !in;
			else if (in)
				out[n++] = data.p[i];
		*text = (struct span){ out, n };
		return out != NULL;
	}
	return false;
}

static enum fault_kind
query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct world *w = dns->state;
	size_t n = q->name.len == 7 ? (size_t)(q->name.p[1] - '0') : 99;
	struct dns_record *r = arena_array(a, 3, sizeof(*r));
	char text[80];

	if (r == NULL)
		return fault_nomem(f);
	*answer = (struct dns_answer){ .outcome = DNS_NXDOMAIN,
	    .canonical = q->name, .records = r };
	if (span_eq(q->name, SPAN("test")) ||
	    (q->name.len == 7 && q->name.p[0] == 'r' && n < RECORDS))
		answer->outcome = DNS_NODATA;
	if (q->type == DNS_TXT && flat_text(w, q->name, a, &r[0].text)) {
		r[0].strings = 1;
		answer->count = 1;
	} else if (q->name.len == 7 && q->name.p[0] == 'r' && n < RECORDS &&
	    q->type == DNS_TXT) {
		r[0].text = span_of(w->txt[n]);
		r[0].strings = 1;
		answer->count = 1;
	} else if (q->name.len > 8 && q->name.p[q->name.len - 7] == 'h' &&
	    q->type == DNS_A && q->name.p[0] >= '3') {
		/* What an exists asks of the client. */
		answer->count = ipaddr_parse(SPAN("127.0.0.2"), &r[0].addr);
	} else if (q->name.len == 7 && q->name.p[0] == 'h' && n < HOSTS) {
		answer->outcome = DNS_NODATA;
		if (q->type == DNS_A && (w->kind[n] & 1) != 0)
			(void)snprintf(text, sizeof(text), "10.0.0.%zu",
			    3 * n);
		else if (q->type == DNS_AAAA && (w->kind[n] & 2) != 0)
			(void)snprintf(text, sizeof(text),
			    "2001:db8:1::%zu", 3 * n);
		else
			text[0] = '\0';
		answer->count = ipaddr_parse(span_of(text), &r[0].addr);
		if (q->type == DNS_MX && (w->kind[n] & 4) != 0) {
			for (unsigned i = 0; i < 2; i++) {
				(void)snprintf(text, sizeof(text),
				    "h%zu.test", (n + i) % (HOSTS + 1));
				r[i].text = arena_span(a, span_of(text));
				r[i].preference = (uint16_t)(20 - i);
			}
			answer->count = 2;
		}
	}
	if (answer->count > 0)
		answer->outcome = DNS_ANSWER;
	return FAULT_NONE;
}

static struct spf_result
check(struct world *w, const char *ip, struct arena *a)
{
	struct spf_request q = { .mail_from = SPAN("x@r0.test"),
	    .helo = SPAN("h.test") };
	struct spf_result result;
	struct fault f = { 0 };

	(void)ipaddr_parse(span_of(ip), &q.ip);
	if (spf_check(&q, &w->dns, a, &result, &f) != FAULT_NONE)
		printf("# %s\n", f.text);
	return result;
}

static bool
listed(const struct spf_nets *s, const char *ip)
{
	struct ipaddr a;

	(void)ipaddr_parse(span_of(ip), &a);
	for (size_t i = 0; i < s->count; i++)
		if (ipaddr_in(&a, &s->nets[i].addr, s->nets[i].prefix))
			return true;
	return false;
}

/* Whose name nobody has is dangerous; for a, mx and exists no permerror. */
static bool
is_void(const struct lint_finding *g)
{
	return g->rule == spf_lint_rule(SPF_RULE_DANGLING) &&
	    span_find(g->term, 'c') != 1 + span_find(g->term, 'n') &&
	    !span_starts(g->term, SPAN("redirect"));
}

/* SPF008 says that a record is dangerous; it does no client a permerror. */
static bool
finds_permerror(const struct spf_lint *l)
{
	for (const struct lint_finding *g = l->lint.first; g != NULL;
	    g = g->next)
		if (g->severity == LINT_ERROR && !is_void(g) &&
		    g->rule != spf_lint_rule(SPF_RULE_PASS_ALL))
			return true;
	return false;
}

struct tally {
	size_t broken, whole, passed, counts, errors, networks;
	size_t flat, split, none, unclean, unequal;
};

/* The flattened record lints as clean as it can, and judges as before. */
static void
flatten(struct world *w, const struct spf_lint *l, struct tally *t,
    struct arena *a)
{
	struct spf_lint again;
	struct fault f = { 0 };
	struct buf b;

	buf_init(&b, 1 << 20);
	if (spf_lint_flat(l, &b, &f) != FAULT_NONE) {
		t->none++;
		buf_free(&b);
		return;
	}
	t->flat++;
	for (unsigned i = 0; i < 44; i++) {
		enum verdict before, after;
		char ip[60];

		(void)snprintf(ip, sizeof(ip), i % 2 == 0 ? "10.0.0.%u" :
		    "2001:db8:1::%x", i < 40 ? i / 2 : 200 + roll(w, 50));
		if (i >= 42)
			(void)snprintf(ip, sizeof(ip), "%s", i == 42 ?
			    "203.0.113.250" : "2001:db8:ffff::1");
		w->flat = NULL;
		before = check(w, ip, a).result;
		w->flat = buf_str(&b);
		after = check(w, ip, a).result;
		/* Fewer lookups may fix what the mail's own voids broke. */
		t->unequal += before != after && (before !=
		    VERDICT_PERMERROR || !l->dynamic);
	}
	t->split += strstr(buf_str(&b), "_spf1.") != NULL;
	if (spf_lint(&again, SPAN("r0.test"), (struct span){ NULL, 0 },
	    &w->dns, a, &f) != FAULT_NONE || finds_permerror(&again))
		t->unclean++;
	spf_lint_free(&again);
	w->flat = NULL;
	buf_free(&b);
}

static void
compare(struct world *w, struct spf_lint *l, struct tally *t,
    struct arena *a)
{
	/* No network holds these two: they see all that anybody sees. */
	struct spf_result r4 = check(w, "203.0.113.250", a);
	struct spf_result r6 = check(w, "2001:db8:ffff::1", a);
	bool error = finds_permerror(l);

	/* Then those two may be decided by an include that others leave. */
	if (l->dynamic) {
		/* Voids of what depends on the mail are nobody's to count. */
	} else if (w->open) {
		t->errors += !error && (r4.result == VERDICT_PERMERROR ||
		    r6.result == VERDICT_PERMERROR);
		t->counts += !error && (r4.lookups > l->lookups ||
		    r4.void_lookups > l->voids4 ||
		    r6.void_lookups > l->voids6);
	} else if (error != (r4.result == VERDICT_PERMERROR ||
	    r6.result == VERDICT_PERMERROR))
		t->errors++;
	t->broken += error;
	if (error)
		return;
	t->whole++;
	if (!w->open && !l->dynamic && (r4.lookups != l->lookups ||
	    r6.lookups != l->lookups ||
	    r4.void_lookups != l->voids4 || r6.void_lookups != l->voids6))
		t->counts++;
	for (unsigned i = 0; i < 40; i++) {
		char ip[60];
		bool pass;

		(void)snprintf(ip, sizeof(ip), i % 2 == 0 ? "10.0.0.%u" :
		    "2001:db8:1::%x", i < 36 ? i / 2 : 200 + roll(w, 50));
		pass = check(w, ip, a).result == VERDICT_PASS;
		t->passed += pass;
		if (!l->dynamic && pass != listed(&l->nets, ip))
			t->networks++;
	}
	flatten(w, l, t, a);
}

int
main(void)
{
	struct world w = { .seed = 7208 };
	struct tally t = { 0 };
	struct arena a;

	w.dns = (struct dns){ .query = query, .state = &w };
	arena_init(&a, 4 * BOUND_MESSAGE_ARENA);
	for (size_t i = 0; i < ROUNDS; i++) {
		struct spf_lint l;
		struct fault f = { 0 };

		make(&w);
		arena_reset(&a);
		if (spf_lint(&l, SPAN("r0.test"), (struct span){ NULL, 0 },
		    &w.dns, &a, &f) != FAULT_NONE) {
			CHECKF(false, "round %zu: no fault", i);
			continue;
		}
		compare(&w, &l, &t, &a);
		if (t.errors + t.counts + t.networks + t.unequal +
		    t.unclean == 0) {
			spf_lint_free(&l);
			continue;
		}
		printf("# round %zu: %zu %zu %zu %zu %zu\n", i, t.errors,
		    t.counts, t.networks, t.unequal, t.unclean);
		for (size_t k = 0; k < RECORDS; k++)
			printf("# r%zu %s\n", k, w.txt[k]);
		spf_lint_free(&l);
		break;
	}
	CHECKF(t.errors == 0, "permerror for some client: an error");
	CHECKF(t.counts == 0, "lookups and voids are the check's");
	CHECKF(t.networks == 0, "the networks are those that pass");
	CHECKF(t.unequal == 0, "the flattened record judges as before");
	CHECKF(t.unclean == 0, "the flattened record has no permerror");
	CHECKF(t.flat > 1000 && t.split > 5, "%zu flattened, %zu split, %zu "
	    "not", t.flat, t.split, t.none);
	CHECKF(t.broken > 100 && t.whole > 100 && t.passed > 1000,
	    "%zu broken, %zu whole, %zu passed", t.broken, t.whole, t.passed);
	arena_free(&a);
	return tap_done();
}

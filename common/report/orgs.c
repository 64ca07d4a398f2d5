/* SPDX-License-Identifier: ISC */
#include "dns/domain.h"
#include "report/orgs.h"

#define ARENA ((size_t)2 << 20)

void
report_orgs_init(struct report_orgs *o, struct dns *dns,
    const struct clock *clock, int64_t ms)
{
	*o = (struct report_orgs){ .dns = dns, .clock = clock,
	    .ms = ms < REPORT_ORGS_MS ? ms : REPORT_ORGS_MS };
	arena_init(&o->arena, ARENA);
	dmarc_memo_init(&o->memo, dns, &o->arena);
}

void
report_orgs_free(struct report_orgs *o)
{
	arena_free(&o->arena);
}

/* The last two labels: no name of one label is an Organizational Domain, so
 * names that differ here are strangers whatever the DNS says. */
static struct span
base_of(struct span d)
{
	size_t dots = 0, i = d.len;

	while (i > 0) {
		if (d.p[i - 1] == '.' && ++dots == 2)
			break;
		i--;
	}
	return span_sub(d, i, d.len);
}

static void
walk(struct report_orgs *o, struct report_org *org)
{
	struct fault f = { .kind = FAULT_NONE };
	struct dmarc_walk w;

	if (o->deadline == 0)
		o->deadline = clock_mono_ms(o->clock) + o->ms;
	o->dns->deadline_ms = o->deadline;
	/* Answers of 64 KiB each fill the arena: then no more is known, and
	 * the report is read all the same. */
	if (dmarc_walk(&o->memo, org->name, &w, &f) != FAULT_NONE)
		w.failed = true;
	o->failed = w.failed;
	if (w.failed)
		return;
	org->org = w.org;
	org->record = w.org_found != NULL || w.psd_found != NULL;
}

/* What is known of a name; *out NULL: nothing, and nobody is asked. */
static void
org_of(struct report_orgs *o, struct span name, const struct report_org **out)
{
	struct report_org *org;

	*out = NULL;
	for (size_t i = 0; i < o->n && *out == NULL; i++)
		if (span_eq_nocase(o->known[i].name, name))
			*out = &o->known[i];
	if (*out != NULL || o->dns == NULL || o->failed ||
	    o->n == REPORT_ORGS || !domain_is_ldhu(name))
		return;
	org = &o->known[o->n];
	*org = (struct report_org){ .name = arena_lower(&o->arena, name) };
	if (org->name.p == NULL) {
		o->failed = true;
		return;
	}
	walk(o, org);
	o->n++;
	*out = org;
}

bool
report_orgs_strangers(struct report_orgs *o, struct span from,
    struct span other)
{
	const struct report_org *a, *b;

	from = domain_undot(from);
	other = domain_undot(other);
	if (span_eq_nocase(from, other))
		return false;
	if (!span_eq_nocase(base_of(from), base_of(other)))
		return true;
	/* The report says that a record stood at the author's domain or above:
	 * where there is none it is another DNS that we see. */
	org_of(o, from, &a);
	if (a == NULL || !a->record)
		return false;
	org_of(o, other, &b);
	return b != NULL && b->org.p != NULL &&
	    !span_eq_nocase(a->org, b->org);
}

/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "dkim/select.h"

static int
name_cmp(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < n; i++) {
		unsigned char ca = (unsigned char)ascii_lower(a.p[i]);
		unsigned char cb = (unsigned char)ascii_lower(b.p[i]);

		if (ca != cb)
			return ca < cb ? -1 : 1;
	}
	return (a.len > b.len) - (a.len < b.len);
}

static int
entry_cmp(const void *va, const void *vb)
{
	const struct select_entry *a = va, *b = vb;
	int order = name_cmp(a->name, b->name);

	return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

enum fault_kind
select_index_make(struct select_index *x, const struct message *m,
    struct arena *a, struct fault *f)
{
	*x = (struct select_index){ .m = m };
	x->entries = arena_array(a, m->nfields + 1, sizeof(*x->entries));
	x->taken = arena_array(a, m->nfields + 1, sizeof(*x->taken));
	if (x->entries == NULL || x->taken == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < m->nfields; i++)
		if (!m->fields[i].hidden)
			x->entries[x->count++] = (struct select_entry){
			    m->fields[i].name, i };
	qsort(x->entries, x->count, sizeof(*x->entries), entry_cmp);
	return FAULT_NONE;
}

size_t
select_find(const struct select_index *x, struct span name, size_t *first)
{
	size_t low = 0, high = x->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (name_cmp(x->entries[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*first = low;
	high = x->count;
	for (mid = low; mid < high;) {
		size_t probe = mid + (high - mid) / 2;

		if (name_cmp(x->entries[probe].name, name) <= 0)
			mid = probe + 1;
		else
			high = probe;
	}
	return mid - low;
}

void
select_fields(struct select_index *x, const struct field *self,
    const struct span *names, size_t count, const struct field **out)
{
	memset(x->taken, 0, (x->count + 1) * sizeof(*x->taken));
	for (size_t i = 0; i < count; i++) {
		size_t first, have = select_find(x, names[i], &first);
		const struct field *hit = NULL;

		while (hit == NULL && x->taken[first] < have) {
			size_t e = first + have - ++x->taken[first];

			hit = &x->m->fields[x->entries[e].at];
			if (hit == self)
				hit = NULL;
		}
		out[i] = hit;
	}
}

/* Is it a field that may stand only once in a message (RFC 5322 3.6, MIME)? */
static bool
select_is_singleton(struct span name)
{
	static const char *const names[] = { "from", "sender", "reply-to",
	    "to", "cc", "subject", "date", "message-id", "in-reply-to",
	    "references", "mime-version" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq_nocase(name, span_of(names[i])))
			return true;
	return span_starts_nocase(name, SPAN("content-"));
}

struct span
select_duplicate(const struct select_index *x)
{
	size_t first, next;

	for (first = 0; first < x->count; first = next) {
		struct span name = x->entries[first].name;

		next = first + 1;
		while (next < x->count &&
		    name_cmp(x->entries[next].name, name) == 0)
			next++;
		if (next - first > 1 && x->taken[first] < next - first &&
		    select_is_singleton(name))
			return name;
	}
	return (struct span){ "", 0 };
}

/* SPDX-License-Identifier: ISC */
/* A DMARC record: all that is said of it lies inside of it. */
#include <stdint.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "dmarc/record.h"
#include "dns/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

static void
inside(struct span part, struct span whole)
{
	need(part.len <= whole.len);
	need(part.len == 0 || (part.p >= whole.p &&
	    part.p + part.len <= whole.p + whole.len));
}

static void
uris_ok(const struct dmarc_uri *uris, size_t n, struct span in)
{
	need(n <= DMARC_URIS);
	for (size_t i = 0; i < n; i++) {
		inside(uris[i].text, in);
		need(span_is_print(uris[i].text));
		need(span_find(uris[i].text, '!') == uris[i].text.len);
		need(uris[i].host.p == NULL ||
		    domain_is_ldhu(uris[i].host));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct dmarc_record *r;
	struct fault f = { 0 };
	struct arena a;

	if (size > 65535)
		return 0;
	arena_init(&a, BOUND_MESSAGE_ARENA);
	need(dmarc_record_parse(in, &a, &r, &f) == FAULT_NONE);
	need((r != NULL) == dmarc_record_is(in));
	if (r != NULL) {
		need(r->nnotes <= DMARC_NOTES);
		for (size_t i = 0; i < r->nnotes; i++) {
			inside(r->notes[i].text,
			    r->notes[i].kind == DMARC_NOTE_FO ||
			    r->notes[i].kind == DMARC_NOTE_EMPTY ?
			    r->notes[i].text : in);
			need(*dmarc_note_text(r->notes[i].kind) != '\0');
		}
		uris_ok(r->rua, r->nrua, in);
		uris_ok(r->ruf, r->nruf, in);
		need(r->p == DMARC_POLICY_UNSET || r->has_p);
		need(r->sp == DMARC_POLICY_UNSET || r->has_sp);
		need(r->np == DMARC_POLICY_UNSET || r->has_np);
		need(dmarc_record_broken(r) || r->p != DMARC_POLICY_UNSET);
	}
	arena_free(&a);
	return 0;
}

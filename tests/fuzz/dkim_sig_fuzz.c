/* SPDX-License-Identifier: ISC */
/* Any bytes as a DKIM-Signature field. */
#include <stdint.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "dkim/sig.h"
#include "dns/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct dkim_sig *sig)
{
	if (sig->domain.p != NULL && !domain_is_ldhu(sig->domain))
		abort();
	if (sig->selector.p != NULL && !domain_is_ldhu(sig->selector))
		abort();
	if (sig->nheaders > BOUND_DKIM_HEADERS)
		abort();
	if (sig->reason != REASON_NONE)
		return;
	if (sig->domain.p == NULL || sig->selector.p == NULL ||
	    sig->identity.p == NULL || sig->nheaders == 0 ||
	    sig->algorithm == DKIM_ALGORITHM_UNKNOWN || !sig->canon_known ||
	    sig->body_hash_len != hash_len(sig->hash) ||
	    sig->signature.len == 0 ||
	    sig->cut.p < sig->field->raw.p || sig->cut.p + sig->cut.len >
	    sig->field->raw.p + sig->field->raw.len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span raw = { (const char *)data, size };
	struct field field = { .raw = raw, .name = { raw.p, 0 },
	    .value = raw };
	struct fault f = { .kind = FAULT_NONE };
	struct dkim_sig sig;
	struct arena a;

	arena_init(&a, BOUND_MESSAGE_ARENA);
	for (int i = 0; i < 4; i++) {
		if (dkim_sig_parse(&field, (i & 1) != 0, (i & 2) != 0 ?
		    DKIM_SIG_ALL : DKIM_SIG_NAMES, &a, &sig, &f) !=
		    FAULT_NONE)
			break;
		if ((i & 2) != 0)
			check(&sig);
	}
	arena_free(&a);
	return 0;
}

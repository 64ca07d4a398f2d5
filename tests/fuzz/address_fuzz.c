/* SPDX-License-Identifier: ISC */
/* An address list; what was read is a part of what was written. */
#include <stdint.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct address_list list;
	size_t total = 0;
	struct fault f;
	struct arena a;

	arena_init(&a, BOUND_MESSAGE_ARENA);
	need(address_list_parse(in, &a, &list, &f) == FAULT_NONE);
	need(list.count <= BOUND_MAILBOXES);
	for (size_t i = 0; i < list.count; i++) {
		const struct mailbox *m = &list.mailboxes[i];

		need(m->domain.len > 0);
		need(m->literal == (m->domain.p[0] == '['));
		total += m->local.len + m->domain.len + m->display.len;
	}
	need(total <= size);
	need(list.status != ADDRESS_OK || list.count + list.groups > 0);
	arena_free(&a);
	return 0;
}

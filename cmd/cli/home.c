/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "cli/home.h"
#include "cli/places.h"

#define PATH_BYTES ((size_t)4096)

void
cli_home(const char *name, struct buf *b)
{
	const char *personal = getenv("HOME");
	const char *state = getenv("XDG_STATE_HOME");
	struct buf ours;

	buf_init(&ours, PATH_BYTES);
	buf_addf(&ours, "%s/%s", STATEDIR, name);
	if (geteuid() == 0 || access(buf_str(&ours), W_OK) == 0 ||
	    personal == NULL || personal[0] != '/')
		buf_addspan(b, buf_span(&ours));
	else if (state != NULL && state[0] == '/')
		buf_addf(b, "%s/vouchsafe/%s", state, name);
	else
		buf_addf(b, "%s/.local/state/vouchsafe/%s", personal, name);
	b->nomem = b->nomem || ours.nomem;
	buf_free(&ours);
}

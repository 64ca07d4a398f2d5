/* SPDX-License-Identifier: ISC */
/*
 * --debug-canon DIR: the canonical bytes that each signature's hashes saw, in
 * DIR/INDEX.header and DIR/INDEX.body; for a message that is not standard
 * input, NAME.INDEX.header with the last part of its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "dkimverify/dkimverify.h"

void
dkimverify_debug_start(struct dkimverify *d, struct span name)
{
	size_t slash = span_rfind(name, '/');

	if (slash < name.len)
		name = span_sub(name, slash + 1, name.len);
	d->name = span_eq(name, SPAN("-")) ? SPAN("") : name;
	memset(d->begun, 0, sizeof(d->begun));
}

/* The path of one file: what a stranger may have named becomes `_`. */
static void
debug_path(const struct dkimverify *d, size_t index, const char *what,
    struct buf *b)
{
	buf_adds(b, d->folder);
	buf_addc(b, '/');
	for (size_t i = 0; i < d->name.len; i++)
		buf_addc(b, ascii_is_alnum(d->name.p[i]) ||
		    d->name.p[i] == '-' || d->name.p[i] == '_' ||
		    (d->name.p[i] == '.' && i > 0) ? d->name.p[i] : '_');
	buf_addf(b, "%s%zu.%s", d->name.len > 0 ? "." : "", index, what);
}

static enum fault_kind
debug_write(int fd, struct span bytes, const char *path, struct fault *f)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.p, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, FAULT_IO, errno, "%s", path);
		bytes = span_sub(bytes, (size_t)n, bytes.len);
	}
	return FAULT_NONE;
}

void
dkimverify_debug(void *state, size_t index, const char *what,
    struct span bytes)
{
	struct dkimverify *d = state;
	bool *begun = index <= DKIMVERIFY_SIGNATURES ?
	    &d->begun[*what == 'h'][index] : NULL;
	struct buf path;
	int fd;

	if (d->fault.kind != FAULT_NONE || begun == NULL)
		return;
	buf_init(&path, 65536);
	debug_path(d, index, what, &path);
	if (buf_check(&path, &d->fault) == FAULT_NONE) {
		fd = open(buf_str(&path), O_WRONLY | O_CREAT | O_CLOEXEC |
		    O_NOFOLLOW | (*begun ? O_APPEND : O_TRUNC), 0644);
		if (fd < 0)
			(void)fault_errno(&d->fault, FAULT_CANTCREAT, errno,
			    "%s", buf_str(&path));
		else if (debug_write(fd, bytes, buf_str(&path), &d->fault) ==
		    FAULT_NONE && close(fd) != 0)
			(void)fault_errno(&d->fault, FAULT_IO, errno, "%s",
			    buf_str(&path));
		*begun = true;
	}
	buf_free(&path);
}

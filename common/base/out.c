/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"

void
out_init(struct out *o, int fd, const char *name)
{
	o->fd = fd;
	o->name = name;
	o->used = 0;
	fault_clear(&o->fault);
}

/* Write all of p, whatever the system takes at a time. */
static void
out_write(struct out *o, const char *p, size_t len)
{
	while (len > 0 && o->fault.kind == FAULT_NONE) {
		ssize_t n = write(o->fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			(void)fault_errno(&o->fault, FAULT_IO, errno, "%s",
			    o->name);
			return;
		}
		p += n;
		len -= (size_t)n;
	}
}

void
out_add(struct out *o, const void *p, size_t len)
{
	if (o->fault.kind != FAULT_NONE)
		return;
	if (len > sizeof(o->bytes) - o->used) {
		out_write(o, o->bytes, o->used);
		o->used = 0;
	}
	if (len > sizeof(o->bytes)) {
		out_write(o, p, len);
		return;
	}
	if (len > 0)
		memcpy(o->bytes + o->used, p, len);
	o->used += len;
}

void
out_adds(struct out *o, const char *s)
{
	out_add(o, s, strlen(s));
}

void
out_addspan(struct out *o, struct span s)
{
	out_add(o, s.p, s.len);
}

enum fault_kind
out_flush(struct out *o, struct fault *f)
{
	out_write(o, o->bytes, o->used);
	o->used = 0;
	if (o->fault.kind != FAULT_NONE)
		*f = o->fault;
	return o->fault.kind;
}

enum fault_kind
out_close(struct out *o, struct fault *f)
{
	(void)out_flush(o, f);
	if (close(o->fd) != 0 && o->fault.kind == FAULT_NONE)
		(void)fault_errno(&o->fault, FAULT_IO, errno, "%s", o->name);
	if (o->fault.kind != FAULT_NONE)
		*f = o->fault;
	return o->fault.kind;
}

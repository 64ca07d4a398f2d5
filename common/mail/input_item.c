/* SPDX-License-Identifier: ISC */
/* An item as bytes, for another process of the same program. */
#include <string.h>

#include "mail/input.h"

/* In front of the path, the name and the fault's text, each with a NUL. */
struct item_head {
	uint64_t offset;
	uint64_t length;
	uint64_t serial;
	size_t path;		/* bytes of each, the NUL included */
	size_t name;
	size_t fault;
	enum fault_kind kind;
	bool mbox;
	bool is_stdin;
};

void
input_item_encode(const struct input_item *item, struct buf *b)
{
	const char *path = item->path == NULL ? "" : item->path;
	struct item_head head;

	/* Padding too, for it goes through a pipe. */
	memset(&head, 0, sizeof(head));
	head.offset = item->offset;
	head.length = item->length;
	head.serial = item->serial;
	head.path = strlen(path) + 1;
	head.name = item->name.len + 1;
	head.fault = strlen(item->fault.text) + 1;
	head.kind = item->fault.kind;
	head.mbox = item->mbox;
	head.is_stdin = item->path == NULL;
	buf_add(b, &head, sizeof(head));
	buf_add(b, path, head.path);
	buf_addspan(b, item->name);
	buf_addc(b, '\0');
	buf_add(b, item->fault.text, head.fault);
}

/* The next len bytes, of which the last must be NUL. */
static bool
take(struct span *left, size_t len, struct span *out)
{
	if (len == 0 || len > left->len || left->p[len - 1] != '\0')
		return false;
	*out = span_sub(*left, 0, len - 1);
	*left = span_sub(*left, len, left->len);
	return true;
}

bool
input_item_decode(struct span bytes, struct input_item *item)
{
	struct span path, fault, left;
	struct item_head head;

	if (bytes.len < sizeof(head))
		return false;
	memcpy(&head, bytes.p, sizeof(head));
	left = span_sub(bytes, sizeof(head), bytes.len);
	*item = (struct input_item){ .offset = head.offset,
	    .length = head.length, .mbox = head.mbox, .serial = head.serial };
	if (!take(&left, head.path, &path) ||
	    !take(&left, head.name, &item->name) ||
	    !take(&left, head.fault, &fault) ||
	    left.len != 0 || fault.len >= sizeof(item->fault.text))
		return false;
	item->path = head.is_stdin ? NULL : path.p;
	item->fault.kind = head.kind;
	memcpy(item->fault.text, fault.p, fault.len);
	return true;
}

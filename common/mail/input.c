/* SPDX-License-Identifier: ISC */
/* The enumeration: from operands to items. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mail/input.h"
#include "mail/input_impl.h"

/* A path longer than this names nothing. */
#define PATH_BYTES_MAX ((size_t)65536)
/* A file starts with a From line: so much of it shows that. */
#define PEEK_BYTES ((size_t)512)

enum folder {
	FOLDER_NONE,
	FOLDER_MAILDIR,
	FOLDER_MBOX
};

struct input {
	struct input_config config;
	size_t next_operand;
	bool ask_stdin;		/* no operand and no list: one "-" */
	int list_fd;		/* of files_from, or -1 */
	struct buf list;	/* read from it and not yet used */
	size_t list_at;
	bool list_end;

	enum folder folder;	/* where the next items come from */
	struct maildir maildir;
	struct mbox mbox;
	struct buf operand;	/* the current one, NUL-terminated */

	struct buf path, name;	/* of the current item */
	uint64_t serial;
	struct buf kept;	/* the path of a pipe's contents, if current */
	bool keep;		/* and then fd stays open until the end: the
				   path leads to it */
	int fd;			/* the file that was opened last, or -1 */
	uint64_t fd_first;	/* items it serves */
	uint64_t fd_last;

	struct buf ahead;	/* items read ahead, encoded */
	size_t ahead_first;	/* bytes of the first; 0: none */
	size_t ahead_second;
};

enum fault_kind
input_open(struct input **out, const struct input_config *c, struct fault *f)
{
	struct input *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return fault_nomem(f);
	in->config = *c;
	in->list_fd = in->fd = -1;
	in->ask_stdin = c->noperands == 0 && c->files_from == NULL;
	buf_init(&in->list, 2 * PATH_BYTES_MAX + INPUT_WINDOW);
	buf_init(&in->operand, PATH_BYTES_MAX);
	buf_init(&in->path, 2 * PATH_BYTES_MAX);
	buf_init(&in->name, 2 * PATH_BYTES_MAX);
	buf_init(&in->ahead, 16 * PATH_BYTES_MAX);
	buf_init(&in->kept, 128);
	if (c->files_from != NULL && strcmp(c->files_from, "-") == 0)
		in->list_fd = STDIN_FILENO;
	else if (c->files_from != NULL) {
		in->list_fd = open(c->files_from,
		    O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (in->list_fd < 0) {
			enum fault_kind kind = fault_errno(f, FAULT_NOINPUT,
			    errno, "cannot open %s", c->files_from);

			input_close(in);
			return kind;
		}
	}
	*out = in;
	return FAULT_NONE;
}

static void
close_file(struct input *in)
{
	if (in->fd >= 0 && !in->keep)
		(void)close(in->fd);
	in->keep = false;
	in->fd = -1;
	in->fd_first = in->fd_last = 0;
}

void
input_close(struct input *in)
{
	if (in == NULL)
		return;
	close_file(in);
	if (in->list_fd > STDIN_FILENO)
		(void)close(in->list_fd);
	maildir_close(&in->maildir);
	mbox_close(&in->mbox);
	buf_free(&in->list);
	buf_free(&in->operand);
	buf_free(&in->path);
	buf_free(&in->name);
	buf_free(&in->ahead);
	buf_free(&in->kept);
	free(in);
}

int
input_shared_fd(const struct input *in, const struct input_item *item)
{
	if (in->fd < 0 || item->path == NULL ||
	    item->serial < in->fd_first || item->serial > in->fd_last)
		return -1;
	return in->fd;
}

/* More of the list into memory, what was used taken out. */
static enum fault_kind
list_fill(struct input *in, struct fault *f)
{
	size_t left = in->list.len - in->list_at;
	char *room;
	ssize_t n;

	if (in->list_at > 0) {
		memmove(in->list.p, in->list.p + in->list_at, left);
		in->list.len = left;
		in->list_at = 0;
	}
	room = buf_room(&in->list, INPUT_WINDOW);
	if (room == NULL)
		return buf_check(&in->list, f);
	do
		n = read(in->list_fd, room, INPUT_WINDOW);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, FAULT_IO, errno, "cannot read %s",
		    in->config.files_from);
	buf_grew(&in->list, (size_t)n);
	in->list_end = n == 0;
	return FAULT_NONE;
}

/* The next entry of the list, empty ones left out; *more false at its end. */
static enum fault_kind
list_next(struct input *in, struct span *entry, bool *more, struct fault *f)
{
	const char end = in->config.nul ? '\0' : '\n';
	enum fault_kind kind;
	struct span left;
	size_t n;

	*more = false;
	while (in->list_fd >= 0) {
		left = span_sub(buf_span(&in->list), in->list_at, SIZE_MAX);
		n = span_find(left, end);
		if (n == left.len && !in->list_end) {
			if (left.len > PATH_BYTES_MAX)
				return fault_set(f, FAULT_DATA,
				    "%s: an entry is longer than %zu bytes",
				    in->config.files_from, PATH_BYTES_MAX);
			kind = list_fill(in, f);
			if (kind != FAULT_NONE)
				return kind;
			continue;
		}
		if (left.len == 0)
			return FAULT_NONE;
		in->list_at += n < left.len ? n + 1 : n;
		if (n > 0) {
			*entry = span_sub(left, 0, n);
			*more = true;
			return FAULT_NONE;
		}
	}
	return FAULT_NONE;
}

/* The next operand into in->operand; *more false at the end of all. */
static enum fault_kind
next_operand(struct input *in, bool *more, struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;
	struct span entry = { NULL, 0 };

	*more = true;
	if (in->ask_stdin) {
		in->ask_stdin = false;
		entry = SPAN("-");
	} else if (in->next_operand < in->config.noperands) {
		entry = span_of(in->config.operands[in->next_operand++]);
	} else {
		kind = list_next(in, &entry, more, f);
		if (kind != FAULT_NONE || !*more)
			return kind;
	}
	buf_reset(&in->operand);
	buf_addspan(&in->operand, entry);
	return buf_check(&in->operand, f);
}

/* Fill in what all items of a path share. */
static enum fault_kind
make_item(struct input *in, struct input_item *item, struct span path,
    struct fault *f)
{
	buf_reset(&in->path);
	buf_addspan(&in->path, path);
	*item = (struct input_item){
		.length = INPUT_TO_END, .serial = ++in->serial
	};
	item->path = buf_str(&in->path);
	item->name = buf_span(&in->path);
	return buf_check(&in->path, f);
}

/* A regular file: open it and look whether it is an mbox. */
static enum fault_kind
start_file(struct input *in, struct input_item *item, bool *again,
    struct fault *f)
{
	char start[PEEK_BYTES];
	struct span line = { start, 0 };
	ssize_t n;

	close_file(in);
	in->fd = open(item->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in->fd < 0) {
		(void)fault_errno(&item->fault, FAULT_NOINPUT, errno,
		    "cannot open %s", item->path);
		return FAULT_NONE;
	}
	in->fd_first = in->fd_last = item->serial;
	do {
		n = pread(in->fd, start + line.len, sizeof(start) - line.len,
		    (off_t)line.len);
		if (n > 0)
			line.len += (size_t)n;
	} while ((n > 0 && line.len < sizeof(start)) ||
	    (n < 0 && errno == EINTR));
	if (n < 0) {
		(void)fault_errno(&item->fault, FAULT_IO, errno,
		    "cannot read %s", item->path);
		return FAULT_NONE;
	}
	line.len = span_find(line, '\n');
	if (!span_starts(line, SPAN("From ")) || !input_is_from_line(line))
		return FAULT_NONE;
	in->folder = FOLDER_MBOX;
	in->serial--;		/* its messages have numbers of their own */
	*again = true;
	return mbox_open(&in->mbox, f);
}

/* A file without a name. */
static int
unnamed_file(const char *dir)
{
	char path[PATH_MAX];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	(void)snprintf(path, sizeof(path), "%s/vouchsafe-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

static enum fault_kind
copy_all(int from, int to, struct fault *f)
{
	char piece[65536];
	ssize_t n, done;

	while ((n = read(from, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			return fault_set(f, FAULT_TEMP, "interrupted");
		if (n < 0)
			return fault_errno(f, FAULT_IO, errno,
			    "cannot read");
		for (done = 0; done < n;) {
			ssize_t w = write(to, piece + done,
			    (size_t)(n - done));

			if (w < 0 && errno != EINTR)
				return fault_errno(f, FAULT_TEMP, errno,
				    "cannot keep it");
			done += w > 0 ? w : 0;
		}
	}
	return FAULT_NONE;
}

/*
 * Standard input or a pipe as an mbox: its bytes go into a file without a
 * name, which the workers open by the way of our descriptor.
 */
static enum fault_kind
start_kept(struct input *in, struct input_item *item, bool *again,
    struct fault *f)
{
	int from = item->path == NULL ? STDIN_FILENO : open(item->path,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool mbox = false;
	char start[8];

	close_file(in);
	if (from < 0) {
		(void)fault_errno(&item->fault, FAULT_NOINPUT, errno,
		    "cannot open %s", item->path);
		return FAULT_NONE;
	}
	in->fd = unnamed_file(in->config.tmpdir);
	if (in->fd < 0)
		(void)fault_errno(&item->fault, FAULT_TEMP, errno, "%s",
		    in->config.tmpdir);
	else if (copy_all(from, in->fd, &item->fault) == FAULT_NONE)
		mbox = pread(in->fd, start, 5, 0) == 5 &&
		    memcmp(start, "From ", 5) == 0;
	if (item->path != NULL)
		(void)close(from);
	if (!mbox) {
		if (item->fault.kind == FAULT_NONE)
			(void)fault_set(&item->fault, FAULT_DATA, "not an "
			    "mbox: it does not begin with a From line");
		return FAULT_NONE;
	}
	in->keep = true;
	buf_reset(&in->kept);
	buf_addf(&in->kept, "/proc/%ld/fd/%d", (long)getpid(), in->fd);
	if (buf_check(&in->kept, f) != FAULT_NONE)
		return f->kind;
	in->fd_first = item->serial;
	in->folder = FOLDER_MBOX;
	in->serial--;
	*again = true;
	return mbox_open(&in->mbox, f);
}

static enum fault_kind
is_directory(const char *path, const char *below, bool *yes, struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;
	struct stat st;
	struct buf b;

	buf_init(&b, 2 * PATH_BYTES_MAX);
	buf_addf(&b, "%s/%s", path, below);
	*yes = !b.nomem && !b.full && stat(buf_str(&b), &st) == 0 &&
	    S_ISDIR(st.st_mode);
	if (b.nomem)
		kind = fault_nomem(f);
	buf_free(&b);
	return kind;
}

static enum fault_kind
start_directory(struct input *in, struct input_item *item, bool *again)
{
	bool cur, new;

	if (is_directory(item->path, "cur", &cur, &item->fault) !=
	    FAULT_NONE ||
	    is_directory(item->path, "new", &new, &item->fault) !=
	    FAULT_NONE)
		return FAULT_NONE;
	if (!cur || !new) {
		(void)fault_set(&item->fault, FAULT_NOINPUT,
		    "%s is a directory and no Maildir", item->path);
		return FAULT_NONE;
	}
	if (maildir_open(&in->maildir, item->path, &item->fault) !=
	    FAULT_NONE)
		return FAULT_NONE;
	in->folder = FOLDER_MAILDIR;
	in->serial--;
	*again = true;
	return FAULT_NONE;
}

/* The operand as an item, or *again if it is a folder of items. */
static enum fault_kind
start_operand(struct input *in, struct input_item *item, bool *again,
    struct fault *f)
{
	enum fault_kind kind;
	struct stat st;

	*again = false;
	kind = make_item(in, item, buf_span(&in->operand), f);
	if (kind != FAULT_NONE)
		return kind;
	if (span_eq(item->name, SPAN("-"))) {
		item->path = NULL;
		if (in->list_fd == STDIN_FILENO)
			(void)fault_set(&item->fault, FAULT_NOINPUT,
			    "standard input is the list of operands");
		else if (in->config.mbox)
			return start_kept(in, item, again, f);
		return FAULT_NONE;
	}
	if (memchr(item->name.p, '\0', item->name.len) != NULL) {
		(void)fault_set(&item->fault, FAULT_NOINPUT,
		    "a file name with a NUL byte");
		return FAULT_NONE;
	}
	if (stat(item->path, &st) < 0) {
		int moved = errno == ENOENT ? maildir_moved(item->path) : -1;

		/* It is found again by whoever opens it. */
		if (moved >= 0) {
			(void)close(moved);
			return FAULT_NONE;
		}
		(void)fault_errno(&item->fault, FAULT_NOINPUT, errno,
		    "cannot open %s", item->path);
		return FAULT_NONE;
	}
	if (S_ISDIR(st.st_mode))
		return start_directory(in, item, again);
	/* What is no regular file can be read once, by whoever reads it. */
	if (S_ISREG(st.st_mode))
		return start_file(in, item, again, f);
	if (in->config.mbox)
		return start_kept(in, item, again, f);
	return FAULT_NONE;
}

static enum fault_kind
next_in_maildir(struct input *in, struct input_item *item, bool *more,
    struct fault *f)
{
	enum fault_kind kind;

	kind = make_item(in, item, buf_span(&in->operand), f);
	if (kind != FAULT_NONE)
		return kind;
	if (item->path[in->path.len - 1] != '/')
		buf_addc(&in->path, '/');
	*more = maildir_next(&in->maildir, &in->path);
	if (!*more) {
		in->serial--;
		in->folder = FOLDER_NONE;
		maildir_close(&in->maildir);
	}
	item->path = buf_str(&in->path);
	item->name = buf_span(&in->path);
	return buf_check(&in->path, f);
}

static enum fault_kind
next_in_mbox(struct input *in, struct input_item *item, struct fault *f)
{
	enum fault_kind kind;

	kind = make_item(in, item, buf_span(&in->operand), f);
	if (kind != FAULT_NONE)
		return kind;
	in->fd_last = item->serial;
	item->mbox = true;
	kind = mbox_next(&in->mbox, in->fd, &item->offset, &item->length,
	    &item->fault);
	if (kind != FAULT_NONE || in->mbox.done)
		in->folder = FOLDER_NONE;
	if (kind != FAULT_NONE)
		(void)fault_context(&item->fault, "%s", item->path);
	buf_reset(&in->name);
	buf_addf(&in->name, "%s#%llu", item->path,
	    (unsigned long long)in->mbox.number);
	item->name = buf_span(&in->name);
	if (in->keep)
		item->path = buf_str(&in->kept);
	return buf_check(&in->name, f);
}

/* The next item, nothing read ahead. */
static enum fault_kind
produce(struct input *in, struct input_item *item, bool *more,
    struct fault *f)
{
	enum fault_kind kind;
	bool again;

	for (;;) {
		*more = true;
		switch (in->folder) {
		case FOLDER_MBOX:
			return next_in_mbox(in, item, f);
		case FOLDER_MAILDIR:
			kind = next_in_maildir(in, item, more, f);
			if (kind != FAULT_NONE || *more)
				return kind;
			break;
		case FOLDER_NONE:
			kind = next_operand(in, more, f);
			if (kind != FAULT_NONE || !*more)
				return kind;
			kind = start_operand(in, item, &again, f);
			if (kind != FAULT_NONE || !again)
				return kind;
			break;
		}
	}
}

enum fault_kind
input_several(struct input *in, bool *several, struct fault *f)
{
	struct input_item item;
	enum fault_kind kind;
	bool more;

	*several = false;
	kind = produce(in, &item, &more, f);
	if (kind != FAULT_NONE || !more)
		return kind;
	input_item_encode(&item, &in->ahead);
	in->ahead_first = in->ahead.len;
	kind = produce(in, &item, &more, f);
	if (kind == FAULT_NONE && more) {
		input_item_encode(&item, &in->ahead);
		in->ahead_second = in->ahead.len - in->ahead_first;
		*several = true;
	}
	return kind != FAULT_NONE ? kind : buf_check(&in->ahead, f);
}

enum fault_kind
input_next(struct input *in, struct input_item *item, bool *more,
    struct fault *f)
{
	struct span ahead = buf_span(&in->ahead);

	*more = true;
	if (in->ahead_first > 0) {
		ahead = span_sub(ahead, 0, in->ahead_first);
		in->ahead_first = 0;
	} else if (in->ahead_second > 0) {
		ahead = span_sub(ahead, ahead.len - in->ahead_second,
		    in->ahead_second);
		in->ahead_second = 0;
	} else {
		return produce(in, item, more, f);
	}
	if (!input_item_decode(ahead, item))
		return fault_set(f, FAULT_SOFTWARE, "an item was lost");
	return FAULT_NONE;
}

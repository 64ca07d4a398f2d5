/* SPDX-License-Identifier: ISC */
/* Reading one message that the enumeration (input.c) found. */
#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "mail/input.h"
#include "mail/input_impl.h"

/* Bytes as they stand in the file. */
static enum fault_kind
read_raw(struct input_message *m, char *buf, size_t cap, size_t *len,
    struct fault *f)
{
	ssize_t n;

	if (m->left < cap)
		cap = (size_t)m->left;
	*len = 0;
	if (cap == 0)
		return FAULT_NONE;
	n = m->positioned ? pread(m->fd, buf, cap, (off_t)m->offset) :
	    read(m->fd, buf, cap);
	/* Only a handler without SA_RESTART does that, and it means it: a
	 * pipe may keep us waiting for ever. */
	if (n < 0 && errno == EINTR)
		return fault_set(f, FAULT_TEMP, "reading %s was interrupted",
		    m->name);
	if (n < 0)
		return fault_errno(f, errno == EISDIR ? FAULT_NOINPUT :
		    FAULT_IO, errno, "cannot read %s", m->name);
	if (n == 0)
		m->left = 0;
	else if (m->left != INPUT_TO_END)
		m->left -= (uint64_t)n;
	m->offset += (uint64_t)n;
	*len = (size_t)n;
	return FAULT_NONE;
}

/* "From " and something with a time in it, as who writes an mbox begins a
 * message; a sentence is not taken for one. */
static bool
dated(struct span line)
{
	if (!span_starts(line, SPAN("From ")))
		return false;
	for (size_t i = 7; i + 2 < line.len; i++)
		if (line.p[i] == ':' && ascii_is_digit(line.p[i - 1]) &&
		    ascii_is_digit(line.p[i - 2]) &&
		    ascii_is_digit(line.p[i + 1]) &&
		    ascii_is_digit(line.p[i + 2]))
			return true;
	return false;
}

/* Of what can be read once only: does it look like several messages?  A line
 * that two reads part is not seen; the warning is a courtesy. */
static void
watch_from(struct input_message *m, struct span bytes, bool first)
{
	static const char blank[] = "\n\nFrom ";
	const char *at;

	if (first)
		m->from_first = span_starts(bytes, SPAN("From "));
	while (m->from_first && !m->from_again && bytes.len > 0) {
		at = memmem(bytes.p, bytes.len, blank, sizeof(blank) - 1);
		if (at == NULL)
			return;
		bytes = span_sub(bytes, (size_t)(at - bytes.p) + 2, bytes.len);
		m->from_again = dated(span_sub(bytes, 0, span_find(bytes,
		    '\n')));
	}
}

/*
 * mboxrd: one '>' comes off each line that matches ^>+From_.  quote says what
 * is held back: QUOTE_HELD is one '>', every step beyond it one more letter
 * of "From ".
 */
enum {
	QUOTE_TEXT,		/* inside of a line */
	QUOTE_START,		/* at its start */
	QUOTE_HELD
};

static const char from_word[] = ">From ";

/* Hand out what was held back, the '>' too; returns the bytes written. */
static size_t
unquote_release(struct input_message *m, char *out)
{
	size_t n = 0;

	if (m->quote >= QUOTE_HELD) {
		n = m->quote - QUOTE_HELD + 1;
		memcpy(out, from_word, n);
	}
	m->quote = QUOTE_TEXT;
	return n;
}

/* Take in one byte; returns the bytes written, at most 6. */
static size_t
unquote_byte(struct input_message *m, char c, char *out)
{
	size_t n;

	if (m->quote == QUOTE_START && c == '>') {
		m->quote = QUOTE_HELD;
		return 0;
	}
	if (m->quote == QUOTE_HELD && c == '>') {
		*out = '>';
		return 1;
	}
	if (m->quote >= QUOTE_HELD &&
	    c == from_word[m->quote - QUOTE_HELD + 1]) {
		if (c != ' ') {
			m->quote++;
			return 0;
		}
		memcpy(out, from_word + 1, 5);
		m->quote = QUOTE_TEXT;
		return 5;
	}
	n = unquote_release(m, out);
	out[n] = c;
	m->quote = c == '\n' ? QUOTE_START : QUOTE_TEXT;
	return n + 1;
}

/*
 * Take in bytes; out may be 8 or more bytes before in, for what is written
 * is never more than what was held back and what was read.
 */
static size_t
unquote(struct input_message *m, const char *in, size_t len, char *out)
{
	const char *end = in + len, *lf;
	size_t n = 0, run;

	while (in < end) {
		if (m->quote != QUOTE_TEXT) {
			n += unquote_byte(m, *in++, out + n);
			continue;
		}
		lf = memchr(in, '\n', (size_t)(end - in));
		run = (size_t)((lf == NULL ? end : lf + 1) - in);
		memmove(out + n, in, run);
		in += run;
		n += run;
		if (lf != NULL)
			m->quote = QUOTE_START;
	}
	return n;
}

/* Room that the unquoted bytes may need before those just read. */
#define QUOTE_ROOM ((size_t)8)

static enum fault_kind
read_unquoted(struct input_message *m, char *buf, size_t cap, size_t *len,
    struct fault *f)
{
	const bool large = cap >= 64;
	enum fault_kind kind;
	char one = '\0', *in = large ? buf + QUOTE_ROOM : &one;
	size_t n;

	*len = 0;
	while (*len == 0 && m->ncarry == 0) {
		kind = read_raw(m, in, large ? cap - QUOTE_ROOM : 1, &n, f);
		if (kind != FAULT_NONE)
			return kind;
		if (n == 0 && m->quote < QUOTE_HELD)
			return FAULT_NONE;
		if (n == 0)
			m->ncarry = unquote_release(m, m->carry);
		else if (large)
			*len = unquote(m, in, n, buf);
		else
			m->ncarry = unquote_byte(m, one, m->carry);
	}
	if (*len > 0)
		return FAULT_NONE;
	*len = m->ncarry < cap ? m->ncarry : cap;
	memcpy(buf, m->carry, *len);
	m->ncarry -= *len;
	memmove(m->carry, m->carry + *len, m->ncarry);
	return FAULT_NONE;
}

static enum fault_kind
message_read(struct source *src, char *buf, size_t cap, size_t *len,
    struct fault *f)
{
	struct input_message *m = src->state;
	enum fault_kind kind;
	bool first;

	if (cap == 0) {
		*len = 0;
		return FAULT_NONE;
	}
	if (m->mbox)
		return read_unquoted(m, buf, cap, len, f);
	first = m->offset == 0;
	kind = read_raw(m, buf, cap, len, f);
	if (kind == FAULT_NONE && !m->positioned)
		watch_from(m, (struct span){ buf, *len }, first);
	return kind;
}

/* A whole file: how long it is, so that its end needs no further read(2). */
static enum fault_kind
whole_file(struct input_message *m, struct fault *f)
{
	struct stat st;

	if (fstat(m->fd, &st) < 0)
		return fault_errno(f, FAULT_IO, errno, "cannot read %s",
		    m->name);
	if (S_ISDIR(st.st_mode))
		return fault_set(f, FAULT_NOINPUT, "%s is a directory",
		    m->name);
	m->positioned = S_ISREG(st.st_mode);
	/* Files of the kernel say they are empty and are not. */
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		m->left = (uint64_t)st.st_size;
	return FAULT_NONE;
}

enum fault_kind
input_message_open(struct input_message *m, const struct input_item *item,
    const struct input *in, struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;

	*m = (struct input_message){ .name = item->path,
	    .offset = item->offset, .left = item->length, .mbox = item->mbox,
	    .quote = QUOTE_START };
	m->source = (struct source){ message_read, m };
	if (item->fault.kind != FAULT_NONE) {
		*f = item->fault;
		return f->kind;
	}
	if (item->path == NULL) {
		m->name = "standard input";
		return FAULT_NONE;	/* descriptor 0, not ours to close */
	}
	m->fd = in == NULL ? -1 : input_shared_fd(in, item);
	if (m->fd < 0) {
		m->owned = true;
		m->fd = open(item->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (m->fd < 0 && errno == ENOENT)
			m->fd = maildir_moved(item->path);
		if (m->fd < 0)
			return fault_errno(f, FAULT_NOINPUT, errno,
			    "cannot open %s", m->name);
	}
	m->positioned = item->length != INPUT_TO_END;
	if (!m->positioned)
		kind = whole_file(m, f);
	if (kind != FAULT_NONE)
		input_message_close(m);
	return kind;
}

void
input_message_close(struct input_message *m)
{
	if (m->owned)
		(void)close(m->fd);
	m->owned = false;
	m->fd = -1;
}

static enum fault_kind
bytes_read(struct source *src, char *buf, size_t cap, size_t *len,
    struct fault *f)
{
	struct input_bytes *b = src->state;
	size_t n = b->left.len;

	(void)f;
	if (n > cap)
		n = cap;
	if (b->step > 0 && n > b->step)
		n = b->step;
	if (n > 0)
		memcpy(buf, b->left.p, n);
	b->left = span_sub(b->left, n, b->left.len);
	*len = n;
	return FAULT_NONE;
}

void
input_bytes_open(struct input_bytes *b, struct span bytes, size_t step)
{
	*b = (struct input_bytes){ { bytes_read, b }, bytes, step };
}

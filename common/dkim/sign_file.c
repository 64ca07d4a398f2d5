/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/spool.h"
#include "dkim/keytable.h"
#include "dkim/sig.h"
#include "dkim/sign_file.h"
#include "dns/idna.h"
#include "mail/author.h"

/* RFC 5322 2.1.1, without the line end. */
#define LINE_MAX_OCTETS 998
/* Messages up to this size need no temporary file. */
#define SPOOL_MEMORY ((size_t)1024 * 1024)
#define FIELDS_MAX ((size_t)64 * 1024 * 1024)

struct signing {
	const struct signing_config *config;
	struct arena arena;
	struct keytable table;
	struct message m;
	struct source source;
	char *chunk;
	int fd;
	bool own_fd;
	bool seekable;		/* the body is read again from fd */
	off_t start, at;	/* of the message; the next byte to read */
	struct stat before;
	struct spool spool;	/* the body, if it cannot be read again */
	uint64_t body;		/* its octets */
	struct dkim_sign *signer;
	struct buf fields;
	struct hash digest;	/* of the message, if leave is to be asked */
	bool refused;		/* for what the message is: signing_refused */
	bool long_line;
	struct span author;	/* once signed, for signing_warn */
	size_t dropped;		/* keys of domains that had signed before */
	size_t ndomains;
	struct span domains[SIGNING_KEYS];
	size_t line;		/* octets of the current line so far */
};

/* Read from where we are, never moving the descriptor's own offset if the
 * input can be read twice. */
static ssize_t
read_some(struct signing *s, off_t at, char *p, size_t cap)
{
	ssize_t n;

	do {
		n = s->seekable ? pread(s->fd, p, cap, at) :
		    read(s->fd, p, cap);
	} while (n < 0 && errno == EINTR);
	return n;
}

static const char *
input_name(const struct signing *s)
{
	return s->config->path == NULL ? "standard input" : s->config->path;
}

static enum fault_kind
source_read(struct source *source, char *p, size_t cap, size_t *len,
    struct fault *f)
{
	struct signing *s = source->state;
	ssize_t n = read_some(s, s->at, p, cap);

	if (n < 0)
		return fault_errno(f, FAULT_IO, errno, "%s", input_name(s));
	s->at += n;
	*len = (size_t)n;
	return FAULT_NONE;
}

/* The names of one key, in A-labels, in the message's arena. */
static enum fault_kind
check_key(const struct signing_key *key, struct arena *a, struct fault *f)
{
	struct span domain, selector;

	if (idna_name(key->domain, a, &domain, "domain", f) !=
	    FAULT_NONE ||
	    idna_name(key->selector, a, &selector, "selector", f) !=
	    FAULT_NONE)
		return f->kind;
	if (key->identity.len > 0 &&
	    !dkim_sign_identity_ok(key->identity, domain))
		return fault_set(f, FAULT_USAGE,
		    "the identity is no address at the domain or below it");
	return FAULT_NONE;
}

static enum fault_kind
check_config(struct signing *s, struct fault *f)
{
	const struct signing_config *c = s->config;

	if (c->sign.body_length && !c->force)
		return fault_set(f, FAULT_USAGE, "l= lets anyone add to the "
		    "body; --force it if you must");
	if (dkim_sign_check(&c->sign, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < c->nkeys; i++)
		if (check_key(&c->keys[i], &s->arena, f) != FAULT_NONE)
			return f->kind;
	if (c->key_table != NULL)
		return keytable_read(c->key_table, &s->arena, &s->table, f);
	return FAULT_NONE;
}

enum fault_kind
signing_open(struct signing **out, const struct signing_config *config,
    struct fault *f)
{
	struct signing *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return fault_nomem(f);
	s->config = config;
	s->fd = -1;
	arena_init(&s->arena, 2 * BOUND_MESSAGE_ARENA);
	buf_init(&s->fields, FIELDS_MAX);
	spool_init(&s->spool, SPOOL_MEMORY, config->tmpdir);
	if (check_config(s, f) != FAULT_NONE) {
		signing_close(s);
		return f->kind;
	}
	*out = s;
	return FAULT_NONE;
}

static enum fault_kind
open_input(struct signing *s, struct fault *f)
{
	s->fd = STDIN_FILENO;
	if (s->config->path != NULL) {
		s->fd = open(s->config->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (s->fd < 0)
			return fault_errno(f, FAULT_NOINPUT, errno, "%s",
			    s->config->path);
		s->own_fd = true;
	}
	if (fstat(s->fd, &s->before) != 0)
		return fault_errno(f, FAULT_IO, errno, "%s", input_name(s));
	/* It was opened, but nothing can be read of it. */
	if (S_ISDIR(s->before.st_mode))
		return fault_set(f, FAULT_NOINPUT, "%s is a directory",
		    input_name(s));
	if (S_ISREG(s->before.st_mode)) {
		s->start = lseek(s->fd, 0, SEEK_CUR);
		s->seekable = s->start >= 0;
		s->at = s->seekable ? s->start : 0;
	}
	s->source = (struct source){ source_read, s };
	return FAULT_NONE;
}

/* Is any line too long?  Looks at the last line end of each 1,000 octets. */
static void
watch_lines(struct signing *s, struct span bytes)
{
	const size_t limit = LINE_MAX_OCTETS +
	    (s->m.eol == EOL_CRLF ? 2 : 1);
	const char *hit;
	size_t n;

	while (!s->long_line && bytes.len > 0) {
		n = limit - s->line < bytes.len ? limit - s->line : bytes.len;
		hit = memrchr(bytes.p, '\n', n);
		if (hit != NULL) {
			s->line = 0;
			n = (size_t)(hit - bytes.p) + 1;
		} else {
			s->line += n;
			s->long_line = s->line >= limit;
		}
		bytes = span_sub(bytes, n, bytes.len);
	}
}

/* The body goes to the hash, and where it can be had again. */
static enum fault_kind
read_body(struct signing *s, struct fault *f)
{
	struct span bytes;

	for (;;) {
		if (message_body(&s->m, &bytes, f) != FAULT_NONE)
			return f->kind;
		if (bytes.len == 0)
			return FAULT_NONE;
		if (!s->seekable &&
		    spool_add(&s->spool, bytes, f) != FAULT_NONE)
			return f->kind;
		s->body += bytes.len;
		watch_lines(s, bytes);
		if (s->config->leave != NULL)
			hash_add(&s->digest, bytes.p, bytes.len);
		if (s->signer != NULL)
			dkim_sign_body(s->signer, bytes);
	}
}

static void
begin_digest(struct signing *s)
{
	const struct span parts[] = { s->m.from_line, s->m.header,
	    s->m.separator };

	if (s->config->leave == NULL)
		return;
	hash_init(&s->digest, HASH_SHA256);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].len > 0)
			hash_add(&s->digest, parts[i].p, parts[i].len);
}

enum fault_kind
signing_read(struct signing *s, struct fault *f)
{
	struct fault refused = { .kind = FAULT_NONE };

	s->chunk = malloc(MESSAGE_CHUNK);
	if (s->chunk == NULL)
		return fault_nomem(f);
	if (open_input(s, f) != FAULT_NONE ||
	    message_open(&s->m, &s->source, s->chunk, &s->arena, f) !=
	    FAULT_NONE)
		return f->kind;
	watch_lines(s, s->m.header);
	begin_digest(s);
	/* What is refused is read all the same: it may have to pass. */
	if (dkim_sign_open(&s->signer, &s->m, &s->config->sign, &s->arena,
	    &refused) != FAULT_NONE) {
		s->signer = NULL;
		if (refused.kind != FAULT_DATA) {
			*f = refused;
			return f->kind;
		}
	}
	if (read_body(s, f) != FAULT_NONE)
		return f->kind;
	if (refused.kind != FAULT_NONE) {
		s->refused = true;
		*f = refused;
	}
	return f->kind;
}

/* Open one key and see that it is strong enough. */
static enum fault_kind
open_key(const struct signing *s, const char *path, struct key_private **key,
    struct fault *f)
{
	unsigned bits;

	if (key_private_read(path, s->config->insecure, key, f) !=
	    FAULT_NONE) {
		/* Not the message is at fault. */
		if (f->kind == FAULT_DATA)
			f->kind = FAULT_CONFIG;
		return f->kind;
	}
	bits = key_private_bits(*key);
	if (key_private_type(*key) != KEY_RSA || bits >= DKIM_SIGN_BITS_GOOD)
		return FAULT_NONE;
	if (bits >= DKIM_SIGN_BITS_LEAST && s->config->force)
		return FAULT_NONE;
	return fault_set(f, FAULT_CONFIG,
	    "%s: an RSA key of %u bits is too short%s", path, bits,
	    bits >= DKIM_SIGN_BITS_LEAST ? " (--force it if you must)" : "");
}

/* The one address the mail says it is from. */
static enum fault_kind
use_from(struct signing *s, struct span *from, struct fault *f)
{
	const struct mailbox *box;
	struct author author;
	char *p;

	*from = (struct span){ NULL, 0 };
	if (author_read(&s->m, &s->arena, &author, f) != FAULT_NONE)
		return f->kind;
	if (author.domain.p == NULL || author.list.count != 1)
		return FAULT_NONE;
	box = &author.list.mailboxes[0];
	from->len = box->local.len + 1 + author.domain.len;
	p = arena_alloc(&s->arena, from->len);
	if (p == NULL)
		return fault_nomem(f);
	if (box->local.len > 0)
		memcpy(p, box->local.p, box->local.len);
	p[box->local.len] = '@';
	memcpy(p + box->local.len + 1, author.domain.p, author.domain.len);
	from->p = p;
	return FAULT_NONE;
}

/* Whom the table is asked for: the envelope's sender, or the author. */
static enum fault_kind
table_who(struct signing *s, struct span *who, struct fault *f)
{
	struct author author;

	if (s->config->sender != NULL) {
		*who = span_of(s->config->sender);
		return FAULT_NONE;
	}
	if (author_read(&s->m, &s->arena, &author, f) != FAULT_NONE)
		return f->kind;
	s->refused = author.domain.p == NULL;
	if (s->refused)
		return fault_set(f, FAULT_DATA, "%s",
		    reason_text(author.reason));
	/* Several addresses of one domain: the domain alone is known. */
	*who = author.domain;
	return author.list.count == 1 ? use_from(s, who, f) : FAULT_NONE;
}

/* What the key table has for them. */
static enum fault_kind
table_keys(struct signing *s, struct signing_key *keys, size_t *count,
    struct fault *f)
{
	const struct keytable_line **lines;
	struct span who;

	if (table_who(s, &who, f) != FAULT_NONE ||
	    keytable_find(&s->table, who, &s->arena, &lines, count, f) !=
	    FAULT_NONE)
		return f->kind;
	s->refused = *count == 0;
	if (s->refused)
		return fault_set(f, FAULT_DATA, "%s has no key for %.*s",
		    s->config->key_table, SPAN_ARG(who));
	if (*count > SIGNING_KEYS)
		return fault_set(f, FAULT_CONFIG, "%s: over %d keys for %.*s",
		    s->config->key_table, SIGNING_KEYS, SPAN_ARG(who));
	for (size_t i = 0; i < *count; i++)
		keys[i] = (struct signing_key){ .domain = lines[i]->domain,
		    .selector = lines[i]->selector,
		    .path = lines[i]->path };
	return FAULT_NONE;
}

/* Names in A-labels, as they will stand in d= and s=. */
static enum fault_kind
make_names(struct signing *s, struct signing_key *key, struct fault *f)
{
	struct span domain, selector;

	if (idna_name(key->domain, &s->arena, &domain, "domain", f) !=
	    FAULT_NONE ||
	    idna_name(key->selector, &s->arena, &selector, "selector",
	    f) != FAULT_NONE)
		return f->kind;
	key->domain = domain;
	key->selector = selector;
	return FAULT_NONE;
}

/* Ask for leave, if someone must be asked. */
static enum fault_kind
take_leave(struct signing *s, const struct signing_key *keys, size_t count,
    struct fault *f)
{
	struct signing_use use = { .nkeys = count, .keys = keys,
	    .bytes = s->m.from_line.len + s->m.header.len +
	    s->m.separator.len + s->body };
	int64_t until = 0;

	if (s->config->leave == NULL)
		return FAULT_NONE;
	if (use_from(s, &use.from, f) != FAULT_NONE)
		return f->kind;
	hash_end(&s->digest, use.digest);
	if (s->config->leave(s->config->leave_arg, &use, &until, f) !=
	    FAULT_NONE)
		return f->kind;
	dkim_sign_until(s->signer, until);
	return FAULT_NONE;
}

/* Whose mail was signed as whose: what signing_warn speaks of. */
static enum fault_kind
keep_names(struct signing *s, const struct signing_key *keys, size_t count,
    struct fault *f)
{
	struct author author;

	if (author_read(&s->m, &s->arena, &author, f) != FAULT_NONE)
		return f->kind;
	s->author = author.domain;
	for (size_t i = 0; i < count; i++)
		s->domains[i] = keys[i].domain;
	s->ndomains = count;
	return FAULT_NONE;
}

/* Leave out the keys of domains that have signed this message before. */
static enum fault_kind
drop_signed(struct signing *s, struct signing_key *keys, size_t *count,
    struct fault *f)
{
	size_t left = 0;

	for (size_t i = 0; i < *count; i++) {
		bool yes = false;

		if (dkim_sig_by(&s->m, keys[i].domain, &s->arena, &yes, f) !=
		    FAULT_NONE)
			return f->kind;
		if (!yes)
			keys[left++] = keys[i];
	}
	s->dropped = *count - left;
	*count = left;
	return FAULT_NONE;
}

enum fault_kind
signing_sign(struct signing *s, struct fault *f)
{
	struct key_private *private[SIGNING_KEYS] = { NULL };
	struct dkim_signer signers[SIGNING_KEYS];
	struct signing_key keys[SIGNING_KEYS];
	size_t count = s->config->nkeys;

	memcpy(keys, s->config->keys, sizeof(keys));
	if (s->config->key_table != NULL &&
	    table_keys(s, keys, &count, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < count && f->kind == FAULT_NONE; i++)
		(void)make_names(s, &keys[i], f);
	if (f->kind == FAULT_NONE && s->config->unless_signed &&
	    (drop_signed(s, keys, &count, f) != FAULT_NONE || count == 0))
		return f->kind;
	if (f->kind == FAULT_NONE)
		(void)take_leave(s, keys, count, f);
	for (size_t i = 0; i < count && f->kind == FAULT_NONE; i++)
		if (open_key(s, keys[i].path, &private[i], f) == FAULT_NONE)
			signers[i] = (struct dkim_signer){ .domain =
			    keys[i].domain, .selector = keys[i].selector,
			    .identity = keys[i].identity,
			    .key = private[i] };
	if (f->kind == FAULT_NONE)
		(void)dkim_sign_close(s->signer, signers, count, &s->fields,
		    f);
	if (f->kind == FAULT_NONE)
		(void)keep_names(s, keys, count, f);
	for (size_t i = 0; i < count; i++)
		key_private_free(private[i]);
	if (f->kind != FAULT_NONE)
		buf_free(&s->fields);
	return f->kind;
}

/* The body once more, from the file. */
static enum fault_kind
copy_file(struct signing *s, struct out *o, struct fault *f)
{
	off_t at = s->start + (off_t)(s->m.from_line.len + s->m.header.len +
	    s->m.separator.len);
	uint64_t left = s->body;
	ssize_t n;

	while (left > 0) {
		n = read_some(s, at, s->chunk, left < MESSAGE_CHUNK ?
		    (size_t)left : MESSAGE_CHUNK);
		if (n < 0)
			return fault_errno(f, FAULT_IO, errno, "%s",
			    input_name(s));
		if (n == 0)
			return fault_set(f, FAULT_TEMP,
			    "%s became shorter while it was signed",
			    input_name(s));
		out_add(o, s->chunk, (size_t)n);
		at += n;
		left -= (uint64_t)n;
	}
	return FAULT_NONE;
}

static enum fault_kind
copy_spool(struct signing *s, struct out *o, struct fault *f)
{
	uint64_t at = 0;
	size_t n;

	do {
		if (spool_read(&s->spool, at, s->chunk, MESSAGE_CHUNK, &n,
		    f) != FAULT_NONE)
			return f->kind;
		out_add(o, s->chunk, n);
		at += n;
	} while (n > 0);
	return FAULT_NONE;
}

/* Is the file what it was when it was hashed? */
static enum fault_kind
check_unchanged(const struct signing *s, struct fault *f)
{
	struct stat now;

	if (!s->seekable)
		return FAULT_NONE;
	if (fstat(s->fd, &now) != 0)
		return fault_errno(f, FAULT_IO, errno, "%s", input_name(s));
	if (now.st_size != s->before.st_size ||
	    now.st_mtim.tv_sec != s->before.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != s->before.st_mtim.tv_nsec)
		return fault_set(f, FAULT_TEMP,
		    "%s changed while it was signed", input_name(s));
	return FAULT_NONE;
}

enum fault_kind
signing_write(struct signing *s, struct out *o, struct fault *f)
{
	if (check_unchanged(s, f) != FAULT_NONE)
		return f->kind;
	out_addspan(o, s->m.from_line);
	out_addspan(o, buf_span(&s->fields));
	out_addspan(o, s->m.header);
	out_addspan(o, s->m.separator);
	if ((s->seekable ? copy_file(s, o, f) : copy_spool(s, o, f)) !=
	    FAULT_NONE)
		return f->kind;
	return check_unchanged(s, f);
}

void
signing_close(struct signing *s)
{
	if (s == NULL)
		return;
	if (s->own_fd)
		(void)close(s->fd);
	spool_free(&s->spool);
	buf_free(&s->fields);
	arena_free(&s->arena);
	free(s->chunk);
	free(s);
}

bool
signing_empty(const struct signing *s)
{
	return s->m.empty || s->m.header.len + s->m.separator.len + s->body ==
	    0;
}

bool
signing_refused(const struct signing *s)
{
	return s->refused && !signing_empty(s);
}

void
signing_warn(const struct signing *s, struct signing_warnings *w)
{
	w->long_line = s->long_line;
	w->no_date = message_field(&s->m, "Date") == NULL;
	w->no_message_id = message_field(&s->m, "Message-ID") == NULL;
	w->author = s->author;
	w->ndomains = s->ndomains;
	w->dropped = s->dropped;
	w->domains = s->domains;
}

struct span
signing_fields(const struct signing *s)
{
	return buf_span(&s->fields);
}

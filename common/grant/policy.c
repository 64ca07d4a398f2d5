/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "grant/policy_impl.h"

#define POLICY_ARENA ((size_t)16 * 1024 * 1024)

static bool
policy_fail_v(struct policy_parser *pp, unsigned line, unsigned column,
    const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static bool
policy_fail_v(struct policy_parser *pp, unsigned line, unsigned column,
    const char *fmt, va_list ap)
{
	char text[256];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (pp->name != NULL)
		(void)fault_set(pp->f, FAULT_CONFIG, "%s:%u:%u: %s", pp->name,
		    line, column, text);
	else
		(void)fault_set(pp->f, FAULT_CONFIG, "%u:%u: %s", line,
		    column, text);
	return false;
}

bool
policy_fail(struct policy_parser *pp, const char *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)policy_fail_v(pp, pp->line, (unsigned)(at - pp->start) + 1, fmt,
	    ap);
	va_end(ap);
	return false;
}

bool
policy_fail_at(struct policy_parser *pp, unsigned line, unsigned column,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)policy_fail_v(pp, line, column, fmt, ap);
	va_end(ap);
	return false;
}

static const char *const policy_sections[] = { "defaults", "person", "role",
    "kind", "rule", "break-glass", "deny" };

static bool
policy_section_begin(struct policy_parser *pp, struct span line)
{
	struct span inner, word, label = { "", 0 };
	struct policy_section *s;
	size_t kind = 0, n = 0;

	if (line.p[line.len - 1] != ']')
		return policy_fail(pp, line.p + line.len, "expected ]");
	inner = span_sub(line, 1, line.len - 2);
	if (!span_cut(inner, ' ', &word, &label))
		label = (struct span){ "", 0 };
	while (kind < 7 && !span_eq(word, span_of(policy_sections[kind])))
		kind++;
	if (kind == 7)
		return policy_fail(pp, word.p, "unknown section");
	if (kind == 0 ? word.len != inner.len : !policy_label_ok(label))
		return policy_fail(pp, word.p + word.len, kind == 0 ?
		    "expected ]" : "expected one space and a name");
	for (s = pp->p->sections; s != NULL; s = s->next, n++)
		if (s->section == (enum policy_section_kind)kind &&
		    span_eq(label, span_of(s->label)))
			return policy_fail(pp, line.p, "section given twice, "
			    "first in line %u", s->line);
	if (n >= POLICY_SECTIONS)
		return policy_fail(pp, line.p, "too many sections");
	s = arena_alloc(&pp->p->arena, sizeof(*s));
	if (s == NULL)
		return policy_fail(pp, line.p, "too large");
	s->section = (enum policy_section_kind)kind;
	s->label = arena_str(&pp->p->arena, label);
	s->line = pp->line;
	if (s->label == NULL)
		return policy_fail(pp, line.p, "too large");
	*pp->tail = s;
	pp->tail = &s->next;
	pp->section = s;
	return true;
}

static bool
policy_line(struct policy_parser *pp, struct span line)
{
	struct span key, value, bare = span_trim_wsp(line);

	if (line.len > POLICY_LINE)
		return policy_fail(pp, line.p, "the line is too long");
	for (size_t i = 0; i < line.len; i++)
		if (line.p[i] == '\0' || line.p[i] == '\r')
			return policy_fail(pp, line.p + i, "a control byte");
	if (bare.len == 0 || bare.p[0] == '#' || bare.p[0] == ';')
		return true;
	for (size_t i = 0; i < line.len; i++)
		if (!ascii_is_print(line.p[i]) && line.p[i] != '\t')
			return policy_fail(pp, line.p + i, "not ASCII text");
	if (bare.p[0] == '[')
		return policy_section_begin(pp, bare);
	if (!span_cut(bare, '=', &key, &value))
		return policy_fail(pp, bare.p, "expected key=value, [section] "
		    "or a comment");
	key = span_trim_wsp(key);
	if (pp->section == NULL)
		return policy_fail(pp, bare.p, "a key before any section");
	if (key.len == 0)
		return policy_fail(pp, bare.p, "expected a key");
	if (span_trim_wsp(value).len == 0)
		return policy_fail(pp, value.p, "the value is empty");
	return policy_key(pp, key, span_trim_wsp(value));
}

enum fault_kind
policy_parse(struct policy *p, struct span text, const char *name,
    const struct policy_names *names, struct fault *f)
{
	struct policy_parser pp = { .p = p, .names = names, .name = name,
	    .f = f };
	bool more = text.len > 0;

	*p = (struct policy){ .max_duration = 8 * 3600,
	    .pending_ttl = 24 * 3600, .activate_within = 3600,
	    .require_policy = "quarantine", .alignment = "strict" };
	arena_init(&p->arena, POLICY_ARENA);
	pp.tail = &p->sections;
	if (text.len > POLICY_BYTES)
		return fault_set(f, FAULT_CONFIG, "the policy is too large");
	sha256_hex(text, p->hash);
	while (more) {
		struct span line, rest;

		more = span_cut(text, '\n', &line, &rest);
		pp.start = line.p;
		pp.line++;
		if (!policy_line(&pp, line))
			return FAULT_CONFIG;
		text = rest;
	}
	return policy_whole(&pp) ? FAULT_NONE : FAULT_CONFIG;
}

void
policy_free(struct policy *p)
{
	for (size_t i = 0; i < p->regexes; i++)
		regfree(p->regex[i]);
	p->regexes = 0;
	arena_free(&p->arena);
	p->sections = NULL;
}

static enum fault_kind
policy_read(int fd, const char *path, uid_t owner, struct buf *b,
    struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fault_errno(f, FAULT_IO, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return fault_set(f, FAULT_CONFIG,
		    "%s: not a plain file of one name", path);
	if (st.st_uid != 0 && st.st_uid != owner)
		return fault_set(f, FAULT_CONFIG, "%s: its owner is neither "
		    "root nor the home's", path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fault_set(f, FAULT_CONFIG,
		    "%s: may be written by others than its owner", path);
	if (file_read_fd(fd, b, f) == FAULT_DATA)
		return fault_set(f, FAULT_CONFIG, "%s: too large", path);
	return fault_context(f, "%s", path);
}

enum fault_kind
policy_load(struct policy *p, const char *path, uid_t owner,
    const struct policy_names *names, struct fault *f)
{
	struct buf b;
	enum fault_kind kind;
	int fd;

	*p = (struct policy){ 0 };
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fault_errno(f, FAULT_CONFIG, errno, "%s", path);
	buf_init(&b, POLICY_BYTES + 32768);
	kind = policy_read(fd, path, owner, &b, f);
	(void)close(fd);
	if (kind == FAULT_NONE)
		kind = policy_parse(p, buf_span(&b), path, names, f);
	buf_free(&b);
	return kind;
}

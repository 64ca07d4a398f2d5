/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"

void
fault_clear(struct fault *f)
{
	f->kind = FAULT_NONE;
	f->text[0] = '\0';
}

/* Copy the string src into f->text, escaped, cut to fit. */
static void
fault_store(struct fault *f, const char *src)
{
	static const char hex[] = "0123456789abcdef";
	size_t used = 0;

	for (; *src != '\0'; src++) {
		unsigned char c = (unsigned char)*src;

		if (c >= 0x20 && c <= 0x7e) {
			if (used + 1 >= sizeof(f->text))
				break;
			f->text[used++] = (char)c;
			continue;
		}
		if (used + 4 >= sizeof(f->text))
			break;
		f->text[used++] = '\\';
		f->text[used++] = 'x';
		f->text[used++] = hex[c >> 4];
		f->text[used++] = hex[c & 15];
	}
	f->text[used] = '\0';
}

enum fault_kind
fault_set(struct fault *f, enum fault_kind kind, const char *fmt, ...)
{
	char line[FAULT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = '\0';
	va_end(ap);
	fault_store(f, line);
	f->kind = kind;
	return kind;
}

enum fault_kind
fault_errno(struct fault *f, enum fault_kind kind, int err,
    const char *fmt, ...)
{
	char what[FAULT_TEXT_MAX / 2], line[FAULT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(what, sizeof(what), fmt, ap) < 0)
		what[0] = '\0';
	va_end(ap);
	/* No threads here, and no locale is set: strerror() will do. */
	(void)snprintf(line, sizeof(line), "%s: %s", what, strerror(err));
	fault_store(f, line);
	f->kind = kind;
	return kind;
}

enum fault_kind
fault_nomem(struct fault *f)
{
	return fault_set(f, FAULT_SOFTWARE, "out of memory");
}

enum fault_kind
fault_context(struct fault *f, const char *fmt, ...)
{
	char what[FAULT_TEXT_MAX / 2], line[FAULT_TEXT_MAX * 2];
	va_list ap;

	if (f->kind == FAULT_NONE)
		return FAULT_NONE;
	va_start(ap, fmt);
	if (vsnprintf(what, sizeof(what), fmt, ap) < 0)
		what[0] = '\0';
	va_end(ap);
	(void)snprintf(line, sizeof(line), "%s: %s", what, f->text);
	fault_store(f, line);
	return f->kind;
}

/* SPDX-License-Identifier: ISC */
/*
 * JSON for output: what jansson does not do by itself, which is to take bytes
 * a stranger chose (not always UTF-8) and to report a failed allocation once.
 */
#ifndef JS_H
#define JS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

/* New references, NULL without memory.  A span whose p is NULL gives null;
 * bytes that are not UTF-8 become U+FFFD, NUL becomes \u0000. */
json_t *js_span(struct span s);
json_t *js_str(const char *s);
json_t *js_int(int64_t n);
json_t *js_bool(bool yes);
json_t *js_null(void);

/*
 * Put value (whose reference is taken even on failure) under key into object
 * or at the end of array.  A NULL value or object is a failure: it makes
 * *failed true and is else ignored, so that one check at the end will do.
 */
void js_set(json_t *object, const char *key, json_t *value, bool *failed);
void js_push(json_t *array, json_t *value, bool *failed);

/* Append one line, compact, keys in the order they were set, printable
 * ASCII only. */
enum fault_kind js_line(const json_t *value, struct buf *b, struct fault *f);

#endif

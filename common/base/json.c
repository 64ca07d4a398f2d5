/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/utf8.h"

json_t *
js_span(struct span s)
{
	struct buf b;
	json_t *value;

	if (s.p == NULL)
		return json_null();
	buf_init(&b, SIZE_MAX / 2);
	for (size_t i = 0; i < s.len;) {
		size_t len = utf8_length(span_sub(s, i, s.len));

		if (len == 0)
			buf_adds(&b, "\xef\xbf\xbd");
		else
			buf_add(&b, s.p + i, len);
		i += len == 0 ? 1 : len;
	}
	value = b.nomem || b.full ? NULL :
	    json_stringn_nocheck(buf_str(&b), b.len);
	buf_free(&b);
	return value;
}

json_t *
js_str(const char *s)
{
	if (s == NULL)
		return json_null();
	return js_span(span_of(s));
}

json_t *
js_int(int64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *
js_bool(bool yes)
{
	return json_boolean(yes);
}

json_t *
js_null(void)
{
	return json_null();
}

void
js_set(json_t *object, const char *key, json_t *value, bool *failed)
{
	if (json_object_set_new_nocheck(object, key, value) != 0)
		*failed = true;
}

void
js_push(json_t *array, json_t *value, bool *failed)
{
	if (json_array_append_new(array, value) != 0)
		*failed = true;
}

/* jansson leaves DEL as it is; it can stand in strings alone. */
static int
js_sink(const char *p, size_t len, void *data)
{
	struct buf *b = data;
	struct span head, rest = { p, len };

	while (span_cut(rest, 0x7f, &head, &rest)) {
		buf_addspan(b, head);
		buf_adds(b, "\\u007F");
	}
	buf_addspan(b, head);
	return b->nomem || b->full ? -1 : 0;
}

enum fault_kind
js_line(const json_t *value, struct buf *b, struct fault *f)
{
	if (value == NULL || json_dump_callback(value, js_sink, b,
	    JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY) != 0) {
		enum fault_kind kind = buf_check(b, f);

		return kind != FAULT_NONE ? kind : fault_nomem(f);
	}
	buf_addc(b, '\n');
	return buf_check(b, f);
}

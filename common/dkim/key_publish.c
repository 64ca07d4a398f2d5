/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/b64.h"
#include "dkim/key_publish.h"

#define STRING_MAX 255
#define DER_MAX ((size_t)4096)

struct span
key_name(struct span selector, struct span domain, struct arena *a)
{
	size_t len = selector.len + sizeof("._domainkey.") - 1 + domain.len;
	char *p = arena_alloc(a, len + 1);

	if (p == NULL)
		return (struct span){ NULL, 0 };
	(void)snprintf(p, len + 1, "%.*s._domainkey.%.*s", SPAN_ARG(selector),
	    SPAN_ARG(domain));
	return (struct span){ p, len };
}

enum fault_kind
key_publish_text(const struct key_private *key, const struct key_publish *p,
    struct buf *b, struct fault *f)
{
	struct buf der;

	buf_adds(b, "v=DKIM1; ");
	if (key != NULL)
		buf_addf(b, "k=%s; ", key_type_word(key_private_type(key)));
	if (p->testing || p->strict)
		buf_addf(b, "t=%s%s%s; ", p->testing ? "y" : "",
		    p->testing && p->strict ? ":" : "",
		    p->strict ? "s" : "");
	if (p->notes.len > 0) {
		buf_adds(b, "n=");
		for (size_t i = 0; i < p->notes.len; i++) {
			char c = p->notes.p[i];

			if (c > ' ' && c <= '~' && c != ';' && c != '=')
				buf_addc(b, c);
			else
				buf_addf(b, "=%02X", (unsigned char)c);
		}
		buf_adds(b, "; ");
	}
	buf_adds(b, "p=");
	if (p->revoked || key == NULL)
		return buf_check(b, f);
	buf_init(&der, DER_MAX);
	if (key_private_public(key, &der, f) == FAULT_NONE)
		b64_encode(b, der.p, der.len);
	buf_free(&der);
	return f->kind != FAULT_NONE ? f->kind : buf_check(b, f);
}

/* One character-string; none of our bytes is a quote, but be sure. */
static void
add_string(struct buf *b, struct span s)
{
	buf_addc(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, s.p[i]);
	}
	buf_addc(b, '"');
}

void
key_publish_zone(struct span text, const struct key_publish *p,
    struct buf *b)
{
	buf_addspan(b, p->name);
	buf_addf(b, ".\t%lu\tIN\tTXT\t", (unsigned long)p->ttl);
	if (text.len <= STRING_MAX) {
		add_string(b, text);
		buf_addc(b, '\n');
		return;
	}
	buf_addc(b, '(');
	for (size_t at = 0; at < text.len; at += STRING_MAX) {
		buf_adds(b, "\n\t");
		add_string(b, span_sub(text, at, STRING_MAX));
	}
	buf_adds(b, " )\n");
}

json_t *
key_publish_json(struct span text, const struct key_publish *p)
{
	json_t *o = json_object(), *strings = json_array();
	bool failed = false;

	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dkimkey"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "name", p->name.len > 0 ? js_span(p->name) : js_null(),
	    &failed);
	js_set(o, "ttl", js_int((int64_t)p->ttl), &failed);
	js_set(o, "type", js_str("TXT"), &failed);
	js_set(o, "record", js_span(text), &failed);
	for (size_t at = 0; at < text.len; at += STRING_MAX)
		js_push(strings, js_span(span_sub(text, at, STRING_MAX)),
		    &failed);
	js_set(o, "strings", strings, &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

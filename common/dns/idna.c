/* SPDX-License-Identifier: ISC */
#include <idn2.h>
#include <string.h>

#include "base/bounds.h"
#include "base/utf8.h"
#include "dns/domain.h"
#include "dns/idna.h"

static bool
idna_is_ascii(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.p[i] >= 0x80)
			return false;
	return true;
}

/* May this letter of a script that has case have become that one, by case
 * alone?  Not so letters that are variants of others, such as U+03D0. */
static bool
idna_case(uint32_t from, uint32_t to)
{
	static const struct {
		uint32_t first, last;
	} scripts[] = { { 0xc0, 0x24f }, { 0x370, 0x3cf }, { 0x3d8, 0x3ef },
		{ 0x400, 0x556 }, { 0x10a0, 0x10c5 }, { 0x1e00, 0x1e99 },
		{ 0x1e9e, 0x1fff }, { 0x2c00, 0x2c2f }, { 0xa640, 0xa66d },
		{ 0xa680, 0xa69b }, { 0x10400, 0x1044f } };

	if (from == to)
		return true;
	if (from < 0x80)
		return (uint32_t)ascii_lower((char)from) == to;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (from >= scripts[i].first && from <= scripts[i].last)
			return to >= 0x80;
	return false;
}

/*
 * The same with capital letters made small (RFC 5895 2, step 1), as UTS 46
 * does it.  UTS 46 does more: it drops characters and takes some for others,
 * and a name of which that is true is refused.
 */
static int
idna_lookup_folded(const char *text, uint8_t **ascii)
{
	char *small = NULL;
	struct span from = span_of(text), to;
	int rc = idn2_lookup_u8((const uint8_t *)text, ascii,
	    IDN2_NONTRANSITIONAL);

	if (rc == IDN2_OK)
		rc = idn2_to_unicode_8z8z((const char *)*ascii, &small, 0);
	to = span_of(small == NULL ? "" : small);
	while (rc == IDN2_OK && (from.len > 0 || to.len > 0)) {
		uint32_t a = utf8_take(&from), b = utf8_take(&to);

		if (a == UTF8_NONE || b == UTF8_NONE || !idna_case(a, b))
			rc = IDN2_DISALLOWED;
	}
	idn2_free(small);
	if (rc != IDN2_OK) {
		idn2_free(*ascii);
		*ascii = NULL;
	}
	return rc;
}

/* A name with other letters, through libidn2; out has p NULL if refused. */
static enum fault_kind
idna_convert(struct span domain, struct arena *a, struct span *out,
    struct fault *f)
{
	uint8_t *ascii = NULL;
	char *text = arena_str(a, domain);
	struct span result;
	enum fault_kind kind = FAULT_NONE;
	int rc;

	if (text == NULL)
		return fault_nomem(f);
	rc = idn2_lookup_u8((const uint8_t *)text, &ascii,
	    IDN2_NO_TR46 | IDN2_NFC_INPUT);
	if (rc == IDN2_DISALLOWED)
		rc = idna_lookup_folded(text, &ascii);
	if (rc == IDN2_MALLOC)
		return fault_nomem(f);
	if (rc != IDN2_OK)
		return FAULT_NONE;
	result = span_of((const char *)ascii);
	if (domain_is_ldhu(result)) {
		*out = arena_lower(a, result);
		kind = out->p == NULL ? fault_nomem(f) : FAULT_NONE;
	}
	idn2_free(ascii);
	return kind;
}

enum fault_kind
idna_to_ascii(struct span domain, struct arena *a, struct span *out,
    struct fault *f)
{
	*out = (struct span){ NULL, 0 };
	if (idna_is_ascii(domain)) {
		if (!domain_fits(domain))
			return FAULT_NONE;
		*out = arena_lower(a, domain);
		return out->p == NULL ? fault_nomem(f) : FAULT_NONE;
	}
	/* Four bytes of UTF-8 never become less than one of an A-label. */
	if (domain.len > (size_t)4 * BOUND_DNS_TEXT ||
	    span_find(domain, '\0') < domain.len)
		return FAULT_NONE;
	return idna_convert(domain, a, out, f);
}

enum fault_kind
idna_name(struct span in, struct arena *a, struct span *out,
    const char *what, struct fault *f)
{
	if (idna_to_ascii(in, a, out, f) != FAULT_NONE)
		return f->kind;
	if (out->p == NULL || !domain_is_ldhu(*out))
		return fault_set(f, FAULT_USAGE, "\"%.*s\" is no %s",
		    SPAN_ARG(span_sub(in, 0, 200)), what);
	return FAULT_NONE;
}

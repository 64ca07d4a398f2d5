/* SPDX-License-Identifier: ISC */
#include <idn2.h>
#include <string.h>

#include "base/bounds.h"
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

/* SPDX-License-Identifier: ISC */
#include <string.h>

#ifdef HAVE_PSL
#include <libpsl.h>
#endif

#include "base/bounds.h"
#include "dns/domain.h"
#include "posture/suffix.h"

static bool
suffix_by_form(struct span domain)
{
	return domain_labels(domain) == 1 || domain_is_registry(domain);
}

#ifdef HAVE_PSL
bool
posture_suffix(struct span domain)
{
	const psl_ctx_t *list = psl_builtin();
	char text[BOUND_DNS_NAME + 1];

	if (list == NULL || domain.len == 0 || domain.len > BOUND_DNS_NAME)
		return suffix_by_form(domain);
	for (size_t i = 0; i < domain.len; i++)
		text[i] = ascii_lower(domain.p[i]);
	text[domain.len] = '\0';
	return psl_is_public_suffix(list, text) != 0;
}

const char *
posture_suffix_by(void)
{
	return psl_builtin() != NULL ? "by the list of public suffixes" :
	    "by the form of the name";
}
#else
bool
posture_suffix(struct span domain)
{
	return suffix_by_form(domain);
}

const char *
posture_suffix_by(void)
{
	return "by the form of the name";
}
#endif

struct span
posture_registered(struct span name)
{
	size_t labels = domain_labels(name);

	for (size_t n = labels; n > 1; n--)
		if (posture_suffix(domain_tail(name, n - 1)) &&
		    !posture_suffix(domain_tail(name, n)))
			return domain_tail(name, n);
	return name;
}

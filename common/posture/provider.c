/* SPDX-License-Identifier: ISC */
#include "dns/domain.h"
#include "posture/provider.h"

/* What these publish for their users to see, in November 2026. */
static const char provider_table[] =
    "amazon-ses include=amazonses.com dkim=dkim.amazonses.com\n"
    "brevo include=spf.sendinblue.com include=spf.brevo.com "
    "dkim=dkim.brevo.com selector=mail pair=brevo1,brevo2\n"
    "campaign-monitor include=createsend.com selector=cm "
    "envelope=never\n"
    "fastmail include=spf.messagingengine.com mx=messagingengine.com "
    "dkim=dkim.fmhosted.com selector=fm1 selector=fm2 selector=fm3\n"
    "google include=_spf.google.com mx=google.com mx=googlemail.com "
    "selector=google\n"
    "hubspot include=hubspotemail.net dkim=hubspotemail.net "
    "envelope=never\n"
    "icloud include=icloud.com mx=mail.icloud.com selector=sig1\n"
    "mailchimp include=servers.mcsv.net dkim=dkim.mcsv.net selector=k1 "
    "pair=k2,k3 envelope=never\n"
    "mailgun include=mailgun.org mx=mailgun.org selector=mta "
    "selector=pic\n"
    "mailjet include=spf.mailjet.com selector=mailjet\n"
    "mandrill include=spf.mandrillapp.com dkim=dkim.mandrillapp.com "
    "selector=mandrill\n"
    "microsoft365 include=spf.protection.outlook.com "
    "mx=mail.protection.outlook.com mx=mx.microsoft "
    "dkim=onmicrosoft.com dkim=dkim.mail.microsoft "
    "pair=selector1,selector2\n"
    "postmark include=spf.mtasv.net selector=pm envelope=never\n"
    "proton include=_spf.protonmail.ch mx=protonmail.ch "
    "dkim=domains.proton.ch selector=protonmail selector=protonmail2 "
    "selector=protonmail3\n"
    "salesforce include=_spf.salesforce.com\n"
    "sendgrid include=sendgrid.net dkim=sendgrid.net pair=s1,s2\n"
    "yandex include=_spf.yandex.net mx=mx.yandex.net mx=mx.yandex.ru "
    "selector=mail\n"
    "zendesk include=mail.zendesk.com dkim=domainkeys.zendesk.com "
    "pair=zendesk1,zendesk2\n"
    "zoho include=zoho.com include=zoho.eu mx=zoho.com mx=zoho.eu "
    "selector=zoho selector=zmail\n";

bool
provider_has(const struct provider_words *w, struct span name)
{
	for (size_t i = 0; i < w->count; i++)
		if (domain_within(name, w->words[i]))
			return true;
	return false;
}

static const char *
provider_push(struct provider_words *w, struct span value)
{
	if (!domain_is_ldhu(value))
		return "not a name";
	if (w->count == PROVIDER_WORDS)
		return "too many words of this kind";
	w->words[w->count++] = value;
	return NULL;
}

/* "KEY=VALUE" of a line; what is wrong with it, or NULL. */
static const char *
provider_word(struct span word, struct provider *p)
{
	struct span key, value;

	if (!span_cut(word, '=', &key, &value))
		return "a word without =";
	if (span_eq(key, SPAN("include")))
		return provider_push(&p->include, value);
	if (span_eq(key, SPAN("mx")))
		return provider_push(&p->mx, value);
	if (span_eq(key, SPAN("dkim")))
		return provider_push(&p->dkim, value);
	if (span_eq(key, SPAN("selector")))
		return provider_push(&p->selector, value);
	if (span_eq(key, SPAN("pair"))) {
		if (!span_cut(value, ',', &p->pair[0], &p->pair[1]) ||
		    !domain_is_ldhu(p->pair[0]) ||
		    !domain_is_ldhu(p->pair[1]))
			return "not two selectors";
		return NULL;
	}
	if (!span_eq(key, SPAN("envelope")) ||
	    (!span_eq(value, SPAN("never")) && !span_eq(value, SPAN("own"))))
		return "none of include= mx= dkim= selector= pair= "
		    "envelope=own|never";
	p->never = span_eq(value, SPAN("never"));
	return NULL;
}

static const char *
provider_line(struct span line, struct provider *p)
{
	const char *what = NULL;
	size_t at = 0;

	*p = (struct provider){ .never = false };
	while (at < line.len && what == NULL) {
		size_t end = at;

		while (end < line.len && !ascii_is_fws(line.p[end]))
			end++;
		if (end > at && line.p[at] == '#')
			break;
		if (end > at && p->name.len == 0)
			p->name = span_sub(line, at, end - at);
		else if (end > at)
			what = provider_word(span_sub(line, at, end - at), p);
		at = end + 1;
	}
	if (what == NULL && p->name.len > 0 && !domain_is_ldhu(p->name))
		what = "not a provider's name";
	return what;
}

enum fault_kind
providers_add(struct providers *p, struct span text, const char *file,
    struct arena *a, struct fault *f)
{
	struct span line;
	size_t number = 0;
	bool more = true;

	if (p->list == NULL)
		p->list = arena_array(a, PROVIDERS_MAX, sizeof(*p->list));
	if (p->list == NULL)
		return fault_nomem(f);
	if (text.p == NULL)
		text = span_of(provider_table);
	while (more) {
		const char *what;

		more = span_cut(text, '\n', &line, &text);
		number++;
		if (p->count == PROVIDERS_MAX)
			return fault_set(f, FAULT_CONFIG, "%s:%zu: more than "
			    "%zu providers", file, number, PROVIDERS_MAX);
		what = provider_line(line, &p->list[p->count]);
		if (what != NULL)
			return fault_set(f, FAULT_CONFIG, "%s:%zu: %s", file,
			    number, what);
		p->count += p->list[p->count].name.len > 0;
	}
	return FAULT_NONE;
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/hex.h"
#include "report/key.h"

static size_t
topmost(const struct message *m)
{
	for (size_t i = 0; i < m->nfields; i++)
		if (!m->fields[i].hidden &&
		    span_eq_nocase(m->fields[i].name, SPAN("Received")))
			return i;
	return 0;
}

void
report_key_begin(struct report_key *k, const struct message *m, size_t field)
{
	struct span header = m->header;

	hash_init(&k->hash, HASH_SHA256);
	if (field >= m->nfields)
		field = topmost(m);
	if (m->defect == MESSAGE_OK) {
		/* Sealed fields of our own are not the sender's. */
		for (size_t i = field; i < m->nfields; i++)
			if (!m->fields[i].hidden)
				hash_add(&k->hash, m->fields[i].raw.p,
				    m->fields[i].raw.len);
	} else {
		if (field < m->nfields)
			header = span_sub(header, (size_t)
			    (m->fields[field].raw.p - header.p), header.len);
		hash_add(&k->hash, header.p, header.len);
	}
	hash_add(&k->hash, m->separator.p, m->separator.len);
}

void
report_key_body(struct report_key *k, struct span bytes)
{
	hash_add(&k->hash, bytes.p, bytes.len);
}

void
report_key_end(struct report_key *k, char hex[REPORT_KEY_HEX])
{
	unsigned char digest[HASH_MAX];

	hash_end(&k->hash, digest);
	hex_encode(digest, REPORT_KEY, hex);
}

/* Where word begins in s, without case; s.len if nowhere. */
static size_t
find_nocase(struct span s, struct span word)
{
	for (size_t i = 0; i + word.len <= s.len; i++)
		if (span_eq_nocase(span_sub(s, i, word.len), word))
			return i;
	return s.len;
}

/* The report-type of a Content-Type value, quotes off; empty if none. */
static struct span
report_type(struct span value)
{
	static const struct span name = { "report-type", 11 };
	struct span rest;
	size_t end = 0;

	rest = span_sub(value, find_nocase(value, name), value.len);
	rest = span_trim_fws(span_sub(rest, name.len, rest.len));
	if (rest.len == 0 || rest.p[0] != '=')
		return SPAN("");
	rest = span_trim_fws(span_sub(rest, 1, rest.len));
	if (rest.len > 0 && rest.p[0] == '"')
		rest = span_sub(rest, 1, rest.len);
	while (end < rest.len && (ascii_is_alnum(rest.p[end]) ||
	    rest.p[end] == '-'))
		end++;
	return span_sub(rest, 0, end);
}

/* receiver!policy-domain!begin!end...: the name of an aggregate report. */
static bool
has_report_name(struct span value)
{
	size_t marks = 0, digits = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] == '!') {
			if (++marks >= 3 && digits >= 9)
				return true;
			digits = 0;
		} else if (ascii_is_digit(value.p[i])) {
			digits++;
		} else if (ascii_is_fws(value.p[i]) || value.p[i] == '"') {
			marks = digits = 0;
		} else {
			digits = 0;
		}
	}
	return false;
}

/* "Report Domain: D Submitter: R ...", however the words are spelled. */
static bool
is_report_subject(struct span s)
{
	s = span_trim_fws(s);
	return span_starts_nocase(s, SPAN("Report Domain:")) &&
	    find_nocase(s, SPAN("Submitter:")) < s.len;
}

const char *
report_mail_kind(const struct message *m)
{
	const struct field *type = message_field(m, "Content-Type");
	const struct field *subject = message_field(m, "Subject");
	const struct field *place = message_field(m, "Content-Disposition");
	struct span value = type != NULL ? span_trim_fws(type->value) :
	    SPAN(""), word;

	if (span_starts_nocase(value, SPAN("multipart/report"))) {
		word = report_type(value);
		if (span_eq_nocase(word, SPAN("delivery-status")))
			return "dsn";
		if (span_eq_nocase(word, SPAN("feedback-report")))
			return "failure";
		if (span_eq_nocase(word, SPAN("tlsrpt")))
			return "tls";
	}
	if (span_starts_nocase(value, SPAN("application/tlsrpt")) ||
	    message_field(m, "TLS-Report-Domain") != NULL)
		return "tls";
	if ((subject != NULL && is_report_subject(subject->value)) ||
	    has_report_name(value) ||
	    (place != NULL && has_report_name(place->value)))
		return "aggregate";
	return NULL;
}

bool
report_key_good(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (ascii_hex(s.p[i]) < 0 || ascii_lower(s.p[i]) != s.p[i])
			return false;
	return s.len == REPORT_KEY_HEX - 1;
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/b64.h"
#include "base/num.h"
#include "report/post.h"

#define LINE_BYTES 57	/* of base64: 76 characters */
#define WORD_BYTES 42	/* of an encoded-word: under 75 characters */

void
report_post_date(int64_t time, struct buf *b)
{
	static const char days[] = "ThuFriSatSunMonTueWed";
	static const char months[] =
	    "JanFebMarAprMayJunJulAugSepOctNovDec";
	char t[NUM_RFC3339_LEN];
	size_t month;

	/* 2026-11-23T18:00:00Z; the first day of 1970 was a Thursday. */
	num_rfc3339(time, t);
	month = (size_t)(t[5] - '0') * 10 + (size_t)(t[6] - '0') - 1;
	buf_add(b, days + time / 86400 % 7 * 3, 3);
	buf_addf(b, ", %.2s %.3s %.4s %.8s +0000", t + 8,
	    months + month * 3, t, t + 11);
}

void
report_post_name(struct span name, struct buf *b)
{
	bool first = true;
	size_t n;

	if (span_is_print(name)) {
		buf_addc(b, '"');
		for (size_t i = 0; i < name.len; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_addc(b, '\\');
			buf_addc(b, name.p[i]);
		}
		buf_addc(b, '"');
		return;
	}
	while (name.len > 0) {
		n = name.len < WORD_BYTES ? name.len : WORD_BYTES;
		/* No character is cut in two. */
		while (n > 1 && n < name.len &&
		    ((unsigned char)name.p[n] & 0xc0) == 0x80)
			n--;
		buf_adds(b, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
		b64_encode(b, name.p, n);
		buf_adds(b, "?=");
		name = span_sub(name, n, name.len);
		first = false;
	}
}

static void
put_base64(struct span s, struct buf *b)
{
	while (s.len > 0) {
		size_t n = s.len < LINE_BYTES ? s.len : LINE_BYTES;

		b64_encode(b, s.p, n);
		buf_adds(b, "\r\n");
		s = span_sub(s, n, s.len);
	}
}

static void
put_header(const struct report_post *p, struct buf *b)
{
	buf_adds(b, "From: ");
	report_post_name(p->org, b);
	buf_adds(b, "\r\n <");
	buf_addspan(b, p->from);
	buf_adds(b, ">\r\nTo: <");
	buf_addspan(b, p->to);
	buf_adds(b, ">\r\nSubject: Report Domain: ");
	buf_addspan(b, p->policy_domain);
	buf_adds(b, " Submitter: ");
	buf_addspan(b, p->receiver);
	buf_adds(b, " Report-ID: <");
	buf_addspan(b, p->report_id);
	buf_adds(b, ">\r\nDate: ");
	report_post_date(p->date, b);
	buf_adds(b, "\r\nMessage-ID: <");
	buf_addspan(b, p->report_id);
	buf_addc(b, '@');
	buf_addspan(b, p->receiver);
	buf_adds(b, ">\r\nAuto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=\"=_");
	buf_addspan(b, p->report_id);
	buf_adds(b, "\"\r\n\r\n");
}

static void
put_boundary(const struct report_post *p, const char *end, struct buf *b)
{
	buf_adds(b, "--=_");
	buf_addspan(b, p->report_id);
	buf_adds(b, end);
	buf_adds(b, "\r\n");
}

enum fault_kind
report_post_format(const struct report_post *p, struct span gzip,
    struct buf *b, struct fault *f)
{
	char begin[NUM_RFC3339_LEN], end[NUM_RFC3339_LEN];

	num_rfc3339(p->begin, begin);
	num_rfc3339(p->end, end);
	put_header(p, b);
	put_boundary(p, "", b);
	buf_adds(b, "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
	    "This is a DMARC aggregate report (RFC 9990) for\r\n    ");
	buf_addspan(b, p->policy_domain);
	buf_adds(b, "\r\nmade by\r\n    ");
	buf_addspan(b, p->receiver);
	buf_addf(b, "\r\nof the mail received from %s to %s.\r\n\r\n", begin,
	    end);
	put_boundary(p, "", b);
	buf_adds(b, "Content-Type: application/gzip\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment;\r\n filename=\"");
	buf_addspan(b, p->file);
	buf_adds(b, "\"\r\n\r\n");
	put_base64(gzip, b);
	buf_adds(b, "\r\n");
	put_boundary(p, "--", b);
	return buf_check(b, f);
}

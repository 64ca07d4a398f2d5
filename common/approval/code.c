/* SPDX-License-Identifier: ISC */
/* The code that proves the mailbox, where DMARC proves the domain only. */
#include <string.h>

#include <openssl/crypto.h>

#include "approval/approval.h"
#include "base/buf.h"

static const char approval_letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

void
approval_code(struct span key, const char *request, const char *person,
    const char *digest, char out[APPROVAL_CODE])
{
	unsigned char md[SHA256_BYTES];
	struct buf b;
	unsigned bits = 0, have = 0;
	size_t at = 0;

	memset(out, 0, APPROVAL_CODE);
	buf_init(&b, 4096);
	buf_addpart(&b, span_of(request));
	buf_addpart(&b, span_of(person));
	buf_addpart(&b, span_of(digest));
	/* Without memory there is no code: "" is never equal to one. */
	if (!b.nomem && !b.full) {
		sha256_hmac(key, buf_span(&b), md);
		for (size_t i = 0; i < APPROVAL_CODE - 1; i++) {
			while (have < 5) {
				bits = bits << 8 | md[at++];
				have += 8;
			}
			have -= 5;
			out[i] = approval_letters[bits >> have & 31];
		}
		OPENSSL_cleanse(md, sizeof(md));
	}
	buf_free(&b);
}

bool
approval_code_read(struct span s, char out[APPROVAL_CODE])
{
	if (s.len != APPROVAL_CODE - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = ascii_lower(s.p[i]);

		c = (char)(c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c);
		if (c == '\0' || strchr(approval_letters, c) == NULL)
			return false;
		out[i] = c;
	}
	out[s.len] = '\0';
	return true;
}

bool
approval_code_eq(const char a[APPROVAL_CODE], const char b[APPROVAL_CODE])
{
	return a[0] != '\0' && b[0] != '\0' &&
	    CRYPTO_memcmp(a, b, APPROVAL_CODE) == 0;
}

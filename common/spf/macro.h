/* SPDX-License-Identifier: ISC */
/*
 * SPF macros, RFC 7208 section 7 and 8616: the syntax, and their expansion in
 * bounded memory.
 */
#ifndef SPF_MACRO_H
#define SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ipaddr.h"
#include "base/span.h"

/* Where a macro-string stands: some letters are for explanations alone, and a
 * name keeps only its rightmost labels that fit into 253 bytes. */
enum spf_macro_use {
	SPF_MACRO_NAME,
	SPF_MACRO_EXPLANATION
};

/* What the letters stand for. */
struct spf_macro_vars {
	struct span local;	/* l; s is local@sender_domain */
	struct span sender_domain;	/* o */
	struct span domain;	/* d: whose record is evaluated */
	struct ipaddr ip;	/* i, c, v */
	struct span validated;	/* p */
	struct span helo;	/* h */
	struct span receiver;	/* r */
	int64_t now;		/* t, seconds since 1970 */
};

/*
 * Is s a macro-string (explanations may hold spaces too)?  If not, *at is the
 * index of the first wrong byte and *why says what is wrong with it.
 */
bool spf_macro_check(struct span s, enum spf_macro_use use, size_t *at,
    const char **why);

/* The index after the last macro-expand of a valid macro-string: 0 if there
 * is none.  Literal text follows. */
size_t spf_macro_last(struct span s);

/* Does the valid macro-string use the letter (lower case), or any at all? */
bool spf_macro_uses(struct span s, char letter);
bool spf_macro_any(struct span s);

/*
 * Append the expansion of a valid macro-string to out.  SPF_MACRO_NAME:
 * out must be empty with a max of SPF_MACRO_NAME_BYTES; it then holds a name
 * of at most 253 bytes without its trailing dot, and false says that it can be
 * none (a label empty or over 63 bytes, or a local-part in UTF-8, RFC 8616).
 * SPF_MACRO_EXPLANATION: at most `limit` bytes, cut there; always true.
 */
#define SPF_MACRO_NAME_BYTES ((size_t)1 << 20)
bool spf_macro_expand(struct span s, enum spf_macro_use use,
    const struct spf_macro_vars *vars, size_t limit, struct buf *out);

#endif

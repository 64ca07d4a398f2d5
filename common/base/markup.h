/* SPDX-License-Identifier: ISC */
/* Text in XML and HTML: what must be escaped there, in one place. */
#ifndef MARKUP_H
#define MARKUP_H

#include "base/buf.h"
#include "base/span.h"

/*
 * What stands for c in text and in quoted attributes, of XML and HTML alike:
 * & < > " and '; NULL where c stands for itself.
 */
const char *markup_entity(char c);

/*
 * s as text of XML 1.0 in UTF-8 (2.2, 2.4): escaped; what is no UTF-8, and
 * characters that XML does not have, become a question mark each.
 */
void markup_xml(struct span s, struct buf *b);

#endif

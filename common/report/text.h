/* SPDX-License-Identifier: ISC */
/*
 * Text from reports on its way out: everything in them was chosen by a
 * stranger.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* A JSON string in printable ASCII; null if p is NULL.  What is no UTF-8
 * becomes U+FFFD. */
void text_json(struct buf *b, struct span s);
/*
 * A CSV field (RFC 4180), always quoted; what a spreadsheet would take for a
 * formula (leading = + - @ TAB CR) gets a ' in front.  Empty if p is NULL.
 */
void text_csv(struct buf *b, struct span s);
/* A number is a field without quotes. */
void text_csv_int(struct buf *b, int64_t n);
/*
 * HTML, in text and in quoted attributes: & < > " ' escaped; control, bidi
 * and zero-width characters, and what is no UTF-8, shown as U+XXXX.
 */
void text_html(struct buf *b, struct span s);
/* RFC 3339 UTC, or the date alone of a day since 1970. */
void text_time(struct buf *b, int64_t time);
void text_day(struct buf *b, int64_t day);

/* The character at the start of s and its length; U+FFFD and 1 for what is
 * none.  s is not empty. */
uint32_t text_rune(struct span s, size_t *len);

#endif

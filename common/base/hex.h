/* SPDX-License-Identifier: ISC */
/* Bytes as hexadecimal digits; ascii_hex() of span.h reads one. */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>

/* The digits of the n bytes at p, lower case, and a NUL: 2n + 1 bytes. */
void hex_encode(const void *p, size_t n, char *out);

#endif

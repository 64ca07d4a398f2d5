/* SPDX-License-Identifier: ISC */
/* The value of a Date field, RFC 5322 3.3 with its obsolete forms. */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Seconds since 1970, or false for what is no date; comments are skipped. */
bool date_parse(struct span value, int64_t *out);

#endif

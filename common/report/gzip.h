/* SPDX-License-Identifier: ISC */
/* One gzip member, as small as zlib makes it, without a time and a name. */
#ifndef REPORT_GZIP_H
#define REPORT_GZIP_H

#include "base/buf.h"
#include "base/fault.h"

/* Append s, compressed. */
enum fault_kind report_gzip(struct span s, struct buf *b, struct fault *f);

#endif

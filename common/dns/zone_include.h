/* SPDX-License-Identifier: ISC */
/* Files that a master file includes; for dns_zone_parse alone. */
#ifndef DNS_ZONE_INCLUDE_H
#define DNS_ZONE_INCLUDE_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

/*
 * Read the file `name`, relative to the folder of the file at `path`, into b.
 * Each part of the name must be a folder or file of its own: no "..", no
 * symbolic link, nothing absolute, so that whoever writes a zone reads nothing
 * else with it.  FAULT_CONFIG with *why for such a name, FAULT_NOINPUT if it
 * cannot be read, FAULT_SOFTWARE.
 */
enum fault_kind zone_include_read(const char *path, struct span name,
    struct buf *b, struct fault *f);

#endif

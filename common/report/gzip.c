/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <zlib.h>

#include "report/gzip.h"

#define GZIP_WINDOW (15 + 16)	/* of zlib: the gzip format */
#define GZIP_CHUNK ((size_t)65536)

enum fault_kind
report_gzip(struct span s, struct buf *b, struct fault *f)
{
	z_stream z;
	unsigned char *in;
	char *room;
	int rc;

	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 9,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return fault_nomem(f);
	/* zlib's type lacks a const that its code keeps. */
	memcpy(&in, &s.p, sizeof(in));
	z.next_in = in;
	z.avail_in = (uInt)s.len;
	do {
		room = buf_room(b, GZIP_CHUNK);
		if (room == NULL)
			break;
		z.next_out = (unsigned char *)room;
		z.avail_out = (uInt)GZIP_CHUNK;
		rc = deflate(&z, Z_FINISH);
		buf_grew(b, GZIP_CHUNK - z.avail_out);
	} while (rc == Z_OK || rc == Z_BUF_ERROR);
	(void)deflateEnd(&z);
	return buf_check(b, f);
}

/* SPDX-License-Identifier: ISC */
/* The key of the redaction: made once, 0600, never shown. */
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dmarcreport/failure.h"
#include "report/redact.h"

static enum fault_kind
make_key(const char *path, struct fault *f)
{
	unsigned char bytes[REPORT_REDACT_KEY];
	int fd;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return fault_errno(f, FAULT_SOFTWARE, errno, "getrandom");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return errno == EEXIST ? FAULT_NONE :
		    fault_errno(f, FAULT_CANTCREAT, errno, "%s", path);
	if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes) ||
	    fsync(fd) != 0) {
		(void)fault_errno(f, FAULT_IO, errno, "%s", path);
		(void)unlink(path);
	}
	(void)close(fd);
	return f->kind;
}

enum fault_kind
dmarcreport_key(const char *path, bool create, struct buf *key,
    struct fault *f)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && create) {
		if (make_key(path, f) != FAULT_NONE)
			return f->kind;
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 077) != 0)
		(void)fault_set(f, FAULT_CONFIG,
		    "%s: a key that others may read", path);
	else if (file_read_fd(fd, key, f) == FAULT_NONE &&
	    key->len < REPORT_REDACT_KEY)
		(void)fault_set(f, FAULT_CONFIG, "%s: shorter than %d bytes",
		    path, REPORT_REDACT_KEY);
	(void)close(fd);
	return f->kind;
}

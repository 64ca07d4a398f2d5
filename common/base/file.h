/* SPDX-License-Identifier: ISC */
/* A small file, whole: keys, tables, lists of known findings; and whose disk
 * a folder is on. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/fault.h"

/*
 * Append what is left to read of fd.  FAULT_DATA if it is more than b may
 * hold, FAULT_NOINPUT for a directory, FAULT_IO; the text does not name the
 * file.
 */
enum fault_kind file_read_fd(int fd, struct buf *b, struct fault *f);
/* Append all of the file at path.  FAULT_NOINPUT if it cannot be opened, else
 * as file_read_fd(); the text begins with the path. */
enum fault_kind file_read(const char *path, struct buf *b, struct fault *f);

/*
 * Does the folder lie on a disk of this machine, not on a network or FUSE file
 * system, where locks are not what they say?  FAULT_NOINPUT for a path that
 * is not there; FAULT_IO.
 */
enum fault_kind file_is_local(const char *dir, bool *local, struct fault *f);
enum fault_kind file_fd_is_local(int fd, bool *local, struct fault *f);

#endif

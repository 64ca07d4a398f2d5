/* SPDX-License-Identifier: ISC */
/* A small file, whole: keys, tables, lists of known findings. */
#ifndef FILE_H
#define FILE_H

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

#endif

/* SPDX-License-Identifier: ISC */
/* The folders of dmarcreport's state. */
#ifndef REPORT_FOLDER_H
#define REPORT_FOLDER_H

#include "base/fault.h"

/* Make dir and those above it, 0700; one that is there stays. */
enum fault_kind report_folder_make(const char *dir, struct fault *f);

/*
 * Open the folder HOME/NAME, made if it is missing.  FAULT_NOPERM: it is
 * another account's (unless we are root), or others may write there.
 */
enum fault_kind report_folder_open(const char *home, const char *name,
    int *fd, struct fault *f);

#endif

/* SPDX-License-Identifier: ISC */
/* Where a tool keeps state if it was not said where. */
#ifndef CLI_HOME_H
#define CLI_HOME_H

#include "base/buf.h"

/*
 * Append the folder NAME of the state: below /var/lib/vouchsafe for root and
 * for accounts that may write there, else below the caller's personal home.
 */
void cli_home(const char *name, struct buf *b);

#endif

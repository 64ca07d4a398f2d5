/* SPDX-License-Identifier: ISC */
/*
 * The domain that reports come from should ask for none: two sites that report
 * about each other's reports never stop.
 */
#ifndef REPORT_OWN_H
#define REPORT_OWN_H

#include "base/arena.h"
#include "base/fault.h"
#include "dns/dns.h"

/*
 * What is wrong with the DMARC record that applies to the receiver: one line
 * for people in the arena, or NULL (also where the DNS did not answer).
 */
enum fault_kind report_own_record(struct span receiver, struct dns *dns,
    struct arena *a, const char **wrong, struct fault *f);

#endif

/* SPDX-License-Identifier: ISC */
/* dmarcreport failure: shared by its files. */
#ifndef DMARCREPORT_FAILURE_H
#define DMARCREPORT_FAILURE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "dmarcreport/dmarcreport.h"
#include "dmarcreport/program.h"
#include "mail/message.h"
#include "report/failure.h"

#define OWN_MAX 32
#define INPUT_BYTES ((size_t)64 * 1024 * 1024)
#define VERDICT_BYTES ((size_t)1024 * 1024)
#define MAIL_BYTES ((size_t)32 * 1024 * 1024)

struct failing {
	struct dmarcreport_common common;
	struct report_failing r;
	struct dmarcreport_program program;
	const char *verdict, *key;
	struct span own[OWN_MAX];
	struct arena arena;
	struct buf input, json, secret;
	struct message message;
	struct span body;
	struct report_store *store;
	struct dns *dns;
	int64_t now;
	struct span addresses[DMARC_URIS];
	size_t n;
	int status;		/* 0, 6 or 75 */
};

/* The verdict and the message, from where --verdict says and from standard
 * input. */
enum fault_kind dmarcreport_failure_read(struct failing *k, json_t **verdict,
    struct fault *f);
/* Who gets a report: consent, suppression, rate; k->addresses. */
enum fault_kind dmarcreport_failure_weigh(struct failing *k,
    struct fault *f);
/* Write it, and hand it over. */
enum fault_kind dmarcreport_failure_write(struct failing *k,
    struct fault *f);

/*
 * The key in the file at path, made if it is missing and create says so.
 * FAULT_CONFIG: others may read it, or it is too short.
 */
enum fault_kind dmarcreport_key(const char *path, bool create,
    struct buf *key, struct fault *f);

#endif

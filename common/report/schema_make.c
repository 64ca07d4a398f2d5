/* SPDX-License-Identifier: ISC */
/*
 * The tables of the making side.  Times are seconds since 1970, a day is its
 * number since 1970; reasons and auth stand as in the spool's lines.
 */
#include "report/store_impl.h"

static const char *const steps[] = {
	"CREATE TABLE segment("
	" name TEXT PRIMARY KEY, lines BIGINT NOT NULL, torn BIGINT NOT NULL,"
	" duplicates BIGINT NOT NULL, cut BIGINT NOT NULL,"
	" folded_at BIGINT NOT NULL);"
	/* One policy configuration a day; state: see store_make.h. */
	"CREATE TABLE out_config("
	" id INTEGER PRIMARY KEY, policy_domain TEXT NOT NULL,"
	" day BIGINT NOT NULL, hash TEXT NOT NULL, record TEXT NOT NULL,"
	" last_seen BIGINT NOT NULL, row_count BIGINT NOT NULL,"
	" messages BIGINT NOT NULL, optional BIGINT NOT NULL,"
	" merged BIGINT NOT NULL, state INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX out_config_identity"
	" ON out_config(policy_domain, day, hash);"
	"CREATE INDEX out_config_day ON out_config(state, day);"
	"CREATE TABLE out_row("
	" config BIGINT NOT NULL, hash TEXT NOT NULL, ip TEXT NOT NULL,"
	" disposition INTEGER NOT NULL, dkim INTEGER NOT NULL,"
	" spf INTEGER NOT NULL, reasons TEXT NOT NULL,"
	" header_from TEXT NOT NULL, envelope_from TEXT, envelope_to TEXT,"
	" auth TEXT NOT NULL, count BIGINT NOT NULL,"
	" PRIMARY KEY(config, hash)) WITHOUT ROWID;"
	"CREATE TABLE seen("
	" key TEXT PRIMARY KEY, day BIGINT NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX seen_day ON seen(day);"
	/* The last day of which all was made. */
	"CREATE TABLE out_day("
	" one INTEGER PRIMARY KEY, made BIGINT NOT NULL);"
	"CREATE TABLE out_report("
	" id INTEGER PRIMARY KEY, config BIGINT NOT NULL,"
	" part BIGINT NOT NULL, begin_at BIGINT NOT NULL,"
	" end_at BIGINT NOT NULL, report_id TEXT NOT NULL UNIQUE,"
	" file TEXT NOT NULL, bytes BIGINT NOT NULL, made_at BIGINT NOT NULL,"
	" state INTEGER NOT NULL, policy_domain TEXT NOT NULL,"
	" record TEXT NOT NULL, org TEXT NOT NULL, sender TEXT NOT NULL,"
	" receiver TEXT NOT NULL);"
	"CREATE TABLE delivery("
	" report BIGINT NOT NULL, uri TEXT NOT NULL, address TEXT NOT NULL,"
	" host TEXT NOT NULL, consent TEXT, state INTEGER NOT NULL,"
	" tries BIGINT NOT NULL, next_try BIGINT NOT NULL, last_reply TEXT,"
	" PRIMARY KEY(report, uri)) WITHOUT ROWID;"
	"CREATE INDEX delivery_due ON delivery(state, next_try);"
	"CREATE TABLE suppress("
	" name TEXT PRIMARY KEY, until BIGINT NOT NULL, days BIGINT NOT NULL,"
	" why TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE out_failure("
	" destination TEXT NOT NULL, incident TEXT NOT NULL,"
	" first BIGINT NOT NULL, last BIGINT NOT NULL,"
	" count BIGINT NOT NULL, sent BIGINT NOT NULL,"
	" PRIMARY KEY(destination, incident)) WITHOUT ROWID;"
	"CREATE TABLE out_sent("
	" destination TEXT NOT NULL, at BIGINT NOT NULL);"
	"CREATE INDEX out_sent_at ON out_sent(at, destination);"
	"CREATE TABLE known("
	" policy_domain TEXT PRIMARY KEY, aligned_at BIGINT NOT NULL)"
	" WITHOUT ROWID;",
};

const struct report_schema report_schema_make = { .side = "make",
	.steps = steps, .count = sizeof(steps) / sizeof(steps[0]) };

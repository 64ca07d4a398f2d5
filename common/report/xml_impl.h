/* SPDX-License-Identifier: ISC */
/* Shared by the files of the XML reader alone. */
#ifndef REPORT_XML_IMPL_H
#define REPORT_XML_IMPL_H

#include <expat.h>

#include "base/buf.h"
#include "report/limits.h"
#include "report/xml.h"

/* Every element that means something to us; below 64, for the sets. */
enum element {
	EL_NONE = 0, EL_SKIP, EL_FEEDBACK, EL_VERSION, EL_METADATA, EL_ORG,
	EL_EMAIL, EL_CONTACT, EL_ID, EL_RANGE, EL_BEGIN, EL_END, EL_ERROR,
	EL_GENERATOR, EL_POLICY, EL_P_DOMAIN, EL_P, EL_SP, EL_NP, EL_ADKIM,
	EL_ASPF, EL_FO, EL_TESTING, EL_DISCOVERY, EL_PCT, EL_EXTENSION,
	EL_RECORD, EL_ROW, EL_IP, EL_COUNT, EL_EVALUATED, EL_DISPOSITION,
	EL_E_DKIM, EL_E_SPF, EL_REASON, EL_TYPE, EL_COMMENT, EL_IDENTIFIERS,
	EL_H_FROM, EL_E_FROM, EL_E_TO, EL_AUTH, EL_DKIM, EL_SPF, EL_A_DOMAIN,
	EL_SELECTOR, EL_SCOPE, EL_RESULT, EL_HUMAN, EL_OLD
};

/* Prefixes bound to namespaces that are in force at one time. */
#define XML_BINDINGS 32
#define XML_PREFIX 64
#define XML_URI 128

struct binding {
	char prefix[XML_PREFIX], uri[XML_URI];
	size_t depth;
};

struct xml {
	XML_Parser parser;
	const struct report_xml_env *env;
	const struct report_sink *sink;
	struct arena *arena, row_arena;
	struct fault *fault;
	int64_t deadline;
	bool repaired, known, late;	/* known: the head is from pass one */

	/* this pass */
	enum report_why why;
	struct report_read *out;
	bool prolog, one_byte, declared;
	enum element stack[REPORT_XML_DEPTH + 1];
	size_t depth, skip;		/* skip: depth where it began, or 0 */
	size_t names;			/* bytes of foreign names */
	uint64_t seen;			/* elements, by number */
	size_t nbindings;
	struct binding bindings[XML_BINDINGS];
	char root_ns[XML_URI];
	char text[REPORT_TEXT + 1];
	size_t len, limit;
	bool cut, leaf;			/* leaf: its text means something */
	bool have_begin, have_end, bad_time, milli;
	uint64_t records;
	/* this row */
	struct report_row row;
	bool bad_row, have_ip, have_count;
	struct report_auth auth;
	struct report_reason reason;
	struct hash hash;
	struct buf canon;
	uint64_t *rows_seen;
};

#define XML_ROWS_SEEN 4096	/* hashes kept to find equal rows */

/* Count a deviation of the report (of this row too). */
void xml_note(struct xml *x, enum report_code c);
void xml_row_note(struct xml *x, enum report_code c);
/* Stop, with this reason. */
void xml_stop(struct xml *x, enum report_why why);
/* The text of a leaf is complete. */
void xml_value(struct xml *x, enum element e);
void xml_row_value(struct xml *x, enum element e, struct span s);
/* A record, reason, dkim or spf begins, and ends. */
void xml_row_begin(struct xml *x);
void xml_row_end(struct xml *x);
void xml_reason_end(struct xml *x);
void xml_dkim_end(struct xml *x);
void xml_spf_end(struct xml *x);
/* The document is over: periods, names, dialect, digest. */
void xml_finish(struct xml *x);
/* The child of parent that is so called, or EL_SKIP. */
enum element xml_child(enum element parent, struct span name);
/* May it have children?  Then white space is all its text, but for reason. */
bool xml_has_children(enum element e);
/* Is it the name of any element in a report? */
bool xml_known(struct span name);

/* The repair pass: a source over a source. */
#define REPAIR_AHEAD ((size_t)256)
struct repair {
	struct source source;
	struct source *inner;
	bool end;
	size_t have, at;	/* of in: bytes, and those used */
	size_t nout, given;	/* of out */
	char in[REPORT_XML_PIECE], out[REPORT_XML_PIECE + 64];
};
void repair_open(struct repair *r, struct source *inner);

#endif

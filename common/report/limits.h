/* SPDX-License-Identifier: ISC */
/*
 * Every bound on what a report can make us do, each with its reason.  Over
 * one of them the result is too-big with the limit's name, never a fault.
 */
#ifndef REPORT_LIMITS_H
#define REPORT_LIMITS_H

/* A mail: the mail systems' own limit is seldom higher; other readers stop at
 * 15 MB.  A decoded part of it. */
#define REPORT_MAIL_BYTES	((uint64_t)25 << 20)
#define REPORT_PART_BYTES	((uint64_t)16 << 20)
/* MIME nesting, parts in all, messages inside of messages: reports have two
 * levels, three parts, and are forwarded as an attachment at times. */
#define REPORT_MIME_DEPTH	10
#define REPORT_MIME_PARTS	200
#define REPORT_MESSAGES		2
/* One part's header: names and types, a few hundred bytes. */
#define REPORT_PART_HEADER	((size_t)64 << 10)
/* Containers inside each other (gzip in zip is seen), members of a zip. */
#define REPORT_CONTAINERS	2
#define REPORT_MEMBERS		16
/* Inflated bytes of a part and of a mail.  No ratio: real reports reach
 * 102:1, and 0.6 % of them are over 4 MiB of XML. */
#define REPORT_INFLATED		((uint64_t)64 << 20)
/* From here on it is counted first whether the rest is within that: a bomb of
 * line ends keeps expat busy for 0.7 s, and inflate for 0.05 s. */
#define REPORT_XML_LARGE	((uint64_t)2 << 20)
/* Bytes kept in memory before a temporary file takes them. */
#define REPORT_SPOOL_MEMORY	((size_t)1 << 20)

/* XML is fed in such pieces, and no token may be longer: expat 2.5 starts a
 * token anew with each piece, so that 8 MiB in 1 KiB pieces cost 16 s. */
#define REPORT_XML_PIECE	((size_t)64 << 10)
#define REPORT_XML_TOKEN	((size_t)64 << 10)
/* Five million nested elements cost 700 MB without it; reports have 6. */
#define REPORT_XML_DEPTH	16
#define REPORT_XML_ATTRIBUTES	16
/* Names that are not ours: expat remembers each one for ever. */
#define REPORT_XML_NAMES	((size_t)256 << 10)
/* Text kept of an element; a domain name; an error or a comment. */
#define REPORT_TEXT		1024
#define REPORT_TEXT_NAME	253
#define REPORT_TEXT_COMMENT	512
/* Rows of a report; what one of them holds is in report.h. */
#define REPORT_ROWS		((uint64_t)500000)
/* Counts are exact up to here in JSON readers too. */
#define REPORT_COUNT		((uint64_t)1 << 53)
/* A period before DMARC was thought of (2009), or after now and two days, is
 * none. */
#define REPORT_TIME_MIN		INT64_C(1230768000)
#define REPORT_TIME_AHEAD	INT64_C(172800)
/* Milliseconds for one report. */
#define REPORT_TIME_MS		INT64_C(20000)

/* Organizational Domains looked up of a report: its rows seldom name more than
 * five relatives of their author; milliseconds for all of that. */
#define REPORT_ORGS		32
#define REPORT_ORGS_MS		INT64_C(5000)

/* TLS-RPT: bytes, nesting, policies, failure details in all. */
#define REPORT_TLS_BYTES	((size_t)8 << 20)
#define REPORT_TLS_DEPTH	16
#define REPORT_TLS_POLICIES	1000
#define REPORT_TLS_DETAILS	10000
/* A failure report: the machine's part, the sample. */
#define REPORT_FAILURE_BYTES	((size_t)64 << 10)
#define REPORT_SAMPLE_BYTES	((size_t)256 << 10)

#endif

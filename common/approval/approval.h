/* SPDX-License-Identifier: ISC */
/*
 * Approval by mail: what a raw message proves, by itself and the DNS.
 *
 * A mail counts only if each of the rules below holds, judged in this order;
 * the first that does not hold gives the reason:
 *
 * 1. small, one each of From, To, Subject, Date, Message-ID, one author;
 * 2. no machine wrote it, and its envelope sender is known and not null;
 * 3. DMARC passes on DKIM alone, under a policy that is strict enough;
 * 4. a passing signature is aligned;
 * 5. that signature is strong, whole, fresh, and covers what is read here;
 * 6. the author is one of those who may write;
 * 7. the first line of his text is a command.
 *
 * Rules 8 to 10 need the request: see jit_mail.h.  Who may write is asked
 * first of all, before a question goes to the DNS: a stranger's mail costs
 * none.  No field Authentication-Results is read.
 */
#ifndef APPROVAL_H
#define APPROVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/sha256.h"
#include "base/span.h"
#include "dns/dns.h"

#define APPROVAL_BYTES ((size_t)256 * 1024)	/* of a mail */
#define APPROVAL_CODE 13	/* of a code, with its NUL */
#define APPROVAL_ADDRESS 321
#define APPROVAL_WORD 256
#define APPROVAL_LIMIT 1024	/* of NAME=VALUE; a DKIM key is a value */
#define APPROVAL_TEXT 1025
#define APPROVAL_EVIDENCE 16384
#define APPROVAL_SIGNATURES 4	/* tried, and kept */
#define APPROVAL_LIMITS 8	/* of a request by mail */
#define APPROVAL_MARKS (1 + APPROVAL_SIGNATURES)
/* Seconds a mail may be older than its request, or ahead of us. */
#define APPROVAL_SKEW 300

/* Why a mail is refused.  The zero value is a refusal.  X(NAME, "word",
 * "for people") */
#define APPROVAL_NOS(X) \
	X(CRASHED, "crashed", "the process that read the mail died") \
	X(TOO_LARGE, "too-large", "the mail is larger than 256 KiB") \
	X(MALFORMED, "malformed", "the mail breaks RFC 5322") \
	X(FIELDS, "fields", "From, To, Subject, Date and Message-ID must " \
	    "be there once each") \
	X(AUTHOR, "author", "From must be one plain address") \
	X(AUTOMATIC, "automatic", "a machine wrote the mail") \
	X(SENDER, "sender", "the envelope sender is null or unknown") \
	X(STRANGER, "stranger", "the author may not write here") \
	X(TEMPERROR, "temperror", "the DNS did not answer: try again") \
	X(DMARC, "dmarc", "DMARC does not pass on a DKIM signature") \
	X(POLICY, "dmarc-policy", "the domain's DMARC policy is too weak") \
	X(UNALIGNED, "unaligned", "no signature of the author's own domain") \
	X(WEAK, "weak-signature", "the signature is RSA below 2048 bits, " \
	    "SHA-1, uses l=, or its key is for tests") \
	X(UNSIGNED, "unsigned-field", "the signature leaves out a field that " \
	    "must be signed") \
	X(DATE, "date", "the time of the signature is unknown, too old, or " \
	    "in the future") \
	X(HTML, "html-only", "the mail has no plain text: please answer in " \
	    "plain text") \
	X(NO_TEXT, "no-text", "the text of the mail cannot be read") \
	X(AMBIGUOUS, "ambiguous", "the mail's type is not signed and its " \
	    "text could be read in two ways") \
	X(COMMAND, "no-command", "the first line of the text is no command")

enum approval_no {
#define APPROVAL_ENUM(name, word, text) APPROVAL_NO_##name,
	APPROVAL_NOS(APPROVAL_ENUM)
#undef APPROVAL_ENUM
	APPROVAL_YES
};

const char *approval_word(enum approval_no no);
const char *approval_text(enum approval_no no);

enum approval_verb {
	APPROVAL_NONE = 0,
	APPROVAL_APPROVE,
	APPROVAL_DENY,
	APPROVAL_REQUEST
};

/* A line of a person.  Texts are NUL-terminated; "" is not given. */
struct approval_command {
	enum approval_verb verb;
	char id[APPROVAL_WORD];		/* lower case */
	char code[APPROVAL_CODE];	/* canonical */
	char shorten[24];
	/* request KIND RESOURCE DURATION [uses N] [limit K=V]... */
	char kind[APPROVAL_WORD], resource[APPROVAL_WORD];
	char duration[24], uses[24];
	size_t limits;
	char limit[APPROVAL_LIMITS][APPROVAL_LIMIT];
	char reason[APPROVAL_TEXT];	/* the next line of text */
};

/* How to judge. */
struct approval_options {
	int64_t now;
	struct dns *dns;
	const char *require_policy;	/* none, quarantine, reject */
	bool relaxed;			/* alignment */
	const char *require_headers;	/* more names, ", " or " " between */
	const char *mail_from;	/* envelope sender; NULL: not known */
	const char *sender;	/* from the environment; NULL none */
	bool request;		/* a request is wanted, no vote */
	/* May this address (domain in lower case) write?  NULL: all may. */
	bool (*may)(void *arg, const char *address);
	void *may_arg;
};

/*
 * What a mail proves.  Plain data without pointers, for it comes out of a
 * process without privileges.
 */
struct approval {
	enum approval_no why;		/* APPROVAL_YES: rules 1 to 7 hold */
	bool proven;			/* rules 1 to 6 do: answer him */
	char detail[128];		/* for people, printable ASCII */
	char sha256[SHA256_HEX];	/* of the mail */
	char from[APPROVAL_ADDRESS];	/* domain in lower case; "" unknown */
	char subject[APPROVAL_WORD];	/* printable ASCII */
	char message_id[APPROVAL_WORD];	/* printable ASCII, "" if odd */
	size_t times;			/* of signatures that will do */
	int64_t time[APPROVAL_SIGNATURES];
	/*
	 * What makes it this mail, each with its author, as SHA-256: first
	 * its Message-ID without white space and comments, then the bytes of
	 * each signature that will do.  Two mails that share one of the latter
	 * are the same.
	 */
	size_t marks;
	char mark[APPROVAL_MARKS][SHA256_HEX];
	struct approval_command command;
	char evidence[APPROVAL_EVIDENCE];	/* a JSON object, or "" */
};

/*
 * Judge a raw message.  Pure, but for the DNS.  What the mail is, is in *out;
 * a fault is ours.
 */
enum fault_kind approval_judge(struct span raw,
    const struct approval_options *o, struct approval *out, struct fault *f);

/*
 * The same in a child process without privileges, with bounds on memory, time
 * and files; it becomes uid and gid if we are root.  A child that dies is
 * APPROVAL_NO_CRASHED; what it sends is checked.
 */
enum fault_kind approval_judge_apart(struct span raw,
    const struct approval_options *o, struct approval *out, struct fault *f);

/* Put the values of a struct that came from elsewhere in bounds. */
void approval_clean(struct approval *a);

/* The code of a person for a request, under the home's secret. */
void approval_code(struct span key, const char *request, const char *person,
    const char *digest, char out[APPROVAL_CODE]);
/* Read 12 characters without case; o is 0, i and l are 1. */
bool approval_code_read(struct span s, char out[APPROVAL_CODE]);
/* The same code?  In constant time. */
bool approval_code_eq(const char a[APPROVAL_CODE],
    const char b[APPROVAL_CODE]);

/* Read one line as a command; false if it is none. */
bool approval_line(struct span line, bool request,
    struct approval_command *out);
/*
 * The first line that is neither empty nor quoted must be a command; what
 * follows a request is its reason.
 */
bool approval_command_read(struct span text, bool request,
    struct approval_command *out);
/* Lines that are commands: how many, and the last of them. */
size_t approval_commands(struct span text, bool request,
    struct approval_command *last);

/* A plain address: printable ASCII, no quoting, one @, a domain. */
bool approval_address(struct span address);

#endif

/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "grant/policy.h"
#include "tap.h"

#define PEOPLE \
	"[person alice]\nuid=1001\nmail=Alice@Example.org, a@example.org\n" \
	"[person bob]\nuid=1002\n[person dave]\nuid=1004\n" \
	"[role ops]\nmembers=alice, bob\n"
#define RULE "[rule r]\nkind=k\nresource=*.example\nrequest=role:ops, " \
	"mail:@vendor.example\napprove=2 of role:ops\nmin=1m\nmax=1h\n" \
	"uses=5\nreason_regex=^CHG-[0-9]+\nlimit.from=^n@x$\n"

static bool
names_uid(const char *name, uint32_t *uid)
{
	*uid = 77;
	return strcmp(name, "news") == 0;
}

static const struct policy_names names = { names_uid, NULL };

/* The error of a text, or "" if it is a policy. */
static const char *
error(const char *text)
{
	static struct policy p;
	static struct fault f;

	fault_clear(&f);
	(void)policy_parse(&p, span_of(text), NULL, &names, &f);
	policy_free(&p);
	return f.text;
}

static void
test_errors(void)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "1:1: no section" },
		{ "# comment\n; comment\n", "3:1: no section" },
		{ "# comment\n; comment\n\n[defaults]\n", "" },
		{ "[defaults]\nmax_duration=8h", "" },
		{ PEOPLE RULE, "" },
		{ "[defaults]\nfoo=1\n", "2:1: unknown key" },
		{ "[defaults]\nmax_duration=8\n", "2:14: expected a dur" },
		{ "[defaults]\nmax_duration=0s\n", "2:14: expected a dur" },
		{ "[defaults]\nmax_duration=1h30m\n", "2:14: expected" },
		{ "[defaults]\nmax_duration=99999999999999d\n", "2:14:" },
		{ "[defaults]\nmax_duration=1h\nmax_duration=1h\n",
		    "3:1: given twice" },
		{ "[defaults]\n[defaults]\n", "2:1: section given twice" },
		{ "[nonsense a]\n", "1:2: unknown section" },
		{ "[rule]\n", "1:6: expected one space and a name" },
		{ "[rule a\n", "1:8: expected ]" },
		{ "[defaults x]\n", "1:10: expected ]" },
		{ "key=1\n", "1:1: a key before" },
		{ "[defaults]\nnothing\n", "2:1: expected key=value" },
		{ "[defaults]\nmax_duration=\n", "2:14: the value is empty" },
		{ "[defaults]\r\n", "1:11: a control byte" },
		{ "[defaults]\nmax_duration=8h\xc3\xa9\n", "2:16: not ASCII" },
		{ "[person a]\nuid=-1\n", "2:5: not a user id" },
		{ "[person a]\nuid=4294967295\n", "2:5: not a user id" },
		{ "[person a]\nuid=nobody-here\n", "2:5: no account" },
		{ "[person a]\nuid=news\n", "" },
		{ "[person a]\n", "1:1: the section lacks uid or mail" },
		{ "[person a]\nuid=1\n[person b]\nuid=1\n",
		    "4:5: that is person" },
		{ "[person a]\nuid=1, 2\n[person b]\nuid=3, 2\n",
		    "4:8: that is person a's" },
		{ "[person a]\nmail=x@y\n[person b]\nmail=X@Y\n",
		    "4:6: that is" },
		{ "[person a]\nmail=x\n", "2:6: not an address" },
		{ "[role r]\nmembers=nobody\n", "2:9: no [person nobody]" },
		{ "[role r]\nmembers=a,,b\n", "2:11: an item is empty" },
		{ "[person a]\nmail=x@\n", "2:6: not an address" },
		{ "[person a]\nmail=*@x\n", "2:6: not an address" },
		{ "[person a]\nmail=x@*.y\n", "2:6: not an address" },
		{ "[person a]\nmail=x@y..z\n", "2:6: not an address" },
		{ "[kind k]\nadapter=nope\n", "2:9: no adapter" },
		{ "[kind k]\nadapter=nsupdate\nport=1\n", "3:1: unknown key" },
		{ "[kind k]\nkey=/x, y\n", "2:9: expected an absolute" },
		{ "[kind k]\nserver=x\n", "1:1: the section lacks adapter or" },
		{ "[kind k]\nkey=x\n", "2:5: expected an absolute path" },
		{ "[kind k]\nkey=/x\nserver=x\n", "3:1: unknown key" },
		{ "[rule r]\nkind=k\n", "1:1: the section lacks the key" },
		{ "[rule r]\napprove=2 role:x\n", "2:11: expected `of`" },
		{ "[rule r]\napprove=0 of uid:1\n", "2:9: expected none" },
		{ "[rule r]\nrequest=alice\n", "2:9: expected uid:" },
		{ "[rule r]\nrequest=role:x\nkind=k\nresource=*\n"
		    "approve=none\n", "2:9: no [role x]" },
		{ "[rule r]\nreason_regex=(\n", "2:14: " },
		{ "[rule r]\nuses=0\n", "2:6: expected a number" },
		{ "[rule r]\nproof=letter\n", "2:7: expected one of" },
		{ "[rule r]\nlimit.a=x\nlimit.a=y\n", "3:7: given twice" },
		{ "[rule r]\nkind=k\nresource=*\nrequest=uid:1\n"
		    "approve=none\nmin=2h\nmax=1h\n", "6:5: min exceeds" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *why = error(cases[i].text);
		size_t n = strlen(cases[i].error);

		CHECKF(n == 0 ? why[0] == '\0' :
		    strncmp(why, cases[i].error, n) == 0,
		    "case %zu: %.80s", i, why);
	}
}

/* What each section says by itself, and what they say together. */
static void
test_sense(void)
{
#define NEED "[person a]\nuid=1\nmail=a@x.org\n[person b]\nuid=2\n" \
	"mail=b@x.org\n[role r]\nmembers=a\n[rule r]\nkind=k\n" \
	"resource=*\nrequest=uid:3\n"
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ NEED "approve=1 of role:r\n", "" },
		{ NEED "approve=2 of role:r\n", "13:9: 2 approvals, of a list "
		    "of 1 person" },
		{ NEED "approve=2 of role:r, person:a, uid:1, mail:a@x.org\n",
		    "13:9: 2 approvals, of a list of 1 person" },
		{ NEED "approve=2 of role:r, uid:2\n", "" },
		{ NEED "approve=2 of mail:@x.org\n", "" },
		{ NEED "approve=3 of mail:@x.org\n", "13:9: 3 approvals" },
		{ NEED "approve=1 of mail:@y.org\n", "13:9: 1 approvals, of a "
		    "list of 0 persons" },
		{ NEED "approve=1 of uid:3\n", "13:9: 1 approvals" },
		{ NEED "approve=none\nmax=2h\ntotal=1h\n",
		    "15:7: total is less" },
		{ NEED "approve=none\nmax=2h\ntotal=2h\n", "" },
		{ NEED "approve=none\ntotal=1h\n", "14:7: total is less" },
		{ NEED "approve=none\nproof=mail\n", "" },
		{ NEED "approve=none\nproof=mail+sshsig\n",
		    "14:7: expected one of" },
		{ "[defaults]\ntotal=1h\n", "2:7: total is less" },
		{ "[defaults]\nmail_from=foo\n", "2:11: not an address" },
		{ "[defaults]\nmail_from=jit@x.org\n", "" },
		{ "[defaults]\nmail_from=J <jit@x.org>\n", "2:11: not an" },
		{ "[defaults]\nrequire_headers=a b:\n", "2:21: expected the "
		    "name of" },
		{ "[defaults]\nrequire_headers=To, Cc:Reply-To X\n", "" },
		{ "[defaults]\nrequire_headers=To,,Cc\n", "2:20: expected" },
		{ "[defaults]\nrequire_headers=To;Cc\n", "2:19: expected" },
		{ "[defaults]\nfreeze=mail:*@x.org\n", "2:13: not an" },
		{ "[defaults]\nfreeze=mail:@*.org\n", "2:13: not an" },
		{ "[defaults]\nfreeze=mail:@x.org\n", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *why = error(cases[i].text);
		size_t n = strlen(cases[i].error);

		CHECKF(n == 0 ? why[0] == '\0' :
		    strncmp(why, cases[i].error, n) == 0,
		    "sense %zu: %.80s", i, why);
	}
}

/* The keys of adapters: one that is taken and one that is not, each. */
static void
test_adapters(void)
{
	static const struct {
		const char *keys, *error;
	} cases[] = {
		{ "exec\ngrant_command=/b {resource}\n", "1:1: the section "
		    "lacks the key revoke_command of adapter exec" },
		{ "exec\ngrant_command=/b\nrevoke_command=/c\n", "" },
		{ "exec\ngrant_command=b\nrevoke_command=/c\n",
		    "3:15: expected an absolute path and words" },
		{ "exec\ngrant_command=/b x {foo}\nrevoke_command=/c\n",
		    "3:20: expected" },
		{ "exec\ngrant_command=/b {limit.}\nrevoke_command=/c\n",
		    "3:18: expected" },
		{ "exec\ngrant_command={user} x\nrevoke_command=/c\n",
		    "3:15: expected" },
		{ "exec\ngrant_command=/b {limit.ip} {uid} {not_after}\n"
		    "revoke_command=/c\nstatus_command=c\n",
		    "5:16: expected" },
		{ "unixgroup\n", "" },
		{ "unixgroup\ngroup=adm\n", "" },
		{ "unixgroup\ngroup=a b\n", "3:7: expected a group" },
		{ "sudoers\n", "1:1: the section lacks the key commands" },
		{ "sudoers\ncommands=/bin/ls -l, ALL\n", "" },
		{ "sudoers\ncommands=/bin/ls, ls\n", "3:19: expected" },
		{ "sudoers\ncommands=/bin/l*\n", "3:10: expected" },
		{ "sudoers\ncommands=ALL\nrunas=OPS\n", "4:7: expected" },
		{ "sudoers\ncommands=ALL\nrunas=www-data\n", "" },
		{ "sudoers\ncommands=ALL\nnopasswd=maybe\n", "4:10: " },
		{ "sudoers\ncommands=ALL\ndir=etc\n", "4:5: expected an" },
		{ "nsupdate\nzone=x.org\n", "1:1: the section lacks the key "
		    "keyfile" },
		{ "nsupdate\nzone=x.org.\nkeyfile=/k\nserver=::1\n"
		    "servers=192.0.2.1:53, [::1]:5300, ::1@53\nttl=5m\n", "" },
		{ "nsupdate\nzone=x org\nkeyfile=/k\n", "3:6: expected a" },
		{ "nsupdate\nzone=x.org\nkeyfile=k\n", "4:9: expected an" },
		{ "nsupdate\nzone=x.org\nkeyfile=/k\nserver=ns.x.org\n",
		    "5:8: expected an address" },
		{ "nsupdate\nzone=x.org\nkeyfile=/k\nservers=::1, a\n",
		    "5:14: expected an address" },
		{ "nsupdate\nzone=x.org\nkeyfile=/k\nserver=::1@0\n",
		    "5:8: expected an address" },
		{ "nsupdate\nzone=x.org\nkeyfile=/k\nttl=301\n",
		    "5:5: expected 1 to 300" },
		{ "nsupdate\nzone=x.org\nkeyfile=/k\nttl=0\n",
		    "5:5: expected 1 to 300" },
		{ "zonefrag\nzone=x.org\n", "1:1: the section lacks the key "
		    "file" },
		{ "zonefrag\nzone=x.org\nfile=f\n", "4:6: expected an" },
		{ "zonefrag\nzone=x.org\nfile=/f\nttl=60\n", "" },
	};
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *why;
		size_t n = strlen(cases[i].error);

		(void)snprintf(text, sizeof(text), "[kind k]\nadapter=%s",
		    cases[i].keys);
		why = error(text);
		CHECKF(n == 0 ? why[0] == '\0' :
		    strncmp(why, cases[i].error, n) == 0,
		    "adapter %zu: %.120s", i, why);
	}
}

static struct policy_ask
question(void)
{
	static const char *const key[] = { "from" };
	static const char *const value[] = { "n@x" };
	struct policy_ask ask = { .who = { 1001, NULL }, .kind = "k",
	    .resource = "a.example", .reason = "CHG-1 x", .duration = 600,
	    .uses = 1, .limit_count = 1, .limit_key = key,
	    .limit_value = value };

	return ask;
}

static enum policy_no
judge(struct policy *p, const struct policy_ask *ask,
    struct policy_verdict *v)
{
	policy_judge(p, ask, v);
	return v->why;
}

static void
test_judge(void)
{
	struct policy p;
	struct policy_verdict v;
	struct fault f = { .kind = FAULT_NONE };
	struct policy_ask ask = question();

	CHECK(policy_parse(&p, span_of(PEOPLE RULE
	    "[rule s]\nkind=k\nresource=b.*\nrequest=role:ops\n"
	    "approve=1 of role:ops\nmax=5m\n"
	    "[rule t]\nkind=k\nresource=bb.*\nrequest=role:ops\n"
	    "approve=2 of mail:@example.org, uid:1002\n"
	    "[deny d]\nwho=person:bob\nkind=k\nresource=no.example\n"
	    "[break-glass g]\nwho=role:ops\nkind=k\nmax=30m\n"
	    "review_within=48h\n"), NULL, &names, &f) == FAULT_NONE);
	CHECK(judge(&p, &ask, &v) == POLICY_YES && v.needs == 1 &&
	    v.need[0].k == 2 && v.duration == 600 && v.uses == 1);
	ask.duration = ask.uses = 0;
	CHECK(judge(&p, &ask, &v) == POLICY_YES && v.duration == 3600 &&
	    v.uses == 5);
	ask.duration = 3601;
	CHECK(judge(&p, &ask, &v) == POLICY_NO_DURATION && v.line == 16);
	ask.duration = 59;
	CHECK(judge(&p, &ask, &v) == POLICY_NO_DURATION && v.line == 15);
	ask = question();
	ask.uses = 6;
	CHECK(judge(&p, &ask, &v) == POLICY_NO_USES && v.line == 17);
	ask = question();
	ask.reason = "because";
	CHECK(judge(&p, &ask, &v) == POLICY_NO_REASON && v.line == 18);
	ask = question();
	ask.limit_count = 0;
	CHECK(judge(&p, &ask, &v) == POLICY_NO_LIMIT && v.line == 19);
	ask = question();
	ask.who.uid = 1004;
	CHECK(judge(&p, &ask, &v) == POLICY_NO_RULE);
	ask.who = (struct policy_asker){ UINT32_MAX, "x@Vendor.example" };
	CHECK(judge(&p, &ask, &v) == POLICY_YES);
	ask.who.mail = "x@evilvendor.example";
	CHECK(judge(&p, &ask, &v) == POLICY_NO_RULE);
	ask.who.mail = "x@vendor.example.evil.org";
	CHECK(judge(&p, &ask, &v) == POLICY_NO_RULE);
	/* Two rules: both bounds, the higher count. */
	ask = question();
	ask.resource = "b.example";
	CHECK(judge(&p, &ask, &v) == POLICY_NO_DURATION);
	ask.duration = 300;
	CHECK(judge(&p, &ask, &v) == POLICY_YES && v.needs == 1 &&
	    v.need[0].k == 2);
	ask.resource = "bb.example";
	CHECK(judge(&p, &ask, &v) == POLICY_YES && v.needs == 2);
	ask = question();
	ask.who.uid = 1002;
	ask.resource = "no.example";
	CHECK(judge(&p, &ask, &v) == POLICY_NO_DENY);
	ask = question();
	ask.break_glass = "g";
	CHECK(judge(&p, &ask, &v) == POLICY_YES && v.needs == 0 &&
	    v.review_within == 48 * 3600);
	ask.resource = "x";
	ask.kind = "l";
	CHECK(judge(&p, &ask, &v) == POLICY_NO_RULE && v.line > 0 &&
	    strstr(v.text, "[break-glass g] is for another") != NULL);
	ask.break_glass = "none";
	CHECK(judge(&p, &ask, &v) == POLICY_NO_RULE && v.line == 0 &&
	    strcmp(v.text, "there is no [break-glass none]") == 0);
	policy_free(&p);
}

static void
test_people(void)
{
	struct policy p;
	struct fault f = { .kind = FAULT_NONE };
	struct policy_asker who = { 1001, NULL };

	CHECK(policy_parse(&p, SPAN(PEOPLE), NULL, &names, &f) ==
	    FAULT_NONE);
	CHECK(strcmp(policy_person(&p, &who), "alice") == 0);
	who.uid = UINT32_MAX;
	CHECK(policy_person(&p, &who) == NULL);
	who.mail = "ALICE@example.ORG";
	CHECK(strcmp(policy_person(&p, &who), "alice") == 0);
	who.mail = "alice+tag@example.org";
	CHECK(policy_person(&p, &who) == NULL);
	policy_free(&p);
}

int
main(void)
{
	CHECK(policy_glob(SPAN("*"), SPAN("")));
	CHECK(policy_glob(SPAN("a*b*c"), SPAN("axxbyyc")));
	CHECK(!policy_glob(SPAN("a*b*c"), SPAN("axxbyy")));
	CHECK(policy_glob(SPAN("?"), SPAN("x")));
	CHECK(!policy_glob(SPAN("?"), SPAN("")));
	CHECK(!policy_glob(SPAN("*.example"), SPAN("example")));
	CHECK(!policy_glob(SPAN(""), SPAN("x")));
	test_errors();
	test_sense();
	test_adapters();
	test_judge();
	test_people();
	return tap_done();
}

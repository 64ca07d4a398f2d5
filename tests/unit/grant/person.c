/* SPDX-License-Identifier: ISC */
/* Who somebody is: all places that refuse times all guises of one human. */
#include <stdio.h>
#include <string.h>

#include "grant/person.h"
#include "tap.h"

static const char text[] =
    "[person alice]\nuid=1001, 1002\n"
    "mail=alice+news@vendor.example, a.smith@other.example\n"
    "[person bob]\nuid=1003\nmail=bob@vendor.example\n"
    "[role ops]\nmembers=alice\n"
    "[rule r]\nkind=k\nresource=*\napprove=none\nmax=1h\n"
    "request=mail:alice+news@vendor.example, uid:1001, mail:@vendor.example\n";

/* Guises of alice: what stands in a grant as its requester. */
static const char *const guises[] = { "uid:1001", "uid:1002",
    "mail:alice+news@vendor.example", "mail:alice@vendor.example",
    "mail:alice+x@vendor.example", "mail:Alice+X@Vendor.EXAMPLE",
    "mail:ALICE@vendor.example", "mail:a.smith@other.example",
    "mail:a.smith+jit@OTHER.example", "mail:A.Smith@other.example" };
/* Others, however like. */
static const char *const others[] = { "uid:1003", "uid:0", "uid:4294967295",
    "mail:bob@vendor.example", "mail:alicea@vendor.example",
    "mail:alice@vendor.example.org", "mail:a@vendor.example",
    "mail:+news@vendor.example", "mail:alice@other.example",
    "mail:smith@other.example", "mail:", "mail:@", "", "uid:",
    "uid:01001", "person:alice" };

/* Lists that name alice, each in one way. */
static const char *const lists[] = { "person:alice", "role:ops", "uid:1001",
    "uid:1002", "mail:alice@vendor.example", "mail:ALICE+y@vendor.example",
    "mail:a.smith@other.example", "mail:@other.example" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A policy with [deny d] who=list. */
static bool
parse(struct policy *p, const char *list)
{
	struct policy_names none = { NULL, NULL };
	struct fault f = { 0 };
	char whole[4096];

	(void)snprintf(whole, sizeof(whole), "%s[deny d]\nwho=%s\n", text,
	    list);
	return policy_parse(p, span_of(whole), NULL, &none, &f) == FAULT_NONE;
}

static const struct policy_who *
denied(const struct policy *p)
{
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		if (s->section == POLICY_DENY)
			return s->who;
	return NULL;
}

static void
check_list(const char *list)
{
	struct policy p;
	struct policy_ask ask = { .kind = "k", .resource = "r" };
	struct policy_verdict v;

	CHECKF(parse(&p, list), "a policy with who=%s", list);
	for (size_t i = 0; i < COUNT(guises); i++) {
		struct policy_asker who = person_asker(guises[i]);

		ask.who = who;
		policy_judge(&p, &ask, &v);
		CHECKF(person_refused(&p, denied(&p), &who) &&
		    v.why == POLICY_NO_DENY, "deny who=%s holds for %s", list,
		    guises[i]);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		struct policy_asker who = person_asker(others[i]);
		bool domain = strcmp(list, "mail:@other.example") == 0 &&
		    strstr(others[i], "@other.example") != NULL;

		CHECKF(person_refused(&p, denied(&p), &who) == domain,
		    "deny who=%s is not for %s", list, others[i]);
	}
	policy_free(&p);
}

/* The same human in any two guises; the key of limits is one. */
static void
check_pairs(const struct policy *p)
{
	char key[2][PERSON_KEY];
	struct grant g = { 0 };

	for (size_t i = 0; i < COUNT(guises); i++) {
		struct policy_asker a = person_asker(guises[i]);

		(void)snprintf(g.requester, sizeof(g.requester), "%s",
		    guises[i]);
		CHECKF(person_is_requester(p, &g, "alice") &&
		    !person_is_requester(p, &g, "bob"),
		    "a vote of alice on %s is one on her own", guises[i]);
		person_key(p, &a, key[0]);
		CHECK(strcmp(key[0], "person:alice") == 0);
		for (size_t k = 0; k < COUNT(guises); k++) {
			struct policy_asker b = person_asker(guises[k]);

			CHECKF(person_same(p, &a, &b), "%s is %s", guises[i],
			    guises[k]);
		}
		for (size_t k = 0; k < COUNT(others); k++) {
			struct policy_asker b = person_asker(others[k]);

			CHECKF(!person_same(p, &a, &b) &&
			    !person_same(p, &b, &a), "%s is not %s",
			    guises[i], others[k]);
			person_key(p, &b, key[1]);
			CHECK(strcmp(key[0], key[1]) != 0);
		}
	}
	/* Whom the policy does not know is the same in his own mailbox. */
	struct policy_asker x = person_asker("mail:eve+1@vendor.example");
	struct policy_asker y = person_asker("mail:Eve@VENDOR.example");

	CHECK(person_same(p, &x, &y));
	person_key(p, &x, key[0]);
	person_key(p, &y, key[1]);
	CHECK(strcmp(key[0], key[1]) == 0 &&
	    strcmp(key[0], "mail:eve@vendor.example") == 0);
}

/* What is allowed is allowed in that guise alone. */
static void
check_allow(const struct policy *p)
{
	struct policy_who one = { 0 };

	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		if (s->section == POLICY_RULE)
			one = *s->who;
	one.next = NULL;
	for (size_t i = 0; i < COUNT(guises); i++) {
		struct policy_asker who = person_asker(guises[i]);

		CHECKF(policy_among(p, &one, &who) ==
		    (strcmp(guises[i], "mail:alice+news@vendor.example") == 0),
		    "an allow for the address alone: %s", guises[i]);
	}
}

static void
check_twice(void)
{
	static const char *const two[] = { "alice@d.example",
	    "alice+x@d.example", "ALICE@D.example", "alice+y@d.example" };
	struct policy_names none = { NULL, NULL };
	struct policy p;
	char whole[512];

	for (size_t i = 0; i < COUNT(two); i++) {
		struct fault f = { 0 };

		(void)snprintf(whole, sizeof(whole), "[person a]\n"
		    "mail=alice+w@d.example, %s\n[person b]\n"
		    "mail=bob@d.example\n", two[i]);
		CHECK(policy_parse(&p, span_of(whole), NULL, &none, &f) ==
		    FAULT_NONE);
		policy_free(&p);
		(void)snprintf(whole, sizeof(whole), "[person a]\n"
		    "mail=alice+w@d.example\n[person b]\n"
		    "mail=bob@d.example, %s\n", two[i]);
		CHECKF(policy_parse(&p, span_of(whole), NULL, &none, &f) ==
		    FAULT_CONFIG && strstr(f.text, "person a's already") !=
		    NULL, "two persons, one mailbox: %s", two[i]);
		policy_free(&p);
	}
}

int
main(void)
{
	struct policy p;

	for (size_t i = 0; i < COUNT(lists); i++)
		check_list(lists[i]);
	CHECK(parse(&p, "person:bob"));
	check_pairs(&p);
	check_allow(&p);
	policy_free(&p);
	check_twice();
	return tap_done();
}

/* SPDX-License-Identifier: ISC */
#include "base/bounds.h"
#include "base/buf.h"
#include "mail/received.h"
#include "tap.h"

/* A constant expression, which SPAN is not. */
#define TEXT(lit) { (lit), sizeof(lit) - 1 }

#define DATE "; Mon, 23 Nov 2026 18:00:00 +0000"

static const struct {
	const char *name;
	struct span in;
	const char *ip, *helo, *by;
} good[] = {
	{ "Postfix", TEXT(" from mx.a.example (mx.a.example [192.0.2.1])\r\n"
	    "\tby in.b.example (Postfix) with ESMTP id 4F1xyz\r\n"
	    "\tfor <c@b.example>" DATE " (UTC)"),
	    "192.0.2.1", "mx.a.example", "in.b.example" },
	{ "Postfix, unknown", TEXT("from foo (unknown [192.0.2.1])\n\tby b"
	    " (Postfix) with SMTP id 1" DATE), "192.0.2.1", "foo", "b" },
	{ "Postfix, IPv6", TEXT("from a.example (a.example "
	    "[IPv6:2001:db8::1])\n\tby b (Postfix) with ESMTPS id 1" DATE),
	    "2001:db8::1", "a.example", "b" },
	{ "Postfix, mapped", TEXT("from a.example (a.example "
	    "[IPv6:::ffff:192.0.2.1])\n\tby b (Postfix) with ESMTPS id 1"
	    DATE), "192.0.2.1", "a.example", "b" },
	{ "Postfix, TLS", TEXT("from a.example (a.example [192.0.2.1])\n"
	    "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256"
	    " bits)\n\t key-exchange X25519 server-signature RSA-PSS (2048"
	    " bits) server-digest SHA256)\n"
	    "\t(Client CN \"a.example\", Issuer \"R3\" (verified OK))\n"
	    "\t(Authenticated sender: c@b)\n"
	    "\tby b (Postfix) with ESMTPS id 1\n\tfor <c@b>" DATE),
	    "192.0.2.1", "a.example", "b" },
	{ "Sendmail", TEXT("from a.example (rdns.example [192.0.2.1])\n\tby "
	    "b.example (8.17.1/8.17.1) with ESMTPS id 3ANI0\n\t(version="
	    "TLSv1.3 cipher=X bits=256 verify=NO)\n\tfor <c@b>" DATE
	    " GMT"), "192.0.2.1", "a.example", "b.example" },
	{ "Sendmail, forged", TEXT("from a.example (rdns.example [192.0.2.1]"
	    " (may be forged))\n\tby b (8.17.1/8.17.1) with ESMTP id 1"
	    DATE), "192.0.2.1", "a.example", "b" },
	{ "Sendmail, no rDNS", TEXT("from a.example ([192.0.2.1])\n\tby b "
	    "(8.17.1/8.17.1) with ESMTP id 1" DATE),
	    "192.0.2.1", "a.example", "b" },
	{ "Sendmail, authenticated", TEXT("from a.example (r.example "
	    "[192.0.2.1])\n\t(authenticated bits=0)\n\tby b (8.17.1/8.17.1)"
	    " with ESMTPSA id 1" DATE), "192.0.2.1", "a.example", "b" },
	{ "Sendmail, ident", TEXT("from a.example (IDENT:joe@r.example "
	    "[192.0.2.1])\n\tby b (8.17.1/8.17.1) with ESMTP id 1" DATE),
	    "192.0.2.1", "a.example", "b" },
	{ "OpenSMTPD", TEXT("from a.example (<unknown> [192.0.2.1])\n\tby b "
	    "(OpenSMTPD) with ESMTPS id 0a1b2c3d (TLSv1.3:AEAD-AES256-GCM-"
	    "SHA384:256:NO)\n\tauth=yes user=joe\n\tfor <c@b>;\n\t"
	    "Mon, 23 Nov 2026 18:00:00 +0100 (CET)"),
	    "192.0.2.1", "a.example", "b" },
	{ "OpenSMTPD, IPv6", TEXT("from a.example (a.example [2001:db8::1])"
	    "\n\tby b (OpenSMTPD) with ESMTP id 0a1b2c3d\n\tfor <c@b>" DATE),
	    "2001:db8::1", "a.example", "b" },
	{ "Exim, HELO is rDNS", TEXT("from a.example ([192.0.2.1]:41234)\n"
	    "\tby b.example with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384"
	    "\n\t(Exim 4.96)\n\t(envelope-from <x@a.example>)\n\tid 1r6Abc-"
	    "0001-XY\n\tfor c@b.example" DATE),
	    "192.0.2.1", "a.example", "b.example" },
	{ "Exim, HELO differs", TEXT("from r.example ([192.0.2.1]:41234 "
	    "helo=a.example)\n\tby b with esmtp (Exim 4.96) id 1" DATE),
	    "192.0.2.1", "a.example", "b" },
	{ "Exim, ident", TEXT("from r.example ([192.0.2.1] helo=a.example "
	    "ident=joe)\n\tby b with esmtp (Exim 4.96) id 1" DATE),
	    "192.0.2.1", "a.example", "b" },
	{ "Exim, no rDNS", TEXT("from [192.0.2.1] (port=41234 "
	    "helo=a.example)\n\tby b with esmtp (Exim 4.96) id 1" DATE),
	    "192.0.2.1", "a.example", "b" },
	{ "Exim, IPv6", TEXT("from [2001:db8::1] (helo=a.example)\n\tby b "
	    "with esmtp (Exim 4.96) id 1" DATE),
	    "2001:db8::1", "a.example", "b" },
	{ "Exim, no HELO", TEXT("from [192.0.2.1]\n\tby b with smtp (Exim "
	    "4.96) id 1" DATE), "192.0.2.1", "", "b" },
};

static const struct {
	const char *name;
	struct span in;
} bad[] = {
	{ "nothing", TEXT("") },
	{ "no from", TEXT("by b (Postfix, from userid 0)\n\tid 1" DATE) },
	{ "no bracket", TEXT("from a (192.0.2.1) by b with SMTP id 1" DATE) },
	{ "no group", TEXT("from a by b with SMTP id 1" DATE) },
	{ "no date", TEXT("from a (a [192.0.2.1]) by b with SMTP id 1") },
	{ "an empty date", TEXT("from a (a [192.0.2.1]) by b id 1; ") },
	{ "no by", TEXT("from a (a [192.0.2.1])" DATE) },
	{ "no address", TEXT("from a (unknown [unknown]) by b id 1" DATE) },
	{ "not an address", TEXT("from a (a [192.0.2.256]) by b id 1" DATE) },
	{ "IPv4 as IPv6", TEXT("from a (a [IPv6:192.0.2.1]) by b" DATE) },
	{ "a bad port", TEXT("from a ([192.0.2.1]:99999) by b" DATE) },
	{ "no port", TEXT("from a ([192.0.2.1]:) by b" DATE) },
	{ "an open bracket", TEXT("from a (a [192.0.2.1) by b id 1" DATE) },
	{ "an open comment", TEXT("from a (a [192.0.2.1] by b id 1" DATE) },
	{ "a HELO literal beside", TEXT("from [192.0.2.9] (a [192.0.2.1]) "
	    "by b id 1" DATE) },
	{ "two addresses", TEXT("from a (a [192.0.2.1] [192.0.2.2]) by b"
	    DATE) },
	{ "text after the address", TEXT("from a (a [192.0.2.1] x) by b"
	    DATE) },
	{ "two names", TEXT("from a (a b [192.0.2.1]) by b" DATE) },
	{ "keys after a named address", TEXT("from a (a [192.0.2.1] helo=x)"
	    " by b" DATE) },
	{ "an unknown key", TEXT("from a ([192.0.2.1] x=y) by b" DATE) },
	{ "helo twice", TEXT("from a ([192.0.2.1] helo=x helo=y) by b"
	    DATE) },
	{ "an unknown comment", TEXT("from a (a [192.0.2.1]) (x) by b"
	    DATE) },
	{ "an unknown word", TEXT("from a (a [192.0.2.1]) by b x" DATE) },
	{ "text after the date", TEXT("from a (a [192.0.2.1]) by b" DATE
	    "; x") },
	{ "HELO injects a field", TEXT("from legit (legit [192.0.2.1]) by b "
	    "(Postfix) (evil [192.0.2.66])\n\tby b (Postfix) id 1" DATE) },
	{ "HELO hides the rest in a comment", TEXT("from legit (legit "
	    "[192.0.2.1]) by b ( (evil [192.0.2.66])\n\tby b id 1)" DATE) },
	{ "the same where no bracket is written", TEXT("from legit (legit "
	    "[192.0.2.1]) by b (192.0.2.66) by b id 1" DATE) },
	{ "hidden in a quoted string", TEXT("from legit (legit [192.0.2.1]) "
	    "by b id \" (192.0.2.66) by b id 1\"" DATE) },
	{ "hidden behind a semicolon", TEXT("from legit (legit [192.0.2.1]) "
	    "by b; Mon (192.0.2.66) by b id 1" DATE) },
	{ "rDNS with a bracket", TEXT("from a (x[192.0.2.1] [192.0.2.66]) "
	    "by b" DATE) },
	{ "rDNS with HELO's key", TEXT("from r helo=legit ([192.0.2.66] "
	    "helo=x) by b" DATE) },
	{ "Exim's HELO closes the group", TEXT("from r ([192.0.2.66] helo=x)"
	    " by c id 1) by b" DATE) },
	{ "a certificate's name closes its comment", TEXT("from a (a "
	    "[192.0.2.66]) (Client CN \"x) by c (\", Issuer \"y\") by b"
	    DATE) },
	{ "NUL", TEXT("from a\0 (a [192.0.2.1]) by b id 1" DATE) },
	{ "ESC", TEXT("from a (a [192.0.2.1]) by b (\033) id 1" DATE) },
};

static void
test_forms(void)
{
	struct received r;
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		buf_reset(&b);
		CHECKF(received_parse(good[i].in, &r) && r.usable, "%s",
		    good[i].name);
		ipaddr_format(&r.ip, &b);
		CHECKF(span_eq(buf_span(&b), span_of(good[i].ip)) &&
		    span_eq(r.helo, span_of(good[i].helo)) &&
		    span_eq(r.by, span_of(good[i].by)), "%s: %s %.*s",
		    good[i].name, buf_str(&b), SPAN_ARG(r.helo));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECKF(!received_parse(bad[i].in, &r) && !r.usable &&
		    r.why != NULL && r.ip.family == 0, "%s", bad[i].name);
	buf_free(&b);
}

/* Every cut of a good field is no field. */
static void
test_cut(void)
{
	struct received r;
	bool ok = true;

	for (size_t n = 0; n < good[0].in.len; n++) {
		struct span cut = span_sub(good[0].in, 0, n);

		/* After the semicolon a date may be of any length. */
		if (span_find(cut, ';') == n)
			ok = ok && !received_parse(cut, &r);
	}
	CHECKF(ok, "a field that is cut is not usable");
}

static struct arena arena;

static struct received
read_relayed(const char *header, size_t hops, const char *relay,
    const char *by)
{
	static struct received_net net;
	struct received_options o = { .hops = hops, .by = span_of(by) };
	struct received r;
	struct message m = { .empty = false };
	struct fault f;

	if (relay != NULL) {
		CHECKF(received_net_parse(span_of(relay), &net), "%s", relay);
		o.relays = &net;
		o.nrelays = 1;
	}
	arena_reset(&arena);
	CHECK(message_index(&m, span_of(header), EOL_LF, &arena, &f) ==
	    FAULT_NONE);
	received_read(&m, &o, &r);
	return r;
}

static struct received
read_message(const char *header, size_t hops, const char *by)
{
	return read_relayed(header, hops, NULL, by);
}

static void
test_message(void)
{
	static const char text[] =
	    "Return-Path: <x@a.example>\n"
	    "Received: from h1 (r1 [192.0.2.1]) by in.b.example id 1" DATE
	    "\n"
	    "Return-Path: <evil@c>\n"
	    "received : from h2 (r2 [192.0.2.2]) by out.example id 1" DATE
	    "\n"
	    "Received: by local id 1" DATE "\n";
	struct received r = read_message(text, 0, "");

	CHECK(r.usable && r.has_mail_from);
	CHECK(span_eq(r.mail_from, SPAN("x@a.example")));
	CHECK(span_eq(r.helo, SPAN("h1")));
	r = read_message(text, 0, "IN.b.example");
	CHECK(r.usable && span_eq(r.by, SPAN("in.b.example")));
	r = read_message(text, 0, "other.example");
	CHECK(!r.usable && r.why != NULL && !r.has_mail_from);
	r = read_message(text, 1, "");
	CHECK(r.usable && span_eq(r.helo, SPAN("h2")));
	CHECK(span_eq(r.mail_from, SPAN("x@a.example")));
	r = read_message(text, 2, "");
	CHECK(!r.usable);
	r = read_message(text, 3, "");
	CHECK(!r.usable);
	r = read_message("Return-Path: <>\nReceived: from h (r [192.0.2.1])"
	    " by b id 1" DATE "\n", 0, "");
	CHECK(r.usable && r.has_mail_from && r.mail_from.len == 0);
	r = read_message("Received: from h (r [192.0.2.1]) by b id 1" DATE
	    "\nReturn-Path: <a@b>\n", 0, "");
	CHECK(r.usable && !r.has_mail_from);
	r = read_message("Return-Path: a@b\nReceived: from h (r [192.0.2.1])"
	    " by b id 1" DATE "\n", 0, "");
	CHECK(r.usable && r.has_mail_from && r.why == NULL &&
	    span_eq(r.mail_from, SPAN("a@b")));
	r = read_message("Return-Path: <a@b> <c@d>\nReceived: from h "
	    "(r [192.0.2.1]) by b id 1" DATE "\n", 0, "");
	CHECK(r.usable && !r.has_mail_from && r.why != NULL);
	r = read_message("Subject: x\n", 0, "");
	CHECK(!r.usable && r.why != NULL);
}

static void
test_return_path(void)
{
	static const struct {
		const char *in, *out;	/* NULL: refused */
	} paths[] = {
		{ "<a@b>", "a@b" }, { " <a@b>\r\n", "a@b" }, { "<>", "" },
		{ "a@b", "a@b" }, { " a@b (Ada)", "a@b" },
		{ "a@b(Ada)", "a@b" }, { "(x (y)) <a@b> (z)", "a@b" },
		{ "<\"a b\"@c>", "\"a b\"@c" }, { "\"a(b\"@c", "\"a(b\"@c" },
		{ "", NULL }, { "(x)", NULL }, { "a", NULL },
		{ "a@b c@d", NULL }, { "<a@b", NULL }, { "a@b>", NULL },
		{ "<a@b> <c@d>", NULL }, { "<a@b> c@d", NULL },
		{ "a@b (x", NULL }, { "<a@b\001>", NULL }, { "<<a@b>>", NULL },
		{ "Ada <a@b>", NULL },
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct span path;
		bool ok = received_return_path(span_of(paths[i].in), &path);

		CHECKF(ok == (paths[i].out != NULL) && (!ok ||
		    span_eq(path, span_of(paths[i].out))), "%s",
		    paths[i].in);
	}
}

static void
test_nets(void)
{
	static const struct {
		const char *in;
		bool ok;
	} nets[] = {
		{ "192.0.2.1", true }, { "192.0.2.0/24", true },
		{ "0.0.0.0/0", true }, { "2001:db8::/32", true },
		{ "::ffff:192.0.2.0/120", true },
		{ "192.0.2.1/24", false }, { "192.0.2.0/33", false },
		{ "192.0.2.0/", false }, { "192.0.2.0/024", false },
		{ "/8", false }, { "", false }, { "mx.example", false },
		{ "2001:db8::/129", false }, { "2001:db8::1/64", false },
	};
	static const struct {
		const char *ip;
		bool inner;
	} addresses[] = {
		{ "127.0.0.1", true }, { "10.255.0.1", true },
		{ "172.16.0.1", true }, { "172.31.255.255", true },
		{ "192.168.1.1", true }, { "169.254.0.1", true },
		{ "::1", true }, { "fd00::1", true }, { "fe80::1", true },
		{ "febf::1", true },
		{ "128.0.0.1", false }, { "11.0.0.1", false },
		{ "172.15.0.1", false }, { "172.32.0.1", false },
		{ "192.169.0.1", false }, { "169.253.0.1", false },
		{ "::2", false }, { "fec0::1", false },
		{ "2001:db8::1", false },
	};
	struct received_net net;
	struct ipaddr ip;

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		CHECKF(received_net_parse(span_of(nets[i].in), &net) ==
		    nets[i].ok, "%s", nets[i].in);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		CHECKF(ipaddr_parse(span_of(addresses[i].ip), &ip) &&
		    received_is_inner(&ip) == addresses[i].inner, "%s",
		    addresses[i].ip);
}

static void
test_lmtp(void)
{
	static const char *const lmtp[] = {
		"from mx.b.example ([127.0.0.1])\n\tby imap.b.example with "
		    "LMTP\n\tid aBc (envelope-from <x@a>)\n\tfor <c@b>" DATE,
		"from mx.b.example\n\tby mx.b.example with LMTP id x\n\tfor "
		    "<c@b>" DATE,
		"from b ([unix socket])\n\tby b (Cyrus 3.6) with LMTPA" DATE,
		"from b ([127.0.0.1]) by localhost (b [127.0.0.1]) (amavisd-"
		    "new, port 10024) with LMTP id 1 for <c@b>" DATE,
		"from [192.0.2.1] by b with LMTPS id 1" DATE,
	};
	static const char *const others[] = {
		"from a (a [192.0.2.1]) by b (Postfix) with ESMTP id 1" DATE,
		/* Postfix writes a HELO with spaces in it as it came. */
		"from x by y with LMTP (unknown [192.0.2.66])\n\tby b "
		    "(Postfix) with SMTP id 1" DATE,
		"from x by y with LMTP id (unknown [192.0.2.66])\n\tby b "
		    "(Postfix) with SMTP id 1" DATE,
		"from x by y with LMTP for (unknown [192.0.2.66])\n\tby b "
		    "(Postfix) with SMTP id 1" DATE,
		"from x (unknown [192.0.2.66]) by b with ESMTP id LMTP" DATE,
		"from x (LMTP [192.0.2.66]) by b (with LMTP) with ESMTP" DATE,
		"from x by b with LMTP", "by b with LMTP" DATE,
		"from x by b with LMTP id 1" DATE "; with SMTP",
	};

	for (size_t i = 0; i < sizeof(lmtp) / sizeof(lmtp[0]); i++)
		CHECKF(received_is_lmtp(span_of(lmtp[i])), "LMTP %zu", i);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECKF(!received_is_lmtp(span_of(others[i])), "other %zu", i);
}

#define LMTP "Received: from mx ([127.0.0.1])\n\tby imap with LMTP id 1" \
    DATE "\n"
#define INNER "Received: from localhost (localhost [127.0.0.1])\n\tby mx " \
    "(Postfix) with ESMTP id 1" DATE "\n"
#define BORDER "Received: from h (h [192.0.2.1])\n\tby mx (Postfix) with " \
    "ESMTP id 1" DATE "\n"

/* What an honest chain has above its border, and what lies below a NAT. */
static void
test_chain(void)
{
	struct received r = read_message(LMTP LMTP BORDER, 0, "");

	CHECK(r.usable && span_eq(r.helo, SPAN("h")));
	r = read_message(LMTP INNER BORDER, 0, "");
	CHECK(!r.usable && r.reason == REASON_INNER_HOP && r.why != NULL);
	r = read_message(INNER BORDER, 0, "mx");
	CHECK(!r.usable && r.reason == REASON_INNER_HOP);
	r = read_message(INNER BORDER, 1, "");
	CHECK(r.usable && span_eq(r.helo, SPAN("h")));
	r = read_message(BORDER INNER, 1, "");
	CHECK(!r.usable && r.reason == REASON_INNER_HOP);
	r = read_relayed(LMTP INNER LMTP BORDER, 0, "127.0.0.0/8", "");
	CHECK(r.usable && span_eq(r.helo, SPAN("h")));
	r = read_relayed(INNER BORDER, 0, "10.0.0.0/8", "");
	CHECK(!r.usable && r.reason == REASON_INNER_HOP);
	r = read_relayed(BORDER, 0, "192.0.2.0/24", "");
	CHECK(!r.usable && r.reason == REASON_NO_ENVELOPE);
	r = read_message(LMTP, 0, "");
	CHECK(!r.usable && r.reason == REASON_NO_ENVELOPE);
	/* A relay's field that cannot be read hides all below. */
	r = read_relayed("Received: by mx id 1" DATE "\n" BORDER, 0,
	    "127.0.0.1", "");
	CHECK(!r.usable && r.reason == REASON_NO_ENVELOPE);
}

static void
check_time(const char *header, bool ok, int64_t time)
{
	struct message m = { .empty = false };
	struct fault f;
	int64_t t = 7;

	arena_reset(&arena);
	CHECK(message_index(&m, span_of(header), EOL_LF, &arena, &f) ==
	    FAULT_NONE);
	CHECKF(received_time(&m, &t) == ok && t == (ok ? time : 7), "%s: %lld",
	    header, (long long)t);
}

static void
test_time(void)
{
	check_time("A: b\nReceived: from h by b id 1" DATE " (UTC)\n"
	    "Received: from h by b id 1; Mon, 23 Nov 2020 18:00:00 +0000\n",
	    true, 1795456800);
	check_time("received : (; x)" DATE "\n", true, 1795456800);
	check_time("Received: from h by b id 1\nReceived: x" DATE "\n", false,
	    0);
	check_time("Received: from h by b id 1;\n", false, 0);
	check_time("Subject: x" DATE "\n", false, 0);
}

int
main(void)
{
	arena_init(&arena, BOUND_MESSAGE_ARENA);
	test_forms();
	test_cut();
	test_message();
	test_return_path();
	test_nets();
	test_lmtp();
	test_chain();
	test_time();
	arena_free(&arena);
	return tap_done();
}

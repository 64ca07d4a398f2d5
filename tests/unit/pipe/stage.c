/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "mail/input.h"
#include "pipe/stage.h"
#include "readers.h"
#include "tap.h"

#define SECRET SPAN("0123456789abcdef0123456789abcdef")
#define ID SPAN("mx.example.com")
#define AR "Authentication-Results: mx.example.com; dkim=pass\n"

static char chunk[MESSAGE_CHUNK];
static struct authres_result none = { .method = "dkim",
    .result = VERDICT_NONE };

/* What one stage made of a message. */
struct ran {
	enum fault_kind kind;
	struct buf out;
	size_t removed, believed;
	bool empty;
	enum message_defect defect;
};

static void
ran_free(struct ran *r)
{
	buf_free(&r->out);
}

/* All that was written to the file, and the file empty again. */
static void
collect(int fd, struct buf *b)
{
	off_t len = lseek(fd, 0, SEEK_END);

	if (len > 0 && buf_room(b, (size_t)len) != NULL &&
	    pread(fd, b->p + b->len, (size_t)len, 0) == len)
		buf_grew(b, (size_t)len);
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		b->nomem = true;
}

static void
run_write(struct stage *s, struct message *m, int fd, struct ran *r,
    struct fault *f)
{
	static struct out out;
	struct authres ar = { .id = ID, .count = 1, .results = &none };

	out_init(&out, fd, "test");
	r->kind = stage_write(s, m, &ar, SPAN(""), &out, f);
	collect(fd, &r->out);
}

/* One stage over the bytes, read `step` at a time. */
static struct ran
run(struct span bytes, const struct stage_config *config, size_t step)
{
	static int fd = -1;
	struct ran r = { .kind = FAULT_NONE };
	struct stage s = { 0 };
	struct arena a;
	struct input_bytes in;
	struct message m;
	struct span body;
	struct fault f = { 0 };

	if (fd < 0)
		fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	buf_init(&r.out, 1 << 28);
	arena_init(&a, BOUND_MESSAGE_ARENA);
	input_bytes_open(&in, bytes, step);
	r.kind = stage_open(&s, config, &in.source, &a, &f);
	if (r.kind == FAULT_NONE)
		r.kind = message_open(&m, &s.source, chunk, &a, &f);
	if (r.kind == FAULT_NONE)
		stage_fence(&m);
	do {
		body.len = 0;
		if (r.kind == FAULT_NONE)
			r.kind = message_body(&m, &body, &f);
	} while (body.len > 0);
	if (r.kind == FAULT_NONE)
		r.kind = stage_check(&s, &f);
	r.empty = r.kind == FAULT_NONE && stage_empty(&s, &m);
	r.removed = s.removed;
	r.believed = s.nbelieved;
	if (r.kind == FAULT_NONE) {
		r.defect = m.defect;
		run_write(&s, &m, fd, &r, &f);
	}
	stage_close(&s);
	arena_free(&a);
	return r;
}

static struct stage_config
plain(void)
{
	return (struct stage_config){ .id = ID, .keep = true,
	    .tmpdir = "/tmp" };
}

static struct stage_config
secret(void)
{
	struct stage_config c = plain();

	c.secret = SECRET;
	return c;
}

#define OURS "Authentication-Results: mx.example.com;\n\tdkim=none\n"
#define OURS_CRLF "Authentication-Results: mx.example.com;\r\n\tdkim=none\r\n"

/* in goes out as `want`, our field before it, whatever the chunks. */
static void
expect_at(const char *name, struct span in, struct span head,
    struct span want, size_t removed)
{
	static const size_t steps[] = { 0, 1, 2, 3, 7, 64 };
	struct stage_config c = plain();
	struct span strip = SPAN("old.example.com");

	c.strip = &strip;
	c.nstrip = 1;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct ran r = run(in, &c, steps[i]);
		struct span out = buf_span(&r.out);
		bool ok = r.kind == FAULT_NONE && r.removed == removed &&
		    span_starts(out, head) && span_eq(span_sub(out, head.len,
		    out.len), want);

		CHECKF(ok, "%s, %zu bytes at a time", name, steps[i]);
		if (!ok)
			printf("# removed %zu, out:\n# %.*s\n", r.removed,
			    SPAN_ARG(out));
		ran_free(&r);
	}
}

#define EXPECT(name, in, want, removed) \
	expect_at(name, SPAN(in), SPAN(OURS), SPAN(want), removed)
#define EXPECT_CRLF(name, in, want, removed) \
	expect_at(name, SPAN(in), SPAN(OURS_CRLF), SPAN(want), removed)

static void
test_removal(void)
{
	EXPECT("nothing to remove", "From: a\n\nbody\n", "From: a\n\nbody\n",
	    0);
	EXPECT("one", AR "From: a\n\nb", "From: a\n\nb", 1);
	EXPECT("several, interleaved", "A: 1\n" AR "B: 2\n" AR AR "C: 3\n"
	    AR "\n" AR, "A: 1\nB: 2\nC: 3\n\n" AR, 4);
	EXPECT("folded", "A: 1\nAuthentication-Results:\n mx.example.com;\n"
	    "\tdkim=pass\nB: 2\n\n", "A: 1\nB: 2\n\n", 1);
	EXPECT("folded name", "Authentication-Results\n : mx.example.com;\n"
	    "B: 2\n\n", "B: 2\n\n", 1);
	EXPECT("white space before the colon",
	    "Authentication-Results \t: mx.example.com\nB: 2\n\n",
	    "B: 2\n\n", 1);
	EXPECT("any case", "aUTHENTICATION-rESULTS:MX.Example.COM;x\nB: 2\n\n",
	    "B: 2\n\n", 1);
	EXPECT("quoted", "Authentication-Results: \"mx.\\example.com\";x\n\n",
	    "\n", 1);
	EXPECT("control bytes", "Authentication-Results\v:\f\x01mx.example.com"
	    "\v;x\n\n", "\n", 1);
	EXPECT("comment", "Authentication-Results: (a(b)) mx.example.com;x\n\n",
	    "\n", 1);
	EXPECT("version", "Authentication-Results: mx.example.com 1; x\n\n",
	    "\n", 1);
	EXPECT("trailing dot", "Authentication-Results: mx.example.com.; x\n"
	    "\n", "\n", 1);
	EXPECT("strip id", "Authentication-Results: old.example.com; x\n\n",
	    "\n", 1);
	EXPECT("unparsable", "Authentication-Results: mx.example.com\"\n\n"
	    , "\n", 1);
	EXPECT("open comment", "Authentication-Results: (mx.example.com\n\n",
	    "\n", 1);
	EXPECT("junk after", "Authentication-Results: mx.example.com/1=\n\n",
	    "\n", 1);
	EXPECT("at the end", "A: 1\nAuthentication-Results: mx.example.com",
	    "A: 1\n", 1);
}

/* Not plainly another's: some reader takes it for ours. */
static void
test_guises(void)
{
#define GONE(name, in) EXPECT(name, in "B: 2\n\n", "B: 2\n\n", 1)
#define NAME "Authentication-Results"
	GONE("no id", NAME ": ; mx.example.com\n");
	GONE("empty", NAME ":\n");
	GONE("a word of RFC 2047", NAME
	    ": =?utf-8?q?mx.example.com?=; x\n");
	GONE("such a word within", NAME ": mx=?utf-8?q?.example.com?=; x\n");
	GONE("base64, folded", NAME
	    ":\n =?us-ascii?b?bXguZXhhbXBsZS5jb20=?=; x\n");
	GONE("another's and such a word", NAME
	    ": mx.example.org =?utf-8?q?x?=; x\n");
	GONE("such a word in a comment", NAME
	    ": (=?utf-8?q?=29_mx.example.com?=) other; x\n");
	GONE("ours in a comment", NAME ": (mx.example.com) other; x\n");
	GONE("U-label", NAME ": mx.\xc3\xa9xample.com; x\n");
	GONE("full-width", NAME
	    ": \xef\xbd\x8dx.example.com; x\n");
	GONE("no-break space before", NAME ": \xc2\xa0mx.example.com; x\n");
	GONE("no-break space after", NAME ": mx.example.com\xa0; x\n");
	GONE("soft hyphen", NAME ": mx.ex\xc2\xad" "ample.com; x\n");
	GONE("a byte after another's", NAME ": mx.example.org\xa0; x\n");
	GONE("escaped", NAME ": \"mx.example.\\com\"; x\n");
	GONE("apart", NAME ": mx . example . com; x\n");
	GONE("empty label", NAME ": mx..example.com; x\n");
	GONE("leading dot", NAME ": .mx.example.com; x\n");
	GONE("two words", NAME ": other mx.example.com; x\n");
	GONE("in two strings", NAME ": \"mx.\"\"example.com\"; x\n");
	GONE("results of our own, no id", NAME
	    ": dkim=pass; mx.example.com; x\n");
	GONE("percent", NAME ": mx%2Eexample.com; x\n");
	GONE("ours of the strip ids", NAME ": =?utf-8?q?old?=; x\n");
	GONE("no-break space after the name", NAME "\xa0: mx.example.com\n");
	GONE("UTF-8 spaces after the name", NAME
	    "\xe2\x80\x8b\xc2\xa0 : mx.example.com\n");
	GONE("bytes before the name", "\xc2\xa0\xef\xbb\xbf " NAME
	    ": mx.example.com; x\n");
	GONE("control bytes before the name", "\v\f" NAME
	    ": mx.example.com; x\n");
	GONE("a long run of bytes before the name", "\x80\x80\x80\x80\x80"
	    "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
	    "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
	    NAME ": mx.example.com; x\n");
#undef GONE
#undef NAME
}

/* What is not ours stays. */
static void
test_stays(void)
{
#define KEEP(name, in) EXPECT(name, in, in, 0)
	KEEP("another id", "Authentication-Results: mx.example.org; x\n\n");
	KEEP("longer id", "Authentication-Results: mx.example.com.evil; x\n\n");
	KEEP("longer label", "Authentication-Results: mx.example.com-x; y\n\n");
	KEEP("id as a sub-domain",
	    "Authentication-Results: a.mx.example.com; y\n\n");
	KEEP("id after", "Authentication-Results: x; mx.example.com\n\n");
	KEEP("a result and no id", "Authentication-Results: spf=pass (sender "
	    "IP is 192.0.2.1)\n smtp.mailfrom=a.example; a.example; dkim=pass"
	    "\n\n");
	KEEP("version and comment", "Authentication-Results: (a) mx.example.org"
	    " (b) 1; x\n\n");
	KEEP("quoted", "Authentication-Results: \"mx.example.org\"; x\n\n");
	KEEP("upper case", "Authentication-Results: MX-1_a.EXAMPLE.org; x\n"
	    "\n");
	KEEP("longer name",
	    "Authentication-Results-Original: mx.example.com; x\n\n");
	KEEP("shorter name", "Authentication-Result: mx.example.com; x\n\n");
	KEEP("ARC", "ARC-Authentication-Results: i=1; mx.example.com; x\n\n");
	KEEP("continuation", "A: b\n " AR "\n");
	KEEP("in the body", "A: b\n\n" AR);
	KEEP("no header", "\n" AR);
	KEEP("no colon", "Authentication-Results mx.example.com\nA: b\n\n");
#undef KEEP
	EXPECT_CRLF("CRLF body", "A: b\r\n\r\n" AR, "A: b\r\n\r\n" AR, 0);
	EXPECT_CRLF("CRLF header", "A: b\r\nAuthentication-Results: "
	    "mx.example.com;\r\n x\r\nB: c\r\n\r\nb\r\n",
	    "A: b\r\nB: c\r\n\r\nb\r\n", 1);
}

/* Lines end as the attacker likes. */
static void
test_line_ends(void)
{
	EXPECT("after a bare CR", "A: 1\rAuthentication-Results: "
	    "mx.example.com; x\nB: 2\n\n", "A: 1\nB: 2\n\n", 1);
	EXPECT_CRLF("after a bare CR in CRLF", "A: 1\r\nB: 2\r"
	    "Authentication-Results: mx.example.com; x\r\nC: 3\r\n\r\n",
	    "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", 1);
	EXPECT_CRLF("after a bare LF in CRLF", "A: 1\r\nB: 2\n"
	    "Authentication-Results: mx.example.com; x\r\nC: 3\r\n\r\n",
	    "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", 1);
	EXPECT_CRLF("after two bare CR", "A: 1\r\r\n" AR "\n",
	    "A: 1\r\r\n\n", 1);
	EXPECT("after CR CR LF", "A: 1\n\r\r\n" AR "\n", "A: 1\n\r\r\n\n", 1);
	EXPECT_CRLF("after LF LF in CRLF", "A: 1\r\nB: 2\n\n"
	    AR "C: 3\r\n\r\n", "A: 1\r\nB: 2\n\nC: 3\r\n\r\n", 1);
	EXPECT_CRLF("after LF CRLF in CRLF", "A: 1\r\nB: 2\n\r\n"
	    AR "C: 3\r\n\r\n", "A: 1\r\nB: 2\n\r\nC: 3\r\n\r\n", 1);
	EXPECT("after malformed lines", "no field\n: x\n\t y\n\x80\n" AR
	    "B: 2\n\n", "no field\n: x\n\t y\n\x80\nB: 2\n\n", 1);
	EXPECT("id after a bare CR", "Authentication-Results:\r"
	    "mx.example.com; x\n\n", "mx.example.com; x\n\n", 1);
	EXPECT("id cut by a bare CR", "Authentication-Results: mx.exam\r"
	    "ple.com; x\n\n", "ple.com; x\n\n", 1);
	EXPECT("CR before the colon", "Authentication-Results\r"
	    ": mx.example.com; x\n\n", ": mx.example.com; x\n\n", 1);
	EXPECT("CR alone", "A: 1\rAuthentication-Results: mx.example.com; x\r"
	    "B: 2\r\rAuthentication-Results: mx.example.com; x\r",
	    "A: 1\rB: 2\r\rAuthentication-Results: mx.example.com; x\r", 1);
	EXPECT("CR alone, but for one LF", "A: 1\rB: 2\r\r"
	    "Authentication-Results: mx.example.com; x\rC: 3\n\n",
	    "A: 1\rB: 2\r\rC: 3\n\n", 1);
	/* What is taken out joins no CR and LF, and leaves no empty line. */
	EXPECT("a joined line end", "A: 1\rAuthentication-Results: "
	    "mx.example.com\n\nB: 2\n" AR "\n",
	    "A: 1\n\nB: 2\n" AR "\n", 1);
	EXPECT_CRLF("its own end is CR CR LF", "A: 1\r\n"
	    "Authentication-Results: mx.example.com; x\r\r\nB: 2\r\n\r\nb",
	    "A: 1\r\nB: 2\r\n\r\nb", 1);
	EXPECT("alone on its line, after a CR", "A: 1\n\r" AR "\nb",
	    "A: 1\n\nb", 1);
	EXPECT_CRLF("a piece of a CRLF line", "A: 1\r\nB: 2\n"
	    "Authentication-Results: mx.example.com; x\r\n\r\nb\r\n" AR,
	    "A: 1\r\nB: 2\r\n\r\nb\r\n" AR, 1);
	EXPECT("CR between two", "A: 1\rAuthentication-Results: "
	    "mx.example.com; x\r" AR "\n" AR, "A: 1\n\n" AR, 2);
	/* LF first, then CRLF: those of CRLF read on after LF CRLF. */
	EXPECT("a header that goes on for some", "A: 1\nB: 2\r\nC: 3\n\r\n"
	    "Authentication-Results: mx.example.com; x\r\n\r\n" AR,
	    "A: 1\nB: 2\r\nC: 3\n\r\n\r\n" AR, 1);
	EXPECT("and a body that is one for others",
	    "A: 1\nB: 2\r\n\n" AR "\r\n" AR,
	    "A: 1\nB: 2\r\n\n" AR "\r\n", 1);
	EXPECT("nothing but ours", AR, "", 1);
	EXPECT("nothing but ours and a body", AR "\nb", "\nb", 1);
}

/* The From_ line stays first; a leading continuation is fenced. */
static void
test_places(void)
{
	expect_at("From_ line", SPAN("From a b\n" AR "A: 1\n\n"),
	    SPAN("From a b\n" OURS), SPAN("A: 1\n\n"), 1);
	expect_at(">From_ line", SPAN(">From a b\nA: 1\n\n"),
	    SPAN(">From a b\n" OURS), SPAN("A: 1\n\n"), 0);
	expect_at("From field", SPAN("From : a\n\n"), SPAN(OURS),
	    SPAN("From : a\n\n"), 0);
	EXPECT("leading space", " A: 1\nB: 2\n\n",
	    "X-Vouchsafe-Malformed: yes\n A: 1\nB: 2\n\n", 0);
	EXPECT_CRLF("leading tab", "\tA: 1\r\nB: 2\r\n\r\n",
	    "X-Vouchsafe-Malformed: yes\r\n\tA: 1\r\nB: 2\r\n\r\n", 0);
	expect_at("From_ and space", SPAN("From x\n A: 1\n\n"),
	    SPAN("From x\n" OURS),
	    SPAN("X-Vouchsafe-Malformed: yes\n A: 1\n\n"), 0);
	EXPECT("fenced already", "X-Vouchsafe-Malformed: yes\n A: 1\n\n",
	    "X-Vouchsafe-Malformed: yes\n A: 1\n\n", 0);
}

static void
add_many(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_adds(b, s);
}

/* Fields over any bound, a header over 2 MiB, a body over the spool's. */
static void
test_large(void)
{
	struct stage_config c = plain();
	struct buf in, want;
	struct ran r;

	buf_init(&in, 1 << 28);
	buf_init(&want, 1 << 28);
	buf_adds(&want, OURS);
	buf_adds(&in, "Authentication-Results: mx.example.com");
	add_many(&in, ";\n\tdkim=pass header.d=example.com", 20);
	buf_adds(&in, "\nAuthentication-Results: mx.example.com;");
	add_many(&in, "\n 0123456789", 100000);
	buf_adds(&in, "\nAuthentication-Results: (");
	add_many(&in, "comment ", 100000);
	buf_adds(&in, ") mx.example.com; x\nAuthentication-Results");
	add_many(&in, "\n ", 300000);
	buf_adds(&in, ": mx.example.com; x\n");
	for (size_t i = 0; i < 150000; i++) {
		buf_adds(&in, "X-A: 01234567890\n");
		buf_adds(&want, "X-A: 01234567890\n");
	}
	buf_adds(&in, "Authentication-Results: mx.example.com; x\n\n");
	buf_adds(&want, "\n");
	add_many(&in, AR "\n", 100000);
	add_many(&want, AR "\n", 100000);
	r = run(buf_span(&in), &c, 4096);
	CHECK(r.kind == FAULT_NONE && r.removed == 5);
	CHECK(span_eq(buf_span(&r.out), buf_span(&want)));
	CHECK(r.defect == MESSAGE_TOO_LARGE);
	ran_free(&r);
	c.tmpdir = "/nonexistent";
	r = run(buf_span(&in), &c, 0);
	CHECK(r.kind == FAULT_TEMP && r.out.len == 0);
	ran_free(&r);
	/* A long field that is not ours stays whole. */
	buf_reset(&in);
	buf_adds(&in, "Authentication-Results: mx.example.org;");
	add_many(&in, "\n 0123456789", 100000);
	buf_adds(&in, "\n\nb");
	c = plain();
	r = run(buf_span(&in), &c, 1000);
	CHECK(r.removed == 0 && r.out.len == in.len + sizeof(OURS) - 1);
	ran_free(&r);
	buf_free(&in);
	buf_free(&want);
}

/* Three stages: what the earlier ones found is believed and stays. */
static void
test_chain(const char *mail)
{
	struct stage_config c = secret();
	struct ran one, two, three, four;
	struct buf want;

	one = run(span_of(mail), &c, 0);
	CHECK(one.kind == FAULT_NONE && one.believed == 0);
	two = run(buf_span(&one.out), &c, 5);
	CHECK(two.kind == FAULT_NONE && two.believed == 1 && two.removed == 0);
	three = run(buf_span(&two.out), &c, 0);
	CHECK(three.believed == 2 && three.defect == one.defect);
	/* The last one takes the seals out. */
	c.final = true;
	four = run(buf_span(&two.out), &c, 0);
	buf_init(&want, 65536);
	if (span_starts(span_of(mail), SPAN("From "))) {
		buf_add(&want, mail, span_find(span_of(mail), '\n') + 1);
		mail += want.len;
	}
	buf_adds(&want, OURS OURS OURS);
	buf_adds(&want, mail);
	CHECK(four.believed == 2 && span_eq(buf_span(&four.out),
	    buf_span(&want)));
	ran_free(&four);
	/* Without the secret they are forged. */
	c = plain();
	four = run(buf_span(&three.out), &c, 0);
	buf_reset(&want);
	if (span_starts(buf_span(&three.out), SPAN("From ")))
		buf_add(&want, three.out.p,
		    span_find(buf_span(&three.out), '\n') + 1);
	buf_adds(&want, OURS);
	buf_adds(&want, mail);
	CHECK(four.believed == 0 && four.removed == 3 &&
	    span_eq(buf_span(&four.out), buf_span(&want)));
	ran_free(&four);
	buf_free(&want);
	ran_free(&one);
	ran_free(&two);
	ran_free(&three);
}

/* Cut anywhere, or with any byte changed: nothing of it goes on as if it were
 * whole and true. */
static void
test_cut(const char *mail)
{
	struct stage_config c = secret();
	struct ran one = run(span_of(mail), &c, 0), r;
	struct ran two = run(buf_span(&one.out), &c, 0);
	unsigned bad = 0;

	for (size_t i = 0; i < two.out.len; i++) {
		r = run(span_sub(buf_span(&two.out), 0, i), &c, 0);
		if (r.kind != FAULT_TEMP && !r.empty) {
			printf("# cut at %zu goes out\n", i);
			bad++;
		}
		ran_free(&r);
	}
	CHECK(bad == 0);
	for (size_t i = 0; i < two.out.len; i++) {
		two.out.p[i] ^= 1;
		r = run(buf_span(&two.out), &c, 0);
		/* The upper field may be broken; then the lower one holds. */
		if (r.kind == FAULT_NONE && r.believed == 2)
			bad += !span_starts(span_of(mail), SPAN("From ")) ||
			    i > span_find(span_of(mail), '\n');
		ran_free(&r);
		two.out.p[i] ^= 1;
	}
	CHECK(bad == 0);
	ran_free(&one);
	ran_free(&two);
}

/* A later stage that strips more seals the earlier fields anew. */
static void
test_reseal(void)
{
	const char *mail = "A: 1\nAuthentication-Results: old.example.com; x\n"
	    "B: 2\n\nbody\n";
	struct stage_config c = secret(), more = secret();
	struct span strip = SPAN("old.example.com");
	struct ran one, two, three;

	more.strip = &strip;
	more.nstrip = 1;
	one = run(span_of(mail), &c, 0);
	CHECK(one.removed == 0);
	two = run(buf_span(&one.out), &c, 0);
	three = run(buf_span(&two.out), &more, 0);
	CHECK(three.kind == FAULT_NONE && three.removed == 1 &&
	    three.believed == 2);
	ran_free(&two);
	two = run(buf_span(&three.out), &c, 0);
	CHECK(two.kind == FAULT_NONE && two.believed == 3 &&
	    two.removed == 0);
	ran_free(&one);
	ran_free(&two);
	ran_free(&three);
}

/* A message of n pieces out of a few, by chance; the same ones each time. */
static void
random_mail(struct buf *b, uint32_t *seed, size_t n)
{
	static const struct span pieces[] = {
		{ "\r", 1 }, { "\n", 1 }, { "\r\n", 2 }, { "\n", 1 },
		{ "\r\n", 2 }, { "X: y", 4 }, { "text", 4 },
		{ "Authentication-Results: mx.example.com; x", 41 },
		{ "Authentication-Results: other.example; x", 40 }, { " ", 1 }
	};

	buf_reset(b);
	while (n-- > 0) {
		*seed = *seed * 1664525U + 1013904223U;
		buf_addspan(b, pieces[(*seed >> 16) % 10]);
	}
}

/*
 * A message that came in, and how it went out without the new field: does no
 * reader who has a say see a field with our id, and does the body that is one
 * for all of them stay?  And is nothing there that did not come in?
 */
static bool
readers_agree(struct span in, struct span out, struct span id)
{
	size_t body = 0, k = 0;

	for (int r = 0; r < READER_COUNT; r++) {
		size_t at = reader_body((enum reader)r, in);

		if (reader_counts((enum reader)r, out) &&
		    reader_count((enum reader)r, out, id) > 0)
			return false;
		if (reader_counts((enum reader)r, in) && at > body)
			body = at;
	}
	if (out.len < in.len - body || !span_eq(span_sub(in, body, in.len),
	    span_sub(out, out.len - (in.len - body), out.len)))
		return false;
	for (size_t i = 0; i < out.len; i++) {
		if (out.p[i] == '\r' || out.p[i] == '\n')
			continue;
		while (k < in.len && in.p[k] != out.p[i])
			k++;
		if (k++ >= in.len)
			return false;
	}
	return true;
}

static void
print_mail(const char *what, struct span s)
{
	printf("# %s: ", what);
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n')
			fputs(s.p[i] == '\r' ? "\\r" : "\\n", stdout);
		else
			putchar(s.p[i]);
	putchar('\n');
}

/* Whatever the message: no reader sees a field of our own, the body stays. */
static void
test_readers(void)
{
	struct stage_config c = plain();
	uint32_t seed = 1;
	struct buf in;
	unsigned bad = 0;

	buf_init(&in, 1 << 20);
	for (size_t i = 0; i < 30000 && bad < 5; i++) {
		struct ran r;
		struct span out;

		random_mail(&in, &seed, 2 + i % 24);
		r = run(buf_span(&in), &c, i % 4);
		out = buf_span(&r.out);
		/* Our own field, and the fence. */
		out = span_sub(out, span_starts(out, SPAN(OURS)) ?
		    sizeof(OURS) - 1 : sizeof(OURS_CRLF) - 1, out.len);
		if (span_starts(out, SPAN(STAGE_FENCE)))
			out = span_sub(out, span_find(out, '\n') + 1, out.len);
		if (r.kind != FAULT_NONE ||
		    !readers_agree(buf_span(&in), out, ID)) {
			print_mail("in", buf_span(&in));
			print_mail("out", out);
			bad++;
		}
		ran_free(&r);
	}
	CHECKF(bad == 0, "%s", "no reader sees a field of our own");
	buf_free(&in);
}

int
main(void)
{
	test_removal();
	test_guises();
	test_stays();
	test_line_ends();
	test_places();
	test_large();
	test_chain("A: 1\nB: 2\n\nbody\n");
	test_chain("From a b\nA: 1\nB: 2\n\nbody\n");
	test_chain("X-Vouchsafe-Malformed: yes\n A: 1\nB: 2\n\nbody\n");
	test_chain("A: 1");
	test_cut("A: 1\nB: 2\n\nbody\n");
	test_cut("From a b\nA: 1\n\nbody\n");
	test_reseal();
	test_readers();
	return tap_done();
}

/* SPDX-License-Identifier: ISC */
/*
 * A message through a stage.  The first byte chooses how it comes and where it
 * goes.  A second stage with the same secret finds the first one's result and
 * nothing else; no field with our id is left when the seals are taken out; and
 * no reader sees one, wherever it believes that lines end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/c/readers.h"
#include "base/bounds.h"
#include "mail/input.h"
#include "pipe/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_run {
	struct stage stage;
	struct arena arena;
	struct message message;
	struct input_bytes in;
	struct buf out;
	enum fault_kind kind;
};

static struct authres_result result = { .method = "dkim",
    .result = VERDICT_NONE };

/* What stage_write wrote, through a file in memory. */
static void
fuzz_write(struct fuzz_run *r, struct fault *f)
{
	static struct out out;
	struct authres ar = { .id = SPAN("mx.test"), .count = 1,
	    .results = &result };
	int fd = memfd_create("stage_fuzz", MFD_CLOEXEC);
	off_t len;

	if (fd < 0)
		abort();
	out_init(&out, fd, "fuzz");
	r->kind = stage_write(&r->stage, &r->message, &ar, SPAN(""), &out, f);
	len = lseek(fd, 0, SEEK_END);
	if (buf_room(&r->out, (size_t)len) != NULL &&
	    pread(fd, r->out.p, (size_t)len, 0) == len)
		buf_grew(&r->out, (size_t)len);
	(void)close(fd);
}

static void
fuzz_stage(struct fuzz_run *r, struct span bytes,
    const struct stage_config *config, size_t step)
{
	static char chunk[MESSAGE_CHUNK];
	struct fault f = { 0 };
	struct span body = { NULL, 1 };

	*r = (struct fuzz_run){ .kind = FAULT_NONE };
	arena_init(&r->arena, BOUND_MESSAGE_ARENA);
	buf_init(&r->out, 1 << 28);
	input_bytes_open(&r->in, bytes, step);
	r->kind = stage_open(&r->stage, config, &r->in.source, &r->arena, &f);
	if (r->kind == FAULT_NONE)
		r->kind = message_open(&r->message, &r->stage.source, chunk,
		    &r->arena, &f);
	while (r->kind == FAULT_NONE && body.len > 0)
		r->kind = message_body(&r->message, &body, &f);
	if (r->kind == FAULT_NONE)
		r->kind = stage_check(&r->stage, &f);
	if (r->kind == FAULT_NONE && !stage_empty(&r->stage, &r->message))
		fuzz_write(r, &f);
}

/* Unsealed, and read by everybody. */
static void
fuzz_read(struct span bytes, struct stage_config config)
{
	struct fuzz_run r;
	struct span out;

	config.secret = SPAN("");
	fuzz_stage(&r, bytes, &config, 0);
	out = span_sub(buf_span(&r.out), r.message.from_line.len, r.out.len);
	/* After our own field; X-Vouchsafe-Malformed may follow it. */
	if (span_starts(out, SPAN("Authentication-Results: mx.test"))) {
		out = span_sub(out, span_find(out, '\n') + 1, out.len);
		out = span_sub(out, span_find(out, '\n') + 1, out.len);
		for (int i = 0; i < READER_COUNT; i++)
			if (reader_counts((enum reader)i, out) &&
			    reader_count((enum reader)i, out,
			    SPAN("mx.test;")) > 0)
				abort();
	}
	stage_close(&r.stage);
	arena_free(&r.arena);
	buf_free(&r.out);
}

static void
fuzz_free(struct fuzz_run *r)
{
	stage_close(&r->stage);
	arena_free(&r->arena);
	buf_free(&r->out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t steps[] = { 0, 1, 3, 17 };
	struct stage_config config = { .id = SPAN("mx.test"), .keep = true,
	    .secret = SPAN("0123456789abcdef0123456789abcdef"),
	    .tmpdir = "/tmp" };
	struct fuzz_run one, two, three;
	struct span bytes;

	if (size == 0)
		return 0;
	config.memory = (data[0] & 4) != 0 ? 100 : 0;
	bytes = (struct span){ (const char *)data + 1, size - 1 };
	fuzz_read(bytes, config);
	fuzz_stage(&one, bytes, &config, steps[data[0] & 3]);
	/* The seal's key is not in the input: nothing there is believed. */
	if (one.kind != FAULT_NONE || one.stage.nbelieved > 0)
		abort();
	if (one.out.len > 0) {
		fuzz_stage(&two, buf_span(&one.out), &config, 0);
		if (two.kind != FAULT_NONE || two.stage.nbelieved != 1 ||
		    two.stage.removed != 0)
			abort();
		config.final = true;
		config.secret = SPAN("");
		fuzz_stage(&three, buf_span(&two.out), &config, 5);
		if (three.kind != FAULT_NONE || three.stage.removed != 2 ||
		    three.stage.nbelieved != 0)
			abort();
		fuzz_free(&three);
		fuzz_free(&two);
	}
	fuzz_free(&one);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/spawn.h"
#include "dmarcreport/program.h"

#define PROGRAM_MS INT64_C(300000)	/* a program that takes longer hangs */
#define SIGNED_BYTES ((size_t)64 * 1024 * 1024)
#define ADDRESS_BYTES ((size_t)1024)
#define TEMPFAIL 75
#define MINUTE_MS 60000

enum fault_kind
dmarcreport_program_check(const char *option, const char *path,
    struct fault *f)
{
	if (path[0] == '/' && access(path, X_OK) == 0)
		return FAULT_NONE;
	return fault_set(f, FAULT_USAGE, "--%s=%s: not the whole path of a "
	    "program", option, path);
}

static enum fault_kind
run(char *const *argv, struct span in, struct buf *out, int *status,
    struct fault *f)
{
	const struct spawn s = { .argv = argv, .err = STDERR_FILENO,
	    .timeout = PROGRAM_MS, .group = true };

	if (spawn_run(&s, in, out, status, f) != FAULT_NONE)
		return f->kind;
	/* Killed, too slow, or not there: later. */
	if (*status < 0 || *status == SPAWN_NOT_THERE ||
	    *status == SPAWN_NOT_STARTED)
		*status = TEMPFAIL;
	return FAULT_NONE;
}

/* LOCAL+ID@DOMAIN with verp. */
static void
put_bounce(const struct dmarcreport_program *p, struct span from,
    struct span id, struct buf *b)
{
	struct span address = p->bounce != NULL ? span_of(p->bounce) : from;
	size_t at = span_rfind(address, '@');

	buf_addspan(b, span_sub(address, 0, at));
	if (p->verp) {
		buf_addc(b, '+');
		buf_addspan(b, id);
	}
	buf_addspan(b, span_sub(address, at, address.len));
}

enum fault_kind
dmarcreport_sign(const char *signer, struct span mail, struct buf *out,
    int *status, struct fault *f)
{
	struct buf program;
	char *argv[2] = { NULL };

	*status = 0;
	buf_init(&program, 4096);
	buf_adds(&program, signer);
	if (buf_check(&program, f) == FAULT_NONE) {
		argv[0] = program.p;
		(void)run(argv, mail, out, status, f);
	}
	buf_free(&program);
	if (f->kind == FAULT_NONE && (*status != 0 || out->len == 0 ||
	    out->full || out->nomem))
		*status = TEMPFAIL;
	return f->kind;
}

enum fault_kind
dmarcreport_deliver(const struct dmarcreport_program *p, struct span from,
    struct span id, struct span address, struct span mail, int *status,
    struct fault *f)
{
	struct buf program, bounce, to, out;
	char *argv[8] = { NULL };
	size_t n = 0;

	*status = 0;
	buf_init(&program, 4096);
	buf_init(&bounce, ADDRESS_BYTES);
	buf_init(&to, ADDRESS_BYTES);
	buf_init(&out, SIGNED_BYTES);
	buf_adds(&program, p->sendmail);
	put_bounce(p, from, id, &bounce);
	buf_addspan(&to, address);
	if (buf_check(&program, f) != FAULT_NONE ||
	    buf_check(&bounce, f) != FAULT_NONE ||
	    buf_check(&to, f) != FAULT_NONE)
		goto out;
	if (p->signer != NULL) {
		if (dmarcreport_sign(p->signer, mail, &out, status, f) !=
		    FAULT_NONE || *status != 0)
			goto out;
		mail = buf_span(&out);
	}
	argv[n++] = program.p;
	argv[n++] = (char[]){ "-i" };
	argv[n++] = (char[]){ "-f" };
	argv[n++] = bounce.p;
	argv[n++] = (char[]){ "--" };
	argv[n++] = to.p;
	argv[n] = NULL;
	(void)run(argv, mail, NULL, status, f);
out:
	buf_free(&program);
	buf_free(&bounce);
	buf_free(&to);
	buf_free(&out);
	return f->kind;
}

void
dmarcreport_rate(struct dmarcreport_minute *m, uint64_t n)
{
	struct clock c = clock_system();
	int64_t now = clock_mono_ms(&c), left;

	if (!m->begun || now - m->ms >= MINUTE_MS)
		*m = (struct dmarcreport_minute){ .begun = true, .ms = now };
	if (m->count++ < n)
		return;
	left = MINUTE_MS - (now - m->ms);
	(void)nanosleep(&(struct timespec){ .tv_sec = left / 1000,
	    .tv_nsec = left % 1000 * 1000000 }, NULL);
	*m = (struct dmarcreport_minute){ .begun = true, .count = 1,
	    .ms = clock_mono_ms(&c) };
}

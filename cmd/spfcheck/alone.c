/* SPDX-License-Identifier: ISC */
/* One envelope without a message. */
#include "base/bounds.h"
#include "spfcheck/spfcheck.h"

int
spfcheck_one(struct spfcheck_one *x, const struct spfcheck_envelope *e,
    struct span name, struct buf *out, struct fault *f)
{
	struct spfcheck *s = x->spfcheck;
	struct cli *cli = s->cli;
	struct cli_verdict *v = &x->verdict;
	struct spfcheck_run run = { .spfcheck = s, .arena = &x->arena,
	    .now = clock_wall(&cli->clock) };

	cli_verdict_reset(v);
	arena_reset(&x->arena);
	if (cli_dns(cli, &run.dns, f) != FAULT_NONE)
		return (int)f->kind;
	if (cli->format == CLI_JSON && (v->json = json_object()) == NULL)
		return (int)fault_nomem(f);
	if (spfcheck_judge(&run, e, v, f) == FAULT_NONE) {
		if (!cli_wanted(cli, v)) {
			;	/* its exit status counts all the same */
		} else if (cli->list) {
			buf_addspan(out, name);
			buf_addc(out, '\n');
		} else if (cli->format == CLI_JSON) {
			(void)cli_json(cli, s->envelopes == NULL ? SPAN("-") :
			    span_of(s->envelopes), v, out, f);
		} else if (cli->format == CLI_HEADER) {
			struct authres ar = { .id = cli->authserv_id,
			    .count = v->nresults, .results = v->results };

			authres_format(&ar, EOL_LF, out);
			buf_addspan(out, buf_span(&v->fields));
		} else if (!cli->quiet && name.len > 0) {
			cli_prefix(name, buf_span(&v->text), out);
		} else if (!cli->quiet) {
			buf_addspan(out, buf_span(&v->text));
		}
		if (cli->syslog != NULL)
			cli_syslog(cli, name, v);
	}
	json_decref(v->json);
	if (f->kind != FAULT_NONE || buf_check(out, f) != FAULT_NONE)
		return (int)f->kind;
	return v->exit < 0 ? verdict_exit(v->result) : v->exit;
}

void
spfcheck_one_init(struct spfcheck_one *x, struct spfcheck *s)
{
	*x = (struct spfcheck_one){ .spfcheck = s };
	buf_init(&x->verdict.text, SIZE_MAX / 2);
	buf_init(&x->verdict.fields, SIZE_MAX / 2);
	arena_init(&x->arena, BOUND_MESSAGE_ARENA);
}

void
spfcheck_one_free(struct spfcheck_one *x)
{
	buf_free(&x->verdict.text);
	buf_free(&x->verdict.fields);
	arena_free(&x->arena);
}

void
spfcheck_alone(struct spfcheck *s)
{
	struct spfcheck_envelope e = { .ip = s->asked.ip,
	    .helo = s->asked.helo, .mail_from = s->asked.mail_from,
	    .source = "option", .eol = EOL_LF };
	struct spfcheck_one x;
	struct fault f = { 0 };
	struct buf out;
	int status;

	spfcheck_one_init(&x, s);
	buf_init(&out, SIZE_MAX / 2);
	status = spfcheck_one(&x, &e, SPAN(""), &out, &f);
	if (f.kind != FAULT_NONE) {
		(void)cli_fail(s->cli, &f);
	} else {
		cli_exit(s->cli, status);
		cli_print(s->cli, buf_span(&out));
	}
	buf_free(&out);
	spfcheck_one_free(&x);
}

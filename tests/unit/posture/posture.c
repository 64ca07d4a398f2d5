/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "fakedns.h"
#include "posture/posture.h"
#include "posture/rule.h"
#include "tap.h"

static const struct fake_rr zone[] = {
	{ "sick.example", FAKE_SERVFAIL },
	{ "_mta-sts.sick.example", FAKE_SERVFAIL },
	{ "_smtp._tls.sick.example", FAKE_SERVFAIL },
	{ "_domainkey.sick.example", FAKE_SERVFAIL },
	{ "sts.example", FAKE_NODATA },
	{ "_mta-sts.sts.example", "v=STSv1;  id=20260101;" },
	{ "_mta-sts.long.example", "v=STSv1; id=0123456789"
	    "01234567890123456789012" },
	{ "long.example", FAKE_NODATA },
	{ "_mta-sts.twice.example", "v=STSv1; id=a; id=b;" },
	{ "twice.example", FAKE_NODATA },
	{ "_mta-sts.space.example", "v=STSv1 ; id=a;" },
	{ "space.example", FAKE_NODATA },
	{ "norua.example", FAKE_NODATA },
	{ "_smtp._tls.norua.example", "v=TLSRPTv1; x=y" },
	{ "web.example", FAKE_NODATA },
	{ "_smtp._tls.web.example", "v=TLSRPTv1; rua=https://a.example/" },
	{ NULL, NULL }
};

static const struct {
	const char *domain, *codes;
	enum posture_family only;
	int exit;
} rows[] = {
	{ "sick.example", "STS007 ", POSTURE_STS, 75 },
	{ "sick.example", "RPT007 ", POSTURE_TLSRPT, 75 },
	{ "sick.example", "DKIM016 ", POSTURE_DKIM, 75 },
	{ "sts.example", "STS006 ", POSTURE_STS, 1 },
	{ "long.example", "STS003 ", POSTURE_STS, 4 },
	{ "twice.example", "STS003 ", POSTURE_STS, 4 },
	{ "space.example", "STS005 ", POSTURE_STS, 0 },
	{ "norua.example", "RPT003 ", POSTURE_TLSRPT, 4 },
	{ "web.example", "", POSTURE_TLSRPT, 0 },
	{ "gone.example", "AUD001 ", POSTURE_MX, 6 },
};

int
main(void)
{
	struct posture_request rq;
	struct posture p;
	struct arena arena;
	struct fault f = { 0 };
	struct fake fake;
	struct buf b;
	json_t *o;

	arena_init(&arena, BOUND_MESSAGE_ARENA);
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_open(&fake, zone);
		rq = (struct posture_request){ .domain =
		    span_of(rows[i].domain), .dns = &fake.dns,
		    .arena = &arena };
		for (size_t k = 0; k < POSTURE_FAMILIES; k++)
			rq.skip[k] = k != rows[i].only;
		CHECKF(posture_audit(&rq, &p, &f) == FAULT_NONE,
		    "%s: no fault", rows[i].domain);
		buf_reset(&b);
		for (struct lint_finding *g = p.lint.first; g != NULL;
		    g = g->next) {
			buf_addf(&b, "%s ", g->rule->code);
			CHECKF(posture_code(span_of(g->rule->code)),
			    "%s is a code", g->rule->code);
		}
		CHECKF(span_eq(buf_span(&b), span_of(rows[i].codes)),
		    "%s: %s", rows[i].domain, buf_str(&b));
		CHECKF((int)lint_exit(&p.lint) == rows[i].exit,
		    "%s: exit %d", rows[i].domain, (int)lint_exit(&p.lint));
		o = posture_facts(&p);
		CHECKF(o != NULL, "%s: facts", rows[i].domain);
		json_decref(o);
		posture_free(&p);
		fake_close(&fake);
		arena_reset(&arena);
	}
	CHECKF(!posture_code(SPAN("DKIM999")), "no code");
	buf_free(&b);
	arena_free(&arena);
	return tap_done();
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dmarc/summary.h"
#include "tap.h"

static struct dmarc_summary summary;
static struct fault fault;

static void
add(enum verdict result, enum reason reason, const char *domain,
    const char *ip)
{
	struct dmarc_result r = { .result = result, .reason = reason,
	    .author_domain = span_of(domain) };
	struct ipaddr source = { 0 };
	struct buf b;

	buf_init(&b, 4096);
	(void)ipaddr_parse(span_of(ip), &source);
	dmarc_summary_note(&r, &source, &b);
	CHECK(dmarc_summary_add(&summary, buf_span(&b), &fault) ==
	    FAULT_NONE);
	buf_free(&b);
}

static bool
fits(const char *text, size_t columns)
{
	struct span line, rest = span_of(text);

	while (rest.len > 0) {
		(void)span_cut(rest, '\n', &line, &rest);
		if (line.len > columns || !span_is_print(line))
			return false;
	}
	return true;
}

int
main(void)
{
	struct buf b, name;
	json_t *o;

	buf_init(&b, 1 << 20);
	CHECK(dmarc_summary_text(&summary, &b, &fault) == FAULT_NONE);
	CHECK(fits(buf_str(&b), 80));
	add(VERDICT_PASS, REASON_NONE, "example.com", "192.0.2.1");
	add(VERDICT_PASS, REASON_NONE, "example.com", "192.0.2.1");
	add(VERDICT_FAIL, REASON_NOT_ALIGNED, "example.com", "2001:db8::1");
	add(VERDICT_FAIL, REASON_NOT_ALIGNED, "another.example", "192.0.2.2");
	add(VERDICT_PERMERROR, REASON_NO_AUTHOR_DOMAIN, "", "");
	buf_init(&name, 1000);
	for (size_t i = 0; i < 40; i++)
		buf_adds(&name, "long.");
	buf_adds(&name, "example");
	for (size_t i = 0; i < 200; i++) {
		buf_addf(&name, "%zu", i);
		add(VERDICT_NONE, REASON_NONE, buf_str(&name), "192.0.2.9");
	}
	buf_reset(&b);
	CHECK(dmarc_summary_text(&summary, &b, &fault) == FAULT_NONE);
	CHECK(fits(buf_str(&b), 80));
	CHECK(strstr(buf_str(&b), "another.example") != NULL);
	CHECK(strstr(buf_str(&b), "(all others)") != NULL);
	CHECK(strstr(buf_str(&b), "192.0.2.2") != NULL);
	/* Only sources with a failure are listed. */
	CHECK(strstr(buf_str(&b), "192.0.2.9") == NULL);
	o = dmarc_summary_json(&summary);
	CHECK(o != NULL && json_integer_value(json_object_get(o,
	    "messages")) == 205);
	CHECK(json_integer_value(json_object_get(json_object_get(o,
	    "results"), "fail")) == 2);
	CHECK(json_integer_value(json_object_get(json_object_get(o,
	    "reasons"), "not-aligned")) == 2);
	CHECK(json_array_size(json_object_get(o, "failing_sources")) == 2);
	CHECK(json_array_size(json_object_get(o, "authors")) == 202);
	json_decref(o);
	CHECK(dmarc_summary_add(&summary, SPAN("x"), &fault) ==
	    FAULT_SOFTWARE);
	CHECK(dmarc_summary_add(&summary, SPAN("pass\0what\0\0"), &fault) ==
	    FAULT_SOFTWARE);
	dmarc_summary_free(&summary);
	buf_free(&b);
	buf_free(&name);
	return tap_done();
}

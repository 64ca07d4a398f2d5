/* SPDX-License-Identifier: ISC */
/* Values of options that show and alert share. */
#include <string.h>

#include "base/file.h"
#include "base/num.h"
#include "dmarcreport/show.h"
#include "report/store_read.h"

#define NAMES_BYTES ((size_t)4 << 20)

enum fault_kind
show_day(const char *name, const char *value, int64_t now, int64_t *day,
    struct fault *f)
{
	char text[32];
	int64_t t;

	if (strlen(value) == 10) {
		memcpy(text, value, 10);
		memcpy(text + 10, "T00:00:00Z", 11);
		if (num_time(span_of(text), &t)) {
			*day = t / 86400;
			return FAULT_NONE;
		}
	}
	if (num_duration(span_of(value), &t))
		*day = (now - t) / 86400;
	else if (num_time(span_of(value), &t))
		*day = t / 86400;
	else
		return fault_set(f, FAULT_USAGE, "--%s=%s: no day, no time "
		    "and not like 30d", name, value);
	return FAULT_NONE;
}

/* "192.0.2.0/24", or one address. */
static bool
read_net(struct span s, struct ipaddr *net, unsigned *prefix)
{
	struct span ip, bits;
	uint64_t n;
	bool cut = span_cut(s, '/', &ip, &bits);

	if (!ipaddr_parse(ip, net))
		return false;
	*prefix = net->family == 4 ? 32 : 128;
	if (!cut)
		return true;
	if (!num_u64(bits, *prefix, &n))
		return false;
	*prefix = (unsigned)n;
	return true;
}

enum fault_kind
show_net(const char *name, const char *value, struct report_filter *x,
    struct fault *f)
{
	struct ipaddr net;
	unsigned prefix;

	if (!read_net(span_of(value), &net, &prefix))
		return fault_set(f, FAULT_USAGE,
		    "--%s=%s: no address and no network", name, value);
	x->has_net = true;
	x->net_len = net.family == 4 ? 4 : 16;
	for (size_t i = 0; i < x->net_len; i++) {
		unsigned keep = prefix > 8 * i ? prefix - 8 * (unsigned)i : 0;
		unsigned mask = keep >= 8 ? 0xff : 0xff00U >> keep & 0xff;

		x->low[i] = (unsigned char)(net.bytes[i] & mask);
		x->high[i] = (unsigned char)(x->low[i] | (~mask & 0xff));
	}
	return FAULT_NONE;
}

enum fault_kind
show_trust(const char *value, enum report_trust *out, struct fault *f)
{
	*out = REPORT_UNVERIFIED;
	if (strcmp(value, "any") != 0 && (!report_trust_of(span_of(value),
	    out) || *out == REPORT_UNVERIFIED))
		return fault_set(f, FAULT_USAGE, "--trust=%s: not one of any "
		    "unchecked local authentic verified", value);
	return FAULT_NONE;
}

enum fault_kind
show_names(const char *path, struct report_store *s, struct fault *f)
{
	struct span rest, line, net, name;
	struct ipaddr ip;
	unsigned prefix, n = 0;
	struct buf b;

	buf_init(&b, NAMES_BYTES);
	if (file_read(path, &b, f) == FAULT_NONE)
		(void)report_store_begin(s, true, f);
	for (rest = buf_span(&b); f->kind == FAULT_NONE && rest.len > 0;) {
		n++;
		(void)span_cut(rest, '\n', &line, &rest);
		line = span_trim_fws(line);
		if (line.len == 0 || line.p[0] == '#')
			continue;
		if (!span_cut(line, ' ', &net, &name) ||
		    !read_net(net, &ip, &prefix))
			(void)fault_set(f, FAULT_DATA,
			    "%s:%u: not CIDR and a name", path, n);
		else
			(void)report_put_name(s, &ip, prefix,
			    span_trim_fws(name), f);
	}
	buf_free(&b);
	if (f->kind == FAULT_NONE)
		return report_store_commit(s, f);
	report_store_rollback(s);
	return f->kind;
}

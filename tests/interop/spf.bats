#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# spfcheck against pyspf and Mail::SPF on random records.
bats_require_minimum_version 1.8.0
load ../lib/common

@test "600 envelopes of 200 random records: no difference without a reason" {
	need perl
	need_python spf dns.resolver
	need_perl Mail::SPF
	for seed in 1 2 3; do
		run -0 --separate-stderr "$PYTHON" \
		    "$ROOT/tests/interop/spf_random.py" "$O" 200 "$seed"
		assert_out_has "600 envelopes, 0 differences"
	done
}

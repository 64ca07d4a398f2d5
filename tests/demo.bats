#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# examples/demo: the whole story on loopback.
bats_require_minimum_version 1.8.0
load lib/common

@test "make demo: a vendor is let in and out, all by signed mail" {
	no_sanitizer
	need knotd kdig nsupdate jq openssl python3
	run -0 --separate-stderr env BIN="$BIN" "$ROOT/examples/demo"
	[[ $output == *'All as told.'* ]]
	# Fails, passes, fails.
	[ "$(grep -c '^dmarc=fail' <<<"$output")" -eq 2 ]
	[ "$(grep -c '^dmarc=pass' <<<"$output")" -eq 1 ]
	[ "$(grep -c '^spf=pass' <<<"$output")" -eq 2 ]
}

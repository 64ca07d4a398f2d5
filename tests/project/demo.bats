#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# examples/demo: the whole story on loopback.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	no_sanitizer
	need jq openssl
}

as_told() {
	[[ $output == *'All as it should be.'* ]]
	# Fails, passes, fails.
	[ "$(grep -c '^dmarc=fail' <<<"$output")" -eq 2 ]
	[ "$(grep -c '^dmarc=pass' <<<"$output")" -eq 1 ]
	[ "$(grep -c '^spf=pass' <<<"$output")" -eq 2 ]
	# Its report: three mails, one of which passed.
	[[ $output =~ ours\ +1\ +1\ +1\  ]]
	[[ $output =~ none\ +1\ +2\ +0\  ]]
	[ "$SECONDS" -lt 60 ]
}

@test "make demo: a vendor is let in and out, all by signed mail" {
	need knotd kdig nsupdate python3
	SECONDS=0
	run -0 --separate-stderr env BIN="$BIN" "$ROOT/examples/demo"
	as_told
}

@test "make demo without a name server: the same, from zone files" {
	SECONDS=0
	run -0 --separate-stderr env DEMO=files BIN="$BIN" \
	    "$ROOT/examples/demo"
	as_told
}

@test "make demo by an ordinary user" {
	need_root
	need setpriv
	chmod 755 "$BATS_TEST_TMPDIR" || :
	local dir
	dir=$(mktemp -d)
	chmod 755 "$dir"
	mkdir "$dir/build"
	cp -r "$BIN" "$dir/build/bin"
	cp -r "$BIN/../libexec" "$dir/build/libexec"
	cp "$ROOT/examples/demo" "$dir"
	SECONDS=0
	run -0 --separate-stderr env DEMO=files BIN="$dir/build/bin" setpriv \
	    --reuid=65534 --regid=65534 --clear-groups "$dir/demo"
	rm -rf "$dir"
	as_told
}

@test "make demo says what is missing" {
	use_tmp
	mkdir bin
	ln -s "$(command -v cat)" "$(command -v sh)" bin
	run -77 --separate-stderr env PATH="$PWD/bin" BIN="$BIN" \
	    "$(command -v sh)" "$ROOT/examples/demo"
	assert_out_empty
	assert_err_has 'demo: needs'
}

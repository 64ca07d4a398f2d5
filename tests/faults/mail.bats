#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Every system call of the mail tools fails once: each run ends in a clean
# fault, without a crash, a leak of half an output, or a wrong verdict.
bats_require_minimum_version 1.8.0
load ../lib/common

setup() {
	use_tmp
	dkimkey new --type=ed25519 ed.pem
	dkimkey record --domain=example.com --selector=ed ed.pem >zone
	printf '%s\n' \
	    'example.com. 3600 IN TXT "v=spf1 include:a.example.com -all"' \
	    'a.example.com. 3600 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"' \
	    '_dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject"' >>zone
	dkimsign --domain=example.com --key=ed.pem --selector=ed \
	    "$ROOT/examples/sample.eml" >signed
	[ -x "$O/allocfail/dkimverify" ] ||
	    skip "not built: make O=$O allocfail"
}

@test "dkimverify, text" {
	sweep_calls dkimverify --offline --zone=zone signed
	[ "$SWEPT" -gt 5 ]
}

@test "dkimverify, json, several messages and workers" {
	MANY=1 sweep_calls dkimverify --offline --zone=zone --now=1800000000 \
	    -o json signed signed
	MANY=1 sweep_calls dkimverify --offline --zone=zone -j2 signed signed
}

@test "dkimverify, message, never half of one" {
	STDIN=signed sweep_calls dkimverify --offline --zone=zone \
	    -o message --authserv-id=mx.example.com
}

@test "dkimsign never lets an unsigned mail out" {
	STDIN=$ROOT/examples/sample.eml sweep_calls dkimsign \
	    --domain=example.com --key=ed.pem --selector=ed --timestamp=1
	STDIN=$ROOT/examples/sample.eml sweep_calls dkimsign --filter \
	    --domain=example.com --key=ed.pem --selector=ed
}

@test "spfcheck" {
	sweep_calls spfcheck --offline --zone=zone --ip=192.0.2.1 \
	    --mail-from=a@example.com --helo=mx.example.com
	sweep_calls spfcheck --offline --zone=zone --ip=192.0.2.1 \
	    --mail-from=a@example.com --helo=mx.example.com -o json
}

@test "dmarceval" {
	sweep_calls dmarceval --offline --zone=zone signed
	STDIN=signed sweep_calls dmarceval --offline --zone=zone \
	    -o message --authserv-id=mx.example.com
}

@test "short transfers and interrupted calls change nothing" {
	for out in text json message header; do
		"$O/bin/dkimverify" --offline --zone=zone --now=1800000000 \
		    --authserv-id=mx.example.com -o $out <signed >want
		VOUCHSAFE_SHORT=1 "$O/allocfail/dkimverify" --offline \
		    --zone=zone --now=1800000000 \
		    --authserv-id=mx.example.com -o $out <signed >got
		assert_same want got
	done
}

@test "a full disk is 74, or 75 for a filter" {
	run -74 --separate-stderr bash -c \
	    'dkimverify --offline --zone=zone signed >/dev/full'
	assert_err_tool dkimverify
	run -75 --separate-stderr bash -c 'dkimverify --offline --zone=zone \
	    -o message --authserv-id=mx.example.com <signed >/dev/full'
	run -74 --separate-stderr bash -c 'dkimsign --domain=example.com \
	    --key=ed.pem --selector=ed signed >/dev/full'
	run -75 --separate-stderr bash -c 'dkimsign --filter \
	    --domain=example.com --key=ed.pem --selector=ed \
	    <signed >/dev/full'
}

@test "a full temporary folder is 75 for a filter, with nothing written" {
	need_root
	mkdir small
	{ cat signed; yes 'a line of a long body' | head -c 3000000; } >big
	cp "$O/bin/dkimverify" .
	run -75 --separate-stderr unshare -m bash -c '
		mount -t tmpfs -o size=64k none small
		TMPDIR=$PWD/small ./dkimverify --offline --zone=zone \
		    -o message --authserv-id=mx.example.com <big'
	assert_out_empty
}

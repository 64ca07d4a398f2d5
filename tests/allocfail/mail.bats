#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Every allocation of the mail tools fails once: each run ends in a clean
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
	sweep_alloc dkimverify --offline --zone=zone signed
	[ "$SWEPT" -gt 5 ]
}

@test "dkimverify, json, several messages and workers" {
	MANY=1 sweep_alloc dkimverify --offline --zone=zone --now=1800000000 \
	    -o json signed signed
	MANY=1 sweep_alloc dkimverify --offline --zone=zone -j2 signed signed
}

@test "dkimverify, message, never half of one" {
	STDIN=signed sweep_alloc dkimverify --offline --zone=zone \
	    -o message --authserv-id=mx.example.com
}

@test "dkimsign never lets an unsigned mail out" {
	STDIN=$ROOT/examples/sample.eml sweep_alloc dkimsign \
	    --domain=example.com --key=ed.pem --selector=ed --timestamp=1
	STDIN=$ROOT/examples/sample.eml sweep_alloc dkimsign --filter \
	    --domain=example.com --key=ed.pem --selector=ed
}

@test "spfcheck" {
	sweep_alloc spfcheck --offline --zone=zone --ip=192.0.2.1 \
	    --mail-from=a@example.com --helo=mx.example.com
	sweep_alloc spfcheck --offline --zone=zone --ip=192.0.2.1 \
	    --mail-from=a@example.com --helo=mx.example.com -o json --now=0
	sweep_alloc spfcheck --offline --zone=zone --ip=192.0.2.1 \
	    --policy='v=spf1 a:%{p}.x.org exp=%{o} -all' --trace -o json --now=0 \
	    --mail-from=a@example.com --helo=mx.example.com --identity=both
}

@test "spfcheck: envelopes, lint, networks" {
	echo '192.0.2.1 a@example.com mx.example.com' >log
	sweep_alloc spfcheck --offline --zone=zone --envelopes=log
	sweep_alloc spfcheck --offline --zone=zone --lint example.com
	sweep_alloc spfcheck --offline --zone=zone --lint -o json --now=0 example.com
	sweep_alloc spfcheck --offline --zone=zone --networks -o json --now=0 example.com
}

@test "dmarceval" {
	sweep_alloc dmarceval --offline --zone=zone signed
	STDIN=signed sweep_alloc dmarceval --offline --zone=zone \
	    -o message --authserv-id=mx.example.com
}

@test "operands: an mbox, a Maildir, a list" {
	mkdir -p d/cur d/new
	cp signed d/cur/1
	{ echo 'From x'; cat signed; echo; echo 'From y'; cat signed; } >box
	printf 'box\nd\n' >list
	MANY=1 sweep_alloc dkimverify --offline --zone=zone box --files-from=list
	MANY=1 sweep_alloc dkimverify --offline --zone=zone -j2 box d
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Every allocation and every system call of the mail tools fails once: each run
# ends in a clean fault, without a crash, half an output, or a wrong verdict.
# SWEEPS chooses: `alloc`, `calls`; both by default.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	dkimkey new --type=ed25519 ed.pem
	dkimkey record --domain=example.com --selector=ed ed.pem >zone
	printf '%s\n' \
	    'example.com. 3600 IN TXT "v=spf1 include:a.example.com -all"' \
	    'a.example.com. 3600 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"' \
	    '_dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject; sp=none; np=reject; rua=mailto:a@other.example,x; pct=1"' >>zone
	dkimsign --domain=example.com --key=ed.pem --selector=ed \
	    "$ROOT/examples/sample.eml" >signed
	printf 'From: <u@a.example.com>\nSubject: x\n\nText.\n' >m
	Z=(--offline --zone=zone)
	E=(--ip=192.0.2.1 --mail-from=u@example.com --helo=h.example.com)
	[ -x "$O/allocfail/dkimverify" ] ||
	    skip "not built: make O=$O allocfail"
}

# each AT-LEAST TOOL ARGUMENT...: each sweep makes so many calls fail.
each() {
	local least=$1 s
	shift
	for s in ${SWEEPS:-alloc calls}; do
		"sweep_$s" "$@"
		[ "$SWEPT" -ge "$least" ]
	done
}

@test "dkimverify, text" {
	each 5 dkimverify "${Z[@]}" signed
}

@test "memory fails inside libcrypto: never another verdict" {
	no_sanitizer
	[ -e "$O/allocfail/memfail.so" ] || skip "not built"
	dkimkey new rsa.pem
	dkimkey record --domain=example.com --selector=r rsa.pem >>zone
	dkimsign --domain=example.com --key=rsa.pem --selector=r \
	    "$ROOT/examples/sample.eml" >rsa
	sed '/Subject/s/$/ changed/' rsa >rsa-bad
	sed '/Subject/s/$/ changed/' signed >signed-bad
	# Aligned by DKIM alone, so that DMARC hangs on it.
	E=(--ip=192.0.2.1 --mail-from=u@other.example --helo=h.example.com)
	export STEP=61 STDIN
	for STDIN in rsa signed rsa-bad signed-bad; do
		sweep_memory dkimverify "${Z[@]}"
	done
	STDIN=signed-bad STEP=97 sweep_memory dkimverify "${Z[@]}" -o json \
	    --now=0
	for STDIN in rsa signed; do
		sweep_memory dmarceval "${Z[@]}" "${E[@]}" -o message \
		    --authserv-id=mx.example.com
	done
	STEP=211
	sweep_memory dkimsign --filter --domain=example.com --key=rsa.pem \
	    --selector=r --timestamp=1
	# A key that libcrypto had no room to read is one that is wrong (78).
	SHIM=$O/allocfail/memfail.so sweep VOUCHSAFE_FAIL_MEMORY '70 75 78' \
	    dkimsign --domain=example.com --key=ed.pem --selector=ed \
	    --timestamp=1
}

@test "dkimverify, json, several messages and workers" {
	export MANY=1
	each 5 dkimverify "${Z[@]}" --now=1800000000 -o json signed signed
	each 5 dkimverify "${Z[@]}" -j2 signed signed
}

@test "dkimverify, message, never half of one" {
	STDIN=signed each 5 dkimverify "${Z[@]}" -o message \
	    --authserv-id=mx.example.com
}

@test "dkimsign never lets an unsigned mail out" {
	export STDIN=$ROOT/examples/sample.eml
	each 5 dkimsign --domain=example.com --key=ed.pem --selector=ed \
	    --timestamp=1
	each 5 dkimsign --filter --domain=example.com --key=ed.pem \
	    --selector=ed
}

@test "spfcheck" {
	each 5 spfcheck "${Z[@]}" "${E[@]}"
	each 5 spfcheck "${Z[@]}" "${E[@]}" -o json --now=0
	each 5 spfcheck "${Z[@]}" "${E[@]}" --trace -o json --now=0 \
	    --identity=both --policy='v=spf1 a:%{p}.x.org exp=%{o} -all'
}

@test "spfcheck: envelopes, lint, networks" {
	echo '192.0.2.1 a@example.com mx.example.com' >log
	each 5 spfcheck "${Z[@]}" --envelopes=log
	each 5 spfcheck "${Z[@]}" --lint example.com
	each 5 spfcheck "${Z[@]}" --lint -o json --now=0 example.com
	each 5 spfcheck "${Z[@]}" --networks -o json --now=0 example.com
}

@test "dmarceval: text, explained, JSON, a summary" {
	local o
	for o in '' --explain '-o json --now=0'; do
		# shellcheck disable=SC2086
		STDIN=m each 5 dmarceval "${Z[@]}" "${E[@]}" $o
	done
	each 5 dmarceval "${Z[@]}" signed
	each 5 dmarceval "${Z[@]}" -q --summary m
}

@test "dmarceval: results handed over, and of an earlier stage" {
	export STDIN=m
	each 5 dmarceval "${Z[@]}" --spf=pass:example.com \
	    --dkim=pass:example.com:s
	export VOUCHSAFE_SEAL=0123456789abcdef0123456789abcdef
	spfcheck -o message --authserv-id=me "${Z[@]}" "${E[@]}" <m >sealed
	STDIN=sealed each 5 dmarceval "${Z[@]}" -o message --authserv-id=me
}

@test "dmarceval: --lookup and --lint" {
	local o
	for o in text json tap junit; do
		each 5 dmarceval "${Z[@]}" --lint --now=0 -o "$o" \
		    example.com
		each 5 dmarceval "${Z[@]}" --lookup --now=0 -o "$o" \
		    example.com
	done
}

@test "operands: an mbox, a Maildir, a list" {
	export MANY=1
	mkdir -p d/cur d/new
	cp signed d/cur/1
	{ echo 'From x'; cat signed; echo; echo 'From y'; cat signed; } >box
	printf 'box\nd\n' >list
	each 5 dkimverify "${Z[@]}" --now=1800000000 box --files-from=list
	each 5 dkimverify "${Z[@]}" --now=1800000000 -j2 box d
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

@test "dmarcreport read: any allocation or call may fail" {
	local reports=("$ROOT"/examples/reports/mx*)
	sweep_alloc dmarcreport read --no-store -q --offline \
	    --now=1795500000 -o json "${reports[0]}"
	BEFORE='rm -rf H' sweep_alloc dmarcreport read --home=H -q --offline \
	    --now=1795500000 -o json "${reports[0]}"
	rm -rf H
	BEFORE='rm -rf H' sweep_calls dmarcreport read --home=H -q \
	    --offline --now=1795500000 -o json "${reports[0]}"
}

@test "dmarcreport show: any allocation or call may fail" {
	"$O/allocfail/dmarcreport" read --home=H -q --offline \
	    --now=1795500000 "$ROOT"/examples/reports/*
	sweep_alloc dmarcreport show --home=H --now=1795500000 -o html
	sweep_alloc dmarcreport show --home=H --now=1795500000 -o json reject
	sweep_calls dmarcreport show --home=H --now=1795500000 senders
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Every allocation of dmarceval fails once, in each of its ways.
bats_require_minimum_version 1.8.0
load ../lib/common

setup() {
	use_tmp
	printf '%s\n' \
	    'example.com. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"' \
	    '_dmarc.example.com. 60 IN TXT "v=DMARC1; p=reject; sp=none; np=reject; rua=mailto:a@other.example,x; pct=1"' \
	    'a.example.com. 60 IN A 192.0.2.1' >zone
	printf 'From: <u@a.example.com>\nSubject: x\n\nText.\n' >m
	E='--ip=192.0.2.1 --mail-from=u@example.com --helo=h.example.com'
	[ -x "$O/allocfail/dmarceval" ] ||
	    skip "not built: make O=$O allocfail"
}

@test "text, JSON, explained" {
	# shellcheck disable=SC2086
	for o in '' --explain '-o json --now=0'; do
		STDIN=m sweep_alloc dmarceval --offline --zone=zone $E $o
		[ "$SWEPT" -gt 20 ]
	done
}

@test "results handed over" {
	STDIN=m sweep_alloc dmarceval --offline --zone=zone \
	    --spf=pass:example.com --dkim=pass:example.com:s
}

@test "message, never half of one, with results of an earlier stage" {
	export VOUCHSAFE_SEAL=0123456789abcdef0123456789abcdef
	# shellcheck disable=SC2086
	spfcheck -o message --authserv-id=me --offline --zone=zone $E \
	    <m >sealed
	STDIN=sealed sweep_alloc dmarceval --offline --zone=zone -o message \
	    --authserv-id=me
}

@test "a summary" {
	sweep_alloc dmarceval --offline --zone=zone -q --summary m
}

@test "--lookup and --lint" {
	for o in text json tap junit; do
		sweep_alloc dmarceval --offline --zone=zone --lint --now=0 -o "$o" \
		    example.com a.example.com
		sweep_alloc dmarceval --offline --zone=zone --lookup --now=0 \
		    -o "$o" example.com
	done
}

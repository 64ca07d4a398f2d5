#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dkimsign and dkimkey when memory or the system fails, once at each place.
# bats file_tags=slow
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	[ -x "$O/allocfail/dkimsign" ] || skip "make check-all builds it"
	no_sanitizer
	dkimkey new rsa.pem
	dkimkey new --type=ed25519 ed.pem
	{
		dkimkey record -d example.com -s r rsa.pem
		dkimkey record -d example.com -s e ed.pem
	} >zone
	printf 'From: a@example.com\nSubject: x\nDate: x\nMessage-ID: <x>\n\n' \
	    >mail
	yes 'lorem ipsum' | head -n 300 >>mail
	echo "example.com example.com r rsa.pem" >table
	dkimsign -d example.com -k rsa.pem -s r mail >signed
}

@test "dkimsign: each allocation fails once" {
	sweep_alloc dkimsign -d example.com -k rsa.pem -s r --now=1 -z -x 1d \
	    -i a@example.com mail
	STDIN=mail sweep_alloc dkimsign --key-table=table
}

# each_call STATUS...: dkimsign as in "$@" of SIGN.  Whatever call fails: one of
# these statuses, and nothing came out, or (a failing close) all of it.
each_call() {
	local n rc
	dkimsign "${SIGN[@]}" <mail >want
	for ((n = 1; n < 500; n++)); do
		rm -f mark
		rc=0
		VOUCHSAFE_FAIL_CALL=$n VOUCHSAFE_FAIL_MARK=$PWD/mark \
		    "$O/allocfail/dkimsign" "${SIGN[@]}" <mail >out \
		    2>err || rc=$?
		[ -e mark ] || break
		[ ! -s out ] || cmp out want || return 1
		if [ "$rc" -eq 0 ]; then
			cmp out want || return 1
		else
			[[ " $* " == *" $rc "* ]] || return 1
		fi
	done
	[ "$n" -gt 1 ]
}

@test "dkimsign: each system call fails once" {
	SIGN=(-d example.com -k rsa.pem -s r mail)
	each_call 66 70 74 75
	SIGN=(--key-table=table)
	each_call 66 70 74 75
}

@test "dkimsign --filter: every failure is 75" {
	sweep VOUCHSAFE_FAIL_ALLOC 75 dkimsign --filter -d example.com \
	    -k rsa.pem -s r mail
	SIGN=(--filter -d example.com -k rsa.pem -s r mail)
	each_call 75
	SIGN=(-f --key-table=table)
	each_call 75
}

@test "dkimkey: each allocation fails once" {
	sweep_alloc dkimkey record -d example.com -s r rsa.pem
	sweep_alloc dkimkey record -o json -d example.com -s r rsa.pem
	sweep_alloc dkimkey check --offline --zone=zone -d example.com -s r \
	    -k rsa.pem signed
	sweep_alloc dkimkey check -o json --offline --zone=zone signed
	sweep_alloc dkimkey rotate --offline --zone=zone --now=1 \
	    -d example.com -s r
}

@test "dkimkey new: no half a key is left" {
	local n rc
	for ((n = 1; n < 200; n++)); do
		rm -f k mark
		rc=0
		VOUCHSAFE_FAIL_CALL=$n VOUCHSAFE_FAIL_MARK=$PWD/mark \
		    "$O/allocfail/dkimkey" new --type=ed25519 k 2>err || rc=$?
		[ -e mark ] || break
		[ "$rc" -eq 0 ] || [ ! -e k ]
	done
	[ "$n" -gt 1 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# kill -9 of mailaudit at each call that changes a disk: the state is the old
# one or the new one, whole.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	no_sanitizer
	need cc
	cc -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -o killat.so \
	    "$ROOT/tests/lib/preload/killat.c"
	for p in reject none; do
		printf '%s\n' \
		    'example. 60 IN SOA ns. h. 1 2 3 4 5' \
		    'a.example. 60 IN TXT "v=spf1 -all"' \
		    'b.example. 60 IN TXT "v=spf1 -all"' \
		    "_dmarc.a.example. 60 IN TXT \"v=DMARC1; p=$p\"" >$p
	done
}

state() {
	mailaudit --offline --zone="$1" --state=st --now=2026-11-27T00:00:00Z \
	    "${@:2}" a.example b.example
}

@test "the state's writer is killed: old or new, never half" {
	local n how
	state reject --init >/dev/null || :
	cp st old
	state none >/dev/null || :
	cp st new
	run -1 cmp -s old new
	for how in '' + /2; do
		for ((n = 1; n < 100; n++)); do
			rm -f mark
			cp old st
			VOUCHSAFE_KILL_AT=$n$how VOUCHSAFE_KILL_MARK=$T/mark \
			    LD_PRELOAD=$T/killat.so state none >/dev/null \
			    2>&1 || :
			[ -e mark ] || break
			cmp -s st old || cmp -s st new
			# And the next run is not hindered by what is left.
			state none >/dev/null || :
			[ "$(tail -n +2 st)" = "$(tail -n +2 new)" ]
			[ ! -e st.new ]
		done
		[ "$n" -gt 4 ]
	done
}

@test "--init is killed: no state, or a whole one" {
	local n
	state reject --init >/dev/null || :
	cp st whole
	for ((n = 1; n < 100; n++)); do
		rm -f mark st
		VOUCHSAFE_KILL_AT=$n VOUCHSAFE_KILL_MARK=$T/mark \
		    LD_PRELOAD=$T/killat.so state reject --init \
		    >/dev/null 2>&1 || :
		[ -e mark ] || break
		[ ! -e st ] || cmp st whole
	done
	[ "$n" -gt 4 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# An end is an end: whatever was killed, stopped or set back before it.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	need jq
	export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
	H=$PWD/home
	jitgrant init -q "$H"
	D=$PWD
	# In the grant's job an orphan waits for a word; "go" is that word.
	mkfifo word
	cat >job <<-S
	#!/bin/sh
	cd '$D'
	case \$1 in
	grant) [ ! -e leave ] || {
		setsid sh -c 'read x <word; echo late >>effect' &
		echo \$! >orphan
		while :; do sleep 1000; done
	    }
	    echo made >>effect ;;
	revoke) rm -f effect; echo undone >>undone ;;
	esac
	S
	chmod 755 job
	cat >"$H/policy" <<-P
	[person me]
	uid=$(id -u)
	[kind e]
	adapter=exec
	grant_command=$D/job grant {resource}
	revoke_command=$D/job revoke {resource}
	[rule e]
	kind=e
	resource=*
	request=person:me
	approve=none
	max=1h
	[rule n]
	kind=n
	resource=*
	request=person:me
	approve=none
	max=1h
	P
}

teardown() {
	[ ! -e orphan ] || kill -9 "$(<orphan)" 2>/dev/null || true
	[ -z "${JOB-}" ] || { kill -CONT "$JOB"; kill -9 "$JOB"; } \
	    2>/dev/null || true
}

wait_for() {
	for ((i = 0; i < 3000; i++)); do
		[ ! -s "$1" ] || return 0
		sleep 0.02
	done
	return 1
}

gone() {	# a zombie is dead
	[ ! -e "/proc/$1/stat" ] || [[ $(<"/proc/$1/stat") = *") Z "* ]]
}

ask() {
	jitgrant request --home "$H" --kind e --resource "$1" --for 10m \
	    -o json
}

@test "what an adapter left at work is dead before the undo counts" {
	touch leave
	jitgrant request --home "$H" --kind e --resource x --for 10m \
	    3>&- >asked 2>&1 &
	JOB=$!
	wait_for orphan
	# The orphan is there, and would do its work at a word.
	run ! gone "$(<orphan)"
	kill -9 $JOB
	wait $JOB || true
	run ! gone "$(<orphan)"
	rm leave
	run -0 --separate-stderr jitgrant sweep --home "$H" --all -o json
	gone "$(<orphan)"
	[ ! -e effect ]
	[ -s undone ]
	run -0 jitgrant list --home "$H" --all -o json
	[ "$(jq -r '.grants[0].state' <<<"$output")" = ended ]
}

@test "a stopped jitgrant holds up no other grant, nor its own end" {
	touch leave
	jitgrant request --home "$H" --kind e --resource x --for 10m \
	    3>&- >asked 2>&1 &
	JOB=$!
	wait_for orphan
	kill -STOP $JOB
	rm leave
	run -0 ask y
	[ "$(jq -r .state <<<"$output")" = active ]
	run -0 --separate-stderr timeout 60 jitgrant sweep --home "$H" \
	    --all -o json
	gone "$(<orphan)"
	[ ! -e effect ]
	run -0 jitgrant list --home "$H" --all -o json
	[ "$(jq -r '[.grants[].state] | unique | join(" ")' \
	    <<<"$output")" = ended ]
	# It goes on, and what it wanted is over.
	kill -CONT $JOB
	wait $JOB || true
	[ ! -e effect ]
	run -0 jitgrant sweep --home "$H" -o json
	[ "$(jq .changed <<<"$output")" = 0 ]
}

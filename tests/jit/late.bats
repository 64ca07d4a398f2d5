#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# An update that arrives after the end: whoever sent it is dead, and nobody
# knows.  The updates pass a relay that can hold one back.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/nameserver

setup() {
	use_tmp
	export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
	KNOT_PID='' RELAY_PID='' JOB=''
	need knotd nsupdate kdig jq
	cat >zone <<-'END'
	$TTL 60
	send.example.org. SOA ns.send.example.org. h.example.org. 1 60 60 600 60
	send.example.org. NS ns.send.example.org.
	ns.send.example.org. A 127.0.0.1
	END
	REAL=$(free_port)
	knot_key
	knot_start "$REAL" send.example.org "$PWD/zone"
	PORT=$(free_port)
	relay "$PORT" "$REAL"
	answers "$PORT" send.example.org
	H=$PWD/home
	jitgrant init -q "$H"
	policy timeout=30s
}

teardown() {
	rm -f hold
	for pid in $JOB $RELAY_PID; do
		kill -9 "$pid" 2>/dev/null || :
	done
	[ -z "$KNOT_PID" ] || knot_stop "$KNOT_PID"
}

# policy LINE...: a kind that publishes by way of the relay.
policy() {
	cat >"$H/policy" <<-P
	[person me]
	uid=$(id -u)
	[kind s]
	adapter=nsupdate
	zone=send.example.org
	server=127.0.0.1:$PORT
	servers=127.0.0.1:$REAL
	keyfile=$PWD/tsig.key
	$(printf '%s\n' "$@")
	[rule s]
	kind=s
	resource=*
	request=person:me
	approve=none
	max=1h
	P
}

# late SECONDS COMMAND...: so much later by the boot clock.
late() {
	local s=$1
	shift
	unshare -T --boottime "$s" "$@"
}

j() { local verb=$1; shift; jitgrant "$verb" --home "$H" "$@"; }
ask() {
	j request --kind s --resource v.send.example.org --for 50m \
	    --limit ip=192.0.2.7 -o json "$@"
}
there() {	# is the record in the zone?
	[ -n "$(kdig +short "@127.0.0.1" -p "$REAL" \
	    7.2.0.192.in-addr._jit.v.send.example.org A)" ]
}
state() { j show --id "$G" -o json | jq -r .state; }
wait_for() {
	for ((i = 0; i < 1500; i++)); do
		[ ! -s "$1" ] || return 0
		sleep 0.02
	done
	return 1
}
only() { j list --all -o json | jq -r '.grants[0].grant'; }
let_go() {	# what was held back arrives, and is taken
	rm hold
	wait_for arrived
	grep -q 'rcode=0' arrived
}

# killed: jitgrant, while the update of its adapter is held back.
killed() {
	touch hold
	jitgrant request --home "$H" --kind s --resource v.send.example.org \
	    --for 50m --limit ip=192.0.2.7 3>&- >asked 2>&1 &
	JOB=$!
	wait_for held
	kill -9 "$JOB"
	wait "$JOB" || :
}

# What follows from an update that is on its way: the grant is $G, revoked.
undone_until_late() {
	[ "$(state)" = revoking ]
	run ! there
	run -1 j check --id "$G"
	run -0 --separate-stderr j sweep -o json
	[ "$(jq -c '[.reason, .settling, .stuck, .live]' <<<"$output")" = \
	    '["settling",1,0,1]' ]
	run -0 j sweep
	[[ $output == *'may arrive late'* ]]
	[ "$(j show --id "$G" -o json | jq .settles_in)" -gt 270 ]
	let_go
	there
	run -0 j sweep -q
	run ! there
	[ "$(state)" = revoking ]
	# The wall clock does not shorten it.
	FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME=+400s \
	    LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1) \
	    jitgrant sweep -q --home "$H" || :
	[ "$(state)" = revoking ]
	run -0 late 250 jitgrant sweep --home "$H" -o json
	[ "$(jq .settling <<<"$output")" = 1 ]
	run -0 late 315 jitgrant sweep --home "$H" -o json
	[ "$(jq -c '[.reason, .settling]' <<<"$output")" = '["swept",0]' ]
	[ "$(j list --all -o json | jq -r '.grants[0].state')" = ended ]
	run ! there
	j log export >exported
	[ "$(grep -c '"event":"undone"' exported)" = 1 ]
	run -0 j log verify
}

@test "an adapter killed while its update is under way: revoking until it cannot come" {
	need faketime unshare
	no_sanitizer
	[ "$(id -u)" = 0 ] || skip 'needs root: another boot clock'
	killed
	G=$(only)
	[ "$(state)" = applying ]
	run -2 --separate-stderr j revoke --id "$G" -o json
	[ "$(jq -c '[.state, .decision]' <<<"$output")" = \
	    '["revoking","pending"]' ]
	# shellcheck disable=SC2154
	[[ $stderr == *'may arrive within'* ]]
	undone_until_late
}

@test "an adapter that was too slow: its update may still come" {
	need faketime unshare
	no_sanitizer
	[ "$(id -u)" = 0 ] || skip 'needs root: another boot clock'
	policy timeout=2s
	touch hold
	run -2 --separate-stderr ask
	G=$(only)
	[ "$(state)" = applying ]
	policy timeout=30s
	run -2 j revoke --id "$G"
	[[ $output == *'may arrive within'* ]]
	undone_until_late
}

@test "nsupdate gives up waiting for an answer: its update may still come" {
	need faketime unshare
	no_sanitizer
	[ "$(id -u)" = 0 ] || skip 'needs root: another boot clock'
	touch hold
	run -2 --separate-stderr ask
	G=$(only)
	[ "$(state)" = applying ]
	j log export | grep -q 'nsupdate ended with status'
	run -2 j revoke --id "$G"
	undone_until_late
}

@test "a later run that is answered says nothing of an earlier one" {
	killed
	mv hold hold2
	wait_for arrived
	run -0 j sweep
	G=$(only)
	[ "$(state)" = active ]
	run -2 j revoke --id "$G"
	[ "$(state)" = revoking ]
}

@test "answered is answered: the end needs no wait" {
	run -0 ask
	G=$(only)
	there
	run -0 j revoke --id "$G"
	[ "$(state)" = ended ]
	run ! there
}

@test "a refusal without the server's signature is no answer" {
	sed -i 's/secret: .*/secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"/' \
	    knot.conf
	knot_stop "$KNOT_PID"
	knotd -c knot.conf >knot.log 2>&1 3>&- 4>&- &
	KNOT_PID=$!
	answers "$REAL" send.example.org
	run -2 --separate-stderr ask
	G=$(jq -r .grant <<<"$output")
	run -2 j revoke --id "$G"
	[ "$(state)" = revoking ]
}

@test "when the package is removed an update on its way is no success" {
	killed
	run -1 --separate-stderr j sweep --all -o json
	[ "$(jq -c '[.reason, .settling]' <<<"$output")" = '["settling",1]' ]
	let_go
	there
	run -1 j sweep --all
	run ! there
}

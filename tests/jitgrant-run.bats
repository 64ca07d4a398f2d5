#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# jitgrant run: nothing outlives the grant.
bats_require_minimum_version 1.8.0
load lib/common

setup() {
	use_tmp
	export VOUCHSAFE_JIT_HOME=
	H=$PWD/home
	jitgrant init -q "$H"
	# A duration nobody else sleeps: how what is left is found.
	N=$((100000 + RANDOM))$$
}

grant() {
	jitgrant request --home "$H" --kind demo --resource x --for "$1" \
	    -o json | jq -r .grant
}

# Processes that still sleep, zombies apart.
left() {
	pgrep -f "sleep $N" -r R,S,D,T,t | wc -l
}

tree='setsid sleep $N & (setsid bash -c "(sleep $N &)")
nohup sleep $N >/dev/null 2>&1 &
bash -c "trap : TERM INT HUP; while :; do sleep $N; done" &
sleep $N & kill -STOP $!
sleep $N'

@test "the exit status is the command's" {
	id=$(grant 1m)
	run -42 jitgrant run --home "$H" --id "$id" -- sh -c 'exit 42'
	run -143 jitgrant run --home "$H" --id "$id" -- sh -c 'kill $$'
	run -127 jitgrant run --home "$H" --id "$id" -- ./nothing
	touch plain
	run -126 jitgrant run --home "$H" --id "$id" -- ./plain
	run -125 --separate-stderr jitgrant run --home "$H" --id gno -- true
	assert_err_has 'no such grant'
	run -125 jitgrant run --home "$H" --id "$id"
}

@test "run is never free, and refused when spent" {
	id=$(jitgrant request --home "$H" --kind demo --resource x --uses 1 \
	    -o json | jq -r .grant)
	run -0 jitgrant run --home "$H" --id "$id" -- true
	run -125 --separate-stderr jitgrant run --home "$H" --id "$id" -- true
	assert_err_has exhausted
}

@test "at the end of the grant the whole tree is gone" {
	id=$(grant 3s)
	export N
	run -124 jitgrant run --home "$H" --id "$id" -- bash -c "$tree"
	[ "$(left)" = 0 ]
}

@test "what the command leaves behind goes with it" {
	id=$(grant 1m)
	run -0 jitgrant run --home "$H" --id "$id" -- sh -c \
	    "setsid sleep $N & setsid sleep $N & exit 0"
	[ "$(left)" = 0 ]
}

@test "revoke and freeze end what runs" {
	for how in "revoke ID" "freeze --all"; do
		id=$(grant 1m)
		jitgrant run --home "$H" --id "$id" -- \
		    bash -c "echo up; setsid sleep $N & sleep $N" \
		    >up 3>&- &
		pid=$!
		until [ -s up ]; do sleep 0.05; done
		# shellcheck disable=SC2086
		jitgrant ${how/ID/$id} --home "$H" -q
		rc=0
		wait "$pid" || rc=$?
		[ "$rc" = 124 ]
		[ "$(left)" = 0 ]
		rm up
	done
}

@test "what outlives a killed run is ended by one sweep" {
	need_root
	grep -q cgroup2 /proc/self/mountinfo || skip 'no cgroup v2'
	id=$(grant 1m)
	jitgrant run --home "$H" --id "$id" -- \
	    bash -c "setsid sleep $N & echo up; sleep $N" >up 3>&- &
	pid=$!
	until [ -s up ]; do sleep 0.05; done
	grep -q '"cgroup":"/' "$H/audit.log" || skip 'no cgroup to be had'
	kill -KILL "$pid"
	wait "$pid" || true
	run -0 jitgrant sweep --home "$H"
	[ "$(left)" = 0 ]
}

@test "signals are passed on" {
	id=$(grant 1m)
	jitgrant run --home "$H" --id "$id" -- \
	    bash -c 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done' \
	    >up 3>&- &
	pid=$!
	until [ -s up ]; do sleep 0.05; done
	kill -TERM "$pid"
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" = 7 ]
}

@test "an ordinary user without a cgroup has the same end" {
	need_root
	D=$(mktemp -d /tmp/vouchsafe-run-XXXXXX)
	chown nobody "$D"
	as=(setpriv --reuid=nobody --clear-groups)
	"${as[@]}" jitgrant init -q "$D/h"
	id=$("${as[@]}" jitgrant request --home "$D/h" --kind demo \
	    --resource x --for 3s -o json | jq -r .grant)
	export N
	rc=0
	"${as[@]}" jitgrant run --home "$D/h" --id "$id" -- bash -c "$tree" \
	    3>&- || rc=$?
	grep -q '"cgroup":""' "$D/h/audit.log"
	rm -r "$D"
	[ "$rc" = 124 ]
	[ "$(left)" = 0 ]
}

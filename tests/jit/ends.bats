#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# An end is an end: whatever was killed, stopped or set back before it.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/sandbox

setup() {
	ready_for_sandbox
	use_tmp
	need jq
	export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
	H=$PWD/home
	jitgrant init -q "$H"
	D=$PWD
	# The grant's job leaves an orphan, which writes while it lives: by its
	# number it is not known, which is another one in a PID namespace.
	cat >job <<-S
	#!/bin/sh
	cd '$D'
	[ ! -e refuse ] || exit 75
	case \$1 in
	grant) [ ! -e leave ] || {
		setsid sh -c 'echo >orphan; while [ ! -e end ]; do
		    echo >>alive; sleep 0.1; done' &
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
	touch end
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

lives() {	# does what writes into `alive` do so still?
	rm -f alive
	sleep 0.6
	[ -e alive ]
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
	lives
	kill -9 $JOB
	wait $JOB || true
	rm leave
	run -0 --separate-stderr jitgrant sweep --home "$H" --all -o json
	run ! lives
	[ ! -e effect ]
	[ -s undone ]
	run -0 jitgrant list --home "$H" --all -o json
	[ "$(jq -r '.grants[0].state' <<<"$output")" = ended ]
}

# An ordinary user's adapter has neither a cgroup nor a namespace. What it
# leaves at work takes the mark off: it is known by its parent alone.
@test "an ordinary user's orphan without its mark is ended too" {
	# shellcheck disable=SC2016
	run -0 sandbox '
	install -d -o alice -g alice /run/alice
	cat >/run/alice/job <<-"S"
	#!/bin/sh
	cd /run/alice
	case $1 in
	grant)	env -i setsid sh -c "echo \$\$ >orphan
		    while :; do sleep 0.1; done" &
		while [ ! -s orphan ]; do sleep 0.05; done
		[ ! -e stay ] || while :; do sleep 1; done ;;
	esac
	S
	chmod 755 /run/alice/job
	as_user alice jitgrant init -q /run/alice/own
	cat >/run/alice/own/policy <<-P
	[kind e]
	adapter=exec
	grant_command=/run/alice/job grant
	revoke_command=/run/alice/job revoke
	[rule e]
	kind=e
	resource=*
	request=uid:alice
	approve=none
	max=1h
	P
	ask() {
		as_user alice jitgrant request --home /run/alice/own \
		    --kind e --resource "$1" --for 10m "${@:2}"
	}
	over() {	# is the orphan gone, soon?
		local i pid=$(</run/alice/orphan)
		for ((i = 0; i < 100; i++)); do
			[ -e /proc/$pid/stat ] || return 0
			[[ $(</proc/$pid/stat) != *") Z "* ]] || return 0
			sleep 0.05
		done
		return 1
	}
	# It ends, and leaves one.
	ask x -q
	over
	echo one
	# It is killed together with jitgrant.
	rm /run/alice/orphan
	as_user alice touch /run/alice/stay
	ask y -q &
	while [ ! -s /run/alice/orphan ]; do sleep 0.05; done
	[ -e "/proc/$(</run/alice/orphan)/stat" ]
	kill -9 "$(pgrep -o -u alice -x jitgrant)"
	over
	echo two'
	[[ $output = *one*two ]]
}

# The group of processes that was planned cannot be made: root's adapter runs
# in a namespace then, and what it leaves there ends with it.
@test "without the cgroup that was planned there is a namespace (sandbox)" {
	# shellcheck disable=SC2016
	run sandbox '
	mkdir /run/cg
	mount -t cgroup2 none /run/cg || exit 77
	mkdir "/run/cg/test-$$" || exit 77
	echo "$$" >"/run/cg/test-$$/cgroup.procs"
	trap "echo \$\$ >/run/cg/cgroup.procs; rmdir /run/cg/test-$$" EXIT
	[ -e "/run/cg/test-$$/cgroup.kill" ] || exit 77
	cat >/run/job <<-"S"
	#!/bin/sh
	# Its number is small in a namespace alone.
	[ "$1" != grant ] || echo "$$ $(grep ^0: /proc/self/cgroup)" >>/run/did
	S
	chmod 755 /run/job
	jitgrant init -q /run/own
	cat >/run/own/policy <<-P
	[kind e]
	adapter=exec
	grant_command=/run/job grant
	revoke_command=/run/job revoke
	[rule e]
	kind=e
	resource=*
	request=uid:0
	approve=none
	max=1h
	P
	jitgrant request --home /run/own --kind e --resource x --for 10m -q
	echo 0 >"/run/cg/test-$$/cgroup.max.descendants"
	jitgrant request --home /run/own --kind e --resource y --for 10m -q
	cat /run/did'
	[ "$status" != 77 ] || skip "no cgroup v2 here"
	echo "$output"
	[ "$status" = 0 ]
	# The first is in a group; the second not, and is one of a few.
	[ "$(grep -c 'jitgrant-' <<<"$output")" = 1 ]
	[[ $(tail -n 1 <<<"$output" | cut -d' ' -f1) -lt 10 ]]
}

# A system's home acts as its account; its adapters are root's. In containers
# there is often no cgroup to write to, and no namespace to be had either.
@test "a system's adapter is held without cgroups, and without namespaces" {
	# shellcheck disable=SC2016
	run -0 sandbox '
	for m in $(awk "/ - cgroup2 /{ print \$5 }" /proc/self/mountinfo |
	    tac); do umount -l "$m"; done
	cat >/run/job <<-"S"
	#!/bin/sh
	[ "$1" = grant ] || exit 0
	echo "number $$"
	echo "number $$" >>/run/did
	env -i setsid sh -c "touch /run/orphan; while :; do
	    sleep 0.1; echo >>/run/alive; done" &
	while [ ! -e /run/orphan ]; do sleep 0.05; done
	S
	chmod 755 /run/job
	serve <<-P
	[kind e]
	adapter=exec
	grant_command=/run/job grant
	revoke_command=/run/job revoke
	[rule e]
	kind=e
	resource=*
	request=uid:0
	approve=none
	max=1h
	P
	quiet() {	# nothing is alive any more
		sleep 0.5
		rm -f /run/alive /run/orphan
		sleep 0.5
		[ ! -e /run/alive ]
	}
	jitgrant request --kind e --resource x --for 10m -q || [ $? = 2 ]
	jitgrant sweep -q
	quiet
	cap="setpriv --bounding-set -sys_admin"
	$cap jitgrant request --kind e --resource y --for 10m -q || [ $? = 2 ]
	$cap jitgrant sweep -q
	quiet
	jitgrant list -o json | jq -r ".grants[].state"
	cat /run/did'
	assert_out $'active\nactive\nnumber 2\nnumber '"${output##* }"
	[ "${output##* }" -gt 9 ]
}

@test "a stopped jitgrant holds up no other grant, nor its own end" {
	touch leave
	jitgrant request --home "$H" --kind e --resource x --for 10m \
	    3>&- >asked 2>&1 &
	JOB=$!
	wait_for orphan
	kill -STOP $JOB
	lives
	rm leave
	run -0 ask y
	[ "$(jq -r .state <<<"$output")" = active ]
	run -0 --separate-stderr timeout 60 jitgrant sweep --home "$H" \
	    --all -o json
	run ! lives
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

# late TIME COMMAND...: with a wall clock that is so far ahead.
late() {
	local s=$1 lib
	shift
	lib=$(ls /usr/lib/*/faketime/libfaketime.so.1)
	FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME=$s LD_PRELOAD=$lib "$@"
}

# Sweep until a test holds; a pause of the boot clock may have to pass.
sweep_until() {
	for ((i = 0; i < 300; i++)); do
		jitgrant sweep --home "$H" -o json >swept || true
		! "$@" || return 0
		sleep 0.2
	done
	return 1
}

ended() {
	jitgrant list --home "$H" --all -o json |
	    jq -e '.grants[0].state == "ended"' >/dev/null
}

made_twice() { [ "$(grep -c made effect)" = 2 ]; }

@test "a pause counts by the boot clock, not by a wall clock that was wrong" {
	need faketime
	no_sanitizer
	id=$(ask x | jq -r .grant)
	touch refuse
	run late +20h jitgrant revoke --home "$H" --id "$id" -o json
	[ -e effect ]
	rm refuse
	sweep_until ended
	[ ! -e effect ]
}

@test "a renewal whose adapter failed is made up for" {
	id=$(ask x | jq -r .grant)
	[ "$(grep -c made effect)" = 1 ]
	touch refuse
	run jitgrant renew --home "$H" --id "$id" --for 10m -o json
	[ "$(grep -c made effect)" = 1 ]
	rm refuse
	sweep_until made_twice
	# Once, not at each sweep.
	run -0 jitgrant sweep --home "$H" -o json
	[ "$(grep -c made effect)" = 2 ]
}

@test "a use that was refused as expired is never taken again" {
	need faketime
	no_sanitizer
	id=$(jitgrant request --home "$H" --kind n --resource x --for 10m \
	    -o json | jq -r .grant)
	run -0 jitgrant use --home "$H" --id "$id"
	run -3 late +11m jitgrant use --home "$H" --id "$id"
	run jitgrant use --home "$H" --id "$id" -o json
	[ "$status" -ne 0 ]
	[ "$(jq -r .decision <<<"$output")" != yes ]
}

@test "a stopped supervisor does not prolong its command's grant" {
	id=$(jitgrant request --home "$H" --kind n --resource x --for 3s \
	    -o json | jq -r .grant)
	# Named from outside: in a namespace the command knows other numbers.
	jitgrant run --home "$H" --id "$id" -- sh -c 'echo >orphan
	    while :; do sleep 0.1; echo >>alive; done' 3>&- >ran 2>&1 &
	JOB=$!
	wait_for orphan
	kill -STOP "$(grep "$id" "$H/audit.log" |
	    jq -r 'select(.event == "run").supervisor')"
	lives
	status=0
	wait "$JOB" || status=$?
	[ "$status" = 124 ]
	run ! lives
}

@test "supervisor and front stopped: the next verb ends the command" {
	id=$(jitgrant request --home "$H" --kind n --resource x --for 4s \
	    -o json | jq -r .grant)
	# Named from outside: in a namespace the command knows other numbers.
	# shellcheck disable=SC2016
	jitgrant run --home "$H" --id "$id" -- sh -c '
	    echo >orphan
	    while :; do sleep 0.1; echo >>alive; done' 3>&- >ran 2>&1 &
	JOB=$!
	wait_for orphan
	above="$JOB $(grep "$id" "$H/audit.log" |
	    jq -r 'select(.event == "run").supervisor')"
	# shellcheck disable=SC2086
	kill -STOP $above
	# While the grant holds, no verb disturbs it.
	run -0 jitgrant list --home "$H"
	lives
	over() { ! jitgrant check --home "$H" --id "$id" -q; }
	for ((i = 0; i < 300; i++)); do
		! over || break
		sleep 0.1
	done
	run -0 jitgrant list --home "$H"
	run ! lives
	run -0 jitgrant log verify --home "$H"
	# shellcheck disable=SC2086
	kill -CONT $above 2>/dev/null || true
	status=0
	wait "$JOB" || status=$?
	[ "$status" = 124 ]
}

@test "a renewal whose adapter was killed is made up for" {
	id=$(ask x | jq -r .grant)
	touch leave
	jitgrant renew --home "$H" --id "$id" --for 10m 3>&- >renewed 2>&1 &
	JOB=$!
	wait_for orphan
	lives
	kill -9 "$JOB"
	wait "$JOB" || true
	rm leave
	[ "$(grep -c made effect)" = 1 ]
	sweep_until made_twice
	run ! lives
	run -0 jitgrant show --home "$H" --id "$id" -o json
	[ "$(jq -r .state <<<"$output")" = active ]
	[ "$(jq -r .duration <<<"$output")" = 1200 ]
	run -0 jitgrant sweep --home "$H" -o json
	[ "$(grep -c made effect)" = 2 ]
}

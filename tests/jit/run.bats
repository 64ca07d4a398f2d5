#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# jitgrant run: nothing outlives the grant.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	# LSan traces its own process, which run's processes do not let it.
	export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
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

# as WAY COMMAND...: where a run can be held in this way and no better one;
# with EXEC=exec in place of the shell.
as() {
	local way=$1 cap=()
	# LSan starts a process to look for leaks: the front cannot have one
	# any more once the namespace of its children has ended.
	local -x ASAN_OPTIONS=$ASAN_OPTIONS
	[ "$way" != namespace ] || ASAN_OPTIONS+=:detect_leaks=0
	shift
	if [ "$(id -u)" != 0 ]; then
		${EXEC-} "$@"
		return
	fi
	[ "$way" != subreaper ] || cap=(setpriv --bounding-set -sys_admin)
	${EXEC-} unshare -m --propagation private bash -c '
		mounted() {
			awk "/ - cgroup2 /{ print \$5 }" /proc/self/mountinfo
		}
		if [ "$0" = cgroup ]; then
			[ -n "$(mounted)" ] || mount -t cgroup2 none /mnt
		else
			for m in $(mounted | tac); do umount -l "$m"; done
		fi
		exec "$@"' "$way" "${cap[@]}" "$@"
}

# The ways that can be had here.
ways() {
	if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
		echo subreaper
		return
	fi
	if as cgroup awk '/ - cgroup2 /{ m = $5 } END { exit !(m != "" &&
	    system("d=" m "/vouchsafe-$$; mkdir $d && [ -e $d/cgroup.kill ];" \
	    " r=$?; rmdir $d; exit $r") == 0) }' /proc/self/mountinfo; then
		echo cgroup
	fi
	! unshare -p -f true 2>/dev/null || echo namespace
	echo subreaper
}

# started WAY [SECONDS] COMMAND...: a run in the background, in that way, once
# its command has said "up"; $pid is the front, $id the grant.
started() {
	local way=$1 time=$2
	shift 2
	rm -f up
	id=$(grant "$time")
	EXEC=exec as "$way" jitgrant run --home "$H" --id "$id" -- "$@" \
	    >up 2>err 3>&- &
	pid=$!
	until [ -s up ] || ! kill -0 "$pid"; do sleep 0.05; done
	[ "$(id -u)" != 0 ] ||
	    grep "$id" "$H/audit.log" | grep -q "\"way\":\"$way\""
	supervisor=$(grep "$id" "$H/audit.log" |
	    jq -r 'select(.event == "run").supervisor')
}

ended() {	# ended STATUS: the run in the background did so
	local rc=0
	wait "$pid" || rc=$?
	[ "$rc" = "$1" ] || { echo "status $rc, not $1: $(cat err)"; return 1; }
}

gone() {	# gone: within a while nothing is left
	local i
	for ((i = 0; i < 200; i++)); do
		[ "$(left)" != 0 ] || return 0
		sleep 0.05
	done
	pgrep -fa "sleep $N"
	return 1
}

# Of the grant, no cgroup stands any more either.
no_group() {
	local m
	for m in $(awk '/ - cgroup2 /{ print $5 }' /proc/self/mountinfo); do
		! ls -d "$m/jitgrant-$id-"* 2>/dev/null || return 1
	done
}

# What sweeps tell: one ends so many runs, the next one does nothing.
swept() {
	run -0 --separate-stderr jitgrant sweep --home "$H" -o json
	assert_json .runs "$1"
	run -0 --separate-stderr jitgrant sweep --home "$H" -o json
	assert_json .runs 0
	assert_json .changed 0
	no_group
}

@test "at the end of the grant the whole tree is gone" {
	export N
	for way in $(ways); do
		id=$(grant 3s)
		run -124 as "$way" jitgrant run --home "$H" --id "$id" -- \
		    bash -c "$tree"
		[ "$(left)" = 0 ]
		# The promise is one second; the machine may be slow.
		end=$(grep "\"$id\"" "$H/audit.log" |
		    jq 'select(.not_after).not_after' | head -n 1)
		[ "$(date +%s)" -le $((end + 3)) ]
		echo "# $way: $(($(date +%s%3N) - end * 1000)) ms after" >&3
		swept 0
	done
}

@test "200 processes, each in a session of its own, a child of the last" {
	need perl
	export N
	for way in $(ways); do
		id=$(grant 3s)
		run -124 as "$way" jitgrant run --home "$H" --id "$id" -- \
		    perl -MPOSIX -e 'for (1 .. 200) {
			last if fork;
			setsid;
		    }
		    exec "sleep", $ENV{N}'
		[ "$(left)" = 0 ]
	done
}

@test "who forks faster than one can look is caught" {
	export N
	for way in $(ways); do
		started "$way" 2s bash -c 'echo up
		    for ((i = 0; i < 4; i++)); do
			(while :; do setsid sleep 0.0$N & sleep 0.01; done) &
		    done; sleep $N'
		ended 124
		[ "$(pgrep -f "sleep (0.0)?$N" -r R,S,D,T,t | wc -l)" = 0 ]
	done
}

@test "a run that was killed takes its tree along" {
	export N
	for way in $(ways); do
		started "$way" 1m bash -c "echo up; $tree"
		kill -KILL "$pid"
		wait "$pid" || true
		gone
		run -0 jitgrant sweep --home "$H"
		swept 0
	done
}

@test "a supervisor that was killed takes its tree along" {
	export N
	for way in $(ways); do
		started "$way" 1m bash -c "echo up; $tree"
		kill -KILL "$supervisor"
		ended 125
		[ "$(left)" = 0 ]
		grep -q 'supervisor was killed' err
		swept 1
	done
}

# A process with SIGKILL under way still looks alive on a busy machine.
dead() {
	[ ! -e "/proc/$1/stat" ] || [[ $(<"/proc/$1/stat") = *") Z "* ]]
}

@test "both killed at once: one sweep ends what is left" {
	export N
	for way in $(ways); do
		started "$way" 1m bash -c "echo up; $tree"
		kill -STOP "$pid" "$supervisor"
		kill -KILL "$pid" "$supervisor"
		wait "$pid" || true
		until dead "$supervisor"; do sleep 0.05; done
		swept 1
		gone
		[ "$(left)" = 0 ]
	done
}

@test "a stopped run, a stopped supervisor: the end comes all the same" {
	export N
	for way in $(ways); do
		started "$way" 2s bash -c "echo up; $tree"
		kill -STOP "$pid"
		gone
		kill -CONT "$pid"
		ended 124
		started "$way" 1m bash -c "echo up; $tree"
		kill -STOP "$supervisor"
		jitgrant revoke -q --home "$H" "$id"
		gone
		kill -CONT "$supervisor" 2>/dev/null || true
		ended 124
	done
}

@test "what stops the command stops the run, and both go on" {
	for way in $(ways); do
		set -m
		started "$way" 1m bash -c 'echo up; trap "exit 9" TERM
		    while :; do sleep 0.05; done'
		set +m
		state() { awk '{ print $3 }' "/proc/$1/stat"; }
		for ((i = 0; i < 5; i++)); do
			kill -TSTP "$pid"
			until [ "$(state "$pid")" = T ]; do sleep 0.02; done
			kill -CONT "$pid"
			until [ "$(state "$pid")" != T ]; do sleep 0.02; done
			kill -TSTP -- "-$pid"
			until [ "$(state "$pid")" = T ]; do sleep 0.02; done
			kill -CONT -- "-$pid"
			until [ "$(state "$pid")" != T ]; do sleep 0.02; done
		done
		kill -TERM "$pid"
		ended 9
		# Stopped at the end of the grant, it is woken to tell of it.
		# A grant that is long enough to be stopped under load.
		set -m
		started "$way" 6s bash -c 'echo up; while :; do sleep 0.05; done'
		set +m
		kill -TSTP "$pid"
		until [ "$(state "$pid")" = T ]; do sleep 0.02; done
		ended 124
	done
}

@test "on a terminal: Ctrl-C once, Ctrl-Z and fg, what is typed" {
	need_python pty
	for way in $(ways); do
		id=$(grant 1m)
		run as "$way" timeout 60 "$PYTHON" \
		    "$ROOT/tests/lib/bats/terminal.py" \
		    "jitgrant run --home $H --id $id -- "
		[ "$status" = 0 ] || show "$way"
	done
}

@test "a child that holds standard output open does not hold it for long" {
	for way in $(ways); do
		id=$(grant 1m)
		out=$(as "$way" jitgrant run --home "$H" --id "$id" -- \
		    sh -c "setsid sleep $N & echo one")
		[ "$out" = one ]
		[ "$(left)" = 0 ]
	done
}

@test "the command's world is the caller's" {
	for way in $(ways); do
		id=$(grant 1m)
		inside() { as "$way" jitgrant run --home "$H" --id "$id" -- "$@"; }
		printf 'text' >in
		[ "$(inside cat <in)" = text ]
		# Signals ignored, blocked, or not: as nohup and env would.
		(trap '' HUP; inside sh -c 'kill -HUP $$; echo no') >out
		[ "$(cat out)" = no ]
		run -129 inside sh -c 'kill -HUP $$; echo no'
		[ "$(inside sh -c 'echo $VOUCHSAFE_X' )" = "" ]
		[ "$(VOUCHSAFE_X=y inside sh -c 'echo $VOUCHSAFE_X' )" = y ]
		# No file of our own is open in it.
		inside ls -l /proc/self/fd >fds
		assert_file_lacks_re 'socket|signalfd|store|audit' ' 0 -> ' fds
		run -130 as "$way" setsid -w jitgrant run --home "$H" \
		    --id "$id" -- sh -c 'kill -INT 0; sleep 10'
		[ "$(inside id -u)" = "$(id -u)" ]
		run -127 --separate-stderr inside ./nothing
		assert_err_has './nothing: No such file'
	done
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
	[[ $(ways) == cgroup* ]] || skip 'no cgroup v2'
	started cgroup 1m bash -c "setsid sleep $N & echo up; sleep $N"
	group=$(jq -r 'select(.event == "run").cgroup' "$H/audit.log")
	[ -n "$group" ]
	kill -STOP "$pid" "$supervisor"
	kill -KILL "$pid" "$supervisor"
	wait "$pid" || true
	run -0 jitgrant sweep --home "$H"
	gone
	[ ! -d "$group" ]
}

@test "a run within a run" {
	export N
	for way in $(ways); do
		id=$(grant 3s)
		two=$(grant 1m)
		run -124 as "$way" jitgrant run --home "$H" --id "$id" -- \
		    jitgrant run --home "$H" --id "$two" -- bash -c "$tree"
		gone
		run -0 jitgrant sweep --home "$H"
		swept 0
	done
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

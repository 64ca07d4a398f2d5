#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# jitgrant killed at each write, sync, truncation, link, creation and exec of
# each verb.  Then two sweeps: nothing left behind, nothing unlogged, and the
# second sweep does nothing; the store opens by itself.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/sandbox

setup() {
	use_tmp
	need faketime jq cc
	need_sandbox
	no_sanitizer
	cc -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -o killat.so \
	    "$ROOT/tests/lib/preload/killat.c"
}

# The home is alice's, root is the approver; an effect is a file.
WORLD='
mkdir /run/effects
cp killat.so /run/bin
cat >/run/bin/effect <<\S
#!/bin/sh
case $1 in
grant) : >"/run/effects/$2" ;;
revoke) [ ! -e "/run/effects/$2" ] || rm "/run/effects/$2" ;;
esac
S
chmod 755 /run/bin/effect
mkdir /run/alice
chown alice /run/effects /run/alice
alice() { as_user alice "$@"; }
alice jitgrant init /run/alice/own >/dev/null
cat >/run/alice/own/policy <<P
[person alice]
uid=64102
[person boss]
uid=0
[kind e]
adapter=exec
grant_command=/run/bin/effect grant {resource}
revoke_command=/run/bin/effect revoke {resource}
[rule e]
kind=e
resource=*
request=person:alice
approve=none
max=1h
[rule a]
kind=e
resource=approved*
request=person:alice
approve=1 of person:boss
max=1h
[rule n]
kind=n
resource=*
request=person:alice
approve=none
max=1h
P
FAKE=$(ls /usr/lib/*/faketime/libfaketime.so.1)
H=/run/alice/own
late() {	# late SECONDS VERB...: as root, so much later
	local s=$1 verb=$2
	shift 2
	FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME="+$s" LD_PRELOAD=$FAKE \
	    jitgrant "$verb" --home $H "$@"
}
ask() { alice jitgrant request --home $H --reason test --for 10m -o json "$@"; }
id_of() { jq -r .grant; }
keep() {	# this is how each run begins
	rm -rf /run/alice/template /run/template
	cp -a /run/alice/own /run/alice/template
	cp -a /run/effects /run/template
}
again() {
	rm -rf /run/alice/own /run/effects
	cp -a /run/alice/template /run/alice/own
	cp -a /run/template /run/effects
}
bad() {
	echo "killed ($HOW) at call $n, $(cat /run/alice/mark): $*"
	cat out s1 s2 2>/dev/null
	late 6 log show | tail -n 5
	late 6 list
	ls /run/effects
	exit 1
}
# After two sweeps: what is active has its effect, what is not has none, and
# every live grant stands in the log.
settled() {	# settled SECONDS
	late "$1" sweep -o json >s1 || bad "first sweep: $?"
	late "$1" sweep -o json >s2 || bad "second sweep: $?"
	[ "$(jq .changed s2)" = 0 ] || bad "the second sweep did something"
	late "$1" log verify >/dev/null || bad "log verify: $?"
	late "$1" list -o json >list || bad "list: $?"
	jq -r ".grants[] | select(.kind == \"e\" and .state == \"active\") |
	    .resource" list | sort >want
	ls /run/effects >got
	cmp -s want got || bad "effects are not those of active grants"
	[ "$(jq "[.grants[] | select(.state == \"applying\" or
	    .state == \"revoking\")] | length" list)" = 0 ] ||
	    bad "a grant hangs"
	local id
	for id in $(jq -r ".grants[].grant" list); do
		grep -q "\"$id\"" $H/audit.log || bad "$id is not in the log"
	done
}
# sweep_kills NAME CHECK WHO VERB ARGUMENT...
sweep_kills() {
	local name=$1 check=$2 who=$3 verb=$4 HOW total=0
	shift 4
	for HOW in "" + /2; do
		for ((n = 1; n < 2000; n++)); do
			again
			rm -f /run/alice/mark
			rc=0
			as_user "$who" env "VOUCHSAFE_KILL_AT=$n$HOW" \
			    VOUCHSAFE_KILL_MARK=/run/alice/mark ${ENV-} \
			    "LD_PRELOAD=/run/bin/killat.so${FAKED:+:$FAKE}" \
			    jitgrant "$verb" --home $H "$@" >out 2>&1 || rc=$?
			[ -e /run/alice/mark ] || break
			settled 6
			$check
			settled 800
			[ -z "$(ls /run/effects)" ] || bad "left behind"
		done
		[ "$n" -gt 3 ] || bad "nothing was killed"
		total=$((total + n - 1))
	done
	echo "# $name: killed at $total calls, all settled by two sweeps"
}
'

@test "request: an effect without approval" {
	sandbox "$WORLD"'
	ask --kind n --resource x >/dev/null
	keep
	sweep_kills request : alice request --kind e --resource one --for 10m \
	    --reason test -o json
	' >&3
}

@test "request: the first of a new home" {
	sandbox "$WORLD"'
	keep
	sweep_kills "request (first)" : alice request --kind n --resource one \
	    --for 10m --uses 3 --reason test -o json
	' >&3
}

@test "approve: with an effect" {
	sandbox "$WORLD"'
	rc=0
	g=$(ask --kind e --resource approved) || rc=$?
	[ "$rc" = 2 ]
	g=$(echo "$g" | id_of)
	keep
	sweep_kills approve : root approve --id "$g"
	' >&3
}

@test "renew: at once, and by a vote" {
	sandbox "$WORLD"'
	sed -i "s/^max=1h/max=1h\ntotal=8h/" $H/policy
	ask --kind e --resource one >/dev/null
	g=$(ask --kind e --resource approved || :)
	jitgrant approve --home $H --id "$(echo "$g" | id_of)" >/dev/null
	keep
	sweep_kills renew : alice renew --kind e --resource one --for 1m
	rc=0
	again
	r=$(alice jitgrant renew --home $H --kind e --resource approved \
	    --for 1m -o json) || rc=$?
	[ "$rc" = 2 ]
	keep
	sweep_kills "approve (renewal)" : root approve --id \
	    "$(echo "$r" | id_of)"
	' >&3
}

@test "use: never more than one" {
	sandbox "$WORLD"'
	g=$(ask --kind n --resource one --uses 5 | id_of)
	keep
	once() {
		left=$(jq ".grants[0].uses_left" list)
		case $left in
		4) ;;
		5) ! grep -q "^yes" out || bad "yes, and not burnt" ;;
		*) bad "$left uses are left" ;;
		esac
	}
	sweep_kills use once alice use --id "$g"
	' >&3
}

@test "use: the last one, which ends an effect" {
	sandbox "$WORLD"'
	g=$(ask --kind e --resource one --uses 1 | id_of)
	keep
	gone() {
		! grep -q "^yes" out || [ "$(jq ".grants | length" list)" = 0 ] ||
		    bad "yes, and not spent"
	}
	sweep_kills "use (last)" gone alice use --id "$g"
	' >&3
}

@test "revoke and release" {
	sandbox "$WORLD"'
	g=$(ask --kind e --resource one | id_of)
	ask --kind e --resource two >/dev/null
	keep
	gone() {
		! grep -q "state=ended" out ||
		    [ "$(ls /run/effects)" = two ] || bad "said to be gone"
	}
	sweep_kills revoke gone root revoke --id "$g"
	sweep_kills release gone alice release --id "$g"
	' >&3
}

@test "sweep of what has expired, and of all" {
	sandbox "$WORLD"'
	ask --kind e --resource one >/dev/null
	ask --kind e --resource two >/dev/null
	ask --kind n --resource three >/dev/null
	keep
	sweep_kills "sweep --all" : root sweep --all
	FAKED=yes ENV="FAKETIME=+700 FAKETIME_DONT_FAKE_MONOTONIC=1"
	late() {
		local verb=$2
		shift 2
		FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME="+720" \
		    LD_PRELOAD=$FAKE jitgrant "$verb" --home $H "$@"
	}
	sweep_kills "sweep (expired)" : root sweep
	' >&3
}

# A command under `run` that leaves its session; front, supervisor and command
# are each killed at their n-th call.
RUN=$WORLD'
N=$((100000 + RANDOM))$$
cat >/run/bin/tree <<S
#!/bin/bash
setsid sleep $N &
(setsid bash -c "(sleep $N &)")
echo up
sleep 0.1
S
chmod 755 /run/bin/tree
mounted() { awk "/ - cgroup2 /{ print \$5 }" /proc/self/mountinfo; }
as_root() {	# the home is root'"'"'s own
	chown -R 0:0 /run/alice/own
	sed -i "s/uid=64102/uid=x/; s/uid=0/uid=64102/; s/uid=x/uid=0/" $H/policy
	g=$(jitgrant request --home $H --reason test --for 10m -o json \
	    --kind n --resource one --uses 5 | id_of)
}
no_cgroup() { for m in $(mounted | tac); do umount -l "$m"; done; }
none() {
	local i left
	for ((i = 0; i < 100; i++)); do
		left=$(pgrep -f "sleep $N" -r R,S,D,T,t) || break
		sleep 0.05
	done
	[ "$i" -lt 100 ] || bad "left behind: $left"
	[ "$(jq .runs s2)" = 0 ] || bad "the second sweep ended a run"
	for m in $(mounted); do
		! ls -d "$m/jitgrant-$g-"* 2>/dev/null || bad "a group is left"
	done
	left=$(jq ".grants[0].uses_left" list)
	! grep -q "^up" out || [ "$left" = 4 ] || bad "it ran, and not burnt"
	! grep -q "^up" out || grep -q "\"event\":\"run\"" $H/audit.log ||
	    bad "it ran, and not logged"
	[ "$left" = 4 ] || [ "$left" = 5 ] || bad "$left uses are left"
	[ -z "${WAY-}" ] || ! grep "\"event\":\"run\"" $H/audit.log |
	    grep -v "\"way\":\"$WAY\"" || bad "not $WAY"
}
'

@test "run: in a cgroup" {
	sandbox "$RUN"'
	[ -n "$(mounted)" ] || mount -t cgroup2 none /mnt || exit 0
	as_root
	keep
	WAY=cgroup
	sweep_kills "run (cgroup)" none root run --id "$g" -- \
	    env -u LD_PRELOAD tree
	' >&3
}

@test "run: in a PID namespace" {
	sandbox "$RUN"'
	no_cgroup
	as_root
	keep
	WAY=namespace
	sweep_kills "run (namespace)" none root run --id "$g" -- \
	    env -u LD_PRELOAD tree
	' >&3
}

@test "run: under a subreaper" {
	sandbox "$RUN"'
	no_cgroup
	g=$(ask --kind n --resource one --uses 5 | id_of)
	keep
	WAY=subreaper
	sweep_kills "run (subreaper)" none alice run --id "$g" -- \
	    env -u LD_PRELOAD tree
	' >&3
}

@test "freeze and deny" {
	sandbox "$WORLD"'
	g=$(ask --kind e --resource approved || :)
	g=$(echo "$g" | id_of)
	keep
	held() {
		late 6 check --id "$g" >now 2>&1 && bad "not pending, not frozen"
		! grep -q ^yes out || [ "$(jq ".freezes | length" list)" = 1 ] ||
		    bad "a freeze was forgotten"
	}
	sweep_kills freeze held root freeze --all
	sweep_kills deny : root deny --id "$g"
	' >&3
}

@test "a store of version 1, brought up to date" {
	need_python sqlite3
	sandbox "$WORLD"'
	g=$(ask --kind n --resource one --uses 2 | id_of)
	ask --kind e --resource two >/dev/null
	alice "$PYTHON" "$ROOT/tests/lib/bats/store-v1" $H/store.db
	keep
	whole() {
		[ "$(jq -r ".grants[] | select(.grant == \"$g\") |
		    .state + \" \" + (.uses_left | tostring)" list)" = \
		    "active 2" ] || bad "the grant is not what it was"
	}
	sweep_kills migrate whole alice check --id "$g"
	' >&3
}

@test "adapters, killed themselves" {
	sandbox '
	cp killat.so /run/bin
	question() {
		jq -nc --arg v "$1" --argjson c "$2" --argjson u "$3" \
		    "{schema:\"vouchsafe-adapter/1\",verb:\$v,grant:\"gabc\",
		    kind:\"k\",resource:\"staffers\",uid:64102,
		    user:\"alice\",requester:\"uid:64102\",limits:{},
		    not_after:null,duration:600,config:\$c,undo:\$u}"
	}
	kills() {	# kills ADAPTER CONFIG UNDO GONE
		local total=0
		for verb in grant revoke; do
		for how in "" + /2; do
		for ((n = 1; n < 200; n++)); do
			rm -f /run/mark
			[ $verb = grant ] || question grant "$2" "$3" |
			    "$ADAPTERS/$1" grant >/dev/null
			question $verb "$2" "$3" | env VOUCHSAFE_KILL_AT=$n$how \
			    VOUCHSAFE_KILL_MARK=/run/mark \
			    LD_PRELOAD=/run/bin/killat.so \
			    "$ADAPTERS/$1" $verb >/dev/null 2>&1 || :
			[ -e /run/mark ] || break
			total=$((total + 1))
			# What jitgrant does next: the verb again, then the end.
			question $verb "$2" "$3" | "$ADAPTERS/$1" $verb \
			    >/dev/null
			question revoke "$2" "$3" | "$ADAPTERS/$1" revoke |
			    grep -q absent
			eval "$4" || { echo "$1 $verb $n: left behind"; exit 1; }
		done
		done
		question revoke "$2" "$3" | "$ADAPTERS/$1" revoke >/dev/null
		done
		echo "# $1: killed at $total calls, nothing left"
	}
	ls /etc/sudoers.d >/run/before
	kills sudoers "{\"commands\":\"/usr/bin/id\"}" \
	    "{\"dir\":\"/etc/sudoers.d\"}" \
	    "ls /etc/sudoers.d | cmp -s - /run/before"
	kills unixgroup "{}" "{\"group\":\"staffers\",\"user\":\"alice\",
	    \"was_member\":false}" "! grep -q ^staffers:.*alice /etc/group /etc/gshadow"
	' >&3
}

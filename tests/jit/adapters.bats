#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The adapters of jitgrant on real groups, sudoers files and commands, in an
# /etc of their own.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/sandbox

setup() {
	ready_for_sandbox
	use_tmp
}

# What the scripts below share: a home of root's with a policy.
HOME_OF_ROOT='
home() {	# home: the policy on standard input
	jitgrant init /run/own >/dev/null
	cat >/run/own/policy
	chmod 600 /run/own/policy
}
j() { local verb=$1; shift; jitgrant "$verb" --home /run/own "$@"; }
ask() { j request --reason test -o json "$@"; }
field() { jq -r ".$1"; }
fails() {	# fails STATUS COMMAND...
	local want=$1 rc=0; shift
	"$@" || rc=$?
	[ "$rc" -eq "$want" ] || { echo "status $rc, not $want: $*"; exit 1; }
}
'

# question VERB CONFIG [UNDO [MEMBER=VALUE]]: what an adapter reads.
question() {
	jq -nc --arg v "$1" --argjson c "$2" --argjson u "${3:-null}" \
	    --argjson m "${4:-{\}}" '{schema:"vouchsafe-adapter/1",verb:$v,
	    grant:"gabc123",kind:"k",resource:"r",uid:1,user:"daemon",
	    requester:"uid:1",limits:{},not_after:null,duration:600,
	    config:$c,undo:$u} + $m'
}
ask_adapter() {	# ask_adapter NAME VERB CONFIG [UNDO [MEMBERS]]
	local name=$1
	shift
	question "$@" >question
	run --separate-stderr "$O/libexec/adapters/$name" "$1" <question
}

@test "sudo: allowed during, refused before and after" {
	need sudo visudo
	run -0 sandbox "$HOME_OF_ROOT"'
	serve <<-P
	[kind sudo]
	adapter=sudoers
	commands=/usr/bin/id, /bin/ls /run
	nopasswd=yes
	[rule s]
	kind=sudo
	resource=*
	request=uid:alice
	approve=none
	max=1h
	P
	fails 1 as_user alice sudo -n id
	rc=0
	g=$(as_user alice jitgrant request --kind sudo --resource id \
	    --for 10m --reason x -o json) || rc=$?
	[ "$rc" -eq 2 ]		# approved; root applies it
	g=$(echo "$g" | field grant)
	jitgrant sweep
	jitgrant show --id "$g"
	stat -c "%a %U %n" /etc/sudoers.d/vouchsafe-*
	grep -q "NOTAFTER=20[0-9]*Z NOPASSWD: /usr/bin/id" \
	    "/etc/sudoers.d/vouchsafe-$g"
	as_user alice sudo -n id -u
	as_user alice sudo -n ls /run >/dev/null
	fails 1 as_user alice sudo -n ls /
	fails 1 as_user bob sudo -n id
	rc=0
	as_user alice jitgrant release --id "$g" || rc=$?
	echo "release: $rc"
	fails 1 as_user alice jitgrant check --id "$g" 
	jitgrant sweep
	fails 1 as_user alice sudo -n id
	[ ! -e "/etc/sudoers.d/vouchsafe-$g" ]
	ls /etc/sudoers.d
	jitgrant log verify
	'
	assert_out_has "440 root /etc/sudoers.d/vouchsafe-g"
}

@test "sudo itself ends the right, should nobody sweep" {
	need sudo visudo
	run -0 sandbox "$HOME_OF_ROOT"'
	home <<-P
	[kind sudo]
	adapter=sudoers
	commands=/usr/bin/id
	nopasswd=yes
	[rule s]
	kind=sudo
	resource=*
	request=uid:root
	approve=none
	max=1h
	P
	ask --kind sudo --resource id --for 10m >/dev/null
	sed -i "s/^root ALL.*//; s/^%.*//" /etc/sudoers
	sed -i "s/^root /alice /" /etc/sudoers.d/vouchsafe-*
	sudo -n -l -U alice /usr/bin/id
	sed -i "s/NOTAFTER=20../NOTAFTER=2001/; s/20010*/2001/" \
	    /etc/sudoers.d/vouchsafe-*
	sed -i "s/NOTAFTER=[0-9]*Z/NOTAFTER=20010101000000Z/" \
	    /etc/sudoers.d/vouchsafe-*
	cat /etc/sudoers.d/vouchsafe-*
	fails 1 sudo -n -l -U alice /usr/bin/id
	'
}

@test "sudoers: what is not ours stays" {
	need visudo
	need_root
	d=$(mktemp -d -p /run)
	chmod 755 "$d"
	echo "# mine" >"$d/vouchsafe-gabc123"
	c='{"commands":"/usr/bin/id","dir":"'$d'"}'
	u='{"dir":"'$d'","file":"vouchsafe-gabc123"}'
	ask_adapter sudoers plan "$c"
	assert_status 65
	ask_adapter sudoers grant "$c" "$u"
	assert_status 65
	ask_adapter sudoers revoke "$c" "$u"
	assert_status 0
	assert_json .state '"absent"'
	[ "$(cat "$d/vouchsafe-gabc123")" = "# mine" ]
	ln -sf /etc/passwd "$d/vouchsafe-gabc123"
	ask_adapter sudoers grant "$c" "$u"
	assert_status 65
	rm "$d/vouchsafe-gabc123"
	for verb in plan grant status grant; do
		ask_adapter sudoers $verb "$c" "$u"
		assert_status 0
	done
	[ "$(ls -A "$d")" = vouchsafe-gabc123 ]
	ask_adapter sudoers revoke "$c" "$u"
	assert_status 0
	ask_adapter sudoers revoke "$c" "$u"
	assert_status 0
	assert_json .state '"absent"'
	[ -z "$(ls -A "$d")" ]
	chmod 777 "$d"
	ask_adapter sudoers plan "$c"
	assert_status 78
	rm -r "$d"
}

@test "sudoers: no value is syntax" {
	need visudo
	for user in ALL 'a,b' '%wheel' '#0' '+net' 'a b' 'a=b' '-x' '' 'a\b' \
	    'AB_C' $'a\nb' 'a"b' 'a!b'; do
		ask_adapter sudoers plan '{"commands":"/usr/bin/id"}' null \
		    "$(jq -nc --arg u "$user" '{user:$u}')"
		assert_status 65
	done
	for commands in '' id '!/bin/sh' '/bin/a, !/bin/b' '/bin/*' '/bin/a:b' \
	    '/bin/a"b' '/bin/a\b' '/bin/a=b' '/bin/[a]' $'/bin/a\n/b' \
	    'sudoedit /etc/x' '/bin/a,' '/bin/a;b' '/bin/a %x' ','; do
		ask_adapter sudoers plan \
		    "$(jq -nc --arg c "$commands" '{commands:$c}')"
		assert_status 78
	done
	for runas in ALL '' 'a,b' '#0' '%x' 'a b'; do
		ask_adapter sudoers plan "$(jq -nc --arg r "$runas" \
		    '{commands:"/usr/bin/id",runas:$r}')"
		assert_status 78
	done
	ask_adapter sudoers plan '{"commands":"/usr/bin/id","nopasswd":"maybe"}'
	assert_status 78
	ask_adapter sudoers plan '{"commands":"/usr/bin/id","dir":"../x"}'
	assert_status 78
}

@test "a group: member during, not before and not after" {
	need gpasswd
	run -0 sandbox "$HOME_OF_ROOT"'
	serve <<-P
	[kind group]
	adapter=unixgroup
	[rule s]
	kind=group
	resource=staff*
	request=uid:alice, uid:bob
	approve=none
	max=1h
	P
	sed -i "s/^staff:.*//" /etc/group /etc/gshadow
	for who in alice bob; do
		rc=0
		as_user $who jitgrant request --kind group --resource staffers \
		    --for 10m --reason x -o json || rc=$?
		[ "$rc" -eq 2 ]
	done
	jitgrant sweep
	getent group staffers
	as_user alice id -nG | grep -w staffers
	jitgrant sweep
	ids=$(jitgrant list -o json | jq -r ".grants[].grant")
	jitgrant revoke --id "$(echo "$ids" | head -n 1)"
	jitgrant revoke --id "$(echo "$ids" | tail -n 1)"
	grep ^staffers: /etc/group /etc/gshadow
	# bob was a member before: he stays one.
	[ "$(getent group staffers)" = staffers:x:64110:bob ]
	[ "$(grep ^staffers: /etc/gshadow)" = "staffers:!::bob" ]
	'
}

@test "a group: absent is a success, and syntax is refused" {
	need gpasswd
	run -0 sandbox "$HOME_OF_ROOT"'
	home <<-P
	[kind group]
	adapter=unixgroup
	[rule s]
	kind=group
	resource=*
	request=uid:root
	approve=none
	max=1h
	P
	g=$(ask --kind group --resource staffers --for 10m | field grant)
	getent group staffers | grep -w root
	gpasswd -d root staffers
	j revoke --id "$g"
	j show --id "$g" -o json | field state
	for bad in "a,b" "a:b" "-a" "a b" "%a" "a=b"; do
		fails 65 ask --kind group --resource "$bad" --for 10m >/dev/null
	done
	fails 1 ask --kind group --resource nosuchgroup --for 10m
	g=$(j list --state failed -o json | jq -r ".grants[0].grant") || :
	getent group staffers
	'
	assert_out_has ended
}

@test "a group, granted twice: the last end takes it away, in any order" {
	need gpasswd
	run -0 sandbox "$HOME_OF_ROOT"'
	home <<-P
	[kind group]
	adapter=unixgroup
	[kind alias]
	adapter=unixgroup
	group=staffers
	[rule s]
	kind=group
	resource=staffers
	request=uid:root
	approve=none
	max=1h
	[rule a]
	kind=alias
	resource=*
	request=uid:root
	approve=none
	max=1h
	P
	one() { ask --kind group --resource staffers --for 10m | field grant; }
	two() { ask --kind alias --resource other --for 10m | field grant; }
	member() { getent group staffers | grep -qw root; }
	for order in "a b" "b a"; do
		a=$(one) b=$(two)
		set -- $order
		member
		j revoke --id "${!1}"
		fails 1 j check --id "${!1}"
		member || { echo "the first end ($1) took both"; exit 1; }
		j check --id "${!2}"
		# A third one joins what is only there for the second.
		c=$(one)
		j revoke --id "${!2}"
		member
		j release --id "$c"
		! member || { echo "left behind ($order)"; exit 1; }
	done
	# Who was a member before all of them stays one.
	gpasswd -a root staffers
	a=$(one) b=$(two)
	j sweep --all
	member
	gpasswd -d root staffers
	# All at once: the end is the same.
	for i in 1 2 3 4 5 6; do one >/dev/null & two >/dev/null & done
	wait
	# One of them may find that another one is not done yet: 1.
	j sweep --all & j sweep --all & j sweep || :
	wait
	j sweep --boot
	! member || { echo "left behind by a crowd"; exit 1; }
	[ "$(j list -o json | jq ".grants | length")" = 0 ]
	j log verify
	j log export | grep -c kept_for
	'
}

# An effect of two commands: a file in /run/effects.  /run/bin/effect fails as
# often as /run/failures says.
EFFECT="$HOME_OF_ROOT"'
mkdir /run/effects
cat >/run/bin/effect <<\S
#!/bin/sh
n=$(cat /run/failures 2>/dev/null || echo 0)
if [ "$n" -gt 0 ]; then echo $((n - 1)) >/run/failures; exit 1; fi
case $1 in
grant) : >"/run/effects/$2" ;;
revoke) rm "/run/effects/$2" ;;
status) [ -e "/run/effects/$2" ] || exit 3 ;;
esac
S
chmod 755 /run/bin/effect
home <<P
[kind e]
adapter=exec
grant_command=/run/bin/effect grant {resource}
revoke_command=/run/bin/effect revoke {resource}
status_command=/run/bin/effect status {resource}
[rule e]
kind=e
resource=*
request=uid:root
approve=none
max=1h
P
late() {	# late SECONDS COMMAND...: so much later by the wall clock
	local s=$1; shift
	FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME="+$s" \
	    LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1) "$@"
}
state() { j show --id "$1" -o json | field state; }
'

@test "commands: done during, undone after; what was there stays" {
	run -0 sandbox "$EFFECT"'
	g=$(ask --kind e --resource one --for 10m | field grant)
	[ -e /run/effects/one ]
	j revoke --id "$g"
	[ ! -e /run/effects/one ]
	: >/run/effects/two
	g=$(ask --kind e --resource two --for 10m | field grant)
	j release --id "$g"
	[ -e /run/effects/two ]
	# Gone by itself: absent is a success.
	g=$(ask --kind e --resource three --for 10m | field grant)
	rm /run/effects/three
	j revoke --id "$g"
	[ "$(state "$g")" = ended ]
	# Granted twice: the last end undoes it, be it whose it may.
	g=$(ask --kind e --resource four --for 10m | field grant)
	h=$(ask --kind e --resource four --for 10m | field grant)
	j revoke --id "$g"
	[ -e /run/effects/four ]
	[ "$(state "$g") $(state "$h")" = "ended active" ]
	j revoke --id "$h"
	[ ! -e /run/effects/four ]
	for bad in "a;b" "a b" "a\$b" "-a" "a\`b" "a|b" "{user}"; do
		fails 65 ask --kind e --resource "$bad" --for 10m >/dev/null
	done
	'
}

@test "store and log do not fit: nothing begins, and all that is over ends" {
	need faketime
	no_sanitizer
	run -0 sandbox "$EFFECT"'
	for n in one two three; do
		ask --kind e --resource $n --for 10m | field grant >$n
	done
	late_start=$(date -d "+5 minutes" +%Y-%m-%dT%H:%M:%S%:z)
	rc=0
	ask --kind e --resource five --for 10m --start "$late_start" >five ||
	    rc=$?
	[ "$rc" = 5 ]
	sed -i \$d /run/own/audit.log
	fails 7 j use --kind e --resource one
	fails 7 j request --kind e --resource six --for 1m --reason x
	# What is pulled goes at once, and stays gone.
	fails 7 j revoke --id "$(cat one)"
	[ ! -e /run/effects/one ]
	fails 7 j release --id "$(cat two)"
	[ ! -e /run/effects/two ]
	fails 7 late 310 jitgrant sweep --home /run/own
	[ -e /run/effects/three ]
	[ ! -e /run/effects/five ]
	fails 7 late 610 jitgrant sweep --home /run/own
	[ -z "$(ls /run/effects)" ]
	fails 7 j freeze --kind e
	j doctor --accept-restore
	for n in one two three; do
		[ "$(state "$(cat $n)")" = ended ]
	done
	j list | grep -q "^frozen scope=kind value=e"
	fails 6 late 611 jitgrant request --home /run/own --kind e \
	    --resource six --for 1m --reason test
	j log verify
	'
}

@test "store and log do not fit: the package is removed all the same" {
	run -0 sandbox "$EFFECT"'
	ask --kind e --resource one --for 10m
	sed -i \$d /run/own/audit.log
	fails 7 j sweep --all
	[ -z "$(ls /run/effects)" ]
	j doctor --accept-restore
	[ "$(j list)" = "" ]
	'
}

@test "an undo that fails three times and then works" {
	no_sanitizer
	need faketime
	run -0 sandbox "$EFFECT"'
	g=$(ask --kind e --resource one --for 10m | field grant)
	sed -i "s/^status/#/" /run/own/policy
	echo 6 >/run/failures	# the command and its status, three times
	fails 2 j revoke --id "$g"
	fails 1 j check --id "$g"
	fails 1 late 3 jitgrant sweep --home /run/own
	fails 1 late 8 jitgrant sweep --home /run/own
	[ -e /run/effects/one ]
	late 17 jitgrant sweep --home /run/own
	[ ! -e /run/effects/one ]
	[ "$(late 18 jitgrant show --home /run/own --id "$g" -o json |
	    field state)" = ended ]
	late 18 jitgrant log verify --home /run/own
	late 18 jitgrant log show --home /run/own |
	    grep -c adapter-failed
	'
	assert_out_line 3
}

@test "an undo that fails for ever: revoking, sweep says 1, check says no" {
	no_sanitizer
	need faketime
	run -0 sandbox "$EFFECT"'
	g=$(ask --kind e --resource one --for 10m | field grant)
	echo 9999 >/run/failures
	fails 2 j revoke --id "$g"
	for s in 3 8 17 40 80 160 300 599; do
		fails 1 late $s jitgrant sweep --home /run/own
		fails 1 late $s jitgrant check --home /run/own --id "$g"
	done
	[ "$(late 599 jitgrant show --home /run/own --id "$g" -o json |
	    field state)" = revoking ]
	late 599 jitgrant log verify --home /run/own
	'
}

@test "after a boot: what lived in memory is made again, what failed is retried" {
	need_python sqlite3
	run -0 sandbox "$EFFECT"'
	change() {
		"$PYTHON" -c "import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.executescript(sys.argv[2])" /run/own/store.db "$1"
	}
	boot="UPDATE grants SET boot_id =
	    \"ffffffff-0000-4000-8000-000000000000\" WHERE boot_id > \"\""
	g=$(ask --kind e --resource one --for 10m | field grant)
	h=$(ask --kind e --resource two --for 10m | field grant)
	rm /run/effects/one
	change "$boot"
	j sweep --boot --dry-run -o json | jq -c "[.would[].adapter]"
	[ ! -e /run/effects/one ]
	j sweep --boot -o json | jq -e ".booted == 2"
	[ "$(ls /run/effects)" = "one
two" ]
	j sweep --boot -o json | jq -e ".booted == 0 and .changed == 0"
	# An effect that cannot be made again: told, and tried again.
	rm /run/effects/one
	change "$boot"
	echo 3 >/run/failures
	fails 1 j sweep
	[ "$(state "$g")" = active ]
	echo 0 >/run/failures
	j sweep -o json | jq -e ".booted == 0" || echo "tried too soon"
	j sweep --boot -o json | jq -e ".booted == 1"
	[ -e /run/effects/one ]
	# An undo that failed is not waited for.
	echo 9999 >/run/failures
	fails 2 j revoke --id "$g"
	echo 0 >/run/failures
	j sweep --dry-run -o json | jq -ec "[.changed, .stuck] == [0, 1]"
	fails 1 j sweep
	[ -e /run/effects/one ]
	j sweep --boot --dry-run -o json |
	    jq -ec "[.changed, .would[0].adapter] == [1, \"revoke\"]"
	j sweep --boot
	[ ! -e /run/effects/one ]
	[ "$(state "$g")" = ended ]
	j log verify
	'
	assert_out_has '["status","status"]'
	assert_out_lacks 'too soon'
}

@test "of five effects one fails: the other four end" {
	run -0 sandbox "$EFFECT"'
	for r in 1 2 3 4 5; do ask --kind e --resource $r --for 10m; done
	chattr +i /run/effects/3 2>/dev/null ||
	    mount --bind /run/effects/3 /run/effects/3
	fails 1 j sweep --all
	ls /run/effects
	[ "$(ls /run/effects)" = 3 ]
	j list --state revoking -o json | jq ".grants | length"
	'
	assert_out_has swept || assert_out_has stuck
}

@test "an effect that cannot be made ends in failed, with nothing left" {
	no_sanitizer
	need faketime
	run -0 sandbox "$EFFECT"'
	echo 9999 >/run/failures
	rc=0
	g=$(ask --kind e --resource one --for 10m) || rc=$?
	g=$(echo "$g" | field grant)
	for s in 3 8 17 40 80 160; do
		late $s jitgrant sweep --home /run/own || :
		rc=0
		late $s jitgrant check --home /run/own --id "$g" || rc=$?
		[ "$rc" -ne 0 ]
	done
	late 161 jitgrant show --home /run/own --id "$g" -o json | field state
	rm /run/failures
	late 400 jitgrant sweep --home /run/own
	[ -z "$(ls /run/effects)" ]
	'
	assert_out_has failed
}

@test "the package is removed with grants active: all are revoked" {
	run -0 sandbox "$EFFECT"'
	for r in 1 2 3 4 5 6 7; do
		ask --kind e --resource $r --for 10m >/dev/null
	done
	[ "$(ls /run/effects | wc -l)" -eq 7 ]
	j sweep --all
	[ -z "$(ls /run/effects)" ]
	j list --state ended -o json | jq -c "[.grants[].state] | unique"
	j log verify
	'
	assert_out_has '["ended"]'
}

@test "an adapter that others could change is never run" {
	run -0 sandbox "$EFFECT"'
	chmod 777 "$ADAPTERS/exec"
	rc=0
	ask --kind e --resource one --for 10m || rc=$?
	[ "$rc" -ne 0 ]
	[ ! -e /run/effects/one ]
	chmod 755 "$ADAPTERS/exec"
	chmod 777 /run/bin/effect
	rc=0
	ask --kind e --resource two --for 10m || rc=$?
	[ "$rc" -ne 0 ]
	[ ! -e /run/effects/two ]
	'
}

@test "questions that are none are refused" {
	for a in exec unixgroup sudoers; do
		[ -x "$O/libexec/adapters/$a" ]
		run -64 "$O/libexec/adapters/$a"
		run -64 "$O/libexec/adapters/$a" plan more
		run -64 "$O/libexec/adapters/$a" other </dev/null
		run -65 "$O/libexec/adapters/$a" plan </dev/null
		run -65 "$O/libexec/adapters/$a" plan <<<'[]'
		question grant '{}' >question
		run -65 "$O/libexec/adapters/$a" plan <question
		question plan '{}' null '{"grant":"../x"}' >question
		run -65 "$O/libexec/adapters/$a" plan <question
		question plan '{}' null '{"schema":"other"}' >question
		run -65 "$O/libexec/adapters/$a" plan <question
		# An undo without a plan undoes nothing.
		question revoke '{}' >question
		run -0 "$O/libexec/adapters/$a" revoke <question
	done
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# jitgrant(8) in a personal home: every verb, every decision.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/sandbox

setup() {
	use_tmp
	export VOUCHSAFE_JIT_HOME=
	H=$PWD/home
	jitgrant init -q "$H"
}

jit() {
	local verb=$1
	shift
	jitgrant "$verb" --home "$H" "$@"
}

# A request under the sample policy; its id.
demo() {
	jit request --kind demo --resource x --for 10m --reason test \
	    -o json "$@" | jq -r .grant
}

# Two approvers and more: uids that no account needs.  As root, tests become
# them; without root only what the caller himself may is tested.
as() {
	local uid=$1
	shift
	setpriv --reuid="$uid" --clear-groups "$@"
}

# Move the clock of one command: faketime NAME=value is too coarse for tests.
at() {
	local when=$1 lib
	shift
	lib=$(find /usr/lib -name 'libfaketime.so.1' 2>/dev/null | head -n 1)
	env LD_PRELOAD="$lib" FAKETIME_DONT_FAKE_MONOTONIC=1 \
	    FAKETIME="$when" "$@"
}

@test "init makes a home whose policy works at once" {
	run -0 --separate-stderr jit request --kind demo --resource x \
	    --for 10m --uses 1 --reason test -o json
	assert_err_empty
	[ "$(jq -r .state <<<"$output")" = active ]
	[ "$(jq -r .decision <<<"$output")" = yes ]
	[ "$(jq -r .uses_left <<<"$output")" = 1 ]
	[ "$(jq -r .verb <<<"$output")" = request ]
	[ "$(jq -r .schema <<<"$output")" = vouchsafe-jit/1 ]
	jq -e 'has("reason") and has("not_after") and has("grant")' \
	    <<<"$output"
	[ "$(stat -c %a "$H")" = 700 ]
	[ "$(stat -c %a "$H/log.key")" = 600 ]
}

@test "init refuses a folder that holds something" {
	run -73 jitgrant init "$H"
	mkdir other
	touch other/file
	run -73 jitgrant init other
}

@test "use burns once, then says spent" {
	id=$(demo --uses 2)
	run -0 jit check "$id"
	run -0 jit use "$id"
	run -0 jit check "$id"
	run -4 jit use --uses 2 "$id"
	run -0 jit use "$id"
	run -4 jit use "$id"
	run -4 jit check "$id"
	jit sweep -q
	run -4 jit use "$id"
	[ "$(jit show -o json "$id" | jq -r .state)" = ended ]
}

@test "a retry of the same operation is free, another one is a replay" {
	no_sanitizer
	need faketime
	id=$(demo --uses 1)
	run -0 jit use --op mail-1 "$id"
	run -0 jit use --op mail-1 "$id"
	[ "$(jit use --op mail-1 -o json "$id" | jq -r .reason)" = retry ]
	run -8 jit use --op mail-1 --limit a=b "$id"
	run -8 jit use --op mail-1 --uses 2 "$id"
	run -4 jit use --op mail-2 "$id"
	run -8 at '+11m' jitgrant use --home "$H" --op mail-1 "$id"
}

@test "nothing is found by a wrong id, kind or resource" {
	id=$(demo)
	run -1 jit use gnothere
	run -1 jit check --kind demo --resource y
	run -0 jit check --kind demo --resource x
	run -64 jit check
	run -64 jit check --kind demo
}

@test "the policy denies what no rule allows" {
	run -1 --separate-stderr jit request --kind other --resource x
	assert_err_has 'no section allows'
	run -1 jit request --kind demo --resource x --for 2h
	run -64 jit request --kind demo --resource x --for 2
	run -64 jit request --kind demo --resource x --for 1h30m
	run -64 jit request --kind demo --resource x --uses 0
	run -64 jit request --kind demo --resource x --uses 01
	run -64 jit request --kind demo
	run -65 jit request --kind demo --resource 'a b'
	run -65 jit request --kind demo --resource x --for 2913000d
	run -64 jit request --kind demo --resource x --limit novalue
	run -65 jit request --kind demo --resource x --limit a=b --limit a=c
}

@test "an end is judged without a sweeper" {
	no_sanitizer
	need faketime
	id=$(demo)
	run -0 jit check "$id"
	run -3 at '+11m' jitgrant check --home "$H" "$id"
	run -3 at '+11m' jitgrant use --home "$H" "$id"
}

@test "a clock set back is not trusted, by a few seconds it is" {
	no_sanitizer
	need faketime
	id=$(demo)
	run -7 at '-1d' jitgrant use --home "$H" "$id"
	run -7 at '-1d' jitgrant check --home "$H" "$id"
	run -7 at '-1d' jitgrant request --home "$H" --kind demo --resource y
	run -7 at '@1970-01-01 00:00:10' jitgrant use --home "$H" "$id"
	run -0 at '-2s' jitgrant use --home "$H" "$id"
	run -0 at '-1d' jitgrant sweep --home "$H"
	run -0 at '-1d' jitgrant release --home "$H" "$id"
}

@test "a clock set forward ends grants and begins none until accepted" {
	no_sanitizer
	need faketime
	id=$(demo)
	run -3 at '+1d' jitgrant use --home "$H" "$id"
	run -7 at '+1d' jitgrant request --home "$H" --kind demo --resource y
	run -7 at '+1d' jitgrant clock show --home "$H"
	run -0 jit clock show
	run -0 at '+1d' jitgrant clock accept --home "$H"
	run -7 jit request --kind demo --resource y
	run -0 jit clock accept
	run -0 jit request --kind demo --resource y
}

@test "the boot clock ends a grant though the wall clock stands" {
	need_root
	id=$(demo)
	run -0 unshare -T --boottime 300 jitgrant check --home "$H" "$id"
	run -3 unshare -T --boottime 700 jitgrant check --home "$H" "$id"
	run -3 unshare -T --boottime 700 jitgrant use --home "$H" "$id"
}

@test "release and revoke end, again is no error" {
	id=$(demo)
	run -0 jit release "$id"
	run -1 jit use "$id"
	run -0 jit release "$id"
	id=$(demo)
	run -0 jit revoke --reason 'bad feeling' "$id"
	run -1 jit check "$id"
	[ "$(jit check -o json "$id" | jq -r .reason)" = revoked ]
	run -1 jit revoke gnothere
}

@test "freeze stops, unfreeze lifts" {
	id=$(demo)
	run -0 jit freeze --kind demo --reason drill
	run -6 jit use "$id"
	run -6 jit request --kind demo --resource y
	run -1 jit unfreeze --all
	run -0 jit unfreeze --kind demo
	run -0 jit use "$id"
	for what in --all --host "--user=$(id -u)" --resource=x; do
		run -0 jit freeze "$what"
		run -6 jit check "$id"
		run -0 jit unfreeze "$what"
	done
	run -64 jit freeze
	run -64 jit freeze --all --host
}

@test "limits of a grant are kept at each use" {
	id=$(demo --limit from=a@b --limit bytes=100)
	run -1 jit use "$id"
	run -1 jit use --limit from=a@b "$id"
	run -1 jit use --limit from=x@b --limit bytes=1 "$id"
	run -1 jit use --limit from=a@b --limit bytes=101 "$id"
	run -0 jit use --limit from=a@b --limit bytes=100 "$id"
}

@test "a start in the future is not yet" {
	id=$(demo --start "$(date -u -d '+1 hour' +%FT%TZ)" || true)
	run -5 jit use "$id"
	run -5 jit check "$id"
}

@test "renew moves the end, up to the cap" {
	cat >>"$H/policy" <<-E
	[rule long]
	kind=long
	resource=*
	request=uid:$(id -u)
	approve=none
	max=10m
	total=15m
	E
	id=$(jit request --kind long --resource x --for 10m -o json |
	    jq -r .grant)
	end=$(jit show -o json "$id" | jq .not_after)
	run -1 jit renew --for 6m "$id"
	run -0 jit renew --for 5m "$id"
	[ "$(jit show -o json "$id" | jq .not_after)" -eq $((end + 300)) ]
	run -1 jit renew --for 1s "$id"
	[ "$(jit log show | grep -c ' renew ')" -eq 1 ]
}

@test "who reads beside a renewal sees a store that fits its log" {
	sed -i 's/^max=1h/max=1h\ntotal=20h/' "$H/policy"
	id=$(demo)
	(for ((i = 0; i < 60; i++)); do
		jit renew -q --for 1m "$id" || exit
	done) &
	while kill -0 $! 2>/dev/null; do
		run -0 jit check "$id"
	done
	wait $!
}

policy_of_two() {
	cat >"$H/policy" <<-E
	[defaults]
	freeze=role:ops
	[person asker]
	uid=0
	[person alice]
	uid=1001
	[person bob]
	uid=1002
	[role ops]
	members=asker, alice, bob
	[rule two]
	kind=two
	resource=*
	request=uid:0
	approve=2 of role:ops
	max=1h
	[rule one]
	kind=one
	resource=*
	request=uid:0
	approve=1 of role:ops
	max=1h
	E
}

# Votes come over the socket: SO_PEERCRED says who votes.
serve_home() {
	need_root
	useradd -r jittest-owner 2>/dev/null || true
	# bats' own folders let nobody else in.
	D=$(mktemp -d /tmp/vouchsafe-jit-XXXXXX)
	chmod 755 "$D"
	cp -a "$H" "$D/home"
	H=$D/home
	chown root:root "$H/policy"
	mv "$H/policy" "$D/policy"
	chmod 644 "$D/policy"
	chown -R jittest-owner "$H"
	S=$D/sock
	systemd-socket-activate -l "$S" --accept --inetd \
	    setpriv --reuid=jittest-owner --clear-groups \
	    "$(command -v jitgrant)" serve --home "$H" \
	    --policy "$D/policy" 3>&- 2>/dev/null &
	SERVER=$!
	for _ in $(seq 100); do
		[ -S "$S" ] && break
		sleep 0.05
	done
	chmod 666 "$S"
}

teardown() {
	[ -z "${SERVER:-}" ] || kill "$SERVER"
	[ -z "${D:-}" ] || rm -rf "$D"
	[ "$(id -u)" -ne 0 ] || userdel jittest-owner 2>/dev/null || true
}

@test "two of three: never the asker, never one twice" {
	command -v systemd-socket-activate >/dev/null || skip 'no systemd'
	policy_of_two
	serve_home
	id=$(jitgrant request --socket "$S" --kind two --resource x --for 5m \
	    -o json | jq -r .grant)
	run -2 jitgrant use --socket "$S" "$id"
	run -1 --separate-stderr jitgrant approve --socket "$S" "$id"
	assert_err_has 'own request'
	run -1 as 1003 jitgrant approve --socket "$S" "$id"
	run -0 as 1001 jitgrant approve --socket "$S" -o json "$id"
	[ "$(jq -r .state <<<"$output")" = requested ]
	run -8 as 1001 jitgrant approve --socket "$S" "$id"
	run -1 as 1002 jitgrant approve --socket "$S" --shorten 6m "$id"
	run -0 as 1002 jitgrant approve --socket "$S" --shorten 2m -o json \
	    "$id"
	[ "$(jq -r .state <<<"$output")" = active ]
	run -8 as 1001 jitgrant deny --socket "$S" "$id"
	run -0 jitgrant use --socket "$S" "$id"
	run -1 as 1001 jitgrant use --socket "$S" "$id"
	run -1 as 1003 jitgrant show --socket "$S" "$id"
	run -1 as 1003 jitgrant revoke --socket "$S" "$id"
	run -1 as 1003 jitgrant freeze --socket "$S" --all
	run -0 as 1002 jitgrant revoke --socket "$S" "$id"
	run -1 jitgrant use --socket "$S" "$id"
	id=$(jitgrant request --socket "$S" --kind one --resource x -o json |
	    jq -r .grant)
	run -0 as 1001 jitgrant deny --socket "$S" "$id"
	run -1 as 1002 jitgrant approve --socket "$S" "$id"
	run -1 jitgrant use --socket "$S" "$id"
	run -0 as 1001 jitgrant freeze --socket "$S" --all
	run -1 as 1001 jitgrant unfreeze --socket "$S" --all
	run -64 jitgrant sweep --home "$H" --socket "$S"
	run -64 jitgrant log show --home "$H" --socket "$S"
}

@test "one use, 1000 processes: exactly one wins" {
	no_sanitizer
	for uses in 1 7; do
		id=$(demo --uses $uses)
		start=$EPOCHREALTIME
		run -0 race "$id" 1000
		echo "# $output, in $(((${EPOCHREALTIME/./} -
		    ${start/./}) / 1000)) ms" >&3
		[ "$output" = \
		    "$uses won, $((1000 - uses)) spent, 0 other" ]
	done
	run -0 jit log verify
}

race() {
	local i won=0 spent=0 other=0 pids=()

	for ((i = 0; i < $2; i++)); do
		jitgrant use -q --home "$H" "$1" 2>/dev/null 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		rc=0
		wait "$i" || rc=$?
		case $rc in
		0) won=$((won + 1)) ;;
		4) spent=$((spent + 1)) ;;
		*) other=$((other + 1)) ;;
		esac
	done
	echo "$won won, $spent spent, $other other"
}

@test "log verify names what was done to the log" {
	demo >/dev/null
	run -0 --separate-stderr jit log verify
	[[ $output == *'end not checked'* ]]
	jit log checkpoint >anchor
	run -0 jit log verify --anchor anchor
	[[ $output != *'end not checked'* ]]
	cp -p "$H/audit.log" good
	sed -i '2s/test/tess/' "$H/audit.log"
	run -1 --separate-stderr jit log verify
	assert_err_has 'line 2'
	sed 3d good >"$H/audit.log"
	run -1 --separate-stderr jit log verify
	assert_err_has 'line 3'
	head -n 3 good >"$H/audit.log"
	run -1 --separate-stderr jit log verify
	assert_err_has 'line 4'
	run -7 jit request --kind demo --resource x
	run -0 jit doctor --accept-restore
	run -0 jit request --kind demo --resource x
	run -0 jit log verify
	run -1 jit log verify --anchor anchor
}

@test "a restored store is refused until it is accepted" {
	demo >/dev/null
	mkdir backup
	cp -p "$H"/store.db* backup
	id=$(demo --uses 1)
	jit use -q "$id"
	cp -p backup/* "$H"
	run -7 jit check --kind demo --resource x
	run -7 jit request --kind demo --resource x
	run -0 jit doctor --accept-restore
	run -0 jit request --kind demo --resource x
}

@test "log and store rolled back together: only an anchor tells" {
	demo >/dev/null
	cp -a "$H" backup
	id=$(demo --uses 1)
	jit use -q "$id"
	jit log checkpoint >anchor
	rm -rf "$H"
	mv backup "$H"
	run -0 --separate-stderr jit log verify
	assert_out_has 'end not checked'
	run -1 --separate-stderr jit log verify --anchor anchor
	assert_out_lacks 'hold'
	# What comes after a rollback does not hide it.
	for _ in 1 2 3 4 5 6; do demo >/dev/null; done
	run -0 jit log verify
	run -1 jit log verify --anchor anchor
	jit log checkpoint >other
	run -0 jit log verify --anchor other
}

@test "a log that is one line ahead is an accident, and reported" {
	demo >/dev/null
	mkdir backup
	cp -p "$H"/store.db* backup
	jit freeze -q --kind other
	cp -p backup/* "$H"
	run -0 jit check --kind demo --resource x
	demo >/dev/null
	run -0 jit log show
	[[ $output == *aborted* ]]
	run -0 jit log verify
	printf '{"half' >>"$H/audit.log"
	demo >/dev/null
	run -0 jit log show
	[[ $output == *recovered* ]]
	run -0 jit log verify
}

# change SQL: in the store, behind everybody's back.
change() {
	"$PYTHON" -c 'import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.executescript(sys.argv[2])' "$H/store.db" "$1"
}

@test "a store of an older version is brought up to date, a newer one refused" {
	need_python sqlite3
	id=$(demo --uses 2)
	"$PYTHON" "$ROOT/tests/lib/bats/store-v1" "$H/store.db"
	# All at once: one of them does it.
	for _ in 1 2 3 4 5 6 7 8; do
		jit check -q "$id" &
	done
	for _ in 1 2 3 4 5 6 7 8; do
		wait -n || show "$?"
	done
	run -0 jit use "$id"
	run -0 jit log verify
	[ "$("$PYTHON" -c 'import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
print(c.execute("PRAGMA user_version").fetchone()[0])' "$H/store.db")" = 5 ]
	change 'PRAGMA user_version = 6; PRAGMA wal_checkpoint(TRUNCATE)'
	cp "$H/store.db" before
	for verb in check use release; do
		run -7 --separate-stderr jit $verb "$id"
		assert_err_has 'newer version'
	done
	run -7 jit request --kind demo --resource x
	run -7 jit doctor
	cmp before "$H/store.db"
	run -0 wc -c "$H/store.db-wal"
	[[ $output == 0\ * ]]
}

@test "policy check tells line and column, explain tells the line" {
	run -0 jit policy check
	run -0 --separate-stderr jit policy explain --kind demo --resource x
	[[ $output == *'line 9'* ]]
	echo 'nonsense=1' >>"$H/policy"
	run -78 --separate-stderr jit policy check
	assert_err_has 'policy:15:1: unknown key'
	run -78 jit request --kind demo --resource x
	jitgrant init -q other
	chmod g+w other/policy
	run -78 --separate-stderr jitgrant policy check --home other
	assert_err_has 'may be written by others'
	ln -f other/policy other/second
	chmod g-w other/policy
	run -78 jitgrant policy check --home other
}

@test "a home that others may write is not trusted" {
	chmod g+w "$H"
	run -7 jit check --kind demo --resource x
	chmod g-w "$H"
	mv "$H/audit.log" "$H/elsewhere"
	ln -s elsewhere "$H/audit.log"
	run -7 jit check --kind demo --resource x
	rm "$H/audit.log"
	run -7 jit check --kind demo --resource x
	run -66 jitgrant check --home nowhere x
}

@test "what a stranger writes is shown escaped" {
	reason=$'a\nb\e[31m\u202e"\\'
	id=$(jit request --kind demo --resource x --reason "$reason" -o json |
	    jq -r .grant)
	run -0 jit log show
	[[ $output != *$'\e'* ]]
	[ "$(jit show -o json "$id" | jq -r .request_reason)" = "$reason" ]
	run -0 jit show "$id"
	[[ $output != *$'\e'* ]]
	run -65 jit request --kind demo --resource x \
	    --reason "$(head -c 2000 /dev/zero | tr '\0' a)"
	run -0 jit log verify
}

@test "sweep does what is due once, and nothing twice" {
	demo --uses 1 >/dev/null
	jit use -q --kind demo --resource x
	run -0 jit sweep --dry-run -o json
	[ "$(jq .changed <<<"$output")" = 1 ]
	run -0 jit sweep -o json
	[ "$(jq .changed <<<"$output")" = 1 ]
	run -0 jit sweep -o json
	[ "$(jq .changed <<<"$output")" = 0 ]
	demo >/dev/null
	run -0 jit sweep --all
	[ "$(jit list -o json | jq '.grants | length')" = 0 ]
}

# What a reboot leaves: rows of a boot that is over.
reboot_store() {
	change "UPDATE grants SET boot_id = 'ffffffff-0000-4000-8000-000000000000'
	    WHERE boot_id > ''; UPDATE runs SET boot_id =
	    'ffffffff-0000-4000-8000-000000000000'; UPDATE host SET boot_id =
	    'ffffffff-0000-4000-8000-000000000000', boot = 99999999"
}

@test "after a boot: the wall clock counts, then the new boot clock as well" {
	need_python sqlite3
	need_root
	id=$(demo --uses 1)
	past() { unshare -T --boottime 700 jitgrant "$@" --home "$H" "$id"; }
	run -3 past check
	reboot_store
	# Of another boot's clock nothing is known.
	run -0 past check
	run -0 jit sweep --boot --dry-run
	[[ $output == "$id from=active to=active"* ]]
	run -0 jit sweep --boot -o json
	[ "$(jq -c '[.booted, .changed]' <<<"$output")" = '[1,1]' ]
	run -3 past check
	run -0 jit check "$id"
	run -0 jit sweep --boot -o json
	[ "$(jq -c '[.booted, .changed]' <<<"$output")" = '[0,0]' ]
	run -0 jit log show
	[[ $output == *booted* ]]
	run -0 jit use "$id"
	run -4 jit use "$id"
	run -0 jit log verify
}

@test "after a boot with the clock of 1970 nothing is begun" {
	no_sanitizer
	need faketime
	need_python sqlite3
	id=$(demo)
	reboot_store
	run -0 at '@1970-01-01 00:00:10' jitgrant sweep --home "$H" --boot \
	    -o json
	[ "$(jq .booted <<<"$output")" = 0 ]
	run -7 at '@1970-01-01 00:00:10' jitgrant use --home "$H" "$id"
	# Any later time is taken: an hour and more is no step across boots.
	run -0 at '+5m' jitgrant sweep --home "$H" --boot -o json
	[ "$(jq .booted <<<"$output")" = 1 ]
	reboot_store
	run -0 at '+1d' jitgrant sweep --home "$H" --boot
	run -3 at '+1d' jitgrant check --home "$H" "$id"
	run -0 at '+1d' jitgrant request --home "$H" --kind demo --resource y
}

@test "a dry run tells what a sweep does; it, check and a no write nothing" {
	no_sanitizer
	need faketime
	need_python sqlite3
	demo >/dev/null
	spent=$(demo --uses 1)
	jit use -q "$spent"
	demo --start "$(date -u -d '+1 hour' +%FT%TZ)" >/dev/null || true
	state() {
		stat -c '%n %Y %s' "$H" "$H/audit.log" "$H/store.db" \
		    "$H/store.db-wal" "$H/ballast"
		sha256sum "$H/audit.log" "$H/store.db" "$H/store.db-wal"
	}
	state >before
	for _ in 1 2 3; do
		run -0 jit check --kind demo --resource x
		run -0 jit list
		run -1 jit request --kind none --resource x
		run -4 jit use "$spent"
	done
	state >after
	diff before after
	for when in +0 +11m +2d; do
		for how in '' --all --boot; do
			cp -a "$H" kept
			state >before
			run -0 at $when jitgrant sweep --home "$H" $how \
			    --dry-run -o json
			state >after
			diff before after
			jq -r '.would[] | .grant + " " + .to' <<<"$output" |
			    sort >told
			said=$(jq .changed <<<"$output")
			run -0 at $when jitgrant sweep --home "$H" $how -o json
			[ "$(jq .changed <<<"$output")" = "$said" ]
			[ "$(wc -l <told)" -eq "$said" ]
			at $when jitgrant list --home "$H" --all -o json |
			    jq -r '.grants[] | .grant + " " + .state' |
			    sort >now
			[ -z "$(comm -23 told now)" ] ||
			    show "$when $how: $(cat told now)"
			run -0 at $when jitgrant sweep --home "$H" $how \
			    --dry-run
			[[ $output == *dry-run* && $output != *from=* ]]
			rm -rf "$H"
			mv kept "$H"
		done
	done
}

@test "a policy is checked and explained without a home" {
	mv "$H/policy" alone
	rm -rf "$H"
	run -64 jitgrant policy explain --policy alone
	run -0 jitgrant policy check alone
	run -0 jitgrant policy check --policy alone
	for how in alone --policy=alone; do
		run -0 jitgrant policy explain $how --kind demo --resource x
		[[ $output == *'line 9'* ]]
		run -1 jitgrant policy explain $how --kind none --resource x
	done
	[ ! -e "$H" ]
	echo 'nonsense=1' >>alone
	run -78 --separate-stderr jitgrant policy check alone
	assert_err_has 'alone:15:1: unknown key'
	run -66 --separate-stderr jitgrant policy check nowhere
	run -64 jitgrant policy check alone alone
	chmod g+w alone
	run -78 jitgrant policy check alone
}

# finding WORD: does doctor say so, in text and in JSON?
finding() {
	jit doctor >text 2>/dev/null || true
	jit doctor -o json 2>/dev/null | jq -r '.findings[].what' >words
	[ "$(cut -d: -f1 text)" = "$(cat words)" ] || [ ! -s words ]
	grep -qx "$1" words
}

@test "doctor: a line for each finding, and none where all is well" {
	finding key-open && show 'too much'
	chmod g+r "$H/log.key"
	finding key-open
	chmod g-r "$H/log.key"
	finding policy && show 'too much'
	echo x >>"$H/policy"
	finding policy
	run -1 jit doctor
	run -1 jit doctor -o json
	[ "$(jq -r '.reason' <<<"$output")" = findings ]
	sed -i '$d' "$H/policy"
	truncate -s 0 "$H/ballast"
	finding no-ballast
	run -0 jit sweep
	finding no-ballast && show 'too much'
	cp "$H/audit.log" kept
	sed -i '1,2d' "$H/audit.log"
	finding store
	run -7 jit doctor
	cp kept "$H/audit.log"
	chmod o+w "$H"
	run -7 jit doctor -o json
	[ "$(jq -r '.findings[0].what' <<<"$output")" = home ]
	chmod o-w "$H"
	finding home && show 'too much'
	run -66 jitgrant doctor --home nowhere
}

@test "a store on a network or in user space is refused, with a word" {
	no_sanitizer
	need cc
	cat >nfs.c <<-'C'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <stdlib.h>
	#include <sys/vfs.h>
	int fstatfs(int fd, struct statfs *b) {
		int (*real)(int, struct statfs *) =
		    (int (*)(int, struct statfs *))dlsym(RTLD_NEXT, "fstatfs");
		int rc = real(fd, b);
		b->f_type = (long)strtoul(getenv("MAGIC"), NULL, 16);
		return rc;
	}
	C
	cc -shared -fPIC -o nfs.so nfs.c
	for magic in 6969 ff534d42 65735546; do	# NFS, CIFS, FUSE
		run -7 env MAGIC=$magic LD_PRELOAD="$PWD/nfs.so" \
		    jitgrant doctor --home "$H"
		[[ $output == *'home: the store must lie on a local disk'* ]]
		run -7 env MAGIC=$magic LD_PRELOAD="$PWD/nfs.so" \
		    jitgrant check --home "$H" --kind demo --resource x
		rm -rf new
		run env MAGIC=$magic LD_PRELOAD="$PWD/nfs.so" \
		    jitgrant init new
		[ "$status" -ne 0 ]
	done
	run -0 env MAGIC=ef53 LD_PRELOAD="$PWD/nfs.so" \
	    jitgrant list --home "$H"
}

@test "doctor: a lent key that its borrower can read" {
	need_root
	D=$(mktemp -d /tmp/vouchsafe-jit-XXXXXX)
	chmod 755 "$D"
	echo key >"$D/s1.pem"
	chmod 600 "$D/s1.pem"
	cat >>"$H/policy" <<-E
	[kind dkim-sign]
	key=$D/s1.pem
	[rule sign]
	kind=dkim-sign
	resource=*
	request=uid:54321
	approve=none
	max=1h
	E
	run -0 jit policy check
	for word in lent-key-readable lent-key-open lent-key-missing; do
		finding $word && show 'too much'
	done
	chown 54321 "$D/s1.pem"
	finding lent-key-readable
	chown 0:54321 "$D/s1.pem"
	chmod 640 "$D/s1.pem"
	# A group of his own, as accounts without an entry have it.
	finding lent-key-readable
	chgrp 0 "$D/s1.pem"
	finding lent-key-readable && show 'too much'
	chmod 644 "$D/s1.pem"
	finding lent-key-open
	chmod 600 "$D/s1.pem"
	rm "$D/s1.pem"
	finding lent-key-missing
}

@test "faults of the store that pass leave a home that works, however many" {
	no_sanitizer
	need cc jq
	cc -shared -fPIC -D_GNU_SOURCE -O1 -o walfail.so \
	    "$ROOT/tests/lib/preload/walfail.c" -ldl
	local g err n
	g=$(demo --uses 10)
	# EIO, EDQUOT, EFBIG, ENOSPC: 70 uses refused by each.
	for err in 5 122 27 28; do
		echo $err >fault
		for ((n = 0; n < 70; n++)); do
			WALFAIL=$PWD/fault LD_PRELOAD=$PWD/walfail.so \
			    run jit use --id "$g"
			[ "$status" -ge 64 ] || show "refused by a fault"
		done
		rm fault
		# One accident at most is written down, and work goes on.
		run -0 --separate-stderr jit use --id "$g"
		run -0 --separate-stderr jit log verify
	done
	run -0 jq -s 'map(select(.event == "aborted")) | length <= 4' \
	    "$H/audit.log"
	assert_out true
	jit show -o json "$g" >shown
	run -0 jq -r .uses_left shown
	assert_out 6
}

@test "a full disk is 74, and a release still goes through" {
	need_root
	mkdir tiny
	mount -t tmpfs -o size=1600k tmpfs tiny || skip 'no tmpfs'
	H=$PWD/tiny/h
	jitgrant init -q "$H"
	id=$(demo)
	dd if=/dev/zero of=tiny/fill bs=4k 2>/dev/null || true
	for _ in $(seq 40); do
		rc=0
		jit use -q "$id" || rc=$?
		[ "$rc" -eq 0 ] || break
	done
	result=$rc
	rc=0
	jit release -q "$id" || rc=$?
	check=0
	jit check -q "$id" || check=$?
	umount -l tiny
	[ "$result" -eq 74 ]
	[ "$rc" -eq 0 ]
	[ "$check" -eq 1 ]
}

@test "the manual has each key of the policy, and no other" {
	keys() {
		sed -n 's/.*{ POLICY_[A-Z_]*, "\([a-z_]*\)", .*/\1/p' \
		    "$ROOT/common/grant/policy_key.c"
		sed -n '/^static.* policy_options\[\]/,/^}/s/^.{ "[a-z]*", "\([a-z_]*\)".*/\1/p' \
		    "$ROOT/common/grant/policy_kind.c"
		echo limit
	}
	manual() {
		sed -n '/^\.Ss \[defaults\]/,/^\.Sh/p' \
		    "$ROOT/man/jitgrant-policy.5" |
		    sed -n 's/^\.It \(Cm .*\)/\1/p' | tr -s ', ' '\n' |
		    sed 's/^limit\..*/limit/' |
		    grep -vxE 'Cm|Ar|No|Ns|name|limit\.' 
	}
	diff <(keys | sort -u) <(manual | sort -u)
}

@test "what is wrong is told so that it can be fixed" {
	run -64 --separate-stderr jitgrant frob
	assert_err_has 'unknown verb frob'
	run -64 --separate-stderr jit list --state bogus
	assert_err_has 'no such state'
	run -0 jit list --state ended
	run -65 --separate-stderr jit request --kind demo --resource=-rf
	assert_err_has 'no hyphen first'
	run -1 --separate-stderr jit request --kind demo --resource x \
	    --break-glass none
	assert_err_has 'denied by the policy: there is no [break-glass none]'
	run -66 --separate-stderr jitgrant list --home none
	assert_err_has 'jitgrant init makes one'
	rm -r home/store.db* home/policy
	: >home/audit.log
	run -73 --separate-stderr jitgrant init home
	assert_err_has 'remove it and begin again'
}

@test "an adapter that cannot do its work says so at once" {
	cat >>"$H/policy" <<-E
	[kind broken]
	adapter=exec
	grant_command=/nonexistent/grant {resource}
	revoke_command=/nonexistent/revoke {resource}
	[rule broken]
	kind=broken
	resource=*
	request=uid:$(id -u)
	approve=none
	E
	run -2 --separate-stderr jit request --kind broken --resource x \
	    --for 10m
	assert_err_has 'the adapter says: grant_command: not there'
}

@test "log show in JSON is the log" {
	demo
	run -0 jit log show -o json
	diff <(printf '%s\n' "$output") "$H/audit.log"
}

@test "a limit is shown once" {
	id=$(demo --limit n=10)
	for verb in use check; do
		run -64 jit $verb --limit n=50 --limit n=5 "$id"
		run -64 jit $verb --limit n=5 --limit n=50 "$id"
	done
	run -0 jit use --limit n=5 "$id"
}

@test "of several grants the one that would do and ends first is used" {
	first=$(demo --uses 1)
	long=$(jit request --kind demo --resource x --for 1h --uses 2 \
	    -o json | jq -r .grant)
	tight=$(demo --uses 5 --limit n=1)
	picked() {
		jit "$@" --kind demo --resource x -o json | jq -r .grant
	}
	[ "$(picked check)" = "$first" ]
	[ "$(picked use)" = "$first" ]
	[ "$(picked use)" = "$long" ]
	[ "$(picked use --limit n=1)" = "$tight" ]
	[ "$(picked use --op a --uses 1)" = "$long" ]
	# The same operation again is that grant's, spent or not.
	run -0 jit use --kind demo --resource x --op a -o json
	[ "$(jq -r '.grant + " " + .reason' <<<"$output")" = "$long retry" ]
	jit sweep -q
	run -0 jit use --kind demo --resource x --op a
	run -4 jit use --op b "$long"
	run -1 jit use --kind demo --resource x --op b
}

@test "a freeze of what nobody knows holds, and says so" {
	run -0 --separate-stderr jit freeze --kind demo
	assert_err_empty
	run -0 --separate-stderr jit freeze --kind dmeo
	assert_err_has 'nor a grant knows the kind dmeo'
	[ "$(jit list -o json | jq -r '[.freezes[].value] | sort | join(" ")')" \
	    = 'demo dmeo' ]
	jit unfreeze --kind demo
	# The policy went, a grant that it allowed did not.
	demo
	sed -i 's/^kind=demo/kind=other/' "$H/policy"
	run -0 --separate-stderr jit freeze --kind demo
	assert_err_empty
	run -0 --separate-stderr jit freeze --resource y
	assert_err_empty
	run -0 --separate-stderr jit freeze --user uid:4000000
	assert_err_has 'knows the user uid:4000000'
	run -0 --separate-stderr jit freeze --user "$(id -u)"
	assert_err_empty
}

@test "wrong usage is 64, before any work" {
	run -64 jitgrant
	run -64 jitgrant nonsense
	run -64 jit use --nonsense
	run -64 jit use a b
	run -64 jit use -o xml a
	run -64 jit log
	run -64 jit clock
	run -64 jit policy
	run -0 jitgrant --help
	run -0 jitgrant --version
	run -0 jitgrant use --help
	run -74 bash -c "jitgrant list --home '$H' -o json >/dev/full"
}

@test "root does not follow VOUCHSAFE_JIT_HOME, and is told so" {
	need_root
	[ ! -e /var/lib/vouchsafe ] || skip 'this machine has a home'
	VOUCHSAFE_JIT_HOME=$H run -66 --separate-stderr jitgrant list
	assert_out_empty
	assert_err_has 'root must give --home'
}

@test "root hears it too where the system has a home, and once" {
	need_sandbox
	run -0 sandbox '
	printf "%s\n" "[rule d]" "kind=demo" "resource=*" "request=uid:0" \
	    "approve=none" "max=1h" >/run/policy
	jitgrant init /run/personal >/dev/null
	export VOUCHSAFE_JIT_HOME=/run/personal
	exec 2>&1
	jitgrant init
	echo --; jitgrant init -q /run/other
	echo --; cp /run/policy /etc/vouchsafe/policy
	jitgrant request --kind demo --resource x --for 5m --reason t -o json |
	    sed "s/{.*\"decision\":\"\([a-z]*\)\".*/\1/"
	echo --; jitgrant list -q
	echo --; jitgrant list --home /run/personal
	echo --; VOUCHSAFE_JIT_HOME= jitgrant list >/dev/null'
	w="warning: root does not follow VOUCHSAFE_JIT_HOME; this is the"
	w+=" system's home, "
	n="jitgrant: next: a policy in "
	[[ ${lines[0]} = 'yes reason=made' ]]
	[[ ${lines[1]} = "jitgrant: $w"*' (--home=DIR names another)' ]]
	[[ ${lines[2]} = "$n"*'/policy; until then nothing is granted'* ]]
	[ "${lines[3]}" = -- ]
	[ "${lines[4]}" = -- ]
	# One line a command, though it opens the home more than once.
	[[ ${lines[5]} = "jitgrant: $w"* ]]
	[ "${lines[6]}" = yes ]
	[ "${lines[*]:7}" = '-- -- --' ]
}

@test "README's lines about jitgrant work for root and for a plain user" {
	awk '/^jitgrant init ~\/jit$/, /^```$/' "$ROOT/README.md" |
	    grep -v '^```' >lines.sh
	[ "$(grep -c '^jitgrant' lines.sh)" -eq 4 ]
	echo 'echo end' >>lines.sh
	mkdir me
	unset VOUCHSAFE_JIT_HOME
	HOME=$PWD/me run -0 --separate-stderr sh -e lines.sh
	assert_err_empty
	[ "${lines[-4]}" = 'this once' ]
	[ "${lines[-2]}" = 'not again: 4' ]
	[ "${lines[-1]}" = end ]
	[ "$(id -u)" -eq 0 ] || return 0
	need_sandbox
	# shellcheck disable=SC2016
	run -0 sandbox '
	install -d -o alice /run/alice
	cp "$1" /run/lines.sh
	chmod 644 /run/lines.sh
	HOME=/run/alice as_user alice sh -e /run/lines.sh 2>&1' "$PWD/lines.sh"
	[ "${lines[-2]}" = 'not again: 4' ]
	[ "${lines[-1]}" = end ]
}

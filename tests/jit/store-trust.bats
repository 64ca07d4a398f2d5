#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Nothing that root runs comes out of the store: whoever is _vouchsafe may write
# every row and file of the home, and still does not choose what root does.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/sandbox

setup() {
	ready_for_sandbox
	use_tmp
}

# A system's home where alice has a command run for her: root's sweep writes
# /run/made/ID and takes it away again.
WORLD='
world() {
	mkdir -m 755 /run/made
	cat >/run/bin/make-it <<-"END"
	#!/bin/sh
	case $1 in
	on) : >"/run/made/$2" ;;
	off) rm -f "/run/made/$2" ;;
	is) [ -e "/run/made/$2" ] || exit 3 ;;
	esac
	END
	chmod 755 /run/bin/make-it
	serve <<-P
	[kind made]
	adapter=exec
	grant_command=/run/bin/make-it on {resource}
	revoke_command=/run/bin/make-it off {resource}
	status_command=/run/bin/make-it is {resource}
	[kind gone]
	adapter=exec
	grant_command=/run/bin/make-it on {resource}
	revoke_command=/run/bin/make-it off {resource}
	[rule r]
	kind=made
	resource=*
	request=uid:alice
	approve=none
	max=1h
	[rule g]
	kind=gone
	resource=*
	request=uid:alice
	approve=none
	max=1h
	P
}
ask() {
	as_user alice jitgrant request --kind "$1" --resource "$2" --for 1h \
	    --reason test -o json | jq -r .grant
}
sql() {
	as_user _vouchsafe sqlite3 /var/lib/vouchsafe/store.db "$@"
}
evil() {	# a command that root must not run
	printf "#!/bin/sh\ntouch /run/ran\n" >/run/bin/evil
	chmod 755 /run/bin/evil
	EVIL="{\"adapter\":\"exec\",\"config\":{\"grant_command\":\"/run/bin/evil\",\"revoke_command\":\"/run/bin/evil\",\"status_command\":\"/run/bin/evil\"},\"timeout\":30,\"undo\":{\"was_present\":false,\"effect\":\"x\"},\"user\":\"root\"}"
}
'

@test "store: a plan that was edited is not run; what root made is undone" {
	need sqlite3 jq
	run -0 sandbox "set -E; trap 'echo failed: \$LINENO: \$BASH_COMMAND >&2' ERR; $WORLD"'
	world; evil
	g=$(ask made one)
	jitgrant sweep -q || :
	[ -e /run/made/one ] || { echo "nothing was made"; exit 1; }
	sql "UPDATE grants SET plan = '"'"'$EVIL'"'"'"
	jitgrant revoke -q --id "$g" || :
	jitgrant sweep -q || :
	[ ! -e /run/ran ] || { echo "root ran it"; exit 1; }
	[ ! -e /run/made/one ] || { echo "it still stands"; exit 1; }
	# The same before it is made: the policy says what is run.
	g=$(ask made two)
	sql "UPDATE grants SET plan = replace('"'"'$EVIL'"'"',
	    '"'"'{\"was_present\":false,\"effect\":\"x\"}'"'"', '"'"'null'"'"')
	    WHERE id = '"'"'$g'"'"'"
	jitgrant sweep -q || :
	[ ! -e /run/ran ] || { echo "root ran it at the start"; exit 1; }
	[ -e /run/made/two ]
	# Another row is put in its place: what was made is what is undone.
	sql "UPDATE grants SET resource = '"'"'elsewhere'"'"',
	    kind = '"'"'gone'"'"' WHERE id = '"'"'$g'"'"'"
	touch /run/made/elsewhere
	jitgrant revoke -q --id "$g" || :
	jitgrant sweep -q || :
	[ ! -e /run/made/two ] && [ -e /run/made/elsewhere ]
	'
}

@test "store: a kind that the policy no longer has is undone by root's order" {
	need sqlite3 jq
	run -0 sandbox "set -E; trap 'echo failed: \$LINENO: \$BASH_COMMAND >&2' ERR; $WORLD"'
	world; evil
	g=$(ask gone three)
	jitgrant sweep -q || :
	[ -e /run/made/three ]
	[ "$(stat -c %U:%a /etc/vouchsafe/orders)" = root:700 ]
	sed -i "/^\[kind gone\]/,/^\[rule r\]/{/^\[rule r\]/!d}; /^\[rule g\]/,\$d" \
	    /etc/vouchsafe/policy
	jitgrant policy check
	sql "UPDATE grants SET plan = '"'"'$EVIL'"'"'"
	jitgrant revoke -q --id "$g" || :
	jitgrant sweep -q || :
	[ ! -e /run/made/three ] && [ ! -e /run/ran ]
	# It is over, and its order is gone.
	[ "$(sql "SELECT state FROM grants WHERE id = '"'"'$g'"'"'")" = 6 ]
	[ -z "$(ls /etc/vouchsafe/orders)" ]
	'
}

@test "store: an order that others may write is not believed" {
	need sqlite3 jq
	run -0 sandbox "set -E; trap 'echo failed: \$LINENO: \$BASH_COMMAND >&2' ERR; $WORLD"'
	world; evil
	g=$(ask made four)
	jitgrant sweep -q || :
	[ -e /run/made/four ]
	sed -i "s|/run/bin/make-it off|/run/bin/evil|" /etc/vouchsafe/orders/*
	chmod 777 /etc/vouchsafe/orders
	jitgrant revoke -q --id "$g" || :
	jitgrant sweep -q || :
	[ ! -e /run/ran ] || { echo "root ran it"; exit 1; }
	# The positive control: root wrote it, and it is root'"'"'s to decide.
	chmod 700 /etc/vouchsafe/orders
	sql "UPDATE grants SET next_try = 0"
	jitgrant sweep -q || :
	[ -e /run/ran ]
	'
}

# Every column of every table, one after the other and all at once, then all
# that root may say.
@test "store: every column hostile, all of root's verbs: nothing runs" {
	need sqlite3 jq
	run -0 sandbox "set -E; trap 'echo failed: \$LINENO: \$BASH_COMMAND >&2' ERR; $WORLD"'
	world; evil
	a=$(ask made five)
	b=$(ask gone six)
	jitgrant sweep -q || :
	cp -a /var/lib/vouchsafe /run/clean
	cp -a /etc/vouchsafe/orders /run/orders
	(cd /etc && find . -path ./vouchsafe -prune -o -type f -print0 |
	    sort -z | xargs -0 sha256sum | sha256sum) >/run/etc.sum
	sleep 300 &
	victim=$!
	start=$(awk "{print \$22}" /proc/$victim/stat)
	verbs() {
		local v
		for v in "sweep" "sweep --boot" "sweep --all" "list" "doctor" \
		    "show $a" "revoke --id $a" "revoke --id $b" "log verify" \
		    "freeze --all" "unfreeze --all" "clock show" "policy check" \
		    "sweep"; do
			timeout 20 jitgrant $v </dev/null >/run/out 2>&1 || :
			! LC_ALL=C grep -q "[^ -~[:space:]]" /run/out ||
			    { echo "raw bytes after $1: $v"; exit 1; }
		done
		[ ! -e /run/ran ] || { echo "root ran it: $1"; exit 1; }
		kill -0 $victim 2>/dev/null ||
		    { echo "a stranger was killed: $1"; exit 1; }
		[ "$(ls /run/made | grep -vxE "five|six|x" | wc -l)" -eq 0 ] ||
		    { echo "made elsewhere: $1: $(ls /run/made)"; exit 1; }
	}
	tables=$(sql "SELECT name FROM sqlite_schema WHERE type = '"'"'table'"'"'
	    AND name NOT LIKE '"'"'sqlite%'"'"'")
	esc=$(printf "\033]0;x\007\n")
	for t in $tables; do
		for c in $(sql "SELECT name FROM pragma_table_info('"'"'$t'"'"')"); do
			rm -rf /var/lib/vouchsafe/* /etc/vouchsafe/orders
			cp -a /run/clean/. /var/lib/vouchsafe
			cp -a /run/orders /etc/vouchsafe/orders
			for value in "$EVIL" "../../../etc/shadow" "$esc" \
			    "/sys/fs/cgroup" 0 1 -1 $victim; do
				sql "UPDATE OR IGNORE $t SET $c = '"'"'$value'"'"'" \
				    2>/dev/null || :
				[ "$value" != "$EVIL" ] || jitgrant sweep -q \
				    >/dev/null 2>&1 || :
			done
			sql "UPDATE OR IGNORE $t SET $c = '"'"'$EVIL'"'"'" 2>/dev/null || :
			timeout 20 jitgrant sweep -q >/dev/null 2>&1 || :
			[ ! -e /run/ran ] || { echo "root ran $t.$c"; exit 1; }
		done
	done
	rm -rf /var/lib/vouchsafe/* /etc/vouchsafe/orders
	cp -a /run/clean/. /var/lib/vouchsafe
	cp -a /run/orders /etc/vouchsafe/orders
	# A run of a stranger'"'"'s process, as if it were a grant'"'"'s.
	sql "INSERT INTO runs(\"grant\", cgroup, pid, pid_start, child, child_start,
	    boot_id) SELECT id, '"'"'/'"'"', $victim, $start, $victim, $start, boot_id
	    FROM grants" 2>/run/sqlerr || sql ".schema runs" >&2
	sql "UPDATE grants SET plan = '"'"'$EVIL'"'"', effect = '"'"'x'"'"',
	    uid = 0, error = '"'"'$esc'"'"', reason = '"'"'$esc'"'"'"
	verbs all
	kill $victim
	(cd /etc && find . -path ./vouchsafe -prune -o -type f -print0 |
	    sort -z | xargs -0 sha256sum | sha256sum) |
	    cmp - /run/etc.sum
	'
}

@test "store: links in place of the home's files lead root nowhere" {
	need sqlite3 jq
	run -0 sandbox "set -E; trap 'echo failed: \$LINENO: \$BASH_COMMAND >&2' ERR; $WORLD"'
	world; evil
	g=$(ask made seven)
	jitgrant sweep -q || :
	echo precious >/etc/precious
	chmod 600 /etc/precious
	cd /var/lib/vouchsafe
	for f in store.db-wal store.db-shm store.db-journal audit.log ballast \
	    adapter.lock log.key code.key; do
		cp -a $f /run/saved 2>/dev/null || rm -f /run/saved
		rm -f $f
		as_user _vouchsafe ln -s /etc/precious $f
		jitgrant sweep -q >/dev/null 2>&1 || :
		jitgrant list >/dev/null 2>&1 || :
		jitgrant log checkpoint >/run/out 2>&1 || :
		! grep -q precious /run/out || { echo "$f was read"; exit 1; }
		rm -f $f
		[ ! -e /run/saved ] || mv /run/saved $f
		[ "$(cat /etc/precious)" = precious ] ||
		    { echo "root wrote through $f"; exit 1; }
		# A second name instead of a link.
		cp -a $f /run/saved 2>/dev/null || rm -f /run/saved
		rm -f $f
		if ln /etc/precious $f 2>/dev/null; then
			jitgrant sweep -q >/dev/null 2>&1 || :
			rm -f $f
		fi
		[ ! -e /run/saved ] || mv /run/saved $f
		[ "$(cat /etc/precious)" = precious ] ||
		    { echo "root wrote by the name $f"; exit 1; }
	done
	jitgrant log verify >&2
	'
}

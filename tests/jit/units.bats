#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The system's home: the units that are installed, and `jitgrant serve` as a
# socket unit starts it, with real accounts asking.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/sandbox

setup() {
	ready_for_sandbox
	use_tmp
}

POLICY='
serve <<-P
[kind g]
adapter=unixgroup
group=staffers
[person alice]
uid=alice
[person bob]
uid=bob
[rule s]
kind=demo
resource=*
request=person:alice, person:bob
approve=none
max=1h
[rule a]
kind=a
resource=*
request=person:alice
approve=1 of person:bob
max=1h
[rule g]
kind=g
resource=*
request=person:alice
approve=1 of person:bob
max=1h
P
alice() { as_user alice jitgrant "$@"; }
bob() { as_user bob jitgrant "$@"; }
fails() {
	local want=$1 rc=0; shift
	"$@" || rc=$?
	[ "$rc" -eq "$want" ] || { echo "status $rc, not $want: $*"; exit 1; }
}
asked() {	# asked WHO ARGUMENT...: request; print the id
	local who=$1; shift
	{ "$who" request --reason x --for 10m -o json "$@" || :; } |
	    jq -r .grant
}
'

@test "the units are what systemd takes" {
	need systemd-analyze
	mkdir units
	for f in "$O"/systemd/jitgrant*; do
		# The tool is not installed yet.
		sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$f" \
		    >"units/${f##*/}"
	done
	run -0 --separate-stderr systemd-analyze verify --man=no \
	    units/jitgrant.socket units/jitgrant-sweep.timer \
	    units/jitgrant-sweep.path units/jitgrant@.service \
	    units/jitgrant-boot.service
	[[ $stderr != *jitgrant* ]] || show "systemd complains"
}

@test "the account and the folders are what systemd takes" {
	need systemd-sysusers systemd-tmpfiles
	need_root
	mkdir -p root/etc
	run -0 systemd-sysusers --root="$PWD/root" \
	    "$O/systemd/sysusers-vouchsafe.conf" \
	    "$O/systemd/sysusers-vouchsafe-jitgrant.conf"
	grep -q ^_vouchsafe: root/etc/passwd
	run -0 systemd-tmpfiles --root="$PWD/root" --create \
	    "$O/systemd/tmpfiles-vouchsafe.conf" \
	    "$O/systemd/tmpfiles-vouchsafe-jitgrant.conf"
	[ "$(stat -c %a root/var/lib/vouchsafe)" = 700 ]
}

@test "install puts units, account, folders and adapters in their places" {
	run -0 make -s -C "$ROOT" install -j2 O="$PWD/b" DESTDIR="$PWD/d" PREFIX=/usr
	for f in systemd/system/jitgrant.socket sysusers.d/vouchsafe.conf \
	    {sysusers,tmpfiles}.d/vouchsafe-jitgrant.conf \
	    systemd/system/jitgrant@.service tmpfiles.d/vouchsafe.conf \
	    systemd/system/jitgrant-sweep.timer \
	    systemd/system/jitgrant-boot.service \
	    systemd/system/jitgrant-sweep.path; do
		[ -f "d/usr/lib/$f" ] || show "no $f"
	done
	for a in exec sudoers unixgroup; do
		[ -x "d/usr/libexec/vouchsafe/adapters/$a" ] || show "no $a"
	done
	run -1 grep -r "@[A-Z]*@" d/usr/lib/systemd
	[ -f d/usr/share/doc/vouchsafe/examples/jitgrant.cron ]
}

@test "two accounts ask; each has what is his" {
	run -0 sandbox "$POLICY"'
	a=$(asked alice --kind demo --resource x --uses 2)
	b=$(asked bob --kind demo --resource x --uses 2)
	alice check --id "$a"
	alice use --id "$a"
	fails 1 bob use --id "$a"
	fails 1 bob release --id "$a"
	fails 1 bob revoke --id "$a"
	bob check --id "$b"
	alice list -o json | jq -c "[.grants[].requester] | unique"
	fails 1 as_user daemon jitgrant request --kind demo --resource x \
	    --for 1m --reason x
	jitgrant revoke --id "$a"
	fails 1 alice check --id "$a"
	jitgrant log verify
	'
	assert_out_has '["uid:64102"]'
}

@test "nobody is whom he says he is" {
	need_python socket
	run -0 sandbox "$POLICY"'
	a=$(asked alice --kind demo --resource x --uses 2)
	cat >/run/bin/raw <<\S
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect("/run/vouchsafe/jitgrant.sock")
s.sendall(sys.argv[1].encode() + b"\n")
try:
	while True:
		d = s.recv(65536)
		if not d: break
		sys.stdout.write(d.decode())
except ConnectionResetError:
	pass
S
	raw() { as_user bob "$PYTHON" /run/bin/raw "$1"; }
	ask() { jq -nc --arg id "$a" "{schema:\"vouchsafe-jit/1\"} + $1"; }
	raw "$(ask "{verb:\"use\",id:\$id,uid:64102,caller:64102}")"
	raw "$(ask "{verb:\"use\",id:\$id}")"
	raw "$(ask "{verb:\"sweep\",all:\"yes\"}")"
	raw "$(ask "{verb:\"init\"}")"
	raw "$(ask "{verb:\"policy\",sub:\"check\",file:\"/etc/shadow\"}")"
	raw "nothing"
	raw ""
	raw "$(printf "%70000s" x)"
	raw "[[[[[[[[[[[[[[[[[[[["
	alice check --id "$a" -o json | jq .uses_left | sed "s/^/left: /"
	jitgrant log verify
	'
	assert_out_has 'left: 2'
	assert_out_lacks 'root:'
	assert_out_lacks '"decision":"yes","grant"'
}

@test "a reason of a MiB, or with NUL, ESC and the like, from a stranger" {
	need_python socket
	run -0 sandbox "$POLICY"'
	cat >/run/bin/stranger <<\S
import json, socket
def ask(reason, **more):
	s = socket.socket(socket.AF_UNIX)
	s.settimeout(20)
	s.connect("/run/vouchsafe/jitgrant.sock")
	q = {"schema": "vouchsafe-jit/1", "verb": "request", "kind": "demo",
	    "resource": "x", "for": "1m", "reason": reason}
	q.update(more)
	got = b""
	try:
		s.sendall(json.dumps(q).encode() + b"\n")
		while True:
			d = s.recv(65536)
			if not d: break
			got += d
	except (BrokenPipeError, ConnectionResetError):
		pass
	a = json.loads(got) if got.strip() else {"exit": "cut off"}
	raw = [c for c in got if (c < 32 and c != 10) or c > 126]
	return str(a["exit"]) + (" RAW" if raw else "")
print("MiB:", ask("x" * 1048576))
print("1025:", ask("x" * 1025))
print("1024:", ask("x" * 1024))
for r in ("a\x00b", "a\nb", "a\x1b[31mb", "\u202eabc", "\x9b31m", "\ud800"):
	print(json.dumps(r), ask(r))
print("resource:", ask("x", resource="x" * 1048576))
S
	as_user bob "$PYTHON" /run/bin/stranger
	rc=0
	as_user bob jitgrant request --kind demo --resource x \
	    --reason "$(head -c 100000 /dev/zero | tr "\0" x)" || rc=$?
	echo "the tool itself: $rc"
	log=/var/lib/vouchsafe/audit.log
	size=$(wc -c <$log)
	[ "$size" -lt 16384 ] || { echo "$size bytes of log"; exit 1; }
	! LC_ALL=C grep -n "[^ -~]" $log
	jitgrant log verify
	jitgrant log show >shown
	! LC_ALL=C grep -n "[^ -~]" shown
	jitgrant list >shown
	! LC_ALL=C grep -n "[^ -~]" shown
	'
	assert_out_line 'MiB: 65'
	assert_out_line '1025: 65'
	assert_out_line '1024: 0'
	assert_out_line '"a\u0000b" 64'
	assert_out_line '"a\nb" 0'
	assert_out_line '"a\u001b[31mb" 0'
	assert_out_line '"\u202eabc" 0'
	assert_out_line '"\ud800" 64'
	assert_out_line 'resource: 65'
	assert_out_line 'the tool itself: 65'
	assert_out_lacks RAW
}

@test "an approval by another account; root applies it" {
	run -0 sandbox "$POLICY"'
	a=$(asked alice --kind g --resource staff)
	fails 1 alice approve --id "$a"
	fails 2 alice check --id "$a"
	rc=0
	bob approve --id "$a" || rc=$?
	jitgrant sweep
	getent group staffers | grep -w alice
	alice check --id "$a"
	bob revoke --id "$a" || :
	fails 1 alice check --id "$a"
	jitgrant sweep
	[ -z "$(getent group staffers | grep alice)" ]
	'
}

@test "a hundred questions at once: two uses, two winners" {
	run -0 sandbox "$POLICY"'
	a=$(asked alice --kind demo --resource x --uses 2)
	for ((i = 0; i < 100; i++)); do
		alice use --id "$a" --quiet >/dev/null 2>&1 && echo won &
	done | sort | uniq -c
	'
	assert_out_match '^ +2 won$'
}

@test "without a socket serve says no" {
	run -77 --separate-stderr jitgrant serve </dev/null
	assert_err_tool jitgrant\ serve || assert_err_tool jitgrant
}

# A command that runs under a grant of the system's, by an ordinary account.
RUN=$POLICY'
start() {	# start COMMAND...: in the background, once it said "up"
	rm -f /run/up
	: >/run/up
	chown alice /run/up
	setpriv --reuid alice --regid alice --init-groups -- \
	    jitgrant run --id "$id" -- "$@" >/run/up &
	pid=$!
	until [ -s /run/up ] || ! kill -0 $pid; do sleep 0.05; done
	supervisor=$(grep "$id" /var/lib/vouchsafe/audit.log |
	    jq -r "select(.event == \"run\").supervisor" | tail -n 1)
}
left() { pgrep -f "sleep $N" -r R,S,D,T,t | wc -l; }
gone() {
	for ((i = 0; i < 200; i++)); do
		[ "$(left)" != 0 ] || return 0
		sleep 0.05
	done
	echo "left: $(pgrep -fa "sleep $N")"
	exit 1
}
runs() { jitgrant sweep -o json | jq .runs; }
N=$((100000 + RANDOM))$$
tree="echo up; setsid sleep $N & (setsid bash -c \"(sleep $N &)\")
nohup sleep $N >/dev/null 2>&1 & sleep $N & kill -STOP \$!
sleep $N"
'

@test "run through the socket: status, use, and the end of the whole tree" {
	sandbox "$RUN"'
	id=$(asked alice --kind demo --resource x --uses 1)
	fails 42 as_user alice jitgrant run --id "$id" -- sh -c "exit 42"
	fails 125 as_user alice jitgrant run --id "$id" -- true
	id=$(asked alice --kind demo --resource x)
	fails 125 as_user bob jitgrant run --id "$id" -- true
	[ "$(as_user alice jitgrant run --id "$id" -- id -un)" = alice ]
	id=$(as_user alice jitgrant request --kind demo --resource x --for 3s \
	    --reason x -o json | jq -r .grant)
	fails 124 as_user alice jitgrant run --id "$id" -- bash -c "$tree"
	[ "$(left)" = 0 ]
	[ "$(runs)" = 0 ]
	for how in "as_user alice jitgrant release ID" "jitgrant revoke ID" \
	    "jitgrant freeze --kind demo"; do
		id=$(asked alice --kind demo --resource x)
		start bash -c "$tree"
		${how/ID/$id} >/dev/null
		gone
		fails 124 wait $pid
		[ "$(runs)" = 0 ]
	done
	jitgrant unfreeze --kind demo >/dev/null
	jitgrant log verify
	'
}

@test "run through the socket, killed: one sweep of root ends what is left" {
	sandbox "$RUN"'
	id=$(asked alice --kind demo --resource x)
	start bash -c "$tree"
	kill -KILL $pid
	gone
	wait $pid || :
	[ "$(runs)" = 0 ]
	start bash -c "$tree"
	kill -STOP $pid $supervisor
	# The supervisor first: the end of its parent wakes a stopped one.
	kill -KILL $supervisor $pid
	wait $pid || :
	[ "$(left)" -gt 0 ]
	[ "$(runs)" = 1 ]
	gone
	[ "$(runs)" = 0 ]
	'
}

@test "root ends nobody else for what a supervisor says" {
	sandbox "$RUN"'
	say() {	# say FIELD=VALUE...: a question of an own making, as alice
		as_user alice "$PYTHON" -c "
import json, socket, sys
ask = {\"schema\": \"vouchsafe-jit/1\", \"verb\": \"run\", \"limits\": {}}
ask.update(a.split(\"=\", 1) for a in sys.argv[1:])
s = socket.socket(socket.AF_UNIX)
s.connect(\"/run/vouchsafe/jitgrant.sock\")
s.sendall((json.dumps(ask) + chr(10)).encode())
print(s.makefile().read())" "$@"
	}
	start_of() { sed "s/.*) //" "/proc/$1/stat" | cut -d" " -f20; }
	id=$(asked alice --kind demo --resource x)
	bobs=$(asked bob --kind demo --resource x)
	as() {
		exec setpriv --reuid $1 --clear-groups sleep 60 >/dev/null 2>&1
	}
	as 0 & rootpid=$!
	as bob & bobpid=$!
	as alice & alicepid=$!
	group=$(awk "/ - cgroup2 /{ print \$5; exit }" /proc/self/mountinfo)
	[ -z "$group" ] || {
		mkdir "$group/jitgrant-$id-1"
		sleep 60 >/dev/null 2>&1 & grouppid=$!
		echo $grouppid >"$group/jitgrant-$id-1/cgroup.procs"
	}
	for pid in $rootpid $bobpid $alicepid 1; do
		say sub=begin id=$id pid=$((4000000 + pid)) pid-start=1 \
		    child=$pid child-start=$(start_of $pid) way=subreaper \
		    cgroup= | grep -q "\"decision\":\"yes\""
	done
	[ -z "$group" ] || say sub=begin id=$id pid=3999999 pid-start=1 \
	    child=3999999 child-start=1 way=cgroup \
	    cgroup="$group/jitgrant-$id-1" | grep -q "\"decision\":\"yes\""
	say sub=begin id=$id pid=3999998 pid-start=1 child=3999999 \
	    child-start=1 way=cgroup cgroup=/etc | grep -q yes
	# Nor does he hold on to a supervisor that is not his.
	say sub=begin id=$id pid=1 pid-start=$(start_of 1) child=3999999 \
	    child-start=1 way=cgroup cgroup=/var/lib | grep -q yes
	# Another grant, a number that is none, a missing one.
	say sub=begin id=$bobs pid=7 pid-start=1 child=7 child-start=1 \
	    way=cgroup cgroup= | grep -q not-yours
	say sub=alive id=$bobs | grep -q not-yours
	say sub=done id=$bobs pid=7 pid-start=1 | grep -q not-yours
	say sub=begin id=$id pid=-1 pid-start=1 child=7 child-start=1 \
	    way=cgroup cgroup= | grep -q usage
	say sub=begin id=$id pid=1 | grep -q usage
	say sub=else id=$id | grep -q usage
	[ "$(runs)" = $((6 + ${group:+1})) ]
	kill -0 $rootpid
	kill -0 $bobpid
	[ -z "$group" ] || { kill -0 $grouppid; [ -d "$group/jitgrant-$id-1" ]; }
	fails 137 wait $alicepid
	[ -d /etc ]
	kill $rootpid $bobpid ${grouppid-}
	wait $rootpid $bobpid ${grouppid-} || :
	[ -z "$group" ] || rmdir "$group/jitgrant-$id-1"
	'
}

@test "filters have an account of their own, and sysusers makes it" {
	run -0 sed -n 's/^#.* user=\([^ ]*\) .*/\1/p' \
	    "$ROOT/examples/postfix-filter"
	assert_out $'_vouchsafe-filter\n_vouchsafe-filter'
	grep -q '^u _vouchsafe-filter ' "$O/systemd/sysusers-vouchsafe.conf"
	# It is another one than jitgrant's.
	grep -q '^u _vouchsafe ' "$O/systemd/sysusers-vouchsafe-jitgrant.conf"
}

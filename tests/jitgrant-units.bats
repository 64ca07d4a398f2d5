#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The system's home: the units that are installed, and `jitgrant serve` as a
# socket unit starts it, with real accounts asking.
bats_require_minimum_version 1.8.0
load lib/common
load lib/sandbox

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
	    "$O/systemd/sysusers-vouchsafe.conf"
	grep -q ^_vouchsafe: root/etc/passwd
	run -0 systemd-tmpfiles --root="$PWD/root" --create \
	    "$O/systemd/tmpfiles-vouchsafe.conf"
	[ "$(stat -c %a root/var/lib/vouchsafe)" = 700 ]
}

@test "install puts units, account, folders and adapters in their places" {
	run -0 make -s -C "$ROOT" install -j2 O="$PWD/b" DESTDIR="$PWD/d" PREFIX=/usr
	for f in systemd/system/jitgrant.socket sysusers.d/vouchsafe.conf \
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

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Votes and requests by mail to the system's home, by a filter that runs as
# any account: `jitgrant serve` judges the mail, by its own DNS.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/approval
load ../lib/bats/sandbox

setup_file() {
	mail_world
}

setup() {
	need_sandbox
	use_tmp
	export VOUCHSAFE_JIT_HOME=
	unset SENDER
	cp "$BATS_FILE_TMPDIR"/zone "$BATS_FILE_TMPDIR"/*.pem .
}

# In the sandbox: a policy, a sendmail that keeps what it gets, and mails.
WORLD='
cd "$1"
umask 022
cp zone /run/zone
mkdir -m 777 /run/out
cat >/run/bin/post <<\S
#!/bin/sh
f=$(mktemp /run/out/XXXXXX)
{ echo "$@"; cat; } >"$f"
S
chmod 755 /run/bin/post
policy_text() {
	cat <<-P
	[defaults]
	mail_from=jit@example.org
	sendmail=/run/bin/post
	[kind g]
	adapter=unixgroup
	group=staffers
	[person alice]
	uid=alice
	mail=alice@example.org
	[person bob]
	uid=bob
	mail=bob@example.org
	[rule a]
	kind=demo
	resource=*
	request=person:alice, mail:@vendor.example
	approve=1 of person:bob
	max=1h
	[rule g]
	kind=g
	resource=*
	request=person:alice
	approve=1 of person:bob
	max=1h
	P
}
asked() {	# a request of alice; ID and CODE
	rm -f /run/out/*
	ID=$({ as_user alice jitgrant request --reason x --for 10m -o json \
	    --resource x --kind "${1:-demo}" || :; } | jq -r .grant)
	CODE=$(sed -n "s/^    your code: //p" /run/out/*)
	[ -n "$CODE" ]
}
state() {
	jitgrant show -o json "$ID" | jq -r .state
}
is() {	# is STATE
	[ "$(state)" = "$1" ] || { echo "state $(state), not $1"; exit 1; }
}
fails() {
	local want=$1 rc=0; shift
	"$@" || rc=$?
	[ "$rc" -eq "$want" ] || { echo "status $rc, not $want: $*"; exit 1; }
}
filter() {	# filter ACCOUNT ARGUMENT...: as a mail server runs it
	local who=$1; shift
	as_user "$who" jitgrant approve -q --mail --mta \
	    --mail-from bob@example.org "$@" <mail
}
'

world() {
	export -f write sign
	sandbox "$WORLD$1" "$T"
}

@test "any account hands a vote in; what it says is the mail's" {
	run -0 world '
	serve --offline --zone=/run/zone < <(policy_text)
	asked
	write "approve $ID $CODE\n" >plain
	sign <plain >good
	cp plain mail
	fails 0 filter daemon
	is requested
	FROM=eve@evil.example write "approve $ID $CODE\n" | D=evil.example sign >mail
	fails 0 filter daemon
	is requested
	FROM=alice@example.org write "approve $ID $CODE\n" | sign >mail
	fails 0 filter daemon
	is requested
	cp good mail
	fails 0 filter daemon
	is active
	fails 8 as_user daemon jitgrant approve -q --mail --mail-from b@x <good
	jitgrant log export | jq -c "select(.event == \"vote\" or
	    .event == \"mail-refused\") | [.event, .actor, .reason]"
	jitgrant log verify
	'
	assert_out_has '["mail-refused","uid:1","dmarc"]'
	assert_out_has '["mail-refused","uid:1","stranger"]'
	assert_out_has '["vote","uid:1",null]'
}

@test "the DNS is the server's, never the caller's" {
	run -0 world '
	serve --offline < <(policy_text)
	asked
	write "approve $ID $CODE\n" | sign >mail
	fails 75 filter daemon
	fails 75 filter daemon --zone=/run/zone --offline
	fails 77 as_user daemon jitgrant approve -q --mail --zone=/run/zone \
	    --mail-from b@x <mail
	fails 64 as_user daemon jitgrant approve -q --mail --zone=/run/zone \
	    --socket /run/vouchsafe/jitgrant.sock <mail
	is requested
	'
}

@test "no server, no vote lost: 75" {
	run -0 world '
	serve --offline --zone=/run/zone < <(policy_text)
	asked
	write "approve $ID $CODE\n" | sign >mail
	mv /run/vouchsafe/jitgrant.sock /run/vouchsafe/away
	fails 75 filter daemon
	mv /run/vouchsafe/away /run/vouchsafe/jitgrant.sock
	fails 0 filter daemon
	is active
	'
}

@test "the envelope sender is a claim that goes along" {
	run -0 world '
	serve --offline --zone=/run/zone < <(policy_text)
	asked
	write "approve $ID $CODE\n" | sign >mail
	fails 1 as_user daemon jitgrant approve -q --mail <mail
	fails 1 as_user daemon jitgrant approve -q --mail --mail-from "" <mail
	fails 1 as_user daemon env SENDER= jitgrant approve -q --mail <mail
	fails 1 as_user daemon env SENDER=MAILER-DAEMON \
	    jitgrant approve -q --mail <mail
	is requested
	fails 0 as_user daemon env SENDER=bob@example.org \
	    jitgrant approve -q --mail <mail
	is active
	'
}

@test "256 KiB go through the socket, more is refused" {
	run -0 world '
	serve --offline --zone=/run/zone < <(policy_text)
	asked
	write "approve $ID $CODE\n" >plain
	{ cat plain; head -c 258000 /dev/zero | tr "\0" "\n"; } | sign >mail
	{ cat plain; head -c 290000 /dev/zero | tr "\0" "\n"; } | sign >large
	[ "$(wc -c <mail)" -le 262144 ]
	fails 1 as_user daemon jitgrant approve -q --mail --mail-from b@x <large
	is requested
	fails 0 filter daemon
	is active
	jitgrant log export | jq -r .reason
	'
	assert_out_line too-large
}

@test "what an adapter does waits for root, whoever hands the vote in" {
	for who in daemon _vouchsafe; do
		run -0 world '
		serve --offline --zone=/run/zone < <(policy_text)
		asked g
		write "approve $ID $CODE\n" | sign >mail
		'"[ $who = daemon ] && set -- || set -- --offline --zone=/run/zone"'
		fails 0 filter '$who' "$@"
		is approved
		jitgrant sweep
		is active
		getent group staffers
		'
		assert_out_has alice
	done
}

@test "a partner asks through the server too" {
	run -0 world '
	serve --offline --zone=/run/zone < <(policy_text)
	FROM=joe@vendor.example write "request demo r 1h\nreason: why\n" |
	    D=vendor.example sign >mail
	fails 2 as_user daemon jitgrant request -q --mail --mail-from j@v <mail
	fails 8 as_user daemon jitgrant request -q --mail --mail-from j@v <mail
	jitgrant list -o json | jq -r ".grants[].requester"
	ID=$(jitgrant list -o json | jq -r ".grants[].id // .grants[].grant")
	CODE=$(sed -n "s/^    your code: //p" /run/out/*)
	write "approve $ID $CODE\n" | sign >mail
	fails 0 filter daemon
	is active
	'
	assert_out_line mail:joe@vendor.example
}

@test "a local vote, too, is for what was asked" {
	need sqlite3
	run -0 world '
	serve --offline --zone=/run/zone < <(policy_text)
	edit() { sqlite3 /var/lib/vouchsafe/store.db \
	    "UPDATE grants SET $1 WHERE id=\"$ID\""; }
	for change in "resource=\"y\"" "duration=3000" "person=\"\"" "asked=0"; do
		asked
		edit "$change"
		as_user bob jitgrant approve -o json "$ID" | jq -r .reason || :
		is requested
	done
	asked
	as_user bob jitgrant approve -q "$ID"
	is active
	'
	[ "$(grep -cx changed <<<"$output")" = 4 ]
}

@test "a question that is no mail, or for another verb" {
	need_python socket
	run -0 world '
	serve --offline --zone=/run/zone < <(policy_text)
	cat >/run/bin/raw <<\S
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect("/run/vouchsafe/jitgrant.sock")
s.sendall(sys.argv[1].encode() + b"\n")
while True:
	d = s.recv(65536)
	if not d: break
	sys.stdout.write(d.decode())
S
	raw() { as_user bob "$PYTHON" /run/bin/raw "{\"schema\":\"vouchsafe-jit/1\",$1}" |
	    jq -c "[.verb, .exit, .reason]"; }
	raw "\"verb\":\"use\",\"mail\":\"eA==\""
	raw "\"verb\":\"approve\",\"mail\":\"?\""
	raw "\"verb\":\"approve\",\"mail\":\"\""
	raw "\"verb\":\"approve\",\"mail\":\"eA==\",\"mail-from\":\"a@b\""
	'
	assert_out '["serve",64,"failed"]
["approve",64,"failed"]
["approve",1,"malformed"]
["approve",1,"malformed"]'
}

@test "the unit of serve lets sendmail be what it is: setgid" {
	unit=$ROOT/examples/systemd/jitgrant@.service
	[ -f "$unit" ] || unit=$(ls "$ROOT"/examples/systemd/jitgrant@.service*)
	# Each of these implies NoNewPrivileges= for an account without rights.
	run -1 grep -E '^(NoNewPrivileges|SystemCall(Filter|Architectures|Log)|Restrict(AddressFamilies|Namespaces|Realtime|SUIDSGID|FileSystems)|Private(Devices|Users)|Protect(Kernel.*|Clock|Hostname|ControlGroups)|MemoryDenyWriteExecute|LockPersonality|DynamicUser)=' "$unit"
	grep -q '^User=_vouchsafe' "$unit"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Checkpoints kept elsewhere, backups, and what each of them tells.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	need jq
	jitgrant init -q home
	demo
	demo
	jit log checkpoint >note
}

jit() { local verb=$1; shift; jitgrant "$verb" --home home "$@"; }
demo() {
	jit request -q --kind demo --resource x --for 10m --reason test
}
head_of_mail() {	# head_of_mail FIELD...
	printf 'From: jit@example.org\nTo: audit@example.net\n'
	printf 'Subject: checkpoint\nMIME-Version: 1.0\n'
	[ "$#" -eq 0 ] || printf '%s\n' "$@"
	echo
}
anchored() {	# anchored FILE: it is one, and it holds
	run -0 --separate-stderr jit log verify --anchor "$1" -o json
	[ "$(jq -r .reason <<<"$output")" = anchored ]
}
UTF8='Content-Type: text/plain; charset=utf-8'

@test "an anchor is found in a note and in mails of every encoding" {
	anchored note
	sed 's/$/\r/' note >crlf
	anchored crlf
	{ head_of_mail "$UTF8"; echo hello; echo; cat note; echo; echo bye; } >m
	anchored m
	sed 's/$/\r/' m >m.crlf
	anchored m.crlf
	{ echo 'From jit@example.org Mon Nov 23 21:00:00 2026'; cat m; } >mbox
	anchored mbox
	{
		head_of_mail "$UTF8" 'Content-Transfer-Encoding: base64'
		base64 note
	} >m
	anchored m
	sed 's/$/\r/' m >m.crlf
	anchored m.crlf
	{
		head_of_mail "$UTF8" \
		    'Content-Transfer-Encoding: quoted-printable'
		# The dash of a signature, each equals sign, and a soft break.
		sed 's/=/=3D/g; s/\xe2\x80\x94/=E2=80=94/; s/^.\{40\}/&=\n/' note
	} >m
	run -1 grep -q "$(tail -n 1 note)" m
	anchored m
	{
		head_of_mail 'Content-Type: multipart/mixed; boundary=b'
		printf -- '--b\n%s\nContent-Transfer-Encoding: base64\n\n' \
		    "$UTF8"
		base64 note
		printf -- '--b\nContent-Type: text/html\n\n<p>no</p>\n--b--\n'
	} >m
	anchored m
}

@test "no anchor: another log's, a forged one, none at all" {
	jitgrant init -q other
	jitgrant log checkpoint --home other >theirs
	run -65 jit log verify --anchor theirs
	# Of our own log, but by another key.
	sed 's/^[0-9]*$/1/' note >forged
	run -65 jit log verify --anchor forged
	{ head -n 4 note; tail -n 1 theirs; } >forged
	run -65 jit log verify --anchor forged
	head -n 4 note >forged
	run -65 jit log verify --anchor forged
	: >forged
	run -65 jit log verify --anchor forged
	{
		head_of_mail "$UTF8" 'Content-Transfer-Encoding: base64'
		echo '!!!!'
	} >forged
	run -65 jit log verify --anchor forged
	run -66 jit log verify --anchor nowhere
	# Every byte of it counts.
	for at in $(seq 0 9 $(($(stat -c %s note) - 1))); do
		"$PYTHON" -c 'import sys
b = bytearray(open("note", "rb").read())
b[int(sys.argv[1])] ^= 1
open("bent", "wb").write(b)' "$at"
		run -65 jit log verify --anchor bent
	done
}

@test "an anchor holds as the log grows" {
	demo
	demo
	anchored note
	jit log checkpoint >later
	anchored later
	# Its signature says when: the mail's is dkimverify's to check.
	dkimkey new k.pem
	dkimkey record -d example.org -s s1 k.pem >zone
	{ head_of_mail "$UTF8"; cat later; } |
	    dkimsign -d example.org -s s1 -k k.pem >mail
	run -0 dkimverify --offline --zone=zone mail
	anchored mail
}

@test "log and store rolled back together: only the anchor shows it" {
	cp -a home backup
	demo
	jit log checkpoint >later
	mv home newer
	mv backup home
	run -0 --separate-stderr jit log verify -o json
	[ "$(jq -r .reason <<<"$output")" = end-not-checked ]
	run -0 jit request --kind demo --resource y --reason x
	run -0 jit log verify
	[[ $output == *'end not checked'* ]]
	run -1 --separate-stderr jit log verify --anchor later
	assert_err_has 'line '
	# The anchor from before the backup still holds.
	anchored note
}

@test "a log that grew again to the anchor's length is not it" {
	cp -a home backup
	demo
	jit log checkpoint >later
	rm -rf home
	mv backup home
	n=$(sed -n 2p later)
	while [ "$(wc -l <home/audit.log)" -lt $((n + 2)) ]; do
		demo
	done
	run -0 jit log verify
	run -1 jit log verify --anchor later
}

@test "a restored store is refused, by each verb that would trust it" {
	mkdir backup
	cp -p home/store.db* backup
	id=$(jit request --kind demo --resource x --for 10m --uses 3 \
	    --reason test -o json | jq -r .grant)
	jit use -q "$id"
	cp -p backup/* home
	run -7 jit check "$id"
	run -7 jit use "$id"
	run -7 jit check --kind demo --resource x
	run -7 jit use --kind demo --resource x
	run -7 jit request --kind demo --resource x --reason test
	run -7 jit renew --kind demo --resource x --for 1m
	run -1 jit log verify
	run -0 jit log show
	run -0 jit doctor --accept-restore
	[[ $(jit log show) == *restore* ]]
	run -0 jit request --kind demo --resource x --reason test
	run -0 jit log verify
}

@test "a restored log is refused as well" {
	cp -p home/audit.log backup
	demo
	demo
	cp -p backup home/audit.log
	run -7 jit check --kind demo --resource x
	run -7 jit request --kind demo --resource x --reason test
	run -0 jit doctor --accept-restore
	run -0 jit request --kind demo --resource x --reason test
	run -0 jit log verify
	# What was cut is still missed by an anchor from then.
	anchored note
}

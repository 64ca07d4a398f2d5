#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Operands, folders, lists and workers, as every verifying tool has them.  The
# author domain that dmarceval prints tells which message it was.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
}

# mail NAME: a message from NAME.example.
mail() {
	printf 'From: a@%s.example\n\nbody\n' "$1"
}

# authors [OPTION]... OPERAND...: "FILE NAME" for each message.
authors() {
	dmarceval -o json --offline "$@" | jq -r \
	    '.file + " " + (.dmarc.author_domain // "-")'
	return "${PIPESTATUS[0]}"
}

@test "an mbox: one > comes off, FILE#N names its messages" {
	need jq
	{
		printf 'From x\n'
		mail one
		printf '>From y\n>>From z\n\nFrom here\n'
		mail two
	} >box
	run -75 --separate-stderr authors box
	assert_out "box#1 one.example
box#2 two.example"
	assert_err_empty
}

@test "an mbox on standard input is one message" {
	need jq
	{
		printf 'From x\n'
		mail one
		printf '\nFrom y\n'
		mail two
	} >box
	run -75 --separate-stderr authors - <box
	assert_out "- one.example"
	run -75 --separate-stderr authors <box
	assert_out "- one.example"
}

# mailbox NAME...: an mbox with a message from each.
mailbox() {
	local n
	for n; do
		printf 'From %s@x Thu Jan  1 00:00:00 1970\n' "$n"
		mail "$n"
		echo
	done
}

@test "--mbox: standard input, a pipe and a FIFO are mboxes" {
	need jq
	mailbox one two three >box
	run -75 --separate-stderr authors --mbox -j 2 <box
	assert_out $'-#1 one.example\n-#2 two.example\n-#3 three.example'
	assert_err_empty
	mkfifo fifo fifo2
	cat box >fifo &
	mailbox four five >fifo2 &
	run -75 --separate-stderr authors --mbox -j 2 fifo fifo2 box
	assert_out "fifo#1 one.example
fifo#2 two.example
fifo#3 three.example
fifo2#1 four.example
fifo2#2 five.example
box#1 one.example
box#2 two.example
box#3 three.example"
	# What begins with no From line is not one.
	run -65 --separate-stderr authors --mbox < <(mail one)
	assert_err_has 'not an mbox'
	# Nothing of it stays behind.
	mkdir tmp
	TMPDIR=$PWD/tmp run -75 --separate-stderr authors --mbox <box
	[ "$(find tmp -type f | wc -l)" = 0 ]
	TMPDIR=/nonexistent run -75 --separate-stderr authors --mbox <box
	assert_err_has /nonexistent
}

@test "what looks like an mbox and is read as one message is said" {
	need jq
	mailbox one two >box
	run -75 --separate-stderr authors <box
	assert_out "- one.example"
	assert_err_has 'looks like an mbox'
	# A From line alone, as procmail hands it on, is none; nor a sentence.
	mailbox one >single
	printf '\nFrom here on, 10 to 12:\n' >>single
	run -75 --separate-stderr authors <single
	assert_err_empty
}

@test "a mail that moved in a live Maildir is found by its name" {
	need jq
	mkdir -p M/new M/cur M/tmp
	mail one >M/new/100.a.host
	mail two >M/cur/200.b.host:2,
	mail three >M/new/300.c.host
	printf '%s\n' M/new/100.a.host M/cur/200.b.host:2, M/new/300.c.host \
	    M/new/400.d.host >list
	mv M/new/100.a.host M/cur/100.a.host:2,S
	mv M/cur/200.b.host:2, M/cur/200.b.host:2,RS
	run -66 --separate-stderr authors --files-from=list
	assert_err_has M/new/400.d.host
	assert_err_lacks 100.a
	assert_out "M/new/100.a.host one.example
M/cur/200.b.host:2, two.example
M/new/300.c.host three.example"
}

@test "a file that starts with the field From : is no mbox" {
	need jq
	printf 'From : a@one.example\n\nx\n\nFrom y\nFrom: a@two.example\n' >m
	run -75 --separate-stderr authors m
	assert_out "m one.example"
}

@test "a Maildir: cur and new by name, nothing else" {
	need jq
	mkdir -p d/cur d/new d/tmp d/cur/sub
	mail one >d/new/1
	mail two >d/cur/2:2,S
	mail three >d/new/3
	mail tmp >d/tmp/0
	mail dot >d/cur/.0
	mkfifo d/new/fifo
	ln -s sub d/cur/link
	run -75 --separate-stderr authors d
	assert_out "d/new/1 one.example
d/cur/2:2,S two.example
d/new/3 three.example"
	mkdir plain
	run -66 --separate-stderr authors plain
	assert_err_has "plain is a directory and no Maildir"
}

@test "a directory is no input of any tool: 66, by name or as stdin" {
	local t
	mkdir -p plain
	dkimkey new k.pem
	for t in dkimverify dmarceval spfcheck 'dkimkey check' \
	    'dkimsign -d a.example -s s -k k.pem' \
	    'dkimsign -d a.example -s s -k plain'; do
		# shellcheck disable=SC2086
		run -66 --separate-stderr $t - <plain
		assert_out_empty
		# shellcheck disable=SC2086
		run -66 --separate-stderr $t plain
		assert_out_empty
	done
	run -75 --separate-stderr dkimsign --filter -d a.example -s s \
	    -k k.pem <plain
	assert_out_empty
	chmod 700 plain
	run -66 --separate-stderr dkimkey record --one-line plain
	assert_out_empty
}

@test "a missing file costs itself only" {
	need jq
	mail one >a
	mail two >b
	run -66 --separate-stderr authors a gone b
	assert_out_has "a one.example"
	assert_out_has "b two.example"
	assert_err_has "gone"
}

@test "a list of operands, by lines and by NUL, and from standard input" {
	need jq
	mail one >a
	mail two >'b
c'
	printf 'a\n\na' >list
	run -75 --separate-stderr authors --files-from=list
	assert_out "a one.example
a one.example"
	printf 'a\0b\nc\0' >list
	run -75 --separate-stderr authors -0 --files-from=list
	assert_out_has "two.example"
	run -75 --separate-stderr authors --files-from=- <<<a
	assert_out "a one.example"
	run -66 --separate-stderr authors --files-from=gone
	assert_out_empty
}

@test "many workers: the same output in the same order" {
	mkdir -p d/cur d/new
	for ((i = 0; i < 300; i++)); do
		mail "n$i" >"d/cur/$i"
	done
	run -75 --separate-stderr dmarceval --offline d
	one=$output
	for j in 2 3 8; do
		run -75 --separate-stderr dmarceval --offline -j "$j" d
		assert_out "$one"
	done
}

@test "a worker that dies costs its message and is replaced" {
	need jq pgrep
	mkfifo pipe
	mail one >a
	mail two >b
	dmarceval -o json --offline -j2 a pipe b a >out 2>err 3>&- &
	pid=$!
	# Open for writing as soon as a worker has it open for reading.
	exec 5>pipe
	# shellcheck disable=SC2046
	kill -9 $(pgrep -P "$pid")
	exec 5>&-
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" -eq 70 ]
	[ "$(jq -r .file <out | tr '\n' ' ')" = "a pipe b a " ]
	grep -q worker-died out err
	[ "$(grep -c worker-died out)" -le 1 ]
}

@test "SIGTERM ends a run that waits for a pipe, and what is done is out" {
	mkfifo pipe
	mail one >a
	for j in 1 2; do
		dmarceval --offline -j "$j" a pipe a >out 2>err 3>&- &
		pid=$!
		exec 5>pipe
		kill -TERM "$pid"
		rc=0
		wait "$pid" || rc=$?
		exec 5>&-
		[ "$rc" -eq 143 ]
		# With one worker, the first message was judged before.
		[ "$j" -eq 2 ] || assert_file_lacks_re ^pipe "^a: dmarc=" out
		[ "$j" -eq 1 ] || [[ $(<out) != *pipe:* ]]
	done
}

@test "a full disk ends the run" {
	mail one >a
	run -74 --separate-stderr bash -c 'dmarceval --offline -j2 a a >/dev/full'
	assert_err_has "No space left on device"
}

@test "an mbox whose From_ line has no empty line before it" {
	printf 'From a\nFrom: a@b.c\n\nbody\nFrom b\nFrom: x@y.z\n\nb\n' >box
	run -6 --separate-stderr dkimverify --offline box
	[ "$output" = $'box#1: dkim=none\nbox#2: dkim=none' ]
}

@test "--only and -l: the messages with a result, or their names, of every tool" {
	need jq
	printf '%s\n' 'good.example. 60 IN TXT "v=spf1 ip4:192.0.2.1 -all"' \
	    '_dmarc.good.example. 60 IN TXT "v=DMARC1; p=reject"' >zone
	local n t
	for n in 1 9; do
		printf 'Return-Path: <a@good.example>\nReceived: from h.example (h.example [192.0.2.%s])\n\tby mx.here.example (Postfix) with ESMTP id A1;\n\tMon, 23 Nov 2026 18:00:00 +0000 (UTC)\n' "$n"
		mail good
	done | csplit -sz -f m - '/^Return-Path/' '{*}'
	mkdir -p d/new d/cur d/tmp
	mv m00 d/new/1.pass.h && mv m01 d/cur/2.fail.h:2,S
	for t in spfcheck dmarceval; do
		run -1 --separate-stderr "$t" --offline --zone=zone -l d
		[ "$output" = $'d/cur/2.fail.h:2,S\nd/new/1.pass.h' ] ||
		    [ "$output" = $'d/new/1.pass.h\nd/cur/2.fail.h:2,S' ]
		run -1 --separate-stderr "$t" --offline --zone=zone -l -j 2 \
		    --only=fail d
		assert_out 'd/cur/2.fail.h:2,S'
		run -1 --separate-stderr "$t" --offline --zone=zone -o json \
		    --only=pass d
		[ "$(jq -r '.file + .result' <<<"$output")" = \
		    'd/new/1.pass.hpass' ]
		# The names are operands again, for xargs.
		"$t" --offline --zone=zone -l --only=pass d |
		    xargs "$t" --offline --zone=zone >again
		grep -q '^\(spf\|dmarc\)=pass' again
		run -1 --separate-stderr "$t" --offline --zone=zone -l \
		    --only=none d
		assert_out_empty
		for n in --only=good '--only=pass -o header --authserv-id=x' \
		    '-l -o message --authserv-id=x'; do
			# shellcheck disable=SC2086
			run -64 --separate-stderr "$t" --offline --zone=zone \
			    $n d/new/1.pass.h
			assert_usage "$t"
		done
	done
	run -6 --separate-stderr dkimverify --offline --zone=zone -l \
	    --only=none d
	[ "${#lines[@]}" -eq 2 ]
	run -6 --separate-stderr dkimverify --offline --zone=zone -l \
	    --only=pass d
	assert_out_empty
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A mail that comes again: delivered twice, passed on by somebody who saw it,
# refolded, signed twice or once more.
# shellcheck disable=SC2034 # tests/lib/bats/approval.bash reads them
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/approval

setup_file() {
	mail_world
}

setup() {
	use_tmp
	mail_home
}

tries() {	# of Bob, as the log counts them
	jit log export | jq -s 'map(select(.event == "mail-code")) | length'
}
relaxed() {
	sign --canon=relaxed/relaxed --timestamp
}
twice() {	# signed by both of our keys
	relaxed | S=e1 KEY=ed.pem relaxed
}
only() {	# only s1|e1: that signature alone
	awk -v s="s=$1;" '
	!body && !/^[ \t]/ {
		if (held !~ /^DKIM-Sig/ || index(held, s))
			printf "%s", held
		held = ""
	}
	/^$/ { body = 1 }
	body { print; next }
	{ held = held $0 "\n" }'
}
asked() {	# asked STATUS <MAIL: the status of request --mail
	cat >asked.in
	run "-$1" --separate-stderr jit request --mail --offline --zone zone --mail-from v@x \
	    -o json <asked.in
}
partner() {
	FROM=${1:-joe@vendor.example} write "request demo r 1h\nCHG-1\n"
}

@test "a wrong code is one try, however often its mail is delivered" {
	ask
	write "approve $ID 000000000000\n" | relaxed >wrong
	for _ in {1..6}; do
		vote 1 wrong-code <wrong
	done
	sed 's/^Message-ID: */&  /' wrong | vote 1 wrong-code
	[ "$(tries)" = 1 ]
	for _ in {1..3}; do
		write "approve $ID 000000000000\n" | relaxed |
		    vote 1 wrong-code
	done
	[ "$(tries)" = 4 ]
	write "approve $ID $BOB\n" | relaxed | vote 0 ''
	[ "$(state)" = active ]
}

@test "five mails that are really others lock their author out" {
	ask
	# Of one Message-ID, and of one second, but with another code each.
	for n in 1 2 3 4 5; do
		MID=same write "approve $ID 00000000000$n\n" | relaxed |
		    vote 1 wrong-code
		[ "$(tries)" = "$n" ]
	done
	write "approve $ID $BOB\n" | relaxed | vote 1 too-many-tries
	[ "$(state)" = requested ]
}

@test "a signature that stands there twice hides no guess" {
	ask
	for n in 1 2 3 4 5; do
		write "approve $ID 00000000000$n\n" | relaxed >one
		{ sed '/^From:/,$d' one; cat one; } >double
		[ "$(grep -c '^DKIM-Signature' double)" = 2 ]
		vote 1 wrong-code <double
		[ "$(tries)" = "$n" ]
	done
	write "approve $ID $BOB\n" | relaxed | vote 1 too-many-tries
}

@test "two signatures of our own, and one of them taken off: one try" {
	ask
	write "approve $ID 000000000000\n" | twice >both
	only s1 <both >first
	only e1 <both >second
	[ "$(grep -c '^DKIM-Signature' first second both | tr '\n' ' ')" = \
	    'first:1 second:1 both:2 ' ]
	for mail in first second both; do
		vote 1 wrong-code <"$mail"
		[ "$(tries)" = 1 ]
	done
	# Signed once more, it is the same guess.
	MID=again write "approve $ID 000000000000\n" >plain
	relaxed <plain | vote 1 wrong-code
	S=e1 KEY=ed.pem relaxed <plain | vote 1 wrong-code
	[ "$(tries)" = 2 ]
	write "approve $ID $BOB\n" | twice | vote 0 ''
}

@test "a request mail is one request, as its Message-ID is written too" {
	D=vendor.example
	MID=a partner | relaxed >mail
	asked 2 <mail
	asked 8 <mail
	while read -r field; do
		sed "s/^Message-ID:.*/$field/" mail >other
		run -1 cmp -s mail other
		asked 8 <other
	done <<-'END'
	message-id:   <a@example.org>
	Message-ID:\n <a@example.org>
	Message-ID: <a@example.org>  \n \t
	END
	# These were signed so, each anew.
	while read -r id; do
		MID=a partner | sed "s/^Message-ID:.*/Message-ID: $id/" |
		    relaxed | asked 8
	done <<-'END'
	(a comment) <a@example.org>
	<a@example.org> (one (in) another \\) one)
	< a@example.org >
	< a (x) @ example . org >
	END
	MID=b partner | relaxed | asked 2
	[ "$(jit list -o json | jq '.grants | length')" = 2 ]
}

@test "two signatures, one taken off or made anew: one request" {
	D=vendor.example
	partner | twice >both
	only s1 <both >first
	only e1 <both >second
	asked 2 <first
	asked 8 <second
	asked 8 <both
	relaxed <first | asked 8
	[ "$(jit list -o json | jq '.grants | length')" = 1 ]
}

@test "nobody uses up the Message-ID of another" {
	D=vendor.example
	MID=mine partner eve@vendor.example | relaxed | asked 2
	MID=mine partner joe@vendor.example | relaxed | asked 2
	D=example.org
	MID=mine partner me@example.org | relaxed | asked 2
	D=vendor.example
	MID=mine partner joe@vendor.example | relaxed | asked 8
}

@test "what was dropped is forgotten with all its marks" {
	need sqlite3
	D=vendor.example
	marks() {
		sqlite3 "$H/store.db" "SELECT count(*) FROM tries
		    WHERE substr(grant, 1, 1) = '='"
	}
	for _ in 1 2 3; do
		partner | relaxed >mail
		asked 2 <mail
	done
	ID=$(jq -r .grant <<<"$output")
	[ "$(marks)" = 6 ]
	partner | twice >both
	asked 1 <both
	jq -e '.reason == "too-many"' <<<"$output"
	[ "$(marks)" = 6 ]
	jit revoke -q "$ID"
	only e1 <both | asked 2
	asked 8 <both
	[ "$(marks)" = 8 ]
}

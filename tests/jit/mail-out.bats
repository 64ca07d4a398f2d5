#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Mails that go out about requests and grants, and what is kept of those that
# came in.
# shellcheck disable=SC2030,SC2031,SC2034 # tests/lib/bats/approval.bash reads them
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

# told WHOM TEXT: how many mails to that address with that in the Subject.
told() {
	{ grep -l "^To: $1\$" out/* || :; } | xargs -r grep -l "^Subject: .*$2" |
	    wc -l
}
ended() {	# wait until sweep has ended it, then see why
	local i
	for ((i = 0; i < 100; i++)); do
		jit sweep -q
		[ "$(state)" != "$1" ] || return 0
		read -rt 0.1 <> <(:) || :
	done
	show "state $(state), not $1"
}

@test "approved: the requester and who approved are told" {
	ask
	[ "$(told bob@example.org 'Approval wanted')" = 1 ]
	[ "$(told carol@example.org 'Approval wanted')" = 1 ]
	[ "$(told me@example.org 'Approval wanted')" = 0 ]
	write "approve $ID $BOB\n" | sign | vote 0 ''
	[ "$(told me@example.org 'is active now')" = 1 ]
	[ "$(told bob@example.org 'Re: ')" = 1 ]
	grep -l '^Subject: Re: ' out/* | xargs grep -q 'Your mail was taken'
}

@test "approved in part: the requester is told of that" {
	K=2 policy
	ask
	write "approve $ID $BOB\n" | sign | vote 0 ''
	[ "$(told me@example.org 'by one person')" = 1 ]
	[ "$(told me@example.org 'is active now')" = 0 ]
}

@test "denied: the requester, and those who need not vote any more" {
	ask
	write "deny $ID $BOB\n" | sign | vote 0 ''
	[ "$(told me@example.org 'was denied')" = 1 ]
	[ "$(told carol@example.org 'was denied')" = 1 ]
	[ "$(told bob@example.org 'Re: ')" = 1 ]
}

@test "not approved in time: both sides are told" {
	policy pending_ttl=1s
	sed -i '/^pending_ttl=24h/d' "$H/policy"
	rm -f out/*
	# It may lapse before its codes are read.
	ID=$(jit request --kind demo --resource x --for 1h --reason y \
	    -o json | jq -r .grant)
	ended lapsed
	for who in me bob carol; do
		[ "$(told $who@example.org 'was not approved in time')" = 1 ]
	done
}

@test "expired: both sides are told, once" {
	rm -f out/*
	ID=$(jit request --kind demo --resource x --for 1s --reason y \
	    -o json | jq -r .grant)
	BOB=$(code bob@example.org)
	write "approve $ID $BOB\n" | sign | vote 0 ''
	ended ended
	jit sweep -q
	[ "$(told me@example.org 'is over')" = 1 ]
	[ "$(told bob@example.org 'is over')" = 1 ]
	[ "$(told carol@example.org 'is over')" = 0 ]
	grep -h 'is over, ' out/* | grep -q expired
}

@test "revoked: both sides are told why it is over" {
	ask
	write "approve $ID $BOB\n" | sign | vote 0 ''
	jit revoke -q "$ID"
	[ "$(told me@example.org 'is over')" = 1 ]
	[ "$(told bob@example.org 'is over')" = 1 ]
	grep -hq 'is over, revoked' out/*
}

@test "every mail that goes out says that a machine wrote it" {
	ask
	write "deny $ID $BOB\n" | sign | vote 0 ''
	for mail in out/*; do
		grep -qE '^Auto-Submitted: auto-(generated|replied)$' "$mail"
		# Notices and answers have the null sender.
		grep -q '^Subject: Approval' "$mail" ||
		    head -n 1 "$mail" | grep -qx -- '-t -i -f <>'
	done
	# And does not approve anything when it comes back.
	for mail in out/*; do
		sed 1d "$mail" >back
		vote 1 fields <back
	done
}

@test "a grant that waits for nobody is told to nobody" {
	sed -i 's/^approve=.*/approve=none/' "$H/policy"
	jit request -q --kind demo --resource x --for 1h --reason y
	[ -z "$(ls out)" ]
}

@test "break-glass is loud: whom notify= names is told" {
	cat >>"$H/policy" <<-END
	[break-glass oncall]
	who=person:me
	kind=demo
	max=30m
	notify=role:ops, security@example.org
	review_within=48h
	END
	rm -f out/*
	jit request -q --break-glass oncall --kind demo --resource x \
	    --for 10m --reason fire
	for who in bob@example.org carol@example.org security@example.org; do
		[ "$(told $who 'was asked for')" = 1 ]
		[ "$(told $who 'is active now')" = 1 ]
	done
	grep -l security out/* | xargs grep -q 'reason: fire'
	run -1 grep -r 'your code' out
}

@test "notices take no answer away, and answers no notice" {
	for ((i = 0; i < 7; i++)); do
		ask
		write "deny $ID $BOB\n" | sign | vote 0 ''
		[ "$(told me@example.org 'was denied')" = 1 ]
		[ "$(told carol@example.org 'was denied')" = 1 ]
		want=$((i < 5))
		[ "$(told bob@example.org 'Re: ')" = "$want" ]
	done
	ask
	[ "$(told bob@example.org 'Approval wanted')" = 1 ]
}

by_mail() {	# by_mail STATUS WHO: a request of that address
	FROM=$2 write "request demo r$RANDOM 1h\nreason: x\n" |
	    D=${2#*@} sign >asked
	run --separate-stderr jit request --mail --offline --zone zone \
	    --mail-from "$2" -o json <asked
	assert_status "$1"
}

@test "requests by mail: 3 of an address, 10 of a domain; more are counted" {
	for who in a b c; do
		for _ in 1 2 3; do
			by_mail 2 $who@vendor.example
		done
		by_mail 1 $who@vendor.example
		[ "$(jq -r .reason <<<"$output")" = too-many ]
	done
	by_mail 2 d@vendor.example
	by_mail 1 d@vendor.example
	[ "$(jq -r .reason <<<"$output")" = too-many ]
	by_mail 1 e@vendor.example
	# Others are not kept out by that.
	by_mail 2 me@example.org
	[ "$(jit log export | jq -c 'select(.event == "mail-refused") |
	    [.reason, .today]' | tail -n 1)" = '["too-many",5]' ]
	[ "$(jit list -o json | jq '.grants | length')" = 11 ]
}

@test "a request mail that was dropped may come again, a taken one not" {
	for _ in 1 2 3; do
		by_mail 2 a@vendor.example
	done
	cp asked taken
	ID=$(jq -r .grant <<<"$output")
	by_mail 1 a@vendor.example
	run -1 jit request --mail --offline --zone zone --mail-from a@v <asked
	jit revoke -q "$ID"
	run -2 jit request --mail --offline --zone zone --mail-from a@v <asked
	run -8 jit request --mail --offline --zone zone --mail-from a@v <asked
	run -8 jit request --mail --offline --zone zone --mail-from a@v <taken
}

@test "what is remembered of mails is forgotten after days" {
	need sqlite3
	sql() { sqlite3 "$H/store.db" "$@"; }
	by_mail 2 a@vendor.example
	cp asked first
	write "x\n" | vote 1 dmarc
	day=$(($(date +%s) / 86400))
	[ "$(sql "SELECT count(*) FROM tries")" -ge 3 ]
	# Yesterday's and the day before's still count.
	for back in 1 2; do
		sql "UPDATE tries SET grant = printf('=%08d', $day - $back)
		    WHERE grant > '=' AND grant < '>'"
		run -8 jit request --mail --offline --zone zone \
		    --mail-from a@v <first
	done
	for kind in '!' '@' '#' =; do
		sql "UPDATE tries SET grant = printf('$kind%08d', $day - 9)
		    WHERE substr(grant, 1, 1) = '$kind'"
	done
	by_mail 2 b@vendor.example
	write "x\n" | vote 1 dmarc
	[ "$(sql "SELECT count(*) FROM tries WHERE
	    substr(grant, 2) < printf('%08d', $day - 3)")" = 0 ]
}

# due: what waits may be tried now, whatever its back-off says.
due() {
	sqlite3 "$H/store.db" 'UPDATE mails SET next = 0'
}

@test "sendmail fails: the codes are kept, told of, and sent by a sweep" {
	need sqlite3
	sed -i "s|^sendmail=.*|sendmail=$PWD/down|" "$H/policy"
	printf '#!/bin/sh\necho x >>%s/tried\nexit 75\n' "$PWD" >down
	chmod 755 down
	ID=$(jit request --kind demo --resource x --for 1h --reason y \
	    -o json 2>/dev/null | jq -r .grant)
	# One try: where one failed, the other need not be tried just now.
	[ "$(wc -l <tried)" = 1 ]
	[ "$(jit log export | jq -r 'select(.event == "mail-failed") | .to')" \
	    = bob@example.org ]
	run -1 --separate-stderr jit doctor -o json
	jq -e '.findings | map(.what) | index("mail-failing")' <<<"$output"
	# Not at each sweep, but later each time.
	jit sweep -q
	[ "$(wc -l <tried)" = 1 ]
	due
	jit sweep
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM mails')" = 2 ]
	mv down gone
	run -1 --separate-stderr jit doctor -o json
	jq -e '.findings | map(.what) | index("no-sendmail")' <<<"$output"
	cp post down
	due
	jit sweep -q
	[ "$(told bob@example.org 'Approval wanted')" = 1 ]
	[ "$(told carol@example.org 'Approval wanted')" = 1 ]
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM mails')" = 0 ]
	BOB=$(code bob@example.org)
	write "approve $ID $BOB\n" | sign | vote 0 ''
	jit log verify
	run --separate-stderr jit doctor -o json
	run -1 jq -e '.findings | map(.what) | index("mail-failing")' \
	    <<<"$output"
}

@test "a mail that nobody takes is given up after two days, and logged" {
	need sqlite3
	sed -i "s|^sendmail=.*|sendmail=/bin/false|" "$H/policy"
	run -2 jit request -q --kind demo --resource x --for 1h --reason y
	# Not for a clock that was two days ahead once.
	sqlite3 "$H/store.db" 'UPDATE mails SET since = since - 200000, next = 0'
	jit sweep -q
	due
	jit sweep -q
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM mails')" = 2 ]
	sqlite3 "$H/store.db" 'UPDATE mails SET tries = 12, next = 0'
	jit sweep -q
	due
	jit sweep -q
	[ "$(jit log show | grep -c mail-lost)" = 2 ]
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM mails')" = 0 ]
	# Nor are they kept without end.
	sqlite3 "$H/store.db" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
	    SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO mails(sender, text,
	    since, tries, next) SELECT '', 'x', 9e9, 0, 9e9 FROM n"
	run -2 jit request -q --kind demo --resource z --for 1h --reason y
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM mails')" = 1000 ]
}

@test "a pause that a clock ahead made does not outlive it" {
	need sqlite3
	sed -i "s|^sendmail=.*|sendmail=/bin/false|" "$H/policy"
	run -2 jit request -q --kind demo --resource x --for 1h --reason y
	sed -i "s|^sendmail=.*|sendmail=$PWD/post|" "$H/policy"
	# Within the longest pause it waits; beyond it, it is due.
	sqlite3 "$H/store.db" "UPDATE mails SET next = $(date +%s) + 7000"
	jit sweep -q
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM mails')" = 2 ]
	sqlite3 "$H/store.db" "UPDATE mails SET next = $(date +%s) + 86400"
	jit sweep -q
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM mails')" = 0 ]
}

@test "a sendmail that hangs is ended, once for all mails of a request" {
	need sqlite3
	sed -i "s|^sendmail=.*|sendmail=$PWD/hang|" "$H/policy"
	printf "#!/bin/sh\necho x >>%s/tried\ntrap '' ALRM\n%s\n" "$PWD" \
	    'while :; do sleep 1; done' >hang
	chmod 755 hang
	start=$SECONDS
	run -2 jit request -q --kind demo --resource x --for 1h --reason y
	[ $((SECONDS - start)) -lt 40 ]
	[ "$(wc -l <tried)" = 1 ]
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM mails')" = 2 ]
}

@test "the vote is told before the end of the waiting, and until when" {
	K=2 policy
	ask
	write "approve $ID $BOB\n" | sign | vote 0 ''
	FROM=carol@example.org write "approve $ID $CAROL\n" | sign | vote 0 ''
	for n in $(cd out && ls | sort -n); do
		sed -n 's/^Subject: Grant [^ ]* //p' "out/$n"
	done >subjects
	grep -qx 'is active now' subjects
	[ "$(tail -n 1 subjects)" = 'is active now' ]
	grep -l 'is active now' out/* | xargs grep -q \
	    "^    until: $(date -u -d "@$(jit show -o json "$ID" |
	    jq -r .not_after)" +%Y-%m-%dT%H:%M:%SZ)$"
}

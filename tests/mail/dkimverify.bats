#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dkimverify(1): each option, each exit status.  The messages in tests/data were
# signed at 1795435200 by an implementation that is not ours.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	D=$ROOT/tests/data
	ZONE=(--offline "--zone=$D/zone" --now=1795435300)
}
teardown() {
	stop_all
}

verify() {
	dkimverify "${ZONE[@]}" "$@"
}

GOOD='dkim=pass header.d=example.com header.s=s1 header.a=rsa-sha256'

@test "a good signature passes" {
	run -0 --separate-stderr verify "$D/signed.eml"
	assert_out_match "^$GOOD header\.b=[A-Za-z0-9]{8}\$"
	assert_err_empty
}

@test "from standard input, without operand and as -" {
	run -0 --separate-stderr verify <"$D/signed.eml"
	assert_out_has "$GOOD"
	run -0 --separate-stderr verify - <"$D/signed.eml"
	assert_out_has "$GOOD"
}

@test "CRLF and LF files are the same message" {
	crlf "$D/signed.eml" >m
	run -0 --separate-stderr verify m
	assert_out_has "$GOOD"
}

@test "a changed body is a fail that says body" {
	sed 's/world/World/' "$D/signed.eml" >m
	run -1 --separate-stderr verify m
	assert_out_has 'dkim=fail reason="body" header.d=example.com'
}

@test "a changed header is a fail that says header" {
	sed 's/^Subject: hi/Subject: ho/' "$D/signed.eml" >m
	run -1 --separate-stderr verify m
	assert_out_has 'dkim=fail reason="header" header.d=example.com'
}

@test "no signature is none, a broken one permerror, a revoked key too" {
	run -6 --separate-stderr verify "$D/plain.eml"
	assert_out "dkim=none"
	sed 's/^ *b=/ x=/' "$D/signed.eml" >m
	run -4 --separate-stderr verify m
	assert_out_has 'dkim=permerror reason="syntax"'
	run -4 --separate-stderr verify "$D/revoked.eml"
	assert_out_has 'dkim=permerror reason="key-revoked"'
}

@test "no key is permerror, no DNS at all temperror" {
	: >empty.zone
	run -4 --separate-stderr dkimverify --offline --zone=empty.zone \
	    "$D/signed.eml"
	assert_out_has 'dkim=permerror reason="key-none"'
	run -75 --separate-stderr dkimverify --offline "$D/signed.eml"
	assert_out_has 'dkim=temperror reason="dns"'
}

@test "a malformed message is permerror" {
	{ echo ' x'; cat "$D/signed.eml"; } >m
	run -4 --separate-stderr verify m
	assert_out_has 'dkim=permerror reason="malformed"'
	{ echo 'X-Vouchsafe-Malformed: yes'; cat "$D/signed.eml"; } >m
	run -4 --separate-stderr verify m
	assert_out_has 'reason="malformed"'
}

@test "a malformed message has its reason in JSON, signed or not" {
	printf 'From: a@example.com\nX-\303\251: 1\n\nhi\n' >name8
	printf 'From: a@example.com\nX Y: 1\n\nhi\n' >space
	printf 'From: a@example.com\nXY\n\nhi\n' >colon
	{ printf 'X-\303\251: 1\n'; cat "$D/signed.eml"; } >signed
	local m
	for m in name8 space colon signed; do
		run -4 --separate-stderr verify -o json $m
		assert_json '[.result,.dkim[0].result,.dkim[0].reason]' \
		    '["permerror","permerror","malformed"]'
		run -4 --separate-stderr verify $m
		assert_out_has 'dkim=permerror reason="malformed"'
		assert_out_has '(a header line that is no field)'
	done
	# The value may hold any byte.
	{ printf 'X-E: \303\251\377\n'; cat "$D/signed.eml"; } >value8
	run -0 --separate-stderr verify -o json value8
	assert_json '[.result,.dkim[0].reason]' '["pass",null]'
}

@test "an empty input is 65, a missing file 66" {
	run -65 --separate-stderr verify </dev/null
	assert_out_empty
	assert_err_tool dkimverify
	run -66 --separate-stderr verify nothing-here
	assert_out_empty
	assert_err_tool dkimverify
}

@test "an operand that cannot be read is 75 in message mode" {
	mkdir empty
	for m in nothing-here empty /proc/self/mem; do
		run -75 --separate-stderr verify -o message --authserv-id=a $m
		assert_out_empty
		assert_err_tool dkimverify
	done
}

@test "a full disk is 74, in message mode 75" {
	for o in text json; do
		run -74 --separate-stderr sh -c 'exec dkimverify "$@" >/dev/full' \
		    - "${ZONE[@]}" -o $o "$D/signed.eml"
		assert_err_tool dkimverify
	done
	run -74 --separate-stderr sh -c 'exec dkimverify "$@" >/dev/full' - \
	    "${ZONE[@]}" "$D/signed.eml" "$D/two.eml"
	run -75 --separate-stderr sh -c 'exec dkimverify "$@" >/dev/full' - \
	    "${ZONE[@]}" -o message --authserv-id=mx.test "$D/signed.eml"
	run -75 --separate-stderr sh -c 'exec dkimverify "$@" >&-' - \
	    "${ZONE[@]}" -o message --authserv-id=mx.test "$D/signed.eml"
}

@test "wrong usage is 64, before any work" {
	local bad
	for bad in --nothing -x -o --output=mess --output= --jobs=a --jobs=-1 \
	    --timeout=0 --timeout=1x --time-limit=99999999999999999999 \
	    --now=yesterday --nameserver=host --nameserver=1.2.3.4:0 \
	    --authserv-id= '--authserv-id=a;b' --strip-id= --syslog=pizza \
	    --min-bits=511 --min-bits=9000 --body-length=pol \
	    --max-signatures=0 --max-age=3w --index=0 --domain= -0 \
	    '-o header' '-o message' '-o tap' '--all --all' '-q=1'; do
		# shellcheck disable=SC2086
		run -64 --separate-stderr dkimverify $bad "$D/signed.eml"
		assert_usage dkimverify
	done
	run -64 --separate-stderr dkimverify --offline -o header \
	    --authserv-id=a "$D/signed.eml" "$D/two.eml"
	assert_usage dkimverify
	run -64 --separate-stderr dkimverify --authserv-id='a b' -o header
	assert_usage dkimverify
}

@test "a zone that cannot be read or parsed is no verdict" {
	run --separate-stderr dkimverify --zone=none "$D/signed.eml"
	[ "$status" -ge 64 ] && assert_out_empty && assert_err_tool dkimverify
	echo '$INCLUDE x' >bad.zone
	run --separate-stderr dkimverify --zone=bad.zone "$D/signed.eml"
	[ "$status" -ge 64 ] && assert_out_empty && assert_err_tool dkimverify
	run -75 --separate-stderr dkimverify --zone=bad.zone -o message \
	    --authserv-id=a "$D/signed.eml"
	assert_out_empty
}

@test "json has every key of the contract, in one line" {
	need jq
	run -0 --separate-stderr verify -o json "$D/signed.eml"
	[ "$(wc -l <<<"$output")" -eq 1 ]
	assert_json 'keys_unsorted' \
	    '["schema","tool","version","file","time","result","dkim"]'
	assert_json '.dkim[0]|keys_unsorted' '["index","result","reason",'\
'"domain","selector","identity","algorithm","key_bits","canonicalization",'\
'"headers","signed_at","expires_at","body_length","body_ok","header_ok",'\
'"testing"]'
	assert_json '[.schema,.tool,.result,.time]' \
	    '["vouchsafe/1","dkimverify","pass",1795435300]'
	assert_json '.dkim[0]|[.index,.result,.reason,.domain,.selector,'\
'.identity,.algorithm,.key_bits,.canonicalization,.signed_at,.expires_at,'\
'.body_length,.body_ok,.header_ok,.testing]' \
	    '[1,"pass",null,"example.com","s1","@example.com","rsa-sha256",2048,'\
'"relaxed/relaxed",1795435200,null,null,true,true,false]'
}

@test "json: null where nothing is known; testing" {
	need jq
	run -4 --separate-stderr verify -o json "$D/revoked.eml"
	assert_json '.dkim[0]|[.result,.reason,.key_bits]' \
	    '["permerror","key-revoked",null]'
	run -0 --separate-stderr verify -o json "$D/testing.eml"
	assert_json '.dkim[0].testing' true
	run -6 --separate-stderr verify -o json "$D/plain.eml"
	assert_json '[.result,.dkim]' '["none",[]]'
}

@test "header is the field alone; its lines stay short" {
	run -0 --separate-stderr verify -o header --authserv-id=mx.test \
	    "$D/two.eml"
	[ "${lines[0]}" = "Authentication-Results: mx.test;" ]
	assert_out_has "header.d=example.net"
	echo "$output" >lines
	assert_file_lacks_re '.{79}' '.{40}' lines
	run -1 --separate-stderr sh -c 'sed s/world/x/ "$0" |
	    dkimverify --offline "$@"' "$D/signed.eml" "--zone=$D/zone" \
	    -o header --authserv-id=mx.test
	assert_out_has 'dkim=fail reason="body"'
}

@test "several signatures: all are told, one is enough; --all demands all" {
	sed '0,/b=/s/bh=./bh=x/' "$D/two.eml" >m
	run -0 --separate-stderr verify "$D/two.eml"
	[ "${#lines[@]}" -eq 2 ]
	run -0 --separate-stderr verify m
	assert_out_has "header.d=example.net"
	run ! --separate-stderr verify --all m
	run -0 --separate-stderr verify --all "$D/two.eml"
}

@test "--domain and --index narrow what counts" {
	run -0 --separate-stderr verify --domain=EXAMPLE.com "$D/two.eml"
	[ "${#lines[@]}" -eq 1 ] && assert_out_has "$GOOD"
	run -6 --separate-stderr verify --domain=example.org "$D/two.eml"
	assert_out "dkim=none"
	run -0 --separate-stderr verify --index=1 "$D/two.eml"
	[ "${#lines[@]}" -eq 1 ] && assert_out_has header.d=example.net
	run -6 --separate-stderr verify --index=3 "$D/two.eml"
}

@test "--max-signatures: the rest is policy, too-many" {
	run -0 --separate-stderr verify --max-signatures=1 "$D/two.eml"
	assert_out_has 'dkim=policy reason="too-many" header.d=example.com'
}

@test "--min-bits, --legacy" {
	run -0 --separate-stderr verify "$D/short.eml"
	run -5 --separate-stderr verify --min-bits=2048 "$D/short.eml"
	assert_out_has 'dkim=policy reason="weak"'
	run -5 --separate-stderr verify "$D/sha1.eml"
	assert_out_has 'dkim=policy reason="weak"'
	run -0 --separate-stderr verify --legacy "$D/sha1.eml"
	assert_out_has 'policy.legacy=yes'
}

@test "--body-length: policy with both counts, accept, fail" {
	run -5 --separate-stderr verify "$D/length.eml"
	assert_out_has 'dkim=policy reason="body-length"'
	assert_out_has 'l=14 of 21 octets'
	run -0 --separate-stderr verify --body-length=accept "$D/length.eml"
	run -1 --separate-stderr verify --body-length=fail "$D/length.eml"
}

@test "--max-age and --now" {
	run -5 --separate-stderr verify --max-age=99s "$D/signed.eml"
	assert_out_has 'dkim=policy reason="too-old"'
	run -0 --separate-stderr verify --max-age=100s "$D/signed.eml"
	run -0 --separate-stderr dkimverify --offline --zone="$D/zone" \
	    --now=2026-11-23T12:00:00Z "$D/signed.eml"
	run -1 --separate-stderr dkimverify --offline --zone="$D/zone" \
	    --now=1000000000 "$D/signed.eml"
	assert_out_has 'dkim=fail reason="not-yet"'
}

# judge_at FIRST_LINES: judge signed.eml, later than its end allows, with these
# lines on top of it.
judge_at() {
	printf '%s\n' "$@" | cat - "$D/signed.eml" >m
	run --separate-stderr dkimverify --offline --zone="$D/zone" \
	    --max-age=100s --now=received m
}

@test "--now=received judges as of the topmost Received field" {
	local by='Received: from a (a [192.0.2.1]) by b with ESMTP id 1;'
	judge_at "$by" "	$(date -u -R -d @1795435299)"
	assert_status 0
	assert_err_empty
	judge_at "$by" "	$(date -u -R -d @1795435401) (UTC)"
	assert_status 5
	assert_out_has too-old
	# The one below is somebody else's.
	judge_at "$by $(date -u -R -d @1795435401)" \
	    "$by $(date -u -R -d @1795435299)"
	assert_status 5
	judge_at "$by $(date -u -R -d @1795435299)" \
	    "$by $(date -u -R -d @1795435401)"
	assert_status 0
	# No time: the present, with a word.
	judge_at "$by never"
	assert_status 5
	assert_err_has 'no time in its topmost Received field'
	judge_at 'X-Nothing: here'
	assert_status 5
	assert_err_has 'no time in its topmost Received field'
	run -64 --separate-stderr dkimverify --now=receive m
	assert_usage dkimverify
}

@test "-o message on a header without a body" {
	head='From: a@example.com
Subject: x'
	printf '%s\n' "$head" >m
	run -0 --separate-stderr dkimverify --offline --zone="$D/zone" \
	    -o message --authserv-id=x m
	assert_out "Authentication-Results: x;
	dkim=none
$head"
}

@test "--debug-canon writes what was hashed" {
	mkdir canon
	run -0 --separate-stderr verify --debug-canon=canon <"$D/signed.eml"
	[ "$(cat canon/1.body)" = "$(printf 'Hello\r\nworld\r\n')" ]
	grep -q '^subject:hi' canon/1.header
	run -0 --separate-stderr verify --debug-canon=canon "$D/signed.eml"
	assert_same canon/1.body canon/signed.eml.1.body
	run -73 --separate-stderr verify --debug-canon=no <"$D/signed.eml"
	assert_err_tool dkimverify
}

@test "many messages: in order, with their names; the worst status" {
	run -0 --separate-stderr verify "$D/signed.eml" "$D/two.eml"
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == "$D/signed.eml: $GOOD"* ]]
	run -66 --separate-stderr verify "$D/signed.eml" none "$D/plain.eml"
	assert_out_line "$D/plain.eml: dkim=none"
	run -6 --separate-stderr verify "$D/signed.eml" "$D/plain.eml"
	run -4 --separate-stderr verify "$D/revoked.eml" "$D/plain.eml"
	run -75 --separate-stderr dkimverify --offline "$D/signed.eml" \
	    "$D/plain.eml"
}

@test "--jobs gives the same bytes as one process" {
	local i all=()
	for i in 1 2 3 4 5 6 7 8 9; do
		all+=("$D/signed.eml" "$D/plain.eml" "$D/two.eml")
	done
	verify "${all[@]}" >one || [ $? -eq 6 ]
	for i in 0 2 5; do
		run -6 --separate-stderr verify -j "$i" "${all[@]}"
		[ "$output" = "$(cat one)" ]
		assert_err_empty
	done
}

@test "mbox, Maildir, --files-from" {
	mkdir -p M/cur M/new M/tmp
	cp "$D/signed.eml" M/new/1
	cp "$D/plain.eml" M/cur/2:2,S
	{ for f in signed plain; do
		echo 'From x Mon Nov 23 12:00:00 2026'
		cat "$D/$f.eml"
		echo
	done; } >box
	run -6 --separate-stderr verify M
	[ "${#lines[@]}" -eq 2 ] && assert_out_has "M/new/1: $GOOD"
	run -6 --separate-stderr verify box
	[ "${#lines[@]}" -eq 2 ] && assert_out_has "$GOOD"
	printf '%s\n' "$D/signed.eml" "$D/plain.eml" >list
	run -6 --separate-stderr verify --files-from=list
	[ "${#lines[@]}" -eq 2 ]
	tr '\n' '\0' <list >list0
	run -6 --separate-stderr verify --files-from=list0 -0
	[ "${#lines[@]}" -eq 2 ]
	run -66 --separate-stderr verify --files-from=none
	assert_err_tool dkimverify
}

@test "a worker that dies costs its message and no other" {
	need jq
	local p i found=
	mkfifo hole
	exec 7<>hole
	start dkimverify "${ZONE[@]}" -j 2 -o json "$D/signed.eml" hole \
	    "$D/plain.eml" 7>&-
	# The worker that has the pipe open.
	for ((i = 0; i < 200; i++)); do
		for p in $(pgrep -P "${STARTED[0]}"); do
			! readlink "/proc/$p/fd"/* | grep -qx "$T/hole" ||
			    found=$p
		done
		[ -z "$found" ] || break
		read -rt 0.05 <> <(:) || :
	done
	[ -n "$found" ]
	kill -9 "$found"
	p=0
	wait "${STARTED[0]}" || p=$?
	STARTED=()
	exec 7>&-
	[ "$p" -eq 70 ]
	[ "$(jq -r '[.file,.result,.dkim[0].reason,
	    (.dkim[0]|length)]|@csv' "$START_OUT" |
	    sed -n 2p)" = '"hole","temperror","worker-died",16' ]
	[ "$(jq -r .result "$START_OUT" | paste -sd' ' -)" = \
	    "pass temperror none" ]
}

@test "no message at all is 65" {
	mkdir -p M/cur M/new M/tmp
	run -65 --separate-stderr verify M
	assert_out_empty
	assert_err_tool dkimverify
	: >list
	run -65 --separate-stderr verify --files-from=list
	run -75 --separate-stderr verify -o message --authserv-id=a M
}

@test "-q, -v, --progress" {
	run -0 --separate-stderr verify -q "$D/signed.eml"
	assert_out_empty
	assert_err_empty
	run -0 --separate-stderr verify -v "$D/signed.eml"
	assert_err_has "TXT s1._domainkey.example.com"
	assert_err_tool dkimverify
	run -0 --separate-stderr verify --progress "$D/signed.eml" "$D/two.eml"
	assert_err_has "2/2"
}

@test "--syslog changes nothing on stdout" {
	run -0 --separate-stderr verify --syslog "$D/signed.eml"
	assert_out_has "$GOOD"
	run -0 --separate-stderr verify --syslog=local3 "$D/signed.eml"
	assert_out_has "$GOOD"
}

@test "-h and -V" {
	run -0 --separate-stderr dkimverify -h
	assert_out_has --debug-canon
	run -0 --separate-stderr dkimverify --version
	assert_out_match '^dkimverify \(vouchsafe\) [0-9.]+$'
	run -74 --separate-stderr sh -c 'dkimverify -h >/dev/full'
}

@test "--nameserver, --timeout, --time-limit" {
	# A closed port: no answer, and at once.
	run -75 --separate-stderr dkimverify --nameserver=127.0.0.1:1 \
	    --timeout=1 --time-limit=2 "$D/signed.eml"
	assert_out_has 'dkim=temperror reason="dns"'
}

@test "--summary: counts, as text of 80 columns and as JSON" {
	local l
	# pass, fail, none, revoked; a message that is no message is counted
	# as malformed.
	sed 's/world/World/' "$D/signed.eml" >changed
	{ echo ' x'; cat "$D/signed.eml"; } >broken
	set -- "$D/signed.eml" changed "$D/plain.eml" "$D/revoked.eml" broken
	run -1 --separate-stderr verify -q --summary "$@"
	assert_out_match 'messages +5'
	assert_out_match '  pass +1 +20\.0%'
	assert_out_match '  permerror +2 +40\.0%'
	assert_out_match 'signatures +4'
	assert_out_match '  body +1'
	assert_out_match '  key-revoked +1'
	assert_out_match '  malformed +1'
	assert_out_match 'signing domains +signatures +pass +fail +other'
	assert_out_match '  example\.com +4 +1 +3 +0'
	assert_out_match '  s1\._domainkey\.example\.com +3 +1 +2 +0'
	assert_err_empty
	while IFS= read -r l; do [ "${#l}" -le 80 ]; done <<<"$output"
	run -1 --separate-stderr verify -o json -j 2 --summary "$@"
	[ "$(wc -l <<<"$output")" -eq 6 ]
	output=$(tail -n 1 <<<"$output")
	assert_json '[.tool, .summary.messages, .summary.signatures]' \
	    '["dkimverify",5,4]'
	assert_json .summary.results \
	    '{"pass":1,"fail":1,"permerror":2,"none":1}'
	assert_json .summary.reasons \
	    '{"body":1,"key-revoked":1,"malformed":1}'
	assert_json .summary.signers \
	    '[{"domain":"example.com","signatures":4,"pass":1,"fail":3}]'
	assert_json '[.summary.failing_keys[].key]' \
	    '["s1._domainkey.example.com","revoked._domainkey.example.com"]'
	# No failing key, no table of them; a temperror is none.
	run -0 --separate-stderr verify -q --summary "$D/signed.eml"
	assert_out_lacks 'keys that fail'
	run -75 --separate-stderr dkimverify --offline -o json --summary \
	    "$D/signed.eml"
	output=$(tail -n 1 <<<"$output")
	assert_json '[.summary.results, .summary.failing_keys]' \
	    '[{"temperror":1},[]]'
	# All are counted, whatever is shown.
	run -1 --separate-stderr verify --only=none -l --summary "$@"
	assert_out_match 'messages +5'
	run -64 --separate-stderr verify --summary -o header \
	    --authserv-id=x "$D/signed.eml"
	assert_usage dkimverify
	run -66 --separate-stderr verify --summary gone
	assert_out_empty
}

@test "--only and -l: names for xargs and mblaze" {
	sed 's/world/World/' "$D/signed.eml" >changed
	cp "$D/signed.eml" good
	cp "$D/plain.eml" plain
	run -1 --separate-stderr verify --only=fail -l good changed plain
	assert_out changed
	run -1 --separate-stderr verify --only=pass --only=none -l -j 2 good \
	    changed plain
	assert_out good$'\n'plain
	run -1 --separate-stderr verify --only=fail -o json good changed plain
	assert_json '[.file, .result]' '["changed","fail"]'
	run -1 --separate-stderr verify --only=neutral -l good changed
	assert_out_empty
	run -64 --separate-stderr verify --only=good good
	assert_usage dkimverify
	run -64 --separate-stderr verify -l -o message --authserv-id=x good
	assert_usage dkimverify
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# spfcheck: each option, each exit status, each way to run.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	cat >zone <<-'END'
	$ORIGIN example.com.
	$TTL 300
	@	IN SOA ns host 1 3600 600 86400 300
	@	IN TXT "v=spf1 ip4:192.0.2.1 include:_spf.example.com -ip4:192.0.2.6 ~ip4:192.0.2.7 ?ip4:192.0.2.8 exp=why.example.com -all"
	@	IN MX 10 mx
	mx	IN A 192.0.2.25
	mx	IN TXT "v=spf1 a -all"
	_spf	IN TXT "v=spf1 ip4:198.51.100.0/24 ~all"
	why	IN TXT "%{s} from %{c} at %{r}, %{t}"
	broken	IN TXT "v=spf1 ip4:192.0.2.300 -all"
	twice	IN TXT "v=spf1 -all"
	twice	IN TXT "v=spf1 +all"
	plain	IN TXT "no record of our own"
	END
	cat >mail <<-'END'
	Return-Path: <ada@example.com>
	Received: from mx.example.com (mx.example.com [192.0.2.1])
	    by mx.example.net (Postfix) with ESMTPS id 4Xyz
	    for <bob@example.net>; Mon, 23 Nov 2026 12:00:00 +0000 (UTC)
	Received: from inner.example.com (inner.example.com [10.0.0.1])
	    by mx.example.com (Postfix) with ESMTP id 4Abc
	    for <bob@example.net>; Mon, 23 Nov 2026 11:59:59 +0000 (UTC)
	From: Ada <ada@example.com>
	Subject: test

	body
	END
}

teardown() {
	stop_all
}

# from IP [ARGUMENT...]: ada@example.com, judged by the zone alone.
from() {
	spfcheck --offline --zone=zone --ip="$1" --mail-from=ada@example.com \
	    --helo=mx.example.com "${@:2}"
}

# ---- verdicts and their exit status ----

@test "pass is 0" {
	run -0 --separate-stderr from 192.0.2.1
	assert_out "spf=pass smtp.mailfrom=ada@example.com"
	assert_err_empty
}

@test "fail is 1, softfail 2, neutral 3" {
	run -1 --separate-stderr from 192.0.2.6
	assert_out "spf=fail smtp.mailfrom=ada@example.com"
	run -2 --separate-stderr from 192.0.2.7
	assert_out "spf=softfail smtp.mailfrom=ada@example.com"
	run -3 --separate-stderr from 192.0.2.8
	assert_out "spf=neutral smtp.mailfrom=ada@example.com"
}

@test "permerror is 4, and names the term" {
	run -4 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.1 --mail-from=a@broken.example.com
	assert_out 'spf=permerror reason="syntax" smtp.mailfrom=a@broken.example.com'
	assert_err_tool spfcheck
	assert_err_has 'term "ip4:192.0.2.300" (column 8) of the SPF record of broken.example.com'
}

@test "several records are a permerror" {
	run -4 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.1 --mail-from=a@twice.example.com
	assert_out_has 'reason="multiple-records"'
}

@test "none is 6" {
	for d in plain.example.com nowhere.example.com localhost '[192.0.2.1]'; do
		run -6 --separate-stderr spfcheck --offline --zone=zone \
		    --ip=192.0.2.1 --mail-from="a@$d"
		assert_out_has spf=none
	done
}

@test "temperror is 75" {
	run -75 --separate-stderr spfcheck --offline --ip=192.0.2.1 \
	    --mail-from=a@example.com
	assert_out 'spf=temperror reason="dns" smtp.mailfrom=a@example.com'
}

# ---- options ----

@test "wrong usage is 64 before any work" {
	for args in --ip=192.0.2.01 --ip=fe80::1%lo --ip= --identity=x \
	    "--ip=192.0.2.1" "--mail-from=a@example.com" --lint --networks \
	    "--lint --networks example.com" "--lint --ip=::1 example.com" \
	    "--networks -o tap example.com" "--lint -o header example.com" \
	    "--baseline=x mail" "--ignore=SPF001 mail" \
	    "--lint --ignore=nonsense example.com" \
	    "--received-spf --ip=::1 --helo=x" "-o tap --ip=::1 --helo=x" \
	    "-o header --ip=::1 --helo=x" "--hops=x" "--hops=1 --ip=::1 --helo=x" \
	    "--envelopes=x --ip=::1 --helo=x" "--envelopes=x mail" \
	    "--lint --policy=x a.example b.example" "--no-such-option" \
	    "--timeout=0" "--time-limit=x" "--jobs=x" "--now=x"; do
		# shellcheck disable=SC2086
		run --separate-stderr spfcheck $args
		assert_usage spfcheck
	done
}

@test "help and version" {
	run -0 --separate-stderr spfcheck --help
	assert_out_has --received-spf
	run -0 --separate-stderr spfcheck -V
	assert_out_match '^spfcheck \(vouchsafe\) [0-9]'
}

@test "identity: helo, both" {
	run -1 --separate-stderr from 192.0.2.1 --identity=helo
	assert_out "spf=fail smtp.helo=mx.example.com"
	run -0 --separate-stderr from 192.0.2.1 --identity=both
	assert_out_line "spf=pass smtp.mailfrom=ada@example.com"
	assert_out_line "spf=fail smtp.helo=mx.example.com"
	run -6 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.1 --helo=localhost --identity=helo
	assert_out 'spf=none reason="domain-invalid" smtp.helo=localhost'
}

@test "a null sender is postmaster at HELO" {
	run -0 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.25 --mail-from= --helo=mx.example.com
	assert_out "spf=pass smtp.mailfrom=postmaster@mx.example.com"
	run -1 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.26 --mail-from='<>' --helo=mx.example.com
	assert_out "spf=fail smtp.mailfrom=postmaster@mx.example.com"
}

@test "policy: a record that is not published" {
	run -0 --separate-stderr from 203.0.113.9 --policy='v=spf1 ip4:203.0.113.0/24 -all'
	run -1 --separate-stderr from 192.0.2.1 --policy='v=spf1 -all'
	run -6 --separate-stderr from 192.0.2.1 --policy='spf1 +all'
	run -4 --separate-stderr from 192.0.2.1 --policy='v=spf1 a:'
}

@test "policy: --ip alone, where no term needs a sender" {
	run -0 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.1 --policy='v=spf1 ip4:192.0.2.1 -all'
	assert_out spf=pass
	run -1 --separate-stderr spfcheck --offline --zone=zone -o json \
	    --ip=192.0.2.99 --policy='v=spf1 include:_spf.example.com -all'
	assert_json '[.result,.spf[0].domain,.envelope.mail_from]' \
	    '["fail",null,null]'
	run -0 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.1 --policy='v=spf1 redirect=example.com'
	# What is never reached asks for nothing.
	run -0 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.1 --policy='v=spf1 ip4:192.0.2.1 a -all'
	for policy in 'v=spf1 a -all' 'v=spf1 exists:%{l}.example.com -all' \
	    'v=spf1 mx -all' 'v=spf1 include:%{d2}.example.com -all' \
	    'v=spf1 exists:%{h}.x.example' 'v=spf1 a:%{o}'; do
		run --separate-stderr spfcheck --offline --zone=zone \
		    --ip=192.0.2.1 --policy="$policy"
		assert_usage spfcheck
		assert_err_has --mail-from
	done
}

@test "quiet says nothing, verbose tells the questions" {
	run -4 --separate-stderr spfcheck -q --offline --zone=zone \
	    --ip=192.0.2.1 --mail-from=a@broken.example.com
	assert_out_empty
	assert_err_empty
	run -0 --separate-stderr from 192.0.2.1 -v
	assert_err_has "dns: TXT example.com: "
}

@test "now and authserv-id reach the explanation" {
	run -1 --separate-stderr from 192.0.2.6 -o json --now=1795446437 \
	    --authserv-id=mx.example.net
	assert_json '.spf[0].explanation' \
	    '"ada@example.com from 192.0.2.6 at mx.example.net, 1795446437"'
	assert_json .time 1795446437
}

@test "JSON has the contract's keys, and no others" {
	run -0 --separate-stderr from 192.0.2.1 -o json
	assert_json 'keys_unsorted' '["schema","tool","version","file","time","result","envelope","spf"]'
	assert_json '.spf[0]|keys_unsorted' '["identity","result","domain","mechanism","explanation","reason","lookups","void_lookups","queries"]'
	assert_json .envelope '{"ip":"192.0.2.1","mail_from":"ada@example.com","helo":"mx.example.com","source":"option"}'
	assert_json '.spf[0]' '{"identity":"mailfrom","result":"pass","domain":"example.com","mechanism":"ip4:192.0.2.1","explanation":null,"reason":null,"lookups":0,"void_lookups":0,"queries":1}'
}

@test "trace: a tree, and steps in JSON" {
	run -0 --separate-stderr from 198.51.100.9 --trace
	assert_out_line "|- include:_spf.example.com asks"
	assert_out_line "|  |- ip4:198.51.100.0/24: match, pass (the client is inside) [lookups 1, void 0, queries 2]"
	run -0 --separate-stderr from 198.51.100.9 --trace -o json
	assert_json '[.spf[0].trace[]|.step]' '["query","record","term","include","query","record","term","result","term","result"]'
	run -4 --separate-stderr spfcheck --offline --zone=zone --trace \
	    --ip=192.0.2.1 --mail-from=a@broken.example.com -o json
	assert_json '.spf[0].detail|test("column 12")' true
}

# ---- messages ----

@test "the envelope is taken from the message and printed" {
	run -0 --separate-stderr spfcheck --offline --zone=zone <mail
	assert_out "spf=pass smtp.mailfrom=ada@example.com smtp.remote-ip=192.0.2.1 smtp.helo=mx.example.com"
	run -0 --separate-stderr spfcheck --offline --zone=zone -o json mail
	assert_json .envelope.source '"message"'
}

@test "hops and received-by choose the field" {
	sed 's/\[10.0.0.1\]/[192.0.2.6]/' mail >second
	run -1 --separate-stderr spfcheck --offline --zone=zone --hops=1 second
	assert_out_has smtp.remote-ip=192.0.2.6
	run -0 --separate-stderr spfcheck --offline --zone=zone \
	    --received-by=mx.example.net mail
	run -65 --separate-stderr spfcheck --offline --zone=zone \
	    --received-by=mx.evil.example mail
	run -65 --separate-stderr spfcheck --offline --zone=zone --hops=2 mail
	assert_out 'spf=none reason="no-envelope"'
}

# hop CLIENT PROTOCOL: a field of our own
hop() {
	printf 'Received: from in.example.net (in.example.net [%s])\n' "$1"
	printf '\tby mx.example.net (Postfix) with %s id B2;\n' "$2"
	printf '\tMon, 23 Nov 2026 18:00:00 +0000 (UTC)\n'
}

@test "an inner hop gives no envelope, and says the way out; --relay skips it" {
	{ hop 127.0.0.1 ESMTP; cat mail; } >inner
	run -65 --separate-stderr spfcheck --offline --zone=zone inner
	assert_out 'spf=none reason="inner-hop"'
	assert_err_has --hops
	assert_err_has --relay
	run -65 --separate-stderr spfcheck --offline --zone=zone -o json inner
	assert_json '[.spf[0].reason,.envelope.ip,.result]' \
	    '["inner-hop",null,"none"]'
	run -65 --separate-stderr spfcheck --offline --zone=zone \
	    --relay=10.0.0.0/8 inner
	run -0 --separate-stderr spfcheck --offline --zone=zone \
	    --relay=10.0.0.0/8 --relay=127.0.0.1 inner
	assert_out_has smtp.remote-ip=192.0.2.1
	# Delivered over LMTP: what a Dovecot writes is no hop at all.
	{ hop 127.0.0.1 LMTP; cat mail; } >lmtp
	run -0 --separate-stderr spfcheck --offline --zone=zone lmtp
	assert_out_has smtp.remote-ip=192.0.2.1
	for bad in '' x 192.0.2.1/24 192.0.2.0/33 10.0.0.0/8,127.0.0.1; do
		run --separate-stderr spfcheck --relay="$bad" mail
		assert_usage spfcheck
	done
	run --separate-stderr spfcheck --relay=::1 --ip=::1 --helo=x
	assert_usage spfcheck
}

@test "Return-Path without brackets is taken, nonsense refused with a word" {
	for path in 'ada@example.com' '<ada@example.com> (Ada)' \
	    '(x) ada@example.com (Ada)'; do
		{ echo "Return-Path: $path"; sed 1d mail; } >m
		run -0 --separate-stderr spfcheck --offline --zone=zone m
		assert_out_has smtp.mailfrom=ada@example.com
		assert_err_empty
	done
	{ echo "Return-Path: ada@example.com x@y"; sed 1d mail; } >m
	run -1 --separate-stderr spfcheck --offline --zone=zone m
	assert_out_has smtp.helo=mx.example.com
	assert_err_has Return-Path
}

@test "no Return-Path: the HELO, and never as smtp.mailfrom" {
	sed 1d mail >bare
	run -1 --separate-stderr spfcheck --offline --zone=zone bare
	assert_out "spf=fail smtp.helo=mx.example.com smtp.remote-ip=192.0.2.1"
}

@test "no envelope is 65; an empty input and no file too" {
	printf 'Subject: x\n\ny\n' >none
	run -65 --separate-stderr spfcheck --offline --zone=zone none
	assert_err_tool spfcheck
	run -65 --separate-stderr spfcheck --offline --zone=zone </dev/null
	run -66 --separate-stderr spfcheck --offline --zone=zone nowhere
}

@test "several messages: names before the results, the worst status" {
	sed 's/\[192.0.2.1\]/[192.0.2.7]/' mail >soft
	run -2 --separate-stderr spfcheck --offline --zone=zone mail soft -j 2
	assert_out_match '^mail: spf=pass '
	assert_out_has 'soft: spf=softfail '
	printf 'soft\0mail\0' >list
	run -2 --separate-stderr spfcheck --offline --zone=zone \
	    --files-from=list -0
	assert_out_match '^soft: '
}

@test "header: only the field; Received-SPF on demand" {
	run -0 --separate-stderr from 192.0.2.1 -o header --authserv-id=mx.example.net
	assert_out "Authentication-Results: mx.example.net;
	spf=pass smtp.mailfrom=ada@example.com"
	run -0 --separate-stderr from 192.0.2.1 -o header \
	    --authserv-id=mx.example.net --received-spf
	assert_out_has "Received-SPF: pass (mx.example.net: example.com designates"
	assert_out_has '	envelope-from="ada@example.com";'
	assert_out_has '	mechanism="ip4:192.0.2.1";'
}

@test "message: the field on top, every other byte stays, exit 0" {
	run -0 --separate-stderr spfcheck --offline --zone=zone -o message \
	    --authserv-id=mx.example.net mail
	assert_out_match '^Authentication-Results: mx.example.net;'
	spfcheck --offline --zone=zone -o message --strip-id=old.example.net \
	    --authserv-id=mx.example.net mail >marked
	tail -n +3 marked | cmp - mail
	{
		echo 'Authentication-Results: old.example.net; spf=pass smtp.mailfrom=x'
		cat mail
	} >forged
	spfcheck --offline --zone=zone -o message --strip-id=old.example.net \
	    --authserv-id=mx.example.net <forged | tail -n +3 | cmp - mail
	# A verdict of fail is no failure of the filter.
	run -0 --separate-stderr from 192.0.2.6 -o message \
	    --authserv-id=mx.example.net mail
	assert_out_has "spf=fail smtp.mailfrom=ada@example.com"
}

@test "message: seals, final, defer" {
	export VOUCHSAFE_SEAL=0123456789abcdef0123456789abcdef
	run -0 --separate-stderr spfcheck --offline --zone=zone -o message \
	    --authserv-id=mx.example.net mail
	assert_out_match '^Authentication-Results: mx.example.net[[:space:]]+\(vs1 n='
	run -0 --separate-stderr spfcheck --offline --zone=zone -o message \
	    --final --authserv-id=mx.example.net mail
	assert_out_lacks "(vs1"
	run -0 --separate-stderr spfcheck --offline -o message \
	    --authserv-id=mx.example.net mail
	assert_out_has "spf=temperror"
	run -75 --separate-stderr spfcheck --offline -o message --defer \
	    --authserv-id=mx.example.net mail
	assert_out_empty
	run -75 --separate-stderr spfcheck -o message --offline \
	    --authserv-id=mx.example.net </dev/null
	assert_out_empty
}

@test "message: no envelope and a broken header still go out" {
	printf 'Subject: x\n\ny\n' >none
	run -0 --separate-stderr spfcheck --offline --zone=zone -o message \
	    --authserv-id=mx.example.net none
	assert_out_has 'spf=none reason="no-envelope"'
	printf 'no field\nSubject: x\n\ny\n' >odd
	run -0 --separate-stderr spfcheck --offline --zone=zone -o message \
	    --authserv-id=mx.example.net odd
	assert_out_has 'spf=permerror reason="malformed"'
	assert_out_has 'no field'
}

@test "a full disk is ours" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -74 --separate-stderr bash -c 'spfcheck --offline --zone=zone \
	    --ip=192.0.2.1 --mail-from=a@example.com >/dev/full'
	run -75 --separate-stderr bash -c 'spfcheck --offline --zone=zone \
	    -o message --authserv-id=x mail >/dev/full'
}

# ---- envelopes ----

@test "envelopes: one line each, comments, null senders, bad lines" {
	printf '%s\n' '# of a log' '192.0.2.1 ada@example.com mx.example.com' \
	    '' '192.0.2.7	ada@example.com	h' '192.0.2.25 <> mx.example.com' >log
	run -2 --separate-stderr spfcheck --offline --zone=zone --envelopes=log
	assert_out_line "192.0.2.1 ada@example.com mx.example.com: spf=pass smtp.mailfrom=ada@example.com"
	assert_out_line "192.0.2.25 <> mx.example.com: spf=pass smtp.mailfrom=postmaster@mx.example.com"
	echo 'not a line of our own at all' >>log
	run -65 --separate-stderr spfcheck --offline --zone=zone --envelopes=log
	assert_err_has "log: line 6"
	run -66 --separate-stderr spfcheck --offline --envelopes=nowhere
}

@test "envelopes: a fourth word, a long line, an object for a bad one" {
	{
		echo '192.0.2.1 ada@example.com h bob@example.net'
		head -c 200000 /dev/zero | tr '\0' x
		printf '\nnonsense\n%0300000d' 0
		printf '\n192.0.2.7 ada@example.com h\n1 2 3 4 5\n'
	} >log
	run -65 --separate-stderr spfcheck --offline --zone=zone --envelopes=log
	assert_out '192.0.2.1 ada@example.com h bob@example.net: spf=pass smtp.mailfrom=ada@example.com
192.0.2.7 ada@example.com h: spf=softfail smtp.mailfrom=ada@example.com'
	assert_err_has 'log: line 2 is too long'
	assert_err_has 'log: line 3 is not'
	assert_err_has 'log: line 4 is too long'
	assert_err_has 'log: line 6 is not'
	for jobs in 1 3; do
		run -65 --separate-stderr spfcheck --offline --zone=zone \
		    --envelopes=log -j "$jobs" -o json
		[ "$(jq -c '[.result,.envelope.ip,.spf[0].reason]' \
		    <<<"$output")" = '["pass","192.0.2.1",null]
["none",null,"no-envelope"]
["none",null,"no-envelope"]
["none",null,"no-envelope"]
["softfail","192.0.2.7",null]
["none",null,"no-envelope"]' ]
	done
}

@test "envelopes: a line of 8 KiB is read, one byte more costs itself" {
	long() {	# long OCTETS
		printf '192.0.2.1 ada@example.com h '
		head -c $(($1 - 28)) /dev/zero | tr '\0' r
		echo
	}
	{ long 8193; long 8192; echo '192.0.2.7 ada@example.com h'; } >log
	run -65 --separate-stderr spfcheck --offline --zone=zone --envelopes=log
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} = *'r: spf=pass smtp.mailfrom=ada@example.com' ]]
	[[ ${lines[1]} = *'spf=softfail'* ]]
	[ "$stderr" = 'spfcheck: log: line 1 is too long' ]
}

@test "envelopes: the same with workers, in order; JSON" {
	for ((i = 0; i < 500; i++)); do
		echo "192.0.2.$((i % 10)) u$i@example.com h$i"
	done >log
	spfcheck --offline --zone=zone --envelopes=log >one || [ $? -eq 1 ]
	spfcheck --offline --zone=zone -j 3 --envelopes=- <log >three || [ $? -eq 1 ]
	cmp one three
	[ "$(wc -l <one)" -eq 500 ]
	run -1 --separate-stderr spfcheck --offline --zone=zone \
	    --envelopes=log -o json
	[ "$(jq -r '.envelope.source' <<<"$output" | sort -u)" = file ]
}

# ---- domains ----

@test "lint: clean 0, findings 1, broken 4, none 6, unknown 75" {
	run -0 --separate-stderr spfcheck --lint --offline \
	    --zone="$ROOT/examples/zones/good.example.zone" good.example
	assert_out_match '^good.example: clean'
	bad=$ROOT/examples/zones/bad.example.zone
	run -1 --separate-stderr spfcheck --lint --offline --zone="$bad" bad.example
	for code in SPF005 SPF007 SPF009 SPF011 SPF012 SPF013 SPF014 SPF021 \
	    SPF023 SPF025 SPF029; do
		assert_out_has "$code"
	done
	assert_out_has "lookups 12 of 10"
	run -4 --separate-stderr spfcheck --lint --offline --zone="$bad" syntax.bad.example
	assert_out_has "SPF003 error: column 12"
	assert_out_has "SPF003 error: column 26"
	run -4 --separate-stderr spfcheck --lint --offline --zone="$bad" twice.bad.example
	run -6 --separate-stderr spfcheck --lint --offline --zone="$bad" absent.bad.example
	run -1 --separate-stderr spfcheck --lint --offline --zone="$bad" loop.bad.example
	assert_out_has SPF017
	run -1 --separate-stderr spfcheck --lint --offline --zone="$bad" open.bad.example
	assert_out_has SPF008
	run -75 --separate-stderr spfcheck --lint --offline bad.example
	assert_out_has SPF004
	# Of several domains: 1 before 4 before 6.
	run -1 --separate-stderr spfcheck --lint --offline -j 2 --zone="$bad" \
	    syntax.bad.example absent.bad.example open.bad.example
	run -4 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    syntax.bad.example absent.bad.example
}

@test "lint: TAP, JUnit, JSON" {
	bad=$ROOT/examples/zones/bad.example.zone
	run -1 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    -o tap bad.example mail.bad.example
	assert_out_line "TAP version 13"
	assert_out_line "not ok 1 - bad.example: findings"
	assert_out_line "not ok 2 - mail.bad.example: none"
	assert_out_line "1..2"
	run -1 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    -o junit bad.example
	"$PYTHON" -c 'import sys, xml.dom.minidom as m
m.parseString(sys.argv[1])' "$output"
	run -1 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    -o json bad.example
	assert_json '.result' '"findings"'
	assert_json '.facts.lookups' 12
	assert_json '[.findings[]|select(.code=="SPF014")|.column]' '[42]'
}

@test "lint: what is known or ignored does not fail" {
	bad=$ROOT/examples/zones/bad.example.zone
	spfcheck --lint --offline --zone="$bad" -o json bad.example >known || [ $? -eq 1 ]
	run -0 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    --baseline=known bad.example
	assert_out_empty
	run -0 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    --baseline=known --all-findings bad.example
	assert_out_has "(known)"
	run -1 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    --baseline=known bad.example open.bad.example
	run -0 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    --ignore=SPF008 open.bad.example
	run -1 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    --ignore=SPF008:other.example open.bad.example
	run -0 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    --ignore=SPF001:absent.bad.example absent.bad.example
	echo 'no JSON' >known
	run -65 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    --baseline=known bad.example
	run -66 --separate-stderr spfcheck --lint --offline --zone="$bad" \
	    --baseline=nowhere bad.example
}

@test "lint and networks of a policy" {
	run -1 --separate-stderr spfcheck --lint --offline --zone=zone \
	    --policy='v=spf1 +all' example.com
	run -0 --separate-stderr spfcheck --networks --offline --zone=zone \
	    --policy='v=spf1 mx ip4:10.0.0.0/8 ip4:10.1.0.0/16 ip6:2001:db8::1 -all' example.com
	assert_out "10.0.0.0/8
192.0.2.25/32
2001:db8::1/128"
}

@test "networks: flattened over includes; holes are listed" {
	run -0 --separate-stderr spfcheck --networks --offline --zone=zone example.com
	assert_out "192.0.2.1/32
198.51.100.0/24"
	run -0 --separate-stderr spfcheck --networks --offline --zone=zone -o json example.com
	assert_json .networks '["192.0.2.1/32","198.51.100.0/24"]'
	run -1 --separate-stderr spfcheck --networks --offline --zone=zone \
	    --policy='v=spf1 include:none.example.com -all' example.com
	assert_err_tool spfcheck
	run -4 --separate-stderr spfcheck --networks --offline --zone=zone broken.example.com
	run -6 --separate-stderr spfcheck --networks --offline --zone=zone plain.example.com
	run -75 --separate-stderr spfcheck --networks --offline example.com
}

@test "the manual page lists every finding as the code has it" {
	sed -n 's/.*X([A-Z_]*, "\(SPF[0-9]*\)".*/\1/p' \
	    "$ROOT/common/spf/lint.h" >codes
	sed -n 's/^\.It \(SPF[0-9]*\)$/\1/p' "$ROOT/man/spfcheck.1" >listed
	[ "$(wc -l <codes)" -ge 33 ]
	assert_same codes listed
}

@test "no envelope in the input is no verdict: 65" {
	for in in '' '\n' '# nothing\n\n'; do
		# shellcheck disable=SC2059
		run -65 --separate-stderr spfcheck --offline --envelopes=- \
		    < <(printf "$in")
		assert_out_empty
		[ "$stderr" = 'spfcheck: -: no envelope' ]
	done
}

@test "--only and -l: of many messages those with a result, or their names" {
	sed 's/\[192.0.2.1\]/[192.0.2.7]/' mail >soft
	sed 's/\[192.0.2.1\]/[192.0.2.6]/' mail >bad
	many() {
		spfcheck --offline --zone=zone "$@" mail soft bad
	}
	run -1 --separate-stderr many --only=fail -l
	assert_out bad
	run -1 --separate-stderr many --only=fail --only=softfail -l -j 2
	assert_out 'soft
bad'
	run -1 --separate-stderr many --only=softfail
	assert_out_match '^soft: spf=softfail '
	assert_out_lacks bad
	run -1 --separate-stderr many --only=pass -o json
	assert_json .file '"mail"'
	run -1 --separate-stderr many --only=temperror
	assert_out_empty
	run -1 --separate-stderr many -l
	assert_out 'mail
soft
bad'
	run -1 --separate-stderr spfcheck --offline --zone=zone --only=pass bad
	assert_out_empty
	run -6 --separate-stderr dkimverify --offline --zone=zone -l \
	    --only=none mail bad
	assert_out 'mail
bad'
	for args in --only=nonsense --only= "-l -o message --authserv-id=x" \
	    "--lint -l example.com"; do
		# shellcheck disable=SC2086
		run --separate-stderr spfcheck --offline --zone=zone $args
		assert_usage spfcheck
	done
}

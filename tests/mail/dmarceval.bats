#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dmarceval(1): each option, each exit status.  What is judged how is held by
# tests/vectors/dmarc, the pipe by tests/mail/pipe.bats.
# shellcheck disable=SC2013,SC2030,SC2031,SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	D=$ROOT/tests/data
	cat >zone <<-'END'
	$TTL 3600
	$ORIGIN .
	example.com. IN TXT "v=spf1 ip4:192.0.2.1 -all"
	helo.example.com. IN TXT "v=spf1 ip4:192.0.2.1 -all"
	_dmarc.example.com. IN TXT "v=DMARC1; p=reject; rua=mailto:r@example.com"
	_dmarc.test.example. IN TXT "v=DMARC1; p=reject; t=y; pct=10"
	other.example. IN TXT "v=spf1 ip4:192.0.2.66 -all"
	_dmarc.broken.example. IN TXT "v=DMARC1; p=x"
	END
	Z=(--offline --zone=zone)
	mail one@example.com >m
	delivered 192.0.2.1 u@example.com >d
	delivered 192.0.2.66 u@other.example >spoof
	OPT=(--ip=192.0.2.1 --mail-from=u@example.com --helo=helo.example.com)
}
teardown() {
	stop_all
}

mail() {
	printf 'From: <%s>\nSubject: x\n\nText.\n' "$1"
}
delivered() {
	printf 'Return-Path: <%s>\nReceived: from h.example (h.example [%s])\n' \
	    "$2" "$1"
	printf '\tby mx.here.example (Postfix) with ESMTP id A1;\n'
	printf '\tMon, 23 Nov 2026 18:00:00 +0000 (UTC)\n'
	mail one@example.com
}
judge() {
	dmarceval "${Z[@]}" "$@"
}

@test "pass: exit 0, the verdict first, then what it rests on" {
	run -0 --separate-stderr judge "${OPT[@]}" <m
	assert_out 'dmarc=pass header.from=example.com policy.dmarc=reject
spf=pass smtp.mailfrom=u@example.com
dkim=none'
	assert_err_empty
}

@test "fail: exit 1" {
	run -1 --separate-stderr judge "${OPT[@]}" --hops=0 <m || :
	run -1 --separate-stderr judge --ip=192.0.2.9 \
	    --mail-from=u@example.com <m
	assert_out_line 'dmarc=fail reason="not-aligned" header.from=example.com policy.dmarc=reject'
}

@test "permerror: exit 4" {
	run -4 --separate-stderr judge --spf=none --dkim=none <<<'Subject: x'
	assert_out_line 'dmarc=permerror reason="no-author-domain"'
}

@test "none: exit 6" {
	mail a@nothing.example >n
	run -6 --separate-stderr judge --spf=none --dkim=none n
	assert_out_line 'dmarc=none header.from=nothing.example'
	mail a@broken.example >n
	run -6 --separate-stderr judge --spf=none --dkim=none n
	assert_out_line 'dmarc=none reason="record-invalid" header.from=broken.example'
}

@test "temperror: exit 75" {
	run -75 --separate-stderr dmarceval --offline "${OPT[@]}" <m
	assert_out_has 'dmarc=temperror reason="dns"'
}

@test "empty: 65; missing: 66; wrong usage: 64" {
	run -65 --separate-stderr judge </dev/null
	assert_out_empty
	assert_err_tool dmarceval
	run -66 --separate-stderr judge missing
	assert_err_tool dmarceval
	run -64 --separate-stderr judge --no-such-option <m
	assert_usage dmarceval
	run -64 --separate-stderr judge -o xml <m
	assert_usage dmarceval
}

@test "a full disk is 74" {
	run -74 --separate-stderr sh -c \
	    'dmarceval --offline --zone=zone --spf=none <m >/dev/full'
	assert_err_tool dmarceval
}

@test "the envelope comes from the message, and is shown" {
	run -0 --separate-stderr judge d
	assert_out_line 'dmarc=pass header.from=example.com policy.dmarc=reject'
	assert_out_has 'envelope: ip=192.0.2.1 helo=h.example mail-from=<u@example.com>'
	run -1 --separate-stderr judge spoof
	assert_out_has 'envelope: ip=192.0.2.66'
	assert_out_has '(from Received and Return-Path)'
	sed 1d d >no-path
	run -4 --separate-stderr judge no-path
	assert_out_line 'envelope: ip=192.0.2.1 helo=h.example (from Received)'
	# Without one, SPF is none and the verdict permerror.
	run -4 --separate-stderr judge m
	assert_out_line 'dmarc=permerror reason="no-envelope" header.from=example.com'
	assert_out_line 'spf=none reason="no-envelope"'
}

@test "--hops and --received-by choose the Received field" {
	{
		echo 'Return-Path: <u@example.com>'
		echo 'Received: from mx.here.example (mx.here.example [10.0.0.1])'
		echo '	by inner.example (Postfix) with ESMTP id B2;'
		echo '	Mon, 23 Nov 2026 18:00:01 +0000 (UTC)'
		sed 1d d
	} >two
	run -4 --separate-stderr judge two
	assert_out_line 'dmarc=permerror reason="no-envelope" header.from=example.com'
	assert_out_line 'spf=none reason="inner-hop"'
	assert_err_has --relay
	assert_err_has --hops
	run -0 --separate-stderr judge --relay=10.0.0.0/24 two
	assert_out_has 'ip=192.0.2.1'
	assert_err_empty
	run -4 --separate-stderr judge --relay=10.0.1.0/24 two
	run -0 --separate-stderr judge --hops=1 two
	assert_out_has 'ip=192.0.2.1'
	run -0 --separate-stderr judge --hops=1 --received-by=mx.here.example \
	    two
	run -4 --separate-stderr judge --received-by=mx.here.example two
	assert_out_has 'no-envelope'
	run -64 --separate-stderr judge --hops=x two
	assert_usage dmarceval
	run -64 --separate-stderr judge --ip=192.0.2.1 --helo=x --hops=1 two
	assert_usage dmarceval
	run -64 --separate-stderr judge --ip=192.0.2.1 --helo=x --relay=::1 two
	assert_usage dmarceval
	run -64 --separate-stderr judge --relay=10.0.0.1/8 two
	assert_usage dmarceval
	run -64 --separate-stderr judge --ip=192.0.2.1 two
	assert_usage dmarceval
}

@test "--ip, --mail-from, --helo" {
	run -0 --separate-stderr judge --ip=::ffff:192.0.2.1 \
	    --mail-from= --helo=helo.example.com <m
	assert_out_line 'spf=pass smtp.mailfrom=postmaster@helo.example.com'
	run -64 --separate-stderr judge --ip=192.0.2.300 <m
	assert_usage dmarceval
	run -64 --separate-stderr judge --mail-from=u@example.com <m
	assert_usage dmarceval
	run -64 --separate-stderr judge --helo=h <m
	assert_usage dmarceval
}

@test "--spf and --dkim are not looked up again" {
	# The zone says fail for this address, and there is no key anywhere.
	run -0 --separate-stderr judge --ip=192.0.2.9 --spf=pass:example.com \
	    --dkim=none <m
	assert_out_line 'spf=pass smtp.mailfrom=example.com'
	run -0 --separate-stderr judge --spf=none --dkim=fail:example.com:s1 \
	    --dkim=pass:sub.example.com:s2 <m
	assert_out_has 'dkim=fail header.d=example.com header.s=s1'
	assert_out_has 'dkim=pass header.d=sub.example.com header.s=s2'
	# One is handed over, the other found.
	run -0 --separate-stderr judge --spf=pass:example.com "$D/signed.eml"
	run -64 --separate-stderr judge --spf=maybe <m
	assert_usage dmarceval
	run -64 --separate-stderr judge --dkim=softfail:example.com <m
	assert_usage dmarceval
	run -64 --separate-stderr judge --spf= <m
	assert_usage dmarceval
}

@test "DKIM is done here, on the same reading" {
	cat "$D/zone" >>zone
	run -0 --separate-stderr judge --now=1795435300 --spf=none \
	    "$D/signed.eml"
	assert_out_has 'dmarc=pass header.from=example.com'
	assert_out_has 'dkim=pass header.d=example.com header.s=s1'
	sed 's/world/World/' "$D/signed.eml" >changed
	run -1 --separate-stderr judge --now=1795435300 --spf=none changed
	assert_out_has 'dkim=fail reason="body"'
}

@test "--multi-author" {
	printf 'From: a@example.com, b@test.example\n\nText.\n' >two
	run -4 --separate-stderr judge --spf=none --dkim=none two
	assert_out_line 'dmarc=permerror reason="multiple-author-domains"'
	run -1 --separate-stderr judge --multi-author=strictest --spf=none \
	    --dkim=none two
	assert_out_line 'dmarc=fail reason="not-aligned" header.from=example.com policy.dmarc=reject'
	run -1 --separate-stderr judge --multi-author=strictest \
	    --spf=pass:example.com --dkim=none two
	assert_out_line 'dmarc=fail reason="not-aligned" header.from=test.example policy.dmarc=quarantine'
	run -64 --separate-stderr judge --multi-author=some two
	assert_usage dmarceval
	run -64 --separate-stderr judge --multi-author= two
	assert_usage dmarceval
}

@test "-o json: every key of the contract" {
	run -0 --separate-stderr judge "${OPT[@]}" --now=1795446437 -o json <m
	assert_json 'keys_unsorted' '["schema","tool","version","file","time","result","envelope","spf","dkim","dmarc","key","report","recipient"]'
	assert_json '.result' '"pass"'
	assert_json '.time' 1795446437
	assert_json '.envelope' '{"ip":"192.0.2.1","mail_from":"u@example.com","helo":"helo.example.com","source":"option"}'
	assert_json '.spf[0]|keys_unsorted' '["identity","result","domain","mechanism","explanation","reason","lookups","void_lookups","queries","aligned","records"]'
	assert_json '.dmarc' '{"result":"pass","reason":null,"author_domain":"example.com","organizational_domain":"example.com","policy_domain":"example.com","record":"v=DMARC1; p=reject; rua=mailto:r@example.com","policy":"reject","applied_policy":"reject","test_mode":false,"spf_aligned":true,"dkim_aligned":false,"warnings":[]}'
	# What is unknown is null.
	run -4 --separate-stderr judge -o json <<<'Subject: x'
	assert_json '.envelope' '{"ip":null,"mail_from":null,"helo":null,"source":null}'
	assert_json '.dmarc|[.author_domain,.record,.policy,.test_mode,.spf_aligned]' '[null,null,null,null,null]'
	# Test mode, and a tag that means nothing any more.
	mail a@test.example >t
	run -1 --separate-stderr judge -o json --spf=none --dkim=none t
	assert_json '.dmarc|[.policy,.applied_policy,.test_mode]' '["reject","quarantine",true]'
	assert_json '.dmarc.warnings|length' 2
}

@test "-o json: alignment of each identifier, SPF records, the key" {
	run -0 --separate-stderr judge "${OPT[@]}" -o json <m
	assert_json '.spf[0]|[.aligned,.records]' '["strict",[{"name":"example.com","text":"v=spf1 ip4:192.0.2.1 -all"}]]'
	assert_json '[.report,.recipient]' '[null,null]'
	assert_json .key "\"$(sha256sum m | cut -c1-32)\""
	# What fails has an alignment too; who is no relative has none.
	run -1 --separate-stderr judge --ip=192.0.2.9 --mail-from=u@example.com \
	    --dkim=fail:sub.example.com:s --dkim=pass:other.example:s \
	    --helo=h.example -o json <m
	assert_json '[.spf[0].aligned,.dkim[0].aligned,.dkim[1].aligned]' '["strict","relaxed","no"]'
	# No record: nobody knows.
	mail a@nothing.example >n
	run -6 --separate-stderr judge "${OPT[@]}" --dkim=none -o json n
	assert_json '[.spf[0].aligned,.dkim[0].aligned]' '[null,null]'
}

@test "-o json: one transaction has one key, whoever got it" {
	printf 'Received: from h.example (h.example [192.0.2.1])\n\tby mx.here.example (Postfix) with ESMTP id A1\n\tfor <a@here.example>; Mon, 23 Nov 2026 18:00:00 +0000 (UTC)\n' >top
	{ cat top; mail one@example.com; } >body
	{ printf 'Return-Path: <u@example.com>\n'; cat body; } >first
	{ printf 'Return-Path: <u@example.com>\nDelivered-To: b@here.example\n'; cat body; } >second
	for i in first second; do
		run -0 --separate-stderr judge -o json $i
		assert_json '[.key,.recipient]' "[\"$(sha256sum body | cut -c1-32)\",\"a@here.example\"]"
	done
	# What is below the field counts: another message, another key.
	sed 's/^Text/Next/' first >third
	run -0 --separate-stderr judge -o json third
	assert_json ".key==\"$(sha256sum body | cut -c1-32)\"" false
}

@test "-o json: what kind of report the mail itself is" {
	kind() {
		printf 'From: <one@example.com>\n%b\n\nx\n' "$1" >k
		run -0 --separate-stderr judge "${OPT[@]}" -o json k
		assert_json .report "$2"
	}
	kind 'Subject: x' null
	kind 'Subject: Report Domain: a.example Submitter: b.example Report-ID: <1>' '"aggregate"'
	kind 'Subject: report domain: a.example\n submitter: b.example' '"aggregate"'
	kind 'Subject: Report Domain: the town' null
	kind 'Content-Type: application/gzip; name="b.example!a.example!1795305600!1795391999.xml.gz"' '"aggregate"'
	kind 'Content-Type: application/gzip; name="wow!x!y!z.gz"' null
	kind 'Content-Type: multipart/report; report-type=feedback-report; boundary=x' '"failure"'
	kind 'Content-Type: multipart/report;\n\tReport-Type = "delivery-status"; boundary=x' '"dsn"'
	kind 'Content-Type: multipart/report; report-type="tlsrpt"; boundary=x' '"tls"'
	kind 'Content-Type: multipart/mixed; report-type=tlsrpt; boundary=x' null
}

@test "-o header and -o message" {
	run -0 --separate-stderr judge "${OPT[@]}" -o header \
	    --authserv-id=mx.here.example <m
	assert_out 'Authentication-Results: mx.here.example;
	dmarc=pass header.from=example.com policy.dmarc=reject;
	spf=pass smtp.mailfrom=u@example.com;
	dkim=none'
	judge "${OPT[@]}" -o message --authserv-id=mx.here.example <m >out
	head -n 4 out >field
	{ echo "$output"; cat m; } | cmp - out
	run -64 --separate-stderr judge -o header <m
	assert_usage dmarceval
	run -64 --separate-stderr judge -o message \
	    --authserv-id=mx.here.example m m
	assert_err_tool dmarceval
	# A fail goes out too, with exit 0.
	run -0 --separate-stderr judge --spf=none -o message \
	    --authserv-id=mx.here.example <m
	assert_out_has 'dmarc=fail'
}

@test "--explain: one screen, verdict first" {
	local l
	run -1 --separate-stderr judge --explain --spf=pass:other.example \
	    --dkim=fail:example.com:s1 <m
	[[ $output == 'FAIL:      '* ]]
	assert_out_has 'not aligned'
	assert_out_has 's=s1'
	assert_out_has 'would pass'
	[ "$(wc -l <<<"$output")" -le 24 ]
	while IFS= read -r l; do [ "${#l}" -le 80 ]; done <<<"$output"
	run -0 --separate-stderr judge --explain --spf=none \
	    --dkim=pass:mail.example.com:s2 <m
	[[ $output == 'PASS:      '*'s=s2'* ]]
	assert_out_has 'aligned: the same Organizational'
	run -4 --separate-stderr judge --explain m
	[[ $output == 'PERMERROR: '* ]]
}

@test "-v explains, and shows each question on stderr" {
	run -0 --separate-stderr judge -v --spf=pass:example.com --dkim=none <m
	[[ $output == 'PASS:'* ]]
	assert_err_has 'TXT _dmarc.example.com'
	assert_err_tool dmarceval
}

@test "-q prints nothing" {
	run -0 --separate-stderr judge -q "${OPT[@]}" <m
	assert_out_empty
	assert_err_empty
	run -1 --separate-stderr judge -q --spf=none <m
	assert_out_empty
}

@test "many messages: Maildir, mbox, --files-from, in order; the worst exit" {
	mkdir -p M/cur M/new M/tmp
	local i
	for i in 1 2 3 4 5 6 7 8; do cp d "M/cur/$i"; done
	cp spoof M/new/9
	run -1 --separate-stderr judge -j 2 M
	assert_out_line 'M/cur/1: dmarc=pass header.from=example.com policy.dmarc=reject'
	assert_out_has 'M/new/9: dmarc=fail'
	[ "$(grep -o '[1-9]: dmarc' <<<"$output" | tr -d '\n')" = \
	    '1: dmarc2: dmarc3: dmarc4: dmarc5: dmarc6: dmarc7: dmarc8: dmarc9: dmarc' ]
	local two=$output
	run -1 --separate-stderr judge M
	assert_out "$two"
	printf '%s\0' d spoof >list
	run -1 --separate-stderr judge --files-from=list -0 -o json
	[ "$(wc -l <<<"$output")" -eq 2 ]
	run -66 --separate-stderr judge d missing spoof
	assert_out_has 'spoof: dmarc=fail'
}

@test "--summary: counts, as text of 80 columns and as JSON" {
	local l
	run -1 --separate-stderr judge -q --summary d d spoof m
	assert_out_match 'messages +4'
	assert_out_match 'pass +2 +50\.0%'
	assert_out_match 'not-aligned +1 +25\.0%'
	assert_out_match 'example\.com +4 +2 +1 +1'
	assert_out_match '192\.0\.2\.66 +1 +0 +1 +0'
	while IFS= read -r l; do [ "${#l}" -le 80 ]; done <<<"$output"
	run -1 --separate-stderr judge -o json -j 2 --summary d d spoof m
	[ "$(wc -l <<<"$output")" -eq 5 ]
	output=$(tail -n 1 <<<"$output")
	assert_json '.summary.results' '{"pass":2,"fail":1,"permerror":1}'
	assert_json '.summary.reasons' '{"no-envelope":1,"not-aligned":1}'
	assert_json '.summary.failing_sources' '[{"ip":"192.0.2.66","messages":1,"pass":0,"fail":1}]'
	run -64 --separate-stderr judge --summary -o header \
	    --authserv-id=x m
	assert_usage dmarceval
}

@test "--progress and --syslog do not touch stdout" {
	run -0 --separate-stderr judge d
	local want=$output
	run -0 --separate-stderr judge --syslog --progress d
	assert_out "$want"
	run -0 --separate-stderr judge --syslog=local3 d
	run -64 --separate-stderr judge --syslog=nowhere d
	assert_usage dmarceval
}

@test "--lookup: the walk, the policy, who gets reports" {
	run -0 --separate-stderr judge --lookup www.example.com
	assert_out_line '  _dmarc.www.example.com  NXDOMAIN'
	assert_out_line '  _dmarc.example.com  v=DMARC1; p=reject; rua=mailto:r@example.com'
	assert_out_line '  policy: reject (p of example.com)'
	assert_out_line '  aggregate reports: mailto:r@example.com'
	run -6 --separate-stderr judge --lookup nothing.example
	run -4 --separate-stderr judge --lookup broken.example
	run -75 --separate-stderr dmarceval --offline --lookup example.com
	run -0 --separate-stderr judge --lookup -o json example.com
	assert_json '.lookup.policy_domain' '"example.com"'
	assert_json '[.lookup.walk[].name]' '["example.com","com"]'
	run -64 --separate-stderr dmarceval --offline --lookup
	assert_usage dmarceval
	run -64 --separate-stderr judge --lookup 'bad name'
	assert_usage dmarceval
	run -64 --separate-stderr judge --lookup --lint example.com
	assert_usage dmarceval
}

@test "--lint: findings, formats, exit codes" {
	run -0 --separate-stderr judge --lint example.com
	run -1 --separate-stderr judge --lint test.example
	assert_out_has 'DMARC021'
	assert_out_has 'DMARC012'
	run -4 --separate-stderr judge --lint broken.example
	assert_out_has 'DMARC006'
	echo 'nothing.example. 60 IN SOA ns h 1 2 3 4 5' >nothing
	run -6 --separate-stderr judge --zone=nothing --lint nothing.example
	assert_out_has 'DMARC001'
	run -75 --separate-stderr dmarceval --offline --lint example.com
	assert_out_has 'DMARC019'
	run -1 --separate-stderr judge --lint -o tap test.example broken.example
	assert_out_line 'TAP version 13'
	assert_out_line '1..2'
	run -1 --separate-stderr judge --lint -o junit test.example
	assert_out_has '<testsuite name="dmarceval.lint" tests="1" failures="1" errors="0">'
	run -64 --separate-stderr judge --lint -o message \
	    --authserv-id=x example.com
	assert_usage dmarceval
	run -64 --separate-stderr judge -o tap <m
	[ "$status" -eq 64 ]
}

@test "--lint: each finding has the column of its own tag" {
	need jq
	columns() {	# columns DOMAIN WANTED
		run --separate-stderr dmarceval --lint --offline --zone=cols \
		    -o json "$1"
		[ "$status" -le 1 ] || show "$1"
		[ "$(jq -c '[.findings[] | [.code[-2:], .column]] | sort' \
		    <<<"$output")" = "$2" ] || show "expected $2"
	}
	# Strings of a record are joined, and columns count in the whole.
	cat >cols <<-'END'
	$ORIGIN example.com.
	$TTL 300
	@ SOA ns h 1 2 3 4 5
	_dmarc TXT "v=DMARC1; p=none; fo=1; " "t=y; psd=y; rua=mailto:a@x.example"
	a TXT x
	_dmarc.a TXT "v=DMARC1;p=reject;fo=0;rua=mailto:a@a.example.com"
	$ORIGIN org.test.
	@ SOA ns h 1 2 3 4 5
	_dmarc TXT "v=DMARC1; p=reject; SP = none; np=none; rua=mailto:a@org.test; fo=1; fo=0"
	low TXT x
	_dmarc.low TXT "v=DMARC1; p=reject; rua=mailto:a@org.test; sp=none"
	END
	columns example.com \
	    '[["21",25],["25",11],["26",19],["28",30],["31",41]]'
	columns a.example.com '[["26",19]]'
	columns org.test '[["09",70],["22",21],["23",32],["26",64],["31",null]]'
	# A tag that is not there has no column.
	sed -i 's/; rua=mailto:a@org.test; fo.*"/"/' cols
	columns org.test '[["15",null],["22",21],["23",32],["31",null]]'
	# The place in the file follows it.
	run -1 --separate-stderr dmarceval --lint --offline --zone=cols \
	    org.test
	assert_out_match 'DMARC022 .*\[cols:9:33\]'
}

@test "--jobs shares the domains out and keeps their order" {
	local d=(example.com test.example nothing.example)
	local many=("${d[@]}" "${d[@]}" "${d[@]}" "${d[@]}") o
	for o in --lint '--lint -o json' '--lint -o tap' '--lint -o junit' \
	    --lookup '--lookup -o json'; do
		# shellcheck disable=SC2086
		judge --now=1795446437 $o "${many[@]}" >one || :
		# shellcheck disable=SC2086
		judge --now=1795446437 $o --jobs=3 "${many[@]}" >three || :
		[ -s one ]
		assert_same one three
	done
}

@test "--baseline and --ignore" {
	judge --lint -o json test.example >known || [ $? -eq 1 ]
	run -0 --separate-stderr judge --lint --baseline=known test.example
	run -4 --separate-stderr judge --lint --baseline=known test.example \
	    broken.example
	run -1 --separate-stderr judge --lint --ignore=DMARC021 test.example
	run -0 --separate-stderr judge --lint --ignore=DMARC021 \
	    --ignore=DMARC012:test.example --ignore=DMARC015 test.example
	run -66 --separate-stderr judge --lint --baseline=none test.example
	run -64 --separate-stderr judge --lint --ignore=nonsense test.example
	run -64 --separate-stderr judge --ignore=DMARC021 m
	assert_usage dmarceval
}

@test "every code of a finding is in the manual" {
	local c
	for c in $(grep -o 'DMARC[0-9][0-9][0-9]' \
	    "$ROOT/common/dmarc/lint.c"); do
		grep -q "^\.It $c\$" "$ROOT/man/dmarceval.1"
	done
}

@test "the walk asks exactly what RFC 9989 says, in order" {
	dnsd_start --zone=zone
	mail u@a.b.c.d.e.f.g.h.example.com >deep
	run -1 --separate-stderr dmarceval --nameserver="$DNSD" -v --spf=none \
	    --dkim=none deep
	[ "$(grep -o 'TXT _dmarc[^:]*' <<<"$stderr" | head -n 8 |
	    tr '\n' ,)" = "$(printf 'TXT _dmarc.%s,' \
	    a.b.c.d.e.f.g.h.example.com d.e.f.g.h.example.com \
	    e.f.g.h.example.com f.g.h.example.com g.h.example.com \
	    h.example.com example.com com)" ]
	[ "$(grep -c 'dns: ' <<<"$stderr")" -eq 8 ]
}

@test "-h and -V" {
	run -0 --separate-stderr dmarceval --help
	assert_out_has '--multi-author'
	run -0 --separate-stderr dmarceval --version
	assert_out_has 'dmarceval'
}

@test "lint offline: what no zone holds was not checked, which is a note" {
	cat >own <<-'END'
	$ORIGIN example.com.
	$TTL 3600
	@ IN SOA ns h 1 2 3 4 5
	_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:a@collector.example"
	_dmarc.b IN TXT "v=DMARC1; p=reject; rua=mailto:a@no.example.com"
	END
	run -0 --separate-stderr dmarceval --lint --offline --zone=own \
	    -o json example.com
	assert_json .result '"clean"'
	assert_json '[.findings[]|.code]|unique' '["DMARC031"]'
	assert_json '[.findings[]|.message]|any(test("collector.example"))' true
	run -75 --separate-stderr dmarceval --lint --offline --zone=own \
	    elsewhere.example
	assert_out_has DMARC019
	# The record of the name above may apply: none is not said.
	sed 's/^\$ORIGIN .*/$ORIGIN sub.example.com./; /_dmarc/d' own >sub
	run -0 --separate-stderr dmarceval --lint --offline --zone=sub \
	    sub.example.com
	assert_out_lacks DMARC001
	sed '/_dmarc/d' own >none
	run -6 --separate-stderr dmarceval --lint --offline --zone=none \
	    example.com
	assert_out_has DMARC001
}

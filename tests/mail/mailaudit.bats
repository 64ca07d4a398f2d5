#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# mailaudit: each finding by a zone that raises it, and one beside it that
# does not.

bats_require_minimum_version 1.8.0

load ../lib/bats/common

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cat >zone <<-'END'
	$ORIGIN example.
	$TTL 60
	@ IN SOA ns. h. 1 2 3 4 5
	full IN TXT "v=spf1 ip4:192.0.2.25 -all"
	full IN MX 10 mx.full
	mx.full IN A 192.0.2.25
	mx.full IN AAAA 2001:db8::25
	_dmarc.full IN TXT "v=DMARC1; p=reject; rua=mailto:d@full.example"
	r._domainkey.full IN TXT "v=DKIM1; p="
	_mta-sts.full IN TXT "v=STSv1; id=20260101T000000;"
	mta-sts.full IN A 192.0.2.80
	_smtp._tls.full IN TXT "v=TLSRPTv1; rua=mailto:t@full.example"
	park IN TXT "v=spf1 -all"
	park IN MX 0 .
	_dmarc.park IN TXT "v=DMARC1; p=reject; sp=reject; np=reject; rua=mailto:d@full.example"
	park._report._dmarc.full IN TXT "v=DMARC1"
	park.example._report._dmarc.full IN TXT "v=DMARC1"
	open.park IN TXT "x"
	loose IN MX 0 .
	loose IN TXT " v=spf1 -all"
	_dmarc.loose IN TXT "v=DMARC1; p=reject; np=none; rua=mailto:d@loose.example"
	none IN TXT "v=spf1 -all"
	bare IN A 192.0.2.1
	bad IN TXT "v=spf1 -all"
	bad IN MX 10 nowhere.example.
	bad IN MX 10 empty.example.
	bad IN MX 10 alias.example.
	bad IN MX 20 alias.example.
	bad IN MX 10 192.0.2.9.
	bad IN MX 10 ten.example.
	bad IN MX 10 a_b.example.
	bad IN MX 0 .
	empty IN TXT x
	alias IN CNAME mx.full
	ten IN A 10.0.0.1
	a_b IN A 192.0.2.26
	null5 IN MX 5 .
	null5 IN TXT "v=spf1 ip4:192.0.2.1 -all"
	_mta-sts.sts1 IN TXT "v=STSv1; id=a;"
	_mta-sts.sts1 IN TXT "v=STSv1; id=b;"
	_mta-sts.sts2 IN TXT "v=STSv1; id=a-b;"
	_mta-sts.sts3 IN TXT "v=STSv1; id=ab; x=y"
	sts4 IN TXT "v=STSv1; id=ab;"
	_smtp._tls.sts1 IN TXT "v=TLSRPTv1; rua=ftp://x"
	_smtp._tls.sts2 IN TXT "v=TLSRPTv1; rua=mailto:a@park.example,https://x.example/"
	_smtp._tls.sts3 IN TXT "v=TLSRPTv1; rua=mailto:a@full.example; rua=https://x.example/"
	_smtp._tls.sts3 IN TXT "other"
	wild IN TXT "v=spf1 -all"
	*.wild IN TXT "v=spf1 -all"
	END
}

# audit STATUS DOMAIN [OPTION...]
audit() {
	run "-$1" --separate-stderr mailaudit --offline --zone=zone "${@:3}" \
	    "$2.example"
}

@test "a domain that publishes all: notes alone, one word a family" {
	audit 0 full
	assert_out_match '^full.example: clean role=mail spf=clean dkim=clean dmarc=clean mx=clean sts=clean tlsrpt=clean'
	assert_out_has 'STS019 note'
	assert_out_lacks ' error: '
	assert_out_lacks ' warning: '
}

@test "the role decides: parked is right, or AUD002 to AUD004" {
	audit 0 park
	assert_out_match '^park.example: clean role=parked'
	assert_out_lacks AUD00
	audit 6 loose
	assert_out_has 'AUD002 error'
	assert_out_has 'AUD003 warning'
	assert_out_lacks AUD004
	audit 0 none --skip=dmarc
	assert_out_has 'AUD004 note'
	assert_out_lacks AUD002
	audit 1 bare --role=parked --only=mx
	assert_out_has 'AUD004 warning'
	audit 0 bare --role=mail --only=mx
	assert_out_has 'MX002 note'
	assert_out_lacks AUD004
}

@test "each mistake of an exchange has its code" {
	audit 1 bad --only=mx
	for code in MX003 MX006 MX007 MX008 MX009 MX010 MX011 MX012; do
		assert_out_has "$code "
	done
	assert_out_has 'a_b.example'
	audit 1 null5 --only=mx --only=spf
	assert_out_has MX004
	assert_out_has MX005
	audit 0 full --only=mx
	assert_out_lacks ' MX00'
}

@test "MTA-STS and TLS-RPT records" {
	audit 4 sts1 --only=sts --only=tlsrpt
	assert_out_has 'STS002 error'
	assert_out_has 'RPT003 error'
	audit 4 sts2 --only=sts --only=tlsrpt
	assert_out_has 'STS003 error'
	assert_out_has 'RPT006 warning'
	assert_out_lacks RPT003
	audit 1 sts3 --only=sts --only=tlsrpt
	assert_out_has 'STS005 note'
	assert_out_has 'STS006 error'
	assert_out_has 'RPT004 note'
	audit 1 sts4 --only=sts
	assert_out_has 'STS004 warning'
}

@test "DKIM: selectors that are named, and what can be said without" {
	audit 0 full --only=dkim --selector=r
	assert_out_has 'DKIM005 note'
	audit 4 full --only=dkim --selector=s9
	assert_out_has 'DKIM003 error'
	# The zone has an SOA: all its selectors are known.
	audit 0 full --only=dkim
	assert_out_has 'DKIM005 note'
	assert_out_lacks DKIM002
	audit 1 bare --only=dkim --role=mail
	assert_out_has 'DKIM001 warning'
	audit 0 bare --only=dkim --role=receive
	assert_out_lacks DKIM001
}

@test "a domain that does not exist is 6 and nothing else" {
	audit 6 gone
	assert_out_has 'AUD001 error'
	assert_out_lacks SPF001
}

@test "a wildcard answers at underscored names" {
	audit 1 wild --role=receive --only=sts
	assert_out_has 'AUD012 warning'
	audit 0 park --only=sts
	assert_out_lacks AUD012
}

@test "json has the checks and facts; a baseline of a run makes it 0" {
	audit 1 bad --only=mx -o json
	assert_out_has '"checks":{"spf":"skipped"'
	assert_out_has '"facts":{"role":'
	printf '%s\n' "$output" >before
	audit 0 bad --only=mx --baseline=before
	assert_out_empty
	audit 1 null5 --only=mx --baseline=before
}

@test "a list: words, comments, twice the same, one bad line" {
	cat >list <<-'END'
	# our domains
	full.example role=mail selector=r # ours
	FULL.example.
	park.example
	END
	run -0 --separate-stderr mailaudit --offline --zone=zone -o tap \
	    --files-from=list
	assert_out_line 'ok 1 - full.example: clean'
	assert_out_line 'ok 2 - park.example: clean'
	assert_out_line '1..2'
	echo 'park..example' >>list
	run -65 --separate-stderr mailaudit --offline --zone=zone -o tap \
	    --files-from=list
	assert_out_line '1..2'
	assert_err_has 'list:5: '
	run -64 --separate-stderr mailaudit --offline park..example
	assert_out_empty
}

@test "what is no option's value is 64" {
	run -64 --separate-stderr mailaudit --only=mail full.example
	run -64 --separate-stderr mailaudit -o header full.example
	assert_err_has '=header: not one of text json tap junit github sarif '
	run -64 --separate-stderr mailaudit --ignore=ZZZ001 full.example
	run -64 --separate-stderr mailaudit --all-findings full.example
	run -64 --separate-stderr mailaudit -0 full.example
	run -64 --separate-stderr mailaudit
}

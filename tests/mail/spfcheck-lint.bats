#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The lint must never say clean where mail is not.

bats_require_minimum_version 1.8.0

load ../lib/bats/common

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cat >zone <<-'END'
	$ORIGIN example.com.
	$TTL 60
	@ IN SOA ns. h. 1 2 3 4 5
	@ IN MX 10 m
	m IN A 192.0.2.25
	m IN AAAA 2001:db8::25
	a0 IN TXT "v=spf1 a:m.example.com/0 -all"
	mx0 IN TXT "v=spf1 mx:example.com/0 -all"
	ex IN TXT "v=spf1 exists:m.example.com -all"
	w8 IN TXT "v=spf1 a:m.example.com/8 mx:example.com/12 -all"
	m1 IN TXT "v=spf1 include:nothere.%{d} -all"
	m2 IN TXT "v=spf1 include:all.%{d} -all"
	all.m2 IN TXT "v=spf1 +all"
	m3 IN TXT "v=spf1 a:%{l}.example.com/0 -all"
	m4 IN TXT "v=spf1 redirect=_spf.%{d}"
	_spf.m4 IN TXT "v=spf1 a:m.example.com a:m.example.com -all"
	v1 IN MX 10 dead1
	v1 IN MX 20 m
	v IN TXT "v=spf1 mx:v1.example.com mx:v1.example.com mx:v1.example.com -all"
	after IN TXT "v=spf1 include:after2.example.com -all include:nothere.example.com a a a a a a a a a a a"
	after2 IN TXT "v=spf1 ip4:192.0.2.1 -all include:nothere.example.com"
	mxm IN TXT "v=spf1 mx:m.example.com -all"
	low IN TXT "v=spf1 include:_spf.mailing.gmx.example -all"
	exp IN TXT "v=spf1 -all exp=nothere.example.com ra=x rp=10 rr=all"
	near IN TXT " v=spf1 -all"
	n1 IN TXT "v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all"
	n2 IN TXT "v=spf1 -all include:w8.example.com"
	n3 IN TXT "v=spf1 ip6:::ffff:1.2.3.4/3 ip4:10.0.0.0/9 ip4:10.128.0.0/9 -all"
	half IN TXT "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"
	dead IN TXT "v=spf1 a:nothere.example.com/0 -all"
	six IN TXT "v=spf1 a:m4a.example.com a:m4b.example.com a:m4c.example.com -all"
	m4c IN A 192.0.2.32
	m4a IN A 192.0.2.30
	m4b IN A 192.0.2.31
	safe IN TXT "v=spf1 a:m.example.com/24 mx:example.com -all"
	ext IN TXT "v=spf1 include:big.test -all"
	ext8 IN TXT "v=spf1 include:open.test -all"
	many IN TXT "v=spf1 ip4:198.51.0.0 ip4:198.51.0.2 ip4:198.51.0.4 ip4:198.51.0.6 ip4:198.51.0.8 ip4:198.51.0.10 ip4:198.51.0.12 ip4:198.51.0.14 " "ip4:198.51.1.0 ip4:198.51.1.2 ip4:198.51.1.4 ip4:198.51.1.6 ip4:198.51.1.8 ip4:198.51.1.10 ip4:198.51.1.12 ip4:198.51.1.14 " "ip4:198.51.2.0 ip4:198.51.2.2 ip4:198.51.2.4 ip4:198.51.2.6 ip4:198.51.2.8 ip4:198.51.2.10 ip4:198.51.2.12 ip4:198.51.2.14 " "ip4:198.51.3.0 ip4:198.51.3.2 ip4:198.51.3.4 ip4:198.51.3.6 ip4:198.51.3.8 ip4:198.51.3.10 ip4:198.51.3.12 ip4:198.51.3.14 " "ip4:198.51.4.0 ip4:198.51.4.2 ip4:198.51.4.4 ip4:198.51.4.6 ip4:198.51.4.8 ip4:198.51.4.10 ip4:198.51.4.12 ip4:198.51.4.14 " "ip4:198.51.5.0 ip4:198.51.5.2 ip4:198.51.5.4 ip4:198.51.5.6 ip4:198.51.5.8 ip4:198.51.5.10 ip4:198.51.5.12 ip4:198.51.5.14 -all"
	mac IN TXT "v=spf1 exists:%{i}.example.com ip4:192.0.2.0/25 ip4:192.0.2.128/25 -all"
	END
	cat >test.zone <<-'END'
	$ORIGIN test.
	$TTL 60
	@ IN SOA ns. h. 1 2 3 4 5
	big IN TXT "v=spf1 ip4:10.0.0.0/8 ip4:40.0.0.0/8 ptr a:nothere.big.test ?all"
	open IN TXT "v=spf1 +all"
	END
	printf '$ORIGIN gmx.example.\n$TTL 60\n@ IN SOA ns. h. 1 2 3 4 5\n' >gmx
}

# lint STATUS NAME: with all zones.
lint() {
	run "-$1" --separate-stderr spfcheck --lint --offline --zone=zone \
	    --zone=test.zone --zone=gmx "${@:3}" "$2.example.com"
}

@test "A1: what passes the whole internet is an error, by any term" {
	for d in a0 mx0 ex half ext8; do
		lint 1 $d
		assert_out_has 'SPF008 error'
	done
	lint 1 w8
	assert_out_has 'SPF023 warning: column 8'
	assert_out_has 'SPF023 warning: column 26'
	lint 0 safe
	assert_out_match '^safe.example.com: clean'
	lint 1 dead
	assert_out_lacks SPF008
}

@test "A2: macros of the domain itself are followed" {
	lint 1 m1
	assert_out_has 'SPF015 error: column 8'
	lint 1 m2
	assert_out_has 'SPF008 error: all.m2.example.com'
	lint 1 m3
	assert_out_has 'SPF008 error'
	lint 1 m4
	assert_out_has 'lookups 3 of 10'
}

@test "A3: a void counts once a term, a dead exchanger's too" {
	lint 1 v
	assert_out_has 'SPF006 error'
	run -4 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=203.0.113.1 --mail-from=a@v.example.com
	assert_out_has void
}

@test "A3: a family without addresses is an error: its clients get permerror" {
	lint 1 six
	assert_out_has 'SPF007 error'
	run -4 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=2001:db8::9 --mail-from=a@six.example.com
}

@test "A4: terms after all are neither counted nor followed" {
	lint 1 after
	assert_out_has 'SPF011 warning: column 40'
	assert_out_has 'lookups 1 of 10'
	for code in SPF005 SPF006 SPF007 SPF014 SPF015; do
		assert_out_lacks $code
	done
}

@test "A5: the name and the cause that are meant" {
	lint 1 mxm
	assert_out_has 'm.example.com has an address and no MX: a:m.example.com was meant'
	lint 1 v
	assert_out_has 'dead1.example.com has no address'
	lint 1 low
	assert_out_has 'SPF015 error'
	assert_out_has 'only the owner of the zone above'
	assert_out_lacks SPF014
}

@test "A6: exp without a text, near misses, RFC 6652" {
	lint 1 exp
	assert_out_has 'SPF032 warning: column 13'
	assert_out_lacks SPF022
	lint 6 near
	assert_out_has SPF033
}

@test "A7: what others publish is a note, unless it endangers" {
	lint 0 ext
	assert_out_has 'SPF023 note: big.test'
	assert_out_has 'SPF025 note: big.test'
	lint 1 ext8
	assert_out_has 'SPF008 error: open.test'
}

@test "A8: --fail-on, --ignore, and what is new" {
	lint 0 w8 --fail-on=error
	lint 1 w8 --fail-on=warning
	lint 1 ext --fail-on=note
	lint 0 a0 --fail-on=never
	lint 64 a0 --fail-on=always
	lint 64 a0 --ignore=SPF999
	lint 64 a0 --ignore=DMARC001
	lint 64 a0 --all-findings
	spfcheck --lint --offline --zone=zone -o json a0.example.com >known || :
	lint 0 a0 -q --baseline=known
	assert_out_empty
	lint 1 w8 -q --baseline=known
	assert_out_has 'SPF023 warning'
	assert_out_lacks lookups
	lint 0 a0 -o tap --baseline=known
	assert_out_lacks SPF008
	lint 0 a0 -o junit --baseline=known
	assert_out_lacks SPF008
	lint 0 a0 -o json --baseline=known
	assert_out_lacks SPF008
	lint 0 a0 -o json --baseline=known --all-findings
	assert_out_has SPF008
	# What could not be checked is never known.
	run -75 --separate-stderr spfcheck --lint --offline -o json a0.example.com
	printf '%s\n' "$output" >down
	run -75 --separate-stderr spfcheck --lint --offline --baseline=down a0.example.com
	run -0 --separate-stderr spfcheck --lint --offline --ignore=SPF004 a0.example.com
}

@test "networks: exact where the first match decides, or not complete" {
	run -0 --separate-stderr spfcheck --networks --offline --zone=zone n1.example.com
	assert_out_line 192.0.2.0/32
	assert_out_line 192.0.2.128/25
	[ "$(wc -l <<<"$output")" -eq 8 ]
	run -0 --separate-stderr spfcheck --networks --offline --zone=zone n2.example.com
	assert_out_empty
	run -0 --separate-stderr spfcheck --networks --offline --zone=zone n3.example.com
	assert_out "10.0.0.0/8
::/3"
	run -0 --separate-stderr spfcheck --networks --offline --zone=zone -o json n1.example.com
	assert_json .complete true
	run -1 --separate-stderr spfcheck --networks --offline --zone=zone -o json mac.example.com
	assert_json .complete false
	assert_json .networks '["192.0.2.0/24"]'
}

@test "networks: --format=postfix, nft and record" {
	net() {
		run "-$1" --separate-stderr spfcheck --networks --offline \
		    --zone=zone "--format=$2" "$3.example.com"
	}
	net 0 postfix n3
	assert_out '# who may send for n3.example.com
10.0.0.0/8	permit
::/3	permit'
	net 0 nft n3
	assert_out_has 'set spf_n3_example_com_4 {'
	assert_out_has 'elements = { ::/3 }'
	net 0 record n3
	assert_out 'n3.example.com. IN TXT "v=spf1 ip4:10.0.0.0/8 ip6:::/3 -all"'
	# What depends on the mail stays, in its place.
	net 0 record mac
	assert_out 'mac.example.com. IN TXT "v=spf1 exists:%{i}.example.com ip4:192.0.2.0/24 -all"'
	net 0 record many
	assert_out_has 'many.example.com. IN TXT "v=spf1 include:_spf1.many.example.com'
	assert_out_has '_spf2.many.example.com. IN TXT'
	{ printf '$TTL 60\n$ORIGIN example.com.\n@ IN SOA ns. h. 1 2 3 4 5\n'
	    printf '%s\n' "$output"; } >flat
	run -0 --separate-stderr spfcheck --lint --offline --zone=flat many.example.com
	# Where there is none, why.
	net 1 record m1
	assert_out_empty
	assert_err_has 'cannot be flattened'
	net 64 yaml n3
	run -64 --separate-stderr spfcheck --lint --format=nft --offline --zone=zone n3.example.com
	assert_usage spfcheck
}

# ---- what was not checked ----

audit() {
	spfcheck --lint --offline --zone=zone "$@"
}

@test "offline, what no zone holds is unknown: a note, and how many" {
	cat >zone <<<'$ORIGIN .
$TTL 60
example.com. IN SOA ns h 1 2 3 4 5
example.com. IN MX 0 mail.outlook.example.
example.com. IN TXT "v=spf1 mx a:host.other.example exists:x.third.example include:_spf.provider.example -all"
own.example.com. IN TXT "v=spf1 include:gone.example.com -all"
to.example.com. IN TXT "v=spf1 redirect=_spf.provider.example"'
	run -0 --separate-stderr audit example.com -o json
	assert_json '[.result,.facts.lookups_unknown]' '["clean",4]'
	assert_json '[.findings[]|.code]|unique' '["SPF034"]'
	assert_json '[.findings[]|.severity]|unique' '["note"]'
	run -0 --separate-stderr audit example.com
	assert_out_has '4 lookups are not known'
	run -0 --separate-stderr audit to.example.com
	# A name of the zone is known: that one is gone.
	run -1 --separate-stderr audit own.example.com
	assert_out_has SPF015
	assert_out_lacks SPF034
	# The operand itself was not looked at: never clean.
	run -75 --separate-stderr audit elsewhere.example
	assert_out_has SPF004
	# A list for firewalls says that it is not whole.
	run -1 --separate-stderr spfcheck --networks --offline --zone=zone \
	    example.com -o json
	assert_json .complete false
	run -1 --separate-stderr spfcheck --networks --offline --zone=zone \
	    example.com --format=record
	# A verdict takes it for gone, as before.
	run -4 --separate-stderr spfcheck --offline --zone=zone \
	    --ip=192.0.2.1 --mail-from=a@to.example.com
	assert_out_has include-none
}

@test "a, mx and exists of a domain that anyone may register are SPF014" {
	cat >zone <<<'$ORIGIN .
$TTL 60
example. IN SOA ns h 1 2 3 4 5
had.example. IN TXT x
a.example. IN TXT "v=spf1 a:mail.nobody.example -all"
b.example. IN TXT "v=spf1 mx:nobody.example -all"
c.example. IN TXT "v=spf1 exists:x.nobody.example -all"
d.example. IN TXT "v=spf1 a:gone.had.example mx:gone.had.example exists:gone.had.example -all"'
	for d in a b c; do
		run -1 --separate-stderr audit "$d.example"
		assert_out_has 'SPF014 error'
		assert_out_has 'nobody.example does not exist'
		assert_out_lacks SPF025
	done
	run -1 --separate-stderr audit d.example
	assert_out_has SPF025
	assert_out_lacks SPF014
}

# ---- which domains ----

@test "no operand: all owners of the zones with SPF, MX or _dmarc" {
	cat >own <<-'END'
	$ORIGIN example.net.
	$TTL 60
	@ IN SOA ns h 1 2 3 4 5
	@ IN TXT "v=spf1 -all"
	www IN A 192.0.2.1
	note IN TXT "v=other"
	mail IN MX 0 .
	*.wild IN MX 0 .
	_dmarc.news IN TXT "v=DMARC1; p=reject; rua=mailto:a@example.net"
	_spf IN TXT "v=spf1 ip4:192.0.2.1 -all"
	END
	run -6 --separate-stderr spfcheck --lint --offline --zone=own -o json
	[ "$(jq -r .domain <<<"$output" | tr '\n' ' ')" = \
	    '_spf.example.net example.net mail.example.net news.example.net ' ]
	run -0 --separate-stderr dmarceval --lookup --offline --zone=own \
	    news.example.net
	run -64 --separate-stderr spfcheck --lint --offline
	assert_usage spfcheck
	echo 'www.example.net. 60 IN A 192.0.2.1' >empty
	run -65 --separate-stderr spfcheck --lint --offline --zone=empty
	assert_err_has 'no owner'
}

@test "--files-from lists domains; a bad line is a finding with its place" {
	printf '%s\n' safe.example.com '' 'no..name' w8.example.com >list
	run -1 --separate-stderr spfcheck --lint --offline --zone=zone \
	    --files-from=list
	assert_out_has 'safe.example.com: clean'
	assert_out_has 'LIST001 error: not a domain name: list:3'
	assert_out_has SPF023
	printf 'safe.example.com\0' >nul
	run -0 --separate-stderr spfcheck --lint --offline --zone=zone \
	    --files-from=nul -0
	run -0 --separate-stderr spfcheck --lint --offline --zone=zone \
	    --files-from=- <<<safe.example.com
	run -1 --separate-stderr dmarceval --lint --offline --zone=zone \
	    --files-from=list --fail-on=error --ignore=DMARC001 -o json
	[ "$(jq -r '.findings[].code' <<<"$output" | grep -c LIST001)" -eq 1 ]
	run -66 --separate-stderr spfcheck --lint --files-from=nowhere
}

@test "junit: what was not checked is an error, and nothing is escaped twice" {
	printf '$ORIGIN j.example.\n$TTL 60\n@ SOA ns h 1 2 3 4 5\nb TXT "v=spf1 a:\\001 -all"\n' >j
	run -75 --separate-stderr spfcheck --lint --offline --zone=zone \
	    --zone=j -o junit safe.example.com b.j.example elsewhere.example
	assert_out_has 'tests="3" failures="1" errors="1"'
	assert_out_has '\x01'
	assert_out_lacks '\\x01'
}

# places: a zone whose records stand in two files, over several lines.
places() {
	mkdir sub
	printf '%s\n' '$ORIGIN example.com.' '@ 300 IN SOA ns a 1 1 1 1 60' \
	    '@ IN TXT ( "v=spf1 include:gone.exam"' \
	    '   "ple.com a:nothere.example.com ~all" )' 'other MX 10 mx' \
	    '$INCLUDE sub/x.zone' >"${1:-z.zone}"
	echo 'inc TXT "v=spf1 +all"' >sub/x.zone
}

@test "places: file, line and column of what came from a zone, in each format" {
	places
	run -1 --separate-stderr spfcheck --lint --offline --zone=z.zone \
	    example.com inc.example.com
	for place in 'SPF015 error: column 8.*z.zone:3:20' \
	    'SPF025 warning: column 33.*z.zone:4:13' \
	    'SPF008 error: column 8.*sub/x.zone:1:17'; do
		grep -qE "^  ${place%.\**}: .* \[${place##*.\*}\]\$" <<<"$output"
	done
	run -1 --separate-stderr spfcheck --lint --offline --zone=z.zone \
	    -o json example.com
	assert_json '[.findings[] | [.file, .line, .file_column]]' \
	    '[["z.zone",3,20],["z.zone",4,13]]'
	run -6 --separate-stderr spfcheck --lint --offline --zone=z.zone \
	    -o json other.example.com
	assert_json '.findings[0] | [.file, .line, .file_column]' \
	    '[null,null,null]'
	run -1 --separate-stderr spfcheck --lint --offline --zone=z.zone \
	    -o tap example.com
	assert_out_has '      file: "z.zone"'
	assert_out_has '      line: 3'
	run -1 --separate-stderr spfcheck --lint --offline --zone=z.zone \
	    -o junit inc.example.com
	assert_out_has 'name="inc.example.com" file="sub/x.zone" line="1">'
	assert_out_has ' [sub/x.zone:1:17]; '
	# A record that was handed in stands in no zone.
	run -1 --separate-stderr spfcheck --lint --offline --zone=z.zone \
	    --policy='v=spf1 +all' example.com
	assert_out_has 'SPF008 error: column 8: '
}

@test "places: github's commands, escaped" {
	places 'a,b:%c.zone'
	run -1 --separate-stderr spfcheck --lint --offline \
	    --zone="./a,b:%c.zone" -o github example.com
	assert_out_has '::error file=./a%2Cb%3A%25c.zone,line=3,col=20,title=SPF015::example.com: '
	[ "${#lines[@]}" -eq 2 ]
	run -6 --separate-stderr spfcheck --lint --offline \
	    --zone="./a,b:%c.zone" -o github other.example.com
	assert_out_has '::error title=SPF001::other.example.com: '
}

@test "places: SARIF has what has a place, and says how much has none" {
	need jq
	places 'a b.zone'
	run -1 --separate-stderr spfcheck --lint --offline --zone='a b.zone' \
	    -j 2 -o sarif example.com inc.example.com other.example.com
	assert_json '.version' '"2.1.0"'
	assert_json '[.runs[0].results[] | [.ruleId, .level,
	    (.locations[0].physicalLocation | .artifactLocation.uri,
	    .region.startLine, .region.startColumn)]]' \
	    '[["SPF015","error","a%20b.zone",3,20],["SPF025","warning","a%20b.zone",4,13],["SPF008","error","sub/x.zone",1,17]]'
	assert_json '[.runs[0].results[].partialFingerprints[] | length]' \
	    '[64,64,64]'
	assert_err_has 'spfcheck: 1 findings stand in no zone file'
	# A line of a list is a place.
	printf 'example.com\nno name\n' >list
	run -1 --separate-stderr spfcheck --lint --offline --zone='a b.zone' \
	    --files-from=list -o sarif
	assert_json '.runs[0].results[] | select(.ruleId == "LIST001") |
	    .locations[0].physicalLocation |
	    [.artifactLocation.uri, .region.startLine]' '["list",2]'
	# So is it for a good name, where no zone holds what is found.
	printf '\nexample.com\nother.example.com\n' >list
	run -1 --separate-stderr spfcheck --lint --offline --zone='a b.zone' \
	    --files-from=list -o sarif
	assert_err_empty
	assert_json '[.runs[0].results[] | select(.ruleId == "SPF001") |
	    .locations[0].physicalLocation | .artifactLocation.uri,
	    .region.startLine]' '["list",3]'
	assert_json '[.runs[0].results[] | select(.ruleId == "SPF025") |
	    .locations[0].physicalLocation | .artifactLocation.uri,
	    .region.startLine]' '["a%20b.zone",4]'
	run -1 --separate-stderr spfcheck --lint --offline --zone='a b.zone' \
	    --files-from=list -o github
	assert_out_has 'file=list,line=3,col=1,title=SPF001::other.example.com: '
	assert_out_has 'file=a b.zone,line=4,'
	# Not for people, and not for what came on standard input.
	run -1 --separate-stderr spfcheck --lint --offline --zone='a b.zone' \
	    --files-from=list
	assert_out_lacks list:3
	run -1 --separate-stderr spfcheck --lint --offline --zone='a b.zone' \
	    --files-from=- -o github <list
	assert_out_lacks 'file=-'
	run -64 --separate-stderr spfcheck -o sarif --ip=192.0.2.1 --helo=a
	assert_usage spfcheck
}

# A domain that sends through three big providers; with "whole", and what those
# published at one time.
providers() {
	cat >zone <<-'END'
	$ORIGIN example.com.
	$TTL 3600
	@ SOA ns hostmaster 1 3600 600 86400 300
	@ NS ns
	ns A 192.0.2.53
	@ MX 1 smtp.google.com.
	@ TXT "v=spf1 include:_spf.google.com include:spf.protection.outlook.com include:sendgrid.net -all"
	_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@reports.example.net"
	END
	[ "${1-}" = whole ] || return 0
	# A name below no zone is one of its own.
	cat >providers <<-'END'
	$ORIGIN .
	$TTL 300
	_spf.google.com. TXT "v=spf1 include:_netblocks.google.com include:_netblocks2.google.com include:_netblocks3.google.com ~all"
	_netblocks.google.com. TXT "v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 ip4:72.14.192.0/18 ip4:74.125.0.0/16 ip4:108.177.8.0/21 ip4:173.194.0.0/16 ip4:209.85.128.0/17 ip4:216.58.192.0/19 ip4:216.239.32.0/19 ~all"
	_netblocks2.google.com. TXT "v=spf1 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36 ip6:2607:f8b0:4000::/36 ip6:2800:3f0:4000::/36 ip6:2a00:1450:4000::/36 ip6:2c0f:fb50:4000::/36 ~all"
	_netblocks3.google.com. TXT "v=spf1 ip4:172.217.0.0/19 ip4:172.217.32.0/20 ip4:172.217.128.0/19 ip4:172.217.160.0/20 ip4:172.217.192.0/19 ip4:172.253.56.0/21 ip4:172.253.112.0/20 ip4:108.177.96.0/19 ip4:35.191.0.0/16 ip4:130.211.0.0/22 ~all"
	spf.protection.outlook.com. TXT "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 ip4:52.103.0.0/17 ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 ip6:2a01:111:f403:8000::/51 ip6:2a01:111:f403:c000::/51 ip6:2a01:111:f403:f000::/52 -all"
	sendgrid.net. TXT "v=spf1 ip4:167.89.0.0/17 ip4:208.117.48.0/20 ip4:50.31.32.0/19 ip4:198.37.144.0/20 ip4:198.21.0.0/21 ip4:192.254.112.0/20 ip4:168.245.0.0/17 ip4:149.72.0.0/16 ip4:159.183.0.0/16 include:ab.sendgrid.net ~all"
	ab.sendgrid.net. TXT "v=spf1 ip4:223.165.113.0/24 ip4:223.165.115.0/24 ip4:223.165.118.0/23 ip4:223.165.120.0/23 ~all"
	END
	grep -v '^\$ORIGIN' providers >>zone
}

# The lines of spfcheck(1) for CI and cron, each in a script, as printed.
printed() {
	mkdir scripts
	awk -v out=scripts -f "$ROOT/tests/lib/run/examples.awk" \
	    "$ROOT/man/spfcheck.1"
	CI=$(grep -l -e '--lint -o' scripts/* | head -n 1)
	CRON=$(grep -l -e '--baseline' scripts/*)
	[ "$(grep -c spfcheck "$CI")" -eq 2 ]
	[ "$(grep -c spfcheck "$CRON")" -eq 2 ]
}

@test "the lines for CI and cron, as printed: three big providers are no fault" {
	local how
	printed
	for how in '' whole; do
		providers $how
		run -0 --separate-stderr sh -e "$CI"
		assert_err_empty
		assert_out_has 'ok 1 - example.com: clean'
		assert_out_lacks 'not ok'
		assert_out_lacks '::warning'
		assert_out_lacks '::error'
		# Nothing is mailed, by the first run or by any other.
		run -0 --separate-stderr sh -e "$CRON"
		assert_err_empty
		assert_out_empty
		run -0 --separate-stderr dmarceval --lint --offline \
		    --zone=zone -q example.com
		assert_err_empty
		assert_out_empty
	done
	# What the owner himself does wrong is not lost among theirs.
	sed -i 's/sendgrid.net -all"/sendgrid.net a:mail.gone ip4:10.0.0.0\/8 ?all"/' \
	    zone
	run -1 --separate-stderr sh -e "$CI"
	assert_out_has 'not ok 1'
	run -1 --separate-stderr spfcheck --offline --zone=zone --lint -q \
	    --baseline=known.json example.com
	assert_out_has 'SPF029 warning'
}

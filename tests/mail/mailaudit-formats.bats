#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# mailaudit: documents for people and for monitoring, with strangers' text in
# them; and files of findings that are ignored.

bats_require_minimum_version 1.8.0

load ../lib/bats/common

setup() {
	use_tmp
	cat >zone <<-'END'
	$ORIGIN example.
	$TTL 60
	@ IN SOA ns. h. 1 2 3 4 5
	park IN TXT "v=spf1 -all"
	park IN MX 0 .
	_dmarc.park IN TXT "v=DMARC1; p=reject; sp=reject; np=reject; rua=mailto:d@evil.example"
	park.example._report._dmarc.evil IN TXT "v=DMARC1;"
	evil IN TXT "v=spf1 foo:<script>alert(1)</script>|=\"cmd\"`x`::error::\001\\ -all"
	evil IN MX 10 @a|b<c>.example.
	END
	A=(mailaudit --offline --zone=zone --now=2026-11-27T00:00:00Z)
}

# audit STATUS [OPTION...]
audit() {
	run "-$1" --separate-stderr "${A[@]}" "${@:2}"
}

@test "markdown: a table of domains, a table of findings, no markup of theirs" {
	audit 4 -o markdown park.example evil.example
	assert_out_has '| Domain | Result | Role | spf | dkim |'
	assert_out_match '\| park.example \| clean \| parked \| clean \|'
	assert_out_has '| evil.example | SPF003 | error | '
	assert_out_has '&lt;script&gt;'
	assert_out_lacks '<script'
	assert_out_has '\|='
	# As many cells in each line as its head has.
	awk -F'[^\\\\][|]' '/^\|/ { if (n && NF != n) exit 1; n = NF }
	    /^$/ { n = 0 }' <<<"$output"
	audit 0 -o markdown park.example
	assert_out_has '| park.example | clean |'
}

@test "csv: read by another, a line a finding, no formula" {
	need_python csv
	audit 4 -o csv park.example evil.example
	printf '%s\n' "$output" | "$PYTHON" -c '
import csv, sys
rows = list(csv.DictReader(sys.stdin))
assert rows and all(None not in r and len(r) == 14 for r in rows), rows
assert {r["code"] for r in rows} >= {"SPF003"}
assert not any(v and v[0] in "=+-@" for r in rows for v in r.values())
assert any(v[:2] == "\x27@" for r in rows for v in r.values()), rows
assert any("\"cmd\"" in r["term"] for r in rows)'
	audit 0 -o csv --only=spf park.example
	assert_out_match '^domain,result,role,code,[a-z,]*$'
}

@test "html: well formed, without script, with nothing loaded" {
	need xmllint
	audit 4 -o html park.example evil.example
	assert_out_has "default-src 'none'"
	assert_out_has '&lt;script&gt;alert(1)'
	assert_out_lacks '<script'
	assert_out_lacks 'src="'
	assert_out_lacks 'http:'
	assert_out_lacks 'https:'
	printf '%s\n' "$output" >page.html
	run -0 --separate-stderr xmllint --html --noout page.html
	assert_err_empty
	run -0 xmllint --html --xpath 'count(//tbody/tr)' page.html
	assert_out 2
}

@test "prometheus: each metric once, its lines together, labels escaped" {
	audit 4 -o prometheus park.example evil.example
	assert_out_line 'vouchsafe_audit_result{domain="park.example"} 0'
	assert_out_line 'vouchsafe_audit_result{domain="evil.example"} 4'
	assert_out_line 'vouchsafe_audit_domains 2'
	assert_out_line 'vouchsafe_audit_time_seconds 1795737600'
	assert_out_has 'domain="evil.example",severity="error"} '
	awk '/^# TYPE/ { if ($3 in seen) exit 1; seen[$3]; now = $3; next }
	    /^#/ { next }
	    { sub(/[{ ].*/, ""); if ($0 != now) exit 1 }' <<<"$output"
	audit 6 -o prometheus gone.example
	assert_out_line 'vouchsafe_audit_result{domain="gone.example"} 6'
	assert_out_lacks vouchsafe_audit_check
}

@test "--nagios: its four statuses, one line first, one | in it" {
	audit 0 --nagios park.example
	assert_out_match '^MAILAUDIT OK - 1 domain, .* [|] domains=1 errors=0 '
	audit 2 --nagios park.example evil.example
	assert_out_match '^MAILAUDIT CRITICAL - 2 domains, '
	[ "$(printf %s "$output" | tr -dc '|')" = '|' ]
	assert_out_has 'evil.example: SPF003 error: '
	audit 1 --nagios --only=spf --role=mail --only=dkim park.example
	assert_out_match '^MAILAUDIT WARNING '
	run -3 --separate-stderr mailaudit --nagios --offline park.example
	assert_out_match '^MAILAUDIT UNKNOWN '
	audit 3 --nagios park..example
	audit 3 --nagios -o json park.example
	assert_err_has 'not with --output'
}

@test "-q with a baseline: what is new, and else no document at all" {
	"${A[@]}" -o json evil.example >before || [ $? -eq 4 ]
	for format in json sarif markdown csv html; do
		audit 0 -q -o $format --baseline=before evil.example
		assert_out_empty
	done
	audit 0 -o sarif --baseline=before evil.example
	assert_out_has '"results":[]'
	audit 4 -q -o sarif evil.example
	assert_out_has '"SPF003"'
	audit 4 -q -o markdown --baseline=/dev/null evil.example
	assert_out_has SPF003
	audit 0 -q -o prometheus --baseline=before evil.example
	assert_out_line 'vouchsafe_audit_result{domain="evil.example"} 0'
}

@test "--ignore-file: until a day, for a reason; what is past or idle is said" {
	cat >ignored <<-'END'
	# what we live with
	SPF003:evil.example until 2026-11-27 # a ticket is open
	MX006 until 2026-11-26T23:59:59Z
	AUD009 # nothing

	DMARC001
	END
	sed -i '/AUD009/s/.*/SPF001/' ignored
	audit 1 --only=spf --only=mx --ignore-file=ignored evil.example
	assert_out_has 'SPF003 error (known)'
	assert_out_has 'MX006 error: '
	assert_err_has 'ignored:3: its date is past: it counts no more'
	assert_err_has 'ignored:4: matched no finding'
	assert_err_lacks ignored:2
	audit 0 -q --only=spf --ignore-file=ignored evil.example
	assert_err_empty
	run -4 --separate-stderr mailaudit --offline --zone=zone --only=spf \
	    --now=2026-11-28T00:00:00Z --ignore-file=ignored evil.example
	assert_err_has 'ignored:2: its date is past'
	for line in SPF SPF003:a..b 'SPF003 until' 'SPF003 until 2026-13-01' \
	    'SPF003 by 2026-12-01' 'ZZZ001'; do
		printf '\n%s\n' "$line" >ignored
		audit 78 --ignore-file=ignored park.example
		assert_err_has 'ignored: line 2: '
		assert_out_empty
	done
	audit 66 --ignore-file=missing park.example
}

@test "--progress and --syslog beside the output" {
	audit 0 --progress park.example
	assert_err_has 1
	audit 0 --syslog=local3 park.example
	audit 64 --syslog=nobody park.example
}

@test "what a zone holds has its place, whatever family found it; else the list" {
	cat >ma.zone <<-'END'
	$ORIGIN example.com.
	$TTL 300
	@ SOA ns h 1 2 3 4 5
	ns A 192.0.2.1
	@ TXT "v=spf1 ptr -all"
	@ MX 10 mail
	mail CNAME ns
	@ MX 20 gone
	_dmarc TXT "v=DMARC1; p=none"
	s1._domainkey TXT "x" "v=DKIM1; k=rsa; p=!"
	_mta-sts TXT "v=STSv1; id=x!"
	_smtp._tls TXT "other"
	_smtp._tls TXT "v=TLSRPTv1;rua=x"
	END
	printf '\nexample.com\nno.example role=mail\n' >list
	local audit=(mailaudit --offline --zone=ma.zone)
	run --separate-stderr "${audit[@]}" --files-from=list -o github
	local l
	for l in 'ma.zone,line=5,col=15,title=SPF012' \
	    'ma.zone,line=6,col=3,title=MX008' \
	    'ma.zone,line=8,col=3,title=MX006' \
	    'ma.zone,line=9,col=23,title=DMARC025' \
	    'ma.zone,line=10,col=20,title=DKIM004' \
	    'ma.zone,line=11,col=15,title=STS003' \
	    'ma.zone,line=13,col=17,title=RPT003' \
	    'list,line=2,col=1,title=AUD017' \
	    'list,line=3,col=1,title=SPF004'; do
		assert_out_has "file=$l"
	done
	assert_out_lacks '::error title'
	assert_out_lacks '::warning title'
	run --separate-stderr "${audit[@]}" --files-from=list -o sarif
	assert_err_lacks 'stand in no zone file'
	# Without a list what no zone holds has no place, nor has it for people.
	run --separate-stderr "${audit[@]}" -o github no.example
	assert_out_has '::error title=SPF004'
	run --separate-stderr "${audit[@]}" --files-from=list
	assert_out_has '[ma.zone:8:3]'
	assert_out_lacks 'list:'
	run --separate-stderr "${audit[@]}" --files-from=- -o github <list
	assert_out_has '::error title=SPF004'
}

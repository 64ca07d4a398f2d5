#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dmarcreport(1), the reading half: what is stored, once; whom it believes;
# what is refused; what is shown.
# shellcheck disable=SC2317
bats_require_minimum_version 1.8.0
load ../lib/bats/common

SAMPLES=$BATS_TEST_DIRNAME/../../examples/reports
NOW=1795500000

setup() {
	use_tmp
	cp "$SAMPLES"/* .
	one='mx.example.net!example.com!1795305600!1795391999.xml'
	cp "$one" one.xml
}

read_in() {
	dmarcreport read --home=H --offline --now=$NOW "$@"
}
sums() {
	dmarcreport show --home=H --now=$NOW -o json domains |
	    jq -c '.rows[0]|[.messages,.pass]'
}
# mail FILE: as an attachment, in base64.
mail() {
	printf '%s\n' 'From: dmarc@mx.example.net' 'To: d@example.com' \
	    'Subject: Report Domain: example.com Submitter: mx.example.net Report-ID: <0mxexamplenet>' \
	    'Message-ID: <1@mx.example.net>' \
	    'Date: Mon, 23 Nov 2026 06:00:00 +0000' 'MIME-Version: 1.0' \
	    "Content-Type: application/gzip; name=\"${one%.xml}.xml.gz\"" \
	    'Content-Transfer-Encoding: base64' ''
	gzip -9nc "$1" | base64
}

@test "read stores each report once, however often it comes and in what" {
	gzip -9nk one.xml
	mail one.xml >m.eml
	run -0 --separate-stderr read_in -q one.xml one.xml.gz m.eml
	assert_out_empty
	run -0 --separate-stderr sums
	assert_out '[298,239]'
	run -0 --separate-stderr read_in one.xml
	assert_err_has 'one.xml: duplicate, kind aggregate'
	run -0 --separate-stderr sums
	assert_out '[298,239]'
}

@test "the sums of days are the sums of rows" {
	need sqlite3
	run -0 --separate-stderr read_in -q ./*.xml
	run -0 --separate-stderr sqlite3 H/store.db "SELECT sum(count) - \
	    (SELECT sum(messages) FROM day) FROM row"
	assert_out 0
}

@test "a long period is spread over its days, sums exact" {
	need sqlite3
	sed 's/<begin>1795305600/<begin>1794700800/' one.xml >long.xml
	run -0 --separate-stderr read_in -q long.xml
	run -0 --separate-stderr sqlite3 H/store.db \
	    "SELECT count(DISTINCT day), sum(messages) FROM day"
	assert_out '8|298'
	run -0 --separate-stderr read_in --no-store -o json long.xml
	assert_json '[.findings[]|.code]' '["AGG021"]'
}

@test "another content under the same identity is a conflict" {
	read_in -q one.xml
	sed 's/<count>298/<count>1/; s|<count>[0-9]*|<count>7|' one.xml >two.xml
	run -1 --separate-stderr read_in two.xml
	assert_err_has 'two.xml: conflict, kind aggregate'
	run -0 --separate-stderr sums
	assert_out '[298,239]'
	run -0 --separate-stderr read_in --replace two.xml
	run -0 --separate-stderr sums
	assert_out '[35,14]'
	run -0 --separate-stderr dmarcreport show --home=H --now=$NOW \
	    -o json reports
	assert_json '[.rows[].state]|sort' \
	    '["conflict","counts","superseded"]'
}

@test "ids are reused: other days and other reporters count too" {
	# dmarc-srg 81 and dmarcts-report-parser 112.
	sed 's/1795305600/1795219200/; s/1795391999/1795305599/' one.xml >day.xml
	sed 's/dmarc@mx.example.net/dmarc@mx2.example.net/' one.xml >who.xml
	run -0 --separate-stderr read_in -q one.xml day.xml who.xml
	run -0 --separate-stderr sums
	assert_out '[894,717]'
}

@test "periods that overlap are marked" {
	read_in -q one.xml
	sed 's/0mxexamplenet/other/; s/1795305600/1795348800/' one.xml >half.xml
	run -0 --separate-stderr read_in -q half.xml
	run -0 --separate-stderr dmarcreport show --home=H --now=$NOW \
	    -o json findings
	assert_json '[.rows[].code]' '["AGG020","AGG040"]'
}

@test "mails move only after their reports are stored; others stay" {
	mkdir -p M/cur M/new M/tmp
	mail one.xml >M/new/1
	printf 'From: a@b.example\nSubject: lunch\n\nhi\n' >M/cur/2:2,S
	head -c 700 M/new/1 >M/cur/3
	run -1 --separate-stderr read_in --move-to=D M
	assert_err_has 'M/cur/2:2,S: not-a-report'
	assert_err_has 'M/cur/3: broken, kind aggregate, reason truncated'
	[ "$(find M D -type f | sort | tr '\n' ' ')" = \
	    'D/cur/1 M/cur/2:2,S M/cur/3 ' ]
	# Cut off before the move: the next run finds a duplicate.
	cp D/cur/1 M/new/4
	run -1 --separate-stderr read_in -q --delete M
	[ ! -e M/new/4 ]
	run -0 --separate-stderr sums
	assert_out '[298,239]'
}

@test "a store that cannot be written moves nothing" {
	mkdir -p M/cur M/new M/tmp H
	mail one.xml >M/new/1
	echo 'no store' >H/store.db
	run -78 --separate-stderr read_in --move-to=D M
	assert_err_has dmarcreport
	[ -e M/new/1 ]
}

@test "--filter: 0 for all that was dealt with, the rest is kept" {
	mail one.xml >m.eml
	run -0 --separate-stderr read_in --filter <m.eml
	head -c 700 m.eml >short
	run -0 --separate-stderr read_in --filter <short
	assert_err_has 'reason truncated'
	[ "$(find H/broken -type f | wc -l)" -eq 1 ]
	cmp short "$(find H/broken -type f)"
	echo 'no store' >H/store.db
	run -75 --separate-stderr read_in --filter <m.eml
	run -64 --separate-stderr read_in --filter m.eml
}

@test "trust: the carrying mail is verified, not what it says" {
	dkimkey new key.pem
	dkimkey record -d mx.example.net -s s key.pem >zone
	echo '_dmarc.mx.example.net. 60 IN TXT "v=DMARC1; p=reject"' >>zone
	mail one.xml >plain.eml
	dkimsign -q -d mx.example.net -s s -k key.pem plain.eml >good.eml
	sed 's/^To: d@/To: e@/' good.eml >forged.eml
	trust() {
		dmarcreport read --no-store -o json --offline --now="$NOW" \
		    --zone=zone "$@" | jq -r .trust
	}
	run -0 --separate-stderr trust good.eml
	assert_out verified
	run -0 --separate-stderr trust forged.eml
	assert_out unverified
	run -0 --separate-stderr trust plain.eml
	assert_out unverified
	run -0 --separate-stderr trust one.xml
	assert_out local
	run -0 --separate-stderr trust --no-verify good.eml
	assert_out unchecked
	# It names another reporter.
	sed 's/@mx.example.net</@big.example.org</' one.xml >big.xml
	one='big.example.org!example.com!1795305600!1795391999.xml'
	mail big.xml >b.eml
	dkimsign -q -d mx.example.net -s s -k key.pem b.eml >big.eml
	run -0 --separate-stderr trust big.eml
	assert_out authentic
	run -0 --separate-stderr trust \
	    --reporter=mx.example.net=big.example.org big.eml
	assert_out verified
	run -1 --separate-stderr dmarcreport read --home=H --offline \
	    --now=$NOW --zone=zone --require=verified big.eml
	assert_err_has 'big.eml: refused, kind aggregate, reason trust'
	run -0 --separate-stderr dmarcreport read --home=H --offline -q \
	    --now=$NOW --zone=zone --require=verified good.eml
	# A DNS that fails is tried again, and nothing is stored.
	run -75 --separate-stderr dmarcreport read --home=H2 \
	    --nameserver=127.0.0.1:9 --timeout=1 --time-limit=1 --now=$NOW \
	    good.eml
	assert_err_has 'good.eml: retry, kind aggregate, reason dns'
	run -6 --separate-stderr dmarcreport show --home=H2 days
}

@test "every container gives the same rows" {
	need_python
	/usr/bin/python3 - <<-'END'
	import gzip, zlib, zipfile
	x = open('one.xml', 'rb').read()
	def put(name, b): open(name, 'wb').write(b)
	put('c1', gzip.compress(x)); put('c2', zlib.compress(x))
	put('c3', gzip.compress(gzip.compress(x)))
	put('c4', gzip.compress(x) + b'\r\n')
	for n, how in (('c5', 0), ('c6', 8)):
	    with zipfile.ZipFile(n, 'w', how) as z: z.writestr('r.xml', x)
	with zipfile.ZipFile('c7', 'w', 8) as z:
	    z.writestr('readme.txt', b'hello')
	    z.writestr('r.xml.gz', gzip.compress(x))
	put('c8', x.decode().replace('UTF-8', 'UTF-16').encode('utf-16'))
	put('c9', gzip.compress(open('c6', 'rb').read()))
	END
	dmarcreport read --no-store -q --offline --now=$NOW -o json one.xml |
	    jq -c .rows >want
	for c in c1 c2 c3 c4 c5 c6 c7 c8 c9; do
		run -0 --separate-stderr dmarcreport read --no-store -q \
		    --offline --now=$NOW -o json $c
		[ "$(echo "$output" | jq -c .rows)" = "$(cat want)" ]
	done
}

# refused FILE TEXT: too big or broken, within 16 MiB.
refused() {
	run -1 --separate-stderr /usr/bin/time -f '%M' -o size \
	    dmarcreport read --no-store -q --offline --now=$NOW "$1"
	assert_out "$1: $2"
	if [ -z "${SANITIZE:-}" ]; then
		[ "$(tail -n 1 size)" -le 16384 ]
	fi
}

@test "a bomb of line ends or empty records is counted before it is parsed" {
	need_python
	no_sanitizer
	/usr/bin/python3 - <<-'END'
	import zlib
	def bomb(name, fill, n):
	    c = zlib.compressobj(9, zlib.DEFLATED, 31)
	    with open(name, 'wb') as f:
	        f.write(c.compress(b'<feedback>'))
	        for i in range(n): f.write(c.compress(fill))
	        f.write(c.compress(b'</feedback>'))
	        f.write(c.flush())
	bomb('lines', b'\n' * (1 << 20), 1024)
	bomb('records', b'<record></record>' * 65536, 900)
	bomb('fits', b' ' * (1 << 20), 60)
	END
	# expat reports each line end: without the count this is 0.7 s.
	for f in lines records; do
		run -1 --separate-stderr timeout 0.4 \
		    dmarcreport read --no-store -q --offline --now=$NOW $f
		assert_out "$f: too-big reason=inflated kind=aggregate trust=local"
	done
	run -1 --separate-stderr dmarcreport read --no-store -q --offline \
	    --now=$NOW fits
	assert_out "fits: broken reason=no-period kind=aggregate trust=local"
}

@test "bombs are refused, with the limit's name, in 16 MiB" {
	need_python
	need time
	/usr/bin/python3 - <<-'END'
	import gzip, zlib, zipfile
	def bomb(name, first, fill):
	    c = zlib.compressobj(9, zlib.DEFLATED, 31)
	    with open(name, 'wb') as f:
	        f.write(c.compress(first))
	        for i in range(1024): f.write(c.compress(fill * (1 << 20)))
	        f.write(c.flush())
	def put(name, b): open(name, 'wb').write(b)
	bomb('b1', b'<feedback>', b' '); bomb('b2', b'', b'\0')
	put('b3', b'<feedback>' + b'<a>' * 1000000)
	put('b4', b'<feedback><a b="' + b'x' * (8 << 20) + b'"/></feedback>')
	put('b5', b'<feedback><' + b'x' * (8 << 20) + b'/></feedback>')
	put('b6', b'<feedback>' + b''.join(b'<a%d/>' % i for i in range(200000)))
	with zipfile.ZipFile('b7', 'w') as z:
	    for i in range(65535): z.writestr('f%d' % i, b'x')
	put('b8', gzip.compress(gzip.compress(gzip.compress(b'<feedback/>'))))
	put('b9', gzip.compress(b'unused'))
	x = open('one.xml', 'rb').read()
	with zipfile.ZipFile('z', 'w', 8) as z: z.writestr('r.xml', x)
	z = bytearray(open('z', 'rb').read())
	at = z.rindex(b'PK\x01\x02')
	z[at + 24:at + 28] = b'\x01\x00\x00\x00'
	put('b10', z)
	m = b'From: a@b.example\nSubject: Report Domain: x\nMIME-Version: 1.0\n'
	put('b11', m + b'Content-Type: multipart/mixed; boundary=b\n\n' +
	    b'--b\nContent-Type: application/x\n\nx\n' * 300 + b'--b--\n')
	n = m
	for i in range(11):
	    n += b'Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n' % (i, i)
	put('b12', n + b'\nx\n')
	END
	refused b1 'too-big reason=inflated kind=aggregate trust=local'
	refused b2 'too-big reason=inflated'
	refused b3 'too-big reason=depth kind=aggregate trust=local'
	refused b4 'too-big reason=token kind=aggregate trust=local'
	refused b5 'too-big reason=token kind=aggregate trust=local'
	refused b6 'too-big reason=names kind=aggregate trust=local'
	refused b7 'too-big reason=members'
	refused b8 'too-big reason=containers'
	refused b9 'broken reason=content'
	refused b10 'broken reason=zip kind=aggregate trust=local'
	refused b11 'too-big reason=parts'
	refused b12 'too-big reason=mime-depth'
}

@test "show, CSV and JSON agree, and a filter filters" {
	read_in -q ./mx* ./big* ./isp*
	run -0 --separate-stderr dmarcreport show --home=H --now=$NOW -o csv \
	    senders
	first_line=${lines[0]}
	[ "$first_line" = "sender,addresses,messages,pass,pass_rate,dkim,spf,quarantined,rejected,unverified" ]
	csv=$(printf '%s\n' "$output" | awk -F, 'NR > 1 { n += $3 } END { print n }')
	run -0 --separate-stderr dmarcreport show --home=H --now=$NOW -o json \
	    days
	assert_json '[.rows[].messages]|add' "$csv"
	run -0 --separate-stderr dmarcreport show --home=H --now=$NOW -o json \
	    --source=2001:db8::/32 sources
	assert_json '[.rows[]|[.source_ip,.sender]]|unique' \
	    '[["2001:db8::5","esp.example"]]'
	run -6 --separate-stderr dmarcreport show --home=H --now=$NOW \
	    --domain=other.example days
	assert_out_empty
	run -64 --separate-stderr dmarcreport show --home=H days weeks
}

@test "show reject names the cause and what is missing" {
	read_in -q ./mx* ./big* ./isp*
	run -0 --separate-stderr dmarcreport show --home=H --now=$NOW -o json \
	    reject
	assert_json .ready false
	assert_json '[.rows[]|.cause]|unique' \
	    '["ours-broken","third-party","unauthenticated"]'
	assert_json '.missing[0]' '"3 of 21 days of data"'
}

@test "the page is inert: no script, nothing loaded, no foreign markup" {
	need_python
	sed 's|<comment>[^<]*||; s|mx.example.net</org|\&lt;script\&gt;x\&lt;/script\&gt; \&quot; onload=x \&#x202e;</org|' \
	    one.xml >evil.xml
	run -0 --separate-stderr read_in -q evil.xml
	dmarcreport show --home=H --now=$NOW -o html >page.html
	[ "$(wc -c <page.html)" -le 524288 ]
	/usr/bin/python3 - <<-'END'
	import html.parser
	ok = set('html head meta title style body header h1 h2 p div b span '
	    'figure figcaption svg desc defs pattern path line rect text '
	    'polyline circle details summary table thead tbody tr th td ul li'
	    .split())
	att = set('lang charset http-equiv content name class viewbox role id '
	    'width height patternunits d x y x1 x2 y1 y2 cx cy r points scope'
	    .split())
	class P(html.parser.HTMLParser):
	    def handle_starttag(self, tag, attrs):
	        assert tag in ok, tag
	        for k, v in attrs: assert k in att, (tag, k)
	s = open('page.html', encoding='utf-8').read()
	P().feed(s)
	assert "default-src 'none'" in s and 'U+202E' in s and '\u202e' not in s
	assert 'http://' not in s and 'https://' not in s and '@import' not in s
	END
}

@test "text for terminals and spreadsheets is harmless" {
	sed 's|mx.example.net</org|=cmd()\&#x1b;</org|; s/encoding="UTF-8"/version="1.1"/' \
	    one.xml | sed 's/&#x1b;/\&#x9b;/' >evil.xml
	sed 's/ version="1.1"//2; s/version="1.0" version="1.1"/version="1.0"/' \
	    evil.xml >e.xml
	run -0 --separate-stderr dmarcreport read --no-store -q --offline \
	    --now=$NOW -o csv e.xml
	assert_out_has "\"'=cmd()"
	run -0 --separate-stderr dmarcreport read --no-store -q --offline \
	    --now=$NOW -o text e.xml
	assert_out_has 'reporter==cmd()\xc2\x9b'
}

@test "alert says each thing once, and a monitor's line always" {
	read_in -q ./mx* ./big* ./isp*
	alert() {
		dmarcreport alert --home=H --offline --now=1795400000 "$@"
	}
	run -1 --separate-stderr alert --floor=90
	assert_out_has 'ALR003 example.com: pass rate'
	run -0 --separate-stderr alert --floor=90
	assert_out_empty
	run -2 --separate-stderr alert --floor=90 --nagios
	assert_out_match '^DMARC CRITICAL: ALR003 .* \| alerts=[0-9]+;0;;0 '
	# Reports were read at 1795500000; long after, all is silent.
	run -1 --separate-stderr dmarcreport alert --home=H --offline \
	    --now=1799500000 -o json
	assert_json '[.code,.object,.severity]' \
	    '["ALR011","reports","critical"]'
	run -0 --separate-stderr dmarcreport alert --home=H --offline \
	    --now=1799500000 --ack=ALR011:reports:1 --nagios
	assert_out_has 'DMARC OK'
	run -2 --separate-stderr dmarcreport alert --home=H --offline \
	    --now=1799700000 --nagios
	run -3 --separate-stderr dmarcreport alert --home=none --nagios
}

@test "prune deletes reports and keeps the sums" {
	read_in -q ./mx* ./big* ./isp*
	before=$(sums)
	run -0 --separate-stderr dmarcreport prune --home=H --now=$NOW \
	    --older=2d
	assert_err_has '6 reports deleted'
	run -0 --separate-stderr sums
	assert_out "$before"
}

@test "lint: findings with sections; a baseline knows them" {
	run -0 --separate-stderr dmarcreport lint --now=$NOW ./isp*1795391999.xml
	assert_out_has 'note: AGG001: no namespace (RFC 9990 3.1.1)'
	run -1 --separate-stderr dmarcreport lint --now=$NOW \
	    --dialect=rfc9990 ./isp*1795391999.xml
	printf '%s\n' "$output" >known
	run -0 --separate-stderr dmarcreport lint --now=$NOW \
	    --dialect=rfc9990 --baseline=known ./isp*1795391999.xml
	assert_out_empty
	run -1 --separate-stderr dmarcreport lint --now=$NOW \
	    --dialect=rfc9990 --ignore=AGG005 -o tap ./isp*1795391999.xml \
	    one.xml
	assert_out_line 'ok 2 - one.xml'
	assert_out_line '1..2'
	run -6 --separate-stderr dmarcreport lint --now=$NOW - </dev/null
}

@test "doctor sees a folder that others may look into" {
	run -0 --separate-stderr dmarcreport init --home=H
	run -0 --separate-stderr dmarcreport doctor --home=H --offline
	chmod 755 H
	run -1 --separate-stderr dmarcreport doctor --home=H --offline
	assert_err_has 'H: others may look into it'
}

@test "killed at any moment, read counts nothing twice and loses nothing" {
	need strace
	need sqlite3
	mkdir -p M/cur M/new M/tmp
	mail one.xml >M/new/1
	n=1
	while ((n < 400)); do
		rm -rf H D
		cp ./big*1795391999.xml b.xml
		rc=0
		strace -f -o /dev/null -e trace=pwrite64,fdatasync,fsync,renameat2,ftruncate \
		    -e inject=pwrite64,fdatasync,fsync,renameat2,ftruncate:signal=KILL:when=$n \
		    dmarcreport read --home=H --offline -q --now=$NOW \
		    --move-to=D M b.xml >/dev/null 2>&1 || rc=$?
		cp ./big*1795391999.xml b.xml
		read_in -q --move-to=D M b.xml || :
		[ "$(sqlite3 H/store.db 'SELECT sum(messages) FROM day')" = 540 ]
		[ -e D/cur/1 ]
		mail one.xml >M/new/1
		[ "$rc" -ne 0 ] || break
		n=$((n + 1))
	done
	((n > 5))
}

# day_report DAY FILE COUNT RESULT DONE [REPORTER]: one row of a sender.
day_report() {
	local b=$((1795305600 - 86400 * $1)) r=${6-mx.example.net} dk=fail
	[ "$4" != pass ] || dk=pass
	cat >"$2" <<-END
	<?xml version="1.0"?><feedback><version>1.0</version><report_metadata>
	<org_name>$r</org_name><email>d@$r</email><report_id>$2</report_id>
	<date_range><begin>$b</begin><end>$((b + 86399))</end></date_range>
	</report_metadata><policy_published><domain>example.com</domain>
	<p>none</p></policy_published><record><row><source_ip>192.0.2.5</source_ip>
	<count>$3</count><policy_evaluated><disposition>$5</disposition>
	<dkim>$dk</dkim><spf>fail</spf></policy_evaluated></row><identifiers>
	<header_from>example.com</header_from></identifiers><auth_results>
	<dkim><domain>example.com</domain><selector>s1</selector><result>$4</result></dkim>
	<spf><domain>esp.example</domain><result>pass</result></spf>
	</auth_results></record></feedback>
	END
}

@test "alert: ALR001, a source that was not there and fails" {
	rm -f ./*.xml
	for d in {1..20}; do
		day_report "$d" "r$d.xml" 20 pass none
	done
	day_report 0 r0.xml 20 pass none
	read_in -q ./*.xml
	alert() {
		dmarcreport alert --home=H --offline --now=1795400000 "$@"
	}
	run -0 --separate-stderr alert
	# 9 messages are under --min, 10 are not; known ones count on.
	day_report 0 new.xml 9 fail none other.example
	sed -i 's/192\.0\.2\.[0-9]*/203.0.113.9/' new.xml
	read_in -q new.xml
	run --separate-stderr alert
	assert_out_lacks ALR001
	run -1 --separate-stderr alert --min=9
	assert_out_has 'ALR001 203.0.113.9'
	run --separate-stderr alert --min=9
	assert_out_lacks ALR001
}

@test "--keep-samples: what a failure report holds, once, for us alone" {
	printf '%s\n' 'From: r@mx.example.net' 'Subject: FW: x' \
	    'MIME-Version: 1.0' \
	    'Content-Type: multipart/report; report-type=feedback-report; boundary=b' \
	    '' --b 'Content-Type: text/plain' '' hello --b \
	    'Content-Type: message/feedback-report' '' \
	    'Feedback-Type: auth-failure' 'Version: 1' 'User-Agent: x/1' \
	    'Auth-Failure: dmarc' 'Identity-Alignment: none' \
	    'Reported-Domain: example.com' 'Source-IP: 192.0.2.1' \
	    'Arrival-Date: Mon, 23 Nov 2026 06:00:00 +0000' '' --b \
	    'Content-Type: text/rfc822-headers' '' 'From: q@example.com' \
	    'Subject: secret' '' --b-- >f.eml
	run -0 --separate-stderr read_in f.eml
	[ ! -e S ]
	run -0 --separate-stderr dmarcreport read --home=H2 --offline \
	    --now=$NOW --keep-samples=S f.eml one.xml
	run -0 --separate-stderr dmarcreport read --home=H2 --offline \
	    --now=$NOW --keep-samples=S f.eml
	[ "$(find S -type f | wc -l)" -eq 1 ]
	[ "$(stat -c %a S S/*)" = "$(printf '700\n600')" ]
	assert_file_lacks hello secret "$(find S -type f)"
}

@test "alert: a sender that breaks, a jump, a policy, silence, TLS, conflicts" {
	rm -f ./*.xml
	for d in {1..20}; do
		day_report "$d" "r$d.xml" 20 pass none
	done
	for d in {5..20}; do
		day_report "$d" "q$d.xml" 1 pass none quiet.example
	done
	read_in -q ./*.xml
	echo '_dmarc.example.com. 60 IN TXT "v=DMARC1; p=none"' >zone
	alert() {
		dmarcreport alert --home=H --offline --zone=zone \
		    --now=1795400000 --window=1 "$@"
	}
	# The neighbour: all is as it was, but one reporter.
	run -1 --separate-stderr alert
	assert_out 'ALR007 quiet.example: no report in 3 days, before on 12 of 14'
	day_report 0 r0.xml 500 fail quarantine
	cat >t.json <<-'END'
	{"organization-name":"C","date-range":{"start-datetime":"2026-11-22T00:00:00Z","end-datetime":"2026-11-22T23:59:59Z"},"contact-info":"t@c.example","report-id":"5","policies":[{"policy":{"policy-type":"sts","policy-domain":"example.com"},"summary":{"total-successful-session-count":5,"total-failure-session-count":1}}]}
	END
	for i in {1..6}; do
		echo "<feedback>$i" >"broken$i.xml"
	done
	run -1 --separate-stderr dmarcreport read -q --home=H --offline \
	    --now=1795400000 r0.xml t.json ./broken*.xml
	echo '_dmarc.example.com. 60 IN TXT "v=DMARC1; p=reject"' >zone
	run -1 --separate-stderr alert
	assert_out_has 'ALR002 esp.example: stopped aligning: 0 of 500 messages pass'
	assert_out_has 'ALR003 example.com: pass rate 0.00 %, before 100.00 %'
	assert_out_has 'ALR004 s1.example.com: 500 signatures fail, 0 pass'
	assert_out_has 'ALR005 esp.example: 500 messages quarantined or rejected'
	assert_out_has 'ALR006 example.com: reports say p=none, the DNS says p=reject'
	assert_out_has 'ALR008 example.com: 500 messages a day'
	assert_out_has 'ALR009 example.com: 1 TLS sessions failed'
	assert_out_has 'ALR010 inputs: 6 inputs broken'
	assert_out_lacks ALR007
	assert_out_lacks ALR011
}

# about N: a failure report whose sample has N bytes of body.
about() {
	printf '%s\n' 'From: ruf@rep.example' 'Subject: FW: x' \
	    'MIME-Version: 1.0' 'Content-Type: multipart/report;' \
	    ' report-type=feedback-report; boundary=b' '' '--b' \
	    'Content-Type: text/plain' '' 'Spam.' '--b' \
	    'Content-Type: message/feedback-report' '' \
	    'Feedback-Type: auth-failure' 'Version: 1' 'User-Agent: x/1' \
	    'Auth-Failure: dmarc' 'Reported-Domain: example.com' \
	    'Source-IP: 192.0.2.1' 'Identity-Alignment: none' \
	    'Arrival-Date: Thu, 19 Nov 2026 10:00:00 +0000' '--b' \
	    'Content-Type: message/rfc822' '' 'Subject: the sample' ''
	head -c "$1" /dev/zero | tr '\0' x | fold -w 70
	printf '\n--b--\n'
}

@test "a sample of over 256 KiB is too big, and the report not stored" {
	about 258000 >f
	run -0 dmarcreport read --home=b --offline --now=$NOW -q f
	about 270000 >f
	run -1 --separate-stderr dmarcreport read --home=b --offline \
	    --now=$NOW -o text f
	assert_out_has 'f: too-big reason=sample kind=failure'
	assert_out_lacks stored
}

@test "-j: the same output, store and status; a broken one costs itself" {
	for i in $(seq 1 40); do
		cp -R "$ROOT/examples/reports" "r$i"
	done
	echo '<feedback><version>1</version>' >r7/zz.xml
	run -1 --separate-stderr dmarcreport read --home=a --offline \
	    --now=$NOW -o json r*/*
	printf '%s\n' "$output" >a.json
	for j in 2 0 7; do
		rm -rf b
		run -1 --separate-stderr dmarcreport read --home=b --offline \
		    --now=$NOW -j $j --no-store -o json r*/*
		[ "${#lines[@]}" -eq "$(wc -l <a.json)" ]
		run -1 --separate-stderr dmarcreport read --home=b --offline \
		    --now=$NOW -j $j -o json r*/*
		diff <(jq -c .report a.json) <(jq -c .report <<<"$output")
		for h in a b; do
			dmarcreport show --home=$h --now=$NOW -o json sources \
			    >$h.sources
		done
		assert_same a.sources b.sources
	done
	run -64 --separate-stderr dmarcreport read --home=b -j 2 --filter
	assert_usage dmarcreport
	run -66 dmarcreport read --home=b --offline -q -j 2 nowhere r1/*
}

@test "trust by SPF: only if the caller names the client of the one mail" {
	cat >zone <<-'END'
	_dmarc.mx.example.net. 60 IN TXT "v=DMARC1; p=reject"
	mx.example.net. 60 IN TXT "v=spf1 ip4:192.0.2.7 -all"
	h.mx.example.net. 60 IN TXT "v=spf1 ip4:192.0.2.7 -all"
	END
	mail one.xml >m.eml
	trust() {
		dmarcreport read --no-store -o json --offline --now=$NOW \
		    --zone=zone "$@" | jq -r .trust
	}
	run -0 --separate-stderr trust m.eml
	assert_out unverified
	run -0 --separate-stderr trust --ip=192.0.2.7 \
	    --mail-from=a@mx.example.net m.eml
	assert_out verified
	# The null sender: its HELO, aligned relaxed.
	run -0 --separate-stderr trust --ip=192.0.2.7 --mail-from= \
	    --helo=h.mx.example.net m.eml
	assert_out verified
	run -0 --separate-stderr trust --ip=192.0.2.8 \
	    --mail-from=a@mx.example.net m.eml
	assert_out unverified
	run -0 --separate-stderr trust --ip=192.0.2.7 \
	    --mail-from=a@other.example m.eml
	assert_out unverified
	# What lies inside of a mail came by another client.
	{
		printf 'From: <x@mx.example.net>\nMIME-Version: 1.0\n'
		printf 'Content-Type: message/rfc822\n\n'
		cat m.eml
	} >outer.eml
	run -0 --separate-stderr trust --ip=192.0.2.7 \
	    --mail-from=a@mx.example.net outer.eml
	assert_out unverified
	for o in --mail-from=a@b.example --ip=192.0.2.7 \
	    '--ip=x --helo=h'; do
		# shellcheck disable=SC2086
		run -64 --separate-stderr dmarcreport read --no-store \
		    --offline $o m.eml
		assert_usage dmarcreport
	done
	run -64 --separate-stderr dmarcreport read --no-store --offline \
	    --ip=192.0.2.7 --helo=h m.eml m.eml
	assert_err_has 'one mail'
}

@test "AGG044 goes by Organizational Domains, where the DNS says them" {
	cat >zone <<-'END'
	_dmarc.a.co.test. 60 IN TXT "v=DMARC1; p=reject"
	_dmarc.example.com. 60 IN TXT "v=DMARC1; p=reject"
	_dmarc.own.example.com. 60 IN TXT "v=DMARC1; p=none; psd=n"
	END
	# says FROM SIGNER: the report's rows pass by this signature alone.
	says() {
		sed "s/example\.com</$1</g; /<dkim>/s/<domain>[^<]*/<domain>$2/" \
		    one.xml >x.xml
		dmarcreport read --no-store -o json --offline --now=$NOW \
		    "${Z[@]}" x.xml | jq -r '[.rows[].findings[]] |
		    map(select(. == "AGG044")) | unique | join(" ")'
	}
	one=$(grep -c '<dkim>pass' one.xml)
	[ "$one" -gt 0 ]
	Z=(--zone=zone)
	# Two labels in common, and yet strangers.
	run -0 says a.co.test b.co.test
	assert_out AGG044
	run -0 says example.com own.example.com
	assert_out AGG044
	run -0 says example.com mail.example.com
	assert_out ''
	# Nobody to ask, or a domain of which our DNS knows nothing: not
	# certain, so not said; but these two are strangers anywhere.
	run -0 says nothing.co.test b.co.test
	assert_out ''
	Z=()
	run -0 says a.co.test b.co.test
	assert_out ''
	run -0 says example.com example.net
	assert_out AGG044
	# A DNS without an answer is asked for no more than its time.
	Z=(--nameserver=127.0.0.1:9 --timeout=1 --time-limit=1)
	run -0 dmarcreport read --no-store -o text --now=$NOW \
	    --nameserver=127.0.0.1:9 --timeout=1 --time-limit=1 x.xml
	assert_out_has AGG044
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dmarcreport(1), the making side: recorded, folded, made, sent.  Tests named
# after a thread hold what the bug of another program there was about.
# shellcheck disable=SC2030,SC2031,SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common

DAY=2026-11-20
NEXT=2026-11-21T00:20:00Z

setup() {
	use_tmp
	cat >zone <<-'END'
	$TTL 3600
	$ORIGIN .
	example.com. IN TXT "v=spf1 ip4:192.0.2.1 -all"
	_dmarc.example.com. IN TXT "v=DMARC1; p=reject; rua=mailto:r@example.com!10m"
	_dmarc.quar.example. IN TXT "v=DMARC1; p=quarantine; sp=reject; rua=mailto:r@quar.example"
	_dmarc.test.example. IN TXT "v=DMARC1; p=reject; t=y; rua=mailto:r@test.example"
	_dmarc.none.example. IN TXT "v=DMARC1; p=none; rua=mailto:r@none.example"
	_dmarc.mute.example. IN TXT "v=DMARC1; p=reject"
	_dmarc.np.example. IN TXT "v=DMARC1; p=reject; sp=none; np=quarantine; rua=mailto:r@np.example"
	here.np.example. IN TXT "x"
	_dmarc.own.quar.example. IN TXT "v=DMARC1; p=none; rua=mailto:o@own.quar.example"
	_dmarc.out.example. IN TXT "v=DMARC1; p=none; rua=mailto:a@yes.example,mailto:a@no.example,mailto:a@moved.example,mailto:a@elsewhere.example,mailto:a@wild.example,https://x.example/r,mailto:broken"
	out.example._report._dmarc.yes.example. IN TXT "v=DMARC1;"
	out.example._report._dmarc.moved.example. IN TXT "v=DMARC1; rua=mailto:new@moved.example"
	out.example._report._dmarc.elsewhere.example. IN TXT "v=DMARC1; rua=mailto:x@other.example"
	wild.example. IN SOA ns.wild.example. h.wild.example. 1 60 60 60 60
	*._report._dmarc.wild.example. IN TXT "v=DMARC1"
	_dmarc.rep.example. IN TXT "v=DMARC1; p=reject"
	END
	Z=(--offline --zone=zone)
	H=(--home=st)
	N=0
	cat >sendmail <<-END
	#!/bin/sh
	cd "$T" || exit 75
	cat >"out.\$(ls | grep -c '^out\.')"
	echo "\$@" >>args
	exit "\$(cat status 2>/dev/null || echo 0)"
	END
	chmod +x sendmail
}

# judged DOMAIN [OPTION...]: one message of a@DOMAIN, recorded.
judged() {
	local domain=$1
	shift
	N=$((N + 1))
	printf 'From: <a@%s>\nSubject: %s\n\nText.\n' "$domain" "$N" >m
	dmarceval "${Z[@]}" -q --now="${AT:-${DAY}T10:00:00Z}" --record=st \
	    "$@" m || case $? in [1-6] | 75) ;; *) return 1 ;; esac
}
from() {
	judged "$1" --ip="${2:-192.0.2.9}" --mail-from="a@$1" \
	    --helo=h.example "${@:3}"
}
made() {
	dmarcreport make "${H[@]}" "${Z[@]}" --from=reports@rep.example \
	    --now="${AS_OF:-$NEXT}" -q "$@"
}
# xml DOMAIN: the report about it, unpacked.
xml() {
	gzip -dc st/out/*"!$1!"*
}
# row ELEMENT: all values of it in the report on stdin.
values() {
	sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p"
}
# shellcheck disable=SC2120
sent() {
	dmarcreport send "${H[@]}" "${Z[@]}" --sendmail="$T/sendmail" \
	    --now="${AS_OF:-$NEXT}" "$@"
}
spool() {
	cat st/spool/*
}

# said ACT DOMAIN EXPECTED [OPTION...]: disposition and reasons.
said() {
	rm -rf st
	from "$2" 192.0.2.9 --act="$1" "${@:4}"
	spool | grep -o '"disposition":"[a-z]*"\|"reasons":.*,"header' |
	    tr -d '\n' >got
	[ "$(cat got)" = "$3,\"header" ] || {
		echo "$1 $2: $(cat got)"
		return 1
	}
}

@test "disposition and reason: p, sp, np, t against --act" {
	local l='[["local_policy",null]]' t='["policy_test_mode",null]'
	d() { printf '"disposition":"%s""reasons":%s' "$1" "$2"; }
	said none example.com "$(d none "$l")"
	said quarantine example.com "$(d quarantine "$l")"
	said policy example.com "$(d reject '[]')"
	said policy quar.example "$(d quarantine '[]')"
	said quarantine quar.example "$(d quarantine '[]')"
	said policy sub.quar.example "$(d reject '[]')"
	said policy here.np.example "$(d none '[]')"
	said policy gone.np.example "$(d quarantine '[]')"
	said policy none.example "$(d none '[]')"
	said policy test.example "$(d quarantine "[$t]")"
	said none test.example "$(d none "[$t,[\"local_policy\",null]]")"
	said policy example.com "$(d none '[["local_policy",null],["mailing_list","list"]]')" \
	    --disposition=none --reason=mailing_list:list
}

@test "disposition: pass by policy; temperror has its reason" {
	from example.com 192.0.2.1 --act=policy
	[[ $(spool) == *'"disposition":"pass","dkim":false,"spf":true,"reasons":[]'* ]]
	rm -rf st
	judged none.example --ip=192.0.2.1 --mail-from=a@none.example \
	    --helo=h --spf=pass:none.example
	[[ $(spool) == *'"disposition":"none","dkim":false,"spf":true,"reasons":[]'* ]]
	rm -rf st
	judged example.com --ip=192.0.2.1 --mail-from=a@example.com --helo=h \
	    --spf=temperror:example.com --dkim=none
	[[ $(spool) == *'"disposition":"none","dkim":false,"spf":false,"reasons":[["other","dns"]]'* ]]
}

@test "not recorded: no policy, no rua, no client; said with -v" {
	for d in nowhere.example mute.example; do
		from $d
	done
	judged example.com --spf=none --dkim=none
	[ ! -e st/spool ] || [ -z "$(ls st/spool)" ]
	printf 'From: <a@mute.example>\n\nx\n' >m
	dmarceval "${Z[@]}" --ip=192.0.2.1 --mail-from=a@x.example -o json m \
	    >json || [ $? -eq 1 ]
	run -0 --separate-stderr dmarcreport record -v "${H[@]}" <json
	assert_err_has 'dmarcreport: 0 recorded'
	assert_err_has 'dmarcreport: 1 not recorded: no-rua'
}

@test "record: null sender, mapped client, recipient" {
	judged example.com --ip=::ffff:192.0.2.9 --mail-from= \
	    --helo=mx.example.com
	[[ $(spool) == *'"ip":"192.0.2.9"'*'"envelope_from":""'* ]]
	made
	xml example.com | grep -qF '<envelope_from></envelope_from>'
}

@test "a failed recording is one line, and the verdict stays" {
	printf 'From: <a@example.com>\n\nx\n' >m
	: >file
	run -1 --separate-stderr dmarceval "${Z[@]}" --ip=192.0.2.9 \
	    --mail-from=a@example.com --helo=h --record=file m
	[[ $stderr == 'dmarceval: not recorded: '* ]]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	run -64 --separate-stderr dmarceval "${Z[@]}" --act=none m
	assert_usage dmarceval
	run -64 --separate-stderr dmarceval "${Z[@]}" --record --act=all m
	assert_usage dmarceval
}

@test "record: the folder is 0700, the file 0600; a torn line is ended" {
	from example.com
	[ "$(stat -c %a st st/spool st/spool/*)" = $'700\n700\n600' ]
	printf '{"v":1,"time":17957' >>"$(ls -d st/spool/*)"
	from example.com
	[ "$(spool | wc -l)" -eq 3 ]
	run -0 --separate-stderr made
	AS_OF=$NEXT run -0 --separate-stderr dmarcreport make "${H[@]}" \
	    --offline --from=reports@rep.example --now=$NEXT -v
	[ "$(xml example.com | values count)" = 2 ]
}

@test "record: not JSON is 65, with its line; the others count" {
	printf 'From: <a@example.com>\n\nx\n' >m
	dmarceval "${Z[@]}" --ip=192.0.2.9 --mail-from=a@example.com \
	    --helo=h -o json m >json || [ $? -eq 1 ]
	{ echo '{"x":1}'; echo nonsense; cat json; } >three
	run -65 --separate-stderr dmarcreport record "${H[@]}" <three
	assert_err_has 'dmarcreport: line 1: not a verdict of dmarceval
dmarcreport: line 2: not JSON'
	[ "$(spool | wc -l)" -eq 1 ]
}

@test "a changed line does not count" {
	from example.com
	from example.com
	sed -i '1s/192.0.2.9/192.0.2.8/' st/spool/*
	run -0 --separate-stderr dmarcreport make "${H[@]}" --offline \
	    --from=reports@rep.example --now=$NEXT
	assert_err_has 'dmarcreport: 1 torn lines in the spool do not count'
	[ "$(xml example.com | values count)" = 1 ]
}

@test "OpenDMARC 212: equal tuples are one row with a count" {
	from example.com
	from example.com
	from example.com 192.0.2.1
	made
	[ "$(xml example.com | values count | sort)" = $'1\n2' ]
}

@test "several recipients and a retry over midnight count once" {
	N=0 AT=${DAY}T23:59:50Z from example.com
	N=0 AT=${DAY}T23:59:55Z from example.com
	N=0 AT=2026-11-21T00:05:00Z from example.com
	AS_OF=2026-11-22T02:00:00Z made
	[ "$(xml example.com | values count)" = 1 ]
}

@test "fold twice, make twice: nothing twice, the same bytes" {
	from example.com
	made
	sha256sum st/out/* >first
	cp -r st saved
	made
	sha256sum -c --quiet first
	[ "$(ls st/out | wc -l)" -eq 1 ]
	# The same spool in another place gives the same report.
	rm -rf st
	N=0
	from example.com
	made
	sha256sum -c --quiet first
}

@test "OpenDMARC 270, 199: the domain is where the record was found" {
	from a.b.example.com
	made
	[ "$(xml example.com | values domain | head -1)" = example.com ]
	[ "$(xml example.com | values header_from)" = a.b.example.com ]
}

@test "mail-dmarc 59, rspamd PR 4223: subdomains roll up, unless their own" {
	from sub.quar.example
	from quar.example
	from own.quar.example
	made
	[ "$(xml quar.example | values header_from | sort)" = $'quar.example\nsub.quar.example' ]
	[ "$(xml own.quar.example | values header_from)" = own.quar.example ]
}

@test "OpenDMARC 210, mail-dmarc 55: UTC days in every time zone" {
	from example.com
	TZ=Asia/Tokyo made
	[ "$(xml example.com | values begin)" = 1795132800 ]
	[ "$(xml example.com | values end)" = 1795219199 ]
}

@test "rspamd 4062: only days that are over, none skipped" {
	AT=2026-11-18T10:00:00Z from example.com
	from example.com
	AS_OF=${DAY}T23:00:00Z made
	[ "$(ls st/out | wc -l)" -eq 1 ]
	# Ten minutes after midnight, and not before.
	AS_OF=2026-11-21T00:09:00Z made
	[ "$(ls st/out | wc -l)" -eq 1 ]
	made
	[ "$(ls st/out | wc -l)" -eq 2 ]
	# What comes late for a day that was made goes into the open one.
	AT=2026-11-21T01:00:00Z from example.com
	AS_OF=2026-11-22T01:00:00Z made
	[ "$(ls st/out | wc -l)" -eq 3 ]
}

@test "policy change within a day: two reports, two ids (rspamd 3921)" {
	from example.com
	sed -i 's/p=reject; rua=mailto:r@example/p=none; rua=mailto:r@example/' zone
	from example.com
	made
	[ "$(ls st/out | wc -l)" -eq 2 ]
	[ "$(xml example.com | values report_id | sort -u | wc -l)" -eq 2 ]
	# The same with other addresses is no other policy.
	rm -rf st
	from example.com
	sed -i 's/mailto:r@example.com/mailto:s@example.com/' zone
	from example.com
	made
	[ "$(ls st/out | wc -l)" -eq 1 ]
	run -0 --separate-stderr dmarcreport queue "${H[@]}"
	[[ $output == *' s@example.com wait '* ]]
}

@test "OpenDMARC 230, rspamd 3877: every signature, passing ones first; 101" {
	local i many=()
	for ((i = 0; i < 101; i++)); do
		many+=("--dkim=fail:f$i.example:s")
	done
	from example.com 192.0.2.9 --spf=none "${many[@]}" \
	    --dkim=pass:other.example:a --dkim=pass:sub.example.com:b \
	    --dkim=pass:example.com:c
	[ "$(spool | wc -c)" -le 4096 ]
	made
	xml example.com | values selector | head -3 | tr '\n' ' ' >got
	[ "$(cat got)" = 'c b a ' ]
	rm -rf st
	from example.com 192.0.2.9 --spf=none --dkim=fail:f.example:s \
	    --dkim=pass:example.com:c
	made
	[ "$(xml example.com | values selector | tr '\n' ' ')" = 'c s ' ]
}

@test "OpenDMARC 52: XSD, gzip, file name by their grammar" {
	need xmllint
	from example.com 192.0.2.1
	from test.example
	judged quar.example --ip=2001:db8::1 --mail-from= --helo=h.example \
	    --dkim=fail:quar.example:s --dkim=pass:other.example:t
	made --org='Ünicode & <Söhne>' --contact='https://rep.example/?a&b'
	for f in st/out/*; do
		gzip -t "$f"
		gzip -dc "$f" >x.xml
		xmllint --noout --schema "$ROOT/tests/data/dmarc-aggregate.xsd" x.xml
		[[ ${f##*/} =~ ^rep\.example![a-z.]+!1795132800!1795219199!([0-9a-f]{32})\.xml\.gz$ ]]
		[ "$(values report_id <x.xml)" = "${BASH_REMATCH[1]}" ]
		# No time, no name.
		[ "$(od -An -tx1 -N8 "$f" | tr -d ' ')" = 1f8b080000000000 ]
	done
	# What must fail does.
	for s in 's/<count>1/<count>0/' 's/<p>[a-z]*/<p>maybe/' \
	    's/<selector>.*//' 's/>pass</>good</' '/<org_name>/d' \
	    's/<domain>/<x\/><domain>/' 's/dmarc-2.0/dmarc-1.0/'; do
		sed "$s" x.xml >bad.xml
		! cmp -s bad.xml x.xml || continue
		! xmllint --noout --schema \
		    "$ROOT/tests/data/dmarc-aggregate.xsd" bad.xml 2>/dev/null
	done
}

@test "--dialect=rfc7489 has what old readers want" {
	from example.com 192.0.2.1
	from test.example
	made --dialect=rfc7489
	xml example.com >x
	assert_file_lacks xmlns '<feedback>' x
	grep -q '<pct>100</pct>' x
	[ "$(values disposition <x)" = none ]
	xml test.example >x
	[ "$(values type <x | head -1)" = other ]
	run -64 --separate-stderr made --dialect=rfc1
	assert_usage dmarcreport
}

@test "mail-dmarc 190: org_name in UTF-8, or refused at start" {
	from example.com
	run -64 --separate-stderr made --org=$'\xff\xfe'
	assert_usage dmarcreport
	run -64 --separate-stderr dmarcreport make "${H[@]}" --offline
	assert_usage dmarcreport
	made --org='Mühle'
	xml example.com | grep -q '<org_name>Mühle</org_name>'
	sent
	grep -q '^From: =?UTF-8?B?TcO8aGxl?=' out.0
}

@test "read(make(x)) == x, in both dialects" {
	from example.com 192.0.2.1
	from example.com
	from example.com
	judged example.com --ip=2001:db8::1 --mail-from= --helo=h.example \
	    --dkim=fail:example.com:s1
	for d in rfc9990 rfc7489; do
		rm -rf "st-$d"
		cp -r st "st-$d"
		dmarcreport make --home="st-$d" --offline -q --now=$NEXT \
		    --from=reports@rep.example --dialect=$d
		run -0 --separate-stderr dmarcreport read --no-store \
		    --no-verify -o json "st-$d"/out/*
		assert_json '.totals' '{"rows":3,"messages":4,"pass":1,"fail":3}'
		assert_json '[.rows[]|.count]|add' 4
		assert_json '.findings|map(select(.severity!="note"))' '[]'
		jq -c '[.rows[]|[.source_ip,.count,.dkim,.spf,.header_from]]' \
		    <<<"$output" >"rows-$d"
	done
	cmp rows-rfc9990 rows-rfc7489
}

@test "mail: Subject by its grammar, ids equal, readable by others" {
	from example.com
	made
	run -0 --separate-stderr sent
	id=$(xml example.com | values report_id)
	grep -q $'^Subject: Report Domain: example.com Submitter: rep.example Report-ID: <'"$id"$'>\r$' out.0
	grep -q $'^Message-ID: <'"$id"$'@rep.example>\r$' out.0
	grep -q $'^Auto-Submitted: auto-generated\r$' out.0
	assert_file_lacks_re $'(^|[^\r])$' $'\r$' out.0
	[ "$(cat args)" = '-i -f reports@rep.example -- r@example.com' ]
	"$PYTHON" - <<-'END'
	import email, email.policy, gzip, xml.etree.ElementTree as E
	m = email.message_from_binary_file(open("out.0", "rb"),
	    policy=email.policy.default)
	p = list(m.iter_attachments())
	assert len(p) == 1 and p[0].get_content_type() == "application/gzip"
	assert not m.defects and not p[0].defects
	name = p[0].get_filename()
	x = E.fromstring(gzip.decompress(p[0].get_content()))
	n = "{urn:ietf:params:xml:ns:dmarc-2.0}"
	i = x.find(n + "report_metadata/" + n + "report_id").text
	assert name.endswith("!" + i + ".xml.gz"), name
	END
	# It is sent once.
	run -0 --separate-stderr sent
	[ "$(wc -l <args)" -eq 1 ]
}

@test "OpenDMARC 232, rspamd 3337, 2775: consent of other organizations" {
	from out.example
	made
	run -0 --separate-stderr sent -q
	sed 's/.* //' args | sort >got
	[ "$(cat got)" = $'a@wild.example\na@yes.example\nnew@moved.example' ]
	# A temporary failure is asked again.
	rm -rf st args out.*
	from out.example
	made
	printf '_dmarc.out.example. 60 IN TXT "v=DMARC1; p=none; rua=mailto:a@yes.example"\n' >small
	run -75 --separate-stderr dmarcreport send "${H[@]}" --offline \
	    --sendmail="$T/sendmail" --now=$NEXT -q
	[ ! -e args ]
	run -0 --separate-stderr dmarcreport queue "${H[@]}"
	[[ $output == *'next=2026-11-21T01:20:00Z'* ]]
}

@test "consent: a name over 253 bytes cannot have consented" {
	local l=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa d
	d=$l.$l.$l.example
	printf '_dmarc.%s. 60 IN TXT "v=DMARC1; p=none; rua=mailto:a@%s.other.example"\n' "$d" "$l" >>zone
	from "$d"
	made
	run -0 --separate-stderr sent
	[ ! -e args ]
	[[ $stderr == *'the host does not consent'* ]]
}

@test "the record is gone before sending: withdrawn" {
	from example.com
	made
	sed -i '/^_dmarc.example.com/d' zone
	run -0 --separate-stderr sent -v
	[ ! -e args ]
	[[ $stderr == *' withdrawn: '* ]]
}

@test "rspamd 5291, mail-dmarc 99, 207: retried, given up after 48 hours" {
	from example.com
	made
	echo 75 >status
	run -75 --separate-stderr sent
	for at in 2026-11-21T01:21:00Z 2026-11-21T03:30:00Z \
	    2026-11-21T07:40:00Z 2026-11-21T15:50:00Z; do
		AS_OF=$at run -75 --separate-stderr sent
	done
	[ "$(wc -l <args)" -eq 5 ]
	cmp out.0 out.4
	# Not before it is due.
	AS_OF=2026-11-21T15:55:00Z run -0 --separate-stderr sent
	[ "$(wc -l <args)" -eq 5 ]
	AS_OF=2026-11-23T00:00:00Z run -1 --separate-stderr sent
	[[ $stderr == *'gave-up: exit status 75'* ]]
	# Any other status gives up at once.
	rm -rf st
	from example.com
	made
	echo 67 >status
	run -1 --separate-stderr sent
	run -0 --separate-stderr sent
}

@test "mailinabox 2214, rspamd 2745, 2101, mox 295: suppression, bounces" {
	from example.com
	made
	for name in r@example.com @example.com example.com; do
		dmarcreport suppress add "${H[@]}" "$name"
		run -0 --separate-stderr dmarcreport suppress list "${H[@]}"
		assert_out "$name for-ever by hand"
		run -0 --separate-stderr sent --dry-run
		[[ $output == *' dropped: suppressed' ]]
		dmarcreport suppress del "${H[@]}" "$name"
	done
	run -0 --separate-stderr sent --verp --bounce=b@rep.example
	id=$(xml example.com | values report_id)
	[ "$(cat args)" = "-i -f b+$id@rep.example -- r@example.com" ]
	# A bounce that names nothing of our own changes nothing.
	printf 'From: x\n\nFinal-Recipient: rfc822; r@example.com\nMessage-ID: <00000000000000000000000000000000@rep.example>\n' >dsn
	run -1 --separate-stderr dmarcreport send --bounced "${H[@]}" <dsn
	sed -i "s/0000*/$id/" dsn
	run -0 --separate-stderr dmarcreport send --bounced "${H[@]}" \
	    --now=$NEXT <dsn
	run -0 --separate-stderr dmarcreport suppress list "${H[@]}"
	assert_out 'r@example.com 2026-12-21T00:20:00Z bounced'
	# Then twice as long.
	run -0 --separate-stderr dmarcreport send --bounced "${H[@]}" \
	    --now=2027-01-01T00:00:00Z <dsn
	run -0 --separate-stderr dmarcreport suppress list "${H[@]}"
	assert_out 'r@example.com 2027-03-02T00:00:00Z bounced'
}

@test "rspamd 4095, 4515, stalwart 173: no ping-pong" {
	local k='Subject: Report Domain: here.example Submitter: example.com Report-ID: <1>'
	printf 'From: <a@example.com>\n%s\n\nx\n' "$k" >m
	dmarceval "${Z[@]}" -q --now=${DAY}T10:00:00Z --record=st \
	    --ip=192.0.2.1 --mail-from=a@example.com --helo=h m
	made
	[ -z "$(ls st/out)" ]
	# With other mail beside it, it counts.
	rm -rf st
	dmarceval "${Z[@]}" -q --now=${DAY}T10:00:00Z --record=st \
	    --ip=192.0.2.1 --mail-from=a@example.com --helo=h m
	from example.com 192.0.2.1
	made
	[ "$(xml example.com | values count)" = 2 ]
	# Our own address gets nothing from us.
	sed -i 's/r@example.com/reports@rep.example/' zone
	echo 'example.com._report._dmarc.rep.example. 60 IN TXT "v=DMARC1"' >>zone
	run -0 --separate-stderr sent -v
	[ ! -e args ]
	# Who asks for reports in the sender's own domain is warned, once a day.
	sed -i 's/_dmarc.rep.example. IN TXT "v=DMARC1; p=reject/&; rua=mailto:x@rep.example/' zone
	for i in 1 2; do
		dmarcreport make "${H[@]}" "${Z[@]}" --now=2026-11-23T10:00:00Z \
		    --from=reports@rep.example 2>>err
	done
	[ "$(grep -c 'asks for aggregate reports' err)" -eq 1 ]
}

@test "failing mail alone is no weapon: --unknown-per-day" {
	from example.com 192.0.2.1
	from quar.example
	from quar.example
	from none.example
	run -0 --separate-stderr dmarcreport make "${H[@]}" "${Z[@]}" \
	    --from=reports@rep.example --now=$NEXT --unknown-per-day=1
	assert_err_has 'dmarcreport: 1 reports were not made: --unknown-per-day'
	[ "$(ls st/out | cut -d! -f2 | sort | tr '\n' ' ')" = 'example.com quar.example ' ]
}

@test "--stdout: one mail for a pipe; dkimsign signs it, dmarceval passes it" {
	dkimkey new --type=ed25519 key.pem
	dkimkey record --domain=rep.example --selector=s key.pem >>zone
	from example.com
	run -64 --separate-stderr made --stdout
	assert_usage dmarcreport
	made --stdout --domain=example.com --day=$DAY >mail
	dkimsign --domain=rep.example --selector=s --key=key.pem mail >signed
	run -0 --separate-stderr dmarceval "${Z[@]}" signed --spf=none
	assert_out_line 'dmarc=pass header.from=rep.example policy.dmarc=reject'
	# It counts as sent.
	run -0 --separate-stderr sent
	[ ! -e args ]
}

@test "--signer: signed before it goes; what cannot be signed does not go" {
	from example.com
	made
	printf '#!/bin/sh\nexit 1\n' >signer
	chmod +x signer
	run -75 --separate-stderr sent --signer="$T/signer"
	[ ! -e args ]
	printf '#!/bin/sh\necho "X-Signed: yes"\ncat\n' >signer
	AS_OF=2026-11-21T02:00:00Z run -0 --separate-stderr sent \
	    --signer="$T/signer"
	[ "$(head -1 out.0)" = 'X-Signed: yes' ]
}

@test "--max-mail: too large is dropped and said" {
	from example.com
	made
	run -0 --separate-stderr sent --max-mail=100
	[[ $stderr == *'dropped: larger than --max-mail' ]]
	[ ! -e args ]
}

@test "doctor: the signer's domain must be that of --from" {
	local d=(dmarcreport doctor "${H[@]}" "${Z[@]}"
	    --from=reports@rep.example)
	dkimkey new --type=ed25519 key.pem
	dkimkey record --domain=rep.example --selector=s key.pem >>zone
	dkimkey record --domain=other.example --selector=s key.pem >>zone
	run -0 --separate-stderr dmarcreport init "${H[@]}"
	signer() {
		printf '#!/bin/sh\n%s\n' "$1" >signer
		chmod +x signer
	}
	signer "exec $(command -v dkimsign) -q --domain=rep.example --selector=s --key=$T/key.pem"
	run -0 --separate-stderr "${d[@]}" --signer="$T/signer"
	assert_err_empty
	signer "exec $(command -v dkimsign) -q --domain=other.example --selector=s --key=$T/key.pem"
	run -1 --separate-stderr "${d[@]}" --signer="$T/signer"
	assert_err_has 'signer: what it signs does not pass DMARC'
	signer cat
	run -1 --separate-stderr "${d[@]}" --signer="$T/signer"
	assert_err_has 'signer: does not sign'
	signer 'exit 1'
	run -1 --separate-stderr "${d[@]}" --signer="$T/signer"
	assert_err_has 'signer: fails, so that nothing would be sent'
	run -64 --separate-stderr dmarcreport doctor "${H[@]}" \
	    --signer="$T/signer"
	assert_usage dmarcreport
	run -64 --separate-stderr "${d[@]}" --signer=signer
	assert_usage dmarcreport
}

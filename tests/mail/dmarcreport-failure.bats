#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dmarcreport failure: when a report is due, what it says, what it hides.
# shellcheck disable=SC2030,SC2031,SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	cat >zone <<-'END'
	$TTL 3600
	$ORIGIN .
	example.com. IN TXT "v=spf1 ip4:192.0.2.1 -all"
	_dmarc.example.com. IN TXT "v=DMARC1; p=none; ruf=mailto:f@example.com"
	_dmarc.any.example. IN TXT "v=DMARC1; p=none; fo=1; ruf=mailto:f@any.example"
	any.example. IN TXT "v=spf1 ip4:192.0.2.1 -all"
	_dmarc.d.example. IN TXT "v=DMARC1; p=none; fo=d; ruf=mailto:f@d.example"
	_dmarc.s.example. IN TXT "v=DMARC1; p=none; fo=s; ruf=mailto:f@s.example"
	_dmarc.mute.example. IN TXT "v=DMARC1; p=none; rua=mailto:f@mute.example"
	_dmarc.psd.example. IN TXT "v=DMARC1; p=none; psd=y; ruf=mailto:f@psd.example"
	_dmarc.out.example. IN TXT "v=DMARC1; p=none; ruf=mailto:f@no.example"
	END
	Z=(--offline --zone=zone)
	cat >m <<-'END'
	Received: from h (h [192.0.2.9]) by mx.rep.example (Postfix) with
	 ESMTP id 1 for <victim.name@rep.example>; Fri, 20 Nov 2026 10:00:00 +0000
	From: "John secret.person Doe" <secret.person@example.com>
	To: victim.name@rep.example,
	 Other <other.one@rep.example>
	Subject: mail secret.person@example.com now
	 or "quoted one"@example.com
	Message-ID: <secret.id@example.com>
	X-Private: nothing to see
	DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; i=secret.per
	 son@example.com; z=From:secret.person@example.com; b=AAAA

	Visit http://bad.example/ or write secret.person@example.com
	END
}

verdict() {
	dmarceval "${Z[@]}" -o json --now=2026-11-20T10:00:00Z "$@" m >v ||
	    [ $? -ne 65 ]
}
# shellcheck disable=SC2120
failing() {
	dmarcreport failure --home=st "${Z[@]}" --verdict="${V:-v}" \
	    --from=reports@rep.example --now="${NOW:-2026-11-20T10:00:05Z}" \
	    "$@" <m
}
E=(--ip=192.0.2.9 --helo=h --mail-from=secret.person@example.com)

@test "the parts and fields of RFC 5965, 6591 and 9991" {
	verdict "${E[@]}" --dkim=fail:example.com:s1
	run -0 --separate-stderr failing --delivery=delivered
	printf '%s' "$output" | tr -d '\r' >out
	for l in 'Auto-Submitted: auto-generated' 'Feedback-Type: auth-failure' \
	    'Version: 1' 'Auth-Failure: dmarc' 'To: <f@example.com>' \
	    'Authentication-Results: rep.example; dmarc=fail header.from=example.com' \
	    'Identity-Alignment: dkim, spf' 'Reported-Domain: example.com' \
	    'Source-IP: 192.0.2.9' 'Delivery-Result: delivered' \
	    'Arrival-Date: Fri, 20 Nov 2026 10:00:00 +0000' \
	    'DKIM-Domain: example.com' 'DKIM-Selector: s1' \
	    'SPF-DNS: txt : example.com : "v=spf1 ip4:192.0.2.1 -all"'; do
		[ "$(grep -cxF "$l" out)" -eq 1 ] || { echo "$l"; cat out; false; }
	done
	"$PYTHON" - <<-'END'
	import email, email.policy
	m = email.message_from_file(open("out"), policy=email.policy.default)
	assert m.get_content_type() == "multipart/report", m.get_content_type()
	assert m.get_param("report-type") == "feedback-report"
	t = [p.get_content_type() for p in m.iter_parts()]
	assert t == ["text/plain", "message/feedback-report",
	    "text/rfc822-headers"], t
	END
}

@test "redaction hides every local part, the same in all parts" {
	verdict "${E[@]}"
	for how in '' --body; do
		rm -f st/store.db*
		run -0 --separate-stderr failing $how
		printf '%s' "$output" | tr -d '\r' >out
		assert_file_lacks_re \
		    'secret|victim|other.one|quoted|John|per ?son@|X-Private' \
		    'Feedback-Type: auth-failure' out
		t=$(sed -n 's/^Original-Mail-From: <\([a-z0-9]*\)@.*/\1/p' out)
		[[ $t =~ ^[a-z0-9]{12}$ ]]
		grep -q "^From: <$t@example.com>" out
		grep -q "^Subject: FW: mail $t@example.com now or" out
		grep -q "i=$t@example.com" out
	done
	grep -q 'Visit hxxp://bad.example/ or write' out
	# The key is this site's: another one, another token.
	[ "$(stat -c %a st/redact.key)" = 600 ]
	rm -r st
	run -0 --separate-stderr failing
	assert_out_has 'Feedback-Type: auth-failure'
	assert_out_lacks "$t"
	# In the clear only if that is written out.
	run -0 --separate-stderr failing --redact=none
	assert_out_has 'secret.person@example.com'
	run -64 --separate-stderr failing --redact=some
	assert_usage dmarcreport
}

@test "redaction: an address in an encoded Subject" {
	sed -i '/^ or "quoted/d; s/^Subject: .*/Subject: =?utf-8?q?secret.per?= =?utf-8?B?c29uQGV4YW1wbGUuY29t?=/' m
	verdict "${E[@]}"
	run -0 --separate-stderr failing
	assert_out_lacks 'secret.per?='
	assert_out_has 'Subject: FW: [redacted]'
	run -0 --separate-stderr failing --subject=drop
	assert_out_has 'Subject: FW: message from example.com'
}

@test "OpenDMARC 271: fo=0 with an SPF pass sends nothing; fo=1, d, s" {
	due() {
		local out=$1
		shift
		verdict "$@"
		run -0 --separate-stderr failing
		[ -n "$output" ] && [ "$out" = yes ] ||
		    [ -z "$output$out" ] || show "due: $* ($out)"
	}
	due '' --spf=pass:example.com --dkim=none
	due yes --spf=fail:example.com --dkim=none
	sed -i 's/@example.com/@any.example/; s/secret/x/' m
	due yes --spf=pass:any.example --dkim=none
	due '' --spf=pass:any.example --dkim=pass:any.example:s
	sed -i 's/@any.example/@d.example/' m
	due '' --spf=fail:d.example --dkim=none
	due yes --spf=pass:d.example --dkim=fail:other.example:s
	sed -i 's/@d.example/@s.example/' m
	due '' --spf=none --dkim=fail:s.example:s
	due yes --spf=fail:x.example --dkim=none
}

@test "no ruf is 6; psd=y is 6; no consent sends nothing" {
	for d in mute psd; do
		sed "s/@example.com/@$d.example/" m >n
		mv n m
		verdict --spf=fail:x.example --dkim=none
		run -6 --separate-stderr failing
		assert_out_empty
		sed -i "s/@$d.example/@example.com/" m
	done
	sed -i 's/@example.com/@out.example/' m
	verdict --spf=fail:x.example --dkim=none
	run -0 --separate-stderr failing
	assert_out_empty
}

@test "never about a null sender, a report, a list, an answer, ourselves" {
	never() {
		cp m saved
		[ -z "$1" ] || sed -i "3i $1" m
		verdict --ip=192.0.2.9 --helo=h --mail-from="${2-a@example.com}"
		run -0 --separate-stderr failing
		assert_out_empty
		cp saved m
	}
	never '' ''
	never 'Auto-Submitted: auto-replied'
	never 'Subject: Report Domain: a.example Submitter: b.example'
	never 'List-Id: <l.example>\nPrecedence: bulk'
	sed -i 's/secret.person@example.com/x@rep.example/' m
	printf '_dmarc.rep.example. 60 IN TXT "v=DMARC1; p=none; ruf=mailto:f@rep.example"\n' >>zone
	verdict "${E[@]}"
	run -0 --separate-stderr failing
	assert_out_empty
	# Auto-Submitted: no, and a list that is neither, are mail like other.
	sed -i 's/x@rep.example/x@example.com/; 3i Auto-Submitted: no' m
	verdict "${E[@]}"
	run -0 --separate-stderr failing
	assert_out_has 'Feedback-Type'
}

@test "rate: 10, then every 10th to 100; Incidents; a quiet day resets" {
	verdict "${E[@]}"
	local i n=0 last=
	for ((i = 1; i <= 30; i++)); do
		failing >out 2>err
		[ -s out ] || continue
		n=$((n + 1))
		last=$i:$(sed -n 's/^Incidents: \([0-9]*\).*/\1/p' out)
	done
	[ "$n $last" = '12 30:10' ]
	NOW=2026-11-22T10:00:00Z failing >out
	[ -s out ]
	assert_file_lacks_re '^Incidents' '^Feedback-Type' out
}

@test "rate: at most 20 an hour to one address, then 75" {
	local i sent=0
	for ((i = 1; i <= 21; i++)); do
		verdict --ip=198.51.$i.1 --helo=h --mail-from=a@x.example
		failing >out 2>err && status=0 || status=$?
		[ ! -s out ] || sent=$((sent + 1))
	done
	[ "$sent $status" = '20 75' ]
}

@test "--sendmail; --verdict in all forms; what is none" {
	printf '#!/bin/sh\ncat >%s/mail\necho "$@" >%s/args\n' "$T" "$T" >p
	chmod +x p
	verdict "${E[@]}"
	run -0 --separate-stderr failing --sendmail="$T/p" --bounce=b@rep.example
	assert_out_empty
	[ "$(cat args)" = '-i -f b@rep.example -- f@example.com' ]
	V="$(cat v)" run -0 --separate-stderr failing
	assert_out_has Feedback-Type
	{ cat v; cat m; } >both
	mv both m
	V=- run -0 --separate-stderr failing
	assert_out_has Feedback-Type
	V='{' run -65 --separate-stderr failing
	V='{"x":1}' run -65 --separate-stderr failing
	run -64 --separate-stderr dmarcreport failure --home=st <m
	assert_usage dmarcreport
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What sign and write take from variables is set here (FROM, D, CTE, TYPE).
# shellcheck disable=SC2034
# Approval by mail: each way to forge one, and the honest mail beside it.
# The mails are really signed; their DNS is a file.
# shellcheck disable=SC2034 # tests/lib/bats/approval.bash reads them
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

@test "an honest approval makes the grant active, once" {
	ask
	[ "$(state)" = requested ]
	write "approve $ID $BOB\n\nBob\n" | sign >yes
	vote 0 '' <yes
	[ "$(state)" = active ]
	vote 8 voted <yes
	jit log export | grep -q '"via":"mail"'
	jit log export | grep '"event":"vote"' | jq -e '.evidence.sha256 and
	    (.evidence.dns | length > 1) and
	    .evidence.signatures[0].d == "example.org"'
	jit log verify
}

@test "deny comes from the mail too; case and look-alikes are read" {
	ask
	write "DENY ${ID^^} ${BOB^^}\n" | sign | vote 0 ''
	[ "$(state)" = denied ]
	ask
	c=${BOB//0/O}
	c=${c//1/l}
	write "\n> quoted\nApprove $ID $c shorten 30m\n" | sign | vote 0 ''
	[ "$(jit show -o json "$ID" | jq -r .duration)" = 1800 ]
	ask
	write "approve $ID $BOB shorten 3h\n" | sign | vote 1 lengthen
}

@test "rule 1: form" {
	ask
	write "approve $ID $BOB\n" | sign >good
	sed 's/^Subject:/X: y\nSubject:/;1i Subject: other' good |
	    vote 1 fields
	sed '/^To:/d' good | vote 1 fields
	sed '1i From: Eve <eve@evil.example>' good | vote 1 fields
	{ cat good; printf 'a\0b\n'; } | vote 1 malformed
	{ cat good; printf 'a\rb\n'; } | vote 1 malformed
	{ cat good; head -c 300000 /dev/zero | tr '\0' x; } | vote 1 too-large
	printf '' | vote 1 malformed
	FROM='bob@example.org, eve@evil.example' write "approve $ID $BOB\n" |
	    sign | vote 1 author
	FROM='g: bob@example.org;' write "approve $ID $BOB\n" | sign |
	    vote 1 author
	[ "$(state)" = requested ]
	vote 0 '' <good
}

@test "rule 2: no machine approves" {
	ask
	body="approve $ID $BOB\n"
	write "$body" 'Auto-Submitted: auto-replied' | sign | vote 1 automatic
	for no in 'no, auto-replied' 'no auto-replied' 'no (a) b' 'no (' \
	    'no/x' '"no"' '' 'nope' ', no'; do
		write "$body" "Auto-Submitted: $no" | sign | vote 1 automatic
	done
	write "$body" 'Precedence: bulk' | sign | vote 1 automatic
	write "$body" 'Precedence: list' | sign | vote 1 automatic
	write "$body" 'Precedence: auto_reply' | sign | vote 1 automatic
	write "$body" 'List-Id: <l.example.org>' | sign | vote 1 automatic
	TYPE='multipart/report; boundary=b' write \
	    "--b\nContent-Type: text/plain\n\n$body\n--b--\n" | sign |
	    vote 1 automatic
	write "$body" | sign >good
	ENVELOPE='' vote 1 sender <good
	ENVELOPE='<>' vote 1 sender <good
	ENVELOPE=MAILER-DAEMON vote 1 sender <good
	run -1 jit approve --mail --offline --zone zone <good
	{ echo 'Return-Path: <>'; cat good; } >null
	run -1 jit approve --mail --offline --zone zone <null
	SENDER=bob@example.org run -1 jit approve --mail --offline \
	    --zone zone <null
	[ "$(state)" = requested ]
	{
		echo 'Return-Path: <bob@example.org>'
		echo 'Received: from a by b; Mon, 23 Nov 2026 18:00:00 +0000'
		cat good
	} >path
	run -0 jit approve --mail --offline --zone zone <path
}

@test "rule 2: an out-of-office note that quotes the request, a bounce" {
	ask
	write "I am away.\n\n$(sed 1,/^$/d out/0)\n" \
	    'Auto-Submitted: auto-replied' | sign | vote 1 automatic
	write "I am away.\n\n$(sed 1,/^$/d out/0)\n" | sign |
	    vote 1 no-command
	write "$(sed '1,/^$/d;s/^/> /' out/0)\n" | sign | vote 1 no-command
	run -1 grep -riE "approve +$ID|$ID +$BOB" out
	for no in '(a (b)) no (c)' 'NO; x=auto-replied' 'no(a) ; x=y'; do
		write "approve $ID $CAROL\n" "Auto-Submitted: $no" | sign |
		    vote 1 wrong-code
	done
	write "approve $ID $BOB\n" 'Auto-Submitted: no' | sign | vote 0 ''
}

@test "rule 3: DMARC on DKIM alone" {
	ask
	body="approve $ID $BOB\n"
	write "$body" | vote 1 dmarc			# SPF alone would pass
	write "$body" | sign | sed "s/^approve/approve /" >changed
	sed -i 's/^Bob/Rob/;s/7bit/8bit/' changed
	vote 1 dmarc <changed
	write "$body" | D=evil.example sign | vote 1 dmarc
	write "$body" | S=none sign | vote 1 dmarc
	FROM=bob.builder@none.example
	ask
	write "approve $ID $BOB\n" | D=none.example sign | vote 1 dmarc-policy
	policy require_policy=none
	write "approve $ID $BOB\n" | D=none.example sign | vote 0 ''
}

@test "rule 3: a DNS that does not answer is 75, with --mta too" {
	ask
	write "approve $ID $BOB\n" | sign >good
	run -75 jit approve --mail --offline --mail-from b@example.org <good
	run -75 jit approve --mail --mta --offline --mail-from b@x <good
	[ "$(state)" = requested ]
	run -0 jit approve --mail --mta --offline --zone zone \
	    --mail-from b@x <good
	[ "$(state)" = active ]
}

@test "no Authentication-Results is believed" {
	ask
	ar='dmarc=pass header.from=example.org; dkim=pass header.d=example.org'
	for id in mx.example.org localhost example.org 'mx.example.org 1'; do
		write "approve $ID $BOB\n" \
		    "Authentication-Results: $id; $ar" | vote 1 dmarc
	done
	write "approve $ID $BOB\n" "ARC-Authentication-Results: i=1; x; $ar" |
	    vote 1 dmarc
	write "approve $ID $BOB\n" "Authentication-Results: x; dmarc=fail" |
	    sign | vote 0 ''
}

@test "rule 4: alignment is strict unless the policy says relaxed" {
	ask
	write "approve $ID $BOB\n" | D=sub.example.org sign >sub
	vote 1 unaligned <sub
	policy alignment=relaxed
	vote 0 '' <sub
}

@test "rule 5: weak signatures" {
	ask
	write "approve $ID $BOB\n" >plain
	KEY=weak.pem S="weak" sign --force <plain | vote 1 weak-signature
	S="test" sign <plain | vote 1 weak-signature
	sign --force --body-length <plain >length
	{ cat length; echo more; } | vote 1 dmarc
	vote 1 weak-signature <length
	ask
	write "approve $ID $BOB\n" >plain
	S=e1 KEY=ed.pem sign <plain | vote 0 ''
}

@test "rule 5: expired, future, too old" {
	ask
	write "approve $ID $BOB\n" >plain
	now=$(date +%s)
	sign --timestamp=$((now - 200)) --expire=90s --now=$((now - 200)) \
	    <plain | vote 1 dmarc
	sign --timestamp=$((now + 500)) <plain | vote 1 date
	sign --timestamp=$((now - 3600)) <plain | vote 1 date
	WHEN='2 hours ago' write "approve $ID $BOB\n" | sign --canon=relaxed/relaxed | vote 1 date
	WHEN='2 hours' write "approve $ID $BOB\n" | sign --canon=relaxed/relaxed | vote 1 date
	sign --timestamp=$((now - 200)) <plain | vote 0 ''
}

@test "rule 5: what is signed" {
	ask
	body="approve $ID $BOB\n"
	write "$body" | sign --oversign= --headers=From:To:Date:Message-ID |
	    vote 1 unsigned-field
	write "$body" | sign --oversign= --headers=From:Subject:Date |
	    vote 1 unsigned-field
	policy require_headers=to
	write "$body" | sign --oversign= \
	    --headers=From:Subject:Date:Message-ID | vote 1 unsigned-field
	write "$body" | sign | vote 0 ''
}

@test "rule 5: Gmail and Outlook sign neither type nor time" {
	ask
	h=From:Subject:Date:Message-ID:To
	gmail() { sign --oversign= --headers=$h; }
	TYPE='multipart/alternative; boundary="b"'
	alt() {
		printf -- '--b\\nContent-Type: text/plain\\n\\n%s\\n--b\\n' "$1"
		printf 'Content-Type: text/html\\n\\n<p>%s</p>\\n--b--\\n' "$1"
	}
	write "$(alt "approve $ID $BOB")" | gmail >good
	# A second command somewhere: which one is meant, no signature says.
	write "$(alt "approve $ID $BOB\\ndeny $ID $BOB")" | gmail |
	    vote 1 ambiguous
	sed 's/^Content-Type: multipart.*/Content-Type: text\/html/' good |
	    vote 1 html-only
	vote 0 '' <good
	[ "$(state)" = active ]
}

@test "rule 5: one command in all that is read, decoded or not" {
	ask
	gmail() { sign --oversign= --headers=From:Subject:Date:Message-ID:To; }
	yes="approve $ID $BOB" no="deny $ID $BOB"
	TYPE='multipart/mixed; boundary="b"'
	mixed() {	# mixed HEADER BODY: the vote, and one more part
		printf -- '--b\\nContent-Type: text/plain\\n\\n%s\\n--b\\n' "$yes"
		printf '%s\\n\\n%s\\n--b--\\n' "$1" "$2"
	}
	b64='Content-Transfer-Encoding: base64'
	bin="Content-Type: application/octet-stream\\n$b64"
	write "$(mixed "$bin" "$(printf 'x\0\n%s\n' "$no" | base64 -w0)")" |
	    gmail | vote 1 ambiguous
	write "$(mixed "Content-Type: text/html\\n$b64" \
	    "$(printf '<p>\n%s\n' "$yes" | base64 -w0)")" |
	    gmail | vote 1 ambiguous
	write "$(mixed 'Content-Transfer-Encoding: quoted-printable' \
	    "den=\\ny $ID=20$BOB")" | gmail | vote 1 ambiguous
	write "$(mixed 'Content-Type: text/plain; format=flowed' \
	    "deny $ID \\n$BOB")" | gmail | vote 1 ambiguous
	write "$(mixed 'Content-Type: message/rfc822' \
	    "Subject: x\\n$b64\\n\\n$(base64 -w0 <<<"$no")")" | gmail |
	    vote 1 ambiguous
	# After the last part, and in front of the first.
	write "$(mixed 'Content-Type: text/html' '<p>')$no\n" | gmail |
	    vote 1 ambiguous
	write "$no\n$(mixed 'Content-Type: text/html' '<p>')" | gmail |
	    vote 1 ambiguous
	[ "$(state)" = requested ]
	# Where the type is signed, the parts are what they are.
	write "$(mixed "$bin" "$(printf '%s\n' "$no" | base64 -w0)")" >signed
	sed 's/^Content-Type: multi/content-type: multi/' signed |
	    gmail | vote 1 ambiguous
	sign <signed | vote 0 ''
	[ "$(state)" = active ]
	ask
	yes="approve $ID $BOB"
	write "$(mixed "$bin" "$(printf 'a picture' | base64 -w0)")" |
	    gmail | vote 0 ''
}

@test "rule 5: the same body under another type says nothing else" {
	ask
	gmail() { sign --oversign= --headers=From:Subject:Date:Message-ID:To; }
	# A mail that quotes a vote in base64 and denies in plain text.
	write "deny $ID $BOB\n" | gmail | sed \
	    's/^Content-Transfer-Encoding: .*/Content-Transfer-Encoding: base64/' |
	    vote 1 no-text
	CTE=base64 write "$(base64 -w0 <<<"deny $ID $BOB")\n" | gmail >hidden
	vote 0 '' <hidden
	[ "$(state)" = denied ]
	ask
	# No one has to sign a type that is not there.
	NOMIME=1 write "approve $ID $BOB\n" | gmail | vote 0 ''
}

@test "rule 6: who" {
	ask
	body="approve $ID $BOB\n"
	FROM='"bob@example.org" <eve@evil.example>' write "$body" |
	    D=evil.example sign | vote 1 stranger
	FROM=eve@example.org write "$body" | sign | vote 1 stranger
	FROM=bob+x@example.org write "$body" | sign | vote 1 stranger
	for me in me@example.org second@example.org ME@EXAMPLE.ORG \
	    Second@Example.Org; do
		FROM=$me write "$body" | sign | vote 1 self-approval
	done
	FROM='BOB@EXAMPLE.ORG' write "$body" | sign | vote 0 ''
}

@test "rule 7: the text in all its forms" {
	for form in base64 qp flowed lf alternative; do
		ask
		CTE=7bit TYPE='text/plain; charset=utf-8'
		body="approve $ID $BOB\n"
		case $form in
		base64)	CTE=base64
			body=$(printf '%b' "$body" | base64)'\n' ;;
		qp)	CTE=quoted-printable
			body="approve =\n$ID=20$BOB\n" ;;
		flowed)	TYPE='text/plain; format=flowed'
			body=" approve $ID \n$BOB\n" ;;
		esac
		write "$body" >plain
		if [ $form = lf ]; then
			sign <plain | vote 0 ''
		else
			crlf <plain >plain.crlf
			sign <plain.crlf | vote 0 ''
		fi
	done
}

@test "rule 7: HTML alone is refused with an answer; a footer is no command" {
	ask
	rm -f out/*
	TYPE=text/html write "<p>approve $ID $BOB</p>\n" | sign |
	    vote 1 html-only
	grep -q 'plain text' out/0
	grep -q '^Auto-Submitted: auto-replied' out/0
	head -n 1 out/0 | grep -qx -- '-t -i -f <>'
	# Not signed by anyone: no answer.
	TYPE=text/html write "<p>approve $ID $BOB</p>\n" | vote 1 dmarc
	[ ! -e out/1 ]
	write "Hello\n\napprove $ID $BOB\n" | sign | vote 1 no-command
	write "approve $ID $BOB please\n" | sign | vote 1 no-command
	write "approve $ID $BOB\n" | sign >good
	{ cat good; printf '_____\nlist footer\n'; } | vote 1 dmarc
	sed 's/^Subject: /Subject: [list] /' good | vote 1 dmarc
	write "approve $ID $BOB\n-- \nlist footer\n" | sign | vote 0 ''
}

@test "rule 8: codes, five tries" {
	ask
	[ "$BOB" != "$CAROL" ]
	write "approve $ID $CAROL\n" | sign | vote 1 wrong-code
	write "approve $ID $CAROL\n" | vote 1 dmarc	# spends no try
	for ((i = 0; i < 4; i++)); do
		write "approve $ID 000000000000\n" | sign | vote 1 wrong-code
	done
	write "approve $ID $BOB\n" | sign | vote 1 too-many-tries
	# Another person's tries are his own.
	FROM=carol@example.org write "approve $ID $CAROL\n" | sign | vote 0 ''
}

@test "rule 8: a code is for one request; a fourth error leaves one try" {
	ask
	old=$BOB
	ask
	for ((i = 0; i < 4; i++)); do
		write "approve $ID $old\n" | sign | vote 1 wrong-code
	done
	write "approve $ID $BOB\n" | sign | vote 0 ''
}

@test "rule 9: two votes need two people; nothing after a denial" {
	K=2 policy
	ask
	write "approve $ID $BOB\n" | sign >one
	vote 0 '' <one
	[ "$(state)" = requested ]
	write "approve $ID $BOB\n" | sign | vote 8 voted
	vote 8 voted <one
	FROM=carol@example.org write "approve $ID $CAROL\n" | sign | vote 0 ''
	[ "$(state)" = active ]
	ask
	write "deny $ID $BOB\n" | sign | vote 0 ''
	FROM=carol@example.org write "approve $ID $CAROL\n" | sign |
	    vote 1 not-pending
	write "approve gxxxxxxxxxxxx $BOB\n" | sign | vote 1 no-grant
}

@test "a request that was edited meanwhile is not approved" {
	need sqlite3
	edit() { sqlite3 "$H/store.db" "UPDATE grants SET $1 WHERE id='$ID'"; }
	for change in "resource='y'" "kind='other'" "duration=7200" \
	    "uses=9" "reason='z'" "person='carol'" \
	    "limits='{\"a\":\"b\"}'" \
	    "requester='uid:60009'" "asked=0" "asked=asked+1" "asked=-1" \
	    "digest='$(printf '%064d' 0)'"; do
		ask
		edit "$change"
		write "approve $ID $BOB\n" | sign | vote 1 changed
		[ "$(state)" = requested ]
	done
	ask
	write "approve $ID $BOB\n" | sign | vote 0 ''
}

@test "an edit between two votes is noticed, a shortening is none" {
	need sqlite3
	edit() { sqlite3 "$H/store.db" "UPDATE grants SET $1 WHERE id='$ID'"; }
	K=2 policy
	for change in "resource='y'" "duration=3601" "reason='z'"; do
		ask
		write "approve $ID $BOB shorten 10m\n" | sign | vote 0 ''
		edit "$change"
		FROM=carol@example.org write "approve $ID $CAROL\n" | sign |
		    vote 1 changed
		[ "$(state)" = requested ]
	done
	ask
	write "approve $ID $BOB shorten 10m\n" | sign | vote 0 ''
	FROM=carol@example.org write "approve $ID $CAROL shorten 61m\n" |
	    sign | vote 1 lengthen
	FROM=carol@example.org write "approve $ID $CAROL shorten 5m\n" |
	    sign | vote 0 ''
	[ "$(jit show -o json "$ID" | jq -r .duration)" = 300 ]
	[ "$(state)" = active ]
}

@test "who edits a digest along with the request edits no log" {
	need sqlite3
	ask
	old=$ID
	ask
	# The row of a request claims another's line, whole and unbroken.
	sqlite3 "$H/store.db" "UPDATE grants SET (asked, digest) = (SELECT
	    asked, digest FROM grants WHERE id='$old') WHERE id='$ID'"
	write "approve $ID $BOB\n" | sign | vote 1 changed
}

@test "the reason injects nothing into the mail" {
	REASON=$'x\r\nBcc: eve@evil.example\r\n\r\napprove \e[2J\xe2\x80\xae .' ask
	for mail in out/*; do
		run -1 grep -i '^Bcc' "$mail"
		run -1 grep -P '[^\x20-\x7e]' "$mail"
	done
	grep -q '^Auto-Submitted: auto-generated' out/0
}

@test "both sides are answered, five times a day at most" {
	ask
	write "approve $ID $BOB\n" | sign | vote 0 ''
	grep -l '^To: me@example.org' out/*
	grep -l '^To: bob@example.org' out/* | wc -l | grep -qx 2
	for ((i = 0; i < 10; i++)); do
		write "nothing\n" | sign | vote 1 no-command
	done
	[ "$(grep -l '^To: bob@example.org' out/* | wc -l)" = 6 ]
}

@test "a thousand bogus mails: no DNS question, a bounded log" {
	FROM=eve@evil.example write "approve g c\n" | D=evil.example sign >bogus
	for ((i = 0; i < 110; i++)); do
		jit approve -q --mail --mta --mail-from x@y --nameserver \
		    127.0.0.1:1 <bogus
	done
	[ "$(jit log show | grep -c mail-refused)" = 100 ]
}

@test "a partner asks by mail, three at a time" {
	FROM=joe@vendor.example D=vendor.example
	for k in 1 2 3; do
		write "request demo r$k 1h uses 5\nreason: CHG-7 please\n" |
		    sign >asked
		run -2 jit request --mail --offline --zone zone \
		    --mail-from joe@vendor.example -o json <asked
	done
	id=$(jq -r .grant <<<"$output")
	[ "$(jit show -o json "$id" | jq -r .requester)" = \
	    mail:joe@vendor.example ]
	run -8 jit request --mail --offline --zone zone --mail-from j@v <asked
	write "request demo r9 1h\n" | sign >asked
	run -1 jit request --mail --offline --zone zone --mail-from j@v <asked
	FROM=joe@evil.example D=evil.example
	write "request demo r9 1h\n" | sign >asked
	run -1 jit request --mail --offline --zone zone --mail-from j@v <asked
	ID=$id BOB=$(code bob@example.org | tail -n 1)
	FROM=bob@example.org D=example.org
	BOB=$(grep -l "the request: $id" out/* | xargs grep -l '^To: bob' |
	    xargs sed -n 's/^    your code: //p')
	write "approve $id $BOB\n" | sign | vote 0 ''
}

@test "who asks by mail does not approve it by a tag of his address" {
	FROM=me@example.org write "request demo r 1h\n" | sign >asked
	run -2 jit request --mail --offline --zone zone --mail-from m@e \
	    -o json <asked
	ID=$(jq -r .grant <<<"$output")
	FROM=second@example.org write "approve $ID 000000000000\n" | sign |
	    vote 1 self-approval
}

@test "options that do not fit are usage errors" {
	run -64 jit approve --offline g1 </dev/null
	run -64 jit approve --mail g1 </dev/null
	run -64 jit approve --mail --shorten 5m </dev/null
	run -64 jit request --mail --kind demo </dev/null
	run -64 jit approve --mail --nameserver x </dev/null
	# No mail was meant to be read.
	run -64 jit approve --mta --id x </dev/null
}

@test "a wrong line of a filter eats mails, but not in silence" {
	for line in '--mail --mta --nosuch' '--nosuch --mta --mail' \
	    '-q --mail --mta --shorten 5m'; do
		# shellcheck disable=SC2086 # options
		run -0 --separate-stderr jit approve $line </dev/null
		[ "$stderr" != '' ]
		[ "$(tail -n 1 "$H/audit.log" | jq -r .reason)" = usage ]
	done
	[ "$(grep -c '"event":"mail-refused"' "$H/audit.log")" = 3 ]
}

@test "of two votes that shorten the shorter holds, in any order" {
	K=2 policy
	for order in '10m 30m' '30m 10m'; do
		ask
		write "approve $ID $BOB shorten ${order% *}\n" | sign |
		    vote 0 ''
		FROM=carol@example.org write \
		    "approve $ID $CAROL shorten 2h\n" | sign | vote 1 lengthen
		FROM=carol@example.org write \
		    "approve $ID $CAROL shorten ${order#* }\n" | sign |
		    vote 0 ''
		[ "$(jit show -o json "$ID" | jq -r .duration)" = 600 ]
		[ "$(state)" = active ]
	done
}

@test "a rule takes votes by mail, with proof=mail and without" {
	for proof in '' proof=mail; do
		policy
		echo "$proof" >>"$H/policy"
		ask
		write "approve $ID $BOB\n" | sign | vote 0 ''
		[ "$(state)" = active ]
	done
	echo proof=sshsig >>"$H/policy"
	sed -i '/^proof=mail/d' "$H/policy"
	run -78 --separate-stderr jit policy check
	assert_err_has 'expected one of: mail'
}

# The examples under the real procmail and maildrop: taken, refused, kept.
filter_mails() {
	ask
	write "approve $ID $BOB\n" 'Return-Path: <bob@example.org>' >plain
	sign <plain >good.eml
	cp plain forged.eml
	grep -q 'Return-Path: <bob' good.eml
}

@test "procmail: a vote is taken, a forged one gone, a failure kept" {
	need procmail
	filter_mails
	try() {
		{
			printf 'PATH=%s\nMAILDIR=%s\nDEFAULT=%s/inbox\n' \
			    "$PATH" "$T" "$T"
			printf 'LOGFILE=%s/log\nSENDMAIL=/bin/false\n' "$T"
			example jitgrant-procmailrc |
			    sed "s|^OPTIONS=.*|OPTIONS=\"--home=$H --offline $2\"|"
		} >rc
		procmail -m ./rc <"$1"
	}
	run -75 try good.eml ''
	[ "$(state)" = requested ]
	run -0 try forged.eml "--zone=$T/zone"
	[ "$(state)" = requested ]
	run -0 try good.eml "--zone=$T/zone"
	[ "$(state)" = active ]
	[ ! -e inbox ]
}

@test "maildrop: the same" {
	need maildrop
	filter_mails
	try() {
		{
			printf 'PATH="%s"\n' "$PATH"
			example jitgrant-mailfilter |
			    sed "s|^OPTIONS=.*|OPTIONS=\"--home=$H --offline $2\"|"
		} >rc
		chmod 600 rc
		maildrop ./rc <"$1"
	}
	run -75 try good.eml ''
	[ "$(state)" = requested ]
	run -0 try forged.eml "--zone=$T/zone"
	[ "$(state)" = requested ]
	run -0 try good.eml "--zone=$T/zone"
	[ "$(state)" = active ]
}

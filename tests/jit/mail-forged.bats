#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Mails as they are in the world: what providers sign, what lists and machines
# send, and forgeries that take more than a changed byte.
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

teardown() {
	stop_all
}

# sha_sign sha1|sha256 <MAIL >SIGNED: simple/simple by hand, for dkimsign does
# not sign with SHA-1.
sha_sign() {
	local h data=
	crlf >sha.in
	h="DKIM-Signature: v=1; a=rsa-$1; c=simple/simple; d=example.org;"
	h+=" s=s1; t=$(date +%s); h=From:Subject:Date:Message-ID;"
	h+=" bh=$(sed '1,/^\r$/d' sha.in | openssl dgst "-$1" -binary | base64)"
	h+="; b="
	for name in From Subject Date Message-ID; do
		data+=$(grep "^$name:" sha.in)$'\n'
	done
	printf '%s%s\r\n' "$h" "$(printf '%s%s' "$data" "$h" |
	    openssl dgst "-$1" -sign rsa.pem | base64 -w0)"
	cat sha.in
}

@test "SHA-1 proves nothing; the same signature with SHA-256 does" {
	ask
	write "approve $ID $BOB\n" >plain
	sha_sign sha1 <plain | vote 1 dmarc
	sha_sign sha256 <plain | vote 0 ''
}

@test "two From, in each order and letter case, one signed" {
	ask
	write "approve $ID $BOB\n" | sign --oversign= \
	    --headers=From:Subject:Date:Message-ID >good
	sed '1i From: eve@evil.example' good | vote 1 fields
	sed '/^Subject:/i FROM: eve@evil.example' good | vote 1 fields
	sed '/^Subject:/i From : eve@evil.example' good | vote 1 fields
	FROM=eve@evil.example write "approve $ID $BOB\n" |
	    D=evil.example sign --oversign= |
	    sed '/^Subject:/i From: bob@example.org' | vote 1 fields
	for name in Subject Date To Message-ID Sender Content-Type; do
		[ "$name" = Sender ] ||
		    sed "1i $name: <x@y>" good | vote 1 fields
	done
	vote 0 '' <good
}

@test "a name that looks like an address is no address" {
	ask
	body="approve $ID $BOB\n"
	while IFS= read -r from; do
		FROM=$from write "$body" | D=evil.example sign |
		    vote 1 stranger
	done <<-'END'
	"bob@example.org" <eve@evil.example>
	bob <eve@evil.example> (bob@example.org)
	"Bob <bob@example.org>" <eve@evil.example>
	=?utf-8?q?bob=40example.org?= <eve@evil.example>
	END
	while IFS= read -r from; do
		FROM=$from write "$body" | sign | vote 1 author
	done <<-'END'
	staff: bob@example.org;
	staff: bob@example.org, eve@evil.example;
	bob@example.org, bob@example.org
	<@evil.example:bob@example.org>, eve@evil.example
	undisclosed:;
	bob@[192.0.2.1]
	"bob@example.org"@evil.example
	<@evil.example:bob@example.org>
	Bob <@evil.example,@x.example:bob@example.org>
	bob(x)@example.org
	bob@(x)example.org
	Bob <bob(x)@example.org>
	Bob <bob@example.org(x)>
	Bob <bob @ example.org>
	"bob@example.org" <bob@example(x).org>
	"bob"@example.org
	END
	[ "$(state)" = requested ]
	for from in 'bob@example.org (Bob)' '<bob@example.org>' \
	    '"a \" <x> (" <bob@example.org>' '(a <x>) bob <bob@example.org>'; do
		FROM=$from write "approve $ID 000000000000\n" | sign |
		    vote 1 wrong-code
	done
	FROM='"Builder, Bob" <bob@example.org> (at work)' write "$body" |
	    sign | vote 0 ''
}

@test "Authentication-Results in four places are not read" {
	ask
	ar='Authentication-Results: mx.example.org; dkim=pass'
	ar+=' header.d=example.org header.b=AbCd; dmarc=pass'
	write "approve $ID $BOB\n" >plain
	sed "1i $ar" plain | vote 1 dmarc			# on top
	sed "/^Subject:/i $ar" plain | vote 1 dmarc		# in the midst
	sed "s/^Subject: .*/&\n ${ar// / }/" plain |
	    vote 1 dmarc					# in a field
	TYPE='multipart/mixed; boundary=b' write \
	    "--b\n$ar\n\napprove $ID $BOB\n--b--\n" | vote 1 dmarc	# in a part
	[ "$(state)" = requested ]
	# And one that says fail takes nothing from a mail that passes.
	sed '1i Authentication-Results: x; dkim=fail; dmarc=fail' plain |
	    sign | vote 0 ''
}

@test "a delivery report, as Postfix writes it, approves nothing" {
	ask
	report() {
		cat <<-END
		This is a MIME-encapsulated message.

		--4bX.1/mx.example.org
		Content-Description: Notification
		Content-Type: text/plain; charset=us-ascii

		$1
		This is the mail system at host mx.example.org.

		I'm sorry to have to inform you that your message could not
		be delivered to one or more recipients.

		<jit@example.org>: unknown user: "jit"

		--4bX.1/mx.example.org
		Content-Description: Delivery report
		Content-Type: message/delivery-status

		Reporting-MTA: dns; mx.example.org
		Final-Recipient: rfc822; jit@example.org
		Action: failed
		Status: 5.1.1

		--4bX.1/mx.example.org
		Content-Description: Undelivered Message
		Content-Type: message/rfc822

		From: bob@example.org
		Subject: Re: Approval wanted

		approve $ID $BOB

		--4bX.1/mx.example.org--
		END
	}
	TYPE='multipart/report; report-type=delivery-status;
	boundary="4bX.1/mx.example.org"'
	for first in '' "approve $ID $BOB"; do
		write "$(report "$first")" 'Auto-Submitted: auto-replied' |
		    sign | vote 1 automatic
		# The type alone tells, whatever the envelope says.
		write "$(report "$first")" | sign | vote 1 automatic
	done
	TYPE='multipart/mixed; boundary="4bX.1/mx.example.org"'
	write "$(report '')" | sign | vote 1 no-command
	[ "$(state)" = requested ]
}

@test "a list's footer: under l=, under the list's signature, and honest" {
	ask
	write "approve $ID $BOB\n" >plain
	footer=$'_______\nlist@evil.example\ndeny '"$ID $BOB"
	sign --force --body-length <plain >short
	{ cat short; echo "$footer"; } | vote 1 dmarc
	vote 1 weak-signature <short
	{ cat plain; echo "$footer"; } >long
	{ sign <plain; echo "$footer"; } | vote 1 dmarc
	# The list signs what it made: that is not the author's domain.
	D=evil.example sign <long | vote 1 dmarc
	D=evil.example sign <short | vote 1 weak-signature
	{ sign <plain; echo "$footer"; } | D=evil.example sign | vote 1 dmarc
	sed '1i List-Id: <l.example.org>' long | sign | vote 1 automatic
	# What the author himself signs below his vote is his.
	sign <long | vote 0 ''
}

@test "out of office: the request quoted in each way" {
	ask
	sed 1,/^$/d out/0 >asked
	quote() { sed "s/^/$1/" asked; }
	write "I am away.\n$(quote '> ')\n" 'Auto-Submitted: auto-replied' \
	    'X-Auto-Response-Suppress: All' | sign | vote 1 automatic
	for mark in '> ' '>' '>> ' '' '| '; do
		write "$(quote "$mark")\n" | sign | vote 1 no-command
		write "$(quote "$mark" | tr '\n' ' ')\n" | sign |
		    vote 1 no-command
	done
	# Flowed, a mailer may join what it quotes.
	TYPE='text/plain; format=flowed' write "$(sed 's/$/ /' asked)\n" |
	    sign | vote 1 no-command
	CTE=base64 write "$(base64 asked)\n" | sign | vote 1 no-command
	[ "$(state)" = requested ]
}

@test "Gmail: a multipart answer, quoted-printable, type not signed" {
	ask
	TYPE='multipart/alternative; boundary="000000000000abc"'
	write "--000000000000abc
Content-Type: text/plain; charset=\"UTF-8\"
Content-Transfer-Encoding: quoted-printable

approve $ID $BOB

Gr=C3=BC=C3=9Fe, Bob

On Mon, Nov 23, 2026 at 6:00=E2=80=AFPM <jit@example.org> wrote:

> A grant was asked for and waits for your vote:
>
>     the request: $ID
>     your code: $BOB

--000000000000abc
Content-Type: text/html; charset=\"UTF-8\"
Content-Transfer-Encoding: quoted-printable

<div dir=3D\"ltr\">approve $ID $BOB</div><br><div class=3D\"gmail_quote\">O=
n Mon, Nov 23</div>

--000000000000abc--
" | sed '/^Content-Transfer-Encoding: 7bit/d' | crlf |
	    sign --canon=relaxed/relaxed --oversign= \
	    --headers=to:subject:message-id:date:from:mime-version:from:to:cc:subject:date:message-id:reply-to >gmail
	run -1 grep -i 'h=.*content-type' gmail
	vote 0 '' <gmail
	[ "$(state)" = active ]
}

@test "Outlook.com: no t=, base64 under a type that is signed, encoding not" {
	ask
	h=From:Date:Subject:Message-ID:Content-Type:MIME-Version
	CTE=base64 write "$(printf 'approve %s %s\r\n\r\n%s\r\n' "$ID" "$BOB" \
	    '________________________________
From: jit@example.org
Sent: Monday' | base64)\n" | crlf |
	    dkimsign -q -d example.org -s s1 -k rsa.pem --oversign= \
	    --canon=relaxed/relaxed --headers=$h:X-MS-Exchange-SenderADCheck >outlook
	run -1 grep -E '[; ]t=[0-9]' outlook
	vote 0 '' <outlook
	[ "$(state)" = active ]
	# Its web client, in HTML alone.
	ask
	rm -f out/*
	TYPE='text/html; charset="iso-8859-1"' CTE=quoted-printable \
	    write "<div>\nappro=\nve $ID $BOB</div>\n" | sign --oversign= \
	    --headers=$h | vote 1 html-only
	grep -q 'please answer in plain text' out/0
}

@test "the reader asks a real server from its jail: UDP, TCP, lost packets" {
	dnsd_start --zone=zone --log=asked.log --rule='* TXT truncate'
	ask
	write "approve $ID $BOB\n" | sign >good
	run -0 jit approve --mail --nameserver "$DNSD" --mail-from b@x <good
	[ "$(state)" = active ]
	grep -q '^tcp TXT s1._domainkey.example.org' asked.log
	stop_all
	dnsd_start --zone=zone --rule='_dmarc.example.org TXT servfail'
	ask
	write "approve $ID $BOB\n" | sign >good
	run -75 jit approve --mail --nameserver "$DNSD" --mail-from b@x <good
	[ "$(state)" = requested ]
}

@test "bogus mails: what each costs does not grow with their number" {
	need sqlite3
	ask
	dnsd_start --zone=zone --log=asked.log
	FROM=eve@evil.example write "approve $ID $BOB\n" |
	    D=evil.example sign >stranger
	write "approve $ID 000000000000\n" >forged
	write "approve $ID 000000000000\n" | sign >wrong
	cat >one <<-END
	#!/bin/sh
	exec jitgrant approve -q --home "$H" --mail --mta --mail-from x@y \\
	    --nameserver "$DNSD" <"\$1"
	END
	chmod 755 one
	many() { yes "$2" | head -n "$1" | xargs -P 4 -n 1 ./one; }
	n=${BOGUS:-150}
	rm -f out/*
	start=$(date +%s%N)
	many "$n" stranger
	took=$((($(date +%s%N) - start) / 1000 / n))
	[ ! -s asked.log ]
	many "$n" forged
	[ "$(wc -l <asked.log)" -le $((n * 3)) ]
	# The same one counts once, however often it is delivered.
	many 12 wrong
	[ "$(jit log show | grep -c mail-code)" = 1 ]
	for _ in {1..6}; do
		write "approve $ID 000000000000\n" | sign >wrong
		./one wrong
	done
	had=$(jit log show | wc -l)
	size=$(wc -c <"$H/audit.log")
	rows=$(sqlite3 "$H/store.db" 'SELECT count(*) FROM tries')
	many "$n" stranger
	# Lines, bytes, rows and answers: none has become more.
	[ "$(jit log show | wc -l)" -le $((had + n / 10000 + 1)) ]
	[ "$(sqlite3 "$H/store.db" 'SELECT count(*) FROM tries')" = "$rows" ]
	[ "$(jit log show | grep -c mail-refused)" -le 101 ]
	[ "$(jit log show | grep -c mail-code)" = 5 ]
	[ "$(ls out | wc -l)" -le 5 ]
	# Each try has one row for its Message-ID and one for its signature.
	[ "$rows" -le 15 ]
	echo "# $n mails of strangers: $took us each, log $size bytes" >&3
	write "approve $ID $BOB\n" | sign | vote 1 too-many-tries
	[ "$(state)" = requested ]
	jit log verify
}

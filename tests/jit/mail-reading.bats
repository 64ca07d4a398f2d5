#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Which line of a mail is its first: what whoever passes a signed mail on can
# make of it by fields that no signature covers, and what honest programs send.
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

bare() {	# no signature of Content-Type, Content-Transfer-Encoding
	sign --oversign= --headers=From:Subject:Date:Message-ID:To
}
typed() {	# of the encoding alone
	sign --oversign= \
	    --headers=From:Subject:Date:Message-ID:To:Content-Type
}
plain() {	# plain BODY: a mail without MIME
	NOMIME=1 write "$@"
}
retype() {	# retype FIELD...: other fields in place of those that stand
	sed '1,/^\r*$/{/^Content-T/Id;}' >retyped
	for field; do
		printf '%s\n' "$field"
	done
	cat retyped
}
mixed() {	# mixed BOUNDARY
	echo "Content-Type: multipart/mixed; boundary=\"$1\""
}

@test "a boundary laid over a line of a letter that says no" {
	ask
	yes="approve $ID $BOB"
	plain "I will not do this yet. When it is safe I send:
-----Original Message-----\n\n$yes\n" | bare >no
	vote 1 no-command <no
	retype "$(mixed '---Original Message-----')" <no | vote 1 ambiguous
	retype 'MIME-Version: 1.0' "$(mixed '---Original Message-----')" <no |
	    vote 1 ambiguous
	# The mark of a signature, with boundaries that are blank or none.
	plain "I will not.\n-- \n\n$yes\n" | bare >no
	retype "$(mixed ' ')" <no | vote 1 ambiguous
	retype "$(mixed '')" <no | vote 1 no-text
	plain "I will not. My draft:\n--x\n\n$yes\n--x--\n" | bare >no
	retype "$(mixed x)" <no | vote 1 ambiguous
	plain "I will not. My draft:\n--x\nContent-Type: text/plain\n\n$yes\n--x--\n" |
	    bare >no
	retype "$(mixed x)" <no | vote 1 ambiguous
	# At the top of a letter too: no program makes such a part.
	plain "--x\n\n$yes\n--x--\n" | bare >no
	retype "$(mixed x)" <no | vote 1 ambiguous
	plain "-----Message-----\nContent-Type: x/y\n\n$yes\n" | bare >no
	retype "$(mixed '---Message-----')" <no | vote 1 no-text
	plain "------\nContent-Type: text/plain\n\n$yes\n--------\n" |
	    bare >no
	retype "$(mixed '----')" <no | vote 1 ambiguous
	# Quoted lines in front are text as well.
	plain "> No!\n--x\nContent-Type: text/plain\n\n$yes\n--x--\n" |
	    bare >no
	retype "$(mixed x)" <no | vote 1 ambiguous
	[ "$(state)" = requested ]
}

@test "a multipart read by another boundary, or by none" {
	ask
	yes="approve $ID $BOB"
	part='Content-Type: text/plain'
	TYPE='multipart/mixed; boundary=out' write "--out
$part\n\nI refuse\n--out\n$part\n\n--in\n$part\n\n$yes\n--in--\n--out--\n" |
	    bare >no
	vote 1 no-command <no
	retype "$(mixed in)" <no | vote 1 ambiguous
	# A nested multipart whose own preamble says no.
	TYPE='multipart/mixed; boundary=out' write "--out
Content-Type: multipart/alternative; boundary=in\n\nI refuse
--in\n$part\n\n$yes\n--in--\n--out--\n" | bare >no
	retype "$(mixed in)" <no | vote 1 ambiguous
	vote 1 ambiguous <no
	# The vote in what readers do not show, the refusal in what they do.
	for end in '--b--' ''; do
		TYPE='multipart/mixed; boundary=b' write \
		    "$yes\n--b\n$part\n\nI refuse\n$end\n" | bare >no
		vote 1 no-command <no
		retype <no | vote 1 ambiguous
		retype "$part" <no | vote 1 ambiguous
		retype "$part" 'Content-Transfer-Encoding: quoted-printable' \
		    <no | vote 1 ambiguous
	done
	TYPE='multipart/mixed; boundary=b' write \
	    "$yes\n--b\n\nI refuse\n--b--\n" | bare | retype |
	    vote 1 ambiguous
	# A part before the text, one cut off, one without a type.
	TYPE='multipart/mixed; boundary=b' write "--b
Content-Type: text/html\n\n<p>I refuse\n--b\n$part\n\n$yes\n--b--\n" |
	    bare | vote 1 ambiguous
	TYPE='multipart/mixed; boundary=b' write "--b
$part\nContent-Disposition: attachment\n\nNo\n--b\n$part\n\n$yes\n--b--\n" |
	    bare | vote 1 ambiguous
	TYPE='multipart/mixed; boundary=b' write "--b\n$part\n\n$yes\n" |
	    bare | vote 1 ambiguous
	[ "$(state)" = requested ]
}

@test "lines that flow together, and those that do not" {
	ask
	yes="approve $ID $BOB"
	flow='Content-Type: text/plain; format=flowed'
	plain "$yes \nshorten 30m\n" | bare >two
	vote 1 ambiguous <two
	retype "$flow" <two | vote 1 ambiguous
	retype "$flow; delsp=yes" <two | vote 1 no-command
	plain " > No, \n$yes\n" | bare >two
	vote 1 ambiguous <two
	retype "$flow" <two | vote 1 no-command
	# Broken where a program that flows text breaks it, it may have been.
	plain "$yes \nhttps://example.org/changes/7\n" | bare |
	    vote 1 ambiguous
	plain "$yes \n shorten 30m\n" | bare | vote 1 ambiguous
	[ "$(state)" = requested ]
	# No program breaks a line there: a last blank is a blank.
	plain "$yes \nif you must\n" | bare >one
	vote 0 '' <one
	[ "$(state)" = active ]
	retype "$flow" <one | vote 1 no-command
	ask
	yes="approve $ID $BOB"
	# Nothing follows that could be joined.
	plain "> quoted \n$yes \n\nBob\n" | bare >one
	retype "$flow" <one | vote 0 ''
	vote 8 voted <one
	[ "$(jit show -o json "$ID" | jq -r .duration)" = 3600 ]
	# Signed, it is what it says it is.
	ask
	TYPE='text/plain; format=flowed' write \
	    "approve $ID $BOB \nshorten 30m\n" | sign | vote 0 ''
	[ "$(jit show -o json "$ID" | jq -r .duration)" = 1800 ]
	ask
	TYPE='text/plain; format=flowed' write "approve $ID \n$BOB \n
shorten 10m\n" | sed '/^Content-Tr/d' | typed | vote 0 ''
	[ "$(jit show -o json "$ID" | jq -r .duration)" = 3600 ]
	ask
	TYPE='text/plain; format=flowed' write "approve $ID \n$BOB=\n2\n" |
	    sed '/^Content-Tr/d' | typed | vote 1 no-command
}

@test "quoted-printable put on and taken off" {
	ask
	yes="approve $ID $BOB"
	qp='Content-Transfer-Encoding: quoted-printable'
	both() {	# both BODY: refused with and without its encoding
		plain "$1" | bare >form
		retype <form | vote 1 "${2:-ambiguous}"
		retype "$qp" <form | vote 1 "${3:-ambiguous}"
		CTE=quoted-printable write "$1" | typed >form
		vote 1 "${3:-ambiguous}" <form
		sed '/^Content-Tr/d' form | vote 1 "${2:-ambiguous}"
	}
	both "$yes=\n shorten 30m\n" no-command
	both "> no =\n$yes\n" ambiguous no-command
	both "=\n> =\n$yes\n" no-command no-command
	both "=3E No\n$yes\n" no-command
	both "No!=0A$yes\n" no-command no-command
	both "> x=0A$yes\n" no-command
	both "> x=0ANo!\n$yes\n" ambiguous no-command
	both "$yes=0Adeny $ID $BOB\n" no-command
	[ "$(state)" = requested ]
	# A blank after the line, as mailers write it.
	CTE=quoted-printable write "=20\n$yes=20\n\n=20\nBob\n" | typed |
	    vote 0 ''
	FROM=me@example.org
	write "request demo r 1h limit n=3D5\nwhy\n" | typed >asked
	run -1 jit request --mail --offline --zone zone --mail-from m@e <asked
	write "request demo r 1h limit n=50\nwhy\n" | typed >asked
	run -2 jit request --mail --offline --zone zone --mail-from m@e <asked
}

@test "base64 put on and taken off" {
	ask
	yes="approve $ID $BOB" no="deny $ID $BOB"
	b64='Content-Transfer-Encoding: base64'
	blob=$(echo "$yes" | base64 -w0)
	for body in "No I do not\n$blob" "Noway\n$blob" "$blob\n\nNope" \
	    "Nope\n\n$blob" "I will not say $blob"; do
		plain "$body\n" | bare >no
		vote 1 no-command <no
		retype "$b64" <no >again
		run -1 jit approve --mail --offline --zone zone \
		    --mail-from b@x <again
	done
	plain "$no\n$(echo; base64 -w0 <<<"$yes")\n" | bare | retype "$b64" |
	    vote 1 no-text
	[ "$(state)" = requested ]
	CTE=base64 write "$(printf '%s \r\nshorten 30m\r\n' "$yes" |
	    base64)\n" | bare | vote 1 ambiguous
	CTE=base64 write "$(printf '%s\r\n\r\n%080d\r\n' "$yes" 0 |
	    base64)\n" | typed | vote 0 ''
}

@test "unsigned but plain: providers and scripts" {
	sent() {	# sent <MAIL: taken
		vote 0 '' && [ "$(state)" = active ]
	}
	ask
	plain "approve $ID $BOB\n" | bare | sent
	ask
	plain "\n> old\n>> older\n\napprove $ID $BOB\n\n-- \nBob\n" | bare |
	    sent
	ask
	plain "approve $ID $BOB\n
-----Original Message-----\nFrom: jit@example.org\n\nA grant was asked
---------- Forwarded message ----------\n----\n------\n" | bare | sent
	for TYPE in 'text/plain; charset=utf-8' 'text/plain; format=flowed'; do
		ask
		write "approve $ID $BOB\n\nGrüße\n" | bare | sent
	done
	for said in '' 'This is a multi-part message in MIME format.\n'; do
		ask
		TYPE='multipart/mixed; boundary="----=_Part_1.2"' write "$said
------=_Part_1.2\nContent-Type: multipart/alternative;\n boundary=\"=_in\"

--=_in\nContent-Transfer-Encoding: base64\nContent-Type: text/plain

$(echo "approve $ID $BOB" | base64)
--=_in\nContent-Type: text/html\n\n<p>approve\n--=_in--

------=_Part_1.2\nContent-Type: image/png\n\nx\n------=_Part_1.2--\n" |
		    bare | sent
	done
	ask
	# A type that is signed without an encoding, as most multiparts are.
	TYPE='multipart/mixed; boundary=b' write "Hello
--b\n\napprove $ID $BOB\n--b--\n" | sed '/^Content-Tr/d' | typed | sent
}

@test "charsets: the line is ASCII, the rest may be anything" {
	for set in utf-8 UTF8 us-ascii ascii ANSI_X3.4-1968 iso-8859-1 latin1 \
	    ISO-8859-2 iso-8859-5 iso-8859-9 iso-8859-15 windows-1250 \
	    windows-1251 Windows-1252 windows-1254 windows-1256 koi8-r \
	    koi8-u gb2312 gbk gb18030 big5 euc-kr ks_c_5601-1987 euc-jp \
	    shift_jis iso-2022-jp unknown-8bit; do
		ask
		TYPE="text/plain; charset=\"$set\"" write \
		    "approve $ID $BOB\n\nGr\xfc\xdfe \x83\x5c \xc0\xaf\n" |
		    sign | vote 0 '' || { show "$set"; return 1; }
	done
	ask
	plain "approve $ID $BOB\nGrüße\n" | sign | vote 0 ''
	ask
	TYPE='text/plain; charset=iso-2022-jp' write \
	    "approve $ID $BOB\n\n\x1b\$B\$\"\x1b(B\n" | sign | vote 0 ''
}

@test "charsets that hide ASCII, or a line that is not" {
	ask
	yes="approve $ID $BOB"
	for set in utf-16 utf-16le utf-32 utf-7 iso-2022-kr hz-gb-2312 \
	    x-unknown ebcdic-cp-us; do
		rm -f out/*
		TYPE="text/plain; charset=$set" write "$yes\n" | sign |
		    vote 1 no-text
		[ "$(cat out/* | grep -c 'send UTF-8')" -le 1 ]
	done
	for line in "\xef\xbc\x81$yes" "approve\xe3\x80\x80$ID $BOB" \
	    "appr\xd0\xbeve $ID $BOB" "$yes \xff"; do
		for set in utf-8 gb18030 koi8-r us-ascii; do
			TYPE="text/plain; charset=$set" write "$line\n" |
			    sign | vote 1 no-command
		done
	done
	TYPE='text/plain; charset=iso-2022-jp'
	for line in "\x1b\$B\n$yes" "> \x1b\$Bab\n$yes" "\x1b(B$yes"; do
		write "$line\n" | sign | vote 1 no-command
	done
	# Called something else, the shift is seen all the same.
	TYPE='text/plain; charset=us-ascii' write "> \x1b\$Bab\n$yes\n" |
	    bare | vote 1 ambiguous
	[ "$(state)" = requested ]
}

# What three programs send, as far as it was refused once: as they sign it
# (bare), and with a type that is signed (typed).
gmail() {	# gmail BODY [CONTENT-TYPE]: plain text, as Gmail writes it
	printf '%s\n' 'MIME-Version: 1.0'
	printf 'References: <q1@example.org>\nFrom: Bob <bob@example.org>\n'
	printf 'Date: %s\n' "$(LC_ALL=C date -uR)"
	printf 'Message-ID: <CAF+%s@mail.gmail.com>\n' "$RANDOM$RANDOM"
	printf 'Subject: Re: Approval wanted\nTo: jit@example.org\n'
	printf 'Content-Type: %s\n\n%b' "${2:-text/plain; charset=\"UTF-8\"}" \
	    "$1"
}
gmail_signs() {
	crlf | sign --canon=relaxed/relaxed --oversign= --timestamp \
	    --headers=to:subject:message-id:date:from:references:mime-version
}
apple() {	# apple BODY: as Apple Mail writes it
	printf 'From: Bob <bob@example.org>\n'
	printf '%s\n' 'Content-Type: text/plain;' '	charset=utf-8' \
	    "Content-Transfer-Encoding: ${CTE:-quoted-printable}" \
	    'Mime-Version: 1.0 (Mac OS X Mail 16.0 \(3774.600.62\))' \
	    'Subject: Re: Approval wanted'
	printf 'Message-Id: <%s@example.org>\n' "2B$RANDOM-$RANDOM"
	printf 'Date: %s\nTo: jit@example.org\n' "$(LC_ALL=C date -uR)"
	printf 'X-Mailer: Apple Mail (2.3774.600.62)\n\n%b' "$1"
}
apple_signs() {
	sign --canon=relaxed/relaxed --oversign= --timestamp \
	    --headers=from:subject:message-id:date:to"${1:-}"
}
apple_quote='> On 26. Nov 2026, at 20:00, jit@example.org wrote:\n>=20\n> A ='
apple_quote+='\ngrant was asked for and waits for your vote:\n>=20\n\n'
lotus() {	# lotus BOUNDARY TEXT: as Notes writes it
	printf 'From: Bob <bob@example.org>\nTo: jit@example.org\n'
	printf 'Subject: Re: Approval wanted\nMIME-Version: 1.0\n'
	printf 'X-Mailer: HCL Domino Release 12.0.2 November 17, 2022\n'
	printf 'Message-ID: <OF%s-ON@example.org>\n' "$RANDOM.$RANDOM"
	printf 'Date: %s\n' "$(LC_ALL=C date -uR)"
	printf 'Content-Type: multipart/alternative; boundary="%s"\n\n' "$1"
	printf 'This is a multipart message in MIME format.\n--%s\n' "$1"
	printf 'Content-Transfer-Encoding: quoted-printable\n'
	printf 'Content-Type: text/plain; charset="UTF-8"\n\n%b' "$2"
	printf -- '\n--%s\nContent-Transfer-Encoding: quoted-printable\n' "$1"
	printf 'Content-Type: text/html; charset="UTF-8"\n\n<p>%b\n\n' "$2"
	printf -- '--%s--\n' "$1"
}

@test "Gmail's plain text: a blank at the end, and text below" {
	flow='text/plain; charset="UTF-8"; format=flowed; delsp=yes'
	for end in ' \nThanks, Bob\n' ' \n\nThanks, Bob\n' '\nThanks,\nBob\n' \
	    ' \nThanks, \nBob \nOn Thu, 26 Nov 2026 at 20:00, <jit@example.org>
wrote:\n>\n> A grant was asked for\n' ' \n'; do
		ask
		gmail "approve $ID $BOB$end" | gmail_signs | vote 0 ''
		[ "$(state)" = active ]
	done
	# The neighbours: what flows on means something, or could.
	for next in 'shorten 30m' "shorten \\n30m" " shorten 10m" \
	    'https://mail.example.org/a/long/link'; do
		ask
		gmail "approve $ID $BOB \n$next\n" | gmail_signs >two
		vote 1 ambiguous <two
		retype "Content-Type: $flow" <two | run ! vote 0 ''
		[ "$(state)" = requested ]
	done
	ask
	gmail "I will \nnot, but \napprove $ID $BOB \nis the line\n" |
	    gmail_signs >no
	vote 1 no-command <no
	retype "Content-Type: $flow" <no | vote 1 no-command
	gmail "approve $ID \n$BOB\n" "${flow%; delsp*}" | gmail_signs |
	    vote 1 ambiguous
	[ "$(state)" = requested ]
}

@test "Apple Mail: quoted-printable with text below the command" {
	for end in '=20\nGr=C3=BC=C3=9Fe,\nBob\n\n' ' =\n\nGr=C3=BC=C3=9Fe\n' \
	    '=\n\nGr=C3=BC=C3=9Fe\n' '\n\nSch=C3=B6ne Gr=C3=BC=C3=9Fe=20\n' \
	    '\nIch habe gepr=C3=BCft, was da steht, und sehe gar keinen =
Grund,\nwarum es nicht gehen soll.\n\n' ' =\n\n=20\n'; do
		for type in '' ':content-type'; do
			ask
			apple "approve $ID $BOB$end$apple_quote" |
			    apple_signs $type >good
			vote 0 '' <good
			[ "$(state)" = active ]
		done
	done
	for end in '=\n shorten 30m\n' ' =\nshorten 30m\n' \
	    ' =\n \nshorten 30m\n' '=20\nshorten 30m\n' '=0Adeny x y\n' \
	    ' =\n'; do
		for type in '' ':content-type'; do
			# Said to be fixed, a line is one.
			[ "$type$end" != ':content-type=20\nshorten 30m\n' ] ||
			    continue
			ask
			apple "approve $ID $BOB$end" | apple_signs $type >bad
			vote 1 ambiguous <bad
			CTE=8bit retype <bad >taken-off
			run ! vote 0 '' <taken-off
			[ "$(state)" = requested ]
		done
	done
}

@test "Lotus: a boundary with a blank" {
	for b in '=_alternative 0045A3B8C1257A9E_=' '=_mixed 004 5A3B_='; do
		ask
		lotus "$b" "approve $ID $BOB\n\nGr=C3=BC=C3=9Fe\n" |
		    apple_signs >good
		vote 0 '' <good
		[ "$(state)" = active ]
	done
	ask
	yes="approve $ID $BOB"
	for b in '_alternative 0045_=' ' =_alternative 0045_=' \
	    'Original Message' '=_ ' '=_a ' '- =_a' $'=_a\tb'; do
		lotus "$b" "$yes\n" | apple_signs | run ! vote 0 ''
	done
	# Over the line of a letter that says no.
	for line in '=_ my draft' 'my draft' '=_ my draft _='; do
		plain "I will not.\n--$line\nContent-Type: text/plain\n
$yes\n--$line--\n" | bare >no
		vote 1 no-command <no
		retype 'MIME-Version: 1.0' "$(mixed "$line")" <no |
		    vote 1 ambiguous
	done
	[ "$(state)" = requested ]
}

@test "the reason reads as it was signed, or the request is refused" {
	by_mail() {	# by_mail STATUS REASON <MAIL
		cat >asked
		run "-$1" --separate-stderr jit request --mail --offline \
		    --zone zone --mail-from v@x -o json <asked
		[ "$(jq -r '.reason // ""' <<<"$output")" = "$2" ] ||
		    { show; return 1; }
	}
	qp='Content-Transfer-Encoding: quoted-printable'
	FROM=joe@vendor.example D=vendor.example
	ask='request demo r 1h'
	for reason in 'CHG-7=20x' 'CHG-7=3Dx' 'CHG-=\n7' 'CHG-7=2C=20now' \
	    'CHG-7 \nand more'; do
		plain "$ask\n$reason\n" | bare >mail
		by_mail 1 ambiguous <mail
		retype "$qp" <mail | by_mail 1 ambiguous
		retype 'Content-Type: text/plain; format=flowed' <mail |
		    by_mail 1 ambiguous
		[ "$(jit list -o json | jq '.grants | length')" = 0 ]
	done
	by_mail 1 ambiguous <mail
	jq -e '.text | contains("write it in ASCII")' <<<"$output"
	# Signed, or the same in each way, it is what it is.
	CTE=quoted-printable write "$ask\nCHG-7=20x=3D1\n" | sign |
	    by_mail 2 requested
	CTE=quoted-printable write "$ask\nreason: CHG-7, as told\n\n=C3=BC\n" |
	    bare | by_mail 2 requested
	CTE=base64 write "$(base64 <<<"$ask"$'\nCHG-7=20x')\n" | typed |
	    by_mail 2 requested
	jit log export | jq -se 'map(select(.event == "request") | .reason) |
	    . == ["CHG-7 x=1", "CHG-7, as told", "CHG-7=20x"]'
}

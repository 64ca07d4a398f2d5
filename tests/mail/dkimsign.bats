#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dkimsign(1): each option, each exit status.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup_file() {
	export W=$BATS_FILE_TMPDIR
	cd "$W" || return 1
	dkimkey new rsa.pem
	dkimkey new --type=ed25519 ed.pem
	openssl genrsa -traditional -out pkcs1.pem 2048 2>/dev/null
	openssl genrsa -out weak.pem 1024 2>/dev/null
	openssl genrsa -out tiny.pem 512 2>/dev/null
	chmod 600 ./*.pem
	local k
	for k in rsa ed pkcs1 weak; do
		dkimkey record -d example.com -s "$k" "$k.pem"
	done >zone
	cat >mail <<-'END'
	From: Joe <joe@example.com>
	To: Suzie <suzie@example.net>
	Subject: Is dinner  ready?
	Date: Fri, 11 Jul 2003 21:00:37 -0700
	Message-ID: <1@example.com>

	Hi.

	We lost  the game. 

	END
}

setup() {
	use_tmp
	cp -p "$W"/*.pem "$W/zone" "$W/mail" .
}

sign() {
	dkimsign --now=1795446437 -d example.com -k rsa.pem -s rsa "$@"
}
verify() {
	dkimverify --offline --zone=zone --now=1795446438 "$@"
}

@test "the rest of the message goes out byte for byte" {
	sign mail >signed
	tail -c "$(stat -c %s mail)" signed | cmp - mail
	run -0 --separate-stderr verify signed
	assert_out_has 'dkim=pass header.d=example.com header.s=rsa'
}

@test "CRLF mail gets CRLF fields" {
	crlf mail >m
	sign m >signed
	run -1 grep -qv $'\r$' signed
	run -0 --separate-stderr verify signed
	tail -c "$(stat -c %s m)" signed | cmp - m
}

@test "standard input, a pipe and a file give the same" {
	sign mail >a
	sign <mail >b
	sign - <mail >c
	sign >d < <(cat mail)
	cmp a b && cmp a c && cmp a d
}

@test "the fields are folded at 78" {
	sign --headers="$(printf 'from:%s' "$(seq -s: -f 'x-name-%g' 60)")" \
	    --oversign="$(seq -s: -f 'x-name-%g' 60)" -z -t -x 3d mail >signed
	run -0 --separate-stderr verify signed
	run -1 grep -E '^.{79}' signed
}

@test "two keys in one run" {
	sign -k ed.pem -s ed mail >signed
	[ "$(grep -c ^DKIM-Signature signed)" -eq 2 ]
	run -0 --separate-stderr verify --all signed
	assert_out_has header.a=rsa-sha256
	assert_out_has header.a=ed25519-sha256
}

@test "one domain a key" {
	dkimkey record -d example.org -s ed ed.pem >>zone
	dkimsign -d example.com -d example.org -k rsa.pem -s rsa \
	    -k ed.pem -s ed mail >signed
	run -0 --separate-stderr verify --all signed
	assert_out_has header.d=example.org
}

@test "a PKCS#1 key" {
	dkimsign -d example.com -k pkcs1.pem -s pkcs1 mail >signed
	run -0 --separate-stderr verify signed
}

@test "every canonicalisation, and no other" {
	local c
	for c in relaxed/relaxed relaxed/simple simple/relaxed simple/simple
	do
		sign -c $c mail >signed
		grep -q "c=$c;" signed
		run -0 --separate-stderr verify signed
	done
	for c in relaxed '' relaxed/ simple/nowsp Relaxed/Relaxed; do
		run -64 --separate-stderr sign -c "$c" mail
		assert_usage dkimsign
	done
}

@test "From, To, Cc, Subject, Date and Reply-To cannot be added" {
	local f
	sign mail >signed
	for f in To Cc Subject Date Reply-To; do
		{ echo "$f: evil@example.org"; cat signed; } >m
		run -1 --separate-stderr verify m
		assert_out_has 'reason="header"'
	done
	{ echo "From: evil@example.org"; cat signed; } >m
	run -4 --separate-stderr verify m
}

@test "--oversign= turns it off" {
	sign --oversign= mail >signed
	{ echo "Cc: x@example.org"; cat signed; } >m
	run -0 --separate-stderr verify m
}

@test "--headers names what is signed; From must be there" {
	sign --headers=from:subject --headers=x-none mail >signed
	tr -d '\n\t' <signed | grep -q 'h=from:from:subject:subject:x-none;'
	run -0 --separate-stderr verify signed
	run -64 --separate-stderr sign --headers=to:subject mail
	assert_usage dkimsign
	run -64 --separate-stderr sign --headers=from:dkim-signature mail
	assert_usage dkimsign
	run -64 --separate-stderr sign --headers='from:a b' mail
	assert_usage dkimsign
}

# h: what a message's signature lists.
h() {
	sed '/^$/q' | tr -d '\n\t ' | sed 's/.*;h=\([^;]*\);.*/\1/'
}

@test "an explicit list is honoured as often as it is written" {
	[ "$(sign --headers=from:From:FROM --oversign=subject mail | h)" = \
	    from:from:from:subject:subject ]
	[ "$(sign --headers=from --oversign= mail | h)" = from ]
	[ "$(sign --headers=from:from --oversign= mail | h)" = from:from ]
	[ "$(sign --headers=from:subject:from mail | h)" = \
	    from:from:subject:subject ]
	[ "$(sign --headers=from:cc:cc --oversign=from:from mail | h)" = \
	    from:from:from:cc:cc ]
	# All that stand, however often the name is written.
	{ printf 'Received: 1\nReceived: 2\nReceived: 3\n'; cat mail; } >m
	[ "$(sign --headers=from:received --oversign= m | h)" = \
	    from:received:received:received ]
	sign --headers=from:from:x-tag --oversign= mail >signed
	run -0 --separate-stderr verify signed
	{ echo 'X-Tag: 1'; cat signed; } >m
	run -1 --separate-stderr verify m
	assert_out_has 'reason="header"'
}

@test "every Content and List field is signed by default, and Sender" {
	{ printf 'Sender: a@b.example\nContent-X: 1\nList-Y: 2\nX-Z: 3\n'
	cat mail; } >m
	sign m | tr -d '\n\t' >signed
	grep -q ':sender:' signed
	grep -q 'content-x:list-y;' signed
	run -1 grep -q ':x-z' signed
}

@test "t= and x=" {
	sign mail >signed
	run -1 grep -Eq '[ \t]t=' signed
	sign -t mail >signed
	grep -q 't=1795446437;' signed
	sign --timestamp=1795446000 mail >signed
	grep -q 't=1795446000;' signed
	sign --expire=1h mail >signed
	tr -d '\n\t' <signed | grep -q 't=1795446437; *x=1795450037;'
	run -1 --separate-stderr dkimverify --offline --zone=zone \
	    --now=1795450038 signed
	assert_out_has 'reason="expired"'
	run -64 --separate-stderr sign --expire=0s mail
	run -64 --separate-stderr sign --expire=soon mail
	assert_usage dkimsign
}

@test "i= within the domain, and not outside" {
	sign -i 'joe b@mail.example.com' mail >signed
	grep -q 'i=joe=20b@mail.example.com;' signed
	run -0 --separate-stderr verify signed
	run -64 --separate-stderr sign -i joe@evilexample.com mail
	assert_usage dkimsign
	run -64 --separate-stderr sign -i joe mail
}

@test "l= only by force" {
	run -64 --separate-stderr sign -l mail
	assert_usage dkimsign
	sign -l --force mail >signed
	run -0 --separate-stderr verify signed
	echo more >>signed
	run -5 --separate-stderr verify signed
	assert_out_has 'reason="body-length"'
}

@test "z= copies the signed fields" {
	sign -z mail >signed
	tr -d '\n\t' <signed | grep -q 'z=From:Joe=20<joe@example.com>|'
	run -0 --separate-stderr verify signed
}

@test "weak RSA keys only by force, and under 1024 bits not at all" {
	run -78 --separate-stderr dkimsign -d example.com -k weak.pem \
	    -s weak mail
	assert_out_empty
	assert_err_tool dkimsign
	dkimsign --force -d example.com -k weak.pem -s weak mail >signed
	run -0 --separate-stderr verify signed
	[ -s tiny.pem ] || return 0
	run -78 --separate-stderr dkimsign --force -d example.com \
	    -k tiny.pem -s weak mail
	assert_out_empty
}

@test "key files that others can read are refused" {
	local m
	for m in 644 604 601 660 620 606; do
		chmod $m rsa.pem
		run -77 --separate-stderr sign mail
		assert_out_empty
		assert_err_tool dkimsign
	done
	run -75 --separate-stderr sign --filter mail
	assert_out_empty
	sign --insecure-key mail >signed
	run -0 --separate-stderr verify signed
	for m in 600 640 400 440; do
		chmod $m rsa.pem
		sign mail >signed
	done
}

@test "keys that are none" {
	openssl pkey -in rsa.pem -pubout -out pub.pem
	openssl pkey -in rsa.pem -aes128 -passout pass:x -out enc.pem
	openssl genpkey -algorithm x25519 -out x.pem
	: >empty.pem
	chmod 600 ./*.pem
	local k
	for k in pub enc x empty mail; do
		[ -f $k.pem ] || cp mail $k.pem
		chmod 600 $k.pem
		run -78 --separate-stderr dkimsign -d example.com -k $k.pem \
		    -s s mail </dev/null
		assert_out_empty
		assert_err_tool dkimsign
	done
	run -66 --separate-stderr dkimsign -d example.com -k none.pem -s s mail
	assert_out_empty
}

@test "messages that are refused" {
	: >empty
	printf 'To: a@example.com\n\nx\n' >nofrom
	{ echo 'From: b@example.com'; cat mail; } >twofrom
	printf 'From: a@@b <\n\nx\n' >badfrom
	{ echo 'no field'; cat mail; } >nocolon
	{ echo ' x'; cat mail; } >space
	printf '\nFrom: a@example.com\n' >noheader
	local m
	for m in empty nofrom twofrom badfrom nocolon space noheader; do
		run -65 --separate-stderr sign "$m"
		assert_out_empty
		assert_err_tool dkimsign
		run -75 --separate-stderr sign --filter "$m"
		assert_out_empty
		run -75 --separate-stderr sign --defer --filter - <"$m"
		assert_out_empty
	done
	run -65 --separate-stderr sign nofrom
	assert_err_has 'no From field: nothing to sign for'
	run -66 --separate-stderr sign none
	assert_out_empty
}

@test "--pass-through lets what is refused go out as it is" {
	{ echo 'From: b@example.com'; cat mail; } >twofrom
	sign --pass-through twofrom >out 2>err
	cmp out twofrom
	grep -q 'passed unsigned' err
	sign -q --filter --pass-through <twofrom >out 2>err
	cmp out twofrom
	[ ! -s err ]
	: >empty
	run -65 --separate-stderr sign --pass-through empty
	assert_out_empty
	chmod 644 rsa.pem
	run -77 --separate-stderr sign --pass-through mail
	assert_out_empty
}

@test "--pass-through is for mails that are refused, never for our faults" {
	# A key file that cannot be one, whatever is wrong with it.
	head -c 2000000 /dev/zero >huge.pem
	echo junk >junk.pem
	: >none.pem
	mkdir -m 700 dir.pem
	chmod 600 ./*.pem dir.pem 2>/dev/null
	chmod 700 dir.pem
	local k
	for k in huge junk none dir missing; do
		run --separate-stderr dkimsign --pass-through -d example.com \
		    -s s -k $k.pem mail
		[ "$status" -ne 0 ] && [ "$status" -ne 65 ] ||
		    show "$k passed, or its mail is blamed"
		assert_out_empty
		run -75 --separate-stderr dkimsign --filter --pass-through \
		    -d example.com -s s -k $k.pem <mail
		assert_out_empty
		# The same by a key table, and a table that is none.
		printf 'example.com example.com s %s.pem\n' $k >table
		run -75 --separate-stderr dkimsign --filter --pass-through \
		    --key-table=table <mail
		assert_out_empty
	done
	run -75 --separate-stderr dkimsign --filter --pass-through \
	    --key-table=huge.pem <mail
	assert_out_empty
	# The mail is why: no key for this author passes.
	printf 'other.example other.example s junk.pem\n' >table
	run -0 --separate-stderr dkimsign --filter --pass-through \
	    --key-table=table <mail
	assert_err_has 'passed unsigned'
}

@test "an mbox line stays on top" {
	{ echo 'From joe@example.com Fri Jul 11 21:00:37 2003'; cat mail; } >m
	sign m >signed
	[ "$(head -n 1 signed)" = "$(head -n 1 m)" ]
	run -0 --separate-stderr verify signed
}

@test "a key table: addresses, and the envelope's sender" {
	cat >table <<-'END'
	Joe@example.com   example.com  ed    ed.pem
	example.com       example.com  rsa   rsa.pem
	lists.example.net example.com  rsa   rsa.pem
	END
	selectors() {	# of the signatures in a message
		sed -n 's/.* s=\([a-z]*\);.*/\1/p' "$1" | tr '\n' ' '
	}
	dkimsign --key-table=table mail >signed
	[ "$(selectors signed)" = 'ed ' ]
	run -0 --separate-stderr verify signed
	sed 's/joe@example/jim@example/' mail >jim
	dkimsign --key-table=table jim >signed
	[ "$(selectors signed)" = 'rsa ' ]
	# By the envelope: whoever the author is.
	dkimsign -q --key-table=table --mail-from=b@lists.example.net mail \
	    >signed
	[ "$(selectors signed)" = 'rsa ' ]
	dkimsign -q --key-table=table --mail-from=JOE@EXAMPLE.com jim >signed
	[ "$(selectors signed)" = 'ed ' ]
	run -65 --separate-stderr dkimsign --key-table=table --mail-from= mail
	assert_out_empty
	run -65 --separate-stderr dkimsign --key-table=table \
	    --mail-from=a@other.example mail
	run -64 --separate-stderr sign --mail-from=a@example.com mail
	echo 'a@*.example.com example.com rsa rsa.pem' >bad
	run -78 --separate-stderr dkimsign --key-table=bad mail
}

@test "--unless-signed: a domain signs a message once" {
	sign --unless-signed mail >once
	[ "$(grep -c ^DKIM-Signature once)" = 1 ]
	sign --unless-signed once >twice
	cmp once twice
	# Without it, and for another domain, there are two.
	sign once >again
	[ "$(grep -c ^DKIM-Signature again)" = 2 ]
	dkimsign -q -d other.example -s rsa -k rsa.pem --unless-signed once \
	    >other
	[ "$(grep -c ^DKIM-Signature other)" = 2 ]
	run -0 --separate-stderr sign -v --unless-signed once
	assert_err_has 'signed before'
}

@test "a key table" {
	mkdir keys
	cp -p rsa.pem ed.pem keys
	cat >keys/table <<-'END'
	# from            d=           s=    key
	example.com       example.com  rsa   rsa.pem

	example.com       example.com  ed    ed.pem
	*.example.com	  example.com  rsa   rsa.pem
	END
	dkimsign --key-table=keys/table mail >signed
	run -0 --separate-stderr verify --all signed
	[ "$(grep -c ^DKIM-Signature signed)" -eq 2 ]
	sed 's/joe@example/joe@a.b.example/' mail >sub
	dkimsign --key-table=keys/table sub >signed
	[ "$(grep -c ^DKIM-Signature signed)" -eq 1 ]
	run -0 --separate-stderr verify signed
	sed 's/joe@example/joe@xexample/' mail >other
	run -65 --separate-stderr dkimsign --key-table=keys/table other
	assert_out_empty
	run -0 --separate-stderr dkimsign --key-table=keys/table -p other
	assert_out "$(cat other)"
	run -64 --separate-stderr sign --key-table=keys/table mail
	assert_usage dkimsign
	run -66 --separate-stderr dkimsign --key-table=none mail
	echo 'example.com example.com rsa' >bad
	run -78 --separate-stderr dkimsign --key-table=bad mail
	assert_err_has 'bad:1: needs four words'
	run -75 --separate-stderr dkimsign -f --key-table=bad mail
	assert_out_empty
}

@test "warnings, and -q" {
	{ printf 'From: a@example.com\n\n'
	head -c 999 /dev/zero | tr '\0' x
	echo; } >m
	run -0 --separate-stderr sign m
	assert_err_has '998 octets'
	assert_err_has 'no Date'
	assert_err_has 'no Message-ID'
	run -0 --separate-stderr sign -q m
	assert_err_empty
	{ cat mail; head -c 998 /dev/zero | tr '\0' x; echo; } >m
	run -0 --separate-stderr sign m
	assert_err_empty
	run -0 --separate-stderr sign -v mail
	assert_err_has 'DKIM-Signature: v=1;'
}

@test "a d= that DMARC cannot align is warned of, and signed" {
	other() {
		dkimsign -k rsa.pem -s s "$@"
	}
	run -0 --separate-stderr other -d other.example mail
	assert_out_has 'd=other.example'
	assert_err_has 'warning: d=other.example is not aligned with the From'
	assert_err_has ' domain example.com: for DMARC it does not count'
	# A shared top-level domain is no Organizational Domain.
	run -0 --separate-stderr other -d other.com mail
	assert_err_has 'd=other.com is not aligned'
	run -0 --separate-stderr other -d badexample.com mail
	assert_err_has 'd=badexample.com is not aligned'
	# What may be aligned, as far as names say; one d= of two is enough.
	for d in example.com EXAMPLE.com mail.example.com; do
		run -0 --separate-stderr other -d "$d" mail
		assert_err_empty
	done
	sed 's/^From:.*/From: a@news.example.com/' mail >sub
	for d in example.com mail.example.com; do
		run -0 --separate-stderr other -d "$d" sub
		assert_err_empty
	done
	run -0 --separate-stderr other -d other.example -k rsa.pem -s t \
	    -d example.com mail
	assert_err_empty
	run -0 --separate-stderr other -q -d other.example mail
	assert_err_empty
	run -0 --separate-stderr other --filter -d other.example mail
	assert_err_has 'd=other.example is not aligned'
}

@test "usage" {
	run -64 --separate-stderr dkimsign
	assert_usage dkimsign
	run -64 --separate-stderr dkimsign -d example.com -k rsa.pem mail
	assert_usage dkimsign
	run -64 --separate-stderr dkimsign -k rsa.pem -s s mail
	assert_usage dkimsign
	run -64 --separate-stderr dkimsign -d a..b -k rsa.pem -s s mail
	assert_usage dkimsign
	run -64 --separate-stderr dkimsign -d example.com -k rsa.pem -s 'a b' \
	    mail
	assert_usage dkimsign
	run -64 --separate-stderr sign mail mail
	assert_usage dkimsign
	run -64 --separate-stderr sign --nothing mail
	assert_usage dkimsign
	run -64 --separate-stderr sign -t -t mail
	assert_usage dkimsign
	run -64 --separate-stderr sign --now=then mail
	assert_usage dkimsign
	run -0 --separate-stderr dkimsign --help
	assert_out_has --key-table
	run -0 --separate-stderr dkimsign -V
	assert_out_has dkimsign
}

@test "a full disk" {
	[ -e /dev/full ] || skip "no /dev/full"
	full() { sign "$@" >/dev/full; }
	run -74 --separate-stderr full mail
	assert_err_tool dkimsign
	run -75 --separate-stderr full --filter mail
}

@test "any one changed byte breaks the signature" {
	sign mail >signed
	"$PYTHON" - "$BIN/dkimverify" <<-'END'
	import subprocess, sys
	good = open('signed', 'rb').read()
	argv = [sys.argv[1], '--offline', '--zone=zone', '--now=1795446438']
	start = good.index(b'From:')
	assert subprocess.run(argv, input=good,
	    capture_output=True).returncode == 0
	wrong = []
	for i in range(start, len(good), 3):
	    c = good[i]
	    # White space may change in the relaxed form.
	    if c in b" \t\n\r":
	        continue
	    bad = good[:i] + bytes([c ^ 1]) + good[i + 1:]
	    r = subprocess.run(argv, input=bad, capture_output=True)
	    if r.returncode == 0:
	        wrong.append(i)
	assert not wrong, wrong
	END
}

@test "a reader that went away is an error, not a signal" {
	dkimkey new k.pem
	{
		printf 'From: a@example.com\n\n'
		yes | head -n 200000
	} >large
	for o in '' --filter; do
		mkfifo pipe
		head -c 1 <pipe >/dev/null &
		# shellcheck disable=SC2086
		run --separate-stderr sh -c 'exec dkimsign "$@" <large >pipe' \
		    - $o -d example.com -k k.pem -s s
		[ "$status" -eq "$([ -n "$o" ] && echo 75 || echo 74)" ]
		wait
		rm pipe
	done
}

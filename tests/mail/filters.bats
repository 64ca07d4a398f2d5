# SPDX-License-Identifier: ISC
# The examples under the real procmail, maildrop and Sieve: good, forged and
# broken mails, and where each of them lands.
# shellcheck disable=SC2030,SC2031,SC2094
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	dkimkey new -t ed25519 key.pem
	{
		dkimkey record -d legit.example -s s1 key.pem
		cat <<-'END'
		legit.example. 60 IN TXT "v=spf1 ip4:192.0.2.1 -all"
		_dmarc.legit.example. 60 IN TXT "v=DMARC1; p=reject"
		attack.example. 60 IN TXT "v=spf1 ip4:192.0.2.66 -all"
		END
	} >zone
}

setup() {
	use_tmp
	cp "$BATS_FILE_TMPDIR"/* .
}

# mail SENDER IP: the head that a mail server writes at delivery.
delivered() {
	printf 'Return-Path: <%s>\n' "$1"
	printf 'Received: from h.example (h.example [%s])\n' "$2"
	printf '\tby mx.example.com (Postfix) with ESMTP id A1\n'
	printf '\tfor <two@here.example>; %s\n' \
	    'Mon, 23 Nov 2026 18:00:00 +0000 (UTC)'
}
from_legit() {
	printf 'Date: Mon, 23 Nov 2026 18:00:00 +0000\n'
	printf 'From: One <one@legit.example>\nMessage-ID: <1@x>\n'
	printf 'Subject: %s\n\nText.\nFrom here on.\n' "$1"
}

mails() {
	{ delivered one@legit.example 192.0.2.1; from_legit good; } >good
	from_legit signed >plain
	dkimsign -d legit.example -s s1 -k key.pem plain >plain.signed
	{ delivered x@list.example 192.0.2.9; cat plain.signed; } >signed
	{ delivered evil@attack.example 192.0.2.66; from_legit spoof; } >spoof
	{
		delivered evil@attack.example 192.0.2.66
		echo 'Authentication-Results: mx.example.com; dmarc=pass'
		from_legit forged
	} >forged
	{
		delivered '"; dmarc=pass header.from=legit.example"@attack.example' \
		    192.0.2.66
		from_legit quoted
	} >quoted
	{ echo 'no field'; from_legit broken; } >broken
	printf 'From: nobody\nSubject: nobody\n\n' >nobody
}
GOOD='good signed broken nobody'
BAD='spoof forged quoted'

# procmail_run MAIL: deliver by examples/procmailrc; the status of procmail.
procmail_run() {
	{
		printf 'PATH=%s\nMAILDIR=%s\nDEFAULT=%s/inbox\n' "$PATH" "$T" \
		    "$T"
		printf 'LOGFILE=%s/log\nSENDMAIL=/bin/false\n' "$T"
		[ -z "${TMPDIR:-}" ] || printf 'TMPDIR=%s\n' "$TMPDIR"
		example procmailrc | sed "s|$BIN/|${STAGES:-$BIN}/|
		    s|^OPTIONS=.*|OPTIONS=\"--offline --zone=$T/${ZONE:-zone}\
 ${MORE:-}\"|"
	} >rc
	procmail -m ./rc <"$1"
}
maildrop_run() {
	{
		printf 'PATH="%s"\n' "$PATH"
		[ -z "${TMPDIR:-}" ] || printf 'TMPDIR="%s"\n' "$TMPDIR"
		example mailfilter | sed -e "s|$BIN/|${STAGES:-$BIN}/|g" \
		    -e "s|^OPTIONS=.*|OPTIONS=\"--offline --zone=$T/${ZONE:-zone}\
 ${MORE:-}\"|" -e "s|^JUNK=.*|JUNK=\"$T/junk\"|"
		printf 'to "%s/inbox"\n' "$T"
	} >mf
	chmod 600 mf
	maildrop ./mf <"$1"
}

# all_land RUN: every mail ends where it belongs, once and whole.
all_land() {
	local m
	mails
	for m in $GOOD; do
		rm -f inbox junk
		"$1" "$m"
		[ -s inbox ] && [ ! -e junk ]
		intact "$m" inbox
	done
	for m in $BAD; do
		rm -f inbox junk
		"$1" "$m"
		[ -s junk ] && [ ! -e inbox ]
		[ "$m" = forged ] || intact "$m" junk
		# What was forged is gone.
		assert_file_lacks_re '^Authentication-Results:.*dmarc=pass' \
		    'dmarc=fail' junk
	done
}

# intact MAIL FOLDER: every line of the mail stands in the folder, in order.
intact() {
	sed 's/^>From /From /' "$2" >unquoted
	diff "$1" unquoted | grep '^<' | grep -v '^< *$' >missing || :
	[ ! -s missing ] || { cat missing >&2; return 1; }
}

# Others have programs of these names as well, and may come first in PATH.
strangers() {
	local t
	mkdir strangers
	for t in spfcheck dkimverify dmarceval; do
		printf '#!/bin/sh\necho %s >>%s/ran\nexit 1\n' $t "$T" \
		    >strangers/$t
	done
	chmod +x strangers/*
	mails
	PATH=$T/strangers:$PATH "$1" good
	[ ! -e ran ]
	intact good inbox
	# As they would run without a path.
	run -1 env PATH="$T/strangers:$PATH" spfcheck
	[ -e ran ]
}

@test "procmail: a stranger's program of the same name is not run" {
	need procmail openssl
	strangers procmail_run
}

@test "maildrop: a stranger's program of the same name is not run" {
	need maildrop openssl
	strangers maildrop_run
}

@test "procmail: good mail lands in the inbox, forged mail in junk" {
	need procmail openssl
	all_land procmail_run
}

@test "procmail: an mbox with several mails stays one" {
	need procmail openssl
	mails
	local m
	for m in good spoof signed; do
		{
			echo "From one@legit.example Mon Nov 23 18:00:00 2026"
			cat "$m"
		} >with
		procmail_run with
	done
	# dmarceval reads the folder that procmail wrote.
	run -0 --separate-stderr grep -c '^From ' inbox
	assert_out 2
	run -0 --separate-stderr dmarceval --offline --zone=zone inbox
	assert_out_has 'inbox#1: dmarc=pass'
	assert_out_has 'inbox#2: dmarc=pass'
}

# later RUN: a failing pipe is 75, and the mail is delivered nowhere.
later() {
	mails
	rm -f inbox junk
	MORE=--no-such-option run -75 "$1" good
	[ ! -e inbox ] && [ ! -e junk ]
	ZONE=missing run -75 "$1" good
	[ ! -e inbox ] && [ ! -e junk ]
	# No room for the spool.
	{ cat good; head -c 3000000 /dev/zero | tr '\0' 'x'; echo; } >large
	TMPDIR=$T/none run -75 "$1" large
	[ ! -e inbox ] && [ ! -e junk ]
	# A stage is not there.
	mkdir few
	ln -s "$BIN/dkimverify" "$BIN/dmarceval" few
	STAGES=$T/few run -75 "$1" good
	[ ! -e inbox ] && [ ! -e junk ]
}

@test "procmail: a failing pipe ends with 75 and delivers nothing" {
	need procmail openssl
	later procmail_run
}

@test "maildrop: good mail lands in the inbox, forged mail in junk" {
	need maildrop openssl
	all_land maildrop_run
}

@test "maildrop: a failing pipe ends with 75 and delivers nothing" {
	need maildrop openssl
	later maildrop_run
}

@test "a large mail passes procmail and maildrop whole" {
	need procmail maildrop openssl
	mails
	{ cat good; head -c 3000000 /dev/urandom | base64; } >large
	procmail_run large
	intact large inbox
	rm inbox
	maildrop_run large
	intact large inbox
}

@test "Sieve reads our field, and no other" {
	need sieve-test
	local m
	mails
	cp "$ROOT/examples/dmarc.sieve" .
	for m in $GOOD $BAD; do
		dmarceval -o message --authserv-id=mx.example.com --offline \
		    --zone=zone <"$m" >"$m.judged"
	done
	# A mail of another server's judgement is not for us.
	sed 's/^Authentication-Results: mx/Authentication-Results: other/' \
	    spoof.judged >foreign.judged
	chmod -R a+rwX .
	for m in $GOOD foreign; do
		run -0 sieve_test "$m.judged"
		assert_out_has 'store message in folder: INBOX'
		assert_out_lacks 'folder: Junk'
	done
	for m in $BAD; do
		run -0 sieve_test "$m.judged"
		assert_out_has 'store message in folder: Junk'
		assert_out_lacks 'folder: INBOX'
	done
}

# Dovecot refuses to run as root.
sieve_test() {
	printf 'mail_location = mbox:%s/mail\n' "$T" >dovecot.conf
	if [ "$(id -u)" -eq 0 ]; then
		chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test 2>/dev/null
		HOME=$T setpriv --reuid=65534 --regid=65534 --clear-groups \
		    sieve-test -c dovecot.conf dmarc.sieve "$1"
	else
		HOME=$T sieve-test -c dovecot.conf dmarc.sieve "$1"
	fi
}

# What has bytes is a mail: it must not be "try again" each time it comes.
@test "no input is deferred for ever: a From_ line alone, pieces, one byte" {
	local t m
	for m in F From 'From ' 'From x' $'From x\n' $'From x\r\n' $'>From x\n' \
	    $'\r' $'\n' 'Authentication-Results: mx' \
	    $'From x\nAuthentication-Results: mx; dkim=pass\n'; do
		for t in spfcheck dkimverify dmarceval; do
			printf %s "$m" >in
			"$t" -q -o message --offline --authserv-id=mx <in >out
			# A line of its own, and all other bytes in place.
			grep -q '^Authentication-Results: mx;' out
			[ "$(grep -c "^${m%%$'\n'*}" out)" -ge 1 ] ||
			    [[ $m == [$'\r\n']* ]]
		done
	done
	# No byte at all is no mail, and says so.
	for t in spfcheck dkimverify dmarceval; do
		run -75 --separate-stderr "$t" -o message --authserv-id=mx \
		    </dev/null
		assert_out_empty
	done
}

@test "no input is deferred for ever: signatures that fill the memory" {
	local names
	names=$(printf 'x:%.0s' {1..980})
	for _ in {1..940}; do
		printf 'DKIM-Signature: v=1; a=rsa-sha256; d=e.example; s=s;\n'
		printf '\th=from:%s; bh=%s;\n\tb=AAAA\n' "${names%:}" \
		    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
	done >many
	printf 'From: a@e.example\n\nhello\n' >>many
	dkimverify -o message --offline --authserv-id=mx \
	    --max-signatures=1000 <many >out
	run -0 --separate-stderr tail -c "$(wc -c <many)" out
	cmp many <(tail -c "$(wc -c <many)" out)
	dkimverify -o json --offline --max-signatures=1000 many >json || :
	# All are reported: those that memory allowed, the others as too many.
	run -0 jq -r '[.dkim[].reason] | group_by(.) |
	    map("\(.[0])=\(length > 100)") | join(" ")' json
	assert_out 'body=true too-many=true'
	[ "$(jq '.dkim | length' json)" -eq 940 ]
}

@test "a limit on the size of files is try again, not death" {
	no_sanitizer
	mails
	{ cat good; head -c 3000000 /dev/zero | tr '\0' 'x'; echo; } >large
	local t
	for t in spfcheck dkimverify dmarceval; do
		run -75 --separate-stderr bash -c 'ulimit -f 8
		    exec "$@" -o message --authserv-id=mx --offline' - \
		    "$t" <large
		assert_out_empty
		assert_err_has 'File too large'
	done
	run -75 --separate-stderr bash -c 'ulimit -f 8
	    exec dkimsign --filter -d legit.example -s s1 -k key.pem >out' \
	    - <large
	assert_err_has 'File too large'
	# Not a filter: an I/O error.
	run -74 --separate-stderr bash -c 'ulimit -f 8
	    exec dkimsign -d legit.example -s s1 -k key.pem large >out'
}

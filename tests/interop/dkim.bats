#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Sign with each, verify with each: dkimpy, Mail::DKIM, libopendkim, and us.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

CANONS=(relaxed/relaxed relaxed/simple simple/relaxed simple/simple)

setup_file() {
	export W=$BATS_FILE_TMPDIR
	cd "$W" || return 1
	dkimkey new rsa.pem
	dkimkey new --type=ed25519 ed.pem
	dkimkey record -d example.com -s r rsa.pem >zone
	dkimkey record -d example.com -s e ed.pem >>zone
	for k in r:rsa e:ed; do
		echo "${k%:*}._domainkey.example.com" \
		    "$(dkimkey record --one-line "${k#*:}.pem")"
	done >keys
	# dkimpy wants the 32 bytes of an Ed25519 key in base64.
	openssl pkey -in ed.pem -outform der 2>/dev/null |
	    tail -c 32 | base64 >ed.raw
	local head='From: Joe <joe@example.com>\r\nTo: a@example.net,\r\n'
	head+='\tb@example.net\r\nSubject:  two  words \r\n'
	head+='Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n'
	head+='Message-ID: <1@example.com>\r\n\r\n'
	# shellcheck disable=SC2059
	{
		printf "$head" >empty
		printf "$head\r\n\r\n" >lines
		printf "$head%s\r\n%s" "Hi." "no final newline" >final
		printf "$head%s  \r\n\t\r\n x\t y \r\n \r\n\r\n" a >space
		printf "$head%s\r\n" $'\xe4\xff\xc3\xa4 \xa0' >eight
	}
	if command -v cc >/dev/null; then
		cc -O1 -o opendkim "$ROOT/tests/interop/opendkim.c" \
		    -lopendkim 2>/dev/null || :
	fi
}

setup() {
	cd "$W" || return 1
}

bodies=(empty lines final space eight)

peer() {	# peer NAME ARGUMENT...
	local name=$1
	shift
	case $name in
	dkimpy) "$PYTHON" "$ROOT/tests/interop/dkimpy.py" "$@" ;;
	maildkim) perl "$ROOT/tests/interop/maildkim.pl" "$@" ;;
	opendkim) ./opendkim "$@" ;;
	esac
}

need_peer() {
	case $1 in
	dkimpy) need_python dkim ;;
	maildkim) need_perl Mail::DKIM Net::DNS ;;
	opendkim) [ -x ./opendkim ] || skip "libopendkim is not installed" ;;
	esac
}

have_peer() {	# the same as a status
	(
		skip() { exit 1; }
		need_peer "$1"
	)
}

we_verify() {
	dkimverify --offline --zone=zone --all "$@"
}

# they_verify PEER ARGUMENT...: what we sign with these, the peer verifies.
they_verify() {
	local name=$1 c b
	need_peer "$name"
	shift
	for c in "${CANONS[@]}"; do
		for b in "${bodies[@]}"; do
			dkimsign -q -d example.com -c "$c" "$@" "$b" >"s.$name"
			peer "$name" verify keys <"s.$name" || {
				echo "$name refuses our $c of $b" >&2
				return 1
			}
			we_verify "s.$name" >/dev/null
		done
	done
}

# they_sign PEER SELECTOR KEYFILE: what the peer signs, we verify, as it is
# and in LF.
they_sign() {
	local name=$1 c b
	need_peer "$name"
	for c in "${CANONS[@]}"; do
		for b in "${bodies[@]}"; do
			peer "$name" sign "$c" example.com "$2" "$3" <"$b" \
			    >"t.$name"
			we_verify "t.$name" >&2 || {
				echo "we refuse $name's $c of $b" >&2
				return 1
			}
			tr -d '\r' <"t.$name" >"u.$name"
			we_verify "u.$name" >&2
		done
	done
}

@test "dkimpy verifies our RSA signatures" {
	they_verify dkimpy -k rsa.pem -s r
}
@test "dkimpy verifies our Ed25519 signatures" {
	need_python nacl
	they_verify dkimpy -k ed.pem -s e
}
@test "dkimpy verifies both in one mail, with every option" {
	need_python nacl
	they_verify dkimpy -k rsa.pem -s r -k ed.pem -s e -t -x 3d -z \
	    -i joe@mail.example.com
}
@test "Mail::DKIM verifies our RSA signatures" {
	they_verify maildkim -k rsa.pem -s r
}
@test "Mail::DKIM verifies RSA signatures with every option" {
	they_verify maildkim -k rsa.pem -s r -t -x 3d -z \
	    -i joe@mail.example.com
}
@test "libopendkim verifies our RSA signatures" {
	they_verify opendkim -k rsa.pem -s r
}
@test "libopendkim verifies RSA signatures with every option" {
	they_verify opendkim -k rsa.pem -s r -t -x 3d -z \
	    -i joe@mail.example.com
}
@test "libopendkim verifies our Ed25519 signatures" {
	they_verify opendkim -k ed.pem -s e
}
@test "we verify dkimpy's RSA signatures" {
	they_sign dkimpy r rsa.pem
}
@test "we verify dkimpy's Ed25519 signatures" {
	need_python nacl
	they_sign dkimpy e ed.raw
}
@test "we verify Mail::DKIM's RSA signatures" {
	they_sign maildkim r rsa.pem
}
@test "we verify libopendkim's RSA signatures" {
	they_sign opendkim r rsa.pem
}

@test "we verify libopendkim's Ed25519 signatures" {
	# With a simple header it refuses its own, and dkimpy does too.
	CANONS=(relaxed/relaxed relaxed/simple)
	they_sign opendkim e ed.pem
}

@test "a changed byte is seen by everyone" {
	local p
	dkimsign -q -d example.com -k rsa.pem -s r eight |
	    sed 's/two/TWO/' >bad
	run -1 --separate-stderr we_verify bad
	for p in dkimpy maildkim opendkim; do
		have_peer "$p" || continue
		run -1 --separate-stderr peer "$p" verify keys <bad
	done
}

# dkimpy takes each bare LF for CRLF, against RFC 6376 3.4: it signs what it
# would have been with CRLF, and so only that can be compared.
@test "bare LF in a CRLF mail: dkimpy's signature is that of the CRLF mail" {
	need_python dkim
	printf 'From: a@example.com\r\nSubject: x\r\n\r\na\nb \n\r\n' >bare
	dkimsign -q -d example.com -k rsa.pem -s r bare >s
	we_verify s
	peer dkimpy sign simple/simple example.com r rsa.pem <bare >t
	sed 's/\r$//; s/$/\r/' t >u
	we_verify u
}

@test "bare LF in a CRLF mail: Mail::DKIM and we agree" {
	need_peer maildkim
	printf 'From: a@example.com\r\nSubject: x\r\n\r\na\nb\r\nc\r\n' >bare
	dkimsign -q -d example.com -k rsa.pem -s r bare >s
	peer maildkim verify keys <s
	peer maildkim sign relaxed/relaxed example.com r rsa.pem <bare >t
	we_verify t
}

@test "bare LF in a CRLF mail: libopendkim and we agree" {
	need_peer opendkim
	printf 'From: a@example.com\r\nSubject: x\r\n\r\na\nb\r\nc\r\n' >bare
	dkimsign -q -d example.com -k rsa.pem -s r bare >s
	peer opendkim verify keys <s
	peer opendkim sign relaxed/relaxed example.com r rsa.pem <bare >t
	we_verify t
}

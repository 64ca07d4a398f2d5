#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dkimkey(1): each verb, each option, each exit status.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup_file() {
	export W=$BATS_FILE_TMPDIR
	cd "$W" || return 1
	dkimkey new rsa.pem
	dkimkey new other.pem
	dkimkey new -t ed25519 ed.pem
	openssl genrsa -out weak.pem 1024 2>/dev/null
	chmod 600 weak.pem
	printf 'From: a@example.com\nSubject: x\n\nbody\n' >mail
	{
		dkimkey record -d example.com -s s1 rsa.pem
		dkimkey record -d example.com -s s2 ed.pem
		dkimkey record -d example.com -s weak weak.pem
		dkimkey record -d example.com -s gone --revoke rsa.pem
		dkimkey record -d example.com -s t --testing --strict rsa.pem
		echo 'none._domainkey.example.com. 60 IN TXT "v=spf1 -all"'
	} >zone
	dkimsign -q -d example.com -k rsa.pem -s s1 -k ed.pem -s s2 mail >signed
}

setup() {
	use_tmp
	cp -p "$W"/* .
}

teardown() {
	stop_all
}

check() {
	dkimkey check --offline --zone=zone "$@"
}

@test "new makes keys of each type, mode 600, and never over a file" {
	umask 000
	run -0 --separate-stderr dkimkey new k
	assert_out_empty
	assert_err_empty
	[ "$(stat -c %a k)" = 600 ]
	openssl pkey -in k -noout -text | grep -q '2048 bit'
	grep -q 'BEGIN PRIVATE KEY' k
	run -73 --separate-stderr dkimkey new k
	assert_err_tool dkimkey
	ln -s nowhere link
	run -73 --separate-stderr dkimkey new link
	[ ! -e nowhere ]
	dkimkey new --bits=3072 k3
	openssl pkey -in k3 -noout -text | grep -q '3072 bit'
	dkimkey new --type=ed25519 e
	openssl pkey -in e -noout -text | grep -q ED25519
	run -73 --separate-stderr dkimkey new none/k
}

@test "new refuses what is no key" {
	run -64 --separate-stderr dkimkey new --type=dsa k
	assert_usage dkimkey
	run -64 --separate-stderr dkimkey new --bits=1024 k
	assert_usage dkimkey
	run -64 --separate-stderr dkimkey new --bits=02x k
	run -64 --separate-stderr dkimkey new --type=ed25519 --bits=2048 k
	run -64 --separate-stderr dkimkey new
	run -64 --separate-stderr dkimkey new a b
	[ ! -e k ]
}

@test "record prints master-file text in strings of at most 255" {
	run -0 --separate-stderr dkimkey record -d Example.COM -s s1 rsa.pem
	assert_out_has 's1._domainkey.example.com.	3600	IN	TXT	('
	run -1 grep -E '"[^"]{256}' zone
	grep -qE '"[^"]{255}"' zone
	run -0 --separate-stderr dkimkey record --ttl=60 -d example.com -s e ed.pem
	assert_out_match '^e\._domainkey\.example\.com\.	60	IN	TXT	"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}="$'
	run -0 --separate-stderr check -d example.com -s s1 -k rsa.pem
}

@test "record: one line, JSON, flags, notes" {
	run -0 --separate-stderr dkimkey record --one-line rsa.pem
	assert_out_match '^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]+=*$'
	run -0 --separate-stderr dkimkey record -o json -d example.com -s s1 \
	    rsa.pem
	assert_json .name '"s1._domainkey.example.com"'
	assert_json '.record == (.strings | join(""))' true
	run -0 --separate-stderr dkimkey record -1 --testing --strict \
	    -n 'a; b' ed.pem
	assert_out_has 't=y:s; n=a=3B=20b; p='
	run -0 --separate-stderr dkimkey record -1 --revoke ed.pem
	assert_out 'v=DKIM1; k=ed25519; p='
}

@test "record refuses" {
	run -64 --separate-stderr dkimkey record rsa.pem
	assert_usage dkimkey
	run -64 --separate-stderr dkimkey record -d a..b -s s rsa.pem
	run -64 --separate-stderr dkimkey record -d example.com -s 'a b' rsa.pem
	run -64 --separate-stderr dkimkey record -d example.com -s s --ttl=-1 \
	    rsa.pem
	run -64 --separate-stderr dkimkey record -o xml -d example.com -s s \
	    rsa.pem
	run -66 --separate-stderr dkimkey record -1 nothing.pem
	run -77 --separate-stderr dkimkey record -1 mail
	chmod 600 mail
	run -78 --separate-stderr dkimkey record -1 mail
}

@test "record: a key that others can read" {
	chmod 644 rsa.pem
	run -77 --separate-stderr dkimkey record -1 rsa.pem
	assert_out_empty
	run -0 --separate-stderr dkimkey record -1 --insecure-key rsa.pem
}

@test "check: agree, differ, broken, no record, try again" {
	run -0 --separate-stderr check -d example.com -s s1 -k rsa.pem
	assert_out_has ': agree key=rsa bits=2048'
	run -0 --separate-stderr check -d example.com -s s2 -k ed.pem
	run -1 --separate-stderr check -d example.com -s s1 -k other.pem
	assert_out_has ': differ'
	run -1 --separate-stderr check -d example.com -s s2 -k rsa.pem
	run -4 --separate-stderr check -d example.com -s gone -k rsa.pem
	assert_out_has revoked
	run -6 --separate-stderr check -d example.com -s nobody -k rsa.pem
	run -6 --separate-stderr check -d example.com -s none -k rsa.pem
	run -75 --separate-stderr dkimkey check --offline -d example.com -s s1
	run -0 --separate-stderr check -q -d example.com -s s1
	assert_out_empty
}

@test "check: flags and strength" {
	run -0 --separate-stderr check -d example.com -s t
	assert_out_has 'testing=yes strict=yes'
	assert_out_has 'warning: t=y'
	run -0 --separate-stderr check -d example.com -s weak
	assert_out_has 'warning: an RSA key of less than 2048 bits'
	run -0 --separate-stderr check -o json -d example.com -s t -k rsa.pem
	assert_json .result '"agree"'
	assert_json .record.testing true
	assert_json .record.dnssec null
}

@test "check: what was seen, and why it is no key" {
	run -6 --separate-stderr check -d example.com -s none
	assert_out_has 'none._domainkey.example.com: seen: "v=spf1 -all": '
	run -6 --separate-stderr check -d example.com -s none -o json
	assert_json .record.seen '"v=spf1 -all"'
	echo 'bad._domainkey.example.com. 60 IN TXT "v=DKIM1; p=***"' >>zone
	run -4 --separate-stderr check -d example.com -s bad
	assert_out_has '(p= is no base64)'
	assert_out_has ': seen: "v=DKIM1; p=***"'
	# A good one needs no words.
	run -0 --separate-stderr check -d example.com -s s1
	[[ $output != *seen:* ]]
}

@test "record warns of short keys" {
	run -0 --separate-stderr dkimkey record -1 weak.pem
	assert_err_has 'dkimkey: warning: an RSA key of 1024 bits: signers are to use 2048 or more'
	openssl genrsa -out k512 512 2>/dev/null
	chmod 600 k512
	run -0 --separate-stderr dkimkey record -1 k512
	assert_err_has 'dkimkey: warning: an RSA key of 512 bits: verifiers refuse less than 1024'
	run -0 --separate-stderr dkimkey record -1 rsa.pem
	assert_err_empty
	run -0 --separate-stderr dkimkey record -1 --revoke weak.pem
	assert_err_empty
}

@test "check: a zone file says nothing of DNSSEC" {
	dkimkey record -d example.com -s z rsa.pem >z.zone
	run -0 --separate-stderr dkimkey check --zone=z.zone --offline \
	    -d example.com -s z -k rsa.pem
	assert_out_has 'z._domainkey.example.com: agree key=rsa'
	[[ ${output,,} != *dnssec* ]]
	run -0 --separate-stderr dkimkey check --zone=z.zone --offline \
	    -d example.com -s z -o json
	assert_json .record.dnssec null
	assert_json .record.warnings '[]'
	# A zone that answers before the network does as well.
	dnsd_start --zone=zone
	run -0 --separate-stderr dkimkey check --zone=z.zone \
	    --nameserver="$DNSD" -d example.com -s z
	[[ ${output,,} != *dnssec* ]]
	# What a server says has its word of it.
	run -0 --separate-stderr dkimkey check --nameserver="$DNSD" \
	    -d example.com -s t
	assert_out_has 'dnssec=no'
	assert_out_has 'no DNSSEC that the resolver vouches for'
}

@test "check: a signed mail against the DNS" {
	run -0 --separate-stderr check signed
	assert_out_has 'signature 2: agree'
	run -0 --separate-stderr check - <signed
	run -0 --separate-stderr check -d example.com -s s1 -k rsa.pem signed
	run -6 --separate-stderr check -d example.com -s t signed
	assert_out_has 'no signature with this key'
	sed 's/body/bodY/' signed >bad
	run -1 --separate-stderr check bad
	assert_out_has reason=body
	run -6 --separate-stderr check mail
	dkimkey record -d example.com -s s2 ed.pem >zone2
	run -6 --separate-stderr dkimkey check --offline --zone=zone2 signed
	: >empty
	run -65 --separate-stderr check empty
	run -66 --separate-stderr check nothing
	run -0 --separate-stderr check -o json signed
	assert_json '[.signatures[].agreement]' '["agree","agree"]'
}

@test "check: usage" {
	run -64 --separate-stderr check
	assert_usage dkimkey
	run -64 --separate-stderr check -d example.com
	run -64 --separate-stderr check -k rsa.pem signed
	run -64 --separate-stderr check a b
	run -64 --separate-stderr check --timeout=0 signed
	run -64 --separate-stderr check --nameserver=host signed
}

@test "rotate plans" {
	run -0 --separate-stderr dkimkey rotate --offline --zone=zone \
	    --now=1795446437 -d example.com -s s1
	# s2 is taken.
	assert_out_has 'selector s1 of example.com is followed by s3'
	assert_out_has '2026-11-23T16:07:17Z or later: sign with s3'
	run -0 --separate-stderr dkimkey rotate --offline --zone=zone -o json \
	    --now=1795446437 --grace=1d -t ed25519 -d example.com -s s1
	assert_json .switch_at 1795450037
	assert_json .revoke_at 1795536437
	assert_json .key_type '"ed25519"'
	run -65 --separate-stderr dkimkey rotate --offline --zone=zone \
	    -d example.com -s s1 -n s2
	run -75 --separate-stderr dkimkey rotate --offline -d example.com -s s1
	run -64 --separate-stderr dkimkey rotate -d example.com
	assert_usage dkimkey
	run -64 --separate-stderr dkimkey rotate -d example.com -s s1 --grace=x
}

@test "rotate --wait: until every authoritative server has the record" {
	cat >bare.zone <<-'END'
	$ORIGIN example.com.
	@ 60 IN SOA ns1 h 1 2 3 4 5
	@ 60 IN NS ns1
	@ 60 IN NS ns2
	ns1 60 IN A 127.0.0.1
	ns2 60 IN A 127.0.0.2
	END
	dkimkey record -d example.com -s s2 rsa.pem >new.txt
	cat bare.zone new.txt >all.zone
	dnsd_start --zone=all.zone
	first=$DNSD
	# The second does not have it.
	dnsd_start --zone=bare.zone --address=127.0.0.2
	wait_for() {
		dkimkey rotate -d example.com -s s1 --nameserver="$first" \
		    --nameserver="127.0.0.2:$DNSD_PORT" "$@"
	}
	run -75 --separate-stderr wait_for -n s2 --wait=1s
	assert_out 'ns1.example.com 127.0.0.1: published
ns2.example.com 127.0.0.2: no record'
	run -75 --separate-stderr wait_for -n s2 --wait=1s -o json
	assert_json .published false
	assert_json '[.servers[].published]' '[true,false]'
	# It gets it while we wait.
	dnsd_start --zone=all.zone --address=127.0.0.2 \
	    --rule='s2._domainkey.example.com TXT drop 8'
	run -0 --separate-stderr wait_for -n s2 --wait=1m -v
	assert_out_has 'ns2.example.com 127.0.0.2: published'
	assert_err_has '1 of 2 servers do not have it'
	# A revoked one is not it.
	{ cat bare.zone; echo 's2._domainkey 60 IN TXT "v=DKIM1; p="'; } >gone.zone
	dnsd_start --zone=gone.zone --address=127.0.0.2
	run -75 --separate-stderr wait_for -n s2 --wait=1s
	assert_out_has 'ns2.example.com 127.0.0.2: no good key'
	run -64 --separate-stderr wait_for --wait
	assert_usage dkimkey
	run -64 --separate-stderr wait_for -n s2 --wait=x
	run -64 --separate-stderr dkimkey rotate -d example.com -s s1 -n s2 \
	    --wait --zone=all.zone
}

@test "rotate keeps the kind of key" {
	run -0 --separate-stderr dkimkey rotate --offline --zone=zone \
	    -d example.com -s s2
	assert_out_has 'dkimkey new --type=ed25519 s3.pem'
	dkimkey new --bits=3072 k3
	dkimkey record -d example.com -s k3 k3 >>zone
	run -0 --separate-stderr dkimkey rotate --offline --zone=zone \
	    -d example.com -s k3
	assert_out_has 'dkimkey new --type=rsa --bits=3072 k4.pem'
	# Nothing to go by, too short, or another wish.
	local s
	for s in s1 weak gone nobody; do
		run -0 --separate-stderr dkimkey rotate --offline --zone=zone \
		    -d example.com -s $s
		assert_out_has 'dkimkey new --type=rsa --bits=2048 '
	done
	run -0 --separate-stderr dkimkey rotate --offline --zone=zone \
	    -d example.com -s s2 --type=rsa
	assert_out_has 'dkimkey new --type=rsa --bits=2048 s3.pem'
}

@test "rotate counts" {
	local p
	for p in s9:s10 mail:mail2 2026-12:2027-01 202609:202610 a-09:a-10 \
	    k99:k100 20260930:20261001 s20201212:s20201213 \
	    2026-12-31:2027-01-01; do
		run -0 --separate-stderr dkimkey rotate --offline --zone=zone \
		    -d example.com -s "${p%:*}"
		assert_out_has "is followed by ${p#*:}"
	done
}

@test "no verb, a wrong one, help, version" {
	run -64 --separate-stderr dkimkey
	assert_usage dkimkey
	run -64 --separate-stderr dkimkey make
	assert_usage dkimkey
	run -0 --separate-stderr dkimkey --help
	assert_out_has rotate
	run -0 --separate-stderr dkimkey -V
	local v
	for v in new record check rotate; do
		run -0 --separate-stderr dkimkey $v --help
		assert_out_has "dkimkey $v"
		run -0 --separate-stderr dkimkey $v --version
		assert_out_match '^dkimkey '
		run -64 --separate-stderr dkimkey $v --nothing
	done
}

@test "a full disk" {
	[ -e /dev/full ] || skip "no /dev/full"
	full() { dkimkey "$@" >/dev/full; }
	run -74 --separate-stderr full record -1 rsa.pem
	run -74 --separate-stderr full check --offline --zone=zone signed
	run -74 --separate-stderr full --help
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Message mode: forged fields, the seal between stages, bytes that must stay.
# shellcheck disable=SC2016,SC2059
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	D=$ROOT/tests/data
	ID=mx.test
	SECRET=00112233445566778899aabbccddeeff
	printf 'From: a@example.com\nSubject: x\n\nbody\n' >mail
}

# One stage over standard input.
stage() {
	dkimverify --offline "--zone=$D/zone" --now=1795435300 -o message \
	    "--authserv-id=$ID" "$@"
}
# stage over FILE, its output in out; the field it wrote must be none's.
judge() {
	run -0 --separate-stderr sh -c 'in=$1; shift
	    exec dkimverify --offline -o message --authserv-id=mx.test "$@" \
	    <"$in" >out' - "$@"
}
NONE='Authentication-Results: mx.test;
	dkim=none'

# The forged field given is gone, and nothing else.
gone() {
	{ printf 'A: 1\n'; printf "$1"; cat mail; } >in
	{ printf '%s\nA: 1\n' "$NONE"; cat mail; } >want
	judge in
	assert_same want out
}

@test "a forged field is removed, whatever it looks like" {
	gone 'Authentication-Results: mx.test; dkim=pass\n'
	gone 'AUTHENTICATION-RESULTS : MX.TEST; dkim=pass\n'
	gone 'Authentication-Results:\n mx.test;\n\tdkim=pass\n'
	gone 'Authentication-Results\n : mx.test; dkim=pass\n'
	gone 'Authentication-Results: "mx.test"; dkim=pass\n'
	gone 'Authentication-Results: (c (d)) mx.test 1; dkim=pass\n'
	gone 'Authentication-Results: mx.test\n'
	gone 'Authentication-Results: mx.test; "\n'
	gone 'Authentication-Results: mx.test (vs1 n=1 h=0 m=0); dkim=pass\n'
}

@test "several, interleaved, in the last line too" {
	{
		for i in 1 2 3 4 5; do
			printf 'X-%d: a\n' $i
			printf 'Authentication-Results: mx.test; dkim=pass\n'
		done
		cat mail
	} >in
	{
		printf '%s\n' "$NONE"
		for i in 1 2 3 4 5; do printf 'X-%d: a\n' $i; done
		cat mail
	} >want
	judge in
	assert_same want out
	printf 'A: b\nAuthentication-Results: mx.test; x' >in
	printf '%s\nA: b\n' "$NONE" >want
	judge in
	assert_same want out
}

@test "over 4 KiB with 20 results, and one of 1 MiB" {
	{
		printf 'Authentication-Results: mx.test'
		for ((i = 0; i < 20; i++)); do
			printf ';\n\tdkim=pass header.d=%0200d.example' $i
		done
		echo
		printf 'Authentication-Results: mx.test;'
		head -c 1000000 /dev/zero | tr '\0' x
		echo
		cat mail
	} >in
	{ printf '%s\n' "$NONE"; cat mail; } >want
	judge in
	assert_same want out
}

@test "after a bare CR, a bare LF, malformed lines" {
	# Its own field is the positive control.
	local OURS='dkim=permerror'
	local forged='Authentication-Results: mx.test; dkim=pass'
	printf 'A: 1\r%s\nB: 2\n\nb\n' "$forged" >in
	judge in
	assert_file_lacks "$forged" "$OURS" out
	printf 'A: 1\r\nB: 2\n%s\r\nC: 3\r\n\r\nb\r\n' "$forged" >in
	judge in
	assert_file_lacks "$forged" "$OURS" out
	printf 'A: 1\r\nB: 2\r%s\r\nC: 3\r\n\r\nb\r\n' "$forged" >in
	judge in
	assert_file_lacks "$forged" "$OURS" out
	printf 'junk\n: y\n%s\nC: 3\n\nb\n' "$forged" >in
	judge in
	assert_file_lacks "$forged" "$OURS" out
	grep -qx junk out
}

@test "another's field stays, byte for byte; so does the body" {
	{
		printf 'Authentication-Results: mx.test.example; dkim=pass\n'
		printf 'Authentication-Results: a.mx.test; dkim=pass\n'
		printf 'ARC-Authentication-Results: i=1; mx.test; dkim=pass\n'
		cat mail
		printf 'Authentication-Results: mx.test; dkim=pass\n\200\0\r\r\n'
	} >in
	{ printf '%s\n' "$NONE"; cat in; } >want
	judge in
	assert_same want out
}

@test "--strip-id removes more" {
	{ printf 'Authentication-Results: old.test; dkim=pass\n'; cat mail; } >in
	judge in
	grep -q old.test out
	judge in --strip-id=old.test
	assert_file_lacks old.test dkim=none out
}

@test "From_ lines stay first, a leading continuation is fenced" {
	{ echo 'From x y'; cat mail; } >in
	{ echo 'From x y'; printf '%s\n' "$NONE"; cat mail; } >want
	judge in
	assert_same want out
	printf ' folded\nA: b\n\nbody\n' >in
	judge in
	[ "$(sed -n 3p out)" = "X-Vouchsafe-Malformed: yes" ]
	[ "$(sed -n 4p out)" = " folded" ]
	grep -q 'dkim=permerror reason="malformed"' out
	cp out in
	judge in
	grep -q 'dkim=permerror reason="malformed"' out
}

@test "CRLF mail gets a CRLF field" {
	crlf mail >in
	judge in
	[ "$(head -n 1 out)" = "Authentication-Results: mx.test;"$'\r' ]
	tail -n +3 out | cmp - in
}

@test "empty input: 75, nothing on stdout" {
	run -75 --separate-stderr stage </dev/null
	assert_out_empty
	assert_err_tool dkimverify
	printf 'From a b\n' >in
	run -0 --separate-stderr stage <in
	assert_out $'From a b\nAuthentication-Results: mx.test;\n\tdkim=none'
	# In a sealed pipe that is what a stage that died has left.
	VOUCHSAFE_SEAL=$SECRET run -75 --separate-stderr stage <in
	assert_out_empty
	# Cut off after the seal of an earlier stage: not the whole mail.
	export VOUCHSAFE_SEAL=$SECRET
	stage <mail | head -n 1 >in
	run -75 --separate-stderr stage <in
	assert_out_empty
}

@test "a mail of nothing but our field goes out, without it" {
	printf 'Authentication-Results: mx.test; x\n' >in
	printf '%s\n' "$NONE" >want
	judge in
	assert_same want out
	export VOUCHSAFE_SEAL=$SECRET
	stage <in 2>/dev/null >two
	stage --final <two >out
	cat want want >twice
	assert_same twice out
}

@test "a signature over a field with our id: no verdict hangs on an option" {
	cd "$D"
	for o in '' '-o json' '-o header' '-o message'; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr dkimverify --offline \
		    --now=1795400000 --zone=ours-signed.zone \
		    ${o:+--authserv-id=mx.example.com} $o ours-signed.eml
		[[ "${output//\"/}" =~ dkim=pass|result:pass ]]
	done
	[ "$(grep -c '^Authentication-Results' <<<"$output")" -eq 1 ]
}

@test "a sealed result is believed, stays, and loses its seal at the end" {
	export VOUCHSAFE_SEAL=$SECRET
	stage <"$D/signed.eml" | stage >./two
	[ "$(grep -c '(vs1 n=' two)" -eq 2 ]
	stage --final <./two >./three
	[ "$(grep -c dkim=pass three)" -eq 3 ]
	assert_file_lacks vs1 dkim=pass three
	tail -n +10 three | cmp - "$D/signed.eml"
}

@test "no secret, a short one, a wrong one, another one: not believed" {
	VOUCHSAFE_SEAL=$SECRET stage <"$D/plain.eml" >one
	run -0 --separate-stderr stage <one
	assert_out_lacks vs1
	[ "$(grep -c '^Authentication-Results' <<<"$output")" -eq 1 ]
	assert_err_has "removed 1 Authentication-Results field"
	for s in '' 1234 "${SECRET}g" "$(printf '%0130d' 0)"; do
		VOUCHSAFE_SEAL=$s run -0 --separate-stderr stage <one
		assert_out_lacks vs1
		assert_err_has "VOUCHSAFE_SEAL"
		[ "$(grep -c '^Authentication-Results' <<<"$output")" -eq 1 ]
	done
	VOUCHSAFE_SEAL=ffffffffffffffffffffffffffffffff \
	    run -0 --separate-stderr stage <one
	[ "$(grep -c '^Authentication-Results' <<<"$output")" -eq 1 ]
	# -q says nothing.
	run -0 --separate-stderr stage -q <one
	assert_err_empty
}

@test "cut between stages: 75 and nothing on stdout, at every byte" {
	local n size
	export VOUCHSAFE_SEAL=$SECRET
	stage <mail >one
	size=$(wc -c <one)
	for ((n = 0; n < size; n += 3)); do
		head -c "$n" one >piece
		run -75 --separate-stderr stage <piece
		assert_out_empty
	done
}

@test "changed between stages: 75" {
	export VOUCHSAFE_SEAL=$SECRET
	stage <mail >one
	sed 's/^body/Body/' one >in
	run -75 --separate-stderr stage <in
	assert_out_empty
	{ cat one; echo more; } >in
	run -75 --separate-stderr stage <in
	sed '/^Subject/d' one >in
	run -75 --separate-stderr stage <in
}

@test "a changed sealed field is forged: removed" {
	export VOUCHSAFE_SEAL=$SECRET
	stage <mail >one
	sed 's/dkim=none/dkim=pass/' one >in
	stage <in >two
	assert_file_lacks dkim=pass dkim=none two
	[ "$(grep -c '^Authentication-Results' two)" -eq 1 ]
}

@test "a sealed field of another message is not believed for this one" {
	export VOUCHSAFE_SEAL=$SECRET
	stage <"$D/signed.eml" >one
	{ sed '/^DKIM/,$d' one; cat mail; } >in
	run -75 --separate-stderr stage <in
	assert_out_empty
}

@test "--defer: 75 on temperror, else the mail goes on" {
	run -0 --separate-stderr dkimverify --offline -o message \
	    --authserv-id=mx.test "$D/signed.eml"
	assert_out_has "dkim=temperror"
	run -75 --separate-stderr dkimverify --offline -o message --defer \
	    --authserv-id=mx.test "$D/signed.eml"
	assert_out_empty
	assert_err_tool dkimverify
}

@test "25 MB pass unchanged, in bounded memory" {
	no_sanitizer
	{ cat mail; head -c 18000000 /dev/zero | base64; } >in
	(ulimit -v 65536; stage <in >out)
	tail -n +3 out | cmp - in
}

@test "no room for the spool: 75, nothing on stdout" {
	{ cat mail; head -c 3000000 /dev/zero; } >in
	TMPDIR=/nonexistent run -75 --separate-stderr stage <in
	assert_out_empty
	assert_err_tool dkimverify
	TMPDIR=/nonexistent run -0 --separate-stderr stage <mail
	need unshare
	unshare -rm true 2>/dev/null || skip "no mount namespace"
	mkdir small
	run -75 --separate-stderr unshare -rm sh -c '
	    mount -t tmpfs -o size=64k none small &&
	    TMPDIR=$PWD/small exec dkimverify --offline -o message \
	    --authserv-id=mx.test <in'
	assert_out_empty
}

@test "a stage that is told to seal writes nothing of the secret" {
	export VOUCHSAFE_SEAL=$SECRET
	stage -v <"$D/signed.eml" >one 2>err
	assert_file_lacks "$SECRET" vs1 one
	assert_file_lacks "$SECRET" _domainkey err
}

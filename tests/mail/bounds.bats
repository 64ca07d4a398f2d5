#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What a sender can fill (common/base/bounds.h): a verdict with a reason at each
# bound and one above it, never our own fault and never "try again" for ever.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup_file() {
	export W=$BATS_FILE_TMPDIR
	cd "$W" || return 1
	dkimkey new k.pem
	dkimkey record -d example.com -s s k.pem >zone
}

setup() {
	use_tmp
	cp -p "$W"/* .
}

# repeat N TEXT
repeat() {
	awk -v n="$1" -v text="$2" 'BEGIN { while (n-- > 0) printf "%s", text }'
}

signature='DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s;'

# fill KIND N: a mail that has N of them.
fill() {
	local hash='bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
	[ "$1" = mailboxes ] || [ "$1" = comments ] || echo 'From: a@example.com'
	case $1 in
	octets)
		printf 'X: '
		repeat $(($2 - 24)) x ;;
	fields)
		repeat $(($2 - 1)) $'X: y\n' ;;
	mailboxes)
		printf 'From: a@example.com'
		repeat $(($2 - 1)) $',\n a@example.com' ;;
	comments)
		printf 'From: '
		repeat "$2" '('
		repeat "$2" ')'
		printf ' a@example.com' ;;
	tags)
		printf '%s' "$signature"
		printf '%s' " $hash; b=AAAA; h=from"
		awk -v n=$(($2 - 7)) 'BEGIN { while (n > 0) printf "; x%d=y", n-- }' ;;
	names)
		printf '%s' "$signature $hash; b=AAAA; h=from"
		repeat $(($2 - 1)) $':\n x' ;;
	signatures)
		repeat "$2" "$signature h=from; $hash; b=AAAA
" ;;
	esac
	[ "$1" = fields ] || [ "$1" = signatures ] || echo
	printf '\nbody\n'
}

# judge STATUS TEXT TOOL...: TOOL judges m so, and says TEXT.
judge() {
	local want=$1 text=$2
	shift 2
	run --separate-stderr "$@" --offline --zone=zone m
	assert_status "$want"
	assert_err_empty
	assert_out_has "$text"
}

eval_m=(dmarceval --ip=192.0.2.1 --helo=h.example
    --mail-from=a@example.com)

@test "octets and fields of the header" {
	fill octets 2097152 >m
	judge 6 dkim=none dkimverify
	judge 6 dmarc=none "${eval_m[@]}"
	fill octets 2097153 >m
	judge 4 'reason="malformed" (the header is larger' dkimverify
	judge 4 'dmarc=permerror reason="malformed"' "${eval_m[@]}"
	fill fields 10000 >m
	judge 6 dkim=none dkimverify
	judge 6 dmarc=none "${eval_m[@]}"
	fill fields 10001 >m
	judge 4 'reason="malformed" (the header has more' dkimverify
	judge 4 'dmarc=permerror reason="malformed"' "${eval_m[@]}"
	run -65 --separate-stderr dkimsign -d example.com -s s -k k.pem m
	assert_err_has 'the header has more than 10000 fields'
	assert_out_empty
}

@test "mailboxes in From, and comments in comments" {
	local n
	fill mailboxes 1000 >m
	judge 6 dmarc=none "${eval_m[@]}"
	fill comments 100 >m
	judge 6 dmarc=none "${eval_m[@]}"
	for n in 'mailboxes 1001' 'comments 101' 'comments 900000'; do
		# shellcheck disable=SC2086
		fill $n >m
		judge 4 'dmarc=permerror reason="malformed-from"' "${eval_m[@]}"
		run -65 --separate-stderr dkimsign -d example.com -s s \
		    -k k.pem m
		assert_err_has 'From is not an address list'
	done
}

@test "tags and names of a signature, and signatures" {
	local n
	fill names 1000 >m
	judge 4 '(b= ' dkimverify
	for n in 1001 100000; do
		fill names $n >m
		judge 4 '(h= has over' dkimverify
	done
	fill tags 200 >m
	run --separate-stderr dkimverify --offline --zone=zone m
	assert_status 4
	assert_out_lacks 'too many tags'
	fill tags 201 >m
	judge 4 'reason="syntax" (too many tags)' dkimverify
	fill signatures 10 >m
	judge 4 dkim=permerror dkimverify
	assert_out_lacks too-many
	for n in 11 9000; do
		fill signatures $n >m
		judge 5 'dkim=policy reason="too-many"' dkimverify
	done
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dkimsign --grant: burn, then the key, then the signature.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup_file() {
	export W=$BATS_FILE_TMPDIR
	cd "$W" || return 1
	dkimkey new k.pem
	dkimkey new k2.pem
	{
		dkimkey record -d example.org -s news k.pem
		dkimkey record -d example.org -s two k2.pem
	} >zone
	cat >mail <<-'END'
	From: News <news@Example.ORG>
	To: a@example.net
	Subject: the news
	Date: Mon, 23 Nov 2026 20:00:00 +0000
	Message-ID: <1@example.org>

	Hello.
	END
}

setup() {
	use_tmp
	cp -p "$W"/*.pem "$W/zone" "$W/mail" .
	jitgrant init -q home
	cat >home/policy <<-END
	[rule sign]
	kind=dkim-sign
	resource=example.*
	request=uid:$(id -u)
	approve=none
	max=2h
	uses=5000
	END
}

# grant RESOURCE USES [OPTION...]: a grant, its id.
grant() {
	local resource=$1 uses=$2
	shift 2
	jitgrant request --home home --kind dkim-sign --resource "$resource" \
	    --for 1h --uses "$uses" --reason test -o json "$@" | jq -r .grant
}
sign() {	# sign GRANT OPERAND...
	local g=$1
	shift
	dkimsign --grant "$g" --home home -d example.org -s news -k k.pem "$@"
}
left() { jitgrant show --home home --id "$1" -o json | jq -r .uses_left; }
# Refused by the grant: nothing on stdout, and the key was never opened.
refused() {	# refused STATUS COMMAND...
	local want=$1 rc=0
	shift
	rm -f trace*
	strace -f -q -o trace -e trace=open,openat,openat2 "$@" >out 2>err ||
	    rc=$?
	[ "$rc" -eq "$want" ] || { echo "status $rc: $(cat err)"; return 1; }
	[ ! -s out ]
	grep -q 'no leave to sign' err
	assert_file_lacks .pem home trace
}
need_strace() {
	need strace jq
	no_sanitizer
}

@test "burn, open, sign: x= is no later than the grant's end" {
	local g end
	g=$(grant example.org/news 2)
	run -0 --separate-stderr sign "$g" mail a@example.net
	assert_err_empty
	echo "$output" >signed
	end=$(jitgrant show --home home --id "$g" -o json | jq .not_after)
	grep -q "x=$end;" signed
	[ "$(left "$g")" = 1 ]
	run -0 dkimverify --offline --zone=zone signed
	# A sooner end is kept, a later one is not.
	sed 's/Hello/Hi/' mail >m2
	run -0 --separate-stderr sign "$g" --expire=10m m2
	[[ $output != *"x=$end;"* ]]
	grep -q 'x=[0-9]' <<<"$output"
	g=$(grant example.org/news 2)
	run -0 --separate-stderr sign "$g" --expire=7d mail
	grep -q "x=$(jitgrant show --home home --id "$g" -o json |
	    jq .not_after);" <<<"$output"
}

@test "the key file is opened after the use was burnt" {
	need_strace
	local g burn key
	g=$(grant example.org/news 1)
	strace -f -q -y -o trace -e trace=openat,pwrite64,fsync,fdatasync \
	    dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem mail >out
	grep -q '^DKIM-Signature' out
	burn=$(grep -n 'fsync\|fdatasync' trace | tail -n 1 | cut -d: -f1)
	key=$(grep -n 'k\.pem' trace | head -n 1 | cut -d: -f1)
	[ "$burn" -lt "$key" ]
}

@test "refused, and the key never opened: another domain or selector" {
	need_strace
	local g
	g=$(grant example.org/news 5)
	refused 1 dkimsign --grant "$g" --home home -d example.com -s news \
	    -k k.pem mail
	refused 1 dkimsign --grant "$g" --home home -d example.org -s other \
	    -k k.pem mail
	refused 1 dkimsign --grant auto --home home -d example.org -s other \
	    -k k.pem mail
	refused 1 dkimsign --grant auto --home home -d example.com -s news \
	    -k k.pem mail
	[ "$(left "$g")" = 5 ]
}

@test "refused: a grant of another kind" {
	need_strace
	local g
	sed 's/dkim-sign/other/; s/rule sign/rule o/' home/policy >>home/policy
	g=$(jitgrant request --home home --kind other \
	    --resource example.org/news --for 1h --reason x -o json |
	    jq -r .grant)
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem mail
}

@test "refused: another From, or several" {
	need_strace
	local g
	g=$(grant example.org/news 5 --limit from=news@example.org)
	sed 's/<news@/<boss@/' mail >m
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem m
	sed 's/^From: .*/&, Boss <boss@example.org>/' mail >m
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem m
	sed 's/<news@Example.ORG>/<news@example.com>/' mail >m
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem m
	[ "$(left "$g")" = 5 ]
	run -0 --separate-stderr sign "$g" mail
	g=$(grant example.org/news 5 --limit 'from=*@example.org')
	sed 's/<news@/<boss@/' mail >m
	run -0 --separate-stderr sign "$g" m
}

@test "refused: more recipients than granted, or none given" {
	need_strace
	local g
	g=$(grant example.org/news 5 --limit recipients=2)
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem mail a@x b@x c@x
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem mail
	# The header's recipients are not asked.
	sed 's/^To: .*/To: a@x, b@x, c@x, d@x/' mail >m
	run -0 --separate-stderr sign "$g" m a@x b@x
	run -0 --separate-stderr sign "$g" - a@x -- b@x <m
	[ "$(left "$g")" = 4 ]
	# After -- all are recipients, what they look like does not matter.
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem mail -- a b ./c
}

@test "refused: too many bytes" {
	need_strace
	local g n
	n=$(stat -c %s mail)
	g=$(grant example.org/news 5 --limit "bytes=$n")
	run -0 --separate-stderr sign "$g" mail
	{ cat mail; echo; } >m
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem m
}

@test "refused: spent, revoked, frozen, pending, unknown" {
	need_strace
	local g
	g=$(grant example.org/news 1)
	run -0 --separate-stderr sign "$g" mail
	sed 's/Hello/Hi/' mail >m
	refused 4 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem m
	g=$(grant example.org/news 3)
	jitgrant freeze --home home --all --reason stop
	refused 6 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem m
	jitgrant unfreeze --home home --all
	jitgrant revoke --home home --id "$g" --reason stop
	refused 1 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem m
	refused 1 dkimsign --grant gabc --home home -d example.org -s news \
	    -k k.pem m
	sed -i 's/approve=none/approve=1 of person:x/' home/policy
	printf '[person x]\nuid=12345\n' >>home/policy
	g=$(grant example.org/news 3)
	refused 2 dkimsign --grant "$g" --home home -d example.org -s news \
	    -k k.pem m
}

@test "a retry of the same signing is charged once" {
	local g
	g=$(grant example.org/news 2)
	sign "$g" mail a@x b@x >one
	sign "$g" b@x a@x <mail >two
	[ "$(left "$g")" = 1 ]
	# Another recipient, or another byte: another operation.
	sign "$g" mail a@x c@x >three
	[ "$(left "$g")" = 0 ]
	sign "$g" mail a@x b@x >four
	run -4 --separate-stderr sign "$g" mail a@x d@x
	assert_out_empty
	sign auto mail a@x c@x >five
	dkimverify --offline --zone=zone five
}

@test "a retry of the last use is free though a sweep ended the grant" {
	local g h
	g=$(grant example.org/news 1)
	run -0 --separate-stderr sign auto mail a@x b@x
	jitgrant sweep --home home
	[ "$(jitgrant show --home home --id "$g" -o json | jq -r .state)" = \
	    ended ]
	run -0 --separate-stderr sign "$g" mail a@x b@x
	run -0 --separate-stderr sign auto mail b@x a@x
	grep -q "x=$(jitgrant show --home home --id "$g" -o json |
	    jq .not_after);" <<<"$output"
	# That one alone: not another recipient, not another byte.
	run -4 --separate-stderr sign "$g" mail a@x
	run -1 --separate-stderr sign auto mail a@x
	sed 's/Hello/Hi/' mail >m
	run -1 --separate-stderr sign auto m a@x b@x
	assert_out_empty
	# Nor from another grant that would have uses left.
	h=$(grant example.org/news 2)
	run -0 --separate-stderr sign auto mail a@x b@x
	[ "$(left "$h")" = 2 ]
	run -0 --separate-stderr sign auto m a@x b@x
	[ "$(left "$h")" = 1 ]
	# Revoked is revoked.
	jitgrant freeze --home home --all --reason stop
	run -6 --separate-stderr sign "$g" mail a@x b@x
}

@test "a retry is not free when the grant's time is over, or after 10 minutes" {
	need faketime
	no_sanitizer
	local g lib
	lib=$(find /usr/lib -name 'libfaketime.so.1' | head -n 1)
	[ -n "$lib" ] || skip 'needs libfaketime'
	later() {
		env LD_PRELOAD="$lib" FAKETIME="$1" \
		    FAKETIME_DONT_FAKE_MONOTONIC=1 dkimsign --grant "$2" \
		    --home home -d example.org -s news -k k.pem mail a@x
	}
	g=$(jitgrant request --home home --kind dkim-sign --for 5m --uses 1 \
	    --resource example.org/news --reason x -o json | jq -r .grant)
	run -0 --separate-stderr sign "$g" mail a@x
	cp -a home kept
	run -3 --separate-stderr later +6m "$g"
	assert_out_empty
	rm -rf home
	mv kept home
	g=$(grant example.org/news 1)
	run -0 --separate-stderr sign "$g" mail a@x
	run -0 --separate-stderr later +9m "$g"
	run -8 --separate-stderr later +11m "$g"
	jitgrant sweep --home home
	run -1 --separate-stderr later +11m auto
	assert_out_empty
}

@test "two keys need two grants, and neither is burnt alone" {
	local g
	g=$(grant example.org/news 2)
	run -1 --separate-stderr dkimsign --grant auto --home home \
	    -d example.org -s news -k k.pem -s two -k k2.pem mail
	assert_out_empty
	[ "$(left "$g")" = 2 ]
	grant example.org/two 2
	run -0 --separate-stderr dkimsign --grant auto --home home \
	    -d example.org -s news -k k.pem -s two -k k2.pem mail
	[ "$(grep -c ^DKIM-Signature <<<"$output")" = 2 ]
	[ "$(left "$g")" = 1 ]
}

@test "with a key table, the line decides what must be granted" {
	chmod 600 k.pem
	echo "example.org example.org news $PWD/k.pem" >table
	chmod 600 table
	run -1 --separate-stderr dkimsign --grant auto --home home \
	    --key-table table mail
	grant example.org/news 1
	run -0 --separate-stderr dkimsign --grant auto --home home \
	    --key-table table mail
}

@test "a filter keeps the mail when there is no grant" {
	run -75 --separate-stderr dkimsign --filter --grant auto --home home \
	    -d example.org -s news -k k.pem mail
	assert_out_empty
}

@test "usage" {
	run -64 --separate-stderr sign auto --pass-through mail
	run -64 --separate-stderr sign '' mail
	run -64 --separate-stderr dkimsign --home home -d example.org \
	    -s news -k k.pem mail
	run -64 --separate-stderr sign auto mail mail2 a@x
	# Without --grant operands are messages, as ever.
	run -64 --separate-stderr dkimsign -d example.org -s news -k k.pem \
	    mail a@x
}

@test "a clock put back: 7, and the key is never opened" {
	need faketime
	no_sanitizer
	local g lib
	lib=$(find /usr/lib -name 'libfaketime.so.1' | head -n 1)
	[ -n "$lib" ] || skip 'needs libfaketime'
	g=$(grant example.org/news 3)
	run -7 --separate-stderr env LD_PRELOAD="$lib" FAKETIME='-1h' \
	    FAKETIME_DONT_FAKE_MONOTONIC=1 dkimsign --grant "$g" \
	    --home home -d example.org -s news -k k.pem mail
	assert_out_empty
	run -3 --separate-stderr env LD_PRELOAD="$lib" FAKETIME='+2h' \
	    FAKETIME_DONT_FAKE_MONOTONIC=1 dkimsign --grant "$g" \
	    --home home -d example.org -s news -k k.pem mail
	assert_out_empty
}

# MANY signings of different mails in parallel, under a grant of half as many.
@test "1,000 parallel signings under 500 uses: 500 signed, none unsigned" {
	no_sanitizer
	local g i
	g=$(grant example.org/news 500)
	mkdir in out
	for ((i = 0; i < 1000; i++)); do
		{ cat mail; echo "$i"; } >"in/$i"
	done
	# 75 is "try again": a busy machine may not give the lock in time.
	cat >one <<-END
	rc=75
	while [ \$rc -eq 75 ]; do
		dkimsign --grant $g --home home -d example.org -s news \
		    -k k.pem in/\$1 a@x >out/\$1 2>out/\$1.err
		rc=\$?
	done
	echo \$rc >out/\$1.rc
	END
	seq 0 999 | xargs -P 32 -n 1 sh one
	[ "$(cat out/*.rc | grep -cx 0)" -eq 500 ]
	[ "$(cat out/*.rc | grep -cx 4)" -eq 500 ]
	[ "$(find out -name '*[0-9]' -size +0 | wc -l)" -eq 500 ]
	[ "$(grep -l '^DKIM-Signature: ' out/* | wc -l)" -eq 500 ]
	jitgrant log verify --home home
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# kill -9 at each call of record, make (fold too) and send that changes a disk:
# nothing counts twice, at most the line being written is lost.
# shellcheck disable=SC2030,SC2031,SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common

NEXT=2026-11-21T00:20:00Z

setup() {
	use_tmp
	no_sanitizer
	need cc
	cc -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -o killat.so \
	    "$ROOT/tests/lib/preload/killat.c"
	printf '%s\n' \
	    '_dmarc.example.com. 60 IN TXT "v=DMARC1; p=none; rua=mailto:r@example.com"' >zone
	Z=(--offline --zone=zone)
	for i in 1 2 3 4 5; do
		printf 'From: <a@example.com>\nSubject: %s\n\nx\n' $i >m
		dmarceval "${Z[@]}" --ip=192.0.2.$((i % 2 + 1)) --helo=h \
		    --mail-from=a@example.com --now=2026-11-20T10:00:00Z \
		    -o json m >>lines || [ $? -eq 1 ]
	done
	printf '#!/bin/sh\ncat >/dev/null\necho x >>%s/sent\n' "$T" >sendmail
	chmod +x sendmail
}

record() {
	dmarcreport record --home=st --now=2026-11-20T10:00:00Z <lines
}
make_() {
	dmarcreport make --home=st "${Z[@]}" --from=r@rep.example --now=$NEXT -q
}
send_() {
	dmarcreport send --home=st "${Z[@]}" --sendmail="$T/sendmail" \
	    --now=$NEXT -q
}
counts() {
	gzip -dc st/out/*.gz | sed -n 's|.*<count>\(.*\)</count>|\1|p' |
	    sort | tr '\n' ' '
}
# killed N HOW FUNCTION: false when the run ended before its N-th call.
killed() {
	rm -f mark
	VOUCHSAFE_KILL_AT=$1$2 VOUCHSAFE_KILL_MARK=$T/mark \
	    LD_PRELOAD=$T/killat.so "$3" >/dev/null 2>&1 || :
	[ -e mark ]
}

@test "record is killed: what was written counts, and nothing twice" {
	local n how
	for how in '' + /2; do
		for ((n = 1; n < 200; n++)); do
			rm -rf st
			killed $n "$how" record || break
			# Run again with all lines: keys keep it exact.
			record
			make_
			[ "$(counts)" = '2 3 ' ]
		done
		[ "$n" -gt 5 ]
	done
}

@test "make is killed: run again, the counts are exact, one report" {
	local n how
	for how in '' +; do
		for ((n = 1; n < 400; n += 4)); do
			rm -rf st
			record
			killed $n "$how" make_ || break
			make_
			[ "$(counts)" = '2 3 ' ]
			[ "$(ls st/out)" = "$(ls st/out/ | head -1)" ]
			[ -z "$(ls st/spool)" ]
		done
		[ "$n" -gt 10 ]
	done
}

@test "send is killed: at least once, then never again" {
	local n how
	for how in '' +; do
		for ((n = 1; n < 200; n += 2)); do
			rm -rf st sent
			record
			make_
			killed $n "$how" send_ || break
			send_
			[ -s sent ] && [ "$(wc -l <sent)" -le 2 ]
			cp sent before
			send_
			cmp sent before
		done
		[ "$n" -gt 3 ]
	done
}

@test "a full disk: 75, and nothing of the line stays" {
	need_root
	mkdir st
	mount -t tmpfs -o size=64k,mode=700 none st 2>/dev/null ||
	    skip "no tmpfs here"
	mkdir -m 700 st/spool
	dd if=/dev/zero of=st/fill bs=4096 2>/dev/null || :
	run -75 --separate-stderr record
	rm st/fill
	run cat st/spool/*
	run -0 --separate-stderr record
	[ "$(grep -c '^{.*"crc":"[0-9a-f]*"}$' st/spool/*)" -eq 5 ]
	umount st
}

@test "16 writers, 10,000 lines: all are there" {
	local i
	for ((i = 0; i < 10000; i += 10)); do
		sed "s/\"key\":\"[0-9a-f]\{8\}/\"key\":\"$(printf %08x $i)/" lines
	done | head -625 >part
	[ "$(wc -l <part)" -eq 625 ]
	for ((i = 0; i < 16; i++)); do
		dmarcreport record --home=st --now=2026-11-20T10:00:00Z \
		    <part 3>&- &
	done
	wait
	[ "$(grep -c '^{.*"crc":"[0-9a-f]*"}$' st/spool/*)" -eq 10000 ]
	make_
	[ "$(counts | tr ' ' '\n' | awk '{ n += $1 } END { print n }')" -eq 625 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# jitgrant among enemies: environment, files, numbers, words, crowds.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/sandbox

setup() {
	ready_for_sandbox
	use_tmp
	jitgrant init own >/dev/null
	export VOUCHSAFE_JIT_HOME=
}
j() {
	local verb=$1
	shift
	jitgrant "$verb" --home "$T/own" "$@"
}
demo() {	# demo ARGUMENT...: request; ID is the grant
	ID=$(j request --kind demo --resource x --for 10m --reason test \
	    -o json "$@" | jq -r .grant)
}

@test "seven uses, a thousand processes: exactly seven win" {
	no_sanitizer
	demo --uses 7
	start=$(date +%s%N)
	seq 1000 | xargs -P 64 -I{} sh -c 'jitgrant use --home "$0/own" \
	    --id "$1" --quiet 2>/dev/null; echo $?' "$T" "$ID" >codes
	took=$((($(date +%s%N) - start) / 1000000))
	sort codes | uniq -c >&2
	[ "$(grep -cx 0 codes)" -eq 7 ]
	[ "$(grep -cx 4 codes)" -eq 993 ]
	echo "# 7 of 1000 won in $took ms" >&3
	run -0 j log verify
	[ "$(j log show | grep -c ' use ')" -eq 7 ]
}

@test "a store that stays busy is 75: neither yes nor denied" {
	need_python sqlite3
	demo --uses 7
	"$PYTHON" - "$T/own/store.db" <<-'P' 3>&- &
	import sqlite3, sys, time
	c = sqlite3.connect(sys.argv[1], isolation_level=None)
	c.execute("BEGIN IMMEDIATE")
	open("locked", "w").close()
	time.sleep(40)
	P
	holder=$!
	for ((i = 0; i < 200; i++)); do
		[ ! -e locked ] || break
		read -rt 0.05 <> <(:) || :
	done
	run -75 --separate-stderr j use --id "$ID"
	assert_out_lacks yes
	# A question needs no lock.
	run -0 j check --id "$ID"
	kill "$holder"
	wait "$holder" || :
	run -0 j use --id "$ID"
}

@test "the environment of the caller reaches no command" {
	run -0 sandbox '
	printf "%s\n" "#!/bin/sh" "/usr/bin/env >/run/seen" >/run/bin/effect
	chmod 755 /run/bin/effect
	jitgrant init /run/own >/dev/null
	cat >/run/own/policy <<-P
	[kind e]
	adapter=exec
	grant_command=/run/bin/effect
	revoke_command=/run/bin/effect
	[rule e]
	kind=e
	resource=*
	request=uid:root
	approve=none
	max=1h
	P
	printf "%s\n" ": >/run/sourced" >/run/evil
	PATH=/tmp/evil:$PATH IFS=/ BASH_ENV=/run/evil ENV=/run/evil \
	    PERL5OPT=-x PYTHONPATH=/run LD_LIBRARY_PATH=/run SHELLOPTS_=x \
	    LD_PRELOAD=/run/evil.so LD_AUDIT=/run/evil.so \
	    TMPDIR=/run/none LC_ALL=tr_TR.UTF-8 TZ=:/run/evil \
	    jitgrant request --home /run/own --kind e --resource x --for 1m \
	    --reason x >/dev/null 2>&1
	# What holds the tree of an adapter together is our own word.
	grep -qE "^VOUCHSAFE_RUN=[0-9a-z.]+$" /run/seen
	grep -vE "^(PWD|_|SHLVL|OLDPWD|VOUCHSAFE_RUN)=" /run/seen
	[ ! -e /run/sourced ]
	'
	assert_out "PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C"
}

@test "no arguments at all, not even a name" {
	need cc
	printf '%s\n' '#include <unistd.h>' 'int main(int c, char **v) {' \
	    'char *none[] = { 0 }; (void)c; execve(v[1], none, none);' \
	    'return 99; }' >zero.c
	cc -o zero zero.c
	run -64 ./zero "$BIN/jitgrant"
	for a in exec sudoers unixgroup; do
		run -64 ./zero "$O/libexec/adapters/$a"
	done
}

@test "files that are links, shared or writable are not trusted" {
	demo --uses 7
	for f in store.db audit.log policy; do
		cp -a own kept
		mv "own/$f" "$f"
		ln -s "$T/$f" "own/$f"
		run --separate-stderr j request --kind demo --resource y \
		    --for 1m --reason x
		[ "$status" -ne 0 ] || show "a symbolic link as $f"
		rm "own/$f"
		ln "$f" "own/$f"
		run --separate-stderr j request --kind demo --resource y \
		    --for 1m --reason x
		[ "$status" -ne 0 ] || show "a second name of $f"
		rm -rf own "$f"
		mv kept own
		chmod 666 "own/$f"
		run --separate-stderr j request --kind demo --resource y \
		    --for 1m --reason x
		[ "$status" -ne 0 ] || show "$f that all may write"
		chmod 600 "own/$f"
	done
	chmod 777 own
	run -7 --separate-stderr j use --id "$ID"
	chmod 700 own
	run -0 j use --id "$ID"
}

@test "numbers that are none" {
	for n in -1 4294967295 4294967296 18446744073709551616 0x10 1e3 '' ' 1' \
	    99999999999999999999; do
		run -64 --separate-stderr j freeze --user="$n"
		run -64 --separate-stderr j request --kind demo --resource x \
		    --for 1m --reason x --uses="$n"x
	done
	for n in 0 -1 01 1e3 18446744073709551616 '' ' 1' 0x1; do
		run -64 --separate-stderr j request --kind demo --resource x \
		    --for 1m --reason x --uses="$n"
	done
	for d in 0s -1m 1 1w 99999999999999999999d 1.5h 9999999999d '' 1m1s; do
		run --separate-stderr j request --kind demo --resource x \
		    --for="$d" --reason x
		[[ $status =~ ^(1|64|65)$ ]] || show "--for=$d"
	done
	for uid in 4294967295 4294967296 -1; do
		printf '%s\n' '[rule r]' kind=x 'resource=*' "request=uid:$uid" \
		    approve=none max=1h >policy
		run --separate-stderr j policy check "$T/policy"
		[ "$status" -ne 0 ] || show "uid:$uid"
	done
}

@test "a reason is text, whatever it holds" {
	for r in $'a\nb' $'a\e[31mb' $'a\rb' $'\u202eabc' $'a\x01b' \
	    $'\xff\xfe' '","seq":1,"x":"' '${PATH}' '%s%n' "'; --"; do
		run --separate-stderr j request --kind demo --resource x \
		    --for 10m --reason "$r"
		[[ $status =~ ^(0|64|65)$ ]] || show "reason"
		[[ ! $output$stderr =~ [^[:print:][:space:]] ]] ||
		    show "a control byte came out"
	done
	run -0 --separate-stderr j log show
	[[ ! $output =~ $'\e' && ! $output =~ $'\r' ]]
	LC_ALL=C grep -c '[^ -~]' own/audit.log && show "not ASCII"
	[ "$(wc -l <own/audit.log)" -eq \
	    "$(jq -c .seq own/audit.log | wc -l)" ]
	run -0 j log verify
	big=$(head -c 100000 /dev/zero | tr '\0' x)
	run --separate-stderr j request --kind demo --resource x --for 10m \
	    --reason "$big"
	[[ $status =~ ^(64|65)$ ]] || show "a reason of 100,000 bytes"
	[ "$(wc -c <own/audit.log)" -lt 65536 ]
}

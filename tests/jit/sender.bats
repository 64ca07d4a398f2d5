#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The third-party sender: records in real name servers, there during a grant
# and neither before nor after it.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/nameserver

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	dkimkey new v.pem
	dkimkey new --type=ed25519 e.pem
}

setup() {
	use_tmp
	cp -p "$BATS_FILE_TMPDIR"/*.pem .
	KEY=$(public v.pem)
	KNOT_PID='' KNOT2_PID=''
	cat >zone <<-'END'
	$TTL 60
	send.example.org. SOA ns.send.example.org. h.example.org. 1 60 60 600 60
	send.example.org. NS ns.send.example.org.
	ns.send.example.org. A 127.0.0.1
	vendor.send.example.org. TXT "v=spf1 exists:%{ir}.%{v}._jit.%{d} -all"
	END
}

teardown() {
	[ -z "$KNOT_PID" ] || knot_stop "$KNOT_PID"
	[ -z "$KNOT2_PID" ] || knot_stop "$KNOT2_PID"
}

public() { dkimkey record --one-line "$1" | sed 's/.*p=//; s/[" ]//g'; }

# home ADAPTER LINE...: a home whose rule gives DNS records without approval.
home() {
	local adapter=$1
	shift
	[ -d home ] || jitgrant init -q home
	{
		printf '[kind dkim-selector]\nadapter=%s\n' "$adapter"
		printf 'zone=send.example.org\n'
		printf '%s\n' "$@"
		cat <<-END
		[rule vendor]
		kind=dkim-selector
		resource=*
		request=uid:$(id -u)
		approve=none
		max=72h
		END
	} >home/policy
}
knot_home() {	# a primary with zone, and a home for it
	need knotd nsupdate kdig jq
	PORT=$(free_port)
	knot_key
	knot_start "$PORT" send.example.org "$PWD/zone" "$@"
	home nsupdate "server=127.0.0.1:$PORT" "keyfile=$PWD/tsig.key"
}
j() { local verb=$1; shift; jitgrant "$verb" --home home "$@"; }
ask() {	# ask DURATION OPTION...: a grant for the vendor's domain
	local for=$1
	shift
	j request --kind dkim-selector --resource vendor.send.example.org \
	    --for "$for" --reason x -o json "$@"
}
id() { if [ "$#" -gt 0 ]; then command id "$@"; else jq -r .grant; fi; }
spf() {
	spfcheck --nameserver="127.0.0.1:$PORT" --ip "$1" \
	    --mail-from a@vendor.send.example.org --helo h.example
}
dig() { kdig +short "@127.0.0.1" -p "${3:-$PORT}" "$1" "$2"; }
SEL=v1._domainkey.vendor.send.example.org
IP7=7.2.0.192.in-addr._jit.vendor.send.example.org

@test "nsupdate: pass during, fail before and after, by SPF and DKIM" {
	knot_home
	printf 'From: a@vendor.send.example.org\nSubject: x\n\nx\n' |
	    dkimsign -d vendor.send.example.org -s v1 -k v.pem >mail
	run -1 spf 192.0.2.7
	run -4 dkimverify --nameserver="127.0.0.1:$PORT" mail
	run -0 ask 10m --limit ip=192.0.2.7+2001:db8::7 \
	    --limit selector=v1 --limit "key=$KEY"
	[ "$(jq -r .state <<<"$output")" = active ]
	g=$(id <<<"$output")
	run -0 spf 192.0.2.7
	run -0 spf 2001:db8::7
	run -1 spf 192.0.2.8
	run -0 dkimverify --nameserver="127.0.0.1:$PORT" mail
	run -0 j revoke --id "$g" --reason stop
	run -1 spf 192.0.2.7
	run -4 dkimverify --nameserver="127.0.0.1:$PORT" mail
	run -1 j check --id "$g"
	run -0 j log verify
}

@test "nsupdate: an Ed25519 key, and the selector in the resource" {
	knot_home
	run -0 j request --kind dkim-selector --resource "$SEL" --for 10m \
	    --reason x --limit "key=$(public e.pem)"
	[[ $(dig "$SEL" TXT) == *k=ed25519* ]]
}

@test "nsupdate: TTL is at most 300, ttl= and a quarter of the grant" {
	knot_home
	ask 2m --limit ip=192.0.2.7 >/dev/null
	kdig "@127.0.0.1" -p "$PORT" "$IP7" A | grep -q "$IP7.*[^0-9]30[^0-9].*IN"
	ask 72h --limit ip=192.0.2.8 >/dev/null
	kdig "@127.0.0.1" -p "$PORT" 8.2.0.192.in-addr._jit.vendor.send.example.org \
	    A | grep -q "[^0-9]300[^0-9].*IN"
}

# ended GRANT: sweep until it is.
ended() {
	local i
	for ((i = 0; i < 150; i++)); do
		run -0 j sweep
		[ "$(j show --id "$1" -o json | jq -r .state)" != ended ] ||
		    return 0
		sleep 0.1
	done
	j show --id "$1"
	return 1
}

# held GRANT TTL: the key says revoked for a TTL, which is no failure.
held() {
	local g=$1 began n
	began=$(date +%s)
	[ "$(dig "$SEL" TXT)" = "\"v=DKIM1; n=jitgrant-$g; p=\"" ]
	[ -z "$(dig "$IP7" A)" ]
	run -1 j check --id "$g"
	[ "$(j show --id "$g" -o json | jq -r .state)" = revoking ]
	n=$(j log export | wc -l)
	run -0 j sweep -o json
	[ "$(jq -c '[.stuck, .withdrawn]' <<<"$output")" = '[0,1]' ]
	[ "$(j log export | wc -l)" = "$n" ]
	ended "$g"
	[ "$(date +%s)" -ge $((began + $2 - 1)) ]
	[ -z "$(dig "$SEL" TXT)" ]
	j log export | grep -q '"event":"withdrawn"'
	j log export >exported
	assert_file_lacks adapter-failed '"event":"withdrawn"' exported
	run -0 j log verify
}

@test "nsupdate: the key says revoked for a whole TTL, then it is deleted" {
	knot_home
	g=$(ask 12s --limit ip=192.0.2.7 --limit selector=v1 \
	    --limit "key=$KEY" | id)
	run -0 --separate-stderr j revoke --id "$g" --reason stop -o json
	[ "$(jq -r .state <<<"$output")" = revoking ]
	# Who looks again too early changes nothing.
	run -0 j revoke --id "$g" --reason stop
	held "$g" 3
	# An incremental transfer tells of each step.
	kdig "@127.0.0.1" -p "$PORT" -t ixfr=1 send.example.org >steps
	gone=$(grep -n "n=jitgrant-$g; p=\"" steps | head -n 1 | cut -d: -f1)
	[ -n "$gone" ]
	[ "$(grep -c "n=jitgrant-$g; p=\"" steps)" = 2 ]
	[ "$(grep -c "n=jitgrant-$g; p=M" steps)" = 2 ]
}

@test "nsupdate: a revoked key makes way for the next grant" {
	knot_home
	g=$(ask 10m --limit selector=v1 --limit "key=$KEY" | id)
	j revoke --id "$g" --reason stop
	run -0 ask 10m --limit selector=v1 --limit "key=$KEY"
	h=$(id <<<"$output")
	[ "$(jq -r .state <<<"$output")" = active ]
	[ "$(dig "$SEL" TXT | wc -l)" = 1 ]
	[[ $(dig "$SEL" TXT) == *"jitgrant-$h; p=M"* ]]
	# The first one's end, when it comes, leaves that alone.
	run -0 j sweep --all
	[ -z "$(dig "$SEL" TXT)" ]
	[ "$(j list --all -o json | jq -c '[.grants[].state] | unique')" = \
	    '["ended"]' ]
}

@test "nsupdate: when the package is removed nothing is held back" {
	knot_home
	g=$(ask 10m --limit selector=v1 --limit "key=$KEY" | id)
	h=$(j request --kind dkim-selector --resource v2._domainkey."${SEL#*.*.}" \
	    --for 10m --reason x --limit "key=$KEY" -o json | id)
	j revoke --id "$g" --reason stop
	[ "$(j show --id "$g" -o json | jq -r .state)" = revoking ]
	run -0 j sweep --all
	[ -z "$(dig "$SEL" TXT)$(dig "v2._${SEL#*_}" TXT)" ]
	[ "$(j show --id "$g" -o json | jq -r .state)" = ended ]
	[ "$(j show --id "$h" -o json | jq -r .state)" = ended ]
}

@test "nsupdate: a server that goes away while the key says revoked" {
	knot_home
	g=$(ask 8s --limit selector=v1 --limit "key=$KEY" | id)
	run -0 j revoke --id "$g" --reason stop
	knot_stop "$KNOT_PID"
	KNOT_PID=
	sleep 2
	run -1 j sweep
	knotd -c knot.conf >knot.log 2>&1 3>&- 4>&- &
	KNOT_PID=$!
	answers "$PORT" send.example.org
	for ((i = 0; i < 200; i++)); do
		j sweep -q || :
		[ "$(j show --id "$g" -o json | jq -r .state)" = revoking ] ||
		    break
		sleep 0.1
	done
	[ "$(j show --id "$g" -o json | jq -r .state)" = ended ]
	[ -z "$(dig "$SEL" TXT)" ]
}

@test "nsupdate: withdrawn one TTL before the end" {
	knot_home
	g=$(ask 12s --limit ip=192.0.2.7 | id)
	end=$(j show --id "$g" -o json | jq .not_after)
	for ((i = 0; i < 400; i++)); do
		j sweep -q || :
		[ "$(j show --id "$g" -o json | jq -r .state)" = active ] ||
		    break
		sleep 0.1
	done
	[ "$(date +%s)" -lt "$end" ]
	[ "$(j show --id "$g" -o json | jq -r .end)" = expired ]
	run -1 spf 192.0.2.7
	run -3 j check --id "$g"
}

@test "nsupdate: other people's records at the same name survive" {
	knot_home
	nsupdate -k tsig.key <<-END
	server 127.0.0.1 $PORT
	zone send.example.org.
	check-names off
	update add $IP7. 60 A 127.0.0.2
	update add $IP7. 60 TXT "ours, not yours"
	send
	END
	g=$(ask 10m --limit ip=192.0.2.7 | id)
	h=$(ask 10m --limit ip=192.0.2.7 | id)
	[ "$(dig "$IP7" A | wc -l)" = 3 ]
	j revoke --id "$g" --reason stop
	[ "$(dig "$IP7" A | wc -l)" = 2 ]
	run -0 spf 192.0.2.7
	j revoke --id "$h" --reason stop
	[ "$(dig "$IP7" A)" = 127.0.0.2 ]
	[ "$(dig "$IP7" TXT)" = '"ours, not yours"' ]
}

@test "nsupdate: a selector that is another's is refused" {
	knot_home
	nsupdate -k tsig.key <<-END
	server 127.0.0.1 $PORT
	zone send.example.org.
	update add $SEL. 60 TXT "v=DKIM1; p=${KEY:0:200}"
	send
	END
	run -1 --separate-stderr ask 10m --limit selector=v1 --limit "key=$KEY"
	[ "$(jq -r .state <<<"$output")" = failed ]
	[[ $(dig "$SEL" TXT) == '"v=DKIM1; p='* ]]
}

@test "plan refuses a zone that is remembered as empty for over 300 s" {
	sed -i 's/600 60$/600 301/' zone
	knot_home
	run -1 --separate-stderr ask 10m --limit ip=192.0.2.7
	[ "$(jq -r .state <<<"$output")" = failed ]
	j log export | grep -q 'SOA minimum'
	[ -z "$(dig "$IP7" A)" ]
}

@test "active only once every server answers; ended likewise" {
	SECOND=$(free_port)
	knot_home "$SECOND"
	home nsupdate "server=127.0.0.1:$PORT" "keyfile=$PWD/tsig.key" \
	    "servers=127.0.0.1:$PORT, 127.0.0.1:$SECOND"
	# The secondary is not there: not active, and to be tried again.
	run -2 --separate-stderr ask 10m --limit ip=192.0.2.7
	[ "$(jq -r .state <<<"$output")" = applying ]
	g=$(id <<<"$output")
	run -2 j check --id "$g"
	knot_second "$SECOND" send.example.org "$PORT"
	for ((i = 0; i < 100; i++)); do
		j sweep -q || :
		[ "$(j show --id "$g" -o json | jq -r .state)" = applying ] ||
		    break
		sleep 0.1
	done
	[ "$(j show --id "$g" -o json | jq -r .state)" = active ]
	[ -n "$(dig "$IP7" A "$SECOND")" ]
	run -0 j revoke --id "$g" --reason stop
	[ "$(j show --id "$g" -o json | jq -r .state)" = ended ]
	[ -z "$(dig "$IP7" A "$SECOND")" ]
}

@test "a server that is down at the end gets it later" {
	knot_home
	g=$(ask 10m --limit ip=192.0.2.7 | id)
	knot_stop "$KNOT_PID"
	KNOT_PID=
	run j revoke --id "$g" --reason stop
	[ "$(j show --id "$g" -o json | jq -r .state)" = revoking ]
	run -1 j check --id "$g"
	run -1 j sweep
	knotd -c knot.conf >knot.log 2>&1 3>&- 4>&- &
	KNOT_PID=$!
	answers "$PORT" send.example.org
	[ -n "$(dig "$IP7" A)" ]
	for ((i = 0; i < 200; i++)); do
		j sweep -q || :
		[ "$(j show --id "$g" -o json | jq -r .state)" = revoking ] ||
		    break
		sleep 0.1
	done
	[ "$(j show --id "$g" -o json | jq -r .state)" = ended ]
	[ -z "$(dig "$IP7" A)" ]
}

@test "values that the DNS would read as syntax: 65, nothing is written" {
	need jq
	home nsupdate server=127.0.0.1:1 "keyfile=$PWD/none"
	for bad in 'ip=192.0.2.0/24' 'ip=192.0.2.7;' 'ip=1.2.3' \
	    $'ip=192.0.2.7\nupdate delete x' 'ip=' 'selector=a b' \
	    'selector=a"b' 'foo=1'; do
		run -65 --separate-stderr "$O/libexec/adapters/nsupdate" plan \
		    < <(question plan "$bad")
		run -65 --separate-stderr "$O/libexec/adapters/zonefrag" plan \
		    < <(question plan "$bad")
	done
	for bad in 'x y.send.example.org' 'other.example' \
	    'a..send.example.org' '"x".send.example.org' \
	    $'x\n.send.example.org' '*.send.example.org'; do
		run -65 --separate-stderr "$O/libexec/adapters/nsupdate" plan \
		    < <(question plan ip=192.0.2.7 "$bad")
	done
	# jitgrant itself refuses before any adapter runs.
	run -65 ask 10m --limit 'ip=192.0.2.7;x'
	run -65 ask 10m --limit 'key=a"b' --limit selector=v1
	! j log export | grep -q planned
}
question() {	# question VERB LIMIT [RESOURCE]
	jq -nc --arg v "$1" --arg k "${2%%=*}" --arg l "${2#*=}" \
	    --arg r "${3:-vendor.send.example.org}" --arg d "$PWD" \
	    '{schema:"vouchsafe-adapter/1",verb:$v,grant:"gabc123",
	    kind:"k",resource:$r,uid:1,user:"daemon",requester:"uid:1",
	    limits:{($k):$l},not_after:null,duration:600,
	    config:{zone:"send.example.org",server:"127.0.0.1:1",
	    file:($d+"/frag")},undo:null}'
}

@test "a key that is none, or too weak, is refused" {
	need jq
	home zonefrag "file=$PWD/frag"
	openssl genrsa 1024 2>/dev/null | openssl rsa -pubout -outform DER \
	    2>/dev/null | openssl base64 -A >weak
	for key in AAAA "$(cat weak)"; do
		run ask 10m --limit selector=v1 --limit "key=$key"
		[ "$(jq -r .state <<<"$output")" = failed ]
	done
	[ ! -e frag ]
}

@test "zonefrag: a block in an include file, and out again" {
	need jq
	home zonefrag "file=$PWD/frag" ttl=120
	printf '%s\n' '; by hand' 'x.send.example.org. IN A 192.0.2.1' >frag
	cp frag before
	g=$(ask 10m --limit ip=192.0.2.7 --limit selector=v1 \
	    --limit "key=$KEY" | id)
	h=$(ask 10m --limit ip=192.0.2.8 | id)
	[ "$(j show --id "$g" -o json | jq -r .state)" = active ]
	one=$(sed -n 's/^; serial-hint: //p' frag)
	grep -q '^7.2.0.192.in-addr._jit.vendor.send.example.org. 120 IN A 127' \
	    frag
	# What is written is a zone that says pass.
	{ cat zone; grep -v '^x' frag; } >whole
	run -0 spfcheck --offline --zone=whole --ip 192.0.2.7 \
	    --mail-from a@vendor.send.example.org --helo h.example
	printf 'From: a@vendor.send.example.org\n\nx\n' |
	    dkimsign -d vendor.send.example.org -s v1 -k v.pem >mail
	run -0 dkimverify --offline --zone=whole mail
	j revoke --id "$g" --reason stop
	run -1 grep -q 7.2.0.192 frag
	grep -q "$SEL. 120 IN TXT \"v=DKIM1; n=jitgrant-$g; p=\"" frag
	cp frag held
	run -0 j sweep
	cmp frag held
	run -0 j sweep --all
	run -1 grep -q "$g" frag
	run -1 grep -q "$h" frag
	two=$(sed -n 's/^; serial-hint: //p' frag)
	[ "$two" -gt "$one" ]
	grep -v '^; serial-hint' frag | cmp - before
	[ -z "$(find . -name '.frag*')" ]
}

@test "zonefrag: the revoked key stays for a TTL, then the block is gone" {
	need jq
	home zonefrag "file=$PWD/frag"
	g=$(ask 8s --limit selector=v1 --limit "key=$KEY" | id)
	run -0 j revoke --id "$g" --reason stop
	grep -q "n=jitgrant-$g; p=\"" frag
	ended "$g"
	[ "$(grep -vc '^; serial-hint' frag)" = 0 ]
}

@test "zonefrag: the store cannot take back how early the end begins" {
	need jq faketime sqlite3
	no_sanitizer
	home zonefrag "file=$PWD/frag"
	g=$(ask 40m --limit ip=192.0.2.7 | id)
	sqlite3 home/store.db "UPDATE grants
	    SET plan = replace(plan, '\"lead\":300', '\"lead\":0')"
	[[ $(sqlite3 home/store.db 'SELECT plan FROM grants') == \
	    *'"lead":0'* ]]
	late() {
		FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME=$1 \
		    LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1) \
		    jitgrant sweep --home home
	}
	run -0 late +34m
	[ "$(j show --id "$g" -o json | jq -r .state)" = active ]
	run -0 late +36m
	[ "$(j show --id "$g" -o json | jq -r .end)" = expired ]
	assert_file_lacks 7.2.0.192 serial-hint frag
}

@test "zonefrag: what others wrote stays, wherever they wrote it" {
	need jq
	home zonefrag "file=$PWD/frag" ttl=120
	g=$(ask 10m --limit ip=192.0.2.7 --limit ip2=192.0.2.8 | id)
	# Into our block, with its last line lost.
	sed -i -e '/ ends$/d' -e '/^8\./i x.send.example.org. IN A 192.0.2.1' \
	    frag
	echo 'y.send.example.org. IN A 192.0.2.2' >>frag
	run -0 j revoke --id "$g" --reason stop
	[ "$(grep -v '^;' frag)" = "$(printf '%s\n' \
	    'x.send.example.org. IN A 192.0.2.1' \
	    'y.send.example.org. IN A 192.0.2.2')" ]
}

@test "zonefrag: a selector that is another's is refused" {
	need jq
	home zonefrag "file=$PWD/frag"
	echo "$SEL. 300 IN TXT \"v=DKIM1; p=AAAA\"" >frag
	cp frag before
	run -1 --separate-stderr ask 10m --limit selector=v1 --limit "key=$KEY"
	[ "$(jq -r .state <<<"$output")" = failed ]
	cmp frag before
	# A key that was granted before and revoked is not in the way.
	echo "$SEL. 300 IN TXT \"v=DKIM1; n=jitgrant-gabc; p=\"" >frag
	run -0 ask 10m --limit selector=v1 --limit "key=$KEY"
	[ "$(grep -c "^$SEL" frag)" = 1 ]
	# Nor is one that is active its owner's to lose.
	run -1 --separate-stderr ask 10m --limit selector=v1 --limit "key=$KEY"
	[ "$(jq -r .state <<<"$output")" = failed ]
	[ "$(grep -c "^$SEL" frag)" = 1 ]
}

@test "zonefrag: with servers, active only when the zone shows it" {
	need jq knotd kdig
	PORT=$(free_port)
	knot_key
	knot_start "$PORT" send.example.org "$PWD/zone"
	home zonefrag "file=$PWD/frag" "servers=127.0.0.1:$PORT" timeout=60s
	run -2 --separate-stderr ask 10m --limit ip=192.0.2.7
	[ "$(jq -r .state <<<"$output")" = applying ]
	g=$(id <<<"$output")
	run -2 j check --id "$g"
	knot_stop "$KNOT_PID"
	KNOT_PID=
	{ cat zone; grep -v '^;' frag; } >zone2
	sed -i 's/h.example.org. 1 /h.example.org. 2 /' zone2
	rm -rf knot.d
	knot_start "$PORT" send.example.org "$PWD/zone2"
	for ((i = 0; i < 100; i++)); do
		j sweep -q || :
		[ "$(j show --id "$g" -o json | jq -r .state)" = applying ] ||
		    break
		sleep 0.1
	done
	[ "$(j show --id "$g" -o json | jq -r .state)" = active ]
	run -0 spf 192.0.2.7
}

@test "plan says what a miss costs, and how long the end is held" {
	need jq
	run -0 --separate-stderr "$O/libexec/adapters/zonefrag" plan \
	    < <(question plan ip=192.0.2.7)
	[[ $(jq -r .text <<<"$output") == *'one void lookup'* ]]
	[ "$(jq -c '[.undo.ttl, .undo.lead]' <<<"$output")" = '[150,150]' ]
}

@test "a key file that others can read is not used" {
	knot_home
	chmod 644 tsig.key
	run -2 --separate-stderr ask 10m --limit ip=192.0.2.7
	[ "$(jq -r .state <<<"$output")" != active ]
	j log export | grep -q 'keyfile'
}

bind_home() {	# the same with BIND
	need named nsupdate kdig jq
	PORT=$(free_port)
	knot_key
	cat >named.conf <<-END
	options { directory "$PWD"; listen-on port $PORT { 127.0.0.1; };
	    listen-on-v6 { none; }; pid-file "$PWD/pid";
	    session-keyfile "$PWD/session"; managed-keys-directory "$PWD";
	    recursion no; dnssec-validation no; };
	controls { };
	include "$PWD/tsig.key";
	zone "send.example.org" { type primary; file "$PWD/zone";
	    check-names ignore; allow-update { key upd; }; };
	END
	bind_start
	home nsupdate "server=127.0.0.1:$PORT" "keyfile=$PWD/tsig.key"
}
bind_start() {
	named -g -c named.conf >named.log 2>&1 3>&- 4>&- &
	KNOT_PID=$!
	answers "$PORT" send.example.org || { cat named.log; return 1; }
}

@test "BIND: pass during, fail after; held for a TTL, then deleted" {
	bind_home
	g=$(ask 12s --limit ip=192.0.2.7 --limit selector=v1 \
	    --limit "key=$KEY" | id)
	run -0 spf 192.0.2.7
	run -0 j revoke --id "$g" --reason stop
	run -1 spf 192.0.2.7
	held "$g" 3
}

@test "BIND: other people's records at the same name survive" {
	bind_home
	nsupdate -k tsig.key <<-END
	server 127.0.0.1 $PORT
	zone send.example.org.
	check-names off
	update add $IP7. 60 A 127.0.0.2
	update add $IP7. 60 TXT "ours, not yours"
	send
	END
	g=$(ask 10m --limit ip=192.0.2.7 | id)
	[ "$(dig "$IP7" A | wc -l)" = 2 ]
	run -0 j revoke --id "$g" --reason stop
	[ "$(dig "$IP7" A)" = 127.0.0.2 ]
	[ "$(dig "$IP7" TXT)" = '"ours, not yours"' ]
}

@test "BIND: a server that is down at the end gets it later" {
	bind_home
	g=$(ask 10m --limit ip=192.0.2.7 | id)
	knot_stop "$KNOT_PID"
	KNOT_PID=
	run -2 j revoke --id "$g" --reason stop
	run -1 j check --id "$g"
	run -1 j sweep
	bind_start
	[ -n "$(dig "$IP7" A)" ]
	for ((i = 0; i < 200; i++)); do
		j sweep -q || :
		[ "$(j show --id "$g" -o json | jq -r .state)" = revoking ] ||
		    break
		sleep 0.1
	done
	[ "$(j show --id "$g" -o json | jq -r .state)" = ended ]
	[ -z "$(dig "$IP7" A)" ]
}

@test "BIND: a zone remembered as empty for over 300 s is refused" {
	sed -i 's/600 60$/600 301/' zone
	bind_home
	run -1 --separate-stderr ask 10m --limit ip=192.0.2.7
	[ "$(jq -r .state <<<"$output")" = failed ]
	j log export | grep -q 'SOA minimum'
	[ -z "$(dig "$IP7" A)" ]
}

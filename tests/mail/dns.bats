#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The resolver as a whole, through dnsq: against dnsd for what goes wrong, and
# against servers of other people, whose answers must equal those that our own
# reader of master files gives.

bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	cat >zone <<-'EOF'
	$ORIGIN example.com.
	$TTL 1h
	@ IN SOA ns hostmaster ( 1 2h 1h 2w 5m )
	  NS ns
	ns A 192.0.2.1
	  60 AAAA 2001:db8::1
	@ 300 TXT "v=spf1 " "-all"
	@ MX 10 mail
	  MX 20 ns
	mail A 192.0.2.2
	mail A 192.0.2.3
	www 60 CNAME www2
	www2 CNAME ns
	dangling CNAME nothing
	*.wild TXT hello\032world\; "a;b(\"c\\)"
	*.wild MX 5 mail
	x.y.wild A 192.0.2.4
	*.alias CNAME ns
	foo.*.deep TXT x
	a.b.c TXT ""
	c0 CNAME c1
	c1 CNAME c2
	c2 CNAME c3
	c3 CNAME c4
	c4 A 192.0.2.5
	null MX 0 .
	_dmarc TXT "v=DMARC1;" " p=reject"
	e\.f TXT dot
	gen TYPE16 \# 4 03414243
	EOF
	for ((i = 0; i < 120; i++)); do
		echo "large TXT \"$i-$(printf '%0200d' 0)\""
	done >>zone
	ZONE_QUESTIONS=(example.com TXT example.com A example.com MX
	    example.com NS ns.example.com A ns.example.com AAAA
	    ns.example.com TXT mail.example.com A www.example.com A
	    www.example.com MX www.example.com CNAME dangling.example.com A
	    q.wild.example.com TXT q.wild.example.com MX
	    q.wild.example.com A a.q.wild.example.com TXT
	    wild.example.com TXT y.wild.example.com TXT
	    z.y.wild.example.com TXT x.y.wild.example.com A
	    q.alias.example.com A q.alias.example.com TXT
	    q.deep.example.com TXT a.b.c.example.com TXT b.c.example.com TXT
	    x.b.c.example.com TXT c0.example.com A c0.example.com TXT
	    null.example.com MX _dmarc.example.com TXT e.f.example.com TXT
	    gen.example.com TXT nx.example.com A nx.nx.example.com MX
	    large.example.com TXT)
}

teardown() {
	stop_all
}

dnsq() {
	"$O/tests/dnsq" "$@"
}

# free_port: a port that nobody had a moment ago, UDP and TCP.
free_port() {
	"$PYTHON" - <<-'EOF'
	import socket
	u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	t = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
	u.bind(("127.0.0.1", 0))
	t.bind(("127.0.0.1", u.getsockname()[1]))
	print(u.getsockname()[1])
	EOF
}

# answers: wait until the server at $PORT answers for the zone.
answers() {
	local i
	for ((i = 0; i < 200; i++)); do
		[[ $(dnsq --nameserver="127.0.0.1:$PORT" --timeout=500 \
		    example.com NS) != *' NOERROR '* ]] || return 0
		read -rt 0.05 <> <(:) || :
	done
	cat "$START_OUT" "${START_OUT%.out}.err" >&2
	return 1
}

# by_owner: dnsq's output with the records of each answer sorted, since servers
# may turn them round.
by_owner() {
	awk '/^  / { print n "\t" $0; next } { print ++n "\t " $0 }' |
	    LC_ALL=C sort -k1,1n -k2
}

# agrees [SED]: the server gives what the zone file gives.
agrees() {
	dnsq --offline --zone=zone "${ZONE_QUESTIONS[@]}" | by_owner >want
	dnsq --nameserver="127.0.0.1:$PORT" "${ZONE_QUESTIONS[@]}" |
	    by_owner >got
	sed -i "${1:-}" want got
	diff -u want got >&2
	[ "$(grep -c 'NOERROR' want)" -gt 15 ]
	[ "$(wc -l <want)" -gt 150 ]
}

@test "nsd answers as the zone file does" {
	need nsd
	PORT=$(free_port)
	cat >nsd.conf <<-EOF
	server:
	    ip-address: 127.0.0.1@$PORT
	    username: ""
	    chroot: ""
	    zonesdir: "$T"
	    database: ""
	    pidfile: "$T/nsd.pid"
	    xfrdfile: "$T/xfrd"
	    xfrdir: "$T"
	    zonelistfile: "$T/zonelist"
	    server-count: 1
	remote-control:
	    control-enable: no
	zone:
	    name: example.com
	    zonefile: zone
	EOF
	start nsd -d -c nsd.conf
	answers
	agrees
}

@test "knot answers as the zone file does" {
	need knotd
	PORT=$(free_port)
	cat >knot.conf <<-EOF
	server:
	    rundir: "$T"
	    listen: 127.0.0.1@$PORT
	database:
	    storage: "$T/db"
	template:
	  - id: default
	    storage: "$T"
	    file: zone
	zone:
	  - domain: example.com
	EOF
	start knotd -c knot.conf
	answers
	agrees
}

# without NAME...: do not ask for these.
without() {
	local i left=()
	for ((i = 0; i < ${#ZONE_QUESTIONS[@]}; i += 2)); do
		[[ " $* " == *" ${ZONE_QUESTIONS[i]} "* ]] ||
		    left+=("${ZONE_QUESTIONS[@]:i:2}")
	done
	ZONE_QUESTIONS=("${left[@]}")
}

# A recursive server: its TTLs run down.  Its auth-zone does not let an empty
# non-terminal stop a wildcard (RFC 4592 2.2.2), as nsd and knot do.
@test "unbound answers as the zone file does" {
	need unbound
	PORT=$(free_port)
	cat >unbound.conf <<-EOF
	server:
	    interface: 127.0.0.1@$PORT
	    username: ""
	    chroot: ""
	    directory: "$T"
	    pidfile: "$T/unbound.pid"
	    use-syslog: no
	    num-threads: 1
	    module-config: "iterator"
	    minimal-responses: yes
	remote-control:
	    control-enable: no
	auth-zone:
	    name: example.com
	    zonefile: "$T/zone"
	    for-downstream: no
	    for-upstream: yes
	    fallback-enabled: no
	EOF
	start unbound -d -c unbound.conf
	answers
	without z.y.wild.example.com q.deep.example.com
	agrees 's/ttl=[0-9]*//'
}

@test "the log shows each question once, as it was asked" {
	dnsd_start --zone=zone --log=log
	dnsq --nameserver="$DNSD" Example.COM TXT example.com TXT \
	    'a\046b.(c d).example.com' A large.example.com TXT >/dev/null
	cat >want <<-'EOF'
	udp TXT Example.COM
	udp A a\\046b.\(c\032d\).example.com
	udp TXT large.example.com
	tcp TXT large.example.com
	EOF
	assert_same want log
}

@test "a silent server costs the timeout, all questions the limit" {
	dnsd_start --rule='* * silent'
	run -0 --separate-stderr "$O/tests/dnsq" --nameserver="$DNSD" \
	    --timeout=200 --limit=300 a.example A b.example A c.example A
	assert_out_match 'a.example A TIMEOUT'
	assert_out_match 'b.example A DEADLINE'
	assert_out_match 'c.example A DEADLINE'
}

@test "offline: NXDOMAIN beside a zone, OFFLINE without" {
	run -0 --separate-stderr "$O/tests/dnsq" --offline x.example A
	assert_out_match '^x.example A OFFLINE '
	run -0 --separate-stderr "$O/tests/dnsq" --offline --zone=zone \
	    x.example A
	assert_out_match '^x.example A NXDOMAIN '
}

@test "a zone first, the network for the rest" {
	echo 'other.example. TXT "from the network"' >net
	echo 'alias.example. CNAME other.example.' >file
	dnsd_start --zone=net --log=log
	run -0 --separate-stderr "$O/tests/dnsq" --nameserver="$DNSD" \
	    --zone=file alias.example TXT
	assert_out_match 'NOERROR canonical=other.example .*aliases=1'
	assert_out_has 'from the network'
	[ "$(cat log)" = 'udp TXT other.example' ]
}

@test "an alias in the network that leads to a zone's name is answered there" {
	cat >net <<-'END'
	$ORIGIN .
	one.example CNAME mine.example
	two.example CNAME between.example
	between.example CNAME mine.example
	mine.example CNAME end.example
	end.example TXT "from the network"
	gone.example CNAME mine.zone.example
	out.example CNAME one.example
	other.example CNAME end.example
	ping.example CNAME pong.example
	chain.example CNAME c1.example
	c1.example CNAME c2.example
	c2.example CNAME c3.example
	c3.example CNAME c4.example
	c4.example CNAME deep.example
	END
	cat >file <<-'END'
	$ORIGIN .
	mine.example TXT "from the file"
	alias.example CNAME out.example
	pong.example CNAME ping.example
	deep.example CNAME d1.example
	d1.example CNAME d2.example
	d2.example CNAME mine.example
	END
	printf '%s\n' '$ORIGIN zone.example.' '@ SOA a b 1 2 3 4 5' >soa
	dnsd_start --zone=net
	ask() {
		run -0 --separate-stderr "$O/tests/dnsq" \
		    --nameserver="$DNSD" --zone=file --zone=soa "$@"
	}
	ask one.example TXT
	assert_out_match 'NOERROR canonical=mine.example .*aliases=1'
	assert_out_has 'from the file'
	ask two.example TXT
	assert_out_match 'NOERROR canonical=mine.example .*aliases=2'
	assert_out_has 'from the file'
	ask alias.example TXT
	assert_out_match 'NOERROR canonical=mine.example .*aliases=3'
	ask chain.example TXT
	assert_out_match 'NOERROR canonical=mine.example .*aliases=8'
	ask one.example A
	assert_out_match 'one.example A NODATA'
	ask gone.example TXT
	assert_out_match 'gone.example TXT NXDOMAIN'
	ask other.example TXT
	assert_out_match 'canonical=end.example .*aliases=1'
	assert_out_has 'from the network'
	ask ping.example TXT
	assert_out_match 'ping.example TXT LOOP'
	ask one.example CNAME
	assert_out_match 'one.example CNAME NOERROR'
}

@test "a broken zone file is told with its place" {
	printf 'a. TXT x\nb. TXT "y\n' >broken
	run -78 --separate-stderr "$O/tests/dnsq" --zone=broken a A
	assert_err_has 'broken:2:10: a quoted string has no end'
	run -66 --separate-stderr "$O/tests/dnsq" --zone=absent a A
	assert_err_has 'absent: No such file or directory'
}

# In a namespace of its own, where port 53 is free and resolv.conf is ours.
need_namespace() {
	need unshare ip
	need_root
	unshare -mn true 2>/dev/null || skip "no namespaces here"
}

in_namespace() {
	unshare -mn sh -c "ip link set lo up && $1" 3>&-
}

@test "resolv.conf names the servers, in order" {
	need_namespace
	printf 'nameserver 127.0.0.7\nnameserver 127.0.0.8\n' >resolv.conf
	run -0 in_namespace "mount --bind resolv.conf /etc/resolv.conf || exit 1
	    '$O/tests/dnsd' --address=127.0.0.8 --port=53 --zone=zone \
		--lifetime=20 >port & d=\$!
	    while [ ! -s port ]; do :; done
	    '$O/tests/dnsq' example.com TXT; kill \$d"
	[[ $output == *' NOERROR '* ]]
}

@test "without nameserver lines 127.0.0.1 is asked" {
	need_namespace
	printf 'options attempts:1\n' >resolv.conf
	run -0 in_namespace "mount --bind resolv.conf /etc/resolv.conf || exit 1
	    '$O/tests/dnsd' --port=53 --zone=zone --lifetime=20 >port & d=\$!
	    while [ ! -s port ]; do :; done
	    '$O/tests/dnsq' example.com TXT; kill \$d"
	[[ $output == *' NOERROR '* ]]
}

# with_conf TEXT COMMAND: COMMAND where that is resolv.conf and a server with
# RULES and a log answers at 127.0.0.8.
with_conf() {
	printf '%b\n' "$1" >resolv.conf
	: >log
	: >port
	run -0 in_namespace "mount --bind resolv.conf /etc/resolv.conf || exit 1
	    '$O/tests/dnsd' --address=127.0.0.8 --port=53 --zone=zone \
		--rule='${RULE:-none.example TXT nxdomain}' --log=log \
		--lifetime=20 >port & d=\$!
	    while [ ! -s port ]; do :; done
	    $2; kill \$d"
}

@test "search names and LOCALDOMAIN of any length never abort" {
	need_namespace
	local long n
	for n in 255 256 300 2000; do
		long=$(head -c $n /dev/zero | tr '\0' a)
		with_conf "search $long\nnameserver 127.0.0.8" \
		    "LOCALDOMAIN=$long '$O/tests/dnsq' example.com TXT"
		[[ $output == *' NOERROR '* ]]
	done
}

@test "the options of resolv.conf, as vouchsafe(7) has them" {
	need_namespace
	local ask="'$O/tests/dnsq' example.com TXT"
	with_conf 'nameserver 127.0.0.8\noptions use-vc' "$ask"
	[ "$(cat log)" = 'tcp TXT example.com' ]
	with_conf 'options ndots:15 edns0 no-aaaa trust-ad single-request' "$ask"
	[[ $output != *' NOERROR '* ]]
	# The environment has no say.
	with_conf 'nameserver 127.0.0.8' "RES_OPTIONS=use-vc $ask"
	[ "$(cat log)" = 'udp TXT example.com' ]
	# So often is a silent server asked.
	RULE='* * silent' with_conf 'nameserver 127.0.0.8
options timeout:1 attempts:1' "$ask || :"
	[ "$(wc -l <log)" -eq 1 ]
	RULE='* * silent' with_conf 'nameserver 127.0.0.8
options timeout:1 attempts:3' "'$O/tests/dnsq' --timeout=400 example.com TXT || :"
	[ "$(wc -l <log)" -eq 3 ]
	# The first question has EDNS, the second none.
	RULE='* * silent-edns' with_conf 'nameserver 127.0.0.8
options timeout:1' "$ask"
	[[ $output == *' NOERROR '* ]]
}

@test "nothing on the wire where a zone has the answer" {
	need strace
	no_sanitizer
	run -0 strace -f -e trace=network,openat -o trace "$O/tests/dnsq" \
	    --zone=zone example.com TXT
	run -1 grep -E 'socket\(|resolv.conf' trace
}

@test "a temperror names the server and what happened, without -v" {
	dnsd_start --rule='refused.example * refused' \
	    --rule='fail.example * servfail' --rule='silent.example * silent'
	ask() {
		spfcheck --timeout=1 --nameserver="$1" --ip=192.0.2.1 \
		    --mail-from="a@$2"
	}
	run -75 --separate-stderr ask "$DNSD" refused.example
	assert_err_has "REFUSED: 127.0.0.1 port $DNSD_PORT: refused to answer"
	run -75 --separate-stderr ask "$DNSD" fail.example
	assert_err_has "127.0.0.1 port $DNSD_PORT: server failure"
	run -75 --separate-stderr ask "$DNSD" silent.example
	assert_err_has "127.0.0.1 port $DNSD_PORT: timed out"
	stop_all
	run -75 --separate-stderr ask "$DNSD" gone.example
	assert_err_has "127.0.0.1 port $DNSD_PORT: connection refused"
	printf 'From: <a@gone.example>\n\nx\n' >m
	run -75 --separate-stderr dmarceval --nameserver="$DNSD" --spf=none \
	    --dkim=none m
	assert_err_has "127.0.0.1 port $DNSD_PORT: connection refused"
	run -75 --separate-stderr dmarceval --lint --nameserver="$DNSD" \
	    gone.example
	assert_out_has "127.0.0.1 port $DNSD_PORT: connection refused"
	run -75 --separate-stderr spfcheck --lint --nameserver="$DNSD" \
	    gone.example
	assert_out_has "127.0.0.1 port $DNSD_PORT: connection refused"
}

@test "--origin; a relative name without any is an error" {
	printf '@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN TXT "v=spf1 -all"\n' >rel
	check() {
		spfcheck --offline "$@" --ip=192.0.2.1 \
		    --mail-from=a@example.net
	}
	run -1 --separate-stderr check --zone=rel --origin=example.net
	run -1 --separate-stderr check --zone=rel --origin=example.net.
	run -1 --separate-stderr check --zone=example.net:rel --origin=x.example
	run -1 --separate-stderr check --zone=- --origin=example.net <rel
	run -78 --separate-stderr check --zone=rel
	assert_err_has 'rel:1:1: a relative name'
	assert_err_has --origin
	echo 'example.net 60 IN TXT "v=spf1 -all"' >undotted
	run -78 --separate-stderr check --zone=undotted
	assert_err_has 'undotted:1:1: a relative name'
	run -64 --separate-stderr check --zone=rel --origin=a..b
	run -64 --separate-stderr check --zone=rel --origin=
}

@test "records of unknown types: one warning a type, none with -q" {
	printf '%s\n' 'example.net. 60 IN TXT "v=spf1 -all"' \
	    'a.example.net. 60 ALIAS b.example.net.' \
	    'c.example.net. 60 alias b.example.net.' \
	    'd.example.net. 60 LUA A "x"' \
	    'e.example.net. 60 TLSA 3 1 1 00' \
	    'e.example.net. 60 DS 1 8 2 00' \
	    'f.example.net. 60 TYPE65400 \# 2 0102' >odd
	run -1 --separate-stderr spfcheck --offline --zone=odd \
	    --ip=192.0.2.1 --mail-from=a@example.net
	[ "$(grep -c 'are skipped' <<<"$stderr")" -eq 2 ]
	assert_err_has 'odd:2:'
	assert_err_has LUA
	run -1 --separate-stderr spfcheck -q --offline --zone=odd \
	    --ip=192.0.2.1 --mail-from=a@example.net
	assert_err_empty
}

@test "every tool that reads zones takes an origin and warns of what it skips" {
	cat >rel <<-'END'
	@ 60 IN SOA ns h 1 2 3 4 5
	@ 60 IN TXT "v=spf1 -all"
	_dmarc 60 IN TXT "v=DMARC1; p=none"
	www 60 IN ALIAS example.net.
	END
	printf 'From: a@example.net\n\nhi\n' >m
	dkimkey new k.pem
	dkimkey record -d example.net -s s k.pem >>rel
	dmarcreport init --home=st
	local t zone=(--offline --zone=rel)
	for t in 'spfcheck --ip=::1 --mail-from=a@example.net m' 'dkimverify m' \
	    'dmarceval m' 'spfcheck --lint example.net' \
	    'dmarceval --lookup example.net' 'mailaudit example.net' \
	    'dkimkey check -d example.net -s s' \
	    'dkimkey rotate -d example.net -s s' \
	    'dmarcreport read --home=st m' \
	    'dmarcreport doctor --home=st --from=a@example.net'; do
		# shellcheck disable=SC2086
		run --separate-stderr $t "${zone[@]}" --trust-ad
		assert_status 78
		assert_err_has 'rel:1:1: a relative name'
		# shellcheck disable=SC2086
		run --separate-stderr $t "${zone[@]}" --origin=example.net
		[ "$status" -lt 64 ] || show "$t"
		assert_err_has "${t%% *}: rel:4:11: records of the type ALIAS"
		[ "$(grep -c ALIAS <<<"$stderr")" -eq 1 ] || show "$t"
		# shellcheck disable=SC2086
		run --separate-stderr $t "${zone[@]}" --origin=example.net -q
		assert_err_lacks ALIAS
	done
}

@test "a byte order mark and Ctrl-Z in a zone are named" {
	printf '\357\273\277example.net. 60 IN TXT x\n' >bom
	run -78 --separate-stderr spfcheck --offline --zone=bom --ip=::1 --helo=x.y
	assert_err_has BOM
	printf 'example.net. 60 IN TXT x\r\n\032' >ctrl
	run -78 --separate-stderr spfcheck --offline --zone=ctrl --ip=::1 --helo=x.y
	assert_err_has 'ctrl:2:1: Ctrl-Z'
}

# Who is at 127.0.0.11 forwards elsewhere.
@test "the AD bit: not of 127.0.0.11, unless --trust-ad" {
	cat >keys <<-'END'
	s._domainkey.example.net. 60 IN TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	END
	dnsd_start --address=127.0.0.11 --zone=keys --rule='* * ad'
	for how in "" --trust-ad; do
		run --separate-stderr spfcheck -v $how --ip=192.0.2.1 \
		    --nameserver="127.0.0.11:$DNSD_PORT" \
		    --mail-from=a@s._domainkey.example.net
		if [ -n "$how" ]; then
			assert_err_has authentic
		else
			assert_err_lacks authentic
		fi
	done
}

@test "\$INCLUDE: below the zone's folder, ten deep, no way out" {
	mkdir -p z/keys/deep outside
	cat >z/main <<-'END'
	$ORIGIN example.net.
	$TTL 60
	@ IN SOA ns h 1 2 3 4 5
	$INCLUDE keys/all dkim
	tail IN TXT tail
	$INCLUDE "keys/deep/more"
	END
	printf 's1 IN TXT one\n$INCLUDE deep/two\ns3 IN TXT three\n' >z/keys/all
	echo 's2 IN TXT two' >z/keys/deep/two
	printf 'more IN TXT more' >z/keys/deep/more
	ask() {
		"$O/tests/dnsq" --zone=z/main "$1.example.net" TXT
	}
	for n in s1.dkim s2.dkim s3.dkim tail more; do
		run -0 --separate-stderr ask "$n"
		assert_out_has "$n.example.net TXT NOERROR"
	done
	echo 'secret. 60 IN TXT x' >outside/x
	ln -s ../outside z/link
	ln -s ../outside/x z/keys/file
	mkfifo z/pipe
	for n in ../outside/x "$PWD/outside/x" link/x keys/file keys/../../outside/x \
	    keys pipe '' keys//all; do
		printf '$INCLUDE "%s"\n' "$n" >z/bad
		run -78 --separate-stderr "$O/tests/dnsq" --zone=z/bad a A
		assert_err_has 'z/bad:1:'
	done
	echo '$INCLUDE missing' >z/bad
	run -66 --separate-stderr "$O/tests/dnsq" --zone=z/bad a A
	assert_err_has 'z/bad:1:10: $INCLUDE missing'
	echo '$INCLUDE self' >z/self
	run -78 --separate-stderr "$O/tests/dnsq" --zone=z/self a A
	assert_err_has 'ten deep'
	echo 'x TXT (' >z/keys/deep/two
	run -78 --separate-stderr ask s1.dkim
	assert_err_has 'z/keys/deep/two:2:1:'
	run -78 --separate-stderr "$O/tests/dnsq" --zone=- a A <z/self
	assert_err_has 'no folder'
}

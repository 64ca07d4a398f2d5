#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Zone files as other people's programs write them: BIND, NSD, Knot and dig
# write theirs here; those of tests/data/zones were written by hand as the
# exports of PowerDNS, dnscontrol, octoDNS, OVH and Microsoft look.  All must
# read as the file that they were made of.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/nameserver

setup() {
	use_tmp
	dkimkey new k.pem
	cat >zone <<-'END'
	$ORIGIN example.com.
	$TTL 1h
	@ IN SOA ns hostmaster ( 1 2h 1h 2w 5m )
	  NS ns
	ns A 192.0.2.1
	  60 AAAA 2001:db8::1
	@ 300 TXT "v=spf1 " "mx a:%{d} include:_spf.example.com -all"
	@ 300 TXT "site=a;b \"c\" d\\e \200"
	@ MX 10 mail
	@ MX 20 ns
	@ A 192.0.2.10
	mail A 192.0.2.2
	mail A 192.0.2.3
	_spf TXT "v=spf1 ip4:198.51.100.0/24 ptr -all"
	_dmarc TXT "v=DMARC1;" " p=reject; rua=mailto:d@example.com"
	www 60 CNAME mail
	*.wild TXT hello\032world\; "a;b(\"c\\)"
	*.wild MX 5 mail
	x.y.wild A 192.0.2.4
	a.b.c TXT ""
	null MX 0 .
	e\.f TXT dot
	gen TYPE16 \# 4 03414243
	Upper.Case A 192.0.2.7
	x TYPE65280 \# 3 010203
	@ CAA 0 issue "ca.example"
	_25._tcp.mail TLSA ( 3 1 1 0000000000000000000000000000000000000000
	    000000000000000000000000 )
	svc HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1
	_sip._tcp SRV 0 0 5060 mail
	loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
	na NAPTR 100 10 "S" "SIP+D2U" "!^.*$!sip:a@example.com!" .
	ssh SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef12345678
	h HINFO "PC" "Linux"
	sub NS ns.sub
	ns.sub A 192.0.2.9
	END
	sed -i '/SSHFP/s/$/9/' zone
	dkimkey record -d example.com -s s1 k.pem >>zone
	QUESTIONS=(example.com TXT example.com MX example.com A example.com NS
	    mail.example.com A _spf.example.com TXT _dmarc.example.com TXT
	    www.example.com A q.wild.example.com TXT q.wild.example.com MX
	    x.y.wild.example.com A z.y.wild.example.com MX wild.example.com TXT
	    a.b.c.example.com TXT b.c.example.com TXT null.example.com MX
	    gen.example.com TXT upper.case.example.com A nx.example.com TXT
	    e.f.example.com TXT s1._domainkey.example.com TXT
	    ns.example.com AAAA)
	ask zone >want
	[ "$(grep -c NOERROR want)" -ge 17 ]
	grep -qF "$(sed -n 's/^.*p=\([^"]*\)".*/\1/p' zone | head -n 1)" want
}

teardown() {
	local p
	for p in ${KNOT_PID-} ${KNOT2_PID-}; do knot_stop "$p"; done
	stop_all
}

# ask ZONE: what our reader makes of it; servers turn records of a set round.
ask() {
	"$O/tests/dnsq" --offline --zone="$1" "${QUESTIONS[@]}" |
	    awk '/^  / { print n "\t" $0; next } { print ++n "\t " $0 }' |
	    LC_ALL=C sort -k1,1n -k2
}

# same ZONE...: each reads as the zone that it was made of, and the tools find
# the same in it, at a place that is in it.
same() {
	local z where
	for z; do
		ask "$z" >got
		diff -u want got >&2 || return 1
		run -0 --separate-stderr dkimkey check --offline --zone="$z" \
		    -d example.com -s s1 -k k.pem
		run -1 --separate-stderr spfcheck --lint --offline --zone="$z" \
		    -o json example.com
		where=$(jq -r '.findings[] | select(.code == "SPF012") |
		    "\(.line)"' <<<"$output")
		[ -n "$where" ] || return 1
		sed -n "${where}p" "$z" | grep -q 'ptr -all' || return 1
	done
}

@test "BIND: named-compilezone, in both styles" {
	need named-compilezone jq
	named-compilezone -q -s full -o bind.full example.com zone
	named-compilezone -q -s relative -o bind.relative example.com zone
	grep -q '^\$ORIGIN \.$' bind.relative
	same bind.full bind.relative
	# A file in its raw form is no master file, and said not to be.
	named-compilezone -q -F raw -o bind.raw example.com zone
	run -78 --separate-stderr spfcheck --lint --offline --zone=bind.raw \
	    example.com
	assert_err_has 'bind.raw:1:1: a byte that cannot stand here'
}

@test "BIND: a zone that dnssec-signzone signed" {
	need dnssec-keygen dnssec-signzone jq
	dnssec-keygen -q -a ECDSAP256SHA256 -f KSK example.com >/dev/null
	dnssec-keygen -q -a ECDSAP256SHA256 example.com >/dev/null
	dnssec-signzone -S -3 ab -o example.com -f signed zone >log 2>&1 ||
	    { cat log; return 1; }
	grep -q RRSIG signed
	grep -q NSEC3 signed
	# The wildcard's and the delegation's records are there as before.
	same signed
}

@test "Knot: dig and kdig of a transfer, and what a secondary writes" {
	need knotd dig kdig jq
	knot_key
	local p q i
	p=$(free_port) q=$(free_port)
	knot_start "$p" example.com zone "$q"
	knot_second "$q" example.com "$p"
	dig @127.0.0.1 -p "$p" example.com AXFR >dig
	dig @127.0.0.1 -p "$p" +multi +onesoa example.com AXFR >dig.multi
	kdig @127.0.0.1 -p "$p" example.com AXFR >kdig
	# The SOA is there again at the end.
	[ "$(grep -c 'SOA' dig)" -eq 2 ]
	same dig dig.multi kdig
	# It writes its file when it ends, or before.
	knot_stop "$KNOT2_PID"
	[ -s knot2.d/example.com.zone ]
	same knot2.d/example.com.zone
}

@test "Knot: a zone that it signed itself" {
	need knotd kdig jq
	knot_key
	local p
	p=$(free_port)
	knot_start "$p" example.com zone
	knot_stop "$KNOT_PID"
	sed -i 's/^    acl: \[upd, loop\]/&\n    dnssec-signing: on/;
	    s/zonefile-sync: -1/zonefile-sync: 0/;
	    s/zonefile-load: difference/zonefile-load: difference-no-serial/' \
	    knot.conf
	knotd -c knot.conf >knot.log 2>&1 3>&- 4>&- &
	KNOT_PID=$!
	answers "$p" example.com
	local i
	for ((i = 0; i < 100; i++)); do
		! kdig @127.0.0.1 -p "$p" +dnssec example.com TXT |
		    grep -q RRSIG || break
		read -rt 0.1 <> <(:) || :
	done
	kdig @127.0.0.1 -p "$p" example.com AXFR >kdig
	grep -q NSEC kdig
	same kdig
}

@test "NSD: a transfer, and what a secondary writes" {
	need nsd knotd dig jq
	knot_key
	local p q i
	p=$(free_port) q=$(free_port)
	knot_start "$p" example.com zone
	cat >nsd.conf <<-END
	server:
	    ip-address: 127.0.0.1@$q
	    username: ""
	    chroot: ""
	    zonesdir: "$T"
	    database: ""
	    pidfile: "$T/nsd.pid"
	    xfrdfile: "$T/xfrd"
	    xfrdir: "$T"
	    zonelistfile: "$T/zonelist"
	    server-count: 1
	    zonefiles-write: 1
	remote-control:
	    control-enable: no
	zone:
	    name: example.com
	    zonefile: nsd.zone
	    request-xfr: 127.0.0.1@$p NOKEY
	    allow-notify: 127.0.0.1 NOKEY
	    provide-xfr: 127.0.0.1 NOKEY
	END
	start nsd -d -c nsd.conf
	answers "$q" example.com
	dig @127.0.0.1 -p "$q" example.com AXFR >nsd.axfr
	same nsd.axfr
	for ((i = 0; i < 200; i++)); do
		[ ! -s nsd.zone ] || break
		read -rt 0.1 <> <(:) || :
	done
	[ -s nsd.zone ]
	same nsd.zone
}

# provider NAME [WARNING...]: what all providers' samples have in common.
provider() {
	local z=$ROOT/tests/data/zones/$1.zone name=$1
	shift
	run -0 --separate-stderr spfcheck --lint --offline \
	    --zone="example.com:$z" -o json example.com
	[ "${#stderr_lines[@]}" -eq $# ]
	for w; do assert_err_has "$name.zone:$w are skipped"; done
	jq -c '[.record, [.findings[] | .code]]' \
	    <<<"$output" >>spf
	run -0 --separate-stderr dkimkey check --offline \
	    --zone="example.com:$z" -d example.com -s s1 -o json
	jq -c .record.record <<<"$output" >>key
	run -0 --separate-stderr dmarceval --lookup --offline -o json \
	    --zone="example.com:$z" example.com
	jq -c .lookup.record <<<"$output" >>dmarc
	"$O/tests/dnsq" --offline --zone="example.com:$z" example.com A \
	    example.com MX mail.example.com A q.wild.example.com MX \
	    www.example.com A | sort | tr '\n' '|' >>dns
	echo >>dns
}

@test "PowerDNS, dnscontrol, octoDNS, OVH and Microsoft: the same zone" {
	need jq
	provider dnscontrol
	provider powerdns '4:25: records of the type ALIAS' \
	    '15:23: records of the type LUA'
	provider octodns
	provider microsoft
	provider ovh '13:18: records of the type DMARC'
	local f
	for f in spf key dmarc dns; do
		[ "$(wc -l <$f)" -eq 5 ]
		[ "$(sort -u $f | wc -l)" -eq 1 ] || { cat $f >&2; return 1; }
	done
	grep -q 'v=spf1 mx ip4' spf
	grep -q 'p=reject' dmarc
	[ "$(wc -c <key)" -gt 2000 ]
	# Which of them name no origin is said, and how to give it.
	for f in dnscontrol ovh microsoft; do
		run -78 --separate-stderr spfcheck --lint --offline \
		    --zone="$ROOT/tests/data/zones/$f.zone"
		assert_err_has '--origin=NAME or --zone=NAME:FILE says of what'
		run -0 --separate-stderr spfcheck --lint --offline \
		    --origin=example.com --zone="$ROOT/tests/data/zones/$f.zone"
		assert_out_has 'example.com: clean'
	done
}

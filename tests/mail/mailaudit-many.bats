#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Many domains at once: the same bytes as one after the other, each question
# once, and the time it takes.

bats_require_minimum_version 1.8.0

load ../lib/bats/common

NOW=2026-11-27T00:00:00Z

setup() {
	use_tmp
}

teardown() {
	stop_all
}

# domains N: N domains in `zone`, their names in `list`.
domains() {
	awk -v n="$1" 'BEGIN {
		print "$ORIGIN test.\n$TTL 60\n@ IN SOA ns. h. 1 2 3 4 5"
		print "_spf.p IN TXT \"v=spf1 include:_a.p.test " \
		    "include:_b.p.test include:_c.p.test -all\""
		print "_a.p IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\""
		print "_b.p IN TXT \"v=spf1 a:mx1.p.test -all\""
		print "_c.p IN CNAME _a.p"
		print "mx1.p IN A 192.0.2.1\nmx1.p IN AAAA 2001:db8::1"
		print "p IN MX 10 mx1.p\n*._report._dmarc.p IN TXT v=DMARC1"
		for (i = 0; i < n; i++) {
			d = "d" i
			print d " IN TXT \"v=spf1 ip4:203.0.113." i % 250 \
			    " include:_spf.p.test -all\""
			print d " IN MX 10 mx." d "\n" d " IN MX 20 mx1.p"
			print "mx." d " IN A 203.0.113." i % 250
			print "_dmarc." d " IN TXT \"v=DMARC1; p=reject; " \
			    "rua=mailto:d@p.test\""
			print "_smtp._tls." d " IN TXT \"v=TLSRPTv1; " \
			    "rua=mailto:t@p.test\""
			print "s1._domainkey." d " IN TXT \"v=DKIM1; p=\""
			print d ".test" >"list"
		}
	}' >zone
}

# ask FILE STATUS TOOL [OPTION...]
ask() {
	local s=0

	"$3" --nameserver="$DNSD" --timeout=1 --files-from=list --now=$NOW "${@:4}" \
	    >"$1" 2>err || s=$?
	[ "$s" -eq "$2" ]
}

# same STATUS SPF DMARC: each way of asking gives the same bytes, in two formats;
# the statuses of mailaudit, spfcheck and dmarceval.
same() {
	local f
	for f in json text; do
		ask slow "$1" mailaudit -o $f --selector=s1 -v
		ask fast "$1" mailaudit -o $f --selector=s1
		assert_same slow fast
		ask fast "$1" mailaudit -o $f --selector=s1 --window=3 \
		    --outstanding=2
		assert_same slow fast
		ask fast "$1" mailaudit -o $f --selector=s1 --window=1 \
		    --outstanding=1 --rate=100000
		assert_same slow fast
	done
	ask slow "$2" spfcheck --lint -o json -v
	ask fast "$2" spfcheck --lint -o json
	assert_same slow fast
	ask slow "$3" dmarceval --lint -o json -v
	ask fast "$3" dmarceval --lint -o json
	assert_same slow fast
}

@test "gathered is synchronous, byte for byte" {
	domains 60
	dnsd_start --zone=zone
	same 1 0 0
}

@test "the same with answers that come late, cut, as loops, by TCP alone" {
	domains 30
	dnsd_start --lifetime=300 --zone=zone --rule='d1.test TXT delay 60' \
	    --rule='*.d2.test * delay 40' --rule='d3.test * truncate' \
	    --rule='_dmarc.d4.test TXT loop' --rule='_c.p.test * incomplete' \
	    --rule='d5.test * formerr-edns' --rule='_a.p.test * truncate'
	same 75 0 75
}

@test "the same with servers that fail, and then it is 75" {
	domains 12
	dnsd_start --lifetime=300 --zone=zone --rule='d1.test TXT servfail' \
	    --rule='_dmarc.d2.test * refused' --rule='mx.d3.test A junk' \
	    --rule='d4.test MX broken' --rule='_smtp._tls.d5.test * notimp' \
	    --rule='d6.test TXT lame'
	same 75 75 75
}

@test "each question is asked once, whoever wants it" {
	domains 40
	dnsd_start --zone=zone --log=log
	ask out 1 mailaudit --selector=s1
	sort log | uniq -d >twice
	[ ! -s twice ]
	[ "$(grep -c ' TXT _a.p.test$' log)" -eq 1 ]
}

@test "what is lost is asked again" {
	domains 20
	dnsd_start --lifetime=300 --zone=zone --rule='d1.test TXT drop 1' \
	    --rule='mx.d2.test A drop 1' --rule='_a.p.test TXT drop 1'
	ask lossy 1 mailaudit --selector=s1 -o json
	stop_all
	dnsd_start --zone=zone
	ask good 1 mailaudit --selector=s1 -o json
	assert_same lossy good
}

@test "a time limit is one domain's: the others are whole" {
	domains 6
	dnsd_start --lifetime=300 --zone=zone --rule='d3.test * silent'
	ask out 75 mailaudit --selector=s1 --time-limit=1 -o json
	[ "$(jq -r 'select(.result == "temperror") | .domain' out)" = d3.test ]
	[ "$(wc -l <out)" -eq 6 ]
	# No more than that is waited.
	[ "$SECONDS" -lt 30 ]
}

@test "a server that invents answers is 78" {
	cat >zone <<-'END'
	$ORIGIN .
	@ 60 IN SOA ns. h. 1 2 3 4 5
	* 60 IN A 192.0.2.1
	END
	echo a.example >list
	dnsd_start --zone=zone
	ask out 78 mailaudit --only=mx
	grep -q 'invents answers: it finds v[0-9a-f]*.invalid' err
	[ ! -s out ]
}

@test "a dead server is 75, and said once a domain" {
	domains 3
	dnsd_start --zone=zone
	stop_all
	ask out 75 mailaudit --only=mx
	grep -q 'connection refused' out
	ask out 75 spfcheck --lint
}

@test "--rate, --outstanding, --window: numbers, and they hold" {
	domains 4
	dnsd_start --zone=zone --log=log
	for o in --window=0 --window=x --outstanding=0 --rate=-1; do
		ask out 64 mailaudit $o
	done
	start=$(date +%s%N)
	ask out 1 mailaudit --selector=s1 --rate=40
	n=$(wc -l <log)
	# Three may go at once.
	[ $((($(date +%s%N) - start) / 1000000)) -ge $(((n - 4) * 25)) ]
}

@test "1,000 domains, 20 ms: 5 s, 1.5 s of processor, 64 MiB" {
	no_sanitizer
	domains 1000
	dnsd_start --zone=zone --log=log --rule='* * delay 20'
	run -0 "$PYTHON" "$ROOT/tests/lib/bats/within.py" 5 1.5 65536 mailaudit \
	    --nameserver="$DNSD" --selector=s1 --files-from=list -o json
	echo "# $output" >&3
	sort log | uniq -d >twice
	[ ! -s twice ]
}

@test "10,000 domains of a zone file: 3 s" {
	no_sanitizer
	domains 10000
	run -0 "$PYTHON" "$ROOT/tests/lib/bats/within.py" 3 3 262144 mailaudit \
	    --offline --zone=zone --files-from=list
	echo "# $output" >&3
	[ "$(grep -c '^d[0-9]*\.test: ' within.out)" -eq 10000 ]
}

@test "a state of a gathered run is that of another order" {
	domains 20
	dnsd_start --lifetime=300 --zone=zone --rule='d1.test TXT delay 80'
	ask out 0 mailaudit --state=a --init
	ask out 0 mailaudit --state=b --init --window=1
	assert_same a b
	ask out 0 mailaudit --state=a
	[ ! -s out ]
}

@test "memory that fails is 70 and nothing printed, or as if it had not" {
	[ -x "$O/allocfail/mailaudit" ] || skip "make check-all builds it"
	no_sanitizer
	domains 2
	dnsd_start --zone=zone
	MANY=1 sweep_alloc mailaudit --nameserver="$DNSD" --now=$NOW \
	    --files-from=list --selector=s1 -o json
	[ "$SWEPT" -gt 20 ]
}

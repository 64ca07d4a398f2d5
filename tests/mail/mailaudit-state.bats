#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# mailaudit --state: only what changed is printed; each drift by a change that
# makes it, and one beside it that does not.
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.8.0

load ../lib/bats/common

setup() {
	use_tmp
	cat >zone <<-'END'
	$ORIGIN example.
	$TTL 60
	@ IN SOA ns. h. 1 2 3 4 5
	one IN TXT "v=spf1 ip4:192.0.2.25 include:_spf.two.example -all"
	one IN MX 10 mx.one
	one IN MX 20 mx2.one
	one IN NS ns1.one
	mx.one IN A 192.0.2.25
	mx2.one IN A 192.0.2.26
	ns1.one IN A 192.0.2.53
	_dmarc.one IN TXT "v=DMARC1; p=quarantine; rua=mailto:d@one.example"
	s1._domainkey.one IN TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	_smtp._tls.one IN TXT "v=TLSRPTv1; rua=mailto:t@one.example"
	two IN TXT "v=spf1 -all"
	_spf.two IN TXT "v=spf1 ip4:198.51.100.8/29 -all"
	END
	NOW=2026-11-27T00:00:00Z
}

teardown() {
	stop_all
}

# audit STATUS [OPTION...]: with the state.
audit() {
	run "-$1" --separate-stderr mailaudit --offline --zone=zone \
	    --now="$NOW" --state=st --selector=s1 "${@:2}"
}
begin() {
	audit 0 --init one.example two.example
	assert_out_empty
	cp zone before
}
# changed SED...: the zone, as it was but for this.
changed() {
	cp begun st
	sed "$@" before >zone
	! cmp -s before zone || return 1
}

@test "run twice, nothing; a deleted file is 66, one that is there 73" {
	audit 66 one.example
	assert_err_has '--init begins one'
	[ ! -e st ]
	begin
	[ "$(stat -c %a st)" = 600 ]
	for _ in 1 2 3; do
		sum=$(sha256sum <st | cut -d' ' -f1)
		audit 0 one.example two.example
		assert_out_empty
		# The chain: each says what was before it.
		grep -q "\"previous\":\"$sum\"" st
	done
	audit 73 --init one.example
	audit 64 --init --state= one.example || :
	run -64 --separate-stderr mailaudit --init one.example
	# What is known is shown when asked for.
	audit 0 --all-findings one.example
	assert_out_has '(known)'
}

@test "other options that shape results are 78; those that only print are not" {
	begin
	audit 78 --only=spf one.example
	assert_err_has 'made with other options'
	audit 78 --role=mail one.example
	audit 0 -o json --fail-on=note --ignore=SPF001 one.example
	audit 0 one.example
	echo x >>st
	audit 65 one.example
	dd if=st of=cut bs=900 count=1 status=none
	cp cut st
	audit 65 one.example
	assert_err_has 'cut off'
	cmp cut st
}

@test "what is new, what is gone, since when; json has both" {
	begin
	cp st begun
	changed '/^_smtp/d'
	NOW=2026-11-28T00:00:00Z
	audit 1 one.example
	assert_out_has 'DIF002 warning: a record of the domain changed: tlsrpt: '
	assert_out_has 'RPT001 note'
	assert_out_lacks known
	cp before zone
	NOW=2026-11-29T00:00:00Z
	audit 1 -o json one.example
	assert_out_has '"gone":[{"code":"RPT001","domain":"one.example","term":null,"since":1795824000}]'
	audit 0 one.example
	assert_out_empty
	audit 0 -o json --all-findings one.example
	assert_out_has '"since":1795737600'
	# A domain that was not reached keeps its line, and a new one is new.
	grep -q '^{"domain":"two.example"' st
	audit 6 three.example
	assert_out_has AUD001
	audit 0 three.example
}

@test "an ignored finding is not known for ever" {
	begin
	sed -i '/^_dmarc/d' zone
	audit 1 --ignore=DMARC001 one.example
	assert_out_lacks DMARC001
	assert_out_has DIF001
	audit 6 one.example
	assert_out_has DMARC001
	audit 0 one.example
}

@test "drift: each code by its change, and its neighbour is silent" {
	begin
	cp st begun
	while IFS='|' read -r status code change; do
		changed "$change"
		audit "$status" one.example
		case $code in
		-*) assert_out_lacks "${code#-}" ;;
		*) assert_out_has "$code" ;;
		esac
		# It is said once.
		audit 0 one.example
		assert_out_lacks DIF
	done <<-'END'
	1|DIF001 error|s/p=quarantine/p=none/
	1|DIF001 error|s/p=quarantine/p=quarantine; t=y/
	1|DIF001 error|s/p=quarantine/p=quarantine; sp=none/
	6|DIF001 error|/^_dmarc/d
	0|DIF003 note|s/p=quarantine/p=reject/
	1|DIF001 error|s/_spf.two.example -all/_spf.two.example ~all/
	1|-DIF003|s/_spf.two.example -all/_spf.two.example ~all/
	1|DIF002 warning|s/mailto:d@one/mailto:e@one/
	1|-DIF001|s/mailto:d@one/mailto:e@one/
	1|DIF004 warning: the exchanges changed: -mx2.one.example|/MX 20/d
	0|-DIF|s/MX 20/MX 5/
	1|DIF005 warning: the SPF record authorises more than before: ip4:192.0.2.26|s/ip4:192.0.2.25/& ip4:192.0.2.26/
	0|-DIF005|s/include:_spf.two.example/-include:_spf.two.example/;s/-include/include/;s/^two .*/two IN TXT "v=spf1 ~all"/
	1|DIF002 warning|s/ip4:192.0.2.25 \(include:_spf.two.example\)/\1 ip4:192.0.2.25/
	0|DIF006 note|s,198.51.100.8/29,198.51.100.0/28,
	1|DIF006 error|s,198.51.100.8/29,198.51.0.0/16,
	1|DIF007 error|s/11qYAYK/21qYAYK/
	4|DIF007 error: a key changed under its selector, or vanished: s1._domainkey.one.example: vanished|/^s1/d
	0|-DIF007|s/p=11qY.*"/p="/
	1|DIF009 warning: the name servers changed: +ns2.one.example|s/^one IN NS.*/&\none IN NS ns2.one/
	END
}

@test "a policy that changed under the same id is STS020; its mode drifts" {
	echo '_mta-sts.one IN TXT "v=STSv1; id=a1;"' >>zone
	echo 'mta-sts.one IN A 192.0.2.80' >>zone
	policy() {
		printf 'version: STSv1\nmode: %s\nmx: *.one.example\nmax_age: 900000\n' \
		    "$1" >policy
	}
	S=(--sts-policy=one.example=policy)
	policy enforce
	audit 0 --init "${S[@]}" one.example
	audit 0 "${S[@]}" one.example
	policy testing
	audit 1 "${S[@]}" one.example
	assert_out_has 'STS020 warning'
	assert_out_has 'DIF001 error: the policy is weaker than before: sts: enforce -> testing'
	sed -i 's/id=a1/id=a2/' zone
	policy enforce
	audit 0 "${S[@]}" one.example
	assert_out_has 'DIF003 note'
	assert_out_lacks STS020
}

@test "a key older than 400 days, by the first run that saw it" {
	begin
	NOW=2027-12-31T00:00:00Z
	audit 0 one.example
	assert_out_empty
	NOW=2028-01-03T00:00:00Z
	audit 0 one.example
	assert_out_has 'DKIM014 note'
	audit 0 one.example
	assert_out_empty
}

# asked STATUS [RULE]: the audit with the zone served by dnsd.
asked() {
	dnsd_start --zone=zone ${2:+--rule="$2"}
	run --separate-stderr mailaudit --state=st --selector=s1 \
	    --timeout=1 --now="$NOW" --nameserver="$DNSD" one.example
	stop_all
	assert_status "$1"
}

@test "what could not be asked neither adds nor removes; three times AUD015" {
	dnsd_start --zone=zone
	run -0 mailaudit --state=st --init --selector=s1 --now="$NOW" \
	    --nameserver="$DNSD" one.example
	stop_all
	asked 0
	assert_out_empty
	# Each family's own question in turn.
	while read -r rule; do
		asked 75 "$rule"
		assert_out_lacks gone
		assert_out_lacks DIF
		# Whatever is new is that it is not known.
		run -1 grep -E '^  [A-Z]+[0-9]+ (note|warning)' <<<"$output"
		asked 0
		assert_out_empty
	done <<-'END'
	one.example TXT servfail
	one.example MX servfail
	_dmarc.one.example * servfail
	_smtp._tls.one.example * servfail
	s1._domainkey.one.example * servfail
	mx.one.example A servfail
	_mta-sts.one.example * servfail
	END
	asked 75 'one.example MX servfail'
	asked 75 'one.example MX servfail'
	assert_out_lacks AUD015
	asked 75 'one.example MX servfail'
	assert_out_has 'AUD015 error'
}

@test "two runs at once: the second waits, or is 75" {
	begin
	exec 7>st.lock
	flock 7
	audit 75 --timeout=1 one.example
	assert_err_has 'another run holds it'
	assert_out_empty
	(sleep 0.5; flock -u 7) 3>&- &
	exec 8>&7 7>&-
	audit 0 --timeout=10 one.example
	exec 8>&-
	wait
}

@test "a full disk is 74 and the old file stays; output that fails, too" {
	begin
	cp st kept
	sed -i 's/p=quarantine/p=none/' zone
	# shellcheck disable=SC2016
	run -74 --separate-stderr sh -c 'mailaudit --offline --zone=zone \
	    --state=st --selector=s1 --now="$1" one.example >/dev/full' - "$NOW"
	cmp st kept
	audit 1 one.example
	assert_out_has DIF001
}

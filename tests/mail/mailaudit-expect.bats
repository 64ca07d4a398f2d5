#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# mailaudit --expect: what must hold.

bats_require_minimum_version 1.8.0

load ../lib/bats/common

setup() {
	use_tmp
	cat >zone <<-'END'
	$ORIGIN example.
	$TTL 60
	@ IN SOA ns. h. 1 2 3 4 5
	one IN TXT "v=spf1 ip4:192.0.2.25 ~all"
	one IN MX 10 mx.one
	one IN MX 20 mx2.one
	mx.one IN A 192.0.2.25
	mx2.one IN A 192.0.2.26
	_dmarc.one IN TXT "v=DMARC1; p=quarantine; rua=mailto:d@one.example"
	s1._domainkey.one IN TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	park IN TXT "v=spf1 -all"
	park IN MX 0 .
	_dmarc.park IN TXT "v=DMARC1; p=reject; sp=reject; np=reject; rua=mailto:d@one.example"
	park.example._report._dmarc.one IN TXT "v=DMARC1"
	END
}

teardown() {
	stop_all
}

# audit DOMAIN LINE...: with these expectations.
audit() {
	printf '%s\n' "${@:2}" >rules
	run --separate-stderr mailaudit --offline --zone=zone \
	    --now=2026-11-27T00:00:00Z --expect=rules "$1"
}
# holds RULE...: all of them, breaks RULE: not this one.
holds() {
	audit one.example '[*]' "$@"
	assert_out_has 'one.example: '
	assert_out_lacks POL
}
breaks() {
	audit one.example '[*]' "$@"
	assert_status 1
	assert_out_has 'POL001 error: what must hold does not: '
}

@test "each operator, true and false" {
	holds 'dmarc.policy == quarantine' 'dmarc.policy >= none' \
	    'dmarc.policy < reject' 'dmarc.policy in none quarantine' \
	    'dmarc.policy != reject' 'spf.lookups <= 8' 'spf.all in -all ~all' \
	    'spf.record == v=spf1 ip4:192.0.2.25 ~all' 'exists == true' \
	    'mx.hosts subset mx.one.example MX2.one.example. other.example' \
	    'mx.hosts has mx.one.example' 'mx.hosts lacks other.example' \
	    'mx.hosts == mx2.one.example mx.one.example' \
	    'dmarc.rua has mailto:d@one.example' 'sts.record absent' \
	    'spf.record exists' 'dkim.s1.type == ed25519' 'role == mail' \
	    'dmarc.testing == false' 'dkim.s1.result != revoked'
	breaks 'dmarc.policy == reject'
	assert_out_has 'dmarc.policy is quarantine [rules:2:1]'
	for rule in 'dmarc.policy > quarantine' 'dmarc.policy < quarantine' \
	    'dmarc.policy in none reject' 'dmarc.policy != quarantine' \
	    'spf.lookups >= 1' 'spf.all in -all' 'spf.record == v=spf1 ~all' \
	    'exists == false' 'mx.hosts subset mx.one.example' \
	    'mx.hosts has other.example' 'mx.hosts lacks mx.one.example' \
	    'mx.hosts == mx.one.example' 'sts.record exists' \
	    'spf.record absent' 'dkim.s1.bits > 4096' 'dmarc.testing == true' \
	    'sts.mode == enforce' 'dkim.s1.type == rsa'; do
		breaks "$rule"
	done
}

@test "severities: warn, note, and --fail-on" {
	audit one.example '[*]' 'note dmarc.policy == reject'
	assert_out_has 'POL001 note'
	audit one.example '[*]' 'warn dmarc.policy == reject'
	assert_status 1
	assert_out_has 'POL001 warning'
}

@test "sections: globs, exclusion, roles; one that matched nothing is a note" {
	audit one.example '[*.example !one.*]' 'dmarc.policy == reject'
	assert_out_lacks POL001
	assert_err_has 'rules:1: POL003 note'
	audit one.example '[two.example] [o?e.example]' 'dmarc.policy == reject'
	assert_out_has POL001
	audit one.example '[role:parked]' 'dmarc.policy == reject'
	assert_out_lacks POL001
	audit one.example '[role:mail]' '# a comment' \
	    'dmarc.policy == reject # why'
	assert_out_has POL001
	audit park.example '[role:parked] [old.example]' parked
	assert_out_lacks POL
	assert_err_empty
	audit one.example '[one.example]' parked
	assert_out_has 'spf.record is v=spf1 ip4:192.0.2.25 ~all'
	assert_out_has 'mx.state is hosts'
	assert_out_has 'dmarc.applied_policy is quarantine'
}

@test "a selector that must hold something is looked at" {
	audit one.example '[*]' 'dkim.s9.bits >= 2048'
	assert_status 4
	assert_out_has DKIM003
	assert_out_has 'dkim.s9.bits is not there'
}

@test "until: a day past is POL004, and the rule counts no more" {
	audit one.example '[*]' 'dmarc.policy == reject until 2026-11-26'
	assert_status 1
	assert_out_has 'POL004 warning'
	assert_out_lacks POL001
	breaks 'dmarc.policy == reject until 2026-11-27'
	assert_out_lacks POL004
}

@test "not known is POL002 and 75, never true" {
	dnsd_start --zone=zone --rule='_dmarc.one.example TXT servfail'
	printf '%s\n' '[*]' 'dmarc.policy exists' 'dmarc.policy != reject' \
	    'spf.lookups <= 8' >rules
	run -75 --separate-stderr mailaudit --nameserver="$DNSD" \
	    --timeout=1 --expect=rules one.example
	stop_all
	[ "$(grep -c 'POL002 error' <<<"$output")" -eq 2 ]
}

@test "what it cannot mean is 78 at load, with line and column" {
	while IFS='|' read -r column rule; do
		audit one.example '[*]' '' "$rule"
		assert_status 78
		assert_err_has "rules:3:$column: "
		assert_out_empty
	done <<-'END'
	1|dmarc.polisy == none
	1|dkim.bits == 2048
	14|dmarc.policy ~ none
	14|dmarc.policy has none
	17|dmarc.policy == strict
	16|spf.lookups <= eight
	18|spf.lookups <= 8 9
	10|mx.hosts < a
	16|dmarc.policy ==
	16|dmarc.policy in
	19|sts.record absent x
	28|dmarc.policy == none until soon
	1|[one
	2|[]
	5|warn
	END
	audit one.example 'dmarc.policy == none'
	assert_status 78
	assert_err_has 'no [section] before it'
	printf '[*]\nspf.lookups <= 8\n' >rules
	run -78 --separate-stderr mailaudit --offline --zone=zone \
	    --only=dmarc --expect=rules one.example
	run -66 --separate-stderr mailaudit --offline --zone=zone \
	    --expect=none one.example
}

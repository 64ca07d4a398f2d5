#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is no value of an option is refused before any work: 64, one line on
# standard error, nothing on standard output.  One table a tool; a line is an
# option (or more words) and, in brackets, bad values, parted by `|`.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	dkimkey new k.pem
	dkimkey record -d example.com -s s k.pem >zone
	printf '%s\n' 'From: a@example.com' 'Date: x' 'Message-ID: <1@b>' '' \
	    hello >m
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	LONG=$(printf 'a%.0s' {1..64})
	NAMES="|a b|a..b|.a|(a)|a;b|a/b|a,b|a\\nb|@a.example|$LONG.example|\\xff"
	# What every verifying tool has.
	COMMON="
--authserv-id=[|a b|x;y|a\\nb|\\xc3\\xa9|(c)|\"q\"|$LONG$LONG$LONG$LONG]
--authserv-id=mx --strip-id=[|a b|(c)|a\\nb]
--nameserver=[|1.2.3|1.2.3.4:|1.2.3.4:0|1.2.3.4:65536|1.2.3.4:-1|01.2.3.4|\
[::1|[::1]:|[::1]53|::1:5x|1.2.3.4 |localhost|fe80::1%lo|1.2.3.4:5:6]
--timeout=[|0|-1|1x|1.5| 1|+1|3601|99999999999999999999|0x1|1e3]
--time-limit=[|0|-1|1x|1.5| 1|+1|86401|99999999999999999999|0x1]
--jobs=[|-1|1x|+1| 1|1025|99999999999999999999]
--now=[|-1|x|1.5|1 |2026-11-23|2026-02-30T00:00:00Z|2026-13-01T00:00:00Z|\
2026-11-23T10:00:00|99999999999999999999]
--output=[|TEXT|tex|xml|text |message|header|text,json]
--syslog=[|x|MAIL|mail ]
--zone=[]
--files-from=[]
--quiet [--quiet|-q]
--offline=[1]
[--nope|-0|--o|-j|--zone|--output]
"
	ENVELOPE="
--helo=a.example --ip=[|a|1.2.3|1.2.3.256|1.2.3.04|::g|fe80::1%lo|\
1.2.3.4/32| 1.2.3.4|[1.2.3.4]|1:2:3:4:5:6:7:8:9]
[--helo=a.example|--mail-from=a@b.example]
--ip=192.0.2.1 --helo=a.example [--hops=1|--received-by=a.example]
--hops=[|-1|x|1001|+1]
--received-by=[$NAMES]
"
}

# rejects COMMAND... <TABLE
rejects() {
	local line before values value n=0
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		before=${line%%[[]*} values=${line#*[[]}
		values=${values%]}
		set -f
		# shellcheck disable=SC2206
		local words=($before) glued=
		set +f
		[[ $before = *' ' || -z $before ]] || glued=${words[-1]}
		[ -z "$glued" ] || unset 'words[-1]'
		while IFS= read -r -d '|' value; do
			value=$(printf '%b.' "$value") value=${value%.}
			run -64 --separate-stderr "$@" "${words[@]}" \
			    "$glued$value" <m
			assert_usage "$1"
			[ "${#stderr_lines[@]}" -eq 1 ] || show 'one line'
			n=$((n + 1))
		done <<<"$values|"
	done
	[ "$n" -gt 0 ]
}

# takes COMMAND...: an exit status that is not 64.
takes() {
	run --separate-stderr "$@" <m
	[ "$status" -ne 64 ] || show 'refused'
}

@test "spfcheck refuses what is no value" {
	rejects spfcheck --offline <<<"$COMMON"
	rejects spfcheck --offline <<<"$ENVELOPE
--ip=192.0.2.1 --helo=a.example --identity=[|mail|HELO|mailfrom,helo]
--ip=192.0.2.1 --helo=a.example [--received-spf|--baseline=m|--ignore=SPF001]
[--lint|--networks]
--lint --networks [a.example]
--lint --output=[header|message]
--networks --output=[tap|junit]
--lint --ignore=[|X|SPF|SPF1|SPF0001|SPF001:|SPF001:a b|001]
--lint [-$NAMES]
--lint example.com [-$NAMES]
--lint --ip=192.0.2.1 --helo=a.example [example.com]
--lint --hops=1 [example.com]
--lint --received-by=a.example [example.com]
--policy=v=spf1 --lint a.example [b.example]
--envelopes=m [operand|--ip=192.0.2.1]"
	takes spfcheck --offline --ip=::ffff:192.0.2.1 --helo= --mail-from=
	takes spfcheck --offline --received-by=MX.Example.com.
	takes spfcheck --offline --lint _spf.example.com.
}

@test "dkimverify refuses what is no value" {
	rejects dkimverify --offline <<<"$COMMON"
	rejects dkimverify --offline <<<"
--domain=[-$NAMES]
--index=[|0|-1|x|1000001]
--min-bits=[|0|511|8193|x]
--max-signatures=[|0|1001|x]
--max-age=[|-1|1y|x|1d2h|99999999999999999999]
--body-length=[|Policy|none]
--debug-canon=[]"
	takes dkimverify --offline --domain=Example.COM.
	takes dkimverify --offline "--domain=b$(printf '\303\274')cher.example"
}

@test "dmarceval refuses what is no value" {
	rejects dmarceval --offline <<<"$COMMON"
	rejects dmarceval --offline <<<"$ENVELOPE
--multi-author=[|Strictest|none]
--spf=[|pas|Pass|pass |PASS:a.example|:a.example]
--dkim=[|pas|Pass|softfail|pass |softfail:a.example|:a.example]
[--baseline=m|--ignore=DMARC001]
--lint --lookup [a.example]
--lint --ignore=[|X|DMARC1|DMARC001:|DMARC001:a b]
--lint [-$NAMES]
--lookup example.com [-$NAMES]
--lint --spf=pass:a.example [a.example]
--lint --dkim=none [a.example]
--lint --hops=1 [a.example]
--lint --summary [a.example]
[--lint|--lookup]"
	takes dmarceval --offline --spf=pass --dkim=pass:A.Example.:s
	# What a stranger wrote is no mistake of the caller's.
	takes dmarceval --offline '--spf=pass:legit(.a' '--dkim=pass:a b:c'
}

@test "dkimsign refuses what is no value" {
	local sign=(dkimsign --domain=example.com --selector=s --key=k.pem)
	rejects "${sign[@]}" <<<"
--canon=[|relaxed|Relaxed/simple|relaxed/|/simple|a/b|relaxed/relaxed/]
--now=[|x|-1|2026-02-30T00:00:00Z]
--timestamp=[|x|-1]
--expire=[|0s|1|-1s|1y|99999999999999999999s]
--headers=[|to|from:a b|from:dkim-signature|from:x;y|from:\\xff]
--oversign=[a b|dkim-signature|a;b]
--identity=[|a|@a.example|x@example.com.evil|@example.com\\n]
[--body-length|--home=x|--key-table=m|--grant=|--nope]
m [m]
[--key=k.pem|--selector=s]
--domain=a.example --domain=a.example [m]"
	rejects dkimsign --selector=s --key=none.pem <<<"--domain=[$NAMES]"
	rejects dkimsign --domain=a.example --key=none.pem <<<"
--selector=[$NAMES]"
	rejects dkimsign --filter --domain=a.example --key=k.pem <<<"
--selector=[a b|a..b]"
}

@test "dkimkey refuses what is no value" {
	rejects dkimkey new x.pem <<<"
--type=[|RSA|dsa]
--bits=[|1024|2047|x|4097]
--type=ed25519 --bits=[2048]
[y.pem|--nope]"
	[ ! -e x.pem ]
	rejects dkimkey record none.pem -s s <<<"--domain=[$NAMES]"
	rejects dkimkey record none.pem -d a.example <<<"--selector=[$NAMES]"
	rejects dkimkey record none.pem -d a.example -s s <<<"
--ttl=[|-1|x|2147483648]
--output=[|TEXT|header]
--notes=[\\xff|a\\nb]
[x]"
	rejects dkimkey record none.pem --one-line <<<"--domain=[a b|a..b]"
	rejects dkimkey check --offline -s s <<<"--domain=[$NAMES]"
	rejects dkimkey check --offline -d a.example -s s <<<"
--now=[|x]
--timeout=[|0|x]
--nameserver=[|x]
--output=[|junit]
a [b]"
	rejects dkimkey rotate --offline -d a.example -s s <<<"
--next=[$NAMES]
--grace=[|x|-1d]
--type=[|dsa]
--bits=[|1]
[x]"
}

@test "of bundled letters the unknown one is named" {
	run -64 --separate-stderr dkimverify --offline --now=5 -xnx
	[ "$stderr" = 'dkimverify: unknown option -x' ]
	run -64 --separate-stderr dkimverify -vx
	[ "$stderr" = 'dkimverify: unknown option -x' ]
}

# A table in the .ggo and the code that takes it: what no line takes would be
# accepted and ignored.  --nope ends the run before anything is done.
@test "each option of each .ggo is taken" {
	local ggo tool verb name n=0
	for ggo in "$ROOT"/cmd/*/*.ggo; do
		tool=${ggo%/*} tool=${tool##*/}
		verb=${ggo##*/} verb=${verb%.ggo}
		[ -x "$BIN/$tool" ] || continue
		verb=${verb#verb_}
		[ "$verb" != "$tool" ] || verb=
		while IFS='|' read -r name kind; do
			[ "$kind" = flag ] || name=$name=1
			run --separate-stderr "$tool" ${verb:+"$verb"} \
			    "--$name" --nope </dev/null
			[ "$status" -ne 0 ] || show "$verb --$name"
			[[ $output$stderr != *'nothing takes it'* ]] ||
				show "$verb --$name"
			n=$((n + 1))
		done < <(sed -n 's/^option "\([^"]*\)".*[ ]flag .*/\1|flag/p
			t
			s/^option "\([^"]*\)".*/\1|value/p' "$ggo")
	done
	[ "$n" -gt 200 ]
}

@test "an option that is nearly one is suggested" {
	run -64 --separate-stderr spfcheck --mail-form=a@b.example
	[ "$stderr" = 'spfcheck: unknown option --mail-form: did you mean'\
' --mail-from?' ]
	run -64 --separate-stderr dkimkey check --ofline
	[ "$stderr" = 'dkimkey: unknown option --ofline: did'\
' you mean --offline?' ]
	run -64 --separate-stderr jitgrant list --outputs=json
	assert_usage jitgrant
	[[ $stderr = *'did you mean --output?' ]]
	run -64 --separate-stderr spfcheck --wholly-other=a
	[ "$stderr" = 'spfcheck: unknown option --wholly-other' ]
	run -64 --separate-stderr spfcheck --offline=1
	[ "$stderr" = 'spfcheck: option --offline takes no value' ]
	run -64 --separate-stderr spfcheck --ti=1
	[ "$stderr" = 'spfcheck: ambiguous option --ti' ]
}

@test "what is no format is answered with the formats of this tool" {
	run -64 --separate-stderr dkimverify -o yaml
	[ "$stderr" = 'dkimverify: --output=yaml: not one of text json'\
' header message' ]
	run -64 --separate-stderr spfcheck -o yaml
	[ "$stderr" = 'spfcheck: --output=yaml: not one of text json header'\
' message tap junit github sarif' ]
	run -64 --separate-stderr jitgrant list -o yaml
	assert_usage jitgrant
	[[ $stderr = *'not one of text json' ]]
}

@test "a domain as operand is answered with the way to look at one" {
	run -66 --separate-stderr dmarceval --offline nosuch.example
	[[ $stderr = *'nosuch.example'*' (to look at a domain: --lint or'\
' --lookup)' ]]
	run -66 --separate-stderr spfcheck --offline nosuch.example m
	[[ $stderr = *'(to look at a domain: --lint or --networks)'* ]]
	run -66 --separate-stderr dmarceval --offline dir/nosuch.eml
	[[ $stderr != *'look at a domain'* ]]
	# It has no option for them; other tools look at what it reads.
	run -66 --separate-stderr dkimverify --offline nosuch.example
	[[ $stderr = *'(to look at a domain: dkimkey check, or mailaudit)' ]]
}

@test "without a network nothing is said of DNSSEC" {
	run -0 dkimkey check -d example.com -s s --zone=zone --offline
	assert_out_lacks DNSSEC
}

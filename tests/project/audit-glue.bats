#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What fits mailaudit into other people's machinery: the GitHub action, hooks
# of pre-commit, cron, CI.  As far as it goes without them.
# shellcheck disable=SC2016

bats_require_minimum_version 1.8.0

load ../lib/bats/common

setup() {
	use_tmp
	mkdir zones
	cat >zones/example.com.zone <<-'END'
	$ORIGIN example.com.
	$TTL 60
	@ IN SOA ns. h. 1 2 3 4 5
	@ IN TXT "v=spf1 -all"
	@ IN MX 0 .
	_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:d@reports.example.com"
	reports IN TXT "v=spf1 -all"
	reports IN MX 10 mx.reports
	mx.reports IN A 192.0.2.1
	example.com._report._dmarc.reports IN TXT "v=DMARC1;"
	END
	printf '[*]\ndmarc.policy == reject\n' >zones/expect
	echo example.com >zones/domains
}

# bad: the zone lets everybody send.
bad() {
	sed -i '/^@ IN TXT/s/-all/+all/' zones/example.com.zone
}

# yaml FILE EXPRESSION: of the document d.
yaml() {
	"$PYTHON" -c 'import sys, yaml
d = yaml.safe_load(open(sys.argv[1]))
v = eval(sys.argv[2])
print(v if isinstance(v, str) else "\n".join(map(str, v)))' "$1" "$2"
}

# action NAME=VALUE...: its last step, as a runner would run it, with the
# defaults of the inputs.
action() {
	local env=() i
	yaml "$ROOT/action.yml" 'd["runs"]["steps"][-1]["run"]' >step
	while IFS='=' read -r name input; do
		i=$(yaml "$ROOT/action.yml" "d['inputs']['$input']['default']")
		env+=("$name=$i")
	done < <(yaml "$ROOT/action.yml" '[k + "=" + v.split("inputs.")[1]
.split(" ")[0] for k, v in d["runs"]["steps"][-1]["env"].items()]')
	env "${env[@]}" GITHUB_STEP_SUMMARY="$T/summary" "$@" sh -e step
}

@test "the action: annotations, a summary, SARIF; inputs are never shell" {
	need_python yaml
	run -0 action AUDIT_DOMAINS=example.com AUDIT_OFFLINE=true \
	    AUDIT_ZONES=zones/example.com.zone AUDIT_EXPECT=zones/expect
	assert_out_lacks '::error'
	grep -q '| example.com | clean | parked |' summary
	bad
	run ! action AUDIT_DOMAINS=example.com AUDIT_OFFLINE=true \
	    AUDIT_ZONES=zones/example.com.zone AUDIT_SARIF=out.sarif
	assert_out_has '::error file=zones/example.com.zone,line=4,col='
	grep -q SPF008 summary
	jq -e '.runs[0].results | map(.ruleId) | index("SPF008")' out.sarif
	run ! action AUDIT_DOMAINS='$(touch x) * ; touch x' AUDIT_OFFLINE=true
	[ ! -e x ]
	# Each input is used, by the environment alone.
	run -1 grep -F '${{' step
	[ "$(yaml "$ROOT/action.yml" 'sorted(d["inputs"])')" = \
	    "$(grep -o 'inputs\.[a-z-]*' "$ROOT/action.yml" | cut -c8- | sort)" ]
}

@test "pre-commit: files are zones, the rest are domains and options" {
	need_python yaml
	for id in mailaudit spfcheck-lint; do
		entry=$(yaml "$ROOT/.pre-commit-hooks.yaml" \
		    "[h['entry'] for h in d if h['id'] == '$id'][0]")
		[ -x "$ROOT/$entry" ]
	done
	run -0 "$ROOT/examples/pre-commit-mailaudit" example.com \
	    zones/example.com.zone
	run -0 "$ROOT/examples/pre-commit-spfcheck" zones/example.com.zone
	bad
	run -1 "$ROOT/examples/pre-commit-mailaudit" --fail-on=error \
	    example.com zones/example.com.zone
	assert_out_has SPF008
	run -1 "$ROOT/examples/pre-commit-spfcheck" zones/example.com.zone
	# The patterns take what people call zones, and no other file.
	yaml "$ROOT/.pre-commit-hooks.yaml" 'd[0]["files"]' >pattern
	printf '%s\n' a.zone x/b.db zones/c db.example.com x/db.net |
	    run -0 grep -Ecf pattern
	printf '%s\n' README.md dbx.c ozones/c >no
	run -1 grep -Ef pattern no
}

@test "cron: silent until something changes; the metrics are whole" {
	example audit.cron >cron
	dnsd_start --zone=zones/example.com.zone
	mkdir bin
	cat >bin/mailaudit <<-END
	#!/bin/sh
	exec "$BIN/mailaudit" --nameserver=$DNSD "\$@"
	END
	chmod +x bin/mailaudit
	PATH=$T/bin:$PATH
	export LIST=$T/zones/domains STATE=$T/state
	mapfile -t job < <(sed -n 's/^[0-9*/]* [0-9*]* \* \* \* root //p' cron)
	[ "${#job[@]}" -eq 2 ]
	mailaudit --init --state="$STATE" --files-from="$LIST"
	run -0 sh -c "${job[0]}"
	assert_out_empty
	run -0 sh -c "${job[1]}"
	grep -q '^vouchsafe_audit_result{domain="example.com"} 0$' state.prom
	[ ! -e state.prom.new ]
	stop_all
	# A server that is down: mailed once in its own words, no failure.
	run -0 sh -c "${job[0]}"
	bad
	dnsd_start --zone=zones/example.com.zone
	sed -i "s/--nameserver=[^ ]*/--nameserver=$DNSD/" bin/mailaudit
	run -1 sh -c "${job[0]}"
	assert_out_has DIF001
	run -0 sh -c "${job[0]}"
	assert_out_empty
	stop_all
}

@test "CI: the examples are YAML and their commands run" {
	need_python yaml
	yaml "$ROOT/examples/ci-gitlab.yml" 'd["mail"]["script"]' >script
	run -0 sh -e script
	xmllint --noout junit.xml
	bad
	run -1 sh -e script
	grep -q SPF008 junit.xml
	# The workflow gives the action inputs that it has.
	yaml "$ROOT/examples/ci-github.yml" '[k for j in d["jobs"].values()
for s in j["steps"] if "vouchsafe" in s["uses"] for k in s["with"]]' |
	    sort -u >given
	yaml "$ROOT/action.yml" 'd["inputs"]' | sort >has
	run -0 comm -23 given has
	assert_out_empty
}

teardown() {
	stop_all
}

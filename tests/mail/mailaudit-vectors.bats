#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# tests/vectors/audit: each code of mailaudit raised by one side of a vector
# and not by the other.

bats_require_minimum_version 1.8.0

load ../lib/bats/common

VECTORS=$BATS_TEST_DIRNAME/../vectors/audit

setup() {
	use_tmp
}

teardown() {
	stop_all
}

# side N: run one side of the block at hand; its output in side.N.
side() {
	local zone=zone$1 rules=rules$1 port pid='' line
	{
		# shellcheck disable=SC2016
		printf '%s\n' '$ORIGIN d.example.' '$TTL 60' \
		    '@ SOA ns. h. 1 2 3 4 5'
		cat "$zone"
	} >z
	local -a argv=("${options[@]}")
	while IFS= read -r line; do
		argv+=("$line")
	done <"opt$1"
	if [ -s rules1 ] || [ -s rules2 ]; then
		cp "$rules" rules
		rm -f p
		mkfifo p
		"$O/tests/dnsd" --zone=z --rules=rules >p 2>dnsd.err 3>&- 4>&- &
		pid=$!
		read -r port <p
		port=${port##* }
		argv+=("--nameserver=127.0.0.1:${port##*:}" --timeout=2)
	else
		argv+=(--offline --zone=z)
	fi
	rm -rf files && mkdir files && cp -r "files$1/." files
	cp z files
	(cd files && mailaudit --now=2026-11-27T00:00:00Z -o json \
	    "${argv[@]}") >"side.$1" 2>"err.$1" || true
	if [ -n "$pid" ]; then
		kill "$pid"
		wait "$pid" 2>/dev/null || true
	fi
}

# Does side N have the code?  It must have a result at all.
raised() {
	{ [ -s "side.$1" ] && jq -e .result "side.$1" >/dev/null; } ||
	    { cat "err.$1" "side.$1" >&2; echo "no result: $2" >&2; return 2; }
	jq -r '.findings[].code' "side.$1" | grep -qx "$2"
}

# block: judge what was read; the header is in $code and options.
block() {
	local bad=0 rc=0
	[ -n "$code" ] || return 0
	side 1
	side 2
	if [[ $code == !* ]]; then
		raised 1 "${code#!}" || rc=$?
		[ "$rc" -eq 1 ] || bad=1
	else
		raised 1 "$code" || bad=1
		raised 2 "$code" || rc=$?
		[ "$rc" -eq 1 ] || bad=2
	fi
	[ "$bad" -eq 0 ] && return 0
	echo "$name:$at: [$code] side $bad" >&2
	cat "side.$((bad == 2 ? 2 : 1))" "err.$((bad == 2 ? 2 : 1))" >&2
	failed=1
}

fresh() {
	rm -rf files1 files2
	mkdir files1 files2
	: >zone1
	: >rules1
	: >zone2
	: >rules2
	: >opt1
	: >opt2
}

# into PREFIX KEY TEXT: KEY ends in + or - for one side.
into() {
	[[ $2 == *- ]] || printf '%s\n' "$3" >>"${1}1"
	[[ $2 == *+ ]] || printf '%s\n' "$3" >>"${1}2"
}

vectors() {
	local line key text code='' name=$1 at=0 n=0 failed=0 operand file
	local -a options=()
	while IFS= read -r line; do
		n=$((n + 1))
		case $line in
		'['*)
			block
			fresh
			at=$n
			code=${line#[}
			text=${code#*]}
			code=${code%%]*}
			operand=d.example
			options=()
			for key in $text; do
				case $key in
				-*) options+=("$key") ;;
				*) operand=$key ;;
				esac
			done
			options+=("$operand")
			continue ;;
		'#'* | '') continue ;;
		esac
		key=${line%% *}
		text=${line#* }
		case $key in
		=) into zone = "$text" ;;
		+ | -) into zone "x$key" "$text" ;;
		'!'*) into rules "$key" "$text" ;;
		'?'*) into opt "$key" "$text" ;;
		'>'*)
			file=${text%% *}
			text=${text#* }
			[[ $key == *- ]] || printf '%s\n' "$text" >>"files1/$file"
			[[ $key == *+ ]] || printf '%s\n' "$text" >>"files2/$file"
			;;
		*) echo "$name:$n: $line" >&2; failed=1 ;;
		esac
	done <"$VECTORS/$name"
	block
	return "$failed"
}

@test "DANE" {
	vectors dane
}

@test "DNSSEC" {
	vectors dnssec
}

@test "BIMI" {
	vectors bimi
}

@test "MTA-STS policies" {
	vectors sts
}

@test "takeover" {
	vectors takeover
}

@test "DKIM" {
	vectors dkim
}

@test "the domain as a whole" {
	vectors whole
}

@test "exchanges" {
	vectors mx
}

@test "records of MTA-STS and TLS-RPT" {
	vectors records
}

@test "SPF" {
	vectors spf
}

# Every code of the tables has a vector, or a test that the list names.
@test "no code lacks a vector" {
	local code missing='' file
	while read -r code; do
		if grep -qF "[$code]" "$VECTORS"/*; then
			continue
		fi
		file=$(awk -v c="$code" '$1 == c { print $2 }' \
		    "$VECTORS/elsewhere")
		[ -n "$file" ] && grep -qF "$code" "$ROOT/$file" ||
		    missing+=" $code"
	done < <(grep -oh 'X([A-Z0-9_]*, "[A-Z]*[0-9]*"' \
	    "$ROOT"/common/posture/*rule*.h | grep -o '"[A-Z]*[0-9]*"' | tr -d '"')
	[ -z "$missing" ] || { echo "without a vector:$missing" >&2; return 1; }
	# And no vector is about a code that there is not.
	while read -r code; do
		run --separate-stderr mailaudit --offline \
		    "--ignore=$code" --only=bimi x.example
		[ "$status" -ne 64 ] || show "no such code: $code"
	done < <(grep -oh '^\[!\{0,1\}[A-Z]*[0-9]*' "$VECTORS"/* |
	    tr -d '[!' | sort -u)
}

@test "secured by DNSSEC before, and not now: DIF008" {
	printf 'd.example. 60 SOA ns. h. 1 2 3 4 5\n' >z
	dnsd_start --zone=z --rule='d.example SOA ad' \
	    --rule='example SOA ad'
	args=(--only=dnssec --state=state d.example)
	run -0 mailaudit --init --nameserver="$DNSD" "${args[@]}"
	run -0 mailaudit --nameserver="$DNSD" "${args[@]}"
	assert_out_empty
	stop_all
	dnsd_start --zone=z --rule='example SOA ad'
	run -1 mailaudit --nameserver="$DNSD" "${args[@]}"
	assert_out_has 'DIF008 error'
}

# Each remedy that shows a record: what our own lint says of that.
@test "a remedy's record passes our own lint" {
	local record n=0
	while IFS= read -r record; do
		n=$((n + 1))
		# shellcheck disable=SC2016
		printf '%s\n' '$ORIGIN d.example.' '$TTL 60' \
		    '@ SOA ns. h. 1 2 3 4 5' '@ MX 10 mx' 'mx A 192.0.2.1' \
		    'host A 192.0.2.1' >z
		record=${record//YOU/you@d.example}
		record=${record//HOST/host.d.example}
		case $record in
		v=spf1*) echo "@ TXT \"$record\"" ;;
		v=DMARC1*) echo "_dmarc TXT \"$record\"" ;;
		v=STSv1*) printf '%s\n' "_mta-sts TXT \"$record\"" \
		    'mta-sts A 192.0.2.1' ;;
		v=TLSRPTv1*) echo "_smtp._tls TXT \"$record\"" ;;
		v=BIMI1*) echo "default._bimi TXT \"$record\"" ;;
		*) echo "unknown: $record" >&2; return 1 ;;
		esac >>z
		run --separate-stderr mailaudit --offline --zone=z -o json \
		    d.example --role=receive
		code=${record%%[ ;]*}
		case $code in
		v=spf1) family=SPF ;; v=DMARC1) family='DMARC' ;;
		v=STSv1) family=STS ;; v=TLSRPTv1) family=RPT ;;
		v=BIMI1) family=BIMI ;;
		esac
		jq -e --arg f "$family" '[.findings[] | select((.code |
		    startswith($f)) and .severity == "error")] == []' \
		    <<<"$output" || { echo "$record" >&2; show remedy; }
	done < <(awk '/^\tX\(/ { if (t) print t; t = "" }
	    { sub(/^[ \t]*/, ""); sub(/[ \\]*$/, ""); t = t $0 }
	    END { print t }' "$ROOT"/common/posture/rule*.h |
	    sed 's/" "//g; s/""//g' | grep -o '\\"v=[^\\]*\\"' | tr -d '\\"' |
	    sort -u)
	[ "$n" -ge 5 ]
}

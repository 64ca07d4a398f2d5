# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# SPF against libspf2, pyspf and Mail::SPF at the same resolver.

# 200 domains as real ones are: an include, a mail exchanger, networks.
spf_zone() {
	local i
	for ((i = 0; i < 200; i++)); do
		echo "s$i.example. 3600 IN TXT \"v=spf1 include:_spf.sp$((i % 5)).example a mx ip4:198.51.100.$i -all\""
		echo "s$i.example. 3600 IN A 203.0.113.$i"
		echo "s$i.example. 3600 IN MX 10 mx.s$i.example."
		echo "mx.s$i.example. 3600 IN A 203.0.113.$i"
	done
	for ((i = 0; i < 5; i++)); do
		echo "_spf.sp$i.example. 3600 IN TXT \"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all\""
	done
}

spf_one() {
	local ours=(spfcheck --ip=203.0.113.7 --mail-from=a@s7.example
	    --helo=mx.s7.example)
	if command -v spfquery.libspf2 >/dev/null; then
		# Its exit status for pass is 2.
		PAIR_STATUS=2 pair 300 /dev/null "${ours[@]}" -- spfquery.libspf2 \
		    -ip 203.0.113.7 -sender a@s7.example \
		    -helo mx.s7.example || return 1
		row spf-one "$RATIO" ratio \
		    "one check a process, $A_US us against spfquery.libspf2's $B_US us" "<=1.5"
	fi
	if /usr/bin/python3 -c 'import spf' 2>/dev/null; then
		pair 20 /dev/null "${ours[@]}" -- /usr/bin/python3 -W ignore -m spf \
		    203.0.113.7 a@s7.example mx.s7.example || return 1
		row spf-one-pyspf "$RATIO" ratio \
		    "the same against pyspf's $B_US us" "<=0.05"
	fi
	if command -v spfquery.mail-spf-perl >/dev/null; then
		pair 20 /dev/null "${ours[@]}" -- spfquery.mail-spf-perl \
		    --ip-address=203.0.113.7 --identity=a@s7.example \
		    --helo-identity=mx.s7.example || return 1
		row spf-one-mail-spf "$RATIO" ratio \
		    "the same against Mail::SPF's $B_US us" "<=0.05"
	fi
}

spf_many() {
	local i
	for ((i = 0; i < 10000; i++)); do
		echo "203.0.113.$((i % 200)) u$i@s$((i % 200)).example mx.s$((i % 200)).example"
	done >"$W/envelopes"
	# The first 200 fill the cache; the rate is that of the rest.
	head -n 200 "$W/envelopes" >"$W/envelopes.cold"
	pair 9 /dev/null taskset -c 0 spfcheck --envelopes="$W/envelopes" -- \
	    taskset -c 0 spfcheck --envelopes="$W/envelopes.cold" || return 1
	row spf-many "$(calc "9800 / (($A_US - $B_US) / 1e6)")" 1/s \
	    "envelopes of 200 domains on one core with a warm cache, $A_US us in all for 10,000" ">=20000"
}

if ! command -v spfcheck >/dev/null; then
	skip_row "not built"
else
	spf_zone >"$W/spf.zone" && resolver || return 1
	spf_one
	spf_many
fi

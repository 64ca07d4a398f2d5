#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# spfcheck against pyspf and Mail::SPF on random records, libspf2 on a table.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

@test "600 envelopes of 200 random records: no difference without a reason" {
	need perl
	need_python spf dns.resolver
	need_perl Mail::SPF
	for seed in 1 2 3; do
		run -0 --separate-stderr "$PYTHON" \
		    "$ROOT/tests/interop/spf_random.py" "$O" 200 "$seed"
		assert_out_has "600 envelopes, 0 differences"
	done
}

# spfquery.libspf2 asks the system's resolver, which is ours in a namespace.
@test "libspf2: no difference but those that are known" {
	need unshare ip spfquery.libspf2
	need_root
	unshare -mn true 2>/dev/null || skip "no namespaces here"
	use_tmp
	grep -v '^#' "$ROOT/tests/interop/spf_cases" >cases
	cat >zone <<-'END'
	$TTL 60
	$ORIGIN .
	a.lib. A 192.0.2.1
	d.lib. A 192.0.2.9
	x.d.lib. A 192.0.2.1
	evil.lib. A 192.0.2.9
	m.lib. MX 10 a.lib.
	u.a.lib. A 127.0.0.2
	a.b.x.lib. A 127.0.0.2
	b.x.lib. A 127.0.0.2
	1.2.0.192.in.lib. A 127.0.0.2
	inc.lib. TXT "v=spf1 ip4:192.0.2.1 -all"
	incfail.lib. TXT "v=spf1 -all"
	1.2.0.192.in-addr.arpa. PTR x.d.lib.
	END
	local name want theirs sender ip record
	while IFS='|' read -r name want theirs sender ip record; do
		printf '%s.case. TXT "%s"\n' "$name" "$record" >>zone
		echo "$ip $sender@$name.case h.lib" >>envelopes
		echo "$name $want" >>want
		echo "$name ${theirs:-$want}" >>known
	done <cases
	echo nameserver 127.0.0.1 >resolv.conf
	unshare -mn sh -c "ip link set lo up &&
	    mount --bind resolv.conf /etc/resolv.conf || exit 1
	    '$O/tests/dnsd' --port=53 --zone=zone --lifetime=60 >port & d=\$!
	    while [ ! -s port ]; do :; done
	    spfcheck --envelopes=envelopes >ours 2>errors
	    while read -r ip from helo; do
		spfquery.libspf2 -ip \$ip -sender \$from -helo \$helo \
		    2>&1 </dev/null
		echo =
	    done <envelopes >theirs; kill \$d" 3>&-
	sed 's/^.* u*[ab.-]*@*\([a-z0-9]*\)[.]case .*: spf=\([a-z]*\).*/\1 \2/' \
	    ours >got
	diff want got >&2
	awk '/^(pass|fail|softfail|neutral|none|temperror|permerror|\(invalid\))$/ &&
	    said == "" { said = $0 }
	    /^=$/ { print said == "(invalid)" ? "permerror" : said; said = "" }' \
	    theirs | paste -d ' ' <(cut -d ' ' -f 1 want) - >got2
	# A libspf2 that was fixed may agree with the standard.
	awk 'NR == FNR { want[$1] = $2; next } FILENAME ~ /known/ {
	    known[$1] = $2; next } $2 != want[$1] && $2 != known[$1]' \
	    want known got2 >unknown
	[ ! -s unknown ] || { cat unknown >&2; return 1; }
}

# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# DMARC: what a full verdict costs beyond dkimverify, and many of them.

dmarc_zone() {
	local p i
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
	    -out "$W/dmarc.pem" 2>/dev/null || return 1
	chmod 600 "$W/dmarc.pem"
	p=$(openssl pkey -in "$W/dmarc.pem" -pubout -outform DER |
	    openssl base64 -A) || return 1
	{
		for i in example.com d{0..199}.example; do
			echo "m._domainkey.$i. 3600 IN TXT \"v=DKIM1; k=rsa; p=${p:0:200}\" \"${p:200}\""
			echo "$i. 3600 IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\""
			echo "_dmarc.$i. 3600 IN TXT \"v=DMARC1; p=reject; rua=mailto:r@$i\""
		done
	} >"$W/dmarc.zone"
}

# The mail as a server delivers it: envelope on top, signed by $3.
dmarc_mail() {	# dmarc_mail SIZE N DOMAIN [SIGN]
	printf 'Return-Path: <u@%s>\n' "$3"
	printf 'Received: from mx.%s (mx.%s [192.0.2.%d])\n' "$3" "$3" \
	    $(($2 % 250 + 1))
	printf '\tby mx.here.example (Postfix) with ESMTPS id A%d;\n' "$2"
	printf '\tMon, 23 Nov 2026 18:00:00 +0000 (UTC)\n'
	if [ -n "${4-}" ]; then
		make_mail "$1" "$2" | sed "s/@example.com/@$3/" |
		    dkimsign --domain="$3" --selector=m --key="$W/dmarc.pem"
	else
		make_mail "$1" "$2" | sed "s/@example.com/@$3/"
	fi
}

dmarc_one() {
	local all alone ratio
	dmarc_mail 4096 1 example.com sign >"$W/dmarc.eml" || return 1
	# What the further answers cost: SPF, DMARC and the walk are three
	# questions more than the key's, asked by a tool that does nothing else.
	pair 300 "$W/dmarc.eml" dmarceval -- dkimverify || return 1
	all=$A_US alone=$B_US
	pair 300 /dev/null dmarceval --lookup example.com -- \
	    dmarceval --version || return 1
	# --lookup asks two or three names; that is what two cost.
	ratio=$(calc "$all / ($alone + ($A_US - $B_US))")
	row dmarc-one "$ratio" ratio \
	    "a full verdict, $all us, against dkimverify's $alone us and its further answers" "<=1.3"
	row dmarc-one-plain "$(calc "$all / $alone")" ratio \
	    "the same, the answers not counted" -
}

dmarc_many() {
	local i
	mkdir -p "$W/dm"
	for ((i = 0; i < 10000; i++)); do
		dmarc_mail 4096 "$i" "d$((i % 200)).example" \
		    >"$W/dm/$i.eml"
	done
	# The first 200 fill the cache; the rate is that of the rest.
	(cd "$W/dm" && ls) | sort -n | sed "s|^|$W/dm/|" >"$W/dm.all"
	head -n 200 "$W/dm.all" >"$W/dm.cold"
	pair 5 /dev/null taskset -c 0 dmarceval -q --files-from="$W/dm.all" \
	    -- taskset -c 0 dmarceval -q --files-from="$W/dm.cold" || return 1
	row dmarc-many "$(calc "9800 / (($A_US - $B_US) / 1e6)")" 1/s \
	    "messages of 4 KB on one core with a warm cache: SPF, DMARC, no signature" ">=10000"
	for ((i = 0; i < 2000; i++)); do
		dmarc_mail 4096 "$i" "d$((i % 200)).example" sign \
		    >"$W/dm/$i.eml" || return 1
	done
	head -n 2000 "$W/dm.all" >"$W/dm.signed"
	pair 5 /dev/null taskset -c 0 dmarceval -q \
	    --files-from="$W/dm.signed" -- taskset -c 0 dmarceval -q \
	    --files-from="$W/dm.cold" || return 1
	row dmarc-many-signed "$(calc "1800 / (($A_US - $B_US) / 1e6)")" 1/s \
	    "the same, each with an RSA-2048 signature" -
}

if ! command -v dmarceval >/dev/null; then
	skip_row "not built"
else
	dmarc_zone && resolver && dmarc_one && dmarc_many
fi

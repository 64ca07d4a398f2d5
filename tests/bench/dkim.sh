# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# DKIM against opendkim, cat | openssl, and openssl speed.

# Keys of ten selectors, RSA-2048, and their records.
dkim_keys() {
	local s p
	for s in 0 1 2 3 4 5 6 7 8 9; do
		openssl genpkey -algorithm RSA \
		    -pkeyopt rsa_keygen_bits:2048 -out "$W/k$s.pem" 2>/dev/null ||
		    return 1
		chmod 600 "$W/k$s.pem"
		p=$(openssl pkey -in "$W/k$s.pem" -pubout -outform DER |
		    openssl base64 -A) || return 1
		printf '%s 3600 IN TXT "v=DKIM1; k=rsa; p=%s" "%s"\n' \
		    "s$s._domainkey.example.com." "${p:0:200}" "${p:200}" \
		    >>"$W/dkim.zone"
	done
}
dkim_sign() {	# dkim_sign SELECTOR <MAIL >SIGNED
	dkimsign --domain=example.com --selector="s$1" --key="$W/k$1.pem" \
	    --canon=relaxed/relaxed
}

# What libcrypto does at best here: microseconds for one RSA-2048
# verification, and SHA-256 in bytes a second.
speed_limits() {
	local out
	out=$(taskset -c 0 openssl speed -seconds 1 -mr rsa2048 2>/dev/null)
	RSA_US=$(awk -F: '/^\+F2:/ { print 1e6 / $5 }' <<<"$out")
	out=$(taskset -c 0 openssl speed -seconds 1 -bytes 16384 -evp sha256 \
	    -mr 2>/dev/null)
	SHA_RATE=$(awk -F: '/^\+F:/ { print $NF }' <<<"$out")
}

dkim_one() {
	make_mail 4096 1 | dkim_sign 0 >"$W/one.eml"
	if ! command -v opendkim-testmsg >/dev/null; then
		ROW=dkim-one skip_row "opendkim-testmsg is not installed"
		return
	fi
	pair 300 "$W/one.eml" dkimverify -- opendkim-testmsg || return 1
	row dkim-one "$RATIO" ratio \
	    "one 4 KB message a process, $A_US us against opendkim-testmsg's $B_US us" "<=0.8"
}

dkim_many() {
	local i rate
	mkdir -p "$W/many"
	for ((i = 0; i < 3000; i++)); do
		make_mail 4096 "$i" | dkim_sign $((i % 10)) \
		    >"$W/many/$i.eml" || return 1
	done
	if ! build_peer peer_opendkim -lopendkim; then
		ROW=dkim-many skip_row "libopendkim-dev is not installed"
		return
	fi
	pair 5 /dev/null taskset -c 0 dkimverify "$W"/many/*.eml -- \
	    taskset -c 0 "$O/bench/peer_opendkim" "$W"/many/*.eml || return 1
	rate=$(calc "3000 / ($A_US / 1e6)")
	row dkim-many "$(calc "1 / $RATIO")" times \
	    "3,000 messages of 4 KB on one core, $rate a second, against libopendkim" ">=4"
	row dkim-many-of-limit \
	    "$(calc "($RSA_US + 4096 / $SHA_RATE * 1e6) / ($A_US / 3000)")" \
	    share "of what openssl speed rsa2048 sha256 allows" -
	pair 3 /dev/null taskset -c 0 dkimverify "$W"/many/*.eml -- \
	    taskset -c 0 "$O/bench/peer_opendkim" -c "$W"/many/*.eml ||
	    return 0
	row dkim-many-cached "$(calc "1 / $RATIO")" times \
	    "the same against libopendkim with its DNS cache" -
}

dkim_big() {
	make_mail $((25 * 1024 * 1024)) 1 | dkim_sign 0 >"$W/big.eml" ||
	    return 1
	pair 9 /dev/null sh -c "cat $W/big.eml | dkimverify" -- \
	    sh -c "cat $W/big.eml | openssl dgst -sha256" || return 1
	row dkim-big-pipe "$(calc "1 / $RATIO")" times \
	    "rate of a 25 MB message from a pipe, against cat | openssl dgst" \
	    ">=0.7"
	row dkim-big-pipe-memory "$(calc "$A_KB / 1024")" MiB \
	    "peak memory for it" "<=32"
	# openssl speed counts processor time, which a busy machine does not
	# change; a wall time is fair only against one measured in turns with it.
	build_peer peer_sha -lcrypto || return 1
	pair 15 /dev/null dkimverify "$W/big.eml" -- \
	    "$O/bench/peer_sha" "$(stat -c %s "$W/big.eml")" || return 1
	row dkim-big-file "$(calc "$B_US / 10 / $A_US")" times \
	    "rate of it from a file, against SHA-256 alone as in openssl speed" \
	    ">=0.6"
	row dkim-big-file-memory "$(calc "$A_KB / 1024")" MiB \
	    "peak memory for it" "<=32"
}

if ! command -v dkimverify >/dev/null; then
	skip_row "not built"
else
	dkim_keys && resolver && speed_limits || return 1
	dkim_one
	dkim_many
	dkim_big
fi

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What senders, zones and servers may try; what leaves for the DNS is asserted
# at the server.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	: >zone
}

teardown() {
	stop_all
}

# serve [ARGUMENT...]: dnsd with the zone; its log of questions is `asked`.
serve() {
	dnsd_start --zone=zone --log=asked "$@"
}
rr() {		# rr NAME TYPE DATA: one more record
	printf '%s. 300 IN %s %s\n' "$@" >>zone
}
check() {	# check IP SENDER [ARGUMENT...]
	spfcheck --nameserver="$DNSD" --timeout=1 --ip="$1" --mail-from="$2" \
	    --helo=mx.example.org "${@:3}"
}
asked() {
	local n=0
	[ ! -f asked ] || n=$(wc -l <asked)
	[ "$n" -le "$1" ] || { cat asked >&2; return 1; }
}

# ---- bounds, counted at the server ----

@test "ten mx of ten hosts: 111 questions, and not one more" {
	record='v=spf1'
	for ((i = 0; i < 10; i++)); do
		record+=" mx:d$i.example.com"
		for ((k = 0; k < 10; k++)); do
			rr d$i.example.com MX "$k h$i-$k.example.com."
			rr h$i-$k.example.com A 203.0.113.1
		done
	done
	rr example.com TXT "\"$record -all\""
	serve
	run -1 --separate-stderr check 192.0.2.1 a@example.com -o json
	assert_json '.spf[0].queries' 111
	[ "$(wc -l <asked)" -eq 111 ]
	assert_file_lacks_re '^($|[^u]|u[^d]|ud[^p])' '^udp' asked
}

@test "the eleventh term, the third void, the eleventh exchanger: permerror" {
	rr ten.example.com TXT '"v=spf1 a a a a a a a a a a -all"'
	rr ten.example.com A 203.0.113.1
	rr eleven.example.com TXT '"v=spf1 a a a a a a a a a a a"'
	rr eleven.example.com A 203.0.113.1
	rr two.example.com TXT '"v=spf1 a:n1.example.com exists:n2.example.com ?all"'
	rr three.example.com TXT '"v=spf1 a:n1.example.com exists:n2.example.com mx:n3.example.com"'
	for ((i = 0; i < 11; i++)); do
		rr many.example.com MX "$i mx.example.com."
	done
	rr mx.example.com A 203.0.113.1
	rr many.example.com TXT '"v=spf1 mx -all"'
	serve
	run -1 --separate-stderr check 192.0.2.1 a@ten.example.com
	run -4 --separate-stderr check 192.0.2.1 a@eleven.example.com
	assert_out_has 'reason="lookup-limit"'
	run -3 --separate-stderr check 192.0.2.1 a@two.example.com
	run -4 --separate-stderr check 192.0.2.1 a@three.example.com
	assert_out_has 'reason="void-limit"'
	run -4 --separate-stderr check 192.0.2.1 a@many.example.com
	run -0 --separate-stderr check 203.0.113.1 a@many.example.com
}

@test "limits are global over include and redirect" {
	for ((i = 0; i < 12; i++)); do
		rr i$i.example.com TXT "\"v=spf1 include:i$((i + 1)).example.com\""
		rr r$i.example.com TXT "\"v=spf1 redirect=r$((i + 1)).example.com\""
	done
	rr self.example.com TXT '"v=spf1 include:self.example.com -all"'
	serve
	for d in i0 r0 self; do
		[ ! -e asked ] || : >asked
		run -4 --separate-stderr check 192.0.2.1 a@$d.example.com
		assert_out_has 'reason="lookup-limit"'
		asked 11
	done
}

@test "a slow zone ends at the time limit with temperror" {
	rr example.com TXT '"v=spf1 a:a.example.com a:b.example.com a:c.example.com -all"'
	serve --rule='*.example.com A silent'
	run -75 --separate-stderr spfcheck --nameserver="$DNSD" --ip=192.0.2.1 \
	    --mail-from=a@example.com --time-limit=1
	assert_out_has 'spf=temperror reason="time-limit"'
}

@test "random local parts at a victim: bounded by the limits" {
	rr example.com TXT '"v=spf1 exists:%{l}.1.victim.example exists:%{l}.2.victim.example exists:%{l}.3.victim.example exists:%{l}.4.victim.example -all"'
	serve
	run -4 --separate-stderr check 192.0.2.1 x7yz@example.com
	[ "$(grep -c victim asked)" -eq 3 ]
}

# ---- what is asked, byte for byte ----

@test "names asked are those the macros say" {
	rr email.example.com TXT '"v=spf1 exists:%{ir}.%{v}._spf.%{d2} exists:%{lr-}.lp._spf.%{d2} ?exists:%{h}.x%%y%_z%-.example.com ?all"'
	serve
	run -4 --separate-stderr check 192.0.2.3 strong-bad@email.example.com
	run -0 cat asked
	assert_out 'udp TXT email.example.com
udp A 3.2.0.192.in-addr._spf.example.com
udp A bad.strong.lp._spf.example.com
udp A mx.example.org.x%y\032z%20.example.com'
}

@test "only the client's family, and never type 99" {
	rr example.com TXT '"v=spf1 a mx -all"'
	rr example.com A 203.0.113.1
	rr example.com AAAA 2001:db8::1
	rr example.com MX '10 mx.example.com.'
	rr mx.example.com A 203.0.113.2
	rr mx.example.com AAAA 2001:db8::2
	serve
	run -1 --separate-stderr check 192.0.2.1 a@example.com
	assert_file_lacks_re 'AAAA|SPF|TYPE99| 99 ' ' A ' asked
	: >asked
	run -0 --separate-stderr check 2001:db8::2 a@example.com
	assert_file_lacks ' A ' AAAA asked
	: >asked
	run -0 --separate-stderr check ::ffff:203.0.113.2 a@example.com
	assert_file_lacks AAAA ' A ' asked
}

@test "who cannot be asked about is not" {
	serve
	for s in a@localhost 'user@legit(a.attack' 'a@x..example.com' \
	    'a@[192.0.2.1]' 'a@-' "a@$(printf 'x%.0s' {1..64}).example.com" \
	    $'a@exa\tmple.com' 'a@example.com;b'; do
		run -6 --separate-stderr check 192.0.2.1 "$s"
		assert_out_has 'reason="domain-invalid"'
	done
	asked 0
}

@test "UTF-8: a U-label domain is asked as A-label, a local part not at all" {
	rr xn--bcher-kva.example TXT '"v=spf1 exists:%{l}.x.example ip4:192.0.2.1 exp=e.xn--bcher-kva.example -all"'
	rr e.xn--bcher-kva.example TXT '"%{l} %{o}"'
	serve
	run -0 --separate-stderr check 192.0.2.1 'jörg@bücher.example'
	run -1 --separate-stderr check 192.0.2.2 'jörg@bücher.example' -o json
	assert_json '.spf[0].explanation' '"jörg xn--bcher-kva.example"'
	assert_file_lacks x.example. xn--bcher-kva.example asked
	assert_file_lacks ' A ' ' TXT ' asked
}

# ---- servers ----

@test "SERVFAIL, REFUSED, silence: temperror, out of includes too" {
	rr example.com TXT '"v=spf1 include:inc.example.com +all"'
	for how in servfail refused silent junk notimp; do
		[ ! -e asked ] || : >asked
		serve --rule="inc.example.com TXT $how"
		run -75 --separate-stderr check 192.0.2.1 a@example.com
		assert_out_has "spf=temperror"
		stop_all
	done
}

@test "forged answers: wrong id, wrong question" {
	rr example.com TXT '"v=spf1 -all"'
	serve --rule='example.com TXT spoof'
	run -1 --separate-stderr check 192.0.2.1 a@example.com
	stop_all
	serve --rule='example.com TXT wrong-id'
	run -75 --separate-stderr check 192.0.2.1 a@example.com
	stop_all
	serve --rule='example.com TXT wrong-question'
	run -75 --separate-stderr check 192.0.2.1 a@example.com
}

@test "CNAME: chains are followed, loops are temperror, dead ends are void" {
	rr example.com TXT '"v=spf1 a:c1.example.com -all"'
	for ((i = 1; i < 8; i++)); do
		rr c$i.example.com CNAME "c$((i + 1)).example.com."
	done
	rr c8.example.com A 192.0.2.1
	rr loop.example.com TXT '"v=spf1 a:x.example.com -all"'
	rr dead.example.com TXT '"v=spf1 a:d1.example.com a:d2.example.com a:d3.example.com +all"'
	for i in 1 2 3; do
		rr d$i.example.com CNAME "nothing$i.example.com."
	done
	serve --rule='x.example.com A loop'
	run -0 --separate-stderr check 192.0.2.1 a@example.com
	run -75 --separate-stderr check 192.0.2.1 a@loop.example.com
	run -4 --separate-stderr check 192.0.2.1 a@dead.example.com
	assert_out_has 'reason="void-limit"'
}

@test "300 TXT records come over TCP, and so does a record of 255 strings" {
	for ((i = 0; i < 299; i++)); do
		rr example.com TXT "\"verification=$i-$(printf 'x%.0s' {1..60})\""
	done
	rr example.com TXT '"v=spf1 ip4:192.0.2.1 -all"'
	long=
	for ((i = 0; i < 254; i++)); do
		long+=" \"ip4:10.$i.0.0/16 \""
	done
	rr long.example.com TXT "\"v=spf1 \"$long \"ip4:192.0.2.1 -all\""
	serve
	run -0 --separate-stderr check 192.0.2.1 a@example.com
	grep -q '^tcp TXT example.com' asked
	run -0 --separate-stderr check 192.0.2.1 a@long.example.com
	run -1 --separate-stderr check 192.0.2.2 a@long.example.com
}

@test "a record as large as the DNS carries is judged, in little time" {
	words=
	for ((i = 0; i < 2500; i++)); do
		words+=' "ip4:10.0.0.0/8 ?all -all +all"'
	done
	rr huge.example.com TXT "\"v=spf1 \"${words:0:60000}"
	macros=
	for ((i = 0; i < 200; i++)); do
		macros+=" \"$(printf '%%{s}%.0s' {1..60})\""
	done
	rr macro.example.com TXT "\"v=spf1 exists:\"$macros \".example.com -all\""
	serve
	run --separate-stderr timeout 10 spfcheck --nameserver="$DNSD" \
	    --ip=192.0.2.1 --mail-from=a@huge.example.com
	[ "$status" -lt 64 ]
	run -1 --separate-stderr timeout 10 spfcheck --nameserver="$DNSD" \
	    --ip=192.0.2.1 \
	    --mail-from="$(printf 'x%.0s' {1..900})@macro.example.com"
}

# ---- PTR ----

@test "ptr: a forged name, a neighbour's name, a failing server" {
	rr d.example.com TXT '"v=spf1 ptr -all"'
	rr 1.2.0.192.in-addr.arpa PTR mail.d.example.com.
	rr mail.d.example.com A 192.0.2.1
	rr 2.2.0.192.in-addr.arpa PTR mail.d.example.com.
	rr 3.2.0.192.in-addr.arpa PTR evild.example.com.
	rr evild.example.com A 192.0.2.3
	serve --rule='4.2.0.192.in-addr.arpa PTR servfail'
	run -0 --separate-stderr check 192.0.2.1 a@d.example.com
	for n in 2 3 4; do
		run -1 --separate-stderr check 192.0.2.$n a@d.example.com
	done
}

@test "%{p}: the domain itself, a name inside, any other, unknown" {
	rr d.example.com TXT '"v=spf1 exp=e.example.com -all"'
	rr e.example.com TXT '"%{p}"'
	rr d.example.com A 192.0.2.1
	rr in.d.example.com A 192.0.2.1
	rr in.d.example.com A 192.0.2.2
	rr out.example.org A 192.0.2.1
	rr out.example.org A 192.0.2.2
	rr out.example.org A 192.0.2.3
	for n in 1 2 3; do
		rr $n.2.0.192.in-addr.arpa PTR out.example.org.
	done
	rr 1.2.0.192.in-addr.arpa PTR in.d.example.com.
	rr 1.2.0.192.in-addr.arpa PTR d.example.com.
	rr 2.2.0.192.in-addr.arpa PTR in.d.example.com.
	serve
	host=0
	for want in d.example.com in.d.example.com out.example.org unknown; do
		host=$((host + 1))
		run -1 --separate-stderr check 192.0.2.$host a@d.example.com -o json
		assert_json '.spf[0].explanation' "\"$want\""
	done
}

# ---- nothing that a stranger chose comes out as it is ----

@test "sender and HELO with CR, LF, quotes and brackets stay in their place" {
	rr example.com TXT '"v=spf1 exp=e.example.com -all"'
	rr e.example.com TXT '"%{l} %{h}"'
	serve
	evil=$'a"\r\nX-Evil: 1;(b)\\\e[31m\x7f@example.com'
	helo=$'h"\r\nX-Evil: 2; )('
	for format in text json header "header --received-spf"; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr spfcheck --nameserver="$DNSD" \
		    --ip=192.0.2.1 --mail-from="$evil" --helo="$helo" \
		    --authserv-id=mx.example.net --identity=both -o $format
		[[ ! $output =~ $'\e' && ! $output =~ $'\r' && ! $output =~ $'\x7f' ]] ||
		    show "raw bytes on stdout"
		! grep -q '^X-Evil' <<<"$output" || show "a field of its own"
		[[ ! ${stderr-} =~ $'\e' ]] || show "raw ESC on stderr"
	done
	run -1 --separate-stderr spfcheck --nameserver="$DNSD" --ip=192.0.2.1 \
	    --mail-from="$evil" --helo="$helo" -o json
	assert_json '.spf[0].explanation' \
	    '"a\"\\x0D\\x0AX-Evil: 1;(b)\\\\x1B[31m\\x7F h\"\\x0D\\x0AX-Evil: 2; )("'
	# Each line of the fields is a field's first line or a continuation.
	run -1 --separate-stderr spfcheck --nameserver="$DNSD" --ip=192.0.2.1 \
	    --mail-from="$evil" --helo="$helo" -o header --received-spf \
	    --authserv-id=mx.example.net
	! grep -vE '^(Authentication-Results: |Received-SPF: |	)' <<<"$output" ||
	    show "a line of its own"
}

@test "explanations: at most 512 bytes, dropped if they are not ASCII" {
	long=
	for ((i = 0; i < 16; i++)); do
		long+=" \"$(printf '%%{S}%.0s' {1..60})\""
	done
	rr long.example.com TXT '"v=spf1 exp=e1.example.com -all"'
	rr e1.example.com TXT "$long"
	rr raw.example.com TXT '"v=spf1 exp=e2.example.com -all"'
	rr e2.example.com TXT '"\027[31m"'
	rr two.example.com TXT '"v=spf1 exp=e3.example.com -all"'
	rr e3.example.com TXT '"one"'
	rr e3.example.com TXT '"two"'
	serve
	run -1 --separate-stderr check 192.0.2.1 abc@long.example.com -o json
	assert_json '.spf[0].explanation|length' 512
	for d in raw two; do
		run -1 --separate-stderr check 192.0.2.1 a@$d.example.com -o json
		assert_json '.spf[0].explanation' null
	done
}

@test "records with NUL, DEL, TAB or bytes over 0x7E are permerror" {
	rr a.example.com TXT '"v=spf1 -all\000"'
	rr b.example.com TXT '"v=spf1 -all\127"'
	rr c.example.com TXT '"v=spf1\032a\009-all"'
	rr d.example.com TXT '"v=spf1 +all x=\195\182"'
	rr e.example.com TXT '"v=spf1\009+all"'
	rr f.example.com TXT '" v=spf1 +all"'
	serve
	for d in a b c d; do
		run -4 --separate-stderr check 192.0.2.1 a@$d.example.com
		assert_out_has 'reason="syntax"'
		assert_err_tool spfcheck
	done
	for d in e f; do
		run -6 --separate-stderr check 192.0.2.1 a@$d.example.com
	done
}

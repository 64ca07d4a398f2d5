#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# mailaudit --fetch: policies over https, from a server of our own; --cert,
# --validate.

bats_require_minimum_version 1.8.0

load ../lib/bats/common

# Certificates of a CA of our own: good, of another name, ended.
setup_file() {
	local n days names
	cd "$BATS_FILE_TMPDIR" || return
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
	    -subj /CN=test -days 30 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem \
	    -subj /CN=x 2>/dev/null
	for n in good wrong ended; do
		days=30
		[ "$n" != ended ] || days=-1
		case $n in
		good) names='good status moved html endless slow' ;;
		wrong) names=other ;;
		ended) names=ended ;;
		esac
		printf 'subjectAltName=DNS:mta-sts.%s.example' \
		    "${names// /.example,DNS:mta-sts.}" >ext
		openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key \
		    -CAcreateserial -days "$days" -extfile ext -out "$n.pem" \
		    2>/dev/null || touch "no-$n"
	done
	cat >server.py <<-'END'
	import http.server, ssl, sys, time
	POLICY = (b"version: STSv1\r\nmode: enforce\nmax_age: 604800\n"
	    b"mx: mx.good.example")
	class H(http.server.BaseHTTPRequestHandler):
	    def log_message(self, *a): pass
	    def do_GET(self):
	        host = self.headers["Host"].split(".")[1]
	        print(self.path, host, file=sys.stderr, flush=True)
	        if host == "moved":
	            self.send_response(301)
	            self.send_header("Location",
	                "https://mta-sts.good.example" + self.path)
	            self.end_headers()
	            return
	        self.send_response(404 if host == "status" else 200)
	        self.send_header("Content-Type",
	            "text/html" if host == "html" else "text/plain; charset=x")
	        self.end_headers()
	        try:
	            while host == "endless":
	                self.wfile.write(b"x: y\n" * 1000)
	            if host == "slow":
	                time.sleep(60)
	            self.wfile.write(POLICY)
	        except OSError:
	            pass
	def context(name):
	    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	    c.load_cert_chain(name + ".pem", "key.pem")
	    return c
	main = context("good")
	others = {"mta-sts.wrong.example": context("wrong"),
	    "mta-sts.ended.example": context("ended")}
	def sni(sock, name, ctx):
	    if name in others:
	        sock.context = others[name]
	main.sni_callback = sni
	class S(http.server.ThreadingHTTPServer):
	    daemon_threads = True
	    def get_request(self):
	        s, a = super().get_request()
	        return main.wrap_socket(s, server_side=True,
	            do_handshake_on_connect=False), a
	    def handle_error(self, *a): pass
	s = S(("127.0.0.1", 0), H)
	print(s.server_address[1], flush=True)
	s.serve_forever()
	END
}

setup() {
	need curl openssl
	use_tmp
	cp "$BATS_FILE_TMPDIR"/* .
	start "$PYTHON" server.py
	PORT=$(first_line "$START_OUT")
	cat >curl <<-END
	#!/bin/sh
	printf '%s\n' "\$@" >"$T/args"
	env >"$T/env"
	exec /usr/bin/curl "\$@" --cacert "$T/ca.pem" --connect-to "::127.0.0.1:$PORT"
	END
	chmod +x curl
	{
		# shellcheck disable=SC2016
		printf '$TTL 60\n'
		for n in good status moved html endless slow wrong ended refused; do
			printf '%s.example. SOA ns. h. 1 2 3 4 5\n' "$n"
			printf '_mta-sts.%s.example. TXT "v=STSv1; id=1;"\n' "$n"
			printf 'mta-sts.%s.example. A 127.0.0.1\n' "$n"
			printf '%s.example. MX 10 mx.good.example.\n' "$n"
		done
	} >all
	awk '/SOA/ { n++ } { print > ("zone" n) }' all
}

teardown() {
	stop_all
}

# fetch STATUS DOMAIN [OPTION...]
fetch() {
	local zones=() z
	for z in zone[1-9]; do
		zones+=("--zone=$z")
	done
	run "-$1" --separate-stderr mailaudit --offline "${zones[@]}" \
	    --only=sts --fetch --fetch-program="$T/curl" "${@:3}" "$2.example"
}

@test "a policy that is good: fetched as the page says, nothing to find" {
	fetch 0 good --allow-private -o json
	assert_json '.findings|map(.code)' '[]'
	assert_json '.facts.sts.mode' '"enforce"'
	assert_json '.facts.sts.mx' '["mx.good.example"]'
	cat >want <<-'END'
	-q
	-sS
	--proto
	=https
	--tlsv1.2
	--max-time
	10
	--noproxy
	*
	-o
	-
	-w
	%{stderr}\nvouchsafe-fetch %{http_code} %{content_type}\n
	--resolve
	mta-sts.good.example:443:127.0.0.1
	https://mta-sts.good.example/.well-known/mta-sts.txt
	END
	assert_same args want
}

@test "its environment has nothing of ours but the path and the CA's" {
	export SECRET=x SSL_CERT_DIR=/nowhere https_proxy=http://127.0.0.1:9
	fetch 0 good --allow-private
	grep -q SSL_CERT_DIR env
	assert_file_lacks SECRET PATH= env
	assert_file_lacks proxy PATH= env
}

@test "an address that is not public is not connected to" {
	fetch 75 good
	assert_out_has 'STS007 error'
	[ ! -e args ]
}

@test "no record, or not asked for: no child at all" {
	printf 'plain.example. SOA ns. h. 1 2 3 4 5\n' >zone1
	fetch 0 plain --allow-private
	[ ! -e args ]
	run -0 mailaudit --offline --zone=zone2 --only=sts status.example
	[ ! -e args ]
	assert_out_has STS019
}

@test "404, a redirect, a page, an endless body" {
	fetch 1 status --allow-private
	assert_out_has 'STS008 error'
	assert_out_has 'status 404'
	fetch 1 moved --allow-private
	assert_out_has 'status 301'
	fetch 1 html --allow-private
	assert_out_has 'STS010 warning'
	assert_out_lacks STS008
	fetch 1 endless --allow-private
	assert_out_has 'STS012 error'
	assert_out_lacks STS011
}

@test "a certificate of another name, one that has ended" {
	fetch 1 wrong --allow-private
	assert_out_has 'STS009 error'
	[ ! -e no-ended ] || skip "this openssl makes none that has ended"
	fetch 1 ended --allow-private
	assert_out_has 'STS009 error'
	fetch 0 good --allow-private
	assert_out_lacks STS009
}

@test "nobody listens, or answers slowly: 75" {
	sed -i 's/:'"$PORT"'/:1/' curl
	fetch 75 good --allow-private
	assert_out_has 'STS007 error'
	sed -i 's/:1"$/:'"$PORT"'" --max-time 1/' curl
	fetch 75 slow --allow-private
	assert_out_has 'STS007 error'
}

@test "options that make no sense" {
	run -64 --separate-stderr mailaudit --fetch-program=/x a.example
	run -64 --separate-stderr mailaudit --allow-private a.example
	run -64 --separate-stderr mailaudit --fetch --fetch-program=x a.example
	run -78 --separate-stderr mailaudit --fetch --fetch-program=/x/y a.example
	assert_err_has /x/y
	run -66 --separate-stderr mailaudit --sts-policy=/x/y a.example
}

@test "an id that stays while the policy changes: by the state" {
	cat >policy <<-'END'
	version: STSv1
	mode: enforce
	max_age: 604800
	mx: mx.good.example
	END
	args=(--offline --zone=zone1 --only=sts --sts-policy=policy
	    --state=state good.example)
	run -0 mailaudit --init "${args[@]}"
	run -0 mailaudit "${args[@]}"
	assert_out_empty
	sed -i s/604800/704800/ policy
	run -1 mailaudit "${args[@]}"
	assert_out_has 'STS020 warning'
	sed -i s/704800/804800/ policy
	sed -i 's/id=1/id=2/' zone1
	run mailaudit "${args[@]}"
	assert_out_lacks STS020
}

@test "--cert: a chain against the TLSA records, before it is rolled" {
	hash=$(openssl x509 -in good.pem -noout -pubkey |
	    openssl pkey -pubin -outform DER | sha256sum | cut -c1-64)
	ca=$(openssl x509 -in ca.pem -outform DER | sha512sum | cut -c1-128)
	cat good.pem ca.pem >chain.pem
	zone() {
		printf '%s\n' 'd.example. 60 SOA ns. h. 1 2 3 4 5' \
		    'd.example. 60 MX 10 mx.d.example.' \
		    'mx.d.example. 60 A 192.0.2.1' \
		    "_25._tcp.mx.d.example. 60 TLSA $1" >tlsa
	}
	cert() {
		run "-$1" --separate-stderr mailaudit --offline --zone=tlsa \
		    --only=dane --cert="$2" d.example
	}
	zone "3 1 1 $hash"
	cert 0 chain.pem
	cert 0 mx.d.example=chain.pem
	cert 1 ca.pem
	assert_out_has 'DANE011 error'
	cert 0 other.example=ca.pem
	zone "2 0 2 $ca"
	cert 0 chain.pem
	cert 1 good.pem
	zone "3 0 2 $ca"
	cert 1 chain.pem
	run -65 --separate-stderr mailaudit --offline --cert=zone1 d.example
	head -c 500 good.pem >cut.pem
	cat good.pem cut.pem >half.pem
	run -65 --separate-stderr mailaudit --offline --cert=half.pem d.example
}

# A zone signed by a key of our own; the validator's anchor is that key.
@test "--validate: secure, insecure, bogus, ended" {
	need_python dns.dnssec cryptography
	"$PYTHON" - <<-'END'
	import dns.dnssec, dns.name, dns.rrset, dns.rdatatype
	from cryptography.hazmat.primitives.asymmetric import ec
	import time
	from datetime import datetime
	def generic(owner, kind, rdata):
	    w = rdata.to_wire()
	    print(owner, "60", kind, "\\#", len(w), w.hex(), file=zone)
	zone = open("zone", "w")
	anchors = open("anchors", "w")
	alg = dns.dnssec.Algorithm.ECDSAP256SHA256
	now = int(time.time())
	for d, start, end in (("good.example", -1000, 90000),
	    ("ended.example", -200000, -100000), ("bad.example", -1000, 90000)):
	    name = dns.name.from_text(d)
	    key = ec.generate_private_key(ec.SECP256R1())
	    dnskey = dns.dnssec.make_dnskey(key.public_key(), alg, 257)
	    soa = "ns.%s. h.%s. 1 2 3 4 5" % (d, d)
	    print("%s. 60 SOA %s" % (d, soa), file=zone)
	    generic(d + ".", "DNSKEY", dnskey)
	    print("%s. IN DNSKEY %s" % (d, dnskey.to_text()), file=anchors)
	    if d == "bad.example":
	        soa = soa.replace("1 2 3", "7 2 3")
	    for kind, text in (("SOA", soa), ("DNSKEY", dnskey.to_text())):
	        rrset = dns.rrset.from_text(name, 60, "IN", kind, text)
	        sig = dns.dnssec.sign(rrset, key, name, dnskey,
	            inception=datetime.utcfromtimestamp(now + start).strftime("%Y%m%d%H%M%S"),
	            expiration=datetime.utcfromtimestamp(now + end).strftime("%Y%m%d%H%M%S"))
	        generic(d + ".", "RRSIG", sig)
	print("plain.example. 60 SOA ns. h. 1 2 3 4 5", file=zone)
	END
	dnsd_start --zone=zone
	run --separate-stderr mailaudit --validate --nameserver="$DNSD" \
	    --only=dnssec plain.example
	[ "$status" -ne 78 ] || skip "built without libunbound"
	validate() {
		run "-$1" --separate-stderr mailaudit --validate \
		    --anchor=anchors --nameserver="$DNSD" --only=dnssec \
		    -o json "$2.example"
	}
	validate 0 good
	assert_json .facts.dnssec.state '"secure"'
	validate 0 plain
	assert_json '.facts.dnssec.state != "secure"' true
	validate 1 bad
	assert_json '.findings|map(.code)' '["SEC002"]'
	validate 1 ended
	assert_json '.findings|map(.code)' '["SEC002"]'
	assert_out_has 'the signature ended'
	run -64 --separate-stderr mailaudit --anchor=anchors good.example
	run -66 --separate-stderr mailaudit --validate --anchor=/x/y \
	    --nameserver="$DNSD" good.example
}

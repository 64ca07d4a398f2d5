# SPDX-License-Identifier: ISC
"""spf_random.py BUILD [COUNT [SEED]]: COUNT random records, judged by spfcheck,
pyspf and Mail::SPF with the same server; every difference is printed.

The peers leave RFC 7208 in places, which known() names with the reason; it ends
with 1 if a difference is not one of these."""
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
import dns.resolver  # noqa: E402
import spf  # noqa: E402

IPS = ["192.0.2.1", "192.0.2.77", "198.51.100.3", "203.0.113.9",
       "2001:db8::1", "2001:db8:1::25", "::ffff:192.0.2.1"]
SENDERS = ["a@%s", "strong-bad@%s", "@%s", "a.b-c+d@%s"]
HELOS = ["mx.example.org", "h1.example", "localhost"]

PERL = r"""
use Mail::SPF; use Net::DNS::Resolver;
my $r = Net::DNS::Resolver->new(nameservers => ['127.0.0.1'],
    port => $ARGV[0], recurse => 1, udp_timeout => 2, retry => 1);
my $s = Mail::SPF::Server->new(dns_resolver => $r, hostname => 'unknown',
    default_authority_explanation => 'DEFAULT');
while (<STDIN>) {
	chomp; my ($ip, $from, $helo) = split / /;
	my $res = eval {
		my $q = Mail::SPF::Request->new(scope => 'mfrom',
		    identity => $from, ip_address => $ip,
		    helo_identity => $helo, versions => [1]);
		$s->process($q)->code;
	};
	print defined $res ? "$res\n" : "exception\n";
	STDOUT->flush;
}
"""


class Records:
    def __init__(self, rng, count):
        self.rng, self.count = rng, count
        self.zone = []

    def host(self):
        r = self.rng
        return r.choice(["h%d.example" % r.randrange(12), "void%d.example"
                         % r.randrange(4), "%{d}", "h1.%{d2}", "%{i}.x.example",
                         "%{ir}.%{v}.x.example", "%{l}.x.example",
                         "%{h}", "%{o}", "%{l1r-}.x.example", "%{d3}.example",
                         "h%%.example", "x..example", "example", "a.1",
                         "foo:bar.example", "%{p}.x.example", "%{dr}.example"])

    def domain(self):
        return "d%d.example" % self.rng.randrange(self.count)

    def cidr(self):
        return self.rng.choice(["", "", "", "/24", "/32", "/0", "//64",
                                "/24//64", "//128"] * 4 +
                               ["/33", "//129", "/08"])

    def term(self):
        r = self.rng
        q = r.choice(["", "", "", "+", "-", "~", "?"])
        kind = r.randrange(17)
        if kind < 3:
            return q + "ip4:" + r.choice(
                ["192.0.2.1", "192.0.2.0/24", "198.51.100.0/24", "0.0.0.0/0",
                 "10.0.0.0/8"] * 4 +
                ["192.0.2.256", "192.0.2.0/33", "192.0.2", "192.0.02.1"])
        if kind < 5:
            return q + "ip6:" + r.choice(
                ["2001:db8::/32", "2001:db8::1", "::/0",
                 "2001:DB8:1::25/64"] * 5 +
                ["::ffff:192.0.2.1", "2001:db8::/129", "1::2::3"])
        if kind < 8:
            return q + r.choice(["a", "a:" + self.host(), "A"]) + self.cidr()
        if kind < 10:
            return q + r.choice(["mx", "mx:" + self.host()]) + self.cidr()
        if kind == 10:
            return q + r.choice(["ptr", "ptr:" + self.host()])
        if kind == 11:
            return q + "exists:" + self.host()
        if kind < 14:
            return q + "include:" + self.domain()
        if kind == 14:
            return r.choice(["redirect=", "exp=", "Redirect="]) + self.domain()
        if kind == 15:
            return r.choice(["foo=bar", "ra=x%{d}"] * 8 +
                            ["x=%", "all.", "moo", "1x=y", "include",
                             "exists", "ip4", "a="])
        return r.choice(["-all", "~all", "?all", "all"])

    def record(self):
        n = self.rng.choice([1, 2, 3, 3, 4, 5, 8, 12])
        terms = [self.term() for _ in range(n)]
        if self.rng.random() < 0.5:
            terms.append(self.rng.choice(["-all", "~all", "?all"]))
        return "v=spf1 " + self.rng.choice([" ", " ", " ", "  "]).join(terms)

    def build(self):
        r = self.rng
        rr = self.zone.append
        for i in range(self.count):
            rr('d%d.example. 60 IN TXT "%s"' % (i, self.record()))
            if r.random() < 0.05:
                rr('d%d.example. 60 IN TXT "v=spf1 -all"' % i)
            if r.random() < 0.5:
                rr("d%d.example. 60 IN A %s" % (i, r.choice(IPS[:4])))
            if r.random() < 0.3:
                rr("d%d.example. 60 IN MX 10 h%d.example."
                   % (i, r.randrange(12)))
        for i in range(12):
            rr("h%d.example. 60 IN A %s" % (i, r.choice(IPS[:4])))
            if i % 2:
                rr("h%d.example. 60 IN AAAA %s" % (i, r.choice(IPS[4:6])))
            for k in range(r.randrange(4)):
                rr("h%d.example. 60 IN MX %d h%d.example."
                   % (i, k, r.randrange(12)))
        rr("1.2.0.192.x.example. 60 IN A 127.0.0.2")
        rr("1.2.0.192.in-addr.arpa. 60 IN PTR h1.example.")
        rr("a.x.example. 60 IN A 127.0.0.2")
        rr("strong.x.example. 60 IN A 127.0.0.2")


def ours(build, port, envelopes):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.write("".join(" ".join(e) + "\n" for e in envelopes))
        f.flush()
        p = subprocess.run([os.path.join(build, "bin", "spfcheck"),
                            "--nameserver=127.0.0.1:" + port, "-o", "json",
                            "--envelopes=" + f.name], capture_output=True)
    return [json.loads(line)["spf"][0] for line in p.stdout.splitlines()]


def pyspf(port, envelopes):
    dns.resolver.default_resolver = dns.resolver.Resolver(configure=False)
    dns.resolver.default_resolver.nameservers = ["127.0.0.1"]
    dns.resolver.default_resolver.port = int(port)
    for ip, sender, helo in envelopes:
        try:
            yield spf.check2(i=ip, s=sender, h=helo)[0]
        except Exception as e:
            yield "exception " + type(e).__name__


def mail_spf(port, envelopes):
    p = subprocess.run(["perl", "-e", PERL, port], capture_output=True,
                       input="".join(" ".join(e) + "\n" for e in envelopes),
                       text=True)
    return p.stdout.split("\n")[:-1]


def tree(zone, domain):
    """All records that evaluating domain may read."""
    seen, todo = [], [domain]
    while todo:
        d = todo.pop()
        if d in seen:
            continue
        seen.append(d)
        for r in zone.get(d, []):
            todo += re.findall(r"(?:include:|redirect=)(d\d+\.example)", r,
                               re.I)
    return " ".join(r for d in seen for r in zone.get(d, []))


def known(zone, e, mine, peer, theirs):
    """Why a peer may differ here, or None."""
    text = tree(zone, e[1].rsplit("@", 1)[1])
    if theirs.startswith("exception"):
        return "the peer died"
    if peer == "Mail::SPF" and "::/0" in text:
        return "ip6:::/0 matches IPv4 clients there (RFC 7208 5.6)"
    if peer == "Mail::SPF" and "::ffff:192.0.2.1" in text:
        return "a mapped network matches IPv4 clients there"
    if peer == "pyspf" and re.search("Redirect=", text):
        return "modifier names have a case there (RFC 7208 4.6.1)"
    if peer == "pyspf" and re.search(r"(foo=bar|ra=x\S*).*\1", text):
        return "unknown modifiers may stand once there (RFC 7208 6)"
    own = e[1].rsplit("@", 1)[1]
    if peer == "pyspf" and "include:" + own in text:
        return "an include of itself is told there before it is reached"
    if "..example" in text and theirs == "permerror":
        return "a term that can ask nothing counts as void there"
    if mine["void_lookups"] == 2 and theirs == "permerror":
        return "each void question counts there, here each term (4.6.4)"
    return None


def main():
    build = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    records = Records(rng, count)
    records.build()
    zone = {}
    for line in records.zone:
        if " TXT " in line:
            zone.setdefault(line.split(". ")[0], []).append(
                line.split('"')[1])
    envelopes = [(rng.choice(IPS), rng.choice(SENDERS) % ("d%d.example" % i),
                  rng.choice(HELOS)) for i in range(count) for _ in range(3)]
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as f:
        f.write("\n".join(records.zone) + "\n")
        f.flush()
        server = subprocess.Popen(
            [os.path.join(build, "tests", "dnsd"), "--zone=" + f.name,
             "--stdin", "--lifetime=600"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        port = server.stdout.readline().strip()
    mine = ours(build, port, envelopes)
    peers = {"pyspf": list(pyspf(port, envelopes)),
             "Mail::SPF": mail_spf(port, envelopes)}
    server.stdin.close()
    server.wait()
    open_ = 0
    for i, e in enumerate(envelopes):
        got = {p: r[i] for p, r in peers.items() if r[i] != mine[i]["result"]}
        if not got:
            continue
        reasons = {p: known(zone, e, mine[i], p, r) for p, r in got.items()}
        if all(reasons.values()):
            continue
        open_ += 1
        print(" ".join(e), "ours:", mine[i]["result"], mine[i]["reason"],
              "lookups", mine[i]["lookups"], "void", mine[i]["void_lookups"],
              got)
        print("   ", zone.get(e[1].rsplit("@", 1)[1]))
    print("%d envelopes, %d differences to look into" % (len(envelopes),
                                                         open_))
    return 1 if open_ else 0


sys.exit(main())

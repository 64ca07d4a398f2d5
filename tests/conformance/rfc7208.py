# SPDX-License-Identifier: ISC
"""rfc7208.py SUITE BUILD: each scenario of the suite becomes a master file and
rules for dnsd; each test one run of spfcheck.  Explanations are compared, and
where several results are allowed the first one is demanded."""
import json
import os
import subprocess
import sys
import tempfile

import yaml

TYPES = ("A", "AAAA", "MX", "TXT", "PTR", "CNAME", "NS", "SOA")


def octets(s):
    """The suite writes bytes as code points up to U+00FF."""
    return s.encode("latin-1")


def name(s):
    out = ""
    for b in octets(s.rstrip(".")):
        c = chr(b)
        out += c if c.isalnum() and b < 128 or c in "-_." else "\\%03d" % b
    return out + "."


def text(value):
    strings = value if isinstance(value, list) else [value]
    parts = []
    for s in strings or [""]:
        raw = octets(str(s))
        for i in range(0, max(len(raw), 1), 255):
            parts.append('"%s"' % "".join("\\%03d" % b
                                          for b in raw[i:i + 255]))
    return " ".join(parts)


def rdata(kind, value):
    if kind == "TXT":
        return text(value)
    if kind == "MX":
        return "%d %s" % (value[0], name(value[1]) if value[1] else ".")
    if kind in ("PTR", "CNAME"):
        return name(value)
    return str(value)


def scenario(zonedata):
    """The lines of a master file, and dnsd's rules."""
    zone, rules = [], []
    for owner, entries in zonedata.items():
        pairs = [p for e in entries if isinstance(e, dict)
                 for p in e.items()]
        has = {k for k, _ in pairs}
        for kind, value in pairs:
            if kind == "SPF":
                if "TXT" in has:
                    continue
                kind = "TXT"
            if value == "NONE":
                continue
            zone.append("%s 300 IN %s %s" % (name(owner), kind,
                                             rdata(kind, value)))
        if "TIMEOUT" not in entries:
            continue
        answered = {k for k, v in pairs if v != "NONE"}
        if "SPF" in has and "TXT" not in has:
            answered.add("TXT")
        for kind in TYPES:
            if kind not in answered:
                rules.append("%s %s silent" % (owner.rstrip("."), kind))
    return zone, rules


class Server:
    def __init__(self, dnsd, zonedata):
        zone, rules = scenario(zonedata)
        self.dir = tempfile.TemporaryDirectory()
        z = os.path.join(self.dir.name, "zone")
        r = os.path.join(self.dir.name, "rules")
        with open(z, "w") as f:
            f.write("\n".join(zone) + "\n")
        with open(r, "w") as f:
            f.write("\n".join(rules) + "\n")
        self.process = subprocess.Popen(
            [dnsd, "--zone=" + z, "--rules=" + r, "--stdin",
             "--lifetime=600"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.dir.cleanup()


def argument(s):
    return octets(s) if all(ord(c) < 256 for c in s) else s.encode()


def run(spfcheck, port, test):
    command = [spfcheck, "--nameserver=127.0.0.1:" + port, "--timeout=1",
               "--ip=" + test["host"],
               b"--mail-from=" + argument(test["mailfrom"]),
               b"--helo=" + argument(test["helo"]), "-o", "json"]
    p = subprocess.run(command, capture_output=True)
    if not p.stdout:
        return "exit %d" % p.returncode, p.stderr.decode()
    entry = json.loads(p.stdout)["spf"][0]
    return entry["result"], entry["explanation"]


def judge(test, result, explanation):
    """None, or what is wrong."""
    want = test["result"]
    want = want[0] if isinstance(want, list) else want
    if result != want:
        return "%s, not %s" % (result, want)
    if "explanation" in test:
        text = test["explanation"]
        text = None if text == "DEFAULT" else text
        if explanation != text:
            return "explanation %r, not %r" % (explanation, text)
    return None


def main():
    suite, build = sys.argv[1:]
    dnsd = os.path.join(build, "tests", "dnsd")
    spfcheck = os.path.join(build, "bin", "spfcheck")
    count = 0
    with open(suite, encoding="utf-8") as f:
        documents = list(yaml.safe_load_all(f))
    for document in documents:
        server = Server(dnsd, document["zonedata"])
        for label, test in document["tests"].items():
            count += 1
            wrong = judge(test, *run(spfcheck, server.port, test))
            print("%sok %d - %s: %s" % ("not " if wrong else "", count,
                                        document["description"], label))
            if wrong:
                print("# " + wrong)
            sys.stdout.flush()
        server.close()
    print("1..%d" % count)


main()

# SPDX-License-Identifier: ISC
"""Rows of the reports whose names come on standard input, ended by NUL."""
import sys
import xml.etree.ElementTree as ET

n = 0
for name in sys.stdin.buffer.read().split(b"\0"):
    if not name:
        continue
    root = ET.parse(name).getroot()
    for e in root.iter():
        e.tag = e.tag.rpartition("}")[2]
    for r in root.findall("record"):
        row = r.find("row")
        one = {
            "ip": row.findtext("source_ip"),
            "count": int(row.findtext("count")),
            "dkim": row.findtext("policy_evaluated/dkim"),
            "spf": row.findtext("policy_evaluated/spf"),
            "from": r.findtext("identifiers/header_from"),
            "auth": [(a.tag, a.findtext("domain"), a.findtext("result"))
                     for a in r.find("auth_results")],
        }
        n += one["count"]
print(n)

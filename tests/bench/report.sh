# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Reports read: against a bare expat loop, and a loop of Python's ElementTree.

report_files() {
	local i one
	one=$(ls examples/reports/mx* | head -n 1)
	mkdir -p "$W/reports"
	for ((i = 0; i < 2000; i++)); do
		sed "s/mxexamplenet/x$i/" "$one" >"$W/reports/$i.xml"
	done
	printf '%s\0' "$W"/reports/*.xml >"$W/reports.list"
}

report_parse() {
	build_peer peer_expat -lexpat || {
		skip_row "no expat"
		return
	}
	pair 5 "$W/reports.list" dmarcreport read --no-store -q --offline \
	    --now=1795500000 --files-from=- -0 -- \
	    xargs -0 "$O/bench/peer_expat" || return 1
	row report-parse "$RATIO" ratio \
	    "2,000 reports into rows, $A_US us, against bare expat's $B_US us" "<=2.4"
	row report-memory "$A_KB" KB "memory of that" "<=16384"
	[ -x /usr/bin/python3 ] || return 0
	pair 3 "$W/reports.list" dmarcreport read --no-store -q --offline \
	    --now=1795500000 --files-from=- -0 -- \
	    /usr/bin/python3 tests/bench/peer_etree.py || return 1
	row report-etree "$RATIO" ratio \
	    "the same against a loop of Python's xml.etree, $B_US us" -
}

report_bomb() {
	python3 -c 'import zlib, sys
c = zlib.compressobj(9, zlib.DEFLATED, 31)
w = sys.stdout.buffer.write
w(c.compress(b"<feedback>"))
for i in range(1024): w(c.compress(b" " * (1 << 20)))
w(c.flush())' >"$W/bomb.gz" || return 1
	pair 5 "$W/bomb.gz" dmarcreport read --no-store -q --offline - -- \
	    gzip -t || return 1
	row report-bomb "$A_US" us "a gzip of 1 GiB refused" "<=300000"
	row report-bomb-memory "$A_KB" KB "memory of that" "<=16384"
}

report_files || skip_row "no samples"
report_parse
report_bomb

# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Reports read: against a bare expat loop, a loop of Python's ElementTree, and
# Mail::DMARC; recorded, folded, made, shown: a tenth of a large site's day.

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
	PAIR_STATUS=1 pair 5 "$W/bomb.gz" gzip -t -- \
	    dmarcreport read --no-store -q --offline - || return 1
	row report-bomb "$B_US" us "a gzip of 1 GiB refused" "<=300000"
	row report-bomb-memory "$B_KB" KB "memory of that" "<=16384"
}

# The same reports as mails: base64 of gzip, the old dialect for the peer.
report_mails() {
	local i
	mkdir -p "$W/mails"
	for ((i = 0; i < 2000; i++)); do
		{
			printf 'From: dmarc@x%d.example\nTo: d@example.com\n' $i
			printf 'Subject: Report Domain: example.com '
			printf 'Submitter: x%d.example Report-ID: <x%d>\n' $i $i
			printf 'MIME-Version: 1.0\nContent-Type: '
			printf 'application/gzip; name="x%d.example!' $i
			printf 'example.com!1795132800!1795219199.xml.gz"\n'
			printf 'Content-Transfer-Encoding: base64\n\n'
			sed 's/ xmlns="[^"]*"//; /<np>/s/<np>.*<.np>//
			    s/>pass<.disposition/>none<\/disposition/' \
			    "$W/reports/$i.xml" | gzip -9n | base64
		} >"$W/mails/$i.eml"
	done
	printf '%s\0' "$W"/mails/*.eml >"$W/mails.list"
}

report_read_mails() {
	pair 5 "$W/mails.list" dmarcreport read --no-store -o json --offline \
	    --now=1795500000 --files-from=- -0 -- dmarcreport --version ||
	    return 1
	row report-mails "$(calc "2000 / (($A_US - $B_US) / 1e6)")" 1/s \
	    "mails (MIME, base64, gzip) to JSON" ">=4000"
	pair 3 "$W/mails.list" sh -c "rm -rf $W/r; exec dmarcreport read \
	    --home=$W/r -q --offline --now=1795500000 --files-from=- -0" -- \
	    sh -c "rm -rf $W/r" || return 1
	row report-store "$(calc "2000 / (($A_US - $B_US) / 1e6)")" 1/s \
	    "the same into SQLite" ">=2000"
	dmarcreport read --home="$W/r" -q --offline --now=1795500000 \
	    --files-from="$W/mails.list" -0 || return 1
	pair 3 /dev/null dmarcreport show --home="$W/r" --now=1795500000 \
	    --since=90d -o html -- true || return 1
	row report-page "$(calc "$A_US / 1e6")" s \
	    "the page of 90 days, 2,000 reports" "<=2"
	perl -MMail::DMARC -MDBD::SQLite -e 1 2>/dev/null || {
		skip_row "no Mail::DMARC"
		return 0
	}
	head -c 100000 "$W/mails.list" | tr '\0' '\n' | head -n 30 |
	    tr '\n' '\0' >"$W/few.list"
	pair 1 "$W/few.list" sh -c "rm -rf $W/r; exec dmarcreport read \
	    --home=$W/r -q --offline --now=1795500000 --files-from=- -0" -- \
	    sh -c "cd $W && xargs -0 perl $ROOT/tests/bench/peer_maildmarc.pl" ||
	    return 1
	row report-maildmarc "$RATIO" ratio \
	    "30 mails into SQLite, $A_US us, against Mail::DMARC's $B_US us" \
	    "<=0.05"
}

# A tenth of a day of 1,000,000 mails of 10,000 domains.
report_day() {
	local at=--now=2026-11-20T10:00:00Z later=--now=2026-11-21T01:00:00Z
	local each
	printf 'From: <a@example.com>\nSubject: 1\n\nText.\n' >"$W/day.eml"
	printf '_dmarc.example.com. 60 IN TXT "v=DMARC1; p=none; %s"\n' \
	    'rua=mailto:r@example.com' >"$W/day.zone"
	dmarceval --offline --zone="$W/day.zone" --ip=192.0.2.1 \
	    --mail-from=a@example.com -o json $at "$W/day.eml" >"$W/one.json"
	awk -v n=100000 '{
		for (i = 1; i <= n; i++) {
			s = $0
			gsub("\"(author|policy)_domain\":\"example.com\"", "&",
			    s)
			gsub("domain\":\"example.com\"", "domain\":\"d" \
			    i % 1000 ".example\"", s)
			sub("\"key\":\"........", sprintf("\"key\":\"%08x",
			    i), s)
			sub("192.0.2.1", "192.0.2." i % 250, s)
			print s
		}
	}' "$W/one.json" >"$W/day.json"
	split -n l/4 "$W/day.json" "$W/day.part."
	pair 3 /dev/null sh -c "rm -rf $W/d; for p in $W/day.part.*; do \
	    dmarcreport record --home=$W/d $at <\$p & done; wait" -- true ||
	    return 1
	row report-record "$(calc "100000 / ($A_US / 1e6)")" 1/s \
	    "verdicts as JSON recorded by four processes" ">=50000"
	pair 3 /dev/null sh -c "rm -rf $W/f; cp -r $W/d $W/f; \
	    exec dmarcreport make --home=$W/f --offline -q \
	    --from=r@rep.example $later --day=2026-11-01" -- \
	    sh -c "rm -rf $W/f; cp -r $W/d $W/f" || return 1
	row report-fold "$(calc "100000 / (($A_US - $B_US) / 1e6)")" 1/s \
	    "lines of 1,000 domains folded" ">=100000"
	each=$A_US
	pair 3 /dev/null sh -c "rm -rf $W/f; cp -r $W/d $W/f; \
	    exec dmarcreport make --home=$W/f --offline -q \
	    --from=r@rep.example $later --unknown-per-day=100000" -- \
	    true || return 1
	row report-make "$(calc "($A_US - $each) / 1e6")" s \
	    "1,000 reports of these made, each synced" "<=6"
	row report-make-memory "$A_KB" KB "memory of that" "<=204800"
}

# 100 reports of 10,000 rows each.
report_show() {
	local at=--now=2026-11-24T00:00:00Z i
	mkdir -p "$W/large"
	for ((i = 0; i < 100; i++)); do
		awk -v r=$i '/<record>/ { if (!row) head = all; row = 1; one = "" }
			{ all = all $0 "\n"; one = one $0 "\n" }
			/<.record>/ && !kept { kept = one }
			END {
				gsub("mxexamplenet|mx.example.net", "m" r \
				    ".example", head)
				printf "%s", head
				for (i = 0; i < 10000; i++) {
					s = kept
					sub("192.0.2.1", "10.0." int(i / 250) \
					    "." i % 250, s)
					printf "%s", s
				}
				print "</feedback>"
			}' "$W/reports/$i.xml" >"$W/large/$i.xml"
	done
	dmarcreport read --home="$W/s" -q --offline $at "$W"/large/*.xml ||
	    return 1
	pair 5 /dev/null dmarcreport show --home="$W/s" $at senders -- true ||
	    return 1
	row report-show "$(calc "$A_US / 1e6")" s "senders of 1,000,000 rows" \
	    "<=1"
	pair 3 /dev/null dmarcreport show --home="$W/s" $at --since=90d \
	    -o html -- true || return 1
	row report-page-large "$(calc "$A_US / 1e6")" s "the page of these" -
}

report_files || skip_row "no samples"
report_parse
report_bomb
report_mails && report_read_mails
report_day
report_show

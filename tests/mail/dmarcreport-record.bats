#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# dmarcreport record: the socket of many accounts' filters; and what a day of
# many different rows comes to: merged, and split.
# shellcheck disable=SC2016,SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common

NOW=2026-11-20T10:00:00Z

setup() {
	use_tmp
	echo '_dmarc.example.com. 60 IN TXT "v=DMARC1; p=reject; rua=mailto:r@example.com"' >zone
	printf 'From: <a@example.com>\nSubject: 1\n\nText.\n' >m.eml
}

teardown() {
	stop_all
	[ -z "${D:-}" ] || rm -rf "$D"
}

# judge OPTION...: m.eml, by a client that failed.
judge() {
	dmarceval --offline --zone=zone --ip=192.0.2.1 --helo=h.example \
	    --mail-from=a@example.com --now=$NOW "$@" m.eml
}

# verdicts COUNT [JQ]: as many JSON lines, each of another message; JQ makes
# them differ more by the number in $n.
verdicts() {
	judge -o json >one.json || [ $? -eq 1 ]
	seq "$1" | jq -c --slurpfile one one.json ". as \$n | \$one[0] |
	    .key = (\"0000000000000000000000000000\" + (\$n + 65536 * 4096 |
	    tostring))[-32:] | ${2:-.}"
}

# served: a socket whose other side writes D/st, as another account.
served() {
	need systemd-socket-activate
	need setpriv
	need_root
	D=$(mktemp -d /tmp/vouchsafe-rec-XXXXXX)
	chmod 755 "$D"
	mkdir -m 700 "$D/st"
	chown 1003:1003 "$D/st"
	S=$D/sock
	start systemd-socket-activate -l "$S" --accept --inetd \
	    setpriv --reuid=1003 --regid=1003 --clear-groups \
	    "$(command -v dmarcreport)" record --accept --home="$D/st" \
	    --now=$NOW
	for _ in $(seq 100); do
		[ -S "$S" ] && break
		sleep 0.05
	done
	chmod 666 "$S"
}
as() {
	setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"
}
uids() {
	sed -n 's/.*"uid":\([0-9-]*\).*/\1/p' "$D"/st/spool/* | sort | uniq -c |
	    tr -s ' '
}

@test "the socket: whose lines they are is what the kernel says" {
	served
	verdicts 3 >three
	run -0 --separate-stderr dmarcreport record --socket="$S" -v <three
	assert_err_has '3 recorded'
	run -0 --separate-stderr as 1001 "$BIN/dmarcreport" record \
	    --socket="$S" <<<"$(verdicts 4 | tail -1)"
	run -0 uids
	assert_out $' 3 0\n 1 1001'
	# A filter of its own account, in one go.
	run -1 --separate-stderr judge -q --record="$S"
	assert_err_empty
	run -0 uids
	assert_out $' 4 0\n 1 1001'
	# The line's own word for it does not count.
	sed 's/"uid":0/"uid":1002/' "$D"/st/spool/* | head -1 >forged
	/usr/bin/python3 - "$S" forged <<-'END'
	import socket, sys, zlib
	line = open(sys.argv[2], "rb").read().rstrip(b"\n")[:-18]
	line += b',"crc":"%08x"}\n' % zlib.crc32(line)
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	s.sendall(line)
	s.shutdown(socket.SHUT_WR)
	assert s.recv(100) == b"ok 1\n"
	END
	run -0 uids
	assert_out $' 5 0\n 1 1001'
	[ "$(stat -c %U:%a "$D/st/spool"/*)" = "$(id -nu 1003 2>/dev/null ||
	    echo UNKNOWN):600" ]
}

@test "the socket: 600 lines a minute of one account; others go on" {
	served
	verdicts 601 >many
	run -75 --separate-stderr dmarcreport record --socket="$S" <many
	assert_err_has 'more than 600 lines a minute of one account'
	run -0 uids
	assert_out ' 600 0'
	run -1 --separate-stderr judge --record="$S"
	assert_err_has 'more than 600 lines'
	run -0 --separate-stderr as 1001 "$BIN/dmarcreport" record \
	    --socket="$S" <<<"$(head -1 many)"
	run -0 uids
	assert_out $' 600 0\n 1 1001'
}

@test "the socket: what is no line, half a line, no socket" {
	served
	run -0 --separate-stderr /usr/bin/python3 - "$S" <<-'END'
	import socket, sys
	def say(data):
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(sys.argv[1])
	    s.sendall(data)
	    s.shutdown(socket.SHUT_WR)
	    return s.recv(600).decode()
	print(say(b"GET / HTTP/1.0\n"), say(b"x" * 9000), say(b'{"v":1,'),
	    sep="", end="")
	END
	assert_out $'no a line that is none\nno a line too long\nok 0'
	[ -z "$(find "$D/st/spool" -type f -size +0 2>/dev/null)" ]
	run -77 --separate-stderr dmarcreport record --accept --home=st \
	    </dev/null
	assert_err_has 'no local socket'
	run -75 --separate-stderr dmarcreport record --socket="$D/none" \
	    <<<"$(verdicts 1)"
	[ ! -e st ]
}

# made: the reports of that day.
made() {
	dmarcreport make --home=st --offline --zone=zone -q \
	    --from=reports@rep.example --now=2026-11-21T00:20:00Z
}
# sums FILE...: rows, messages, and the largest XML's size.
sums() {
	local f
	for f; do
		gzip -dc "$f" >x.xml
		stat -c %s x.xml >>sizes
		grep -c '<record>' x.xml >>rows
		grep -o '<count>[0-9]*' x.xml | cut -d'>' -f2 >>counts
	done
	echo "$(awk '{ n += $1 } END { print n }' rows)" \
	    "$(awk '{ n += $1 } END { print n }' counts)"
}

@test "mail-dmarc PR 224: over 8 MiB of XML is split, nothing lost" {
	verdicts 10000 '.envelope.ip = "10.1.\($n / 256 | floor).\($n % 256)" |
	    .dkim = [range(2) | {domain: "s\(.).\("d" * 60).example.com",
	    selector: "\("s" * 60)", result: "fail", reason: "body"}]' |
	    dmarcreport record --home=st --act=policy --now=$NOW
	made
	set -- st/out/*
	[ $# -eq 2 ]
	run -0 sums "$@"
	assert_out '10000 10000'
	[ "$(sort -n sizes | tail -1)" -lt $((8 * 1024 * 1024 + 8192)) ]
	[ "$(sort -n sizes | tail -1)" -ge $((8 * 1024 * 1024)) ]
	# Each is a report of its own, of the same period.
	[ "$(for f; do gzip -dc "$f" | grep -o '<report_id>.*'; done |
	    sort -u | wc -l)" -eq 2 ]
	[ "$(for f; do gzip -dc "$f" | grep -E '<(begin|end)>'; done |
	    sort -u | wc -l)" -eq 2 ]
	# We read both of them.
	run -0 --separate-stderr dmarcreport read --home=r --offline -q \
	    --now=2026-11-22T00:00:00Z "$@"
	run -0 dmarcreport show --home=r --now=2026-11-22T00:00:00Z -o json \
	    domains
	[ "$(jq -c '.rows[0].messages' <<<"$output")" = 10000 ]
}

@test "50,001 rows: what is new is merged, counts stay exact, error says so" {
	# Two clients; each message has another MAIL FROM, and a signature
	# that fails under another selector.
	verdicts 50010 '.envelope.ip = "192.0.2.\($n % 2)" |
	    .envelope.mail_from = "x@m\($n).example" | .spf[0].domain =
	    "m\($n).example" | .dkim = [{domain: "example.com",
	    selector: "s\($n)", result: "fail", reason: "body"}]' |
	    dmarcreport record --home=st --act=policy --now=$NOW
	made
	set -- st/out/*
	cat "$@" | gzip -dc >all.xml
	[ "$(grep -c '<record>' all.xml)" -gt 50000 ]
	run -0 sums "$@"
	assert_out_match '^500[0-9]+ 50010$'
	grep -F '<error>more than 50000 different rows: 10 messages were merged into fewer</error>' \
	    all.xml
	# The first 50,000 keep all that they had.
	[ "$(grep -c '<selector>' all.xml)" -eq 50000 ]
	run -0 grep -c '<selector>s50001<' all.xml || [ "$status" -eq 1 ]
	assert_out 0
}

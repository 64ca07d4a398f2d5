#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Reports of ours read by others, and theirs by us: Mail::DMARC, dmarc-cat,
# OpenDMARC, and Python's mail, gzip and XML.
# shellcheck disable=SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common

DAY=2026-11-20

# The same four messages of three clients, as both dialects, mail and file.
setup_file() {
	export W=$BATS_FILE_TMPDIR
	cd "$W" || return 1
	echo '_dmarc.example.com. 60 IN TXT "v=DMARC1; p=reject; rua=mailto:r@example.com"' >zone
	local i n=0
	for i in 1 2 2 3; do
		n=$((n + 1))
		printf 'From: <a@example.com>\nSubject: %s\n\nText.\n' $n >m
		dmarceval --offline --zone=zone -q --ip=192.0.2.$i \
		    --helo=h.example --mail-from='"q&<>"@example.com' \
		    --now=${DAY}T10:00:00Z --record=st --act=policy m || :
	done
	for i in rfc9990 rfc7489; do
		cp -r st $i
		dmarcreport make --home=$i --offline --zone=zone -q \
		    --from=reports@rep.example --dialect=$i --stdout \
		    --org='R & D "x"' --domain=example.com --day=$DAY \
		    --now=2026-11-21T00:20:00Z >$i.eml
	done
}

setup() {
	use_tmp
}

teardown() {
	stop_all
}

# read_as_text FILE...
read_as_text() {
	dmarcreport read --no-store --offline --now=1795500000 -o text "$@"
}
rows() {
	dmarcreport read --no-store --offline --now="${AT:-1795500000}" \
	    -o json "$@" | jq -c ".rows[] | [.source_ip, .count,
	    .disposition, .dkim, .spf, .header_from, .envelope_from,
	    (.auth_dkim | map(.domain + \" \" + .selector + \" \" + .result)),
	    (.auth_spf | map(.domain + \" \" + .result))]"
}

@test "dmarc-cat reads both dialects" {
	need dmarc-cat
	local d
	for d in rfc9990 rfc7489; do
		cp "$W/$d/out/"* .
		run -0 dmarc-cat -N ./rep.example*
		assert_out_has 'Reporting by: R & D "x"'
		assert_out_has 'Domain: example.com'
		assert_out_has 'Reports(3):'
		assert_out_match '192\.0\.2\.2 +2 +example\.com'
		rm ./rep.example*
	done
}

@test "Mail::DMARC takes our mail in the old dialect, row by row" {
	need dmarc_receive
	need sqlite3
	need_perl Mail::DMARC DBD::SQLite
	cat >mail-dmarc.ini <<-'END'
	[organization]
	domain = recv.example
	org_name = Receiver
	email = dmarc@recv.example
	[report_store]
	backend = SQL
	dsn = dbi:SQLite:dbname=reports.sqlite
	[dns]
	timeout = 1
	retrans = 1
	[smtp]
	hostname = recv.example
	END
	cp "$W/rfc7489.eml" m.eml
	run -0 timeout 60 dmarc_receive --file m.eml
	run -0 sqlite3 reports.sqlite 'SELECT begin, end, count(*),
	    sum(count) FROM report JOIN report_record ON report_id = report.id'
	assert_out '1795132800|1795219199|3|4'
	run -0 sqlite3 reports.sqlite 'SELECT DISTINCT disposition, dkim, spf
	    FROM report_record'
	assert_out 'reject|fail|fail'
	run -0 sqlite3 reports.sqlite 'SELECT p, rua FROM
	    report_policy_published'
	assert_out_match '^reject'
}

@test "Mail::DMARC's report, read by us" {
	need_perl Mail::DMARC
	perl "$ROOT/tests/interop/maildmarc.pl" >perl.xml
	run -0 read_as_text perl.xml
	assert_out_match 'reporter=Perl domain=example.com .* rows=2 messages=7 pass=3 AGG001 AGG005 AGG038$'
	run -0 rows perl.xml
	assert_out '["192.0.2.1",3,"none","pass","fail","example.com","lists.example",["example.com s1 pass"],["lists.example pass"]]
["2001:db8::1",4,"reject","fail","fail","example.com","",[],["h.example softfail"]]'
}

@test "OpenDMARC's report, from its history to the mail, read by us" {
	need opendmarc-import opendmarc-reports mariadbd mariadb-install-db
	need_perl DBD::mysql Switch
	need_root
	local schema=/usr/share/dbconfig-common/data/opendmarc/install/mysql
	[ -r $schema ] || skip "no schema of opendmarc"
	local sql=(mariadb --no-defaults --user=root --socket="$T/s")
	mariadb-install-db --no-defaults --datadir="$T/data" --user=root \
	    --auth-root-authentication-method=normal --skip-test-db >log 2>&1
	start mariadbd --no-defaults --datadir="$T/data" --socket="$T/s" \
	    --skip-networking --user=root
	for _ in $(seq 100); do
		"${sql[@]}" -e 'SELECT 1' >/dev/null 2>&1 && break
		sleep 0.1
	done
	{
		echo 'CREATE DATABASE opendmarc; USE opendmarc;'
		cat $schema
		echo "CREATE USER od@localhost IDENTIFIED BY 'x';" \
		    "GRANT ALL ON opendmarc.* TO od@localhost;"
	} | "${sql[@]}"
	start /usr/bin/python3 "$ROOT/tests/interop/sink.py" "$T"
	local port o=("--dbhost=localhost;mysql_socket=$T/s" --dbuser=od
	    --dbpasswd=x --dbname=opendmarc)
	port=$(first_line "$START_OUT")
	# Their query goes back from now.
	AT=$(date +%s)
	local head tail
	head=$'reporter mx.example\nreceived '$((AT - 4000))
	tail=$'pdomain example.com\npolicy 15\nrua mailto:r@example.com
pct 100\nadkim 114\naspf 114\np 114\nsp 110\narc 7\narc_policy 0 json:[]
action 2'
	cat >history <<-END
	job 1
	$head
	ipaddr 192.0.2.1
	from example.com
	mfrom lists.example
	dkim example.com s1 0
	spf 0
	align_dkim 4
	align_spf 5
	$tail
	job 2
	$head
	ipaddr 2001:db8::1
	from example.com
	mfrom example.com
	spf 2
	align_dkim 5
	align_spf 5
	$tail
	END
	run -0 opendmarc-import "${o[@]}" --input=history
	TZ=UTC run -0 timeout 60 opendmarc-reports "${o[@]}" --utc \
	    --interval=86400 --report-email=dmarc@od.example \
	    --report-org=od.example --smtp-server=127.0.0.1 \
	    --smtp-port="$port"
	run -0 rows 1.eml
	assert_out '["192.0.2.1",1,"none","pass","fail","example.com",null,["example.com s1 pass"],["lists.example pass"]]
["2001:db8::1",1,"none","fail","fail","example.com",null,[],["example.com softfail"]]'
	run -0 dmarcreport read --no-store --offline --now="$AT" -o text 1.eml
	assert_out_match 'reporter=od.example domain=example.com .* rows=2 messages=2 pass=1 AGG001 AGG004 AGG005 AGG011 '
}

@test "Python's email, gzip and ElementTree read what we send" {
	need_python email
	run -0 /usr/bin/python3 - "$W/rfc9990.eml" "$W/rfc7489.eml" <<-'END'
	import email, email.policy, gzip, sys
	import xml.etree.ElementTree as tree
	for name in sys.argv[1:]:
	    with open(name, "rb") as f:
	        m = email.message_from_binary_file(f,
	            policy=email.policy.default)
	    assert not m.defects and m["From"].addresses[0].domain == "rep.example"
	    part = next(m.iter_attachments())
	    file = part.get_filename()
	    assert file.startswith("rep.example!example.com!1795132800!")
	    top = tree.fromstring(gzip.decompress(part.get_content()))
	    space = top.tag[:-len("feedback")]
	    find = lambda x: [e.text for e in top.iter(space + x)]
	    print(space, find("org_name"), find("count"), find("source_ip"),
	        set(find("envelope_from")))
	END
	local same="['R & D \"x\"'] ['1', '2', '1'] ['192.0.2.1', '192.0.2.2', '192.0.2.3'] {'example.com'}"
	assert_out "{urn:ietf:params:xml:ns:dmarc-2.0} $same
 $same"
}

# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# mailaudit: many domains over a resolver 20 ms away (dnsd, which delays), and
# of zone files; one domain against our own tools in turn, which ask one
# question after the other.
AUDIT_NOW=2026-11-27T00:00:00Z

# audit_domains N: N domains in audit.master, their names in audit.list.
audit_domains() {
	awk -v n="$1" -v list="$W/audit.list" 'BEGIN {
		print "$ORIGIN test.\n$TTL 60\n@ IN SOA ns. h. 1 2 3 4 5"
		print "_spf.p IN TXT \"v=spf1 include:_a.p.test " \
		    "include:_b.p.test -all\""
		print "_a.p IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\""
		print "_b.p IN TXT \"v=spf1 a:mx1.p.test -all\""
		print "mx1.p IN A 192.0.2.1\np IN MX 10 mx1.p"
		print "*._report._dmarc.p IN TXT v=DMARC1"
		for (i = 0; i < n; i++) {
			d = "d" i
			print d " IN TXT \"v=spf1 ip4:203.0.113." i % 250 \
			    " include:_spf.p.test -all\""
			print d " IN MX 10 mx." d "\n" d " IN MX 20 mx1.p"
			print "mx." d " IN A 203.0.113." i % 250
			print "_dmarc." d " IN TXT \"v=DMARC1; p=reject; " \
			    "rua=mailto:d@p.test\""
			print "_smtp._tls." d " IN TXT \"v=TLSRPTv1; " \
			    "rua=mailto:t@p.test\""
			print "s1._domainkey." d " IN TXT \"v=DKIM1; p=\""
			print d ".test" >list
		}
	}' >"$W/audit.master"
}

# audit_serve [RULE...]: AUDIT_AT.
audit_serve() {
	local i
	: >"$W/dnsd.port"
	"$O/tests/dnsd" --zone="$W/audit.master" --lifetime=300 \
	    "${@/#/--rule=}" >"$W/dnsd.port" 2>/dev/null &
	AUDIT_PID=$!
	for ((i = 0; i < 100; i++)); do
		AUDIT_AT=$(tr -dc '0-9 ' <"$W/dnsd.port" | awk '{print $NF}')
		[ -z "$AUDIT_AT" ] || break
		sleep 0.1
	done
	AUDIT_AT=127.0.0.1:$AUDIT_AT
}
audit_end() {
	kill "$AUDIT_PID"
	wait "$AUDIT_PID" 2>/dev/null
}

# audit_time OPTION...: WALL_MS, CPU_MS and KIB of one run.
audit_time() {
	read -r WALL_MS CPU_MS KIB < <(/usr/bin/python3 -c '
import resource, subprocess, sys, time
t = time.monotonic()
subprocess.run(["mailaudit"] + sys.argv[1:], stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL)
t = time.monotonic() - t
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print(round(t * 1000), round((u.ru_utime + u.ru_stime) * 1000), u.ru_maxrss)
' "$@")
}

audit_start() {
	pair 200 /dev/null mailaudit --version -- /bin/true || return 1
	row audit-start "$RATIO" ratio \
	    "--version, $A_US us, against a bare process" "<=2.5"
}

audit_many() {
	audit_domains 1000
	audit_serve '* * delay 20'
	audit_time --nameserver="$AUDIT_AT" --selector=s1 -o json \
	    --files-from="$W/audit.list"
	row audit-1000 "$WALL_MS" ms "1,000 domains, 20 ms away" "<=5000"
	row audit-1000-cpu "$CPU_MS" ms "processor of that" "<=1500"
	row audit-1000-memory "$KIB" KB "memory of that" "<=65536"
	audit_time --nameserver="$AUDIT_AT" --selector=s1 d7.test
	row audit-one "$WALL_MS" ms "one domain, 20 ms away" "<=200"
	PAIR_STATUS=1 pair 3 /dev/null sh -c 'mailaudit "$@" --selector=s1 \
	    d7.test; :' sh --nameserver="$AUDIT_AT" -- sh -c '
	    spfcheck --lint "$@" d7.test; dmarceval --lint "$@" d7.test
	    dkimkey check --domain=d7.test --selector=s1 "$@"; exit 1' sh \
	    --nameserver="$AUDIT_AT" || return 1
	row audit-in-turn "$RATIO" ratio \
	    "that against our three tools in turn, $B_US us" "<=1"
	audit_end
	audit_serve '*.d7.test * silent' 'd7.test * silent'
	audit_time --nameserver="$AUDIT_AT" --selector=s1 -o json \
	    --time-limit=2 --files-from="$W/audit.list"
	row audit-dead "$WALL_MS" ms "1,000 domains, the servers of one dead, \
--time-limit=2" "<=7000"
	audit_end
}

audit_zone() {
	audit_domains 1
	audit_time --offline --zone="$W/audit.master" --selector=s1 d0.test
	row audit-one-zone "$WALL_MS" ms "one domain of a zone file, with the \
measuring process" -
	audit_domains 10000
	audit_time --offline --zone="$W/audit.master" --now=$AUDIT_NOW \
	    --files-from="$W/audit.list"
	row audit-10000-zone "$WALL_MS" ms "10,000 domains of a zone file" \
	    "<=3000"
}

audit_known() {
	audit_domains 10000
	mailaudit --offline --zone="$W/audit.master" --now=$AUDIT_NOW -o json \
	    --files-from="$W/audit.list" >"$W/audit.json"
	audit_time --offline --zone="$W/audit.master" --now=$AUDIT_NOW \
	    --baseline="$W/audit.json" --files-from="$W/audit.list"
	row audit-baseline "$WALL_MS" ms "the same against a baseline of \
$(grep -o '"code"' "$W/audit.json" | wc -l) findings" "<=4000"
}

if [ -x "$O/tests/dnsd" ] && [ -x /usr/bin/python3 ]; then
	audit_start
	audit_many
	audit_zone
	audit_known
else
	skip_row "no dnsd or no python3"
fi

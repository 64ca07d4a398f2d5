#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# examples/jitgrant-aliases under a real Postfix, whose local(8) runs the
# filter as nobody, before the system's home behind `jitgrant serve`, which
# mails the approvers through Postfix's own sendmail (setgid postdrop).
# `make check-mta` runs it.
# shellcheck disable=SC2016,SC2034,SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/approval
load ../lib/bats/sandbox

setup_file() {
	mail_world
}

setup() {
	use_tmp
	need postfix
	unset SENDER
	export VOUCHSAFE_JIT_HOME=
	cp "$BATS_FILE_TMPDIR"/zone "$BATS_FILE_TMPDIR"/*.pem .
}

# In the sandbox, which has an /etc, /run and /var/lib of its own; the network
# and /var/spool/postfix are made private too.
WORLD='
cd "$1"
umask 022
mount -t tmpfs -o mode=755 none /var/spool
mkdir -p /run/P/store /var/spool/postfix /var/lib/postfix
chmod 777 /run/P/store
chown postfix /var/lib/postfix
cp zone /run/zone
cat >/etc/postfix/main.cf <<-END
compatibility_level = 3.6
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
maillog_file = /var/spool/mail.log
maillog_file_prefixes = /var/spool
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.org
mydestination = example.org
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
local_recipient_maps =
alias_maps = hash:/etc/aliases
alias_database =
smtp_dns_support_level = disabled
default_transport = error:not here
export_environment = TZ PATH
import_environment = TZ PATH=/run/bin:/usr/sbin:/usr/bin:/sbin:/bin
minimal_backoff_time = 600s
END
cat >/etc/postfix/master.cf <<-END
smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
local unix - n n - - local
postlog unix-dgram n - n - 1 postlogd
END
{
	sed "/^#/d;s|/usr/local/bin/|/run/bin/|" \
	    "$ROOT/examples/jitgrant-aliases"
	echo "bob: \"|cat >\$(mktemp /run/P/store/XXXXXX)\""
} >/etc/aliases
ip link set lo up
postalias hash:/etc/aliases
policy_text() {
	cat <<-P
	[defaults]
	mail_from=jit@example.org
	[person alice]
	uid=alice
	mail=alice@example.org
	[person bob]
	uid=bob
	mail=bob@example.org
	[rule a]
	kind=demo
	resource=*
	request=person:alice, mail:@vendor.example
	approve=1 of person:bob
	max=1h
	P
}
wait_for() {	# wait_for COMMAND...: until it succeeds, 30 s at most
	local i
	for ((i = 0; i < 300; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		read -rt 0.1 <> <(:) || :
	done
	echo "waited for: $*"
	tail -n 30 /var/spool/mail.log
	exit 1
}
logged() { grep -q -e "$1" /var/spool/mail.log; }
is() { [ "$(jitgrant show -o json "$ID" | jq -r .state)" = "$1" ]; }
has_code() { grep -hq "the request: $ID" /run/P/store/*; }
asked() {
	ID=$({ as_user alice jitgrant request --reason x --for 10m -o json \
	    --resource x --kind demo || :; } | jq -r .grant)
	wait_for has_code
	CODE=$(grep -l "the request: $ID" /run/P/store/* |
	    xargs sed -n "s/^    your code: //p")
}
send() {	# send SENDER RECIPIENT FILE
	"$PYTHON" -c "
import smtplib, sys
s = smtplib.SMTP(\"127.0.0.1\", 25, \"client.example\", timeout=20)
s.sendmail(sys.argv[1], [sys.argv[2]], open(sys.argv[3], \"rb\").read())
s.quit()" "$@"
}
postfix start >/dev/null 2>&1
'

world() {
	need_root
	unshare -n true 2>/dev/null || skip "no network namespaces"
	export -f write sign
	export ROOT PYTHON
	sandbox 'exec unshare -n bash -euc "$1" bash "$2"' "$(declare -f as_user serve)
$WORLD
trap 'postfix stop >/dev/null 2>&1 || :' EXIT
$1" "$T"
}

@test "Postfix alias: asked by mail, approved by mail, forged, deferred" {
	run -0 world '
	serve --offline --zone=/run/zone < <(policy_text)
	trap "postfix stop >/dev/null 2>&1; kill $(jobs -p)" EXIT
	asked
	# Not signed: consumed, and nothing came of it.
	write "approve $ID $CODE\n" >plain
	send bob@example.org jit@example.org plain
	wait_for logged "orig_to=<jit.*status=sent\|to=<jit@example.org>.*status=sent"
	is requested
	[ "$(jitgrant log export | jq -r "select(.event == \"mail-refused\") |
	    .reason")" = dmarc ]
	# A bounce of Postfix has the null sender.
	sign <plain >good
	send "" jit@example.org good
	wait_for eval "jitgrant log export | grep -q \"\\\"sender\\\"\""
	is requested
	# The zone is away: the mail waits in the queue.
	: >/run/zone
	sed -i "s/^Message-ID: </&d/" plain
	sign <plain >later
	mv /run/vouchsafe/jitgrant.sock /run/vouchsafe/away
	send bob@example.org jit@example.org later
	wait_for logged "status=deferred"
	is requested
	cp zone /run/zone
	mv /run/vouchsafe/away /run/vouchsafe/jitgrant.sock
	postqueue -f
	wait_for is active
	! logged status=bounced
	# A partner asks.
	FROM=joe@vendor.example write "request demo r 1h\nreason: why\n" |
	    D=vendor.example sign >ask
	send joe@vendor.example grants@example.org ask
	wait_for eval "jitgrant list -o json | grep -q joe@vendor"
	jitgrant log export | jq -r .actor | sort -u
	jitgrant log verify
	'
	# local(8) ran the filter as nobody.
	assert_out_line "uid:$(id -u nobody)"
}

@test "Postfix alias: a DNS that does not answer keeps the mail" {
	run -0 world '
	serve --offline < <(policy_text)
	trap "postfix stop >/dev/null 2>&1; kill $(jobs -p)" EXIT
	asked
	write "approve $ID $CODE\n" | sign >good
	send bob@example.org jit@example.org good
	wait_for logged "status=deferred"
	is requested
	postqueue -p
	'
	assert_out_has bob@example.org
}

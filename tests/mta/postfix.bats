#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# examples/postfix-filter under a real Postfix, in namespaces of its own: its
# own loopback, /etc/postfix and queue.  `make check-mta` runs it.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup_file() {
	command -v postfix >/dev/null || skip "postfix is not installed"
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare -mn true 2>/dev/null || skip "no namespaces"
	# pipe(8)'s user must be able to reach all of it.
	P=$(mktemp -d /var/tmp/vouchsafe.XXXXXX)
	export P
	chmod 755 "$P"
	cd "$P" || return 1
	mkdir bin etc store spool data keys
	chmod 777 store
	chown postfix data
	cp -R /etc/postfix/. etc
	: >up
	cp "$BIN"/* bin
	sed "s|/etc/vouchsafe/filter.conf|$P/filter.conf|
	    s|/usr/local/bin/|$P/bin/|" \
	    "$ROOT/examples/postfix-filter" >bin/postfix-filter
	chmod 755 bin/*
	world
	setsid unshare -mn --propagation private sh -c "
		ip link set lo up &&
		mount --bind $P/etc /etc/postfix &&
		mount --bind $P/spool /var/spool/postfix &&
		mount --bind $P/data /var/lib/postfix &&
		postfix start >$P/start.log 2>&1 && echo up >$P/up &&
		exec sleep 900" >/dev/null 2>&1 </dev/null 3>&- 4>&- &
	echo $! >"$P/pid"
	first_line "$P/up" || { cat "$P/start.log"; return 1; }
}

teardown_file() {
	[ -n "${P:-}" ] || return 0
	inside postfix stop >/dev/null 2>&1 || :
	kill "$(cat "$P/pid")" 2>/dev/null || :
	rm -rf "$P"
}

# What the filter and the DNS know.
world() {
	dkimkey new -t ed25519 keys/key.pem
	chown nobody keys/key.pem
	{
		dkimkey record -d ours.example -s s1 keys/key.pem
		cat <<-'END'
		legit.example. 60 IN TXT "v=spf1 ip4:127.0.0.1 -all"
		_dmarc.legit.example. 60 IN TXT "v=DMARC1; p=reject"
		_dmarc.victim.example. 60 IN TXT "v=DMARC1; p=reject"
		client.example. 60 IN TXT "v=spf1 ip4:127.0.0.1 -all"
		END
	} >zone
	echo "ours.example ours.example s1 $P/keys/key.pem" >table
	cat >filter.conf <<-END
	ID=mx.here.example
	KEYS=$P/table
	OPTIONS="--offline --zone=$P/zone"
	END
	cat >bin/store <<-END
	#!/bin/sh
	# Each delivery is one new file.
	f=\$(mktemp $P/store/.new.XXXXXX) && cat >"\$f" &&
	    mv "\$f" "\$(mktemp -u $P/store/mail.XXXXXX)"
	END
	chmod 755 bin/store
	cat >etc/main.cf <<-END
	compatibility_level = 3.6
	command_directory = /usr/sbin
	daemon_directory = /usr/lib/postfix/sbin
	shlib_directory = /usr/lib/postfix
	queue_directory = /var/spool/postfix
	data_directory = /var/lib/postfix
	maillog_file = /var/spool/postfix/mail.log
	mail_owner = postfix
	setgid_group = postdrop
	myhostname = mx.here.example
	mydestination = here.example
	mynetworks = 127.0.0.0/8
	inet_interfaces = loopback-only
	inet_protocols = ipv4
	alias_maps =
	alias_database =
	local_recipient_maps =
	smtp_dns_support_level = disabled
	smtpd_peername_lookup = no
	mailbox_transport = store
	local_transport = store
	default_transport = store
	store_destination_recipient_limit = 1
	smtpd_recipient_restrictions = permit_mynetworks, reject
	message_size_limit = 60000000
	minimal_backoff_time = 600s
	END
	# The lines that the filter prints for master.cf, as they stand there but
	# for the account, the place and the chroot.
	sed -n '/^#	smtp /,/^#$/s/^#	//p' "$ROOT/examples/postfix-filter" |
	    grep -v '^    (and' | sed "s|/usr/local/libexec/vouchsafe|$P/bin|
	    s|user=_vouchsafe-filter|user=nobody|; s| n - y | n - n |" \
	    >etc/master.cf
	[ "$(grep -c "$P/bin/postfix-filter" etc/master.cf)" -eq 2 ]
	cat >>etc/master.cf <<-END
	store unix - n n - 10 pipe
	    flags=DR user=nobody null_sender= argv=$P/bin/store
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	error unix - - n - - error
	retry unix - - n - - error
	discard unix - - n - - discard
	showq unix n - n - - showq
	anvil unix - - n - 1 anvil
	scache unix - - n - 1 scache
	proxymap unix - - n - - proxymap
	flush unix n - n 1000? 0 flush
	postlog unix-dgram n - n - 1 postlogd
	END
	sed 's/^smtp  *inet/smtp unix - - n - - smtp\n&/' etc/master.cf >m
	mv m etc/master.cf
}

inside() {
	nsenter -t "$(cat "$P/pid")" -m -n -- "$@"
}

# send PORT SENDER RECIPIENT FILE
send() {
	inside "$PYTHON" -c '
import smtplib, sys
port, sender, rcpt, path = sys.argv[1:]
s = smtplib.SMTP("127.0.0.1", int(port), "client.example", timeout=20)
s.sendmail(sender, [rcpt], open(path, "rb").read())
s.quit()' "$1" "$2" "$3" "$T/$4"
}

# arrived N: wait until N deliveries are stored (20 s at most).
arrived() {
	local i
	for ((i = 0; i < 400; i++)); do
		set -- "$1" "$P"/store/mail.*
		[ ! -e "$2" ] || [ $# -le "$1" ] || return 0
		read -rt 0.05 <> <(:) || :
	done
	tail -n 30 "$P/spool/mail.log" >&2
	return 1
}

# logged TEXT: wait until the log has it.
logged() {
	local i
	for ((i = 0; i < 400; i++)); do
		! grep -q -e "$1" "$P/spool/mail.log" || return 0
		read -rt 0.05 <> <(:) || :
	done
	tail -n 30 "$P/spool/mail.log" >&2
	return 1
}

queue_empty() {
	local i
	for ((i = 0; i < 400; i++)); do
		[[ $(inside postqueue -p) != *'queue is empty'* ]] || return 0
		read -rt 0.05 <> <(:) || :
	done
	inside postqueue -p >&2
	return 1
}

setup() {
	use_tmp
	inside postsuper -d ALL >/dev/null 2>&1
	rm -f "$P"/store/*
	: >"$P/spool/mail.log"
}

mail() {	# mail FROM [FIELD]
	printf 'Date: Mon, 23 Nov 2026 18:00:00 +0000\n'
	printf 'From: <%s>\nTo: <two@here.example>\nMessage-ID: <%s@x>\n' \
	    "$1" "$RANDOM"
	[ -z "${2:-}" ] || printf '%s\n' "$2"
	printf 'Subject: test\n\nText.\n.\n..dots\nFrom here.\n'
}

@test "inbound: good mail is delivered once, marked pass" {
	mail one@legit.example >m
	send 25 one@legit.example two@here.example m
	arrived 1
	queue_empty
	[ "$(ls "$P/store" | wc -l)" -eq 1 ]
	grep -A1 '^Authentication-Results: mx.here.example;$' "$P"/store/* |
	    grep -q 'dmarc=pass header.from=legit.example'
	grep -q 'spf=pass smtp.mailfrom=one@legit.example' "$P"/store/*
	# It went through the filter once, and no byte of the body changed.
	[ "$(grep -c 'relay=judge' "$P/spool/mail.log")" -eq 1 ]
	sed '1,/^$/d' m >want
	sed '1,/^$/d' "$P"/store/* >got
	head -c "$(wc -c <want)" got | cmp - want
}

@test "inbound: forged mail is marked fail, its claims are gone" {
	mail boss@victim.example \
	    'Authentication-Results: mx.here.example; dmarc=pass' >m
	send 25 evil@client.example two@here.example m
	arrived 1
	queue_empty
	grep -q 'dmarc=fail .*header.from=victim.example' "$P"/store/*
	[ "$(grep -c '^Authentication-Results' "$P"/store/*)" -eq 1 ]
	assert_file_lacks dmarc=pass dmarc=fail "$P"/store/*
}

@test "inbound: a null sender, and odd addresses, reach the filter as they are" {
	mail one@legit.example >m
	send 25 '' two@here.example m
	arrived 1
	grep -q 'smtp.mailfrom=postmaster@client.example' "$P"/store/*
	grep -q '^Return-Path: <>' "$P"/store/*
	queue_empty
	rm -f "$P"/store/*
	send 25 '"$(touch x) -f; \"q"@client.example' \
	    '"x y;z"@here.example' m
	arrived 1
	grep -q '^Delivered-To: "\?x y;z"\?@here.example' "$P"/store/* ||
	    logged 'to=<"\?x y;z"\?@here.example>, relay=store'
	queue_empty
}

@test "inbound: a filter that fails keeps the mail in the queue" {
	mv "$P/zone" "$P/zone.away"
	mail one@legit.example >m
	send 25 one@legit.example two@here.example m
	logged 'status=deferred'
	logged 'cannot judge the mail'
	[ -z "$(ls "$P/store")" ]
	assert_file_lacks status=bounced status=deferred "$P/spool/mail.log"
	[[ $(inside postqueue -p) == *one@legit.example* ]]
	# And delivers it when it works again.
	mv "$P/zone.away" "$P/zone"
	inside postqueue -f
	arrived 1
	grep -q 'dmarc=pass' "$P"/store/*
	queue_empty
}

@test "inbound: a broken configuration keeps the mail too" {
	cp "$P/filter.conf" conf
	echo 'if' >>"$P/filter.conf"
	mail one@legit.example >m
	send 25 one@legit.example two@here.example m
	logged 'cannot read'
	[ -z "$(ls "$P/store")" ]
	cp conf "$P/filter.conf"
	inside postqueue -f
	arrived 1
	queue_empty
}

@test "outbound: mail is signed once, and what was signed verifies" {
	mail one@ours.example >m
	send 587 one@ours.example two@far.example m
	arrived 1
	queue_empty
	[ "$(grep -c '^DKIM-Signature' "$P"/store/*)" -eq 1 ]
	run -0 --separate-stderr dkimverify --offline --zone="$P/zone" \
	    "$P"/store/mail.*
	assert_out_has 'dkim=pass header.d=ours.example header.s=s1'
	[ "$(grep -c 'relay=sign' "$P/spool/mail.log")" -eq 1 ]
}

@test "outbound: a domain without a key passes unsigned" {
	mail one@legit.example >m
	send 587 one@legit.example two@far.example m
	arrived 1
	queue_empty
	assert_file_lacks_re '^DKIM-Signature' '^From: ' "$P"/store/*
}

@test "outbound: a key that cannot be read keeps the mail" {
	mv "$P/keys/key.pem" "$P/keys/away"
	mail one@ours.example >m
	send 587 one@ours.example two@far.example m
	logged 'cannot sign the mail'
	[ -z "$(ls "$P/store")" ]
	mv "$P/keys/away" "$P/keys/key.pem"
	inside postqueue -f
	arrived 1
	queue_empty
	[ "$(grep -c '^DKIM-Signature' "$P"/store/*)" -eq 1 ]
}

@test "reinjection cannot loop, even with a filter for all in main.cf" {
	inside postconf -e content_filter=sign:dummy
	inside postfix reload >/dev/null 2>&1
	mail one@ours.example >m
	send 587 one@ours.example two@far.example m
	arrived 1
	queue_empty
	[ "$(grep -c 'relay=sign' "$P/spool/mail.log")" -eq 1 ]
	[ "$(ls "$P/store" | wc -l)" -eq 1 ]
	[ "$(grep -c '^DKIM-Signature' "$P"/store/*)" -eq 1 ]
	inside postconf -X content_filter
	inside postfix reload >/dev/null 2>&1
}

@test "a large mail comes through whole" {
	{ mail one@legit.example; head -c 9000000 /dev/urandom | base64; } >m
	send 25 one@legit.example two@here.example m
	arrived 1
	queue_empty
	sed '1,/^$/d' m >want
	sed '1,/^$/d' "$P"/store/* >got
	head -c "$(wc -c <want)" got | cmp - want
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The examples for the report mailbox under the real procmail, maildrop and
# Sieve, as they are printed: a report is stored, other mail stays what it is,
# and nothing is lost while the store is busy.
# shellcheck disable=SC2154
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	# Other accounts must reach it.
	T=$(mktemp -d /tmp/vouchsafe-mda-XXXXXX)
	cd "$T" || return 1
	report='mx.example.net!example.com!1795305600!1795391999.xml'
	{
		printf '%s\n' 'From: dmarc@mx.example.net' 'To: d@example.com' \
		    'Subject: Report Domain: example.com Submitter: mx.example.net Report-ID: <0mxexamplenet>' \
		    'Message-ID: <1@mx.example.net>' 'MIME-Version: 1.0' \
		    "Content-Type: application/gzip; name=\"$report.gz\"" \
		    'Content-Transfer-Encoding: base64' ''
		gzip -9nc "$ROOT/examples/reports/$report" | base64
	} >report.eml
	printf 'From: a@b.example\nSubject: hello\n\nText.\n' >other.eml
	head -c 900 report.eml >broken.eml
	# The state of the account is in its personal home.
	unset XDG_STATE_HOME
	export HOME=$T
}

teardown() {
	rm -rf "$T"
}

# The example, run with the tool under test, a clock and no DNS of its own.
recipe() {
	example "dmarcreport$1" |
	    sed "s|read --quiet --filter|& --home=$T/st --offline --now=1795500000|"
}
procmail_run() {
	{
		printf 'MAILDIR=%s\nDEFAULT=%s/inbox\nLOGFILE=%s/log\n' \
		    "$T" "$T" "$T"
		recipe -procmailrc
	} >rc
	procmail -m ./rc <"$1"
}
maildrop_run() {
	recipe -mailfilter >mf
	chmod 600 mf
	maildrop ./mf <"$1"
}
stored() {
	dmarcreport show --home=st --now=1795500000 -o json domains |
	    jq -c '.rows[0].messages'
}

# taken RUN: what each mail comes to.
taken() {
	run -0 "$1" report.eml
	run -0 stored
	local once=$output
	[ "$once" -gt 0 ]
	run -0 "$1" report.eml
	run -0 stored
	assert_out "$once"
	[ ! -e inbox ]
	# No report, and half of one: dealt with, and kept.
	run -0 "$1" other.eml
	run -0 "$1" broken.eml
	run -0 stored
	assert_out "$once"
	[ "$(find st/broken -type f | wc -l)" -eq 2 ]
	grep -q "^Subject: hello" st/broken/*
	# Try again: the mail server keeps it.
	echo 'no store' >st/store.db
	run -75 "$1" report.eml
	[ ! -e inbox ]
}

@test "procmail: reports are stored, others kept, a fault is 75" {
	need procmail jq
	taken procmail_run
}

@test "maildrop: reports are stored, others kept, a fault is 75" {
	need maildrop jq
	taken maildrop_run
}

@test "Sieve: reports go to the program, other mail to the inbox" {
	need sieve-test jq
	mkdir bin
	printf '#!/bin/sh\n%s\n' \
	    "$(recipe .sieve | sed -n 's/^#	//p' |
	    sed "s|exec dmarcreport|exec $BIN/dmarcreport|")" \
	    >bin/dmarcreport-filter
	chmod 755 bin/dmarcreport-filter
	grep -q "^exec $BIN/dmarcreport read --quiet --filter " \
	    bin/dmarcreport-filter
	example dmarcreport.sieve >script.sieve
	cat >dovecot.conf <<-END
	mail_location = mbox:$T/mail
	base_dir = $T/run
	plugin {
	  sieve_plugins = sieve_extprograms
	  sieve_extensions = +vnd.dovecot.pipe
	  sieve_pipe_bin_dir = $T/bin
	  sieve_pipe_exec_timeout = 30s
	}
	END
	mkdir run mail
	chmod a+rwx . run mail
	run -0 sieve_test report.eml
	assert_out_lacks 'folder: INBOX'
	run -0 stored
	[ "$output" -gt 0 ]
	run -0 sieve_test other.eml
	assert_out_lacks 'dmarcreport-filter'
	[ ! -e st/broken ]
}

# Dovecot refuses to run as root.  -e: do what the script says.
sieve_test() {
	local as=()
	[ "$(id -u)" -ne 0 ] ||
	    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	HOME=$T "${as[@]}" sieve-test -e -c dovecot.conf script.sieve \
	    "$1"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Real readers of mail after a stage of our own: none may see our id with a verdict
# that we did not write, however the field was spelled.  Each reader is first
# shown the mail as it came, in which it must find some: else the test is blind.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	"$PYTHON" "$ROOT/tests/interop/guises.py" make mx.test.example >came
	local t
	for t in spfcheck dkimverify dmarceval; do
		"$t" -q -o message --offline --authserv-id=mx.test.example \
		    <came >"$t.out" || return 1
	done
}

setup() {
	use_tmp
	cp "$BATS_FILE_TMPDIR"/* .
}

# judged READER...: READER FILE sees forged fields in what came, and none in
# what any of the three let through.
judged() {
	local t
	run -1 --separate-stderr "$@" came
	[ "${#lines[@]}" -ge "$LEAST" ]
	for t in spfcheck dkimverify dmarceval; do
		run -0 --separate-stderr "$@" "$t.out"
		assert_out_empty
	done
}
guises() {
	"$PYTHON" "$ROOT/tests/interop/guises.py" "$@"
}

@test "guises: every other field stays" {
	local t
	for t in spfcheck dkimverify dmarceval; do
		grep -a '^X-Between' came | cmp - <(grep -a '^X-Between' "$t.out")
		[ "$(grep -ac '^X-Between' "$t.out")" -ge 100 ]
		sed '/^From/,$d' "$t.out" >head
		assert_file_lacks header.d=evil mx.test.example head
	done
}

@test "guises: Python's email package" {
	LEAST=60 judged guises python
}

by_perl() {
	perl -MEmail::MIME -e '
	    local $/; open my $f, "<:raw", $ARGV[0] or die; my $m =
	    Email::MIME->new(<$f>); binmode STDOUT, ":utf8";
	    my @h = ($m->header_str_pairs, $m->header_raw_pairs);
	    while (my ($n, $v) = splice @h, 0, 2) {
		s/[\r\n\t]+/ /g for $n, $v; print "$n\t$v\n" }' "$1" |
	    guises judge
}
@test "guises: Perl's Email::MIME" {
	need_perl Email::MIME
	LEAST=20 judged by_perl
}

by_node() {
	NODE_PATH=$O/npm/node_modules node "$ROOT/tests/interop/guises.js" \
	    "$1" "$2" | guises judge
}
need_node() {
	need node
	[ -d "$O/npm/node_modules/$1" ] || skip "npm's $1 is not installed"
}
@test "guises: mailparser of npm" {
	need_node mailparser
	LEAST=20 judged by_node mailparser
}
@test "guises: postal-mime of npm" {
	need_node postal-mime
	LEAST=20 judged by_node postal-mime
}

# Sieve: is any of them our id with a pass, for a script as people write it?
by_sieve() {
	printf 'mail_location = mbox:%s/mail\n' "$T" >dovecot.conf
	# This test's folder, and the way to it: other tests' keys stay theirs.
	chmod -R a+rwX .
	chmod a+x "$BATS_RUN_TMPDIR" "${T%/*}" "${T%/*/*}" 2>/dev/null || :
	local as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=65534 --regid=65534
	    --clear-groups)
	HOME=$T "${as[@]}" sieve-test -c dovecot.conf ours.sieve "$1" |
	    grep -o 'folder: Believed'
	[ "${PIPESTATUS[0]}" -eq 0 ] || return 99
	return "$((1 - PIPESTATUS[1]))"
}
@test "guises: Dovecot's Sieve" {
	need sieve-test
	cat >ours.sieve <<-'END'
	require ["fileinto", "mailbox"];
	if header :matches "Authentication-Results"
	    ["mx.test.example*dkim=pass*", "*mx.test.example;*dkim=pass*"] {
		fileinto :create "Believed";
	}
	END
	believed() {
		case $(by_sieve "$1") in
		*Believed*) echo believed; return 1 ;;
		esac
	}
	LEAST=1 judged believed
}

@test "guises: maildrop" {
	need maildrop
	printf '%s\n' "if (/^Authentication-Results:.*mx\.test\.example.*dkim=pass/)" \
	    "{" "to \"$T/believed\"" "}" "to \"$T/inbox\"" >mf
	chmod 600 mf
	believed() {
		rm -f believed inbox
		maildrop ./mf <"$1" || return 99
		[ ! -e believed ] || { echo believed; return 1; }
		[ -e inbox ]
	}
	LEAST=1 judged believed
}

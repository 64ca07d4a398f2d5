#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bootstrap on machines that do not let it do what it wants.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

# A copy of bootstrap on a machine without the build's packages, where nobody
# is root, with the fakes of bin/ before all else.
setup() {
	use_tmp
	cp "$ROOT/bootstrap" .
	mkdir bin
	fake id 'echo 1000'
	fake dpkg-query 'exit 1'
	fake apt-get 'echo "apt-get $*" >>called; exit 100'
}
fake() {	# fake NAME BODY
	printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
}

@test "bootstrap: sudo that refuses is reported with the way out" {
	fake sudo 'echo "sudo: you may not" >&2; exit 1'
	PATH=$T/bin:$PATH run -1 --separate-stderr sh bootstrap
	assert_err_has 'bootstrap: sudo refuses, so nothing was installed.'
	assert_err_has 'apt-get install --no-install-recommends gcc'
	[ ! -e called ]
}

@test "bootstrap: sudo that agrees installs, and removes nothing" {
	# shellcheck disable=SC2016
	fake sudo '[ "$1" = -v ] || exec "$@"'
	PATH=$T/bin:$PATH run -1 --separate-stderr sh bootstrap
	assert_out_has "Installing the build's packages: gcc"
	assert_err_has 'bootstrap: apt-get could not install: gcc'
	[ "$(grep -c 'install.* --no-remove .*gengetopt' called)" -eq 2 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# vouchsafe-threats(7): every test that it names is there.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

# threats PAGE: does every test that it names exist?
threats() {
	cd "$ROOT" && awk '
	function bad(why) { print why; failed = 1 }
	/^\.Pa tests\/(vectors|unit|fuzz)\// {
		n++
		if ((getline line < $2) < 0)
			bad("no file " $2)
		next
	}
	/^\.Pa tests\/.*\.bats :/ {
		file = $2
		if ((getline name) <= 0)
			bad("no name after " file)
		sub(/^\\&/, "", name)
		gsub(/\\-/, "-", name)
		found = 0
		while ((getline line < file) > 0)
			if (line == "@test \"" name "\" {")
				found = 1
		close(file)
		if (!found)
			bad(file " has no test \"" name "\"")
		n++
	}
	END {
		if (n < 160)
			bad("only " n " tests")
		exit failed
	}' "$1"
}

@test "every threat of the manual names a test that exists" {
	run -0 threats man/vouchsafe-threats.7
}

@test "a test that is not there is named" {
	use_tmp
	sed 's/^any one changed byte/any two changed bytes/' \
	    "$ROOT/man/vouchsafe-threats.7" >page
	run -1 threats "$PWD/page"
	[[ $output == *'any two changed bytes'* ]]
	sed 's/dkim.l-smaller/dkim\/l-no-such/' \
	    "$ROOT/man/vouchsafe-threats.7" >page
	run -1 threats "$PWD/page"
	[[ $output == *l-no-such* ]]
}

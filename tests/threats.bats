#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# vouchsafe-threats(7): every test that it names is there.
bats_require_minimum_version 1.8.0
load lib/common

@test "every threat of the manual names a test that exists" {
	cd "$ROOT"
	run -0 awk '
	function bad(why) { print why; failed = 1 }
	/^\.Pa tests\/vectors\// {
		n++
		if ((getline line < $2) < 0)
			bad("no vector " $2)
		next
	}
	/^\.Pa tests\/.*\.bats :/ {
		file = $2
		if ((getline name) <= 0)
			bad("no name behind " file)
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
		if (n < 80)
			bad("only " n " threats")
		exit failed
	}' man/vouchsafe-threats.7
}

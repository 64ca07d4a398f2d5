#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The checks of the tree's order can fail.

load ../lib/bats/common
bats_require_minimum_version 1.5.0

setup() {
	use_tmp
	AWK=${AWK:-awk}
}

@test "layers: an include the wrong way, a private header, a name without room" {
	local want
	mkdir -p common/dns common/spf cmd/tool
	echo '#include "base/buf.h"' >common/dns/a.c
	echo '#include "dns/dns.h"' >common/spf/a.c
	run -0 "$AWK" -f "$ROOT/tests/lib/lint/layers.awk" common/*/*.c
	assert_out ''
	while IFS=: read -r file include want; do
		echo "#include \"$include\"" >"$file"
		run -0 "$AWK" -f "$ROOT/tests/lib/lint/layers.awk" "$file"
		assert_out "$file:1: $want"
		rm "$file"
	done <<-'END'
	common/dns/a.c:spf/spf.h:dns includes spf/spf.h
	common/spf/a.c:dkim/dkim.h:spf includes dkim/dkim.h
	common/spf/a.c:dns.h:dns.h without its folder
	common/spf/a.c:mail/mime_impl.h:mail/mime_impl.h is private to mail
	cmd/tool/a.c:spf/spf_impl.h:spf/spf_impl.h is private to spf
	cmd/tool/a.c:other/other.h:other/other.h belongs to another tool
	END
}

# circle: what the check says of the objects here.
circle() {
	run -0 bash -c 'nm -A o/*.o | "$0" -v impl=impl -f "$1" | sort' "$AWK" \
	    "$ROOT/tests/lib/lint/circles.awk"
}

@test "circles: three files that call in a ring, unless they share a header" {
	need nm
	need cc
	mkdir o
	: >impl
	for pair in 'a b' 'b c' 'c a' 'd a'; do
		set -- $pair
		echo "int $2(void); int $1(void) { return $2(); }" |
		    cc -x c -c -o "o/$1.o" -
	done
	circle
	assert_out 'o/a.o and o/b.o call each other
o/a.o and o/c.o call each other
o/b.o and o/c.o call each other'
	printf 'o/%s.o x_impl.h\n' a b c >impl
	circle
	assert_out ''
	printf 'o/%s.o x_impl.h\n' a b >impl
	circle
	assert_out 'o/a.o and o/c.o call each other
o/b.o and o/c.o call each other'
	: >impl
	echo 'int c(void) { return 0; }' | cc -x c -c -o o/c.o -
	circle
	assert_out ''
}

@test "an option that no line takes ends the build" {
	take() {
		run "$@" --separate-stderr "$AWK" \
		    -f "$ROOT/cmd/cli/taken.awk" x.ggo x.c
	}
	printf 'option "%s" - "text" flag off\n' one two three >x.ggo
	cat >x.c <<-'END'
	if (strcmp(name, "one") == 0)
	    flags[] = { { "two", &s->two } };
	    X(three, "three") X(four, "four")
	END
	take -0
	sed -i 's/"two"/"tow"/' x.c
	take -1
	assert_err_has 'x.ggo:2: --two: no line takes it'
	echo 'option "four" - "text" flag off
	option "five" - "text" flag off' | sed 's/^\t//' >x.ggo
	take -1
	assert_err_has 'x.ggo:2: --five: no line takes it'
}

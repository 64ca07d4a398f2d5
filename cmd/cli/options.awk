# SPDX-License-Identifier: ISC
# From a .ggo: `static const struct option STEM_options[]` for getopt_long(3).
BEGIN {
	print "/* Generated from the .ggo; do not edit. */"
	print "#include <getopt.h>"
	printf "static const struct option %s_options[] = {\n", stem
}
/^option[ \t]+"/ {
	split($0, part, "\"")
	name = part[2]
	short = "0"
	# The short name, if any, stands after the long one; `-` is none.
	if (match(part[3], /^[ \t]+[A-Za-z0-9]([ \t]|$)/)) {
		short = substr(part[3], RSTART, RLENGTH)
		gsub(/[ \t]/, "", short)
		short = "'" short "'"
	}
	rest = $0
	sub(/^option[ \t]+"[^"]*"[ \t]+[^ \t]+[ \t]+"([^"\\]|\\.)*"/, "", rest)
	arg = rest ~ /(^|[ \t])flag([ \t]|$)/ ? "no_argument" : \
	    rest ~ /argoptional/ ? "optional_argument" : "required_argument"
	# A value of its own for each: getopt_long(3) takes options of one value
	# for one option, and an abbreviation of both for the first.
	printf "\t{ \"%s\", %s, NULL, %s },\n", name, arg, \
	    short == "0" ? 256 + n++ : short
	if (short != "0")
		shorts = shorts substr(short, 2, 1) (arg == "no_argument" ? \
		    "" : arg == "optional_argument" ? "::" : ":")
}
END {
	# gengetopt adds these two by itself, and does not let us name them.
	print "\t{ \"help\", no_argument, NULL, 'h' },"
	print "\t{ \"version\", no_argument, NULL, 'V' },"
	shorts = shorts "hV"
	print "\t{ NULL, 0, NULL, 0 }\n};"
	printf "static const char %s_shorts[] = \"%s\";\n", stem, shorts
}

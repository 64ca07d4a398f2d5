# SPDX-License-Identifier: ISC
# taken.awk OPTIONS.ggo FILE.c...: is each option taken by a line of the files?
# An option is taken where its name is compared, `strcmp(name, "NAME")`, or
# stands first in an entry of a table, `{ "NAME", &member }` or
# `X(member, "NAME")`.  The build ends where one is not: it would be accepted
# and ignored.
FNR == 1 {
	options = FILENAME ~ /\.ggo$/
}
options && /^option[ \t]+"/ {
	split($0, part, "\"")
	known[part[2]] = FILENAME ":" FNR
	next
}
!options {
	line = $0
	while (match(line, /(strcmp\(name, |\{ |X\([a-z_]+, )"[a-z0-9-]+"/)) {
		word = substr(line, RSTART, RLENGTH - 1)
		sub(/^[^"]*"/, "", word)
		taken[word] = 1
		line = substr(line, RSTART + RLENGTH)
	}
}
END {
	for (name in known)
		if (!(name in taken)) {
			print known[name] ": --" name ": no line takes it" \
			    >"/dev/stderr"
			bad = 1
		}
	exit bad
}

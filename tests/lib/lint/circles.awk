# SPDX-License-Identifier: ISC
# From `nm -A` over the library's objects: circles of files that call each
# other.  Files of one room that all include one *_impl.h are one thing in
# several files, and may.  -v impl=FILE: lines of `path.o x_impl.h`.
BEGIN {
	while ((getline line < impl) > 0) {
		split(line, part, " ")
		shares[part[1]] = shares[part[1]] " " part[2]
	}
}
# PATH:ADDRESS TYPE NAME, or PATH: U NAME.
{
	object = $1
	sub(/:.*/, "", object)
}
$(NF - 1) == "U" {
	wants[object] = wants[object] " " $NF
	next
}
$(NF - 1) ~ /^[TDBRV]$/ {
	home[$NF] = object
}
function reach(from, at,    names, n, i, next_one) {
	n = split(wants[at], names, " ")
	for (i = 1; i <= n; i++) {
		next_one = home[names[i]]
		if (next_one == "" || (from, next_one) in reached)
			continue
		reached[from, next_one] = 1
		reach(from, next_one)
	}
}
function one_impl(a, b,    names, n, i) {
	n = split(shares[a], names, " ")
	for (i = 1; i <= n; i++)
		if (index(shares[b] " ", " " names[i] " ") > 0)
			return 1
	return 0
}
END {
	for (object in wants)
		reach(object, object)
	for (pair in reached) {
		split(pair, two, SUBSEP)
		if (two[1] < two[2] && (two[2], two[1]) in reached &&
		    !one_impl(two[1], two[2]))
			print two[1] " and " two[2] " call each other"
	}
}

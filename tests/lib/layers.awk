# SPDX-License-Identifier: ISC
# The library's modules from the lowest to the highest: a module includes only
# what stands left of it, or files of its own stem.
BEGIN {
	order = "bounds fault span verdict buf file arena num b64 hash sha256 " \
	    "clock jit_clock out js spool " \
	    "ipaddr domain input message field address taglist canon mime " \
	    "dns idna author received " \
	    "key spf dkim keykit dmarc authres seal stage " \
	    "keytable signing lint report " \
	    "pool home note store audit policy grant adapter approval jit"
	count = split(order, list, " ")
	for (i = 1; i <= count; i++)
		rank[list[i]] = i
}
# The module of a file: its name up to the first _.
function module(file) {
	sub(/.*\//, "", file)
	sub(/\.[ch]$/, "", file)
	# What X found is told by X_report and X_lint, above all that finds.
	if (file ~ /^run(_|$)/)	# what runs under a grant
		return "jit"
	if (file ~ /^spf_(walk|lint_term)$/)	# spf_lint's inner half
		return "lint"
	if (file ~ /^key_(publish|mail|check|rotate)$/)	# dkimkey(1)
		return "keykit"
	if (file == "scrub")	# the inner half of stage
		return "stage"
	if (file ~ /_lint_/)	# the further files of X_lint
		return "lint"
	if (match(file, /_(report|lint)$/))
		return substr(file, RSTART + 1)
	if (!(file in rank))
		sub(/_.*/, "", file)
	return file
}
FNR == 1 {
	mine = module(FILENAME)
	if (!(mine in rank))
		print FILENAME ": module " mine " stands in no layer"
}
/^#include "/ {
	split($0, part, "\"")
	theirs = module(part[2])
	if (theirs == mine)
		next
	if (!(theirs in rank))
		print FILENAME ":" FNR ": " part[2] " is no module of common/"
	else if (mine in rank && rank[theirs] > rank[mine])
		print FILENAME ":" FNR ": " mine " includes " part[2]
}

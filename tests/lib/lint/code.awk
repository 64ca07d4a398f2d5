# SPDX-License-Identifier: ISC
# C without its comments and the insides of its strings: FILE:LINE: code.
FNR == 1 { comment = 0 }
{
	line = $0
	out = ""
	while (line != "") {
		if (comment) {
			i = index(line, "*/")
			if (i == 0) { line = ""; break }
			line = substr(line, i + 2)
			comment = 0
		} else if (substr(line, 1, 2) == "/*") {
			comment = 1
			line = substr(line, 3)
		} else if (substr(line, 1, 2) == "//") {
			line = ""
		} else if (match(line, /^"([^"\\]|\\.)*"/) ||
		    match(line, /^'([^'\\]|\\.)+'/)) {
			out = out "\"\""
			line = substr(line, RLENGTH + 1)
		} else {
			out = out substr(line, 1, 1)
			line = substr(line, 2)
		}
	}
	if (out ~ /[^ \t]/)
		print FILENAME ":" FNR ":" out
}

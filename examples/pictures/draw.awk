# SPDX-License-Identifier: ISC
# draw.awk: an SVG from a text of these lines, all numbers in pixels:
#
#	size WIDTH HEIGHT
#	head X Y TEXT		a heading that starts at X
#	note X Y TEXT		a small text around X
#	frame X Y WIDTH HEIGHT
#	box NAME X Y WIDTH HEIGHT TEXT|SMALL TEXT	also good, bad
#	arrow FROM TO [TEXT]	to the right, from box to box
#	down FROM TO		from box to box below
#
# Colours follow the reader's light or dark theme.
function rest(n,    i, s) {
	for (i = n; i <= NF; i++)
		s = s (i > n ? " " : "") $i
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}
function text(class, x, y, s) {
	if (s != "")
		printf "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", \
		    class, x, y, s
}
function line(x1, y1, x2, y2) {
	printf "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", \
	    x1, y1, x2, y2
}
function known(name) {
	if (name in left)
		return
	printf "draw.awk: line %d: no box %s\n", NR, name | "cat >&2"
	exit failed = 1
}
/^#/ || !NF { next }
$1 == "size" {
	print "<?xml version=\"1.0\"?>"
	print "<!-- SPDX-License-Identifier: ISC"
	print "     Drawn by make pictures from the text beside it. -->"
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\""
	printf " viewBox=\"0 0 %d %d\" role=\"img\">\n", $2, $3
	print "<title>The pipe, and the life of a grant</title>"
	print "<style>"
	print "svg{--ink:#1f2328;--dim:#57606a;--back:#fff;--box:#f3f5f8;"
	print "--good:#dafbe1;--bad:#ffebe9;--edge:#8c959f}"
	print "@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;"
	print "--dim:#a6b0bb;--back:#0d1117;--box:#1c2430;--good:#12361f;"
	print "--bad:#45191c;--edge:#6e7681}}"
	print "text{font:15px sans-serif;fill:var(--ink);text-anchor:middle}"
	print ".small{font-size:11.5px;fill:var(--dim)}"
	print ".head{font-weight:bold;text-anchor:start}"
	print "rect{fill:var(--box);stroke:var(--edge)}"
	print ".good{fill:var(--good)}.bad{fill:var(--bad)}"
	print ".back{fill:var(--back);stroke:none}"
	print ".frame{fill:none;stroke-dasharray:5 4}"
	print "line{stroke:var(--dim);stroke-width:1.5;"
	print "marker-end:url(#tip)}"
	print "path{fill:var(--dim)}"
	print "</style>"
	print "<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\""
	print "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
	print "<path d=\"M0 0L8 4L0 8z\"/></marker>"
	print "<rect class=\"back\" width=\"100%\" height=\"100%\"/>"
	next
}
$1 == "head" { text("head", $2, $3, rest(4)); next }
$1 == "note" { text("small", $2, $3, rest(4)); next }
$1 == "frame" || $1 == "box" || $1 == "good" || $1 == "bad" {
	n = $1 == "frame" ? 1 : 2
	printf "<rect class=\"%s\" x=\"%d\" y=\"%d\"", $1, $(n + 1), $(n + 2)
	printf " width=\"%d\" height=\"%d\" rx=\"6\"/>\n", $(n + 3), $(n + 4)
	if (n == 1)
		next
	left[$2] = $3
	top[$2] = $4
	width[$2] = $5
	height[$2] = $6
	split(rest(7), part, "|")
	text("name", $3 + $5 / 2, $4 + $6 / 2 - (part[2] != "" ? 3 : -5), part[1])
	text("small", $3 + $5 / 2, $4 + $6 / 2 + 16, part[2])
	next
}
$1 == "arrow" {
	known($2)
	known($3)
	x = left[$2] + width[$2]
	y = top[$2] + height[$2] / 2
	line(x + 3, y, left[$3] - 3, y)
	text("small", (x + left[$3]) / 2, y - 7, rest(4))
	next
}
$1 == "down" {
	known($2)
	known($3)
	x = left[$2] + width[$2] / 2
	line(x, top[$2] + height[$2] + 3, x, top[$3] - 3)
	next
}
{
	printf "draw.awk: line %d: what is %s?\n", NR, $1 | "cat >&2"
	exit failed = 1
}
END {
	if (failed)
		exit 1
	print "</svg>"
}

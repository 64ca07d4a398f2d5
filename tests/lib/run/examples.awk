# SPDX-License-Identifier: ISC
# The examples of an mdoc page's section EXAMPLES, each a script of its own in
# OUT/N, what its comments say in OUT/N.exit, .setup and .skip.  With a comment
# `test: file NAME COMMAND` the display is a file, and COMMAND is the script.
# Of a Markdown file, the fenced blocks of the section "One example a tool"; a
# comment `<!-- test: exit N -->` before a block is its status.
function unescape(s) {
	gsub(/\\e/, "\\", s)
	gsub(/\\-/, "-", s)
	gsub(/\\&/, "", s)
	gsub(/\\\(aq/, "'", s)
	gsub(/\\\(dq/, "\"", s)
	gsub(/\\\(ti/, "~", s)
	gsub(/\\\(ha/, "^", s)
	gsub(/\\ /, " ", s)
	return s
}
function emit(script) {
	n++
	if (file != "") {
		setup = setup "cat >" file " <<'END-OF-EXAMPLE'\n" script \
		    "END-OF-EXAMPLE\n"
		script = command
	}
	file = ""
	print script >(out "/" n)
	close(out "/" n)
	if (want != "")
		print want >(out "/" n ".exit")
	if (setup != "")
		print setup >(out "/" n ".setup")
	if (skip != "")
		print skip >(out "/" n ".skip")
	want = setup = skip = ""
}
function display(    i, m, line, more) {
	# With prompts only what is typed counts, and its continued lines.
	if (body ~ /(^|\n)\$ /) {
		m = split(body, line, "\n")
		body = ""
		for (i = 1; i <= m; i++) {
			if (line[i] ~ /^\$ /)
				body = body substr(line[i], 3) "\n"
			else if (i > 1 && more)
				body = body line[i] "\n"
			else
				continue
			more = line[i] ~ /(\\|\||&&)$/
		}
	}
	emit(body)
}
/^## / { inside = /^## One example/; next }
inside && /^<!-- test: exit / { want = $4; next }
inside && /^```/ {
	if (literal)
		display()
	else
		body = ""
	literal = !literal
	next
}
/^\.Sh / { inside = $0 ~ /^\.Sh EXAMPLES/; next }
!inside { next }
/^\.\\" test: exit / { want = $4; next }
/^\.\\" test: setup / {
	sub(/^\.\\" test: setup /, "")
	setup = setup $0 "\n"
	next
}
/^\.\\" test: file / {
	file = $4
	sub(/^\.\\" test: file [^ ]+ /, "")
	command = $0
	next
}
/^\.\\" test: skip / { sub(/^\.\\" test: skip /, ""); skip = $0; next }
/^\.Dl / {
	sub(/^\.Dl +/, "")
	sub(/^\$ /, "")
	emit(unescape($0))
	next
}
/^\.Bd .*-literal/ || /^\.Bd .*-unfilled/ { literal = 1; body = ""; next }
/^\.Ed/ && literal { literal = 0; display(); next }
literal && !/^\./ { body = body unescape($0) "\n" }

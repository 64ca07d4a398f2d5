# SPDX-License-Identifier: ISC
# complete.awk -v tool=TOOL -v shell=bash|zsh|fish FILE.ggo...: completions from
# the option files.  verb_VERB.ggo makes VERB a first argument of TOOL.
function base(path) {
	sub(/.*\//, "", path)
	sub(/\.ggo$/, "", path)
	return path
}
# The part of the line after a word, as in values="a","b".
function after(word, line,    i) {
	i = index(line, word)
	return i ? substr(line, i + length(word)) : ""
}
function add_option(line,    part, name, short, text, rest, kind, values) {
	split(line, part, "\"")
	name = part[2]
	short = ""
	if (match(part[3], /^[ \t]+[A-Za-z0-9]([ \t]|$)/)) {
		short = substr(part[3], RSTART, RLENGTH)
		gsub(/[ \t]/, "", short)
	}
	text = part[4]
	rest = after("\"" text "\"", line)
	if (line ~ /[ \t]hidden([ \t]|$)/)
		return
	if (rest ~ /(^|[ \t])flag([ \t]|$)/)
		kind = "flag"
	else if (rest ~ /argoptional/)
		kind = "maybe"
	else
		kind = "value"
	values = after("values=", rest)
	if (values != "") {
		if (!match(values, /^"[^"]*"([ \t]*,[ \t]*"[^"]*")*/))
			values = ""
		else
			values = substr(values, RSTART, RLENGTH)
		gsub(/"[ \t]*,[ \t]*"/, " ", values)
		gsub(/"/, "", values)
	} else if (kind != "flag") {
		values = after("typestr=\"", rest)
		sub(/".*/, "", values)
		values = values ~ /DIR/ ? "@dir" : \
		    values ~ /FILE|PATH|^KEY$/ ? "@file" : "@none"
	}
	n++
	Verb[n] = verb
	Name[n] = name
	Short[n] = short
	Text[n] = text
	Kind[n] = kind
	Values[n] = values
}
FNR == 1 {
	flush()
	verb = base(FILENAME)
	sub(/^verb_/, "", verb)
	if (verb == tool)
		verb = ""
	if (verb != "")
		verbs = verbs (verbs == "" ? "" : " ") verb
	VerbText[verb] = ""
}
/^purpose[ \t]+"/ {
	flush()
	split($0, p, "\"")
	VerbText[verb] = p[2]
	next
}
/^option[ \t]+"/ { flush(); pending = $0; next }
/^[ \t]+[^ \t#]/ && pending != "" { pending = pending " " $0; next }
{ flush() }
function flush() {
	if (pending != "")
		add_option(pending)
	pending = ""
}
END {
	flush()
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else
		fish()
}

function bash_words(v,    i, w) {
	for (i = 1; i <= n; i++) {
		if (Verb[i] != v)
			continue
		w = w " --" Name[i] (Kind[i] == "value" ? "=" : "")
		if (Short[i] != "")
			w = w " -" Short[i]
	}
	return substr(w, 2)
}
# For each verb: the words, and what stands after an option that takes one.
function bash_case(v,    i, label) {
	for (i = 1; i <= n; i++) {
		if (Verb[i] != v || Kind[i] == "flag")
			continue
		label = v ":--" Name[i]
		if (Short[i] != "")
			label = label "|" v ":-" Short[i]
		printf "\t%s)\n\t\t_values=%s\n\t\t;;\n", label, \
		    "'" Values[i] "'"
	}
}
function bash(    i, list, nv) {
	print "# SPDX-License-Identifier: ISC"
	print "# bash completion for " tool ", from its .ggo; do not edit."
	print "_vouchsafe_" tool "() {"
	print "\tlocal cur=${COMP_WORDS[COMP_CWORD]} opt= verb= _values="
	print "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}"
	print "\tlocal words="
	print "\tCOMPREPLY=()"
	if (verbs != "") {
		print "\tif [ \"$COMP_CWORD\" -gt 1 ]; then"
		print "\t\tverb=${COMP_WORDS[1]}"
		print "\tfi"
	}
	# `--opt=val` comes as three words where = is a word break.
	print "\tif [ \"$cur\" = = ]; then"
	print "\t\topt=$prev cur="
	print "\telif [ \"$prev\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then"
	print "\t\topt=${COMP_WORDS[COMP_CWORD-2]}"
	print "\telif [[ $cur == --*=* ]]; then"
	print "\t\topt=${cur%%=*} cur=${cur#*=}"
	print "\telif [[ $prev == -* ]]; then"
	print "\t\topt=$prev"
	print "\tfi"
	print "\tcase $verb:$opt in"
	nv = split(verbs, list, " ")
	bash_case("")
	for (i = 1; i <= nv; i++)
		bash_case(list[i])
	print "\tesac"
	print "\tcase $_values in"
	print "\t@file) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
	print "\t\treturn ;;"
	print "\t@dir) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")"
	print "\t\treturn ;;"
	print "\t@none) return ;;"
	print "\t?*) mapfile -t COMPREPLY < <(compgen -W \"$_values\"" \
	    " -- \"$cur\")"
	print "\t\treturn ;;"
	print "\tesac"
	print "\tcase $verb in"
	printf "\t'') words='%s' ;;\n", \
	    (verbs != "" ? verbs " " : "") bash_words("")
	for (i = 1; i <= nv; i++)
		printf "\t%s) words='%s' ;;\n", list[i], bash_words(list[i])
	print "\tesac"
	print "\tif [[ $cur == -* ]]" (verbs != "" ? \
	    " || [ -z \"$verb\" ]" : "") "; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")"
	print "\t\t[[ ${COMPREPLY-} != *= ]] || compopt -o nospace 2>/dev/null"
	print "\telse"
	print "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
	print "\tfi"
	print "}"
	print "complete -o filenames -F _vouchsafe_" tool " " tool
}

function zsh_quote(s) {
	gsub(/'/, "'\\''", s)
	gsub(/\[/, "\\[", s)
	gsub(/\]/, "\\]", s)
	gsub(/:/, "\\:", s)
	return s
}
function zsh_specs(v, indent,    i, action, eq) {
	for (i = 1; i <= n; i++) {
		if (Verb[i] != v)
			continue
		if (Kind[i] == "flag")
			action = ""
		else if (Values[i] == "@file")
			action = ":" Name[i] ":_files"
		else if (Values[i] == "@dir")
			action = ":" Name[i] ":_files -/"
		else if (Values[i] == "@none")
			action = ":" Name[i] ": "
		else
			action = ":" Name[i] ":(" Values[i] ")"
		eq = Kind[i] == "flag" ? "" : Kind[i] == "maybe" ? "=-" : "="
		if (Kind[i] == "maybe")
			action = ":" action
		printf "%s'*--%s%s[%s]%s' \\\n", indent, Name[i], eq, \
		    zsh_quote(Text[i]), action
		if (Short[i] != "")
			printf "%s'*-%s%s[%s]%s' \\\n", indent, Short[i], \
			    Kind[i] == "flag" ? "" : \
			    Kind[i] == "maybe" ? "-" : "+", \
			    zsh_quote(Text[i]), action
	}
	print indent "'*:file:_files'"
}
function zsh(    i, list, nv) {
	print "#compdef " tool
	print "# SPDX-License-Identifier: ISC"
	print "# zsh completion for " tool ", from its .ggo; do not edit."
	nv = split(verbs, list, " ")
	if (nv == 0) {
		print "_arguments -s -S \\"
		zsh_specs("", "    ")
		return
	}
	print "local -a verbs"
	print "verbs=("
	for (i = 1; i <= nv; i++)
		printf "    '%s:%s'\n", list[i], zsh_quote(VerbText[list[i]])
	print ")"
	print "if (( CURRENT == 2 )); then"
	print "    _describe verb verbs"
	print "    return"
	print "fi"
	print "local verb=$words[2]"
	print "shift words; (( CURRENT-- ))"
	print "case $verb in"
	for (i = 1; i <= nv; i++) {
		print list[i] ")"
		print "    _arguments -s -S \\"
		zsh_specs(list[i], "\t")
		print "    ;;"
	}
	print "esac"
}

function fish_quote(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/'/, "\\'", s)
	return "'" s "'"
}
function fish(    i, nv, list, only, line) {
	print "# SPDX-License-Identifier: ISC"
	print "# fish completion for " tool ", from its .ggo; do not edit."
	nv = split(verbs, list, " ")
	for (i = 1; i <= nv; i++)
		print "complete -c " tool " -n __fish_use_subcommand -f -a " \
		    list[i] " -d " fish_quote(VerbText[list[i]])
	for (i = 1; i <= n; i++) {
		only = Verb[i] == "" ? "" : " -n '__fish_seen_subcommand_from " \
		    Verb[i] "'"
		line = "complete -c " tool only " -l " Name[i]
		if (Short[i] != "")
			line = line " -s " Short[i]
		if (Kind[i] == "value")
			line = line " -r"
		if (Values[i] == "@file")
			line = line " -F"
		else if (Values[i] == "@dir")
			line = line " -x -a '(__fish_complete_directories)'"
		else if (Kind[i] == "value" && Values[i] == "@none")
			line = line " -f"
		else if (Kind[i] != "flag" && Values[i] !~ /^@/)
			line = line " -f -a " fish_quote(Values[i])
		print line " -d " fish_quote(Text[i])
	}
}

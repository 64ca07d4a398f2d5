#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The completions that are made from the .ggo files.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

setup() {
	use_tmp
	cat >verb_new.ggo <<-'END'
	package "mailtool"
	purpose "Make it: now"
	option "type" t "kind [rsa]" enum values="rsa","ed25519" optional
	option "mode" - "spread over lines" enum
	    values="fast","slow" optional
	option "output" o "where it's written" string typestr="FILE" optional
	option "home" - "a folder" string typestr="DIR" optional
	option "bits" - "a number" string typestr="N" optional
	option "quiet" q "say nothing" flag off
	option "secret" - "not shown" flag off hidden
	END
	sed 's/Make it: now/Show it/' verb_new.ggo >verb_show.ggo
	cat >plain.ggo <<-'END'
	package "plain"
	option "output" o "format" enum values="text","json" optional
	option "zone" - "zone" string typestr="FILE" optional
	END
	touch filea fileb
	mkdir dira
	for s in bash zsh fish; do
		awk -v tool=mailtool -v shell=$s \
		    -f "$ROOT/completions/complete.awk" \
		    verb_new.ggo verb_show.ggo >mailtool.$s
		awk -v tool=plain -v shell=$s \
		    -f "$ROOT/completions/complete.awk" plain.ggo >plain.$s
	done
}

# complete_bash TOOL WORD...: what bash offers for the last word.
complete_bash() {
	bash --norc -c '
		. "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		COMPREPLY=()
		compopt() { :; }
		"_vouchsafe_$1"
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$1.bash" "$@" | sort | xargs
}

@test "bash offers verbs, and only there" {
	run -0 complete_bash mailtool ""
	assert_out "new show"
	run -0 complete_bash mailtool s
	assert_out "show"
	run -0 complete_bash mailtool nosuch "sh"
	assert_out ""
}

@test "bash offers a verb's options, hidden ones not" {
	run -0 complete_bash mailtool new --
	assert_out "--bits= --home= --mode= --output= --quiet --type="
	run -0 complete_bash mailtool new --qu
	assert_out "--quiet"
	run -0 complete_bash mailtool new --secret
	assert_out ""
}

@test "bash offers the values of an enum, however it is written" {
	run -0 complete_bash mailtool new --type = ""
	assert_out "ed25519 rsa"
	run -0 complete_bash mailtool new --type = r
	assert_out "rsa"
	run -0 complete_bash mailtool new --type ""
	assert_out "ed25519 rsa"
	run -0 complete_bash mailtool new -t e
	assert_out "ed25519"
	run -0 complete_bash mailtool new --mode=
	assert_out "fast slow"
	run -0 complete_bash mailtool new --type = x
	assert_out ""
}

@test "bash offers files, folders, or nothing, as the value asks" {
	run -0 complete_bash mailtool new --output = file
	assert_out "filea fileb"
	run -0 complete_bash mailtool new --home ""
	assert_out "dira"
	run -0 complete_bash mailtool new --bits ""
	assert_out ""
	run -0 complete_bash plain filea
	assert_out "filea"
}

# complete_zsh TEXT: what zsh shows for TEXT and two tabs.
complete_zsh() {
	cat >z.zsh <<-'END'
	zmodload zsh/zpty
	zpty -b z zsh -f -i
	zpty -w z 'PS1=; TERM=dumb; fpath=($PWD/fn $fpath)'
	zpty -w z 'autoload -U compinit; compinit -u -d $PWD/dump'
	zpty -w z 'zstyle ":completion:*" list-prompt ""; echo re''ady'
	out=; for i in {1..200}; do
		zpty -r -t z l && out+=$l || sleep 0.05
		[[ $out == *ready* ]] && break
	done
	zpty -w -n z "$1"$'\t\t'
	out=; for i in {1..40}; do
		zpty -r -t z l && out+=$l || sleep 0.05
	done
	print -r -- "$out"
	zpty -d z
	END
	mkdir -p fn
	cp mailtool.zsh fn/_mailtool
	cp plain.zsh fn/_plain
	timeout 30 zsh -f z.zsh "$1"
}

@test "zsh reads the completions, and shows values and verbs" {
	need zsh
	zsh -n mailtool.zsh
	zsh -n plain.zsh
	run -0 complete_zsh "plain --output="
	assert_out_has "json"
	assert_out_has "text"
	run -0 complete_zsh "mailtool "
	assert_out_has "show"
	run -0 complete_zsh "mailtool new --t"
	assert_out_has "--type"
	assert_out_lacks "show"
}

@test "every tool has completions that its shell can read" {
	for t in "$BIN"/*; do
		t=${t##*/}
		[ "$t" != "*" ] || skip "no tool is built"
		[ -f "$O/completions/bash/$t" ]
		bash -n "$O/completions/bash/$t"
		! command -v zsh >/dev/null || zsh -n "$O/completions/zsh/_$t"
		[ -f "$O/completions/fish/$t.fish" ]
		! command -v fish >/dev/null ||
			fish -n "$O/completions/fish/$t.fish"
	done
}

# What fish is told, without fish.
@test "fish is told verbs, options, values, files and folders" {
	q="__fish_seen_subcommand_from new"
	grep -Fqx "complete -c mailtool -n __fish_use_subcommand -f -a new\
 -d 'Make it: now'" mailtool.fish
	grep -Fqx "complete -c mailtool -n '$q' -l type -s t -r -f\
 -a 'rsa ed25519' -d 'kind [rsa]'" mailtool.fish
	grep -Fqx "complete -c mailtool -n '$q' -l output -s o -r -F\
 -d 'where it\\'s written'" mailtool.fish
	grep -Fqx "complete -c mailtool -n '$q' -l quiet -s q\
 -d 'say nothing'" mailtool.fish
	grep -Fqx "complete -c plain -l output -s o -r -f -a 'text json'\
 -d 'format'" plain.fish
	run -1 grep -q secret mailtool.fish
}

# complete_fish TOOL TEXT: what fish offers for TEXT.
complete_fish() {
	HOME=$PWD fish --no-config -c "source $1.fish; complete -C '$2'" |
		cut -f 1 | sort | xargs
}

@test "fish offers verbs, options and values" {
	need fish
	run -0 complete_fish plain "plain --output="
	assert_out "--output=json --output=text"
	run -0 complete_fish plain "plain -o "
	assert_out "json text"
	run -0 complete_fish mailtool "mailtool s"
	assert_out "show"
	run -0 complete_fish mailtool "mailtool new --ty"
	assert_out "--type"
	run -0 complete_fish mailtool "mailtool new --home di"
	assert_out "dira/"
}

# What completions offer must be taken, and help says it once.
@test "each value that a .ggo lists is taken, and said once" {
	local ggo tool verb name values value n=0
	for ggo in "$ROOT"/cmd/*/*.ggo; do
		tool=${ggo%/*} tool=${tool##*/}
		verb=${ggo##*/} verb=${verb%.ggo} verb=${verb#verb_}
		[ -x "$BIN/$tool" ] || continue
		[ "$verb" != "$tool" ] || verb=
		run -0 "$tool" ${verb:+"$verb"} --help
		assert_out_lacks "possible values"
		assert_out_lacks "(default=off)"
		while read -r name values; do
			for value in $values; do
				run -64 "$tool" ${verb:+"$verb"} \
				    "--$name=$value" --nope
				assert_out_has "$tool: unknown option --nope"
				n=$((n + 1))
			done
		done < <(sed -n 's/^option "\([^"]*\)".* values=\([^ ]*\).*/\1 \2/p' \
		    "$ggo" | tr '",' '  ')
	done
	[ "$n" -gt 60 ]
}

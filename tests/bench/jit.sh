# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Using up a grant: against bare SQLite, in a crowd, and among a million.

# grant HOME USES: a grant under the sample policy; its id.
grant() {
	jitgrant request --home "$1" --kind demo --resource x --for 1h \
	    --uses "$2" --reason bench -o json |
	    sed 's/.*"grant":"\([^"]*\)".*/\1/'
}

jit_use() {
	local id
	cp -a "$W/jit" "$W/bare"
	id=$(grant "$W/jit" 100000)
	cp "$W/jit"/store.db* "$W/bare"
	pair 300 /dev/null jitgrant use -q --home "$W/jit" "$id" -- \
	    "$O/bench/peer_sqlite" use "$W/bare/store.db" "$id" || return 1
	row jit-use "$RATIO" ratio \
	    "one use a process with its audit line, $A_US us, against the UPDATE alone in SQLite, $B_US us" "<=3"
	pair 300 /dev/null jitgrant check -q --home "$W/jit" "$id" -- \
	    jitgrant use -q --home "$W/jit" "$id" || return 1
	row jit-check "$RATIO" ratio "a check, $A_US us, against a use" "<=1"
	cpu "$id"
}

# user and system time of a use, in milliseconds
cpu() {
	local u0 s0 u1 s1 i
	read -r _ _ u0 s0 < <(times_of)
	for ((i = 0; i < 200; i++)); do
		jitgrant use -q --home "$W/jit" "$1"
	done
	read -r _ _ u1 s1 < <(times_of)
	row jit-use-cpu "$(calc "($u1 + $s1 - $u0 - $s0) * 10 / 200")" ms \
	    "of a processor a use, with the fork" -
}
# Ticks (of 10 ms) of this shell and of its children.
times_of() {
	sed 's/.*) //' "/proc/$$/stat" | cut -d' ' -f12-15
}

jit_race() {
	local id i won=0 spent=0 rc pids=() start took
	id=$(grant "$W/jit" "$1")
	start=$EPOCHREALTIME
	for ((i = 0; i < 1000; i++)); do
		jitgrant use -q --home "$W/jit" "$id" 2>/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		rc=0
		wait "$i" || rc=$?
		[ "$rc" -ne 0 ] || won=$((won + 1))
		[ "$rc" -ne 4 ] || spent=$((spent + 1))
	done
	took=$(calc "$EPOCHREALTIME - $start")
	[ "$won $spent" = "$1 $((1000 - $1))" ] || return 1
	row "jit-race-$1" "$took" s \
	    "1,000 processes for $1: $won won, $spent were told that it is spent" "<=5"
}

jit_million() {
	local cols id few many
	cp -a "$W/jit" "$W/many"
	id=$(grant "$W/many" 100000)
	cols=$("$O/bench/peer_sqlite" sql "$W/many/store.db" \
	    "SELECT group_concat(name) FROM pragma_table_info('grants')
	    WHERE name NOT IN ('id', 'state')")
	few=$W/jit
	many=$W/many
	"$O/bench/peer_sqlite" sql "$many/store.db" \
	    "PRAGMA synchronous=OFF; WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL
	    SELECT x + 1 FROM n WHERE x < 1000000)
	    INSERT INTO grants(id, state, $cols)
	    SELECT 'e' || x, 6, $cols FROM n, (SELECT * FROM grants
	    WHERE id = '$id'); PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null ||
	    return 1
	local other
	other=$(grant "$few" 100000)
	pair 300 /dev/null jitgrant use -q --home "$many" "$id" -- \
	    jitgrant use -q --home "$few" "$other" || return 1
	row jit-million "$RATIO" ratio \
	    "a use among 1,000,000 ended grants, $A_US us, against one among few" "<=1.2"
	pair 100 /dev/null jitgrant use -q --home "$many" --kind demo \
	    --resource x -- jitgrant use -q --home "$few" "$other" || return 1
	row jit-million-by-kind "$RATIO" ratio \
	    "the same, found by kind and resource" "<=1.2"
}

if ! command -v jitgrant >/dev/null; then
	skip_row "not built"
elif ! build_peer peer_sqlite -lsqlite3; then
	skip_row "no sqlite3.h"
else
	jitgrant init -q "$W/jit"
	jit_use
	jit_race 1
	jit_race 7
	jit_million
fi

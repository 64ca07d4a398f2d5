# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Helpers for all bats files:
#
#	bats_require_minimum_version 1.8.0
#	load ../lib/bats/common		# from tests/FOLDER/X.bats
#
# Every test runs in its own empty folder ($T, also the working directory if
# setup calls use_tmp), with the built tools first in PATH and no secret seal,
# resolver option or locale of the caller.

# $ROOT the source tree, $O the build folder (absolute), $BIN the tools.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
O=${O:-build}
case $O in /*) ;; *) O=$ROOT/$O ;; esac
BIN=${VOUCHSAFE_BIN:-$O/bin}
# Servers and visudo stand in sbin, which an ordinary user's PATH lacks.
PATH=$BIN:$PATH:/usr/sbin:/sbin
# Debian's own Python, which sees Debian's python3-* modules.
PYTHON=/usr/bin/python3
export ROOT O BIN PATH PYTHON LC_ALL=C TZ=UTC
unset VOUCHSAFE_SEAL RES_OPTIONS LOCALDOMAIN
# Sanitizers must not end a tool with a status that reads as a verdict.
export ASAN_OPTIONS="exitcode=99:detect_leaks=1:allocator_may_return_null=1"
export UBSAN_OPTIONS="exitcode=99:halt_on_error=1:print_stacktrace=1"
export LSAN_OPTIONS="exitcode=99"

# use_tmp: work in the test's own folder, $T.
use_tmp() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return 1
}

# example NAME: what stands in examples/NAME, with the tools under test and not
# those of /usr/local/bin.
example() {
	sed "s|/usr/local/bin/|$BIN/|g" "$ROOT/examples/$1"
}

# need TOOL...: skip the test where a tool is missing, and say which.
need() {
	local t
	for t; do
		command -v "$t" >/dev/null || skip "$t is not installed"
	done
}

# need_python MODULE...: the same for modules of Debian's Python.
need_python() {
	local m
	for m; do
		"$PYTHON" -c "import $m" 2>/dev/null ||
		    skip "python3 module $m is not installed"
	done
}

# need_perl MODULE...: and of Perl.
need_perl() {
	local m
	for m; do
		perl "-M$m" -e 1 2>/dev/null ||
		    skip "perl module $m is not installed"
	done
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

# Under a sanitizer some tests make no sense (memory limits, LD_PRELOAD).
no_sanitizer() {
	[ -z "${SANITIZE:-}" ] || skip "not under a sanitizer"
}

# show: what `run --separate-stderr` saw, for a failed assertion.
show() {
	{
		echo "$1"
		echo "command: ${BATS_RUN_COMMAND:0:500}"
		echo "status: ${status-}"
		echo "stdout: ${output-}"
		echo "stderr: ${stderr-}"
	} >&2
	return 1
}

# Assertions over the last `run`.  TEXT is a fixed string, never a pattern.
assert_status() {
	[ "$status" -eq "$1" ] || show "expected status $1"
}
assert_out() {		# stdout is exactly TEXT (without the last newline)
	[ "$output" = "$1" ] || show "expected stdout: $1"
}
assert_out_has() {
	[[ $output == *"$1"* ]] || show "expected in stdout: $1"
}
assert_out_lacks() {
	[[ $output != *"$1"* ]] || show "unexpected in stdout: $1"
}
assert_out_line() {	# TEXT is one whole line of stdout
	local l
	while IFS= read -r l; do
		[ "$l" != "$1" ] || return 0
	done <<<"$output"
	show "expected line in stdout: $1"
}
assert_out_match() {	# an extended regular expression, over all of stdout
	[[ $output =~ $1 ]] || show "expected stdout to match: $1"
}
assert_out_empty() {
	[ -z "$output" ] || show "expected nothing on stdout"
}
assert_err_has() {
	[[ ${stderr-} == *"$1"* ]] || show "expected on stderr: $1"
}
assert_err_lacks() {
	[[ ${stderr-} != *"$1"* ]] || show "unexpected on stderr: $1"
}
assert_err_empty() {
	[ -z "${stderr-}" ] || show "expected nothing on stderr"
}
# assert_err_tool TOOL: one or more lines, each `TOOL: text` in printable ASCII.
assert_err_tool() {
	local l
	[ -n "${stderr-}" ] || show "expected a line on stderr"
	while IFS= read -r l; do
		[[ $l == "$1: "?* && ! $l =~ [^\ -~] ]] ||
		    show "not a proper line on stderr: $l"
	done <<<"$stderr"
}
# assert_usage TOOL: a command line refused before any work.
assert_usage() {
	assert_status 64 && assert_out_empty && assert_err_tool "$1"
}
# assert_file_lacks TEXT HAS FILE...: the fixed string TEXT stands in none of
# the files, while each has HAS: so the files are there, and are those meant.
# assert_file_lacks_re: the same with extended regular expressions.
assert_file_lacks() {
	file_lacks -F "$@"
}
assert_file_lacks_re() {
	file_lacks -E "$@"
}
file_lacks() {
	local how=$1 text=$2 has=$3 f
	shift 3
	[ $# -gt 0 ] || { echo "no file to look at" >&2; return 1; }
	for f; do
		[ -f "$f" ] || { echo "no file: $f" >&2; return 1; }
		grep -q "$how" -e "$has" -- "$f" ||
		    { echo "$f lacks even: $has" >&2; return 1; }
		! grep "$how" -e "$text" -- "$f" >&2 ||
		    { echo "unexpected in $f: $text" >&2; return 1; }
	done
}
assert_same() {		# two files hold the same bytes
	cmp "$1" "$2" >&2 || return 1
}
assert_json() {		# assert_json FILTER VALUE: jq -c FILTER prints VALUE
	local got
	got=$(jq -c "$1" <<<"$output") || show "not JSON"
	[ "$got" = "$2" ] || show "expected $1 to be $2, not $got"
}

# start COMMAND...: run it in the background, its output in $T/start.N.out and
# .err; $! is in STARTED, which stop_all (call it in teardown) ends.
STARTED=()
start() {
	local n=${#STARTED[@]}
	# What one before it wrote there is not its own.
	rm -f "$BATS_TEST_TMPDIR/start.$n.out"
	"$@" >"$BATS_TEST_TMPDIR/start.$n.out" \
	    2>"$BATS_TEST_TMPDIR/start.$n.err" </dev/null 3>&- 4>&- &
	STARTED+=("$!")
	START_OUT=$BATS_TEST_TMPDIR/start.$n.out
}
stop_all() {
	local p
	for p in "${STARTED[@]}"; do
		kill "$p" 2>/dev/null || :
		wait "$p" 2>/dev/null || :
	done
	STARTED=()
}

# first_line FILE: wait (up to 10 s) until FILE has a whole line; print it.
first_line() {
	local i l
	for ((i = 0; i < 200; i++)); do
		if IFS= read -r l <"$1" 2>/dev/null; then
			printf '%s\n' "$l"
			return 0
		fi
		read -rt 0.05 <> <(:) || :
	done
	echo "nothing in $1 after 10 s" >&2
	return 1
}

# dnsd_start ARGUMENT...: our test DNS server (see tests/dnsd.c); DNSD is then
# 127.0.0.1:PORT, for --nameserver.  stop_all stops it.
dnsd_start() {
	start "$O/tests/dnsd" "$@"
	DNSD_PORT=$(first_line "$START_OUT" | tr -dc '0-9 ' | awk '{print $NF}')
	[ -n "$DNSD_PORT" ] || return 1
	DNSD=127.0.0.1:$DNSD_PORT
	export DNSD DNSD_PORT
}

# crlf [FILE]: the same text with CRLF line ends.
crlf() {
	sed 's/$/\r/' "$@"
}

# sweep_alloc TOOL ARGUMENT...: run TOOL (stdin from $STDIN if set) with its
# 1st, 2nd, 3rd ... allocation failing, until none is left to fail.  Each run
# must end in 70 or 75 with nothing on stdout, or as if nothing had failed
# (where the tool can do without), never by a signal.  SWEPT is how many.  With
# MANY=1, for several messages, what is on stdout must be whole lines of those
# that a run without failures prints (give --now), or worker-died.
sweep_alloc() {
	sweep VOUCHSAFE_FAIL_ALLOC '70 75' "$@"
}

# sweep_memory TOOL ARGUMENT...: the same with the allocations of libraries
# too, once with one that fails, once with all that follow failing as well.
# libcrypto makes thousands: beyond the 120th only each STEP-th one is tried.
sweep_memory() {
	local lib=$O/allocfail/memfail.so
	SHIM=$lib sweep VOUCHSAFE_FAIL_MEMORY '70 75' "$@"
	SHIM=$lib ONWARD=+ sweep VOUCHSAFE_FAIL_MEMORY '70 75' "$@"
}

# sweep_calls TOOL ARGUMENT...: the same with failing system calls.
sweep_calls() {
	sweep VOUCHSAFE_FAIL_CALL '66 70 73 74 75 77 78' "$@"
}

# whole_lines A B: every line of A is one of B, and the last one has its end.
whole_lines() {
	[ -z "$(tail -c 1 "$1")" ] &&
	    ! grep -v 'reason="worker-died"' "$1" | grep -Fxvq -f "$2"
}

sweep() {	# sweep VARIABLE STATUSES TOOL ARGUMENT...
	local variable=$1 faults=" $2 " tool=$3 n rc want=0
	local in=${STDIN:-/dev/null}
	shift 3
	"$O/allocfail/$tool" "$@" <"$in" >sweep.want 2>/dev/null || want=$?
	for ((n = 1; n < 20000; n += n < 120 ? 1 : ${STEP:-1})); do
		rm -f sweep.mark
		[ -z "${BEFORE-}" ] || $BEFORE
		rc=0
		timeout 20 env "$variable=$n${ONWARD-}" \
		    "VOUCHSAFE_FAIL_MARK=$PWD/sweep.mark" \
		    ${SHIM:+"LD_PRELOAD=$SHIM"} \
		    "$O/allocfail/$tool" "$@" <"$in" >sweep.out \
		    2>sweep.err || rc=$?
		[ -e sweep.mark ] || break
		if [ "$rc" -eq "$want" ] && cmp -s sweep.want sweep.out; then
			continue
		fi
		# Closing standard output failed after the last byte.
		if [[ $rc =~ ^7[45]$ && $(cat sweep.mark) = close ]] &&
		    cmp -s sweep.want sweep.out; then
			continue
		fi
		# Of many messages the others may be told, in whole lines.
		if [[ -n ${MANY-} && $faults == *" $rc "* ]] &&
		    whole_lines sweep.out sweep.want; then
			continue
		fi
		# A fault gives nothing but itself away.
		if [[ $faults == *" $rc "* && ! -s sweep.out ]]; then
			continue
		fi
		{
			echo "$variable=$n ($(cat sweep.mark)): status $rc"
			head -c 300 sweep.out
			cat sweep.err
		} >&2
		return 1
	done
	[ "$n" -gt 1 ] || { echo "nothing was made to fail" >&2; return 1; }
	export SWEPT=$((n - 1))
}

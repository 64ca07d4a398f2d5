# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What ASan, LSan and UBSan find ends a program with 99: their own 1 and 23
# would read as verdicts.
export ASAN_OPTIONS="exitcode=99:detect_leaks=1:allocator_may_return_null=1"
export UBSAN_OPTIONS="exitcode=99:halt_on_error=1:print_stacktrace=1"
export LSAN_OPTIONS="exitcode=99"

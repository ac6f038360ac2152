#!/bin/sh
# What must hold before a release, beyond .ci/run: the engines are equal under the address and the thread sanitizer too.
#
#   Tools/release-check.sh [address|thread ...] [-- arguments of `swift test` ...]
#
# Each sanitizer has its own build, in .build/sanitize-NAME, because its code differs. The default is both sanitizers and
# the suites that hold the fast engine to the reference engine. BITEXACT_JOBS=N builds on N processors only.
set -eu
cd "$(dirname "$0")/.."

sanitizers=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  sanitizers="$sanitizers $1"
  shift
done
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- --filter FastEngineTests

# The first finding ends the run, so that it cannot scroll away. Leaks are not looked for: LeakSanitizer counts the
# profile decoder's table, which is made once and kept to the end, as one.
export ASAN_OPTIONS="${ASAN_OPTIONS:-halt_on_error=1 detect_leaks=0}" TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1 second_deadlock_stack=1}"

for sanitizer in ${sanitizers:-address thread}; do
  printf '\n== %s sanitizer\n' "$sanitizer"
  # No test is an XCTest, and its empty run leaks a few bytes of its own.
  BITEXACT_TESTS=exhaustive swift test --disable-xctest --sanitize="$sanitizer" --scratch-path ".build/sanitize-$sanitizer" \
    ${BITEXACT_JOBS:+-j "$BITEXACT_JOBS"} "$@"
done

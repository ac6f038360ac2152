#!/bin/sh
# What must hold before a release, beyond .ci/run: the engines are equal under the address and the thread sanitizer too.
#
#   Tools/release-check.sh [address|thread ...] [-- arguments of `swift test` ...]
#
# Each sanitizer has its own build, in .build/sanitize-NAME, because its code differs. The default is both sanitizers and
# the suites that hold the fast engine to the reference engine; they run single-threaded tests and parallel runs alike.
set -eu
cd "$(dirname "$0")/.."

sanitizers=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  sanitizers="$sanitizers $1"
  shift
done
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- --filter FastEngineTests

# Without an answer from a sanitizer, its silence would say nothing.
export ASAN_OPTIONS="${ASAN_OPTIONS:-halt_on_error=1}" TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1 second_deadlock_stack=1}"

for sanitizer in ${sanitizers:-address thread}; do
  printf '\n== %s sanitizer\n' "$sanitizer"
  swift test --sanitize="$sanitizer" --scratch-path ".build/sanitize-$sanitizer" ${BITEXACT_JOBS:+-j "$BITEXACT_JOBS"} "$@"
done

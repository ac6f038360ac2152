#!/usr/bin/env bash
# Replay on every kernel set what the reference engine computed: the NEON kernels, cross-compiled, under an emulated
# AArch64 CPU, and the x86-64 kernels as this CPU has them.
#
#   Tools/arm/check.sh [--written]
#
# The cases are written by the package's own packing code (swift test); --written takes those that a test run with
# BITEXACT_KERNEL_CASES=.build/kernel-cases has written. Needs a cross compiler for AArch64 with its C
# library, qemu's user-mode emulator and a C compiler; as root on Debian or Ubuntu what is missing is installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

written=0
case "${1:-}" in
  --written) written=1 ;;
  ?*) echo "usage: Tools/arm/check.sh [--written]" >&2; exit 64 ;;
esac
work=.build/kernel-cases
mkdir -p "$work"

# A program, and the Debian packages that bring it.
missing=()
need() {
  if ! command -v "$1" >/dev/null; then missing+=("${@:2}"); fi
}
need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
need qemu-aarch64 qemu-user
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
  missing=()
  need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
  need qemu-aarch64 qemu-user
fi
if [ ${#missing[@]} -gt 0 ]; then
  echo "missing: ${missing[*]} (Debian's names); the NEON kernels cannot be checked without them" >&2
  exit 1
fi

strict=(-std=gnu17 -O2 -Wall -Wextra -Werror -ISources/CKernels/include)
aarch64-linux-gnu-gcc "${strict[@]}" -static -o "$work/replay-aarch64" Tools/arm/replay.c Sources/CKernels/*.c

if [ $written = 0 ]; then
  echo "writing cases"
  BITEXACT_TESTS=exhaustive BITEXACT_KERNEL_CASES="$PWD/$work" swift test --filter KernelCaseTests \
    >"$work/write.log" 2>&1 || {
    tail -n 20 "$work/write.log" >&2
    exit 1
  }
fi

status=0
qemu-aarch64 "$work/replay-aarch64" neon "$work/neon.cases" || status=1

# The x86-64 kernels ask the compiler to unroll loops in Clang's words, which other compilers do not know.
if [ "$(uname -m)" = x86_64 ] && compiler=$(command -v clang || command -v cc); then
  "$compiler" "${strict[@]}" -Wno-unknown-pragmas -o "$work/replay" Tools/arm/replay.c Sources/CKernels/*.c
  for set in avx2 avx512vnni; do
    "$work/replay" "$set" "$work/$set.cases" || [ $? = 3 ] || status=1
  done
fi
exit $status

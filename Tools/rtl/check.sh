#!/usr/bin/env bash
# Run golden vectors through hardware: a requantizer and an array of multiply-accumulate units in Verilog (Tests/RTL),
# simulated by Icarus Verilog. No vector may mismatch; a wrong tie rule in the hardware must.
#
#   Tools/rtl/check.sh [--required] [--tool PATH]
#
# As root on Debian or Ubuntu Icarus Verilog is installed where it is missing; else the check is skipped with a notice, or
# fails with --required. Needs Python 3.
set -euo pipefail
cd "$(dirname "$0")/../.."

required=0
tool=.build/release/bitexact
while [ $# -gt 0 ]; do
  case "$1" in
    --required) required=1 ;;
    --tool) tool=$2; shift ;;
    *) echo "usage: Tools/rtl/check.sh [--required] [--tool PATH]" >&2; exit 64 ;;
  esac
  shift
done

if ! command -v iverilog >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends iverilog; } >/dev/null || true
fi
if ! command -v iverilog >/dev/null; then
  echo "skipped: iverilog (Debian's name; Icarus Verilog) is not installed" >&2
  exit "$required"
fi
if [ ! -x "$tool" ]; then swift build -c release; fi

python3 Tools/rtl/check.py --tool "$tool" --work .build/rtl

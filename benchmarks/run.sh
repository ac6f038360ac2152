#!/bin/sh
# Measure bitexact side by side with LiteRT and ONNX Runtime.
#
#   benchmarks/run.sh [arguments of run.py ...]
#
# or how far re-quantized models are from their sources:
#
#   benchmarks/run.sh requantization [arguments of requantization.py ...]
#
# The Python environment is made on the first run, in $BITEXACT_BENCHMARKS_VENV (default: .build/benchmarks/venv), and
# the executable is $BITEXACT (default: the package's release build, which is brought up to date first).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/.." && pwd)
venv=${BITEXACT_BENCHMARKS_VENV:-$repository/.build/benchmarks/venv}

if ! cmp -s "$here/requirements.txt" "$venv/installed-requirements.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed-requirements.txt"
fi

if [ -z "${BITEXACT:-}" ]; then
  swift build --package-path "$repository" -c release --product bitexact
  BITEXACT=$(swift build --package-path "$repository" -c release --show-bin-path)/bitexact
fi

script=run.py
if [ "${1:-}" = requantization ]; then
  script=requantization.py
  shift
fi
exec "$venv/bin/python" "$here/$script" --bitexact "$BITEXACT" "$@"

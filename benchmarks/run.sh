#!/bin/sh
# Measure bitexact side by side with LiteRT and ONNX Runtime.
#
#   benchmarks/run.sh [arguments of run.py ...]
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

exec "$venv/bin/python" "$here/run.py" --bitexact "$BITEXACT" "$@"

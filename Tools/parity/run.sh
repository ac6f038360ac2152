#!/bin/sh
# Compare bitexact's release build with LiteRT's reference kernels: whole models tensor by tensor, or fresh random ones.
#
#   Tools/parity/run.sh [arguments of parity.py ...]
#   Tools/parity/run.sh --random [arguments of random_cases.py ...]
#
# The Python environment is made on the first run, in $BITEXACT_PARITY_VENV (default: .build/parity-venv), and the
# executable is $BITEXACT (default: the package's release build, which is brought up to date first).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
venv=${BITEXACT_PARITY_VENV:-$repository/.build/parity-venv}

if ! cmp -s "$here/requirements.txt" "$venv/installed-requirements.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed-requirements.txt"
fi

if [ -z "${BITEXACT:-}" ]; then
  swift build --package-path "$repository" -c release --product bitexact
  BITEXACT=$(swift build --package-path "$repository" -c release --show-bin-path)/bitexact
fi

script=parity.py
if [ "${1:-}" = --random ]; then
  script=random_cases.py
  shift
  "$venv/bin/python" -m unittest discover --quiet --start-directory "$here"
fi
exec "$venv/bin/python" "$here/$script" --bitexact "$BITEXACT" "$@"

#!/bin/sh
# Compare what re-quantization makes of MobileNetV2 with what the quantizers on PyPI make of its float form.
#
#   benchmarks/quantizers/run.sh [arguments of compare.py ...]
#
# The Python environment is made on the first run, in $BITEXACT_QUANTIZERS_VENV (default: .build/benchmarks/peer-venv),
# and the executable is $BITEXACT (default: the package's release build, which is brought up to date first).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
venv=${BITEXACT_QUANTIZERS_VENV:-$repository/.build/benchmarks/peer-venv}
torch=2.13.0
torchvision=0.28.0

install() {
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}

if ! cat "$here/requirements.txt" "$here/run.sh" | cmp -s - "$venv/installed-from.txt"; then
  python3 -m venv "$venv"
  # PyPI's torch for Linux on x86-64 is made for CUDA and pulls gigabytes; pip takes a wheel for the CPU from where it
  # is told to look, or else from torch's own index. Elsewhere PyPI's is made for the CPU.
  case $(uname -sm) in
    "Linux x86_64")
      install "torch==$torch+cpu" 2>/dev/null ||
        install "torch==$torch+cpu" --extra-index-url https://download.pytorch.org/whl/cpu ;;
    *) install "torch==$torch" ;;
  esac
  install -r "$here/requirements.txt"
  # MCT imports torchvision; with its dependencies it would replace torch.
  install --no-deps "torchvision==$torchvision"
  cat "$here/requirements.txt" "$here/run.sh" > "$venv/installed-from.txt"
fi

if [ -z "${BITEXACT:-}" ]; then
  swift build --package-path "$repository" -c release --product bitexact
  BITEXACT=$(swift build --package-path "$repository" -c release --show-bin-path)/bitexact
fi

PYTHONPATH="$repository/benchmarks" exec "$venv/bin/python" -m quantizers.compare --bitexact "$BITEXACT" "$@"

"""What re-quantization costs a network, beside quantizers that install from PyPI; `run.sh` runs it."""

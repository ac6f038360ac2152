#!/usr/bin/env python3
"""Write what independent models of machines' formulas answer: the evidence for the profiles that nobody's code runs.

    python vendor_models.py [PROFILE ...]

It is evidence that a profile says what a vendor's source says, not that a chip does.
"""

from __future__ import annotations

import sys

from cases import Case, write
from multiplier_machines import FINN, NEMO, NVDLA, DoubleRounding, EthosU, Gemmini, SingleRounding
from random_layers import Source
from shift_machines import VTA, Esp32P4, Esp32S3, Max78000, VitisDPU

VENDORS = (SingleRounding, DoubleRounding, EthosU, Esp32P4, Esp32S3, Max78000, VitisDPU, VTA, NVDLA, Gemmini, NEMO, FINN)


def main() -> None:
    """Write the cases of some or of all machines."""
    for vendor in (kind() for kind in VENDORS):
        if sys.argv[1:] and vendor.name not in sys.argv[1:]:
            continue
        layers = Source(vendor.machine, vendor.seed).layers(vendor.counts)
        cases = [Case(layer.kind, layer.model(), layer.inputs(), vendor.answer(layer)) for layer in layers]
        write(vendor.name, vendor.oracle, "model", cases)


if __name__ == "__main__":
    main()

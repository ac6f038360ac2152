"""Let one peer quantize the float network, and write its logits: python -m quantizers.peer NAME TASK.json

A process of its own. Writes logits.npy and took.json into the task's folder. The seconds are those from the float file
to a network that can run, without the imports; the memory is the process's peak at that moment, imports included.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np

from quantizers.task import Task, peak_bytes


def main() -> int:
    """Quantize, then run the images that did not calibrate."""
    name, path = sys.argv[1:]
    task = Task(**json.loads(Path(path).read_text()))
    module = importlib.import_module(f"quantizers.{name}")
    start, worked = time.perf_counter(), time.process_time()
    forward = module.quantize(task)
    took = {"seconds": time.perf_counter() - start, "processorSeconds": time.process_time() - worked,
            "peakBytes": peak_bytes()}
    logits = np.concatenate([forward(task.sample(index)).reshape(1, -1) for index in task.held])
    np.save(Path(task.folder) / "logits.npy", logits)
    (Path(task.folder) / "took.json").write_text(json.dumps(took))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""bitexact: re-quantizes the .tflite itself, and simulates the machine that it did it for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from meanings import meanings
from quantizers.float_model import affine, logits_tensor, read
from quantizers.task import Task

_WATCH = Path(__file__).resolve().parents[1] / "watch.py"


def _profile(task: Task) -> str:
    """The machine: a built-in one, or one with a scale for each output channel."""
    name = task.options["profile"]
    if not task.options.get("perChannel"):
        return name
    path = Path(task.folder) / "profile.json"
    path.write_text(json.dumps({
        "schemaVersion": 1, "name": f"{name}-channel", "extends": name,
        "summary": f"{name} with a weight scale for each output channel.", "weights": {"granularity": ["channel"]}}))
    return str(path)


def _logits(bitexact: str, model: Path, task: Task, *arguments: str) -> np.ndarray:
    """The real logits of the images that did not calibrate."""
    parsed = read(model)
    tensor = logits_tensor(parsed)
    trace = Path(task.folder) / "trace"
    shutil.rmtree(trace, ignore_errors=True)
    subprocess.run(
        [bitexact, "run", str(model), *arguments, "--input", task.images, "--every", str(task.every), "--complement",
         "--trace", str(trace), "--tensor", str(tensor), "--threads", str(task.threads), "--quiet"], check=True)
    _, zero = affine(parsed, tensor)
    scales, offset = meaning(parsed, tensor)
    found = {int(path.parent.name): path for path in trace.glob(f"*/{tensor:05}.npy")}
    if sorted(found) != task.held:
        raise RuntimeError(f"the trace holds {len(found)} of {len(task.held)} images")
    codes = np.concatenate([np.load(found[index]).reshape(1, -1) for index in task.held])
    shutil.rmtree(trace)
    return (codes.astype(np.float64) - zero) * scales + offset


def meaning(parsed, tensor: int) -> tuple[np.ndarray, np.ndarray]:
    """What a tensor's integers stand for: what the file's provenance says of them, or else its scale."""
    known = meanings(parsed).get(tensor) or {"scales": [affine(parsed, tensor)[0]], "offsets": [0.0]}
    return np.asarray(known["scales"], dtype=np.float64), np.asarray(known["offsets"], dtype=np.float64)


def run(bitexact: str, source: Path, task: Task) -> dict:
    """Re-quantize and simulate; writes logits.npy, and says how long the former took and how much memory."""
    if task.options.get("source"):
        took: dict = {}
        logits = _logits(bitexact, source, task, "--profile", "tflite")
    else:
        model = Path(task.folder) / "requantized.tflite"
        done = subprocess.run(
            [sys.executable, str(_WATCH), bitexact, "requantize", str(source), "--profile", _profile(task),
             "--calibrate", task.images, "--every", str(task.every), "-o", str(model), "--threads", str(task.threads),
             "--quiet"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError((done.stderr.strip().splitlines() or ["requantize failed"])[-1])
        watched = json.loads(done.stdout)
        took = {"seconds": watched["seconds"], "processorSeconds": watched["processorSeconds"],
                "peakBytes": watched["residentBytes"]}
        logits = _logits(bitexact, model, task)
    np.save(Path(task.folder) / "logits.npy", logits)
    return took

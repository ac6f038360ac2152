"""Which models are measured, on which inputs, and by whom."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema

SOURCE = "mobilenet_v2_1.0_224_quant"
YARDSTICK = "tf2_mobilenet_v2_1.0_224_ptq"
PROFILES = ("nna-int8-shift", "nna-int8-pow2")
CALIBRATION = "imagenet500_224.npy"
DATA_SETS = (CALIBRATION, "imagenet500_128.npy", "cifar10_2000.npy")
_TYPES = {schema.TensorType.INT8: np.dtype(np.int8), schema.TensorType.UINT8: np.dtype(np.uint8)}


class Skipped(Exception):
    """Something that is not measured, and why."""


@dataclass
class Case:
    """A model, and the model that the yardstick runs: the same file, except where a model was made for a machine."""

    name: str
    model: Path
    profile: str | None
    yardstick: Path
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def cases(models: Path, demo: Path, emitted: dict[str, Path]) -> list[Case]:
    """All cases, the re-quantized models first."""
    yardstick = models / f"{YARDSTICK}.tflite"
    found = [Case(name, path, None, yardstick if yardstick.exists() else path) for name, path in emitted.items()]
    files = sorted(models.glob("*.tflite")) + sorted(demo.glob("*.tflite"))
    return found + [Case(path.stem, path, "tflite", path) for path in files]


def emitted_name(profile: str) -> str:
    """The case of MobileNetV2 made for a machine; not the source's name, which `--only` would find in it."""
    return f"mobilenet_v2 for {profile}"


def requantized(bitexact: str, models: Path, data: Path, cache: Path, wanted) -> tuple[dict[str, Path], dict[str, str]]:
    """Re-quantize MobileNetV2 for each machine, once; returns the files by case name, and what was skipped and why."""
    source, images = models / f"{SOURCE}.tflite", data / CALIBRATION
    found: dict[str, Path] = {}
    skipped: dict[str, str] = {}
    for profile in PROFILES:
        name = emitted_name(profile)
        if not wanted(name):
            continue
        if missing := [path.name for path in (source, images) if not path.exists()]:
            skipped[name] = f"there is no {' and no '.join(missing)}; see --models and --data"
            continue
        text = subprocess.run([bitexact, "profile", "show", profile], capture_output=True, check=True).stdout
        # The executable is part of the name: another build may re-quantize otherwise.
        digest = hashlib.sha256(source.read_bytes() + text + Path(bitexact).read_bytes()).hexdigest()[:12]
        path = cache / f"{SOURCE}.{profile}.{digest}.tflite"
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            done = subprocess.run(
                [bitexact, "requantize", str(source), "--profile", profile, "--calibrate", str(images), "--every", "8",
                 "-o", str(path), "--quiet"], capture_output=True, text=True, check=False)
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or ["requantize failed"])[-1]
                skipped[name] = reason.replace(str(source), source.name)
                continue
        found[name] = path
    return found, skipped


def make_input(model: Path, data: Path, demo: Path, target: Path) -> Path:
    """Write one sample as the model takes it: the first image of a data set that fits, or else seeded random codes.

    Raises `Skipped`.
    """
    graph = schema.ModelT.InitFromPackedBuf(model.read_bytes()).subgraphs[0]
    if len(graph.inputs) != 1:
        raise Skipped(f"{len(graph.inputs)} inputs")
    tensor = graph.tensors[graph.inputs[0]]
    shape, kind = tuple(int(d) for d in tensor.shape), _TYPES.get(tensor.type)
    if kind is None or shape[0] != 1:
        raise Skipped("the input is neither int8 nor uint8, or has samples in batches")
    limits = np.iinfo(kind)
    sample = np.random.default_rng(1).integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)
    for path in (demo / "demo_images.npy", *(data / name for name in DATA_SETS)):
        if path.exists() and (images := np.load(path, mmap_mode="r")).shape[1:] == shape[1:]:
            sample = (images[:1].astype(np.int16) + limits.min).astype(kind)
            break
    target.parent.mkdir(parents=True, exist_ok=True)
    np.save(target, sample)
    return target

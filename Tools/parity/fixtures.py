"""Cases, and the files they become.

A case is a model and one or more runs (a set of inputs each). On disk it is `NAME.tflite` and `NAME.npz`. The archive
is stored, not compressed, and holds, for each run with prefix P (`""` for the first, then `"min."`, `"max."`, ...):

* `P` + `input0`, `input1`, ...: the graph inputs in the graph's order,
* `P` + `t<index>`: every tensor that is fed or computed, by its index in the file, as LiteRT's reference kernels
  leave it.

Shapes and element types are the model's. `MANIFEST.json` lists the cases with their digests.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from litert import ReferenceInterpreter
from tflite_builder import ModelBuilder


@dataclass
class Case:
    """A model with the inputs to run it on; `runs` maps a key prefix to one value per graph input."""

    name: str
    operator: str
    notes: str
    seed: int
    model: bytes
    runs: Mapping[str, list[np.ndarray]] = field(default_factory=dict)


def seed_of(name: str) -> int:
    """Return a seed that depends on the case's name only, so that others stay as they are when one is added."""
    return zlib.crc32(name.encode())


def random_values(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Uniform integers over the whole type, or normal floats."""
    if dtype == np.float32:
        return rng.normal(0, 4, shape).astype(np.float32)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def standard_runs(builder: ModelBuilder, rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """One random run, one with every input at its type's minimum, one at its maximum (integers only)."""
    inputs = builder.inputs
    runs = {"": [random_values(rng, builder.shape(i), builder.dtype(i)) for i in inputs]}
    if all(np.issubdtype(builder.dtype(i), np.integer) for i in inputs):
        for prefix, pick in (("min.", "min"), ("max.", "max")):
            runs[prefix] = [np.full(builder.shape(i), getattr(np.iinfo(builder.dtype(i)), pick), builder.dtype(i))
                            for i in inputs]
    return runs


def trace(case: Case) -> dict[str, np.ndarray]:
    """Run a case in LiteRT; the arrays of its archive by key."""
    interpreter = ReferenceInterpreter(case.model)
    arrays: dict[str, np.ndarray] = {}
    for prefix, values in case.runs.items():
        for number, value in enumerate(values):
            arrays[f"{prefix}input{number}"] = value
        for index, value in interpreter.run(values).items():
            arrays[f"{prefix}t{index}"] = value
    return arrays


def archive(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return a stored .npz, the same bytes on every machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for key, value in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(value, order="C"), version=(1, 0))
            file.writestr(zipfile.ZipInfo(key + ".npy"), member.getvalue())
    return buffer.getvalue()


def write(cases: Iterable[Case], folder: Path) -> list[dict[str, object]]:
    """Run all cases, write their files and the manifest, and return the manifest's entries.

    Files of cases that only an older manifest lists are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest_path = folder / "MANIFEST.json"
    older = json.loads(manifest_path.read_text())["cases"] if manifest_path.exists() else []
    entries: list[dict[str, object]] = []
    for case in cases:
        contents = {".tflite": case.model, ".npz": archive(trace(case))}
        for suffix, content in contents.items():
            (folder / (case.name + suffix)).write_bytes(content)
        entries.append({
            "name": case.name, "operator": case.operator, "notes": case.notes, "seed": case.seed,
            "runs": list(case.runs),
            "sha256": {suffix[1:]: hashlib.sha256(content).hexdigest() for suffix, content in contents.items()}})
    manifest = {"oracle": "LiteRT BUILTIN_REF", "version": version("ai-edge-litert"), "cases": entries}
    manifest_path.write_text(json.dumps(manifest, indent=1) + "\n")
    for name in {entry["name"] for entry in older} - {entry["name"] for entry in entries}:
        for suffix in (".tflite", ".npz"):
            (folder / (name + suffix)).unlink(missing_ok=True)
    return entries

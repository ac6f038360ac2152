"""Cases of evidence, and the files they become.

A case is a model of one operator, its inputs, and the output that someone else's implementation gives for them. All
cases of a profile are two files in a folder that bears the profile's name:

* `cases.npz` (stored) with three byte arrays, `models`, `inputs` and `outputs`: what the cases hold, one after another.
  Tensors are of one byte per element, as stored.
* `manifest.json`: whose answers they are, and for each case its operator and its lengths in the three arrays.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FIXTURES = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "evidence"


@dataclass(frozen=True)
class Case:
    """A model of one operator with inputs and the expected output."""

    operator: str
    model: bytes
    inputs: list[np.ndarray]
    output: np.ndarray


def write(profile: str, oracle: str, kind: str, cases: Iterable[Case]) -> None:
    """Write the files of a profile; `oracle` says whose answers they are, `kind` what that is (see README.md)."""
    models, inputs, outputs, rows = [], [], [], []
    for case in cases:
        if case.output.dtype.itemsize != 1 or any(x.dtype.itemsize != 1 for x in case.inputs):
            raise ValueError("a case holds tensors of one byte per element")
        models.append(case.model)
        inputs += [np.ascontiguousarray(x).tobytes() for x in case.inputs]
        outputs.append(np.ascontiguousarray(case.output).tobytes())
        rows.append({"operator": case.operator, "model": len(case.model), "inputs": [x.size for x in case.inputs],
                     "output": case.output.size})
    folder = FIXTURES / profile
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "cases.npz", "w", zipfile.ZIP_STORED) as file:
        for key, parts in (("models", models), ("inputs", inputs), ("outputs", outputs)):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.frombuffer(b"".join(parts), np.uint8), version=(1, 0))
            file.writestr(zipfile.ZipInfo(key + ".npy"), member.getvalue())
    counts = Counter(row["operator"] for row in rows)
    header = {"profile": profile, "oracle": oracle, "kind": kind, "cases": len(rows),
              "elements": sum(row["output"] for row in rows), "operators": dict(sorted(counts.items()))}
    lines = ",\n  ".join(json.dumps(row) for row in rows)
    text = json.dumps(header, indent=1)[:-2] + ',\n "list": [\n  ' + lines + "\n ]\n}\n"
    (folder / "manifest.json").write_text(text)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{profile}: {len(rows)} cases, {header['elements']} elements, {size} bytes: {header['operators']}")

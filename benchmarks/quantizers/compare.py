#!/usr/bin/env python3
"""Compare what re-quantization makes of MobileNetV2 with what the quantizers on PyPI make of its float form.

    benchmarks/quantizers/run.sh [--only TEXT ...] [--keep] [--update-docs]

bitexact re-quantizes the uint8 .tflite; the peers, which want a float network, quantize its dequantized weights and
biases. All calibrate on the same images, without labels, and are measured on the others against the logits of the
source in LiteRT's reference kernels. One contender runs at a time, each in a process of its own. Writes quantizers.md
and quantizers.json into --output.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

import machine
from progress import say
from quantizers import source, with_bitexact
from quantizers.contenders import BITEXACT, CONTENDERS, SOURCE, Contender, wanted
from quantizers.float_model import affine, read, write_float
from quantizers.measures import measures
from quantizers.page import BEGIN, body, updated
from quantizers.task import Task

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / ".build" / "benchmarks"
SHARED = REPOSITORY.parent / "shared"
MODEL = "mobilenet_v2_1.0_224_quant.tflite"
IMAGES, LABELS = "imagenet500_224.npy", "imagenet500_labels1001.npy"
PACKAGES = ("ai-edge-litert", "onnxruntime", "model-compression-toolkit", "esp-ppq", "torch")


def run_peer(contender: Contender, task: Task, seconds: float) -> dict:
    """Let a peer quantize in a process of its own; raises `RuntimeError` with its last words."""
    folder = Path(task.folder)
    (folder / "task.json").write_text(json.dumps(task.as_json()))
    environment = os.environ | {"OMP_NUM_THREADS": str(task.threads), "CUDA_VISIBLE_DEVICES": ""}
    with (folder / "log.txt").open("w") as log:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "quantizers.peer", contender.module, str(folder / "task.json")], stdout=log,
                stderr=subprocess.STDOUT, env=environment, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"not done after {seconds:.0f} s") from None
    if done.returncode:
        words = (folder / "log.txt").read_text().strip().splitlines()
        raise RuntimeError((words or [f"exit code {done.returncode}"])[-1])
    return json.loads((folder / "took.json").read_text())


def run(contender: Contender, task: Task, model: Path, options) -> tuple[dict, np.ndarray]:
    """What a contender took, and its logits."""
    if contender.module == SOURCE:
        return {}, source.logits(model, task, contender.options["kernels"])
    if contender.module == BITEXACT:
        took = with_bitexact.run(options.bitexact, model, task)
    else:
        took = run_peer(contender, task, options.timeout)
        if contender.options.get("float"):
            took = {}
    return took, np.load(Path(task.folder) / "logits.npy")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bitexact", required=True, help="the executable; run.sh fills this in")
    parser.add_argument("--models", type=Path, default=SHARED / "models", help=f"folder of {MODEL}")
    parser.add_argument("--data", type=Path, default=SHARED / "data", help=f"folder of {IMAGES} and {LABELS}")
    parser.add_argument("--every", type=int, default=8, help="every so-manieth image calibrates (default: 8)")
    parser.add_argument("--only", action="append", default=[],
                        help="only the contender with this key, or those with this in it; repeat for several")
    parser.add_argument("--keep", action="store_true",
                        help="do not measure again what is in --output from the same settings and versions")
    # torch's threads wait for each other awake: beside anything else that runs, two are far slower than one.
    parser.add_argument("--threads", type=int, default=1, help="threads of each contender (default: 1)")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds after which a peer is given up")
    parser.add_argument("--output", type=Path, default=WORK, help="folder of the reports (default: .build/benchmarks)")
    parser.add_argument("--update-docs", action="store_true",
                        help="write the tables between the markers in docs/requantization.md")
    options = parser.parse_args()
    options.bitexact = str(Path(options.bitexact).resolve())
    if not os.access(options.bitexact, os.X_OK):
        parser.error(f"{options.bitexact} is not executable")
    if missing := [str(path) for path in (options.models / MODEL, options.data / IMAGES, options.data / LABELS)
                   if not path.exists()]:
        parser.error(f"there is no {' and no '.join(missing)}; see --models and --data")
    if options.every < 2 or options.threads < 1:
        parser.error("every is at least 2, threads at least 1")
    return options


def digest(path: Path) -> str:
    """Tell files apart."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def earlier(path: Path, now: dict) -> dict[str, dict]:
    """The rows of an earlier run under the same conditions, by key; not those of contenders that failed."""
    then = json.loads(path.read_text()) if path.exists() else {}
    if any(then.get(key) != now[key] for key in ("schemaVersion", "versions", "options")):
        return {}
    return {row["key"]: row for row in then["rows"] if "measures" in row}


def update_docs(text: str) -> None:
    """Write between the markers, or say that there are none."""
    path = REPOSITORY / "docs" / "requantization.md"
    document = path.read_text() if path.exists() else ""
    if BEGIN not in document:
        say(f"docs/requantization.md has no {BEGIN}; nothing was written into it")
        return
    path.write_text(updated(document, text))


def main() -> int:
    """Let everybody have a turn."""
    options = parse()
    model = options.models / MODEL
    parsed = read(model)
    scale, zero = affine(parsed, int(parsed.subgraphs[0].inputs[0]))
    folder = WORK / "quantizers"
    folder.mkdir(parents=True, exist_ok=True)
    write_float(model, folder / "float.onnx")

    def task(contender: Contender | None) -> Task:
        own = folder / contender.key if contender else folder
        own.mkdir(exist_ok=True)
        return Task(str(folder / "float.onnx"), str(own), str((options.data / IMAGES).resolve()), options.every, scale,
                    zero, options.threads, contender.options if contender else {})

    everything = task(None)
    labels = np.load(options.data / LABELS)[everything.held]
    found = {
        "schemaVersion": 1, "machine": machine.describe(REPOSITORY),
        "versions": {name: version(name) for name in PACKAGES},
        "options": {"every": options.every, "threads": options.threads, "calibration": len(everything.calibration),
                    "held": len(everything.held), "model": digest(model), "images": digest(options.data / IMAGES)},
    }
    kept = earlier(options.output / "quantizers.json", found) if options.keep else {}
    answers = folder / "source.npy"
    if kept and answers.exists():
        expected = np.load(answers)
    else:
        say("source: LiteRT's reference kernels")
        expected = source.logits(model, everything)
        np.save(answers, expected)
    found["sourceTop1"] = float((expected.argmax(1) == labels).mean())
    chosen = wanted(options.only)
    rows: dict[str, dict] = {}
    options.output.mkdir(parents=True, exist_ok=True)
    for contender in CONTENDERS:
        row = {"key": contender.key, "title": contender.title, "granularity": contender.granularity,
               "scales": contender.scales, "options": contender.options}
        if contender.module == BITEXACT:
            row["executable"] = digest(Path(options.bitexact))
        before = kept.get(contender.key, {})
        if all(before.get(key) == value for key, value in row.items()):
            rows[contender.key] = before
            continue
        if contender.key not in chosen:
            continue
        try:
            took, logits = run(contender, task(contender), model, options)
            row |= {"took": took, "measures": measures(expected.tolist(), logits.tolist(), labels.tolist())}
        except (RuntimeError, ValueError, OSError, subprocess.CalledProcessError) as reason:
            row["failed"] = str(reason)
        rows[contender.key] = row
        say(f"{contender.key}: {row.get('failed') or row['measures']} {row.get('took', '')}")
        # After each one, for the whole takes long; what is kept and was not reached yet is not forgotten.
        written = found | {"rows": list((kept | rows).values())}
        (options.output / "quantizers.json").write_text(json.dumps(written, indent=1) + "\n")
    found["rows"] = list(rows.values())
    (options.output / "quantizers.json").write_text(json.dumps(found, indent=1) + "\n")
    text = body(found)
    (options.output / "quantizers.md").write_text(text)
    print(text)
    if options.update_docs:
        update_docs(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

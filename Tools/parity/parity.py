#!/usr/bin/env python3
"""Compare bitexact's profile `tflite` with LiteRT's reference kernels: every tensor, every element, every bit.

    python parity.py --bitexact PATH [--models DIR] [--data DIR] [--inputs 3] [--engine NAME ...] [MODEL ...]

For each model: some inputs (images where a data set fits the model's input, seeded random values otherwise, and the
adversarial ones), LiteRT with all tensors preserved, `bitexact run --trace`, and a comparison. Without MODEL arguments
the demo models are compared and, where the folders exist, a list of well-known models. Prints one line per model and
a verdict. Exit code 0 if all is equal, 1 if anything differs, is missing, or fails, 2 if there is nothing to compare.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from litert import ReferenceInterpreter, Variable

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO_RESOURCES = REPOSITORY / "Sources" / "DemoModel" / "Resources"
SHARED = REPOSITORY.parent / "shared"
SHARED_MODELS = (
    "mobilenet_v2_1.0_224_quant", "mobilenet_v1_0.25_128_quant", "tf2_mobilenet_v2_1.0_224_ptq",
    "pretrainedResnet_quant", "kws_ref_model", "ad01_int8", "deeplabv3_mnv2_dm05_pascal_quant",
    "movenet_single_pose_lightning_ptq", "posenet_mobilenet_v1_075_353_481_16_quant_decoder", "keras_lstm_mnist_ptq",
)
DATA_SETS = ("imagenet500_224.npy", "imagenet500_128.npy", "cifar10_2000.npy")
DEMO_IMAGES = "demo_images.npy"
NAME_LENGTH = 40
# In seconds, for all inputs of a model.
ORACLE_TIMEOUT = 600.0
BITEXACT_TIMEOUT = 600.0


@dataclass
class Report:
    """What the comparison of one model found."""

    name: str
    inputs: int = 0
    refused: int = 0
    tensors: int = 0
    elements: int = 0
    differing: int = 0
    first: str = ""
    problem: str = ""

    @property
    def equal(self) -> bool:
        """Whether something was compared and nothing was wrong."""
        return self.inputs > 0 and self.differing == 0 and not self.first and not self.problem

    def __str__(self) -> str:
        """Return the report's line."""
        line = (f"{'ok  ' if self.equal else 'FAIL'} {self.name}: {self.inputs} inputs, {self.tensors} tensors, "
                f"{self.elements} elements, {self.differing} differ")
        if self.refused:
            line += f"; LiteRT aborts on {self.refused} more inputs"
        for part in (self.first, self.problem):
            line += f"\n     {part}" if part else ""
        return line


# Inputs


def images(shape: tuple[int, ...], data: Path) -> np.ndarray | None:
    """Find a data set whose samples have the shape of a model's input (without its leading 1)."""
    for path in (DEMO_RESOURCES / DEMO_IMAGES, *(data / name for name in DATA_SETS)):
        if path.exists():
            array = np.load(path, mmap_mode="r")
            if array.shape[1:] == shape[1:] and array.dtype == np.uint8:
                return array
    return None


def make_inputs(name: str, shape: tuple[int, ...], dtype: np.dtype, data: Path, count: int) -> np.ndarray:
    """Make `count` ordinary samples and the adversarial ones: all minimum, all maximum, alternating, uniform noise."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    one, size = (1, *shape[1:]), (count, *shape[1:])
    if dtype == np.float32:
        return np.concatenate([rng.normal(0, 1, size), np.full(one, -1e3), np.full(one, 1e3)]).astype(np.float32)
    limits = np.iinfo(dtype)
    found = images(shape, data)
    if found is not None:
        picks = np.sort(rng.choice(len(found), min(count, len(found)), replace=False))
        ordinary = (found[picks].astype(np.int64) + limits.min).astype(dtype)
    else:
        ordinary = rng.integers(limits.min, limits.max, size, dtype=dtype, endpoint=True)
    ends = [np.full(one, limit, dtype) for limit in (limits.min, limits.max)]
    checkered = np.where(np.indices(one).sum(axis=0) % 2 == 0, limits.min, limits.max).astype(dtype)
    noise = rng.integers(limits.min, limits.max, one, dtype=dtype, endpoint=True)
    return np.concatenate([ordinary, *ends, checkered, noise])


# The two sides


def _oracle_worker(model: Path, samples: np.ndarray, first: int, folder: Path) -> None:
    interpreter = ReferenceInterpreter(model)
    for number in range(first, len(samples)):
        traced = interpreter.run([samples[number:number + 1]])
        partial = folder / f"{number}.partial.npz"
        np.savez(partial, **{str(index): value for index, value in traced.items()})
        partial.rename(folder / f"{number}.npz")


def run_oracle(model: Path, samples: np.ndarray, folder: Path) -> list[int]:
    """Trace all samples with LiteRT into `folder` as NUMBER.npz; return the numbers of those that LiteRT accepts.

    LiteRT runs in a process of its own, because it ends the process on some inputs (its softmax refuses rows whose
    exponentials sum to 512 or more). The process is then started again behind that input.
    """
    context = multiprocessing.get_context("spawn")
    first = 0
    while first < len(samples):
        worker = context.Process(target=_oracle_worker, args=(model, samples, first, folder))
        worker.start()
        worker.join(ORACLE_TIMEOUT)
        if worker.is_alive():
            worker.terminate()
            worker.join()
        while (folder / f"{first}.npz").exists():
            first += 1
        first += 1
    return [number for number in range(len(samples)) if (folder / f"{number}.npz").exists()]


def run_bitexact(command: Sequence[str]) -> str:
    """Run bitexact; return what went wrong, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BITEXACT_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bitexact did not run: {error}"
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip())[-600:]
        return f"bitexact ended with code {done.returncode}: {words}"
    return ""


# Comparison


def listed_tensors(trace: Path) -> set[int]:
    """Read the indices in a trace's tensors.json: a list of objects, or an object that holds one as `tensors`."""
    content = json.loads((trace / "tensors.json").read_text())
    entries = content["tensors"] if isinstance(content, dict) else content
    return {int(entry["index"]) for entry in entries}


def first_difference(expected: np.ndarray, actual: np.ndarray, unequal: np.ndarray) -> str:
    """Describe the first element that differs."""
    position = tuple(int(i) for i in np.argwhere(unequal)[0])
    return (f"{int(unequal.sum())} of {unequal.size} differ, at {list(position)} "
            f"LiteRT has {expected[position]}, bitexact {actual[position]}")


def compare_tensor(report: Report, variable: Variable, sample: int, expected: np.ndarray, path: Path) -> None:
    """Compare one tensor of one sample and add to the report."""
    report.elements += expected.size
    name = variable.name if len(variable.name) <= NAME_LENGTH else "..." + variable.name[-NAME_LENGTH:]
    where = f"tensor {variable.index} '{name}' ({variable.operator}), input {sample}"
    if not path.exists():
        report.differing += expected.size
        report.first = report.first or f"{where}: not in the trace"
        return
    actual = np.load(path)
    if actual.dtype != expected.dtype or actual.shape != expected.shape:
        report.differing += expected.size
        report.first = report.first or (f"{where}: bitexact has {actual.dtype} {actual.shape}, "
                                        f"LiteRT {expected.dtype} {expected.shape}")
        return
    bits = np.dtype(f"u{expected.dtype.itemsize}")
    unequal = np.asarray(expected, order="C").view(bits) != np.asarray(actual, order="C").view(bits)
    if unequal.any():
        report.differing += int(unequal.sum())
        report.first = report.first or f"{where}: {first_difference(expected, actual, unequal)}"


def compare_model(model: Path, bitexact: str, data: Path, count: int, engine: str | None) -> Report:
    """Run both sides on one model and compare them."""
    report = Report(model.stem if engine is None else f"{model.stem} [{engine}]")
    try:
        interpreter = ReferenceInterpreter(model)
        graph, details = interpreter.variables, interpreter.inputs
    except (OSError, RuntimeError, ValueError) as error:
        report.problem = f"LiteRT does not take the model: {error}"
        return report
    shape = tuple(int(d) for d in details[0]["shape"])
    if len(details) != 1 or shape[:1] != (1,):
        report.problem = "the model has more than one input, or samples in batches; not supported here"
        return report
    samples = make_inputs(model.stem, shape, np.dtype(details[0]["dtype"]), data, count)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        accepted = run_oracle(model, samples, folder)
        report.inputs, report.refused = len(accepted), len(samples) - len(accepted)
        if not accepted:
            report.problem = "LiteRT runs on none of the inputs"
            return report
        np.save(folder / "inputs.npy", samples[accepted])
        trace = folder / "trace"
        command = [bitexact, "run", str(model), "--profile", "tflite", "--input", str(folder / "inputs.npy"),
                   "--trace", str(trace), *(["--engine", engine] if engine else [])]
        report.problem = run_bitexact(command)
        if report.problem:
            return report
        compare_traces(report, graph, accepted, folder, trace)
    return report


def compare_traces(report: Report, graph: Sequence[Variable], accepted: Sequence[int], oracle: Path,
                   trace: Path) -> None:
    """Compare all tensors of all accepted samples, in the order of execution."""
    report.tensors = len(graph)
    try:
        missing = sorted({v.index for v in graph} - listed_tensors(trace))
        if missing:
            report.problem = f"tensors.json does not list {missing}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        report.problem = f"tensors.json cannot be read: {error!r}"
    for position, number in enumerate(accepted):
        with np.load(oracle / f"{number}.npz") as expected:
            for variable in graph:
                path = trace / f"{position:05d}" / f"{variable.index:05d}.npy"
                compare_tensor(report, variable, position, expected[str(variable.index)], path)


def default_models(folder: Path) -> list[Path]:
    """List the demo models and those of the well-known ones that exist."""
    shared = (folder / f"{name}.tflite" for name in SHARED_MODELS)
    return sorted(DEMO_RESOURCES.glob("*.tflite")) + [path for path in shared if path.exists()]


def main() -> int:
    """Compare all models and print the verdict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="*", type=Path, help="models to compare instead of the default ones")
    parser.add_argument("--bitexact", required=True, help="the bitexact executable")
    parser.add_argument("--models", type=Path, default=SHARED / "models", help="folder of the well-known models")
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder of the image data sets")
    parser.add_argument("--inputs", type=int, default=3,
                        help="ordinary inputs per model, besides the adversarial ones (default: %(default)s)")
    parser.add_argument("--engine", action="append", help="pass this --engine to bitexact; repeat for several")
    arguments = parser.parse_args()
    models = arguments.model or default_models(arguments.models)
    if not models:
        print("no model to compare", file=sys.stderr)
        return 2
    print(f"LiteRT {version('ai-edge-litert')}, reference kernels")
    reports = []
    for model in models:
        for engine in arguments.engine or [None]:
            report = compare_model(model, arguments.bitexact, arguments.data, arguments.inputs, engine)
            print(report, flush=True)
            reports.append(report)
    wrong = [report.name for report in reports if not report.equal]
    elements = sum(report.elements for report in reports)
    if wrong:
        print(f"PARITY BROKEN in {len(wrong)} of {len(reports)}: {', '.join(wrong)}")
        return 1
    print(f"PARITY: {len(reports)} models, {elements} elements, all equal")
    return 0


if __name__ == "__main__":
    sys.exit(main())

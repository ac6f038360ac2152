"""Runs bitexact for the cases, and compares logits."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from meanings import meanings
from requantizing import inputs, litert
from requantizing.cases import EVERY, Case, Model

WATCH = Path(__file__).resolve().parents[1] / "watch.py"
SYNTHETIC = "made-up"
CHECKED = 4


class Failed(Exception):
    """What a command said when it failed."""


def distance(wanted: np.ndarray, found: np.ndarray, labels: np.ndarray | None = None) -> dict:
    """How far answers are from the source's; of equal logits the first counts.

    The signal is taken about its mean (docs/analysis.md). `tied` are the samples that disagree although the source's logits of both answers are equal.
    """
    noise = float(((found - wanted) ** 2).sum())
    signal = float(((wanted - wanted.mean()) ** 2).sum())
    before, after = wanted.argmax(axis=1), found.argmax(axis=1)
    rows = np.arange(len(wanted))
    result = {"samples": len(wanted), "sqnrDb": float(10 * np.log10(signal / noise)) if noise and signal else None,
              "agreement": float((before == after).mean()),
              "tied": int(((before != after) & (wanted[rows, before] == wanted[rows, after])).sum())}
    if labels is not None:
        right, still = before == labels, after == labels
        result |= {"sourceTop1": float(right.mean()), "top1": float(still.mean()),
                   "lost": int((right & ~still).sum()), "won": int((still & ~right).sum())}
    return result


def like_noise(wanted: np.ndarray, found: np.ndarray) -> float:
    """The agreement that Gaussian noise of the same power as the difference leaves, the mean of a few draws.

    It says what a ratio of signal to noise is worth for a model: how near its classes' logits are to each other.
    """
    level = float(np.sqrt(((found - wanted) ** 2).mean()))
    random = np.random.Generator(np.random.PCG64(1))
    best = wanted.argmax(axis=1)
    return float(np.mean([((wanted + level * random.standard_normal(wanted.shape)).argmax(axis=1) == best).mean()
                          for _ in range(5)]))


class Bench:
    """The executable, the models and what was computed once for all cases."""

    def __init__(self, bitexact: str, models: Path, data: Path, work: Path, limit: int | None) -> None:
        self.bitexact, self.models, self.data, self.work, self.limit = bitexact, models, data, work, limit
        self.sources: dict[str, dict] = {}

    def run(self, *arguments: str) -> None:
        """Run bitexact; raises `Failed` with its first error."""
        done = subprocess.run([self.bitexact, *arguments, "--quiet"], capture_output=True, text=True, check=False)
        if done.returncode:
            words = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise Failed(f"{arguments[0]}: {words[0] if words else done.returncode}")

    def stored(self, model: Path, images: Path, tensor: int, threads: int) -> np.ndarray:
        """The integers of one tensor, a row for each sample."""
        with tempfile.TemporaryDirectory(dir=self.work) as scratch:
            self.run("run", str(model), "--input", str(images), "--trace", scratch, "--tensor", str(tensor),
                     "--threads", str(threads))
            folders = sorted((path for path in Path(scratch).iterdir() if path.is_dir()), key=lambda path: int(path.name))
            return np.stack([np.load(next(path.glob("*.npy"))).ravel() for path in folders])

    def prepare(self, model: Model) -> dict:
        """Everything of a source that its cases share: samples, logits, and the noise floor of LiteRT's own kernels."""
        if model.file in self.sources:
            return self.sources[model.file]
        path, folder = self.models / model.file, self.work / model.title
        folder.mkdir(exist_ok=True)
        source = litert.Source(path)
        is_made_up = model.images == SYNTHETIC
        samples = inputs.made_up(model.title, *source.input) if is_made_up else np.load(self.data / model.images)
        labels = np.load(self.data / model.labels).ravel() if model.labels else None
        if self.limit:
            samples, labels = samples[:self.limit], None if labels is None else labels[:self.limit]
        # Integers of an input's own type are taken as they are, whatever they mean; real numbers suit any input.
        given = source.real(samples, None, source.entry).astype(np.float32) if is_made_up else samples
        images = folder / "inputs.npy"
        np.save(images, given)
        for first in range(EVERY):
            np.save(folder / f"draw{first}.npy", given[first::EVERY])
        tensor = source.logits
        stored = self.stored(path, images, tensor, os.cpu_count() or 1)
        wanted = source.real(stored)
        cut = source.cut(folder / "cut.tflite")
        if not np.array_equal(litert.answers(cut, samples[:CHECKED], litert.REFERENCE), stored[:CHECKED]):
            raise Failed(f"{model.title}: bitexact's tflite and LiteRT's reference kernels differ")
        usual = source.real(litert.answers(cut, samples, litert.DEFAULT, os.cpu_count() or 1))
        held = np.arange(len(samples)) % EVERY != 0
        found = {"path": path, "images": images, "samples": samples, "labels": labels, "tensor": tensor,
                 "logits": wanted, "folder": folder,
                 "floor": distance(wanted[held], usual[held], None if labels is None else labels[held])}
        self.sources[model.file] = found
        return found

    def profile(self, name: str, change: dict, scratch: Path) -> str:
        """A built-in machine, or one that differs from it."""
        if not change:
            return name
        scratch.write_text(json.dumps({"schemaVersion": 1, "name": "changed", "extends": name, **change}))
        return str(scratch)

    def measure(self, case: Case, threads: int) -> dict:
        """Re-quantize, run the result on the samples that took no part, verify it."""
        source = self.sources[case.model.file]
        with tempfile.TemporaryDirectory(dir=self.work) as scratch:
            folder = Path(scratch)
            output, report = folder / "out.tflite", folder / "report.json"
            calibration = [] if case.draw is None else ["--calibrate", str(source["folder"] / f"draw{case.draw}.npy")]
            model, took = source["path"], {}
            for number, change in enumerate([case.change, case.back] if case.back else [case.change]):
                command = [self.bitexact, "requantize", str(model), "--profile",
                           self.profile(case.profile, change, folder / f"p{number}.json"), *calibration, *case.options,
                           "-o", str(output), "--threads", str(threads), "--quiet"]
                took = timed(command)
                model = folder / f"m{number}.tflite"
                shutil.copy(output, model)
            # The timed run wrote no report: what the integers mean stands in the file's metadata as well.
            result = litert.Source(output)
            meaning = meanings(result.model).get(source["tensor"])
            stored = self.stored(output, source["images"], source["tensor"], threads)
            found = result.real(stored, meaning, result.graph.tensors[source["tensor"]])
            held = np.ones(len(stored), dtype=bool)
            # Without calibration the others are those of the first draw, so that rows can be compared.
            held[(case.draw or 0)::EVERY] = False
            try:
                self.run("verify", str(output), "--inputs", str(source["images"]), "--count", "1", "--threads",
                         str(threads))
                verified = True
            except Failed:
                verified = False
        labels = source["labels"]
        return distance(source["logits"][held], found[held], None if labels is None else labels[held]) | took | {
            "verified": verified, "likeNoise": like_noise(source["logits"][held], found[held])}


def timed(command: list[str]) -> dict:
    """Run a command; its seconds and its peak of memory. Raises `Failed`."""
    # The system counts what the launching process held to the launched one's peak: a small one launches it.
    done = subprocess.run([sys.executable, str(WATCH), *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["requantize failed"])[0])
    watched = json.loads(done.stdout)
    return {"seconds": watched["seconds"], "cpuSeconds": watched["processorSeconds"],
            "peakBytes": watched["residentBytes"]}

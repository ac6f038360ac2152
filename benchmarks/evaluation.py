"""Measure `evaluate` as its user sees it: the whole process, from launch to exit, and the memory that it takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cases import CALIBRATION
from contenders import Build
from progress import say

HERE = Path(__file__).resolve().parent
LABELS = "imagenet500_labels1001.npy"
# The data set whose memory is compared with that of the given one is so many times as large.
REPETITIONS = 10


@dataclass(frozen=True)
class Memory:
    """What a watched process took."""

    seconds: float
    # What its threads took together of processors.
    processorSeconds: float
    # The system's peak of resident memory; counts the pages of mapped files.
    residentBytes: int
    # The peak of memory that no file backs, as far as polling saw; None where the system does not tell.
    anonymousBytes: int | None


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
    return done.stdout


def seconds(command: Sequence[str]) -> float:
    """Run to the end and say how long that took; raises `RuntimeError` for an exit code other than 0."""
    start = time.perf_counter()
    _run(command)
    return time.perf_counter() - start


def memory(command: Sequence[str]) -> Memory:
    """Run to the end and watch, which costs a little time; raises `RuntimeError` for an exit code other than 0."""
    return Memory(**json.loads(_run([sys.executable, str(HERE / "watch.py"), *command])))


def command_line(
    bitexact: str, model: Path, profile: str | None, images: Path, labels: Path, threads: int
) -> list[str]:
    """The command that is measured."""
    return [bitexact, "evaluate", str(model), *(["--profile", profile] if profile else []), "--inputs", str(images),
            "--labels", str(labels), "--threads", str(threads), "--quiet"]


def repeat(source: Path, times: int, target: Path) -> Path:
    """Write an array several times behind itself."""
    array = np.load(source, mmap_mode="r")
    target.parent.mkdir(parents=True, exist_ok=True)
    larger = np.lib.format.open_memmap(target, "w+", array.dtype, (len(array) * times, *array.shape[1:]))
    for index in range(times):
        larger[index * len(array):(index + 1) * len(array)] = array
    larger.flush()
    return target


def measure_evaluations(
    builds: list[Build], models: dict[str, tuple[Path, str | None]], work: Path, options
) -> dict | None:
    """Time `evaluate` from launch to exit, and watch its memory for a data set and for one ten times as large."""
    images, labels = options.data / CALIBRATION, options.data / LABELS
    if not models or not images.exists() or not labels.exists():
        return None
    count = len(np.load(images, mmap_mode="r"))
    timed = {name: {build.label: [] for build in builds} for name in models}
    failed: dict[str, str] = {}
    for number in range(options.rounds):
        for name, (model, profile) in models.items():
            for build in builds[number % len(builds):] + builds[:number % len(builds)]:
                command = command_line(build.path, model, profile, images, labels, options.threads)
                try:
                    timed[name][build.label].append(seconds(command))
                except RuntimeError as reason:
                    timed[name][build.label].append(None)
                    failed[f"{name}, {build.label}"] = str(reason)
        say(f"evaluate: round {number + 1} of {options.rounds}")
    watched = measure_memory(builds[0], models, (images, labels), work, options, failed)
    return {"count": count, "threads": options.threads, "seconds": timed, "memory": watched, "failed": failed}


def measure_memory(
    build: Build, models: dict[str, tuple[Path, str | None]], given: tuple[Path, Path], work: Path, options,
    failed: dict[str, str]
) -> list[dict]:
    """Watch the memory of `evaluate` for the data set, and for one ten times as large."""
    found = []
    with tempfile.TemporaryDirectory(dir=work) as folder:
        larger = tuple(repeat(path, REPETITIONS, Path(folder) / path.name) for path in given)
        for name, (model, profile) in models.items():
            for inputs, classes in (given, larger):
                command = command_line(build.path, model, profile, inputs, classes, options.threads)
                try:
                    took = memory(command)
                except RuntimeError as reason:
                    failed[f"{name}, memory"] = str(reason)
                    continue
                found.append({"name": name, "samples": len(np.load(inputs, mmap_mode="r")),
                              "inputBytes": inputs.stat().st_size, "seconds": took.seconds,
                              "residentBytes": took.residentBytes, "anonymousBytes": took.anonymousBytes})
            say(f"evaluate: memory for {name}")
    return found

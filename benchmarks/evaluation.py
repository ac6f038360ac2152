"""Measure `evaluate` as its user sees it: the whole process, from launch to exit, and the memory that it takes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Memory:
    """What a watched process took."""

    seconds: float
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


def command(
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

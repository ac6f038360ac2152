"""Measure `evaluate` as its user sees it: the whole process, from launch to exit, and the memory that it takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

POLL_SECONDS = 0.002


@dataclass(frozen=True)
class Process:
    """What a process took."""

    seconds: float
    # The system's peak of resident memory; counts the pages of mapped files.
    residentBytes: int
    # The peak of memory that no file backs, as far as polling saw; None where the system does not tell.
    anonymousBytes: int | None


def run(command: Sequence[str], watch: bool = False) -> Process:
    """Run to the end; `watch` polls for the peak of anonymous memory, which costs a little time.

    Raises `RuntimeError` for an exit code other than 0.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = None
    status = usage = None
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG if watch else 0)
        if pid:
            break
        anonymous = anonymous_bytes(process.pid)
        if anonymous is not None:
            peak = max(peak or 0, anonymous)
        time.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    with process.stderr as errors:
        text = errors.read().decode(errors="replace").strip()
    if process.returncode:
        raise RuntimeError((text.splitlines() or [f"exit code {process.returncode}"])[-1])
    # Kilobytes on Linux, bytes on macOS.
    return Process(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), peak)


def anonymous_bytes(pid: int) -> int | None:
    """The process's RssAnon; nothing where there is no such file, or no such process any more."""
    try:
        match = re.search(r"^RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    except OSError:
        return None
    return int(match.group(1)) * 1024 if match else None


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

"""Who is measured: builds of bitexact, each with each set of kernels, and the peers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from peers import LITERT, ONNX_RUNTIME

HERE = Path(__file__).resolve().parent
TIMEOUT = 900.0
TITLES = {
    "litert-xnnpack": "LiteRT, XNNPACK", "litert-optimized": "LiteRT, optimized kernels",
    "litert-reference": "LiteRT, reference kernels", ONNX_RUNTIME: "ONNX Runtime, integer kernels",
}

Metrics = dict[str, float]


class Failed(Exception):
    """A contender that does not run, and why."""


def short(reason: str) -> str:
    """An error message without folders, without the tool's name, and without the list of what would have worked."""
    return re.sub(r"(?<!\S)/\S*/", "", reason).removeprefix("bitexact: error: ").split(". Supported are")[0]


def _text(command: list[str], environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise Failed(short(lines[-1]) if lines else f"exit code {done.returncode}")
    return done.stdout


def _json(command: list[str], environment: dict[str, str] | None = None) -> dict:
    text = _text(command, environment)
    return json.loads(text[text.index("{"):])


@dataclass(frozen=True)
class Peer:
    """LiteRT or ONNX Runtime; `name` is the key of the report."""

    name: str

    @property
    def title(self) -> str:
        """What the report calls it."""
        return TITLES[self.name]

    def measure(self, model: Path, sample: Path, seconds: float, threads: int) -> Metrics:
        """Take all metrics once; raises `Failed`."""
        return _json([sys.executable, str(HERE / "peers.py"), self.name, str(model), str(sample),
                      "--seconds", str(seconds), "--threads", str(threads)])

    def output(self, model: Path, sample: Path, target: Path) -> np.ndarray:
        """What the model answers, int8 as uint8 with an offset of 128; raises `Failed`."""
        _text([sys.executable, str(HERE / "peers.py"), self.name, str(model), str(sample), "--output", str(target)])
        answer = np.load(target)
        return answer.astype(np.int64) + (128 if answer.dtype == np.int8 else 0)


@dataclass(frozen=True)
class Build:
    """A bitexact executable with its fastest kernels, or with a set that is forced."""

    path: str
    label: str
    kernels: str | None = None

    @property
    def name(self) -> str:
        """The key of the report."""
        return self.label + (f" {self.kernels}" if self.kernels else "")

    @property
    def title(self) -> str:
        """What the report calls it."""
        return self.label + (f", kernels `{self.kernels}` forced" if self.kernels else "")

    def bench(self, model: Path, profile: str | None, sample: Path, runs: int, threads: int) -> dict:
        """What `bench --json` says; raises `Failed`, also where the build or the CPU lacks the kernels."""
        environment = {key: value for key, value in os.environ.items() if key != "BITEXACT_KERNELS"}
        if self.kernels:
            environment["BITEXACT_KERNELS"] = self.kernels
        found = _json([self.path, "bench", str(model), *(["--profile", profile] if profile else []), "--input",
                       str(sample), "--runs", str(runs), "--threads", str(threads), "--json"], environment)
        # A set that the build or the CPU lacks is silently replaced by another one.
        if self.kernels and found["kernels"] != self.kernels:
            raise Failed(f"this build or this CPU has no kernels '{self.kernels}'")
        return found

    def measure(
        self, model: Path, profile: str | None, sample: Path, seconds: float, threads: int, latency: float
    ) -> Metrics:
        """Take all metrics once; `latency` in seconds says how many runs fit."""
        # bench measures throughput five times, on each number of threads.
        runs = min(max(int(seconds / 5 / latency), 3), 100_000)
        found = self.bench(model, profile, sample, runs, threads)
        metrics = {
            "latencyMs": found["latencyMs"]["median"], "latencyMinMs": found["latencyMs"]["min"],
            "loweringMs": found["loweringMs"], "packingMs": found["packingMs"],
        }
        single = found.get("singleThreadThroughputPerSecond")
        if single is None:
            # An older build, which measures one number of threads at a time.
            single = self.bench(model, profile, sample, runs, 1)["throughputPerSecond"]
        metrics["throughput1"] = single["median"]
        if threads > 1:
            metrics["throughputN"] = found["throughputPerSecond"]["median"]
            if found.get("parallelLatencyMs"):
                metrics["latencyNMs"] = found["parallelLatencyMs"]["median"]
        for key in ("shareOfRoofline", "rooflineGigaMacsPerSecond"):
            if found.get(key) is not None:
                metrics[key] = found[key]
        return metrics


def kernel_sets(bitexact: str) -> list[str]:
    """The names that `BITEXACT_KERNELS` takes, as the build's help has them."""
    text = subprocess.run([bitexact, "bench", "--help"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"BITEXACT_KERNELS=(\w+(?:\|\w+)*)", text)
    return match.group(1).split("|") if match else ["portable"]


def peers() -> list[Peer]:
    """All peers."""
    return [Peer(name) for name in (*LITERT, ONNX_RUNTIME)]


def build_label(path: str, taken: set[str]) -> str:
    """A short name for an older build: the part of its path that tells it apart, with a number where that is taken."""
    parts = [part for part in Path(path).resolve().parts[:-1] if part not in ("/", ".build", "release", "debug")]
    parts = [part for part in parts if "-linux-" not in part and "-apple-" not in part]
    base = f"older build {parts[-1]}" if parts else "older build"
    label, number = base, 2
    while label in taken:
        label, number = f"{base} {number}", number + 1
    return label

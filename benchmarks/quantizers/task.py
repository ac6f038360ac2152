"""What every contender is given, and what it hands back."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

Forward = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Task:
    """A network, images without labels to quantize it by, and images to measure it on."""

    # The float network, which a contender may not change, and a folder of its own to write into.
    model: str
    folder: str
    # uint8 images [N, H, W, C]; every so-manieth calibrates, the others measure.
    images: str
    every: int
    # How the network's input is quantized.
    scale: float
    zero_point: int
    threads: int
    options: dict

    def as_json(self) -> dict:
        """What makes the same task again in another process."""
        return asdict(self)

    @cached_property
    def stored(self) -> np.ndarray:
        """The images as they are stored."""
        return np.load(self.images, mmap_mode="r")

    @property
    def calibration(self) -> list[int]:
        """The images that calibrate."""
        return list(range(0, len(self.stored), self.every))

    @property
    def held(self) -> list[int]:
        """The images that measure."""
        return [index for index in range(len(self.stored)) if index % self.every]

    def sample(self, index: int) -> np.ndarray:
        """One image as the float network takes it, [1, C, H, W]."""
        real = (self.stored[index].astype(np.float32) - np.float32(self.zero_point)) * np.float32(self.scale)
        return np.ascontiguousarray(real.transpose(2, 0, 1)[None])


def peak_bytes() -> int:
    """The most memory that this process had so far."""
    status = Path("/proc/self/status")
    # The system adds what the launching process had to getrusage's peak, but not to this one.
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

"""Samples for models of which no data is at hand, the same on every machine."""

from __future__ import annotations

import zlib
import numpy as np

COUNT = 500


def made_up(name: str, shape: list[int], kind: np.dtype) -> np.ndarray:
    """Smooth random samples: a walk along each axis that fills the type's range.

    The model's name is the seed. Independent numbers for each element would average out in the first layer, and every
    sample would give the same answer.
    """
    random = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    samples = random.standard_normal((COUNT, *shape[1:]))
    for axis in range(1, samples.ndim):
        samples = np.cumsum(samples, axis=axis)
    flat = samples.reshape(COUNT, -1)
    low, high = flat.min(axis=1, keepdims=True), flat.max(axis=1, keepdims=True)
    unit = (flat - low) / np.maximum(high - low, 1e-9)
    ends = np.iinfo(kind)
    return np.rint(ends.min + unit * (ends.max - ends.min)).astype(kind).reshape(samples.shape)

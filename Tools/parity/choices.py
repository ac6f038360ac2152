"""Choices that make up a random case, each with a label.

A choice is an index into its alternatives, which stand from the simplest to the least simple. It depends on the case's
key and on the label alone, unless it is fixed: a reducer takes a choice nearer to 0 and leaves the others as they are.
The bits come from SHAKE-128, so that no library's version changes a case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from tflite_builder import Quant, Shape

Item = TypeVar("Item")

U8, I8, I16 = np.dtype(np.uint8), np.dtype(np.int8), np.dtype(np.int16)
I32, I64, F32 = np.dtype(np.int32), np.dtype(np.int64), np.dtype(np.float32)
_MANTISSAS = 1 << 23


class LeftOut(Exception):
    """A case for which LiteRT's answer means nothing, and why."""


def require_shift(factor: float) -> None:
    """Leave out a case that shifts left by more than 31, which C++ leaves undefined and bitexact refuses."""
    if factor >= 2 ** 31:
        raise LeftOut("LiteRT shifts left by more than 31")


class Choices:
    """The choices of one case."""

    def __init__(self, key: str, fixed: Mapping[str, int] | None = None,
                 arrays: Mapping[str, np.ndarray] | None = None) -> None:
        self._key = key
        self._fixed = fixed or {}
        self._arrays = arrays or {}
        self.made: dict[str, int] = {}
        self.drawn: dict[str, tuple[np.ndarray, int]] = {}

    # Single values

    def index(self, label: str, count: int) -> int:
        """Choose one of `count` alternatives."""
        value = self._fixed.get(label)
        if value is None:
            value = int.from_bytes(self._bits(label, 8), "little") % count
        self.made[label] = min(value, count - 1)
        return self.made[label]

    def whole(self, label: str, low: int, high: int) -> int:
        """Choose an integer; both ends count, the low one is the simplest."""
        return low + self.index(label, high - low + 1)

    def around(self, label: str, simplest: int, low: int, high: int) -> int:
        """Choose an integer; the nearer to `simplest`, the simpler."""
        return sorted(range(low, high + 1), key=lambda value: (abs(value - simplest), -value))[
            self.index(label, high - low + 1)]

    def pick(self, label: str, *alternatives: Any) -> Any:
        """Choose one of some values; the first is the simplest."""
        return alternatives[self.index(label, len(alternatives))]

    def chance(self, label: str, percent: int) -> bool:
        """Say yes in so many of a hundred cases."""
        return self.index(label, 100) >= 100 - percent

    def shape(self, label: str, low: int = 1, high: int = 4, longest: int = 6) -> Shape:
        """Choose a shape of some rank."""
        rank = self.whole(f"{label}.rank", low, high)
        return tuple(self.whole(f"{label}.extent{k}", 1, longest) for k in range(rank))

    # Quantization

    def type(self) -> np.dtype:
        """Choose the type of the activations."""
        return self.pick("type", U8, I8)

    def scale(self, label: str, low: int = -14, high: int = 3, simplest: int = -4) -> np.float32:
        """Choose a scale with an exponent of two between `low` and `high`."""
        exponent = self.around(f"{label}.exponent", simplest, low, high)
        mantissa = self.index(f"{label}.mantissa", _MANTISSAS) if not self.chance(f"{label}.power", 15) else 0
        return np.float32(np.ldexp(1 + mantissa / _MANTISSAS, exponent))

    def near(self, label: str, scale: float, octaves: int, extreme: int = 0) -> np.float32:
        """Choose a scale around another one: the same, some octaves away, or (rarely) very far."""
        if self.chance(f"{label}.other", 90):
            if extreme and self.chance(f"{label}.extreme", 15):
                octaves = extreme
            factor = float(self.scale(label, -octaves, octaves, 0))
            return np.float32(min(max(float(scale) * factor, 1e-37), 1e37))
        return np.float32(scale)

    def zero_point(self, label: str, dtype: np.dtype) -> int:
        """Choose a zero point, often the middle or an end of the type."""
        limits = np.iinfo(dtype)
        middle = (int(limits.min) + int(limits.max) + 1) // 2
        kind = self.pick(f"{label}.zero", "middle", "low", "high", "any", "any", "any", "any")
        if kind == "any":
            return self.around(f"{label}.zero.value", middle, int(limits.min), int(limits.max))
        return {"middle": middle, "low": int(limits.min), "high": int(limits.max)}[kind]

    def quant(self, label: str, dtype: np.dtype, low: int = -14, high: int = 3) -> Quant:
        """Choose the quantization of a whole tensor."""
        return Quant(self.scale(label, low, high), self.zero_point(label, dtype))

    def quant_near(self, label: str, dtype: np.dtype, scale: float, octaves: int, extreme: int = 0) -> Quant:
        """Choose a quantization with a scale around another one."""
        return Quant(self.near(label, scale, octaves, extreme), self.zero_point(label, dtype))

    # Arrays

    def integers(self, label: str, shape: Shape, dtype: np.dtype, low: int | None = None, high: int | None = None,
                 neutral: int = 0, spread: Sequence[str] = ("any", "any", "any", "low", "high", "ends")) -> np.ndarray:
        """Choose the elements of a tensor: all different, all at one end of a range, or at both.

        `neutral` is what a reducer puts in the place of an element that does not matter.
        """
        limits = np.iinfo(dtype)
        low = int(limits.min) if low is None else low
        high = int(limits.max) if high is None else high
        count = int(np.prod(shape, dtype=np.int64))
        random = np.frombuffer(self._bits(f"{label}.elements", 8 * count), np.uint64)
        kind = self.pick(f"{label}.spread", *spread)
        steps = {"any": random % np.uint64(high - low + 1), "low": random * np.uint64(0),
                 "high": random * np.uint64(0) + np.uint64(high - low),
                 "ends": (random % np.uint64(2)) * np.uint64(high - low)}[kind]
        return self._array(label, (steps.astype(np.int64) + low).astype(dtype).reshape(shape), neutral)

    def reals(self, label: str, shape: Shape, low: int = -12, high: int = 12) -> np.ndarray:
        """Choose float32 numbers of both signs with exponents of two in a range; some are exact halves."""
        count = int(np.prod(shape, dtype=np.int64))
        random = np.frombuffer(self._bits(f"{label}.elements", 16 * count), np.uint32).reshape(count, 4)
        mantissa = 1 + (random[:, 0] % _MANTISSAS) / _MANTISSAS
        values = np.ldexp(mantissa, low + (random[:, 1] % (high - low + 1)).astype(np.int32))
        values = np.where(random[:, 2] % 8 == 0, np.rint(values * 2) / 2, values)
        values = np.where(random[:, 3] % 2 == 0, values, -values)
        return self._array(label, values.astype(np.float32).reshape(shape), 0)

    def _array(self, label: str, array: np.ndarray, neutral: int) -> np.ndarray:
        fixed = self._arrays.get(label)
        if fixed is not None and fixed.ndim == array.ndim and fixed.dtype == array.dtype:
            # Of a larger array the part that ends with the last element that matters.
            ends = [int(k.max(initial=0)) + 1 for k in np.nonzero(np.atleast_1d(fixed) != neutral)][:fixed.ndim]
            part = fixed[tuple(slice(max(0, end - d), max(end, d)) for end, d in zip(ends, array.shape, strict=True))]
            if part.shape == array.shape:
                array = part
        self.drawn[label] = (array, neutral)
        return array

    def _bits(self, label: str, count: int) -> bytes:
        return hashlib.shake_128(f"{self._key}/{label}".encode()).digest(count)

#!/usr/bin/env python3
"""Generate random single-operator cases in the layout of the fixtures, as many as wanted.

    python random_cases.py --count 2000 --seed 7 --out FOLDER [--only CONV_2D ...]

The scales cover many orders of magnitude, the zero points often sit at the ends, the biases often fill 32 bits. Models
that LiteRT refuses are left out and replaced. The same arguments give the same cases.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fixtures import Case, random_values, trace, write
from tflite_builder import ACTIVATIONS, ModelBuilder, Quant, Shape, window

CLIPPING = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
# Depths whose softmax LiteRT accepts even if all logits are equal.
SOFTMAX_DEPTH = 500


class Randomness:
    """A random generator with the choices that the operators share."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)
        self.dtype = self.one_of(np.dtype(np.uint8), np.dtype(np.int8))

    def one_of(self, *values: Any) -> Any:
        """Pick one of some values."""
        return values[self.generator.integers(len(values))]

    def chance(self, probability: float) -> bool:
        """Flip a coin."""
        return bool(self.generator.random() < probability)

    def whole(self, low: int, high: int) -> int:
        """Pick an integer; both ends count."""
        return int(self.generator.integers(low, high, endpoint=True))

    def scale(self, low: float = -4, high: float = 1) -> float:
        """Pick a scale between two powers of ten, now and then a power of two."""
        if self.chance(0.15):
            return 2.0 ** self.whole(round(3.3 * low), round(3.3 * high))
        return float(np.float32(10 ** self.generator.uniform(low, high)))

    def zero_point(self, dtype: np.dtype | None = None) -> int:
        """Pick a zero point, often one at the ends of the type."""
        limits = np.iinfo(dtype or self.dtype)
        return self.one_of(limits.min, limits.max, *(self.whole(limits.min, limits.max) for _ in range(6)))

    def quant(self, dtype: np.dtype | None = None, **limits: float) -> Quant:
        """Pick the quantization of a whole tensor."""
        return Quant(self.scale(**limits), self.zero_point(dtype))

    def near(self, scale: float, decades: float, extreme: float = 0) -> Quant:
        """Pick a quantization with a scale around another one, now and then an extreme one or the same."""
        if self.chance(0.1):
            return Quant(scale, self.zero_point())
        reach = extreme if extreme and self.chance(0.1) else decades
        return Quant(float(np.float32(scale * 10 ** self.generator.uniform(-reach, reach))), self.zero_point())

    def shape(self, low: int = 1, high: int = 4, longest: int = 6) -> Shape:
        """Pick a shape."""
        return tuple(self.whole(1, longest) for _ in range(self.whole(low, high)))

    def biases(self, count: int) -> np.ndarray:
        """Pick biases, small ones or over all 32 bits."""
        reach = 2 ** 31 if self.chance(0.15) else 4000
        return self.generator.integers(-reach, reach, count).astype(np.int32)


def _weights(r: Randomness, b: ModelBuilder, x: int, shape: Shape, axis: int) -> tuple[int, int, Quant]:
    """Add weights and biases; return them and the output's quantization."""
    channels, depth = shape[axis], int(np.prod(shape)) // shape[axis]
    x_quant = b.quant(x)
    assert x_quant is not None
    if r.dtype == np.int8 and r.chance(0.6):
        w_quant = Quant(np.array([r.scale(-5, 0) for _ in range(channels)]), 0, axis)
    else:
        w_quant = Quant(r.scale(-5, 0), r.zero_point() if r.dtype == np.uint8 else 0, axis)
    weights = b.constant(random_values(r.generator, shape, r.dtype), w_quant)
    scales = x_quant.scales * w_quant.scales
    bias = b.constant(r.biases(channels), Quant(scales, 0))
    return weights, bias, r.near(float(np.median(scales)) * 90 * depth ** 0.5, 1.5, extreme=12)


def _convolution(r: Randomness, b: ModelBuilder, depthwise: bool) -> int:
    n, h, w, channels = r.whole(1, 2), r.whole(1, 8), r.whole(1, 8), r.whole(1, 5)
    kernel, stride = (r.whole(1, 4), r.whole(1, 4)), (r.whole(1, 3), r.whole(1, 3))
    dilation = r.one_of((1, 1), (1, 1), (2, 2), (1, 2), (3, 1))
    fits = all(window(size, k, s, d, "VALID") > 0
               for size, k, s, d in zip((h, w), kernel, stride, dilation, strict=True))
    x = b.input((n, h, w, channels), r.dtype, r.quant(low=-4, high=0))
    out = channels * r.whole(1, 3) if depthwise else r.whole(1, 6)
    shape = (1, *kernel, out) if depthwise else (out, *kernel, channels)
    weights, bias, quant = _weights(r, b, x, shape, 3 if depthwise else 0)
    add = b.depthwise_conv2d if depthwise else b.conv2d
    return add(x, weights, bias, quant, stride=stride, dilation=dilation, activation=r.one_of(*ACTIVATIONS),
               padding=r.one_of("SAME", "VALID") if fits else "SAME")


def _fully_connected(r: Randomness, b: ModelBuilder) -> int:
    x = b.input((r.whole(1, 3), r.whole(1, 40)), r.dtype, r.quant(low=-4, high=0))
    weights, bias, quant = _weights(r, b, x, (r.whole(1, 9), b.shape(x)[1]), 0)
    return b.fully_connected(x, weights, bias if r.chance(0.8) else None, quant, activation=r.one_of(*CLIPPING))


def _add(r: Randomness, b: ModelBuilder) -> int:
    first = r.shape()
    second = first
    if r.chance(0.4):
        second = tuple(1 if r.chance(0.5) else d for d in first)[r.whole(0, len(first) - 1):]
    quants = (r.quant(), r.quant())
    inputs = [b.input(s, r.dtype, q) for s, q in zip((first, second), quants, strict=True)]
    largest = max(float(q.scales[0]) for q in quants)
    return b.add(*r.one_of(inputs, inputs[::-1]), r.near(largest, 2, extreme=4), activation=r.one_of(*CLIPPING))


def _pool(r: Randomness, b: ModelBuilder, kind: str) -> int:
    x = b.input((r.whole(1, 2), r.whole(1, 8), r.whole(1, 8), r.whole(1, 4)), r.dtype, r.quant())
    padding = r.one_of("SAME", "VALID")
    sides = [r.whole(1, 4 if padding == "SAME" else min(4, d)) for d in b.shape(x)[1:3]]
    return b.pool(kind, x, (sides[0], sides[1]), stride=(r.whole(1, 3), r.whole(1, 3)), padding=padding,
                  activation=r.one_of(*CLIPPING))


def _mean(r: Randomness, b: ModelBuilder) -> int:
    quant = r.quant()
    x = b.input(r.shape(longest=7), r.dtype, quant)
    rank = len(b.shape(x))
    axes = [1, 2] if rank == 4 and r.chance(0.4) else sorted({r.whole(-rank, rank - 1) for _ in range(rank)})
    return b.mean(x, axes, r.near(float(quant.scales[0]), 2, extreme=10), keep_dims=r.chance(0.5))


def _softmax(r: Randomness, b: ModelBuilder) -> int:
    shape = (*r.shape(high=2, longest=4), r.whole(1, 30) if r.chance(0.8) else r.whole(1, SOFTMAX_DEPTH))
    x = b.input(shape, r.dtype, r.quant())
    return b.softmax(x, Quant(1 / 256, np.iinfo(r.dtype).min), beta=r.one_of(1.0, 1.0, 0.3, 2.0))


def _quantize(r: Randomness, b: ModelBuilder) -> int:
    source = r.one_of(np.dtype(np.uint8), np.dtype(np.int8), np.dtype(np.float32))
    if source == np.float32:
        return b.quantize(b.input((64,), source), r.dtype, r.quant(low=-3, high=0))
    quant = r.quant(source)
    return b.quantize(b.input((64,), source, quant), r.dtype, r.near(float(quant.scales[0]), 2, extreme=10))


def _activation(r: Randomness, b: ModelBuilder) -> int:
    quant = r.quant()
    kind = r.one_of("RELU", "RELU6", "RELU_N1_TO_1")
    return b.activation(kind, b.input((64,), r.dtype, quant), r.near(float(quant.scales[0]), 2))


def _pad(r: Randomness, b: ModelBuilder) -> int:
    x = b.input(r.shape(longest=4), r.dtype, r.quant())
    return b.pad(x, [(r.whole(0, 2), r.whole(0, 2)) for _ in b.shape(x)],
                 value=r.zero_point() if r.chance(0.5) else None)


def _concatenation(r: Randomness, b: ModelBuilder) -> int:
    base, quant = r.shape(longest=4), r.quant()
    axis = r.whole(-len(base), len(base) - 1)
    inputs = []
    for _ in range(r.whole(1, 4)):
        shape = list(base)
        shape[axis] = r.whole(1, 5)
        inputs.append(b.input(tuple(shape), r.dtype, r.near(float(quant.scales[0]), 1)
                              if r.dtype == np.uint8 and r.chance(0.7) else quant))
    return b.concatenation(inputs, axis, quant)


OPERATORS: dict[str, Callable[[Randomness, ModelBuilder], int]] = {
    "CONV_2D": lambda r, b: _convolution(r, b, depthwise=False),
    "DEPTHWISE_CONV_2D": lambda r, b: _convolution(r, b, depthwise=True),
    "FULLY_CONNECTED": _fully_connected,
    "ADD": _add,
    "AVERAGE_POOL_2D": lambda r, b: _pool(r, b, "AVERAGE_POOL_2D"),
    "MAX_POOL_2D": lambda r, b: _pool(r, b, "MAX_POOL_2D"),
    "MEAN": _mean,
    "SOFTMAX": _softmax,
    "QUANTIZE": _quantize,
    "DEQUANTIZE": lambda r, b: b.dequantize(b.input((64,), r.dtype, r.quant())),
    "RELU": _activation,
    "PAD": _pad,
    "CONCATENATION": _concatenation,
}


def _inputs(r: Randomness, b: ModelBuilder, tensor: int) -> np.ndarray:
    """Pick an input: uniform, at one end of the type, or a mix of both ends."""
    values = random_values(r.generator, b.shape(tensor), b.dtype(tensor))
    if b.dtype(tensor) == np.float32:
        return values
    limits = np.iinfo(b.dtype(tensor))
    ends = np.array(r.one_of([limits.min], [limits.max], [limits.min, limits.max]), b.dtype(tensor))
    return r.generator.choice(ends, values.shape) if r.chance(0.3) else values


def random_cases(operators: list[str], count: int, seed: int) -> Iterator[Case]:
    """Make `count` cases that LiteRT accepts, the operators in turn."""
    made = number = 0
    while made < count:
        operator = operators[made % len(operators)]
        r = Randomness(seed * 1_000_003 + number)
        number += 1
        builder = ModelBuilder()
        output = OPERATORS[operator](r, builder)
        runs = {"": [_inputs(r, builder, i) for i in builder.inputs]}
        name = f"{operator.lower()}_{seed}_{number:06d}"
        case = Case(name, operator, "random", seed, builder.build([output]), runs)
        try:
            trace(case)
        except RuntimeError:
            continue
        made += 1
        yield case


def main() -> int:
    """Write the cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to; its older cases are removed")
    parser.add_argument("--only", action="append", choices=list(OPERATORS), help="operators; repeat for several")
    arguments = parser.parse_args()
    entries = write(random_cases(arguments.only or list(OPERATORS), arguments.count, arguments.seed), arguments.out)
    print(f"{len(entries)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Generate the committed fixtures: single-operator models and what LiteRT's reference kernels make of them.

    python make_fixtures.py [--out Tests/Fixtures/litert] [--only SUBSTRING]

The result is the same on every run; `--only` prints matching cases without writing anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import int16_cases
import operator_cases
from fixtures import Case, random_values, seed_of, standard_runs, trace, write
from litert import ReferenceInterpreter
from tflite_builder import ModelBuilder, Quant, Shape

U8, I8 = np.dtype(np.uint8), np.dtype(np.int8)
SHORT = {U8: "u8", I8: "i8"}
SIZE_LIMIT = 5_000_000
DEFAULT_OUT = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "litert"

# Standard deviation of uniform 8-bit integers, and the spread of the outputs that the scales below aim at.
_UNIFORM_SPREAD = 74.0
_OUTPUT_SPREAD = 60.0

# Scales whose product is not a float32, with a small multiplier: large biases can then tell the two products apart.
PRODUCT: dict[str, Any] = {"x_scale": 0.0371, "weight_scale": 0.00713, "y_scale": 0.0913 * 2.0 ** 12}


def zero(dtype: np.dtype, fraction: float) -> int:
    """Return a zero point at `fraction` of the type's range: 0 the minimum, 1 the maximum."""
    limits = np.iinfo(dtype)
    return int(round(limits.min + fraction * (limits.max - limits.min)))


def case(name: str, operator: str, notes: str, build: Callable[[ModelBuilder, np.random.Generator], list[int]], *,
         extra: Callable[[ModelBuilder, np.random.Generator], dict[str, list[np.ndarray]]] | None = None) -> Case:
    """Build a case: `build` adds the operators and returns the graph outputs; `extra` adds runs of its own."""
    seed = seed_of(name)
    rng = np.random.default_rng(seed)
    builder = ModelBuilder()
    outputs = build(builder, rng)
    runs = standard_runs(builder, rng)
    if extra is not None:
        runs |= extra(builder, rng)
    return Case(name, operator, notes, seed, builder.build(outputs), runs)


# Convolutions


def weighted(name: str, operator: str, dtype: np.dtype, x_shape: Shape, kernel: Shape, notes: str, *,
             zeros: tuple[float, float, float] = (0.4, 0.55, 0.5), multiplier: float | None = None,
             per_channel: float | None = None, biased: bool = True, bias: np.ndarray | None = None,
             weight_range: tuple[int, int] | None = None, x_scale: float = 0.0371, y_scale: float = 0.0913,
             weight_scale: float | None = None, packed: bool = False, **options: Any) -> Case:
    """Make a CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED case whose outputs spread over the type's range.

    `zeros` places the zero points of input, weights and output; `multiplier` fixes the real multiplier instead of the
    spread; `per_channel` makes one weight scale per channel, spread over that many decades; `packed` stores weights of
    4 bits.
    """
    axis = 3 if operator == "DEPTHWISE_CONV_2D" else 0
    channels = kernel[axis]
    depth = int(np.prod(kernel)) // channels

    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        real = multiplier or _OUTPUT_SPREAD / (_UNIFORM_SPREAD ** 2 * depth ** 0.5)
        base = weight_scale or real * y_scale / x_scale
        scales = np.array([base], np.float32)
        if per_channel is not None:
            scales = (base * 10 ** (per_channel * (rng.random(channels) - 0.5))).astype(np.float32)
        x_quant = Quant(x_scale, zero(dtype, zeros[0]))
        w_quant = Quant(scales, zero(dtype, zeros[1]) if dtype == U8 else 0, axis)
        low, high = weight_range or ((0, 255) if dtype == U8 else (-127, 127))
        weights = rng.integers(low, high, kernel, dtype=dtype, endpoint=True)
        reach = np.minimum(40 / (x_quant.scales * scales / np.float32(y_scale)), 2.0 ** 31 - 1).astype(np.int64)
        values = bias if bias is not None else rng.integers(-reach, reach + 1, channels)
        x = b.input(x_shape, dtype, x_quant)
        w = b.constant(weights, w_quant, packed=packed)
        bias_tensor = b.constant(values.astype(np.int32), Quant(x_quant.scales * scales, 0)) if biased else None
        add: dict[str, Callable[..., int]] = {
            "CONV_2D": b.conv2d, "DEPTHWISE_CONV_2D": b.depthwise_conv2d, "FULLY_CONNECTED": b.fully_connected}
        return [add[operator](x, w, bias_tensor, Quant(y_scale, zero(dtype, zeros[2])), **options)]

    return case(name, operator, notes, build, extra=at_zero_point if bias is not None else None)


def at_zero_point(b: ModelBuilder, _: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Make a run whose inputs sit at their zero points, so that the accumulators equal the biases."""
    values = [np.full(b.shape(i), quant.zero_points[0], b.dtype(i)) for i in b.inputs if (quant := b.quant(i))]
    return {"zero.": values}


def near_halves(multiplier: float, count: int, step: int) -> np.ndarray:
    """Accumulators around the points where `multiplier` * accumulator is half-way between integers."""
    signs = np.where(np.arange(count) % 2 == 0, 1, -1)
    ordinals = np.arange(count) * 7 % 100
    nearest = np.rint((ordinals + 0.5) / multiplier).astype(np.int64)
    return np.clip(signs * (nearest + step * (np.arange(count) % 9 - 4)), -2 ** 31, 2 ** 31 - 1)


def product_multiplier() -> float:
    """Return the real multiplier of the `PRODUCT` scales, from their stored values."""
    x, weight, y = (float(np.float32(PRODUCT[key])) for key in ("x_scale", "weight_scale", "y_scale"))
    return x * weight / y


def convolutions(operator: str, dtype: np.dtype) -> Iterator[Case]:
    """Yield what CONV_2D and DEPTHWISE_CONV_2D have in common."""
    depthwise = operator == "DEPTHWISE_CONV_2D"
    short = f"{'depthwise' if depthwise else 'conv'}_{SHORT[dtype]}"

    def kernel(height: int, width: int, channels: int, out: int) -> Shape:
        return (1, height, width, out) if depthwise else (out, height, width, channels)

    def make(suffix: str, x: Shape, k: tuple[int, int], out: int, notes: str, **options: Any) -> Case:
        return weighted(f"{short}_{suffix}", operator, dtype, x, kernel(*k, x[3], out), notes, **options)

    yield make("1x1", (1, 5, 4, 4), (1, 1), 4, "pointwise")
    yield make("same", (1, 6, 5, 3), (3, 3), 6, "3x3, SAME")
    yield make("valid", (1, 6, 5, 3), (3, 3), 3, "3x3, VALID", padding="VALID")
    yield make("stride2_odd", (1, 7, 5, 2), (3, 3), 4, "stride 2 on odd sizes, SAME", stride=(2, 2))
    yield make("stride2_even", (1, 6, 8, 2), (3, 3), 2, "stride 2 on even sizes: odd padding, more after",
               stride=(2, 2))
    yield make("even_kernel", (1, 5, 6, 2), (2, 4), 4, "even kernel sides, SAME: odd padding")
    yield make("batch2", (2, 4, 3, 2), (3, 2), 4, "two samples, rectangular kernel")
    yield make("dilation", (1, 9, 8, 2), (3, 3), 2, "dilation 2, SAME", dilation=(2, 2))
    yield make("beyond", (1, 2, 1, 2), (5, 4), 2, "kernel larger than the image, SAME")
    yield make("relu6", (1, 4, 4, 2), (3, 3), 4, "fused RELU6 that cuts at both ends", activation="RELU6",
               zeros=(0.5, 0.5, 0.25), y_scale=0.0537)
    yield make("relu_n1_to_1", (1, 4, 4, 2), (3, 3), 4, "fused RELU_N1_TO_1", activation="RELU_N1_TO_1",
               y_scale=0.0231)
    yield make("zeros_low", (1, 4, 4, 2), (3, 3), 4, "all zero points at the minimum", zeros=(0, 0, 0),
               multiplier=0.0008)
    yield make("zeros_high", (1, 4, 4, 2), (3, 3), 4, "zero points at the maximum, the output's at the minimum",
               zeros=(1, 1, 0), multiplier=0.0008)
    yield make("gain", (1, 4, 4, 2), (1, 1), 4, "multiplier above 1: the accumulator is shifted left",
               multiplier=2.3, weight_range=(126, 129) if dtype == U8 else (-1, 1), zeros=(0.5, 0.5, 0.5))
    yield make("ties", (1, 2, 2, 2), (1, 1), 16, "power-of-two multiplier, accumulators at and next to half-way",
               multiplier=2.0 ** -5, x_scale=0.5, y_scale=0.25, bias=near_halves(2.0 ** -5, 16, 1))
    if depthwise:
        yield make("no_bias", (1, 4, 4, 2), (3, 3), 4, "two inputs only, depth multiplier 2", biased=False)
        yield make("multiplier3", (1, 4, 4, 2), (3, 3), 6, "depth multiplier 3, rectangular stride", stride=(1, 2))
    else:
        yield make("relu", (1, 4, 4, 2), (3, 3), 4, "fused RELU", activation="RELU", zeros=(0.5, 0.5, 0.6))
        yield make("tanh", (1, 4, 4, 2), (3, 3), 4, "fused TANH, which LiteRT accepts and ignores", activation="TANH")
        yield make("tiny", (1, 2, 2, 2), (1, 1), 8, "multiplier near 2^-28, biases over the whole range",
                   multiplier=2.0 ** -28 * 1.3, bias=np.linspace(-2 ** 31, 2 ** 31 - 1, 8).astype(np.int64))
        yield make("wrap", (1, 2, 2, 2), (1, 1), 8, "biases at the ends of 32 bits: the accumulator wraps",
                   multiplier=2.0 ** -24, bias=np.array([2 ** 31 - 1, -2 ** 31] * 4))
        yield make("shift_wrap", (1, 2, 2, 2), (1, 1), 8,
                   "multiplier near 2^19: the left shift wraps, it does not saturate", multiplier=2.0 ** 19 * 1.3,
                   bias=np.array([2 ** 11, -2 ** 12, 2 ** 13, -2 ** 13, 2 ** 20, -2 ** 21, 2 ** 29, 3]))
        yield make("product", (1, 1, 1, 2), (1, 1), 24,
                   "biases sit where it shows that the scales' product is rounded to float32 for uint8, not for int8",
                   **PRODUCT, bias=near_halves(product_multiplier(), 24, 3))
        yield weighted(f"{short}_groups", operator, dtype, (1, 4, 4, 4), (6, 3, 3, 2), "two groups")


def uint8_only() -> Iterator[Case]:
    """Yield what only uint8 has."""
    yield weighted("conv_u8_sign_bit", "CONV_2D", U8, (1, 3, 3, 2), (3, 1, 1, 2),
                   "fused SIGN_BIT, which LiteRT accepts and ignores", activation="SIGN_BIT")


def int8_only() -> Iterator[Case]:
    """Per-channel weights."""
    for operator, short, kernel in (("CONV_2D", "conv", (5, 3, 3, 3)),
                                    ("DEPTHWISE_CONV_2D", "depthwise", (1, 3, 3, 6))):
        name = f"{short}_i8_channels"
        yield weighted(name, operator, I8, (1, 5, 5, 3), kernel, "per channel", per_channel=0.7)
        yield weighted(f"{name}_spread", operator, I8, (1, 4, 4, 3), kernel, "per channel, scales over six decades",
                       per_channel=6.0)
        yield weighted(f"{name}_relu6", operator, I8, (2, 4, 3, 3), kernel, "per channel, stride 2, RELU6",
                       per_channel=1.0, activation="RELU6", stride=(2, 2), zeros=(0.5, 0.5, 0), y_scale=6 / 255)
    yield weighted("conv_i8_flush", "CONV_2D", I8, (1, 2, 2, 2), (3, 1, 1, 2),
                   "multipliers around 2^-32, where they are flushed to zero", per_channel=2.0, multiplier=2.0 ** -32,
                   bias=np.array([2 ** 31 - 1, -2 ** 31, 2 ** 30]))
    yield weighted("fully_connected_i8_channels", "FULLY_CONNECTED", I8, (2, 12), (7, 12), "per channel",
                   per_channel=1.5)
    yield weighted("fully_connected_i8_channels_halves", "FULLY_CONNECTED", I8, (1, 4), (32, 4),
                   "per channel, accumulators next to half-way", per_channel=0.0, multiplier=0.00041,
                   bias=near_halves(0.00041, 32, 1))


def packed_weights() -> Iterator[Case]:
    """Weights of 4 bits beside int8 activations; odd numbers of weights leave half a byte."""
    layers = (("CONV_2D", "conv", (1, 5, 4, 3), (5, 3, 3, 3)),
              ("DEPTHWISE_CONV_2D", "depthwise", (1, 5, 4, 3), (1, 3, 3, 3)),
              ("FULLY_CONNECTED", "fully_connected", (2, 13), (7, 13)))
    for operator, short, x_shape, kernel in layers:
        for suffix, spread in (("", None), ("_channels", 0.7)):
            yield weighted(f"{short}_i8_w4{suffix}", operator, I8, x_shape, kernel,
                           f"weights of 4 bits, per {'tensor' if spread is None else 'channel'}", per_channel=spread,
                           weight_range=(-8, 7), multiplier=0.021, packed=True)


def fully_connected(dtype: np.dtype) -> Iterator[Case]:
    """FULLY_CONNECTED, which LiteRT's reference kernels rescale in double precision."""
    short = f"fully_connected_{SHORT[dtype]}"

    def make(suffix: str, x: Shape, kernel: tuple[int, int], notes: str, **options: Any) -> Case:
        return weighted(f"{short}_{suffix}", "FULLY_CONNECTED", dtype, x, kernel, notes, **options)

    yield make("plain", (2, 16), (7, 16), "two rows")
    yield make("no_bias", (1, 9), (5, 9), "bias given as input -1", biased=False)
    yield make("two_inputs", (1, 9), (5, 9), "bias left out", biased=False, absent_bias="left out")
    yield make("flattens", (2, 2, 3, 4), (5, 12), "a 4-D input becomes rows of the weights' depth")
    yield make("keep_dims", (2, 3, 8), (5, 8), "keep_num_dims", keep_dims=True)
    yield make("relu6", (2, 8), (6, 8), "fused RELU6", activation="RELU6", zeros=(0.5, 0.5, 0.2), y_scale=0.0537)
    yield make("relu", (2, 8), (6, 8), "fused RELU", activation="RELU", zeros=(0.5, 0.5, 0.6))
    yield make("ties", (1, 4), (16, 4), "power-of-two multiplier: exact halves go away from zero",
               multiplier=2.0 ** -5, x_scale=0.5, y_scale=0.25, bias=near_halves(2.0 ** -5, 16, 1))
    yield make("halves", (1, 4), (32, 4), "accumulators next to half-way, where a second rounding would show",
               multiplier=0.00037, bias=near_halves(0.00037, 32, 1))
    yield make("product", (1, 2), (24, 2),
               "biases sit where it shows that the scales' product is never rounded to float32",
               **PRODUCT, bias=near_halves(product_multiplier(), 24, 3))
    yield make("gain", (6, 2), (8, 2), "multiplier above 1", multiplier=3.7,
               weight_range=(126, 129) if dtype == U8 else (-1, 1), zeros=(0.5, 0.5, 0.5))


# Operators without weights


def additions(dtype: np.dtype) -> Iterator[Case]:
    """ADD."""
    short = f"add_{SHORT[dtype]}"

    def make(suffix: str, a: Shape, b: Shape, notes: str, *,
             scales: tuple[float, float, float] = (0.043, 0.071, 0.102),
             zeros: tuple[float, float, float] = (0.3, 0.6, 0.5), activation: str = "NONE") -> Case:
        quants = [Quant(s, zero(dtype, z)) for s, z in zip(scales, zeros, strict=True)]
        return case(f"{short}_{suffix}", "ADD", notes, lambda m, _: [m.add(
            m.input(a, dtype, quants[0]), m.input(b, dtype, quants[1]), quants[2], activation=activation)])

    same = (1, 4, 5, 6)
    yield make("plain", same, same, "different scales")
    yield make("equal", same, same, "equal scales and zero points", scales=(0.05, 0.05, 0.05), zeros=(0.5, 0.5, 0.5))
    yield make("ties", same, same, "power-of-two scales", scales=(0.25, 0.5, 2.0), zeros=(0.5, 0.5, 0.5))
    yield make("apart", same, same, "scales 10^6 apart", scales=(3e-6, 3.0, 4.0))
    yield make("narrow", same, same, "output scale far below the inputs'", scales=(0.05, 0.09, 0.013),
               zeros=(0.5, 0.5, 0.5))
    yield make("relu6", same, same, "fused RELU6", activation="RELU6", zeros=(0.4, 0.4, 0.2), scales=(0.03, 0.05, 0.04))
    yield make("ends", same, same, "zero points at the ends", zeros=(0, 1, 0))
    yield make("channel", (2, 3, 2, 5), (5,), "second input broadcast: one value per channel")
    yield make("scalar", (1,), (2, 3, 4), "first input broadcast: one value")
    yield make("crossed", (3, 1, 4), (2, 1, 5, 1), "both inputs broadcast, ranks differ")


def pools(dtype: np.dtype) -> Iterator[Case]:
    """AVERAGE_POOL_2D and MAX_POOL_2D."""
    for kind, short in (("AVERAGE_POOL_2D", "average_pool"), ("MAX_POOL_2D", "max_pool")):
        def make(suffix: str, x: Shape, size: tuple[int, int], notes: str, *, at: float = 0.4,
                 scale: float = 0.031, kind: str = kind, short: str = short, **options: Any) -> Case:
            quant = Quant(scale, zero(dtype, at))
            return case(f"{short}_{SHORT[dtype]}_{suffix}", kind, notes,
                        lambda m, _: [m.pool(kind, m.input(x, dtype, quant), size, **options)])

        yield make("valid", (1, 6, 6, 3), (2, 2), "2x2, stride 2", stride=(2, 2))
        yield make("same", (2, 5, 4, 2), (3, 3), "3x3, SAME: the padding does not count", padding="SAME")
        yield make("rectangle", (1, 5, 7, 3), (2, 3), "rectangular window and stride, SAME", padding="SAME",
                   stride=(2, 3))
        yield make("relu6", (1, 4, 4, 3), (2, 2), "fused RELU6", activation="RELU6", scale=0.0473, at=0.3)
    quant = Quant(0.02, zero(dtype, 0.5))
    yield case(f"average_pool_{SHORT[dtype]}_global", "AVERAGE_POOL_2D", "one window over the whole image",
               lambda m, _: [m.pool("AVERAGE_POOL_2D", m.input((1, 7, 7, 5), dtype, quant), (7, 7))])


def means(dtype: np.dtype) -> Iterator[Case]:
    """MEAN."""
    short = f"mean_{SHORT[dtype]}"

    def make(suffix: str, x: Shape, axes: list[int], notes: str, *,
             scales: tuple[float, float] = (0.071, 0.043), zeros: tuple[float, float] = (0.3, 0.6),
             keep_dims: bool = True) -> Case:
        quants = [Quant(s, zero(dtype, z)) for s, z in zip(scales, zeros, strict=True)]
        return case(f"{short}_{suffix}", "MEAN", notes, lambda m, _: [m.mean(
            m.input(x, dtype, quants[0]), axes, quants[1], keep_dims=keep_dims)])

    yield make("image", (1, 7, 7, 6), [1, 2], "height and width kept")
    yield make("image_flat", (2, 5, 3, 6), [1, 2], "height and width dropped", keep_dims=False)
    yield make("equal", (2, 3, 5, 6), [1, 2], "equal scales and zero points", scales=(0.05, 0.05), zeros=(0.4, 0.4))
    yield make("power", (1, 4, 4, 9), [1, 2], "16 elements, power-of-two scales: ties", scales=(0.5, 0.25),
               zeros=(0.5, 0.5))
    yield make("channels", (2, 3, 4, 7), [-1], "the last axis, counted from the end")
    yield make("two", (3, 4, 5), [0, 2], "axes that are not neighbours", keep_dims=False)
    yield make("all", (3, 7, 2), [0, 1, 2], "everything, down to a scalar", keep_dims=False)
    yield make("tiny", (1, 5, 5, 4), [2, 1], "output scale 10^7 times the input's", scales=(1e-6, 10.0))
    yield make("gain", (1, 3, 3, 8), [1, 2], "output scale far below the input's", scales=(0.9, 0.11), zeros=(0.5, 0.5))


def unlike_float(shape: Shape, dtype: np.dtype, quant: Quant, beta: float,
                 rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Make a run of rows on which LiteRT's fixed-point softmax differs from the real one, as far as some are found."""
    depth, needed = shape[-1], int(np.prod(shape[:-1]))
    logits = random_values(rng, (20000, depth), dtype)
    builder = ModelBuilder()
    y = builder.softmax(builder.input(logits.shape, dtype, quant), Quant(1 / 256, np.iinfo(dtype).min), beta=beta)
    stored = ReferenceInterpreter(builder.build([y])).run([logits])[y].astype(np.int64) - np.iinfo(dtype).min
    real = logits * (float(quant.scales[0]) * beta)
    exponentials = np.exp(real - real.max(axis=1, keepdims=True))
    rounded = np.minimum(np.rint(256 * exponentials / exponentials.sum(axis=1, keepdims=True)), 255)
    rows = np.argsort(-(stored != rounded).sum(axis=1), kind="stable")[:needed]
    return {"hard.": [logits[rows].reshape(shape)]}


def softmaxes(dtype: np.dtype) -> Iterator[Case]:
    """SOFTMAX."""
    short = f"softmax_{SHORT[dtype]}"

    def make(suffix: str, x: Shape, scale: float, notes: str, beta: float = 1.0) -> Case:
        result = Quant(1 / 256, np.iinfo(dtype).min)
        quant = Quant(scale, zero(dtype, 0.7))
        return case(f"{short}_{suffix}", "SOFTMAX", notes,
                    lambda m, _: [m.softmax(m.input(x, dtype, quant), result, beta=beta)],
                    extra=lambda m, rng: unlike_float(x, dtype, quant, beta, rng))

    yield make("plain", (3, 10), 0.1, "ten classes")
    yield make("flat", (6, 8), 0.002, "a small input scale")
    yield make("steep", (2, 12), 3.5, "a large input scale: differences beyond the cut-off")
    yield make("beta", (2, 12), 0.05, "beta 0.3", beta=0.3)
    yield make("one", (4, 1), 0.1, "one class")
    yield make("planes", (1, 3, 2, 5), 0.04, "four dimensions, beta 2", beta=2.0)
    yield make("wide", (1, 300), 0.03, "many classes")


def conversions() -> Iterator[Case]:
    """QUANTIZE and DEQUANTIZE."""
    def between(a: np.dtype, b: np.dtype, suffix: str, x: Quant, y: Quant, notes: str) -> Case:
        return case(f"quantize_{SHORT[a]}_{SHORT[b]}_{suffix}", "QUANTIZE", notes,
                    lambda m, _: [m.quantize(m.input((256,), a, x), b.type, y)],
                    extra=lambda m, _: {"every.": [np.arange(256).astype(np.uint8).view(a)]})

    yield between(U8, I8, "offset", Quant(0.05, 128), Quant(0.05, 0), "the offset of 128")
    yield between(I8, U8, "offset", Quant(0.05, -3), Quant(0.05, 125), "the offset of 128")
    yield between(U8, I8, "rescale", Quant(0.05, 100), Quant(0.071, 12), "another scale")
    yield between(I8, U8, "rescale", Quant(0.05, -100), Quant(0.031, 200), "another scale, multiplier above 1")
    yield between(I8, I8, "ties", Quant(0.25, 0), Quant(2.0, 0), "power-of-two ratio: ties")
    yield between(I8, I8, "gain", Quant(1.5, 3), Quant(0.11, -4), "multiplier 13.6")
    yield between(U8, U8, "equal", Quant(0.5, 7), Quant(0.5, 9), "equal scales, other zero point")
    yield between(U8, U8, "tiny", Quant(1e-7, 7), Quant(10.0, 255), "ratio 10^-8")

    for dtype, at in ((U8, 0.25), (I8, 0.9)):
        quant = Quant(0.0371, zero(dtype, at))
        halves = (np.arange(-20, 20, dtype=np.float32) + np.float32(0.5)) * quant.scales[0]
        far = np.array([1e9, -1e9, 3e38, -3e38, 7e7, -7e7, 0.0, -0.0], np.float32)
        yield case(f"quantize_float_{SHORT[dtype]}", "QUANTIZE", "from float32: half-way values, far out of range",
                   lambda m, _, d=dtype, q=quant: [m.quantize(m.input((48,), np.float32), d.type, q)],
                   extra=lambda m, _, h=halves, f=far: {"edge.": [np.concatenate([h, f])]})
        yield case(f"dequantize_{SHORT[dtype]}", "DEQUANTIZE", "to float32",
                   lambda m, _, d=dtype, q=quant: [m.dequantize(m.input((256,), d, q))],
                   extra=lambda m, _, d=dtype: {"every.": [np.arange(256).astype(np.uint8).view(d)]})


def float_division() -> tuple[float, float]:
    """Two scales whose quotient is exactly 33/32 in float32 and a little less in float64.

    Sixteen steps of the input are then half-way between two outputs in one of the two only.
    """
    for step in range(1000):
        y = np.float32(0.0237 + 0.00001 * step)
        x = np.float32(y * np.float32(33 / 32))
        if x / y == np.float32(33 / 32) and float(x) / float(y) < 33 / 32:
            return float(x), float(y)
    raise ValueError("no such scales")


DIVISION = tuple((scale, 0.5) for scale in float_division())


def activations(dtype: np.dtype) -> Iterator[Case]:
    """RELU, RELU6 and RELU_N1_TO_1 as operators of their own."""
    every = np.arange(256).astype(np.uint8).view(dtype)
    for kind, suffix, x, y, notes in (
            ("RELU", "equal", (0.05, 0.4), (0.05, 0.4), "equal quantization"),
            ("RELU", "rescale", (0.05, 0.4), (0.031, 0.2), "another scale"),
            ("RELU6", "equal", (0.047, 0.3), (0.047, 0.3), "equal quantization"),
            ("RELU6", "rescale", (0.09, 0.6), (6 / 255, 0.0), "onto the whole range"),
            ("RELU", "division", DIVISION[0], DIVISION[1], "the ratio of the scales is a float32 division"),
            ("RELU_N1_TO_1", "rescale", (0.02, 0.5), (0.013, 0.5), "another scale")):
        yield case(f"{kind.lower()}_{SHORT[dtype]}_{suffix}", kind, notes,
                   lambda m, _, k=kind, a=x, b=y: [m.activation(
                       k, m.input((256,), dtype, Quant(a[0], zero(dtype, a[1]))), Quant(b[0], zero(dtype, b[1])))],
                   extra=lambda m, _: {"every.": [every]})


def movements(dtype: np.dtype) -> Iterator[Case]:
    """PAD, PADV2, CONCATENATION and RESHAPE."""
    short, quant = SHORT[dtype], Quant(0.05, zero(dtype, 0.3))
    yield case(f"pad_{short}_image", "PAD", "height and width", lambda m, _: [
        m.pad(m.input((1, 3, 4, 2), dtype, quant), [(0, 0), (1, 2), (0, 1), (0, 0)])])
    yield case(f"pad_{short}_all", "PAD", "every dimension, batch and channels too", lambda m, _: [
        m.pad(m.input((2, 3, 2, 2), dtype, quant), [(1, 0), (0, 1), (2, 0), (1, 1)])])
    yield case(f"padv2_{short}", "PADV2", "a value that is not the zero point", lambda m, _: [
        m.pad(m.input((3, 4), dtype, quant), [(1, 1), (2, 0)], value=zero(dtype, 0.95))])
    yield case(f"concatenation_{short}_channels", "CONCATENATION", "three inputs, equal quantization", lambda m, _: [
        m.concatenation([m.input((1, 3, 2, c), dtype, quant) for c in (3, 1, 2)], 3, quant)])
    yield case(f"concatenation_{short}_negative", "CONCATENATION", "axis counted from the end", lambda m, _: [
        m.concatenation([m.input((2, n, 3), dtype, quant) for n in (1, 4)], -2, quant)])
    yield case(f"reshape_{short}", "RESHAPE", "one dimension inferred", lambda m, _: [
        m.reshape(m.input((2, 3, 4), dtype, quant), (4, -1))])
    if dtype == U8:
        others = (Quant(0.05, 76), Quant(0.0817, 10), Quant(0.0291, 200), Quant(0.5, 128))
        yield case("concatenation_u8_rescale", "CONCATENATION", "inputs of other quantizations are rescaled in float32",
                   lambda m, _: [m.concatenation([m.input((2, 64), dtype, q) for q in others], 1, others[0])])
        halves = (Quant(0.03125, 101), Quant(0.015625, 128))
        yield case("concatenation_u8_ties", "CONCATENATION", "power-of-two ratios: halves go away from zero",
                   lambda m, _: [m.concatenation([m.input((2, 64), dtype, q) for q in halves], 1, Quant(0.0625, 128))])
    else:
        yield case("reshape_i8_options", "RESHAPE", "the new shape in the options only", lambda m, _: [
            m.reshape(m.input((1, 4, 6), dtype, quant), (3, 8), shape_tensor=False)])


def network(dtype: np.dtype) -> Case:
    """Put a few operators in a row, to test that every tensor in between is right."""
    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        middle = zero(dtype, 0.5)

        def constants(shape: Shape, channels: int, axis: int) -> tuple[int, int]:
            count = channels if dtype == I8 else 1
            quant = Quant(np.float32(0.004 + 0.004 * rng.random(count)), 0 if dtype == I8 else 117, axis)
            bias = rng.integers(-2000, 2000, channels, dtype=np.int32)
            return (b.constant(random_values(rng, shape, dtype), quant),
                    b.constant(bias, Quant(np.float32(0.05) * quant.scales, 0)))

        x = b.input((1, 6, 6, 3), dtype, Quant(0.05, middle))
        padded = b.pad(x, [(0, 0), (0, 1), (0, 1), (0, 0)])
        down = b.conv2d(padded, *constants((4, 3, 3, 3), 4, 0), Quant(6 / 255, np.iinfo(dtype).min), stride=(2, 2),
                        padding="VALID", activation="RELU6")
        same = b.depthwise_conv2d(down, *constants((1, 3, 3, 4), 4, 3), Quant(0.04, middle - 9))
        total = b.add(down, same, Quant(0.05, middle - 30))
        features = b.mean(total, [1, 2], Quant(0.02, middle - 30), keep_dims=False)
        logits = b.fully_connected(features, *constants((5, 4), 5, 0), Quant(0.03, middle + 4))
        return [b.softmax(logits, Quant(1 / 256, np.iinfo(dtype).min))]

    return case(f"network_{SHORT[dtype]}", "NETWORK",
                "PAD, CONV_2D, DEPTHWISE_CONV_2D, ADD, MEAN, FULLY_CONNECTED, SOFTMAX", build)


def all_cases() -> Iterator[Case]:
    """Every committed case."""
    for dtype in (U8, I8):
        yield from convolutions("CONV_2D", dtype)
        yield from convolutions("DEPTHWISE_CONV_2D", dtype)
        yield from fully_connected(dtype)
        yield from additions(dtype)
        yield from pools(dtype)
        yield from means(dtype)
        yield from softmaxes(dtype)
        yield from activations(dtype)
        yield from movements(dtype)
        yield network(dtype)
    yield from uint8_only()
    yield from int8_only()
    yield from packed_weights()
    yield from conversions()
    yield from operator_cases.all_cases()
    yield from int16_cases.all_cases()


def describe(case: Case) -> str:
    """One line about how varied a case's output is."""
    arrays = trace(case)
    lines = []
    for prefix in case.runs:
        last = [v for k, v in arrays.items() if k.startswith(prefix + "t")][-1]
        lines.append(f"{prefix or 'random.'} {last.size} elements, {np.unique(last).size} values")
    return f"{case.name}: " + "; ".join(lines)


def main() -> int:
    """Write the fixtures, or describe some."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder to write to (default: %(default)s)")
    parser.add_argument("--only", help="describe the cases whose name contains this; write nothing")
    arguments = parser.parse_args()
    if arguments.only is not None:
        for case in all_cases():
            if arguments.only in case.name:
                print(describe(case))
        return 0
    entries = write(all_cases(), arguments.out)
    size = sum(path.stat().st_size for path in arguments.out.iterdir())
    print(f"{len(entries)} cases, {size} bytes")
    if len({entry["name"] for entry in entries}) != len(entries) or size > SIZE_LIMIT:
        print(f"names collide, or more than {SIZE_LIMIT} bytes", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

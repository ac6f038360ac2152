"""What the models of machines share: roundings after their definitions, and the walk over a layer.

A model states one machine's arithmetic after its public source, in Python's unbounded integers and floats, and shares
nothing with bitexact.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from layers import Addition, Layer, Pointwise, Pool, Weighted, clamp
from random_layers import Machine

LAYERS = {"SUMS": 24, "CONV_2D": 16, "DEPTHWISE_CONV_2D": 12, "FULLY_CONNECTED": 12}


# Roundings, each after its definition


def nearest(value: Fraction, tie: str) -> int:
    """Round to nearest; a tie goes up, away from zero, or to even."""
    floor = math.floor(value)
    rest = value - floor
    if rest != Fraction(1, 2):
        return floor + (rest > Fraction(1, 2))
    return {"up": floor + 1, "away": floor + (value > 0), "even": floor + floor % 2}[tie]


def quantize_multiplier(real: float) -> tuple[int, int]:
    """TensorFlow Lite's QuantizeMultiplier: 31 fraction bits and an exponent."""
    fraction, exponent = math.frexp(real)
    value = math.floor(fraction * 2 ** 31 + 0.5)
    return (value // 2, exponent + 1) if value == 2 ** 31 else (value, exponent)


def int32(value: int) -> int:
    """What a 32-bit register keeps."""
    return (value + 2 ** 31) % 2 ** 32 - 2 ** 31


def saturate(value: int, bits: int) -> int:
    """Cut to a signed format."""
    return min(max(value, -2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def truncated(numerator: int, denominator: int) -> int:
    """C's division."""
    quotient = abs(numerator) // denominator
    return quotient if numerator >= 0 else -quotient


class Vendor:
    """One machine: which layers it runs, and what it answers."""

    name = ""
    oracle = ""
    machine = Machine()
    counts = LAYERS
    seed = 1

    def requantize(self, total: int, factor: float) -> int:
        """From a sum to an output, less its zero point."""
        raise NotImplementedError

    def total(self, products: np.ndarray, bias: int) -> int:
        """Add up one output's products."""
        return int(products.sum()) + bias

    def weighted(self, layer: Weighted) -> np.ndarray:
        """A layer with weights."""
        products = layer.products()
        scales = np.broadcast_to(layer.weight_scales.astype(np.float64), layer.channels)
        factors = np.float64(layer.source.scale) * scales / np.float64(layer.target.scale)
        result = np.zeros(products.shape[:-1], object)
        for place in np.ndindex(*result.shape):
            channel = place[-1]
            total = self.total(products[place], int(layer.bias[channel]))
            result[place] = self.requantize(total, float(factors[channel])) + layer.target.zero
        return clamp(result, layer.target, layer.activation)

    def addition(self, layer: Addition) -> np.ndarray:
        """A sum of two tensors."""
        scales = [float(source.scale) for source in layer.sources]
        centered = [value.astype(object) - source.zero for value, source in zip(layer.values, layer.sources)]
        result = np.zeros(layer.values[0].shape, object)
        for place in np.ndindex(*result.shape):
            pair = [int(value[place]) for value in centered]
            result[place] = self.add(pair, scales, float(layer.target.scale)) + layer.target.zero
        return clamp(result, layer.target, layer.activation)

    def add(self, values: list[int], scales: list[float], target: float) -> int:
        """Two elements less their zero points; the result less its own."""
        raise NotImplementedError

    def pool(self, layer: Pool) -> np.ndarray:
        """An average pool or a mean."""
        target = layer.target or layer.source
        ratio = float(layer.source.scale) / float(target.scale)
        results = []
        for place, elements in layer.windows():
            sums = elements.astype(np.int64).sum(0)
            values = [self.average(int(total), len(elements), layer.source.zero, ratio, target.zero,
                                   layer.target is not None) for total in sums]
            results.append((place, clamp(np.array(values, object), target, "NONE")))
        return layer.assemble(results)

    def average(self, total: int, count: int, source_zero: int, ratio: float, target_zero: int, is_mean: bool) -> int:
        """The stored mean of elements from their sum."""
        raise NotImplementedError

    def pointwise(self, layer: Pointwise) -> np.ndarray:
        """A rescaling and a clamp."""
        factor = float(layer.source.scale) / float(layer.target.scale)
        if layer.kind != "QUANTIZE":
            factor = float(layer.source.scale / layer.target.scale)
        values = np.array([self.requantize(int(x) - layer.source.zero, factor) + layer.target.zero for x in layer.x],
                          object)
        return clamp(values, layer.target, "NONE" if layer.kind == "QUANTIZE" else layer.kind)

    def answer(self, layer: Layer) -> np.ndarray:
        """The output of a layer."""
        kinds = {Weighted: self.weighted, Addition: self.addition, Pool: self.pool, Pointwise: self.pointwise}
        return kinds[type(layer)](layer)

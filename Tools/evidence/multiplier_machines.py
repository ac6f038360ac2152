"""Machines with multipliers: TensorFlow Lite's family, NVDLA, Gemmini, NEMO, and FINN, which needs none."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from random_layers import Machine
from vendor import LAYERS, Vendor, int32, nearest, quantize_multiplier, saturate, truncated


# TensorFlow Lite's family


class SingleRounding(Vendor):
    """TensorFlow Lite built with TFLITE_SINGLE_ROUNDING: MultiplyByQuantizedMultiplier in kernels/internal/common.cc."""

    name = "tflite-single-rounding"
    oracle = "a Python model of TensorFlow Lite's kernels/internal/common.cc with TFLITE_SINGLE_ROUNDING"
    machine = Machine(zero_points=True, scales="real", per_channel=True, shifts=(0, 14), sum=2 ** 31 - 1)
    counts = LAYERS | {"ADD": 16, "AVERAGE_POOL_2D": 12, "MEAN": 12, "RELU": 4, "RELU6": 4, "QUANTIZE": 6}
    seed = 31

    def multiply(self, x: int, multiplier: int, exponent: int) -> int:
        """MultiplyByQuantizedMultiplier."""
        shift = 31 - exponent
        return (x * multiplier + 2 ** (shift - 1)) // 2 ** shift

    def requantize(self, total: int, factor: float) -> int:
        """One product and one rounding."""
        return self.multiply(total, *quantize_multiplier(factor))

    def add(self, values: list[int], scales: list[float], target: float) -> int:
        """Add in kernels/internal/reference/integer_ops/add.h with the left shift 20."""
        common = 2 * max(scales)
        raw = sum(self.multiply(v * 2 ** 20, *quantize_multiplier(s / common)) for v, s in zip(values, scales))
        return self.multiply(raw, *quantize_multiplier(common / (2 ** 20 * target)))

    def average(self, total: int, count: int, source_zero: int, ratio: float, target_zero: int, is_mean: bool) -> int:
        """AveragePool in integer_ops/pooling.h; EvalIntegerMean in kernels/reduce.cc."""
        if not is_mean:
            half = count // 2
            return truncated(total + half if total > 0 else total - half, count)
        multiplier, exponent = quantize_multiplier(ratio)
        shift = min(63 - (64 - count.bit_length()), 32, 31 + exponent)
        multiplier = multiplier * 2 ** shift // count
        return self.multiply(total - source_zero * count, multiplier, exponent - shift) + target_zero


class DoubleRounding(SingleRounding):
    """CMSIS-NN: arm_nn_requantize in Include/arm_nnsupportfunctions.h, without CMSIS_NN_USE_SINGLE_ROUNDING."""

    name = "cmsis-nn"
    oracle = "a Python model of CMSIS-NN's arm_nnsupportfunctions.h, arm_elementwise_add_s8.c and arm_avgpool_s8.c"
    counts = LAYERS | {"ADD": 16, "AVERAGE_POOL_2D": 12, "MEAN": 8, "RELU": 4, "RELU6": 4, "QUANTIZE": 6}
    seed = 32

    def multiply(self, x: int, multiplier: int, exponent: int) -> int:
        """arm_nn_doubling_high_mult_no_sat, then arm_nn_divide_by_power_of_two."""
        high = (int32(x * 2 ** max(exponent, 0)) * multiplier + 2 ** 30) // 2 ** 31
        right = max(-exponent, 0)
        mask = 2 ** right - 1
        result = high >> right
        threshold = (mask >> 1) + (result < 0)
        return result + ((high & mask) > threshold)


class EthosU(DoubleRounding):
    """Ethos-U with Vela's scales and the rounding mode TFL, which is TensorFlow Lite's double rounding."""

    name = "ethos-u"
    oracle = "a Python model of Ethos-U's rounding mode TFL with the scales of ethos-u-vela's scaling.py"
    machine = Machine(zero_points=True, scales="real", per_channel=True, shifts=(0, 14))
    counts = LAYERS | {"AVERAGE_POOL_2D": 16}
    seed = 33

    def average(self, total: int, count: int, source_zero: int, ratio: float, target_zero: int, is_mean: bool) -> int:
        """quantise_pooling_scale: a reciprocal of 31 + k bits, rounded at 31 bits and at k."""
        k = math.frexp(count - 1)[1]
        scale = ((1 << (31 + k)) + (1 << k)) // count
        high = ((total - source_zero * count) * scale + 2 ** 30) // 2 ** 31
        return nearest(Fraction(high, 2 ** k), "away") + target_zero


# Machines with multipliers


class NVDLA(Vendor):
    """NVDLA int8: CACC saturates to 32 bits; SDP multiplies by 16 bits and shifts, ties away (AC_RND_INF)."""

    name = "nvdla"
    oracle = "a Python model of NVDLA's cmod (hls/sdp/sdp_c.cpp, hls/include/nvdla_common.h)"
    machine = Machine(scales="real", per_channel=True, shifts=(0, 14), activations=("NONE", "RELU"))
    seed = 39

    def requantize(self, total: int, factor: float) -> int:
        """((x - offset) * scale) >> t with 15 significant bits."""
        fraction, exponent = math.frexp(factor)
        scale = math.floor(fraction * 2 ** 15 + 0.5)
        return saturate(nearest(Fraction(saturate(total, 32) * scale, 2 ** (15 - exponent)), "away"), 17)


class Gemmini(Vendor):
    """Gemmini, weight stationary: ACC_SCALE and MVIN_SCALE of gemmini_params.h multiply in float32, ties to even."""

    name = "gemmini"
    oracle = "a Python model of Gemmini's gemmini_params.h (ACC_SCALE, MVIN_SCALE) and gemmini.h (resadd)"
    machine = Machine(scales="real", shifts=(0, 14), activations=("NONE", "RELU"), pool_paddings=("VALID",))
    counts = LAYERS | {"ADD": 16, "AVERAGE_POOL_2D": 12}
    seed = 40

    def scaled(self, x: int, factor: float) -> int:
        """ROUND_NEAR_EVEN((x) * (scale)) in float32."""
        return int(np.rint(np.float32(x) * np.float32(factor)))

    def requantize(self, total: int, factor: float) -> int:
        """ACC_SCALE."""
        return saturate(self.scaled(total, factor), 8)

    def add(self, values: list[int], scales: list[float], target: float) -> int:
        """MVIN_SCALE of each operand, cut to 8 bits, then the sum."""
        return sum(saturate(self.scaled(v, s / target), 8) for v, s in zip(values, scales))

    def average(self, total: int, count: int, source_zero: int, ratio: float, target_zero: int, is_mean: bool) -> int:
        """ACC_SCALE by one over the number of elements."""
        return self.requantize(total, 1 / count)


class NEMO(Vendor):
    """NEMO for PULP: floor(x * round(D * ratio) / D), D the power of two that makes the ratio's factor 32 to 64."""

    name = "nemo"
    oracle = "a Python model of NEMO's nemo/quant/pact.py with requantization_factor 32"
    machine = Machine(scales="real", shifts=(0, 14), activations=("NONE", "RELU"))
    seed = 41

    def requantize(self, total: int, factor: float) -> int:
        """One integer product and a floor."""
        divisor = Fraction(2) ** math.ceil(math.log2(32 / factor))
        return math.floor(total * round(factor * float(divisor)) / divisor)


class FINN(Vendor):
    """FINN's MultiThreshold: the number of thresholds that a sum reaches, thresholds rounded up."""

    name = "finn"
    oracle = "a Python model of FINN's MultiThreshold (qonnx custom_op/general/multithreshold.py)"
    machine = Machine(scales="real", per_channel=True, shifts=(0, 14), activations=("NONE", "RELU"), sum=2 ** 29)
    seed = 42

    def requantize(self, total: int, factor: float) -> int:
        """Compare with each threshold in turn."""
        exact = Fraction(factor)
        thresholds = [math.ceil((2 * k - 1) / (2 * exact)) for k in range(-127, 128)]
        return -128 + sum(total >= threshold for threshold in thresholds)

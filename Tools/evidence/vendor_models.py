#!/usr/bin/env python3
"""Write what independent models of machines' formulas answer: the evidence for the profiles that nobody's code runs.

    python vendor_models.py [PROFILE ...]

Each class states one machine's arithmetic after its public source, in Python's unbounded integers and floats, and
shares nothing with bitexact. It is evidence that a profile says what the source says, not that a chip does.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np

from cases import Case, write
from layers import Addition, Layer, Pointwise, Pool, Weighted, clamp
from random_layers import Machine, Source

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


# Shift-only machines


class PowerOfTwo(Vendor):
    """A machine whose scales are powers of two."""

    tie = "up"
    machine = Machine(scales="powerOfTwo", shifts=(0, 14))

    def shift(self, total: int, factor: float) -> int:
        """Round the exact product."""
        return nearest(Fraction(total) * Fraction(factor), self.tie)

    def requantize(self, total: int, factor: float) -> int:
        """One rounding shift."""
        return self.shift(total, factor)

    def add(self, values: list[int], scales: list[float], target: float) -> int:
        """Exact alignment, one rounding shift."""
        exact = sum(Fraction(v) * Fraction(s) for v, s in zip(values, scales))
        return nearest(exact / Fraction(target), self.tie)


class Esp32P4(PowerOfTwo):
    """ESP-DL on ESP32-P4: bias, shift_and_round to even, truncate; equal scales in an addition; a float32 average."""

    name = "esp32-p4"
    oracle = ("a Python model of ESP-DL's dl_base_activate_buffer.hpp, dl_tool.cpp, dl_base_add.cpp and "
              "dl_base_avg_pool2d.cpp")
    machine = Machine(scales="powerOfTwo", per_channel=True, shifts=(0, 14), adds_rescale=False,
                      activations=("NONE", "RELU"), pool_paddings=("VALID",))
    counts = LAYERS | {"ADD": 10, "AVERAGE_POOL_2D": 14}
    tie = "even"
    seed = 34

    def average(self, total: int, count: int, source_zero: int, ratio: float, target_zero: int, is_mean: bool) -> int:
        """The sum times the float32 reciprocal, ties to even."""
        return int(np.rint(np.float32(total) * (np.float32(1) / np.float32(count))))


class Esp32S3(Esp32P4):
    """ESP-DL on ESP32-S3: registers of 20 bits that saturate at each product, from the bias on; ties up."""

    name = "esp32-s3"
    oracle = ("a Python model of ESP-DL's dl_base_activate_buffer.hpp and dl_tool.cpp with the 20-bit registers of the "
              "ESP32-S3 technical reference manual")
    machine = Machine(scales="powerOfTwo", shifts=(0, 12), adds_rescale=False, activations=("NONE", "RELU"),
                      pool_paddings=("VALID",), bias=500_000, sum=2 ** 19 - 1, depth=24)
    counts = LAYERS | {"CONV_2D": 30, "ADD": 10, "AVERAGE_POOL_2D": 14}
    tie = "up"
    seed = 35

    def total(self, products: np.ndarray, bias: int) -> int:
        """Products one after another in a register of 20 bits."""
        register = saturate(bias, 20)
        for product in products:
            register = saturate(register + int(product), 20)
        return register


class Max78000(PowerOfTwo):
    """MAX78000 after ai8x-synthesis: izer/simulate.py and izer/compute.py."""

    name = "max78000"
    oracle = "a Python model of ai8x-synthesis' izer/simulate.py and izer/compute.py"
    machine = Machine(scales="powerOfTwo", shifts=(0, 14), adds_rescale=False, activations=("NONE", "RELU"), bias=16000,
                      sum=16000, pool_paddings=("VALID",))
    counts = LAYERS | {"ADD": 10, "AVERAGE_POOL_2D": 14}
    seed = 36

    def total(self, products: np.ndarray, bias: int) -> int:
        """A bias of 8 bits counts 128 times."""
        return int(products.sum()) + 128 * math.floor(Fraction(bias, 128) + Fraction(1, 2))

    def requantize(self, total: int, factor: float) -> int:
        """floor(0.5 + sum / (128 / 2^output_shift))."""
        return math.floor(0.5 + total * factor)

    def average(self, total: int, count: int, source_zero: int, ratio: float, target_zero: int, is_mean: bool) -> int:
        """Truncation toward zero."""
        return truncated(total, count)


class VitisDPU(PowerOfTwo):
    """Vitis AI's DPU: cpu_task/ops/common/util.hpp (DPU_ROUND); nndct's avgpool coefficients."""

    name = "vitis-dpu"
    oracle = "a Python model of Vitis AI's cpu_task util.hpp and nndct's get_avgpool_dpu_coeff"
    machine = Machine(scales="powerOfTwo", shifts=(0, 14), pool_paddings=("VALID",),
                      pools=((2, 2), (3, 3), (5, 5), (6, 6), (7, 7), (14, 14), (2, 3), (4, 5), (1, 7), (3, 4)))
    counts = LAYERS | {"ADD": 16, "AVERAGE_POOL_2D": 24}
    seed = 37

    def dpu_round(self, value: float) -> int:
        """A negative half goes up, anything else as C's round; the doubles here are exact."""
        floor = math.floor(value)
        if value < 0 and value - floor == 0.5:
            return math.ceil(value)
        return int(math.copysign(math.floor(abs(value) + 0.5), value))

    def requantize(self, total: int, factor: float) -> int:
        """DPU_ROUND of the shifted sum."""
        return self.dpu_round(total * factor)

    def add(self, values: list[int], scales: list[float], target: float) -> int:
        """DPU_ROUND of the exact sum."""
        return self.dpu_round(sum(v * s for v, s in zip(values, scales)) / target)

    def average(self, total: int, count: int, source_zero: int, ratio: float, target_zero: int, is_mean: bool) -> int:
        """Listed fractions, or the nearest of a search."""
        listed = {9: (7, 6), 25: (10, 8), 36: (7, 8), 49: (21, 10), 196: (21, 12)}
        if count in listed:
            factor, shift = listed[count]
        else:
            factor, shift, difference = 0, 0, 1.0
            for candidate in range(math.ceil(math.log(count * 128, 2))):
                near = round(2 ** candidate / count)
                distance = abs(near / 2 ** candidate - 1 / count)
                if distance < difference:
                    factor, shift, difference = near, candidate, distance
        return self.dpu_round(total * factor / 2 ** shift)


class VTA(PowerOfTwo):
    """VTA: an arithmetic shift without rounding, and a store that keeps the low 8 bits: tvm-vta's sim_driver.cc."""

    name = "vta"
    oracle = "a Python model of tvm-vta's src/sim/sim_driver.cc"
    machine = Machine(scales="powerOfTwo", shifts=(0, 14), activations=("NONE",), adds_rescale=False)
    counts = LAYERS | {"ADD": 12}
    seed = 38

    def total(self, products: np.ndarray, bias: int) -> int:
        """A register of 32 bits that wraps."""
        return int32(int(products.sum()) + bias)

    def stored(self, value: int) -> int:
        """The low 8 bits."""
        return (value + 128) % 256 - 128

    def requantize(self, total: int, factor: float) -> int:
        """x >> s, stored."""
        return self.stored(math.floor(Fraction(total) * Fraction(factor)))

    def add(self, values: list[int], scales: list[float], target: float) -> int:
        """The ALU adds, the store cuts."""
        return self.stored(sum(values))


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


VENDORS = (SingleRounding, DoubleRounding, EthosU, Esp32P4, Esp32S3, Max78000, VitisDPU, VTA, NVDLA, Gemmini, NEMO, FINN)


def main() -> None:
    """Write the cases of some or of all machines."""
    for vendor in (kind() for kind in VENDORS):
        if sys.argv[1:] and vendor.name not in sys.argv[1:]:
            continue
        layers = Source(vendor.machine, vendor.seed).layers(vendor.counts)
        cases = [Case(layer.kind, layer.model(), layer.inputs(), vendor.answer(layer)) for layer in layers]
        write(vendor.name, vendor.oracle, "model", cases)


if __name__ == "__main__":
    main()

"""Machines that only shift: scales are powers of two."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from random_layers import Machine
from vendor import LAYERS, Vendor, int32, nearest, saturate, truncated


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

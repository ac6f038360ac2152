"""Random layers on single elements: SUB and MUL of two tensors, functions of one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from layers import Tensor
from random_layers import Source
from operator_cases import fused
from tflite_builder import ModelBuilder


@dataclass
class Pair:
    """SUB or MUL of two tensors of one shape."""

    kind: str
    values: list[np.ndarray]
    sources: list[Tensor]
    target: Tensor
    activation: str = "NONE"

    def model(self) -> bytes:
        """The model file."""
        b = ModelBuilder()
        x = [b.input(value.shape, source.dtype, source.quant) for value, source in zip(self.values, self.sources)]
        options = fused(f"{self.kind.title()}OptionsT", self.activation)
        return b.build([b.operator(self.kind, x, [(self.values[0].shape, self.target.dtype, self.target.quant)], options)])

    def inputs(self) -> list[np.ndarray]:
        """The model's inputs."""
        return self.values


@dataclass
class Function:
    """LOGISTIC, TANH, HARD_SWISH or LEAKY_RELU of every stored integer."""

    kind: str
    source: Tensor
    target: Tensor
    alpha: float = 0.0

    @property
    def x(self) -> np.ndarray:
        """All stored integers."""
        return np.arange(256).astype(np.uint8).view(self.source.dtype)

    def model(self) -> bytes:
        """The model file."""
        b = ModelBuilder()
        options = None
        if self.kind == "LEAKY_RELU":
            options = schema.LeakyReluOptionsT()
            options.alpha = self.alpha
        elif self.kind == "HARD_SWISH":
            options = schema.HardSwishOptionsT()
        x = b.input(self.x.shape, self.source.dtype, self.source.quant)
        return b.build([b.operator(self.kind, [x], [(self.x.shape, self.target.dtype, self.target.quant)], options)])

    def inputs(self) -> list[np.ndarray]:
        """The model's inputs."""
        return [self.x]


def _ratio(source: Source, low: float, high: float) -> tuple[float, bool]:
    """Pick a factor, often a power of two, whose products have ties."""
    exact = source.rng.random() < 0.4
    exponent = source.rng.uniform(low, high)
    return 2.0 ** (np.rint(exponent) if exact else exponent), exact


def pair(source: Source, kind: str) -> Pair:
    """Pick a SUB or a MUL."""
    dtype = source.pick(*source.machine.dtypes)
    shape = (1, 8, 16, 2)
    values = [source.values(shape, dtype) for _ in range(2)]
    target = source.tensor(dtype)
    zeros = [source.tensor(dtype).zero for _ in range(2)]
    if kind == "MUL":
        factor, exact = _ratio(source, -14, 1)
        scales = [source.scale(), np.float32(1)]
        product = abs((int(values[0].flat[0]) - zeros[0]) * (int(values[1].flat[0]) - zeros[1]))
        if exact:
            target = Tensor(np.float32(2.0 ** source.whole(-8, 2)), target.zero, dtype)
            scales[0] = np.float32(2.0 ** source.whole(-8, 2))
        elif product and source.rng.random() < 0.7:
            # The first product lies next to a tie, so that it shows in which format the factor was formed.
            factor = (source.whole(1, 60) + 0.5) / product
        scales[1] = np.float32(factor * float(target.scale) / float(scales[0]))
    else:
        reach = source.pick((-3, 2), (-9.9, 7.9))
        ratios = [_ratio(source, *reach)[0] for _ in range(2)]
        if source.rng.random() < 0.5:
            # Sums half-way between two stored integers.
            ratios = [2.0 ** -source.whole(0, 3) for _ in range(2)]
        scales = [np.float32(float(target.scale) * ratio) for ratio in ratios]
    sources = [Tensor(scale, zero, dtype) for scale, zero in zip(scales, zeros)]
    # Clamps hide most results, so that most layers have none.
    activation = source.pick("NONE", "NONE", source.pick(*source.machine.activations))
    return Pair(kind, values, sources, target, activation)


def function(source: Source, kind: str) -> Function:
    """Pick a function."""
    dtype = source.pick(*source.machine.dtypes)
    low = int(np.iinfo(dtype).min)
    x = source.tensor(dtype, np.float32(2.0 ** source.rng.uniform(-9, 1)))
    if kind == "LEAKY_RELU":
        ratio, _ = _ratio(source, -3, 3)
        alpha, _ = _ratio(source, -4.9, 1)
        target = source.tensor(dtype, np.float32(float(x.scale) * ratio))
        return Function(kind, x, target, alpha * (-1 if source.rng.random() < 0.2 else 1))
    if kind == "HARD_SWISH":
        return Function(kind, x, source.tensor(dtype, np.float32(float(x.scale) * 2.0 ** source.rng.uniform(-2, 3))))
    # Where the function is 1, half-way between two stored integers; what most models have; anything.
    way = source.whole(0, 2)
    if way == 0:
        return Function(kind, x, source.tensor(dtype, np.float32(1 / (source.whole(20, 140) + 0.5))))
    if way == 1:
        standard = (1 / 256, low) if kind == "LOGISTIC" else (1 / 128, low + 128)
        return Function(kind, x, Tensor(np.float32(standard[0]), standard[1], dtype))
    return Function(kind, x, source.tensor(dtype, np.float32(2.0 ** source.rng.uniform(-9, -3))))


ElementLayer = Pair | Function


def element_layers(source: Source, counts: dict[str, int]) -> list[ElementLayer]:
    """So many layers of each kind."""
    return [pair(source, kind) if kind in ("SUB", "MUL") else function(source, kind)
            for kind, count in counts.items() for _ in range(count)]

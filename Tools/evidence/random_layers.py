"""Random layers that a machine can run, with a generous share of exact ties and extreme sums."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from layers import Addition, Layer, Pointwise, Pool, Tensor, Weighted

I8, U8 = np.dtype(np.int8), np.dtype(np.uint8)


@dataclass
class Machine:
    """What layers a machine can run."""

    dtypes: tuple[np.dtype, ...] = (I8,)
    zero_points: bool = False
    # "real", or "powerOfTwo" for each scale.
    scales: str = "powerOfTwo"
    per_channel: bool = False
    activations: tuple[str, ...] = ("NONE", "RELU", "RELU6")
    # Right shifts, or binary logarithms of one over real factors.
    shifts: tuple[int, int] = (1, 12)
    # The largest magnitude of a bias, and of biases that stand alone as sums.
    bias: int = 4000
    sum: int = 2 ** 31 - 1
    # Whether an addition's operands may have other scales than the sum.
    adds_rescale: bool = True
    add_shifts: tuple[int, int] = (-1, 4)
    pools: tuple[tuple[int, int], ...] = ((2, 2), (3, 3), (2, 3), (4, 4), (1, 5), (7, 7))
    pool_paddings: tuple[str, ...] = ("VALID", "SAME")
    depth: int = 9


@dataclass
class Source:
    """Random numbers for one machine."""

    machine: Machine
    seed: int
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        """Start the generator."""
        self.rng = np.random.default_rng(self.seed)

    def pick(self, *values: object) -> object:
        """Pick one of some values."""
        return values[self.rng.integers(len(values))]

    def whole(self, low: int, high: int) -> int:
        """Pick an integer; both ends count."""
        return int(self.rng.integers(low, high, endpoint=True))

    def scale(self) -> np.float32:
        """Pick an activation's scale."""
        if self.machine.scales == "powerOfTwo" or self.rng.random() < 0.15:
            return np.float32(2.0 ** self.whole(-8, 2))
        return np.float32(10 ** self.rng.uniform(-2.5, 0.7))

    def tensor(self, dtype: np.dtype, scale: np.float32 | None = None) -> Tensor:
        """Pick an activation's quantization."""
        info = np.iinfo(dtype)
        zero = self.pick(int(info.min), int(info.max), *(self.whole(info.min, info.max) for _ in range(6)))
        return Tensor(self.scale() if scale is None else scale, int(zero) if self.machine.zero_points else 0, dtype)

    def values(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Stored integers over the whole type, now and then at its ends only."""
        info = np.iinfo(dtype)
        if self.rng.random() < 0.15:
            return self.rng.choice(np.array([info.min, info.max], dtype), shape)
        return self.rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)

    def factor(self) -> float:
        """Pick the factor from a sum to an output."""
        low, high = self.machine.shifts
        if self.machine.scales == "powerOfTwo" or self.rng.random() < 0.15:
            return 2.0 ** -self.whole(low, high)
        return 2.0 ** -self.rng.uniform(low, high)

    def weight_scales(self, channels: int, source: Tensor, target: Tensor, signed: bool) -> np.ndarray:
        """Pick scales that give random factors."""
        count = channels if self.machine.per_channel and signed and self.rng.random() < 0.7 else 1
        factors = np.array([self.factor() for _ in range(count)])
        return (factors * float(target.scale) / float(source.scale)).astype(np.float32)

    def weighted(self, kind: str) -> Weighted:
        """Pick a layer with weights."""
        dtype = self.pick(*self.machine.dtypes)
        source, target = self.tensor(dtype), self.tensor(dtype)
        depth = self.whole(1, self.machine.depth)
        if kind == "FULLY_CONNECTED":
            x, channels = (self.whole(1, 4), 1, 1, self.whole(1, 24)), self.whole(1, 9)
            kernel = (channels, 1, 1, x[3])
        else:
            x = (1, self.whole(3, 6), self.whole(3, 6), depth)
            size = (self.whole(1, 3), self.whole(1, 3))
            channels = depth * self.pick(1, 1, 2) if kind == "DEPTHWISE_CONV_2D" else self.whole(1, 8)
            kernel = (1, *size, channels) if kind == "DEPTHWISE_CONV_2D" else (channels, *size, depth)
        info = np.iinfo(dtype)
        low = 0 if dtype == U8 else -127
        weights = self.rng.integers(low, info.max, kernel, dtype=dtype, endpoint=True)
        zero = self.whole(0, 255) if dtype == U8 and self.machine.zero_points else 0
        dilation = self.pick(1, 1, 1, 2) if kind != "FULLY_CONNECTED" else 1
        return Weighted(
            kind, self.values(x, dtype), source, weights, self.weight_scales(channels, source, target, dtype == I8), zero,
            self.rng.integers(-self.machine.bias, self.machine.bias, channels, endpoint=True), target,
            stride=self.pick(1, 1, 2) if dilation == 1 and kind != "FULLY_CONNECTED" else 1, dilation=dilation,
            padding=self.pick("SAME", "VALID") if kind != "FULLY_CONNECTED" and min(x[1], x[2]) >= 5 else "SAME",
            activation=self.pick(*self.machine.activations))

    def bare_sums(self) -> Weighted:
        """A layer whose sums are its biases: ties and their neighbours, and the ends of the register."""
        dtype = self.pick(*self.machine.dtypes)
        source, target = self.tensor(dtype), self.tensor(dtype)
        channels = 40
        scales = self.weight_scales(channels, source, target, dtype == I8)
        factors = np.broadcast_to(
            np.float64(source.scale) * scales.astype(np.float64) / np.float64(target.scale), channels)
        halves = self.rng.integers(-140, 140, channels) + 0.5
        bias = np.rint(halves / factors).astype(np.int64) + self.rng.integers(-1, 2, channels)
        most = self.machine.sum
        bias[:6] = (most, -most, most - 1, 0, 1, -1)
        x = np.full((1, 1, 1, 1), source.zero, dtype)
        weights = np.ones((channels, 1, 1, 1), dtype)
        return Weighted("CONV_2D", x, source, weights, scales, 0, np.clip(bias, -most, most), target)

    def addition(self) -> Addition:
        """Pick an addition."""
        dtype = self.pick(*self.machine.dtypes)
        target = self.tensor(dtype)
        low, high = self.machine.add_shifts

        def scale() -> np.float32:
            if not self.machine.adds_rescale:
                return target.scale
            if self.machine.scales == "powerOfTwo":
                return np.float32(float(target.scale) * 2.0 ** -self.whole(low, high))
            return np.float32(float(target.scale) * 2.0 ** -self.rng.uniform(low, high))

        shape = (1, self.whole(1, 4), self.whole(1, 5), self.whole(1, 12))
        return Addition([self.values(shape, dtype) for _ in range(2)], [self.tensor(dtype, scale()) for _ in range(2)],
                        target, self.pick(*self.machine.activations))

    def average(self) -> Pool:
        """Pick an average pool."""
        dtype = self.pick(*self.machine.dtypes)
        size = self.pick(*self.machine.pools)
        padding = self.pick(*self.machine.pool_paddings)
        shape = (1, size[0] + self.whole(0, 3), size[1] + self.whole(0, 3), self.whole(1, 9))
        return Pool(self.values(shape, dtype), self.tensor(dtype), size, self.pick(1, 2), padding)

    def mean(self) -> Pool:
        """Pick a mean over rows and columns."""
        dtype = self.pick(*self.machine.dtypes)
        shape = (self.whole(1, 2), self.whole(1, 8), self.whole(1, 8), self.whole(1, 24))
        source = self.tensor(dtype)
        ratio = 2.0 ** self.whole(-2, 1) if self.machine.scales == "powerOfTwo" or self.rng.random() < 0.3 else (
            2.0 ** self.rng.uniform(-2, 1))
        target = self.tensor(dtype, np.float32(float(source.scale) * ratio))
        return Pool(self.values(shape, dtype), source, shape[1:3], 1, "VALID", target)

    def pointwise(self, kind: str, *, same_scale: bool = False) -> Pointwise:
        """Pick a QUANTIZE, a RELU or its kin, or a SOFTMAX."""
        dtype = self.pick(*self.machine.dtypes)
        source = self.tensor(dtype)
        if kind == "SOFTMAX":
            target = Tensor(np.float32(1 / 256), int(np.iinfo(dtype).min), dtype)
            shape = (self.whole(1, 4), self.whole(1, 40))
            return Pointwise(kind, self.values(shape, dtype), Tensor(np.float32(10 ** self.rng.uniform(-2.5, 0.5)),
                             source.zero, dtype), target, float(self.pick(1.0, 1.0, 0.3, 2.0)))
        other = self.pick(*self.machine.dtypes) if kind == "QUANTIZE" else dtype
        ratio = 2.0 ** self.whole(-3, 2) if self.machine.scales == "powerOfTwo" else 2.0 ** self.rng.uniform(-3, 2)
        target = self.tensor(other, np.float32(float(source.scale) * (1.0 if same_scale else ratio)))
        return Pointwise(kind, np.arange(256).astype(np.uint8).view(dtype), source, target)

    def layers(self, counts: dict[str, int]) -> list[Layer]:
        """So many layers of each kind."""
        makers = {"SUMS": self.bare_sums, "ADD": self.addition, "AVERAGE_POOL_2D": self.average, "MEAN": self.mean}
        found: list[Layer] = []
        for kind, count in counts.items():
            for _ in range(count):
                if kind in makers:
                    found.append(makers[kind]())
                elif kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
                    found.append(self.weighted(kind))
                else:
                    found.append(self.pointwise(kind.removesuffix("="), same_scale=kind.endswith("=")))
        return found

"""Random layers: integers, scales and zero points, the model file that holds them, and exact sums.

Nothing here rounds but the bounds of fused activations; that is what the oracles are for.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))

from tflite_builder import ModelBuilder, Quant, window  # noqa: E402

BOUNDS = {"NONE": (None, None), "RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}


@dataclass(frozen=True)
class Tensor:
    """How a tensor of 8 bits is quantized."""

    scale: np.float32
    zero: int
    dtype: np.dtype

    @property
    def quant(self) -> Quant:
        """The same for a model file."""
        return Quant(self.scale, self.zero)

    @property
    def limits(self) -> tuple[int, int]:
        """The smallest and the largest stored integer."""
        info = np.iinfo(self.dtype)
        return int(info.min), int(info.max)


def clamp(values: np.ndarray, target: Tensor, activation: str) -> np.ndarray:
    """Cut stored integers to their type and to a fused activation, whose bounds round ties away from zero."""
    low, high = target.limits
    for bound, is_low in zip(BOUNDS[activation], (True, False)):
        if bound is None:
            continue
        steps = np.float32(bound) / target.scale
        stored = target.zero + int(np.sign(steps) * np.floor(np.abs(np.float64(steps)) + 0.5))
        low, high = (max(low, stored), high) if is_low else (low, min(high, stored))
    return np.array([min(max(int(v), low), high) for v in values.ravel()]).reshape(values.shape).astype(target.dtype)


@dataclass
class Weighted:
    """CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED (with an image of one pixel per row)."""

    kind: str
    x: np.ndarray
    source: Tensor
    weights: np.ndarray
    weight_scales: np.ndarray
    weight_zero: int
    bias: np.ndarray
    target: Tensor
    stride: int = 1
    dilation: int = 1
    padding: str = "SAME"
    activation: str = "NONE"

    @property
    def channels(self) -> int:
        """The output channels."""
        return self.weights.shape[3] if self.kind == "DEPTHWISE_CONV_2D" else self.weights.shape[0]

    @property
    def taps(self) -> np.ndarray:
        """The weights less their zero point as [channel, row, column, input channel]."""
        shifted = self.weights.astype(np.int64) - self.weight_zero
        return shifted[0].transpose(2, 0, 1)[..., None] if self.kind == "DEPTHWISE_CONV_2D" else shifted

    def geometry(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The output's extents and the padding before the image."""
        _, height, width, _ = self.x.shape
        rows, columns = self.taps.shape[1:3]
        out = tuple(window(size, kernel, self.stride, self.dilation, self.padding)
                    for size, kernel in ((height, rows), (width, columns)))
        reach = tuple((extent - 1) * self.stride + (kernel - 1) * self.dilation + 1 - size
                      for extent, kernel, size in zip(out, (rows, columns), (height, width)))
        before = tuple(max(r, 0) // 2 if self.padding == "SAME" else 0 for r in reach)
        return out, before

    def products(self) -> np.ndarray:
        """All products as [image, row, column, channel, tap], taps by rows, columns, input channels; 0 in the padding."""
        taps = self.taps
        (height, width), (top, left) = self.geometry()
        centered = self.x.astype(np.int64) - self.source.zero
        images, rows, columns, depth = centered.shape
        result = np.zeros((images, height, width, taps.shape[0], taps[0].size), np.int64)
        for i in range(height):
            for j in range(width):
                patch = np.zeros((images, taps.shape[1], taps.shape[2], depth), np.int64)
                for u in range(taps.shape[1]):
                    for v in range(taps.shape[2]):
                        y, z = i * self.stride + u * self.dilation - top, j * self.stride + v * self.dilation - left
                        if 0 <= y < rows and 0 <= z < columns:
                            patch[:, u, v] = centered[:, y, z]
                for channel in range(taps.shape[0]):
                    own = patch
                    if self.kind == "DEPTHWISE_CONV_2D":
                        own = patch[..., channel // (taps.shape[0] // depth), None]
                    result[:, i, j, channel] = (own * taps[channel]).reshape(images, -1)
        return result

    def sums(self) -> np.ndarray:
        """The exact sums of products and bias as [image, row, column, channel]."""
        return self.products().sum(-1) + self.bias.astype(np.int64)

    def model(self) -> bytes:
        """The model file."""
        b = ModelBuilder()
        flat = self.kind == "FULLY_CONNECTED"
        shape = (self.x.shape[0], self.x.shape[3]) if flat else self.x.shape
        x = b.input(shape, self.source.dtype, self.source.quant)
        stored = self.weights.reshape(self.weights.shape[0], -1) if flat else self.weights
        # One scale for the whole tensor stands at axis 0, as converters write it.
        axis = 3 if self.kind == "DEPTHWISE_CONV_2D" and self.weight_scales.size > 1 else 0
        w = b.constant(stored, Quant(self.weight_scales, self.weight_zero, axis))
        bias = b.constant(self.bias.astype(np.int32), Quant(self.source.scale * self.weight_scales, 0))
        quant = self.target.quant
        if flat:
            y = b.fully_connected(x, w, bias, quant, activation=self.activation)
        else:
            add = b.conv2d if self.kind == "CONV_2D" else b.depthwise_conv2d
            y = add(x, w, bias, quant, stride=(self.stride,) * 2, dilation=(self.dilation,) * 2, padding=self.padding,
                    activation=self.activation)
        return b.build([y])

    def inputs(self) -> list[np.ndarray]:
        """The model's inputs."""
        return [self.x]


@dataclass
class Addition:
    """ADD of two tensors of one shape."""

    values: list[np.ndarray]
    sources: list[Tensor]
    target: Tensor
    activation: str = "NONE"
    kind: str = field(default="ADD", init=False)

    def model(self) -> bytes:
        """The model file."""
        b = ModelBuilder()
        x = [b.input(value.shape, source.dtype, source.quant) for value, source in zip(self.values, self.sources)]
        return b.build([b.add(*x, self.target.quant, activation=self.activation)])

    def inputs(self) -> list[np.ndarray]:
        """The model's inputs."""
        return self.values


@dataclass
class Pool:
    """AVERAGE_POOL_2D, or MEAN over rows and columns when `target` is set."""

    x: np.ndarray
    source: Tensor
    size: tuple[int, int]
    stride: int
    padding: str
    target: Tensor | None = None

    @property
    def kind(self) -> str:
        """The operator."""
        return "AVERAGE_POOL_2D" if self.target is None else "MEAN"

    def windows(self) -> list[tuple[tuple[int, int, int], np.ndarray]]:
        """For each output pixel its place and the stored elements of its window inside of the image as [n, channel]."""
        images, height, width, channels = self.x.shape
        if self.target is not None:
            return [((n, 0, 0), self.x[n].reshape(-1, channels)) for n in range(images)]
        out = [window(size, kernel, self.stride, 1, self.padding) for size, kernel in zip((height, width), self.size)]
        pads = [max((o - 1) * self.stride + k - s, 0) // 2 if self.padding == "SAME" else 0
                for o, k, s in zip(out, self.size, (height, width))]
        found = []
        for n in range(images):
            for i in range(out[0]):
                for j in range(out[1]):
                    top, left = i * self.stride - pads[0], j * self.stride - pads[1]
                    part = self.x[n, max(top, 0):top + self.size[0], max(left, 0):left + self.size[1]]
                    found.append(((n, i, j), part.reshape(-1, channels)))
        return found

    def assemble(self, results: list[tuple[tuple[int, int, int], np.ndarray]]) -> np.ndarray:
        """Put the results of `windows` back into an image."""
        last = results[-1][0]
        image = np.zeros((last[0] + 1, last[1] + 1, last[2] + 1, self.x.shape[3]), self.x.dtype)
        for place, value in results:
            image[place] = value
        return image

    def model(self) -> bytes:
        """The model file."""
        b = ModelBuilder()
        x = b.input(self.x.shape, self.source.dtype, self.source.quant)
        if self.target is not None:
            return b.build([b.mean(x, [1, 2], self.target.quant)])
        return b.build([b.pool("AVERAGE_POOL_2D", x, self.size, stride=(self.stride,) * 2, padding=self.padding)])

    def inputs(self) -> list[np.ndarray]:
        """The model's inputs."""
        return [self.x]


@dataclass
class Pointwise:
    """QUANTIZE, RELU and its kin, SOFTMAX: one input, one output of the same shape."""

    kind: str
    x: np.ndarray
    source: Tensor
    target: Tensor
    beta: float = 1.0

    def model(self) -> bytes:
        """The model file."""
        b = ModelBuilder()
        x = b.input(self.x.shape, self.source.dtype, self.source.quant)
        if self.kind == "QUANTIZE":
            y = b.quantize(x, self.target.dtype, self.target.quant)
        elif self.kind == "SOFTMAX":
            y = b.softmax(x, self.target.quant, beta=self.beta)
        else:
            y = b.activation(self.kind, x, self.target.quant)
        return b.build([y])

    def inputs(self) -> list[np.ndarray]:
        """The model's inputs."""
        return [self.x]


Layer = Weighted | Addition | Pool | Pointwise

"""Random layers with weights: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV, BATCH_MATMUL."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from choices import I8, U8, Choices, LeftOut, require_shift
from operator_cases import numbers, options_of
from tflite_builder import ACTIVATIONS, ModelBuilder, Quant, Shape, window

CLIPPING = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
# What an 8-bit uniform number deviates from its mean, and how wide outputs then are for a multiplier of their size.
_SPREAD = 74.0


@dataclass
class Weights:
    """The constants of a layer and its output's quantization."""

    weights: int
    bias: int | None
    output: Quant
    # A bound on the outputs, in steps of the output's scale.
    largest: float


def weights_of(c: Choices, b: ModelBuilder, x: int, shape: Shape, axis: int, *, may_be_packed: bool = True,
               needs_bias: bool = False, exact: bool = False) -> Weights:
    """Choose weights of a shape whose output channels lie along `axis`, biases, and the output's quantization.

    Multipliers are mostly such that outputs spread over the type; one in seven is anywhere down to 2^-60 and up to
    2^20. Sums stay within 32 bits, because beyond them LiteRT's signed additions are undefined.
    """
    channels, dtype = shape[axis], b.dtype(x)
    depth = int(np.prod(shape)) // channels
    x_quant = b.quant(x)
    assert x_quant is not None
    packed = may_be_packed and dtype == I8 and c.chance("packed", 12)
    if dtype == I8 and c.chance("per channel", 60):
        base = float(c.scale("weights", -16, 0, -7))
        octaves = c.pick("weights.octaves", 2, 6, 20)
        scales = np.array([c.near(f"weights.{k}", base, octaves) for k in range(channels)], np.float32)
        quant = Quant(scales, 0, axis)
    else:
        # FULLY_CONNECTED alone has int8 weights with a zero point.
        has_zero_point = dtype == U8 or (exact and not packed and c.chance("weights.zero point", 25))
        quant = Quant(c.scale("weights", -16, 0, -7), c.zero_point("weights", dtype) if has_zero_point else 0, axis)
    low, high = (-8, 7) if packed else (None, None)
    neutral = int(quant.zero_points[0])
    weights = b.constant(c.integers("weights", shape, dtype, low, high, neutral), quant, packed=packed)
    products = x_quant.scales * quant.scales
    bias, reach = None, 0
    if needs_bias or c.chance("biased", 80):
        reach = 2 ** 31 - 1 - depth * 255 * 255
        reach = c.pick("bias.reach", 4000, 4000, 4000, 400_000, reach)
        values = c.integers("bias", (channels,), np.dtype(np.int32), -reach, reach)
        bias = b.constant(values, Quant(products, 0))
    spread = float(np.median(products)) * _SPREAD * (3 if packed else _SPREAD) * depth ** 0.5 / 60
    output = c.quant_near("output", dtype, max(spread, 1e-37), 4, extreme=60)
    if not exact:
        require_shift(float(products.max()) / float(output.scales[0]))
    largest = (reach + depth * 255 * 255) * float(products.max()) / float(output.scales[0])
    return Weights(weights, bias, output, largest)


def fits(extent: int, kernel: int, stride: int, dilation: int) -> bool:
    """Whether a window fits an extent without padding."""
    return window(extent, kernel, stride, dilation, "VALID") > 0


def convolution(c: Choices, b: ModelBuilder, *, depthwise: bool) -> list[int]:
    """CONV_2D or DEPTHWISE_CONV_2D."""
    # Now and then as many channels as fill vectors, under fewer positions.
    is_wide = c.chance("wide", 8)
    longest, side = (3, 2) if is_wide else (7, 4)
    batch, height, width = c.whole("batch", 1, 2), c.whole("height", 1, longest), c.whole("width", 1, longest)
    kernel = (c.whole("kernel.height", 1, side), c.whole("kernel.width", 1, side))
    stride = (c.whole("stride.height", 1, 3), c.whole("stride.width", 1, 3))
    dilation = (1, 1)
    if c.chance("dilated", 35):
        dilation = (c.whole("dilation.height", 1, 3), c.whole("dilation.width", 1, 3))
    does_fit = all(fits(*parts) for parts in zip((height, width), kernel, stride, dilation, strict=True))
    padding = c.pick("padding", "VALID", "SAME") if does_fit else "SAME"
    groups = 1 if depthwise or not c.chance("grouped", 15) else c.whole("groups", 1, 3)
    depth = c.whole("depth", 1, 70 if is_wide else 5)
    dtype = c.type()
    x = b.input((batch, height, width, depth * groups), dtype, c.quant("x", dtype, -14, 0))
    if depthwise:
        made = weights_of(c, b, x, (1, *kernel, depth * c.whole("multiplier", 1, 1 if is_wide else 3)), 3)
    else:
        out = groups * c.whole("channels", 1, 3 if groups > 1 else 20 if is_wide else 6)
        made = weights_of(c, b, x, (out, *kernel, depth), 0, may_be_packed=groups == 1, needs_bias=True)
    add = b.depthwise_conv2d if depthwise else b.conv2d
    return [add(x, made.weights, made.bias, made.output, stride=stride, dilation=dilation, padding=padding,
                activation=c.pick("activation", *CLIPPING))]


def fully_connected(c: Choices, b: ModelBuilder) -> list[int]:
    """FULLY_CONNECTED of rows, or of a tensor that is read as rows."""
    dtype, depth = c.type(), c.whole("depth", 1, 40)
    keeps = c.chance("keeps axes", 25)
    lead = tuple(c.whole(f"lead{k}", 1, 3) for k in range(c.whole("leading axes", 1, 3)))
    split = () if keeps or depth % 2 or not c.chance("flattens", 30) else (depth // 2,)
    x = b.input((*lead, *split, 2 if split else depth), dtype, c.quant("x", dtype, -14, 0))
    made = weights_of(c, b, x, (c.whole("channels", 1, 9), depth), 0, exact=True)
    if made.largest >= 2 ** 31:
        raise LeftOut("LiteRT converts doubles to int32 that are too large for it")
    return [b.fully_connected(x, made.weights, made.bias, made.output, activation=c.pick("activation", *CLIPPING),
                              keep_dims=keeps, absent_bias=c.pick("absent", "minus one", "left out"))]


def transposed_convolution(c: Choices, b: ModelBuilder) -> list[int]:
    """TRANSPOSE_CONV."""
    dtype, padding = c.type(), c.pick("padding", "VALID", "SAME")
    size = (c.whole("height", 1, 5), c.whole("width", 1, 5))
    kernel = (c.whole("kernel.height", 1, 4), c.whole("kernel.width", 1, 4))
    stride = (c.whole("stride.height", 1, 3), c.whole("stride.width", 1, 3))
    to = []
    for name, extent, k, s in zip(("height", "width"), size, kernel, stride, strict=True):
        # Several extents of the output have the same extent of the input.
        if padding == "SAME":
            to.append(extent * s - c.whole(f"{name}.less", 0, s - 1))
        else:
            to.append((extent - 1) * s + k + c.whole(f"{name}.more", 0, s - 1))
    depth, out, batch = c.whole("depth", 1, 5), c.whole("channels", 1, 5), c.whole("batch", 1, 2)
    shape = numbers(b, batch, *to, out)
    x = b.input((batch, *size, depth), dtype, c.quant("x", dtype, -14, 0))
    made = weights_of(c, b, x, (out, *kernel, depth), 0, may_be_packed=False)
    options = options_of("TransposeConvOptions", strideH=stride[0], strideW=stride[1],
                         padding=getattr(schema.Padding, padding),
                         fusedActivationFunction=ACTIVATIONS.index(c.pick("activation", *CLIPPING)))
    operands = [shape, made.weights, x] + ([] if made.bias is None else [made.bias])
    return [b.operator("TRANSPOSE_CONV", operands, [((batch, *to, out), dtype, made.output)], options)]


def batch_product(c: Choices, b: ModelBuilder) -> list[int]:
    """BATCH_MATMUL of int8, one operand constant or both the same now and then."""
    rows, depth, columns = c.whole("rows", 1, 5), c.whole("depth", 1, 9), c.whole("columns", 1, 5)
    first, second = c.chance("transposes first", 40), c.chance("transposes second", 40)
    shared = c.chance("shared", 8)
    if shared:
        rows, second = columns, not first
    lead = tuple(c.whole(f"lead{k}", 1, 3) for k in range(c.whole("leading axes", 0, 2)))
    other = lead
    if not shared and c.chance("broadcasts", 40):
        other = tuple(1 if c.chance(f"one{k}", 50) else d for k, d in enumerate(lead))
        other = other[c.whole("fewer axes", 0, len(other)):] if other else other
    a = (*lead, *((depth, rows) if first else (rows, depth)))
    x_quant = c.quant("x", I8, -14, 0)
    x = b.input(a, I8, x_quant)
    y_shape = (*other, *((columns, depth) if second else (depth, columns)))
    if shared:
        y, y_quant = x, x_quant
    elif c.chance("constant", 30):
        y_quant = Quant(c.scale("y", -14, 0), c.zero_point("y", I8))
        y = b.constant(c.integers("y", y_shape, I8), y_quant)
    else:
        y_quant = c.quant("y", I8, -14, 0)
        y = b.input(y_shape, I8, y_quant)
    product = float(x_quant.scales[0] * y_quant.scales[0])
    output = c.quant_near("output", I8, product * _SPREAD ** 2 * depth ** 0.5 / 60, 4, extreme=40)
    require_shift(product / float(output.scales[0]))
    return [b.operator("BATCH_MATMUL", [x, y], [((*lead, rows, columns), I8, output)],
                       options_of("BatchMatMulOptions", adjX=first, adjY=second))]

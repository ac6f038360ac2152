"""Random operators over windows, axes and rows: pools, means, sums, softmax, lengths, positions, resized images."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from choices import I8, I32, U8, Choices, require_shift
from operator_cases import numbers, options_of
from recipes_movements import axis_of
from recipes_weighted import CLIPPING, fits
from tflite_builder import ModelBuilder, Quant


def pool(c: Choices, b: ModelBuilder, operator: str) -> list[int]:
    """AVERAGE_POOL_2D or MAX_POOL_2D; windows may be larger than the image where it is padded."""
    dtype = c.type()
    image = (c.whole("height", 1, 8), c.whole("width", 1, 8))
    size = (c.whole("window.height", 1, 5), c.whole("window.width", 1, 5))
    stride = (c.whole("stride.height", 1, 3), c.whole("stride.width", 1, 3))
    does_fit = all(fits(extent, k, s, 1) for extent, k, s in zip(image, size, stride, strict=True))
    x = b.input((c.whole("batch", 1, 2), *image, c.whole("depth", 1, 4)), dtype, c.quant("x", dtype, -14, 4))
    return [b.pool(operator, x, size, stride=stride, padding=c.pick("padding", "VALID", "SAME") if does_fit else "SAME",
                   activation=c.pick("activation", *CLIPPING))]


def reduction(c: Choices, b: ModelBuilder, operator: str) -> list[int]:
    """MEAN or SUM over some axes."""
    # LiteRT's SUM reads int8 as uint8, which bitexact does not follow.
    dtype = U8 if operator == "SUM" else c.type()
    shape = c.shape("x", 1, 4, 6)
    rank = len(shape)
    if rank == 4 and c.chance("image", 40):
        axes = [1, 2]
    else:
        axes = [k for k in range(rank) if c.chance(f"axis{k}", 50)] or [c.whole("axis", 0, rank - 1)]
    written = [k - rank if c.chance(f"axis{k}.negative", 35) else k for k in axes]
    if len(written) > 1 and c.chance("reversed", 30):
        written.reverse()
    keeps = c.chance("keeps axes", 50)
    output = tuple(1 if k in axes else d for k, d in enumerate(shape) if keeps or k not in axes)
    quant = c.quant("x", dtype)
    count = int(np.prod([shape[k] for k in axes]))
    around = float(quant.scales[0]) * (count ** 0.5 if operator == "SUM" else 1)
    output_quant = c.quant_near("output", dtype, around, 6, extreme=40)
    require_shift(float(quant.scales[0]) / float(output_quant.scales[0]))
    return [b.operator(operator, [b.input(shape, dtype, quant), numbers(b, *written)], [(output, dtype, output_quant)],
                       options_of("ReducerOptions", keepDims=keeps))]


def softmax(c: Choices, b: ModelBuilder) -> list[int]:
    """SOFTMAX; rows are short enough for LiteRT, which ends the process where exponentials sum to 512 or more."""
    dtype = c.type()
    shape = (*c.shape("x", 0, 3, 3), c.whole("depth", 1, 30))
    x = b.input(shape, dtype, c.quant("x", dtype, -14, 4))
    beta = float(c.scale("beta", -6, 6, 0)) if c.chance("other beta", 40) else 1.0
    return [b.softmax(x, Quant(1 / 256, int(np.iinfo(dtype).min)), beta=beta)]


def length(c: Choices, b: ModelBuilder) -> list[int]:
    """L2_NORMALIZATION."""
    dtype = c.type()
    shape = (*c.shape("x", 0, 3, 4), c.whole("depth", 1, 40))
    x = b.input(shape, dtype, c.quant("x", dtype))
    return [b.operator("L2_NORMALIZATION", [x], [(shape, dtype, Quant(1 / 128, 0 if dtype == I8 else 128))],
                       schema.L2NormOptionsT())]


def position(c: Choices, b: ModelBuilder, operator: str) -> list[int]:
    """ARG_MAX or ARG_MIN."""
    dtype = c.type()
    shape = c.shape("x", 1, 4, 6)
    written, axis = axis_of(c, "axis", len(shape))
    is_long = c.chance("long", 40)
    options = options_of("ArgMaxOptions" if operator == "ARG_MAX" else "ArgMinOptions",
                         outputType=schema.TensorType.INT64 if is_long else schema.TensorType.INT32)
    operands = [b.input(shape, dtype, c.quant("x", dtype)), b.constant(np.array(written, np.int32))]
    output = (shape[:axis] + shape[axis + 1:], np.dtype(np.int64) if is_long else I32, None)
    return [b.operator(operator, operands, [output], options)]


def resize(c: Choices, b: ModelBuilder, operator: str) -> list[int]:
    """RESIZE_BILINEAR or RESIZE_NEAREST_NEIGHBOR."""
    dtype = c.type()
    size, to = ((c.whole(f"{name}.height", 1, 9), c.whole(f"{name}.width", 1, 9)) for name in ("from", "to"))
    aligns, half = c.pick("centres", (False, False), (True, False), (False, True), (True, True))
    if operator == "RESIZE_BILINEAR" and aligns:
        half = False
    options = options_of("ResizeBilinearOptions" if operator == "RESIZE_BILINEAR" else "ResizeNearestNeighborOptions",
                         alignCorners=aligns, halfPixelCenters=half)
    batch, depth, quant = c.whole("batch", 1, 2), c.whole("depth", 1, 3), c.quant("x", dtype)
    return [b.operator(operator, [b.input((batch, *size, depth), dtype, quant), numbers(b, *to)],
                       [((batch, *to, depth), dtype, quant)], options)]

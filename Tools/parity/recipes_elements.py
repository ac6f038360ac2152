"""Random operators on single elements: pairs of operands, functions of one number, conversions."""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from choices import F32, I8, I32, U8, Choices, LeftOut, require_shift
from operator_cases import fused, options_of
from recipes_weighted import CLIPPING
from tflite_builder import ModelBuilder, Quant, Shape

_TABLES = {"ADD": "AddOptionsT", "SUB": "SubOptionsT", "MUL": "MulOptionsT", "DIV": "DivOptionsT"}


def shapes(c: Choices, *, may_broadcast_first: bool = True) -> tuple[Shape, Shape]:
    """Choose two shapes that broadcast, often equal ones."""
    first = c.shape("x", 0, 4, 5)
    kind = c.pick("broadcast", "none", "none", "second", *(("first", "both") if may_broadcast_first else ()))
    if kind == "none":
        return first, first
    smaller = tuple(1 if c.chance(f"one{k}", 50) else d for k, d in enumerate(first))
    smaller = smaller[c.whole("fewer axes", 0, len(smaller)):]
    if kind == "both":
        first = tuple(1 if smaller[-len(first) + k:] and len(first) - k <= len(smaller) and c.chance(f"other{k}", 40)
                      else d for k, d in enumerate(first))
    return (smaller, first) if kind == "first" else (first, smaller)


def operand(c: Choices, b: ModelBuilder, label: str, shape: Shape, dtype: np.dtype, quant: Quant | None, *,
            constant: bool) -> int:
    """Add an operand."""
    if not constant:
        return b.input(shape, dtype, quant)
    if dtype == F32:
        return b.constant(c.reals(label, shape), quant)
    low, high = (-30000, 30000) if dtype == I32 else (None, None)
    return b.constant(c.integers(label, shape, dtype, low, high, 0 if quant is None else int(quant.zero_points[0])),
                      quant)


def options_for(c: Choices, operator: str) -> Any:
    """Choose the options of an operator on two operands."""
    if operator in ("MAXIMUM", "MINIMUM"):
        return schema.MaximumMinimumOptionsT()
    if operator == "FLOOR_DIV":
        return schema.FloorDivOptionsT()
    return None if operator == "PRELU" else fused(_TABLES[operator], c.pick("activation", *CLIPPING))


def pair(c: Choices, b: ModelBuilder, operator: str) -> list[int]:
    """Choose an operator on two quantized operands; either may be constant, and both may be the same tensor."""
    dtype = c.type()
    quants = [c.quant("x", dtype), c.quant("y", dtype)]
    first, second = shapes(c, may_broadcast_first=operator != "PRELU")
    constant = c.pick("constant", None, None, None, 0, 1)
    shared = constant is None and first == second and c.chance("shared", 15)
    if operator in ("MAXIMUM", "MINIMUM") or shared:
        quants[1] = quants[0]
    if operator == "PRELU":
        output = c.quant_near("output", dtype, float(quants[0].scales[0]), 6, extreme=20)
    elif operator == "MUL":
        product = float(quants[0].scales[0]) * float(quants[1].scales[0]) * 64
        output = c.quant_near("output", dtype, max(product, 1e-36), 5, extreme=44)
    else:
        output = c.quant_near("output", dtype, max(float(q.scales[0]) for q in quants), 5, extreme=16)
    if operator in ("MAXIMUM", "MINIMUM"):
        output = quants[0]
    if operator in ("MUL", "PRELU"):
        require_shift(float(quants[0].scales[0] * quants[1].scales[0] / output.scales[0]))
    if operator == "PRELU":
        require_shift(float(quants[0].scales[0] / output.scales[0]))
    options = options_for(c, operator)
    x = operand(c, b, "x", first, dtype, quants[0], constant=constant == 0)
    y = x if shared else operand(c, b, "y", second, dtype, quants[1], constant=constant == 1)
    return [b.operator(operator, [x, y], [(np.broadcast_shapes(first, second), dtype, output)], options)]


def host_pair(c: Choices, b: ModelBuilder, operator: str) -> list[int]:
    """Choose an operator on int32 or float32."""
    types = {"DIV": (F32, I32), "FLOOR_DIV": (I32,)}.get(operator, (I32, F32))
    dtype = c.pick("type", *types)
    first, second = shapes(c)
    # Divisors are constant: LiteRT refuses those that are zero, and the least integer by -1 ends the process.
    divides = operator in ("DIV", "FLOOR_DIV") and dtype == I32
    constant = 1 if divides else c.pick("constant", None, None, 0, 1)
    shared = constant is None and first == second and operator != "DIV" and c.chance("shared", 10)
    options = options_for(c, operator)
    x = operand(c, b, "x", first, dtype, None, constant=constant == 0)
    if divides:
        values = c.integers("y", second, I32, 1, c.pick("divisor.reach", 3, 100, 30000), 1)
        signs = c.integers("y.sign", second, I32, 0, 1)
        y = b.constant(np.where(signs == 0, values, -values).astype(np.int32))
    else:
        y = x if shared else operand(c, b, "y", second, dtype, None, constant=constant == 1)
    return [b.operator(operator, [x, y], [(np.broadcast_shapes(first, second), dtype, None)], options)]


def function(c: Choices, b: ModelBuilder, operator: str) -> list[int]:
    """Choose a function of one number."""
    dtype = c.type()
    low = int(np.iinfo(dtype).min)
    quant = c.quant("x", dtype, -14, 4)
    shape = (256,) if c.chance("every", 60) else c.shape("x", 0, 4, 5)
    options = None
    if operator == "LOGISTIC":
        output = Quant(1 / 256, low)
    elif operator == "TANH":
        output = Quant(1 / 128, low + 128) if c.chance("standard", 60) else c.quant("output", dtype, -10, 0)
    else:
        output = c.quant_near("output", dtype, float(quant.scales[0]), 5, extreme=16)
    if operator == "LEAKY_RELU":
        options = schema.LeakyReluOptionsT()
        options.alpha = float(c.scale("alpha", -20, 3)) * (-1 if c.chance("alpha.negative", 15) else 1)
        if c.chance("alpha.zero", 5):
            options.alpha = 0.0
    elif operator == "HARD_SWISH":
        options = schema.HardSwishOptionsT()
    return [b.operator(operator, [b.input(shape, dtype, quant)], [(shape, dtype, output)], options)]


def quantize(c: Choices, b: ModelBuilder) -> list[int]:
    """QUANTIZE from float32, or between quantizations of 8 bits."""
    dtype, source = c.type(), c.pick("source", U8, I8, F32)
    shape = c.shape("x", 0, 4, 5)
    if source == F32:
        return [b.quantize(b.input(shape, F32), dtype, c.quant("output", dtype, -12, 4))]
    quant = c.quant("x", source)
    output = c.quant_near("output", dtype, float(quant.scales[0]), 7, extreme=50)
    require_shift(float(quant.scales[0]) / float(output.scales[0]))
    return [b.quantize(b.input(shape, source, quant), dtype, output)]


def dequantize(c: Choices, b: ModelBuilder) -> list[int]:
    """DEQUANTIZE."""
    dtype = c.type()
    return [b.dequantize(b.input(c.shape("x", 0, 4, 5), dtype, c.quant("x", dtype, -40, 20)))]


def clamp(c: Choices, b: ModelBuilder, operator: str) -> list[int]:
    """RELU, RELU6 or RELU_N1_TO_1 as an operator of its own."""
    dtype = c.type()
    quant = c.quant("x", dtype, -14, 4)
    shape = (256,) if c.chance("every", 60) else c.shape("x", 0, 4, 5)
    output = c.quant_near("output", dtype, float(quant.scales[0]), 6, extreme=30)
    if operator != "RELU" and (6 if operator == "RELU6" else 1) / float(output.scales[0]) >= 2 ** 31:
        raise LeftOut("LiteRT converts the clamp's end to an int32 that cannot hold it")
    return [b.activation(operator, b.input(shape, dtype, quant), output)]


def cast(c: Choices, b: ModelBuilder) -> list[int]:
    """CAST."""
    source, target = c.pick("types", (I32, F32), (F32, I32), (U8, F32), (I8, F32), (I8, I32), (U8, I32), (I32, I8),
                            (I32, U8), (U8, I8), (I8, U8), (F32, F32), (F32, I8), (F32, U8))
    shape = c.shape("x", 0, 4, 5)
    return [b.operator("CAST", [b.input(shape, source)], [(shape, target, None)], options_of("CastOptions"))]


def square_root(c: Choices, b: ModelBuilder) -> list[int]:
    """SQRT of float32; the recipe's inputs are not negative."""
    shape = c.shape("x", 0, 4, 5)
    return [b.operator("SQRT", [b.input(shape, F32)], [(shape, F32, None)], None)]

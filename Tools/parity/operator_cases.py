"""Cases of operators on single elements, of those that move, look up or compare them, and of the host's arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from fixtures import Case, random_values, seed_of, standard_runs
from tflite_builder import ACTIVATIONS, ModelBuilder, Quant, Shape

U8, I8, I16 = np.dtype(np.uint8), np.dtype(np.int8), np.dtype(np.int16)
I32, F32 = np.dtype(np.int32), np.dtype(np.float32)
SHORT = {U8: "u8", I8: "i8", I32: "i32", F32: "f32"}


def zero(dtype: np.dtype, fraction: float) -> int:
    """Return a zero point at `fraction` of the type's range."""
    limits = np.iinfo(dtype)
    return int(round(limits.min + fraction * (limits.max - limits.min)))


def case(name: str, operator: str, notes: str, build: Callable[[ModelBuilder, np.random.Generator], list[int]],
         extra: dict[str, list[np.ndarray]] | None = None) -> Case:
    """Build a case; `extra` are runs beside the standard ones."""
    rng = np.random.default_rng(seed_of(name))
    builder = ModelBuilder()
    outputs = build(builder, rng)
    return Case(name, operator, notes, seed_of(name), builder.build(outputs),
                standard_runs(builder, rng) | (extra or {}))


def every(dtype: np.dtype) -> dict[str, list[np.ndarray]]:
    """Make a run with all 256 values."""
    return {"every.": [np.arange(256).astype(np.uint8).view(dtype)]}


def fused(kind: str, activation: str = "NONE") -> Any:
    """Options of the table `kind` with a fused activation."""
    options = getattr(schema, kind)()
    options.fusedActivationFunction = ACTIVATIONS.index(activation)
    return options


# Two operands


def pair(name: str, operator: str, options: Any, dtype: np.dtype, shapes: tuple[Shape, Shape],
         quants: Sequence[Quant | None], notes: str, constant: int | None = None) -> Case:
    """Make a case of an operator on two operands, one of which may be constant."""

    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        operands = [b.constant(random_values(rng, shape, dtype), quant) if position == constant
                    else b.input(shape, dtype, quant)
                    for position, (shape, quant) in enumerate(zip(shapes, quants[:2], strict=True))]
        return [b.operator(operator, operands, [(np.broadcast_shapes(*shapes), dtype, quants[2])], options)]

    return case(name, operator, notes, build)


def pairs(dtype: np.dtype) -> Iterator[Case]:
    """SUB, MUL, MAXIMUM, MINIMUM and PRELU."""
    same, large = ((1, 4, 5, 6),) * 2, ((2, 24, 10, 10),) * 2
    plain = ((0.043, 0.3), (0.071, 0.6), (0.102, 0.5))
    for operator, table, product in (("SUB", "SubOptionsT", False), ("MUL", "MulOptionsT", True)):
        short = f"{operator.lower()}_{SHORT[dtype]}"
        for suffix, shapes, parts, activation, constant, notes in (
                ("plain", same, plain, "NONE", None, "different scales"),
                ("ties", same, ((0.25, 0.5), (0.5, 0.5), (2.0, 0.5)), "NONE", None, "power-of-two scales"),
                ("apart", same, ((3e-6, 0.3), (3.0, 0.6), (4.0, 0.5)), "NONE", None, "scales 10^6 apart"),
                ("gain", same, ((0.05, 0.5), (0.09, 0.5), (0.0003 if product else 0.013, 0.5)), "NONE", None,
                 "an output scale far below the inputs'"),
                ("relu6", same, ((0.03, 0.4), (0.05, 0.4), (0.04, 0.2)), "RELU6", None, "fused RELU6"),
                ("ends", same, ((0.043, 0.0), (0.071, 1.0), (0.5, 0.0)), "RELU", None, "zero points at the ends"),
                ("channel", ((2, 3, 2, 5), (5,)), plain, "NONE", 1, "a constant for each channel"),
                ("scalar", ((), (2, 3, 4)), plain, "NONE", 0, "a constant scalar as first operand"),
                ("crossed", ((3, 1, 4), (2, 1, 5, 1)), plain, "NONE", None, "both broadcast, ranks differ"),
                ("large", large, plain, "NONE", None, "many elements")):
            quants = [Quant(scale, zero(dtype, at)) for scale, at in parts]
            yield pair(f"{short}_{suffix}", operator, fused(table, activation), dtype, shapes, quants, notes, constant)
    quant = Quant(0.05, zero(dtype, 0.4))
    for operator in ("MAXIMUM", "MINIMUM"):
        short = f"{operator.lower()}_{SHORT[dtype]}"
        options = schema.MaximumMinimumOptionsT()
        yield pair(f"{short}_plain", operator, options, dtype, same, (quant,) * 3, "equal shapes")
        yield pair(f"{short}_channel", operator, options, dtype, ((2, 3, 2, 5), (5,)), (quant,) * 3, "a constant", 1)
        yield pair(f"{short}_crossed", operator, options, dtype, ((3, 1, 4), (2, 1, 5, 1)), (quant,) * 3, "broadcast")
    for suffix, parts in (("plain", plain), ("ties", ((0.25, 0.5), (0.5, 0.5), (0.5, 0.5))),
                          ("gain", ((0.5, 0.3), (0.9, 0.2), (0.11, 0.9)))):
        quants = [Quant(scale, zero(dtype, at)) for scale, at in parts]
        yield pair(f"prelu_{SHORT[dtype]}_{suffix}", "PRELU", None, dtype, ((2, 4, 3, 5), (1, 1, 5)), quants,
                   "slopes for each channel", 1)
    yield pair(f"prelu_{SHORT[dtype]}_slopes", "PRELU", None, dtype, ((2, 3, 5), (2, 3, 5)),
               [Quant(scale, zero(dtype, at)) for scale, at in plain], "slopes that are computed")


def host_pairs() -> Iterator[Case]:
    """Arithmetic without scales."""
    shapes = ((3, 1, 4), (2, 1, 5, 1))
    for dtype in (I32, F32):
        short = SHORT[dtype]
        for operator, table in (("ADD", "AddOptionsT"), ("SUB", "SubOptionsT"), ("MUL", "MulOptionsT")):
            for activation in ("NONE", "RELU6"):
                yield pair(f"{operator.lower()}_{short}_{activation.lower()}", operator, fused(table, activation), dtype,
                           shapes, (None,) * 3, "without scales")
        for operator in ("MAXIMUM", "MINIMUM"):
            yield pair(f"{operator.lower()}_{short}", operator, schema.MaximumMinimumOptionsT(), dtype, shapes,
                       (None,) * 3, "without scales")
    zeros = [np.array([0.0, -0.0, 0.0, -0.0], np.float32), np.array([-0.0, 0.0, 0.0, -0.0], np.float32)]
    for operator in ("MAXIMUM", "MINIMUM"):
        yield case(f"{operator.lower()}_f32_zeros", operator, "zeros of both signs", lambda b, _, o=operator: [
            b.operator(o, [b.input((4,), F32), b.input((4,), F32)], [((4,), F32, None)],
                       schema.MaximumMinimumOptionsT())], {"edge.": zeros})
    yield pair("div_f32", "DIV", fused("DivOptionsT"), F32, shapes, (None,) * 3, "without scales")

    def division(operator: str, options: Any) -> Case:
        def build(b: ModelBuilder, _: np.random.Generator) -> list[int]:
            divisors = np.array([1, -1, 2, -2, 3, 7, -48, 1000], np.int32)
            return [b.operator(operator, [b.input((5, 8), I32), b.constant(divisors)], [((5, 8), I32, None)], options)]

        small = (np.arange(40, dtype=np.int32) - 20).reshape(5, 8)
        return case(f"{operator.lower()}_i32", operator, "every sign", build, {"small.": [small]})

    yield division("DIV", fused("DivOptionsT"))
    yield division("FLOOR_DIV", schema.FloorDivOptionsT())


# One operand


def single(name: str, operator: str, options: Any, dtype: np.dtype, quants: tuple[Quant, Quant], notes: str) -> Case:
    """Make a case of a function of one number, on all 256."""
    return case(name, operator, notes, lambda b, _: [
        b.operator(operator, [b.input((256,), dtype, quants[0])], [((256,), dtype, quants[1])], options)], every(dtype))


def functions(dtype: np.dtype) -> Iterator[Case]:
    """LOGISTIC, TANH, HARD_SWISH and LEAKY_RELU."""
    short, low = SHORT[dtype], np.iinfo(dtype).min
    for suffix, scale, at in (("plain", 0.0471, 0.5), ("steep", 0.9, 0.3), ("flat", 0.003, 0.7), ("ends", 0.031, 1.0)):
        quant = Quant(scale, zero(dtype, at))
        yield single(f"logistic_{short}_{suffix}", "LOGISTIC", None, dtype, (quant, Quant(1 / 256, low)), suffix)
        for output, other in (("", Quant(1 / 128, zero(dtype, 0.5))), ("_other", Quant(0.011, zero(dtype, 0.2)))):
            yield single(f"tanh_{short}_{suffix}{output}", "TANH", None, dtype, (quant, other), suffix)
    for suffix, x, y in (("plain", (0.047, 0.5), (0.031, 0.1)), ("wide", (0.39, 0.4), (0.21, 0.3)),
                         ("narrow", (0.004, 0.5), (0.0031, 0.5)), ("fine", (0.5, 0.5), (0.0079, 0.5)),
                         ("power", (0.0625, 0.5), (0.03125, 0.25)), ("coarse", (0.0625, 0.5), (64.0, 0.5)),
                         ("tiny", (1e-8, 0.5), (1e-8, 0.5))):
        quants = (Quant(x[0], zero(dtype, x[1])), Quant(y[0], zero(dtype, y[1])))
        yield single(f"hard_swish_{short}_{suffix}", "HARD_SWISH", schema.HardSwishOptionsT(), dtype, quants, suffix)
    for suffix, alpha, x, y in (("plain", 0.1, (0.05, 0.4), (0.041, 0.3)), ("steep", 1.7, (0.05, 0.6), (0.09, 0.5)),
                                ("ties", 0.5, (0.25, 0.5), (0.5, 0.5)), ("zero", 0.0, (0.05, 0.4), (0.031, 0.2)),
                                ("negative", -0.3, (0.05, 0.4), (0.031, 0.2)),
                                ("negative_ties", -0.5, (0.25, 0.5), (0.5, 0.5))):
        options = schema.LeakyReluOptionsT()
        options.alpha = alpha
        quants = (Quant(x[0], zero(dtype, x[1])), Quant(y[0], zero(dtype, y[1])))
        yield single(f"leaky_relu_{short}_{suffix}", "LEAKY_RELU", options, dtype, quants, f"alpha {alpha}")


def host_functions() -> Iterator[Case]:
    """SQRT and CAST."""
    roots = np.array([0.0, 1.0, 2.0, 0.5, 1e-30, 3e38, 7.25, 1e-44], np.float32)
    yield case("sqrt_f32", "SQRT", "roots of positive numbers", lambda b, _: [
        b.operator("SQRT", [b.input((8,), F32)], [((8,), F32, None)], None)], {"": [roots]})
    wholes = np.array([2 ** 24 + 1, -2 ** 24 - 3, 2 ** 31 - 1, -2 ** 31, 0, -1, 33554435, 7], np.int32)
    reals = np.array([0.5, -0.5, 1.99, -1.99, 2e9, -2e9, 100.0, -0.0], np.float32)
    far = np.array([np.nan, np.inf, -np.inf, 2.0 ** 31, -2.0 ** 31, 1e20, 255.5, -128.9], np.float32)
    for source, target, values in ((U8, F32, None), (I8, F32, None), (I32, F32, wholes), (F32, I32, reals),
                                   (I32, I8, wholes), (I8, I32, None), (U8, I32, None), (F32, U8, reals),
                                   (F32, I8, reals)):
        extra = {} if values is None else {"edge.": [values]}
        if source == F32:
            extra["far."] = [far]
        yield case(f"cast_{SHORT[source]}_{SHORT[target]}", "CAST", "without scales",
                   lambda b, _, s=source, t=target: [
                       b.operator("CAST", [b.input((8,), s)], [((8,), t, None)], schema.CastOptionsT())], extra)


# Images


def resizes(dtype: np.dtype) -> Iterator[Case]:
    """RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR."""
    quant = Quant(0.05, zero(dtype, 0.3))
    for kind, table in (("BILINEAR", "ResizeBilinearOptionsT"), ("NEAREST_NEIGHBOR", "ResizeNearestNeighborOptionsT")):
        for suffix, size, to, align, half in (
                ("up", (4, 3), (9, 7), False, False), ("down", (9, 8), (4, 3), False, False),
                ("corners", (4, 5), (9, 11), True, False), ("half", (3, 4), (6, 8), False, True),
                ("half_down", (9, 7), (4, 3), False, True), ("one", (1, 1), (4, 5), True, False),
                ("to_one", (5, 4), (1, 1), True, False), ("odd", (7, 5), (13, 17), False, True),
                ("corners_half", (4, 5), (9, 11), True, True)):
            if align and half and kind == "BILINEAR":
                continue
            options = getattr(schema, table)()
            options.alignCorners, options.halfPixelCenters = align, half

            def build(b: ModelBuilder, _: np.random.Generator, kind: str = kind, size: Shape = size, to: Shape = to,
                      options: Any = options) -> list[int]:
                x = b.input((2, *size, 3), dtype, quant)
                return [b.operator(f"RESIZE_{kind}", [x, b.constant(np.array(to, np.int32))],
                                   [((2, *to, 3), dtype, quant)], options)]

            yield case(f"resize_{kind.lower().split('_')[0]}_{SHORT[dtype]}_{suffix}", f"RESIZE_{kind}",
                       f"{size} to {to}" + ", corners aligned" * align + ", half-pixel centres" * half, build)


# Movements


def numbers(b: ModelBuilder, *values: int) -> int:
    """Add a constant list."""
    return b.constant(np.array(values, np.int32))


def moved(name: str, operator: str, dtype: np.dtype, shape: Shape,
          rest: Callable[[ModelBuilder, int], list[int]], outputs: Sequence[Shape], options: Any, notes: str) -> Case:
    """Make a case of an operator that moves elements; `rest` gives all operands for the input."""
    quant = Quant(0.05, zero(dtype, 0.3)) if dtype in (U8, I8) else Quant(0.0005) if dtype == I16 else None

    def build(b: ModelBuilder, _: np.random.Generator) -> list[int]:
        operands = rest(b, b.input(shape, dtype, quant))
        first = b.operator(operator, operands, [(s, dtype, quant) for s in outputs], options)
        return list(range(first, first + len(outputs)))

    return case(name, operator, notes, build)


def options_of(table: str, **values: int | bool | list[int]) -> Any:
    """Options of a table with some fields."""
    options = getattr(schema, table + "T")()
    for key, value in values.items():
        setattr(options, key, value)
    return options


def movements(dtype: np.dtype) -> Iterator[Case]:
    """Everything that takes elements to other places."""
    short = SHORT[dtype]

    def make(suffix: str, operator: str, shape: Shape, outputs: Sequence[Shape], options: Any, notes: str,
             rest: Callable[[ModelBuilder, int], list[int]] = lambda b, x: [x]) -> Case:
        return moved(f"{suffix.format(short)}", operator, dtype, shape, rest, outputs, options, notes)

    transposed = schema.TransposeOptionsT()
    yield make("transpose_{}_image", "TRANSPOSE", (2, 3, 4, 5), [(2, 5, 3, 4)], transposed, "channels first",
               lambda b, x: [x, numbers(b, 0, 3, 1, 2)])
    yield make("transpose_{}_matrix", "TRANSPOSE", (4, 7), [(7, 4)], transposed, "two axes",
               lambda b, x: [x, numbers(b, 1, 0)])
    yield make("transpose_{}_reverse", "TRANSPOSE", (2, 3, 4), [(4, 3, 2)], transposed, "three axes",
               lambda b, x: [x, numbers(b, 2, 1, 0)])
    yield make("slice_{}", "SLICE", (3, 5, 4), [(2, 3, 4)], schema.SliceOptionsT(), "a box, and all the rest",
               lambda b, x: [x, numbers(b, 1, 2, 0), numbers(b, 2, 3, -1)])
    for suffix, shape, output, begin, end, step, masks in (
            ("plain", (4, 6, 3), (2, 3, 3), (1, 0, 0), (3, 6, 3), (1, 2, 1), {}),
            ("backwards", (4, 6), (4, 3), (-1, 5), (-6, 0), (-1, -2), {}),
            ("masks", (4, 6, 3), (3, 4, 3), (1, 2, 9), (0, 6, 0), (1, 1, 1), {"beginMask": 4, "endMask": 5}),
            ("shrinks", (4, 6, 3), (3, 3), (2, 1, 0), (3, 4, 3), (1, 1, 1), {"shrinkAxisMask": 1}),
            ("ellipsis", (2, 3, 4, 5), (1, 3, 4, 3), (1, 0, 1), (2, 0, 4), (1, 1, 1), {"ellipsisMask": 2}),
            ("new_axes", (4, 6), (1, 2, 1, 3), (0, 1, 0, 0), (0, 3, 0, 6), (1, 1, 1, 2), {"newAxisMask": 5}),
            ("ellipsis_new_axis", (2, 3, 4), (2, 3, 1), (0, 0, 3), (0, 0, 0), (1, 1, 1),
             {"ellipsisMask": 1, "newAxisMask": 2, "shrinkAxisMask": 4}),
            ("backwards_masks", (5, 4), (5, 4), (0, 0), (0, 0), (-1, -1), {"beginMask": 3, "endMask": 3})):
        yield make(f"strided_slice_{{}}_{suffix}", "STRIDED_SLICE", shape, [output],
                   options_of("StridedSliceOptions", **masks), f"{begin} to {end} by {step}, {masks}",
                   lambda b, x, v=(begin, end, step): [x, *(numbers(b, *list_) for list_ in v)])
    yield make("split_{}", "SPLIT", (2, 6, 3), [(2, 2, 3)] * 3, options_of("SplitOptions", numSplits=3), "three parts",
               lambda b, x: [b.constant(np.array(1, np.int32)), x])
    yield make("split_{}_negative", "SPLIT", (2, 3, 4), [(2, 3, 2)] * 2, options_of("SplitOptions", numSplits=2),
               "axis counted from the end", lambda b, x: [b.constant(np.array(-1, np.int32)), x])
    yield make("split_v_{}", "SPLIT_V", (2, 7, 3), [(2, 2, 3), (2, 4, 3), (2, 1, 3)],
               options_of("SplitVOptions", numSplits=3), "parts of 2, the rest and 1",
               lambda b, x: [x, numbers(b, 2, -1, 1), b.constant(np.array(1, np.int32))])
    yield make("unpack_{}", "UNPACK", (2, 3, 4), [(2, 4)] * 3, options_of("UnpackOptions", num=3, axis=1), "axis 1")
    yield make("unpack_{}_negative", "UNPACK", (2, 3), [(2,)] * 3, options_of("UnpackOptions", num=3, axis=-1),
               "the last axis")
    yield make("squeeze_{}_all", "SQUEEZE", (1, 3, 1, 4), [(3, 4)], options_of("SqueezeOptions"), "all axes of one")
    yield make("squeeze_{}_one", "SQUEEZE", (1, 3, 1, 4), [(1, 3, 4)], options_of("SqueezeOptions", squeezeDims=[-2]),
               "one axis")
    yield make("expand_dims_{}", "EXPAND_DIMS", (3, 4), [(3, 4, 1)], schema.ExpandDimsOptionsT(), "a last axis",
               lambda b, x: [x, b.constant(np.array(-1, np.int32))])
    yield make("space_to_depth_{}", "SPACE_TO_DEPTH", (2, 4, 6, 3), [(2, 2, 3, 12)],
               options_of("SpaceToDepthOptions", blockSize=2), "blocks of 2")
    yield make("depth_to_space_{}", "DEPTH_TO_SPACE", (2, 2, 3, 12), [(2, 4, 6, 3)],
               options_of("DepthToSpaceOptions", blockSize=2), "blocks of 2")
    yield make("gather_{}", "GATHER", (3, 5, 4), [(3, 2, 3, 4)], options_of("GatherOptions", axis=1), "axis 1",
               lambda b, x: [x, b.constant(np.array([[4, 0, 2], [2, 2, 1]], np.int32))])
    yield make("gather_{}_batches", "GATHER", (2, 3, 4, 2), [(2, 3, 2, 2)],
               options_of("GatherOptions", axis=2, batchDims=1), "positions for each of the first axis",
               lambda b, x: [x, b.constant(np.array([[3, 0], [1, 1]], np.int32))])
    yield make("gather_{}_negative", "GATHER", (3, 5), [(3, 2)], options_of("GatherOptions", axis=-1), "the last axis",
               lambda b, x: [x, numbers(b, 4, 1)])
    yield make("gather_nd_{}", "GATHER_ND", (3, 5, 4), [(2, 4)], schema.GatherNdOptionsT(), "slices",
               lambda b, x: [x, b.constant(np.array([[2, 4], [0, 1]], np.int32))])
    yield make("gather_nd_{}_elements", "GATHER_ND", (3, 5), [(2, 2)], schema.GatherNdOptionsT(), "elements",
               lambda b, x: [x, b.constant(np.array([[[2, 4], [0, 1]], [[1, 1], [2, 0]]], np.int32))])
    yield pack(f"pack_{short}_first", dtype, (2, 3), 0)
    yield pack(f"pack_{short}_last", dtype, (2, 3, 1, 2), -1)
    yield pack(f"pack_{short}_middle", dtype, (2, 3, 4), 2)
    if dtype in (U8, I8):
        yield from positions(dtype)


def pack(name: str, dtype: np.dtype, shape: Shape, axis: int) -> Case:
    """PACK of two inputs and a constant."""
    quant = Quant(0.05, zero(dtype, 0.3)) if dtype in (U8, I8) else Quant(0.0005) if dtype == I16 else None
    place = axis + len(shape) + 1 if axis < 0 else axis

    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        operands = [b.input(shape, dtype, quant), b.constant(random_values(rng, shape, dtype), quant),
                    b.input(shape, dtype, quant)]
        output = (*shape[:place], 3, *shape[place:])
        return [b.operator("PACK", operands, [(output, dtype, quant)],
                           options_of("PackOptions", valuesCount=3, axis=axis))]

    return case(name, "PACK", f"axis {axis}, one operand constant", build)


def positions(dtype: np.dtype) -> Iterator[Case]:
    """ARG_MAX and ARG_MIN, and positions that are computed and looked up."""
    short, quant = SHORT[dtype], Quant(0.05, zero(dtype, 0.3))
    ties = np.array([[3, 7, 7, 1, 7], [0, 0, 0, 0, 0], [1, 2, 1, 2, 1]], np.uint8).view(dtype)
    for kind in ("MAX", "MIN"):
        for suffix, shape, axis, out, code in (("last", (3, 5), 1, (3,), schema.TensorType.INT32),
                                               ("long", (3, 5), -1, (3,), schema.TensorType.INT64),
                                               ("first", (3, 5), 0, (5,), schema.TensorType.INT32),
                                               ("middle", (2, 7, 4), 1, (2, 4), schema.TensorType.INT32)):
            result = np.int64 if code == schema.TensorType.INT64 else np.int32
            yield case(f"arg_{kind.lower()}_{short}_{suffix}", f"ARG_{kind}", f"axis {axis}",
                       lambda b, _, s=shape, a=axis, o=out, c=code, t=result, k=kind: [b.operator(
                           f"ARG_{k}", [b.input(s, dtype, quant), b.constant(np.array(a, np.int32))],
                           [(o, np.dtype(t), None)],
                           options_of("ArgMaxOptions" if k == "MAX" else "ArgMinOptions", outputType=c))],
                       {"ties.": [ties]} if shape == (3, 5) else None)

    def chosen(b: ModelBuilder, _: np.random.Generator) -> list[int]:
        x, y = b.input((4, 6), dtype, quant), b.input((6, 3), dtype, quant)
        best = b.operator("ARG_MAX", [x, b.constant(np.array(1, np.int32))], [((4,), I32, None)],
                          options_of("ArgMaxOptions", outputType=schema.TensorType.INT32))
        return [b.operator("GATHER", [y, best], [((4, 3), dtype, quant)], options_of("GatherOptions", axis=0))]

    yield case(f"gather_{short}_computed", "GATHER", "positions that ARG_MAX computes", chosen)


# Sums, lengths and products


def sums(dtype: np.dtype) -> Iterator[Case]:
    """SUM."""
    for suffix, shape, axes, keep, x, y in (
            ("image", (2, 5, 3, 4), [1, 2], True, (0.05, 0.4), (0.9, 0.3)),
            ("flat", (2, 5, 3, 4), [-1], False, (0.031, 0.6), (0.071, 0.5)),
            ("ties", (1, 4, 4, 8), [1, 2], False, (0.25, 0.5), (2.0, 0.5)),
            ("all", (3, 7, 2), [0, 1, 2], False, (0.07, 0.2), (1.3, 0.7)),
            ("gain", (2, 6, 4), [1], False, (0.5, 0.0), (0.11, 0.5))):
        reduced = {axis % len(shape) for axis in axes}
        output = tuple(1 if k in reduced else d for k, d in enumerate(shape) if keep or k not in reduced)
        quants = [Quant(scale, zero(dtype, at)) for scale, at in (x, y)]
        yield case(f"sum_{SHORT[dtype]}_{suffix}", "SUM", f"axes {axes}",
                   lambda b, _, s=shape, a=axes, o=output, q=quants, k=keep: [b.operator(
                       "SUM", [b.input(s, dtype, q[0]), numbers(b, *a)], [(o, dtype, q[1])],
                       options_of("ReducerOptions", keepDims=k))])


def lengths(dtype: np.dtype) -> Iterator[Case]:
    """L2_NORMALIZATION."""
    output = Quant(1 / 128, 0 if dtype == I8 else 128)
    for suffix, shape, at in (("plain", (3, 16), 0.5), ("short", (16, 2), 0.3), ("image", (1, 3, 4, 5), 0.6),
                              ("long", (2, 600), 0.0)):
        quant = Quant(0.05, zero(dtype, at))
        few = np.full(shape, quant.zero_points[0], dtype)
        few[..., -1] += 1
        yield case(f"l2_normalization_{SHORT[dtype]}_{suffix}", "L2_NORMALIZATION", f"rows of {shape[-1]}",
                   lambda b, _, s=shape, q=quant: [b.operator(
                       "L2_NORMALIZATION", [b.input(s, dtype, q)], [(s, dtype, output)], schema.L2NormOptionsT())],
                   {"zero.": [np.full(shape, quant.zero_points[0], dtype)], "one.": [few]})


def products() -> Iterator[Case]:
    """BATCH_MATMUL, which takes int8 alone."""
    for suffix, a, b_shape, output, first, second, constant in (
            ("plain", (2, 3, 8), (2, 8, 5), (2, 3, 5), False, False, False),
            ("first", (2, 8, 3), (2, 8, 5), (2, 3, 5), True, False, False),
            ("second", (2, 3, 8), (2, 5, 8), (2, 3, 5), False, True, False),
            ("both", (8, 3), (5, 8), (3, 5), True, True, False),
            ("broadcast", (2, 1, 4, 6), (3, 6, 2), (2, 3, 4, 2), False, False, False),
            ("constant", (2, 3, 8), (8, 5), (2, 3, 5), False, False, True)):
        quants = (Quant(0.031, 17), Quant(0.022, 0 if constant else -5), Quant(0.43, -9))

        def build(b: ModelBuilder, rng: np.random.Generator, a: Shape = a, y: Shape = b_shape, o: Shape = output,
                  t: tuple[bool, bool] = (first, second), c: bool = constant,
                  q: tuple[Quant, ...] = quants) -> list[int]:
            x = b.input(a, I8, q[0])
            other = b.constant(random_values(rng, y, I8), q[1]) if c else b.input(y, I8, q[1])
            return [b.operator("BATCH_MATMUL", [x, other], [(o, I8, q[2])],
                               options_of("BatchMatMulOptions", adjX=t[0], adjY=t[1]))]

        yield case(f"batch_matmul_i8_{suffix}", "BATCH_MATMUL", f"{a} by {b_shape}", build)


def transposed_convolutions(dtype: np.dtype) -> Iterator[Case]:
    """TRANSPOSE_CONV."""
    for suffix, size, kernel, stride, padding, channels, biased, activation in (
            ("same", (4, 5), (3, 3), (2, 2), "SAME", (3, 4), True, "NONE"),
            ("valid", (4, 5), (3, 3), (2, 2), "VALID", (3, 4), True, "NONE"),
            ("even", (3, 3), (2, 2), (2, 2), "SAME", (5, 2), False, "NONE"),
            ("even_valid", (3, 4), (4, 4), (2, 2), "VALID", (2, 3), True, "NONE"),
            ("one", (4, 4), (3, 3), (1, 1), "SAME", (8, 8), True, "NONE"),
            ("rectangle", (3, 4), (3, 5), (2, 3), "SAME", (2, 3), True, "NONE"),
            ("gaps", (3, 3), (2, 2), (3, 3), "VALID", (2, 3), True, "NONE"),
            ("relu", (4, 4), (3, 3), (2, 2), "SAME", (4, 4), True, "RELU")):
        to = tuple(s * t if padding == "SAME" else (s - 1) * t + k
                   for s, t, k in zip(size, stride, kernel, strict=True))

        def build(b: ModelBuilder, rng: np.random.Generator, size: Shape = size, kernel: Shape = kernel,
                  stride: tuple[int, int] = stride, padding: str = padding, channels: tuple[int, int] = channels,
                  biased: bool = biased, activation: str = activation, to: Shape = to) -> list[int]:
            depth, out = channels
            count = out if dtype == I8 else 1
            quant = Quant(0.037, zero(dtype, 0.4))
            scales = (0.002 + 0.004 * rng.random(count)).astype(np.float32)
            weights = Quant(scales, 0 if dtype == I8 else 117)
            options = options_of("TransposeConvOptions", strideH=stride[0], strideW=stride[1],
                                 padding=getattr(schema.Padding, padding),
                                 fusedActivationFunction=ACTIVATIONS.index(activation))
            operands = [numbers(b, 2, *to, out), b.constant(random_values(rng, (out, *kernel, depth), dtype), weights),
                        b.input((2, *size, depth), dtype, quant)]
            if biased:
                operands.append(b.constant(rng.integers(-9000, 9000, out).astype(np.int32),
                                           Quant(quant.scales * scales)))
            return [b.operator("TRANSPOSE_CONV", operands, [((2, *to, out), dtype, Quant(0.11, zero(dtype, 0.5)))],
                               options)]

        yield case(f"transpose_conv_{SHORT[dtype]}_{suffix}", "TRANSPOSE_CONV",
                   f"{kernel} by {stride}, {padding}", build)


# Sequences


def sequence(name: str, notes: str, *, batch: int = 2, time: int = 5, inputs: int = 7, cells: int = 6,
             clip: float = 0.0, time_major: bool = False, cell_scale: float = 2.0 ** -12, input_scale: float = 0.031,
             state: Quant = Quant(0.0071, -3)) -> Case:
    """UNIDIRECTIONAL_SEQUENCE_LSTM with 8-bit weights and 16-bit cells."""

    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        quant = Quant(input_scale, -20)
        shape = (time, batch) if time_major else (batch, time)
        x = b.input((*shape, inputs), I8, quant)
        scales = 0.004 + 0.006 * rng.random(8)
        weights = [b.constant(rng.integers(-127, 128, (cells, inputs if k < 4 else cells)).astype(np.int8),
                              Quant(np.float32(scales[k]))) for k in range(8)]
        biases = [b.constant(rng.integers(-9000, 9000, cells).astype(np.int32),
                             Quant(np.float32(scales[k]) * quant.scales)) for k in range(4)]
        output_state = b.variable((batch, cells), I8, state)
        cell_state = b.variable((batch, cells), np.dtype(np.int16), Quant(cell_scale))
        hidden = [b.intermediate(F32, None) for _ in range(4)] + [b.intermediate(I8, state)]
        options = schema.UnidirectionalSequenceLSTMOptionsT()
        options.fusedActivationFunction = ACTIVATIONS.index("TANH")
        options.cellClip, options.timeMajor = clip, time_major
        operands = [x, *weights, -1, -1, -1, *biases, -1, -1, output_state, cell_state, -1, -1, -1, -1]
        return [b.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [((*shape, cells), I8, state)], options, hidden)]

    return case(name, "UNIDIRECTIONAL_SEQUENCE_LSTM", notes, build)


def svdf(name: str, notes: str, *, rank: int = 2, memory: int = 4, inputs: int = 9, units: int = 5,
         biased: bool = True, state_scale: float = 0.0021, activation: str = "RELU") -> Case:
    """SVDF with 8-bit features and 16-bit times."""

    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        quant, held = Quant(0.043, 11), Quant(state_scale)
        filters = rank * units
        x = b.input((2, inputs), I8, quant)
        features = b.constant(rng.integers(-127, 128, (filters, inputs)).astype(np.int8), Quant(0.0061))
        times = b.constant(rng.integers(-32767, 32768, (filters, memory)).astype(np.int16), Quant(0.000031))
        bias = [b.constant(rng.integers(-2 ** 22, 2 ** 22, units).astype(np.int32), Quant(held.scales * 0.000031))]
        state = b.variable((2, memory * filters), np.dtype(np.int16), held)
        options = schema.SVDFOptionsT()
        options.rank, options.fusedActivationFunction = rank, ACTIVATIONS.index(activation)
        return [b.operator("SVDF", [x, features, times, *(bias if biased else [-1]), state],
                           [((2, units), I8, Quant(0.09, -128))], options)]

    return case(name, "SVDF", notes, build)


def sequences() -> Iterator[Case]:
    """Long short-term memories, and the first elements of sequences through SVDF."""
    yield svdf("svdf_i8_plain", "rank 2")
    yield svdf("svdf_i8_rank1", "rank 1, without bias", rank=1, biased=False, memory=7)
    yield svdf("svdf_i8_clamped", "features beyond 16 bits", state_scale=0.00011, rank=3)
    yield sequence("lstm_i8_plain", "two sequences")
    yield sequence("lstm_i8_time_major", "time is the first axis", time_major=True)
    yield sequence("lstm_i8_clip", "cells are clipped", clip=1.5)
    yield sequence("lstm_i8_cells", "cells of another scale", cell_scale=2.0 ** -11, input_scale=0.09, time=9)
    yield sequence("lstm_i8_fine", "cells of a fine scale", cell_scale=2.0 ** -15, state=Quant(0.0078125, 0))


def all_cases() -> Iterator[Case]:
    """Every case of this file."""
    for dtype in (U8, I8):
        yield from pairs(dtype)
        yield from functions(dtype)
        yield from resizes(dtype)
        yield from movements(dtype)
        # LiteRT's reference kernel reads int8 as if it were uint8.
        if dtype == U8:
            yield from sums(dtype)
        yield from lengths(dtype)
        yield from transposed_convolutions(dtype)
    yield from products()
    yield from movements(I32)
    yield from host_pairs()
    yield from host_functions()
    yield from sequences()

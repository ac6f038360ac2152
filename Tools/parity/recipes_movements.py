"""Random operators that move elements or look some up."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from choices import F32, I8, I32, I64, U8, Choices
from operator_cases import numbers, options_of
from tflite_builder import ModelBuilder, Quant, Shape

_TYPES = (U8, I8, I8, U8, I32, F32)


def typed(c: Choices) -> tuple[np.dtype, Quant | None]:
    """Choose a type, with a quantization where it has one."""
    dtype = c.pick("type", *_TYPES)
    return dtype, c.quant("x", dtype) if dtype in (U8, I8) else None


def axis_of(c: Choices, label: str, rank: int) -> tuple[int, int]:
    """Choose an axis as it is written, which may count from the end, and as it is meant."""
    axis = c.whole(label, 0, rank - 1)
    return (axis - rank if c.chance(f"{label}.negative", 35) else axis), axis


def moved(c: Choices, b: ModelBuilder, operator: str, shape: Shape, output: Shape, options: object,
          *lists: list[int]) -> list[int]:
    """Add an operator with one data operand, constant lists, and one output."""
    dtype, quant = typed(c)
    x = b.input(shape, dtype, quant)
    return [b.operator(operator, [x, *(numbers(b, *values) for values in lists)], [(output, dtype, quant)], options)]


def transpose(c: Choices, b: ModelBuilder) -> list[int]:
    """TRANSPOSE."""
    shape = c.shape("x", 1, 5, 5)
    left = list(range(len(shape)))
    order = [left.pop(c.index(f"axis{k}", len(left))) for k in range(len(shape))]
    return moved(c, b, "TRANSPOSE", shape, tuple(shape[k] for k in order), schema.TransposeOptionsT(), order)


def reshape(c: Choices, b: ModelBuilder) -> list[int]:
    """RESHAPE, the new shape in an operand or in the options."""
    shape = c.shape("x", 0, 4, 6)
    left = int(np.prod(shape, dtype=np.int64))
    extents = []
    for k in range(c.whole("rank", 0 if left == 1 else 1, 4) - 1):
        divisors = [d for d in range(1, left + 1) if left % d == 0]
        extents.append(divisors[c.index(f"extent{k}", len(divisors))])
        left //= extents[-1]
    if left != 1 or c.chance("last", 60) or not extents:
        extents.append(left)
    if c.chance("inferred", 30):
        extents[c.index("inferred axis", len(extents))] = -1
    dtype, quant = typed(c)
    return [b.reshape(b.input(shape, dtype, quant), tuple(extents), shape_tensor=c.chance("operand", 70))]


def slices(c: Choices, b: ModelBuilder) -> list[int]:
    """SLICE."""
    shape = c.shape("x", 1, 5, 6)
    begins = [c.whole(f"begin{k}", 0, d - 1) for k, d in enumerate(shape)]
    sizes = [c.whole(f"size{k}", 1, d - begin) for k, (d, begin) in enumerate(zip(shape, begins, strict=True))]
    written = [-1 if d == begin + size and c.chance(f"rest{k}", 40) else size
               for k, (d, begin, size) in enumerate(zip(shape, begins, sizes, strict=True))]
    return moved(c, b, "SLICE", shape, tuple(sizes), schema.SliceOptionsT(), begins, written)


def strided_slice(c: Choices, b: ModelBuilder) -> list[int]:
    """STRIDED_SLICE; the output's shape is what NumPy makes of the same positions."""
    shape = c.shape("x", 1, 4, 7)
    # What each entry speaks of: an axis of the input, all that no other entry speaks of, or a new one.
    kinds = ["axis"] * c.whole("entries", 1, len(shape))
    if c.chance("ellipsis", 30):
        kinds[c.index("ellipsis.place", len(kinds))] = "ellipsis"
    for k in range(c.whole("new", 1, 2) if c.chance("adds axes", 25) else 0):
        kinds.insert(c.index(f"new.place{k}", len(kinds) + 1), "new")
    begin_mask = end_mask = shrinks = ellipsis = added = taken = 0
    begins, ends, steps, index = [], [], [], []
    for k, kind in enumerate(kinds):
        if kind != "axis":
            ellipsis |= (kind == "ellipsis") << k
            added |= (kind == "new") << k
            index.append(... if kind == "ellipsis" else None)
            if kind == "ellipsis":
                taken = len(shape) - kinds[k + 1:].count("axis")
            begins.append(c.whole(f"begin{k}", 0, 3))
            ends.append(c.whole(f"end{k}", 0, 3))
            steps.append(1)
            continue
        extent = shape[taken]
        taken += 1
        step = c.pick(f"step{k}", 1, 1, 2, 3, -1, -2, 7)
        begin, end = c.whole(f"begin{k}", -extent - 1, extent + 1), c.whole(f"end{k}", -extent - 1, extent + 1)
        if c.chance(f"shrinks{k}", 20):
            shrinks |= 1 << k
            step, begin = 1, begin % extent - (extent if c.chance(f"negative{k}", 40) else 0)
            end = begin + 1
            index.append(begin)
        else:
            from_start, to_end = c.chance(f"from start{k}", 30), c.chance(f"to end{k}", 30)
            places = slice(None if from_start else begin, None if to_end else end, step)
            if not range(extent)[places]:
                # Nothing would be left: all of the axis instead, in the same direction.
                from_start = to_end = True
                places = slice(None, None, step)
            begin_mask |= from_start << k
            end_mask |= to_end << k
            index.append(places)
        begins.append(begin)
        ends.append(end)
        steps.append(step)
    output = np.empty(shape, np.int8)[tuple(index)].shape
    return moved(c, b, "STRIDED_SLICE", shape, output,
                 options_of("StridedSliceOptions", beginMask=begin_mask, endMask=end_mask, shrinkAxisMask=shrinks,
                            ellipsisMask=ellipsis, newAxisMask=added),
                 begins, ends, steps)


def split(c: Choices, b: ModelBuilder, *, has_extents: bool) -> list[int]:
    """SPLIT or SPLIT_V."""
    rank = c.whole("rank", 1, 4)
    written, axis = axis_of(c, "axis", rank)
    count = c.whole("count", 1, 4)
    each = c.whole("part", 1, 3)
    parts = [c.whole(f"part{k}", 1, 3) if has_extents else each for k in range(count)]
    shape = tuple(sum(parts) if k == axis else c.whole(f"extent{k}", 1, 5) for k in range(rank))
    outputs = [tuple(part if k == axis else d for k, d in enumerate(shape)) for part in parts]
    dtype, quant = typed(c)
    x, where = b.input(shape, dtype, quant), b.constant(np.array(written, np.int32))
    if has_extents:
        lists = [-1 if c.chance("rest", 40) and k == c.index("rest part", count) else part
                 for k, part in enumerate(parts)]
        operands = [x, numbers(b, *lists), where]
    else:
        operands = [where, x]
    table = "SplitVOptions" if has_extents else "SplitOptions"
    first = b.operator("SPLIT_V" if has_extents else "SPLIT", operands, [(s, dtype, quant) for s in outputs],
                       options_of(table, numSplits=count))
    return list(range(first, first + count))


def unpack(c: Choices, b: ModelBuilder) -> list[int]:
    """UNPACK."""
    shape = c.shape("x", 1, 4, 4)
    written, axis = axis_of(c, "axis", len(shape))
    dtype, quant = typed(c)
    output = shape[:axis] + shape[axis + 1:]
    first = b.operator("UNPACK", [b.input(shape, dtype, quant)], [(output, dtype, quant)] * shape[axis],
                       options_of("UnpackOptions", num=shape[axis], axis=written))
    return list(range(first, first + shape[axis]))


def pack(c: Choices, b: ModelBuilder) -> list[int]:
    """PACK; operands may be constant or stand twice."""
    shape, count = c.shape("x", 0, 3, 4), c.whole("count", 1, 4)
    written, axis = axis_of(c, "axis", len(shape) + 1)
    dtype, quant = typed(c)
    operands = [b.input(shape, dtype, quant)]
    for k in range(1, count):
        kind = c.pick(f"operand{k}", "input", "constant", "again")
        if kind == "constant":
            values = c.reals(f"y{k}", shape) if dtype == F32 else c.integers(f"y{k}", shape, dtype)
            operands.append(b.constant(values, quant))
        else:
            operands.append(operands[0] if kind == "again" else b.input(shape, dtype, quant))
    return [b.operator("PACK", operands, [((*shape[:axis], count, *shape[axis:]), dtype, quant)],
                       options_of("PackOptions", valuesCount=count, axis=written))]


def squeeze(c: Choices, b: ModelBuilder) -> list[int]:
    """SQUEEZE of some or all axes of one position."""
    shape = tuple(1 if c.chance(f"one{k}", 50) else d for k, d in enumerate(c.shape("x", 1, 5, 5)))
    ones = [k for k, d in enumerate(shape) if d == 1]
    gone = [k for k in ones if c.chance(f"gone{k}", 60)]
    written = [k - len(shape) if c.chance(f"negative{k}", 35) else k for k in gone]
    if not gone:
        gone = ones
    output = tuple(d for k, d in enumerate(shape) if k not in gone)
    return moved(c, b, "SQUEEZE", shape, output, options_of("SqueezeOptions", squeezeDims=written))


def expand_dims(c: Choices, b: ModelBuilder) -> list[int]:
    """EXPAND_DIMS."""
    shape = c.shape("x", 0, 4, 5)
    written, axis = axis_of(c, "axis", len(shape) + 1)
    dtype, quant = typed(c)
    operands = [b.input(shape, dtype, quant), b.constant(np.array(written, np.int32))]
    return [b.operator("EXPAND_DIMS", operands, [((*shape[:axis], 1, *shape[axis:]), dtype, quant)],
                       schema.ExpandDimsOptionsT())]


def blocks(c: Choices, b: ModelBuilder, *, become_channels: bool) -> list[int]:
    """SPACE_TO_DEPTH or DEPTH_TO_SPACE."""
    size = c.whole("size", 1, 3)
    image = (c.whole("batch", 1, 2), c.whole("height", 1, 3), c.whole("width", 1, 3))
    depth = c.whole("depth", 1, 3)
    deep = (*image, depth * size * size)
    wide = (image[0], image[1] * size, image[2] * size, depth)
    shapes = (wide, deep) if become_channels else (deep, wide)
    name = "SPACE_TO_DEPTH" if become_channels else "DEPTH_TO_SPACE"
    table = "SpaceToDepthOptions" if become_channels else "DepthToSpaceOptions"
    return moved(c, b, name, *shapes, options_of(table, blockSize=size))


def gather(c: Choices, b: ModelBuilder) -> list[int]:
    """GATHER at constant positions, some of whose first axes may be the input's."""
    shape = c.shape("x", 1, 4, 5)
    written, axis = axis_of(c, "axis", len(shape))
    shared = c.whole("shared", 0, axis) if c.chance("shares", 40) else 0
    places = shape[:shared] + c.shape("positions", 0, 2, 4)
    batch = shared - len(places) if shared and shared < len(places) and c.chance("shared.negative", 30) else shared
    positions = b.constant(c.integers("places", places, c.pick("positions.type", I32, I64), 0, shape[axis] - 1))
    dtype, quant = typed(c)
    output = shape[:axis] + places[shared:] + shape[axis + 1:]
    return [b.operator("GATHER", [b.input(shape, dtype, quant), positions], [(output, dtype, quant)],
                       options_of("GatherOptions", axis=written, batchDims=batch))]


def gather_nd(c: Choices, b: ModelBuilder) -> list[int]:
    """GATHER_ND at constant positions."""
    shape = c.shape("x", 1, 4, 5)
    depth, places = c.whole("depth", 1, len(shape)), c.shape("positions", 1, 2, 4)
    kind = c.pick("positions.type", I32, I64)
    columns = [c.integers(f"places{k}", places, kind, 0, shape[k] - 1) for k in range(depth)]
    dtype, quant = typed(c)
    return [b.operator("GATHER_ND", [b.input(shape, dtype, quant), b.constant(np.stack(columns, axis=-1))],
                       [(places + shape[depth:], dtype, quant)], schema.GatherNdOptionsT())]


def pad(c: Choices, b: ModelBuilder, *, has_value: bool) -> list[int]:
    """PAD, or PADV2 with any value."""
    dtype = c.type()
    x = b.input(c.shape("x", 1, 4, 4), dtype, c.quant("x", dtype))
    around = [(c.whole(f"before{k}", 0, 2), c.whole(f"after{k}", 0, 2)) for k in range(len(b.shape(x)))]
    return [b.pad(x, around, value=c.zero_point("value", dtype) if has_value else None)]


def concatenation(c: Choices, b: ModelBuilder) -> list[int]:
    """CONCATENATION; uint8 operands may have other scales, and operands may be constant or stand twice."""
    dtype, quant = typed(c)
    base = c.shape("x", 1, 4, 4)
    written, axis = axis_of(c, "axis", len(base))
    operands: list[int] = []
    for k in range(c.whole("count", 1, 4)):
        kind = c.pick(f"operand{k}", "input", "input", "constant", "again")
        shape = tuple(c.whole(f"length{k}", 1, 4) if j == axis else d for j, d in enumerate(base))
        other = quant
        if quant is not None and dtype == U8 and c.chance(f"rescales{k}", 60):
            other = c.quant_near(f"y{k}", dtype, float(quant.scales[0]), 4, extreme=20)
        if kind == "again" and operands:
            operands.append(operands[0])
        elif kind == "constant" and operands:
            values = c.reals(f"y{k}", shape) if dtype == F32 else c.integers(f"y{k}", shape, dtype)
            operands.append(b.constant(values, other))
        else:
            operands.append(b.input(shape, dtype, other))
    shape = tuple(sum(b.shape(x)[axis] for x in operands) if j == axis else d for j, d in enumerate(base))
    return [b.operator("CONCATENATION", operands, [(shape, dtype, quant)],
                       options_of("ConcatenationOptions", axis=written))]

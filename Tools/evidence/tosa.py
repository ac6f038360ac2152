#!/usr/bin/env python3
"""Write what the TOSA reference model answers: the evidence for `tosa` and `tosa-double-rounding`.

    python tosa.py

Needs tosa-tools and ai-edge-litert's schema. Each layer becomes a graph of TOSA operators as the TensorFlow Lite
legalization builds it: the operator on int32, a RESCALE with 32-bit multipliers, a CLAMP.
"""

from __future__ import annotations

import contextlib
import math
import tempfile
from importlib.metadata import version

import numpy as np
import tosa_reference_model as model
import tosa_serializer as ts

from cases import Case, write
from element_layers import ElementLayer, Function, Pair, element_layers
from layers import Addition, Layer, Pointwise, Pool, Tensor, Weighted, clamp
from random_layers import I8, Machine, Source

TYPES = {np.dtype(np.int8): ts.DType.INT8, np.dtype(np.int32): ts.DType.INT32}
COUNTS = {"SUMS": 60, "CONV_2D": 100, "DEPTHWISE_CONV_2D": 80, "FULLY_CONNECTED": 80, "ADD": 80, "AVERAGE_POOL_2D": 80,
          "MEAN": 40, "QUANTIZE": 30, "RELU6": 20, "RELU": 20}
ELEMENTS = {"MUL": 120, "LOGISTIC": 30, "TANH": 40, "HARD_SWISH": 40}


class Refused(Exception):
    """The reference model does not define the result, for instance for a sum that a RESCALE cannot take."""


class Graph:
    """A TOSA graph under construction."""

    def __init__(self, rounding: ts.RoundingMode) -> None:
        """Start an empty graph whose rescalings round in one mode."""
        self.rounding = rounding
        self.serializer = ts.TosaSerializer()
        self.values: list[np.ndarray] = []

    def input(self, value: np.ndarray) -> str:
        """Add a graph input."""
        tensor = self.serializer.addPlaceholder(list(value.shape), TYPES[value.dtype], value)
        self.values.append(value)
        return tensor.name

    def constant(self, value: object, dtype: type | np.dtype = np.int8) -> str:
        """Add a constant."""
        array = np.atleast_1d(np.asarray(value, dtype))
        return self.serializer.addConst(list(array.shape), TYPES[array.dtype], array).name

    def add(self, operator: ts.Op, inputs: list[str], shape: tuple[int, ...], dtype: type, attribute: str,
            *arguments: object) -> str:
        """Add an operator and return its output."""
        attributes = ts.TosaSerializerAttribute()
        getattr(attributes, attribute)(*arguments)
        output = self.serializer.addIntermediate(list(shape), TYPES[np.dtype(dtype)])
        self.serializer.addOperator(operator, inputs, [output.name], attributes)
        self.last = output
        return output.name

    def rescale(self, x: str, shape: tuple[int, ...], dtype: type, factors: list[float], zeros: tuple[int, int],
                source: type = np.int32) -> str:
        """Multiply by factors, one or one per channel."""
        pairs = [multiplier(factor) for factor in factors]
        inputs = [x, self.constant([p[0] for p in pairs], np.int32), self.shifts([p[1] for p in pairs]),
                  self.constant(zeros[0], source), self.constant(zeros[1], dtype)]
        return self.add(ts.Op.RESCALE, inputs, shape, dtype, "RescaleAttribute", True, self.rounding, len(pairs) > 1,
                        False, False)

    def shifts(self, values: list[int]) -> str:
        """Add the constant of a rescaling's shifts."""
        return self.constant(values, np.int8)

    def clamp(self, x: str, shape: tuple[int, ...], target: Tensor, activation: str) -> str:
        """Cut to a fused activation."""
        ends = clamp(np.array([-10 ** 6, 10 ** 6]), target, activation)
        low, high = (ts.TosaSerializer.convertDataToUint8Vec(ts.DType.INT8, [int(end)]) for end in ends)
        return self.add(ts.Op.CLAMP, [x], shape, np.int8, "ClampAttribute", low, high, ts.NanPropagationMode.PROPAGATE)

    def run(self) -> np.ndarray:
        """Run the graph and return its last tensor."""
        self.serializer.addOutputTensor(self.last)
        outputs, status = model.run(self.serializer.serialize(), self.values)
        if status != model.GraphStatus.TOSA_VALID:
            raise Refused(str(status))
        return np.asarray(outputs[0]).view(np.int8).reshape(self.last.shape)


def multiplier(factor: float) -> tuple[int, int]:
    """Return a multiplier of 31 bits and a right shift for a real factor."""
    fraction, exponent = math.frexp(factor)
    value = math.floor(fraction * 2 ** 31 + 0.5)
    if value == 2 ** 31:
        value, exponent = value // 2, exponent + 1
    if not 2 <= 31 - exponent <= 62:
        raise Refused(f"the factor {factor}")
    return value, 31 - exponent


def weighted(graph: Graph, layer: Weighted) -> None:
    """CONV2D or DEPTHWISE_CONV2D; a fully connected layer is a convolution of one pixel."""
    (height, width), _ = layer.geometry()
    shape = (layer.x.shape[0], height, width, layer.channels)
    pads = []
    for size, out, kernel in zip(layer.x.shape[1:3], (height, width), layer.taps.shape[1:3]):
        reach = (out - 1) * layer.stride + (kernel - 1) * layer.dilation + 1 - size
        before = max(reach, 0) // 2 if layer.padding == "SAME" else 0
        # TOSA demands that windows use up the padded image; what no window reaches is cut off.
        pads += [before, max(reach - before, 0) if layer.padding == "SAME" else 0]
        if reach - sum(pads[-2:]) < 0 and layer.stride > 1:
            raise Refused("windows that leave a rest")
    depthwise = layer.kind == "DEPTHWISE_CONV_2D"
    weights = layer.weights.astype(np.int8)
    if depthwise:
        depth = layer.x.shape[3]
        weights = weights[0].reshape(*weights.shape[1:3], depth, -1)
    inputs = [graph.input(layer.x), graph.constant(weights), graph.constant(layer.bias, np.int32),
              graph.constant(layer.source.zero), graph.constant(layer.weight_zero)]
    operator, attribute = ((ts.Op.DEPTHWISE_CONV2D, "DepthwiseConv2dAttribute") if depthwise
                           else (ts.Op.CONV2D, "Conv2dAttribute"))
    y = graph.add(operator, inputs, shape, np.int32, attribute, pads, [layer.stride] * 2, [layer.dilation] * 2, False,
                  ts.DType.INT32)
    scales = layer.weight_scales.astype(np.float64)
    factors = list(np.float64(layer.source.scale) * scales / np.float64(layer.target.scale))
    y = graph.rescale(y, shape, np.int8, factors, (0, layer.target.zero))
    graph.clamp(y, shape, layer.target, layer.activation)


def addition(graph: Graph, layer: Addition) -> None:
    """Both operands rescaled to 2^-20 of twice the larger scale, added, rescaled."""
    shape = layer.values[0].shape
    common = 2 * max(float(source.scale) for source in layer.sources)
    operands = [
        graph.rescale(graph.input(value), shape, np.int32, [float(source.scale) / common * 2 ** 20], (source.zero, 0),
                      np.int8)
        for value, source in zip(layer.values, layer.sources)]
    y = graph.add(ts.Op.ADD, operands, shape, np.int32, "AddAttribute")
    y = graph.rescale(y, shape, np.int8, [common / (2 ** 20 * float(layer.target.scale))], (0, layer.target.zero))
    graph.clamp(y, shape, layer.target, layer.activation)


def pool(graph: Graph, layer: Pool) -> None:
    """AVG_POOL2D; a mean is two REDUCE_SUM and a RESCALE by one over the number of elements."""
    if layer.target is not None:
        images, height, width, channels = layer.x.shape
        y = graph.rescale(graph.input(layer.x), layer.x.shape, np.int32, [1.0], (layer.source.zero, 0), np.int8)
        y = graph.add(ts.Op.REDUCE_SUM, [y], (images, 1, width, channels), np.int32, "ReduceSumAttribute", 1)
        shape = (images, 1, 1, channels)
        y = graph.add(ts.Op.REDUCE_SUM, [y], shape, np.int32, "ReduceSumAttribute", 2)
        factor = float(layer.source.scale) / float(layer.target.scale) / (height * width)
        graph.rescale(y, shape, np.int8, [factor], (0, layer.target.zero))
        return
    found = layer.windows()
    last = found[-1][0]
    shape = (last[0] + 1, last[1] + 1, last[2] + 1, layer.x.shape[3])
    pads = []
    for size, out, kernel in zip(layer.x.shape[1:3], shape[1:3], layer.size):
        reach = (out - 1) * layer.stride + kernel - size
        before = max(reach, 0) // 2
        pads += [before, max(reach, 0) - before]
        if reach < 0 and layer.stride > 1:
            raise Refused("windows that leave a rest")
    zeros = [graph.constant(layer.source.zero), graph.constant(layer.source.zero)]
    graph.add(ts.Op.AVG_POOL2D, [graph.input(layer.x), *zeros], shape, np.int8, "AvgPool2dAttribute", list(layer.size),
              [layer.stride] * 2, pads, ts.DType.INT32)


def pointwise(graph: Graph, layer: Pointwise) -> None:
    """RESCALE and, for RELU and its kin, CLAMP."""
    factor = float(layer.source.scale) / float(layer.target.scale)
    if layer.kind != "QUANTIZE":
        factor = float(layer.source.scale / layer.target.scale)
    y = graph.rescale(graph.input(layer.x), layer.x.shape, np.int8, [factor], (layer.source.zero, layer.target.zero),
                      np.int8)
    if layer.kind != "QUANTIZE":
        graph.clamp(y, layer.x.shape, layer.target, layer.kind)


def product(graph: Graph, layer: Pair) -> None:
    """MUL of int32 without a shift, between RESCALEs."""
    shape = layer.values[0].shape
    operands = [graph.rescale(graph.input(value), shape, np.int32, [1.0], (source.zero, 0), np.int8)
                for value, source in zip(layer.values, layer.sources)]
    y = graph.add(ts.Op.MUL, [*operands, graph.constant(0)], shape, np.int32, "MulAttribute")
    factor = float(layer.sources[0].scale) * float(layer.sources[1].scale) / float(layer.target.scale)
    y = graph.rescale(y, shape, np.int8, [factor], (0, layer.target.zero))
    graph.clamp(y, shape, layer.target, layer.activation)


FUNCTIONS = {"LOGISTIC": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0, "TANH": math.tanh,
             "HARD_SWISH": lambda x: x * min(max(x + 3, 0.0), 6.0) / 6}


def entries(layer: Function) -> list[int]:
    """The table of a function as the legalization fills it: in double precision, ties away from zero."""
    found = []
    for stored in range(-128, 128):
        steps = FUNCTIONS[layer.kind](float(layer.source.scale) * (stored - layer.source.zero)) / float(layer.target.scale)
        whole = math.trunc(steps)
        if abs(steps - whole) >= 0.5:
            whole += 1 if steps > 0 else -1
        found.append(min(max(whole + layer.target.zero, -128), 127))
    return found


def function(graph: Graph, layer: Function) -> None:
    """TABLE."""
    x = graph.input(layer.x)
    graph.add(ts.Op.TABLE, [x, graph.constant(entries(layer))], layer.x.shape, np.int8, "TableAttribute")


def answer(layer: Layer | ElementLayer, rounding: ts.RoundingMode) -> np.ndarray | None:
    """Return the output, or None where TOSA does not define it."""
    graph = Graph(rounding)
    try:
        {Weighted: weighted, Addition: addition, Pool: pool, Pointwise: pointwise, Pair: product,
         Function: function}[type(layer)](graph, layer)
        return graph.run()
    except Refused:
        return None


def main() -> None:
    """Write the cases of both profiles."""
    machine = Machine(dtypes=(I8,), zero_points=True, scales="real", per_channel=True, shifts=(1, 14), sum=2 ** 27)
    for profile, rounding, seed in (("tosa", ts.RoundingMode.SINGLE_ROUND, 21),
                                    ("tosa-double-rounding", ts.RoundingMode.DOUBLE_ROUND, 22)):
        counts, elements = ({kind: count if profile == "tosa" else count // 4 for kind, count in numbers.items()}
                            for numbers in (COUNTS, ELEMENTS))
        found = []
        for layer in Source(machine, seed).layers(counts) + element_layers(Source(machine, seed + 10), elements):
            output = answer(layer, rounding)
            if output is not None:
                found.append(Case(layer.kind, layer.model(), layer.inputs(), output))
        write(profile, f"the TOSA reference model of tosa-tools {version('tosa-tools')}", "implementation", found)


if __name__ == "__main__":
    # The serializer leaves the inputs in the working directory.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        main()

"""Build small quantized TFLite models, operator by operator, with the flatbuffer object API.

A `ModelBuilder` holds one subgraph. `input` and `constant` add tensors, one method per operator adds the operator
and its output tensor (whose shape it works out) and returns the output's index; `build` serializes the model:

    b = ModelBuilder()
    x = b.input((1, 8, 8, 3), np.int8, Quant(0.5, -3))
    w = b.constant(weights, Quant([0.01, 0.02], [0, 0], axis=0))
    y = b.conv2d(x, w, b.constant(bias, Quant([0.005, 0.01], [0, 0])), Quant(0.25, 4), padding="SAME")
    model = b.build([y])

The output depends on the calls only: no clock, no random numbers, no host names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

Shape = tuple[int, ...]
DType = type | np.dtype

_TENSOR_TYPES = {
    np.dtype(np.float32): schema.TensorType.FLOAT32,
    np.dtype(np.int32): schema.TensorType.INT32,
    np.dtype(np.int64): schema.TensorType.INT64,
    np.dtype(np.uint8): schema.TensorType.UINT8,
    np.dtype(np.int8): schema.TensorType.INT8,
    np.dtype(np.int16): schema.TensorType.INT16,
}
ACTIVATIONS = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")
_FILE_IDENTIFIER = b"TFL3"
_MAX_DEPRECATED_CODE = 127

# The operator version that a converter would write for the quantized type (1 where nothing is listed).
_VERSIONS = {
    ("CONV_2D", "int8"): 3, ("DEPTHWISE_CONV_2D", "int8"): 3, ("FULLY_CONNECTED", "int8"): 4, ("ADD", "int8"): 2,
    ("AVERAGE_POOL_2D", "int8"): 2, ("MAX_POOL_2D", "int8"): 2, ("MEAN", "int8"): 2, ("SOFTMAX", "int8"): 2,
    ("QUANTIZE", "int8"): 2, ("DEQUANTIZE", "int8"): 2, ("PAD", "int8"): 2, ("PADV2", "int8"): 2,
    ("CONCATENATION", "int8"): 2, ("RELU", "int8"): 2, ("RELU6", "int8"): 2, ("SUB", "int8"): 2, ("MUL", "int8"): 2,
    ("MAXIMUM", "int8"): 2, ("MINIMUM", "int8"): 2, ("LOGISTIC", "int8"): 2, ("TANH", "int8"): 2,
    ("RESIZE_BILINEAR", "int8"): 3, ("RESIZE_NEAREST_NEIGHBOR", "int8"): 3, ("TRANSPOSE", "int8"): 2,
    ("SLICE", "int8"): 2, ("STRIDED_SLICE", "int8"): 2, ("SPLIT", "int8"): 2, ("SPLIT_V", "int8"): 2,
    ("UNPACK", "int8"): 2, ("PACK", "int8"): 2, ("SPACE_TO_DEPTH", "int8"): 2,
    ("GATHER", "int8"): 2, ("ARG_MAX", "int8"): 2, ("ARG_MIN", "int8"): 2,
    ("UNIDIRECTIONAL_SEQUENCE_LSTM", "int8"): 3, ("SUM", "int8"): 2, ("SVDF", "int8"): 3, ("L2_NORMALIZATION", "int8"): 2,
    ("BATCH_MATMUL", "int8"): 2, ("TRANSPOSE_CONV", "int8"): 3,
}
# The same for int16 activations.
_WIDE_VERSIONS = {
    "CONV_2D": 4, "DEPTHWISE_CONV_2D": 5, "FULLY_CONNECTED": 7, "ADD": 3, "SUB": 5, "MUL": 4, "AVERAGE_POOL_2D": 3,
    "MAX_POOL_2D": 3, "MEAN": 3, "SOFTMAX": 3, "LOGISTIC": 3, "TANH": 3, "RELU": 3, "RELU6": 3, "LEAKY_RELU": 2,
    "QUANTIZE": 3, "DEQUANTIZE": 3, "MAXIMUM": 3, "MINIMUM": 3, "PAD": 2, "PADV2": 2, "CONCATENATION": 3,
    "TRANSPOSE": 4, "SLICE": 4, "STRIDED_SLICE": 4, "SPLIT": 4, "SPLIT_V": 2, "PACK": 3, "UNPACK": 4, "GATHER": 4,
    "GATHER_ND": 3, "RESIZE_BILINEAR": 4, "RESIZE_NEAREST_NEIGHBOR": 4, "BATCH_MATMUL": 3, "TRANSPOSE_CONV": 3,
}
# The same where options state that biases have 32 bits.
_BIAS_VERSIONS = {"CONV_2D": 8, "FULLY_CONNECTED": 11, "TRANSPOSE_CONV": 5}
# The same for int8 activations beside weights of 4 bits; a converter counts 7 for the depthwise one, which LiteRT's
# reference resolver does not know.
_PACKED_VERSIONS = {"CONV_2D": 7, "DEPTHWISE_CONV_2D": 6, "FULLY_CONNECTED": 10}


@dataclass(frozen=True)
class Quant:
    """Affine quantization parameters: real = scale * (stored - zero_point).

    Scalars for a whole tensor; sequences for one value per slice of dimension `axis`.
    """

    scale: float | np.floating | Sequence[float] | np.ndarray
    zero_point: int | Sequence[int] | np.ndarray = 0
    axis: int = 0

    @property
    def scales(self) -> np.ndarray:
        """The scales as stored in the file."""
        return np.atleast_1d(np.asarray(self.scale, np.float32))

    @property
    def zero_points(self) -> np.ndarray:
        """The zero points as stored in the file, as many as there are scales."""
        return np.broadcast_to(np.atleast_1d(np.asarray(self.zero_point, np.int64)), self.scales.shape).copy()


@dataclass
class _TensorInfo:
    shape: Shape
    dtype: np.dtype
    quant: Quant | None


def window(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """Count the output positions of a window that slides along a dimension of `size` elements."""
    if padding == "SAME":
        return -(-size // stride)
    return (size + stride - ((kernel - 1) * dilation + 1)) // stride


class ModelBuilder:
    """One subgraph under construction."""

    def __init__(self, description: str = "bitexact parity model") -> None:
        self._description = description
        self._tensors: list[schema.TensorT] = []
        self._info: list[_TensorInfo] = []
        self._buffers: list[schema.BufferT] = [schema.BufferT()]
        self._operators: list[schema.OperatorT] = []
        self._codes: list[tuple[str, int]] = []
        self._inputs: list[int] = []

    # Tensors

    def input(self, shape: Shape, dtype: DType, quant: Quant | None = None, name: str | None = None) -> int:
        """Add a graph input."""
        index = self._tensor(shape, dtype, quant, None, name or f"input{len(self._inputs)}")
        self._inputs.append(index)
        return index

    def constant(self, data: np.ndarray, quant: Quant | None = None, name: str | None = None, *,
                 packed: bool = False) -> int:
        """Add a constant tensor; `packed` stores int8 values of 4 bits two to a byte, the first in the low half."""
        data = np.asarray(data, order="C")
        name = name or f"constant{len(self._tensors)}"
        if not packed:
            return self._tensor(data.shape, data.dtype, quant, data, name)
        nibbles = np.append(data.ravel(), np.zeros(data.size % 2, np.int8)).view(np.uint8) & 15
        index = self._tensor(data.shape, data.dtype, quant, nibbles[0::2] | nibbles[1::2] << 4, name)
        self._tensors[index].type = schema.TensorType.INT4
        return index

    def shape(self, tensor: int) -> Shape:
        """Return the shape of a tensor added before."""
        return self._info[tensor].shape

    def dtype(self, tensor: int) -> np.dtype:
        """Return the element type of a tensor added before."""
        return self._info[tensor].dtype

    def quant(self, tensor: int) -> Quant | None:
        """Return the quantization of a tensor added before."""
        return self._info[tensor].quant

    @property
    def inputs(self) -> list[int]:
        """The graph inputs, in order."""
        return list(self._inputs)

    # Operators

    def conv2d(self, x: int, weights: int, bias: int | None, quant: Quant, *, stride: tuple[int, int] = (1, 1),
               dilation: tuple[int, int] = (1, 1), padding: str = "SAME", activation: str = "NONE") -> int:
        """CONV_2D; weights are [out, height, width, in / groups]."""
        n, h, w, _ = self.shape(x)
        out, kh, kw, _ = self.shape(weights)
        options = schema.Conv2DOptionsT()
        self._fill_window(options, stride, padding, activation)
        options.dilationHFactor, options.dilationWFactor = dilation
        y = self._output((n, window(h, kh, stride[0], dilation[0], padding),
                          window(w, kw, stride[1], dilation[1], padding), out), self.dtype(x), quant)
        return self._operator("CONV_2D", [x, weights] + ([] if bias is None else [bias]), y, options)

    def depthwise_conv2d(self, x: int, weights: int, bias: int | None, quant: Quant, *,
                         stride: tuple[int, int] = (1, 1), dilation: tuple[int, int] = (1, 1),
                         padding: str = "SAME", activation: str = "NONE") -> int:
        """DEPTHWISE_CONV_2D; weights are [1, height, width, in * multiplier]."""
        n, h, w, channels = self.shape(x)
        _, kh, kw, out = self.shape(weights)
        options = schema.DepthwiseConv2DOptionsT()
        self._fill_window(options, stride, padding, activation)
        options.dilationHFactor, options.dilationWFactor = dilation
        options.depthMultiplier = out // channels
        y = self._output((n, window(h, kh, stride[0], dilation[0], padding),
                          window(w, kw, stride[1], dilation[1], padding), out), self.dtype(x), quant)
        return self._operator("DEPTHWISE_CONV_2D", [x, weights] + ([] if bias is None else [bias]), y, options)

    def fully_connected(self, x: int, weights: int, bias: int | None, quant: Quant, *, activation: str = "NONE",
                        keep_dims: bool = False, absent_bias: str = "minus one") -> int:
        """FULLY_CONNECTED; weights are [out, in]. A missing bias is written as input -1 or left out."""
        out, depth = self.shape(weights)
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = ACTIVATIONS.index(activation)
        options.keepNumDims = keep_dims
        elements = int(np.prod(self.shape(x)))
        shape = (*self.shape(x)[:-1], out) if keep_dims else (elements // depth, out)
        inputs = [x, weights]
        if bias is not None:
            inputs.append(bias)
        elif absent_bias == "minus one":
            inputs.append(-1)
        return self._operator("FULLY_CONNECTED", inputs, self._output(shape, self.dtype(x), quant), options)

    def add(self, a: int, b: int, quant: Quant, *, activation: str = "NONE") -> int:
        """ADD with broadcasting."""
        options = schema.AddOptionsT()
        options.fusedActivationFunction = ACTIVATIONS.index(activation)
        y = self._output(np.broadcast_shapes(self.shape(a), self.shape(b)), self.dtype(a), quant)
        return self._operator("ADD", [a, b], y, options)

    def pool(self, kind: str, x: int, size: tuple[int, int], *, stride: tuple[int, int] = (1, 1),
             padding: str = "VALID", activation: str = "NONE", quant: Quant | None = None) -> int:
        """AVERAGE_POOL_2D or MAX_POOL_2D, as `kind` says; the output keeps the input's quantization."""
        n, h, w, channels = self.shape(x)
        options = schema.Pool2DOptionsT()
        self._fill_window(options, stride, padding, activation)
        options.filterHeight, options.filterWidth = size
        y = self._output((n, window(h, size[0], stride[0], 1, padding), window(w, size[1], stride[1], 1, padding),
                          channels), self.dtype(x), quant or self.quant(x))
        return self._operator(kind, [x], y, options)

    def mean(self, x: int, axes: Sequence[int], quant: Quant, *, keep_dims: bool = True) -> int:
        """MEAN over `axes` (negative ones count from the end)."""
        rank = len(self.shape(x))
        reduced = {a % rank for a in axes}
        if keep_dims:
            shape = tuple(1 if i in reduced else d for i, d in enumerate(self.shape(x)))
        else:
            shape = tuple(d for i, d in enumerate(self.shape(x)) if i not in reduced)
        options = schema.ReducerOptionsT()
        options.keepDims = keep_dims
        axis = self.constant(np.asarray(axes, np.int32))
        return self._operator("MEAN", [x, axis], self._output(shape, self.dtype(x), quant), options)

    def softmax(self, x: int, quant: Quant, *, beta: float = 1.0) -> int:
        """SOFTMAX over the last dimension."""
        options = schema.SoftmaxOptionsT()
        options.beta = beta
        return self._operator("SOFTMAX", [x], self._output(self.shape(x), self.dtype(x), quant), options)

    def reshape(self, x: int, shape: Shape, *, shape_tensor: bool = True) -> int:
        """RESHAPE; the new shape is in the options and, if asked for, in a second input."""
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        known = -int(np.prod(shape)) if -1 in shape else 1
        result = tuple(int(np.prod(self.shape(x))) // known if d == -1 else d for d in shape)
        inputs = [x] + ([self.constant(np.asarray(shape, np.int32))] if shape_tensor else [])
        return self._operator("RESHAPE", inputs, self._output(result, self.dtype(x), self.quant(x)), options)

    def quantize(self, x: int, dtype: DType, quant: Quant) -> int:
        """QUANTIZE: from float, or from one integer quantization to another."""
        return self._operator("QUANTIZE", [x], self._output(self.shape(x), dtype, quant), schema.QuantizeOptionsT())

    def dequantize(self, x: int) -> int:
        """DEQUANTIZE to float32."""
        y = self._output(self.shape(x), np.float32, None)
        return self._operator("DEQUANTIZE", [x], y, schema.DequantizeOptionsT())

    def pad(self, x: int, paddings: Sequence[tuple[int, int]], *, quant: Quant | None = None,
            value: int | None = None) -> int:
        """PAD with the output's zero point, or PADV2 with the stored `value`."""
        quant = quant or self.quant(x)
        shape = tuple(d + a + b for d, (a, b) in zip(self.shape(x), paddings, strict=True))
        inputs = [x, self.constant(np.asarray(paddings, np.int32))]
        if value is None:
            return self._operator("PAD", inputs, self._output(shape, self.dtype(x), quant), schema.PadOptionsT())
        inputs.append(self.constant(np.asarray([value], self.dtype(x)), quant))
        return self._operator("PADV2", inputs, self._output(shape, self.dtype(x), quant), schema.PadV2OptionsT())

    def concatenation(self, xs: Sequence[int], axis: int, quant: Quant) -> int:
        """CONCATENATION along `axis`."""
        options = schema.ConcatenationOptionsT()
        options.axis = axis
        shape = list(self.shape(xs[0]))
        shape[axis] = sum(self.shape(x)[axis] for x in xs)
        return self._operator("CONCATENATION", list(xs), self._output(tuple(shape), self.dtype(xs[0]), quant), options)

    def activation(self, kind: str, x: int, quant: Quant) -> int:
        """RELU, RELU6 or RELU_N1_TO_1 as an operator of its own, as `kind` says."""
        return self._operator(kind, [x], self._output(self.shape(x), self.dtype(x), quant), None)

    def operator(self, name: str, inputs: list[int], outputs: Sequence[tuple[Shape, DType, Quant | None]],
                 options: object | None, intermediates: Sequence[int] = ()) -> int:
        """Any operator, with outputs that the caller describes; returns the first, the others follow it."""
        indices = [self._output(*output) for output in outputs]
        self._operator(name, inputs, indices[0], options)
        self._operators[-1].outputs = indices
        if intermediates:
            self._operators[-1].intermediates = list(intermediates)
        return indices[0]

    def state_bias_type(self, kind: int) -> None:
        """State the type of the last operator's bias in its options, as int16 activations with 32-bit biases need it."""
        operator = self._operators[-1]
        operator.builtinOptions.quantizedBiasType = kind
        name, _ = self._codes[operator.opcodeIndex]
        code = (name, _BIAS_VERSIONS[name])
        if code not in self._codes:
            self._codes.append(code)
        operator.opcodeIndex = self._codes.index(code)

    def variable(self, shape: Shape, dtype: DType, quant: Quant) -> int:
        """Add a tensor that keeps its content from call to call."""
        index = self._tensor(shape, dtype, quant, None, f"variable{len(self._tensors)}")
        self._tensors[index].isVariable = True
        return index

    def intermediate(self, dtype: DType, quant: Quant | None) -> int:
        """Add a tensor that only states a quantization."""
        return self._tensor((0,), dtype, quant, None, f"intermediate{len(self._tensors)}")

    # Serialization

    def build(self, outputs: Sequence[int]) -> bytes:
        """Return the serialized model."""
        subgraph = schema.SubGraphT()
        subgraph.name = "main"
        subgraph.tensors, subgraph.operators = self._tensors, self._operators
        subgraph.inputs, subgraph.outputs = list(self._inputs), list(outputs)
        model = schema.ModelT()
        model.version = 3
        model.description = self._description
        model.subgraphs, model.buffers = [subgraph], self._buffers
        model.operatorCodes = []
        for name, version in self._codes:
            code = schema.OperatorCodeT()
            code.builtinCode = getattr(schema.BuiltinOperator, name)
            code.deprecatedBuiltinCode = min(code.builtinCode, _MAX_DEPRECATED_CODE)
            code.version = version
            model.operatorCodes.append(code)
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), file_identifier=_FILE_IDENTIFIER)
        return bytes(builder.Output())

    # Helpers

    def _tensor(self, shape: Shape, dtype: DType, quant: Quant | None, data: np.ndarray | None,
                name: str) -> int:
        tensor = schema.TensorT()
        tensor.shape = [int(d) for d in shape]
        tensor.type = _TENSOR_TYPES[np.dtype(dtype)]
        tensor.name = name
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(self._buffers)
            self._buffers.append(buffer)
        if quant is not None:
            parameters = schema.QuantizationParametersT()
            parameters.scale = quant.scales
            parameters.zeroPoint = quant.zero_points
            parameters.quantizedDimension = quant.axis
            tensor.quantization = parameters
        self._tensors.append(tensor)
        self._info.append(_TensorInfo(tuple(tensor.shape), np.dtype(dtype), quant))
        return len(self._tensors) - 1

    def _output(self, shape: Shape, dtype: DType, quant: Quant | None) -> int:
        return self._tensor(shape, dtype, quant, None, f"output{len(self._operators)}")

    def _operator(self, name: str, inputs: list[int], output: int, options: object | None) -> int:
        types = {self.dtype(i).name for i in (*inputs, output) if i >= 0}
        code = (name, _VERSIONS.get((name, "int8"), 1) if "int8" in types else 1)
        if "int16" in types and name in _WIDE_VERSIONS:
            code = (name, _WIDE_VERSIONS[name])
        if any(self._tensors[i].type == schema.TensorType.INT4 for i in inputs if i >= 0):
            code = (name, _PACKED_VERSIONS[name])
        if code not in self._codes:
            self._codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = self._codes.index(code)
        operator.inputs, operator.outputs = inputs, [output]
        if options is not None:
            operator.builtinOptions = options
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self._operators.append(operator)
        return output

    @staticmethod
    def _fill_window(options: Any, stride: tuple[int, int], padding: str, activation: str) -> None:
        options.strideH, options.strideW = stride
        options.padding = getattr(schema.Padding, padding)
        options.fusedActivationFunction = ACTIVATIONS.index(activation)

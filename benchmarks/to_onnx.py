"""Write a quantized .tflite as an ONNX model in QDQ form, from which ONNX Runtime makes its integer kernels.

Every tensor keeps its scale; int8 activations become uint8 by an offset of 128, and uint8 weights int8, because that
pair of types is the one for which ONNX Runtime has its fastest kernels on x86-64. The values are the same.
Four-dimensional tensors become NCHW, the layout that ONNX has, inputs included. A fused activation that the output's
range does not already imply becomes a Clip of the stored integers. `Unsupported` says which operator stands in the way.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
_TYPES = {
    schema.TensorType.INT8: (np.int8, TensorProto.INT8), schema.TensorType.UINT8: (np.uint8, TensorProto.UINT8),
    schema.TensorType.INT32: (np.int32, TensorProto.INT32), schema.TensorType.FLOAT32: (np.float32, TensorProto.FLOAT),
}
_OPSET = 17


class Unsupported(Exception):
    """A model that is not converted, and why."""


class Converter:
    """Converts operator by operator; what it makes of values can be overridden."""

    def __init__(self, content: bytes) -> None:
        self.model = schema.ModelT.InitFromPackedBuf(content)
        self.graph = self.model.subgraphs[0]
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.views: set[int] = set()

    # Tensors

    def tensor(self, index: int):
        return self.graph.tensors[index]

    def shape(self, index: int) -> list[int]:
        return [int(d) for d in self.tensor(index).shape]

    def onnx_shape(self, index: int) -> list[int]:
        shape = self.shape(index)
        return [shape[0], shape[3], shape[1], shape[2]] if len(shape) == 4 else shape

    def constant(self, index: int) -> np.ndarray | None:
        buffer = self.model.buffers[self.tensor(index).buffer].data
        if buffer is None:
            return None
        kind, _ = _TYPES[self.tensor(index).type]
        return np.frombuffer(bytes(bytearray(buffer)), kind).reshape(self.shape(index))

    def scales(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The scales and zero points as the file has them."""
        quantization = self.tensor(index).quantization
        if quantization is None or quantization.scale is None:
            raise Unsupported(f"tensor {index} is not quantized")
        kind, _ = _TYPES[self.tensor(index).type]
        return np.asarray(quantization.scale, np.float32), np.asarray(quantization.zeroPoint).astype(kind)

    def activation_scale(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The scale and the zero point of an activation as uint8."""
        scale, zero = self.scales(index)
        if scale.size != 1:
            raise Unsupported(f"activation {index} is quantized per channel")
        if zero.dtype not in (np.int8, np.uint8):
            raise Unsupported(f"activation {index} is neither int8 nor uint8")
        return scale, (zero.astype(np.int16) + (128 if zero.dtype == np.int8 else 0)).astype(np.uint8)

    def initializer(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}_{len(self.nodes)}", **attributes))
        return output

    def parameters(self, index: int) -> list[str]:
        """The scale and the zero point of a tensor."""
        scale, zero = self.activation_scale(index)
        return [self.initializer(f"scale_{index}_{len(self.initializers)}", scale.reshape(())),
                self.initializer(f"zero_{index}_{len(self.initializers)}", zero.reshape(()))]

    def real(self, index: int) -> str:
        """The float view of an activation."""
        if self.tensor(index).type == schema.TensorType.FLOAT32:
            return f"q{index}"
        name = f"r{index}"
        if index not in self.views:
            self.views.add(index)
            self.node("DequantizeLinear", [f"q{index}", *self.parameters(index)], name)
        return name

    def store(self, value: str, index: int, activation: int = schema.ActivationFunctionType.NONE) -> None:
        """Quantize a float result, and clip it where its activation does and its type does not."""
        ends = self.ends(activation, index)
        name = f"q{index}_wide" if ends else f"q{index}"
        self.node("QuantizeLinear", [value, *self.parameters(index)], name)
        if ends:
            bounds = [self.initializer(f"q{index}_{side}", end) for side, end in zip(("low", "high"), ends)]
            self.node("Clip", [name, *bounds], f"q{index}")

    def weights(self, index: int, value: np.ndarray, scale: np.ndarray, zero: np.ndarray, axis: int = 0) -> str:
        """The float view of constant weights."""
        if value.dtype == np.uint8:
            value, zero = ((array.astype(np.int16) - 128).astype(np.int8) for array in (value, zero))
        name = f"w{index}_{len(self.nodes)}"
        inputs = [self.initializer(name + "_q", value)]
        per_axis = scale.size > 1
        inputs.append(self.initializer(name + "_s", scale if per_axis else scale.reshape(())))
        inputs.append(self.initializer(name + "_z", zero if per_axis else zero.reshape(())))
        return self.node("DequantizeLinear", inputs, name, **({"axis": axis} if per_axis else {}))

    def ends(self, activation: int, index: int) -> tuple[np.ndarray, np.ndarray] | None:
        """The codes between which a fused activation keeps an output, unless its type does so anyway."""
        kinds = schema.ActivationFunctionType
        real = {kinds.NONE: (-np.inf, np.inf), kinds.RELU: (0, np.inf), kinds.RELU6: (0, 6),
                kinds.RELU_N1_TO_1: (-1, 1)}
        if activation not in real:
            raise Unsupported(f"fused activation {activation}")
        scale, zero = self.activation_scale(index)
        limits = np.iinfo(zero.dtype)
        codes = np.round(np.asarray(real[activation]) / float(scale[0])) + int(zero[0])
        if codes[0] <= limits.min and codes[1] >= limits.max:
            return None
        low, high = np.clip(codes, limits.min, limits.max).astype(zero.dtype)
        return np.asarray(low), np.asarray(high)

    # Operators

    def convolution(self, operator, depthwise: bool) -> None:
        x, w, *rest = operator.inputs
        y, options = operator.outputs[0], operator.builtinOptions
        value = self.constant(w)
        if value is None:
            raise Unsupported("a convolution with computed weights")
        scale, zero = self.scales(w)
        channels = self.shape(x)[3]
        # OHWI, or 1HWC for a depthwise convolution, becomes OIHW.
        kernel = value.shape[1:3]
        value = value.transpose(3, 0, 1, 2) if depthwise else value.transpose(0, 3, 1, 2)
        groups = channels if depthwise else channels // value.shape[1]
        inputs = [self.real(x), self.weights(w, value, scale, zero)]
        inputs += self.bias(rest, x, scale, value.shape[0])
        strides, dilations = [options.strideH, options.strideW], [options.dilationHFactor, options.dilationWFactor]
        result = self.node("Conv", inputs, f"f{y}", kernel_shape=kernel, strides=strides, dilations=dilations,
                           group=groups, pads=self.pads(x, y, kernel, strides, dilations, options.padding))
        self.store(result, y, options.fusedActivationFunction)

    def bias(self, rest: list[int], x: int, scale: np.ndarray, count: int) -> list[str]:
        if not len(rest) or rest[0] < 0:
            return []
        steps = (self.scales(x)[0] * scale).astype(np.float32)
        return [self.weights(rest[0], self.constant(rest[0]).reshape(count), steps, np.zeros(steps.shape, np.int32))]

    def pads(self, x: int, y: int, kernel, strides, dilations, padding: int) -> list[int]:
        if padding == schema.Padding.VALID:
            return [0, 0, 0, 0]
        before, after = [], []
        for axis in range(2):
            extent = (kernel[axis] - 1) * dilations[axis] + 1
            total = max(0, (self.shape(y)[axis + 1] - 1) * strides[axis] + extent - self.shape(x)[axis + 1])
            before.append(total // 2)
            after.append(total - total // 2)
        return before + after

    def pool(self, operator, kind: str) -> None:
        x, y, options = operator.inputs[0], operator.outputs[0], operator.builtinOptions
        kernel, strides = [options.filterHeight, options.filterWidth], [options.strideH, options.strideW]
        if kind == "AveragePool" and kernel == self.shape(x)[1:3] and self.shape(y)[1:3] == [1, 1]:
            result = self.node("GlobalAveragePool", [self.real(x)], f"f{y}")
        else:
            pads = self.pads(x, y, kernel, strides, [1, 1], options.padding)
            result = self.node(kind, [self.real(x)], f"f{y}", kernel_shape=kernel, strides=strides, pads=pads)
        self.store(result, y, options.fusedActivationFunction)

    def mean(self, operator) -> None:
        x, axes = operator.inputs
        y = operator.outputs[0]
        if len(self.shape(x)) != 4 or sorted(self.constant(axes).ravel().tolist()) != [1, 2]:
            raise Unsupported("MEAN over other axes than height and width")
        result = self.node("GlobalAveragePool", [self.real(x)], f"f{y}")
        if len(self.shape(y)) == 2:
            result = self.reshaped(result, self.shape(y), f"f{y}_flat")
        self.store(result, y)

    def reshaped(self, value: str, shape: list[int], name: str) -> str:
        return self.node("Reshape", [value, self.initializer(f"{name}_shape", np.asarray(shape, np.int64))], name)

    def reshape(self, operator) -> None:
        x, y = operator.inputs[0], operator.outputs[0]
        value = self.real(x)
        shape = self.shape(x)
        if len(shape) == 4 and shape[3] > 1 and shape[1] * shape[2] > 1:
            value = self.node("Transpose", [value], f"{value}_nhwc", perm=[0, 2, 3, 1])
        value = self.reshaped(value, self.shape(y), f"f{y}")
        shape = self.shape(y)
        if len(shape) == 4:
            value = self.node("Transpose", [value], f"{value}_nchw", perm=[0, 3, 1, 2])
        self.store(value, y)

    def dense(self, operator) -> None:
        x, w, *rest = operator.inputs
        y, options = operator.outputs[0], operator.builtinOptions
        value = self.constant(w)
        if value is None:
            raise Unsupported("FULLY_CONNECTED with computed weights")
        scale, zero = self.scales(w)
        real, shape = self.real(x), self.shape(x)
        if len(shape) == 4 and shape[3] > 1 and shape[1] * shape[2] > 1:
            real = self.node("Transpose", [real], f"{real}_nhwc", perm=[0, 2, 3, 1])
        if len(shape) != 2:
            real = self.reshaped(real, [-1, value.shape[1]], f"{real}_flat")
        # Transposed here rather than at every run.
        inputs = [real, self.weights(w, value.T, scale, zero, axis=1), *self.bias(rest, x, scale, value.shape[0])]
        result = self.node("Gemm", inputs, f"f{y}")
        self.store(result, y, options.fusedActivationFunction)

    def convert(self, operator) -> None:
        code = self.model.operatorCodes[operator.opcodeIndex]
        name = _NAMES.get(max(code.builtinCode, code.deprecatedBuiltinCode), "CUSTOM")
        x, y = operator.inputs[0], operator.outputs[0]
        match name:
            case "CONV_2D": self.convolution(operator, depthwise=False)
            case "DEPTHWISE_CONV_2D": self.convolution(operator, depthwise=True)
            case "AVERAGE_POOL_2D": self.pool(operator, "AveragePool")
            case "MAX_POOL_2D": self.pool(operator, "MaxPool")
            case "FULLY_CONNECTED": self.dense(operator)
            case "MEAN": self.mean(operator)
            case "RESHAPE": self.reshape(operator)
            case "QUANTIZE": self.store(self.real(x), y)
            case "ADD":
                if any(self.constant(i) is not None for i in operator.inputs):
                    raise Unsupported("ADD of a constant")
                result = self.node("Add", [self.real(i) for i in operator.inputs], f"f{y}")
                self.store(result, y, operator.builtinOptions.fusedActivationFunction)
            case "SOFTMAX":
                if operator.builtinOptions.beta != 1:
                    raise Unsupported("SOFTMAX with beta")
                self.store(self.node("Softmax", [self.real(x)], f"f{y}", axis=-1), y)
            case _: raise Unsupported(f"operator {name}")

    def build(self) -> onnx.ModelProto:
        for operator in self.graph.operators:
            self.convert(operator)

        def info(index: int):
            kind = _TYPES[self.tensor(index).type][1]
            if kind == TensorProto.INT8:
                kind = TensorProto.UINT8
            return helper.make_tensor_value_info(f"q{index}", kind, self.onnx_shape(index))

        graph = helper.make_graph(
            self.nodes, "model", [info(i) for i in self.graph.inputs], [info(i) for i in self.graph.outputs],
            self.initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)


def to_onnx(source: Path, target: Path) -> None:
    """Write `source` as ONNX.

    Raises `Unsupported`.
    """
    model = Converter(source.read_bytes()).build()
    onnx.checker.check_model(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target)

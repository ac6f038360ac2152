"""The float network that a quantized .tflite stands for: its dequantized weights and biases, in ONNX and in torch.

It ends at the logits, before SOFTMAX. A fused activation becomes a Clip; nothing else bounds a value.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

from to_onnx import Converter, Unsupported

_ENDS = {
    schema.ActivationFunctionType.RELU: (0, None), schema.ActivationFunctionType.RELU6: (0, 6),
    schema.ActivationFunctionType.RELU_N1_TO_1: (-1, 1),
}


class FloatConverter(Converter):
    """Converts as the integer one does, but stores real values."""

    def real(self, index: int) -> str:
        """A value is real as it is."""
        return f"r{index}"

    def store(self, value: str, index: int, activation: int = schema.ActivationFunctionType.NONE) -> None:
        """Clip a result where it has a fused activation."""
        if activation == schema.ActivationFunctionType.NONE:
            if self.nodes and self.nodes[-1].output[0] == value:
                self.nodes[-1].output[0] = f"r{index}"
            else:
                self.node("Identity", [value], f"r{index}")
            return
        if activation not in _ENDS:
            raise Unsupported(f"fused activation {activation}")
        low, high = _ENDS[activation]
        bounds = [self.initializer(f"r{index}_low", np.float32(low))]
        if high is not None:
            bounds.append(self.initializer(f"r{index}_high", np.float32(high)))
        self.node("Clip", [value, *bounds], f"r{index}")

    def weights(self, index: int, value: np.ndarray, scale: np.ndarray, zero: np.ndarray, axis: int = 0) -> str:
        """Dequantize constants, in double precision before they become float32."""
        shape = [1] * value.ndim
        shape[axis] = -1
        steps, zeros = (array.astype(np.float64).reshape(shape if array.size > 1 else []) for array in (scale, zero))
        return self.initializer(f"w{index}", ((value - zeros) * steps).astype(np.float32))

    def reshaped(self, value: str, shape: list[int], name: str) -> str:
        """Reshape for any number of samples."""
        return super().reshaped(value, [-1, *shape[1:]], name)

    def build(self) -> onnx.ModelProto:
        """The network from its only input to its logits."""
        logits = logits_tensor(self.model)
        for operator in self.graph.operators:
            if logits not in operator.inputs:
                self.convert(operator)

        def info(index: int):
            return helper.make_tensor_value_info(f"r{index}", TensorProto.FLOAT, self.onnx_shape(index))

        graph = helper.make_graph(self.nodes, "float", [info(self.graph.inputs[0])], [info(logits)], self.initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def logits_tensor(model: schema.ModelT) -> int:
    """The input of the only SOFTMAX, at the end."""
    *_, last = model.subgraphs[0].operators
    code = model.operatorCodes[last.opcodeIndex]
    if max(code.builtinCode, code.deprecatedBuiltinCode) != schema.BuiltinOperator.SOFTMAX:
        raise Unsupported("a classifier that does not end with SOFTMAX")
    return int(last.inputs[0])


def read(path: Path) -> schema.ModelT:
    """Read a .tflite."""
    return schema.ModelT.InitFromPackedBuf(path.read_bytes())


def affine(model: schema.ModelT, index: int) -> tuple[float, int]:
    """The scale and zero point of an activation."""
    quantization = model.subgraphs[0].tensors[index].quantization
    return float(quantization.scale[0]), int(quantization.zeroPoint[0])


def write_float(source: Path, target: Path) -> None:
    """Write a quantized .tflite as a float ONNX model."""
    model = FloatConverter(source.read_bytes()).build()
    onnx.checker.check_model(model)
    onnx.save(model, target)


def torch_model(path: Path):
    """The same network as a torch module."""
    import torch
    from torch import nn

    graph = onnx.load(path).graph
    constants = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}

    def convolution(node) -> nn.Module:
        attributes = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
        weights, bias = constants[node.input[1]], constants[node.input[2]]
        top, left, bottom, right = attributes["pads"]
        groups = attributes["group"]
        symmetric = (top, left) == (bottom, right)
        layer = nn.Conv2d(
            weights.shape[1] * groups, weights.shape[0], weights.shape[2:], tuple(attributes["strides"]),
            (top, left) if symmetric else 0, tuple(attributes["dilations"]), groups)
        layer.weight.data, layer.bias.data = torch.tensor(weights), torch.tensor(bias)
        return layer if symmetric else nn.Sequential(nn.ZeroPad2d((left, right, top, bottom)), layer)

    def clip(node) -> nn.Module:
        low, high = (float(constants[name]) for name in node.input[1:])
        return nn.ReLU6() if (low, high) == (0, 6) else nn.Hardtanh(low, high)

    class Network(nn.Module):
        """Runs the nodes in their order."""

        def __init__(self) -> None:
            super().__init__()
            make = {"Conv": convolution, "Clip": clip, "GlobalAveragePool": lambda _: nn.AdaptiveAvgPool2d(1),
                    "Add": lambda _: None, "Reshape": lambda _: nn.Flatten()}
            self.steps = [(f"n{number}", node.op_type, list(node.input), node.output[0])
                          for number, node in enumerate(graph.node)]
            for (name, kind, *_), node in zip(self.steps, graph.node):
                if kind not in make:
                    raise Unsupported(f"{kind} in torch")
                if layer := make[kind](node):
                    self.add_module(name, layer)

        def forward(self, x):
            """From the image to the logits."""
            values = {graph.input[0].name: x}
            for name, kind, inputs, output in self.steps:
                if kind == "Add":
                    values[output] = torch.add(values[inputs[0]], values[inputs[1]])
                else:
                    values[output] = getattr(self, name)(values[inputs[0]])
            return values[graph.output[0].name]

    return Network().eval()

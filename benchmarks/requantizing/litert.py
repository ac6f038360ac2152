"""A model in LiteRT's kernels, cut off before its last SOFTMAX, so that every kind of kernel can be asked for logits."""

from __future__ import annotations

from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

DEFAULT, REFERENCE = OpResolverType.AUTO, OpResolverType.BUILTIN_REF
_CARRIERS = {schema.BuiltinOperator.RESHAPE, schema.BuiltinOperator.QUANTIZE, schema.BuiltinOperator.DEQUANTIZE}


class Source:
    """What a .tflite says of itself."""

    def __init__(self, path: Path) -> None:
        self.model = schema.ModelT.InitFromPackedBuf(path.read_bytes())
        self.graph = self.model.subgraphs[0]
        self.logits = self._logits()

    def _code(self, operator) -> int:
        code = self.model.operatorCodes[operator.opcodeIndex]
        return max(code.builtinCode, code.deprecatedBuiltinCode)

    def _logits(self) -> int:
        """The tensor that the first output's SOFTMAX reads, or the output itself."""
        producers = {int(output): operator for operator in self.graph.operators for output in operator.outputs}
        tensor = first = int(self.graph.outputs[0])
        while tensor in producers:
            operator = producers[tensor]
            tensor = int(operator.inputs[0])
            if self._code(operator) == schema.BuiltinOperator.SOFTMAX:
                return tensor
            if self._code(operator) not in _CARRIERS:
                return first
        return first

    @property
    def entry(self):
        """The first input."""
        return self.graph.tensors[self.graph.inputs[0]]

    @property
    def input(self) -> tuple[list[int], np.dtype]:
        """The shape and the type of the first input."""
        tensor = self.entry
        return list(tensor.shape), np.dtype("uint8" if tensor.type == schema.TensorType.UINT8 else "int8")

    def real(self, stored: np.ndarray, meaning: dict | None = None, tensor=None) -> np.ndarray:
        """What the logits' integers stand for."""
        quantization = (tensor or self.graph.tensors[self.logits]).quantization
        zero = int(quantization.zeroPoint[0])
        scale, offset = float(quantization.scale[0]), 0.0
        if meaning:
            scale, offset = (np.asarray(meaning[key], dtype=np.float64) for key in ("scales", "offsets"))
        return scale * (stored.astype(np.float64) - zero) + offset

    def cut(self, target: Path) -> Path:
        """Write the model with the logits as its only output, and without what nobody needs then."""
        wanted, kept = {self.logits}, []
        for operator in reversed(self.graph.operators):
            if wanted & {int(output) for output in operator.outputs}:
                kept.insert(0, operator)
                wanted |= {int(tensor) for tensor in operator.inputs}
        self.graph.operators, self.graph.outputs = kept, [self.logits]
        self.model.signatureDefs = []
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        target.write_bytes(builder.Output())
        return target


def answers(model: Path, samples: np.ndarray, kernels: OpResolverType, threads: int = 1) -> np.ndarray:
    """The stored integers of the only output, one row for each sample."""
    interpreter = Interpreter(str(model), experimental_op_resolver_type=kernels, num_threads=threads)
    interpreter.allocate_tensors()
    entry, output = interpreter.get_input_details()[0], interpreter.get_output_details()[0]["index"]
    rows = []
    for sample in samples:
        if sample.dtype == np.uint8 and entry["dtype"] == np.int8:
            sample = (sample.astype(np.int16) - 128).astype(np.int8)
        interpreter.set_tensor(entry["index"], sample.reshape(entry["shape"]))
        interpreter.invoke()
        rows.append(interpreter.get_tensor(output).ravel().copy())
    return np.stack(rows)

"""Run a model in LiteRT's reference kernels and keep what every tensor held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

_OPERATOR_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}


@dataclass(frozen=True)
class Variable:
    """A tensor of the graph that is fed or computed, and the operator that does it."""

    index: int
    name: str
    operator: str


def variables(model: bytes) -> list[Variable]:
    """List the tensors of the main subgraph that are fed or computed, in the order of execution."""
    root = schema.ModelT.InitFromPackedBuf(model)
    subgraph = root.subgraphs[0]
    names = [t.name.decode() if isinstance(t.name, bytes) else t.name or "" for t in subgraph.tensors]
    found = [Variable(int(index), names[index], "INPUT") for index in subgraph.inputs]
    for operator in subgraph.operators:
        code = root.operatorCodes[operator.opcodeIndex]
        name = _OPERATOR_NAMES.get(max(code.builtinCode, code.deprecatedBuiltinCode), "CUSTOM")
        found += [Variable(int(index), names[index], name) for index in operator.outputs if index >= 0]
    return found


def without_custom_tail(model: bytes) -> bytes:
    """Leave out custom operators at the end, which LiteRT does not have; what they read becomes outputs."""
    root = schema.ModelT.InitFromPackedBuf(model)
    subgraph = root.subgraphs[0]
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in root.operatorCodes]
    found = False
    while codes[subgraph.operators[-1].opcodeIndex] == schema.BuiltinOperator.CUSTOM:
        last = subgraph.operators.pop()
        kept = [index for index in subgraph.outputs if index not in last.outputs]
        subgraph.outputs = kept + [index for index in last.inputs if index not in kept]
        found = True
    if not found:
        return model
    root.signatureDefs = []
    builder = flatbuffers.Builder(len(model) + 1024)
    builder.Finish(root.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


class ReferenceInterpreter:
    """LiteRT with the BUILTIN_REF kernels, one thread, every tensor preserved."""

    def __init__(self, model: bytes | Path) -> None:
        self.content = without_custom_tail(model.read_bytes() if isinstance(model, Path) else model)
        self.variables = variables(self.content)
        self._interpreter = Interpreter(
            model_content=self.content, num_threads=1, experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
        self._interpreter.allocate_tensors()

    @property
    def inputs(self) -> list[Mapping[str, Any]]:
        """LiteRT's descriptions of the graph inputs."""
        return self._interpreter.get_input_details()

    def run(self, values: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """Return what every variable tensor holds after one invocation on `values`, by tensor index."""
        for detail, value in zip(self.inputs, values, strict=True):
            self._interpreter.set_tensor(detail["index"], np.asarray(value, order="C"))
        # A sample does not follow another one: what an operator keeps from call to call is forgotten.
        self._interpreter.reset_all_variables()
        self._interpreter.invoke()
        return {v.index: self._interpreter.get_tensor(v.index) for v in self.variables}


class DefaultInterpreter:
    """LiteRT as it runs by default, with its delegate, one thread."""

    def __init__(self, model: bytes, kernels: str = "default") -> None:
        """Prepare a model; `delegate` refuses one whose result another kernel computes, `left` the others."""
        self._interpreter = Interpreter(model_content=model, num_threads=1)
        self._interpreter.allocate_tensors()
        graph = schema.ModelT.InitFromPackedBuf(model).subgraphs[0]
        shapes = [() if tensor.shape is None else tuple(tensor.shape) for tensor in graph.tensors]
        self._outputs = {int(index): shapes[index] for index in graph.outputs}
        # The list of operators has what the delegate took as an operator of its own.
        delegated = {int(index) for operator in self._interpreter._get_ops_details()
                     if operator["op_name"] == "DELEGATE" for index in operator["outputs"]}
        takes = delegated.issuperset(self._outputs)
        if kernels == "delegate" and not takes:
            raise RuntimeError("the delegate leaves the operator to another kernel")
        if kernels == "left" and takes:
            raise RuntimeError("the delegate takes the operator")

    def run(self, values: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """Return the outputs of one invocation on `values`, by tensor index."""
        for detail, value in zip(self._interpreter.get_input_details(), values, strict=True):
            self._interpreter.set_tensor(detail["index"], np.asarray(value, order="C"))
        self._interpreter.reset_all_variables()
        self._interpreter.invoke()
        # The delegate drops an axis of one element here and there; the elements are the same.
        return {index: self._interpreter.get_tensor(index).reshape(shape) for index, shape in self._outputs.items()}

"""What the source model answers: LiteRT's kernels, the logits before SOFTMAX, dequantized."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from quantizers.float_model import affine, logits_tensor, read
from quantizers.task import Task


def logits(model: Path, task: Task, kernels: str = "BUILTIN_REF") -> np.ndarray:
    """The real logits of the images that did not calibrate."""
    parsed = read(model)
    tensor = logits_tensor(parsed)
    scale, zero = affine(parsed, tensor)
    interpreter = Interpreter(str(model), experimental_op_resolver_type=getattr(OpResolverType, kernels),
                              experimental_preserve_all_tensors=True, num_threads=task.threads)
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]["index"]
    codes = []
    for index in task.held:
        interpreter.set_tensor(entry, task.stored[index][None])
        interpreter.invoke()
        codes.append(interpreter.get_tensor(tensor).reshape(1, -1).copy())
    return (np.concatenate(codes).astype(np.float64) - zero) * scale

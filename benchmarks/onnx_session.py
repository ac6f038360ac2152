"""How ONNX Runtime is asked to run a model, and which kernels it then has for it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnxruntime


def session_options(threads: int = 1) -> onnxruntime.SessionOptions:
    """All optimizations."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options


def kernels(model: Path) -> dict[str, int]:
    """Count the operators that ONNX Runtime runs once it has optimized a model."""
    import onnx

    optimized = model.with_suffix(".optimized.onnx")
    options = session_options()
    options.optimized_model_filepath = str(optimized)
    onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    counts = Counter(node.op_type for node in onnx.load(optimized).graph.node)
    optimized.unlink()
    return dict(sorted(counts.items()))

"""ONNX Runtime's static quantization, and the float network as ONNX Runtime runs it."""

from __future__ import annotations

from pathlib import Path

import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from onnx_session import session_options
from quantizers.task import Forward, Task


class _Images(CalibrationDataReader):
    def __init__(self, task: Task, name: str) -> None:
        self.samples = ({name: task.sample(index)} for index in task.calibration)

    def get_next(self) -> dict | None:
        """The next image; nothing after the last one."""
        return next(self.samples, None)


def _forward(model: str, threads: int) -> Forward:
    session = onnxruntime.InferenceSession(model, session_options(threads), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda sample: session.run(None, {name: sample})[0]


def quantize(task: Task) -> Forward:
    """int8 weights and activations, zero point 0, scales of any value."""
    if task.options.get("float"):
        return _forward(task.model, task.threads)
    prepared, quantized = (str(Path(task.folder) / name) for name in ("prepared.onnx", "quantized.onnx"))
    quant_pre_process(task.model, prepared)
    name = onnxruntime.InferenceSession(prepared, providers=["CPUExecutionProvider"]).get_inputs()[0].name
    quantize_static(
        prepared, quantized, _Images(task, name), quant_format=QuantFormat.QDQ, per_channel=task.options["perChannel"],
        activation_type=QuantType.QInt8, weight_type=QuantType.QInt8,
        calibrate_method=getattr(CalibrationMethod, task.options.get("calibration", "MinMax")),
        extra_options={"ActivationSymmetric": True, "WeightSymmetric": True})
    return _forward(quantized, task.threads)

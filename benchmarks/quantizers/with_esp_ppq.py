"""Espressif's ESP-PPQ: power-of-two scales; which granularity, bias width and rounding, the chip decides."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import torch
from esp_ppq.api import espdl_quantize_onnx
from esp_ppq.api.setting import QuantizationSettingFactory
from esp_ppq.executor import TorchExecutor

from quantizers.task import Forward, Task


def _setting(options: dict):
    setting = QuantizationSettingFactory.espdl_setting()
    if blocks := options.get("biasCorrection"):
        setting.bias_correct = True
        setting.bias_correct_setting.block_size = blocks
        setting.bias_correct_setting.steps = 64
    if steps := options.get("thresholdTraining"):
        setting.tqt_optimization = True
        setting.tqt_optimization_setting.steps = steps
    if steps := options.get("stepSizeTraining"):
        setting.lsq_optimization = True
        setting.lsq_optimization_setting.steps = steps
        setting.lsq_optimization_setting.collecting_device = "cpu"
    return setting


def quantize(task: Task) -> Forward:
    """The chip's scheme, with the settings that are asked for, the others as they come."""
    torch.set_num_threads(task.threads)
    torch.manual_seed(0)
    np.random.seed(0)
    # It writes the simplified network over the one that it is given.
    model = shutil.copy(task.model, Path(task.folder) / "float.onnx")
    samples = [torch.from_numpy(task.sample(index)) for index in task.calibration]
    graph = espdl_quantize_onnx(
        model, str(Path(task.folder) / "quantized.espdl"), samples, len(samples), list(samples[0].shape),
        target=task.options["chip"], num_of_bits=8, collate_fn=lambda batch: batch, setting=_setting(task.options),
        device="cpu", error_report=False, skip_export=True)
    executor = TorchExecutor(graph, device="cpu")

    def forward(sample: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return executor.forward(torch.from_numpy(sample))[0].numpy()

    return forward

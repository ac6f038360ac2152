"""Sony's Model Compression Toolkit, post-training quantization."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

# MCT imports torchvision, whose build on PyPI is made for CUDA and does not register its operators beside torch for the
# CPU; that is only noticed by the missing declaration, for nothing here calls them.
_LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
for _name, _declaration in (("nms", "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"),
                            ("qnms", "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")):
    if not hasattr(torch.ops.torchvision, _name):
        _LIBRARY.define(_declaration)

import model_compression_toolkit as mct  # noqa: E402
from mct_quantizers import QuantizationMethod  # noqa: E402
from model_compression_toolkit.target_platform_capabilities.constants import KERNEL_ATTR  # noqa: E402
from model_compression_toolkit.target_platform_capabilities.schema.mct_current_schema import Signedness  # noqa: E402
from model_compression_toolkit.target_platform_capabilities.tpc_models.imx500_tpc.v1_0 import tpc  # noqa: E402

from quantizers.float_model import torch_model  # noqa: E402
from quantizers.task import Forward, Task  # noqa: E402


def _capabilities(per_channel: bool):
    """IMX500's, but every scale a power of two, and activations signed."""
    linear, _, other = tpc.get_op_quantization_configs()
    kernel = {"weights_quantization_method": QuantizationMethod.POWER_OF_TWO,
              "weights_per_channel_threshold": per_channel}
    linear = linear.clone_and_edit(attr_to_edit={KERNEL_ATTR: kernel}, signedness=Signedness.SIGNED)
    other = other.clone_and_edit(signedness=Signedness.SIGNED)
    return tpc.generate_tpc(default_config=other, base_config=linear, mixed_precision_cfg_list=[linear],
                            name="power_of_two")


def quantize(task: Task) -> Forward:
    """IMX500's own scheme, or powers of two."""
    torch.set_num_threads(task.threads)
    torch.manual_seed(0)
    np.random.seed(0)
    capabilities = tpc.get_tpc() if task.options.get("own") else _capabilities(task.options["perChannel"])

    def images():
        for index in task.calibration:
            yield [task.sample(index)]

    model, _ = mct.ptq.pytorch_post_training_quantization(
        torch_model(Path(task.model)), images, target_platform_capabilities=capabilities)
    model.eval()

    def forward(sample: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model(torch.from_numpy(sample)).numpy()

    return forward

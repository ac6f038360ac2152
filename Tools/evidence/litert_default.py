#!/usr/bin/env python3
"""Write what LiteRT answers as it runs by default: the evidence for the profile `xnnpack`.

    python litert_default.py                      the committed cases
    python litert_default.py --models DIR --data DIR --bitexact PATH [--count 50] [--every-tensor]    whole models

Needs ai-edge-litert. The kernels depend on the CPU, their formulas do not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from cases import Case, write
from element_layers import ElementLayer, element_layers
from layers import Addition, Layer, Tensor, Weighted
# `layers` has made the parity suite's modules known.
from choices import LeftOut
from litert import variables
from oracle import LiteRT, Refusal
from random_case import RandomCase
from random_layers import I8, U8, Machine, Source

COUNTS = {"SUMS": 40, "CONV_2D": 60, "DEPTHWISE_CONV_2D": 50, "FULLY_CONNECTED": 50, "ADD": 60, "MEAN": 60,
          "AVERAGE_POOL_2D": 40, "SOFTMAX": 40, "RELU": 12, "RELU6": 12, "QUANTIZE=": 10}
ELEMENTS = {"SUB": 30, "MUL": 40, "LEAKY_RELU": 30, "LOGISTIC": 20, "TANH": 30}
# Random cases of the parity suite's recipes: those that the delegate takes, those that it leaves, and others.
DELEGATED = {"SUB": 20, "MUL": 20, "LEAKY_RELU": 10, "RESIZE_BILINEAR": 40, "SUM": 40, "MEAN": 30, "TRANSPOSE_CONV": 40,
             "BATCH_MATMUL": 30, "QUANTIZE": 20}
LEFT = {"SUB": 12, "LEAKY_RELU": 12, "BATCH_MATMUL": 30}
OTHERS = {"PRELU": 25, "HARD_SWISH": 15, "MAXIMUM": 8, "MINIMUM": 8, "L2_NORMALIZATION": 12,
          "RESIZE_NEAREST_NEIGHBOR": 10, "TRANSPOSE": 6, "SLICE": 6, "STRIDED_SLICE": 10, "SPLIT": 5, "SPLIT_V": 5,
          "UNPACK": 5, "PACK": 5, "SQUEEZE": 4, "EXPAND_DIMS": 4, "SPACE_TO_DEPTH": 6, "DEPTH_TO_SPACE": 6, "GATHER": 8,
          "GATHER_ND": 6, "SVDF": 8, "UNIDIRECTIONAL_SEQUENCE_LSTM": 8}
MODELS = (("mobilenet_v2_1.0_224_quant", "imagenet500_224.npy"), ("tf2_mobilenet_v2_1.0_224_ptq", "imagenet500_224.npy"),
          ("mobilenet_v1_0.25_128_quant", "imagenet500_128.npy"), ("pretrainedResnet_quant", "cifar10_2000.npy"),
          ("kws_ref_model", None), ("ad01_int8", None), ("keras_lstm_mnist_ptq", None),
          ("deeplabv3_mnv2_dm05_pascal_quant", None), ("movenet_single_pose_lightning_ptq", None))


def answer(model: bytes, inputs: list[np.ndarray]) -> np.ndarray | None:
    """Return the first output, or None where LiteRT refuses the model."""
    try:
        interpreter = Interpreter(model_content=model, num_threads=1)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError):
        return None
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value.reshape(detail["shape"]))
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def clamps() -> list[Layer]:
    """Layers whose fused bounds lie half-way between stored integers."""
    found: list[Layer] = []
    x = np.arange(256).astype(np.uint8).view(I8).reshape(1, 16, 16, 1)
    one, none = np.array([1], np.float32), np.array([0])
    for activation, scale in (("RELU6", 4.0), ("RELU6", 12.0), ("RELU6", 0.8), ("RELU6", 6 / 31.5), ("RELU_N1_TO_1", 2.0),
                              ("RELU_N1_TO_1", 2 / 3)):
        for zero in (0, 1, -3, 100):
            source, target = (Tensor(np.float32(scale), z, I8) for z in (0, zero))
            weights = np.ones((1, 1, 1, 1), I8)
            found += [Weighted("CONV_2D", x, source, weights, one, 0, none, target, activation=activation),
                      Addition([x, np.zeros_like(x)], [source, source], target, activation)]
    return found


def cases(layers: list[Layer | ElementLayer]) -> list[Case]:
    """The cases that LiteRT runs."""
    found = []
    for layer in layers:
        model = layer.model()
        output = answer(model, layer.inputs())
        if output is not None:
            found.append(Case(layer.kind, model, layer.inputs(), output))
    return found


def random_cases(counts: dict[str, int], kernels: str) -> list[Case]:
    """So many random cases of each operator that some of LiteRT's kernels answer, of tensors of one byte per element."""
    oracle, found = LiteRT(kernels), []
    for operator, count in counts.items():
        numbers = iter(range(100 * count))
        while count > 0:
            try:
                built = RandomCase(operator, f"default/{next(numbers)}").built
            except LeftOut:
                continue
            answers = oracle.answer(built)
            if isinstance(answers, Refusal) or any(x.dtype.itemsize != 1 for x in [*built.runs[0], answers[0][0]]):
                continue
            found.append(Case(operator, built.model, built.runs[0], answers[0][0]))
            count -= 1
    oracle.close()
    return found


def whole_model(name: str, images: str | None, arguments: argparse.Namespace) -> int:
    """Compare a whole model on images, or random values, and one random input; return how many elements differ.

    With `--every-tensor` LiteRT keeps all tensors, which makes each operator a delegate's graph of its own. Of those the
    integers are compared: float tails run on the host.
    """
    path = arguments.models / f"{name}.tflite"
    interpreter = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=arguments.every_tensor)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    tensors = [target["index"]]
    if arguments.every_tensor:
        integers = {d["index"] for d in interpreter.get_tensor_details() if np.issubdtype(d["dtype"], np.integer)}
        tensors = [v.index for v in variables(path.read_bytes()) if v.index in integers]
    limits = np.iinfo(source["dtype"])
    rng = np.random.default_rng(5)
    inputs = rng.integers(limits.min, limits.max, (arguments.count, *source["shape"][1:]), dtype=source["dtype"],
                          endpoint=True)
    if images:
        found = np.load(arguments.data / images, mmap_mode="r")[:arguments.count - 1]
        inputs[:-1] = found if source["dtype"] == np.uint8 else (found.astype(np.int16) - 128).astype(np.int8)
    elements = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", inputs)
        subprocess.run([arguments.bitexact, "run", str(path), "--profile", "xnnpack", "--input", f"{folder}/x.npy",
                        "--trace", f"{folder}/trace", "--quiet"]
                       + [part for index in tensors for part in ("--tensor", str(index))], check=True)
        samples = sorted(entry for entry in Path(f"{folder}/trace").iterdir() if entry.is_dir())
        for value, sample in zip(inputs, samples, strict=True):
            # A cell's state would pass from one input to the next.
            interpreter.reset_all_variables()
            interpreter.set_tensor(source["index"], value[None])
            interpreter.invoke()
            for index in tensors:
                expected = interpreter.get_tensor(index)
                elements += expected.size
                wrong += int((np.load(sample / f"{index:05}.npy").ravel() != expected.ravel()).sum())
    print(f"{name}: {len(inputs)} inputs, {len(tensors)} tensors, {elements} elements, {wrong} differ", flush=True)
    return wrong


def main() -> int:
    """Write the cases, or compare whole models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, help="the folder of the models")
    parser.add_argument("--data", type=Path, help="the folder of the data sets")
    parser.add_argument("--bitexact", default="bitexact")
    parser.add_argument("--count", type=int, default=50, help="inputs of each model")
    parser.add_argument("--every-tensor", action="store_true", help="compare every tensor, not only the output")
    arguments = parser.parse_args()
    if arguments.models:
        return 1 if sum([whole_model(name, images, arguments) for name, images in MODELS]) else 0
    machine = Machine(dtypes=(I8, U8), zero_points=True, scales="real", per_channel=True, shifts=(0, 14),
                      activations=("NONE", "RELU", "RELU6", "RELU_N1_TO_1"))
    layers = Source(machine, 11).layers(COUNTS) + clamps() + element_layers(Source(machine, 12), ELEMENTS)
    write("xnnpack", f"LiteRT {version('ai-edge-litert')} with its default delegate, on x86-64", "implementation",
          cases(layers) + random_cases(DELEGATED, "delegate") + random_cases(LEFT, "left")
          + random_cases(OTHERS, "default"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

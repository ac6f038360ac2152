#!/usr/bin/env python3
"""Make the demo model that is built into bitexact.

A small MobileNetV2-like classifier is trained on scikit-learn's handwritten
digits and written in two forms:

* ``demo_int8.tflite``  - post-training quantization by TensorFlow's own
  converter: int8 activations, per-channel symmetric int8 weights.
* ``demo_uint8.tflite`` - the legacy form that TensorFlow 1 quantization-aware
  training and TOCO produced: uint8 activations and per-tensor asymmetric
  uint8 weights. TOCO no longer exists, so the network is fine-tuned here with
  fake quantization and the flatbuffer is assembled operator by operator.

``demo_images.npy`` (uint8, NHWC) and ``demo_labels.npy`` (int64) hold the
held-out test split as input codes of the uint8 model; the int8 model takes
the same codes minus 128.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import math
import os
import random
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import flatbuffers
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 20
CLASSES = 10
TEST_COUNT = 360
CALIBRATION_COUNT = 64
UPSAMPLE = 2
INPUT_SHAPE = (1, 8 * UPSAMPLE, 8 * UPSAMPLE, 1)
INPUT_SCALE = 1.0 / 128.0
INPUT_ZERO_POINT = 128

INT8_NAME = "demo_int8.tflite"
UINT8_NAME = "demo_uint8.tflite"
IMAGES_NAME = "demo_images.npy"
LABELS_NAME = "demo_labels.npy"


# ---------------------------------------------------------------------------
# Network description
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """One operator of the network, after batch normalization is folded."""

    name: str
    kind: str  # "conv", "depthwise", "add", "pool", "reshape"
    inputs: tuple[str, ...]
    kernel: int = 1
    stride: int = 1
    channels: int = 0  # output channels ("conv" only)
    relu6: bool = False
    batch_norm: bool = True

    @property
    def has_weights(self) -> bool:
        """Whether the operator carries a kernel and a bias."""
        return self.kind in ("conv", "depthwise")


# (expansion factor, output channels, stride) of each inverted residual block.
BLOCKS: tuple[tuple[int, int, int], ...] = (
    (1, 8, 1),
    (6, 16, 2),
    (6, 16, 1),
    (6, 24, 2),
    (6, 24, 1),
    (6, 32, 1),
    (6, 32, 1),
)
STEM_CHANNELS = 16
HEAD_CHANNELS = 128
# Standard deviation of the logarithm of the initial scales, see initial_gamma.
GAMMA_SPREAD = 1.0


def describe_network() -> list[Node]:
    """Return the operators of the network in execution order."""
    nodes = [Node("stem", "conv", ("input",), kernel=3, channels=STEM_CHANNELS, relu6=True)]
    channels = STEM_CHANNELS
    size = INPUT_SHAPE[1]
    for index, (expansion, out_channels, stride) in enumerate(BLOCKS, start=1):
        block_input = last = nodes[-1].name
        if expansion != 1:
            last = f"block{index}_expand"
            nodes.append(
                Node(last, "conv", (block_input,), channels=channels * expansion, relu6=True)
            )
        depthwise = f"block{index}_depthwise"
        nodes.append(Node(depthwise, "depthwise", (last,), kernel=3, stride=stride, relu6=True))
        project = f"block{index}_project"
        nodes.append(Node(project, "conv", (depthwise,), channels=out_channels))
        if stride == 1 and channels == out_channels:
            nodes.append(Node(f"block{index}_add", "add", (block_input, project)))
        channels = out_channels
        size = math.ceil(size / stride)
    nodes.append(Node("head", "conv", (nodes[-1].name,), channels=HEAD_CHANNELS, relu6=True))
    nodes.append(Node("pool", "pool", ("head",), kernel=size))
    nodes.append(Node("logits", "conv", ("pool",), channels=CLASSES, batch_norm=False))
    nodes.append(Node("flat", "reshape", ("logits",)))
    return nodes


# ---------------------------------------------------------------------------
# Data
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Training and test images as uint8 input codes, with their labels."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def balanced_first(labels: np.ndarray, count: int) -> np.ndarray:
    """Return an order of ``labels`` whose first ``count`` entries are class balanced."""
    queues = [list(np.flatnonzero(labels == c)) for c in range(CLASSES)]
    chosen: list[int] = []
    while len(chosen) < count:
        chosen.append(int(queues[len(chosen) % CLASSES].pop(0)))
    taken = set(chosen)
    return np.array(chosen + [i for i in range(len(labels)) if i not in taken])


def to_codes(pixels: np.ndarray) -> np.ndarray:
    """Turn 8x8 digits with values 0...16 into upsampled uint8 codes 0...255."""
    codes = np.floor(pixels * (255.0 / 16.0) + 0.5).astype(np.uint8)
    codes = codes.repeat(UPSAMPLE, axis=1).repeat(UPSAMPLE, axis=2)
    return codes[..., np.newaxis]


def to_real(codes: np.ndarray) -> np.ndarray:
    """Dequantize input codes to the range -1...127/128."""
    return ((codes.astype(np.float32) - INPUT_ZERO_POINT) * INPUT_SCALE).astype(np.float32)


def load_data() -> Data:
    """Load scikit-learn's digits and split off the stratified test images."""
    digits = load_digits()
    images = to_codes(digits.images)
    labels = digits.target.astype(np.int64)
    train_x, test_x, train_y, test_y = train_test_split(
        images, labels, test_size=TEST_COUNT, random_state=SEED, stratify=labels
    )
    order = balanced_first(test_y, CALIBRATION_COUNT)
    return Data(train_x, train_y, test_x[order], test_y[order])


def batches(
    data: Data, batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield one epoch of shuffled training batches, each image randomly shifted."""
    count = len(data.train_labels)
    order = rng.permutation(count)
    height, width = INPUT_SHAPE[1:3]
    for start in range(0, count - batch_size + 1, batch_size):
        index = order[start : start + batch_size]
        padded = np.pad(data.train_images[index], ((0, 0), (2, 2), (2, 2), (0, 0)))
        shifts = rng.integers(0, 5, size=(batch_size, 2))
        images = np.stack(
            [image[y : y + height, x : x + width] for image, (y, x) in zip(padded, shifts)]
        )
        yield to_real(images), data.train_labels[index]


# ---------------------------------------------------------------------------
# Float training
# ---------------------------------------------------------------------------


def initial_gamma(node: Node, index: int) -> Any:
    """Return the initializer of the scale of a batch normalization.

    The scales of expansions and depthwise convolutions start log-normally
    distributed instead of equal. Like in a real MobileNetV2, the channels of
    the folded depthwise kernels then differ widely in magnitude, which is what
    makes per-tensor weight quantization interesting.
    """
    if not (node.relu6 and node.name.endswith(("_expand", "_depthwise"))):
        return "ones"

    def initialize(shape: tuple[int, ...], dtype: Any = None) -> tf.Tensor:
        rng = np.random.default_rng([SEED, index])
        values = np.exp(GAMMA_SPREAD * rng.standard_normal(tuple(shape)))
        return tf.constant(np.minimum(values, 2.0), dtype=dtype or tf.float32)

    return initialize


def build_keras(nodes: list[Node]) -> tf.keras.Model:
    """Build the trainable Keras model (with batch normalization, without softmax)."""
    layers = tf.keras.layers
    regularizer = tf.keras.regularizers.L2(4e-5)
    inputs = tf.keras.Input(INPUT_SHAPE[1:], name="input")
    values: dict[str, Any] = {"input": inputs}
    for index, node in enumerate(nodes):
        x = values[node.inputs[0]]
        if node.kind == "conv":
            x = layers.Conv2D(
                node.channels,
                node.kernel,
                node.stride,
                padding="same",
                use_bias=not node.batch_norm,
                kernel_regularizer=regularizer,
                name=node.name,
            )(x)
        elif node.kind == "depthwise":
            x = layers.DepthwiseConv2D(
                node.kernel, node.stride, padding="same", use_bias=False, name=node.name
            )(x)
        elif node.kind == "add":
            x = layers.Add(name=node.name)([values[name] for name in node.inputs])
        elif node.kind == "pool":
            x = layers.AveragePooling2D(node.kernel, name=node.name)(x)
        elif node.kind == "reshape":
            x = layers.Reshape((CLASSES,), name=node.name)(x)
        if node.has_weights and node.batch_norm:
            x = layers.BatchNormalization(
                momentum=0.9,
                gamma_initializer=initial_gamma(node, index),
                name=f"{node.name}_bn",
            )(x)
        if node.relu6:
            x = layers.ReLU(6.0, name=f"{node.name}_relu6")(x)
        values[node.name] = x
    return tf.keras.Model(inputs, values[nodes[-1].name])


def cosine(step: int, total: int, peak: float) -> float:
    """Learning rate of a cosine schedule that ends near zero."""
    return 0.5 * peak * (1.0 + math.cos(math.pi * step / total))


def train_float(model: tf.keras.Model, data: Data, epochs: int) -> None:
    """Train the float model with Adam."""
    batch_size = 32
    rng = np.random.default_rng(SEED)
    optimizer = tf.keras.optimizers.Adam()
    loss_function = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    variables = model.trainable_variables
    optimizer.build(variables)

    @tf.function
    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_function(labels, model(images, training=True))
            loss += tf.add_n(model.losses)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    for epoch in range(epochs):
        optimizer.learning_rate.assign(cosine(epoch, epochs, 4e-3))
        losses = [
            float(step(tf.constant(x), tf.constant(y))) for x, y in batches(data, batch_size, rng)
        ]
        if (epoch + 1) % 10 == 0:
            print(f"  float epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}", flush=True)


# ---------------------------------------------------------------------------
# Quantization-aware fine-tuning of the folded network
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Quantization:
    """Per-tensor affine quantization to uint8."""

    scale: float
    zero_point: int

    @property
    def minimum(self) -> float:
        """Real value of code 0."""
        return -self.zero_point * self.scale

    @property
    def maximum(self) -> float:
        """Real value of code 255."""
        return (255 - self.zero_point) * self.scale

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Quantize real values, rounding halves up like TensorFlow's fake quantization."""
        codes = np.floor(np.asarray(values, np.float64) / self.scale + 0.5) + self.zero_point
        return np.clip(codes, 0, 255).astype(np.uint8)


def choose_quantization(minimum: float, maximum: float) -> Quantization:
    """Return the uint8 quantization of a range, nudged so that zero has a code."""
    minimum, maximum = min(float(minimum), 0.0), max(float(maximum), 0.0)
    scale = float(np.float32((maximum - minimum) / 255.0))
    zero_point = int(np.clip(math.floor(-minimum / scale + 0.5), 0, 255))
    return Quantization(scale, zero_point)


RELU6_QUANTIZATION = choose_quantization(0.0, 6.0)
INPUT_QUANTIZATION = Quantization(INPUT_SCALE, INPUT_ZERO_POINT)


class FoldedNetwork:
    """The network with batch normalization folded into kernels and biases.

    Kernels have TensorFlow's layout: HWIO for "conv" and HWC1 for "depthwise".
    """

    def __init__(self, nodes: list[Node], model: tf.keras.Model) -> None:
        """Fold the batch normalization of ``model``."""
        self.nodes = nodes
        self.kernels: dict[str, tf.Variable] = {}
        self.biases: dict[str, tf.Variable] = {}
        self.ranges: dict[str, tf.Variable] = {}
        for node in nodes:
            if node.has_weights:
                kernel, bias = self._fold(node, model)
                self.kernels[node.name] = tf.Variable(kernel, name=f"{node.name}_kernel")
                self.biases[node.name] = tf.Variable(bias, name=f"{node.name}_bias")
            if self.has_own_range(node):
                self.ranges[node.name] = tf.Variable([0.0, 0.0], trainable=False)

    @staticmethod
    def has_own_range(node: Node) -> bool:
        """Whether the range of the output is observed (not fixed and not inherited)."""
        return not node.relu6 and node.kind not in ("pool", "reshape")

    @staticmethod
    def _fold(node: Node, model: tf.keras.Model) -> tuple[np.ndarray, np.ndarray]:
        weights = model.get_layer(node.name).get_weights()
        kernel = weights[0].astype(np.float64)
        if not node.batch_norm:
            return kernel.astype(np.float32), weights[1]
        layer = model.get_layer(f"{node.name}_bn")
        gamma, beta, mean, variance = (w.astype(np.float64) for w in layer.get_weights())
        factor = gamma / np.sqrt(variance + layer.epsilon)
        shaped = factor[:, np.newaxis] if node.kind == "depthwise" else factor
        return (kernel * shaped).astype(np.float32), (beta - mean * factor).astype(np.float32)

    def __call__(
        self, images: tf.Tensor, quantized: bool, decay: float | None = None
    ) -> tf.Tensor:
        """Return the logits.

        ``quantized`` inserts fake quantization of kernels and activations.
        ``decay`` updates the observed activation ranges as moving averages;
        0 replaces them by the ranges of this batch.
        """
        values: dict[str, tf.Tensor] = {"input": images}
        for node in self.nodes:
            x = values[node.inputs[0]]
            if node.has_weights:
                kernel = self.kernels[node.name]
                if quantized:
                    low = tf.minimum(tf.reduce_min(kernel), 0.0)
                    high = tf.maximum(tf.reduce_max(kernel), 0.0)
                    kernel = tf.quantization.fake_quant_with_min_max_vars(
                        kernel, tf.stop_gradient(low), tf.stop_gradient(high)
                    )
                strides = [1, node.stride, node.stride, 1]
                convolve = tf.nn.conv2d if node.kind == "conv" else tf.nn.depthwise_conv2d
                x = convolve(x, kernel, strides, "SAME") + self.biases[node.name]
            elif node.kind == "add":
                x = x + values[node.inputs[1]]
            elif node.kind == "pool":
                x = tf.nn.avg_pool2d(x, node.kernel, node.kernel, "VALID")
            elif node.kind == "reshape":
                x = tf.reshape(x, [-1, CLASSES])
            if node.relu6:
                x = tf.nn.relu6(x)
                if quantized:
                    x = tf.quantization.fake_quant_with_min_max_args(x, 0.0, 6.0)
            elif self.has_own_range(node):
                limits = self.ranges[node.name]
                if decay is not None:
                    low = tf.minimum(tf.reduce_min(x), 0.0)
                    high = tf.maximum(tf.reduce_max(x), 0.0)
                    limits.assign(decay * limits + (1.0 - decay) * tf.stack([low, high]))
                if quantized:
                    x = tf.quantization.fake_quant_with_min_max_vars(x, limits[0], limits[1])
            values[node.name] = x
        return values[self.nodes[-1].name]

    def kernel_quantization(self, name: str) -> Quantization:
        """Return the quantization of a kernel, the one fake quantization simulates."""
        kernel = self.kernels[name].numpy()
        return choose_quantization(kernel.min(), kernel.max())

    def activation_quantizations(self) -> dict[str, Quantization]:
        """Return the quantization of every activation by name."""
        result = {"input": INPUT_QUANTIZATION}
        for node in self.nodes:
            if node.relu6:
                result[node.name] = RELU6_QUANTIZATION
            elif self.has_own_range(node):
                result[node.name] = choose_quantization(*self.ranges[node.name].numpy())
            else:
                result[node.name] = result[node.inputs[0]]
        return result


def fine_tune(network: FoldedNetwork, data: Data, epochs: int) -> None:
    """Fine-tune the folded network with fake quantization.

    The activation ranges follow the training batches during the first two
    thirds of the epochs and are frozen afterwards.
    """
    batch_size = 32
    rng = np.random.default_rng(SEED + 1)
    optimizer = tf.keras.optimizers.Adam()
    loss_function = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    variables = list(network.kernels.values()) + list(network.biases.values())
    optimizer.build(variables)

    def make_step(decay: float | None) -> Any:
        @tf.function
        def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                loss = loss_function(labels, network(images, quantized=True, decay=decay))
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
            return loss

        return step

    observing, frozen = make_step(0.99), make_step(None)
    for epoch in range(epochs):
        optimizer.learning_rate.assign(cosine(epoch, epochs, 3e-4))
        step = observing if epoch < epochs * 2 // 3 else frozen
        losses = [
            float(step(tf.constant(x), tf.constant(y))) for x, y in batches(data, batch_size, rng)
        ]
        if (epoch + 1) % 5 == 0:
            print(f"  fake-quant epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}", flush=True)


# ---------------------------------------------------------------------------
# Writing the models
# ---------------------------------------------------------------------------


def convert_int8(model: tf.keras.Model, data: Data) -> bytes:
    """Convert with TFLiteConverter to full-integer int8, calibrated on training images."""
    # A fixed batch size of 1 keeps the shape of RESHAPE constant.
    inputs = tf.keras.Input(batch_shape=INPUT_SHAPE, name="input")
    softmax = tf.keras.layers.Softmax(name="softmax")
    fixed = tf.keras.Model(inputs, softmax(model(inputs, training=False)))

    def representative() -> Iterator[list[np.ndarray]]:
        for image in data.train_images[:256]:
            yield [to_real(image[np.newaxis])]

    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    with contextlib.redirect_stdout(io.StringIO()):  # Keras lists every captured variable
        return bytes(converter.convert())


class LegacyModelBuilder:
    """Assembles a uint8 model as the legacy converter would have written it."""

    def __init__(self, network: FoldedNetwork) -> None:
        """Prepare an empty model for ``network``."""
        self.network = network
        self.quantizations = network.activation_quantizations()
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "bitexact demo model, legacy uint8 form"
        self.model.operatorCodes = []
        self.model.buffers = [schema.BufferT()]  # buffer 0 is always empty
        self.graph = schema.SubGraphT()
        self.graph.tensors = []
        self.graph.operators = []
        self.model.subgraphs = [self.graph]
        self.activations: dict[str, int] = {}

    def _operator_code(self, builtin: int) -> int:
        for index, code in enumerate(self.model.operatorCodes):
            if code.builtinCode == builtin:
                return index
        code = schema.OperatorCodeT()
        code.deprecatedBuiltinCode = builtin
        code.builtinCode = builtin
        code.version = 1
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def _tensor(
        self,
        name: str,
        shape: tuple[int, ...],
        tensor_type: int,
        quantization: Quantization | None,
        data: np.ndarray | None = None,
    ) -> int:
        tensor = schema.TensorT()
        tensor.name = name
        tensor.shape = list(shape)
        tensor.type = tensor_type
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.model.buffers.append(buffer)
            tensor.buffer = len(self.model.buffers) - 1
        if quantization is not None:
            parameters = schema.QuantizationParametersT()
            parameters.scale = [quantization.scale]
            parameters.zeroPoint = [quantization.zero_point]
            if tensor_type == schema.TensorType.UINT8:
                parameters.min = [quantization.minimum]
                parameters.max = [quantization.maximum]
            tensor.quantization = parameters
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def _activation(self, name: str, shape: tuple[int, ...], quantization: Quantization) -> int:
        index = self._tensor(name, shape, schema.TensorType.UINT8, quantization)
        self.activations[name] = index
        return index

    def _operator(
        self, builtin: int, inputs: list[int], output: int, options_type: int, options: Any
    ) -> None:
        operator = schema.OperatorT()
        operator.opcodeIndex = self._operator_code(builtin)
        operator.inputs = inputs
        operator.outputs = [output]
        operator.builtinOptionsType = options_type
        operator.builtinOptions = options
        self.graph.operators.append(operator)

    def _shape(self, node: Node) -> tuple[int, ...]:
        first = tuple(self.graph.tensors[self.activations[node.inputs[0]]].shape)
        if node.kind == "reshape":
            return (1, CLASSES)
        if node.kind == "add":
            return first
        if node.kind == "pool":
            return (1, 1, 1, first[3])
        channels = node.channels if node.kind == "conv" else first[3]
        return (1, math.ceil(first[1] / node.stride), math.ceil(first[2] / node.stride), channels)

    def _add_weighted(self, node: Node, inputs: list[int], output: int) -> None:
        kernel = self.network.kernels[node.name].numpy()
        quantization = self.network.kernel_quantization(node.name)
        # Convolutions store OHWI, depthwise convolutions 1HWC.
        kernel = kernel.transpose(3, 0, 1, 2)
        codes = quantization.encode(kernel)
        weight = self._tensor(
            f"{node.name}/weights", codes.shape, schema.TensorType.UINT8, quantization, codes
        )
        input_scale = self.quantizations[node.inputs[0]].scale
        bias_scale = float(np.float32(input_scale) * np.float32(quantization.scale))
        bias = self.network.biases[node.name].numpy().astype(np.float64)
        bias_codes = np.rint(bias / bias_scale).astype(np.int32)
        bias_index = self._tensor(
            f"{node.name}/bias",
            bias_codes.shape,
            schema.TensorType.INT32,
            Quantization(bias_scale, 0),
            bias_codes,
        )
        if node.kind == "conv":
            builtin = schema.BuiltinOperator.CONV_2D
            options_type = schema.BuiltinOptions.Conv2DOptions
            options: Any = schema.Conv2DOptionsT()
        else:
            builtin = schema.BuiltinOperator.DEPTHWISE_CONV_2D
            options_type = schema.BuiltinOptions.DepthwiseConv2DOptions
            options = schema.DepthwiseConv2DOptionsT()
            options.depthMultiplier = 1
        options.padding = schema.Padding.SAME
        options.strideW = options.strideH = node.stride
        options.dilationWFactor = options.dilationHFactor = 1
        options.fusedActivationFunction = (
            schema.ActivationFunctionType.RELU6
            if node.relu6
            else schema.ActivationFunctionType.NONE
        )
        self._operator(builtin, inputs + [weight, bias_index], output, options_type, options)

    def _add_node(self, node: Node) -> None:
        inputs = [self.activations[name] for name in node.inputs]
        output = self._activation(node.name, self._shape(node), self.quantizations[node.name])
        if node.has_weights:
            self._add_weighted(node, inputs, output)
        elif node.kind == "add":
            options: Any = schema.AddOptionsT()
            self._operator(
                schema.BuiltinOperator.ADD, inputs, output, schema.BuiltinOptions.AddOptions, options
            )
        elif node.kind == "pool":
            options = schema.Pool2DOptionsT()
            options.padding = schema.Padding.VALID
            options.strideW = options.strideH = node.kernel
            options.filterWidth = options.filterHeight = node.kernel
            self._operator(
                schema.BuiltinOperator.AVERAGE_POOL_2D,
                inputs,
                output,
                schema.BuiltinOptions.Pool2DOptions,
                options,
            )
        elif node.kind == "reshape":
            shape = np.array([1, CLASSES], np.int32)
            shape_index = self._tensor(
                f"{node.name}/shape", shape.shape, schema.TensorType.INT32, None, shape
            )
            options = schema.ReshapeOptionsT()
            options.newShape = [1, CLASSES]
            self._operator(
                schema.BuiltinOperator.RESHAPE,
                inputs + [shape_index],
                output,
                schema.BuiltinOptions.ReshapeOptions,
                options,
            )

    def build(self) -> bytes:
        """Return the serialized model."""
        self.graph.inputs = [self._activation("input", INPUT_SHAPE, INPUT_QUANTIZATION)]
        for node in self.network.nodes:
            self._add_node(node)
        logits = self.activations[self.network.nodes[-1].name]
        output = self._activation("softmax", (1, CLASSES), Quantization(1.0 / 256.0, 0))
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        self._operator(
            schema.BuiltinOperator.SOFTMAX,
            [logits],
            output,
            schema.BuiltinOptions.SoftmaxOptions,
            options,
        )
        self.graph.outputs = [output]
        builder = flatbuffers.Builder(1 << 17)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


# ---------------------------------------------------------------------------
# Checking the models
# ---------------------------------------------------------------------------


def measure(model: bytes, codes: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy of a quantized model with LiteRT's reference kernels."""
    interpreter = Interpreter(
        model_content=model,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]
    result = interpreter.get_output_details()[0]
    signed = entry["dtype"] == np.int8
    correct = 0
    for image, label in zip(codes, labels):
        value = (image.astype(np.int16) - 128).astype(np.int8) if signed else image
        interpreter.set_tensor(entry["index"], value[np.newaxis])
        interpreter.invoke()
        correct += int(np.argmax(interpreter.get_tensor(result["index"])[0]) == label)
    return correct / len(labels)


def enum_name(enumeration: type, value: int) -> str:
    """Return the name of a value of a generated schema enumeration."""
    return next(k for k, v in vars(enumeration).items() if v == value and not k.startswith("_"))


def describe(model: bytes) -> str:
    """Return a listing of operators (with versions) and tensors (with quantization)."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = root.subgraphs[0]
    lines = ["operators:"]
    names: list[str] = []
    for index, operator in enumerate(graph.operators):
        code = root.operatorCodes[operator.opcodeIndex]
        builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
        names.append(enum_name(schema.BuiltinOperator, builtin))
        inputs = " ".join(str(i) for i in operator.inputs)
        outputs = " ".join(str(i) for i in operator.outputs)
        lines.append(f"  {index:3d} {names[-1]} v{code.version}: {inputs} -> {outputs}")
    lines.append("  total: " + ", ".join(f"{k} {v}" for k, v in Counter(names).items()))
    lines.append("tensors:")
    for index, tensor in enumerate(graph.tensors):
        quantization = tensor.quantization
        text = "-"
        if quantization is not None and quantization.scale is not None:
            scales = list(quantization.scale)
            zero_points = sorted(set(int(z) for z in quantization.zeroPoint))
            if len(scales) == 1:
                text = f"scale {scales[0]:.9g} zero point {zero_points[0]}"
            else:
                text = (
                    f"scale {min(scales):.6g}...{max(scales):.6g} ({len(scales)} channels) "
                    f"zero point {zero_points[0]}"
                )
        name = tensor.name.decode() if isinstance(tensor.name, bytes) else tensor.name
        shape = "x".join(str(d) for d in ([] if tensor.shape is None else tensor.shape))
        kind = enum_name(schema.TensorType, tensor.type)
        lines.append(f"  {index:3d} {kind} [{shape}] {text}  {name[-48:]}")
    return "\n".join(lines)


def check(output: Path) -> None:
    """Describe and measure the files in ``output``."""
    images = np.load(output / IMAGES_NAME)
    labels = np.load(output / LABELS_NAME)
    print(f"{IMAGES_NAME}: {images.dtype} {images.shape}, codes {images.min()}...{images.max()}")
    print(f"{LABELS_NAME}: {labels.dtype} {labels.shape}")
    first = Counter(labels[:CALIBRATION_COUNT].tolist())
    print(f"classes of the first {CALIBRATION_COUNT}: {dict(sorted(first.items()))}")
    for name in (INT8_NAME, UINT8_NAME):
        model = (output / name).read_bytes()
        print(f"\n== {name}")
        print(describe(model))
        rest = slice(CALIBRATION_COUNT, None)
        print(f"accuracy, all {len(labels)} images: {measure(model, images, labels):.4f}")
        print(
            f"accuracy, without the first {CALIBRATION_COUNT}: "
            f"{measure(model, images[rest], labels[rest]):.4f}"
        )
    print()
    for name in (INT8_NAME, UINT8_NAME, IMAGES_NAME, LABELS_NAME):
        content = (output / name).read_bytes()
        print(f"{name}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


def float_accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose largest logit is the label's."""
    return float(np.mean(np.argmax(logits, axis=1) == labels))


def make(output: Path, epochs: int, fine_tune_epochs: int) -> None:
    """Train the network and write the four files."""
    random.seed(SEED)
    tf.keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    data = load_data()
    nodes = describe_network()
    model = build_keras(nodes)
    print(f"training {model.count_params()} parameters on {len(data.train_labels)} images")
    train_float(model, data, epochs)
    test = tf.constant(to_real(data.test_images))
    accuracy = float_accuracy(model(test, training=False).numpy(), data.test_labels)
    print(f"float accuracy: {accuracy:.4f}")

    int8_model = convert_int8(model, data)

    network = FoldedNetwork(nodes, model)
    accuracy = float_accuracy(network(test, quantized=False).numpy(), data.test_labels)
    print(f"float accuracy, batch normalization folded: {accuracy:.4f}")
    network(tf.constant(to_real(data.train_images)), quantized=False, decay=0.0)
    plain = LegacyModelBuilder(network).build()
    accuracy = measure(plain, data.test_images, data.test_labels)
    print(f"uint8 accuracy before fine-tuning: {accuracy:.4f}")
    fine_tune(network, data, fine_tune_epochs)
    accuracy = float_accuracy(network(test, quantized=True).numpy(), data.test_labels)
    print(f"fake-quant accuracy after fine-tuning: {accuracy:.4f}")
    uint8_model = LegacyModelBuilder(network).build()

    output.mkdir(parents=True, exist_ok=True)
    (output / INT8_NAME).write_bytes(int8_model)
    (output / UINT8_NAME).write_bytes(uint8_model)
    np.save(output / IMAGES_NAME, data.test_images)
    np.save(output / LABELS_NAME, data.test_labels)


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        description="Make bitexact's built-in demo model and its test images.",
        epilog="The files are described and measured after they are written.",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where to write")
    parser.add_argument(
        "--epochs", type=int, default=60, help="epochs of float training (default: %(default)s)"
    )
    parser.add_argument(
        "--fine-tune-epochs",
        type=int,
        default=20,
        help="epochs of fake-quantized fine-tuning (default: %(default)s)",
    )
    parser.add_argument(
        "--check-only", action="store_true", help="only describe and measure existing files in DIR"
    )
    arguments = parser.parse_args()
    if not arguments.check_only:
        make(arguments.output, arguments.epochs, arguments.fine_tune_epochs)
    check(arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())

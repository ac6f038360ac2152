"""The recipe of each operator that bitexact supports: what a random case of it is.

A recipe adds a model's tensors and its operator to a builder and returns the graph's outputs. All that is random in it
is a labelled choice (`choices.py`). The number beside a recipe says how many of the committed cases are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from choices import Choices
from recipes_elements import (cast, clamp, dequantize, function, host_pair, pair, quantize, square_root)
from recipes_images import length, pool, position, reduction, resize, softmax
from recipes_movements import (blocks, concatenation, expand_dims, gather, gather_nd, pack, pad, reshape, slices, split,
                               squeeze, strided_slice, transpose, unpack)
from recipes_sequences import sequence, svdf
from recipes_weighted import batch_product, convolution, fully_connected, transposed_convolution
from tflite_builder import ModelBuilder

Recipe = Callable[[Choices, ModelBuilder], list[int]]

RECIPES: dict[str, tuple[Recipe, int]] = {
    "CONV_2D": (partial(convolution, depthwise=False), 400),
    "DEPTHWISE_CONV_2D": (partial(convolution, depthwise=True), 400),
    "FULLY_CONNECTED": (fully_connected, 300),
    "TRANSPOSE_CONV": (transposed_convolution, 200),
    "BATCH_MATMUL": (batch_product, 120),
    **{name: (partial(pair, operator=name), count) for name, count in (
        ("ADD", 250), ("SUB", 200), ("MUL", 200), ("MAXIMUM", 60), ("MINIMUM", 60), ("PRELU", 120))},
    **{f"{name} of int32 and float32": (partial(host_pair, operator=name), count) for name, count in (
        ("ADD", 30), ("SUB", 30), ("MUL", 30), ("DIV", 40), ("FLOOR_DIV", 30), ("MAXIMUM", 20), ("MINIMUM", 20))},
    **{name: (partial(function, operator=name), 60) for name in ("LOGISTIC", "TANH", "HARD_SWISH", "LEAKY_RELU")},
    **{name: (partial(clamp, operator=name), 50) for name in ("RELU", "RELU6", "RELU_N1_TO_1")},
    "QUANTIZE": (quantize, 150),
    "DEQUANTIZE": (dequantize, 50),
    "CAST": (cast, 80),
    "SQRT": (square_root, 20),
    "AVERAGE_POOL_2D": (partial(pool, operator="AVERAGE_POOL_2D"), 150),
    "MAX_POOL_2D": (partial(pool, operator="MAX_POOL_2D"), 100),
    "MEAN": (partial(reduction, operator="MEAN"), 180),
    "SUM": (partial(reduction, operator="SUM"), 80),
    "SOFTMAX": (softmax, 120),
    "L2_NORMALIZATION": (length, 80),
    "ARG_MAX": (partial(position, operator="ARG_MAX"), 40),
    "ARG_MIN": (partial(position, operator="ARG_MIN"), 40),
    "RESIZE_BILINEAR": (partial(resize, operator="RESIZE_BILINEAR"), 120),
    "RESIZE_NEAREST_NEIGHBOR": (partial(resize, operator="RESIZE_NEAREST_NEIGHBOR"), 80),
    "TRANSPOSE": (transpose, 40),
    "RESHAPE": (reshape, 30),
    "SLICE": (slices, 40),
    "STRIDED_SLICE": (strided_slice, 160),
    "SPLIT": (partial(split, has_extents=False), 30),
    "SPLIT_V": (partial(split, has_extents=True), 40),
    "UNPACK": (unpack, 30),
    "PACK": (pack, 30),
    "SQUEEZE": (squeeze, 30),
    "EXPAND_DIMS": (expand_dims, 30),
    "SPACE_TO_DEPTH": (partial(blocks, become_channels=True), 25),
    "DEPTH_TO_SPACE": (partial(blocks, become_channels=False), 25),
    "GATHER": (gather, 100),
    "GATHER_ND": (gather_nd, 40),
    "PAD": (partial(pad, has_value=False), 40),
    "PADV2": (partial(pad, has_value=True), 40),
    "CONCATENATION": (concatenation, 80),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (sequence, 80),
    "SVDF": (svdf, 60),
}

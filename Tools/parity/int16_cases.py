"""Cases with int16 activations: LiteRT's "16x8" kernels, whose weights are int8 and whose zero points are 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from fixtures import Case, random_values, seed_of, standard_runs
from operator_cases import fused, moved, numbers, options_of, pack
from tflite_builder import ACTIVATIONS, ModelBuilder, Quant, Shape

U8, I8, I16, F32 = np.dtype(np.uint8), np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.float32)
SHORT = {U8: "u8", I8: "i8", I16: "i16", F32: "f32"}
PROBABILITY = Quant(1 / 32768)

Build = Callable[[ModelBuilder, np.random.Generator], list[int]]


def case(name: str, operator: str, notes: str, build: Build,
         extra: Callable[[ModelBuilder, np.random.Generator], dict[str, list[np.ndarray]]] | None = None,
         standard: bool = True) -> Case:
    """Build a case; `extra` are runs beside the standard ones, or instead of them."""
    rng = np.random.default_rng(seed_of(name))
    builder = ModelBuilder()
    outputs = build(builder, rng)
    runs = standard_runs(builder, rng) if standard else {}
    return Case(name, operator, notes, seed_of(name), builder.build(outputs),
                runs | (extra(builder, rng) if extra else {}))


def zeros(b: ModelBuilder, _: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Make a run on zeros, so that the accumulators equal the biases."""
    return {"zero.": [np.zeros(b.shape(i), b.dtype(i)) for i in b.inputs]}


# Layers with weights


def weighted(name: str, operator: str, x: Shape, kernel: Shape, notes: str, *, per_channel: float | None = 0.7,
             biased: bool = True, bias_type: type = np.int64, bias: Sequence[int] | None = None, x_scale: float = 0.00031,
             y_scale: float = 0.00047, multiplier: float | None = None, **options: Any) -> Case:
    """Make a layer with int8 weights whose outputs spread over the type's range, or with one real multiplier."""
    axis = 3 if operator == "DEPTHWISE_CONV_2D" else 0
    channels = kernel[axis]
    depth = int(np.prod(kernel)) // channels

    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        real = multiplier or 0.9 / (74 * depth ** 0.5)
        base = real * y_scale / x_scale
        scales = np.array([base], np.float32)
        if per_channel is not None:
            scales = (base * 10 ** (per_channel * (rng.random(channels) - 0.5))).astype(np.float32)
        weights = rng.integers(-127, 127, kernel, dtype=np.int8, endpoint=True)
        reach = np.minimum(20000 / (x_scale * scales / y_scale), 2.0 ** 30).astype(np.int64)
        values = np.array(bias) if bias is not None else rng.integers(-reach, reach + 1, channels)
        inputs = b.input(x, I16, Quant(x_scale))
        w = b.constant(weights, Quant(scales, 0, axis))
        bias_tensor = b.constant(values.astype(bias_type), Quant(np.float32(x_scale) * scales)) if biased else None
        add: dict[str, Callable[..., int]] = {
            "CONV_2D": b.conv2d, "DEPTHWISE_CONV_2D": b.depthwise_conv2d, "FULLY_CONNECTED": b.fully_connected}
        y = add[operator](inputs, w, bias_tensor, Quant(y_scale), **options)
        if bias_type is np.int32:
            b.state_bias_type(schema.TensorType.INT32)
        return [y]

    return case(name, operator, notes, build, zeros)


def halves(multiplier: float, count: int) -> list[int]:
    """Biases at and next to the points where `multiplier` * bias is half-way between integers."""
    return [int((-1) ** k * (round((k * 37 % 100 + 0.5) / multiplier) + k % 5 - 2)) for k in range(count)]


def layers() -> Iterator[Case]:
    """CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED."""
    for operator, short in (("CONV_2D", "conv"), ("DEPTHWISE_CONV_2D", "depthwise")):
        def make(suffix: str, x: Shape, size: tuple[int, int], out: int, notes: str, operator: str = operator,
                 short: str = short, **options: Any) -> Case:
            kernel = (1, *size, out) if short == "depthwise" else (out, *size, x[3])
            return weighted(f"{short}_i16_{suffix}", operator, x, kernel, notes, **options)

        yield make("same", (1, 6, 5, 3), (3, 3), 6, "3x3, SAME")
        yield make("tensor", (1, 6, 5, 3), (3, 3), 6, "one scale for all channels", per_channel=None)
        yield make("valid", (2, 6, 5, 3), (3, 2), 3, "3x2, VALID, two samples", padding="VALID")
        yield make("stride2", (1, 7, 6, 2), (3, 3), 4, "stride 2", stride=(2, 2))
        yield make("dilation", (1, 9, 8, 2), (3, 3), 2, "dilation 2", dilation=(2, 2))
        yield make("beyond", (1, 2, 1, 2), (5, 4), 2, "kernel larger than the image, SAME")
        yield make("relu6", (1, 4, 4, 2), (3, 3), 4, "fused RELU6", activation="RELU6")
        yield make("relu", (1, 4, 4, 2), (3, 3), 4, "fused RELU", activation="RELU")
        yield make("gain", (1, 4, 4, 2), (1, 1), 4, "multiplier above 1", multiplier=2.3)
        yield make("ties", (1, 2, 2, 2), (1, 1), 16, "power-of-two multiplier, biases at and next to half-way",
                   multiplier=2.0 ** -5, x_scale=0.5, y_scale=0.25, bias=halves(2.0 ** -5, 16), per_channel=None)
        yield make("halves", (1, 2, 2, 2), (1, 1), 32, "biases next to half-way", multiplier=0.00037,
                   bias=halves(0.00037, 32), per_channel=None)
        yield make("reduced", (1, 2, 2, 2), (1, 1), 8, "a significand that 16 bits cut rather than round",
                   multiplier=0.9999999 / 64, bias=[k * 10007 * (-1) ** k * 64 for k in range(8)], per_channel=None)
        yield make("wide", (1, 2, 2, 2), (1, 1), 8, "biases of 40 bits", multiplier=2.0 ** -26 * 1.3,
                   bias=[(k * 123456789123 % 2 ** 40 - 2 ** 39) * (-1) ** k for k in range(8)], per_channel=None)
        yield make("spread", (1, 3, 3, 2), (3, 3), 8, "scales over six decades", per_channel=6.0)
    yield weighted("conv_i16_deep", "CONV_2D", (1, 2, 2, 700), (3, 2, 2, 700), "2800 taps: sums beyond 32 bits")
    yield weighted("conv_i16_groups", "CONV_2D", (1, 4, 4, 4), (6, 3, 3, 2), "two groups")
    yield weighted("conv_i16_b32", "CONV_2D", (1, 5, 5, 3), (6, 3, 3, 3), "biases and sums of 32 bits",
                   bias_type=np.int32)
    yield weighted("conv_i16_b32_wrap", "CONV_2D", (1, 2, 2, 1200), (4, 1, 1, 1200), "sums of 32 bits that wrap",
                   bias_type=np.int32, multiplier=2.0 ** -17)
    for suffix, options in (("plain", {}), ("tensor", {"per_channel": None}), ("no_bias", {"biased": False}),
                            ("left_out", {"biased": False, "absent_bias": "left out"}),
                            ("no_bias_tensor", {"biased": False, "per_channel": None}),
                            ("b32", {"bias_type": np.int32}), ("b32_tensor", {"bias_type": np.int32, "per_channel": None}),
                            ("relu", {"activation": "RELU"}), ("gain", {"multiplier": 3.7})):
        yield weighted(f"fully_connected_i16_{suffix}", "FULLY_CONNECTED", (3, 24), (7, 24), suffix.replace("_", " "),
                       **options)
    yield weighted("fully_connected_i16_keep", "FULLY_CONNECTED", (2, 3, 8), (5, 8), "keep_num_dims", keep_dims=True)
    for suffix, spread in (("halves", 0.0), ("halves_tensor", None)):
        yield weighted(f"fully_connected_i16_{suffix}", "FULLY_CONNECTED", (1, 4), (32, 4), "biases next to half-way",
                       multiplier=0.00037, bias=halves(0.00037, 32), per_channel=spread)
    for suffix, size, kernel, stride, padding, channels, bias_type, activation in (
            ("same", (4, 5), (3, 3), (2, 2), "SAME", (3, 4), np.int64, "NONE"),
            ("valid", (4, 5), (3, 3), (2, 2), "VALID", (3, 4), np.int64, "NONE"),
            ("no_bias", (3, 3), (2, 2), (2, 2), "SAME", (5, 2), None, "NONE"),
            ("rectangle", (3, 4), (3, 5), (2, 3), "SAME", (2, 3), np.int64, "NONE"),
            ("relu", (4, 4), (3, 3), (2, 2), "SAME", (4, 4), np.int64, "RELU"),
            ("b32", (4, 4), (3, 3), (2, 2), "SAME", (4, 4), np.int32, "NONE")):
        yield transposed(f"transpose_conv_i16_{suffix}", size, kernel, stride, padding, channels, bias_type, activation)


def transposed(name: str, size: Shape, kernel: Shape, stride: tuple[int, int], padding: str, channels: tuple[int, int],
               bias_type: type | None, activation: str) -> Case:
    """Make a TRANSPOSE_CONV."""
    to = tuple(s * t if padding == "SAME" else (s - 1) * t + k for s, t, k in zip(size, stride, kernel, strict=True))
    depth, out = channels

    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        scales = (0.002 + 0.004 * rng.random(out)).astype(np.float32)
        options = options_of("TransposeConvOptions", strideH=stride[0], strideW=stride[1],
                             padding=getattr(schema.Padding, padding),
                             fusedActivationFunction=ACTIVATIONS.index(activation))
        operands = [numbers(b, 2, *to, out), b.constant(random_values(rng, (out, *kernel, depth), I8), Quant(scales)),
                    b.input((2, *size, depth), I16, Quant(0.00037))]
        if bias_type is not None:
            operands.append(b.constant(rng.integers(-9000000, 9000000, out).astype(bias_type),
                                       Quant(np.float32(0.00037) * scales)))
        y = b.operator("TRANSPOSE_CONV", operands, [((2, *to, out), I16, Quant(0.00071))], options)
        if bias_type is np.int32:
            b.state_bias_type(schema.TensorType.INT32)
        return [y]

    return case(name, "TRANSPOSE_CONV", f"{kernel} by {stride}, {padding}", build, zeros)


def products() -> Iterator[Case]:
    """BATCH_MATMUL."""
    for suffix, a, y, output, first, second, constant in (
            ("plain", (2, 3, 8), (2, 8, 5), (2, 3, 5), False, False, False),
            ("both", (8, 3), (5, 8), (3, 5), True, True, False),
            ("broadcast", (2, 1, 4, 6), (3, 6, 2), (2, 3, 4, 2), False, False, False),
            ("deep", (2, 300), (300, 3), (2, 3), False, False, False),
            ("constant", (2, 3, 8), (8, 5), (2, 3, 5), False, False, True)):
        def build(b: ModelBuilder, rng: np.random.Generator, a: Shape = a, y: Shape = y, output: Shape = output,
                  turned: tuple[bool, bool] = (first, second), constant: bool = constant) -> list[int]:
            x, quant = b.input(a, I16, Quant(0.00031)), Quant(0.00022)
            other = b.constant(random_values(rng, y, I16), quant) if constant else b.input(y, I16, quant)
            return [b.operator("BATCH_MATMUL", [x, other], [(output, I16, Quant(0.0047))],
                               options_of("BatchMatMulOptions", adjX=turned[0], adjY=turned[1]))]

        yield case(f"batch_matmul_i16_{suffix}", "BATCH_MATMUL", f"{a} by {y}", build)


# Two operands


def pair(name: str, operator: str, options: Any, shapes: tuple[Shape, Shape], scales: Sequence[float], notes: str,
         constant: int | None = None) -> Case:
    """Make a case of an operator on two operands, one of which may be constant."""
    quants = [Quant(scale) for scale in scales]

    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        operands = [b.constant(random_values(rng, shape, I16), quant) if position == constant
                    else b.input(shape, I16, quant)
                    for position, (shape, quant) in enumerate(zip(shapes, quants[:2], strict=True))]
        return [b.operator(operator, operands, [(np.broadcast_shapes(*shapes), I16, quants[2])], options)]

    return case(name, operator, notes, build)


def pairs() -> Iterator[Case]:
    """ADD, SUB, MUL, MAXIMUM, MINIMUM and PRELU."""
    same, channel, crossed = ((1, 4, 5, 6),) * 2, ((2, 3, 2, 5), (5,)), ((3, 1, 4), (2, 1, 5, 1))
    plain = (0.00043, 0.00071, 0.00102)
    for operator, table in (("ADD", "AddOptionsT"), ("SUB", "SubOptionsT")):
        short = f"{operator.lower()}_i16"
        for suffix, shapes, scales, activation, constant, notes in (
                ("plain", same, plain, "NONE", None, "different scales"),
                ("equal", same, (0.0005,) * 3, "NONE", None, "equal scales"),
                ("apart", same, (3e-8, 3.0, 4.0), "NONE", None, "scales 10^8 apart"),
                ("narrow", same, (0.0005, 0.0009, 0.00013), "NONE", None, "an output scale far below the inputs'"),
                ("relu6", same, (0.0003, 0.0005, 0.0004), "RELU6", None, "fused RELU6"),
                ("channel", channel, plain, "NONE", 1, "a constant for each channel"),
                ("scalar", ((1,), (2, 3, 4)), plain, "NONE", 0, "a constant scalar as first operand"),
                ("crossed", crossed, plain, "NONE", None, "both broadcast, ranks differ")):
            options = fused(table, activation)
            options.potScaleInt16 = False
            yield pair(f"{short}_{suffix}", operator, options, shapes, scales, notes, constant)
        powers = (2.0 ** -11, 2.0 ** -13, 2.0 ** -11)
        for suffix, flag, scales, activation in (
                ("powers", True, powers, "NONE"), ("powers_first", True, (powers[1], powers[0], powers[2]), "NONE"),
                ("powers_equal", True, (2.0 ** -12,) * 3, "NONE"), ("powers_relu", True, powers, "RELU"),
                ("powers_rescaled", False, powers, "NONE"), ("flag", True, plain, "NONE")):
            options = fused(table, activation)
            options.potScaleInt16 = flag
            yield pair(f"{short}_{suffix}", operator, options, same, scales, f"pot_scale_int16 is {flag}")
    for suffix, shapes, scales, activation, constant, notes in (
            ("plain", same, (0.00043, 0.00071, 0.0102), "NONE", None, "different scales"),
            ("ties", same, (2.0 ** -10, 2.0 ** -9, 2.0 ** -6), "NONE", None, "power-of-two scales"),
            ("gain", same, (0.05, 0.09, 0.003), "NONE", None, "a multiplier above 1"),
            ("relu6", same, (0.0003, 0.0005, 0.0004), "RELU6", None, "fused RELU6"),
            ("channel", channel, (0.00043, 0.00071, 0.0102), "NONE", 1, "a constant for each channel"),
            ("crossed", crossed, (0.00043, 0.00071, 0.0102), "NONE", None, "both broadcast, ranks differ")):
        yield pair(f"mul_i16_{suffix}", "MUL", fused("MulOptionsT", activation), shapes, scales, notes, constant)
    for operator in ("MAXIMUM", "MINIMUM"):
        for suffix, shapes, constant in (("plain", same, None), ("channel", channel, 1), ("crossed", crossed, None)):
            yield pair(f"{operator.lower()}_i16_{suffix}", operator, schema.MaximumMinimumOptionsT(), shapes,
                       (0.0005,) * 3, suffix, constant)


# Functions, conversions


def samples() -> np.ndarray:
    """Numbers over the whole range, the ends and what lies around zero; 4096 of them."""
    steps = np.arange(-32768, 32768, 17)
    near = np.arange(-64, 64)
    rest = np.arange(-32768, 32768, 293)[:4096 - 2 - near.size - steps.size]
    values = np.concatenate([steps, near, [-32768, 32767], rest])
    return np.resize(values, 4096).astype(np.int16)


def single(name: str, operator: str, options: Any, scales: tuple[float, float], notes: str) -> Case:
    """Make a case of a function of one number, on many."""
    return case(name, operator, notes, lambda b, _: [b.operator(
        operator, [b.input((4096,), I16, Quant(scales[0]))], [((4096,), I16, Quant(scales[1]))], options)],
        lambda b, _: {"": [samples()]}, standard=False)


def functions() -> Iterator[Case]:
    """LOGISTIC, TANH, RELU, RELU6, LEAKY_RELU and SOFTMAX."""
    for operator in ("LOGISTIC", "TANH"):
        for suffix, scale in (("plain", 0.000471), ("steep", 0.0091), ("flat", 0.000031), ("tiny", 1e-7),
                              ("fixed", 2.0 ** -12), ("fixed_next", 2.0 ** -11), ("power", 2.0 ** -13)):
            yield single(f"{operator.lower()}_i16_{suffix}", operator, None, (scale, 2.0 ** -15), f"input scale {scale}")
    for kind in ("RELU", "RELU6"):
        for suffix, scales in (("equal", (0.0005, 0.0005)), ("rescale", (0.0005, 0.00031)),
                               ("coarse", (0.0005, 0.0071))):
            yield single(f"{kind.lower()}_i16_{suffix}", kind, None, scales, suffix)
    for suffix, alpha, scales in (("plain", 0.1, (0.0005, 0.00041)), ("steep", 1.7, (0.0005, 0.0009)),
                                  ("ties", 0.5, (0.25, 0.5)), ("zero", 0.0, (0.0005, 0.00031))):
        yield single(f"leaky_relu_i16_{suffix}", "LEAKY_RELU", options_of("LeakyReluOptions", alpha=alpha), scales,
                     f"alpha {alpha}")
    for suffix, x, scale, beta in (("plain", (3, 10), 0.0003, 1.0), ("flat", (6, 8), 0.00001, 1.0),
                                   ("steep", (2, 12), 0.02, 1.0), ("beta", (2, 12), 0.0002, 0.3),
                                   ("one", (4, 1), 0.0003, 1.0), ("planes", (1, 3, 2, 5), 0.0001, 2.0),
                                   ("wide", (1, 1000), 0.0001, 1.0), ("even", (2, 40), 1e-6, 1.0),
                                   # Rows of equal elements whose reciprocal shows that tables are formed in float64.
                                   ("equal21", (2, 21), 0.0003, 1.0), ("equal25", (2, 25), 0.0003, 1.0)):
        yield case(f"softmax_i16_{suffix}", "SOFTMAX", f"beta {beta}", lambda b, _, x=x, scale=scale, beta=beta: [
            b.softmax(b.input(x, I16, Quant(scale)), PROBABILITY, beta=beta)])


def conversions() -> Iterator[Case]:
    """QUANTIZE and DEQUANTIZE."""
    for suffix, source, target, x, y in (
            ("rescale", I16, I16, Quant(0.0005), Quant(0.00071)), ("gain", I16, I16, Quant(0.0015), Quant(0.00011)),
            ("ties", I16, I16, Quant(0.25), Quant(1.0)), ("down", I16, I8, Quant(0.0005), Quant(0.11, 12)),
            ("down_ties", I16, I8, Quant(2.0 ** -10), Quant(0.25, -3)), ("up", I8, I16, Quant(0.05, -7), Quant(0.0003)),
            ("up_ties", I8, I16, Quant(0.05, 0), Quant(0.1, 0)), ("up", U8, I16, Quant(0.05, 128), Quant(0.0003))):
        values = samples() if source == I16 else np.arange(256).astype(np.uint8).view(source)
        yield case(f"quantize_{SHORT[source]}_{SHORT[target]}_{suffix}", "QUANTIZE", suffix,
                   lambda b, _, s=source, t=target, x=x, y=y, n=values.size: [b.quantize(b.input((n,), s, x), t, y)],
                   lambda b, _, v=values: {"": [v]}, standard=False)
    quant = Quant(0.000371)
    edge = (np.arange(-20, 20, dtype=np.float32) + np.float32(0.5)) * quant.scales[0]
    far = np.array([1e9, -1e9, 3e38, -3e38, 7e7, -7e7, 0.0, -0.0], np.float32)
    yield case("quantize_float_i16", "QUANTIZE", "from float32: half-way values, far out of range",
               lambda b, _: [b.quantize(b.input((48,), F32), I16, quant)],
               lambda b, _: {"edge.": [np.concatenate([edge, far])]})
    yield case("dequantize_i16", "DEQUANTIZE", "to float32", lambda b, _: [b.dequantize(b.input((512,), I16, quant))])
    for source, target in ((I16, F32), (I16, np.dtype(np.int32)), (np.dtype(np.int32), I16)):
        yield case(f"cast_{source.name}_{target.name}", "CAST", "without scales", lambda b, _, s=source, t=target: [
            b.operator("CAST", [b.input((64,), s)], [((64,), t, None)], schema.CastOptionsT())])


# Windows and reductions


def reductions() -> Iterator[Case]:
    """AVERAGE_POOL_2D, MAX_POOL_2D and MEAN."""
    quant = Quant(0.00031)
    for kind, short in (("AVERAGE_POOL_2D", "average_pool"), ("MAX_POOL_2D", "max_pool")):
        for suffix, x, size, options in (
                ("valid", (1, 6, 6, 3), (2, 2), {"stride": (2, 2)}), ("same", (2, 5, 4, 2), (3, 3), {"padding": "SAME"}),
                ("rectangle", (1, 5, 7, 3), (2, 3), {"padding": "SAME", "stride": (2, 3)}),
                ("relu6", (1, 4, 4, 3), (2, 2), {"activation": "RELU6"}), ("global", (1, 7, 7, 5), (7, 7), {})):
            yield case(f"{short}_i16_{suffix}", kind, suffix, lambda b, _, k=kind, x=x, s=size, o=options: [
                b.pool(k, b.input(x, I16, quant), s, **o)])
    for suffix, x, axes, scales, keep in (
            ("image", (1, 7, 7, 6), [1, 2], (0.00071, 0.00043), True),
            ("flat", (2, 5, 3, 6), [1, 2], (0.00071, 0.00043), False),
            ("equal", (2, 3, 5, 6), [1, 2], (0.0005, 0.0005), True),
            ("power", (1, 4, 4, 9), [1, 2], (0.5, 0.25), True),
            ("channels", (2, 3, 4, 7), [-1], (0.00071, 0.00043), True),
            ("two", (3, 4, 5), [0, 2], (0.00071, 0.00043), False),
            ("all", (3, 7, 2), [0, 1, 2], (0.00071, 0.00043), False),
            ("tiny", (1, 5, 5, 4), [2, 1], (1e-6, 10.0), True),
            ("many", (1, 96, 64, 1), [1, 2], (0.0009, 0.00031), True),
            ("gain", (1, 3, 3, 8), [1, 2], (0.009, 0.0011), True)):
        yield case(f"mean_i16_{suffix}", "MEAN", f"axes {axes}", lambda b, _, x=x, a=axes, s=scales, k=keep: [
            b.mean(b.input(x, I16, Quant(s[0])), a, Quant(s[1]), keep_dims=k)])


# Movements


def movements() -> Iterator[Case]:
    """Everything that takes elements to other places, as far as LiteRT does that with int16."""
    quant = Quant(0.0005)

    def make(suffix: str, operator: str, shape: Shape, outputs: Sequence[Shape], options: Any,
             rest: Callable[[ModelBuilder, int], list[int]] = lambda b, x: [x]) -> Case:
        return moved(suffix, operator, I16, shape, rest, outputs, options, "int16")

    yield make("transpose_i16", "TRANSPOSE", (2, 3, 4, 5), [(2, 5, 3, 4)], schema.TransposeOptionsT(),
               lambda b, x: [x, numbers(b, 0, 3, 1, 2)])
    yield make("slice_i16", "SLICE", (3, 5, 4), [(2, 3, 4)], schema.SliceOptionsT(),
               lambda b, x: [x, numbers(b, 1, 2, 0), numbers(b, 2, 3, -1)])
    yield make("strided_slice_i16", "STRIDED_SLICE", (4, 6), [(4, 3)], options_of("StridedSliceOptions"),
               lambda b, x: [x, numbers(b, -1, 5), numbers(b, -6, 0), numbers(b, -1, -2)])
    yield make("split_i16", "SPLIT", (2, 6, 3), [(2, 2, 3)] * 3, options_of("SplitOptions", numSplits=3),
               lambda b, x: [b.constant(np.array(1, np.int32)), x])
    yield make("split_v_i16", "SPLIT_V", (2, 7, 3), [(2, 2, 3), (2, 4, 3), (2, 1, 3)],
               options_of("SplitVOptions", numSplits=3),
               lambda b, x: [x, numbers(b, 2, -1, 1), b.constant(np.array(1, np.int32))])
    yield make("unpack_i16", "UNPACK", (2, 3, 4), [(2, 4)] * 3, options_of("UnpackOptions", num=3, axis=1))
    yield make("squeeze_i16", "SQUEEZE", (1, 3, 1, 4), [(3, 4)], options_of("SqueezeOptions"))
    yield make("expand_dims_i16", "EXPAND_DIMS", (3, 4), [(3, 4, 1)], schema.ExpandDimsOptionsT(),
               lambda b, x: [x, b.constant(np.array(-1, np.int32))])
    yield make("gather_i16", "GATHER", (3, 5, 4), [(3, 2, 3, 4)], options_of("GatherOptions", axis=1),
               lambda b, x: [x, b.constant(np.array([[4, 0, 2], [2, 2, 1]], np.int32))])
    yield make("gather_nd_i16", "GATHER_ND", (3, 5, 4), [(2, 4)], schema.GatherNdOptionsT(),
               lambda b, x: [x, b.constant(np.array([[2, 4], [0, 1]], np.int32))])
    yield pack("pack_i16", I16, (2, 3, 4), 1)
    yield case("pad_i16_image", "PAD", "height and width", lambda b, _: [
        b.pad(b.input((1, 3, 4, 2), I16, quant), [(0, 0), (1, 2), (0, 1), (0, 0)])])
    yield case("padv2_i16", "PADV2", "a value that is not 0", lambda b, _: [
        b.pad(b.input((3, 4), I16, quant), [(1, 1), (2, 0)], value=-12345)])
    yield case("concatenation_i16", "CONCATENATION", "three inputs", lambda b, _: [
        b.concatenation([b.input((1, 3, 2, c), I16, quant) for c in (3, 1, 2)], 3, quant)])
    yield case("reshape_i16", "RESHAPE", "one dimension inferred", lambda b, _: [
        b.reshape(b.input((2, 3, 4), I16, quant), (4, -1))])
    for kind, table in (("BILINEAR", "ResizeBilinearOptionsT"), ("NEAREST_NEIGHBOR", "ResizeNearestNeighborOptionsT")):
        for suffix, size, to, align, half in (("up", (4, 3), (9, 7), False, False), ("down", (9, 8), (4, 3), False, False),
                                              ("corners", (4, 5), (9, 11), True, False),
                                              ("half", (3, 4), (7, 8), False, True)):
            options = getattr(schema, table)()
            options.alignCorners, options.halfPixelCenters = align, half
            yield case(f"resize_{kind.lower().split('_')[0]}_i16_{suffix}", f"RESIZE_{kind}", f"{size} to {to}",
                       lambda b, _, k=kind, s=size, t=to, o=options: [b.operator(
                           f"RESIZE_{k}", [b.input((2, *s, 3), I16, quant), b.constant(np.array(t, np.int32))],
                           [((2, *t, 3), I16, quant)], o)])


# Networks


def constants(b: ModelBuilder, rng: np.random.Generator, shape: Shape, axis: int, x_scale: float) -> tuple[int, int]:
    """Weights per channel and their bias."""
    channels = shape[axis]
    quant = Quant((0.004 + 0.004 * rng.random(channels)).astype(np.float32), 0, axis)
    bias = rng.integers(-200000, 200000, channels)
    return (b.constant(rng.integers(-127, 128, shape).astype(np.int8), quant),
            b.constant(bias, Quant(np.float32(x_scale) * quant.scales)))


def image_network() -> Case:
    """Put the operators of an image classifier in a row."""
    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        x = b.quantize(b.input((1, 6, 6, 3), I8, Quant(0.05, 3)), I16, Quant(0.0002))
        padded = b.pad(x, [(0, 0), (0, 1), (0, 1), (0, 0)])
        down = b.conv2d(padded, *constants(b, rng, (4, 3, 3, 3), 0, 0.0002), Quant(6 / 32767), stride=(2, 2),
                        padding="VALID", activation="RELU6")
        same = b.depthwise_conv2d(down, *constants(b, rng, (1, 3, 3, 4), 3, 6 / 32767), Quant(0.0004))
        options = fused("AddOptionsT")
        options.potScaleInt16 = False
        total = b.operator("ADD", [down, same], [(b.shape(same), I16, Quant(0.0005))], options)
        features = b.mean(total, [1, 2], Quant(0.0002), keep_dims=False)
        logits = b.fully_connected(features, *constants(b, rng, (5, 4), 0, 0.0002), Quant(0.0003))
        return [b.quantize(b.softmax(logits, PROBABILITY), I8, Quant(1 / 256, -128))]

    return case("network_i16", "NETWORK", "QUANTIZE, PAD, CONV_2D, DEPTHWISE_CONV_2D, ADD, MEAN, FULLY_CONNECTED, SOFTMAX",
                build)


def gated_network() -> Case:
    """Put the operators of a gated recurrent layer in a row."""
    def build(b: ModelBuilder, rng: np.random.Generator) -> list[int]:
        x = b.input((2, 12), I16, Quant(0.0003))
        options = fused("MulOptionsT")
        gate = b.fully_connected(x, *constants(b, rng, (8, 12), 0, 0.0003), Quant(0.0005))
        value = b.fully_connected(x, *constants(b, rng, (8, 12), 0, 0.0003), Quant(2.0 ** -12))
        opened = b.operator("LOGISTIC", [gate], [((2, 8), I16, PROBABILITY)], None)
        bounded = b.operator("TANH", [value], [((2, 8), I16, PROBABILITY)], None)
        product = b.operator("MUL", [opened, bounded], [((2, 8), I16, PROBABILITY)], options)
        joined = b.concatenation([product, bounded], 1, PROBABILITY)
        return [b.dequantize(b.fully_connected(joined, *constants(b, rng, (3, 16), 0, 1 / 32768), Quant(0.0001)))]

    return case("network_i16_gated", "NETWORK", "FULLY_CONNECTED, LOGISTIC, TANH, MUL, CONCATENATION, DEQUANTIZE", build)


def all_cases() -> Iterator[Case]:
    """Every case of this file."""
    yield from layers()
    yield from products()
    yield from pairs()
    yield from functions()
    yield from conversions()
    yield from reductions()
    yield from movements()
    yield image_network()
    yield gated_network()

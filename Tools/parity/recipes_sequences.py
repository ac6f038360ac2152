"""Random recurrent operators: UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF of int8."""

from __future__ import annotations

import numpy as np

from choices import F32, I8, I16, I32, Choices
from operator_cases import options_of
from tflite_builder import ACTIVATIONS, ModelBuilder, Quant


def sequence(c: Choices, b: ModelBuilder) -> list[int]:
    """UNIDIRECTIONAL_SEQUENCE_LSTM with 8-bit weights and 16-bit cells."""
    batch, time = c.whole("batch", 1, 2), c.whole("time", 1, 4)
    depth, cells = c.whole("depth", 1, 5), c.whole("cells", 1, 4)
    major = c.chance("time major", 40)
    shape = (time, batch) if major else (batch, time)
    quant = c.quant("x", I8, -8, 0)
    state = Quant(c.scale("state", -9, -5, -7), c.zero_point("state", I8))
    cell_scale = 2.0 ** -c.pick("cell bits", 12, 9, 11, 15)
    x = b.input((*shape, depth), I8, quant)
    weights, biases = [], []
    for k in range(8):
        scale = c.scale(f"weights{k}", -10, -4, -7)
        values = c.integers(f"weights{k}", (cells, depth if k < 4 else cells), I8, -127, 127)
        weights.append(b.constant(values, Quant(scale)))
        if k < 4:
            reach = c.pick(f"bias{k}.reach", 2000, 20_000, 1_000_000)
            values = c.integers(f"bias{k}", (cells,), I32, -reach, reach)
            biases.append(b.constant(values, Quant(scale * quant.scales)))
    output_state, cell_state = b.variable((batch, cells), I8, state), b.variable((batch, cells), I16, Quant(cell_scale))
    hidden = [b.intermediate(F32, None) for _ in range(4)] + [b.intermediate(I8, state)]
    clip = float(c.scale("clip", -4, 4, 0)) if c.chance("clips", 35) else 0.0
    options = options_of("UnidirectionalSequenceLSTMOptions", timeMajor=major)
    options.cellClip, options.fusedActivationFunction = clip, ACTIVATIONS.index("TANH")
    operands = [x, *weights, -1, -1, -1, *biases, -1, -1, output_state, cell_state, -1, -1, -1, -1]
    return [b.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [((*shape, cells), I8, state)], options, hidden)]


def svdf(c: Choices, b: ModelBuilder) -> list[int]:
    """SVDF with 8-bit features and 16-bit times."""
    rank, units = c.whole("rank", 1, 3), c.whole("units", 1, 4)
    depth, memory = c.whole("depth", 1, 8), c.whole("memory", 1, 5)
    batch, filters, quant = c.whole("batch", 1, 2), rank * units, c.quant("x", I8, -8, 0)
    feature_scale, time_scale = c.scale("features", -10, -3, -7), c.scale("times", -16, -10, -14)
    held = Quant(c.quant_near("state", I8, float(quant.scales[0] * feature_scale), 6).scales)
    x = b.input((batch, depth), I8, quant)
    features = b.constant(c.integers("features", (filters, depth), I8), Quant(feature_scale))
    times = b.constant(c.integers("times", (filters, memory), I16), Quant(time_scale))
    products = held.scales * time_scale
    bias, reach = -1, c.pick("bias.reach", 100_000, 1_000_000, 10_000)
    if c.chance("biased", 75):
        bias = b.constant(c.integers("bias", (units,), I32, -reach, reach), Quant(products))
    state = b.variable((batch, memory * filters), I16, held)
    options = options_of("SVDFOptions", rank=rank, fusedActivationFunction=ACTIVATIONS.index("RELU"))
    # RELU is what the format of the output makes of it: bitexact refuses other zero points.
    output = Quant(c.near("output", float(products[0]) * 2e6, 6, extreme=30), -128)
    return [b.operator("SVDF", [x, features, times, bias, state], [((batch, units), I8, output)], options)]

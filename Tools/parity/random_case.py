"""A random case: a model of one operator and its inputs, made of labelled choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from choices import F32, I32, Choices
from recipes import RECIPES
from tflite_builder import ModelBuilder

# Every case is run on uniform inputs, and on inputs of another spread.
RUNS = 2


@dataclass(frozen=True)
class Built:
    """A case's model, its inputs for each run, and the choices that made them."""

    model: bytes
    outputs: list[int]
    runs: list[list[np.ndarray]]
    choices: Choices


@dataclass(frozen=True)
class RandomCase:
    """An operator and a key from which everything follows; some choices and arrays may be fixed, by label."""

    operator: str
    key: str
    fixed: Mapping[str, int] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    runs: tuple[int, ...] = tuple(range(RUNS))

    @cached_property
    def built(self) -> Built:
        """The model and its inputs."""
        choices = Choices(f"{self.operator}/{self.key}", self.fixed, self.arrays)
        builder = ModelBuilder("bitexact random case")
        outputs = RECIPES[self.operator][0](choices, builder)
        runs = [[_input(choices, builder, self.operator, position, run) for position in range(len(builder.inputs))]
                for run in self.runs]
        return Built(builder.build(outputs), outputs, runs, choices)

    def changed(self, *, fixed: Mapping[str, int] | None = None, arrays: Mapping[str, np.ndarray] | None = None,
                runs: tuple[int, ...] | None = None) -> RandomCase:
        """Return the case with other choices fixed."""
        return replace(self, fixed=self.fixed if fixed is None else fixed,
                       arrays=self.arrays if arrays is None else arrays, runs=self.runs if runs is None else runs)


def _input(c: Choices, b: ModelBuilder, operator: str, position: int, run: int) -> np.ndarray:
    """Choose one input of one run."""
    tensor = b.inputs[position]
    shape, dtype, quant = b.shape(tensor), b.dtype(tensor), b.quant(tensor)
    label = f"run{run}.input{position}"
    if dtype == F32:
        if operator in ("QUANTIZE", "CAST") and run > 0:
            # Far beyond what an int32 holds, too.
            return c.reals(label, shape, -20, c.pick(f"{label}.reach", 12, 40, 100))
        values = c.reals(label, shape)
        if operator.startswith("DIV"):
            # What zero divided by zero is, C leaves open.
            return np.where(values == 0, np.float32(1), values)
        return np.abs(values) if operator == "SQRT" else values
    if dtype == I32:
        # Products and sums stay within 32 bits, because beyond them LiteRT's are undefined.
        reach = 2 ** 31 - 1 if operator == "CAST" else c.pick(f"{label}.reach", 100, 30_000)
        return c.integers(label, shape, dtype, -reach, reach)
    if run == 0 and shape == (256,):
        return np.arange(256).astype(np.uint8).view(dtype)
    spread = ("any",) if run == 0 else ("any", "low", "high", "ends")
    return c.integers(label, shape, dtype, neutral=0 if quant is None else int(quant.zero_points[0]), spread=spread)

"""Tests of the random cases and of their reducer: python -m unittest discover Tools/parity."""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import numpy as np

from choices import LeftOut
from oracle import Answer, LiteRT, Refusal, compare
from random_case import Built, RandomCase
from random_cases import OneLess, read, run
from recipes import RECIPES
from reducer import reduce


class Echo:
    """In the place of bitexact: LiteRT's own answers."""

    engine = "fast"
    profile = "tflite"

    def __init__(self) -> None:
        self._litert = LiteRT()

    def answer(self, built: Built) -> Answer | Refusal:
        """Return the outputs of every run."""
        return self._litert.answer(built)

    def close(self) -> None:
        """End LiteRT's process."""
        self._litert.close()


class ReducerTests(unittest.TestCase):
    """Faults that are known, and what is left of the cases that show them."""

    def test_only_what_the_fault_needs_is_left(self) -> None:
        """A fault that needs a stride and one weight leaves these two."""
        def fails(case: RandomCase) -> bool:
            choices = case.built.choices
            weights, neutral = choices.drawn["weights"]
            return choices.made["stride.height"] >= 1 and bool((weights != neutral).any())

        case = next(c for c in (RandomCase("CONV_2D", f"test/{k}") for k in range(100)) if fails(c))
        reduced = reduce(case, fails)
        self.assertTrue(fails(reduced))
        self.assertEqual({k: v for k, v in reduced.built.choices.made.items() if v}, {"stride.height": 1})
        others = {label: int((array != neutral).sum())
                  for label, (array, neutral) in reduced.built.choices.drawn.items()}
        self.assertEqual(others.pop("weights"), 1)
        self.assertFalse(any(others.values()))
        self.assertEqual(len(reduced.runs), 1)

    def test_a_wrong_answer_is_found_reduced_written_and_replayed(self) -> None:
        """A subject whose largest values are one less differs, down to one element, and from files too."""
        echo, oracle = Echo(), LiteRT()
        self.addCleanup(echo.close)
        self.addCleanup(oracle.close)
        with tempfile.TemporaryDirectory() as temporary:
            arguments = argparse.Namespace(out=Path(temporary), brief=False, bitexact="bitexact", kernels="reference")
            # Any case with a largest value among its outputs.
            case = next(c for c in (RandomCase("ADD", f"test/{k}") for k in range(100))
                        if isinstance(compare(c, oracle, [OneLess(echo)]), tuple))
            self.assertIsNone(compare(case, oracle, [echo]))
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                self.assertEqual(run([case], [OneLess(echo)], arguments), 1)
            self.assertIn("--replay", printed.getvalue())
            folder = next(Path(temporary).iterdir())
            again = read(folder)
            self.assertEqual((folder / "model.tflite").read_bytes(), again.built.model)
        outcome = compare(again, oracle, [OneLess(echo)])
        self.assertIsInstance(outcome, tuple)
        answer = oracle.answer(again.built)
        self.assertNotIsInstance(answer, Refusal)
        self.assertEqual(sum(y.size for outputs in answer for y in outputs), 1)  # type: ignore[union-attr]
        self.assertIsNone(compare(again, oracle, [echo]))


def model(case: RandomCase) -> bytes:
    """Return a case's model; nothing where the recipe leaves it out."""
    try:
        return case.built.model
    except LeftOut:
        return b""


class CaseTests(unittest.TestCase):
    """What a key promises."""

    def test_a_key_gives_the_same_case(self) -> None:
        """Every recipe makes the same bytes twice, and others for another key."""
        for name in RECIPES:
            models = [[model(RandomCase(name, f"{key}/{k}")) for k in range(3, 9)] for key in ("a", "a", "b")]
            self.assertEqual(models[0], models[1])
            self.assertNotEqual(models[0], models[2])

    def test_fixing_all_choices_changes_nothing(self) -> None:
        """A case is what its choices and arrays say."""
        for name in RECIPES:
            case = RandomCase(name, "test/4")
            choices = case.built.choices
            fixed = case.changed(fixed=dict(choices.made), arrays={k: v for k, (v, _) in choices.drawn.items()})
            self.assertEqual(fixed.built.model, case.built.model)
            for a, b in zip(fixed.built.runs, case.built.runs, strict=True):
                for x, y in zip(a, b, strict=True):
                    np.testing.assert_array_equal(x, y)


if __name__ == "__main__":
    unittest.main()

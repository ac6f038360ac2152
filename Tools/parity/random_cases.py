#!/usr/bin/env python3
"""Compare bitexact with LiteRT's reference kernels, or those of another profile, on fresh random models of one operator.

    python random_cases.py --bitexact PATH [--seed N] [--count M] [--operator NAME ...] [--engine NAME ...]
    python random_cases.py --bitexact PATH --profile xnnpack --kernels default|delegate|left ...
    python random_cases.py --bitexact PATH --replay FOLDER

The operators take turns. A case that differs is reduced (fewer channels and positions, simpler options, fewer elements
that matter), written to a folder, and reported with the command that shows it again. The same arguments give the same
cases. Exit code 0 if all are equal, 1 if one is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from oracle import Answer, Bitexact, LiteRT, Refusal, compare
from random_case import Built, RandomCase
from recipes import RECIPES
from reducer import reduce

ENGINES = ("reference", "fast")
REPOSITORY = Path(__file__).resolve().parents[2]


class OneLess:
    """bitexact with a fault, to test the reducer: the largest stored value is one less."""

    def __init__(self, subject: Bitexact) -> None:
        self._subject = subject
        self.engine, self.profile = subject.engine, subject.profile

    def answer(self, built: Built) -> Answer | Refusal:
        """Return the outputs, with the fault."""
        answer = self._subject.answer(built)
        if isinstance(answer, Refusal):
            return answer
        return [[np.where(y == np.iinfo(y.dtype).max, y - 1, y).astype(y.dtype) if y.dtype.kind in "iu" else y
                 for y in outputs] for outputs in answer]


def write(case: RandomCase, folder: Path, found: str, subject: Any) -> None:
    """Write what replays a case: its choices and arrays, and the model and input that they make."""
    folder.mkdir(parents=True, exist_ok=True)
    Bitexact("bitexact", subject.engine, subject.profile).command(case.built, folder)
    (folder / "case.json").write_text(json.dumps({
        "operator": case.operator, "key": case.key, "runs": case.runs, "engine": subject.engine, "found": found,
        "fixed": dict(case.fixed)}, indent=1) + "\n")
    np.savez(folder / "arrays.npz", **case.arrays)  # type: ignore[arg-type]


def read(folder: Path) -> RandomCase:
    """Read a case that was written."""
    content = json.loads((folder / "case.json").read_text())
    with np.load(folder / "arrays.npz") as arrays:
        return RandomCase(content["operator"], content["key"], content["fixed"], dict(arrays), tuple(content["runs"]))


def report(case: RandomCase, found: str, subject: Any, oracle: LiteRT, arguments: argparse.Namespace) -> None:
    """Reduce a case, write it and say how to see it again."""
    print(f"DIFFERS {case.operator}, case {case.key}, engine {subject.engine}: {found}", flush=True)
    refuses = found.startswith("bitexact")

    def fails(trial: RandomCase) -> bool:
        outcome = compare(trial, oracle, [subject])
        return isinstance(outcome, tuple) and outcome[0].startswith("bitexact") == refuses

    smaller = reduce(case, fails)
    outcome = compare(smaller, oracle, [subject])
    words = outcome[0] if isinstance(outcome, tuple) else "no longer"
    folder = arguments.out / f"{case.operator.replace(' ', '_')}-{case.key.replace('/', '-')}"
    write(smaller, folder, words, subject)
    shapes = ", ".join(str(list(value.shape)) for value in smaller.built.runs[0])
    print(f"  reduced to inputs {shapes}: {words}\n  again: {sys.executable} {Path(__file__).resolve()} "
          f"--bitexact {arguments.bitexact} --replay {folder}", flush=True)


def run(cases: Sequence[RandomCase], subjects: Sequence[Any], arguments: argparse.Namespace) -> int:
    """Compare cases; return how many differ."""
    oracle = LiteRT(arguments.kernels)
    left_out: Counter[str] = Counter()
    wrong = 0
    for case in cases:
        outcome = compare(case, oracle, subjects)
        if isinstance(outcome, Refusal):
            left_out[f"{case.operator}: {outcome.reason}"] += 1
        elif outcome is not None:
            wrong += 1
            if arguments.brief:
                print(f"DIFFERS {case.operator}, case {case.key}, engine {outcome[1].engine}: {outcome[0]}", flush=True)
            else:
                report(case, *outcome, oracle, arguments)
    oracle.close()
    for reason, count in sorted(left_out.items()):
        print(f"left out {count}: {reason}")
    print(f"{'RANDOM CASES DIFFER' if wrong else 'RANDOM CASES'}: {len(cases) - sum(left_out.values())} compared, "
          f"{wrong} differ, {sum(left_out.values())} left out")
    return wrong


def main() -> int:
    """Compare, or replay a case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bitexact", required=True, help="the bitexact executable")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--count", type=int, default=300, help="how many cases (default: %(default)s)")
    parser.add_argument("--operator", action="append", choices=list(RECIPES), help="repeat for several")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="repeat for several (default: all)")
    parser.add_argument("--profile", default="tflite", help="bitexact's profile (default: %(default)s)")
    parser.add_argument("--kernels", choices=("reference", "default", "delegate", "left"), default="reference",
                        help="LiteRT's kernels; the last two are what its delegate takes, and what it leaves")
    parser.add_argument("--out", type=Path, default=REPOSITORY / ".build" / "random-failures",
                        help="where failures are written (default: %(default)s)")
    parser.add_argument("--replay", type=Path, help="compare the case in this folder only")
    parser.add_argument("--brief", action="store_true", help="do not reduce what differs")
    parser.add_argument("--with-fault", action="store_true", help="give bitexact a fault, to see it found and reduced")
    arguments = parser.parse_args()
    subjects: list[Any] = [Bitexact(arguments.bitexact, engine, arguments.profile)
                           for engine in arguments.engine or ENGINES]
    if arguments.with_fault:
        subjects = [OneLess(subject) for subject in subjects]
    if arguments.replay:
        cases = [read(arguments.replay)]
        arguments.brief = True
    else:
        names = arguments.operator or list(RECIPES)
        cases = [RandomCase(names[k % len(names)], f"{arguments.seed}/{k // len(names)}")
                 for k in range(arguments.count)]
    return 1 if run(cases, subjects, arguments) else 0


if __name__ == "__main__":
    sys.exit(main())

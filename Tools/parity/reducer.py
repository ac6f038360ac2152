"""Make a failing case as small as it can be while it still fails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from choices import LeftOut
from random_case import RandomCase

Fails = Callable[[RandomCase], bool]


def reduce(case: RandomCase, fails: Fails) -> RandomCase:
    """Take choices to their simplest alternatives, then elements of tensors to what does not matter.

    `fails` says whether a case shows the fault; it holds for `case`. A case whose recipe does not make sense with some
    choices does not count.
    """

    def holds(trial: RandomCase) -> bool:
        try:
            _ = trial.built
        except (ValueError, IndexError, ZeroDivisionError, OverflowError, LeftOut):
            return False
        return fails(trial)

    for run in case.runs:
        if len(case.runs) > 1 and holds(case.changed(runs=(run,))):
            case = case.changed(runs=(run,))
    case = _simpler_choices(case.changed(fixed=dict(case.built.choices.made)), holds)
    # Once most elements do not matter, a part of a tensor may do.
    for _ in range(2):
        case = _fewer_elements(_with_arrays(case), holds)
        case = _simpler_choices(case, holds)
    return _with_arrays(case)


def _with_arrays(case: RandomCase) -> RandomCase:
    """Fix all elements as they are."""
    return case.changed(arrays={label: array for label, (array, _) in case.built.choices.drawn.items()})


def _simpler_choices(case: RandomCase, holds: Fails) -> RandomCase:
    """Take each choice as near to 0 as it may be, until none moves."""
    while True:
        before = dict(case.fixed)
        for label in list(case.built.choices.made):
            value = case.built.choices.made.get(label, 0)
            low = 0
            while low < value:
                # 0 first, then halves: what fails is seldom monotonic, but mostly nearly so.
                trial = low if low == 0 and value == case.built.choices.made.get(label, 0) else (low + value) // 2
                candidate = case.changed(fixed={**case.fixed, label: trial})
                if holds(candidate):
                    case, value = candidate.changed(fixed=dict(candidate.built.choices.made)), trial
                else:
                    low = trial + 1
        if case.fixed == before:
            return case


def _fewer_elements(case: RandomCase, holds: Fails) -> RandomCase:
    """Set as many elements as may be to the neutral one of their tensor."""
    for label, (_, neutral) in case.built.choices.drawn.items():
        size = case.arrays[label].size
        length = size
        while length >= 1:
            for start in range(0, size, length):
                array = np.array(case.arrays[label])
                part = array.reshape(-1)[start:start + length]
                if (part == neutral).all():
                    continue
                part[:] = neutral
                candidate = case.changed(arrays={**case.arrays, label: array})
                if holds(candidate):
                    case = candidate
            length //= 2
    return case

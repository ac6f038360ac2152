"""Medians, ratios and regressions of measurements that were taken in rounds. Pure functions of numbers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

# A change smaller than this is not called a regression, however consistent it is.
TOLERANCE = 0.02
# Fewer rounds than this say nothing about their own spread.
LEAST_ROUNDS = 3


@dataclass(frozen=True)
class Spread:
    """The middle of several values, and their range."""

    median: float
    min: float
    max: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Summarize values; nothing for no values."""
        if not values:
            return None
        return cls(statistics.median(values), min(values), max(values), len(values))

    def json(self) -> dict[str, float]:
        """Return the report's form."""
        return asdict(self)


def paired_ratios(values: Sequence[float | None], base: Sequence[float | None]) -> list[float]:
    """Divide round by round, so that what slowed one round down does so on both sides.

    Rounds that either side lacks, or whose base is zero, are left out.
    """
    return [value / other for value, other in zip(values, base) if value is not None and other]


def ratio(values: Sequence[float | None], base: Sequence[float | None]) -> Spread | None:
    """Summarize the ratios of the rounds."""
    return Spread.of(paired_ratios(values, base))


def verdict(ratios: Spread | None, smaller_is_better: bool = True) -> str:
    """Say whether a ratio of new to old is a regression, a gain, or within the spread.

    It is one only if it is beyond the spread: all rounds lie on the same side of 1, and their median is further away
    than the tolerance.
    """
    if ratios is None or ratios.count < LEAST_ROUNDS:
        return "too few rounds"
    above, below = ratios.min > 1 and ratios.median > 1 + TOLERANCE, ratios.max < 1 and ratios.median < 1 - TOLERANCE
    if not smaller_is_better:
        above, below = below, above
    return "REGRESSION" if above else "gain" if below else "within the spread"

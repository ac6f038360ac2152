"""How far answers are from those of the source model: plain Python, for the tests need no package."""

from __future__ import annotations

import math
from collections.abc import Sequence

Logits = Sequence[Sequence[float]]


def measures(source: Logits, found: Logits, labels: Sequence[int]) -> dict:
    """The distance of `found`, a row for each image, from `source`, and what it costs against the labels.

    `sqnr` in decibels over all logits of all images, the signal about its mean (docs/analysis.md); None if there is no
    difference. Of equal logits the first counts.
    """
    if [len(row) for row in source] != [len(row) for row in found] or len(labels) != len(source):
        raise ValueError(f"{len(found)} answers and {len(labels)} labels beside {len(source)} answers of the source")
    if not all(math.isfinite(value) for row in found for value in row):
        raise ValueError("logits that are not finite")
    noise = math.fsum((a - b) ** 2 for rows in zip(source, found) for a, b in zip(*rows))
    values = [value for row in source for value in row]
    mean = math.fsum(values) / len(values)
    signal = math.fsum((value - mean) ** 2 for value in values)
    before, after = ([row.index(max(row)) for row in logits] for logits in (source, found))
    pairs = list(zip(before, after, labels))
    return {
        "samples": len(source),
        "sqnr": 10 * math.log10(signal / noise) if noise and signal else None,
        "agreement": sum(a == b for a, b, _ in pairs) / len(pairs),
        "top1": sum(b == label for _, b, label in pairs) / len(pairs),
        "lost": sum(a == label != b for a, b, label in pairs),
        "won": sum(b == label != a for a, b, label in pairs),
    }

"""Numbers and tables in Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from spread import Spread


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


def ranged(spread: Spread | None) -> str:
    """A median with its range."""
    if spread is None:
        return ""
    if spread.count == 1:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.min)} to {number(spread.max)})"


def values(contender: dict, key: str) -> list[float | None]:
    """One metric of a contender, round by round."""
    return [round.get(key) if round else None for round in contender["rounds"]]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: str) -> str:
    """A table whose first columns, as many as `left` is long, are aligned to the left."""
    marks = ["---" if index < len(left) else "---:" for index in range(len(header))]
    lines = [header, marks, *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)

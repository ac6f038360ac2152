"""Numbers and tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from spread import Spread


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    for limit, decimals in ((100, 0), (10, 1), (1, 2), (0.1, 3)):
        if size >= limit:
            return f"{value:,.{decimals}f}"
    return f"{value:.4f}"


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

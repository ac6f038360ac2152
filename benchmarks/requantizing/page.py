"""The tables in Markdown: pure functions of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import mean

from tables import table

COMMANDS = {
    "main": "--profile PROFILE --effort EFFORT",
    "channel": "--profile CHANNEL.json",
    "free": "--profile PROFILE",
    "schemes": "--profile PROFILE",
    "models": "--profile PROFILE",
    "ablation": "--profile PROFILE --skip-pass PART",
}


def begin(name: str) -> str:
    """The line before a table."""
    return f"<!-- {name}: begin (written by benchmarks/run.sh requantization --update-docs) -->"


def end(name: str) -> str:
    """The line after a table."""
    return f"<!-- {name}: end -->"


def updated(document: str, name: str, text: str) -> str:
    """A document with a table put between its markers; raises `ValueError` without them."""
    if document.count(begin(name)) != 1 or document.count(end(name)) != 1:
        raise ValueError(f"the document has no section {name}")
    before, rest = document.split(begin(name))
    _, after = rest.split(end(name))
    return f"{before}{begin(name)}\n\n{text}\n{end(name)}{after}"


def spread(values: Sequence[float | None], decimals: int) -> str:
    """The mean, and from where to where single values are; `None` stands for no difference."""
    known = [value for value in values if value is not None]
    if not known:
        return "equal" if values else ""
    text = f"{mean(known):.{decimals}f}"
    if len(known) == 1:
        return text
    return f"{text} ({min(known):.{decimals}f} to {max(known):.{decimals}f})"


def percent(values: Sequence[float | None]) -> list[float]:
    """Fractions in percent."""
    return [100 * value for value in values if value is not None]


def _column(rows: list[dict], key: str) -> list:
    return [row[key] for row in rows if key in row]


def _quality(rows: list[dict]) -> list[str]:
    def count(key: str) -> str:
        return f"{mean(values):.1f}".removesuffix(".0") if (values := _column(rows, key)) else ""

    return [spread(_column(rows, "sqnrDb"), 1), spread(percent(_column(rows, "agreement")), 1), count("tied"),
            spread(percent(_column(rows, "top1")), 1), count("lost"), count("won")]


QUALITY = ["SQNR dB", "agreement %", "tied", "top-1 %", "lost", "won"]


def _verified(rows: list[dict]) -> str:
    return "yes" if all(row["verified"] for row in rows) else "NO"


def groups(rows: list[dict]) -> list[list[dict]]:
    """The draws of each row together, in order."""
    found: dict[str, list[dict]] = {}
    for row in rows:
        found.setdefault(row["key"], []).append(row)
    return list(found.values())


def _main(group: list[dict]) -> list[str]:
    # Time is that of the first draw alone, which ran with nothing beside it.
    timed = [row for row in group if row["isTimed"]] or group[:1]
    first = timed[0]
    return [f"`{first['profile']}`", first["title"], *_quality(group), f"{first['seconds']:.1f}",
            f"{first['cpuSeconds']:.1f}", f"{first['peakBytes'] / 2**20:.0f}", _verified(group)]


def _named(group: list[dict]) -> list[str]:
    return [f"`{group[0]['profile']}`", group[0]["title"], *_quality(group), _verified(group)]


def _models(group: list[dict]) -> list[str]:
    first = group[0]
    floor = first["floor"]
    level = "equal" if floor["sqnrDb"] is None else f"{floor['sqnrDb']:.1f}"
    source = f"{100 * first['sourceTop1']:.1f}" if "sourceTop1" in first else ""
    quality = _quality(group)
    quality.insert(3, spread(percent(_column(group, "likeNoise")), 1))
    return [first["model"], f"`{first['profile']}`", *quality, source, level, f"{100 * floor['agreement']:.1f}",
            _verified(group)]


LAYOUTS: dict[str, tuple[list[str], str, Callable[[list[dict]], list[str]]]] = {
    "main": (["profile", "effort", *QUALITY, "seconds", "CPU s", "peak MiB", "verified"], "ll", _main),
    "channel": (["profile", "", *QUALITY, "verified"], "ll", _named),
    "free": (["profile", "", *QUALITY, "verified"], "ll", _named),
    "schemes": (["profile", "", *QUALITY, "verified"], "ll", _named),
    "models": (["model", "profile", *QUALITY[:3], "noise alike %", *QUALITY[3:], "source's top-1 %", "floor dB",
                "floor agreement %", "verified"], "ll", _models),
    "ablation": (["profile", "", *QUALITY, "verified"], "ll", _named),
}


def body(name: str, found: dict) -> str:
    """One table with what it was measured on and the command that gives it."""
    rows = [row for row in found["rows"] if row["table"] == name]
    good = [row for row in rows if "failed" not in row]
    header, left, cells = LAYOUTS[name]
    draws = len({row["draw"] for row in good})
    host = found["machine"]
    samples = "" if name == "free" else " --calibrate IMAGES --every 8"
    lines = [f"    bitexact requantize MODEL {COMMANDS[name]}{samples} -o OUT\n"]
    note = f"bitexact {host['revision']}, {host['cpu']}, {host['cores']} processors"
    if draws > 1:
        note += f"; {draws} draws of calibration samples: mean (smallest to largest); tied, lost and won on average"
    lines += [note + ". `benchmarks/run.sh requantization --only " + name + "` measures it.\n",
              table(header, [cells(group) for group in groups(good)], left)]
    lines += [f"* {row['key']}: failed, {row['failed']}\n" for row in rows if "failed" in row]
    return "\n".join(lines)

"""The report in Markdown: pure functions of what run.py found."""

from __future__ import annotations

from pathlib import Path

from highlights import highlights
from spread import Spread, ratio, verdict
from tables import number, ranged, table, values

BEGIN = "<!-- measured: begin (written by benchmarks/run.sh --update-docs) -->"
END = "<!-- measured: end -->"
YARDSTICK = "litert-xnnpack"
COMMAND = "benchmarks/run.sh"


def markdown(found: dict) -> str:
    """The whole report."""
    return "# Measured\n\n" + body(found, level=2)


def body(found: dict, level: int) -> str:
    """The report without its title; headings begin at `level`."""
    head = "#" * level
    parts = [where(found)]
    parts += [f"{head} In short\n", highlights(found)]
    if len(found["builds"]) > 1:
        parts += [f"{head} Against older builds\n", regressions(found)]
    parts += [f"{head} Model by model\n"]
    for case in found["cases"]:
        parts += [f"{head}# {case['name']}\n", case_text(case, found["options"]["threads"])]
    if found["evaluations"]:
        parts += [f"{head} `evaluate`, the whole process\n", evaluation_text(found["evaluations"])]
    if found["notMeasured"]:
        parts += [f"{head} Not measured\n", "\n".join(
            f"* {name}: {reason}" for name, reason in sorted(found["notMeasured"].items())) + "\n"]
    return "\n".join(parts)


def where(found: dict) -> str:
    """What it ran on, and how."""
    host, options, load = found["machine"], found["options"], found["load"]
    features = f", {', '.join(host['features'])}" if host["features"] else ""
    lines = [
        f"Machine: {host['cpu']}, {host['cores']} processors{features}; {host['system']}.",
        f"Versions: bitexact {host['revision']}, {host['swift']}; LiteRT {host['ai-edge-litert']}, "
        f"ONNX Runtime {host['onnxruntime']}, Python {host['python']}.",
        f"Rounds: {options['rounds']}, turns of about {number(options['seconds'])} s"
        + (", **quick: figures to look at, not to quote**" if options["quick"] else "")
        + (f"; only {', '.join(options['only'])}" if options["only"] else "") + ".",
    ]
    if load["before"] is not None and load["after"] is not None:
        lines.append(f"Load average before {number(load['before'])}, after {number(load['after'])} "
                     "(the benchmark itself adds one or two).")
    return "  \n".join(lines) + "\n"


def case_text(case: dict, threads: int) -> str:
    """The table of one model."""
    several = f", {threads} threads"
    many = threads > 1
    header = ["", "latency, ms", "least, ms", "ratio to XNNPACK"] + (["latency" + several] if many else []) \
        + ["samples/s, 1 thread"] + (["samples/s" + several] if many else [])
    rows = []
    for name, contender in case["contenders"].items():
        got = lambda key: Spread.of([v for v in values(contender, key) if v is not None])  # noqa: E731
        base = case["contenders"].get(YARDSTICK)
        relative = ratio(values(contender, "latencyMs"), values(base, "latencyMs")) if base else None
        least = got("latencyMinMs")
        row = [contender["title"], ranged(got("latencyMs")), number(least.min) if least else "",
               "1" if name == YARDSTICK else ranged(relative)]
        row += [ranged(got("latencyNMs"))] if many else []
        row += [ranged(got("throughput1"))] + ([ranged(got("throughputN"))] if many else [])
        rows.append(row)
    lines = [f"* {note}" for note in case["notes"]]
    lines += [f"* Not run: {name}: {reason}." for name, reason in case["skipped"].items()]
    return table(header, rows, "l") + ("\n" + "\n".join(lines) + "\n" if lines else "")


def evaluation_text(found: dict) -> str:
    """The tables of whole processes and their memory."""
    builds = list(next(iter(found["seconds"].values())))
    rows = []
    for name, timed in found["seconds"].items():
        rows.append([name, *(ranged(Spread.of([v for v in timed[build] if v is not None])) for build in builds)])
    text = f"Seconds for {found['count']} images on {found['threads']} threads, from launch to exit.\n\n"
    text += table(["", *builds], rows, "l") + "\n"
    rows = [[entry["name"], str(entry["samples"]), mebibytes(entry["inputBytes"]), mebibytes(entry["anonymousBytes"]),
             mebibytes(entry["residentBytes"]), number(entry["seconds"])] for entry in found["memory"]]
    text += "Peak memory in MiB. *Anonymous* is memory that no file backs (`RssAnon`, polled): what the process needs. "
    text += "*Resident* (`ru_maxrss`) includes the pages of the mapped input, which stay while there is room.\n\n"
    text += table(["", "images", "input file", "anonymous", "resident", "seconds while watched"], rows, "l")
    return text + "".join(f"\n* Failed: {name}: {reason}.\n" for name, reason in found["failed"].items())


def mebibytes(count: int | None) -> str:
    """A number of bytes in MiB."""
    return "" if count is None else number(count / (1 << 20))


def regressions(found: dict) -> str:
    """The current build divided by each older one, and whether that is beyond the spread."""
    current, *older = found["builds"]
    rows = []
    for case in found["cases"]:
        for build in older:
            if build not in case["contenders"] or current not in case["contenders"]:
                continue
            for key, title, smaller in (("latencyMs", "latency", True), ("throughput1", "throughput, 1 thread", False),
                                        ("throughputN", f"throughput, {found['options']['threads']} threads", False)):
                new, old = (values(case["contenders"][name], key) for name in (current, build))
                if relative := ratio(new, old):
                    rows.append([case["name"], build, title, ranged(relative), verdict(relative, smaller)])
    for name, timed in (found["evaluations"] or {"seconds": {}})["seconds"].items():
        for build in older:
            if relative := ratio(timed[current], timed[build]):
                rows.append([f"evaluate {name}", build, "whole process", ranged(relative), verdict(relative)])
    for row in rows:
        row[4] = f"**{row[4]}**" if row[4] == "REGRESSION" else row[4]
    flagged = sum("REGRESSION" in row[4] for row in rows)
    text = f"{flagged} of {len(rows)} ratios are regressions: all rounds on the wrong side of 1, "
    text += "the median by more than 2 %.\n\n"
    return text + table(["model", "against", "what", "current / older", "verdict"], rows, "lll")


def updated(document: str, found: dict) -> str:
    """A document with the measured section replaced.

    Raises `ValueError` for one without its markers.
    """
    if document.count(BEGIN) != 1 or document.count(END) != 1 or document.index(BEGIN) > document.index(END):
        raise ValueError("the document has no measured section between its two markers")
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{body(found, level=3)}\n{END}{after}"


def update_docs(path: Path, found: dict) -> None:
    """Rewrite the measured section of a file."""
    path.write_text(updated(path.read_text(), found))

#!/usr/bin/env python3
"""Measure bitexact side by side with LiteRT, ONNX Runtime and older builds of itself, and write what was found.

    benchmarks/run.sh [--quick] [--only TEXT ...] [--rounds N] [--vs PATH[,PATH...]] [--update-docs]

In each round every contender takes its turn on the same model and the same input, in an order that changes, so that
whatever slows the machine down hits all alike. Ratios are taken within a round; the report gives their median over the
rounds, and their range. Writes report.md and report.json into --output.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import machine
from cases import SOURCE, YARDSTICK, Case, Skipped, cases, make_input, requantized
from contenders import Build, Failed, Metrics, Peer, build_label, kernel_sets, peers
from evaluation import measure_evaluations
from onnx_session import kernels
from peers import ONNX_RUNTIME
from progress import say
from report import markdown, update_docs
from to_onnx import Unsupported, to_onnx

REPOSITORY = Path(__file__).resolve().parents[1]
WORK = REPOSITORY / ".build" / "benchmarks"
DEMO = REPOSITORY / "Sources" / "DemoModel" / "Resources"
SHARED = REPOSITORY.parent / "shared"
EVALUATIONS = "evaluate"

Turn = Callable[[], Metrics]


def turns(case: Case, builds: list[Build], sets: list[str], sample: Path, options) -> dict[str, tuple[str, Path, Turn]]:
    """All contenders of a case that run at all, by key: title, model, what measures them once.

    Those that do not run are listed in `case.skipped`.
    """
    found: dict[str, tuple[str, Path, Turn]] = {}
    unforced = ""
    tries = [*builds, *(Build(builds[0].path, builds[0].label, name) for name in sets)]
    for build in tries:
        try:
            probe = build.bench(case.model, case.profile, sample, 3, 1)
        except Failed as reason:
            case.skipped[build.name] = str(reason)
            continue
        if build is builds[0]:
            unforced = probe["kernels"]
            case.notes.append(f"Unforced, bitexact takes its kernels `{unforced}`.")
        elif build.kernels == unforced:
            case.skipped[build.name] = "these are the ones that run unforced"
            continue
        latency = probe["latencyMs"]["min"] / 1e3
        found[build.name] = (build.title, case.model, partial(
            build.measure, case.model, case.profile, sample, options.seconds, options.threads, latency))
    if not found:
        return {}
    for peer in peers():
        model = case.model
        if peer.name == ONNX_RUNTIME:
            try:
                model = converted(case, sample)
            except (Unsupported, Failed) as reason:
                case.skipped[peer.name] = f"not converted to ONNX: {reason}"
                continue
        entries = [(peer.name, peer.title, model)]
        if peer.name == "litert-xnnpack" and case.yardstick != case.model:
            entries = [(peer.name, f"{peer.title}, on {case.yardstick.stem}", case.yardstick),
                       (f"{peer.name}-same-file", f"{peer.title}, on the same file", case.model)]
        for name, title, path in entries:
            source = make_input(path, options.data, DEMO, WORK / "inputs" / f"{path.stem}.npy") \
                if path == case.yardstick else sample
            found[name] = (title, path, partial(peer.measure, path, source, options.seconds, options.threads))
    return found


def converted(case: Case, sample: Path) -> Path:
    """The case's model as ONNX, with notes on its kernels and on how far its answer is from the original's."""
    path = WORK / "onnx" / f"{case.model.stem}.onnx"
    to_onnx(case.model, path)
    listing = ", ".join(f"{count} {name}" for name, count in kernels(path).items())
    target = WORK / "inputs" / "answer.npy"
    answers = (Peer(ONNX_RUNTIME).output(path, sample, target),
               Peer("litert-reference").output(case.model, sample, target))
    if answers[0].ndim == 4:
        answers = (answers[0].transpose(0, 2, 3, 1), answers[1])
    furthest = int(np.abs(answers[0].reshape(answers[1].shape) - answers[1]).max())
    case.notes.append(f"ONNX Runtime runs the converted model with {listing}; on the measured input its answer is at "
                      f"most {furthest} codes from that of LiteRT's reference kernels.")
    return path


def measure_case(case: Case, builds: list[Build], sets: list[str], options) -> dict | None:
    """Measure one model in rounds; nothing if no build of bitexact runs it."""
    try:
        sample = make_input(case.model, options.data, DEMO, WORK / "inputs" / f"{case.model.stem}.npy")
    except Skipped as reason:
        case.skipped[builds[0].name] = str(reason)
        return None
    who = turns(case, builds, sets, sample, options)
    if not who:
        return None
    rounds: dict[str, list[Metrics | None]] = {name: [] for name in who}
    for number in range(options.rounds):
        names = list(who)
        # A different one begins each time.
        first = number % len(names)
        for name in names[first:] + names[:first]:
            try:
                rounds[name].append(who[name][2]())
            except Failed as reason:
                rounds[name].append(None)
                case.skipped[name] = str(reason)
        say(f"{case.name}: round {number + 1} of {options.rounds}")
    return {
        "name": case.name, "model": case.model.name, "yardstick": case.yardstick.name, "notes": case.notes,
        "skipped": case.skipped,
        "contenders": {name: {"title": title, "model": model.name, "rounds": rounds[name]}
                       for name, (title, model, _) in who.items() if any(rounds[name])},
    }


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bitexact", required=True, help="the executable; run.sh fills this in")
    parser.add_argument("--vs", default="", help="older executables to compare with, separated by commas")
    parser.add_argument("--models", type=Path, default=SHARED / "models", help="folder of .tflite files")
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder of the image data sets")
    parser.add_argument("--only", action="append", default=[],
                        help="measure only what has this in its name ('evaluate' is a name too); repeat for several")
    parser.add_argument("--rounds", type=int, help="rounds (default: 5, or 3 if quick)")
    parser.add_argument("--seconds", type=float,
                        help="about how long a contender's turn may measure (default: 1, or 0.2 if quick)")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1),
                        help="threads where several are used (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="3 short rounds, to see that everything works")
    parser.add_argument("--output", type=Path, default=WORK, help="folder of the reports (default: .build/benchmarks)")
    parser.add_argument("--update-docs", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args()
    if options.rounds is None:
        options.rounds = 3 if options.quick else 5
    if options.seconds is None:
        options.seconds = 0.2 if options.quick else 1.0
    if options.rounds < 1 or options.threads < 1 or options.seconds <= 0:
        parser.error("rounds, threads and seconds are positive")
    options.bitexact = str(Path(options.bitexact).resolve())
    options.vs = [path for path in options.vs.split(",") if path]
    for path in [options.bitexact, *options.vs]:
        if not os.access(path, os.X_OK):
            parser.error(f"{path} is not executable")
    return options


def main() -> int:
    """Measure everything that is wanted."""
    options = parse()
    WORK.mkdir(parents=True, exist_ok=True)

    def wanted(name: str) -> bool:
        return not options.only or any(text in name for text in options.only)

    builds = [Build(options.bitexact, "bitexact")]
    for path in options.vs:
        builds.append(Build(path, build_label(path, {build.label for build in builds})))
    before = machine.load()
    evaluating = wanted(EVALUATIONS)
    emitted, absent = requantized(
        options.bitexact, options.models, options.data, WORK / "models", lambda name: evaluating or wanted(name))
    measured, absent_cases = [], dict(absent)
    for case in cases(options.models, DEMO, emitted):
        if not wanted(case.name):
            continue
        result = measure_case(case, builds, kernel_sets(options.bitexact), options)
        if result:
            measured.append(result)
        else:
            absent_cases[case.name] = case.skipped.get(builds[0].name, "bitexact does not run it")
    originals = {name: (options.models / f"{name}.tflite", "tflite") for name in (SOURCE, YARDSTICK)}
    evaluated = {name: (path, None) for name, path in emitted.items()} | {
        name: entry for name, entry in originals.items() if entry[0].exists()}
    found = {
        "schemaVersion": 1, "machine": machine.describe(REPOSITORY),
        "load": {"before": before, "after": None},
        "options": {"rounds": options.rounds, "seconds": options.seconds, "threads": options.threads,
                    "quick": options.quick, "only": options.only},
        "builds": [build.label for build in builds], "cases": measured,
        "evaluations": measure_evaluations(builds, evaluated, WORK, options) if evaluating else None,
        "notMeasured": absent_cases,
    }
    found["load"]["after"] = machine.load()
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "report.json").write_text(json.dumps(found, indent=1) + "\n")
    text = markdown(found)
    (options.output / "report.md").write_text(text)
    print(text)
    if options.update_docs:
        update_docs(REPOSITORY / "docs" / "performance.md", found)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Measure re-quantized models against their sources; makes the tables of docs/requantization.md.

    benchmarks/run.sh requantization [--only TABLE ...] [--draws N] [--update-docs]

Every eighth sample calibrates, without labels; the others measure: the logits of the result on its profile's arithmetic
against those of the source on TensorFlow Lite's, as real numbers. Every model that is emitted is verified. What is timed
runs alone on all cores; everything else runs with one thread for each core at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import machine
from progress import say
from requantizing import page
from requantizing.cases import TABLES, Case, cases
from requantizing.measure import Bench, Failed

REPOSITORY = Path(__file__).resolve().parents[1]
WORK = REPOSITORY / ".build" / "benchmarks"
SHARED = REPOSITORY.parent / "shared"
DOCUMENT = REPOSITORY / "docs" / "requantization.md"


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bitexact", required=True, help="the executable; run.sh fills this in")
    parser.add_argument("--models", type=Path, default=SHARED / "models", help="folder of the .tflite files")
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder of images and labels")
    parser.add_argument("--only", action="append", choices=list(TABLES), help="only this table; repeat for several")
    parser.add_argument("--model", action="append", help="only models with this in their name; repeat for several")
    parser.add_argument("--draws", type=int, default=5, help="draws of calibration samples (default: 5, at most 8)")
    parser.add_argument("--limit", type=int, help="use only so many samples of each set, to see that everything works")
    parser.add_argument("--output", type=Path, default=WORK, help="folder of the reports (default: .build/benchmarks)")
    parser.add_argument("--update-docs", action="store_true", help="write the tables into docs/requantization.md")
    options = parser.parse_args()
    options.bitexact = str(Path(options.bitexact).resolve())
    if not 1 <= options.draws <= 8:
        parser.error("there are 1 to 8 draws")
    if options.limit and options.update_docs:
        parser.error("a limited measurement is not for the document")
    return options


def measured(bench: Bench, case: Case, threads: int, is_timed: bool) -> dict:
    """A case's row."""
    row = {"table": case.table, "key": case.key, "model": case.model.title, "profile": case.profile,
           "title": case.title, "options": list(case.options), "draw": case.draw, "isTimed": is_timed}
    try:
        row |= bench.measure(case, threads) | {"floor": bench.sources[case.model.file]["floor"]}
    except Failed as reason:
        row["failed"] = str(reason)
    except (OSError, ValueError, KeyError, StopIteration) as reason:
        row["failed"] = f"{type(reason).__name__}: {reason}"
    shown = {key: round(row[key], 4) for key in ("sqnrDb", "agreement", "top1", "cpuSeconds") if row.get(key) is not None}
    say(f"{case.table}: {case.key} draw {case.draw}: {row.get('failed') or shown}")
    return row


def main() -> int:
    """Measure what is wanted."""
    options = parse()
    work = WORK / "requantization"
    work.mkdir(parents=True, exist_ok=True)
    options.output.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    wanted = [case for case in cases(set(options.only or TABLES), options.draws)
              if not options.model or any(text in case.model.title for text in options.model)]
    bench = Bench(options.bitexact, options.models, options.data, work, options.limit)
    absent: dict[str, str] = {}
    for model in dict.fromkeys(case.model for case in wanted):
        try:
            say(f"source {model.title}: floor {bench.prepare(model)['floor']}")
        except (Failed, OSError) as reason:
            absent[model.file] = str(reason)
            say(f"source {model.title}: {reason}")
    wanted = [case for case in wanted if case.model.file not in absent]
    cores = os.cpu_count() or 1
    rows: dict[int, dict] = {}
    for number, case in enumerate(wanted):
        if case.table == "main" and case.draw == 0:
            rows[number] = measured(bench, case, cores, True)
    with ThreadPoolExecutor(cores) as pool:
        others = [number for number in range(len(wanted)) if number not in rows]
        for number, row in zip(others, pool.map(lambda n: measured(bench, wanted[n], 1, False), others)):
            rows[number] = row
    found = {"schemaVersion": 1, "machine": machine.describe(REPOSITORY), "draws": options.draws,
             "limit": options.limit, "seconds": time.perf_counter() - start, "absent": absent,
             "rows": [rows[number] for number in sorted(rows)]}
    (options.output / "requantization.json").write_text(json.dumps(found, indent=1) + "\n")
    names = [name for name in TABLES if any(row["table"] == name for row in found["rows"])]
    texts = {name: page.body(name, found) for name in names}
    (options.output / "requantization.md").write_text("\n".join(f"## {name}\n\n{texts[name]}" for name in names))
    print("\n".join(texts.values()))
    if options.update_docs:
        document = DOCUMENT.read_text()
        for name, text in texts.items():
            document = page.updated(document, name, text)
        DOCUMENT.write_text(document)
    bad = [row for row in found["rows"] if "failed" in row or not row["verified"]]
    say(f"{len(rows)} models, {len(rows) - len(bad)} verified, {found['seconds']:.0f} s")
    return 1 if bad or absent else 0


if __name__ == "__main__":
    sys.exit(main())

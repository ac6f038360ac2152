#!/usr/bin/env python3
"""Write the committed random cases, Tests/Fixtures/random: thousands of models and what LiteRT makes of them.

    python suite.py [--operator NAME ...]      write all files, or those of some operators
    python suite.py --check                    make them anew and compare with what is committed, byte by byte
    python suite.py --key 7 --times 20 --out FOLDER    other cases, 20 times as many; the environment variable
                                               BITEXACT_RANDOM_SUITE=FOLDER lets `swift test` run them

A file NAME.npz has the cases of a recipe, one after another: `models` all model files, `model_sizes` their lengths,
`values` for each run of each case its inputs and then its outputs, little-endian, in the order of the graph.
`manifest.json` counts cases, elements, and what was left out and why.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from choices import LeftOut
from fixtures import archive
from oracle import LiteRT, Refusal
from random_case import RUNS, RandomCase
from recipes import RECIPES

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "random"


@dataclass
class Made:
    """The cases of a recipe."""

    arrays: dict[str, np.ndarray]
    cases: int
    elements: int
    left_out: Counter[str]


def file_name(recipe: str) -> str:
    """Return the name of a recipe's file without its ending."""
    return recipe.lower().replace(" ", "_")


def make(recipe: str, oracle: LiteRT, key: str, wanted: int) -> Made:
    """Make a recipe's cases; those that LiteRT does not answer are left out and replaced."""
    models: list[bytes] = []
    values: list[bytes] = []
    elements, number, left_out = 0, 0, Counter[str]()
    while len(models) < wanted:
        case = RandomCase(recipe, f"{key}/{number}")
        number += 1
        try:
            answer = oracle.answer(case.built)
        except LeftOut as reason:
            left_out[str(reason)] += 1
            continue
        if isinstance(answer, Refusal):
            left_out[answer.reason] += 1
            continue
        models.append(case.built.model)
        for inputs, outputs in zip(case.built.runs, answer, strict=True):
            values += [np.asarray(value, order="C").tobytes() for value in (*inputs, *outputs)]
            elements += sum(value.size for value in outputs)
    arrays = {"models": np.frombuffer(b"".join(models), np.uint8),
              "model_sizes": np.array([len(model) for model in models], np.int32),
              "values": np.frombuffer(b"".join(values), np.uint8)}
    return Made(arrays, len(models), elements, left_out)


def compressed(stored: bytes) -> bytes:
    """Compress an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(stored)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def content(file: bytes) -> dict[str, bytes]:
    """Return what an archive holds; how it is compressed may differ from one zlib to the next."""
    with zipfile.ZipFile(io.BytesIO(file)) as source:
        return {name: source.read(name) for name in source.namelist()}


def manifest(entries: dict[str, dict[str, object]]) -> str:
    """Return the text of the manifest."""
    ordered = [entries[name] for name in RECIPES if name in entries]
    return json.dumps({"oracle": "LiteRT BUILTIN_REF", "version": version("ai-edge-litert"), "runs": RUNS,
                       "cases": sum(int(str(entry["cases"])) for entry in ordered),
                       "elements": sum(int(str(entry["elements"])) for entry in ordered),
                       "recipes": ordered}, indent=1) + "\n"


def main() -> int:
    """Write or check the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder (default: %(default)s)")
    parser.add_argument("--operator", action="append", choices=list(RECIPES), help="repeat for several")
    parser.add_argument("--key", default="suite", help="other keys, other cases (default: %(default)s)")
    parser.add_argument("--times", type=int, default=1, help="so many times the cases (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    listing = arguments.out / "manifest.json"
    older = json.loads(listing.read_text())["recipes"] if listing.exists() else []
    entries = {entry["name"]: entry for entry in older if entry["name"] in RECIPES} if arguments.operator else {}
    oracle = LiteRT()
    wrong = []
    for name in arguments.operator or RECIPES:
        made = make(name, oracle, arguments.key, RECIPES[name][1] * arguments.times)
        path = arguments.out / f"{file_name(name)}.npz"
        entries[name] = {"name": name, "file": path.stem, "cases": made.cases, "elements": made.elements,
                         "leftOut": dict(sorted(made.left_out.items()))}
        stored = archive(made.arrays)
        if not arguments.check:
            path.write_bytes(compressed(stored))
        elif not path.exists() or content(path.read_bytes()) != content(stored):
            wrong.append(path.name)
        print(f"{name}: {made.cases} cases, {made.elements} elements, left out {dict(made.left_out)}", flush=True)
    oracle.close()
    if arguments.check:
        if listing.read_text() != manifest(entries):
            wrong.append(listing.name)
        print(f"other than made anew: {', '.join(wrong)}" if wrong else "all as committed")
        return 1 if wrong else 0
    listing.write_text(manifest(entries))
    kept = {f"{entry['file']}.npz" for entry in entries.values()} | {listing.name}
    for path in arguments.out.iterdir():
        if path.name not in kept:
            path.unlink()
    print(f"{sum(path.stat().st_size for path in arguments.out.iterdir())} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

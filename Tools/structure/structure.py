#!/usr/bin/env python3
"""Holds the repository to a structure that can be read file by file.

    python3 Tools/structure/structure.py circles [--members] [TARGET ...]   files that can only be read together
    python3 Tools/structure/structure.py folders                            folders with too many files
    python3 Tools/structure/structure.py picture [--check]                  docs/targets.svg from Package.swift
    python3 Tools/structure/structure.py check                              all three, changes nothing

A circle is a set of files of one target in which each leads to all others by what it names (`circles.py` says what counts);
it may have 4 files. A folder may have 14 source files. Exceptions stand in the tables below, each with its reason; one
that is no longer needed is a fault. Exit code 1 where there is a fault. Python 3, and for the picture SwiftPM, are needed
and nothing else.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import circles
import picture

ROOT = Path(__file__).resolve().parents[2]
SVG = ROOT / "docs/targets.svg"
CIRCLE, FOLDER = 4, 14

# Names that files of a target may use of what names them in turn: target, the files, the names, why.
EXEMPT_NAMES = [
    ("NetworkModel", "Operators/*", {"OperatorRules", "OperandFault", "Rescaling"},
     "each operator's file states its rules, and the list of all operators names each file"),
    ("NetworkModel", "Operators/Movement/*", {"MovementRules", "View", "View.Axis"},
     "the same for the operators that move elements"),
]

# Folders with one file, or a few, for each thing of a kind: what they are.
ONE_FILE_EACH = {
    "Sources/CKernels": "kernels, for each set of instructions",
    "Sources/FixedPoint": "arithmetic functions",
    "Sources/NetworkModel/Operators": "operators",
    "Sources/CommandLineTool/Commands": "commands, and what they print",
}


def targets():
    """The names of targets with Swift files, and the text of each of their files."""
    for folder in sorted(path for path in (ROOT / "Sources").iterdir() if path.is_dir()):
        texts = {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.swift"))}
        if texts:
            yield folder.name, texts


def check_circles(only=(), with_members=False):
    """Prints each target's circles; how many faults there are."""
    faults = 0
    for name, texts in targets():
        if only and name not in only:
            continue
        exempt = [row[1:3] for row in EXEMPT_NAMES if row[0] == name]
        all_arrows = circles.Target(texts, with_members).arrows
        arrows = circles.without(all_arrows, exempt)
        found = circles.circles(arrows)
        sizes = ", ".join(str(len(circle)) for circle in found)
        print(f"{name}: {len(texts)} files" + (f", circles of {sizes}" if sizes else ""))
        for circle in too_large(found):
            faults += 1
            print_circle(circle, arrows)
        for row in exempt if not with_members else ():
            others = [other for other in exempt if other != row]
            if too_large(circles.circles(circles.without(all_arrows, others))) == too_large(found):
                faults += 1
                print(f"  the exception for {row[0]} is not needed")
    return faults


def too_large(found):
    return [circle for circle in found if len(circle) > CIRCLE]


def print_circle(circle, arrows):
    cut = circles.to_cut(arrows, circle, CIRCLE)
    print(f"  circle of {len(circle)} files, {CIRCLE} are allowed; without the arrows marked x ({len(cut)}) none is larger")
    for start in circle:
        print(f"    {start}")
        for end in sorted(set(arrows[start]) & set(circle)):
            print(f"    {'x' if (start, end) in cut else ' '} -> {end}: {', '.join(sorted(arrows[start][end]))}")


def check_folders():
    """Prints folders with too many source files; how many faults there are."""
    faults = 0
    for top in ("Sources", "Tests"):
        for folder in sorted(path for path in (ROOT / top).rglob("*") if path.is_dir()):
            name = folder.relative_to(ROOT).as_posix()
            count = sum(path.suffix in (".swift", ".c", ".h") for path in folder.iterdir())
            if count > FOLDER and name not in ONE_FILE_EACH:
                print(f"{name}: {count} files, {FOLDER} are allowed")
                faults += 1
            if count <= FOLDER and name in ONE_FILE_EACH:
                print(f"{name}: {count} files, the exception is not needed")
                faults += 1
    return faults


def draw(only_check):
    """Draws the targets, or says whether the picture is the one that they give; how many faults there are."""
    done = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    swift = {name for name, _ in targets()}
    text = picture.svg(json.loads(done.stdout), swift)
    if not only_check:
        SVG.write_text(text)
    elif not SVG.exists() or SVG.read_text() != text:
        print(f"{SVG.relative_to(ROOT)} is not what Package.swift gives: run Tools/structure/structure.py picture")
        return 1
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("circles")
    command.add_argument("targets", nargs="*", metavar="TARGET")
    command.add_argument("--members", action="store_true", help="members that extensions in other files add count as well")
    commands.add_parser("folders")
    command = commands.add_parser("picture")
    command.add_argument("--check", action="store_true", help="write nothing, fail where the committed picture differs")
    commands.add_parser("check")
    options = parser.parse_args()
    if options.command == "circles":
        faults = check_circles(options.targets, options.members)
    elif options.command == "folders":
        faults = check_folders()
    elif options.command == "picture":
        faults = draw(options.check)
    else:
        faults = check_circles() + check_folders() + draw(only_check=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

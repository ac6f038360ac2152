#!/usr/bin/env python3
"""Gives mutated models, profiles, arrays, journals, plans and command lines to bitexact: none may end it otherwise than well.

usage: mutate.py [--tool .build/release/bitexact] [--seed 1] [--count 2000] [--seconds S] [--jobs 2] [--out FOLDER]
       mutate.py --seed N --only K [--keep FOLDER]

Ending well: exit code 0, 1, 2 or 64, within 10 s of processor time and 1.5 GiB; with one line of error where there is
one, no result after a failure, inputs untouched, clean text. A case follows from --seed and its number, so that --only K
repeats it with the same tool and options; findings are told once a kind, with the fewest mutations, and kept in --out.
Exit code 1 for any.
"""

import argparse
import collections
import json
import multiprocessing
import os
import random
import shutil
import sys
import time

from cases import Case
from commands import EVERY, learn
from findings import attempt, begin_worker, examine, keep, tell, work_folder
from seeds import Seeds


class Tally:
    """What a campaign has done."""

    def __init__(self):
        self.cases, self.peak, self.slow, self.begin = 0, 0, 0, time.monotonic()
        self.kinds, self.commands, self.findings = collections.Counter(), collections.Counter(), {}
        self.codes = collections.defaultdict(collections.Counter)

    def add(self, result):
        self.cases += 1
        self.kinds[result["kind"]] += 1
        for name, code in result["runs"]:
            self.commands[name if name in EVERY else "other"] += 1
            self.codes[name if name in EVERY else "other"][str(code)] += 1
        self.peak = max(self.peak, result["peak"])
        self.slow += result["slow"]

    def line(self):
        return json.dumps(
            {
                "cases": self.cases, "seconds": round(time.monotonic() - self.begin),
                "runs": sum(self.commands.values()), "kinds": dict(self.kinds),
                "exitCodes": {name: dict(sorted(codes.items())) for name, codes in sorted(self.codes.items())},
                "peakMiB": self.peak >> 20, "stopped": self.slow,
                "findings": {key: [value["case"], value["times"]] for key, value in self.findings.items()},
            }
        )


def campaign(options, seeds, base):
    tally = Tally()
    until = time.monotonic() + options.seconds if options.seconds else None
    told = time.monotonic()
    with multiprocessing.get_context("fork").Pool(
        options.jobs, begin_worker, (options.tool, options.seed, seeds, base, until)
    ) as pool:
        for result in pool.imap_unordered(attempt, range(options.first, options.first + options.count), chunksize=4):
            if result is None:
                continue
            tally.add(result)
            finding = result["finding"]
            if finding and finding["key"] in tally.findings:
                tally.findings[finding["key"]]["times"] += 1
            elif finding:
                key = finding["key"]
                if finding["kind"] != "mutator":
                    finding = keep(finding, options.out, options.tool, seeds, base)
                tally.findings[key] = {**finding, "times": 1}
                tell(finding)
            if time.monotonic() - told > 60:
                told = time.monotonic()
                print(tally.line(), flush=True)
    print(tally.line(), flush=True)
    return 1 if tally.findings else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=".build/release/bitexact")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seconds", type=float, help="end after so long, whatever the count")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", help="the folder for what is found")
    parser.add_argument("--only", type=int, help="repeat one case")
    parser.add_argument("--keep", help="with --only: the folder for its files")
    parser.add_argument(
        "--kinds", type=lambda text: text.split(","), help="of cases: model,profile,array,journal,plan,words"
    )
    parser.add_argument("--operators", type=lambda text: text.split(","), help="of the models that are mutated")
    options = parser.parse_args()
    options.tool = os.path.abspath(options.tool)
    options.out, options.keep = (path and os.path.abspath(path) for path in (options.out, options.keep))
    base = work_folder()
    try:
        os.chdir(base)
        os.mkdir("w")
        os.chdir("w")
        learn(options.tool)
        seeds = Seeds(options.kinds, options.operators)
        seeds.add_made(options.tool, random.Random(f"{options.seed}: made"))
        if options.only is None:
            return campaign(options, seeds, base)
        begin_worker(options.tool, options.seed, seeds, base)
        case = Case(seeds, options.seed, options.only)
        result = examine(case)
        print(json.dumps({key: value for key, value in result.items() if key != "finding"}, indent=1))
        if options.keep:
            shutil.copytree(".", options.keep, dirs_exist_ok=True)
        if result["finding"]:
            tell(result["finding"])
        return 1 if result["finding"] else 0
    finally:
        os.chdir("/")
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Lists the SHA-256 of what bitexact answers, so that two builds can be held to the same bytes.

    python3 Tools/answers/answers.py --models FOLDER [--tool .build/release/bitexact] [--quick] > before.txt
    python3 Tools/answers/answers.py --models FOLDER --tool OTHER --against before.txt

For every model: emitted files for each machine and effort, their reports as JSON and HTML, traces, and what inspect,
verify, compare, explore and vectors print. Times are taken out of what is hashed; nothing else is. Machines that refuse a
model count by their exit code and message. Python 3 is needed and nothing else. Exit code 1 where lists differ.
"""

import argparse
import concurrent.futures
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROFILES = ("nna-int8", "nna-int8-shift", "nna-int8-pow2", "nna-int16")
EFFORTS = ("fast", "balanced", "best")
# What a run measures of itself, not of the model.
TIMES = re.compile(rb'("[A-Za-z]*[sS]econds"\s*:\s*)[-+.0-9eE]+|([0-9.]+ (?:ms|s|min)\b)')
# The last column of the passes in a report.
PASS_TIMES = re.compile(rb'<td class="n" data-v="[-+.0-9eE]+">[0-9.]+</td></tr>')
SAMPLES = 4


def without_times(data):
    return PASS_TIMES.sub(b"T", TIMES.sub(lambda match: (match.group(1) or b"") + b"T", data))


def sha(data):
    return hashlib.sha256(data).hexdigest()


def sha_of_folder(folder):
    """Names and contents of all files."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(folder)}\0".encode())
        whole.update(without_times(path.read_bytes()))
    return whole.hexdigest()


class Lister:
    """Answers about one model, from a folder of its own."""

    def __init__(self, tool, model, efforts):
        self.tool, self.model, self.efforts = tool, model, efforts
        self.folder = Path(tempfile.mkdtemp(prefix="answers-"))
        shutil.copy(model, self.folder / "m.tflite")
        self.lines = []

    def run(self, name, words, files=()):
        """Runs a command and lists what it printed and wrote."""
        done = subprocess.run(
            [self.tool, *words, "--threads", "1"], cwd=self.folder, capture_output=True, stdin=subprocess.DEVNULL)
        label = f"{self.model.stem} {name}"
        # The folder has another name each time.
        folder = str(self.folder.resolve()).encode()
        done.stdout, done.stderr = done.stdout.replace(folder, b"F"), done.stderr.replace(folder, b"F")
        self.lines.append(f"{done.returncode:<64} {label}: exit code")
        self.lines.append(f"{sha(without_times(done.stdout))} {label}: stdout")
        self.lines.append(f"{sha(without_times(done.stderr))} {label}: stderr")
        for file in files:
            path = self.folder / file
            if path.is_dir():
                self.lines.append(f"{sha_of_folder(path)} {label}: {file}")
                shutil.rmtree(path)
            elif path.exists():
                data = path.read_bytes()
                self.lines.append(f"{sha(data if file.endswith('.tflite') else without_times(data))} {label}: {file}")
        return done.returncode == 0

    def samples(self):
        """Writes made-up samples for the model's inputs, the same ones each time; the words that name them."""
        told = subprocess.run(
            [self.tool, "inspect", "m.tflite", "--json"], cwd=self.folder, capture_output=True).stdout
        shapes = json.loads(told)["inputShapes"] if told else []
        if len(shapes) != 1:
            return None
        count = math.prod(shapes[0])
        words = b"".join(hashlib.sha256(number.to_bytes(4, "little")).digest() for number in range(SAMPLES * count // 32 + 1))
        shape = tuple([SAMPLES] + shapes[0][1:]) if shapes[0][:1] == [1] else tuple([SAMPLES] + shapes[0])
        header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
        header += b" " * (-(len(header) + 11) % 64) + b"\n"
        (self.folder / "x.npy").write_bytes(
            b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + words[: SAMPLES * count])
        return "x.npy"

    def list(self):
        try:
            data = self.samples()
            self.run("inspect", ["inspect", "m.tflite", "--json"])
            self.run("inspect text", ["inspect", "m.tflite", "--accumulators"])
            if data:
                self.run("run", ["run", "m.tflite", "--input", data, "--count", "1", "--trace", "trace", "-o", "y.npy", "--json"],
                         ["trace", "y.npy"])
            for profile in PROFILES:
                for effort in self.efforts:
                    self.requantize(profile, effort, data)
            return self.lines
        finally:
            shutil.rmtree(self.folder)

    def requantize(self, profile, effort, data):
        words = ["requantize", "m.tflite", "--profile", profile, "--effort", effort, "-o", "o.tflite", "--report", "r.html"]
        guide = ["--calibrate", data] if data else []
        name = f"{profile} {effort}"
        if not self.run(name, [*words, *guide, "--json"], ["o.tflite", "r.html", "r.json"]) or effort != "balanced":
            return
        self.run(f"{name} verify", ["verify", "o.tflite", "--json"])
        if not data:
            return
        source = ["--source", "m.tflite", "--inputs", data]
        self.run(f"{name} verify source", ["verify", "o.tflite", *source, "--report", "v.html"], ["v.html", "v.json"])
        self.run(f"{name} compare", ["compare", "m.tflite", "o.tflite", "--inputs", data, "--json"])
        self.run(f"{name} trace", ["run", "o.tflite", "--input", data, "--trace", "trace"], ["trace"])
        self.run(f"{name} vectors", ["vectors", "o.tflite", "--inputs", data, "--count", "1", "-o", "v"], ["v"])
        vary = ["--vary", "accumulator.bits=16..24:4", "--csv", "e.csv", "--report", "e.html"]
        self.run(f"{name} explore", ["explore", "o.tflite", "--inputs", data, *vary], ["e.csv", "e.html", "e.json"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=".build/release/bitexact")
    parser.add_argument("--models", type=Path, required=True, help="the folder of the .tflite files")
    parser.add_argument("--model", action="append", help="only models with this in their name; repeat for several")
    parser.add_argument("--quick", action="store_true", help="one effort instead of three")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--against", type=Path, help="an earlier list")
    options = parser.parse_args()
    tool = os.path.abspath(options.tool)
    models = [path for path in sorted(options.models.glob("*.tflite"))
              if not options.model or any(text in path.name for text in options.model)]
    efforts = ("balanced",) if options.quick else EFFORTS
    lines = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for path, part in zip(models, pool.map(lambda path: Lister(tool, path, efforts).list(), models)):
            print(f"{path.name}: {len(part)} answers", file=sys.stderr, flush=True)
            lines += part
    if not options.against:
        print("\n".join(lines))
        return 0
    before, after = (
        {line[65:]: line[:64].strip() for line in part} for part in (options.against.read_text().splitlines(), lines))
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    print(f"{len(after)} answers, {len(changed)} differ")
    for name in changed:
        print(f"  {name}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())

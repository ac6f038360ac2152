#!/usr/bin/env python3
"""Runs golden vectors through the hardware of Tests/RTL in Icarus Verilog; see check.sh."""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

import fixtures

RTL = pathlib.Path("Tests/RTL")
DEVICES = {"requantizer_tb": RTL / "requantizer.v", "mac_array_tb": RTL / "mac_array.v"}
# A machine that multiplies and rounds once, and one that rounds twice as TensorFlow Lite does (its own second rule is
# tiesAwayFromZero).
ONCE = [{"multiply": {"bits": 32}}, {"shift": {"minimum": 0, "maximum": 62}}]
TWICE = [
    {"shiftLeft": {}}, {"wrap": {"format": "int32"}}, {"multiply": {"bits": 32, "rounding": "tiesTowardPositive"}},
    {"saturate": {"format": "int32"}}, {"shift": {"minimum": 0, "maximum": 31}},
]
SHIFT = [{"shift": {"minimum": 0, "maximum": 31}}]
REGISTERS = {
    "saturating at each product, 14 bits": {"bits": 14, "overflow": "saturate", "check": "product", "bias": "first"},
    "wrapping at each product, 13 bits, bias last": {"bits": 13, "overflow": "wrap", "check": "product", "bias": "last"},
    "saturating at each 4 products, 12 bits, by channel": {
        "bits": 12, "overflow": "saturate", "check": "group", "groupSize": 4, "order": "channelHeightWidth",
        "bias": "last"},
    "saturating at the end, 13 bits": {"bits": 13, "overflow": "saturate", "check": "end"},
}


class Check:
    """Makes vectors, runs testbenches and counts."""

    def __init__(self, tool, work):
        self.tool, self.work = tool, work
        self.failures = []

    def bitexact(self, *words):
        done = subprocess.run([str(self.tool), *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bitexact {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def profile(self, base, name, changes):
        path = self.work / f"{name}.json"
        path.write_text(json.dumps({"schemaVersion": 1, "name": name, "extends": base, **changes}))
        return path

    def vectors(self, model, profile, inputs, *options):
        folder = self.work / "vectors"
        shutil.rmtree(folder, ignore_errors=True)
        self.bitexact("vectors", model, "--profile", profile, "--inputs", inputs, "--format", "sv", "-o", folder,
                      "--quiet", *options)
        return folder

    def simulate(self, bench, **parameters):
        """The vectors and mismatches that a testbench counts."""
        program = self.work / "simulation.vvp"
        overrides = [f"-P{bench.stem}.{name}={value}" for name, value in parameters.items()]
        subprocess.run(["iverilog", "-g2012", "-s", bench.stem, *overrides, "-o", program, bench, DEVICES[bench.stem]],
                       check=True)
        output = subprocess.run(["vvp", "-n", program, f"+vectors={bench.parent}"], check=True, capture_output=True,
                                text=True).stdout
        found = re.search(r"(\d+) vectors, (\d+) mismatches", output)
        if not found:
            sys.exit(f"{bench}: the simulation ended without a count:\n{output}")
        return int(found[1]), int(found[2])

    def expect_equal(self, what, folder, kind):
        """Runs all testbenches of a kind; prints a line."""
        total = [0, 0]
        benches = sorted(folder.glob(f"*/{kind}.sv"))
        for bench in benches:
            count, mismatches = self.simulate(bench)
            total = [total[0] + count, total[1] + mismatches]
        print(f"{what}: {len(benches)} operators, {total[0]} vectors, {total[1]} mismatches", flush=True)
        if total[1] or not total[0]:
            self.failures.append(what)
        return total[0]


def requantizers(check, demo, images, roundings):
    """Every tie rule in three kinds of requantizer; with the shift-only one each other rule must be noticed."""
    models = {}
    for base in ["nna-int8-shift", "nna-int8"]:
        models[base] = check.work / f"{base}.tflite"
        check.bitexact("requantize", demo, "--profile", base, "--calibrate", images, "--count", 32, "-o", models[base],
                       "--quiet")
    total = 0
    unnoticed = []
    for rule in roundings:
        for kind, base, stages in [("shift", "nna-int8-shift", SHIFT), ("multiply once", "nna-int8", ONCE),
                                   ("round twice", "tflite", TWICE)]:
            shift = stages[-1]["shift"] | {"rounding": rule}
            changes = {"requantize": [*stages[:-1], {"shift": shift}]}
            profile = check.profile(base, f"{kind.replace(' ', '-')}-{rule}", changes)
            folder = check.vectors(models.get(base, demo), profile, images, "--count", 1)
            total += check.expect_equal(f"{kind}, {rule}", folder, "requantizer_tb")
            if kind == "shift":
                unnoticed += wrong_rules(check, folder, rule, roundings)
    pairs = len(roundings) * (len(roundings) - 1)
    print(f"hardware with another tie rule: {pairs - len(unnoticed)} of {pairs} noticed")
    check.failures += unnoticed
    return total


def wrong_rules(check, folder, rule, roundings):
    """The other rules whose hardware no vector tells from this one's."""
    manifest = json.loads((folder / "manifest.json").read_text())
    # Sums of both signs reach the output where no activation cuts them.
    benches = [folder / operator["testbenches"][0].split("/")[0] / "requantizer_tb.sv"
               for operator in manifest["operators"]
               if "testbenches" in operator and operator["requantization"]["low"] < 0
               and len(operator["requantization"]["stages"]) == 1]
    return [f"{other} instead of {rule} is not noticed" for other in roundings
            if other != rule and not any(check.simulate(bench, ROUNDINGS=roundings[other])[1] for bench in benches)]


def registers(check, demo, images):
    """Convolutions on registers that overflow; a register of the other kind must be noticed."""
    model = check.work / "nna-int8-shift.tflite"
    operators = [word for index in [0, 1, 5] for word in ["--operator", index]]
    total = check.expect_equal(
        "registers: tflite", check.vectors(demo, "tflite", images, "--count", 1, *operators), "mac_array_tb")
    for position, (what, rule) in enumerate(REGISTERS.items()):
        profile = check.profile("nna-int8-shift", f"register-{position}", {"accumulator": rule})
        folder = check.vectors(model, profile, images, "--count", 1, *operators)
        total += check.expect_equal(f"registers: {what}", folder, "mac_array_tb")
        wrong = 0 if rule["overflow"] == "saturate" else 1
        if not any(check.simulate(bench, SATURATE=wrong)[1] for bench in sorted(folder.glob("*/mac_array_tb.sv"))):
            check.failures.append(f"registers: {what}: the other overflow is not noticed")
    return total


def headers(check, demo, images):
    """The C headers compile without a warning."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        print("headers: no C compiler, not checked")
        return
    folder = check.work / "headers"
    check.bitexact("vectors", demo, "--inputs", images, "--count", 1, "--format", "c", "-o", folder, "--quiet")
    unit = check.work / "headers.c"
    unit.write_text('#include "vectors.h"\n#include "vectors.h"\nint main(void) { return 0; }\n')
    done = subprocess.run([compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-I", folder,
                           unit])
    print(f"headers: {'compile' if done.returncode == 0 else 'do not compile'} without a warning")
    if done.returncode != 0:
        check.failures.append("headers")


def single_operators(check):
    """The single-operator models: files equal to what LiteRT computed, and hardware equal to the files."""
    counts = {"files": 0, "requantizer_tb": [0, 0], "mac_array_tb": [0, 0]}
    for fixture in fixtures.cases():
        profile = "tflite"
        inputs = fixture.write_inputs(check.work / "inputs")
        run = subprocess.run([check.tool, "vectors", fixture.model, "--profile", profile, "--inputs", inputs, "--format",
                              "sv", "-o", check.work / "single", "--quiet"], capture_output=True, text=True)
        if run.returncode != 0:
            # Three models fuse what LiteRT ignores and bitexact refuses.
            if "does not fuse" not in run.stderr:
                check.failures.append(f"{fixture.name}: {run.stderr.strip()}")
            continue
        folder = check.work / "single"
        for operator in json.loads((folder / "manifest.json").read_text())["operators"]:
            for array in [*operator["inputs"], operator["outputs"]]:
                if array["isConstant"]:
                    continue
                expected = [value for run in fixture.runs for value in tensor(fixture, run, array["tensor"])]
                digits = (array["bits"] + 3) // 4
                text = "".join(f"{value & ((1 << array['bits']) - 1):0{digits}x}\n" for value in expected)
                counts["files"] += 1
                if (folder / array["file"]).read_text() != text:
                    check.failures.append(f"{fixture.name}: {array['file']} is not what LiteRT computed")
        for kind in ["requantizer_tb", "mac_array_tb"]:
            for bench in sorted(folder.glob(f"*/{kind}.sv")):
                count, mismatches = check.simulate(bench)
                counts[kind] = [counts[kind][0] + count, counts[kind][1] + mismatches]
                if mismatches:
                    check.failures.append(f"{fixture.name}: {bench.stem}")
    for kind in ["requantizer_tb", "mac_array_tb"]:
        print(f"single operators, {kind}: {counts[kind][0]} vectors, {counts[kind][1]} mismatches")
    print(f"single operators, files compared with LiteRT's tensors: {counts['files']}")
    return counts["requantizer_tb"][0], counts["mac_array_tb"][0]


def tensor(fixture, run, index):
    kind, _, data = fixture.tensor(run, f"t{index}")
    return fixtures.elements(kind, data)


def rounding_codes(tool):
    """The rules that profiles can state, with the codes that the hardware gives them."""
    schema = json.loads(subprocess.run([tool, "profile", "schema"], check=True, capture_output=True, text=True).stdout)
    text = (RTL / "requantizer.v").read_text()
    codes = {}
    for choice in schema["$defs"]["rounding"]["oneOf"]:
        rule = choice["const"]
        name = re.sub("([A-Z])", r"_\1", rule).upper()
        found = re.search(rf"localparam {name} = (\d+);", text)
        if not found:
            sys.exit(f"Tests/RTL/requantizer.v does not have the rounding {rule} ({name})")
        codes[rule] = int(found[1])
    return codes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    check = Check(options.tool, options.work)
    check.bitexact("demo", "--output", check.work / "demo", "--quiet")
    demo, images = check.work / "demo/demo_uint8.tflite", check.work / "demo/demo_images.npy"
    roundings = rounding_codes(options.tool)
    requantized = requantizers(check, demo, images, roundings)
    summed = registers(check, demo, images)
    headers(check, demo, images)
    single = single_operators(check)
    print(f"in all: {requantized + single[0]} requantizations and {summed + single[1]} sums")
    for failure in check.failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()

"""Measure re-quantized models against their source on images that took no part in the calibration.

For each model, profile and list of options: re-quantize with every 8th image, run source and result on the others, each on
its own profile's arithmetic, and compare the logits. A re-quantized tensor may mean `scale * q + offset` with other numbers
than the file declares (folded offsets, absorbed scales); the report of `requantize` says so, and so it is read here.

    python3 benchmarks/requantization.py --bitexact .build/release/bitexact --models DIR --data DIR \
        --cases cases.json --json out.json --markdown out.md
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

EVERY = "8"
# The default cases: (model, images, labels, profile, options of `requantize`).
MOBILENET = ("mobilenet_v2_1.0_224_quant.tflite", "imagenet500_224.npy", "imagenet500_labels1001.npy")
PER_CHANNEL = {"weights": {"granularity": ["channel"]}}
CASES = [
    {"model": MOBILENET[0], "images": MOBILENET[1], "labels": MOBILENET[2], "profile": profile, "options": options}
    for options in ([], ["--effort", "balanced"], ["--effort", "fast"])
    for profile in ("nna-int8", "nna-int8-shift", "nna-int8-pow2")
]


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def logits_tensor(bitexact: str, model: Path, profile: str | None, images: Path, folder: Path) -> int:
    """The tensor that the last SOFTMAX reads, or the output: looked up in a trace of one sample."""
    flags = ["--profile", profile] if profile else []
    run([bitexact, "run", str(model), *flags, "--input", str(images), "--count", "1", "--trace", str(folder)])
    rows = json.loads((folder / "tensors.json").read_text())
    steps = sorted((row for row in rows if row["operatorIndex"] is not None), key=lambda row: row["operatorIndex"])
    for position in range(len(steps) - 1, 0, -1):
        if steps[position]["operator"] == "SOFTMAX":
            return int(steps[position - 1]["index"])
    return int(steps[-1]["index"])


def logits(
    bitexact: str, model: Path, profile: str | None, images: Path, tensor: int, meaning: dict | None
) -> np.ndarray:
    """The real numbers of a tensor, one row for each held-out sample."""
    with tempfile.TemporaryDirectory() as scratch:
        flags = ["--profile", profile] if profile else []
        command = [bitexact, "run", str(model), *flags, "--input", str(images), "--every", EVERY, "--complement"]
        run([*command, "--trace", scratch, "--tensor", str(tensor)])
        row = json.loads((Path(scratch) / "tensors.json").read_text())[0]
        scale, zero, offset = row["scales"][0], row["zeroPoints"][0], 0.0
        if meaning:
            scale, offset = np.asarray(meaning["scales"], dtype=np.float64), meaning["offset"]
        samples = sorted(path for path in Path(scratch).iterdir() if path.is_dir())
        stored = np.stack([np.load(next(path.glob("*.npy"))).ravel() for path in samples])
        return scale * (stored.astype(np.float64) - zero) + offset


def sqnr(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(10 * np.log10((wanted**2).sum() / ((found - wanted) ** 2).sum()))


def best_class(values: np.ndarray) -> np.ndarray:
    return values.argmax(axis=1)


def measure(bitexact: str, case: dict, models: Path, data: Path, sources: dict) -> dict:
    model, images = models / case["model"], data / case["images"]
    labels = np.load(data / case["labels"]).ravel() if case.get("labels") else None
    key = case["model"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if key not in sources:
            tensor = logits_tensor(bitexact, model, None, images, folder / "source")
            sources[key] = (tensor, logits(bitexact, model, None, images, tensor, None))
        tensor, wanted = sources[key]
        profile = case["profile"]
        if case.get("change"):
            path = folder / "profile.json"
            path.write_text(json.dumps({"schemaVersion": 1, "name": "changed", "extends": profile, **case["change"]}))
            profile = str(path)
        output, report = folder / "out.tflite", folder / "report.json"
        calibration = ["--calibrate", str(images), "--every", EVERY] if case.get("calibrate", True) else []
        command = [bitexact, "requantize", str(model), "--profile", profile, *calibration, *case["options"]]
        command += ["-o", str(output), "--report", str(report)]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        run(command)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        meanings = {item["tensor"]: item for item in json.loads(report.read_text()).get("meanings", [])}
        found = logits(bitexact, output, None, images, tensor, meanings.get(tensor))
        verified = subprocess.run([bitexact, "verify", str(output), "--inputs", str(images), "--count", "2"],
                                  capture_output=True, check=False).returncode == 0
    kept = np.arange(len(np.load(images, mmap_mode="r"))) % int(EVERY) != 0
    result = {
        "model": case["model"], "profile": case["profile"] + (" (changed)" if case.get("change") else ""),
        "options": " ".join(case["options"]) + ("" if calibration else " (no samples)"),
        "sqnrDb": sqnr(found, wanted), "agreement": float((best_class(found) == best_class(wanted)).mean()),
        "images": int(kept.sum()), "seconds": wall, "verified": verified,
        "cpuSeconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }
    if labels is not None:
        result["top1"] = float((best_class(found) == labels[kept]).mean())
        result["sourceTop1"] = float((best_class(wanted) == labels[kept]).mean())
    return result


def markdown(rows: list[dict]) -> str:
    lines = ["| model | profile | options | SQNR dB | agreement % | top-1 % | source % | CPU s | verify |",
             "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        top1 = f"{100 * row['top1']:.2f} | {100 * row['sourceTop1']:.2f}" if "top1" in row else "|"
        lines.append(
            f"| {row['model'].removesuffix('.tflite')} | {row['profile']} | {row['options']} | {row['sqnrDb']:.1f} | "
            f"{100 * row['agreement']:.1f} | {top1} | {row['cpuSeconds']:.1f} | {'yes' if row['verified'] else 'NO'} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bitexact", default=".build/release/bitexact")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cases", type=Path, help="a JSON list of cases; the built-in ones without it")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    cases = json.loads(arguments.cases.read_text()) if arguments.cases else CASES
    sources: dict = {}
    rows: list[dict] = []
    for case in cases:
        try:
            rows.append(measure(arguments.bitexact, case, arguments.models, arguments.data, sources))
        except RuntimeError as error:
            print(f"{case}: {error}", file=sys.stderr)
            continue
        print(markdown(rows[-1:]).splitlines()[-1], flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
    if arguments.markdown:
        arguments.markdown.write_text(markdown(rows))


if __name__ == "__main__":
    main()

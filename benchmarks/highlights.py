"""The figures that say how fast bitexact is, each with the command that measures it alone."""

from __future__ import annotations

from dataclasses import dataclass

from spread import Spread, ratio
from tables import number, ranged, table, values

CURRENT = "bitexact"
SOURCE = "mobilenet_v2_1.0_224_quant"
EMITTED = ("mobilenet_v2 for nna-int8-shift", "mobilenet_v2 for nna-int8-pow2")
SAME_FILE = (
    "tf2_mobilenet_v2_1.0_224_ptq", SOURCE, "pretrainedResnet_quant", "kws_ref_model", "ad01_int8",
    "mobilenet_v1_0.25_128_quant", "deeplabv3_mnv2_dm05_pascal_quant", "movenet_single_pose_lightning_ptq",
    "demo_int8", "demo_uint8",
)


@dataclass(frozen=True)
class Row:
    """One figure."""

    what: str
    value: str
    only: str

    def cells(self) -> list[str]:
        """The row of the table."""
        return [self.what, self.value, f"`benchmarks/run.sh --only {self.only}`"]


class _Results:
    """Access to what was measured."""

    def __init__(self, found: dict) -> None:
        self.cases = {case["name"]: case["contenders"] for case in found["cases"]}
        self.threads = found["options"]["threads"]

    def metric(self, case: str, contender: str, key: str) -> list[float | None]:
        found = self.cases.get(case, {}).get(contender)
        return values(found, key) if found else []

    def spread(self, case: str, contender: str, key: str, factor: float = 1) -> Spread | None:
        return Spread.of([value * factor for value in self.metric(case, contender, key) if value is not None])

    def ratio(self, case: str, contender: str, base: str, key: str = "latencyMs") -> Spread | None:
        return ratio(self.metric(case, contender, key), self.metric(case, base, key))


def highlights(found: dict) -> str:
    """The table; a figure that was not measured is left out."""
    results = _Results(found)
    rows = emitted_rows(results) + same_file_rows(results) + throughput_rows(results) + other_kernel_rows(results)
    rows += preparation_rows(results) + evaluation_rows(found["evaluations"])
    if not rows:
        return "Nothing of what this table lists was measured.\n"
    return table(["what", "median (range over the rounds)", "measured alone by"], [row.cells() for row in rows], "lll")


def emitted_rows(results: _Results) -> list[Row]:
    """Models made for an accelerator, against the same network as a stock int8 file in XNNPACK."""
    rows = []
    for case in EMITTED:
        profile = case.split()[-1]
        if spread := results.ratio(case, CURRENT, "litert-xnnpack"):
            rows.append(Row(f"latency, MobileNetV2 under {profile} / LiteRT XNNPACK on tf2_mobilenet_v2_1.0_224_ptq",
                            ranged(spread), profile))
        if spread := results.ratio(case, CURRENT, "litert-xnnpack", "latencyNMs"):
            rows.append(Row(f"the same, both on {results.threads} threads", ranged(spread), profile))
        if spread := results.ratio(case, "litert-reference", CURRENT):
            rows.append(Row(f"latency, MobileNetV2 under {profile}: LiteRT reference kernels on the same file / bitexact",
                            ranged(spread), profile))
        if spread := results.spread(case, CURRENT, "shareOfRoofline", 100):
            peak = results.spread(case, CURRENT, "rooflineGigaMacsPerSecond")
            rows.append(Row(f"share of the instruction's measured roofline ({number(peak.median)} GMAC/s), whole "
                            f"network under {profile}, %", ranged(spread), profile))
    return rows


def same_file_rows(results: _Results) -> list[Row]:
    """The profile tflite against XNNPACK on the same file."""
    return [Row(f"latency, {case} under tflite / XNNPACK on the same file", ranged(spread), case)
            for case in SAME_FILE if (spread := results.ratio(case, CURRENT, "litert-xnnpack"))]


def throughput_rows(results: _Results) -> list[Row]:
    """How throughput grows with threads."""
    rows = []
    for case in (*EMITTED, *SAME_FILE):
        if spread := ratio(results.metric(case, CURRENT, "throughputN"), results.metric(case, CURRENT, "throughput1")):
            only = case.split()[-1]
            rows.append(Row(f"samples a second on {results.threads} threads / on 1, {case}", ranged(spread), only))
    return rows


def other_kernel_rows(results: _Results) -> list[Row]:
    """LiteRT's reference kernels, whose integers the profile tflite has, and the kernels for other CPUs."""
    rows = []
    for case in SAME_FILE[:5]:
        pairs = ((CURRENT, "litert-reference", "bitexact / LiteRT reference kernels"),
                 (CURRENT, "litert-optimized", "bitexact / LiteRT optimized kernels"),
                 (CURRENT, "onnxruntime", "bitexact / ONNX Runtime"),
                 (f"{CURRENT} avx2", "litert-xnnpack", "forced AVX2 / XNNPACK"),
                 (f"{CURRENT} portable", "litert-reference", "forced portable / LiteRT reference kernels"))
        for contender, base, words in pairs:
            if spread := results.ratio(case, contender, base):
                rows.append(Row(f"latency, {case}: {words}", ranged(spread), case))
    return rows


def preparation_rows(results: _Results) -> list[Row]:
    """What is done once for a model."""
    rows = []
    for case in (*EMITTED, *SAME_FILE[:2]):
        lowering = results.metric(case, CURRENT, "loweringMs")
        packing = results.metric(case, CURRENT, "packingMs")
        if lowering and packing:
            spreads = (Spread.of([value for value in series if value is not None]) for series in (lowering, packing))
            text = ", ".join(f"{words} {ranged(spread)}" for words, spread in zip(("lowering", "packing"), spreads))
            rows.append(Row(f"preparation, {case}, ms", text, case.split()[-1]))
    return rows


def evaluation_rows(evaluations: dict | None) -> list[Row]:
    """Whole processes and their memory."""
    rows = []
    if evaluations is None:
        return rows
    for name, timed in evaluations["seconds"].items():
        if spread := Spread.of([value for value in timed[CURRENT] if value is not None]):
            rows.append(Row(f"`evaluate`, {name}, {evaluations['count']} images, {evaluations['threads']} threads, "
                            "launch to exit, s", ranged(spread), "evaluate"))
    for name in evaluations["seconds"]:
        peaks = [entry for entry in evaluations["memory"]
                 if entry["name"] == name and entry["anonymousBytes"] is not None]
        if peaks:
            text = "; ".join(
                f"{entry['samples']} images: {number(entry['anonymousBytes'] / (1 << 20))}" for entry in peaks)
            rows.append(Row(f"`evaluate`, {name}, peak of memory beyond the mapped input, MiB", text, "evaluate"))
    return rows

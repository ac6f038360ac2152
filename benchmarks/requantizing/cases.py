"""What is re-quantized for which table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

EVERY = 8
PROFILES = ("nna-int8", "nna-int8-shift", "nna-int8-pow2")
EFFORTS = ("fast", "balanced", "best")
PARTS = ("absorb-scales", "fold-offsets", "pad-explicitly", "equalize-depthwise", "search-scales",
         "weigh-noise", "match-source", "feed-back-errors", "descend-coordinates", "fold-output-error")
CHANNEL = {"weights": {"granularity": ["channel"]}}


def _asymmetric(kind: str, granularity: str) -> dict:
    return {"activations": {"formats": [kind], "zeroPoint": "any"},
            "weights": {"formats": [kind], "zeroPoint": "any" if kind == "uint8" else "none",
                        "granularity": [granularity], "narrowRange": False}}


@dataclass(frozen=True)
class Model:
    """A source; `images` without a folder is made up by inputs.py."""

    file: str
    images: str
    labels: str | None = None

    @property
    def title(self) -> str:
        """Its name in tables."""
        return self.file.removesuffix(".tflite")


MOBILENET = Model("mobilenet_v2_1.0_224_quant.tflite", "imagenet500_224.npy", "imagenet500_labels1001.npy")
PTQ = Model("tf2_mobilenet_v2_1.0_224_ptq.tflite", "imagenet500_224.npy", "imagenet500_labels1001.npy")
MODELS = (
    PTQ,
    Model("mobilenet_v1_0.25_128_quant.tflite", "imagenet500_128.npy", "imagenet500_labels1001.npy"),
    Model("pretrainedResnet_quant.tflite", "cifar10_2000.npy", "cifar10_2000_labels.npy"),
    Model("kws_ref_model.tflite", "made-up"),
    Model("ad01_int8.tflite", "made-up"),
)


@dataclass(frozen=True)
class Case:
    """One re-quantization; `draw` is the first of every eighth sample, which calibrate, or nothing."""

    table: str
    model: Model
    profile: str
    title: str
    change: dict = field(default_factory=dict, hash=False)
    options: tuple[str, ...] = ()
    draw: int | None = 0
    # The machine that the result is re-quantized for in turn.
    back: dict = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """Tells rows apart; draws of one row have one key."""
        return f"{self.model.title} {self.profile} {self.title}"


def cases(tables: set[str], draws: int) -> Iterator[Case]:
    """All cases of some tables, in the tables' order."""
    for table in TABLES:
        if table in tables:
            yield from TABLES[table](draws)


def _main(draws: int) -> Iterator[Case]:
    for effort in EFFORTS:
        for profile in PROFILES:
            for draw in range(draws):
                yield Case("main", MOBILENET, profile, effort, options=("--effort", effort), draw=draw)


def _channel(draws: int) -> Iterator[Case]:
    for profile in PROFILES:
        for draw in range(draws):
            yield Case("channel", MOBILENET, profile, "a weight scale per channel", CHANNEL, draw=draw)


def _free(draws: int) -> Iterator[Case]:
    for profile in PROFILES:
        yield Case("free", MOBILENET, profile, "no data", draw=None)


def _schemes(draws: int) -> Iterator[Case]:
    to, back = _asymmetric("uint8", "tensor"), _asymmetric("int8", "channel")
    for draw in range(draws):
        yield Case("schemes", MOBILENET, "nna-w4a8-pow2", "4-bit weights per channel", draw=draw)
    for draw in range(draws):
        yield Case("schemes", PTQ, "nna-int8", "int8 per channel to uint8 per tensor, asymmetric", to, draw=draw)
    for draw in range(draws):
        yield Case("schemes", PTQ, "nna-int8", "and back to int8 per channel", to, draw=draw, back=back)


def _models(draws: int) -> Iterator[Case]:
    for model in MODELS:
        for profile in ("nna-int8", "nna-int8-pow2"):
            yield Case("models", model, profile, "")


def _ablation(draws: int) -> Iterator[Case]:
    for profile in ("nna-int8-shift", "nna-int8-pow2"):
        yield Case("ablation", MOBILENET, profile, "everything")
        for part in PARTS:
            yield Case("ablation", MOBILENET, profile, f"without `{part}`", options=("--skip-pass", part))
        everything = tuple(word for part in PARTS for word in ("--skip-pass", part))
        yield Case("ablation", MOBILENET, profile, "without all of them", options=everything)


TABLES = {"main": _main, "channel": _channel, "free": _free, "schemes": _schemes, "models": _models,
          "ablation": _ablation}

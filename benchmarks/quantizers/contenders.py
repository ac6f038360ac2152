"""Who is compared, with which settings."""

from __future__ import annotations

from dataclasses import dataclass, field

BITEXACT, SOURCE = "with_bitexact", "source"


@dataclass(frozen=True)
class Contender:
    """A row of the table; `module` is who runs it."""

    key: str
    title: str
    module: str
    # What its integers look like; the table is grouped by granularity.
    granularity: str
    scales: str
    options: dict = field(default_factory=dict)


def _bitexact(profile: str, scales: str, channel: bool) -> Contender:
    title = f"bitexact, `{profile}`" + (", a weight scale per channel" if channel else "")
    return Contender(profile + ("-channel" if channel else ""), title, BITEXACT,
                     "channel" if channel else "tensor", scales, {"profile": profile, "perChannel": channel})


def _mct(channel: bool) -> Contender:
    return Contender(f"mct-pow2-{'channel' if channel else 'tensor'}", "MCT", "with_mct",
                     "channel" if channel else "tensor", "power of two", {"perChannel": channel})


def _esp(chip: str, key: str, title: str, options: dict) -> Contender:
    return Contender(f"esp-ppq-{chip}{key}", f"ESP-PPQ, `{chip}`{title}", "with_esp_ppq",
                     "channel" if chip == "esp32p4" else "tensor", "power of two", {"chip": chip, **options})


def _onnxruntime(channel: bool) -> Contender:
    return Contender(f"onnxruntime-{'channel' if channel else 'tensor'}", "ONNX Runtime, smallest to largest",
                     "with_onnxruntime", "channel" if channel else "tensor", "any", {"perChannel": channel})


_TRAINED = {"thresholdTraining": 500}
_CORRECTED = {"biasCorrection": 1}

CONTENDERS = (
    Contender("source-bitexact", "the source itself, bitexact's `tflite`", BITEXACT, "source", "any",
              {"source": True}),
    Contender("source-optimized", "the source itself, LiteRT's optimized kernels", SOURCE, "source", "any",
              {"kernels": "BUILTIN_WITHOUT_DEFAULT_DELEGATES"}),
    Contender("float", "the dequantized float network", "with_onnxruntime", "source", "float", {"float": True}),
    _bitexact("nna-int8-pow2", "power of two", False),
    _mct(False),
    _esp("c", "", "", {}),
    _esp("c", "-tqt", ", thresholds trained", _TRAINED),
    _esp("c", "-bias", ", biases corrected", _CORRECTED),
    _esp("c", "-bias-tqt", ", biases corrected, thresholds trained", _CORRECTED | _TRAINED),
    _esp("esp32s3", "", "", {}),
    _esp("esp32s3", "-bias-tqt", ", biases corrected, thresholds trained", _CORRECTED | _TRAINED),
    _bitexact("nna-int8-shift", "power-of-two ratios", False),
    _bitexact("nna-int8", "any", False),
    _onnxruntime(False),
    _bitexact("nna-int8-pow2", "power of two", True),
    _mct(True),
    _esp("esp32p4", "", "", {}),
    _esp("esp32p4", "-tqt", ", thresholds trained", _TRAINED),
    _esp("esp32p4", "-lsq", ", weights trained (LSQ)", {"stepSizeTraining": 500}),
    Contender("mct-imx500", "MCT, its own IMX500 scheme", "with_mct", "channel",
              "weights any, activations power of two", {"own": True}),
    _bitexact("nna-int8-shift", "power-of-two ratios", True),
    _bitexact("nna-int8", "any", True),
    _onnxruntime(True),
)


def wanted(texts: list[str]) -> set[str]:
    """The keys that are meant: all if nothing is asked for, one that is named, or those with a text in them."""
    keys = {contender.key for contender in CONTENDERS}
    if not texts:
        return keys
    return {key for text in texts for key in ([text] if text in keys else keys) if text in key}

"""Command lines: all commands, with the files of a case in the current folder; results go to out/."""

import re

import judge

PROFILE_NAMES = [
    "cmsis-nn", "esp32-p4", "esp32-s3", "ethos-u", "finn", "gemmini", "max78000", "nemo", "nna-int16", "nna-int8",
    "nna-int8-pow2", "nna-int8-shift", "nna-w4a8-pow2", "nvdla", "tflite", "tflite-single-rounding", "tosa",
    "tosa-double-rounding", "vitis-dpu", "vta", "xnnpack",
]
# Those whose arithmetic has ways of its own are taken more often.
FAVOURITES = [
    "xnnpack", "xnnpack", "xnnpack", "tflite", "nna-int8", "nna-int8-pow2", "nna-int16", "esp32-s3", "ethos-u",
    "tosa",
]
AXES = [
    "accumulator.bits=8,16,24", "accumulator.bits=12..16", "accumulator.overflow=wrap,saturate", "weights.bits=4,8",
    "activations.bits=8,16", "requantize.rounding=tiesToEven,tiesTowardPositive", "bias.bits=16,32",
    "accumulator.check=product,end", "weights.narrowRange=true,false",
]
# What a model is given to, with how often: one that nothing refuses goes through more than one.
WEIGHTS = {
    "inspect": 14, "run": 14, "verify": 12, "requantize": 18, "compare": 14, "explore": 7, "vectors": 7, "bench": 4,
    "evaluate": 6,
}
EVERY = list(WEIGHTS) + ["profile check", "profile show", "profile diff"]


# The options of each command, with whether they take a value; `learn` reads them from the tool's own help.
OPTIONS = {}


def learn(tool):
    """Asks the tool which options each command has."""
    for name in EVERY:
        text = judge.spawn(tool, [*name.split(), "--help"]).out.decode()
        OPTIONS[name] = [
            (option, bool(value)) for option, value in re.findall(r"^  (?:-\w, )?(--[\w-]+)( [A-Z]\S*)?  ", text, re.M)
        ]


def wanted(rng, name, files):
    """An option for graphs in the plural or of free sizes, where the command has it."""
    known = [option for option, _ in OPTIONS.get(name, [])]
    if "--signature" in known and rng.random() < 0.06:
        return ["--signature", rng.choice(["serving_default", "train", "x", "", "0", "1"])]
    if "--input-shape" in known and rng.random() < 0.08:
        sizes = ",".join(
            str(rng.choice([1, 1, 2, 3, 4, 8, 0, -1, 2**31, 2**62])) for _ in range(rng.choice([1, 2, 3, 4, 4, 9]))
        )
        return ["--input-shape", rng.choice(["", "input=", "input0=", "x=", "="]) + sizes]
    return []


class Files:
    """The names of a case's files: `data` and `labels` may be absent."""

    def __init__(self, profiles, data="x.npy", labels="l.npy", source="s.tflite"):
        self.profiles, self.data, self.labels, self.source = profiles, data, labels, source


def maybe(rng, share, *words):
    return list(words) if rng.random() < share else []


def command(rng, name, files):
    """The words of one command."""
    data, labels = files.data, files.labels
    profile = rng.choice(files.profiles)
    chosen = maybe(rng, 0.55, "--profile", profile)
    engine = maybe(rng, 0.25, "--engine", "reference")
    samples = lambda option: [option, data, "--count", rng.choice(["1", "2"])] if data else []
    common = ["--threads", rng.choice(["1", "1", "2"])] + rng.choice([[], [], ["--json"], ["--quiet"]])
    if name == "inspect":
        registers = maybe(rng, 0.4, "--accumulators")
        words = ["m.tflite", *chosen, *registers, *(samples("--inputs") if registers and rng.random() < 0.6 else [])]
    elif name == "run":
        words = [
            "m.tflite",
            *samples("--input"),
            *chosen,
            *engine,
            *maybe(rng, 0.3, "--dequantize"),
            *rng.choice(
                [["-o", "out/y.npy"], ["-o", "out/y/"], ["--trace", "out/t"], ["--trace", "out/t", "--tensor", "0"], []]
            ),
        ]
    elif name == "verify":
        words = [
            "m.tflite", *chosen, *(samples("--inputs") if rng.random() < 0.6 else []),
            *maybe(rng, 0.4, "--source", files.source), *maybe(rng, 0.2, "--report", "out/r.html"),
            *maybe(rng, 0.2, "--allow-overflow"),
        ]
    elif name == "requantize":
        words = [
            "m.tflite", "--profile", profile, "-o", "out/o.tflite",
            *(samples("--calibrate") if rng.random() < 0.6 else []), *maybe(rng, 0.2, "--report", "out/r.html"),
            "--effort", rng.choice(["fast", "fast", "balanced", "best"]),
        ]
        if "--calibrate" in words and labels:
            words += maybe(rng, 0.2, "--labels", labels)
    elif name == "compare":
        second = rng.choice(
            [
                ["m.tflite", "--identical"], ["m.tflite", "--identical"], [files.source],
                ["--profiles", profile + ",tflite"], [files.source, "--profile-a", profile],
                ["--profiles", ",".join([profile, *files.profiles[:2]])],
            ]
        )
        words = ["m.tflite", *second, *samples("--inputs"), *engine, *maybe(rng, 0.2, "--report", "out/r.html")]
    elif name == "explore":
        words = [
            "m.tflite", *chosen, "--vary", rng.choice(AXES), *samples("--inputs"), "--effort", "fast",
            *(maybe(rng, 0.3, "--labels", labels) if labels else []), *maybe(rng, 0.2, "--report", "out/r.html"),
            *maybe(rng, 0.2, "--csv", "out/e.csv"), *maybe(rng, 0.2, "--journal", "out/j"),
            *maybe(rng, 0.1, "--one-at-a-time"),
        ]
    elif name == "vectors":
        words = [
            "m.tflite", *samples("--inputs"), *chosen, *engine, "-o", "out/v", "--format",
            rng.choice(["npy", "hex", "c", "sv"]), *maybe(rng, 0.2, "--operator", "0"),
        ]
    elif name == "bench":
        words = ["m.tflite", *chosen, "--runs", "1", *(["--input", data] if data and rng.random() < 0.4 else [])]
    elif name == "evaluate":
        words = [
            "m.tflite", *samples("--inputs"), *chosen, *engine,
            *(maybe(rng, 0.7, "--labels", labels) if labels else []), *maybe(rng, 0.4, "--predictions", "out/p.npy"),
        ]
    elif name == "profile check":
        return ["profile", "check", "p.json", *maybe(rng, 0.3, "--json")]
    elif name == "profile show":
        return ["profile", "show", "p.json", *maybe(rng, 0.2, "--json")]
    else:
        words = ["profile", "diff", *rng.choice([["p.json", "tflite"], ["nna-int8", "p.json"], ["p.json", "p.json"]])]
        return words + maybe(rng, 0.3, "--json")
    if name != "bench" and data and rng.random() < 0.08:
        words += rng.choice(
            [
                ["--skip", "1"], ["--every", "2"], ["--every", "2", "--complement"], ["--source-inputs"], ["--own-inputs"],
                ["--seed", "7"],
            ]
        )
    return [name, *words, *wanted(rng, name, files), *common]


def for_model(rng, files):
    """The commands that a mutated model is given to; those that need data only where there are some."""
    names = [name for name in WEIGHTS if files.data or name in ("inspect", "verify", "requantize", "bench")]
    amount = rng.choice([1, 1, 2])
    return [command(rng, rng.choices(names, [WEIGHTS[name] for name in names])[0], files) for _ in range(amount)]


def for_profile(rng, files):
    """The commands that a mutated profile is given to, after `profile check`."""
    names = [
        "profile show", "profile diff", "inspect", "run", "verify", "requantize", "requantize", "compare", "explore",
        "vectors",
    ]
    words = command(rng, rng.choice(names), files)
    if words[0] in ("inspect", "run", "verify", "vectors", "explore") and "--profile" not in words:
        words += ["--profile", "p.json"]
    return [["profile", "check", "p.json"], words]


def for_array(rng, files):
    """The commands that mutated data are given to."""
    name = rng.choice(["run", "verify", "evaluate", "compare", "requantize", "explore", "vectors", "inspect", "bench"])
    words = command(rng, name, files)
    if files.data not in words and files.labels not in words:
        option = {"inspect": "--inputs", "verify": "--inputs", "requantize": "--calibrate", "bench": "--input"}[name]
        words += [option, files.data] + (
            ["--accumulators"] if name == "inspect" and "--accumulators" not in words else []
        )
    return [words]

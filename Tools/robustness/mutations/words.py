"""Command lines with numbers, names and options that they should not have."""

from commands import EVERY, OPTIONS, command
from mutations import values

NUMBERS = [str(value) for value in values.INTEGERS] + [
    "", " ", "1e3", "0x10", "+1", "-0", "１", "9" * 400, "nan", "inf", "-inf", "1e999", "0.5", "1,2", "..",
    "\x1b[31m", "true",
]
NAMES = [
    "", ".", "..", "/", "out", "nowhere/x", "-", "--", "\x1b[31mx", "a\nb", "\u202ex", "x" * 300, "m.tflite",
    "x.npy", "/dev/null", "/dev/full", "\udcff\udcfe", "out/", "s.tflite", "l.npy", "--json", "p.json", "tflite",
]


def extreme_range(rng):
    """A value of --vary: few points, or so many or such bounds that it has to be refused."""
    key = rng.choice(
        [
            "accumulator.bits", "bias.bits", "weights.bits", "activations.bits", "accumulator.overflow",
            "requantize.rounding", "", "x", "operators", "accumulator", "name", "limits", "\x1b[31m",
            "operators.CONV_2D.run", "requantize.0.multiply.bits",
        ]
    )
    low, high = rng.choice(values.INTEGERS), rng.choice(values.INTEGERS)
    if 1000 < high - low < 2_000_000:
        high = low + 3
    text = rng.choice(
        [
            f"{low}..{high}", f"{low}..{high}", f"{low}..{high}/{rng.choice(values.INTEGERS)}", f"{low},{high}",
            f"{low}..", f"..{high}", f"{low}...{high}", "", ",", ",,", "a..b", "1..2/0", "1..2/-1", "nan",
            "1.5..2.5", "9" * 400, "x" * 100000, "-9223372036854775808..9223372036854775807",
            "8..8/9223372036854775807", ",".join(["8"] * 1000),
        ]
    )
    return f"{key}={text}" if rng.random() < 0.95 else text


def mutate(rng, files):
    """A command line with a number, a name or an option that it should not have; and what was done."""
    words = command(rng, rng.choice(EVERY), files)
    if words[0] == "explore" and rng.random() < 0.7:
        place = words.index("--vary") + 1
        words[place] = extreme_range(rng)
        return words, f"--vary {words[place][:60]!r}"
    choice = rng.randrange(7)
    options = [
        "--skip", "--every", "--count", "--seed", "--threads", "--min-agreement", "--min-sqnr", "--tensor",
        "--operator", "--runs",
    ]
    outputs = [
        index + 1
        for index, word in enumerate(words)
        if word in ("-o", "--report", "--csv", "--predictions", "--trace", "--journal")
    ]
    if choice <= 1:
        option, number = rng.choice(options), rng.choice(NUMBERS)
        # A million runs, or a thousand threads, are honoured and take their time.
        if option == "--runs" and number.isdecimal() and int(number) > 100:
            number = "-1"
        if option in words:
            words[words.index(option) + 1] = number
        else:
            words += [option, number] if rng.random() < 0.8 else [f"{option}={number}"]
        return words, f"{option} {number[:40]!r}"
    if choice == 2 and outputs:
        place = rng.choice(outputs)
        words[place] = rng.choice(NAMES)
        return words, f"the output {words[place][:40]!r}"
    if choice == 6 and OPTIONS.get(words[0]):
        option, takes = rng.choice(OPTIONS[words[0]])
        words += [option] + ([rng.choice(NUMBERS + NAMES)] if takes and option not in ("--threads", "--runs") else [])
        return words, f"also {words[-2:]!r:.60}"
    place = rng.randrange(1, len(words)) if len(words) > 1 else 0
    if choice == 3:
        words[place] = rng.choice(NAMES)
        return words, f"word {place} is {words[place][:40]!r}"
    if choice == 4:
        del words[place]
        return words, f"without word {place}"
    words.insert(
        place,
        rng.choice(
            NAMES
            + [
                "--help", "--version", "--json", "--quiet", "--profile", "-o", "-h", "--no-such-option",
                "--profile=", "-",
            ]
        ),
    )
    return words, f"one more word {words[place][:40]!r}"

"""NumPy's files, made without NumPy, and lies in them."""

import io
import random
import struct
import zipfile

from mutations import values

CODES = {
    "int8": "|i1", "uint8": "|u1", "int16": "<i2", "uint16": "<u2", "int32": "<i4", "uint32": "<u4", "int64": "<i8",
    "float32": "<f4", "float64": "<f8", "bool": "|b1", "float16": "<f2", "int4": "|i1", "int2": "|i1",
    "uint4": "|u1",
}
DESCRIPTIONS = [
    "|i1", "|u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<i8", ">i8", "<u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8",
    "<f16", "|b1", "<c8", "<c16", "|O", "|S4", "<U4", "<M8[s]", "|V8", "", "i", "=f4", "<f3", "<i0",
    "<i99999999999999999999", "|i8", "<f-4",
]
SHAPES = [
    "()", "(0,)", "(1,)", "(0, 4)", "(4, 0)", "(-1,)", "(2147483648,)", "(9223372036854775807,)",
    "(9223372036854775808,)", "(4294967296, 4294967296)", "(3037000500, 3037000500)",
    "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)", "(2,,)", "(1.0,)", "(True,)", "[1, 2]", "(1L,)", "1", "(" + "1, " * 500 + ")",
    "(1_0,)", "(0x10,)", "( 1 , )", "(01,)",
]


def count(shape):
    """The elements of a shape."""
    product = 1
    for extent in shape:
        product *= extent
    return product


def header(description, shape, order="False", version=1, extra=""):
    """What stands before an array's bytes."""
    text = f"{{'descr': {description!r}, 'fortran_order': {order}, 'shape': {shape}, {extra}}}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text) & (0xFFFF if version == 1 else 0xFFFFFFFF))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode()


def shape_text(shape):
    return "(" + "".join(f"{extent}, " for extent in shape) + ")"


def plain(element, shape, seed=0):
    """An array of random elements; the same for the same arguments."""
    description = CODES.get(element, "|i1")
    width = int(description[2:])
    rng = random.Random(seed)
    amount = count(shape)
    if element in ("float32", "float64"):
        body = struct.pack(f"<{amount}{'f' if width == 4 else 'd'}", *(rng.uniform(-3, 3) for _ in range(amount)))
    elif width > 1 or amount > 4096:
        # Small numbers, which are sensible as labels, axes and indices too.
        part = b"".join(rng.randrange(10).to_bytes(width, "little") for _ in range(min(amount, 997)))
        body = (part * (amount // max(1, min(amount, 997)) + 1))[: amount * width]
    else:
        body = rng.randbytes(amount)
    return header(description, shape_text(shape)) + body


def archive(named, compressed=False):
    """An .npz file of pairs of a name and a file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as result:
        for name, data in named:
            # A fixed time, so that the same arguments give the same bytes.
            result.writestr(zipfile.ZipInfo(name + ".npy"), data)
    return file.getvalue()


def mutate(rng, element, shape):
    """An array file near what a model takes, and what is wrong with it."""
    choice = rng.randrange(12)
    description, amount = CODES.get(element, "|i1"), max(1, count(shape))
    intact = plain(element, shape)
    body = intact[len(header(description, shape_text(shape))) :]
    if choice == 0:
        other = rng.choice(SHAPES)
        return header(description, other) + body, f"the shape {other[:40]}"
    if choice == 1:
        other = rng.choice(DESCRIPTIONS)
        return header(other, shape_text(shape)) + body * rng.choice([1, 2, 4, 8]), f"the type {other}"
    if choice == 2:
        other = rng.choice([name for name in CODES])
        return plain(other, shape), f"elements of {other}"
    if choice == 3:
        new = list(shape)
        place = rng.randrange(len(new)) if new else 0
        edit = rng.randrange(4)
        if edit == 0 and new:
            new[place] = rng.choice([0, 1, 2, 5, new[place] + 1])
        elif edit == 1:
            new.insert(place, rng.choice([0, 1, 2]))
        elif edit == 2 and new:
            del new[place]
        else:
            rng.shuffle(new)
        return plain(element, new), f"the shape {new}"
    if choice == 4:
        width = 8 if rng.random() < 0.3 else 4
        special = [
            struct.pack("<f" if width == 4 else "<d", value)
            for value in values.FLOATS
            if width == 8 or abs(value) < 3.5e38 or value != value or abs(value) == values.INF
        ]
        data = b"".join(rng.choice(special) for _ in range(amount))
        return header(f"<f{width}", shape_text(shape)) + data, "extreme floats"
    if choice == 5:
        order, version = rng.choice(["True", "False", "1", "None", "'C'"]), rng.choice([1, 2, 3, 0, 4, 255])
        return header(description, shape_text(shape), order, version) + body, f"order {order}, version {version}"
    if choice == 6:
        extra = rng.choice(
            ["'x': 1, ", "'shape': (1,), ", "'descr': '<f8', ", "}{", "# ", "\0", " " * 70000, "'a': " + "[" * 5000]
        )
        return header(description, shape_text(shape), extra=extra) + body, f"in the header {extra[:20]!r}"
    if choice == 7:
        return intact + bytes(rng.choice([1, 64, 5000])), "more bytes than the shape says"
    if choice == 8:
        names = [
            rng.choice(["arr_0", "arr_1", "a", "", "../x", "\x1b[31m", "arr_0", "labels", "x" * 3000])
            for _ in range(rng.choice([0, 1, 2, 3]))
        ]
        data = archive([(name, intact) for name in dict.fromkeys(names)], rng.random() < 0.4)
        return values.damage(rng, data) if rng.random() < 0.6 else (data, f"an archive of {names!r:.60}")
    if choice == 9:
        return (
            rng.choice(
                [
                    b"", b"\x93NUMPY", b"PK\x05\x06" + bytes(18), b"PK\x03\x04", b"[1, 2]",
                    intact[: rng.randrange(len(intact))],
                ]
            ),
            "a part of a file",
        )
    if choice == 10:
        edge = rng.choice([0, 0x7F, 0x80, 0xFF])
        return header(description, shape_text(shape)) + bytes([edge]) * len(body), f"all bytes {edge}"
    return values.damage(rng, intact)

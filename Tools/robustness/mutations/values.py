"""Values that programs get wrong, by type; and damage to bytes of any kind."""

import struct

INF, NAN = float("inf"), float("nan")
INTEGERS = [
    0, 1, -1, 2, -2, 3, 7, 8, 31, 32, 63, 64, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, 65535, 65536,
    2**24, 2**26 + 1, 2**30, 2**31 - 1, 2**31, -(2**31), 2**32 - 1, 2**32, 2**53 + 1, 2**62, 2**63 - 1, -(2**63),
]
FLOATS = [
    0.0, -0.0, 1.0, -1.0, NAN, INF, -INF, 1e-45, 1e-39, 1.1754944e-38, 3e38, 3.4028235e38, -3e38, 1e-30, 1e30, 1e-10,
    1e10, 2.0**-31, 2.0**31, 2.0**-62, 2.0**62, 2.0**-126, 2.0**127, 0.5, 2.0, 1 / 256, 1 / 3, 6.0, 1e-5, 1e5,
]
SCALES = FLOATS + [0.05, 0.007843138, 0.00390625, 1 / 32768, 2.0**-7, 2.0**-15, 0.1]
# What may steer a terminal, end a line, leave a folder or a page's markup, or is no text.
STRINGS = [
    b"", b"\0", b"\x1b[31m", b"\x1b]0;title\x07", b"\r\n", b"a\nb", b"\xc2\x9b31m", b"\xe2\x80\xae", b"\xe2\x81\xa6",
    b"\xe2\x80\xa8", b"\xff\xfe\xfd", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"..", b".", b"/", b"../../x",
    b"a/b", b"*/", b"\\", b'"', b"<script>", b"</script>", b"&amp;", b"%s%n", b"-", b"--json",
    b"\xf0\x9f\x98\x80" * 20, b"e\xcc\x81" * 30, b"x" * 300, b"x" * 70000, b"CON", b"\t", b"'", b"`", b"//",
    b"tflite", b"0",
]


def small_change(rng, value):
    """A number beside another."""
    return value + rng.choice([-1, 1, -2, 2]) if rng.random() < 0.6 else rng.choice([-value, 2 * value, value // 2])


def integer(rng, value=0):
    """An integer instead of another one."""
    return small_change(rng, value) if rng.random() < 0.35 else rng.choice(INTEGERS)


def number(rng, scalar, value=0):
    """A number of a type of the schema."""
    if scalar == "float32" or scalar == "float64":
        if rng.random() < 0.3 and value == value:
            return value * rng.choice([-1, 2, 0.5, 1e6, 1e-6, 2.0**30, 2.0**-30, 1.0000001])
        return rng.choice(FLOATS)
    if scalar == "bool":
        return rng.choice([0, 1, 2, 255])
    if scalar in ("int8", "uint8"):
        return (
            small_change(rng, value) if rng.random() < 0.3 else rng.choice([*range(-2, 24), 100, 127, 128, -128, 255])
        )
    return integer(rng, value)


def elements(rng, data, width, is_float=False):
    """A constant's bytes with one or all elements changed, mostly to numbers of their own kind."""
    if not data:
        return bytes(rng.choice([1, 4, 16]))
    choice = rng.randrange(5)
    if choice == 0 or width < 4:
        return bytes([rng.choice([0, 1, 0x7F, 0x80, 0x81, 0xFF])]) * len(data)
    codes = {4: ("<i", "<f"), 8: ("<q", "<d")}[width]
    result = bytearray(data[: len(data) // width * width] or bytes(width))
    places = range(0, len(result), width) if choice == 1 else [width * rng.randrange(len(result) // width)]
    if (rng.random() < 0.9) != is_float:
        old = struct.unpack_from(codes[0], result)[0]
        value = integer(rng, old) if rng.random() < 0.6 else rng.choice([-1, 0, 1, 2, 3, 4, 5, -2, -3, 8])
        packed = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
    else:
        try:
            packed = struct.pack(codes[1], rng.choice(FLOATS))
        except OverflowError:
            packed = struct.pack(codes[1], INF)
    for place in places:
        result[place : place + width] = packed
    return bytes(result)


def damage(rng, data, frame=()):
    """Bytes with a fault that no structure explains, and what it is."""
    data = bytearray(data)
    choice = rng.randrange(8)
    if frame and choice < 4:
        place, width = rng.choice(frame)
        value = rng.choice(
            [0, 1, 2, 3, 4, 5, 8, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFC, len(data)]
        )
        if rng.random() < 0.5:
            old = int.from_bytes(data[place : place + width], "little")
            value = old + rng.choice([-8, -4, -2, -1, 1, 2, 4, 8, 16, 64])
        data[place : place + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
        return bytes(data), f"frame at {place} is {value}"
    if not data:
        return bytes(data), "nothing"
    place = rng.randrange(len(data))
    if choice == 4:
        return bytes(data[:place]), f"cut at {place}"
    if choice == 5:
        end = min(len(data), place + rng.choice([1, 4, 16, 64]))
        return bytes(data[:place] + data[end:]), f"without bytes {place} to {end}"
    if choice == 6:
        part = bytes(rng.randrange(256) for _ in range(rng.choice([1, 4, 16])))
        return bytes(data[:place] + part + data[place:]), f"{len(part)} bytes put in at {place}"
    for _ in range(rng.choice([1, 1, 2, 8])):
        place = rng.randrange(len(data))
        data[place] = rng.choice([0, 0xFF, data[place] ^ (1 << rng.randrange(8)), rng.randrange(256)])
    return bytes(data), f"bytes changed, the last at {place}"

"""Damage to JSON: profiles, what a model's metadata say, and the lines of a journal.

An object is a list of pairs, so that a key can stand in it twice.
"""

import json
import re

from mutations import values


class Object(list):
    """Pairs of a key and a value."""


class Raw(str):
    """Text that is written as it is."""


NUMBERS = [
    0, 1, -1, 2, 8, 31, 32, 33, 62, 63, 64, 65, 127, 128, 2**31 - 1, 2**31, 2**32, 2**53, 2**53 + 1, 2**62,
    2**63 - 1, 2**63, 2**64, -(2**63), -(2**63) - 1, 10**19, 0.5, 1.5, -0.5, Raw("1e999"), Raw("-1e999"),
    Raw("1e-400"), Raw("-0"), Raw("1E2"), Raw("31.0"), Raw("9" * 400), Raw("NaN"), Raw("Infinity"), Raw("01"),
    Raw("+1"), Raw("0x10"), Raw(".5"),
]
# In bytes; a larger one is no longer multiplied.
LARGEST_JOURNAL = 1 << 23
WORDS = [
    "", "none", "any", "real", "powerOfTwo", "tensor", "channel", "wrap", "saturate", "end", "product", "first",
    "last", "device", "host", "int4", "int8", "uint8", "int16", "float32", "multiply", "shift", "float",
    "reciprocal", "approximation", "tiesToEven", "tiesTowardPositive", "tiesAwayFromZero", "floor", "truncate",
    "tflite", "nna-int8", "p.json", "./p.json", "../p.json", "/dev/null", "/dev/zero", "/etc/passwd", ".",
    "no-such-profile", "\u0000", "\u001b[31m", "\u202e", "\ud800", "x" * 5000,
]


def parse(text):
    """The tree of a document that is known to be well formed."""
    return json.loads(text, object_pairs_hook=Object)


def text(tree):
    """The document of a tree."""
    if isinstance(tree, Raw):
        return str(tree)
    if isinstance(tree, Object):
        return "{" + ",".join(json.dumps(key) + ":" + text(value) for key, value in tree) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(text(value) for value in tree) + "]"
    return json.dumps(tree)


def copy(tree):
    """A copy of a tree."""
    if isinstance(tree, Object):
        return Object((key, copy(value)) for key, value in tree)
    return [copy(value) for value in tree] if isinstance(tree, list) else tree


def places(tree):
    """Each place of a tree: what holds it, its index there, its key or None, and its value."""
    found, pending = [], [tree]
    while pending:
        holder = pending.pop()
        for index, item in enumerate(holder):
            key, value = item if isinstance(holder, Object) else (None, item)
            found.append((holder, index, key, value))
            if isinstance(value, list):
                pending.append(value)
    return found


def put(holder, index, value):
    """Sets the value at a place."""
    holder[index] = (holder[index][0], value) if isinstance(holder, Object) else value


def change(rng, tree, others):
    """Changes a tree at one place, and says how; `others` are trees of the same kind."""
    spots = places(tree)
    if not spots:
        return None
    holder, index, key, value = rng.choice(spots)
    name = f"{key if key is not None else index}"
    choice = rng.randrange(12)
    if choice <= 2:
        if isinstance(value, bool):
            new = not value
        elif isinstance(value, (int, float)):
            new = values.small_change(rng, int(value)) if rng.random() < 0.3 else rng.choice(NUMBERS)
        elif isinstance(value, str):
            # Another word of the documents is likely one that is understood here.
            words = [item[3] for item in places(rng.choice(others)) if isinstance(item[3], str)]
            new = rng.choice(words) if words and rng.random() < 0.5 else rng.choice(WORDS)
        else:
            new = rng.choice([[], Object(), None, 0, "", [value], Object([("", value)])])
    elif choice == 3:
        new = rng.choice([None, True, False, 0, "", [], Object(), rng.choice(NUMBERS), rng.choice(WORDS)])
    elif choice == 4:
        del holder[index]
        return f"{name} left out"
    elif choice == 5:
        if isinstance(holder, Object):
            holder.insert(rng.randrange(len(holder) + 1), (key, copy(rng.choice(spots)[3])))
        else:
            holder.insert(index, copy(value))
        return f"{name} twice"
    elif choice == 6 and isinstance(holder, Object):
        new_key = rng.choice([key + "s", key[:-1], key.upper(), "", "\u0000", "x" * 3000, rng.choice(spots)[2] or "0"])
        holder[index] = (new_key, value)
        return f"{name} renamed"
    elif choice <= 9:
        # The value that another document has under the same key; or any, to be understood only in part.
        same = [item[3] for other in others for item in places(other) if key is not None and item[2] == key]
        new = copy(rng.choice(same) if same and rng.random() < 0.8 else rng.choice(places(rng.choice(others)))[3])
    elif choice == 10 and isinstance(holder, Object):
        source = [item for item in places(rng.choice(others)) if item[2] is not None]
        if source:
            item = rng.choice(source)
            holder.append((item[2], copy(item[3])))
            return f"{item[2]} added"
        return None
    else:
        lists = [spot for spot in spots if type(spot[3]) is list]
        if lists and rng.random() < 0.6:
            holder, index, key, value = rng.choice(lists)
        return long_or_deep(rng, holder, index, f"{key if key is not None else index}", value)
    put(holder, index, new)
    return f"{name} is {text(new)[:60]}"


def long_or_deep(rng, holder, index, name, value):
    """A list of very many items, an object of very many keys, or nesting without end."""
    count = rng.choice([10, 100, 1000, 10000, 100_000])
    choice = rng.randrange(4)
    if choice == 0:
        items = value if type(value) is list and value else [value]
        put(holder, index, [f"s{item}" for item in range(count)] if rng.random() < 0.6 else (items * count)[:count])
    elif choice == 1:
        put(holder, index, Object((f"k{item}", value if count < 1000 else item) for item in range(count)))
    else:
        opening, closing = rng.choice([("[", "]"), ('{"a":', "}"), ("[", "")])
        put(holder, index, Raw(opening * count + "1" + closing * count))
    return f"{name} is {['a list', 'an object', 'nested', 'nested'][choice]} of {count}"


def damage_text(rng, data):
    """Bytes of a document with a fault in its text, and what it is."""
    choice = rng.randrange(6)
    if choice == 0:
        return b"\xef\xbb\xbf" + data, "a byte order mark"
    if choice == 1:
        return data.decode("utf-8", "replace").encode(rng.choice(["utf-16", "utf-32"])), "another encoding"
    if choice == 2:
        return data + rng.choice([b"\0", b"{}", b",", b"]", b"//", b"\xff", b" " * 100_000]), "something after the end"
    if choice == 3:
        return (
            re.sub(
                rb'"(\w)',
                lambda match: b'"' + rng.choice([b"\\u0000", b"\\ud800", b"\\x", b"\n", b"\xff"]) + match[1], data,
                count=1 + rng.randrange(3),
            ),
            "a broken string",
        )
    return values.damage(rng, data)


def damage_lines(rng, data):
    """A journal with lines that are damaged, out of order or not its own."""
    lines = data.split(b"\n")
    choice = rng.randrange(9)
    index = rng.randrange(len(lines))
    if choice == 0:
        del lines[index]
    elif choice == 1:
        lines.insert(index, rng.choice(lines))
    elif choice == 2:
        rng.shuffle(lines)
    elif choice == 3:
        lines[index], _ = damage_text(rng, lines[index])
    elif choice == 4:
        lines = [line + b"\r" for line in lines]
    elif choice == 5:
        lines.insert(index, b"x" * rng.choice([1, 1000, 1_000_000]))
    elif choice == 6:
        # Several of these in one case would fill the memory.
        lines = lines * min(rng.choice([2, 100]), 1 + LARGEST_JOURNAL // max(len(data), 1))
    else:
        numbers = list(re.finditer(rb"-?\d+(\.\d+)?", lines[index]))
        if numbers:
            found = rng.choice(numbers)
            new = text(rng.choice(NUMBERS)).encode()
            lines[index] = lines[index][: found.start()] + new + lines[index][found.end() :]
    return b"\n".join(lines), f"line {index} of the journal, kind {choice}"

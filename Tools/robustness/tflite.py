"""TensorFlow Lite models as trees of tables, read and written by the schema that bitexact itself carries.

The schema is read from Sources/TFLite/Schema, so it cannot fall behind. A tree may say anything that the format can
hold, and more: tags that do not fit their tables, and one table in two places.
"""

import pathlib
import re
import struct

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "TFLite" / "Schema"
FORMATS = {
    "bool": "B", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q",
    "uint64": "Q", "float32": "f", "float64": "d",
}
WIDTHS = {name: struct.calcsize("<" + code) for name, code in FORMATS.items()}
# The element types by code; None has no fixed width. Types of less than a byte count as one here.
ELEMENT_TYPES = [
    "float32", "float16", "int32", "uint8", "int64", None, "bool", "int16", None, "int8", "float64", None, "uint64",
    None, None, "uint32", "uint16", "int4", "bfloat16", "int2", "uint4",
]
ELEMENT_WIDTHS = {
    "float32": 4, "float16": 2, "int32": 4, "int64": 8, "int16": 2, "float64": 8, "uint64": 8, "uint32": 4,
    "uint16": 2, "bfloat16": 2,
}


class Field:
    """A row of the schema: `kind` is scalar, vector, string, table, tables or union; `of` says of what."""

    __slots__ = ("name", "kind", "of")

    def __init__(self, name, kind, of):
        self.name, self.kind, self.of = name, kind, of


class Table:
    """A table: its schema's name, and the values of the fields that are present."""

    __slots__ = ("schema", "fields")

    def __init__(self, schema, fields=None):
        self.schema, self.fields = schema, {} if fields is None else fields

    def get(self, name, default=None):
        return self.fields.get(name, default)

    def copy(self):
        """A copy that shares nothing but numbers and bytes."""
        fields = {}
        for name, value in self.fields.items():
            if isinstance(value, Table):
                value = value.copy()
            elif isinstance(value, list):
                value = [item.copy() if isinstance(item, Table) else item for item in value]
            fields[name] = value
        return Table(self.schema, fields)


def _load():
    """The tables by name, the members of each union, and the operators' names by code."""
    tables, unions, names = {}, {}, {}
    for path in sorted(FOLDER.glob("*Tables.swift")):
        for label, name, body in re.findall(
            r"static let `?(\w+)`? = TableSchema\(\s*\"(\w+)\",\s*\[(.*?)\]\)", path.read_text(), re.S
        ):
            fields = []
            for kind, field, rest in re.findall(r"\.(\w+)\(\"(\w+)\"((?:, [^()]+?)?)\)", body):
                of = re.search(r"\.(\w+)", rest)
                if kind in FORMATS:
                    fields.append(Field(field, "scalar", kind))
                else:
                    fields.append(Field(field, kind, of.group(1) if of else None))
            names[label], tables[name] = name, fields
    for label, members in re.findall(
        r"static let (\w+) = UnionSchema\(\s*\"\w+\",\s*\[(.*?)\]\)", (FOLDER / "Unions.swift").read_text(), re.S
    ):
        unions[label] = [names[member] for member in re.findall(r"\.(\w+)", members)]
    for fields in tables.values():
        for field in fields:
            if field.kind in ("table", "tables"):
                field.of = names[field.of]
    operators = re.search(r'"""(.*?)"""', (FOLDER / "OperatorNames.swift").read_text(), re.S).group(1)
    return tables, unions, operators.replace("\\", " ").split()


SCHEMA, UNIONS, OPERATORS = _load()


def read(data):
    """The model in a file that is known to be well formed."""

    def table(position, schema):
        vtable = position - struct.unpack_from("<i", data, position)[0]
        result = Table(schema)
        size = struct.unpack_from("<H", data, vtable)[0]
        for slot, offset in enumerate(struct.unpack_from(f"<{(size - 4) // 2}H", data, vtable + 4)):
            if offset:
                field = SCHEMA[schema][slot]
                result.fields[field.name] = value(position + offset, field, result)
        for field in SCHEMA[schema]:
            # A tag follows from its table; only a tree that lies about it states it.
            if field.kind == "union" and field.name in result.fields:
                result.fields.pop(field.name + "Type", None)
        return result

    def follow(position):
        return position + struct.unpack_from("<I", data, position)[0]

    def value(position, field, owner):
        if field.kind == "scalar":
            return struct.unpack_from("<" + FORMATS[field.of], data, position)[0]
        if field.kind == "table":
            return table(follow(position), field.of)
        if field.kind == "union":
            return table(follow(position), UNIONS[field.of][owner.fields[field.name + "Type"] - 1])
        position = follow(position)
        count = struct.unpack_from("<I", data, position)[0]
        if field.kind == "tables":
            return [table(follow(position + 4 + 4 * index), field.of) for index in range(count)]
        if field.kind == "string" or field.of == "uint8":
            return bytes(data[position + 4 : position + 4 + count])
        return list(struct.unpack_from(f"<{count}{FORMATS[field.of]}", data, position + 4))

    return table(follow(0), "Model")


def pack(scalar, value):
    """The bytes of a number, which is wrapped where its type cannot hold it."""
    if scalar.startswith("float"):
        try:
            return struct.pack("<" + FORMATS[scalar], value)
        except OverflowError:
            return struct.pack("<" + FORMATS[scalar], float("inf") if value > 0 else float("-inf"))
    width = WIDTHS[scalar]
    return (int(value) & ((1 << (8 * width)) - 1)).to_bytes(width, "little")


def write(model):
    """The file of a tree, and where its frame is: place and width of each reference, length and vtable."""
    out, frame = bytearray(b"\0\0\0\0TFL3"), [(0, 4)]
    places, pending = {}, [(0, "table", model, None)]

    def align(width):
        out.extend(bytes(-len(out) % width))

    def layout(table):
        """Writes a table; the values that it refers to follow later."""
        present = []
        fields = SCHEMA[table.schema]
        for slot, field in enumerate(fields):
            value = table.fields.get(field.name)
            if value is None and field.name.endswith("Type") and slot + 1 < len(fields):
                after = fields[slot + 1]
                chosen = table.fields.get(after.name) if after.kind == "union" else None
                value = UNIONS[after.of].index(chosen.schema) + 1 if chosen is not None else None
            if value is not None:
                present.append((slot, field, value))
        slots = present[-1][0] + 1 if present else 0
        align(8)
        out.extend(bytes(-(4 + 2 * slots) % 8))
        vtable = len(out)
        frame.extend([(vtable, 2), (vtable + 2, 2)])
        out.extend(bytes(4 + 2 * slots))
        start = len(out)
        out.extend(struct.pack("<i", start - vtable))
        frame.append((start, 4))
        for slot, field, value in present:
            width = WIDTHS[field.of] if field.kind == "scalar" else 4
            align(width)
            struct.pack_into("<H", out, vtable + 4 + 2 * slot, len(out) - start)
            frame.append((vtable + 4 + 2 * slot, 2))
            if field.kind == "scalar":
                out.extend(pack(field.of, value))
            else:
                pending.append((len(out), field.kind, value, field))
                frame.append((len(out), 4))
                out.extend(bytes(4))
        struct.pack_into("<HH", out, vtable, 4 + 2 * slots, len(out) - start)
        return start

    def vector(value, field):
        if isinstance(value, bytes):
            align(16 if field.name == "data" else 4)
            if field.name == "data":
                out.extend(bytes(12))
            body = value + b"\0" if field.kind == "string" else value
        else:
            align(8)
            out.extend(bytes(4))
            body = b"".join(pack(field.of, item) for item in value)
        start = len(out)
        frame.append((start, 4))
        out.extend(struct.pack("<I", len(value)) + body)
        return start

    def tables(value):
        align(4)
        start = len(out)
        frame.append((start, 4))
        out.extend(struct.pack("<I", len(value)))
        for item in value:
            pending.append((len(out), "table", item, None))
            out.extend(bytes(4))
        return start

    while pending:
        reference, kind, value, field = pending.pop(0)
        # References lead forward, so a table that is written already can be shared from a place before it only.
        start = places.get(id(value), -1) if kind != "string" else -1
        if start <= reference:
            if kind in ("table", "union"):
                start = layout(value)
            elif kind == "tables":
                start = tables(value)
            else:
                start = vector(value, field)
            places[id(value)] = start
        struct.pack_into("<I", out, reference, start - reference)
    return bytes(out), frame

"""Single-operator models with what LiteRT computed (Tests/Fixtures/litert), as data for `bitexact vectors`."""

import ast
import json
import pathlib
import struct
import zipfile

FOLDER = pathlib.Path("Tests/Fixtures/litert")


def read_npy(data):
    """The header's type, the shape and the bytes of the elements."""
    size = struct.unpack("<H", data[8:10])[0] if data[6] == 1 else struct.unpack("<I", data[8:12])[0]
    start = 10 if data[6] == 1 else 12
    header = ast.literal_eval(data[start:start + size].decode())
    assert not header["fortran_order"]
    return header["descr"], header["shape"], data[start + size:]


def write_npy(kind, shape, data):
    """The bytes of an .npy file."""
    header = repr({"descr": kind, "fortran_order": False, "shape": tuple(shape)})
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def elements(kind, data):
    """The elements as integers, float32 as bit patterns."""
    letter = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "I", "i8": "q", "b1": "B"}[kind[1:]]
    return list(struct.unpack(f"<{len(data) // int(kind[2:])}{letter}", data))


class Fixture:
    """A model, its inputs for some runs and every tensor that LiteRT computed."""

    def __init__(self, case):
        self.name = case["name"]
        self.model = FOLDER / f"{self.name}.tflite"
        self.runs = case["runs"]
        self.archive = zipfile.ZipFile(FOLDER / f"{self.name}.npz")

    def tensor(self, run, name):
        """A tensor of a run; None where the archive has none."""
        path = f"{run}{name}.npy"
        return read_npy(self.archive.read(path)) if path in self.archive.namelist() else None

    def write_inputs(self, path):
        """Writes the inputs of all runs as one data set and returns its path."""
        arrays = []
        while (first := self.tensor(self.runs[0], f"input{len(arrays)}")) is not None:
            kind, shape, _ = first
            data = b"".join(self.tensor(run, f"input{len(arrays)}")[2] for run in self.runs)
            rest = shape[1:] if shape and shape[0] == 1 else shape
            arrays.append(write_npy(kind, (len(self.runs), *rest), data))
        if len(arrays) == 1:
            path = path.with_suffix(".npy")
            path.write_bytes(arrays[0])
        else:
            path = path.with_suffix(".npz")
            with zipfile.ZipFile(path, "w") as archive:
                for index, array in enumerate(arrays):
                    archive.writestr(f"arr_{index}.npy", array)
        return path


def cases():
    """All fixtures."""
    return [Fixture(case) for case in json.loads((FOLDER / "MANIFEST.json").read_text())["cases"]]

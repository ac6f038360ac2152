#!/usr/bin/env python3
"""Writes Tests/Fixtures/arrays with NumPy: files that another implementation made, for ArraysTests.

Run from the top of the repository: python3 Tools/array-fixtures/make.py
Everything is deterministic; the values are stated a second time in the tests.
"""

import pathlib
import zipfile
import zlib

import numpy as np

FOLDER = pathlib.Path("Tests/Fixtures/arrays")
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
REALS = [-1.5, 0.0, -0.0, np.inf, -np.inf, 65504.0, 2.0**-24, 0.1, 1 / 3, 2.0**-14, 100.0, 3.0]


def integers(name):
    limits = np.iinfo(name)
    return np.array([limits.min, limits.max, *range(10)], dtype=name).reshape(3, 2, 2)


def save(name, array, version=None):
    with open(FOLDER / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, np.asanyarray(array), version=version)


def plain_types():
    for name in INTEGERS:
        array = integers(name)
        save(f"{name}-little", array.astype(array.dtype.newbyteorder("<")))
        if array.itemsize > 1:
            save(f"{name}-big", array.astype(array.dtype.newbyteorder(">")))
    for name in ["float16", "float32", "float64"]:
        array = np.array(REALS, dtype=name).reshape(3, 4)
        save(f"{name}-little", array.astype(array.dtype.newbyteorder("<")))
        save(f"{name}-big", array.astype(array.dtype.newbyteorder(">")))
    save("bool", np.array([[True, False], [False, True], [True, True]]))


def forms():
    counting = np.arange(120, dtype="<i2").reshape(5, 4, 3, 2)
    save("fortran", np.asfortranarray(counting))
    save("fortran-big", np.asfortranarray(counting.astype(">i2")))
    save("fortran-matrix", np.asfortranarray(np.arange(6, dtype="u1").reshape(2, 3)))
    save("version-2", counting, (2, 0))
    save("version-3", counting, (3, 0))
    save("scalar", np.float64(2.5))
    save("empty", np.zeros((0, 3), "f4"))
    save("empty-samples", np.zeros((2, 0, 3), "f4"))


def refused():
    save("object", np.array([1, "a"], dtype=object))
    save("structured", np.zeros(2, dtype=[("a", "<i4"), ("b", "<f4")]))
    save("string", np.array(["a", "bc"]))
    save("bytes", np.array([b"a", b"bc"]))
    save("complex", np.zeros(2, "c16"))
    save("longdouble", np.zeros(2, np.longdouble))
    save("datetime", np.zeros(2, "M8[s]"))


def archived():
    noise = np.array([(i * i * 2654435761 >> 13) % 256 for i in range(1500)], dtype="u1")
    return {
        "noise": noise,
        "zeros": np.zeros(3000, "u1"),
        "squares": (np.arange(300, dtype="<i4") ** 2).reshape(30, 10),
        "tiny": np.array([1, 2, 3], dtype="i1"),
    }


def archives():
    arrays = archived()
    np.savez(FOLDER / "stored.npz", **arrays)
    np.savez_compressed(FOLDER / "compressed.npz", **arrays)
    np.savez(FOLDER / "single.npz", only=arrays["tiny"])
    limit = zipfile.ZIP64_LIMIT
    zipfile.ZIP64_LIMIT = 0
    np.savez(FOLDER / "zip64.npz", tiny=arrays["tiny"], squares=arrays["squares"])
    zipfile.ZIP64_LIMIT = limit
    compressor = zipfile._get_compressor
    for name, strategy, level in [("fixed-codes", zlib.Z_FIXED, 9), ("stored-blocks", zlib.Z_DEFAULT_STRATEGY, 0)]:
        zipfile._get_compressor = lambda *_: zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
        np.savez_compressed(FOLDER / f"{name}.npz", squares=arrays["squares"], zeros=arrays["zeros"])
    zipfile._get_compressor = compressor
    with zipfile.ZipFile(FOLDER / "other-method.npz", "w", zipfile.ZIP_BZIP2) as file:
        file.writestr(zipfile.ZipInfo("tiny.npy"), (FOLDER / "bool.npy").read_bytes(), zipfile.ZIP_BZIP2)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    plain_types()
    forms()
    refused()
    archives()

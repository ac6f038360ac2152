#!/usr/bin/env python3
"""Runs `bitexact run` on damaged copies of models: none may crash it, stop it or make it take all memory.

usage: mangle.py [--tool .build/release/bitexact] [--cuts 200] [--flips 2000] [--seed 1] [--jobs 2] MODEL.tflite …

Each model is cut at --cuts places and copied with one changed byte at --flips places. Every run has to end within
10 seconds, with less than 1 GiB of memory, with exit code 0 and nothing on standard error, or with exit code 2 and
exactly one line. The input is made from the model's own shape. Exit code 1 when anything else happened.
"""
import argparse
import concurrent.futures
import json
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import threading

SECONDS = 10
MEMORY = 1 << 30
DTYPES = {"int8": ("|i1", 1), "uint8": ("|u1", 1), "int16": ("<i2", 2), "int32": ("<i4", 4), "float32": ("<f4", 4)}


def npy(dtype, shape):
    """An .npy file of zeros."""
    description, width = DTYPES[dtype]
    extents = "(" + "".join(f"{extent}, " for extent in shape) + ")"
    header = f"{{'descr': '{description}', 'fortran_order': False, 'shape': {extents}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    count = 1
    for extent in shape:
        count *= extent
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(count * width)


def make_input(tool, model, folder):
    """One sample of zeros for a model, or None when the tool refuses the intact model."""
    for dtype in DTYPES:
        # The refusal of a wrong shape names the right one.
        path = os.path.join(folder, "input.npy")
        with open(path, "wb") as file:
            file.write(npy(dtype, [1]))
        result = subprocess.run([tool, "run", model, "--input", path, "--quiet"], capture_output=True, text=True)
        if " takes [N, " not in result.stderr:
            return None
        extents = result.stderr.split(" takes [N, ")[1].split("]")[0].split(", ")
        with open(path, "wb") as file:
            file.write(npy(dtype, [1] + [int(extent) for extent in extents]))
        result = subprocess.run([tool, "run", model, "--input", path, "--quiet"], capture_output=True, text=True)
        if result.returncode == 0:
            return path
    return None


def limit_memory():
    # Address space, not resident pages: a runtime reserves more than it uses, so this is generous for the pages.
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def attempt(tool, input_path, data):
    """What is wrong with a run on damaged bytes; None when all is well. Also the exit code and peak memory."""
    handle, path = tempfile.mkstemp(suffix=".tflite")
    errors = tempfile.TemporaryFile()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")
        process = subprocess.Popen(
            [tool, "run", path, "--input", input_path, "--count", "1", "--quiet", "--threads", "1"],
            stdout=subprocess.DEVNULL, stderr=errors, preexec_fn=limit_memory, env=environment)
        code, usage = wait(process)
        errors.seek(0)
        text = errors.read().decode(errors="replace")
        memory = usage.ru_maxrss * 1024 if usage else 0
        if code is None:
            return f"took more than {SECONDS} s", code, memory
        if code < 0:
            return f"ended by signal {-code}: {text[:200]!r}", code, memory
        if memory > MEMORY:
            return f"took {memory >> 20} MiB", code, memory
        if code not in (0, 2):
            return f"exit code {code}: {text[:200]!r}", code, memory
        lines = text.splitlines()
        if code == 0 and lines or code == 2 and (len(lines) != 1 or not lines[0].startswith("bitexact: error: ")):
            return f"exit code {code} with {len(lines)} lines: {text[:200]!r}", code, memory
        return None, code, memory
    finally:
        errors.close()
        os.unlink(path)


def wait(process):
    """Exit code (negative for a signal, None for too long) and resource usage."""
    expired = threading.Event()

    def stop():
        expired.set()
        process.send_signal(signal.SIGKILL)

    timer = threading.Timer(SECONDS, stop)
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return (None if expired.is_set() else process.returncode), usage


def damages(data, cuts, flips, seed):
    """Pairs of a place and a mask; a mask of None cuts the file there."""
    generator = random.Random(seed)
    for index in range(cuts):
        yield len(data) * index // cuts, None
    # Most changes fall where the structure is; one in weights only changes results.
    structure = structural_bytes(data)
    for _ in range(flips):
        place = generator.choice(structure) if generator.random() < 0.75 else generator.randrange(len(data))
        yield place, generator.randrange(1, 256)


def damaged(data, place, mask):
    """A damaged copy."""
    return data[:place] if mask is None else data[:place] + bytes([data[place] ^ mask]) + data[place + 1:]


def structural_bytes(data):
    """The places of blocks with many zero bytes: offsets and small numbers, rather than weights."""
    places = []
    for start in range(0, len(data), 64):
        block = data[start:start + 64]
        if block.count(0) >= 12:
            places.extend(range(start, start + len(block)))
    return places or list(range(len(data)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--tool", default=".build/release/bitexact")
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--flips", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    failures = 0
    for model in options.models:
        with open(model, "rb") as file:
            data = file.read()
        with tempfile.TemporaryDirectory() as folder:
            intact = make_input(options.tool, model, folder)
            input_path = intact or os.path.join(folder, "input.npy")
            codes, peak = {}, 0
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                cases = list(damages(data, options.cuts, options.flips, options.seed))
                results = pool.map(
                    lambda case: attempt(options.tool, input_path, damaged(data, *case)), cases)
                for (place, mask), (fault, code, memory) in zip(cases, results):
                    codes[code] = codes.get(code, 0) + 1
                    peak = max(peak, memory)
                    if fault:
                        failures += 1
                        name = f"cut at {place}" if mask is None else f"byte {place} ^ {mask:#04x}"
                        print(f"{model}: {name}: {fault}", flush=True)
            print(json.dumps({
                "model": os.path.basename(model), "intactRuns": intact is not None, "seed": options.seed,
                "exitCodes": {str(code): count for code, count in sorted(codes.items(), key=str)},
                "peakMiB": peak >> 20}), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

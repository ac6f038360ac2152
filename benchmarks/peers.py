"""Measure one model in LiteRT or ONNX Runtime, in a process of its own, and print the metrics as JSON.

    python peers.py CONTENDER MODEL INPUT.npy --seconds 1 --threads 2

The time of a run is that of the invocation alone: setting the input and fetching the output are not counted. Throughput
is that of THREADS processes, each with an instance of its own on one thread. `--output OUT.npy` writes what the model
answers instead.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

LITERT = {
    "litert-xnnpack": "AUTO",
    "litert-optimized": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    "litert-reference": "BUILTIN_REF",
}
ONNX_RUNTIME = "onnxruntime"
CONTENDERS = (*LITERT, ONNX_RUNTIME)
LEAST_RUNS = 3
MOST_RUNS = 100_000

Invocation = tuple[Callable[[], object], Callable[[], np.ndarray]]


def litert(kernels: str, model: str, sample: np.ndarray, threads: int) -> Invocation:
    """Make LiteRT ready; returns what runs the model, and what fetches its first output."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model, num_threads=threads, experimental_op_resolver_type=getattr(OpResolverType, kernels))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample)
    output = interpreter.get_output_details()[0]["index"]
    return interpreter.invoke, lambda: interpreter.get_tensor(output)


def onnx_runtime(model: str, sample: np.ndarray, threads: int) -> Invocation:
    """Make ONNX Runtime ready; inputs and outputs are bound beforehand."""
    import onnxruntime

    from onnx_session import session_options

    session = onnxruntime.InferenceSession(model, session_options(threads), providers=["CPUExecutionProvider"])
    if sample.dtype == np.int8:
        sample = (sample.astype(np.int16) + 128).astype(np.uint8)
    if sample.ndim == 4:
        sample = np.ascontiguousarray(sample.transpose(0, 3, 1, 2))
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, sample)
    binding.bind_output(session.get_outputs()[0].name, "cpu")
    return (lambda: session.run_with_iobinding(binding)), (lambda: binding.copy_outputs_to_cpu()[0])


def ready(contender: str, model: str, sample: np.ndarray, threads: int) -> Invocation:
    """Make a contender ready to run one sample."""
    if contender == ONNX_RUNTIME:
        return onnx_runtime(model, sample, threads)
    return litert(LITERT[contender], model, sample, threads)


def latencies(invoke: Callable[[], object], seconds: float) -> list[float]:
    """Time runs one by one, after some that are not counted."""
    for _ in range(2):
        invoke()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < MOST_RUNS and (len(times) < LEAST_RUNS or time.perf_counter() < end):
        start = time.perf_counter()
        invoke()
        times.append(time.perf_counter() - start)
    return times


def _instance(contender: str, model: str, sample: np.ndarray, seconds: float, barrier, rates) -> None:
    invoke, _ = ready(contender, model, sample, 1)
    # In lumps, so that looking at the clock does not count for small models.
    begin = time.perf_counter()
    invoke()
    invoke()
    lump = max(1, int(0.002 / ((time.perf_counter() - begin) / 2)))
    barrier.wait()
    begin = time.perf_counter()
    runs = 0
    while runs < LEAST_RUNS or time.perf_counter() - begin < seconds:
        for _ in range(lump):
            invoke()
        runs += lump
    rates.put(runs / (time.perf_counter() - begin))


def throughput(contender: str, model: str, sample: np.ndarray, seconds: float, instances: int) -> float:
    """Samples a second of several instances at the same time."""
    # Forked before this process has threads.
    context = multiprocessing.get_context("fork")
    barrier, rates = context.Barrier(instances), context.Queue()
    workers = [context.Process(target=_instance, args=(contender, model, sample, seconds, barrier, rates))
               for _ in range(instances)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError(f"{contender} ended with code {worker.exitcode}")
    return sum(rates.get() for _ in workers)


def metrics(contender: str, model: str, sample: np.ndarray, seconds: float, threads: int) -> dict[str, float]:
    """Measure everything, about `seconds` in total for a fast model."""
    found = {"throughput1": throughput(contender, model, sample, seconds * 0.25, 1)}
    if threads > 1:
        found["throughputN"] = throughput(contender, model, sample, seconds * 0.25, threads)
    times = latencies(ready(contender, model, sample, 1)[0], seconds * 0.3)
    found |= {"latencyMs": statistics.median(times) * 1e3, "latencyMinMs": min(times) * 1e3}
    # The reference kernels know one thread only.
    if threads > 1 and contender != "litert-reference":
        times = latencies(ready(contender, model, sample, threads)[0], seconds * 0.2)
        found["latencyNMs"] = statistics.median(times) * 1e3
    return found


def main() -> int:
    """Measure, or write the output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("model")
    parser.add_argument("input", type=Path, help="one sample as the .tflite takes it")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path, help="write the first output there instead of measuring")
    arguments = parser.parse_args()
    sample = np.load(arguments.input)
    if arguments.output:
        invoke, fetch = ready(arguments.contender, arguments.model, sample, 1)
        invoke()
        np.save(arguments.output, fetch())
    else:
        print(json.dumps(metrics(
            arguments.contender, arguments.model, sample, arguments.seconds, arguments.threads)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

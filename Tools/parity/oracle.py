"""The two sides of a comparison: LiteRT in a process of its own, and bitexact."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from choices import LeftOut
from random_case import Built, RandomCase

Answer = list[list[np.ndarray]]
# In seconds, for one case.
_TIMEOUT = 60.0


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer."""

    reason: str


def _serve(connection: Connection, kernels: str) -> None:
    """Answer cases until the other side closes."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    from litert import DefaultInterpreter, ReferenceInterpreter

    def interpreter_of(model: bytes) -> Any:
        if kernels == "reference":
            return ReferenceInterpreter(model)
        return DefaultInterpreter(model, kernels)

    while True:
        try:
            model, runs, outputs = connection.recv()
        except EOFError:
            return
        try:
            interpreter = interpreter_of(model)
            answers = []
            for values in runs:
                held = interpreter.run(values)
                answers.append([np.array(held[index]) for index in outputs])
            connection.send(answers)
        except (RuntimeError, ValueError) as error:
            connection.send(Refusal("LiteRT refuses: " + _gist(str(error))))


def _gist(message: str) -> str:
    """Keep what all messages of one condition have in common."""
    first = message.strip().splitlines()[0] if message.strip() else "without a message"
    return re.sub(r"Node number.*|\([-\d. e]+ != [-\d. e]+\)|\s+$", "", re.sub(r"^.*/(?=\w+\.cc)", "", first)).strip()


def _rule(message: str) -> str:
    """Keep what all messages of one rule have in common."""
    return re.sub(r"-?\d[\d.]*(e[-+]?\d+)?", "N", message.split("does not fit the profile")[1].split("): ")[-1]).strip()


class LiteRT:
    """LiteRT in a process that is started again where it ends, which it does on some models.

    Its kernels are the reference ones, those that it runs by default, or, of the latter, the delegate's alone or
    what it leaves.
    """

    def __init__(self, kernels: str = "reference") -> None:
        self._kernels = kernels
        self._process: Any = None

    def answer(self, built: Built) -> Answer | Refusal:
        """Return the outputs of every run."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._connection, other = context.Pipe()
            self._process = context.Process(target=_serve, args=(other, self._kernels), daemon=True)
            self._process.start()
            other.close()
        self._connection.send((built.model, built.runs, built.outputs))
        try:
            if self._connection.poll(_TIMEOUT):
                received: Answer | Refusal = self._connection.recv()
                return received
        except EOFError:
            pass
        self.close()
        return Refusal("LiteRT ends the process")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.terminate()
            self._process.join()
            self._process = None


class Bitexact:
    """The executable of bitexact with one engine and profile."""

    def __init__(self, path: str, engine: str, profile: str = "tflite") -> None:
        self.path, self.engine, self.profile = path, engine, profile

    def answer(self, built: Built) -> Answer | Refusal:
        """Return the outputs of every run."""
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            command = self.command(built, folder)
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
            except (OSError, subprocess.TimeoutExpired) as error:
                return Refusal(f"bitexact does not run: {error}")
            if done.returncode != 0 and self.profile != "tflite" and "does not fit the profile" in done.stderr:
                # Other profiles than LiteRT's reference kernels have arithmetic that they refuse.
                return Refusal("the profile refuses: " + _rule(done.stderr))
            if done.returncode != 0:
                words = (done.stderr.strip() or done.stdout.strip())[-400:].replace(str(folder), "")
                return Refusal(f"bitexact ends with code {done.returncode}: {words}")
            return [[np.load(folder / "trace" / f"{run:05d}" / f"{index:05d}.npy") for index in built.outputs]
                    for run in range(len(built.runs))]

    def command(self, built: Built, folder: Path) -> list[str]:
        """Write model and inputs to a folder; return the command that runs them there."""
        (folder / "model.tflite").write_bytes(built.model)
        inputs = {f"arr_{k}": np.stack(values) for k, values in enumerate(zip(*built.runs, strict=True))}
        np.savez(folder / "input.npz", **inputs)  # type: ignore[arg-type]
        return [self.path, "run", str(folder / "model.tflite"), "--profile", self.profile, "--input",
                str(folder / "input.npz"), "--engine", self.engine, "--threads", "1", "--quiet", "--trace",
                str(folder / "trace")]


def difference(expected: Answer, actual: Answer | Refusal) -> str:
    """Say in which element the two differ first; nothing where they are equal."""
    if isinstance(actual, Refusal):
        return actual.reason
    for run, outputs in enumerate(zip(expected, actual, strict=True)):
        for output, (wanted, got) in enumerate(zip(*outputs, strict=True)):
            where = f"run {run}, output {output}"
            if wanted.shape != got.shape or wanted.dtype != got.dtype:
                return f"{where}: LiteRT has {wanted.dtype} {wanted.shape}, bitexact {got.dtype} {got.shape}"
            bits = np.dtype(f"u{wanted.dtype.itemsize}")
            unequal = np.asarray(wanted, order="C").view(bits) != np.asarray(got, order="C").view(bits)
            if unequal.any():
                position = tuple(int(i) for i in np.argwhere(unequal)[0])
                return (f"{where}: {int(unequal.sum())} of {unequal.size} differ, at {list(position)} LiteRT has "
                        f"{wanted[position]}, bitexact {got[position]}")
    return ""


def compare(case: RandomCase, oracle: LiteRT, subjects: Sequence[Any]) -> tuple[str, Any] | Refusal | None:
    """Ask all sides; return the first difference and whose it is, LiteRT's refusal, or nothing."""
    try:
        expected = oracle.answer(case.built)
    except LeftOut as reason:
        return Refusal(str(reason))
    if isinstance(expected, Refusal):
        return expected
    for subject in subjects:
        answer = subject.answer(case.built)
        if isinstance(answer, Refusal) and answer.reason.startswith("the profile refuses"):
            return answer
        found = difference(expected, answer)
        if found:
            return found, subject
    return None

"""What is found: runs a case in a worker's folder, and makes what was wrong small and repeatable."""

import json
import os
import shutil
import tempfile
import time
import traceback

import judge
from cases import Case

WORKER = {}


def work_folder():
    """A folder in memory where there is one."""
    return tempfile.mkdtemp(prefix="mutate-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def begin_worker(tool, seed, seeds, base, until=None):
    """Each worker has a folder of its own; after `until` it does nothing."""
    judge.limit_worker()
    WORKER.update(tool=tool, seed=seed, seeds=seeds, until=until)
    folder = tempfile.mkdtemp(prefix="w", dir=base)
    os.chdir(folder)


def attempt(number):
    """One case: what was run, and what was wrong; None when the time is over."""
    if WORKER["until"] and time.monotonic() > WORKER["until"]:
        return None
    try:
        return examine(Case(WORKER["seeds"], WORKER["seed"], number))
    except Exception as error:
        # A fault of this program is a finding too, and does not end a long campaign.
        text = traceback.format_exc()
        finding = {
            "key": f"the mutator itself: {error!r:.80}", "kind": "mutator", "text": text[-600:], "words": [],
            "frames": [], "seed": WORKER["seed"], "case": number, "mutations": [], "kept": [],
        }
        return {
            "case": number, "kind": "mutator", "runs": [], "mutations": [], "finding": finding, "peak": 0, "slow": 0,
        }


def examine(case):
    """Runs the commands of a case until one refuses what the others would refuse too."""
    shutil.rmtree("out", ignore_errors=True)
    for name in os.listdir("."):
        shutil.rmtree(name) if os.path.isdir(name) else os.unlink(name)
    os.mkdir("out")
    case.write()
    result = {
        "case": case.number, "kind": case.kind, "runs": [], "mutations": case.texts, "finding": None, "peak": 0,
        "slow": 0,
    }
    for words in case.lines:
        shutil.rmtree("out", ignore_errors=True)
        os.mkdir("out")
        fault, outcome = one_run(case, words, result)
        if (
            fault is None
            and outcome.code == 0
            and words[0] == "requantize"
            and os.path.exists("out/o.tflite")
            and case.kind != "words"
        ):
            # What is handed over has to be readable.
            shutil.move("out/o.tflite", "o.tflite")
            words = ["verify", "o.tflite", "--threads", "1"]
            fault, outcome = one_run(case, words, result)
            # A model of free sizes is refused without data that have some.
            if fault is None and outcome.code not in (0, 1, None) and "is only a placeholder" not in outcome.err:
                fault = ("emitted model refused", outcome.err[:300])
        if (
            fault is None
            and "--identical" in words
            and outcome.code == 1
            and words[:3] == ["compare", "m.tflite", "m.tflite"]
        ):
            fault = ("a model differs from itself", outcome.out[:300].decode("utf-8", "replace"))
        if fault is not None:
            result["finding"] = describe(case, words, fault, outcome)
            break
        if outcome.code == 2 and case.kind == "model":
            break
    return result


def one_run(case, words, result):
    """One command of a case, and its fault."""
    before = judge.files_of(".")
    outcome = judge.spawn(WORKER["tool"], words)
    result["runs"].append(
        (" ".join(words[:2]) if words[:1] == ["profile"] else words[0] if words else "", outcome.code)
    )
    result["peak"] = max(result["peak"], outcome.memory)
    result["slow"] += outcome.code is None
    return judge.fault(outcome, words, before, judge.files_of("."), case.is_heavy), outcome


def describe(case, words, fault, outcome):
    """A finding; its key is the same for findings of one kind."""
    kind, text = fault
    frames = judge.trace(WORKER["tool"], words) if kind in ("signal", "runtime failure", "exit code") else []
    place = (
        " < ".join(frames[:2])
        if frames
        else f"{words[0] if words else ''}: "
        + "".join(
            "#" if letter.isdigit() else letter for letter in (outcome.err or text).split("bitexact: error: ")[-1][:60]
        ).strip()
    )
    if kind in ("unfiltered character", "input changed", "output of a failure", "temporary file left"):
        place = " ".join(words[:1])
    return {
        "key": f"{kind}: {place}", "kind": kind, "text": text, "words": words, "frames": frames, "seed": case.seed,
        "case": case.number, "mutations": case.texts, "kept": case.kept,
    }


def reduce(finding, seeds):
    """The same finding with as few mutations as possible; the case's files are left in the current folder."""
    kept = list(finding["kept"])
    for index in list(kept):
        fewer = [other for other in kept if other != index]
        result = examine(Case(seeds, finding["seed"], finding["case"], fewer))
        if fewer and result["finding"] and result["finding"]["key"] == finding["key"]:
            kept, finding = fewer, result["finding"]
    examine(Case(seeds, finding["seed"], finding["case"], kept))
    return finding


def keep(finding, out, tool, seeds, base):
    """Writes a finding's files and how to repeat it into a folder."""
    WORKER.update(tool=tool, seed=finding["seed"], seeds=seeds)
    here = os.getcwd()
    os.chdir(tempfile.mkdtemp(prefix="r", dir=base))
    try:
        finding = reduce(finding, seeds)
        if out:
            name = "".join(letter if letter.isalnum() else "-" for letter in finding["key"])[:70]
            folder = os.path.join(out, f"{name}-{finding['case']}")
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(".", folder, symlinks=True)
            with open(os.path.join(folder, "finding.json"), "w") as file:
                json.dump(finding, file, indent=1)
    finally:
        os.chdir(here)
    return finding


def tell(finding):
    print(
        f"FINDING case {finding['case']}: {finding['key']}\n  {finding['text']!r:.400}\n"
        + f"  bitexact {' '.join(map(repr, finding['words'])):.300}\n"
        + "".join(f"  - {text}\n" for text in finding["mutations"])
        + "".join(f"  at {frame}\n" for frame in finding["frames"]),
        end="",
        flush=True,
    )

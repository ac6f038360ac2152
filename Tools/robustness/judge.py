"""Runs bitexact once, and says what is wrong with how it ended."""

import json
import os
import re
import resource
import signal
import time

# A process of a small input takes hundredths of a second; one that computes for so long has no end in sight.
CPU_SECONDS = 10
WALL_SECONDS = 90
MEMORY = 3 << 29
# Address space, not resident pages: a runtime reserves more than it uses.
ADDRESS_SPACE = 6 << 30
# One arena that grows in large steps: a run is a fifth faster, and its peak is that of the live blocks.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no", "MALLOC_ARENA_MAX": "1",
    "MALLOC_TOP_PAD_": "4194304",
}
TRACE = {"SWIFT_BACKTRACE": "enable=yes,color=no,threads=crashed,registers=none,images=none,interactive=no,cache=no"}
ERROR = "bitexact: error: "
# The options that name what is written.
RESULTS = ("-o", "--output", "--report", "--csv", "--predictions", "--trace", "--journal")
# Controls but for the line's end and the tabulator, and what reverses or breaks a line.
UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Outcome:
    """How a process ended: `code` is None for one that was stopped, negative for a signal."""

    __slots__ = ("code", "out", "err", "memory", "seconds")


def limit_worker():
    """Limits that the processes of a worker inherit."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def spawn(tool, words, environment=ENVIRONMENT, suffix=""):
    """Runs the tool in the current folder; what it prints goes to files named after the folder."""
    out, err = f"../{os.path.basename(os.getcwd())}.out{suffix}", f"../{os.path.basename(os.getcwd())}.err{suffix}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    begin = time.monotonic()
    pid = os.posix_spawn(
        tool,
        [tool, *words],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, err, flags, 0o600),
        ],
    )
    expired = []

    def stop(*_):
        expired.append(True)
        os.kill(pid, signal.SIGKILL)

    try:
        resource.prlimit(pid, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    except ProcessLookupError:
        pass
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)
    _, status, usage = os.wait4(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    outcome = Outcome()
    outcome.code = os.waitstatus_to_exitcode(status)
    # The limit of time ends a process by SIGXCPU or SIGKILL.
    if expired or (
        outcome.code in (-signal.SIGXCPU, -signal.SIGKILL) and usage.ru_utime + usage.ru_stime > CPU_SECONDS - 1
    ):
        outcome.code = None
    outcome.memory = usage.ru_maxrss * 1024
    outcome.seconds = time.monotonic() - begin
    with open(out, "rb") as file:
        outcome.out = file.read(4 << 20)
    with open(err, "rb") as file:
        text = file.read(1 << 20)
        # A line that the limit cuts says nothing.
        outcome.err = (text if len(text) < 1 << 20 else text[: text.rindex(b"\n") + 1]).decode("utf-8", "replace")
    return outcome


def run_quietly(tool, words):
    """The exit code of a run that nobody judges."""
    return spawn(tool, words).code


def files_of(folder):
    """The files in a folder and what is in them, by path: size, time of change and number."""
    found = {}
    for base, folders, names in os.walk(folder):
        for name in names + folders:
            path = os.path.join(base, name)
            status = os.lstat(path)
            found[path] = (status.st_size, status.st_mtime_ns, status.st_ino) if name in names else None
    return found


def fault(outcome, words, before, after, is_heavy):
    """What is wrong: a kind and a text, or None. `before` and `after` are the files around the run."""
    code, lines = outcome.code, outcome.err.splitlines()
    errors = [line for line in lines if line.startswith(ERROR)]
    rest = [line for line in lines if not re.match(r"bitexact: (error|note|warning): ", line)]
    if outcome.memory > MEMORY:
        return "memory", f"{outcome.memory >> 20} MiB"
    if code is None:
        return None if is_heavy else ("hang", f"more than {CPU_SECONDS} s of CPU time or {WALL_SECONDS} s")
    if code < 0:
        return "signal", f"signal {-code}: {outcome.err[:300]}"
    if code not in (0, 1, 2, 64):
        return "exit code", f"{code}: {outcome.err[:300]}"
    if "Fatal error" in outcome.err or "runtime failure" in outcome.err:
        return "runtime failure", outcome.err[:300]
    if code in (2, 64) and len(errors) != 1 and words[:2] != ["profile", "check"]:
        return "error lines", f"{len(errors)} of them: {outcome.err[:300]!r}"
    if code in (0, 1) and errors and words[:2] != ["profile", "check"]:
        return "error line", f"exit code {code}: {outcome.err[:300]!r}"
    if rest:
        return "stray text", f"{rest[0][:300]!r}"
    if any(len(line) < len(ERROR) + 3 for line in errors):
        return "empty error", f"{errors!r}"
    if code == 64 and outcome.out or code == 2 and outcome.out and "--json" in words:
        return "output beside an error", f"{outcome.out[:200]!r}"
    return file_fault(code, words, before, after) or text_fault(outcome, words)


def file_fault(code, words, before, after):
    """Inputs that changed, results after a failure, and what should have been cleaned up."""
    results = {index + 1 for index, word in enumerate(words) if word in RESULTS}
    read = {word for index, word in enumerate(words) if index not in results}
    replaced = {words[index] for index in results if index < len(words)} - read
    for path, status in before.items():
        # A file that the command does not read may be replaced by its result.
        if after.get(path, ()) != status and path[2:] not in replaced | {"j"} and not path.startswith("./out"):
            return "input changed", path
    new = [path for path in after if path not in before and path != "./out" and not path.endswith("/j")]
    hidden = [path for path in new if os.path.basename(path).startswith(".bitexact") or path.endswith(".tmp")]
    if hidden:
        return "temporary file left", hidden[0]
    # A report that cannot be written leaves the model, which is complete; nothing else outlives a failure.
    if code in (2, 64) and new:
        return "output of a failure", f"{sorted(new)[:5]}"
    return None


def text_fault(outcome, words):
    """What is printed: clean text in UTF-8, valid JSON, no numbers that are none."""
    try:
        text = outcome.out.decode("utf-8")
    except UnicodeDecodeError as error:
        # The file is read up to a limit, which may cut a character.
        if error.start > (4 << 20) - 4:
            return None
        return "no UTF-8", f"{outcome.out[error.start:error.start + 40]!r}"
    for name, part in (("standard output", text), ("standard error", outcome.err)):
        found = UNCLEAN.search(part)
        if found:
            return (
                "unfiltered character",
                f"{found.group()!r} on {name}: {part[max(0, found.start() - 40):found.end() + 20]!r}",
            )
    if "nan(0x" in text:
        return "unreadable number", text[max(0, text.index("nan(0x") - 60) :][:120]
    if (
        "--json" in words
        and "--help" not in words
        and "-h" not in words
        and outcome.code in (0, 1)
        and text
        and len(text) < 1 << 20
    ):
        try:
            json.loads(text, parse_constant=refuse_constant)
        except (ValueError, RecursionError) as error:
            return "no JSON", f"{error}: {text[:100]!r}"
    return None


def refuse_constant(name):
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is no JSON")


def trace(tool, words):
    """The first places of the project in the trace of a crash; the run is repeated for it."""
    text = spawn(tool, words, {**ENVIRONMENT, **TRACE}, ".trace").err
    frames = re.findall(
        r"^\s*\d+ .*? 0x[0-9a-f]+ (.*?)(?: \+ \d+)? in [\w.-]+ at .*?([\w+]+\.swift:\d+|<compiler-generated>)",
        text,
        re.M,
    )
    return [f"{name} ({place})" for name, place in frames[:4]]

"""Run a command and print what memory it took, as JSON: python watch.py COMMAND ...

A process of its own, which imports little: the system counts what the launching process had in memory to the peak of
the launched one.
"""

import json
import os
import re
import subprocess
import sys
import time

POLL_SECONDS = 0.002


def anonymous_bytes(pid):
    """The process's RssAnon; nothing where there is no such file, or no such process any more."""
    try:
        with open(f"/proc/{pid}/status") as file:
            match = re.search(r"^RssAnon:\s+(\d+) kB", file.read(), re.M)
    except OSError:
        return None
    return int(match.group(1)) * 1024 if match else None


def main():
    """Run, poll, print."""
    start = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    peak = None
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        anonymous = anonymous_bytes(process.pid)
        if anonymous is not None:
            peak = max(peak or 0, anonymous)
        time.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    # Kilobytes on Linux, bytes on macOS.
    resident = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    processor = usage.ru_utime + usage.ru_stime
    print(json.dumps({"seconds": seconds, "processorSeconds": processor, "residentBytes": resident, "anonymousBytes": peak}))
    return min(abs(process.returncode), 255)


if __name__ == "__main__":
    sys.exit(main())

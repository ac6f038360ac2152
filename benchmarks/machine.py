"""What a measurement ran on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

FEATURES = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
PACKAGES = ("ai-edge-litert", "onnxruntime", "numpy")


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _cpu() -> tuple[str, list[str]]:
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor() or platform.machine(), []
    text = path.read_text()
    fields = {key: match.group(1).strip() for key in ("model name", "cpu family", "model", "flags", "Features")
              if (match := re.search(rf"^{key}\s*: (.*)$", text, re.M))}
    name = fields.get("model name", platform.machine())
    if "cpu family" in fields:
        name += f" (family {fields['cpu family']}, model {fields.get('model', '?')})"
    flags = fields.get("flags", fields.get("Features", "")).split()
    return name, [feature for feature in FEATURES if feature in flags]


def _system() -> str:
    path = Path("/etc/os-release")
    match = re.search(r'^PRETTY_NAME="?(.*?)"?$', path.read_text(), re.M) if path.exists() else None
    name = f"{match.group(1)}, " if match else ""
    return f"{name}{platform.system()} {platform.release()} {platform.machine()}"


def _revision(repository: Path) -> str:
    revision = _output("git", "-C", str(repository), "rev-parse", "--short", "HEAD")
    changed = _output("git", "-C", str(repository), "status", "--porcelain", "--untracked-files=no")
    return (revision or "unknown") + (" with local changes" if changed else "")


def describe(repository: Path) -> dict[str, object]:
    """Name the machine, the system and the versions."""
    cpu, features = _cpu()
    return {
        "cpu": cpu, "features": features, "cores": os.cpu_count(), "system": _system(),
        "python": platform.python_version(), "swift": (_output("swift", "--version").splitlines() or ["unknown"])[0],
        "revision": _revision(repository),
        **{package: version(package) for package in PACKAGES},
    }


def load() -> float | None:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None

"""The comparison in Markdown: pure functions of what compare.py found."""

from __future__ import annotations

from tables import number, table

BEGIN = "<!-- peers: begin -->"
END = "<!-- peers: end -->"
GROUPS = {"source": "What the source's own answer is worth", "tensor": "One scale per weight tensor",
          "channel": "A weight scale per output channel"}


def _row(row: dict) -> list[str]:
    """The cells of one contender."""
    if "failed" in row:
        return [row["title"], row["scales"], f"failed: {row['failed']}", "", "", "", "", "", ""]
    found, took = row["measures"], row["took"]
    seconds, peak = took.get("processorSeconds"), took.get("peakBytes")
    return [
        row["title"], row["scales"], "equal" if found["sqnr"] is None else f"{found['sqnr']:.1f}",
        f"{found['agreement'] * 100:.1f}", f"{found['top1'] * 100:.1f}", str(found["lost"]), str(found["won"]),
        "" if seconds is None else number(seconds), "" if peak is None else number(peak / (1 << 20))]


def body(found: dict) -> str:
    """What it ran on, and a table for each granularity."""
    host, options, versions = found["machine"], found["options"], found["versions"]
    peers = ", ".join(f"{name} {version}" for name, version in versions.items())
    parts = [
        f"Machine: {host['cpu']}, {host['cores']} processors; {host['system']}.  \n"
        f"Versions: bitexact {host['revision']}, {host['swift']}; {peers}; Python {host['python']}.  \n"
        f"{options['calibration']} images calibrate, {options['held']} others measure; {options['threads']} threads; "
        f"the source's top-1 is {found['sourceTop1'] * 100:.1f} %.\n"]
    for group, title in GROUPS.items():
        rows = [_row(row) for row in found["rows"] if row["granularity"] == group]
        if rows:
            parts += [f"**{title}**\n", table(
                ["", "scales", "SQNR, dB", "agreement, %", "top-1, %", "lost", "won", "CPU seconds", "peak MiB"], rows,
                "ll")]
    return "\n".join(parts)


def updated(document: str, text: str) -> str:
    """A document with what stands between the markers replaced.

    Raises `ValueError` for one without them.
    """
    if document.count(BEGIN) != 1 or document.count(END) != 1 or document.index(BEGIN) > document.index(END):
        raise ValueError("the document has no section between the two markers")
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"

"""How much memory the processes of a gateway use: proportional set size, so that shared pages count once."""

from __future__ import annotations

from pathlib import Path

OURS = b"gateway.app."


def children(supervisor: int) -> dict[str, int]:
    """Return the processes that a supervisor has started, by name (`field`, `edge`)."""
    found: dict[str, int] = {}
    for task in Path(f"/proc/{supervisor}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            module = next((word for word in words if word.startswith(OURS)), None)
            if module is not None:
                found[module.removeprefix(OURS).decode()] = child
    return found


def pss_mb(supervisor: int) -> dict[str, float]:
    """Return the PSS in MB of a supervisor and of what it has started, and their total."""
    found = {"supervisor": _pss_mb(supervisor)}
    found |= {name: _pss_mb(child) for name, child in children(supervisor).items()}
    return found | {"total": round(sum(found.values()), 1)}


def _pss_mb(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(kilobytes / 1024, 1)

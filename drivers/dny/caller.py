"""Who has dialled in: the physical id in a pile's first whole message. Its modem may have said things before that."""

from __future__ import annotations

from drivers.dny import frames
from drivers.dny.messages import report_of


def caller_of(said: bytes) -> int | None:
    """Return the physical id in the first intact message of a pile among these bytes; None while there is none."""
    kept = bytearray(said)
    at = said.find(frames.LETTERS)
    while at >= 0:
        size = frames.measure(kept, at)
        frame = said[at : at + size]
        if size and len(frame) == size and frames.is_intact(frame):
            report = report_of(frame)
            if report is not None and report.unit:
                return report.unit
        at = said.find(frames.LETTERS, at + 1)
    return None

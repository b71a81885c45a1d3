"""Whether the loop runs on time, and what held it when it did not.

A timer signal is put off at each beat; where a beat stays out it fires, and finds the interpreter where it is held.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

LATE_S = 0.1
"""A loop that is held this long has delayed a cutoff by it."""

FORGET_S = 60.0


class Lateness:
    """`tell` is called with a detail when the loop was late, and with an empty one when that is long past."""

    def __init__(self, tell: Callable[[str], None], period_s: float) -> None:
        self._tell = tell
        self._period_s = period_s
        self._beat_s: float | None = None
        self._late_s: float | None = None
        self._held_by = ""
        self._is_watching = False
        self.worst_s = 0.0

    def watch(self) -> None:
        """Find out what holds the loop; for the main thread of a process."""
        signal.signal(signal.SIGALRM, self._caught)
        self._is_watching = True

    def beat(self, now_s: float) -> float:
        """Take a beat, one of which is due every period; return how late it is."""
        late_s = 0.0 if self._beat_s is None else now_s - self._beat_s - self._period_s
        self._beat_s = now_s
        if late_s > LATE_S:
            self._late_s = now_s
            self.worst_s = max(self.worst_s, late_s)
            self._tell(f"{late_s * 1000:.0f} ms late, held by {self._held_by or 'the machine'}")
        elif self._late_s is not None and now_s - self._late_s > FORGET_S:
            self._late_s = None
            self._tell("")
        if self._is_watching:
            self._held_by = ""
            signal.setitimer(signal.ITIMER_REAL, self._period_s + LATE_S)
        return late_s

    def stop(self) -> None:
        if self._is_watching:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _caught(self, _number: int, frame: FrameType | None) -> None:
        ours = frame
        while ours is not None and "gateway" not in Path(ours.f_code.co_filename).parts:
            ours = ours.f_back
        places = [place_of(frame)] if ours is frame else [place_of(frame), place_of(ours)]
        self._held_by = ", from ".join(place for place in places if place)


def place_of(frame: FrameType | None) -> str:
    """Return where a frame is, in a few words; empty for the loop's own wait, where nothing of ours is held."""
    if frame is None or frame.f_code.co_name == "select":
        return ""
    path = Path(frame.f_code.co_filename)
    return f"{path.parent.name}/{path.name}:{frame.f_lineno} {frame.f_code.co_name}"

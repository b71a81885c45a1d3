"""Whether a device of a bus answers, how often a silent one is probed, and what may be asked while a reply can be late.

Pure; one object for each device, stepped by the planner.
"""

from __future__ import annotations

SILENT_MISSES = 4
SILENT_S = 1.0
"""A device is silent after this many misses in a row and at least this long (design: loss of sight)."""

FIRST_PROBE_S = 1.0
LAST_PROBE_S = 10.0
"""Probes back off between these. At 9600 baud a probe costs some 45 ms: 0.5 % of the line in the steady state."""


class DeviceHealth:
    """Answers and misses of one device."""

    __slots__ = (
        "_first_miss_s",
        "_late_reply_s",
        "_locked_layout",
        "_locked_until_s",
        "_probe_gap_s",
        "is_silent",
        "misses",
        "probe_s",
    )

    def __init__(self, late_reply_s: float) -> None:
        self._late_reply_s = late_reply_s
        self._locked_layout: int | None = None
        self._locked_until_s = 0.0
        self._first_miss_s = 0.0
        self._probe_gap_s = FIRST_PROBE_S
        self.is_silent = False
        self.misses = 0
        self.probe_s = 0.0

    def answered(self) -> bool:
        """Take an answer; return whether the device was silent before it."""
        was_silent = self.is_silent
        self.is_silent = False
        self.misses = 0
        self._locked_layout = None
        self._probe_gap_s = FIRST_PROBE_S
        return was_silent

    def missed(self, layout: int | None, now_s: float, *, silent: bool) -> bool:
        """Take a miss of a read (`layout`) or a write (None); return whether the device became silent by it."""
        if self.misses == 0:
            self._first_miss_s = now_s
        self.misses += 1
        if silent and layout is not None:
            self._locked_layout = layout
            self._locked_until_s = now_s + self._late_reply_s
        if self.is_silent:
            self.back_off(now_s)
            return False
        if self.misses >= SILENT_MISSES and now_s - self._first_miss_s >= SILENT_S:
            self.is_silent = True
            self.probe_s = now_s + self._probe_gap_s
            return True
        return False

    def back_off(self, now_s: float) -> float:
        """Put the next probe further away; return when it is due."""
        self._probe_gap_s = min(2 * self._probe_gap_s, LAST_PROBE_S)
        self.probe_s = now_s + self._probe_gap_s
        return self.probe_s

    def link_restored(self) -> None:
        """Start afresh after the line was away: nothing on it can be late any more."""
        self.answered()

    def free_s(self, layout: int) -> float:
        """Return from when on a slow piece may be read.

        After a timeout only the same piece, until a late reply can no longer come. The protection piece and writes
        are exempt: their shapes are their own, and a lost telemetry frame must not blind protection.
        """
        return 0.0 if self._locked_layout in (None, layout) else self._locked_until_s

    def may_read(self, layout: int, now_s: float) -> bool:
        return not self.is_silent and now_s >= self.free_s(layout)

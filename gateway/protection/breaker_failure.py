"""50BF: breaker failure (IEEE C37.119; IEEE C37.2 device 50BF): an OFF is believed by its effect, never by its echo.

The timer runs from the OFF frame for `bf_ms` >= relay + 2 x refresh + pile loop + one ring. If the current is then
still above the threshold, the ladder is climbed one rung for each further `bf_ms`; what was not seen to open counts as
closed. After the last rung it starts over every `upstream_after_s`: it never gives up and never floods the bus.
"""

from __future__ import annotations

from gateway.protection.decision import RungKind
from gateway.protection.definite_time import DefiniteTime

LADDER = (RungKind.REPEAT, RungKind.OTHER_FUNCTION, RungKind.WHOLE_PILE, RungKind.UPSTREAM)

WELD_SAMPLES = 3
"""Refreshed samples with a residue that make a weld: never one, and one more than a trip needs."""


class Opening:
    """One outlet's way from "open it" to "seen open".

    `threshold_a`: current above which the ladder is climbed. `flowing`: a current was seen before the OFF, so that its
    end proves something. However often OFF is sent, each rung's timer is moved only once.
    """

    __slots__ = (
        "_again_s",
        "_bf_s",
        "_is_timed",
        "_rung",
        "acknowledged",
        "active",
        "deadline_s",
        "flowing",
        "sent_s",
        "threshold_a",
    )

    def __init__(self, bf_s: float, again_s: float) -> None:
        self._bf_s = bf_s
        self._again_s = again_s
        self._is_timed = False
        self._rung = 0
        self.active = False
        self.acknowledged = False
        self.flowing = False
        self.deadline_s = 0.0
        self.threshold_a = 0.0
        self.sent_s: float | None = None

    def begin(self, now_s: float, threshold_a: float) -> None:
        """Note that the outlet is to open; while it already does, only a lower threshold counts."""
        if self.active:
            self.threshold_a = min(self.threshold_a, threshold_a)
            return
        self.active = True
        self.threshold_a = threshold_a
        self.deadline_s = now_s + self._bf_s
        self.sent_s = None
        self._is_timed = False
        self._rung = 0
        self.acknowledged = False
        self.flowing = False

    def sent(self, now_s: float, *, flowing: bool) -> None:
        """Note that an OFF frame is on the wire."""
        if self.sent_s is None:
            self.flowing = flowing
        if not self._is_timed:
            self._is_timed = True
            self.sent_s = now_s
            self.deadline_s = max(self.deadline_s, now_s + self._bf_s)

    def end(self) -> None:
        self.active = False

    def tick(self, now_s: float, current_a: float) -> RungKind | None:
        """Return the step to take now; `current_a` is the last that was seen, be it from before the OFF."""
        if not self.active or now_s < self.deadline_s:
            return None
        if self.sent_s is None:
            self.deadline_s = now_s + self._bf_s
            return RungKind.REPEAT
        if current_a <= self.threshold_a:
            return None
        rung = LADDER[self._rung]
        self._rung = (self._rung + 1) % len(LADDER)
        self.deadline_s = now_s + (self._again_s if self._rung == 0 else self._bf_s)
        self._is_timed = False
        return rung


def residue(floor: float, refresh_s: float) -> DefiniteTime:
    """Build what finds a current or power above `floor` behind a contact that was told to open."""
    return DefiniteTime(pickup=floor, drop_off=floor, samples=WELD_SAMPLES, refresh_s=refresh_s)

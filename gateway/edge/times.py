"""Field's monotonic moments as wall time. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.edge.journal import Moment
    from gateway.model.scan import Scan

SAME_CLOCK_S = 5.0
"""Two processes of one machine share its monotonic clock; a difference below this is only the hello's way here."""

STEP_MS = 500.0


class FieldTime:
    """One connection's pair of clocks, begun at field's hello; renewed when the wall clock was set meanwhile."""

    def __init__(self, field_now_s: float, here: Moment) -> None:
        shift_s = here.mono_s - field_now_s
        self._shift_s = 0.0 if abs(shift_s) < SAME_CLOCK_S else shift_s
        self._here = here

    def renew(self, here: Moment) -> None:
        """Follow the wall clock where it was stepped, or is believed more or less than before."""
        stepped_ms = (here.ts_ms - self._here.ts_ms) - (here.mono_s - self._here.mono_s) * 1000
        if abs(stepped_ms) > STEP_MS or here.clock != self._here.clock:
            self._here = here

    def moment(self, field_s: float) -> Moment:
        """Return a moment of field's clock on both clocks of edge."""
        mono_s = field_s + self._shift_s
        here = self._here
        return replace(here, ts_ms=round(here.ts_ms + (mono_s - here.mono_s) * 1000), mono_s=mono_s)

    def field_s(self, mono_s: float) -> float:
        """Return a moment of edge's monotonic clock on field's."""
        return mono_s - self._shift_s

    def scan(self, scan: Scan) -> Scan:
        """Date a scan on edge's clock."""
        scan.taken_s += self._shift_s
        return scan


def left_s(until: Moment, now: Moment, *, same_machine_boot: bool) -> float:
    """Return how long is left until a stored moment.

    The monotonic clock counts within one boot of the machine. Over a reboot the wall clock does where both stamps can
    be believed; where they cannot, nothing is left.
    """
    if same_machine_boot:
        return until.mono_s - now.mono_s
    if until.clock and now.clock:
        return (until.ts_ms - now.ts_ms) / 1000
    return 0.0

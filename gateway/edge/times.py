"""Field's monotonic moments as wall time. Pure.

Field and edge are processes of one machine and share its monotonic clock: a moment of one is that of the other, however
long a message was on its way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.edge.journal import Moment

AHEAD_S = 1.0
"""What field says cannot be younger than its hearing: a clock that is further ahead is another one."""

STEP_MS = 500.0


class FieldTime:
    """What the wall clock shows at a moment; renewed when it was set meanwhile."""

    def __init__(self, here: Moment) -> None:
        self._here = here

    def renew(self, here: Moment) -> None:
        """Follow the wall clock where it was stepped, or is believed more or less than before."""
        stepped_ms = (here.ts_ms - self._here.ts_ms) - (here.mono_s - self._here.mono_s) * 1000
        if abs(stepped_ms) > STEP_MS or here.clock != self._here.clock:
            self._here = here

    def moment(self, mono_s: float) -> Moment:
        """Return a moment of the machine's clock with its wall time."""
        here = self._here
        return replace(here, ts_ms=round(here.ts_ms + (mono_s - here.mono_s) * 1000), mono_s=mono_s)


def is_another_clock(field_now_s: float, now_s: float) -> bool:
    """Return whether what field has called now cannot be this machine's clock."""
    return field_now_s > now_s + AHEAD_S


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

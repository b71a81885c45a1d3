"""51: inverse-time overload (IEC 60255-151; IEEE C37.2 device 51).

Picks up at 1.1 x setting; from there down to 0.9 x setting it holds without progress; below that it resets (the
pick-up and reset ratios are those of the Siemens 7UT6 manual, p. 444). The reset rule, which the norm leaves to
the maker: the progress unwinds evenly, a whole trip's worth in `RESET_S`. An overload that comes in bursts is thus
remembered, where an instantaneous reset would never trip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.protection.curve import operate_s

if TYPE_CHECKING:
    from gateway.protection.settings import InverseSettings

PICKUP_RATIO = 1.1
HOLD_RATIO = 0.9
RESET_S = 60.0
WHOLE = 1.0 - 1e-9
"""Progress at which it trips; the rest is what a sum of many small steps can lose to rounding."""


class InverseTime:
    """Mutable state: `progress` from 0 (at rest) to 1 (trip), summed as elapsed time over time to trip.

    Between two samples the current is taken for what the earlier one said. It trips only in a sample that is itself
    above pick-up and at least `refresh_s` after the pick-up: one false reading never trips.
    """

    __slots__ = ("_constants", "_setting_a", "_tms", "hold_a", "picked_up_s", "pickup_a", "progress", "refresh_s")

    def __init__(self, settings: InverseSettings, *, refresh_s: float = 0.0) -> None:
        self._constants = settings.constants
        self._setting_a = settings.setting_a
        self._tms = settings.tms
        self.pickup_a = PICKUP_RATIO * settings.setting_a
        self.hold_a = HOLD_RATIO * settings.setting_a
        self.refresh_s = refresh_s
        self.progress = 0.0
        self.picked_up_s: float | None = None

    def step(self, previous_a: float, current_a: float, elapsed_s: float, taken_s: float) -> bool:
        """Take one sample in; `elapsed_s` since the previous one, 0 where samples were lost between."""
        if previous_a >= self.pickup_a:
            time_s = operate_s(previous_a / self._setting_a, self._tms, self._constants)
            self.progress = min(1.0, self.progress + elapsed_s / time_s)
        elif previous_a < self.hold_a:
            self.progress = max(0.0, self.progress - elapsed_s / RESET_S)
        if current_a >= self.pickup_a:
            if self.picked_up_s is None:
                self.picked_up_s = taken_s
            return (
                self.progress >= WHOLE and taken_s > self.picked_up_s and taken_s >= self.picked_up_s + self.refresh_s
            )
        if current_a < self.hold_a:
            self.picked_up_s = None
        return False

    @property
    def busy(self) -> bool:
        """Whether it must see every sample: picked up, or on its way back."""
        return self.picked_up_s is not None or self.progress > 0.0

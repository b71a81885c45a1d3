"""49: thermal replica (IEC 60255-149; IEEE C37.2 device 49).

`theta` follows `(I / (k * base)) ** 2` with the time constant `tau_s` and trips at 1, which for a constant current
after a constant preload `Ip` is the norm's `t = tau * ln((I^2 - Ip^2) / (I^2 - (k * base)^2))`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.protection.curve import CEILING

if TYPE_CHECKING:
    from gateway.protection.settings import ThermalSettings

HOT_START = 0.9
"""Where the replica stands after a start without a restored value: 90 % of a trip, as after hours at base current."""

RECLOSE_BELOW = 0.95
"""A start is refused while the replica is hotter than this: it would trip again at once."""

WHOLE = 1.0 - 1e-9
"""Where it trips; the rest is what a sum of many small steps can lose to rounding."""


class Thermal:
    """Mutable state. The current between two samples is what the earlier one said; a lost interval changes nothing.

    `theta` is kept at most 1, and a trip needs a second sample above `limit_a`, `refresh_s` after the first: one false
    reading never trips.
    """

    __slots__ = ("_rate", "limit_a", "picked_up_s", "refresh_s", "theta")

    def __init__(self, settings: ThermalSettings, *, refresh_s: float = 0.0, theta: float = HOT_START) -> None:
        self._rate = -1.0 / settings.tau_s
        self.limit_a = settings.k * settings.base_a
        self.refresh_s = refresh_s
        self.theta = theta
        self.picked_up_s: float | None = None

    def step(self, previous_a: float, elapsed_s: float) -> None:
        """Heat or cool for `elapsed_s`; 0 where samples were lost between."""
        ratio = previous_a / self.limit_a
        ratio = min(ratio, CEILING)
        goal = ratio * ratio
        theta = self.theta - (goal - self.theta) * math.expm1(self._rate * elapsed_s)
        self.theta = min(1.0, theta)

    def operated(self, current_a: float, taken_s: float) -> bool:
        """Judge the sample that ends the step; return whether it trips."""
        if current_a <= self.limit_a:
            self.picked_up_s = None
            return False
        if self.picked_up_s is None:
            self.picked_up_s = taken_s
            return False
        return self.theta >= WHOLE and taken_s >= self.picked_up_s + self.refresh_s

    @property
    def hot(self) -> bool:
        """Whether a start must wait for it to cool."""
        return self.theta > RECLOSE_BELOW

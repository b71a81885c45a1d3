"""59 and 27: over- and under-voltage (IEC 60255-127; IEEE C37.2 devices 59 and 27).

Charging outside 100..270 V is refused by real piles (AP3000 command 0x85). They open without a latch: the mains is
at fault, not the outlet. Under-voltage is judged only while the outlet is ON: behind an open relay there is none.
"""

from __future__ import annotations

from gateway.protection.definite_time import DefiniteTime


def over_voltage(pickup_v: float, drop_off_ratio: float, samples: int, refresh_s: float) -> DefiniteTime:
    """Build a 59 that drops off below `drop_off_ratio` of its pick-up."""
    return DefiniteTime(pickup=pickup_v, drop_off=drop_off_ratio * pickup_v, samples=samples, refresh_s=refresh_s)


class UnderVoltage:
    """A 27: the same element upside down; drops off above `pickup / drop_off_ratio`."""

    __slots__ = ("element",)

    def __init__(self, pickup_v: float, drop_off_ratio: float, samples: int, refresh_s: float) -> None:
        self.element = DefiniteTime(
            pickup=-pickup_v, drop_off=-pickup_v / drop_off_ratio, samples=samples, refresh_s=refresh_s
        )

    def step(self, volts: float, raw: float | None, taken_s: float) -> bool:
        return self.element.step(-volts, raw, taken_s)

    def reset(self) -> None:
        self.element.reset()

    @property
    def pickup_v(self) -> float:
        return -self.element.pickup

"""50: definite time over a pick-up (IEC 60255-151, definite time; IEEE C37.2 device 50).

Decided by `samples` fresh samples in a row, the first included, never by one: vendors have switched protections off
after false trips. A sample is fresh when it was taken `refresh_s` after the last that counted, or when its raw value
changed; two readings of the same metering window are one sample.
"""

from __future__ import annotations

import math


class DefiniteTime:
    """Mutable state of one element; also serves every other yes-or-no threshold (26, 59, 32, smoke, residue).

    A value above `pickup` counts; one between `drop_off` and `pickup` holds the timer but breaks the row; one below
    `drop_off` resets. Samples that were lost neither count nor reset. Once operated it stays so until drop-off.
    """

    __slots__ = (
        "above",
        "delay_s",
        "drop_off",
        "next_s",
        "operated",
        "picked_up_s",
        "pickup",
        "raw",
        "refresh_s",
        "samples",
        "taken_s",
    )

    def __init__(
        self, *, pickup: float, drop_off: float, samples: int, delay_s: float = 0.0, refresh_s: float = 0.0
    ) -> None:
        self.pickup = pickup
        self.drop_off = drop_off
        self.samples = samples
        self.delay_s = delay_s
        self.refresh_s = refresh_s
        self.taken_s = -math.inf
        self.reset()

    def reset(self) -> None:
        self.above = 0
        self.picked_up_s: float | None = None
        self.next_s = 0.0
        self.raw: float | None = None
        self.operated = False

    def step(self, value: float, raw: float | None, taken_s: float) -> bool:
        """Take one reading in; return whether the element has operated. `raw` None: only time makes it fresh.

        A reading that is not newer than the last one changes nothing.
        """
        if taken_s <= self.taken_s:
            return self.operated
        self.taken_s = taken_s
        if value < self.drop_off:
            if self.picked_up_s is not None:
                self.reset()
            return False
        if value <= self.pickup:
            self.above = 0
            return self.operated
        if self.above and raw == self.raw and taken_s < self.next_s:
            return self.operated
        if self.picked_up_s is None:
            self.picked_up_s = taken_s
        self.above += 1
        self.raw = raw
        self.next_s = taken_s + self.refresh_s
        if self.above >= self.samples and taken_s >= self.picked_up_s + self.delay_s:
            self.operated = True
        return self.operated

    @property
    def pending(self) -> bool:
        """Whether the last reading was above pick-up and the element waits for another."""
        return self.above > 0 and not self.operated

    @property
    def due_s(self) -> float:
        """When a sample must be taken so that it counts, and trips if it is the last that is missing."""
        if self.picked_up_s is not None and self.above + 1 >= self.samples:
            return max(self.next_s, self.picked_up_s + self.delay_s)
        return self.next_s


def never_if_off(pickup: float | None) -> float:
    """Return a pick-up that no value passes where there is none."""
    return math.inf if pickup is None else pickup

"""What scans say of the outlets that charge: the newest values of each, until somebody takes them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.device import Role
from gateway.model.scan import Quality

if TYPE_CHECKING:
    from collections.abc import Container

    from gateway.edge.places import Places
    from gateway.model.scan import Scan

HALF = 0.5


@dataclass(slots=True)
class Sensed:
    """What was read of an outlet since somebody looked; None where it was not.

    `taken_s` is when the newest of it was taken, `register_s` when the register was; monotonic.
    """

    taken_s: float
    power_w: float | None = None
    register_wh: float | None = None
    register_s: float = 0.0
    plugged: bool | None = None
    is_on: bool | None = None


class Senses:
    """The outlets of one site; as many as there are is the most that it holds."""

    def __init__(self) -> None:
        self._fresh: dict[str, Sensed] = {}

    def take(self, scan: Scan, places: Places, wanted: Container[str]) -> None:
        """Take a scan, dated on edge's clock, for those of its outlets that are wanted."""
        if scan.quality is not Quality.GOOD:
            return
        for outlet, role, value in places.values_of(scan, wanted):
            sensed = self._fresh.setdefault(outlet, Sensed(scan.taken_s))
            sensed.taken_s = max(sensed.taken_s, scan.taken_s)
            if role is Role.POWER:
                sensed.power_w = value
            elif role is Role.ENERGY:
                sensed.register_wh, sensed.register_s = value, scan.taken_s
            elif role is Role.PLUG:
                sensed.plugged = value > HALF
            elif role is Role.RELAY:
                sensed.is_on = value > HALF

    def fresh(self) -> dict[str, Sensed]:
        """Return what is new and forget it."""
        fresh, self._fresh = self._fresh, {}
        return fresh

    def give_back(self, fresh: dict[str, Sensed]) -> None:
        """Take back what could not be used yet; what has come since is newer."""
        self._fresh = fresh | self._fresh

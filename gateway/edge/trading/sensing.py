"""What scans say of doors, scales, level sensors and thermometers: looks in the order in which they were taken. Pure.

Bounded: where nobody takes them, the oldest go.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.device import Role
from gateway.model.scan import Quality

if TYPE_CHECKING:
    from gateway.edge.places import Places
    from gateway.edge.trading.setup import TradingSetup
    from gateway.model.scan import Scan

HALF = 0.5
MOST_KEPT = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a target; `taken_s` is on edge's monotonic clock."""

    taken_s: float
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLook(Look):
    """A door's contact."""

    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightLook(Look):
    """A scale; `moving` where it says that it is not at rest, or is overloaded."""

    grams: int
    moving: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelLook(Look):
    """A level sensor; None where it measured nothing."""

    distance_mm: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatLook(Look):
    """A thermometer, degrees Celsius."""

    celsius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InputLook(Look):
    """A contact of the site file, by `device/point`; `is_on` is what it tells, whichever way round it is wired."""

    is_on: bool


class Looks:
    """The looks of one site since somebody took them. `dropped` counts those that nobody took in time."""

    def __init__(self, setup: TradingSetup) -> None:
        self._setup = setup
        self._waiting: deque[Look] = deque(maxlen=MOST_KEPT)
        self._newest_s: dict[int, float] = {}
        self.dropped = 0

    def take(self, scan: Scan, places: Places) -> None:
        """Take a scan, dated on edge's clock; one that is older than another of its layout tells nothing any more."""
        if scan.device not in self._setup.devices or scan.taken_s <= self._newest_s.get(scan.layout, float("-inf")):
            return
        self._newest_s[scan.layout] = scan.taken_s
        for look in self._understood(scan, places):
            self.dropped += len(self._waiting) == MOST_KEPT
            self._waiting.append(look)

    def fresh(self) -> list[Look]:
        """Return what is new, oldest first, and forget it."""
        fresh = sorted(self._waiting, key=lambda look: look.taken_s)
        self._waiting.clear()
        return fresh

    def give_back(self, fresh: list[Look]) -> None:
        """Take back what could not be used yet."""
        self._waiting.extendleft(reversed(fresh))

    def _understood(self, scan: Scan, places: Places) -> list[Look]:
        taken_s, device = scan.taken_s, scan.device
        if scan.quality is not Quality.GOOD:
            if device in self._setup.levels:
                return [LevelLook(taken_s=taken_s, target=device, distance_mm=None)]
            if device in self._setup.scales and scan.quality is Quality.REFUSED:  # overloaded, or no number shown
                return [WeightLook(taken_s=taken_s, target=device, grams=0, moving=True)]
            return []
        said = {(target, role): value for target, role, value in places.values_of(scan, self._setup.targets)}
        looks = [self._look(taken_s, target, role, value, said) for (target, role), value in said.items()]
        inputs = (
            InputLook(taken_s=taken_s, target=name, is_on=(value > HALF) is not self._setup.inputs[name].inverted)
            for name, value in places.inputs_of(scan)
        )
        return [*(look for look in looks if look is not None), *inputs]

    def _look(
        self, taken_s: float, target: str, role: Role, value: float, said: dict[tuple[str, Role], float]
    ) -> Look | None:
        if role is Role.DOOR:
            return DoorLook(taken_s=taken_s, target=target, is_open=value > HALF)
        if role is Role.WEIGHT and target in self._setup.scales:
            grams = round(value * self._setup.grams[target])
            moving = said.get((target, Role.STABLE), 1.0) < HALF
            return WeightLook(taken_s=taken_s, target=target, grams=grams, moving=moving)
        if role is Role.DISTANCE:
            return LevelLook(taken_s=taken_s, target=target, distance_mm=round(value))
        if role is Role.TEMPERATURE and target in self._setup.thermometers:
            return HeatLook(taken_s=taken_s, target=target, celsius=value)
        return None

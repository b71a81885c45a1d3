"""The air in a cooled cabinet: a compressor that keeps a band, heat through the walls, much more by an open door."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, inf, log
from typing import NamedTuple

from simulators.physics.mains import AMBIENT_C

WALL_S = 7200.0
OPEN_DOOR_S = 400.0
DEFROST_S = 20_000.0
"""How fast the heater of the evaporator warms the air, beside the walls: a degree and a half in ten minutes."""

PULL_K = 60.0
"""How far below the room a compressor that never stops would get a closed cabinet in the end."""

MOST_RUN_S = 1800.0
LEAST_STOP_S = 600.0
"""What firmware of vending cabinets allows a compressor: 30 minutes on, then 10 minutes off."""


class Band(NamedTuple):
    """The compressor starts above `high_c` and stops below `low_c`."""

    low_c: float
    high_c: float


CHILLED = Band(1.5, 4.5)
FROZEN = Band(-23.0, -20.0)


class Warmth(NamedTuple):
    """A temperature on its way: `from_c` at `since_s`, towards `goal_c` with the time constant `tau_s`."""

    from_c: float
    since_s: float
    goal_c: float
    tau_s: float

    def at(self, at_s: float) -> float:
        return self.goal_c + (self.from_c - self.goal_c) * exp(-max(0.0, at_s - self.since_s) / self.tau_s)

    def reaches_s(self, wanted_c: float) -> float:
        """Return when it gets there, infinity where it never does."""
        first, last = self.from_c - self.goal_c, wanted_c - self.goal_c
        if first * last <= 0 or abs(last) > abs(first):
            return inf
        return self.since_s + self.tau_s * log(first / last)


@dataclass(slots=True, kw_only=True)
class Cooling:
    """Pure; moments are given and never go back. `settle` first, then ask."""

    band: Band
    born_s: float
    doors_open: int = 0
    supplied: bool = True
    broken: bool = False
    defrosting: bool = False
    running: bool = field(default=False, init=False)
    warmth: Warmth = field(init=False)
    _turned_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._turned_s = self.born_s - LEAST_STOP_S
        self.warmth = Warmth(sum(self.band) / 2.0, self.born_s, 0.0, WALL_S)
        self._go_on(self.born_s)

    @property
    def next_s(self) -> float:
        """When the compressor starts or stops next."""
        if self.running:
            return min(self.warmth.reaches_s(self.band.low_c), self._turned_s + MOST_RUN_S)
        if self._is_stopped:
            return inf
        due_s = self.warmth.since_s if self.warmth.from_c >= self.band.high_c else self._warm_s()
        return max(due_s, self._turned_s + LEAST_STOP_S)

    def settle(self, at_s: float) -> bool:
        """Let happen what was due until `at_s`; tell whether anything did."""
        happened = False
        while (due_s := self.next_s) <= at_s:
            self._turn(due_s, on=not self.running)
            happened = True
        return happened

    def change(
        self,
        at_s: float,
        *,
        doors_open: int | None = None,
        supplied: bool | None = None,
        broken: bool | None = None,
        defrosting: bool | None = None,
    ) -> None:
        """Let doors be opened or shut, the compressor lose what it needs, or the evaporator be heated free of ice."""
        self.settle(at_s)
        self.doors_open = self.doors_open if doors_open is None else doors_open
        self.supplied = self.supplied if supplied is None else supplied
        self.broken = self.broken if broken is None else broken
        self.defrosting = self.defrosting if defrosting is None else defrosting
        if self.running and self._is_stopped:
            self._turn(at_s, on=False)
        else:
            self._go_on(at_s)

    @property
    def _is_stopped(self) -> bool:
        return not self.supplied or self.broken or self.defrosting

    def _warm_s(self) -> float:
        return self.warmth.reaches_s(self.band.high_c)

    def _turn(self, at_s: float, *, on: bool) -> None:
        self.running, self._turned_s = on, at_s
        self._go_on(at_s)

    def _go_on(self, at_s: float) -> None:
        rate = 1.0 / WALL_S + self.doors_open / OPEN_DOOR_S + self.defrosting / DEFROST_S
        pull_c = PULL_K / WALL_S / rate if self.running else 0.0
        self.warmth = Warmth(self.warmth.at(at_s), at_s, AMBIENT_C - pull_c, 1.0 / rate)

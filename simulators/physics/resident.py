"""The people of the house: at one outlet, who comes with which charger, when, and when it is fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import TYPE_CHECKING

from simulators.physics.chance import seed_of
from simulators.physics.charger import some_charger

if TYPE_CHECKING:
    from simulators.physics.outlet import Outlet

MOST_CHARGED_S = 5 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a shed is used. `plugged`: share of outlets in use at the start; `running`: share of those already ON.

    `stay_s`, `vacancy_s`: how long, on average, an outlet is in use and free.
    """

    plugged: float = 0.5
    running: float = 0.8
    stay_s: float = 2400.0
    vacancy_s: float = 2400.0


@dataclass(slots=True)
class Resident:
    """Decides by its own seeded chance, so what happens depends neither on who looks nor on how often."""

    habits: Habits
    chance: Random
    next_s: float = field(default=inf, init=False)

    @classmethod
    def of(cls, habits: Habits, *words: object) -> Resident:
        return cls(habits, Random(seed_of(*words)))  # noqa: S311 - repeatable behaviour, not secrets

    def begin(self, outlet: Outlet, at_s: float) -> None:
        """Find the outlet as a working evening leaves it: perhaps in use, perhaps already ON."""
        if self.chance.random() < self.habits.plugged:
            charged_s = self.chance.uniform(0.0, MOST_CHARGED_S)
            outlet.plug_in(at_s, some_charger(self.chance), charged_s)
            if self.chance.random() < self.habits.running:
                outlet.close_now(at_s)
        self._wait(outlet, at_s)

    def act(self, outlet: Outlet) -> None:
        """Come with a bike, or fetch it."""
        at_s = self.next_s
        if outlet.charger is None:
            outlet.plug_in(at_s, some_charger(self.chance), self.chance.uniform(0.0, MOST_CHARGED_S))
        else:
            outlet.plug_out(at_s)
        self._wait(outlet, at_s)

    def stay(self) -> None:
        """Touch nothing any more: somebody else has taken this outlet over."""
        self.next_s = inf

    def resume(self, outlet: Outlet, at_s: float) -> None:
        self._wait(outlet, at_s)

    def _wait(self, outlet: Outlet, at_s: float) -> None:
        mean_s = self.habits.vacancy_s if outlet.charger is None else self.habits.stay_s
        self.next_s = at_s + self.chance.expovariate(1.0 / mean_s)

"""Currents that step while somebody is dead: how soon each was cut off, against what the site's check promises.

The bound is promised while field is at work, however dead the others are: from the step, from the first request of a
field that starts after it, or from the end of the inrush of an outlet that has just been switched on. What the machine
let its processes wait, and what the simulated slaves were late by, is no part of it: a witness beside them, the kernel's
count of how long field itself waited, and the line's journal say how much that was.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.protection.settings import OutletSettings
from tests.faults.pile_line import NORMAL, OUTLETS, OVERLOAD, PILES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.gateway_under_test import Gateway, Waited
    from tests.faults.stall import Stalls

SEEN_WITHIN_S = 30.0
"""For what never comes: a field that was dead has to start first."""

BEFORE_S = 0.2
"""How much is shown of the line before the moment from which a late cutoff counts."""

WATCH_S = 0.01
"""How often the kernel is asked for how long field has waited for a processor."""

ARMING_S = OutletSettings(number=1).arming_delay_ms / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An overcurrent that has begun."""

    unit: int
    outlet: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """`took_s` counts from when field could see it; `excused_s` is the machine's part of that."""

    from_s: float
    took_s: float
    excused_s: float


@dataclass
class Cutoffs:
    """All of a run.

    `latched`: outlets that wait for somebody to reset them; `under_way`: those whose current is high; `frames`: what was
    on the line of each that was late.
    """

    shed: Gateway
    stalls: Stalls
    steps: int = 0
    slowest_s: float = 0.0
    bound_s: float = field(init=False)
    latched: list[tuple[int, int]] = field(default_factory=list)
    under_way: set[tuple[int, int]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    frames: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bound_s = self.shed.bound_s()

    def step(self) -> Step | None:
        """Let a current step on an outlet that is on, if there is one."""
        running = [(unit, n) for unit in range(1, PILES + 1) for n in range(OUTLETS) if self.shed.is_on(unit, n)]
        if not running:
            return None
        (unit, outlet), *_ = running
        self.steps += 1
        self.under_way.add((unit, outlet))
        return Step(unit=unit, outlet=outlet, at_s=self.shed.set_current(unit, outlet, OVERLOAD))

    async def seen_off(self, step: Step) -> None:
        """Wait for the OFF and judge it."""
        place = f"pile {step.unit} outlet {step.outlet + 1}"
        try:
            cut = await self.cut_off(step)
        except TimeoutError:
            self.problems.append(f"{place}: not cut off within {SEEN_WITHIN_S:g} s")
        else:
            self.slowest_s = max(self.slowest_s, cut.took_s)
            if cut.took_s > self.bound_s + cut.excused_s:
                said = f"cut off after {cut.took_s:.3f} s, of which {cut.excused_s:.3f} s are the machine's"
                self.problems.append(f"{place}: {said}; the bound is {self.bound_s:.3f} s")
                self.frames[place] = self.shed.frames(cut.from_s - BEFORE_S, cut.from_s + cut.took_s, cut.from_s)
        self.shed.set_current(step.unit, step.outlet, NORMAL)
        self.under_way.discard((step.unit, step.outlet))
        self.latched.append((step.unit, step.outlet))

    async def cut_off(self, step: Step) -> Cutoff:
        """Return how long an OFF took. Raises `TimeoutError` where none comes."""
        waits: list[tuple[float, Waited]] = []
        watching = asyncio.create_task(self._watch_waits(waits))
        try:
            off = await self.shed.until_off(step.unit, step.outlet, step.at_s, within_s=SEEN_WITHIN_S)
        finally:
            watching.cancel()
        from_s = max(step.at_s, self.shed.first_request_s(self.shed.field_started_s), self._armed_s(step))
        waited_s = max(self.stalls.within_s(from_s, off.at_s), waited_within_s(waits, from_s, off.at_s))
        excused_s = waited_s + self.shed.slaves_late_s(from_s, off.at_s)
        return Cutoff(from_s=from_s, took_s=off.at_s - from_s, excused_s=excused_s)

    async def _watch_waits(self, waits: list[tuple[float, Waited]]) -> None:
        while True:
            waited = self.shed.field_waited()
            if waited is not None:
                waits.append((time.monotonic(), waited))
            await asyncio.sleep(WATCH_S)

    def _armed_s(self, step: Step) -> float:
        """Return from when on no inrush excuses an outlet any more."""
        outlet, switched = (step.unit, step.outlet), self.shed.switched()
        on_s = (each.at_s for each in reversed(switched) if each.on and (each.unit, each.outlet) == outlet)
        return next(on_s, 0.0) + ARMING_S


def waited_within_s(waits: Sequence[tuple[float, Waited]], from_s: float, until_s: float) -> float:
    """Return for how long the last field that was looked at had no processor between two moments, or a little around."""
    if not waits:
        return 0.0
    own = [(at_s, waited.for_s) for at_s, waited in waits if waited.pid == waits[-1][1].pid]
    before = [for_s for at_s, for_s in own if at_s <= from_s] or [own[0][1]]
    after = [for_s for at_s, for_s in own if at_s >= until_s] or [own[-1][1]]
    return max(0.0, after[0] - before[-1])

"""The cutoff case: its site, its slaves, its trials, and what is read out of what the slaves heard."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model import site as setup
from gateway.model.command import Command, CommandKind, Origin
from gateway.model.wiring import Table
from simulators.journal import Outcome
from simulators.spec import Cells, Couple, LineSpec, SlaveSpec
from tests.bench.line_watch import LATE_S, SWITCH_FUNCTIONS, LineWatch
from tests.bench.models import CURRENTS, OUTLETS, TELEMETRY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.app.field import FieldHouse
    from gateway.model.device import DeviceModel
    from simulators.journal import Entry
    from simulators.line import LineHandle

PILES = (1, 2, 3, 4)
SILENT_PILE = 3
TURNAROUND_MS = {9600: 4.0, 115200: 2.0}
NORMAL, OVERLOAD = 300, 1600
"""3 A and 16 A in counts of 0.01 A; the pick-up is 10 A."""

READ_HOLDING = 3
GIVE_UP_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is measured. `one_dies`: all piles live, and one other than the stepped falls silent at each step.

    Otherwise one pile has been silent since before the first trial. `has_edge`: a real edge process drains a backlog
    to a real broker beside it. `is_realtime`: the field side has real-time priority.
    """

    baud: int
    trials: int
    seed: int
    refresh_ms: float = 0.0
    one_dies: bool = False
    has_edge: bool = False
    is_realtime: bool = False

    @property
    def is_main(self) -> bool:
        """Whether this is the case that the figures of the contract are about."""
        return not self.refresh_ms and not self.one_dies and not self.has_edge

    @property
    def name(self) -> str:
        refresh = f", meter refresh {self.refresh_ms:.0f} ms" if self.refresh_ms else ""
        dies = ", a pile dies" if self.one_dies else ""
        edge = ", edge draining" if self.has_edge else ""
        return f"{self.baud} baud{refresh}{dies}{edge}" + (", real-time" if self.is_realtime else "")


@dataclass(slots=True)
class Trial:
    """One step and what came of it."""

    step_s: float
    off_s: float | None
    late: bool

    @property
    def ms(self) -> float:
        return float("inf") if self.off_s is None else (self.off_s - self.step_s) * 1000


def bench_site(path: str, baud: int, model: DeviceModel, units: Sequence[int] = PILES) -> setup.Site:
    """Return the site of the case: piles on one line, all outlets with the same pick-up."""
    protection = {"pickup_a": 10.0, "arming_delay_ms": 0.0}
    outlets = tuple(setup.OutletSetup(number=n + 1, protection=protection) for n in range(OUTLETS))
    return setup.Site(
        name="bench",
        gateway="gw-bench",
        buses=(setup.Bus(name="line-1", link=setup.SerialLink(path=path, baud=baud)),),
        devices=tuple(
            setup.Device(
                name=f"pile-{unit:02d}",
                bus="line-1",
                unit=unit,
                model=model,
                timing=model.timing,
                outlets=outlets,
                protection={"total_pickup_a": None, "frozen_after_s": None},
            )
            for unit in units
        ),
    )


def line_spec(case: Case) -> LineSpec:
    """Return the slaves of the case: all outlets closed and carrying 3 A; an open coil carries nothing."""
    cells = (
        Cells(table=Table.HOLDING, address=CURRENTS.address, values=(NORMAL,) * OUTLETS, refresh_ms=case.refresh_ms),
        Cells(table=Table.HOLDING, address=TELEMETRY.address, values=(7,) * TELEMETRY.count),
        Cells(table=Table.COIL, address=0, values=(1,) * OUTLETS),
    )
    couples = tuple(Couple(coil=n, table=Table.HOLDING, address=CURRENTS.address + n) for n in range(OUTLETS))
    slaves = tuple(
        SlaveSpec(unit=unit, turnaround_ms=TURNAROUND_MS[case.baud], cells=cells, couples=couples) for unit in PILES
    )
    return LineSpec(name="cutoff", baud=case.baud, slaves=slaves)


def all_found_on(house: FieldHouse) -> None:
    """Tell the house what a read of the relays would: every outlet of every pile is closed."""
    loop = house.loops[0]
    for pile in range(len(loop.devices)):
        house.field.arbiter.state_read(loop.pile(pile))
        for outlet in range(OUTLETS):
            loop.relay.commanded(pile, outlet, True, time.monotonic(), found=True)


def ask_for_reset(house: FieldHouse, target: str, number: int) -> None:
    """Ask for an outlet's latch to be reset, as a person does; refused while the cause is still there."""
    args = {"reason": "next trial"}
    house.field.arbiter.submit(
        Command(id=f"reset-{number}", kind=CommandKind.RESET, target=target, origin=Origin.LOCAL, args=args)
    )


class Bench:
    """One line, one house, many trials."""

    def __init__(self, line: LineHandle, house: FieldHouse, case: Case) -> None:
        self.trials: list[Trial] = []
        self.heard: list[Entry] = []
        self.watch = LineWatch(house)
        self._line = line
        self._house = house
        self._loop = house.loops[0]
        self._random = random.Random(case.seed)  # noqa: S311 - phases, not secrets
        self._ring_s = house.plans[0].budget.ring_s()
        self._one_dies = case.one_dies
        self._living = [unit for unit in PILES if case.one_dies or unit != SILENT_PILE]

    async def trial(self) -> None:
        """Step one outlet of a living pile at a random phase, wait for its OFF, bring everything back."""
        unit, outlet = self._random.choice(self._living), self._random.randrange(OUTLETS)
        step_s = time.monotonic() + 0.02 + self._random.random() * 3 * self._ring_s
        self._close(unit, outlet)  # an OFF that was repeated, its answer being late, may have come after the last trial
        self._set(unit, outlet, OVERLOAD, at_s=step_s)
        dying = self._random.choice([other for other in self._living if other != unit]) if self._one_dies else None
        if dying is not None:
            self._line.control.silence(dying, at_s=step_s)
        give_up_s = step_s + GIVE_UP_S
        while not self._loop.relay.latched(unit - 1, outlet) and time.monotonic() < give_up_s:  # noqa: ASYNC110 - a relay has no event to wait for
            await asyncio.sleep(self._ring_s / 4)
        self.trials.append(await self._wait_for_off(unit, outlet, step_s, give_up_s))
        if dying is not None:
            await self._revive(dying)
        await self._bring_back(unit, outlet)

    async def _wait_for_off(self, unit: int, outlet: int, step_s: float, give_up_s: float) -> Trial:
        """Listen until the slave has heard the OFF, or it is given up as missed."""
        heard: list[Entry] = []
        while True:
            await asyncio.sleep(self._ring_s)
            heard += self.listen()
            trial = judge(heard, unit, outlet, step_s)
            if trial.off_s is not None or time.monotonic() > give_up_s:
                return trial

    async def _revive(self, unit: int) -> None:
        """Let a pile speak again, and wait until its reads are answered as if nothing had been."""
        self._line.control.silence(unit, on=False)
        health = self._loop.bus.planner.health[unit - 1]
        while health.is_silent or health.misses:  # noqa: ASYNC110 - the planner has no event to wait for
            await asyncio.sleep(self._ring_s)

    async def _bring_back(self, unit: int, outlet: int) -> None:
        """Reset the latch as a person does, and close the relay by hand at the slave; its current is normal by then."""
        self._set(unit, outlet, NORMAL)
        while self._loop.relay.latched(unit - 1, outlet):
            ask_for_reset(self._house, f"pile-{unit:02d}/outlet-{outlet + 1:02d}", len(self.trials))
            await asyncio.sleep(self._ring_s / 2)
        self._loop.relay.commanded(unit - 1, outlet, True, time.monotonic())
        self._close(unit, outlet)
        await asyncio.sleep(2 * self._ring_s)

    def _close(self, unit: int, outlet: int) -> None:
        """Close a relay by hand at the slave."""
        self._line.control.set(unit, Table.COIL, outlet, [1])

    def _set(self, unit: int, outlet: int, value: int, at_s: float | None = None) -> None:
        self._line.control.set(unit, Table.HOLDING, CURRENTS.address + outlet, [value], at_s=at_s)

    def listen(self) -> list[Entry]:
        """Fetch what the slaves have heard since the last time, and again the last two, whose reply was under way.

        Two: a slave may note that its reply has gone only after it has noted the next request.
        """
        first = self.heard[-2].index if len(self.heard) > 1 else 0
        del self.heard[-2:]
        entries = list(self._line.control.journal(first))
        self.heard += entries
        return entries


def judge(entries: Iterable[Entry], unit: int, outlet: int, step_s: float) -> Trial:
    """Find the OFF of a trial among what the slaves heard."""
    off_s, late = None, False
    for entry in entries:
        if off_s is None and entry.end_s >= step_s - 1.0:
            late |= entry.late_s > LATE_S
        opens = entry.function in SWITCH_FUNCTIONS and int.from_bytes(entry.request[2:4], "big") == outlet
        if opens and entry.unit == unit and off_s is None and entry.end_s >= step_s:
            off_s = entry.end_s
    return Trial(step_s, off_s, late)


def oldest_telemetry_s(entries: Iterable[Entry]) -> float:
    """Return the longest that any telemetry register of a living pile went unread, counted at the slave."""
    last: dict[tuple[int, int], float] = {}
    worst_s = 0.0
    for entry in entries:
        if entry.function != READ_HOLDING or entry.outcome is not Outcome.REPLIED:
            continue
        address, count = int.from_bytes(entry.request[2:4], "big"), int.from_bytes(entry.request[4:6], "big")
        for register in range(address, address + count):
            if register < TELEMETRY.end:
                key = entry.unit, register
                worst_s = max(worst_s, entry.end_s - last.get(key, entry.end_s))
                last[key] = entry.end_s
    return worst_s

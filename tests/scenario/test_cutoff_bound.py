"""The promise of the budget against the whole bus in virtual time: no step of a current outlasts its bound.

A step happens at a random moment; the value is taken at the last byte of a request; what is measured is the time until
the last byte of the OFF frame has arrived. The host takes no time here, so its allowance is taken off the bound.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from statistics import quantiles

import pytest

from drivers.modbus.driver import ModbusRtu
from gateway.bus.budget import BusBudget
from gateway.model.wiring import Table, Write
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer
from tests.depth import sample
from tests.scenario.shed import CURRENTS, NORMAL, OUTLETS, OVER, Asked, Guard, Piles, Shed, broken_silences, polling

DEAD_UNIT = 3
LIVING = (0, 1, 3)
COILS_OFF = 5
ONE_LOST = sample(280, deep=700)
LOSSES = ("first", "confirm", "off", "off-ack", "slot", "ring", "any")


@dataclass(slots=True)
class Steps:
    """Piles whose currents step up, and the one frame of a trial that is lost or damaged."""

    random: Random
    turnaround_s: float
    over: dict[tuple[int, int], float] = field(default_factory=dict)
    took_s: list[float] = field(default_factory=list)
    lose: str = ""
    all_open: asyncio.Event = field(default_factory=asyncio.Event)
    seen: int = 0

    def turnaround(self) -> float:
        return self.turnaround_s if self.random.random() < 0.7 else self.random.uniform(0, self.turnaround_s)

    def begin(self, outlets: set[tuple[int, int]], lose: str, now_s: float) -> None:
        self.over = dict.fromkeys(outlets, now_s)
        self.lose, self.seen = lose, 0
        self.all_open.clear()

    def registers(self, asked: Asked) -> bytes:
        words = [NORMAL] * asked.count
        if asked.address == CURRENTS.address:
            for (unit, outlet), step_s in self.over.items():
                if unit == asked.unit and step_s <= asked.end_s:
                    words[outlet] = OVER
        return b"".join(word.to_bytes(2, "big") for word in words)

    def obeys(self, asked: Asked) -> bool:
        if asked.function == COILS_OFF and self.lose == "off":
            self.lose = ""
            return False
        if asked.function == COILS_OFF and (step_s := self.over.pop((asked.unit, asked.address), None)) is not None:
            self.took_s.append(asked.end_s - step_s)
            if not self.over:
                self.all_open.set()
        return True

    def disturb(self, asked: Asked, answer: Answer) -> list[Answer]:
        if not self._is_lost(asked):
            return [answer]
        self.lose = ""
        damaged = bytearray(answer.data)
        damaged[self.random.randrange(len(damaged))] ^= 1 << self.random.randrange(8)
        cut = answer.data[: self.random.randrange(len(answer.data))]
        return self.random.choice([[], [], [Answer(bytes(damaged), answer.after_s)], [Answer(cut, answer.after_s)]])

    def _is_lost(self, asked: Asked) -> bool:
        is_current = asked.function == 3 and asked.address == CURRENTS.address
        is_over = is_current and any(unit == asked.unit and s <= asked.end_s for (unit, _), s in self.over.items())
        self.seen += is_over
        return {
            "first": is_over,
            "confirm": is_over and self.seen == 2,
            "off-ack": asked.function == COILS_OFF,
            "slot": not is_current and asked.function != COILS_OFF,
            "ring": is_current and not is_over,
            "any": True,
        }.get(self.lose, False)


async def cut_off(
    shed: Shed,
    trials: int,
    seed: int,
    *,
    turnaround_ms: float,
    lose: tuple[str, ...] = ("",),
    at_once: int = 1,
    busy: bool = False,
    dead: bool = True,
) -> list[float]:
    """Return the times from step to OFF in milliseconds. `busy`: every slot has something that wants it."""
    random = Random(seed)  # noqa: S311 - repeatable chance
    steps = Steps(random, turnaround_ms / 1000)
    piles = Piles(
        steps.turnaround,
        registers=steps.registers,
        disturb=steps.disturb,
        obeys=steps.obeys,
        dead={DEAD_UNIT} if dead else set(),
    )
    guard = Guard(refresh_s=shed.units[0][1].timing.refresh_ms / 1000)
    ring_s = 5 * shed.planned[0].pieces[0].cost_s
    async with polling(shed, piles, guard, chunk=16) as (bus, link):
        await asyncio.sleep(13)
        if busy:
            bus.off(DEAD_UNIT - 1, Write(Table.COIL, 0, (0,) * OUTLETS), token=1)
        for trial in range(trials):
            await asyncio.sleep(random.uniform(0.3, 1.3) * ring_s)
            outlets = {(1 + random.choice(LIVING), random.randrange(OUTLETS)) for _ in range(at_once)}
            steps.begin(outlets, lose[trial % len(lose)], asyncio.get_running_loop().time())
            if busy:
                bus.command(random.choice(LIVING), Write(Table.COIL, random.randrange(OUTLETS), (1,)), token=2)
            async with asyncio.timeout(5):
                await steps.all_open.wait()
            guard.first_s.clear()
            await asyncio.sleep(0.25 * ring_s)
            guard.tripped.clear()
        assert not broken_silences(link, shed)
        assert bus.statistics.broken_silences == 0
    return [took_s * 1000 for took_s in steps.took_s]


def budget_of(shed: Shed) -> BusBudget:
    return BusBudget(shed.units, shed.planned, ModbusRtu(), shed.line)


CASES = pytest.mark.parametrize(("baud", "turnaround_ms", "slow_s"), [(9600, 4.0, 5.0), (115200, 2.0, 1.0)])


@pytest.fixture(autouse=True)
def host_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.bus.budget.HOST_S", 0.0)


def report(what: str, took_ms: list[float], bound_ms: float) -> None:
    cuts = quantiles(took_ms, n=1000)
    print(
        f"{what}: n={len(took_ms)} p50={cuts[499]:.1f} p99={cuts[989]:.1f} p99.9={cuts[998]:.1f} "
        f"max={max(took_ms):.1f} bound={bound_ms:.1f} ms"
    )


@CASES
@pytest.mark.parametrize(("trials", "busy"), [(sample(300, deep=900), False), (sample(150, deep=400), True)])
def test_without_a_lost_frame_no_cutoff_outlasts_its_bound(
    baud: int, turnaround_ms: float, slow_s: float, trials: int, *, busy: bool
) -> None:
    shed = Shed.cutoff(baud, turnaround_ms, slow_s)
    bound = budget_of(shed).bound(0, samples=2)
    assert bound is not None
    took_ms = run_virtual(cut_off(shed, trials, baud, turnaround_ms=turnaround_ms, busy=busy))
    report(f"{baud} busy={busy}", took_ms, bound.total_ms)
    assert len(took_ms) == trials
    assert max(took_ms) <= bound.total_ms + 1e-6


@CASES
def test_with_one_frame_lost_no_cutoff_outlasts_the_bound_for_that(
    baud: int, turnaround_ms: float, slow_s: float
) -> None:
    shed = Shed.cutoff(baud, turnaround_ms, slow_s)
    bound = budget_of(shed).bound(0, samples=2)
    assert bound is not None
    took_ms = run_virtual(cut_off(shed, ONE_LOST, baud + 1, turnaround_ms=turnaround_ms, lose=LOSSES))
    report(f"{baud} one lost", took_ms, bound.total_one_lost_ms)
    assert len(took_ms) == ONE_LOST
    assert max(took_ms) <= bound.total_one_lost_ms + 1e-6


@CASES
def test_each_further_trip_at_the_same_moment_adds_no_more_than_stated(
    baud: int, turnaround_ms: float, slow_s: float
) -> None:
    shed = Shed.cutoff(baud, turnaround_ms, slow_s)
    bound = budget_of(shed).bound(0, samples=2)
    assert bound is not None
    for at_once in (2, 5):
        took_ms = run_virtual(cut_off(shed, sample(40, deep=80), at_once, turnaround_ms=turnaround_ms, at_once=at_once))
        limit_ms = bound.total_ms + (at_once - 1) * bound.each_trip_ms
        report(f"{baud} {at_once} at once", took_ms, limit_ms)
        assert max(took_ms) <= limit_ms + 1e-6


def test_a_meter_that_refreshes_slowly_keeps_its_own_bound() -> None:
    shed = Shed.cutoff(9600, 4.0, 5.0, refresh_ms=400.0)
    bound = budget_of(shed).bound(0, samples=2)
    assert bound is not None
    took_ms = run_virtual(cut_off(shed, sample(60, deep=150), 7, turnaround_ms=4.0, busy=True))
    report("9600 refresh 400", took_ms, bound.total_ms)
    assert max(took_ms) <= bound.total_ms + 1e-6


@CASES
def test_the_bound_is_no_larger_than_it_must_be(baud: int, turnaround_ms: float, slow_s: float) -> None:
    shed = Shed.cutoff(baud, turnaround_ms, slow_s)
    bound = budget_of(shed).bound(0, samples=2)
    assert bound is not None
    took_ms = run_virtual(cut_off(shed, 300, baud + 2, turnaround_ms=turnaround_ms, dead=False))
    report(f"{baud} all alive", took_ms, bound.total_ms)
    assert 0.85 * bound.total_ms <= max(took_ms) <= bound.total_ms + 1e-6


@CASES
def test_the_moment_in_which_a_pile_dies_costs_no_more_than_a_lost_frame(
    baud: int, turnaround_ms: float, slow_s: float
) -> None:
    shed = Shed.cutoff(baud, turnaround_ms, slow_s)
    bound = budget_of(shed).bound(0, samples=2)
    assert bound is not None
    took_ms = run_virtual(die_and_cut_off(shed, 30, baud, turnaround_ms / 1000))
    report(f"{baud} dying", took_ms, bound.total_one_lost_ms)
    assert max(took_ms) <= bound.total_one_lost_ms + 1e-6


async def die_and_cut_off(shed: Shed, trials: int, seed: int, turnaround_s: float) -> list[float]:
    """Let a pile die at most a ring before or after another one's current steps up, or while it is not yet silent."""
    random = Random(seed)  # noqa: S311 - repeatable chance
    steps = Steps(random, turnaround_s)
    piles = Piles(steps.turnaround, registers=steps.registers, obeys=steps.obeys)
    guard = Guard()
    ring_s = 5 * shed.planned[0].pieces[0].cost_s
    async with polling(shed, piles, guard, chunk=16):
        for _ in range(trials):
            await asyncio.sleep(random.uniform(2.5, 2.5 + ring_s))  # long enough to be probed and back
            piles.dead = {DEAD_UNIT}
            await asyncio.sleep(random.choice([random.uniform(0, ring_s), random.uniform(0, 1.2)]))
            outlet = (1 + random.choice(LIVING), random.randrange(OUTLETS))
            steps.begin({outlet}, "", asyncio.get_running_loop().time())
            async with asyncio.timeout(5):
                await steps.all_open.wait()
            guard.first_s.clear()
            await asyncio.sleep(0.25 * ring_s)
            guard.tripped.clear()
            piles.dead = set()
    return [took_s * 1000 for took_s in steps.took_s]


async def lose_long_before(shed: Shed, trials: int) -> list[float]:
    random = Random(5)  # noqa: S311 - repeatable chance
    steps = Steps(random, 0.004)
    piles = Piles(steps.turnaround, registers=steps.registers, disturb=steps.disturb, obeys=steps.obeys)
    guard = Guard(refresh_s=shed.units[0][1].timing.refresh_ms / 1000)
    async with polling(shed, piles, guard, chunk=16):
        for trial in range(trials):
            steps.begin(set(), "any", 0.0)
            await asyncio.sleep(random.uniform(10.0, 11.0))
            steps.begin({(1 + trial % 4, 0)}, "", asyncio.get_running_loop().time())
            async with asyncio.timeout(5):
                await steps.all_open.wait()
            guard.first_s.clear()
            await asyncio.sleep(0.1)
            guard.tripped.clear()
    return [took_s * 1000 for took_s in steps.took_s]


def test_a_frame_lost_long_before_costs_nothing() -> None:
    shed = Shed.cutoff(9600, 4.0, 5.0, refresh_ms=400.0)
    bound = budget_of(shed).bound(0, samples=2)
    assert bound is not None
    took_ms = run_virtual(lose_long_before(shed, 40))
    report("9600 lost before", took_ms, bound.total_ms)
    assert max(took_ms) <= bound.total_ms + 1e-6

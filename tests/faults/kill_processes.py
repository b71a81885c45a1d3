"""Kill field, edge, both or the broker at random moments while charges, purchases and deposits run, and judge from outside.

`python -m tests.faults.kill_processes --kills 300` is the long one; tests/endtoend/test_kill.py runs the short one.
What is judged: what the subscriber was told, against what the simulated piles, locks, shelves and bins have truly done.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.endtoend.watcher import until
from tests.faults.charge_verdict import Charging, judge_charges
from tests.faults.cutoffs import Cutoffs
from tests.faults.evidence import course_of
from tests.faults.gateway_under_test import gateway
from tests.faults.pile_line import NORMAL, OUTLETS, PILES
from tests.faults.shop import open_shop
from tests.faults.stall import stalls_witnessed
from tests.faults.trade_verdict import Trading, judge_visits
from tests.faults.visits import Visits

if TYPE_CHECKING:
    from tests.faults.gateway_under_test import Gateway
    from tests.faults.shop import Shop
    from tests.faults.stall import Stalls

LONGEST_ORDER_S = 10
SETTLED_WITHIN_S = 30.0
"""How long the last charges may take to settle: the wait for a plug, the wait for the last readings, and a retell."""

NOBODY_COMES = 3
"""The last kills, half of them at the most, find only what is under way by then."""

STEPS = 0.4
"""At so many kills a current steps."""

ACKNOWLEDGED = 0.1
"""The chance that a settlement is acknowledged within half a second."""

CALM_S, LONG_CALM_S = (0.0, 2.0), (5.0, 15.0)
LONG_CALMS = 0.1
"""Most kills come in bursts, some after a time in which what takes longest can end undisturbed."""

STARTED_S = 30.0
"""How long a long calm waits for a gateway that is there."""

RESTART_S = 3.0
"""How long a process may take to be at work again on a busy machine."""

TOLD_EVERY = 20

VICTIMS: dict[str, tuple[str, ...]] = {
    "field": ("field",),
    "edge": ("edge",),
    "both": ("field", "edge"),
    "box": ("field", "edge"),
    "broker": ("broker",),
}
WEIGHTS = (4, 4, 2, 1, 2)
"""`box` is a power cut: what field keeps in memory is gone as well."""


@dataclass
class Report:
    """What became of a run. `log_problems`: what is missing, doubled or unexplained on the way from field to the cloud.

    `killed`: when (monotonic) who was; `evidence`: the course of each charge that has a problem, by its order.
    """

    cutoffs: Cutoffs
    kills: Counter[str] = field(default_factory=Counter)
    charges: Charging = field(default_factory=Charging)
    trades: Trading = field(default_factory=Trading)
    log_problems: list[str] = field(default_factory=list)
    killed: list[tuple[float, str]] = field(default_factory=list)
    evidence: dict[str, list[str]] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        return [*self.cutoffs.problems, *self.log_problems, *self.charges.problems, *self.trades.problems]


class Storm:
    """One run. `tells`: whether it says how far it is."""

    def __init__(self, shed: Gateway, stalls: Stalls, seed: int, *, calm_s: tuple[float, float], tells: bool) -> None:
        self._shed, self._calm_s, self._tells = shed, calm_s, tells
        self._chance = random.Random(seed)  # noqa: S311 - moments, not secrets
        self._people = random.Random(seed + 1)  # noqa: S311 - likewise
        self.cutoffs = Cutoffs(shed, stalls)
        self.report = Report(cutoffs=self.cutoffs)

    async def run(self, shop: Shop, kills: int, seed: int) -> Report:
        """Do it, then let everything settle, and report what was not as it must be."""
        shed = self._shed
        await shed.start("field", "edge")
        await shed.online()
        customers, back_end = asyncio.create_task(self._customers()), asyncio.create_task(self._back_end(shop))
        visits = Visits(shed, shop, seed + 2)
        visits.begin()
        await until(visits.is_stocked)
        for number in range(1, kills + 1):
            if number == kills - min(NOBODY_COMES, kills // 2) + 1:
                visits.close()
                await _ended(customers)
            await self._kill()
            if self._tells and number % TOLD_EVERY == 0:
                self._tell(number, kills, visits)
        await asyncio.sleep(RESTART_S)
        await visits.served()
        with contextlib.suppress(TimeoutError):  # the verdict names what never came
            await until(lambda: shed.told("settled").keys() >= shed.told("accepted").keys(), SETTLED_WITHIN_S)
        await _ended(back_end)
        await self._judge(visits, shop)
        return self.report

    async def _kill(self) -> None:
        shed, chance = self._shed, self._chance
        is_long = chance.random() < LONG_CALMS
        if is_long:  # a machine that is slow to start processes has them all the same
            with contextlib.suppress(TimeoutError):
                await until(shed.back_end.is_online, STARTED_S)
        await asyncio.sleep(chance.uniform(*(LONG_CALM_S if is_long else self._calm_s)))
        name = chance.choices(list(VICTIMS), WEIGHTS)[0]
        victims = VICTIMS[name]
        await shed.kill(*victims)
        if name == "box":
            shed.forget()
        self.report.kills[name] += 1
        self.report.killed.append((time.monotonic(), f"{name} killed"))
        step = self.cutoffs.step() if chance.random() < STEPS else None
        if step is not None and "field" not in victims:
            await self.cutoffs.seen_off(step)
        await asyncio.sleep(chance.random())
        await shed.start(*victims)
        self.report.killed.append((time.monotonic(), f"{name} started again"))
        if step is not None and "field" in victims:
            await self.cutoffs.seen_off(step)

    # ------------------------------------------------------------------ who uses the shed

    async def _back_end(self, shop: Shop) -> None:
        """Acknowledge settlements, some only after they were told again, and let energy flow."""
        known: set[str] = set()
        while True:
            with contextlib.suppress(Exception):  # the broker's client is between two connections
                self._shed.use_energy()
                self._shed.switched()
                shop.unlocked()  # journals forget their oldest entries
                await self._shed.acknowledge(known, lambda: self._people.random() < ACKNOWLEDGED)
            await asyncio.sleep(0.5)

    async def _customers(self) -> None:
        """Start short charges on random outlets, whatever becomes of them, some twice; reset what has tripped."""
        shed, chance, number = self._shed, self._people, 0
        while True:
            number += 1
            with contextlib.suppress(Exception):  # the broker's client is between two connections
                for unit, outlet in self.cutoffs.latched:
                    target = f"pile-{unit:02d}/outlet-{outlet + 1:02d}"
                    await shed.command("service", "reset", target, by="a test", reason="the step is over")
                del self.cutoffs.latched[:-1]  # asked for more than once: edge may be dead
                unit, outlet = chance.randint(1, PILES), chance.randrange(OUTLETS)
                for _ in range(chance.choice((1, 1, 1, 2))):
                    await shed.order(unit, outlet, f"order-{number}", chance.randint(1, LONGEST_ORDER_S))
            for place in [(unit, chance.randrange(OUTLETS)) for unit in range(1, PILES + 1)]:  # living currents move
                if place not in self.cutoffs.under_way:
                    shed.set_current(*place, NORMAL + chance.randint(-9, 9))
            await asyncio.sleep(0.2 + chance.random() * 0.5)

    # ------------------------------------------------------------------ the verdict

    def _tell(self, number: int, kills: int, visits: Visits) -> None:
        kinds = Counter(visit.kind for visit in visits.done)
        said = ", ".join(f"{count} {kind}s" for kind, count in sorted(kinds.items()))
        settled = len(self._shed.told("settled"))
        late = len(self.cutoffs.problems)
        print(f"{number}/{kills} kills: {settled} charges settled, {said}; {late} late cutoffs", file=sys.stderr)

    async def _judge(self, visits: Visits, shop: Shop) -> None:
        shed, report = self._shed, self.report
        problems = report.log_problems
        on = [(unit, n + 1) for unit in range(1, PILES + 1) for n in range(OUTLETS) if shed.is_on(unit, n)]
        if on:
            problems.append(f"still on after every limit: {on}")
        try:
            await shed.settle()
        except TimeoutError:
            await shed.kill("edge")
            events, readings = shed.heads()
            for stream, head in (("event", events), ("reading", readings)):
                missing = sorted(shed.missing(stream, head))
                if missing:
                    problems.append(f"{len(missing)} of {head} {stream}s never arrived, from {missing[0]}")
        problems += [f"switched on without a grant: {each}" for each in shed.unexplained(slack_s=0.5)]
        for boot, numbers in shed.back_end.field_events().items():
            if numbers != list(range(1, len(numbers) + 1)):
                problems.append(f"field {boot}: its events are {numbers[:50]}")
        problems += [*shed.back_end.contradictions, *visits.problems]
        shift_s = time.monotonic() - time.time()
        report.charges = judge_charges(shed, shift_s)
        for order_id in dict.fromkeys(problem.partition(":")[0] for problem in report.charges.problems):
            report.evidence[order_id] = course_of(shed, order_id, shift_s, report.killed)
        report.trades = judge_visits(visits.done, shop.unlocked(), shed.back_end, shift_s)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def kill_at_random(
    folder: Path, mosquitto: str, kills: int, seed: int, *, calm_s: tuple[float, float] = CALM_S, tells: bool = False
) -> Report:
    """Run it in an empty folder."""
    with open_shop(folder) as shop:
        async with stalls_witnessed() as stalls, gateway(folder, mosquitto, shop=shop) as shed:
            return await Storm(shed, stalls, seed, calm_s=calm_s, tells=tells).run(shop, kills, seed)


def _print(report: Report, seed: int, took_s: float) -> None:
    charges, trades, cuts = report.charges, report.trades, report.cutoffs
    kills = ", ".join(f"{count} {name}" for name, count in sorted(report.kills.items()))
    print(f"seed {seed}: {report.kills.total()} kills in {took_s / 60:.1f} min ({kills})")
    print(
        f"charges: {charges.accepted} accepted, {charges.ran} ran, {charges.settled} settled "
        f"({charges.told_again} told again), {charges.amount_mil / 1000:.2f} yuan; {charges.flowed_wh} Wh flowed, "
        f"{charges.billed_wh} billed, {charges.loss_wh:g} told as loss, {charges.untold_wh:g} told to nobody"
    )
    for name, count in sorted(trades.why.items()):
        print(f"  {count:4} {name}")
    print(
        f"unlocks: {trades.unlocks}, of them {trades.asked_again} asked again; for people: {dict(trades.left_to_people)}"
    )
    print(
        f"cutoffs: {cuts.steps} steps, slowest {cuts.slowest_s * 1000:.0f} ms, bound {cuts.bound_s * 1000:.0f} ms, "
        f"longest stall of the machine {cuts.stalls.longest_s * 1000:.0f} ms"
    )
    for problem in report.problems:
        print(f"PROBLEM {problem}")
    for place, lines in cuts.frames.items():
        print(f"LINE of {place}, s from when its cutoff counts:", *lines, sep="\n  ")
    for order_id, lines in report.evidence.items():
        print(f"COURSE of {order_id}, s from its acceptance:", *lines, sep="\n  ")
    print(f"{len(report.problems)} problems")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kill_processes", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--keep", type=Path, help="an empty folder for log, site file and memory, to look into afterwards"
    )
    given = parser.parse_args()
    logging.getLogger("mqtt").setLevel(logging.CRITICAL)  # that a killed broker is gone is no news
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if mosquitto is None:
        raise SystemExit("mosquitto must be installed")
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if given.keep is None else given.keep
        report = asyncio.run(kill_at_random(folder, mosquitto, given.kills, given.seed, tells=True))
    _print(report, given.seed, time.monotonic() - began_s)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())

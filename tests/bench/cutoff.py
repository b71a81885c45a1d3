"""How long an overcurrent lasts before the OFF frame has arrived at the pile: the product's reason to exist, measured.

The case (so that a third party can repeat it): 8N1; four piles of 12 outlets, currents in FC03 100..111, telemetry in
FC03 0..59, relays as coils 0..11; turnaround 4 ms at 9600 and 2 ms at 115200 baud; one pile has been silent for a
while; single steps on living piles at a random phase of the ring; from the step at the slave to the last byte of the
OFF frame there, by the slave's own clock. Trials in which the simulator itself ran late are voided and counted.
The whole control loop runs: bus owner, relay, arbiter, recorder, and the store of a backlog beside it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.app.field import FieldHouse, quiet_garbage
from gateway.bus.selector import precise_loop
from gateway.model import site as setup
from gateway.model.command import Command, CommandKind, Origin
from gateway.model.wiring import Table
from simulators.line import start_line
from simulators.spec import Cells, Couple, LineSpec, SlaveSpec
from tests.bench.models import CURRENTS, OUTLETS, TELEMETRY, pile_model
from tests.bench.report import Report, arguments, percentile, progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.bus.budget import Bound
    from gateway.model.device import DeviceModel
    from gateway.model.transaction import Exchange
    from simulators.journal import Entry
    from simulators.line import LineHandle

PILES = 4
SILENT_PILE = 3
TURNAROUND_MS = {9600: 4.0, 115200: 2.0}
TRIALS = {9600: 300, 115200: 600}
TELEMETRY_WITHIN_S = {9600: 5.0, 115200: 1.0}
MUST = {
    9600: {"p99": "<= 285", "bound": "<= 335", "bound, one frame lost": "<= 380"},
    115200: {"p99": "<= 48", "bound": "<= 62", "bound, one frame lost": "<= 78"},
}
LATE_S = 0.001
NORMAL, OVERLOAD = 300, 1600
"""3 A and 16 A in counts of 0.01 A; the pick-up is 10 A."""

SWITCH_FUNCTIONS = (5, 15)
READ_HOLDING = 3

SETTLE_S = 6.0
"""Before the first trial: the silent pile has been found and is only probed, the others have been read many times."""


@dataclass(slots=True)
class Trial:
    """One step and what came of it."""

    step_s: float
    off_s: float | None
    late: bool

    @property
    def ms(self) -> float:
        return float("inf") if self.off_s is None else (self.off_s - self.step_s) * 1000


def bench_site(path: str, baud: int, model: DeviceModel) -> setup.Site:
    """Return the site of the case: four piles on one line."""
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
            for unit in range(1, PILES + 1)
        ),
    )


def line_spec(baud: int, refresh_ms: float) -> LineSpec:
    """Return the slaves of the case: all outlets closed and carrying 3 A; an open coil carries nothing."""
    cells = (
        Cells(table=Table.HOLDING, address=CURRENTS.address, values=(NORMAL,) * OUTLETS, refresh_ms=refresh_ms),
        Cells(table=Table.HOLDING, address=TELEMETRY.address, values=(7,) * TELEMETRY.count),
        Cells(table=Table.COIL, address=0, values=(1,) * OUTLETS),
    )
    couples = tuple(Couple(coil=n, table=Table.HOLDING, address=CURRENTS.address + n) for n in range(OUTLETS))
    slaves = tuple(
        SlaveSpec(unit=unit, turnaround_ms=TURNAROUND_MS[baud], cells=cells, couples=couples)
        for unit in range(1, PILES + 1)
    )
    return LineSpec(name="cutoff", baud=baud, slaves=slaves)


class Bench:
    """One line, one house, many trials."""

    def __init__(self, line: LineHandle, house: FieldHouse, seed: int) -> None:
        self.trials: list[Trial] = []
        self.heard: list[Entry] = []
        self.off_host_s: list[float] = []
        self._line = line
        self._house = house
        self._loop = house.loops[0]
        self._random = random.Random(seed)  # noqa: S311 - phases, not secrets
        self._ring_s = house.plans[0].budget.ring_s()
        self._t35_s = house.plans[0].line.t35_s
        self._living = [unit for unit in range(1, PILES + 1) if unit != SILENT_PILE]
        self._watch_host()

    def _watch_host(self) -> None:
        """Note for each OFF how long this process took, beyond the mandatory silence."""
        note, last_end_s = self._loop.recorder.note, 0.0

        def noting(exchange: Exchange) -> None:
            nonlocal last_end_s
            if exchange.request[1] in SWITCH_FUNCTIONS and last_end_s and not exchange.request[4]:
                self.off_host_s.append(exchange.sent_s - last_end_s - self._t35_s)
            last_end_s = exchange.reply_end_s if exchange.ok else 0.0
            note(exchange)

        self._loop.recorder.note = noting  # type: ignore[method-assign]

    def all_found_on(self) -> None:
        for pile in range(PILES):
            self._house.field.arbiter.state_read(self._loop.pile(pile))
            for outlet in range(OUTLETS):
                self._loop.relay.commanded(pile, outlet, True, time.monotonic(), found=True)

    async def trial(self) -> None:
        """Step one outlet of a living pile at a random phase, wait for its OFF, bring everything back."""
        unit, outlet = self._random.choice(self._living), self._random.randrange(OUTLETS)
        step_s = time.monotonic() + 0.02 + self._random.random() * 3 * self._ring_s
        self._set(unit, outlet, OVERLOAD, at_s=step_s)
        give_up_s = step_s + 3.0
        while not self._loop.relay.latched(unit - 1, outlet) and time.monotonic() < give_up_s:  # noqa: ASYNC110 - a relay has no event to wait for
            await asyncio.sleep(self._ring_s / 4)
        await asyncio.sleep(self._ring_s)
        self.trials.append(judge(self._listen(), unit, outlet, step_s))
        await self._bring_back(unit, outlet)

    async def _bring_back(self, unit: int, outlet: int) -> None:
        """Reset the latch as a person does, and close the relay by hand at the slave; its current is normal by then."""
        self._set(unit, outlet, NORMAL)
        name = f"pile-{unit:02d}/outlet-{outlet + 1:02d}"
        number = len(self.trials)
        while self._loop.relay.latched(unit - 1, outlet) and number:
            reset = Command(
                id=f"reset-{number}",
                kind=CommandKind.RESET,
                target=name,
                origin=Origin.LOCAL,
                args={"reason": "next trial"},
            )
            self._house.field.arbiter.submit(reset)
            await asyncio.sleep(self._ring_s / 2)
        self._loop.relay.commanded(unit - 1, outlet, True, time.monotonic(), found=True)
        self._line.control.set(unit, Table.COIL, outlet, [1])
        await asyncio.sleep(2 * self._ring_s)

    def _set(self, unit: int, outlet: int, value: int, at_s: float | None = None) -> None:
        self._line.control.set(unit, Table.HOLDING, CURRENTS.address + outlet, [value], at_s=at_s)

    def _listen(self) -> list[Entry]:
        """Fetch what the slaves have heard since the last time."""
        entries = list(self._line.control.journal(self.heard[-1].index + 1 if self.heard else 0))
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
        if entry.function != READ_HOLDING or entry.outcome != "replied":
            continue
        address, count = int.from_bytes(entry.request[2:4], "big"), int.from_bytes(entry.request[4:6], "big")
        for register in range(address, address + count):
            if register < TELEMETRY.end:
                key = entry.unit, register
                worst_s = max(worst_s, entry.end_s - last.get(key, entry.end_s))
                last[key] = entry.end_s
    return worst_s


async def run_case(line: LineHandle, baud: int, trials: int, refresh_ms: float, seed: int) -> tuple[Bench, Bound]:
    """Run all trials of one case in one event loop."""
    period_ms = 800.0 * TELEMETRY_WITHIN_S[baud]
    model = pile_model(TURNAROUND_MS[baud], telemetry_period_ms=period_ms, refresh_ms=refresh_ms)
    house = FieldHouse(bench_site(line.path, baud, model), boot="bench")
    bound = house.plans[0].bound(0)
    assert bound is not None
    bench = Bench(line, house, seed)
    bench.all_found_on()
    line.control.silence(SILENT_PILE)
    task = asyncio.create_task(house.run())
    await asyncio.sleep(SETTLE_S)
    quiet_garbage()
    progress(f"cutoff: {baud} baud, refresh {refresh_ms:.0f} ms: {trials} trials")
    while sum(not trial.late for trial in bench.trials) < trials and len(bench.trials) < 3 * trials:
        await bench.trial()
        if len(bench.trials) % 50 == 0:
            progress(f"  {len(bench.trials)} trials, worst so far {max(t.ms for t in bench.trials):.1f} ms")
        if task.done():
            break
    task.cancel()
    await asyncio.gather(task, return_exceptions=not task.done())
    return bench, bound


def cutoff_case(report: Report, baud: int, trials: int, refresh_ms: float, seed: int) -> None:
    case = f"{baud} baud" + (f", meter refresh {refresh_ms:.0f} ms" if refresh_ms else "")
    must = MUST[baud] if not refresh_ms else {}
    with start_line(line_spec(baud, refresh_ms)) as line, asyncio.Runner(loop_factory=precise_loop) as runner:
        bench, bound = runner.run(run_case(line, baud, trials, refresh_ms, seed))
        counters = line.control.counters()
    valid = [trial.ms for trial in bench.trials if not trial.late]
    physical_ms = bound.total_ms + refresh_ms
    report.add(case, "trials", len(valid), "", f">= {trials}")
    report.add(case, "voided: the simulator was late", len(bench.trials) - len(valid), "")
    report.add(case, "missed", sum(ms == float("inf") for ms in valid), "", "<= 0")
    report.add(case, "p50", percentile(valid, 0.5), "ms")
    report.add(case, "p99", percentile(valid, 0.99), "ms", must.get("p99", ""))
    report.add(case, "max", max(valid), "ms", f"<= {physical_ms:.3f}")
    report.add(case, "bound", bound.total_ms, "ms", must.get("bound", ""))
    report.add(case, "bound, one frame lost", bound.total_one_lost_ms, "ms", must.get("bound, one frame lost", ""))
    report.add(case, "host share p99, beyond t3.5", percentile(bench.off_host_s, 0.99) * 1000, "ms", "<= 2")
    oldest_s = oldest_telemetry_s(entry for entry in bench.heard if entry.arrival_s > bench.trials[0].step_s)
    report.add(case, "oldest telemetry", oldest_s, "s", f"<= {TELEMETRY_WITHIN_S[baud]}")
    report.add(case, "broken silences", counters.broken_silences, "", "<= 0")


def main() -> int:
    parser = arguments("cutoff", __doc__ or "")
    parser.add_argument("--baud", type=int, choices=(9600, 115200), action="append", help="only this rate")
    parser.add_argument("--trials", type=int, help="steps for each case (300 at 9600, 600 at 115200)")
    parser.add_argument("--seed", type=int, default=1, help="of outlets and phases")
    given = parser.parse_args()
    report = Report("cutoff")
    for baud in given.baud or (9600, 115200):
        trials = given.trials or TRIALS[baud]
        cutoff_case(report, baud, trials, 0.0, given.seed)
        cutoff_case(report, baud, max(20, trials // 5), 400.0, given.seed)
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

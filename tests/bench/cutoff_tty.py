"""The cutoff case against a slave that is not ours, on a given line: what the gateway measures of each trip there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from gateway.app.field import FieldHouse, quiet_garbage
from gateway.bus.selector import precise_loop
from gateway.model.event import Event, EventKind
from gateway.wire.messages import decode_event
from tests.bench.cutoff_case import all_found_on, ask_for_reset, bench_site
from tests.bench.models import OUTLETS, pile_model
from tests.bench.report import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.report import Report

RESET_S = 1.0


def watch_tty(
    report: Report, path: str, baud: int, units: Sequence[int], *, turnaround_ms: float, seconds: float
) -> None:
    """Serve the line for so long and report every trip; a row misses its `must` where there was none."""
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        runner.run(_serve(report, path, baud, units, turnaround_ms, seconds))


async def _serve(
    report: Report, path: str, baud: int, units: Sequence[int], turnaround_ms: float, seconds: float
) -> None:
    house = FieldHouse(bench_site(path, baud, pile_model(turnaround_ms), units), boot="bench-tty")
    watch = Watch(report, house, f"{baud} baud, {path}")
    bound = house.plans[0].bound(0)
    assert bound is not None
    report.add(watch.case, "bound", bound.total_ms, "ms")
    report.add(watch.case, "bound, one frame lost", bound.total_one_lost_ms, "ms")
    all_found_on(house)
    quiet_garbage()
    progress(f"cutoff: {watch.case}: waiting {seconds:g} s for trips")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            tasks.create_task(house.run())
            tasks.create_task(watch.reset_latches())
            tasks.create_task(watch.listen())
    answered = sum(device.answers for device in house.buses[0].statistics.devices)
    report.add(watch.case, "transactions answered", answered, "", ">= 1")
    report.add(watch.case, "trips", watch.trips, "", ">= 1")


class Watch:
    """Hears what the house tells, and lets the same outlet be tried again."""

    def __init__(self, report: Report, house: FieldHouse, case: str) -> None:
        self.case = case
        self.trips = 0
        self._report = report
        self._house = house
        self._told = asyncio.Event()
        house.field.wake = self._told.set

    async def listen(self) -> None:
        """Take every event as it happens."""
        while True:
            await self._told.wait()
            self._told.clear()
            for seq, body in self._house.field.outbox.unacknowledged:
                self._take(decode_event(body)[0])
                self._house.field.acknowledged(seq)

    async def reset_latches(self) -> None:
        """Ask again and again for what is latched to be reset, which is refused while the cause is there.

        After it the outlet counts as closed by hand, so that whoever does that causes no other trip than the next.
        """
        loop, asked = self._house.loops[0], 0
        while True:
            await asyncio.sleep(RESET_S)
            for pile, device in enumerate(loop.devices):
                for outlet in range(OUTLETS):
                    if not loop.relay.latched(pile, outlet):
                        continue
                    asked += 1
                    ask_for_reset(self._house, device.outlet_names[outlet], asked)
                    if not loop.relay.latched(pile, outlet):
                        loop.relay.commanded(pile, outlet, True, time.monotonic(), found=True)

    def _take(self, event: Event) -> None:
        stage = event.body.get("stage")
        if event.kind is EventKind.ALARM:
            state = "" if event.body["active"] else " is over"
            progress(f"  {event.target}: {event.body['alarm']}{state} {event.body.get('detail', '')}".rstrip())
        elif event.kind is EventKind.TRIP and stage == "recorded":
            self._recorded(event)
        elif event.kind is EventKind.TRIP:
            progress(f"  {event.target}: {stage}")

    def _recorded(self, event: Event) -> None:
        body = event.body
        self.trips += 1
        case = f"trip {self.trips}: {', '.join(body['outlets'])}"  # type: ignore[arg-type]
        for name, key in (("from pick-up to OFF end", "from_pick_up_ms"), ("longest possible", "measured_ms")):
            must = f"<= {body['bound_ms']:.3f}" if key == "measured_ms" else ""
            value = body[key]
            self._report.add(case, name, value if isinstance(value, float) else float("inf"), "ms", must)

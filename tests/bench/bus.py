"""How much of a line's time the bus owner uses: theoretical cycle with t3.5, divided by the achieved one.

The slaves are pymodbus on a pseudo-terminal with true baud timing, in a process of their own, which also counts the
silences that were broken. Beside it, in the same run, a bare loop does the same with nothing else.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.modbus.driver import ModbusRtu
from gateway.bus.bus import Bus
from gateway.bus.link import SerialLink
from gateway.bus.pieces import plan_devices
from gateway.bus.selector import precise_loop
from gateway.bus.timing import LineTiming
from gateway.model.wiring import Table
from simulators.line import start_line
from simulators.spec import Cells, LineSpec, SlaveSpec
from tests.bench.models import CURRENTS, pile_model
from tests.bench.report import Report, arguments, percentile, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bus.driver import Report as DeviceReport
    from gateway.bus.job import Job
    from gateway.model.transaction import Exchange
    from simulators.journal import Entry

TURNAROUND_MS = {9600: 4.0, 115200: 2.0}
EFFICIENCY = {9600: ">= 0.98", 115200: ">= 0.93"}
REQUEST_BYTES, REPLY_BYTES = 8, 5 + 2 * CURRENTS.count


@dataclass(slots=True)
class Cycles:
    """Hears each transaction; keeps when it was sent and what it cost the line."""

    sent_s: list[float]
    silent: list[tuple[float, float]]
    sees_silence: int = 0

    def finished(self, _job: Job, exchange: Exchange, *, changed: bool) -> None:
        self.sees_silence += changed
        if exchange.ok:
            self.sent_s.append(exchange.sent_s)
        else:
            self.silent.append((exchange.sent_s, time.monotonic() - exchange.sent_s))

    def reported(self, device: int, report: DeviceReport, said_s: float) -> None:
        raise RuntimeError(f"device {device} of the benchmark tells {report} by itself ({said_s})")

    def link_up(self) -> None:
        """Nothing to do: the benchmark has just made the line."""

    def link_down(self, why: str) -> None:
        raise RuntimeError(why)


def line_spec(baud: int, slaves: int) -> LineSpec:
    cells = (Cells(table=Table.HOLDING, address=CURRENTS.address, values=(0,) * CURRENTS.count),)
    return LineSpec(
        name=f"{slaves}-slaves",
        baud=baud,
        slaves=tuple(SlaveSpec(unit=u + 1, turnaround_ms=TURNAROUND_MS[baud], cells=cells) for u in range(slaves)),
    )


async def own(path: str, baud: int, slaves: int, seconds: float) -> Cycles:
    """Run the bus owner over the line for a while."""
    model = pile_model(TURNAROUND_MS[baud], telemetry=False)
    units = [(unit + 1, model) for unit in range(slaves)]
    driver, line, cycles = ModbusRtu(), LineTiming.serial(baud), Cycles([], [])
    bus = Bus(
        name="bench",
        link=SerialLink(path, baud),
        driver=driver,
        line=line,
        devices=plan_devices(units, driver, line),
        units=[(unit, model.timing) for unit, model in units],
        listener=cycles,
    )
    task = asyncio.create_task(bus.run())
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return cycles


def bare_loop(path: str, baud: int, slaves: int, seconds: float) -> list[float]:
    """Ask in turn with `select` and nothing else; return when each request was sent."""
    driver, line = ModbusRtu(), LineTiming.serial(baud)
    frames = [driver.read(unit + 1, CURRENTS).frame for unit in range(slaves)]
    host, sent_s = os.open(path, os.O_RDWR | os.O_NOCTTY), list[float]()
    end_s = time.monotonic() + seconds
    while (now_s := time.monotonic()) < end_s:
        os.write(host, frames[len(sent_s) % slaves])
        sent_s.append(now_s)
        missing = REPLY_BYTES
        while missing and select.select([host], (), (), 1.0)[0]:
            missing -= len(os.read(host, missing))
        quiet_s = time.monotonic() + line.t35_s
        while (rest_s := quiet_s - time.monotonic()) > 0:
            select.select((), (), (), rest_s)
    os.close(host)
    return sent_s


def theory_s(baud: int) -> float:
    line = LineTiming.serial(baud)
    return (REQUEST_BYTES + REPLY_BYTES) * line.char_s + TURNAROUND_MS[baud] / 1000 + line.t35_s


def efficiency(sent_s: Sequence[float], slaves: int, baud: int) -> float:
    """Return theoretical ÷ median achieved duration of a whole cycle."""
    cycles_s = [after - before for before, after in zip(sent_s, sent_s[slaves:], strict=False)]
    return slaves * theory_s(baud) / percentile(cycles_s, 0.5)


def shortest_silence_s(sent_s: Sequence[float], entries: Sequence[Entry]) -> float:
    """Return the shortest time from the slave's release of a reply's last byte to our next request.

    The slave alone sees a request only once the terminal has delivered it, and so counts broken silences too mildly.
    """
    ends_s = [entry.last_s for entry in entries if entry.last_s is not None]
    return min(after - before for before, after in zip(ends_s, sent_s[1:], strict=False))


def busy_case(report: Report, baud: int, slaves: int, seconds: float) -> None:
    case = f"{baud} baud, {slaves} slaves"
    progress(f"bus: {case}")
    with start_line(line_spec(baud, slaves)) as line:
        bare_s = bare_loop(line.path, baud, slaves, seconds / 2)
        line.control.clear_journal()
        with asyncio.Runner(loop_factory=precise_loop) as runner:
            cycles = runner.run(own(line.path, baud, slaves, seconds))
        counters = line.control.counters()
        shortest_s = shortest_silence_s(cycles.sent_s, list(line.control.journal()))
    report.add(case, "efficiency", efficiency(cycles.sent_s, slaves, baud), "", EFFICIENCY[baud])
    report.add(case, "efficiency of a bare loop", efficiency(bare_s, slaves, baud), "")
    report.add(case, "broken silences", counters.broken_silences, "", "<= 0")
    report.add(case, "unanswered", len(cycles.silent), "", "<= 0")
    over_us = (shortest_s - LineTiming.serial(baud).t35_s) * 1e6
    report.add(case, "shortest silence over t3.5, by our own clock", over_us, "us", ">= 0")


def dead_case(report: Report, baud: int, seconds: float) -> None:
    """One of four slaves is dead from the start: what it costs once it has been found silent for a while."""
    case = f"{baud} baud, 4 slaves, 1 dead"
    progress(f"bus: {case} ({seconds:.0f} s)")
    with start_line(line_spec(baud, 4)) as line:
        line.control.silence(3)
        with asyncio.Runner(loop_factory=precise_loop) as runner:
            cycles = runner.run(own(line.path, baud, 4, seconds))
    begin_s = cycles.sent_s[0] + seconds / 2
    dead_s = sum(cost for sent_s, cost in cycles.silent if sent_s >= begin_s)
    report.add(case, "share of the line", 100 * dead_s / (seconds / 2), "%", "<= 2")
    report.add(case, "probes", sum(sent_s >= begin_s for sent_s, _ in cycles.silent), "")


def main() -> int:
    parser = arguments("bus", __doc__ or "")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each case runs")
    given = parser.parse_args()
    report = Report("bus")
    for baud in (9600, 115200):
        for slaves in (1, 4, 8):
            busy_case(report, baud, slaves, given.seconds)
        dead_case(report, baud, max(40.0, given.seconds))
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

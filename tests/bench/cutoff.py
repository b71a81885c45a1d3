"""How long an overcurrent lasts before the OFF frame has arrived at the pile: the product's reason to exist, measured.

The case (so that a third party can repeat it): 8N1; four piles of 12 outlets, currents in FC03 100..111, telemetry in
FC03 0..59, relays as coils 0..11; turnaround 4 ms at 9600 and 2 ms at 115200 baud; one pile has been silent for
30 s; single steps on living piles at a random phase of the ring; from the step at the slave to the last byte of the
OFF frame there, by the slave's own clock. Trials in which the simulator itself ran late are voided and counted.
The whole control loop runs: bus owner, relay, arbiter, recorder, and the store of a backlog beside it.
In a case of its own all four piles live, and at each step another pile than the stepped one falls silent.

With --tty the same control loop serves a foreign slave on a given line. Nobody can command steps there: it waits for
trips that somebody causes (a load, a register) and prints what the gateway itself has measured for each.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from gateway.app.field import FieldHouse, quiet_garbage
from gateway.bus.selector import precise_loop
from simulators.line import start_line
from tests.bench.cutoff_case import (
    SILENT_PILE,
    TURNAROUND_MS,
    Bench,
    Case,
    all_found_on,
    bench_site,
    line_spec,
    oldest_telemetry_s,
)
from tests.bench.cutoff_tty import watch_tty
from tests.bench.models import pile_model
from tests.bench.report import Report, arguments, percentile, progress

if TYPE_CHECKING:
    from gateway.bus.budget import Bound
    from simulators.line import LineHandle

TRIALS = {9600: 300, 115200: 600}
TELEMETRY_WITHIN_S = {9600: 5.0, 115200: 1.0}
MUST = {
    9600: {"p99": "<= 285", "bound": "<= 335", "bound, one frame lost": "<= 380"},
    115200: {"p99": "<= 48", "bound": "<= 62", "bound, one frame lost": "<= 78"},
}

SETTLE_S = 6.0
"""Before the first trial, where all piles live: all have been read many times."""

SILENT_FOR_S = 30.0
"""Before the first trial otherwise: the silent pile has been found and is probed no oftener than it ever will be."""


async def run_case(line: LineHandle, case: Case) -> tuple[Bench, Bound]:
    """Run all trials of one case in one event loop."""
    period_ms = 800.0 * TELEMETRY_WITHIN_S[case.baud]
    model = pile_model(TURNAROUND_MS[case.baud], telemetry_period_ms=period_ms, refresh_ms=case.refresh_ms)
    house = FieldHouse(bench_site(line.path, case.baud, model), boot="bench")
    bound = house.plans[0].bound(0)
    assert bound is not None
    bench = Bench(line, house, case)
    all_found_on(house)
    if not case.one_dies:
        line.control.silence(SILENT_PILE)
    task = asyncio.create_task(house.run())
    await asyncio.sleep(SETTLE_S if case.one_dies else SILENT_FOR_S)
    quiet_garbage()
    progress(f"cutoff: {case.name}: {case.trials} trials")
    while sum(not trial.late for trial in bench.trials) < case.trials and len(bench.trials) < 3 * case.trials:
        trial = asyncio.create_task(bench.trial())
        await asyncio.wait({task, trial}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            trial.cancel()
            break
        trial.result()
        if len(bench.trials) % 50 == 0:
            progress(f"  {len(bench.trials)} trials, worst so far {max(t.ms for t in bench.trials):.1f} ms")
    task.cancel()
    await asyncio.gather(task, return_exceptions=not task.done())
    return bench, bound


def measure(report: Report, case: Case) -> None:
    """Run a case and report it."""
    with start_line(line_spec(case)) as line, asyncio.Runner(loop_factory=precise_loop) as runner:
        bench, bound = runner.run(run_case(line, case))
        broken = line.control.counters().broken_silences
    valid = [trial.ms for trial in bench.trials if not trial.late]
    is_main = not case.refresh_ms and not case.one_dies
    must = MUST[case.baud] if is_main else {}
    longest_ms = (bound.total_one_lost_ms if case.one_dies else bound.total_ms) + case.refresh_ms
    report.add(case.name, "trials", len(valid), "", f">= {case.trials}")
    report.add(case.name, "voided: the simulator was late", len(bench.trials) - len(valid), "")
    report.add(case.name, "missed", sum(ms == float("inf") for ms in valid), "", "<= 0")
    report.add(case.name, "p50", percentile(valid, 0.5), "ms")
    report.add(case.name, "p99", percentile(valid, 0.99), "ms", must.get("p99", ""))
    report.add(case.name, "max", max(valid), "ms", f"<= {longest_ms:.3f}")
    report.add(case.name, "bound", bound.total_ms, "ms", must.get("bound", ""))
    one_lost = must.get("bound, one frame lost", "")
    report.add(case.name, "bound, one frame lost", bound.total_one_lost_ms, "ms", one_lost)
    report.add(case.name, "host share p99, beyond t3.5", percentile(bench.off_host_s, 0.99) * 1000, "ms", "<= 2")
    if not case.one_dies:  # while a pile is away its telemetry is not read
        oldest_s = oldest_telemetry_s(entry for entry in bench.heard if entry.arrival_s > bench.trials[0].step_s)
        report.add(case.name, "oldest telemetry", oldest_s, "s", f"<= {TELEMETRY_WITHIN_S[case.baud]}")
    report.add(case.name, "broken silences", broken, "", "<= 0")


def cases(baud: int, trials: int, seed: int) -> list[Case]:
    """Return the cases of one rate; `trials` are those of the main one."""
    return [
        Case(baud=baud, trials=trials, seed=seed),
        Case(baud=baud, trials=max(20, trials // 5), seed=seed, refresh_ms=400.0),
        Case(baud=baud, trials=max(5, trials // 10), seed=seed, one_dies=True),
    ]


def parse() -> argparse.Namespace:
    parser = arguments("cutoff", __doc__ or "")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--baud", type=int, choices=(9600, 115200), action="append", help="only this rate")
    parser.add_argument("--trials", type=int, help="steps of the main case (300 at 9600, 600 at 115200)")
    parser.add_argument("--seed", type=int, default=1, help="of outlets and phases")
    foreign = parser.add_argument_group(
        "a foreign slave on a given line",
        """\
It needs currents as counts of 0.01 A in FC03 100..111, telemetry in FC03 0..59, relays as coils 0..11. The pick-up is
10 A; only OFF is ever sent. For each trip: `from pick-up to OFF end`, and `longest possible`, since the value was last
seen below the pick-up, which must keep the bound with one frame lost. A latch is reset by itself once its cause is
gone; whoever causes the next trip closes the relay, after the line that says `reset`.
To try it without a device: `python -m tests.realtime.null_modem 9600` prints two ports, `python -m
tests.realtime.pymodbus_slave PORT 9600` serves one and takes `set 4 1600`; the other is for --tty.
Without a trip the exit code is 1.""",
    )
    foreign.add_argument("--tty", metavar="PATH", help="the line that leads to it; --baud says its rate (9600), 8N1")
    foreign.add_argument("--seconds", type=float, default=60.0, help="how long to wait for trips (%(default)g)")
    foreign.add_argument("--units", type=int, nargs="+", default=[1], metavar="UNIT", help="its addresses (1)")
    foreign.add_argument(
        "--turnaround", type=float, default=20.0, metavar="MS", help="its longest turnaround (%(default)g)"
    )
    return parser.parse_args()


def main() -> int:
    given = parse()
    report = Report("cutoff")
    rates = given.baud or ([9600] if given.tty else [9600, 115200])
    if given.tty:
        watch_tty(report, given.tty, rates[0], given.units, turnaround_ms=given.turnaround, seconds=given.seconds)
        return report.finish(as_json=given.json)
    for baud in rates:
        for case in cases(baud, given.trials or TRIALS[baud], given.seed):
            measure(report, case)
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

"""How long an overcurrent lasts before the OFF frame has arrived at the pile: the product's reason to exist, measured.

The case (so that a third party can repeat it): 8N1; four piles of 12 outlets, currents in FC03 100..111, telemetry in
FC03 0..59, relays as coils 0..11; turnaround 4 ms at 9600 and 2 ms at 115200 baud; one pile has been silent for
30 s; single steps on living piles at a random phase of the ring; from the step at the slave to the last byte of the
OFF frame there, by the slave's own clock. Trials in which the simulator itself ran late are voided and counted.
The whole control loop runs: bus owner, relay, arbiter, recorder, memory on tmpfs, the socket to edge.
In a case of its own all four piles live, and at each step another pile than the stepped one falls silent.
In another a real edge process is connected and delivers a backlog to a real Mosquitto, from before the first trial until
after the last: that is where this host's share of a cutoff is judged, taken around the link's own read and write, above
a bare echo on a pseudo-terminal that is taken in the same way with edge still at work. Its cutoff times are shown but
not judged: the simulated line and the broker, which no gateway has on its own box, want the same two processors.

With --tty the same control loop serves a foreign slave on a given line. Nobody can command steps there: it waits for
trips that somebody causes (a load, a register) and prints what the gateway itself has measured for each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app.field import FieldHouse, quiet_garbage
from gateway.app.life import REALTIME_PRIORITY
from gateway.bus.selector import precise_loop
from gateway.field.memory import Memory
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
from tests.bench.edge_beside import EdgeBeside, mosquitto_or_exit
from tests.bench.models import pile_model
from tests.bench.pty_echo import echo_beside
from tests.bench.report import Report, arguments, percentile, progress
from tests.endtoend.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator

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

BACKLOG_A_TRIAL, BACKLOG_AT_LEAST = {9600: 16_000, 115200: 5_000}, 100_000
"""Scans for edge to deliver: about half more than it can while the trials last."""

ECHO_TRIALS = 500
VOLATILE = "/dev/shm"  # noqa: S108 - a folder of a random name is made in it


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a case keeps its files: field's memory and socket in memory where this machine has such a place."""

    memory: Path
    disk: Path

    @property
    def socket(self) -> Path:
        return self.memory / "field.sock"

    @classmethod
    @contextlib.contextmanager
    def made(cls) -> Iterator[Folders]:
        """Make both for a while."""
        volatile = VOLATILE if os.access(VOLATILE, os.W_OK) else None
        with (
            tempfile.TemporaryDirectory(prefix="gateway-bench-", dir=volatile) as memory,
            tempfile.TemporaryDirectory(prefix="gateway-bench-") as disk,
        ):
            yield cls(Path(memory), Path(disk))


@dataclass(slots=True)
class Outcome:
    """What came of a case. `echo_s` and `edge` are there where edge was beside it."""

    bench: Bench
    bound: Bound
    echo_s: list[float]
    edge: EdgeBeside | None


async def run_case(line: LineHandle, case: Case, folders: Folders) -> Outcome:
    """Run all trials of one case in one event loop, with the field side as its own process has it."""
    edge = None
    if case.has_edge:
        broker = Mosquitto(mosquitto_or_exit(), folders.disk)
        edge = EdgeBeside(folders.disk, broker, case.trials * BACKLOG_A_TRIAL[case.baud] + BACKLOG_AT_LEAST)
        await edge.fill()
    period_ms = 800.0 * TELEMETRY_WITHIN_S[case.baud]
    model = pile_model(TURNAROUND_MS[case.baud], telemetry_period_ms=period_ms, refresh_ms=case.refresh_ms)
    site = replace(bench_site(line.path, case.baud, model), digest=edge.digest if edge else "")
    house = FieldHouse(site, boot="bench", memory=Memory(folders.memory))
    bound = house.plans[0].bound(0)
    assert bound is not None
    bench = Bench(line, house, case)
    all_found_on(house)
    if not case.one_dies:
        line.control.silence(SILENT_PILE)
    async with contextlib.AsyncExitStack() as leaving:
        if edge is not None:
            leaving.push_async_callback(edge.end)
        task = await serve(house, folders, leaving)
        await asyncio.sleep(SETTLE_S if case.one_dies else SILENT_FOR_S)
        if edge is not None:
            await edge.start(folders.socket, lambda: house.door._visitor is not None)
        await run_trials(bench, case, task)
        task.cancel()
        await asyncio.gather(task, return_exceptions=not task.done())
        bench.listen()
        echo_s = await echo_beside(ECHO_TRIALS) if edge is not None else []
    return Outcome(bench, bound, echo_s, edge)


async def serve(house: FieldHouse, folders: Folders, leaving: contextlib.AsyncExitStack) -> asyncio.Task[None]:
    """Let a house run as `gateway.app.field` does."""
    await house.door.open(folders.socket)
    leaving.callback(house.door.close)
    quiet_garbage()
    house.lateness.watch()
    leaving.callback(house.lateness.stop)
    return asyncio.create_task(house.run())


async def run_trials(bench: Bench, case: Case, task: asyncio.Task[None]) -> None:
    """Step and wait until enough trials are valid, or the house has ended."""
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


def measure(report: Report, case: Case) -> None:
    """Run a case and report it."""
    with (
        start_line(line_spec(case)) as line,
        Folders.made() as folders,
        asyncio.Runner(loop_factory=precise_loop) as runner,
    ):
        outcome = runner.run(run_case(line, case, folders))
    bench, bound = outcome.bench, outcome.bound
    valid = [trial.ms for trial in bench.trials if not trial.late]
    must = MUST[case.baud] if case.is_main else {}
    longest_ms = (bound.total_one_lost_ms if case.one_dies else bound.total_ms) + case.refresh_ms
    report.add(case.name, "trials", len(valid), "", f">= {case.trials}")
    report.add(case.name, "voided: the simulator was late", len(bench.trials) - len(valid), "")
    report.add(case.name, "missed", sum(ms == float("inf") for ms in valid), "", "<= 0")
    report.add(case.name, "p50", percentile(valid, 0.5), "ms")
    report.add(case.name, "p99", percentile(valid, 0.99), "ms", must.get("p99", ""))
    report.add(case.name, "max", max(valid), "ms", "" if case.has_edge else f"<= {longest_ms:.3f}")
    report.add(case.name, "bound", bound.total_ms, "ms", must.get("bound", ""))
    one_lost = must.get("bound, one frame lost", "")
    report.add(case.name, "bound, one frame lost", bound.total_one_lost_ms, "ms", one_lost)
    if not case.one_dies and not case.has_edge:  # while a pile is away its telemetry is not read
        oldest_s = oldest_telemetry_s(entry for entry in bench.heard if entry.arrival_s > bench.trials[0].step_s)
        report.add(case.name, "oldest telemetry", oldest_s, "s", f"<= {TELEMETRY_WITHIN_S[case.baud]}")
    report_host(report, case, outcome)
    report_silences(report, case, bench)


def report_host(report: Report, case: Case, outcome: Outcome) -> None:
    """Report what this process adds between a reply and its OFF: last byte read to frame written, less t3.5."""
    share_ms = percentile(outcome.bench.watch.off_share_s, 0.99) * 1000
    edge = outcome.edge
    if edge is None:
        report.add(case.name, "host share p99, beyond t3.5", share_ms, "ms", "<= 2")
        return
    echo_ms = percentile(outcome.echo_s, 0.99) * 1000
    report.add(case.name, "host share p99, beyond t3.5", share_ms, "ms")
    report.add(case.name, "bare pty echo p99", echo_ms, "ms")
    report.add(case.name, "host share p99 above the echo", share_ms - echo_ms, "ms", "<= 2")
    report.add(case.name, "backlog: scans that edge delivered meanwhile", edge.drained, "", ">= 1")
    report.add(case.name, "backlog: scans left at the end", edge.left, "", ">= 1")


def report_silences(report: Report, case: Case, bench: Bench) -> None:
    """Report the silences before our frames, by this process's clock and by that of the slaves."""
    watch = bench.watch
    ours, of_the_line = watch.broken_at_slave(bench.heard)
    over_us = (watch.shortest_s - watch.t35_s) * 1e6
    report.add(case.name, "frames sent", len(watch.sent_s), "")
    report.add(case.name, "transactions with bytes held up over 1 ms", watch.held_up(bench.heard), "")
    report.add(case.name, "broken silences, by our own clock", watch.broken_silences, "", "<= 0")
    report.add(case.name, "shortest silence over t3.5, by our own clock", over_us, "us", ">= 0")
    report.add(case.name, "broken silences, by the slaves' clock", ours, "", "<= 0")
    report.add(case.name, "broken silences by theirs, bytes having been held up", of_the_line, "")


def cases(baud: int, trials: int, seed: int, *, is_realtime: bool) -> list[Case]:
    """Return the cases of one rate; `trials` are those of the main one."""
    main_case = Case(baud=baud, trials=trials, seed=seed, is_realtime=is_realtime)
    return [
        main_case,
        replace(main_case, trials=max(20, trials // 5), refresh_ms=400.0),
        replace(main_case, trials=max(5, trials // 10), one_dies=True),
        replace(main_case, trials=max(20, trials // 3), has_edge=True),
    ]


def use_real_time() -> None:
    """Give this process the priority that field's service unit allows it, and nothing that it starts."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(REALTIME_PRIORITY))
    except OSError as error:
        sys.exit(f"cutoff: no real-time priority: {error.strerror} (run as root, or without --realtime)")


def parse() -> argparse.Namespace:
    parser = arguments("cutoff", __doc__ or "")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--baud", type=int, choices=(9600, 115200), action="append", help="only this rate")
    parser.add_argument("--trials", type=int, help="steps of the main case (300 at 9600, 600 at 115200)")
    parser.add_argument("--seed", type=int, default=1, help="of outlets and phases")
    parser.add_argument("--realtime", action="store_true", help="real-time priority, as field's service unit asks for")
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
    if given.realtime:
        use_real_time()
    rates = given.baud or ([9600] if given.tty else [9600, 115200])
    if given.tty:
        watch_tty(report, given.tty, rates[0], given.units, turnaround_ms=given.turnaround, seconds=given.seconds)
        return report.finish(as_json=given.json)
    mosquitto_or_exit()
    for baud in rates:
        for case in cases(baud, given.trials or TRIALS[baud], given.seed, is_realtime=given.realtime):
            measure(report, case)
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

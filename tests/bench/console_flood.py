"""How long an overcurrent lasts while edge's console is flooded, beside the same while nobody looks.

The cutoff case of `cutoff` with every pile alive, with a real edge process that serves a console. Blocks of trials take
turns: quiet, flooded, quiet, flooded. Flooded means 100 viewers and as many requests for everything as edge can answer.
The crowd itself has the lowest priority: who really looks does so on a machine of their own. What is judged is the
host's own share of a cutoff, as in `cutoff`: the simulated line wants the same processors as edge.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.app.demo_site import free_port
from gateway.app.field import FieldHouse
from gateway.bus.selector import precise_loop
from gateway.field.memory import Memory
from simulators.line import start_line
from tests.bench.crowd import crowd_at
from tests.bench.cutoff import SETTLE_S, Folders, run_trials, serve
from tests.bench.cutoff_case import TURNAROUND_MS, Bench, Case, all_found_on, bench_site, line_spec
from tests.bench.edge_beside import EdgeBeside, mosquitto_or_exit
from tests.bench.models import pile_model
from tests.bench.report import percentile, progress
from tests.endtoend.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulators.line import LineHandle
    from tests.bench.cutoff_case import Trial
    from tests.bench.report import Report

BAUD = 115200
BLOCKS = 2
VIEWERS, HAMMERS = 100, 8
LOWEST = 19
WARM_S = 2.0
SHARE_MUST_MS = "<= 2"
KINDS = ("console quiet", "console flooded")


def measure_flood(report: Report, trials: int) -> None:
    """Step outlets beside a console, `trials` times while it is quiet and as often while it is flooded."""
    case = Case(baud=BAUD, trials=trials, seed=1)
    with (
        start_line(line_spec(case)) as line,
        Folders.made() as folders,
        asyncio.Runner(loop_factory=precise_loop) as runner,
    ):
        trials_of, share_s, answers_hz = runner.run(_run(line, case, folders))
    for kind in KINDS:
        valid = [trial.ms for trial in trials_of[kind] if not trial.late]
        report.add(kind, "trials", len(valid), "", f">= {trials // 2}")
        report.add(kind, "missed", sum(ms == float("inf") for ms in valid), "", "<= 0")
        report.add(kind, "cutoff p50", percentile(valid, 0.5), "ms")
        report.add(kind, "cutoff p99", percentile(valid, 0.99), "ms")
        report.add(kind, "host share p99, beyond t3.5", percentile(share_s[kind], 0.99) * 1000, "ms")
    more_ms = (percentile(share_s[KINDS[1]], 0.99) - percentile(share_s[KINDS[0]], 0.99)) * 1000
    report.add(KINDS[1], "host share p99 more", more_ms, "ms", SHARE_MUST_MS)
    report.add(KINDS[1], "everything sent again", answers_hz, "1/s", ">= 10")


async def _run(
    line: LineHandle, case: Case, folders: Folders
) -> tuple[dict[str, list[Trial]], dict[str, list[float]], float]:
    port = free_port()
    edge = EdgeBeside(
        folders.disk, Mosquitto(mosquitto_or_exit(), folders.disk), backlog=0, more=f"console: {{port: {port}}}\n"
    )
    await edge.fill()
    model = pile_model(TURNAROUND_MS[case.baud], telemetry_period_ms=800.0)
    house = FieldHouse(
        replace(bench_site(line.path, case.baud, model), digest=edge.digest),
        boot="bench",
        memory=Memory(folders.memory),
    )
    bench = Bench(line, house, case)
    all_found_on(house)
    trials: dict[str, list[Trial]] = {kind: [] for kind in KINDS}
    share_s: dict[str, list[float]] = {kind: [] for kind in KINDS}
    answers = seconds = 0.0
    async with contextlib.AsyncExitStack() as leaving:
        leaving.push_async_callback(edge.end)
        task = await serve(house, folders, leaving)
        await asyncio.sleep(SETTLE_S)
        await edge.start(folders.socket, lambda: house.door._visitor is not None)
        for number in range(2 * BLOCKS):
            kind = KINDS[number % 2]
            progress(f"console: cutoff, {kind}")
            bench.trials, begin = [], len(bench.watch.off_share_s)
            flood = crowd_at(f"http://127.0.0.1:{port}/", viewers=VIEWERS, hammers=HAMMERS, nice=LOWEST)
            async with flood if number % 2 else _nobody() as said:
                await asyncio.sleep(WARM_S)
                await run_trials(bench, replace(case, trials=case.trials // BLOCKS), task)
            trials[kind] += bench.trials
            share_s[kind] += bench.watch.off_share_s[begin:]
            answers, seconds = answers + said.get("answers", 0), seconds + said.get("seconds", 0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=not task.done())
    return trials, share_s, answers / max(1.0, seconds)


@contextlib.asynccontextmanager
async def _nobody() -> AsyncIterator[dict[str, Any]]:
    yield {}

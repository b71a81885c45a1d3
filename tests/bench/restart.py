"""How long nobody watches the outlets when field has died: from its new process to the first current of every pile.

The demo's estate runs on its pseudo-terminals, and field is killed again and again (SIGKILL, at moments that chance
chooses). The journals of the simulated lines say when each pile was asked for its currents again, and had answered. A
field that was well for a while is started anew after `BACK_OFF_FIRST_S`; that is added. Beside it, as a witness, what
this machine's bare interpreter takes to start.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from gateway.app.demo import Stage
from gateway.app.demo_site import SITE
from gateway.app.field import FieldHouse
from gateway.app.pss import children
from gateway.app.supervise import BACK_OFF_FIRST_S
from gateway.model.device import GroupClass
from gateway.site.load import load_site
from simulators.journal import Outcome
from tests.bench.report import Report, arguments, percentile, progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.control import LineControl

CASE = "field dies in the demo's estate"
MOST_S = 2.0
LOOK_S = 2.0
"""Seldom: a line that answers for its journal answers its master later."""

WITHIN_S = 30.0
WELL_S = (3.0, 5.0)
"""Between two deaths: by then everything is read again."""

Frames = set[tuple[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Moments of one field process, in seconds from its start."""

    first_request_s: float
    watched_s: float


def currents_of_piles() -> Frames:
    """Return the requests for the currents of each pile, by the line that carries them."""
    house = FieldHouse(load_site(SITE), boot="plan")
    return {
        (plan.bus.name, plan.driver.read(plan.units[index][0], piece.block).frame)
        for plan in house.plans
        for index, device in enumerate(plan.planned)
        if plan.is_protected(index)
        for piece in device.pieces
        if piece.group_class is GroupClass.PROTECTION
    }


async def next_life(supervisor: int, lines: Mapping[str, LineControl], wanted: Frames) -> Life:
    """Kill field and watch the lines until each pile has answered for its currents. Raises `TimeoutError`."""
    since = {bus: line.status()["journal_next"] for bus, line in lines.items()}
    before, began_s = children(supervisor)["field"], 0.0
    os.kill(before, signal.SIGKILL)
    first_s, answered = float("inf"), dict[tuple[str, bytes], float]()
    async with asyncio.timeout(WITHIN_S):
        while answered.keys() < wanted:
            await asyncio.sleep(LOOK_S)
            if (successor := children(supervisor).get("field", before)) == before:
                continue
            began_s = started_s(successor)
            for bus, line in lines.items():
                for entry in line.journal(since[bus]):
                    if entry.outcome is Outcome.WAITING:
                        break
                    since[bus] = entry.index + 1
                    if entry.arrival_s < began_s:
                        continue
                    first_s = min(first_s, entry.arrival_s)
                    if entry.last_s is not None and (bus, entry.request) in wanted:
                        answered.setdefault((bus, entry.request), entry.last_s)
    return Life(first_request_s=first_s - began_s, watched_s=max(answered.values()) - began_s)


def started_s(process: int) -> float:
    """Return when a process was started, in seconds of CLOCK_MONOTONIC: to 10 ms, as the kernel says it (proc(5))."""
    ticks = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    asleep_s = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
    return ticks / os.sysconf("SC_CLK_TCK") - asleep_s


def bare_start_s() -> float:
    """Return how long this machine's interpreter takes to start and end."""
    begun_s = time.monotonic()
    subprocess.run([sys.executable, "-c", "import asyncio"], check=True)
    return time.monotonic() - begun_s


async def measure(report: Report, deaths: int) -> None:
    """Let field die so often; report how long its successors take."""
    wanted, lives = currents_of_piles(), list[Life]()
    chance = random.Random(1)  # noqa: S311 - moments, no secrets
    bare_s = min(bare_start_s() for _ in range(5))
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        async with Stage(Path(folder), Console(stderr=True), seed=1, has_pages=False) as stage:
            progress(f"restart: {deaths} deaths of field, {len(wanted)} requests for currents")
            for _ in range(deaths):
                await asyncio.sleep(chance.uniform(*WELL_S))
                lives.append(await next_life(stage.gateway_pid, stage._estate.control._controls, wanted))
    watched_s = [life.watched_s for life in lives]
    report.add(CASE, "deaths", len(lives), "", f">= {deaths}")
    report.add(CASE, "a bare interpreter with asyncio", bare_s * 1000, "ms")
    report.add(CASE, "from its start to the first request: p50", _p50([each.first_request_s for each in lives]), "s")
    report.add(CASE, "from its start until every pile is watched: p50", _p50(watched_s), "s")
    report.add(CASE, "from its start until every pile is watched: worst", max(watched_s), "s")
    report.add(
        CASE,
        "from a death, after which it waits first: p99",
        BACK_OFF_FIRST_S + percentile(watched_s, 0.99),
        "s",
        f"<= {MOST_S}",
    )


def _p50(values: list[float]) -> float:
    return percentile(values, 0.5)


def main() -> int:
    parser = arguments("restart", __doc__ or "")
    parser.add_argument("--deaths", type=int, default=12)
    given = parser.parse_args()
    report = Report("restart")
    asyncio.run(measure(report, given.deaths))
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

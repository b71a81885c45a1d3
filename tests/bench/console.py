"""What the console costs and how soon it shows something: the demo estate, with a real browser and a crowd.

First load: everything that a browser is sent until the overview stands, as it is on the line. Trip to pixel: see
`console_pixels`. Viewers: processor time of edge while a hundred listen, less what it uses while nobody does, beside a
bare server that tells as many the same bytes as often. Memory: edge with its console and everybody who has looked,
less edge without one. Cutoff: how long an overcurrent lasts with a console that nobody looks at and with one that is
flooded, in turn.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from rich.console import Console

from gateway.app.box_acts import CONSOLE, ask_for_link
from gateway.app.demo import LOG, Stage
from gateway.app.demo_site import free_port
from gateway.app.pss import children, pss_mb
from gateway.console.access.roles import Role
from tests.bench.console_flood import measure_flood
from tests.bench.console_pixels import charge, measure_pixels
from tests.bench.cpu import cpu_s
from tests.bench.crowd import crowd_at
from tests.bench.fleet import resident_mb
from tests.bench.report import Report, arguments, progress
from tests.browser.stage import chromium, running_browser, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

VIEWERS = 100
FIRST_LOAD_KB, CPU_PCT, MORE_MB = "<= 100", "<= 5", "<= 35"
SETTLE_S = 5.0
SENT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter(({name}) => !name.includes("api/stream")).map(({name, transferSize}) => [name, transferSize])"""
"""With the heads of the answers: as many bytes as the browser has counted."""


async def measure(report: Report, *, seconds: float, trips: int) -> None:
    """Run everything, one after the other."""
    without = await _without(seconds)
    async with _estate(has_pages=True) as (stage, folder), running_browser() as browser:
        link = await ask_for_link(next(folder.glob(LOG)).parent / CONSOLE, Role.INSTALLER)
        assert link is not None
        url = link.partition("#")[0]
        await asyncio.sleep(SETTLE_S)
        await _first_load(report, browser, url)
        progress("console: outlets begin to charge")
        await charge(stage)
        await _viewers(report, stage, url, seconds)
        progress(f"console: {trips} trips")
        await measure_pixels(report, stage, browser, url, trips)
        edge = children(stage.gateway_pid)["edge"]
        more_rss, more_pss = resident_mb(edge) - without["rss"], pss_mb(stage.gateway_pid)["edge"] - without["pss"]
        report.add("memory", "edge more than without a console", more_rss, "MB RSS", MORE_MB)
        report.add("memory", "edge more than without a console", more_pss, "MB PSS")


@asynccontextmanager
async def _estate(*, has_pages: bool) -> AsyncIterator[tuple[Stage, Path]]:
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        async with Stage(Path(folder), Console(stderr=True, quiet=True), seed=1, has_pages=has_pages) as stage:
            yield stage, Path(folder)


async def _without(seconds: float) -> dict[str, float]:
    """Return the memory of an edge without a console, in MB."""
    progress("console: edge without it")
    async with _estate(has_pages=False) as (stage, _):
        await asyncio.sleep(min(seconds, 2 * SETTLE_S))
        edge = children(stage.gateway_pid)["edge"]
        return {"rss": resident_mb(edge), "pss": pss_mb(stage.gateway_pid)["edge"]}


async def _first_load(report: Report, browser: Browser, url: str) -> None:
    opened = await window(browser)
    page = await opened.new_page()
    began_s = time.monotonic()
    await page.goto(url)
    await page.wait_for_selector("a.outlet")
    drawn_ms = (time.monotonic() - began_s) * 1000
    sent = await page.evaluate(SENT)
    await opened.close()
    snapshot_kb = sum(size for name, size in sent if "api/snapshot" in name) / 1000
    total_kb = sum(size for _, size in sent) / 1000
    report.add("first load", "everything until the overview stands", total_kb, "kB", FIRST_LOAD_KB)
    report.add("first load", "of that the snapshot of 240 outlets", snapshot_kb, "kB")
    report.add("first load", "requests", len(sent), "")
    report.add("first load", "to the overview", drawn_ms, "ms")


async def _viewers(report: Report, stage: Stage, url: str, seconds: float) -> None:
    edge = children(stage.gateway_pid)["edge"]
    case = f"{VIEWERS} viewers"
    progress(f"console: {seconds:.0f} s without a viewer, {seconds:.0f} s with {VIEWERS}")
    alone = await _cpu_pct(edge, seconds)
    async with crowd_at(url, viewers=VIEWERS) as told:
        await asyncio.sleep(SETTLE_S)
        looked_at = await _cpu_pct(edge, seconds)
    hz = told["told"] / VIEWERS / told["seconds"]
    size = round(told["received"] / max(1, told["told"]))
    bare = await _bare_pct(hz, size, seconds)
    report.add(case, "told to each", hz, "1/s", ">= 0.9")
    report.add(case, "bytes each time", size, "")
    report.add(case, "lost", told["failures"], "", "<= 0")
    report.add(case, "CPU of edge, nobody looking", alone, "% of core")
    report.add(case, "CPU of edge more", looked_at - alone, "% of core", CPU_PCT)
    report.add(case, "a bare server that tells the same", bare, "% of core")


async def _bare_pct(hz: float, size: int, seconds: float) -> float:
    port = free_port()
    bare = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bare_sse", str(port), str(hz), str(size)
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as asking:
            while True:
                try:
                    await asking.get("/api/snapshot")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        async with crowd_at(f"http://127.0.0.1:{port}/", viewers=VIEWERS):
            await asyncio.sleep(SETTLE_S)
            return await _cpu_pct(bare.pid, seconds)
    finally:
        bare.terminate()
        await bare.wait()


async def _cpu_pct(pid: int, seconds: float) -> float:
    used_s, began_s = cpu_s(pid), time.monotonic()
    await asyncio.sleep(seconds)
    return 100 * (cpu_s(pid) - used_s) / (time.monotonic() - began_s)


def main() -> int:
    parser = arguments("console", __doc__ or "")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each look at the processor (%(default)g)")
    parser.add_argument("--trips", type=int, default=60, help="that a page shows (%(default)g)")
    parser.add_argument("--flood-trials", type=int, default=60, help="cutoffs beside a console; 0: none (%(default)g)")
    given = parser.parse_args()
    if chromium() is None or shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        sys.exit("console: needs a real browser and a real broker (apt install chromium mosquitto)")
    report = Report("console")
    asyncio.run(measure(report, seconds=given.seconds, trips=given.trips))
    if given.flood_trials:
        measure_flood(report, given.flood_trials)
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

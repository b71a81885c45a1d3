"""What the gateway of the demo's estate uses while nothing is charging: memory, and processor time over the window.

Memory is the proportional set size of field, edge and supervisor, so that pages that they share count once. Processor
time is in percent of one core, from the kernel's own accounts: that of field and edge, and beside it that of the
simulated lines, which are no part of the gateway. The broker is in neither.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from gateway.app.demo import Stage
from gateway.app.pss import children, pss_mb
from tests.bench.cpu import cpu_s
from tests.bench.report import Report, arguments, progress

CASE, WITH_PAGES = "idle demo estate", "with its console"
MOST_MB, PAGES_MOST_MB = 90, 35


async def measure(report: Report, seconds: float) -> None:
    """Let the estate run idle for a while, without its console and with it; report what each process uses."""
    without = await _idle(report, seconds, has_pages=False)
    with_pages = await _idle(report, seconds, has_pages=True)
    report.add(WITH_PAGES, "edge more", with_pages["edge"] - without["edge"], "MB PSS", f"<= {PAGES_MOST_MB}")


async def _idle(report: Report, seconds: float, *, has_pages: bool) -> dict[str, float]:
    case = WITH_PAGES if has_pages else CASE
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        async with Stage(Path(folder), Console(stderr=True), seed=1, has_pages=has_pages) as stage:
            progress(f"memory, {case}: {seconds:.0f} s of idling")
            lines = [line.pid for line in stage._estate.lines.values()]
            processes = children(stage.gateway_pid)
            used_s, begun_s = _used_s(processes, lines), time.monotonic()
            await asyncio.sleep(seconds)
            after_s, passed_s = _used_s(processes, lines), time.monotonic() - begun_s
            used_mb = pss_mb(stage.gateway_pid)
    for name, mb in used_mb.items():
        must = f"<= {MOST_MB}" if name == "total" and not has_pages else ""
        report.add(case, name, mb, "MB PSS", must)
    for name, before_s in used_s.items():
        report.add(case, f"CPU of {name}", 100 * (after_s[name] - before_s) / passed_s, "% of core")
    return used_mb


def _used_s(processes: dict[str, int], lines: list[int]) -> dict[str, float]:
    used = {name: cpu_s(pid) for name, pid in sorted(processes.items())}
    simulated = f"the {len(lines)} simulated lines"
    return used | {"field and edge": sum(used.values()), simulated: sum(map(cpu_s, lines))}


def main() -> int:
    parser = arguments("memory", __doc__ or "")
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    report = Report("memory")
    asyncio.run(measure(report, given.seconds))
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

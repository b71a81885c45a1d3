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

CASE = "idle demo estate"


async def measure(report: Report, seconds: float) -> None:
    """Let the estate run idle for a while; report the memory of each process and what it computed."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        async with Stage(Path(folder), Console(stderr=True), seed=1) as stage:
            progress(f"memory: {seconds:.0f} s of idling")
            lines = [line.pid for line in stage._estate.lines.values()]
            processes = children(stage.gateway_pid)
            used_s, begun_s = _used_s(processes, lines), time.monotonic()
            await asyncio.sleep(seconds)
            after_s, passed_s = _used_s(processes, lines), time.monotonic() - begun_s
            for name, mb in pss_mb(stage.gateway_pid).items():
                report.add(CASE, name, mb, "MB PSS", "<= 90" if name == "total" else "")
    for name, before_s in used_s.items():
        report.add(CASE, f"CPU of {name}", 100 * (after_s[name] - before_s) / passed_s, "% of core")


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

"""How much memory the gateway of the demo's estate uses while nothing is charging: field, edge and supervisor together.

Proportional set size, so that pages that they share count once. The simulators and the broker are not part of it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from gateway.app.demo import Stage
from gateway.app.pss import pss_mb
from tests.bench.report import Report, arguments, progress


async def idle_mb(seconds: float) -> dict[str, float]:
    """Let the estate run idle for a while; return the memory of each process."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        async with Stage(Path(folder), Console(stderr=True), seed=1) as stage:
            progress(f"memory: {seconds:.0f} s of idling")
            await asyncio.sleep(seconds)
            return pss_mb(stage.gateway_pid)


def main() -> int:
    parser = arguments("memory", __doc__ or "")
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    report = Report("memory")
    for name, mb in asyncio.run(idle_mb(given.seconds)).items():
        report.add("idle demo estate", name, mb, "MB PSS", "<= 90" if name == "total" else "")
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

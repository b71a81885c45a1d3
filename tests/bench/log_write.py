"""What the durable log costs: CPU per 1,000 values of both its threads, and how long an event waits beside history reads.

The cost counts everything behind `offer_scans`: the call, packing, compression, commits and checkpoints.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from gateway.model.scan import Scan
from gateway.store.log import Log
from gateway.store.record import ClockQuality, NewEvent, Stamp, Stream
from tests.bench.report import Report, arguments, percentile, progress
from tests.unit.store.making import append_event

DEVICES, REGISTERS, PERIOD_S = 50, 60, 0.1
CPU_MS_MUST = "<= 1.0"


def now() -> Stamp:
    return Stamp(ts_ms=int(time.time() * 1000), clock=ClockQuality.SYNCED, mono_s=time.monotonic())


class Estate:
    """Raw words as a pile gives them: a fifth of the registers moves a little at each scan."""

    def __init__(self) -> None:
        self._rng = random.Random(1)  # noqa: S311 - repeatable on purpose
        self._words = [[self._rng.randrange(4000) for _ in range(REGISTERS)] for _ in range(DEVICES)]

    def scans(self) -> list[Scan]:
        at = time.monotonic()
        made = []
        for device, words in enumerate(self._words):
            for _ in range(REGISTERS // 5):
                words[self._rng.randrange(12)] = self._rng.randrange(400, 420)
            made.append(Scan(f"pile-{device:02}", 0, at, b"".join(word.to_bytes(2, "big") for word in words)))
        return made


async def write(log: Log, seconds: float) -> tuple[float, int]:
    """Offer scans at the stated rate; answers the CPU seconds of the log alone and the number of values."""
    estate, values, ours_s = Estate(), 0, 0.0
    begun_s, cpu_s = time.monotonic(), time.process_time()
    due_s = begun_s
    while due_s < begun_s + seconds:
        before_s = time.thread_time()
        scans = estate.scans()
        ours_s += time.thread_time() - before_s
        log.offer_scans(scans)
        values += len(scans) * REGISTERS
        due_s += PERIOD_S
        before_s = time.thread_time()
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        ours_s += time.thread_time() - before_s
    await log.flush()
    return time.process_time() - cpu_s - ours_s, values


async def waits(log: Log, trials: int) -> list[float]:
    """How long an event takes (ms) while another task reads the whole history in a loop."""
    head = (await log.standing()).last_reading_seq

    async def read() -> None:
        while True:
            async for _ in log.replay(log.boot, Stream.READING, 1, head):
                pass

    reader = asyncio.create_task(read())
    took = []
    for trial in range(trials):
        begun_s = time.monotonic()
        await append_event(log, NewEvent(id=f"e{trial}", kind="trip", at=now(), body=bytes(300)))
        took.append((time.monotonic() - begun_s) * 1000)
    reader.cancel()
    return took


async def measure(folder: Path, seconds: float, report: Report) -> None:
    log = await Log.open(folder / "log", clock=now)
    for device in range(DEVICES):
        await log.declare_layouts([(f"pile-{device:02}", 0, b"{}")])
    progress(f"writing for {seconds:.0f} s")
    cpu_s, values = await write(log, seconds)
    size = (await log.standing()).used_bytes
    progress("reading history beside events")
    took_ms = await waits(log, 500)
    await log.close()
    case = f"{DEVICES} x {REGISTERS} registers every {PERIOD_S * 1000:.0f} ms"
    report.add(case, "CPU per 1,000 values", cpu_s * 1e6 / values, "ms", CPU_MS_MUST)
    report.add(case, "values", values, "")
    report.add(case, "disk per value", size / values, "B")
    for share in (0.5, 0.99):
        report.add("event beside history reads", f"commit p{share * 100:.0f}", percentile(took_ms, share), "ms")


def main() -> int:
    parser = arguments("log_write", __doc__ or "")
    parser.add_argument("--seconds", type=float, default=20.0)
    args = parser.parse_args()
    report = Report("log_write")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), args.seconds, report))
    return report.finish(as_json=args.json)


if __name__ == "__main__":
    sys.exit(main())

"""How long this machine lets a process wait that only wants to wake up: `python -m tests.faults.stall` says it, line by line.

What is late because nobody was given the processor is no property of the gateway; a witness beside it measures that.
"""

from __future__ import annotations

import asyncio
import select
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

NAP_S = 0.005
WORTH_TELLING_S = 0.001


def witness() -> None:
    """Nap for ever, and tell each nap that was too long: its end (CLOCK_MONOTONIC) and by how much."""
    before_s = time.monotonic()
    while True:
        select.select((), (), (), NAP_S)
        now_s = time.monotonic()
        late_s = now_s - before_s - NAP_S
        if late_s > WORTH_TELLING_S:
            sys.stdout.write(f"{now_s} {late_s}\n")
            sys.stdout.flush()
        before_s = time.monotonic()


class Stalls:
    """What a witness has told so far."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._told: list[tuple[float, float]] = []

    async def listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            end_s, late_s = line.split()
            self._told.append((float(end_s), float(late_s)))

    def within_s(self, from_s: float, until_s: float) -> float:
        """Return for how long the machine let its processes wait between two moments."""
        spans = [(max(from_s, end_s - late_s), min(until_s, end_s)) for end_s, late_s in self._told]
        return sum(end_s - start_s for start_s, end_s in spans if end_s > start_s)

    @property
    def longest_s(self) -> float:
        return max((late_s for _, late_s in self._told), default=0.0)


@asynccontextmanager
async def stalls_witnessed() -> AsyncIterator[Stalls]:
    """Have a witness beside whatever runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.stall", stdout=asyncio.subprocess.PIPE
    )
    stalls = Stalls(process)
    listening = asyncio.create_task(stalls.listen())
    try:
        yield stalls
    finally:
        process.kill()
        await process.wait()
        await listening


if __name__ == "__main__":
    witness()

"""The least that any host can do between a reply and the next frame: read its last byte, write the frame at once."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import time
import tty
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.bench.models import CURRENTS

REPLY = bytes(5 + 2 * CURRENTS.count)
OFF = bytes(8)
PAUSE_S = 0.005
LONGEST_ANSWER = 64


def echo_s(trials: int) -> list[float]:
    """Return for each trial the time from the return of the read to the return of the write, on a pseudo-terminal."""
    slave, host = pty.openpty()
    tty.setraw(host)
    if not os.fork():
        _reply(slave, trials)
    took_s = []
    for _ in range(trials):
        missing = len(REPLY)
        while missing:
            missing -= len(os.read(host, missing))
        read_s = time.monotonic()
        os.write(host, OFF)
        took_s.append(time.monotonic() - read_s)
    os.wait()
    return took_s


def _reply(slave: int, trials: int) -> None:
    """Be the other side, in a process of its own, and end it."""
    try:
        for _ in range(trials):
            select.select((), (), (), PAUSE_S)
            os.write(slave, REPLY)
            os.read(slave, LONGEST_ANSWER)
    finally:
        os._exit(0)


async def echo_beside(trials: int) -> list[float]:
    """Measure it in a process of its own, while whatever runs beside goes on."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, echo_s, trials)

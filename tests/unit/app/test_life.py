"""How a process ends: told once it does its last act, told twice it does not wait for that."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gateway.app.life import TOLD_TO_END, end_of_life

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _hears_again() -> Iterator[None]:
    """Let the process of the tests hear what a life that has ended in it does not hear any more."""
    before = {number: signal.getsignal(number) for number in TOLD_TO_END}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


async def for_ever() -> None:
    await asyncio.Event().wait()


async def test_a_second_signal_cuts_the_last_act_short() -> None:
    acting, ended = asyncio.Event(), []

    async def last_act() -> None:
        acting.set()
        try:
            await for_ever()
        finally:
            ended.append("last act")

    work = asyncio.create_task(for_ever())
    life = asyncio.create_task(end_of_life(work, watch_stdin=False, last_act=last_act))
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    await acting.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await life
    assert ended == ["last act"]
    assert work.cancelled()


async def test_what_goes_wrong_in_the_last_act_is_seen() -> None:
    async def last_act() -> None:
        raise ValueError("the last act")

    work = asyncio.create_task(for_ever())
    life = asyncio.create_task(end_of_life(work, watch_stdin=False, last_act=last_act))
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(ValueError, match="the last act"):
        await life
    work.cancel()


STUBBORN = """
import asyncio
from gateway.app.life import TOLD_TO_END, end_of_life

async def stubborn():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

async def main():
    await end_of_life(asyncio.create_task(stubborn()), watch_stdin=True, within_s=1)

asyncio.run(main())
"""


def test_what_does_not_end_by_itself_is_ended_though_nobody_is_left_to_do_it() -> None:
    done = subprocess.run([sys.executable, "-c", STUBBORN], input=b"", timeout=20, check=False)
    assert done.returncode == -signal.SIGALRM


TOLD_AGAIN = """
import asyncio, os, signal
from gateway.app.life import TOLD_TO_END, end_of_life

class Loop(asyncio.SelectorEventLoop):
    def _close_self_pipe(self):
        super()._close_self_pipe()
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(os.getpid(), number)

async def main():
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
    await end_of_life(asyncio.create_task(asyncio.Event().wait()), watch_stdin=False)

with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(main())
"""


def test_what_is_told_once_more_while_its_loop_closes_says_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", TOLD_AGAIN], capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, b"")

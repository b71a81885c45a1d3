"""How a process of this program begins and ends: arguments, one line for what is wrong, signals, the parent's death."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.model.errors import ConfigError
from gateway.model.site import ConsoleSetup

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

BAD_CONFIGURATION = 2
FAILED = 1

GIVES_WAY_NICE = 10
REALTIME_PRIORITY = 20
ENDS_WITHIN_S = 30
TOLD_TO_END = (signal.SIGTERM, signal.SIGINT)
MCL_CURRENT, MCL_FUTURE = 1, 2  # mlockall(2)


class Arguments(argparse.ArgumentParser):
    """What the processes of one gateway have in common."""

    def __init__(self, program: str, about: str) -> None:
        super().__init__(prog=f"python -m {program}", description=about)
        self.add_argument("site", type=Path, help="site file")
        self.add_argument("--socket", type=Path, required=True, help="unix socket between field and edge")
        self.add_argument(
            "--link", type=link_end, action="append", default=[], metavar="BUS=END", help="another end for a bus"
        )
        self.add_argument("--watch-stdin", action="store_true", help="end when standard input is closed")


def link_end(text: str) -> tuple[str, str]:
    """Return bus and end of `BUS=END`."""
    bus, separator, end = text.partition("=")
    if not separator or not end:
        raise argparse.ArgumentTypeError(f"{text}: BUS=END is wanted, as line-1=/dev/ttyUSB0")
    return bus, end


def console_end(text: str) -> ConsoleSetup:
    """Return where the console is served, of `ADDRESS:PORT`."""
    address, _, port = text.rpartition(":")
    if not address or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text}: ADDRESS:PORT is wanted, as 127.0.0.1:8800")
    return ConsoleSetup(address=address.strip("[]"), port=int(port))


def say(line: str) -> None:
    """Write a line where whoever runs this process sees it."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def report(error: Exception) -> int:
    """Say what is wrong, a line for each thing; return the exit code."""
    if isinstance(error, ConfigError):
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return BAD_CONFIGURATION
    if isinstance(error, OSError) and error.filename is not None:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
    else:
        sys.stderr.write(f"{error}\n")
    return FAILED


def new_id() -> str:
    """Return a name that nothing else has."""
    return secrets.token_hex(6)


async def end_of_life(
    work: asyncio.Task[None],
    *,
    watch_stdin: bool,
    last_act: Callable[[], Awaitable[None]] | None = None,
    within_s: int = 0,
) -> None:
    """Wait for a signal, the parent's death or the end of the work, then end the work. Raises what ended it.

    `last_act` is done while the work still goes on, unless that has ended by itself; a second signal cuts it short.
    A process that has not ended `within_s` after all that is ended by the kernel: nobody may be left to kill it.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in TOLD_TO_END:
        loop.add_signal_handler(number, told.set)
    if watch_stdin:
        loop.add_reader(sys.stdin.fileno(), told.set)
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if watch_stdin:
        loop.remove_reader(sys.stdin.fileno())
    waiting.cancel()
    if last_act is not None and not work.done():
        told.clear()
        await _unless(told, last_act)
    signal.alarm(within_s)
    work.cancel()
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await work
    finally:
        ignore(TOLD_TO_END)


def ignore(numbers: Iterable[int]) -> None:
    """Let the running loop's signals come to nothing: all is put away, and only the exit code is left to give.

    A loop that closes with a handler takes its end of the wake-up pipe away first, and Python complains of a signal
    that comes between.
    """
    for number in numbers:
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)


async def _unless(told: asyncio.Event, act: Callable[[], Awaitable[None]]) -> None:
    acting, waiting = asyncio.ensure_future(act()), asyncio.create_task(told.wait())
    await asyncio.wait({acting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    acting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await acting


def use_real_time() -> None:
    """Keep this process in memory and ahead of others; say so where that is not allowed, and go on."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    except OSError as error:
        sys.stderr.write(f"no real-time priority: {error.strerror} (LimitRTPRIO= in the unit allows it)\n")
    if ctypes.CDLL(None, use_errno=True).mlockall(MCL_CURRENT | MCL_FUTURE):
        sys.stderr.write(f"memory is not locked: {os.strerror(ctypes.get_errno())} (LimitMEMLOCK= allows it)\n")


def give_way() -> None:
    """Let others go first where both want a processor: what is late here is only later, never lost."""
    if os.getpriority(os.PRIO_PROCESS, 0) < GIVES_WAY_NICE:
        os.setpriority(os.PRIO_PROCESS, 0, GIVES_WAY_NICE)

"""Make this process keep its moments to tens of microseconds, as far as the system lets it."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SPIN_S = 80e-6
"""How much of a wait for an exact moment is spent awake: what `select` oversleeps on a virtual machine, and a half."""

PR_SET_TIMERSLACK = 29
REALTIME_PRIORITY = 10


def prefer_punctuality() -> None:
    """Timers without slack, no garbage collection of its own accord, real-time priority where that is allowed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    gc.collect()
    gc.freeze()
    gc.disable()


def wait_readable(watched: Sequence[int], due_s: float | None, *, exact: bool, longest_s: float) -> list[int]:
    """Wait until one of `watched` can be read or `due_s` has come; return those that can be read.

    An exact moment is met within a few microseconds: its last bit is spent awake, without looking at `watched`.
    """
    wait_s = longest_s
    if due_s is not None:
        wait_s = due_s - time.monotonic() - (SPIN_S if exact else 0.0)
        if wait_s > longest_s:
            exact, wait_s = False, longest_s
    if wait_s > 0:
        readable = select.select(watched, (), (), wait_s)[0]
        if readable:
            return readable
    if exact and due_s is not None:
        while time.monotonic() < due_s:
            pass
    return []

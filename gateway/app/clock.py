"""The wall clock, and how far it can be believed. The one place that asks the system for it."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

BELIEVABLE_S = 1_735_689_600
"""2025-01-01: a clock before this was never set."""

TIME_ERROR = 5
TIMEX_BYTES = 512
UNSET, HELD, SYNCED = 0, 1, 2

_libc = ctypes.CDLL(None, use_errno=True)


def wall_ms() -> int:
    """Return ms since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def clock_quality() -> int:
    """Return 0 where the clock was never set, 2 where the kernel knows it to be synchronised, else 1."""
    if time.time() < BELIEVABLE_S:
        return UNSET
    state = _libc.adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))  # modes 0: only asks
    return HELD if state in (-1, TIME_ERROR) else SYNCED


def known_time_s() -> int | None:
    """Return s since 1970 (UTC) where the kernel knows the clock to be synchronised: nobody is told a doubtful time."""
    return int(time.time()) if clock_quality() == SYNCED else None


def machine_boot() -> str:
    """Return the name of the machine's present boot, to which monotonic moments belong."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()

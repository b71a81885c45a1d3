"""systemd's watchdog, fed only while protection works: the loop in time, every line at work or declared lost."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.field.loop import ControlLoop
    from gateway.field.process import Field

FEED_S = 1.0
HELD_S = 1.0
STUCK_S = 5.0
"""A line with a device that answers does something at least this often."""


def notify(state: str) -> None:
    """Tell systemd (sd_notify); does nothing where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


class Watchdog:
    """Looks at each beat of the loop."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._moved: dict[str, tuple[int, float]] = {}
        self._looked_s = -FEED_S

    def beat(self, now_s: float, late_s: float) -> None:
        """Feed the watchdog about once a second, if everything is as it should be."""
        if now_s - self._looked_s >= FEED_S:
            self._looked_s = now_s
            works = [self._works(loop, now_s) for loop in self._field.loops]
            if late_s < HELD_S and all(works):
                notify("WATCHDOG=1")

    def _works(self, loop: ControlLoop, now_s: float) -> bool:
        done = loop.bus.statistics.transactions.total()
        known, moved_s = self._moved.get(loop.bus.name, (-1, now_s))
        if done != known:
            self._moved[loop.bus.name] = done, now_s
            return True
        if self._field.is_lost(loop):
            return True
        period_ms = min(group.period_ms for device in loop.devices for group in device.model.groups)
        return now_s - moved_s < max(STUCK_S, 2 * period_ms / 1000)
